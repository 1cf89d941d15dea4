//! Mapping files as they come -> rules: each is recognised by its content and
//! read by the reader of its form.
//!
//! A published table is converted for the steps of the history; the tool's own
//! form is read as it stands. Everything that is wrong in any of the files is
//! reported at once.

use std::fs;
use std::path::{Path, PathBuf};

use super::convert::{Strange, Stretch, convert};
use super::published::{self, Published};
use super::table::Reader;
use super::{
    Crosswalk, Rule, Source, SourceKind, SourceLine, Topic, Warning, conflicts, overrides,
};
use crate::error::{Error, Result};
use crate::history::History;
use crate::release::Digest;

/// Reads mapping files. The same content given twice is one file.
///
/// # Errors
/// Files that cannot be read, and every row that is wrong, all at once.
pub fn read(paths: &[PathBuf], history: &History) -> Result<Crosswalk> {
    let (crosswalk, faults) = read_all(paths, history);
    let errors = faults.into_iter().map(|fault| fault.error).collect();
    Error::all(errors).map_or(Ok(crosswalk), Err)
}

/// Reads mapping files as far as that is possible: the rows that can be read,
/// and what is wrong with the others, in order of files and lines. A row that
/// is wrong only beside others - a double, one that closes a cycle - is left out.
///
/// A published table is converted for the steps of the history; numbers that a
/// spreadsheet made of codes are read as codes where a release proves it.
pub fn read_all(paths: &[PathBuf], history: &History) -> (Crosswalk, Vec<Fault>) {
    let mut crosswalk = Crosswalk::default();
    let mut errors = Errors::default();
    for path in paths {
        match fs::read(path) {
            Ok(bytes) => read_bytes(path, &bytes, history, &mut crosswalk, &mut errors),
            Err(error) => errors.file(crosswalk.sources.len(), Error::unreadable(path, &error)),
        }
    }
    overrides::settle(&mut crosswalk);
    conflicts::find(&crosswalk, &mut errors);
    let faults = errors.finish();
    let wrong = |rule: &Rule| faults.iter().any(|fault| fault.at == rule.at);
    crosswalk.rules.retain(|rule| !wrong(rule));
    (crosswalk, faults)
}

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
        let at = SourceLine { source, line: 0 };
        self.0.push(Fault { at, topic: Topic::Unreadable, error });
    }

    fn finish(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| fault.at);
        self.0
    }
}

fn read_bytes(
    path: &Path,
    bytes: &[u8],
    history: &History,
    crosswalk: &mut Crosswalk,
    errors: &mut Errors,
) {
    let digest = Digest::of(bytes);
    if crosswalk.sources.iter().any(|source| source.digest == digest) {
        return;
    }
    let source = crosswalk.sources.len();
    let (kind, layout) = (SourceKind::Own, "mapping");
    crosswalk.sources.push(Source { path: path.to_owned(), digest, kind, layout });
    match published::read(path, bytes) {
        Ok(Some(table)) => return take_published(&table, source, history, crosswalk),
        Ok(None) => {}
        Err(refused) => return errors.file(source, refused.at(path)),
    }
    if let Some(refused) = foreign(bytes) {
        return errors.file(source, refused.at(path));
    }
    let mut reader = Reader { path, source, damaged: false, history, crosswalk, errors };
    if bytes.starts_with(b"PK\x03\x04") {
        return reader.workbook(bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    reader.report_damage(bytes);
    reader.text(&String::from_utf8_lossy(bytes));
}

/// A published table becomes rows for the steps of the history, each with its place.
fn take_published(table: &Published, source: usize, history: &History, crosswalk: &mut Crosswalk) {
    let own = &mut crosswalk.sources[source];
    (own.kind, own.layout) = (SourceKind::Published, table.layout);
    let name = own.path.file_name().unwrap_or(own.path.as_os_str()).to_string_lossy().into_owned();
    let converted = convert(table, history, Stretch::default(), source);
    let mut warn = |row: u64, topic: Topic, message: String| {
        let at = SourceLine { source, line: row };
        crosswalk.warnings.push(Warning { at, topic, message, hint: None });
    };
    for unread in &table.unread {
        warn(unread.row, Topic::Unread, format!("`{}`: {}", unread.cell, unread.why));
    }
    for Strange { row, code, is_new } in &converted.strange {
        let side = if *is_new { "new" } else { "old" };
        warn(*row, Topic::Strange, format!("the {side} code {code} stands in no release given"));
    }
    crosswalk.rules.extend(converted.rules.into_iter().map(|rule| {
        let place = match rule.at.line {
            0 => name.clone(),
            row => format!("{name}:{row}"),
        };
        Rule { source: Some(place), ..rule }
    }));
}

/// Files that are no table.
fn foreign(bytes: &[u8]) -> Option<Error> {
    const SAVE: &str = "save it as \"CSV UTF-8 (comma delimited)\", or as a workbook (xlsx)";
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some(Error::refused("UTF-16 text").hint(SAVE));
    }
    if memchr::memchr(b'\n', bytes).is_none() && memchr::memchr(b'\r', bytes).is_some() {
        return Some(Error::refused("lines end with CR alone").hint(SAVE));
    }
    None
}
