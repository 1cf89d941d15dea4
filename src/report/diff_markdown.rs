//! The changes between two releases as Markdown: figures, then a table a kind.
//!
//! Words that changed are marked by signs, `[-old-]{+new+}`: bold and struck
//! out text gets lost where blanks stand at their ends.

use std::io::{self, Write};

use super::addenda_view;
use super::diff_view::{self, Effect};
use super::escape::Markdown;
use super::{Descriptors, Listing};
use crate::diff::{Change, Diff, Kind};
use crate::release::Release;

/// Writes the document.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (diff.old.effective, diff.new.effective);
    writeln!(out, "# {}: {old} to {new}\n", diff.new.system.title())?;
    writeln!(out, "| Figure | Count | Of which |\n|---|---:|---|")?;
    for figure in diff_view::figures(diff) {
        writeln!(out, "| {} | {} | {} |", figure.name, figure.count, figure.detail)?;
    }
    writeln!(out, "\n| Release | In force from | Billable codes | Headers | File |")?;
    writeln!(out, "|---|---|---:|---:|---|")?;
    side("old", diff.old, out)?;
    side("new", diff.new, out)?;
    for note in diff.notes.iter().chain(&listing.words(diff)) {
        writeln!(out, "\n{}", Markdown(note))?;
    }
    addenda(diff, out)?;
    for kind in Kind::ALL {
        section(diff, kind, listing, out)?;
    }
    missing(listing, out)?;
    writeln!(out, "\n{}", diff_view::NOT_CHECKED)?;
    match diff_view::licence(diff.new.system) {
        Some(licence) => writeln!(out, "\n{licence}."),
        None => Ok(()),
    }
}

fn side(name: &str, release: &Release, out: &mut dyn Write) -> io::Result<()> {
    let path = release.path.to_string_lossy();
    let (billable, headers) = (release.billable(), release.headers());
    let effective = release.effective;
    writeln!(out, "| {name} | {effective} | {billable} | {headers} | {} |", Markdown(&path))
}

fn addenda(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(answer) = addenda_view::answer(diff) else { return Ok(()) };
    writeln!(out, "\n{}", Markdown(&answer.words))?;
    if answer.rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {} ({})\n", addenda_view::HEADING, answer.rows.len())?;
    writeln!(out, "| Code | Change | Where |\n|---|---|---|")?;
    answer.rows.iter().try_for_each(|row| {
        writeln!(out, "| {} | {} | {} |", Markdown(&row.code), row.what, row.said)
    })
}

fn section(diff: &Diff<'_>, kind: Kind, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let changes = listing.of_kind(diff, kind);
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {} ({})\n", diff_view::words(kind), changes.len())?;
    if Effect::of(kind) == Effect::Stays {
        writeln!(out, "`[-` what is gone `-]`, `{{+` what is new `+}}`\n")?;
    }
    let mut heading = vec!["Code"];
    let names = names_successors(changes.iter().copied());
    heading.extend((kind == Kind::BecameHeader).then_some("Longer codes"));
    heading.extend(names.then_some("Named by the release"));
    heading.extend((Effect::of(kind) == Effect::Stays).then_some("Remark"));
    heading.extend((listing.descriptors == Descriptors::Shown).then_some("Title"));
    writeln!(out, "| {} |\n|{}", heading.join(" | "), "---|".repeat(heading.len()))?;
    changes.iter().try_for_each(|change| row(diff, change, names, listing, out))
}

/// Whether the release itself names a successor of any of these codes.
fn names_successors<'c>(mut changes: impl Iterator<Item = &'c Change<'c>>) -> bool {
    changes.any(|change| !change.successors.is_empty())
}

fn row(
    diff: &Diff<'_>,
    change: &Change<'_>,
    names: bool,
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "| {} |", Markdown(&change.code.dotted(diff.new.system)))?;
    if change.kind == Kind::BecameHeader {
        write!(out, " {} |", Markdown(&diff_view::longer_codes_in_short(diff, change.code)))?;
    }
    if names {
        write!(out, " {} |", Markdown(&diff_view::named_successors(change)))?;
    }
    if Effect::of(change.kind) == Effect::Stays {
        write!(out, " {} |", diff_view::remark(change.class).unwrap_or_default())?;
    }
    if let Some(title) = diff_view::title(change, listing) {
        write!(out, " {} |", Markdown(&diff_view::marked(&title)))?;
    }
    writeln!(out)
}

/// The user's own codes that are in neither release.
fn missing(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let Some(words) = listing.missing_words() else { return Ok(()) };
    writeln!(out, "\n## {words}\n")?;
    listing.scope.missing.iter().try_for_each(|code| writeln!(out, "* {}", Markdown(code)))
}
