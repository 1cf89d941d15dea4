//! Collects the entries of one release and refuses codes that stand twice.
//!
//! Titles are ranges of one text, so that a release of 100,000 codes is a
//! handful of allocations. For a fixed-column file the text is the file itself.

use std::ops::Range;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry as Slot;
use jiff::civil::Date;

use super::{Coverage, Entry};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// Where the entry of a code stands.
pub(super) type Index = HashMap<Code, u32, foldhash::fast::FixedState>;

/// The codes that the publisher names beside a code, by code.
pub(super) type References = HashMap<Code, Named, foldhash::fast::FixedState>;

/// The codes named beside one, and on which line.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) line: u64,
    pub(super) codes: Vec<Code>,
}

/// What a layout's reader returns.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) rows: Rows,
    pub(super) layout: &'static str,
    pub(super) system: System,
    pub(super) coverage: Coverage,
    pub(super) notes: Vec<String>,
    /// Text before the data, in which a year may stand.
    pub(super) heading: String,
    /// How the file ends.
    pub(super) end: End,
}

/// Whether the last line may have lost something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The last line is whole.
    Whole,
    /// It has no line end, but reads like a whole line.
    Unended,
    /// It has no line end and may be cut off: trusted only if the number of
    /// codes is that of a known edition.
    Doubtful {
        /// The 1-based number of the last line.
        line: u64,
    },
}

/// The entries of one release, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) text: String,
    pub(super) entries: Vec<Entry>,
    pub(super) index: Index,
    pub(super) references: References,
    lines: Vec<u32>,
    doubles: Vec<(u32, Entry, u32)>,
    repeated: Vec<(Code, u32)>,
}

/// One row before its titles are stored.
pub(super) struct Row<'t> {
    pub(super) code: Code,
    pub(super) billable: bool,
    pub(super) added: Option<Date>,
    pub(super) terminated: Option<Date>,
    pub(super) short: &'t str,
    pub(super) long: &'t str,
}

impl Rows {
    /// Rows whose titles are ranges of `text`.
    pub(super) fn over(text: String, expected: usize) -> Rows {
        let mut rows = Rows { text, ..Rows::default() };
        rows.entries.reserve(expected);
        rows.lines.reserve(expected);
        rows.index.reserve(expected);
        rows
    }

    /// Adds a row whose titles stand in the text already.
    pub(super) fn push_entry(&mut self, entry: Entry, line: usize) {
        let at = self.entries.len() as u32;
        match self.index.entry(entry.code) {
            Slot::Vacant(slot) => {
                slot.insert(at);
                self.entries.push(entry);
                self.lines.push(line as u32);
            }
            Slot::Occupied(slot) => self.doubles.push((*slot.get(), entry, line as u32)),
        }
    }

    /// Adds a row, storing its titles.
    pub(super) fn push(&mut self, row: &Row<'_>, line: usize) {
        let short = self.store(row.short);
        let long = self.store(row.long);
        let Row { code, billable, added, terminated, .. } = *row;
        self.push_entry(Entry { code, billable, added, terminated, short, long }, line);
    }

    /// Goes on with the long title of the row added last, which must be of `code`.
    ///
    /// Publishers cut long titles between words: the pieces are joined by a blank.
    pub(super) fn continue_title(&mut self, code: Code, piece: &str) -> bool {
        let doubled = self.doubles.last().filter(|double| Some(&double.2) > self.lines.last());
        let last = match self.doubles.len().checked_sub(1).filter(|_| doubled.is_some()) {
            Some(at) => Some(&mut self.doubles[at].1),
            None => self.entries.last_mut(),
        };
        let ends_here = |entry: &&mut Entry| entry.long.end as usize == self.text.len();
        let Some(entry) = last.filter(|entry| entry.code == code).filter(ends_here) else {
            return false;
        };
        self.text.push(' ');
        self.text.push_str(piece.trim());
        entry.long.end = self.text.len() as u32;
        true
    }

    /// Keeps the codes that the row of `code` names, each once.
    pub(super) fn refer(&mut self, code: Code, named: Vec<Code>, line: usize) {
        let mut named = named.into_iter().filter(|other| *other != code).peekable();
        if named.peek().is_none() {
            return;
        }
        let known = self.references.entry(code).or_default();
        if known.line == 0 {
            known.line = line as u64;
        }
        for other in named {
            if !known.codes.contains(&other) {
                known.codes.push(other);
            }
        }
    }

    fn store(&mut self, title: &str) -> Range<u32> {
        let start = self.text.len() as u32;
        self.text.push_str(title);
        start..self.text.len() as u32
    }

    /// Settles codes that stand twice: harmless if the second row says the same.
    ///
    /// # Errors
    /// Two rows of one code that differ, with both lines.
    pub(super) fn settle(&mut self) -> Result<()> {
        for (first, entry, line) in std::mem::take(&mut self.doubles) {
            let known = &self.entries[first as usize];
            if !self.same(known, &entry) {
                let lines = Place::Lines(u64::from(self.lines[first as usize]), u64::from(line));
                let message = format!("code {} stands twice, with different content", entry.code);
                return Err(Error::refused(message)
                    .place(lines)
                    .hint("keep the row that holds, or download the file again"));
            }
            self.repeated.push((entry.code, line));
        }
        Ok(())
    }

    fn same(&self, one: &Entry, other: &Entry) -> bool {
        one.billable == other.billable
            && (one.added, one.terminated) == (other.added, other.terminated)
            && self.title(&one.long) == self.title(&other.long)
            && self.title(&one.short) == self.title(&other.short)
    }

    /// Drops the entries whose code is `unwanted`; returns how many they were.
    ///
    /// To be called after [`Rows::settle`]: the line numbers are gone with it.
    pub(super) fn remove(&mut self, unwanted: impl Fn(Code) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| !unwanted(entry.code));
        self.references.retain(|code, _| !unwanted(*code));
        // The positions behind a dropped entry have moved.
        let numbered = self.entries.iter().zip(0u32..);
        self.index = numbered.map(|(entry, at)| (entry.code, at)).collect();
        self.lines.clear();
        before - self.entries.len()
    }

    /// Marks as headers the codes that others stand under; returns how many they are.
    ///
    /// For lists of hierarchical systems that have no billable column.
    pub(super) fn mark_headers(&mut self) -> usize {
        let mut order: Vec<u32> = (0..self.entries.len() as u32).collect();
        order.sort_unstable_by_key(|&at| self.entries[at as usize].code);
        let mut marked = 0;
        for pair in order.windows(2) {
            let (one, next) = (pair[0] as usize, self.entries[pair[1] as usize].code);
            if next.starts_with(self.entries[one].code) {
                self.entries[one].billable = false;
                marked += 1;
            }
        }
        marked
    }

    /// The text of a range.
    pub(super) fn title(&self, range: &Range<u32>) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }

    /// What a person should know about rows that stand twice.
    pub(super) fn repeated_note(&self) -> Option<String> {
        let (code, line) = self.repeated.first()?;
        let count = self.repeated.len();
        Some(format!(
            "{count} row{} exactly like an earlier one, counted once (first: {code}, line {line})",
            if count == 1 { " is" } else { "s are" }
        ))
    }
}
