//! The workbooks of a run, made of its CSV files - a spreadsheet that opens
//! worklist.csv itself would turn the code 02700E6 into a number - and its report,
//! whose digest stands in the journal beside that of the plan.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::list_changes::ListCounts;
use super::run_view::{Told, View};
use super::workbook::{self, Csv, Sheet};
use super::{run_html, run_xlsx};
use crate::error::{Error, Result};
use crate::run::folder::RunFolder;
use crate::run::inputs::Inputs;
use crate::run::plan::Plan;

/// The report as a page.
pub const REPORT: &str = "report.html";

/// Writes worklist.xlsx and, for lists, list-changes.xlsx.
///
/// # Errors
/// The disk is full.
pub fn write(
    folder: &RunFolder,
    inputs: &Inputs,
    plan: &Plan,
    list: Option<ListCounts>,
) -> Result<()> {
    let by_code = folder.path("worklist-codes.csv");
    let by_site = folder.path("worklist.csv");
    let amount = inputs.files.first().and_then(|input| input.layout.amount.as_ref());
    let mut numbers = vec!["line", "record", "sites", "claims", "claims_of_code", "charges"];
    // Where decimal commas are written, 12.000 is no number that a spreadsheet would show.
    let is_plain = plan.files.iter().all(|file| file.billed.marks.allow_thousands());
    numbers.extend(amount.filter(|_| is_plain).map(|amount| amount.name.as_str()));
    let sheet = |name, csv| Sheet { name, csv: Csv::File(csv), numbers: &numbers };
    let sheets = [sheet("by code", &by_code), sheet("by entry", &by_site)];
    workbook::write(&sheets, &folder.path("worklist.xlsx"))?;
    if list.is_some() {
        let changes = folder.path("list-changes.csv");
        workbook::write(&[sheet("list changes", &changes)], &folder.path("list-changes.xlsx"))?;
    }
    Ok(())
}

/// Writes report.html and report.xlsx.
///
/// # Errors
/// The disk is full.
pub fn report(folder: &RunFolder, told: Told) -> Result<()> {
    let view = View::of(told);
    let path = folder.path(REPORT);
    let failed = |error| Error::unwritable(&path, &error);
    let mut page = BufWriter::new(File::create(&path).map_err(failed)?);
    run_html::write(&view, &mut page).and_then(|()| page.flush()).map_err(failed)?;
    run_xlsx::write(&view, &folder.path("report.xlsx"))
}
