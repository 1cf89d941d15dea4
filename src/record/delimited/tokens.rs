//! How delimited text separates and quotes, and where its cells stand.
//!
//! A quote is special only as the first byte of a cell, as in the `csv` crate.

use memchr::{memchr, memchr_iter};

use super::records::Record;

/// What separates and quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between cells.
    pub delimiter: u8,
    /// Whether a quote at the start of a cell is special.
    pub quoting: bool,
}

/// Where a cell stands in its block; quotes around it are inside the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// A cell that the record does not have.
    pub const ABSENT: Span = Span { start: u32::MAX, end: u32::MAX };

    /// The bytes of the cell; empty where there is none.
    #[inline]
    pub fn of(self, block: &[u8]) -> &[u8] {
        block.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Which columns of a table are wanted; each is kept in a slot, in order.
#[derive(Debug, Clone)]
pub struct Wanted {
    columns: Vec<usize>,
}

impl Wanted {
    /// Keeps `columns` (0-based; ascending, each once) in slots of that order.
    pub fn new(columns: Vec<usize>) -> Wanted {
        Wanted { columns }
    }

    /// The slot of a column that is wanted.
    pub fn slot(&self, column: usize) -> Option<usize> {
        self.columns.binary_search(&column).ok()
    }

    /// The column that is kept in a slot.
    pub fn column(&self, slot: usize) -> usize {
        self.columns[slot]
    }

    /// The wanted cells of a record, by slot.
    #[inline]
    pub fn cells(&self, record: Record) -> impl Iterator<Item = Span> {
        self.columns.iter().map(move |column| record.span(*column))
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl Dialect {
    /// Where the quote stands that is still open at the end of `record`.
    pub fn open_quote(self, record: &[u8]) -> usize {
        let mut at = 0;
        while let Some(found) = memchr(b'"', &record[at..]) {
            let quote = at + found;
            at = quote + 1;
            if self.opens(record, quote) {
                let quoted = Quoted::read(record, quote);
                if quoted.unclosed {
                    return quote;
                }
                at = quoted.end;
            }
        }
        0
    }

    /// Whether the quote at `at` stands at the start of a cell.
    fn opens(self, block: &[u8], at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| block[before]);
        before.is_none_or(|byte| byte == self.delimiter || byte == b'\n')
    }
}

/// A quoted stretch at the start of a cell.
pub(super) struct Quoted {
    /// The byte after the closing quote.
    pub end: usize,
    /// How many line ends stand inside.
    pub lines: u64,
    /// Whether it is still open when the block ends.
    pub unclosed: bool,
}

impl Quoted {
    /// The one that opens at `open`.
    pub fn read(block: &[u8], open: usize) -> Quoted {
        let mut at = open + 1;
        while let Some(found) = memchr(b'"', &block[at..]) {
            let quote = at + found;
            if block.get(quote + 1) != Some(&b'"') {
                let lines = memchr_iter(b'\n', &block[open..quote]).count() as u64;
                return Quoted { end: quote + 1, lines, unclosed: false };
            }
            at = quote + 2;
        }
        let lines = memchr_iter(b'\n', &block[open..]).count() as u64;
        Quoted { end: block.len(), lines, unclosed: true }
    }
}
