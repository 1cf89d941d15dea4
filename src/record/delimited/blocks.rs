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
use super::tokens::{Dialect, Span, Wanted};
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
    claim: Option<Wanted>,
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
        let end = dialect.last_end(bytes);
        let extent = dialect.record(bytes, end, &Wanted::new(Vec::new()), &mut []);
        if !dialect.quoting || !extent.unclosed {
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
        let dialect = self.layout.head.dialect.for_block(bytes);
        let end = dialect.last_end(bytes);
        let Some(wanted) = &self.claim else { return end };
        let claim = |start: usize| {
            let mut slots = [Span::ABSENT];
            dialect.record(bytes, start, wanted, &mut slots);
            cell::core(slots[0].of(bytes)).1
        };
        let mut starts = starts_from_the_end(dialect, &bytes[..end]);
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

/// Where the records of whole lines begin, from the last to the first. Without
/// quotes every line is one, so that only the lines that are asked for are
/// looked at; with them the block is read from its start.
fn starts_from_the_end(dialect: Dialect, bytes: &[u8]) -> Box<dyn Iterator<Item = usize> + '_> {
    if dialect.quoting {
        return Box::new(starts(dialect, bytes).into_iter().rev());
    }
    let mut end = bytes.len();
    let lines = std::iter::from_fn(move || {
        let line = bytes[..end].split_last()?.1;
        end = memchr::memrchr(b'\n', line).map_or(0, |before| before + 1);
        Some(end)
    });
    Box::new(lines.filter(|&start| !matches!(bytes[start..], [b'\n', ..] | [b'\r', b'\n', ..])))
}

fn starts(dialect: Dialect, bytes: &[u8]) -> Vec<usize> {
    let nothing = Wanted::new(Vec::new());
    let (mut starts, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let extent = dialect.record(bytes, at, &nothing, &mut []);
        if extent.cells > 0 {
            starts.push(at);
        }
        at = extent.next;
    }
    starts
}

fn claim_column(layout: &Layout) -> Option<Wanted> {
    let slot = layout.claim?;
    Some(Wanted::new(vec![layout.wanted.column(slot)]))
}
