//! report.xlsx: the grids of a run's report, a sheet each; codes stay text.

use std::path::Path;

use super::diff_view;
use super::run_view::{Cell, Form, Section, View};
use super::workbook::{self, Csv, Sheet};
use crate::error::Result;

/// A sheet whose rows are ready.
struct Page {
    name: String,
    csv: Vec<u8>,
    numbers: Vec<&'static str>,
}

/// Writes the workbook.
///
/// # Errors
/// The disk is full.
pub fn write(view: &View, path: &Path) -> Result<()> {
    let mut pages = vec![summary(view)?];
    for section in view.sections.iter().filter(|section| !section.grid.rows.is_empty()) {
        pages.push(page(section)?);
    }
    pages.push(notes(view)?);
    let sheets: Vec<Sheet> = pages
        .iter()
        .map(|page| Sheet { name: &page.name, csv: Csv::Bytes(&page.csv), numbers: &page.numbers })
        .collect();
    workbook::write(&sheets, path).map(|_| ())
}

fn summary(view: &View) -> Result<Page> {
    let row =
        |what: &str, count: String, detail: &str| vec![what.to_owned(), count, detail.to_owned()];
    let about = std::iter::once(&view.title).chain(&view.lead);
    let about = about.map(|words| row(words, String::new(), ""));
    let figures = view.figures.iter().map(|one| row(one.name, one.count.to_string(), &one.detail));
    let csv = workbook::csv(&["what", "count", "of which"], figures.chain(about))?;
    Ok(Page { name: "summary".to_owned(), csv, numbers: vec!["count"] })
}

fn page(section: &Section) -> Result<Page> {
    let grid = &section.grid;
    let header: Vec<&str> = grid.columns.iter().map(|column| column.name).collect();
    let rows = grid.rows.iter().map(|row| row.iter().map(text).collect());
    // A row of words below the numbers would be filtered and sorted with them.
    let numbers = grid.columns.iter().filter(|column| column.form == Form::Number);
    Ok(Page {
        name: section.id.replace('-', " "),
        csv: workbook::csv(&header, rows)?,
        numbers: numbers.map(|column| column.name).collect(),
    })
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(count) => count.to_string(),
        Cell::Marked(title) => diff_view::marked(title),
    }
}

/// What the page says in sentences.
fn notes(view: &View) -> Result<Page> {
    let about = |section: &Section| {
        let words = section.words.iter().chain(&section.grid.left_out);
        let row = |words: &String| vec![section.heading.to_owned(), words.clone()];
        words.map(row).collect::<Vec<_>>()
    };
    let sections = view.sections.iter().flat_map(about);
    let not_checked = view.not_checked.iter().map(String::as_str);
    let closing = not_checked.chain(view.licences.iter().copied());
    let closing = closing.map(|words| vec!["What was not checked".to_owned(), words.to_owned()]);
    Ok(Page {
        name: "notes".to_owned(),
        csv: workbook::csv(&["about", "note"], sections.chain(closing))?,
        numbers: Vec::new(),
    })
}
