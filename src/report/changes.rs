//! changes.csv: every replacement, with its rule and what it may upset.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use crate::decide::Table;
use crate::decide::table::Ruling;
use crate::error::Result;
use crate::run::located::Located;
use crate::run::recheck::Recheck;

const HEADER: [&str; 14] = [
    "file",
    "line",
    "record",
    "field",
    "system",
    "date",
    "date_rule",
    "old",
    "new",
    "rule",
    "relation",
    "blanket",
    "recheck",
    "source",
];

/// Writes changes.csv.
pub struct Changes<'t> {
    sheet: Sheet<BufWriter<File>>,
    table: &'t Table,
    /// Where each rule stands, as it is printed.
    places: Vec<String>,
}

impl<'t> Changes<'t> {
    /// Creates the file; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, table: &'t Table, keys: &[String]) -> Result<Changes<'t>> {
        let crosswalk = table.crosswalk();
        let places = crosswalk.rules.iter().map(|rule| crosswalk.place(rule.at)).collect();
        Ok(Changes { sheet: Sheet::create(path, &HEADER, keys)?, table, places })
    }

    /// Writes a replacement.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row(&mut self, located: &Located, recheck: &Recheck) -> Result<()> {
        let Ruling::Replace { new, rule, blanket, .. } = located.finding.decision.ruling else {
            return Ok(());
        };
        let place = &self.places[rule];
        let rule = &self.table.crosswalk().rules[rule];
        let new = new.bytes();
        let cells = [
            located.input.name.as_str(),
            &located.line.to_string(),
            &located.record.to_string(),
            &located.column().name,
            located.system(),
            &day(located.date()),
            located.date_rule(),
            &located.code(),
            new.as_str(),
            place,
            rule.relation.map_or("", |relation| relation.word()),
            if blanket { "yes" } else { "" },
            &recheck.to_string(),
            rule.source.as_deref().unwrap_or_default(),
        ];
        self.sheet.finding(cells, located)
    }

    /// Flushes everything.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<u64> {
        self.sheet.finish()
    }
}
