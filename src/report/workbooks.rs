//! The workbooks of a run, made of its CSV files: a spreadsheet that opens
//! worklist.csv itself would turn the code 02700E6 into a number.

use std::path::Path;

use super::workbook::{self, Csv, Sheet};
use crate::error::Result;
use crate::run::folder::RunFolder;

/// Writes worklist.xlsx and, for lists, list-changes.xlsx.
///
/// # Errors
/// The disk is full.
pub fn write(folder: &RunFolder, is_list: bool) -> Result<()> {
    let by_code = folder.path("worklist-codes.csv");
    let by_site = folder.path("worklist.csv");
    let sheets = [sheet("by code", &by_code), sheet("by entry", &by_site)];
    workbook::write(&sheets, &folder.path("worklist.xlsx"))?;
    if is_list {
        let changes = folder.path("list-changes.csv");
        workbook::write(&[sheet("list changes", &changes)], &folder.path("list-changes.xlsx"))?;
    }
    Ok(())
}

fn sheet<'a>(name: &'a str, csv: &'a Path) -> Sheet<'a> {
    Sheet { name, csv: Csv::File(csv), numbers: &["line", "record", "sites", "claims"] }
}
