//! Original and edit list -> copy; copy and edit list -> proof. Backward, copy and
//! edit list -> original.
//!
//! The splice copies untouched stretches as they are and never looks into them.
//! The proof reads only what was written: with the edits taken back it must have the
//! digest of what was read. Then, the edits being within their spans, all other bytes
//! are equal.

use std::fs::File;
use std::io::{Read, Write};
use std::iter::Peekable;
use std::path::Path;

use super::edits::{Edit, EditList, Pair};
use super::plain::open_plain;
use crate::error::{Error, Place, Result};
use crate::release::Digest;

/// How many bytes are read at a time: what is read and what is written stay in
/// the second-level cache.
const CHUNK: usize = 1 << 18;

/// Which way the edits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Old bytes become new ones.
    Forward,
    /// New bytes become old ones again.
    Backward,
}

impl Direction {
    /// The other one.
    fn back(self) -> Direction {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// Walks along a byte stream and swaps what the edits name.
///
/// Offsets of edits are those of the original; going backward they move by the
/// difference in length of all edits before.
pub struct Swap<'e> {
    pairs: &'e [Pair],
    edits: Peekable<Box<dyn Iterator<Item = Option<Edit>> + 'e>>,
    direction: Direction,
    /// How many bytes of the stream were taken so far.
    at: u64,
    /// What to add to the offset of an edit to get that in this stream.
    shift: i64,
    rest: Vec<u8>,
}

impl<'e> Swap<'e> {
    /// Begins at the start of the stream.
    pub fn new(list: &'e EditList, direction: Direction) -> Swap<'e> {
        let edits: Box<dyn Iterator<Item = Option<Edit>> + 'e> = Box::new(list.iter());
        Swap {
            pairs: list.pairs(),
            edits: edits.peekable(),
            direction,
            at: 0,
            shift: 0,
            rest: Vec::new(),
        }
    }

    /// Takes the next bytes of the stream and appends what they become to `out`.
    ///
    /// # Errors
    /// The bytes that an edit names are not there: the offset where they should be.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), u64> {
        if self.rest.is_empty() {
            return self.take(bytes, out);
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(bytes);
        self.take(&joined, out)
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), u64> {
        let mut from = 0;
        while let Some((start, old, new)) = self.next_edit() {
            let start = (start - self.at) as usize;
            let end = start + old.len();
            if start >= bytes.len() {
                break;
            }
            if end > bytes.len() {
                // The edit goes on in the next bytes.
                out.extend_from_slice(&bytes[from..start]);
                self.rest = bytes[start..].to_vec();
                self.at += start as u64;
                return Ok(());
            }
            if bytes[start..end] != *old || start < from {
                return Err(self.at + start as u64);
            }
            out.extend_from_slice(&bytes[from..start]);
            out.extend_from_slice(new);
            from = end;
            self.pass(old.len(), new.len());
        }
        out.extend_from_slice(&bytes[from..]);
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Where the next edit stands in this stream, and what it swaps.
    fn next_edit(&mut self) -> Option<(u64, &'e [u8], &'e [u8])> {
        let edit = (*self.edits.peek()?)?;
        let pair = &self.pairs[edit.pair];
        let start = edit.at.checked_add_signed(self.shift)?;
        Some(match self.direction {
            Direction::Forward => (start, &pair.old, &pair.new),
            Direction::Backward => (start, &pair.new, &pair.old),
        })
    }

    fn pass(&mut self, taken: usize, given: usize) {
        self.edits.next();
        if self.direction == Direction::Backward {
            self.shift += taken as i64 - given as i64;
        }
    }

    /// Ends the stream: appends what is to stand at its very end, and says whether
    /// every edit was met.
    pub fn end(&mut self, out: &mut Vec<u8>) -> bool {
        while let Some((start, old, new)) = self.next_edit() {
            if start != self.at || !old.is_empty() {
                break;
            }
            out.extend_from_slice(new);
            self.pass(0, new.len());
        }
        self.rest.is_empty() && self.edits.peek().is_none()
    }
}

/// Writes to `copy` what the edits make of `source`; `written` is told how many bytes were
/// read and how many written, chunk by chunk. The inner error is the offset in the source
/// at which it does not hold what the edits name.
///
/// # Errors
/// Reading or writing failed, or `written` did.
pub fn splice(
    source: &Path,
    (list, direction): (&EditList, Direction),
    copy: &mut File,
    copy_path: &Path,
    mut written: impl FnMut(u64, u64) -> Result<()>,
) -> Result<Result<(), u64>> {
    let unwritable = |error| Error::unwritable(copy_path, &error);
    let mut file = open_plain(source).map_err(|error| Error::unreadable(source, &error))?;
    let mut swap = Swap::new(list, direction);
    let mut out = Vec::with_capacity(CHUNK + CHUNK / 8);
    let mut bytes = vec![0; CHUNK];
    loop {
        let read = file.read(&mut bytes).map_err(|error| Error::unreadable(source, &error))?;
        if read == 0 {
            break;
        }
        out.clear();
        if let Err(at) = swap.feed(&bytes[..read], &mut out) {
            return Ok(Err(at));
        }
        copy.write_all(&out).map_err(unwritable)?;
        written(read as u64, out.len() as u64)?;
    }
    out.clear();
    if !swap.end(&mut out) {
        return Ok(Err(swap.at));
    }
    copy.write_all(&out).map_err(unwritable)?;
    written(0, out.len() as u64).map(Ok)
}

/// What the proof found.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// The digest of the copy.
    pub copy: Digest,
    /// The digest of the copy with the edits taken back: that of its source, if all is well.
    pub reversed: Digest,
    /// How many bytes the copy has.
    pub size: u64,
    /// How many line ends the copy has.
    pub lines: u64,
    /// How many line ends it has with the edits taken back.
    pub reversed_lines: u64,
}

/// Reads a copy that was made by edits and takes them back. The copy may still be written:
/// `written` brings the lengths of the chunks that are there, and ends when all are.
///
/// # Errors
/// It cannot be read, or does not hold the bytes where the edits put them.
pub fn prove(
    copy: &Path,
    (list, direction): (&EditList, Direction),
    written: impl IntoIterator<Item = u64>,
) -> Result<Proof> {
    let differs = |at| {
        Error::internal("the copy does not hold what was planned").at(copy).place(Place::Byte(at))
    };
    follow(copy, (list, direction), written)?.map_err(differs)
}

/// As [`prove`], of a file that may be anything: `None` where it is not the result.
///
/// # Errors
/// It cannot be read.
pub fn look(copy: &Path, list: &EditList) -> Result<Option<Proof>> {
    follow(copy, (list, Direction::Forward), []).map(Result::ok)
}

/// The proof, or the offset of the first byte that was not planned.
fn follow(
    copy: &Path,
    (list, direction): (&EditList, Direction),
    written: impl IntoIterator<Item = u64>,
) -> Result<Result<Proof, u64>> {
    let mut prover = Prover::open(copy, list, direction.back())?;
    for length in written.into_iter().chain([u64::MAX]) {
        if let Err(at) = prover.read(length)? {
            return Ok(Err(at));
        }
    }
    Ok(prover.finish())
}

/// Follows a copy and hashes it, as it is and with its edits taken back.
struct Prover<'e> {
    path: &'e Path,
    file: File,
    swap: Swap<'e>,
    as_is: blake3::Hasher,
    reversed: blake3::Hasher,
    bytes: Vec<u8>,
    out: Vec<u8>,
    size: u64,
    lines: u64,
    reversed_lines: u64,
}

impl<'e> Prover<'e> {
    fn open(path: &'e Path, list: &'e EditList, back: Direction) -> Result<Prover<'e>> {
        Ok(Prover {
            path,
            file: open_plain(path).map_err(|error| Error::unreadable(path, &error))?,
            swap: Swap::new(list, back),
            as_is: blake3::Hasher::new(),
            reversed: blake3::Hasher::new(),
            bytes: vec![0; CHUNK],
            out: Vec::with_capacity(CHUNK + CHUNK / 8),
            size: 0,
            lines: 0,
            reversed_lines: 0,
        })
    }

