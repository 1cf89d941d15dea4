//! Mapping files -> rules.
//!
//! A rule is one row: an old code, what it becomes, under which conditions and
//! from when, and how far the row may be trusted. Rules know nothing of
//! records; records know nothing of mapping files. What a rule may do to one
//! record on one day is decided in `decide`.

pub mod arms;
pub mod check;
pub mod columns;
pub mod condition;
mod conflicts;
pub mod convert;
pub mod fault;
pub mod files;
pub(crate) mod groups;
pub mod limits;
mod overrides;
pub mod published;
pub mod relation;
pub mod rows;
mod step;
pub mod table;
mod topic;
mod values;

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;

use crate::code::{Code, System};
use crate::release::Digest;
use condition::Test;
pub use topic::Topic;

/// All rules of the mapping files given, in the order of files and rows.
#[derive(Debug, Default)]
pub struct Crosswalk {
    /// The files, as typed.
    pub sources: Vec<Source>,
    /// The rows, but for those that the check set aside.
    pub rules: Vec<Rule>,
    /// Rows that were set aside, and why: their old codes go to a person.
    pub aside: Vec<Aside>,
    /// Rows that another file overrides.
    pub overridden: Vec<Override>,
    /// What a person should know about the files themselves.
    pub warnings: Vec<Warning>,
}

/// A row that another file overrides.
#[derive(Debug, Clone)]
pub struct Override {
    /// The row that holds no more.
    pub rule: Rule,
    /// The row that stands in its place; the first, where there are several.
    pub by: SourceLine,
    /// That file names the same code.
    pub is_repeated: bool,
}

/// A row that was set aside.
#[derive(Debug, Clone)]
pub struct Aside {
    /// The row.
    pub rule: Rule,
    /// Why, in a clause.
    pub why: String,
}

/// Something that a person should look at; it refuses nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The row it is about.
    pub at: SourceLine,
    /// What it is about.
    pub topic: Topic,
    /// What is odd, in a clause.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A mapping file that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as typed.
    pub path: PathBuf,
    /// BLAKE3 of its bytes.
    pub digest: Digest,
    /// Whose word it is.
    pub kind: SourceKind,
    /// What it is, in words.
    pub layout: &'static str,
    /// The files or sheets inside, where one of these is meant or rows come from several.
    pub parts: Vec<String>,
}

impl Source {
    /// The path as errors name it; what is inside goes on behind it, as in a zip.
    pub fn shown(&self) -> Cow<'_, Path> {
        match &self.parts[..] {
            [part] => Cow::Owned(self.path.join(part)),
            _ => Cow::Borrowed(&self.path),
        }
    }

    /// The place of one of its rows as it is printed: `file:line`.
    pub fn place(&self, at: SourceLine) -> String {
        with_line(self.file(at), at)
    }

    /// The same without the folders before the file.
    pub fn short_place(&self, at: SourceLine) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        with_line(self.inside(name.into_owned(), at), at)
    }

    /// The file in which a row stands: with the one inside, where there are several.
    pub fn file(&self, at: SourceLine) -> String {
        self.inside(self.path.display().to_string(), at)
    }

    fn inside(&self, path: String, at: SourceLine) -> String {
        match self.parts.get(at.part).filter(|_| !at.is_silence()) {
            Some(part) => format!("{path}/{part}"),
            None => path,
        }
    }
}

fn with_line(file: String, at: SourceLine) -> String {
    if at.is_silence() { file } else { format!("{file}:{}", at.line) }
}

/// Whose word a mapping file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// A publisher's table: evidence.
    Published,
    /// The tool's own form: an instruction of the people who answer for it.
    Own,
    /// A filled worklist: what a reviewer decided.
    Decisions,
}

/// One row of a mapping file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The code it is about.
    pub old: Code,
    /// What becomes of it; `None` where there is no successor.
    pub new: Option<Code>,
    /// The system of `old`: where the row says so, and of every kept row after the check.
    pub system: Option<System>,
    /// The system of `new`, once the check has found it.
    pub new_system: Option<System>,
    /// How the meanings relate; `None` is an instruction of the file's author.
    pub relation: Option<Relation>,
    /// The first day on which the row holds.
    pub effective: Option<Date>,
    /// Under which conditions it holds; all must be met. `payer` is one of them.
    pub when: Vec<Test>,
    /// What the new code needs beside itself (a modifier, a second line, units).
    pub needs: Option<String>,
    /// Who took responsibility for the row.
    pub approved_by: Option<String>,
    /// When they did, as written.
    pub approved_on: Option<String>,
    /// Free text.
    pub note: Option<String>,
    /// Where the row came from; free text, decides nothing but whether a `recode` row is complete.
    pub source: Option<String>,
    /// Where it stands.
    pub at: SourceLine,
}

