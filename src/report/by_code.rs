//! The sheet by code: each code that needs a decision, or was only reported,
//! with how many sites and claims it touches, most first.

use std::path::Path;

use super::sheet::Sheet;
use super::{day, worklist};
use crate::decide::Table;
use crate::error::Result;
use crate::record::money;
use crate::run::counts::CodeCount;
use crate::run::plan::CodeReason;

const HEADER: [&str; 14] = [
    "system",
    "code",
    "title",
    "reason",
    "in words",
    "sites",
    "claims",
    "charges",
    "first_date",
    "last_date",
    "candidates",
    "choice",
    "decided_by",
    "note",
];

/// Writes the sheet.
///
/// # Errors
/// The disk is full.
pub fn write<'c>(
    path: &Path,
    table: &Table,
    codes: impl IntoIterator<Item = (&'c CodeReason, &'c CodeCount)>,
) -> Result<()> {
    let mut rows: Vec<(&CodeReason, &CodeCount)> = codes.into_iter().collect();
    rows.sort_by_key(|(what, count)| (std::cmp::Reverse((count.claims, count.sites)), *what));
    let mut sheet = Sheet::create(path, &HEADER, &[])?;
    for (what, count) in rows {
        sheet.row([
            what.system.map_or("", |system| system.id()),
            &what.code.map_or_else(|| "(no code)".to_owned(), |code| code.to_string()),
            worklist::title(table, what.system, what.code, count.last),
            what.reason,
            what.words,
            &count.sites.to_string(),
            &count.claims.to_string(),
            &count.charges.map(money::written).unwrap_or_default(),
            &day(count.first),
            &day(count.last),
            &worklist::candidates(table, what.system, what.code, count.last),
            "",
            "",
            "",
        ])?;
    }
    sheet.finish().map(|_| ())
}
