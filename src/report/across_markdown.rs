//! Codes over the years as Markdown: the figures of each step, then one row an event.

use std::io::{self, Write};

use super::across_view::{self, Row};
use super::diff_view;
use super::escape::Markdown;
use super::{Descriptors, Listing};
use crate::diff::across::Across;

/// Writes the document.
///
/// # Errors
/// As the writer fails.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let system = across_view::system(across);
    let title = system.map_or("", |system| system.title());
    writeln!(out, "# {title}: {} releases\n", across.steps.len() + 1)?;
    writeln!(out, "| From | To | New | Of them reinstated | Deleted | Revised |")?;
    writeln!(out, "|---|---|---:|---:|---:|---:|")?;
    for figures in across_view::figures(across) {
        writeln!(out, "| {} |", figures.join(" | "))?;
    }
    for note in across_view::notes(across).iter().chain(&listing.words_across(across)) {
        writeln!(out, "\n{}", Markdown(note))?;
    }
    let titles = listing.descriptors == Descriptors::Shown;
    writeln!(out, "\n| Code | Day | What |{}", if titles { " Title |" } else { "" })?;
    writeln!(out, "|---|---|---|{}", if titles { "---|" } else { "" })?;
    for row in across_view::rows(across, listing) {
        write_row(&row, across, titles, out)?;
    }
    if let Some(words) = listing.missing_words() {
        let codes = listing.scope.missing.join(", ");
        writeln!(out, "\n{}: {}", Markdown(&words), Markdown(&codes))?;
    }
    writeln!(out, "\n{}", diff_view::NOT_CHECKED)?;
    match system.and_then(diff_view::licence) {
        Some(licence) => writeln!(out, "\n{licence}."),
        None => Ok(()),
    }
}

fn write_row(row: &Row, across: &Across<'_>, titles: bool, out: &mut dyn Write) -> io::Result<()> {
    let release = across.steps[row.step].new;
    let code = row.code.dotted(release.system);
    write!(
        out,
        "| {} | {} | {} {}",
        Markdown(&code),
        release.effective,
        row.effect.sign(),
        row.words
    )?;
    for more in row.remark.map(str::to_owned).iter().chain(&row.follows) {
        write!(out, " ({})", Markdown(more))?;
    }
    let title = diff_view::marked(&row.title);
    if titles { writeln!(out, " | {} |", Markdown(&title)) } else { writeln!(out, " |") }
}
