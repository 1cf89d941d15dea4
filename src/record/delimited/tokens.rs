//! One record of delimited text -> the spans of the cells that are wanted.
//!
//! Every byte of every file passes here once, so it works a word of eight
//! bytes at a time: the delimiters and line ends of a word are found together
//! and then taken bit by bit. A quote is special only as the first byte of a
//! cell, as in the `csv` crate; the sequential machine below is exact, so that
//! no check afterwards is needed.

use memchr::{memchr, memchr_iter};

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

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// Puts the cells of one record into their slots as they pass by.
struct Keeper<'k> {
    wanted: &'k [usize],
    slots: &'k mut [Span],
    column: usize,
    filled: usize,
}

impl<'k> Keeper<'k> {
    fn new(wanted: &'k Wanted, slots: &'k mut [Span]) -> Keeper<'k> {
        Keeper { wanted: &wanted.columns, slots, column: 0, filled: 0 }
    }

    #[inline]
    fn cell(&mut self, start: usize, end: usize) {
        if self.wanted.get(self.filled) == Some(&self.column) {
            self.slots[self.filled] = Span { start: start as u32, end: end as u32 };
            self.filled += 1;
        }
        self.column += 1;
    }

    /// The last cell was passed: what the record does not have is absent.
    #[inline]
    fn end(self) -> usize {
        self.slots[self.filled..].fill(Span::ABSENT);
        self.column
    }
}

/// What a record took up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The byte after the record and its line end.
    pub next: usize,
    /// How many cells it had; 0 for a blank line, which is no record.
    pub cells: usize,
    /// How many physical lines it took.
    pub lines: u64,
    /// Whether a quoted cell was still open when the block ended.
    pub unclosed: bool,
}

impl Dialect {
    /// The same for a block that is known to hold no quote.
    #[must_use]
    pub fn for_block(self, block: &[u8]) -> Dialect {
        Dialect { quoting: self.quoting && memchr(b'"', block).is_some(), ..self }
    }

    /// Reads the record that begins at `at`, leaving the wanted cells in `slots`.
    ///
    /// `slots` must have one place for each wanted column. Cells that the record
    /// does not have are left [`Span::ABSENT`].
    pub fn record(self, block: &[u8], at: usize, wanted: &Wanted, slots: &mut [Span]) -> Extent {
        if self.quoting {
            return self.quoted_record(block, at, Keeper::new(wanted, slots));
        }
        let mut keeper = Keeper::new(wanted, slots);
        let (mut base, mut start) = (at, at);
        while let Some(word) = block.get(base..).and_then(<[u8]>::first_chunk::<WORD>) {
            let word = u64::from_le_bytes(*word);
            let ends = zeros(word ^ (ONES * u64::from(b'\n')));
            // Only delimiters before the first line end are of this record.
            let before_end = (ends & ends.wrapping_neg()).wrapping_sub(1);
            let mut delimiters = zeros(word ^ (ONES * u64::from(self.delimiter))) & before_end;
            while delimiters != 0 {
                let stop = base + delimiters.trailing_zeros() as usize / 8;
                keeper.cell(start, stop);
                start = stop + 1;
                delimiters &= delimiters - 1;
            }
            if ends != 0 {
                let stop = base + ends.trailing_zeros() as usize / 8;
                return last_cell(block, at, start, stop, keeper);
            }
            base += WORD;
        }
        self.tail(block, at, (base, start), keeper)
    }

    /// The last bytes of a block, fewer than a word, byte by byte.
    fn tail(
        self,
        block: &[u8],
        at: usize,
        (base, mut start): (usize, usize),
        mut keeper: Keeper,
    ) -> Extent {
        for stop in base..block.len() {
            if block[stop] == b'\n' {
                return last_cell(block, at, start, stop, keeper);
            }
            if block[stop] == self.delimiter {
                keeper.cell(start, stop);
                start = stop + 1;
            }
        }
        last_cell(block, at, start, block.len(), keeper)
    }

