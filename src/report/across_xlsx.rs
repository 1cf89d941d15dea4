//! Codes over the years as a workbook: the figures of each step, and one row an
//! event; codes stay text.

use std::io::Write;

use super::across_view::{self, Row};
use super::diff_view;
use super::workbook::{self, Csv, Sheet};
use super::{Descriptors, Listing};
use crate::diff::across::Across;
use crate::error::{Error, Result};

/// Writes the workbook.
///
/// # Errors
/// As the writer fails, and more rows than a sheet can hold.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> Result<()> {
    let header = ["from", "to", "new", "reinstated", "deleted", "revised"];
    let figures =
        workbook::csv(&header, across_view::figures(across).iter().map(|row| row.to_vec()))?;
    let titles = listing.descriptors == Descriptors::Shown;
    let mut header = vec!["code", "day", "what", "remark", "followed by"];
    header.extend(titles.then_some("title"));
    let rows = across_view::rows(across, listing);
    let codes = workbook::csv(&header, rows.iter().map(|row| cells(row, across, titles)))?;
    let licence = across_view::system(across).and_then(diff_view::licence);
    let notes = [diff_view::NOT_CHECKED].into_iter().chain(licence).map(str::to_owned);
    let about = across_view::notes(across).into_iter().chain(listing.words_across(across));
    let notes = about.chain(notes).chain(listing.missing_words());
    let missing = listing.scope.missing.iter().cloned();
    let notes = workbook::csv(&["note"], notes.chain(missing).map(|note| vec![note]))?;
    let numbers = &["new", "reinstated", "deleted", "revised"];
    let sheets = [("figures", &figures), ("codes", &codes), ("notes", &notes)]
        .map(|(name, csv)| Sheet { name, csv: Csv::Bytes(csv), numbers });
    let bytes = workbook::bytes(&sheets)?;
    out.write_all(&bytes).map_err(|error| Error::output(&error))
}

fn cells(row: &Row, across: &Across<'_>, titles: bool) -> Vec<String> {
    let release = across.steps[row.step].new;
    let mut cells = vec![
        row.code.dotted(release.system),
        release.effective.to_string(),
        row.words.to_owned(),
        row.remark.unwrap_or_default().to_owned(),
        row.follows.clone().unwrap_or_default(),
    ];
    cells.extend(titles.then(|| diff_view::marked(&row.title)));
    cells
}
