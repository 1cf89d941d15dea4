//! The changes between two releases for people: figures first, then the codes.
//!
//! Billable codes come before headers. Words that changed are marked by signs,
//! `[-old-]{+new+}`, and by colour beside them.

use std::io::{self, Write};

use anstyle::Style;

use super::addenda_view;
use super::diff_view::{self, Effect};
use super::style::{ADDED, BOLD, CHANGED, DIM, REMOVED};
use super::{Listing, clean};
use crate::diff::wording::Segment;
use crate::diff::{Change, Diff, Kind};

/// Writes the report.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (diff.old.effective, diff.new.effective);
    writeln!(out, "{BOLD}{}: {old} -> {new}{BOLD:#}", diff.new.system.title())?;
    figures(diff, out)?;
    addenda(diff, out)?;
    if let Some(words) = listing.words(diff) {
        writeln!(out, "\n{CHANGED}{}{CHANGED:#}", clean(&words))?;
    }
    for kind in Kind::ALL {
        section(diff, kind, listing, out)?;
    }
    missing(listing, out)?;
    writeln!(out, "\n{DIM}{}{DIM:#}", diff_view::NOT_CHECKED)?;
    match diff_view::licence(diff.new.system) {
        Some(licence) => writeln!(out, "{DIM}{licence}.{DIM:#}"),
        None => Ok(()),
    }
}

fn figures(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let [new, deleted, revised, short, headers] = diff_view::figures(diff);
    for figure in [new, deleted, revised] {
        writeln!(out, "  {:<8} {:>6}   {}", figure.name, figure.count, figure.detail)?;
    }
    writeln!(out, "  {DIM}{:<17} {}{DIM:#}", short.name, short.count)?;
    writeln!(out, "  {DIM}{:<17} {}{DIM:#}", headers.name, headers.detail)
}

/// How many disagreements with an addenda are listed; the other forms have all.
const LISTED: usize = 20;

fn addenda(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(answer) = addenda_view::answer(diff) else { return Ok(()) };
    if answer.is_well {
        return writeln!(out, "\n{}", answer.words);
    }
    writeln!(out, "\n{CHANGED}{}{CHANGED:#}", answer.words)?;
    for row in answer.rows.iter().take(LISTED) {
        let (code, what, said) = (&row.code, &row.what, &row.said);
        writeln!(out, "  {CHANGED}?{CHANGED:#} {BOLD}{code:<8}{BOLD:#} {what:<15} {said}")?;
    }
    match answer.rows.len().saturating_sub(LISTED) {
        0 => Ok(()),
        more => writeln!(out, "    and {more} more: --format json, html or xlsx lists all"),
    }
}

fn section(diff: &Diff<'_>, kind: Kind, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let changes = listing.of_kind(diff, kind);
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{} ({}){BOLD:#}", diff_view::words(kind), changes.len())?;
    for change in changes {
        line(diff, change, listing, out)?;
        if let Some(follows) = diff_view::follows(diff, change) {
            writeln!(out, "             {DIM}{follows}{DIM:#}")?;
        }
    }
    Ok(())
}

fn line(
    diff: &Diff<'_>,
    change: &Change<'_>,
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    let effect = Effect::of(change.kind);
    let (sign, style) = (effect.sign(), style(effect));
    let code = change.code.dotted(diff.new.system);
    write!(out, "  {style}{sign}{style:#} {BOLD}{code:<8}{BOLD:#}")?;
    if let Some(remark) = diff_view::remark(change.class) {
        write!(out, " {CHANGED}({remark}){CHANGED:#}")?;
    }
    if let Some(title) = diff_view::title(change, listing) {
        write!(out, " ")?;
        marked(&title, out)?;
    }
    writeln!(out)
}

fn style(effect: Effect) -> Style {
    match effect {
        Effect::Comes => ADDED,
        Effect::Goes => REMOVED,
        Effect::Stays => CHANGED,
    }
}

/// Both titles in one, with the words that differ marked.
fn marked(title: &[Segment], out: &mut dyn Write) -> io::Result<()> {
    for segment in title {
        match segment {
            Segment::Same(text) => write!(out, "{text}")?,
            Segment::Removed(text) => write!(out, "{REMOVED}[-{text}-]{REMOVED:#}")?,
            Segment::Added(text) => write!(out, "{ADDED}{{+{text}+}}{ADDED:#}")?,
        }
    }
    Ok(())
}

/// The user's own codes that are in neither release.
fn missing(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let Some(words) = listing.missing_words() else { return Ok(()) };
    writeln!(out, "\n{BOLD}{words}{BOLD:#}")?;
    for code in &listing.scope.missing {
        writeln!(out, "  {CHANGED}?{CHANGED:#} {BOLD}{}{BOLD:#}", clean(code))?;
    }
    Ok(())
}
