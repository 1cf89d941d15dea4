//! Delimited text -> its records, and where the cells of each stand.
//!
//! Every byte of every file passes here once. A stretch of it is taken at a
//! time: 64 bytes become masks of delimiters and line ends, the masks a flat list
//! of places. A record is the run of places between two line ends, so that any of
//! its cells is found without a step over those before it.
//!
//! A quote is special only as the first byte of a cell, as in the `csv` crate.
//! The masks follow quotes by their parity, which is the same as long as every
//! quote that opens stands at the start of a cell, or behind one that closes: two
//! inside quotes are one. A stretch where one stands elsewhere, or where a quoted
//! cell goes over a line end, is read record by record.

use memchr::{memchr, memchr2};
use wide::u8x16;

use super::tokens::{Dialect, Quoted, Span};

/// Reads the records of a block in their order.
#[derive(Debug)]
pub struct Records<'b> {
    dialect: Dialect,
    block: &'b [u8],
    /// The places of delimiters and line ends of the stretch at hand. The first is that of
    /// the byte before it, so that every cell begins behind one place and ends at the next.
    stops: Vec<u32>,
    /// Which of them part records: each begins at one and ends at the next.
    bounds: Vec<u32>,
    /// How many of these records were given out.
    given: usize,
    /// How many bytes the next stretch has.
    stretch: usize,
    /// The end of a stretch that is read record by record.
    odd_until: usize,
    /// Physical lines of the record that was read alone.
    lines: u64,
    /// Whether a quoted cell of it was still open at the end of the block.
    unclosed: bool,
}

/// Some records that stand one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'r> {
    block: &'r [u8],
    stops: &'r [u32],
    bounds: &'r [u32],
    /// How many physical lines each of them took.
    pub lines: u64,
    unclosed: bool,
}

/// One record: a line, or several where quoted cells hold line ends.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    block: &'r [u8],
    stops: &'r [u32],
    /// How many physical lines it took.
    pub lines: u64,
    /// Whether a quoted cell was still open when the block ended.
    pub unclosed: bool,
}

/// Most stretches; what is found of one fits the nearest cache.
const STRETCH: usize = 1 << 15;

/// The first one: many ask for one record only.
const FIRST: usize = 1 << 9;

/// How many bytes a mask speaks of.
const WIDTH: usize = 64;

impl<'b> Records<'b> {
    /// Of a block that begins with a record.
    pub fn of(dialect: Dialect, block: &'b [u8]) -> Records<'b> {
        Records::starting(dialect, block, 0)
    }

    /// Of a block from the record that begins at `at`.
    pub fn starting(dialect: Dialect, block: &'b [u8], at: usize) -> Records<'b> {
        Records {
            dialect,
            block,
            stops: vec![before(at)],
            bounds: vec![0],
            given: 0,
            stretch: FIRST,
            odd_until: 0,
            lines: 1,
            unclosed: false,
        }
    }

    /// The next record; blank lines come as records without cells.
    // Not an iterator: the record is lent.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub fn next(&mut self) -> Option<Record<'_>> {
        Some(self.batch(1)?.record(0))
    }

    /// The next records, `most` of them or fewer.
    #[inline]
    pub fn batch(&mut self, most: usize) -> Option<Batch<'_>> {
        if self.given + 1 == self.bounds.len() && !self.read_on() {
            return None;
        }
        let first = self.given;
        self.given = (first + most).min(self.bounds.len() - 1);
        Some(Batch {
            block: self.block,
            stops: &self.stops,
            bounds: &self.bounds[first..=self.given],
            lines: self.lines,
            unclosed: self.unclosed,
        })
    }

    /// Reads the next stretch, behind the last record given out; `false` at the end.
    fn read_on(&mut self) -> bool {
        let at = behind(self.stops[self.bounds[self.given] as usize]);
        if at >= self.block.len() {
            return false;
        }
        (self.given, self.lines, self.unclosed) = (0, 1, false);
        while at >= self.odd_until {
            let to = (at + self.stretch).min(self.block.len());
            if !self.find_stops(at, to) {
                self.odd_until = to;
                break;
            }
            if self.bounds.len() > 1 {
                if self.stretch < STRETCH {
                    self.stretch *= 2;
                }
                return true;
            }
            // A record longer than the stretch.
            self.stretch *= 2;
        }
        self.read_one(at);
        true
    }