    /// Reads the next `length` bytes, or up to the end of the file; says where a
    /// byte is not the one that was planned.
    fn read(&mut self, mut length: u64) -> Result<Result<(), u64>> {
        while length > 0 {
            let most = usize::try_from(length).map_or(CHUNK, |length| length.min(CHUNK));
            let read = self.file.read(&mut self.bytes[..most]);
            let read = read.map_err(|error| Error::unreadable(self.path, &error))?;
            if read == 0 {
                break;
            }
            self.out.clear();
            if let Err(at) = self.swap.feed(&self.bytes[..read], &mut self.out) {
                return Ok(Err(at));
            }
            self.as_is.update(&self.bytes[..read]);
            self.reversed.update(&self.out);
            self.lines += line_ends(&self.bytes[..read]);
            self.reversed_lines += line_ends(&self.out);
            self.size += read as u64;
            length -= read as u64;
        }
        Ok(Ok(()))
    }

    fn finish(mut self) -> Result<Proof, u64> {
        self.out.clear();
        if !self.swap.end(&mut self.out) {
            return Err(self.size);
        }
        self.reversed.update(&self.out);
        self.reversed_lines += line_ends(&self.out);
        let digest = |hasher: &blake3::Hasher| Digest(*hasher.finalize().as_bytes());
        Ok(Proof {
            copy: digest(&self.as_is),
            reversed: digest(&self.reversed),
            size: self.size,
            lines: self.lines,
            reversed_lines: self.reversed_lines,
        })
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::edits::EditWriter;

    fn list(folder: &Path, edits: &[(u64, &str, &str)]) -> EditList {
        let path = folder.join("edits");
        let mut writer = EditWriter::create(&path).expect("created");
        for (at, old, new) in edits {
            writer.push(*at, old.as_bytes(), new.as_bytes(), 0).expect("pushed");
        }
        let digest = writer.finish().expect("finished").digest;
        EditList::read(&path, digest).expect("read")
    }

    fn swapped(list: &EditList, direction: Direction, text: &[u8], step: usize) -> Vec<u8> {
        let mut swap = Swap::new(list, direction);
        let mut out = Vec::new();
        for chunk in text.chunks(step) {
            swap.feed(chunk, &mut out).expect("the old bytes are there");
        }
        assert!(swap.end(&mut out));
        out
    }

    #[test]
    fn forward_and_backward_on_any_chunk_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = list(
            folder.path(),
            &[(0, "AA", "B"), (4, "CC", "DDDD"), (6, "E", "F"), (9, "GG", "H")],
        );
        let old = b"AAxxCCExxGG";
        let new = b"BxxDDDDFxxH";
        for step in 1..=old.len() {
            assert_eq!(swapped(&list, Direction::Forward, old, step), new, "step {step}");
            assert_eq!(swapped(&list, Direction::Backward, new, step), old, "step {step}");
        }
    }

    #[test]
    fn what_replaces_nothing_is_put_in_and_taken_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let edits = [
            (0, "", "<"),
            (2, "", ",1"),
            (2, "", ",2"),
            (2, "b", "BB"),
            (5, "", ",3"),
            (5, "", ",4"),
        ];
        let list = list(folder.path(), &edits);
        let (old, new) = (b"aabcc", b"<aa,1,2BBcc,3,4");
        for step in 1..=new.len() {
            assert_eq!(swapped(&list, Direction::Forward, old, step), new, "step {step}");
            assert_eq!(swapped(&list, Direction::Backward, new, step), old, "step {step}");
        }
        let mut short = Swap::new(&list, Direction::Forward);
        short.feed(b"aabc", &mut Vec::new()).expect("fed");
        assert!(!short.end(&mut Vec::new()), "the file ends before the last edit");
    }

    #[test]
    fn other_bytes_than_planned_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = list(folder.path(), &[(2, "AA", "B")]);
        let mut swap = Swap::new(&list, Direction::Forward);
        assert_eq!(swap.feed(b"xxABxx", &mut Vec::new()), Err(2));
    }
}
