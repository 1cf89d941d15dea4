//! What is wrong with mapping files, gathered from all of them and told at once.

use std::path::Path;

use super::{SourceLine, Topic};
use crate::error::Error;

/// Something wrong for which a mapping is refused.
#[derive(Debug)]
pub struct Fault {
    /// The row it is about; line 0 for a whole file.
    pub at: SourceLine,
    /// What it is about.
    pub topic: Topic,
    /// What to tell the user.
    pub error: Error,
}

/// Errors with the place that orders them.
#[derive(Default)]
pub(super) struct Errors(Vec<Fault>);

impl Errors {
    /// An error of a row.
    pub(super) fn row(&mut self, path: &Path, at: SourceLine, topic: Topic, error: Error) {
        let error = if error.whereabouts().is_some() { error } else { error.line(at.line) };
        self.0.push(Fault { at, topic, error: error.at(path) });
    }

    /// An error of a whole file.
    pub(super) fn file(&mut self, source: usize, error: Error) {
        let at = SourceLine::new(source, 0);
        self.0.push(Fault { at, topic: Topic::Unreadable, error });
    }

    /// All of them, in order of files and lines.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| fault.at);
        self.0
    }
}
