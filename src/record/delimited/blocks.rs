//! A file -> blocks of whole claims, with the digest of all its bytes.
//!
//! Blocks are cut at the end of a record, never inside quotes, and never
//! between two adjacent rows of one claim, for a claim is judged as a whole.
//! What is read is hashed, so that the plan speaks of the very bytes that were
//! scanned.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::cell;
use super::layout::Layout;
use super::records::Records;
use super::tokens::Dialect;
use crate::error::{Error, Place, Result};
use crate::release::Digest;

/// How many bytes a block has, if records and claims are not longer.
pub const BLOCK: usize = 1 << 21;

/// The longest claim, or record, that is read.
const LONGEST: usize = 64 << 20;

/// A stretch of a file: whole records, whole claims.
#[derive(Debug)]
pub struct Block {
    /// The offset of its first byte in the file.
    pub at: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads a file block by block.
pub struct Blocks<'l> {
    file: File,
    path: PathBuf,
    layout: &'l Layout,
    claim: Option<usize>,
    size: usize,
    rest: Vec<u8>,
    at: u64,
    hasher: blake3::Hasher,
    ended: bool,
}

impl<'l> Blocks<'l> {
    /// Opens a file; the bytes up to the first record are hashed, not returned.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn open(path: &Path, layout: &'l Layout, size: usize) -> Result<Blocks<'l>> {
        let mut file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
        let mut head = vec![0; layout.head.data];
        file.read_exact(&mut head).map_err(|error| Error::unreadable(path, &error))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        Ok(Blocks {
            file,
            path: path.to_owned(),
            layout,
            claim: claim_column(layout),
            size,
            rest: Vec::new(),
            at: layout.head.data as u64,
            hasher,
            ended: false,
        })
    }

    /// Puts the next block into `into`; `false` at the end of the file.
    ///
    /// # Errors
    /// Reading failed, a quote is still open at the end of the file, or a claim
    /// is longer than can be held.
    pub fn next(&mut self, into: &mut Block) -> Result<bool> {
        into.at = self.at;
        into.bytes.clear();
        into.bytes.append(&mut self.rest);
        let mut goal = self.size;
        loop {
            self.fill(&mut into.bytes, goal)?;
            let end = if self.ended { self.whole(&into.bytes)? } else { self.cut(&into.bytes) };
            if end > 0 || self.ended {
                self.rest.extend_from_slice(&into.bytes[end..]);
                into.bytes.truncate(end);
                self.at += end as u64;
                return Ok(end > 0);
            }
            if goal >= LONGEST {
                return Err(self.too_long());
            }
            goal *= 2;
        }
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, goal: usize) -> Result<()> {
        let had = bytes.len();
        let wanted = goal.saturating_sub(had) as u64;
        if self.ended || wanted == 0 {
            return Ok(());
        }
        bytes.reserve(wanted as usize);
        let mut part = self.file.by_ref().take(wanted);
        let read =
            part.read_to_end(bytes).map_err(|error| Error::unreadable(&self.path, &error))?;
        self.hasher.update(&bytes[had..]);
        self.ended = (read as u64) < wanted;
        Ok(())
    }

    /// The whole of what is left, if its quotes are closed.
    fn whole(&self, bytes: &[u8]) -> Result<usize> {
        let dialect = self.layout.head.dialect;
        let end = Whole::of(dialect, bytes).end;
        let is_open = |mut rest: Records| rest.next().is_some_and(|record| record.unclosed);
        if !is_open(Records::starting(dialect, bytes, end)) {
            return Ok(bytes.len());
        }
        Err(self.open_quote(bytes, end))
    }

    fn open_quote(&self, bytes: &[u8], record: usize) -> Error {
        let error = Error::refused("a quote opens a cell and is never closed").at(&self.path);
        let hint =
            "close it; or, where quotes are ordinary characters in this file, say so: --quote none";
        match self.lines_before(self.at + record as u64, &bytes[record..]) {
            Ok(line) => error.line(line).hint(hint),
            Err(_) => error.place(Place::Byte(self.at + record as u64)).hint(hint),
        }
    }

    /// The physical line of the quote that stays open in the record at `at`.
    fn lines_before(&self, at: u64, record: &[u8]) -> std::io::Result<u64> {
        let mut before = File::open(&self.path)?.take(at);
        let mut buffer = vec![0; 1 << 16];
        let mut lines = 1;
        loop {
            let read = before.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
        }
        let open = self.layout.head.dialect.open_quote(record);
        Ok(lines + memchr::memchr_iter(b'\n', &record[..open]).count() as u64)
    }

    /// Where to cut: after the last whole record whose claim does not go on.
    fn cut(&self, bytes: &[u8]) -> usize {
        let dialect = self.layout.head.dialect;
        let Whole { end, mut starts } = Whole::of(dialect, bytes);
        let Some(column) = self.claim else { return end };
        let claim = |start: usize| {
            let mut records = Records::starting(dialect, bytes, start);
            let cell = records.next().map(|record| record.span(column).of(bytes));
            cell::core(cell.unwrap_or_default()).1
        };
        // The claim of the last whole record may go on: it is left for the next block.
        let Some(last) = starts.next() else { return end };
        if cell::is_no_number(claim(last)) {
            return end;
        }
        let mut first = last;
        for start in starts {
            if claim(start) != claim(last) {
                return first;
            }
            first = start;
        }
        0
    }

    fn too_long(&self) -> Error {
        Error::refused(format!("one record, or one claim, is longer than {} MiB", LONGEST >> 20))
            .at(&self.path)
            .place(Place::Byte(self.at))
            .hint("is the claim column the right one? --claim-column names another")
    }

    /// The digest of the whole file; to be asked at its end.
    pub fn digest(&self) -> Digest {
        Digest(*self.hasher.finalize().as_bytes())
    }
}

