//! The changes between two releases for people: figures first, then the codes.
//!
//! Billable codes come before headers. Words that changed are marked by signs,
//! `[-old-]{+new+}`, and by colour beside them.

use std::io::{self, Write};

use anstyle::Style;

use super::style::{ADDED, BOLD, CHANGED, DIM, REMOVED};
use super::{Descriptors, Listing, clean};
use crate::code::Code;
use crate::diff::wording::{self, Segment};
use crate::diff::{Change, Class, Counts, Diff, Kind, Titles};

/// Writes the report.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (diff.old.effective, diff.new.effective);
    writeln!(out, "{BOLD}{}: {old} -> {new}{BOLD:#}", diff.new.system.title())?;
    figures(diff, out)?;
    for kind in Kind::ALL {
        let changes: Vec<&Change<'_>> = diff
            .changes
            .iter()
            .filter(|change| change.kind == kind && listing.lists(change))
            .collect();
        section(diff, kind, &changes, listing, out)?;
    }
    writeln!(
        out,
        "\n{DIM}Not checked: what the deleted codes are replaced by, and coverage, edits or payment \
         of the new ones.{DIM:#}"
    )
}

fn figures(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = &diff.counts;
    let Counts { new, deleted, revised, .. } = counts;
    writeln!(
        out,
        "  new      {new:>6}   {} added, {} became billable",
        counts.added, counts.became_billable
    )?;
    writeln!(
        out,
        "  deleted  {deleted:>6}   {} gone, {} became headers",
        counts.removed, counts.became_header
    )?;
    let classed = |class| {
        let revised = diff.changes.iter().filter(|change| change.kind == Kind::Revised);
        revised.filter(|change| change.class == Some(class)).count()
    };
    let (meaning, white) = (classed(Class::Meaning), classed(Class::Whitespace));
    writeln!(
        out,
        "  revised  {revised:>6}   {meaning} MAY MEAN SOMETHING ELSE, {white} in blanks, punctuation or case only"
    )?;
    writeln!(out, "  {DIM}short title only  {}{DIM:#}", counts.short_revised)?;
    writeln!(
        out,
        "  {DIM}headers           {} added, {} gone, {} revised{DIM:#}",
        counts.header_added, counts.header_deleted, counts.header_revised
    )
}

/// A kind as people say it.
fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "Added",
        Kind::BecameBillable => "Became billable (was a header)",
        Kind::Deleted => "Deleted",
        Kind::BecameHeader => "Now incomplete: split into longer codes",
        Kind::Revised => "Revised",
        Kind::ShortRevised => "Short title revised (the long one stands)",
        Kind::HeaderAdded => "Headers added",
        Kind::HeaderDeleted => "Headers deleted",
        Kind::HeaderRevised => "Headers revised",
    }
}

fn section(
    diff: &Diff<'_>,
    kind: Kind,
    changes: &[&Change<'_>],
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{} ({}){BOLD:#}", words(kind), changes.len())?;
    for change in changes {
        line(diff, change, listing, out)?;
        if kind == Kind::BecameHeader {
            longer_codes(diff, change.code, out)?;
        }
    }
    Ok(())
}

/// The billable codes that stand under a new header.
fn longer_codes(diff: &Diff<'_>, header: Code, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 12;
    let below = diff.new.entries().iter().filter(|entry| {
        entry.code != header && entry.code.starts_with(header) && diff.new.is_billable(entry)
    });
    let codes: Vec<String> = below.map(|entry| entry.code.dotted(diff.new.system)).collect();
    let more = codes.len().saturating_sub(SHOWN);
    let shown = codes[..codes.len() - more].join(", ");
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    writeln!(out, "             {DIM}now {shown}{more}{DIM:#}")
}

fn line(
    diff: &Diff<'_>,
    change: &Change<'_>,
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (sign, style) = sign(change.kind);
    let code = change.code.dotted(diff.new.system);
    write!(out, "  {style}{sign}{style:#} {BOLD}{code:<8}{BOLD:#}")?;
    if let Some(remark) = remark(change.class) {
        write!(out, " {CHANGED}({remark}){CHANGED:#}")?;
    }
    if listing.descriptors == Descriptors::Shown {
        write!(out, " ")?;
        titles(change, out)?;
    }
    writeln!(out)
}

fn sign(kind: Kind) -> (char, Style) {
    match kind {
        Kind::Added | Kind::BecameBillable | Kind::HeaderAdded => ('+', ADDED),
        Kind::Deleted | Kind::BecameHeader | Kind::HeaderDeleted => ('-', REMOVED),
        Kind::Revised | Kind::ShortRevised | Kind::HeaderRevised => ('~', CHANGED),
    }
}

/// Plain wording is the rule; what departs from it is said.
fn remark(class: Option<Class>) -> Option<&'static str> {
    match class {
        Some(Class::Whitespace) => Some("blanks, punctuation or case only"),
        Some(Class::Meaning) => Some("MEANING MAY HAVE CHANGED"),
        Some(Class::Wording) | None => None,
    }
}

fn titles(change: &Change<'_>, out: &mut dyn Write) -> io::Result<()> {
    let best = |titles: Titles<'_>| match titles.long {
        "" => clean(titles.short),
        long => clean(long),
    };
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return write!(out, "{}", change.new.or(change.old).map(best).unwrap_or_default());
    };
    if change.class.is_none() {
        return write!(out, "{}", best(new));
    }
    if old.long == new.long {
        marked(old.short, new.short, out)
    } else {
        marked(old.long, new.long, out)
    }
}

/// Both titles in one, with the words that differ marked.
fn marked(old: &str, new: &str, out: &mut dyn Write) -> io::Result<()> {
    for segment in wording::segments(&clean(old), &clean(new)) {
        match segment {
            Segment::Same(text) => write!(out, "{text}")?,
            Segment::Removed(text) => write!(out, "{REMOVED}[-{text}-]{REMOVED:#}")?,
            Segment::Added(text) => write!(out, "{ADDED}{{+{text}+}}{ADDED:#}")?,
        }
    }
    Ok(())
}
