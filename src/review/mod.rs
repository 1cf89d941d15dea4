//! The worklist comes back: what people decided -> choices in the decision table.
//!
//! A reviewer fills the column `choice` - a code, `keep`, `query`, or nothing -
//! and saves the worklist from whatever program. `read` takes the rows back.
//! `settle` holds each against the records as they are now and against the
//! releases, as a mapping is held against them; what stands becomes a part
//! of the decision table, with the row that it comes from.

pub mod read;
mod same;
pub mod settle;
mod takes;

use std::collections::BTreeSet;
use std::path::Path;

use crate::code::{Code, Spelling, System};
use crate::crosswalk::{Source, SourceLine};

/// What was decided, in the order of files and rows. Rows without a choice are left out.
#[derive(Debug, Default)]
pub struct Decisions {
    /// The files.
    pub sources: Vec<Source>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Decisions {
    /// The files in which nobody has decided anything, in order.
    pub fn unfilled(&self) -> Vec<&Path> {
        let filled = self.rows.iter().map(|row| &*self.sources[row.at.source].path);
        let filled: BTreeSet<&Path> = filled.collect();
        let mut files: Vec<&Path> = self.sources.iter().map(|source| &*source.path).collect();
        files.dedup();
        files.retain(|path| !filled.contains(path));
        files
    }
}

/// One decision.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands; the source is an index into [`Decisions::sources`].
    pub at: SourceLine,
    /// What it is about.
    pub about: About,
    /// What was decided.
    pub choice: Choice,
    /// Who decided, if the row says so.
    pub by: Option<String>,
    /// Free text.
    pub note: Option<String>,
    /// How many entries of the code the worklist showed, where the decision is about a code
    /// and the row says it.
    pub shown: Option<u64>,
}

/// What a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// One entry of the records.
    Entry(Entry),
    /// All entries of a code that stand on the worklist for one reason.
    Code {
        /// The system of the code.
        system: System,
        /// The code.
        code: Code,
        /// The machine-readable name of the reason.
        reason: String,
    },
}

impl About {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            About::Entry(entry) => format!("the entry {}", entry.id),
            About::Code { system, code, reason } => {
                format!("{} (`{reason}`)", code.dotted(*system))
            }
        }
    }
}

/// An entry as the worklist named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// File, record, column and part.
    pub id: String,
    /// The file as it was typed.
    pub file: String,
    /// What stood there.
    pub code: String,
    /// The day that judged it, as written.
    pub date: String,
    /// The columns carried along, by their name in letters and digits.
    pub keys: Vec<(String, String)>,
    /// The mark of the row; empty where the column was removed.
    pub mark: String,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This code is to stand there.
    Code(Code, Spelling),
    /// The entry stays as it is.
    Keep,
    /// Somebody has to be asked first: it stays on the worklist.
    Query,
}
