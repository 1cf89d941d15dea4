//! The cross-references that stand inside a HCPCS Level II release.
//!
//! Only those of terminated codes lead on; they hold from the day after the
//! termination, the last day of use.

use std::path::Path;

use super::{Link, Previous, Published};
use crate::code::System;
use crate::release::{self, Release, Wanted};

/// Reads a file as a release, if it is one with cross-references. What is no
/// release is no error: whoever reads the file next says what it is.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Option<Published> {
    const LEAST: usize = 4096;
    let may_be = bytes.starts_with(b"PK") || bytes.len() > LEAST;
    let releases = if may_be { release::open(&Wanted::new(path)).ok()? } else { return None };
    of_releases(&releases)
}

/// The cross-references of releases; nothing where none has any.
pub fn of_releases(releases: &[Release]) -> Option<Published> {
    let links: Vec<Link> = releases.iter().flat_map(of).collect();
    (!links.is_empty()).then_some(Published {
        layout: "HCPCS Level II release with cross-references",
        system: Some(System::Hcpcs),
        links,
        unread: Vec::new(),
    })
}

fn of(release: &Release) -> impl Iterator<Item = Link> + '_ {
    let entries = release.entries().iter().zip(1..);
    entries.flat_map(|(entry, row)| {
        let effective = entry.terminated.and_then(|last| last.tomorrow().ok());
        release.named_successors(entry.code).iter().map(move |new| Link {
            old: Previous::Code(entry.code),
            new: Some(*new),
            effective,
            row,
            stated: None,
            note: None,
        })
    })
}