    /// Finds the stops from `at` to `to`, and the records that end there; `false` where
    /// quotes must be followed one by one.
    fn find_stops(&mut self, at: usize, to: usize) -> bool {
        let stretch = &self.block[at..to];
        let is_end = to == self.block.len();
        self.bounds.clear();
        self.bounds.push(0);
        // Room for all, and for a whole mask behind the last.
        self.stops.resize(self.stops.len().max(stretch.len() + 2 * WIDTH), 0);
        self.stops[0] = before(at);
        let mut found = Found { stops: &mut self.stops, bounds: &mut self.bounds, count: 1 };
        let delimiter = self.dialect.delimiter;
        if self.dialect.quoting && memchr(b'"', stretch).is_some() {
            let mut quotes = Quotes::default();
            let ends_well = each_mask(stretch, delimiter, |from, masks| {
                let Some(outside) = quotes.outside(masks) else { return false };
                found.take(at + from, outside);
                true
            });
            if !ends_well || is_end && quotes.is_open() {
                return false;
            }
        } else {
            each_mask(stretch, delimiter, |from, masks| {
                found.take(at + from, masks);
                true
            });
        }
        if is_end && stretch.last() != Some(&b'\n') {
            found.end_without_line_end(to);
        }
        true
    }

    /// Reads one record with all its quotes, the slow and obvious way.
    fn read_one(&mut self, at: usize) {
        let Dialect { delimiter, quoting } = self.dialect;
        (self.lines, self.unclosed) = (1, false);
        self.stops.clear();
        self.stops.push(before(at));
        let mut start = at;
        loop {
            let mut from = start;
            if quoting && self.block.get(start) == Some(&b'"') {
                let quoted = Quoted::read(self.block, start);
                self.lines += quoted.lines;
                self.unclosed |= quoted.unclosed;
                from = quoted.end;
            }
            let rest = &self.block[from..];
            let stop = memchr2(delimiter, b'\n', rest).map_or(self.block.len(), |at| from + at);
            self.stops.push(stop as u32);
            if self.block.get(stop) != Some(&delimiter) {
                break;
            }
            start = stop + 1;
        }
        self.bounds.clear();
        self.bounds.extend([0, self.stops.len() as u32 - 1]);
    }
}

/// The place before a byte; the first one has none, and its place wraps.
fn before(at: usize) -> u32 {
    (at as u32).wrapping_sub(1)
}

/// The byte behind a place.
#[inline]
fn behind(stop: u32) -> usize {
    stop.wrapping_add(1) as usize
}

impl<'r> Batch<'r> {
    /// How many there are; at least one.
    #[inline]
    // There is no empty one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// One of them.
    #[inline]
    pub fn record(&self, at: usize) -> Record<'r> {
        let stops = &self.stops[self.bounds[at] as usize..=self.bounds[at + 1] as usize];
        Record { block: self.block, stops, lines: self.lines, unclosed: self.unclosed }
    }
}

impl Record<'_> {
    /// Where it begins in its block.
    #[inline]
    pub fn start(&self) -> usize {
        behind(self.stops[0])
    }

    /// The byte behind it and its line end.
    #[inline]
    pub fn next(&self) -> usize {
        behind(self.stops[self.stops.len() - 1]).min(self.block.len())
    }

    /// How many cells it has; 0 for a blank line, which is no record.
    #[inline]
    pub fn cells(&self) -> usize {
        let cells = self.stops.len() - 1;
        if cells == 1 && self.content_end() == self.start() { 0 } else { cells }
    }

    /// Where a cell stands; [`Span::ABSENT`] where the record does not have it.
    #[inline]
    pub fn span(&self, column: usize) -> Span {
        match self.stops.get(column..column + 2) {
            Some(&[first, last]) => {
                let is_last = column + 2 == self.stops.len();
                let end = if is_last { self.content_end() as u32 } else { last };
                Span { start: first.wrapping_add(1), end }
            }
            _ => Span::ABSENT,
        }
    }

    /// Where its last cell ends: before the line end, a carriage return with it.
    #[inline]
    fn content_end(&self) -> usize {
        let [.., before, stop] = *self.stops else { return 0 };
        let (start, end) = (behind(before), stop as usize);
        let is_return = end > start && end < self.block.len() && self.block[end - 1] == b'\r';
        if is_return { end - 1 } else { end }
    }
}

