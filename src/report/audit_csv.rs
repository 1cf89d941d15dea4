//! The audit as CSV: one row for each site that is not plainly valid.

use std::io::Write;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use crate::decide::{Table, Verdict};
use crate::error::Result;
use crate::run::located::Located;

/// The columns before those carried along.
pub const HEADER: [&str; 12] = [
    "file",
    "line",
    "record",
    "field",
    "system",
    "code",
    "date",
    "date_rule",
    "verdict",
    "since",
    "until",
    "successors",
];

/// Writes the rows of an audit.
pub struct AuditCsv<'t, W: Write> {
    sheet: Sheet<W>,
    table: &'t Table,
}

impl<'t, W: Write> AuditCsv<'t, W> {
    /// Begins with the header; `keys` are the columns carried along.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn new(sink: W, path: &Path, table: &'t Table, keys: &[String]) -> Result<AuditCsv<'t, W>> {
        Ok(AuditCsv { sheet: Sheet::to(sink, path, &HEADER, keys)?, table })
    }

    /// Writes a finding.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn row(&mut self, located: &Located) -> Result<()> {
        let row = Row::of(located, self.table);
        let cells = [
            &*row.code,
            &row.date,
            &row.date_rule,
            row.verdict,
            &row.since,
            &row.until,
            &row.successors,
        ];
        self.sheet.finding(&[], located, &cells, &[])
    }

    /// Flushes everything.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn finish(self) -> Result<()> {
        self.sheet.finish().map(|_| ())
    }
}

/// The fields of a finding, for CSV and JSON alike.
#[derive(Debug, serde::Serialize)]
pub struct Row {
    file: String,
    line: u64,
    record: u64,
    field: String,
    system: &'static str,
    code: String,
    date: String,
    date_rule: String,
    verdict: &'static str,
    since: String,
    until: String,
    successors: String,
}

impl Row {
    /// Of a finding.
    pub fn of(located: &Located, table: &Table) -> Row {
        let judgement = located.finding.decision.judgement;
        Row {
            file: located.input.name.clone(),
            line: located.line,
            record: located.record,
            field: located.column().name.clone(),
            system: located.system(),
            code: located.code().into_owned(),
            date: day(located.date()),
            date_rule: located.date_rule().to_owned(),
            verdict: judgement.verdict.id(),
            since: day(judgement.interval.since),
            until: day(judgement.interval.until),
            successors: successors(located, table),
        }
    }
}

/// The codes that may be billed on the day in the place of a retired one: those
/// that it was split into, else those that a release itself names. More is not
/// known without a mapping.
fn successors(located: &Located, table: &Table) -> String {
    let finding = located.finding;
    match (finding.decision.judgement.verdict, finding.system, finding.code) {
        (Verdict::BecameHeader | Verdict::Deleted, Some(system), Some(code)) => {
            let codes = table.candidates(system, code, located.date());
            let codes = codes.iter().map(|(_, code)| code.to_string());
            codes.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}
