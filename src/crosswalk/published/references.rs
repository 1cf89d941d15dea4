//! The cross-references that stand inside a HCPCS Level II release.
//!
//! Only those of terminated codes lead on; they hold from the day after the
//! termination, the last day of use.

use std::path::Path;

use super::{Link, Previous, Published};
use crate::code::System;
use crate::release::{self, Release, Wanted};

/// Reads a file or a zip as releases, if it is one with cross-references. What
/// is no release is no error: whoever reads the file next says what it is.
pub fn of_file(path: &Path) -> Option<Published> {
    of_releases(&release::open(&Wanted::new(path)).ok()?)
}

/// The cross-references of releases; nothing where none has any.
pub fn of_releases(releases: &[Release]) -> Option<Published> {
    let parts: Vec<String> = releases.iter().filter_map(|one| one.member.clone()).collect();
    let parts = if parts.len() > 1 { parts } else { Vec::new() };
    let links = releases.iter().enumerate();
    let links: Vec<Link> = links.flat_map(|(part, release)| of(release, part)).collect();
    (!links.is_empty()).then_some(Published {
        links,
        parts,
        ..Published::new("HCPCS Level II release with cross-references")
    })
}

fn of(release: &Release, part: usize) -> impl Iterator<Item = Link> + '_ {
    release.entries().iter().flat_map(move |entry| {
        let effective = entry.terminated.and_then(|last| last.tomorrow().ok());
        let row = release.line_of_references(entry.code);
        release.named_successors(entry.code).iter().map(move |new| Link {
            system: Some(System::Hcpcs),
            new: Some(*new),
            effective,
            part,
            ..Link::of(Previous::Code(entry.code), row)
        })
    })
}
