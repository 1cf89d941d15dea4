//! changes.csv: every replacement, with its rule and what it may upset.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use crate::crosswalk::{Relation, Rule};
use crate::decide::Table;
use crate::decide::ruling::Ruling;
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
    /// Where the rules of each route stand, as it is printed.
    places: Vec<String>,
}

impl<'t> Changes<'t> {
    /// Creates the file; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, table: &'t Table, keys: &[String]) -> Result<Changes<'t>> {
        let crosswalk = table.crosswalk();
        let places = table.routes().map(|route| crosswalk.places(route)).collect();
        Ok(Changes { sheet: Sheet::create(path, &HEADER, keys)?, table, places })
    }

    /// Writes a replacement.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row(&mut self, located: &Located, recheck: &Recheck) -> Result<()> {
        let Ruling::Replace { new, route, blanket, .. } = located.finding.decision.ruling else {
            return Ok(());
        };
        let new = new.bytes();
        let cells = [
            &*day(located.date()),
            located.date_rule(),
            &located.code(),
            new.as_str(),
            &self.places[route],
            &self.along(route, |rule| rule.relation.map_or("", Relation::word)),
            if blanket { "yes" } else { "" },
            &recheck.to_string(),
            &self.along(route, |rule| rule.source.as_deref().unwrap_or_default()),
        ];
        self.sheet.finding(&[], located, &cells, &[])
    }

    /// What each rule of a route says, one behind another.
    fn along<'r>(&'r self, route: usize, say: impl Fn(&'r Rule) -> &'r str) -> String {
        let rules = self.table.route(route).iter().map(|&at| &self.table.crosswalk().rules[at]);
        rules.map(say).collect::<Vec<_>>().join(" > ")
    }

    /// Flushes everything.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<u64> {
        self.sheet.finish()
    }
}