/// What 64 bytes hold, a bit each.
#[derive(Debug, Clone, Copy)]
struct Masks {
    delimiters: u64,
    lines: u64,
    quotes: u64,
}

/// Gives the masks of 64 bytes after 64, with the place of the first, until one is refused;
/// whether none was.
#[inline]
fn each_mask(bytes: &[u8], delimiter: u8, mut take: impl FnMut(usize, Masks) -> bool) -> bool {
    let (chunks, rest) = bytes.as_chunks::<WIDTH>();
    let mut last = [0; WIDTH];
    last[..rest.len()].copy_from_slice(rest);
    let masks = |chunk: &[u8; WIDTH]| Masks {
        delimiters: equal(chunk, delimiter),
        lines: equal(chunk, b'\n'),
        quotes: equal(chunk, b'"'),
    };
    let mut at = 0;
    for chunk in chunks {
        if !take(at, masks(chunk)) {
            return false;
        }
        at += WIDTH;
    }
    let Masks { delimiters, lines, quotes } = masks(&last);
    // What stands behind the end is none of them, whatever the delimiter is.
    let inside = (1 << rest.len()) - 1;
    let within =
        Masks { delimiters: delimiters & inside, lines: lines & inside, quotes: quotes & inside };
    rest.is_empty() || take(at, within)
}

/// The bits of the bytes that are `wanted`.
#[inline]
fn equal(chunk: &[u8; WIDTH], wanted: u8) -> u64 {
    let wanted = u8x16::splat(wanted);
    let parts = chunk.as_chunks::<16>().0.iter().enumerate();
    parts.fold(0, |mask, (at, part)| {
        let is_equal = u8x16::new(*part).simd_eq(wanted).to_bitmask();
        mask | u64::from(is_equal) << (16 * at)
    })
}

/// Which quotes are open, from one mask to the next.
#[derive(Debug)]
struct Quotes {
    /// All ones while a quoted cell is open.
    open: u64,
    /// Whether the next byte may open one: it stands at the start of a cell, or behind a quote.
    may_open: u64,
}

impl Default for Quotes {
    /// Before the first cell of a record.
    fn default() -> Quotes {
        Quotes { open: 0, may_open: 1 }
    }
}

impl Quotes {
    /// The delimiters and line ends outside quotes; nothing where parity does not tell.
    #[inline]
    fn outside(&mut self, masks: Masks) -> Option<Masks> {
        let Masks { delimiters, lines, quotes } = masks;
        let inside = parity(quotes) ^ self.open;
        let opens = quotes & inside;
        let starts = delimiters & !inside | lines | quotes;
        let may_open = starts << 1 | self.may_open;
        if opens & !may_open != 0 || lines & inside != 0 {
            return None;
        }
        self.open = 0_u64.wrapping_sub(inside >> 63);
        self.may_open = starts >> 63;
        Some(Masks { delimiters: delimiters & !inside, lines, quotes: 0 })
    }

    fn is_open(&self) -> bool {
        self.open != 0
    }
}

/// Of each bit, whether the number of ones up to it is odd.
#[inline]
fn parity(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// Where the stops of a stretch are written.
struct Found<'f> {
    stops: &'f mut [u32],
    bounds: &'f mut Vec<u32>,
    count: usize,
}

