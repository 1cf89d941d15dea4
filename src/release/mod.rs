//! Bytes of a published release -> `Release`.
//!
//! A release is what a publisher says is valid from one day on: codes, which
//! of them may be billed, and their titles. One file in this folder reads one
//! layout; all are recognised by content, never by name. Order and order
//! numbers carry no meaning: they are renumbered every year.
//!
//! `wanted` is what the user named; `container` opens the file, folder or zip;
//! `layout` recognises what stands in it; `order`, `codes`, `hcpcs`, `cpt`, `table`
//! and `workbook` read one layout each into `rows`; `dating` finds the effective
//! day; `open` puts them together; `look` says what else stands there. `addenda`
//! reads what the publisher says changed, `beside` finds it.

pub mod addenda;
mod beside;
mod codes;
pub(crate) mod columns;
mod container;
mod cpt;
mod dating;
pub mod deletions;
pub mod edition;
mod hcpcs;
mod layout;
mod look;
mod nested;
mod open;
mod order;
pub mod part;
mod rows;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod shape;
mod table;
mod text;
mod wanted;
pub(crate) mod workbook;
mod workbook_cell;

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::code::{Code, System};
pub use addenda::Addenda;
pub use beside::{beside, open_addenda};
pub(crate) use container::Content;
pub use look::{Looked, Oddity, Seen, What, look};
pub use open::{Opened, is_as_read, open, open_all};
use rows::{Index, References};
pub use wanted::{Wanted, typed_day};

/// A published list of codes, in force from one day on.
#[derive(Debug)]
pub struct Release {
    /// The code system.
    pub system: System,
    /// The first day on which it is in force.
    pub effective: Date,
    /// How that day is known.
    pub dating: Dating,
    /// What its silence about a code means.
    pub coverage: Coverage,
    /// What layout it was read from, in words.
    pub layout: &'static str,
    /// The file or folder as the user typed it, without `@DATE`.
    pub path: PathBuf,
    /// The file inside a zip or a folder, where there is one.
    pub member: Option<String>,
    /// BLAKE3 of the bytes that were read (of the file inside, for a zip).
    pub digest: Digest,
    /// What makes it doubtful: an assumed date, a number of codes that is not
    /// that of its edition, signs of a cut.
    pub warnings: Vec<String>,
    /// What a person may want to know about it.
    pub notes: Vec<String>,
    entries: Vec<Entry>,
    text: String,
    index: Index,
    references: References,
    gaps: Vec<part::Gap>,
    /// First characters of codes of which it says nothing, being only a part.
    silent_letters: Vec<u8>,
}

/// How the effective date of a release is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dating {
    /// The user said so: `PATH@DATE`.
    Given,
    /// The number of billable codes is that of a known edition.
    KnownEdition,
    /// Only the year of the file is known; the usual day of that system was taken.
    Assumed {
        /// The year in the file's name or text.
        year: i16,
    },
}

/// What the silence of a release about a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Codes and headers: a code that is not there is not valid.
    Whole,
    /// Billable codes only: headers are unknown, so "became a header" looks like "deleted".
    BillableOnly,
}

/// One code of a release.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Whether it may stand on a claim.
    pub billable: bool,
    /// The first day of use, where the list itself says so.
    pub added: Option<Date>,
    /// The last day of use, where the list itself says so.
    pub terminated: Option<Date>,
    short: Range<u32>,
    long: Range<u32>,
}

/// A BLAKE3 digest; its text form names the algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blake3:{}", blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Digest, String> {
        let hex = text.strip_prefix("blake3:").ok_or("a digest begins with `blake3:`")?;
        let hash = blake3::Hash::from_hex(hex).map_err(|error| error.to_string())?;
        Ok(Digest(*hash.as_bytes()))
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Dating {
    /// How the day is known, in words, for a message beside it.
    pub fn words(&self) -> &'static str {
        match self {
            Dating::Given => "given",
            Dating::KnownEdition => "by the number of billable codes",
            Dating::Assumed { .. } => "ASSUMED from the year",
        }
    }
}

impl Release {
    /// The entries in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a code.
    pub fn get(&self, code: Code) -> Option<&Entry> {
        self.index.get(&code).map(|&at| &self.entries[at as usize])
    }

    /// Where in [`Release::entries`] a code stands; looked for at `guess` first.
    pub(crate) fn position(&self, code: Code, guess: usize) -> Option<usize> {
        match self.entries.get(guess) {
            Some(entry) if entry.code == code => Some(guess),
            _ => self.index.get(&code).map(|&at| at as usize),
        }
    }

    /// The long title; empty where the layout has none.
    pub fn long<'r>(&'r self, entry: &Entry) -> &'r str {
        &self.text[entry.long.start as usize..entry.long.end as usize]
    }

    /// The short title; empty where the layout has none.
    pub fn short<'r>(&'r self, entry: &Entry) -> &'r str {
        &self.text[entry.short.start as usize..entry.short.end as usize]
    }

    /// The best title there is for a code: long, else short, else nothing.
    pub fn title(&self, code: Code) -> &str {
        let Some(entry) = self.get(code) else { return "" };
        match self.long(entry) {
            "" => self.short(entry),
            long => long,
        }
    }

    /// The codes that the publisher names beside a code: cross-references of
    /// HCPCS Level II, in the order of the file. They may be of another system,
    /// and some stand on codes that are still valid.
    pub fn cross_references(&self, code: Code) -> &[Code] {
        self.references.get(&code).map_or(&[], |named| named.codes.as_slice())
    }

    /// The line (row of a sheet) on which the cross-references of a code stand; 0 without any.
    pub fn line_of_references(&self, code: Code) -> u64 {
        self.references.get(&code).map_or(0, |named| named.line)
    }

    /// The successors that the publisher names for a code that was terminated:
    /// candidates, for they may say more or count in other units.
    pub fn named_successors(&self, code: Code) -> &[Code] {
        match self.get(code) {
            Some(entry) if entry.terminated.is_some() => self.cross_references(code),
            _ => &[],
        }
    }

    /// The terminated codes for which the publisher names a code as successor, in code order.
    pub fn leading_to(&self, code: Code) -> Vec<Code> {
        let named = self.references.iter().filter(|(_, named)| named.codes.contains(&code));
        let mut codes: Vec<Code> = named
            .map(|(old, _)| *old)
            .filter(|old| self.get(*old).is_some_and(|entry| entry.terminated.is_some()))
            .collect();
        codes.sort_unstable();
        codes
    }

    /// Whether any entry has a short title beside the long one.
    pub fn has_short_titles(&self) -> bool {
        self.entries.iter().any(|entry| !entry.short.is_empty())
    }

    /// Whether a code may be billed on the day the release takes effect; false for
    /// one that it does not hold.
    pub fn may_bill(&self, code: Code) -> bool {
        self.get(code).is_some_and(|entry| self.is_billable(entry))
    }

    /// How many codes may be billed on the day the release takes effect.
    pub fn billable(&self) -> usize {
        self.entries.iter().filter(|entry| self.is_billable(entry)).count()
    }

    /// How many headers there are.
    pub fn headers(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.billable).count()
    }

    /// Whether the entry may be billed on the day the release takes effect:
    /// flagged so and not terminated before. A termination date is the last day of use.
    pub fn is_billable(&self, entry: &Entry) -> bool {
        entry.billable && entry.terminated.is_none_or(|last| last >= self.effective)
    }
}
