//! Releases made of a few codes, for unit tests.

use std::path::PathBuf;

use jiff::civil::Date;

use super::rows::References;
use super::{Coverage, Dating, Digest, Entry, Release};
use crate::code::{Code, System};

/// A whole release of these codes; a code behind `#` is a header.
pub(crate) fn release(system: System, effective: Date, codes: &[&str]) -> Release {
    let entry = |written: &&str| {
        let code = Code::normalise(written.trim_start_matches('#')).expect("a code");
        let billable = !written.starts_with('#');
        Entry { code, billable, added: None, terminated: None, short: 0..0, long: 0..0 }
    };
    let entries: Vec<Entry> = codes.iter().map(entry).collect();
    Release {
        system,
        effective,
        dating: Dating::Given,
        coverage: Coverage::Whole,
        layout: "sample",
        path: PathBuf::from("sample"),
        member: None,
        digest: Digest::of(format!("{system} {effective} {codes:?}").as_bytes()),
        notes: Vec::new(),
        warnings: Vec::new(),
        index: entries.iter().zip(0..).map(|(entry, at)| (entry.code, at)).collect(),
        entries,
        references: References::default(),
        gaps: Vec::new(),
        silent_letters: Vec::new(),
        text: String::new(),
    }
}

/// A list with days of its own: codes with the first and the last day of their use.
pub(crate) fn dated(
    system: System,
    effective: Date,
    codes: &[(&str, Option<Date>, Option<Date>)],
) -> Release {
    let names: Vec<&str> = codes.iter().map(|code| code.0).collect();
    let mut release = release(system, effective, &names);
    for (entry, &(_, added, terminated)) in release.entries.iter_mut().zip(codes) {
        (entry.added, entry.terminated) = (added, terminated);
    }
    release.digest = Digest::of(format!("{system} {effective} {codes:?}").as_bytes());
    release
}