    /// The exact sequential machine, for blocks with quotes.
    fn quoted_record(self, block: &[u8], at: usize, mut keeper: Keeper) -> Extent {
        let mut stops = Stops::new(block, at, self.delimiter);
        let (mut lines, mut unclosed) = (0, false);
        let mut start = at;
        loop {
            if block.get(start) == Some(&b'"') {
                let quoted = Quoted::read(block, start);
                lines += quoted.lines;
                unclosed |= quoted.unclosed;
                stops.skip_to(quoted.end);
            }
            let stop = stops.next();
            if block.get(stop) != Some(&self.delimiter) {
                let extent = last_cell(block, at, start, stop, keeper);
                return Extent { lines: extent.lines + lines, unclosed, ..extent };
            }
            keeper.cell(start, stop);
            start = stop + 1;
        }
    }

    /// The byte after the last whole record of `block`, which begins with a
    /// record; 0 where there is none.
    ///
    /// A block without a quote is cut at its last line end; else the quotes are
    /// followed from the start, so that a line end inside quotes never cuts.
    pub fn last_end(self, block: &[u8]) -> usize {
        let after_line = |from: usize, to: usize, before: usize| {
            memchr::memrchr(b'\n', &block[from..to]).map_or(before, |at| from + at + 1)
        };
        if !self.quoting {
            return after_line(0, block.len(), 0);
        }
        // `outside` is where the last quoted stretch ended, `whole` the last
        // line end before it that stands outside quotes.
        let (mut outside, mut whole, mut at) = (0, 0, 0);
        while let Some(found) = memchr(b'"', &block[at..]) {
            let quote = at + found;
            at = quote + 1;
            if !self.opens(block, quote) {
                continue;
            }
            whole = after_line(outside, quote, whole);
            let quoted = Quoted::read(block, quote);
            if quoted.unclosed {
                return whole;
            }
            at = quoted.end;
            outside = quoted.end;
        }
        after_line(outside, block.len(), whole)
    }

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

fn without_cr(block: &[u8], start: usize, end: usize) -> usize {
    if end > start && end < block.len() && block[end - 1] == b'\r' { end - 1 } else { end }
}

/// Ends a record at the line end, or the end of the block, at `stop`.
#[inline]
fn last_cell(block: &[u8], at: usize, start: usize, stop: usize, mut keeper: Keeper) -> Extent {
    let end = without_cr(block, start, stop);
    keeper.cell(start, end);
    let cells = keeper.end();
    let is_blank = start == at && end == start;
    Extent {
        next: (stop + 1).min(block.len()),
        cells: if is_blank { 0 } else { cells },
        lines: 1,
        unclosed: false,
    }
}

/// A quoted stretch at the start of a cell.
struct Quoted {
    /// The byte after the closing quote.
    end: usize,
    /// How many line ends stand inside.
    lines: u64,
    unclosed: bool,
}

impl Quoted {
    fn read(block: &[u8], open: usize) -> Quoted {
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

/// The delimiters and line ends of a block, in order, found a word at a time.
struct Stops<'b> {
    block: &'b [u8],
    delimiters: u64,
    base: usize,
    /// The high bit of each byte of the word at `base` that is a stop.
    mask: u64,
}

const WORD: usize = 8;
const ONES: u64 = u64::MAX / 0xFF;

impl<'b> Stops<'b> {
    fn new(block: &'b [u8], at: usize, delimiter: u8) -> Stops<'b> {
        let mut stops = Stops { block, delimiters: ONES * u64::from(delimiter), base: at, mask: 0 };
        stops.load();
        stops
    }

    fn load(&mut self) {
        if let Some(word) = self.block.get(self.base..).and_then(<[u8]>::first_chunk::<WORD>) {
            let word = u64::from_le_bytes(*word);
            self.mask = zeros(word ^ self.delimiters) | zeros(word ^ (ONES * u64::from(b'\n')));
        } else {
            self.load_tail();
        }
    }

    /// The last bytes of a block, fewer than a word.
    fn load_tail(&mut self) {
        let tail = self.block.get(self.base..).unwrap_or_default();
        let delimiter = self.delimiters as u8;
        let stops =
            tail.iter().enumerate().filter(|&(_, &byte)| byte == delimiter || byte == b'\n');
        self.mask = stops.fold(0, |mask, (at, _)| mask | 0x80 << (8 * at));
    }

    /// The next stop, or the length of the block.
    #[inline]
    fn next(&mut self) -> usize {
        while self.mask == 0 {
            self.base += WORD;
            if self.base >= self.block.len() {
                return self.block.len();
            }
            self.load();
        }
        let at = self.base + self.mask.trailing_zeros() as usize / 8;
        self.mask &= self.mask - 1;
        at
    }

    fn skip_to(&mut self, at: usize) {
        self.base = at;
        self.mask = 0;
        if at < self.block.len() {
            self.load();
        }
    }
}

/// The high bit of each byte of `word` that is zero; exact, with no carries
/// between bytes.
#[inline]
fn zeros(word: u64) -> u64 {
    const LOW: u64 = ONES * 0x7F;
    !(((word & LOW) + LOW) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(dialect: Dialect, block: &str, width: usize) -> Vec<Vec<String>> {
        let wanted = Wanted::new((0..width).collect());
        let mut slots = vec![Span::ABSENT; width];
        let mut rows = Vec::new();
        let mut at = 0;
        while at < block.len() {
            let extent = dialect.record(block.as_bytes(), at, &wanted, &mut slots);
            at = extent.next;
            if extent.cells > 0 {
                let row = slots.iter().filter(|span| **span != Span::ABSENT);
                let text =
                    |span: &Span| String::from_utf8_lossy(span.of(block.as_bytes())).into_owned();
                rows.push(row.map(text).collect());
            }
        }
        rows
    }

    const COMMA: Dialect = Dialect { delimiter: b',', quoting: true };

    #[test]
    fn cells_of_plain_and_quoted_records() {
        let rows = cells(COMMA, "a,b,c\r\n1,\"x,\"\"\ny\",3\n\n,,\nlast", 3);
        let want: Vec<Vec<&str>> = vec![
            vec!["a", "b", "c"],
            vec!["1", "\"x,\"\"\ny\"", "3"],
            vec!["", "", ""],
            vec!["last"],
        ];
        assert_eq!(rows, want);
    }

    #[test]
    fn a_quote_inside_a_cell_is_data() {
        let rows = cells(COMMA, "5\" pipe,b\nx,\"q\"z\"\n", 2);
        assert_eq!(rows, [["5\" pipe", "b"], ["x", "\"q\"z\""]]);
    }

    #[test]
    fn a_block_is_never_cut_inside_quotes() {
        let block = b"a,b\n1,\"x\ny\"\n2,\"open\nstill";
        assert_eq!(COMMA.last_end(block), 12);
        let never = Dialect { quoting: false, ..COMMA };
        assert_eq!(never.last_end(block), 20);
        assert_eq!(COMMA.last_end(b"5\" pipe,a\nb"), 10);
        assert_eq!(COMMA.last_end(b"no end"), 0);
        // Closed, but the record goes on; a quote at the end may be one of two.
        assert_eq!(COMMA.last_end(b"a,b\n1,\"x\ny\",z"), 4);
        assert_eq!(COMMA.last_end(b"a,b\n1,\"x\ny\""), 4);
        assert_eq!(COMMA.last_end(b"1,\"x\ny\",z"), 0);
    }

    #[test]
    fn lines_inside_quotes_are_counted() {
        let wanted = Wanted::new(vec![0]);
        let mut slots = [Span::ABSENT];
        let extent = COMMA.record(b"\"a\nb\n\",c\nnext", 0, &wanted, &mut slots);
        assert_eq!((extent.lines, extent.cells, extent.next), (3, 2, 9));
    }
}
