//! decisions.csv: every entry about which a person decided, with what came of it:
//! also those that were kept, and so stand in no other list.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use crate::decide::{Reason, Table};
use crate::error::Result;
use crate::run::decided::{Came, What};
use crate::run::located::Located;

const HEADER: [&str; 16] = [
    "id",
    "file",
    "line",
    "record",
    "field",
    "system",
    "code",
    "date",
    "choice",
    "scope",
    "carried_out",
    "outcome",
    "reason",
    "decided_by",
    "rule",
    "note",
];

/// Writes decisions.csv.
pub struct Decisions<'t> {
    sheet: Sheet<BufWriter<File>>,
    table: &'t Table,
}

impl<'t> Decisions<'t> {
    /// Creates the file; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, table: &'t Table, keys: &[String]) -> Result<Decisions<'t>> {
        Ok(Decisions { sheet: Sheet::create(path, &HEADER, keys)?, table })
    }

    /// Writes a site about which somebody decided.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row(&mut self, located: &Located) -> Result<()> {
        let choice = located.finding.choice.map(|choice| self.table.signed(choice));
        let (Some(signed), Some(came)) = (choice, Came::of(located, self.table)) else {
            return Ok(());
        };
        let cells = [
            &*located.code(),
            &day(located.date()),
            &choice_word(&came),
            if came.by_code { "code" } else { "entry" },
            carried_out(&came),
            came.bucket.id(),
            if came.what == What::Misfit { "misfit" } else { came.reason.map_or("", Reason::id) },
            came.by.as_deref().unwrap_or_default(),
            &self.table.crosswalk().place(signed.at),
            signed.note.as_deref().unwrap_or_default(),
        ];
        self.sheet.finding(&[&located.id()], located, &cells, &[])
    }

    /// Flushes everything.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<u64> {
        self.sheet.finish()
    }
}

/// Nothing comes of a query yet.
fn carried_out(came: &Came) -> &'static str {
    match (came.what, came.is_carried_out()) {
        (What::Query, _) => "",
        (_, true) => "yes",
        (_, false) => "no",
    }
}

/// What was decided, as it is written under `choice`.
fn choice_word(came: &Came) -> String {
    match (came.what, came.new) {
        (What::Keep, _) => "keep".to_owned(),
        (What::Query, _) => "query".to_owned(),
        (What::Replace | What::Misfit, new) => new.map(|new| new.to_string()).unwrap_or_default(),
    }
}
