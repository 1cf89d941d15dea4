//! The changes between two releases as a workbook: figures, then a sheet a kind.
//!
//! Codes are text: a spreadsheet that opens the CSV form itself turns 02700E6
//! and 00100 into numbers. Kinds of which nothing is listed have no sheet; the
//! sheet of figures counts them all the same.

use std::io::Write;

use super::addenda_view::{self, Answer};
use super::diff_view::{self, Effect};
use super::workbook::{self, Csv, Sheet};
use super::{Descriptors, Listing};
use crate::diff::{Change, Class, Diff, Kind, Titles};
use crate::error::{Error, Result};

/// A sheet whose rows are ready.
struct Page {
    name: &'static str,
    csv: Vec<u8>,
}

impl Page {
    fn sheet(&self) -> Sheet<'_> {
        Sheet { name: self.name, csv: Csv::Bytes(&self.csv), numbers: &["count"] }
    }
}

/// Writes the workbook.
///
/// # Errors
/// As the writer fails, and more rows than a sheet can hold.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> Result<()> {
    let answer = addenda_view::answer(diff);
    let mut pages = vec![figures(diff, listing, answer.as_ref())?];
    if let Some(answer) = answer.as_ref().filter(|answer| !answer.rows.is_empty()) {
        pages.push(addenda(answer)?);
    }
    for kind in Kind::ALL {
        let changes = listing.of_kind(diff, kind);
        if !changes.is_empty() {
            pages.push(page(diff, kind, &changes, listing)?);
        }
    }
    if !listing.scope.missing.is_empty() {
        let codes = listing.scope.missing.iter().map(|code| vec![code.clone()]);
        pages.push(Page { name: "in neither release", csv: workbook::csv(&["code"], codes)? });
    }
    let sheets: Vec<Sheet<'_>> = pages.iter().map(Page::sheet).collect();
    let bytes = workbook::bytes(&sheets)?;
    out.write_all(&bytes).map_err(|error| Error::output(&error))
}

/// The figures, the releases that they are of, and what is to be said of both.
fn figures(diff: &Diff<'_>, listing: &Listing, answer: Option<&Answer>) -> Result<Page> {
    let row =
        |what: &str, count: String, detail: &str| vec![what.to_owned(), count, detail.to_owned()];
    let mut rows: Vec<Vec<String>> = diff_view::figures(diff)
        .iter()
        .map(|figure| row(figure.name, figure.count.to_string(), &figure.detail))
        .collect();
    let system = diff.new.system.title();
    for (name, release) in [("old", diff.old), ("new", diff.new)] {
        let from = format!("{system}, in force from {}", release.effective);
        let what = format!("billable codes of the {name} release");
        rows.push(row(&what, release.billable().to_string(), &from));
        let path = release.path.to_string_lossy();
        rows.push(row(
            &format!("headers of the {name} release"),
            release.headers().to_string(),
            &path,
        ));
    }
    let words = listing.words(diff);
    let answer = answer.map(|answer| &answer.words);
    let notes = diff.notes.iter().chain(answer).chain(&words).map(String::as_str);
    let closing = [diff_view::NOT_CHECKED].into_iter().chain(diff_view::licence(diff.new.system));
    rows.extend(notes.chain(closing).map(|note| row("note", String::new(), note)));
    Ok(Page { name: "figures", csv: workbook::csv(&["what", "count", "of which"], rows)? })
}

fn addenda(answer: &Answer) -> Result<Page> {
    let rows =
        answer.rows.iter().map(|row| vec![row.code.clone(), row.what.clone(), row.said.clone()]);
    Ok(Page { name: "addenda", csv: workbook::csv(&["code", "change", "where"], rows)? })
}

fn page(diff: &Diff<'_>, kind: Kind, changes: &[&Change<'_>], listing: &Listing) -> Result<Page> {
    let names = changes.iter().any(|change| !change.successors.is_empty());
    let header = header(diff, kind, names, listing);
    let rows = changes.iter().map(|change| {
        let mut row = cells(diff, change, names, listing);
        row.truncate(header.len());
        row
    });
    Ok(Page { name: kind.id(), csv: workbook::csv(&header, rows)? })
}

/// The columns of a kind: titles last, and among them the short ones, for
/// either may be missing.
fn header(diff: &Diff<'_>, kind: Kind, names: bool, listing: &Listing) -> Vec<&'static str> {
    let mut header = vec!["code"];
    header.extend((kind == Kind::BecameHeader).then_some("longer codes"));
    header.extend(names.then_some("named by the release"));
    header.extend((Effect::of(kind) == Effect::Stays).then_some("remark"));
    if listing.descriptors == Descriptors::Hidden {
        return header;
    }
    let (long, short): (&[&str], &[&str]) = match Effect::of(kind) {
        Effect::Stays => {
            (&["difference", "old title", "new title"], &["old short title", "new short title"])
        }
        Effect::Comes | Effect::Goes => (&["title"], &["short title"]),
    };
    header.extend(long);
    if diff.old.has_short_titles() || diff.new.has_short_titles() {
        header.extend(short);
    }
    header
}

/// The cells of a row, those first that every listing shows.
fn cells(diff: &Diff<'_>, change: &Change<'_>, names: bool, listing: &Listing) -> Vec<String> {
    let mut cells = vec![change.code.dotted(diff.new.system)];
    if change.kind == Kind::BecameHeader {
        cells.push(diff_view::longer_codes(diff, change.code).join(", "));
    }
    if names {
        cells.push(diff_view::named_successors(change));
    }
    let long = |titles: Option<Titles<'_>>| titles.map_or("", |titles| titles.long).to_owned();
    let short = |titles: Option<Titles<'_>>| titles.map_or("", |titles| titles.short).to_owned();
    let (old, new) = (listing.titles(change.old), listing.titles(change.new));
    if Effect::of(change.kind) == Effect::Stays {
        let remark = diff_view::remark(change.class).or(change.class.map(Class::id));
        cells.push(remark.unwrap_or_default().to_owned());
        let difference = diff_view::title(change, listing).unwrap_or_default();
        cells.push(diff_view::marked(&difference));
        cells.extend([long(old), long(new), short(old), short(new)]);
    } else {
        cells.extend([long(new.or(old)), short(new.or(old))]);
    }
    cells
}
