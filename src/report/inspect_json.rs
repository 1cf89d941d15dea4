//! `codeturn.inspect/1`: what files are, for programs.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use crate::code::System;
use crate::release::addenda::{self, Figures};
use crate::release::{Addenda, Dating, Digest, Oddity, Release, Seen, What};
use crate::run::inspect::{Inspected, Records};

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    files: Vec<File<'d>>,
}

#[derive(Serialize)]
struct File<'d> {
    path: Cow<'d, str>,
    members: Vec<Member<'d>>,
    records: Option<RecordFile<'d>>,
}

#[derive(Serialize)]
struct Member<'d> {
    name: Option<&'d str>,
    /// `release`, `refused` or `other`.
    kind: &'static str,
    /// The layout, the refusal, or what else it is.
    what: &'d str,
    line: Option<String>,
    release: Option<Facts<'d>>,
    odd: Vec<Odd<'d>>,
    addenda: Option<AddendaFacts<'d>>,
}

/// What a publisher says changed.
#[derive(Serialize)]
struct AddendaFacts<'d> {
    says: Figures,
    before: Option<usize>,
    after: Option<usize>,
    odd: &'d [addenda::Odd],
}

#[derive(Serialize)]
struct Facts<'d> {
    system: System,
    effective: String,
    dating: &'static str,
    billable: usize,
    headers: usize,
    digest: Digest,
    warnings: &'d [String],
    notes: &'d [String],
}

#[derive(Serialize)]
struct Odd<'d> {
    what: &'static str,
    count: usize,
    lines: &'d [usize],
}

#[derive(Serialize)]
struct RecordFile<'d> {
    recognised: bool,
    why_not: Option<&'d str>,
    notes: &'d [String],
    warnings: &'d [String],
}

/// Writes the document, with a line end behind it.
///
/// # Errors
/// As the writer fails.
pub fn write(files: &[Inspected], out: &mut dyn Write) -> io::Result<()> {
    let files = files.iter().map(file).collect();
    serde_json::to_writer_pretty(&mut *out, &Document { schema: "codeturn.inspect/1", files })?;
    writeln!(out)
}

fn file(file: &Inspected) -> File<'_> {
    File {
        path: file.looked.path.to_string_lossy(),
        members: file.looked.seen.iter().map(member).collect(),
        records: file.records.as_ref().map(records),
    }
}

fn member(seen: &Seen) -> Member<'_> {
    let (kind, what, line, release) = match &seen.what {
        What::Release(release) => ("release", release.layout, None, Some(facts(release))),
        What::Refused(error) => {
            let place = error.whereabouts().map(|place| place.to_string());
            ("refused", error.message(), place, None)
        }
        What::Addenda(_) => ("other", "an addenda: what the publisher says changed", None, None),
        What::Other(words) => ("other", words.as_str(), None, None),
    };
    let odd =
        seen.odd.iter().map(|Oddity { what, count, lines }| Odd { what, count: *count, lines });
    let addenda = match &seen.what {
        What::Addenda(addenda) => Some(says(addenda)),
        _ => None,
    };
    Member { name: seen.member.as_deref(), kind, what, line, release, odd: odd.collect(), addenda }
}

fn says(addenda: &Addenda) -> AddendaFacts<'_> {
    let Addenda { before, after, odd, .. } = addenda;
    AddendaFacts { says: addenda.figures(), before: *before, after: *after, odd }
}

fn facts(release: &Release) -> Facts<'_> {
    Facts {
        system: release.system,
        effective: release.effective.to_string(),
        dating: match release.dating {
            Dating::Given => "given",
            Dating::KnownEdition => "known_edition",
            Dating::Assumed { .. } => "assumed",
        },
        billable: release.billable(),
        headers: release.headers(),
        digest: release.digest,
        warnings: &release.warnings,
        notes: &release.notes,
    }
}

fn records(records: &Records) -> RecordFile<'_> {
    match records {
        Records::Recognised { notes, warnings } => {
            RecordFile { recognised: true, why_not: None, notes, warnings }
        }
        Records::No(why) => {
            RecordFile { recognised: false, why_not: Some(why), notes: &[], warnings: &[] }
        }
    }
}