/// The whole records of a stretch that begins with one: those whose line end it holds.
struct Whole<'b> {
    /// The byte behind the last; 0 where there is none.
    end: usize,
    /// Where they begin, from the last to the first; blank lines are none.
    starts: Box<dyn Iterator<Item = usize> + 'b>,
}

impl<'b> Whole<'b> {
    fn of(dialect: Dialect, bytes: &'b [u8]) -> Whole<'b> {
        if dialect.quoting && memchr::memchr(b'"', bytes).is_some() {
            Whole::with_quotes(dialect, bytes)
        } else {
            Whole::lines(bytes)
        }
    }

    /// A line end inside quotes ends nothing, so that they are followed from the start.
    fn with_quotes(dialect: Dialect, bytes: &'b [u8]) -> Whole<'b> {
        let (mut end, mut starts) = (0, Vec::new());
        let mut records = Records::of(dialect, bytes);
        while let Some(record) = records.next() {
            if record.unclosed || bytes[record.next() - 1] != b'\n' {
                break;
            }
            end = record.next();
            if record.cells() > 0 {
                starts.push(record.start());
            }
        }
        Whole { end, starts: Box::new(starts.into_iter().rev()) }
    }

    /// Without quotes every line is a record; only those that are asked for are looked at.
    fn lines(bytes: &'b [u8]) -> Whole<'b> {
        let end = memchr::memrchr(b'\n', bytes).map_or(0, |line_end| line_end + 1);
        let mut at = end;
        let starts = std::iter::from_fn(move || {
            let line = bytes[..at].split_last()?.1;
            at = memchr::memrchr(b'\n', line).map_or(0, |before| before + 1);
            Some(at)
        });
        let is_blank = |start: &usize| matches!(bytes[*start..], [b'\n', ..] | [b'\r', b'\n', ..]);
        Whole { end, starts: Box::new(starts.filter(move |start| !is_blank(start))) }
    }
}

fn claim_column(layout: &Layout) -> Option<usize> {
    Some(layout.wanted.column(layout.claim?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', quoting: true };

    fn whole(dialect: Dialect, bytes: &str) -> (usize, Vec<usize>) {
        let Whole { end, starts } = Whole::of(dialect, bytes.as_bytes());
        (end, starts.collect())
    }

    #[test]
    fn a_block_is_never_cut_inside_quotes() {
        let block = "a,b\n1,\"x\ny\"\n2,\"open\nstill";
        assert_eq!(whole(COMMA, block), (12, vec![4, 0]));
        let never = Dialect { quoting: false, ..COMMA };
        assert_eq!(whole(never, block), (20, vec![12, 9, 4, 0]));
        assert_eq!(whole(COMMA, "5\" pipe,a\nb"), (10, vec![0]));
        // Closed, but the record goes on; a quote at the end may be one of two.
        assert_eq!(whole(COMMA, "a,b\n1,\"x\ny\",z"), (4, vec![0]));
        assert_eq!(whole(COMMA, "a,b\n1,\"x\ny\""), (4, vec![0]));
        assert_eq!(whole(COMMA, "1,\"x\ny\",z"), (0, vec![]));
    }

    #[test]
    fn blank_lines_are_no_records() {
        for bytes in ["a\n\n\r\nb\nc", "\"a\"\n\n\nb\nc"] {
            let (end, starts) = whole(COMMA, bytes);
            assert_eq!((end, starts), (bytes.len() - 1, vec![bytes.len() - 3, 0]));
        }
        assert_eq!(whole(COMMA, "no end"), (0, vec![]));
        assert_eq!(whole(COMMA, ""), (0, vec![]));
    }
}
