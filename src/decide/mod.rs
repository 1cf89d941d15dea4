//! History, rules and the kind of records -> what happens to one code on one day.
//!
//! `table` is the narrow waist of the program: everything before the records
//! compiles into it, everything after asks it. `judge` turns the days of a site
//! into a verdict, `claim` decides the sites of one claim together, with the
//! guards that only ever turn a replacement into a review.

mod candidates;
mod chosen;
pub mod claim;
pub mod judge;
pub mod risk;
mod routes;
pub mod ruling;
pub mod sift;
pub mod table;
pub mod units;
pub mod verdict;

use clap::ValueEnum;

pub use candidates::{Candidate, Lead};
pub use chosen::{Chosen, Signed};
pub use claim::Decision;
pub use table::Table;
pub use verdict::{Bucket, Reason, Verdict};

/// What the records are: decides what may be done to them. Said once by the
/// user, never assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// charges and claims not yet sent: the automatic lane
    Unbilled,
    /// charge master, superbill, order sets: judged as of one day; changes are listed
    List,
    /// a declared copy for analysis or testing: as unbilled
    Dataset,
    /// sent or paid claims: never rewritten, every retired code is reported
    Billed,
    /// problem lists, clinical documents: nothing automatic, every retired code is reviewed
    Chart,
}

impl Kind {
    /// The word on the command line and in machine-readable forms.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Unbilled => "unbilled",
            Kind::List => "list",
            Kind::Dataset => "dataset",
            Kind::Billed => "billed",
            Kind::Chart => "chart",
        }
    }
}

/// What happens to a code that has one automatic rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// It is replaced.
    Rewrite,
    /// It is listed with its successors; nothing is written.
    ListOnly,
    /// It is reported; no successor is asked for.
    Report,
    /// A person decides.
    Person,
}

impl Kind {
    /// The lane of records of this kind; lists are rewritten only where rows may be replaced.
    pub fn lane(self, list_rows: ListRows) -> Lane {
        match (self, list_rows) {
            (Kind::Unbilled | Kind::Dataset, _) | (Kind::List, ListRows::Replace) => Lane::Rewrite,
            (Kind::List, ListRows::Keep) => Lane::ListOnly,
            (Kind::Billed, _) => Lane::Report,
            (Kind::Chart, _) => Lane::Person,
        }
    }
}

/// What happens to a site without a day: `--undated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Undated {
    /// counted as undated
    Skip,
    /// a review item
    Review,
}

impl Undated {
    /// The word on the command line and in machine-readable forms.
    pub fn id(self) -> &'static str {
        match self {
            Undated::Skip => "skip",
            Undated::Review => "review",
        }
    }
}

/// Whether the rows of a list may be rewritten: `--replace-rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRows {
    /// They stay; the changes are listed.
    Keep,
    /// They are rewritten.
    Replace,
}