/// Where a rule stands: the file (index into [`Crosswalk::sources`]) and its 1-based line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLine {
    /// Index into [`Crosswalk::sources`].
    pub source: usize,
    /// Index into [`Source::parts`]; 0 where there are none.
    pub part: usize,
    /// The line on which the row begins; 0 for the whole file.
    pub line: u64,
}

impl SourceLine {
    /// A line of a file that has no others inside.
    pub fn new(source: usize, line: u64) -> SourceLine {
        SourceLine { source, part: 0, line }
    }

    /// Whether no row says it: it was concluded from what a published table does
    /// not name, or is said of a whole file.
    pub fn is_silence(self) -> bool {
        self.line == 0
    }
}

/// How the meaning of the new code relates to that of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// The same meaning.
    Equivalent,
    /// The new code says less: detail is lost, nothing is asserted.
    Broader,
    /// The new code says more than the old one did.
    Narrower,
    /// One of several successors.
    Split,
    /// Several old codes share the new one.
    Merge,
    /// There is no successor.
    None,
    /// A code still valid, replaced because a payer asks for another one.
    Recode,
    /// A person must look.
    Review,
}

impl Relation {
    /// All relations, as they are listed to users.
    pub const ALL: [Relation; 8] = [
        Relation::Equivalent,
        Relation::Broader,
        Relation::Narrower,
        Relation::Split,
        Relation::Merge,
        Relation::None,
        Relation::Recode,
        Relation::Review,
    ];

    /// The word in a mapping file.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Equivalent => "equivalent",
            Relation::Broader => "broader",
            Relation::Narrower => "narrower",
            Relation::Split => "split",
            Relation::Merge => "merge",
            Relation::None => "none",
            Relation::Recode => "recode",
            Relation::Review => "review",
        }
    }

    /// Whether a row of this relation may be applied without a person's word.
    pub fn is_automatic(self) -> bool {
        matches!(self, Relation::Equivalent | Relation::Broader | Relation::Merge)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Relation {
    type Err = String;

    fn from_str(text: &str) -> Result<Relation, String> {
        let text = text.trim();
        let known =
            Relation::ALL.into_iter().find(|relation| relation.word().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            let words: Vec<&str> = Relation::ALL.iter().map(|relation| relation.word()).collect();
            format!("`{text}` is no relation; one of {}, or empty", words.join(", "))
        })
    }
}

impl Rule {
    /// Whether its old code is this one; a row that names no system speaks of all of them.
    pub fn is_about(&self, system: System, code: Code) -> bool {
        self.old == code && self.system.is_none_or(|own| own == system)
    }

    /// The old code as people write it, with its dot where the system is known.
    pub fn old_written(&self) -> String {
        self.system.map_or_else(|| self.old.to_string(), |system| self.old.dotted(system))
    }

    /// The new code as people write it; that of `old` is taken where its own system is not known.
    pub fn new_written(&self) -> Option<String> {
        let new = self.new?;
        let system = self.new_system.or(self.system);
        Some(system.map_or_else(|| new.to_string(), |system| new.dotted(system)))
    }

    /// The row as people read it: `E88.81 -> E88.810`.
    pub fn arrow(&self) -> String {
        let old = self.old_written();
        match self.new_written() {
            Some(new) => format!("{old} -> {new}"),
            None => format!("{old} without a successor"),
        }
    }

    /// The conditions in one form, whatever their order and case. The day from
    /// which the row holds is not among them.
    pub fn conditions(&self) -> Vec<String> {
        let form = |test: &Test| format!("{}={:?}", test.field, test.want.sorted());
        let mut tests: Vec<String> = self.when.iter().map(form).collect();
        tests.sort_unstable();
        tests
    }

    /// Whether the old codes of two rows may be of one system: a row that states
    /// none may be of any.
    pub fn may_share_system(&self, other: &Rule) -> bool {
        self.system.is_none() || other.system.is_none() || self.system == other.system
    }

    /// Whether a condition of the row asks for this field.
    pub fn asks_for(&self, field: &str) -> bool {
        self.when.iter().any(|test| test.field == field)
    }
}

impl Crosswalk {
    /// The places of rules (indexes) that follow each other: `file:line > file:line`.
    pub fn places(&self, rules: &[usize]) -> String {
        let places: Vec<String> = rules.iter().map(|&at| self.place(self.rules[at].at)).collect();
        places.join(" > ")
    }

    /// A rule's place as it is printed: `file:line`.
    pub fn place(&self, at: SourceLine) -> String {
        self.sources[at.source].place(at)
    }
}
