//! `codeturn.diff/1`: the changes between two releases as JSON.
//!
//! A stable form; other programs read it. `counts.new`, `.deleted` and
//! `.revised` are the publishers' figures.

use std::io::{self, Write};

use serde::Serialize;

use super::Listing;
use crate::code::{Code, System};
use crate::diff::addenda::Verdict;
use crate::diff::{Change, Class, Counts, Diff, Kind, Titles, Witness};
use crate::release::addenda::{Figures, Odd};
use crate::release::{Digest, Release};

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    system: System,
    old: Side<'d>,
    new: Side<'d>,
    counts: Counts,
    changes: Vec<Row<'d>>,
    addenda: Option<Addenda<'d>>,
}

/// A release.
#[derive(Serialize)]
pub(super) struct Side<'d> {
    path: std::borrow::Cow<'d, str>,
    effective: String,
    billable: usize,
    headers: usize,
    digest: Digest,
}

#[derive(Serialize)]
struct Row<'d> {
    code: Code,
    kind: Kind,
    #[serde(flatten)]
    wording: Wording<'d>,
    /// The successors that the release names; left out where it names none.
    #[serde(skip_serializing_if = "<[Code]>::is_empty")]
    successors: &'d [Code],
}

/// What the publisher's addenda says of the changes.
#[derive(Serialize)]
struct Addenda<'d> {
    path: &'d str,
    /// `agrees`, `differs` or `other_pair`.
    verdict: &'static str,
    /// The publisher's figures.
    says: Figures,
    /// Billable codes of the edition before and of its release, by its own count.
    before: Option<usize>,
    after: Option<usize>,
    disagreements: Vec<Apart>,
    /// Codes that changed and are not in it, where it is of another pair.
    unmentioned: Option<usize>,
    odd: &'d [Odd],
}

#[derive(Serialize)]
struct Apart {
    code: Code,
    what: &'static str,
    billable: bool,
    /// `files`, `addenda` or `other_titles`.
    said: &'static str,
    line: Option<usize>,
}

/// The titles before and after, and how far they differ.
#[derive(Serialize)]
pub(super) struct Wording<'d> {
    class: Option<Class>,
    old_short: Option<&'d str>,
    old_long: Option<&'d str>,
    new_short: Option<&'d str>,
    new_long: Option<&'d str>,
}

/// Writes the document, one value a line, with a line end behind it.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "codeturn.diff/1",
        system: diff.new.system,
        old: side(diff.old),
        new: side(diff.new),
        counts: diff.counts,
        changes: listing.of(diff).map(|change| row(change, listing)).collect(),
        addenda: diff.addenda.as_ref().map(addenda),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

pub(super) fn side(release: &Release) -> Side<'_> {
    Side {
        path: release.path.to_string_lossy(),
        effective: release.effective.to_string(),
        billable: release.billable(),
        headers: release.headers(),
        digest: release.digest,
    }
}

fn row<'d>(change: &Change<'d>, listing: &Listing) -> Row<'d> {
    Row {
        code: change.code,
        kind: change.kind,
        wording: Wording::of(change, listing),
        successors: change.successors,
    }
}

impl<'d> Wording<'d> {
    pub(super) fn of(change: &Change<'d>, listing: &Listing) -> Wording<'d> {
        let short = |titles: Option<Titles<'d>>| listing.titles(titles).map(|titles| titles.short);
        let long = |titles: Option<Titles<'d>>| listing.titles(titles).map(|titles| titles.long);
        Wording {
            class: change.class,
            old_short: short(change.old),
            old_long: long(change.old),
            new_short: short(change.new),
            new_long: long(change.new),
        }
    }
}

fn addenda(witness: &Witness) -> Addenda<'_> {
    let apart = witness.disagreements().iter().map(|one| Apart {
        code: one.code,
        what: one.act.id(),
        billable: one.billable,
        said: one.said.id(),
        line: one.line,
    });
    Addenda {
        path: &witness.name,
        verdict: witness.verdict.id(),
        says: witness.figures,
        before: witness.before,
        after: witness.after,
        disagreements: apart.collect(),
        unmentioned: match witness.verdict {
            Verdict::OtherPair { unmentioned, .. } => Some(unmentioned),
            _ => None,
        },
        odd: &witness.odd,
    }
}