impl Found<'_> {
    /// Takes the stops of 64 bytes that begin at `at`.
    #[inline]
    fn take(&mut self, at: usize, masks: Masks) {
        let mut stops = masks.delimiters | masks.lines;
        let mut lines = masks.lines;
        while lines != 0 {
            let before = (lines & lines.wrapping_neg()) - 1;
            self.bounds.push(self.count as u32 + (stops & before).count_ones());
            lines &= lines - 1;
        }
        // Room for all 64: no bounds are checked in the loop.
        let Some(places) = self.stops[self.count..].first_chunk_mut::<WIDTH>() else { return };
        self.count += stops.count_ones() as usize;
        // Eight at a time, some of them for nothing: to ask after each whether it was the last
        // costs more.
        for eight in places.as_chunks_mut::<8>().0 {
            for place in eight {
                *place = at as u32 + stops.trailing_zeros();
                stops &= stops.wrapping_sub(1);
            }
            if stops == 0 {
                break;
            }
        }
    }

    /// The block ends with this record.
    fn end_without_line_end(&mut self, at: usize) {
        self.stops[self.count] = at as u32;
        self.bounds.push(self.count as u32);
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', quoting: true };

    /// Start, next, cells, lines and whether it is open, of each record.
    type Seen = Vec<(usize, usize, Vec<Span>, u64, bool)>;

    fn all(mut records: Records) -> Seen {
        let mut seen = Vec::new();
        while let Some(record) = records.next() {
            let cells = (0..record.cells()).map(|column| record.span(column)).collect();
            assert_eq!(record.span(record.stops.len() - 1), Span::ABSENT);
            seen.push((record.start(), record.next(), cells, record.lines, record.unclosed));
        }
        seen
    }

    fn texts(dialect: Dialect, block: &str) -> Vec<Vec<&str>> {
        let text = |span: &Span| &block[span.start as usize..span.end as usize];
        let records = all(Records::of(dialect, block.as_bytes()));
        let cells = records.iter().map(|record| record.2.iter().map(text).collect::<Vec<_>>());
        cells.filter(|cells| !cells.is_empty()).collect()
    }

    /// Record by record, the slow and obvious way.
    fn one_by_one(dialect: Dialect, block: &[u8]) -> Seen {
        all(Records { odd_until: usize::MAX, ..Records::of(dialect, block) })
    }

    #[test]
    fn cells_of_plain_and_quoted_records() {
        let rows = texts(COMMA, "a,b,c\r\n1,\"x,\"\"\ny\",3\n\n,,\nlast");
        let want: [&[&str]; 4] =
            [&["a", "b", "c"], &["1", "\"x,\"\"\ny\"", "3"], &["", "", ""], &["last"]];
        assert_eq!(rows, want);
    }

    #[test]
    fn a_quote_inside_a_cell_is_data() {
        let rows = texts(COMMA, "5\" pipe,b\nx,\"q\"z\"\n");
        assert_eq!(rows, [["5\" pipe", "b"], ["x", "\"q\"z\""]]);
    }

    #[test]
    fn lines_inside_quotes_are_counted() {
        let records = all(Records::of(COMMA, b"\"a\nb\n\",c\nnext"));
        let short: Vec<_> = records.iter().map(|it| (it.3, it.2.len(), it.1)).collect();
        assert_eq!(short, [(3, 2, 9), (1, 1, 13)]);
        let open = all(Records::of(COMMA, b"a,\"b\nc"));
        assert_eq!((open.len(), open[0].3, open[0].4), (1, 2, true));
    }

    #[test]
    fn records_longer_than_a_stretch_are_whole() {
        let long = "x".repeat(3 * STRETCH);
        let block = format!("a,{long}\n\"{long}\",b\n{long},\"a\nb\"\nc,d\n");
        let rows = texts(COMMA, &block);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[3], ["c", "d"]);
        assert_eq!(all(Records::of(COMMA, block.as_bytes())), one_by_one(COMMA, block.as_bytes()));
    }

    #[test]
    fn reading_begins_where_it_is_told() {
        let mut records = Records::starting(COMMA, b"a,b\nc,d\n", 4);
        let record = records.next().expect("a record");
        assert_eq!((record.start(), record.next(), record.cells()), (4, 8, 2));
        assert!(records.next().is_none());
        assert!(Records::of(COMMA, b"").next().is_none());
    }

    proptest! {
        #[test]
        fn masks_and_one_by_one_find_the_same(
            text in proptest::collection::vec(
                prop_oneof![
                    4 => Just("a"), 3 => Just(","), 2 => Just("\n"), 1 => Just("\r\n"),
                    2 => Just("\""), 2 => Just(",\"bc, d\","), 1 => Just("\"\""),
                    1 => Just("long cell of plain words"), 1 => Just("\0"),
                ],
                0..2000,
            ),
            quoting in any::<bool>(),
            delimiter in prop_oneof![Just(b','), Just(b'|'), Just(b'"')],
        ) {
            let quoting = quoting && delimiter != b'"';
            let dialect = Dialect { delimiter, quoting };
            let block = text.concat().into_bytes();
            let fast = all(Records::of(dialect, &block));
            prop_assert_eq!(&fast, &one_by_one(dialect, &block));
            // All bytes are of one record or another.
            let ends = fast.iter().map(|record| record.1);
            let starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
            prop_assert_eq!(starts.last(), Some(&block.len()));
            prop_assert!(fast.iter().zip(starts).all(|(record, start)| record.0 == start));
        }
    }
}
