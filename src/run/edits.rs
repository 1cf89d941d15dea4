//! The edit list of one file: what apply splices, verify reverses and undo gives back.
//!
//! Each edit is the distance from the end of the one before and the number of
//! a pair of byte strings, both as variable-length integers: about four bytes
//! an edit. The pairs - the old bytes, the new bytes, the route (one rule or a chain) - are few and
//! stand once, at the end of the file, behind the edits.
//!
//! What is appended to a row is an edit of no old bytes. Several of them may stand at
//! one place; they follow each other.
//!
//! ```text
//! magic | (gap, pair)... | pairs: count, (old, new, route)... | edits: count | offset of the pairs, 8 bytes
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::folder::lost;
use super::plain::read_plain;
use crate::error::{Error, Result};
use crate::record::delimited::addition::Addition;
use crate::release::Digest;

const MAGIC: &[u8] = b"codeturn edits 1\n";
/// So many different additions are kept whole; behind them, those of new kinds are
/// made of the pieces of their columns, of which there are few.
const WHOLE: usize = 1 << 16;
/// The length of the offset at the end.
const TAIL: usize = 8;

/// What is replaced by what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The bytes that stand there.
    pub old: Vec<u8>,
    /// The bytes that are to stand there.
    pub new: Vec<u8>,
    /// The rules, as the number of a route of the plan.
    pub route: usize,
}

/// One replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// The offset of the old bytes in the original file.
    pub at: u64,
    /// The pair, as an index.
    pub pair: usize,
}

/// Writes an edit list while its file is scanned.
pub struct EditWriter {
    path: PathBuf,
    out: BufWriter<File>,
    pairs: Vec<Pair>,
    /// The pairs of each route, by number: few, told apart by their spelling.
    of_route: HashMap<usize, Vec<usize>>,
    /// The pairs that replace nothing, by what they insert.
    inserted: HashMap<Vec<u8>, usize>,
    count: u64,
    written: u64,
    hasher: blake3::Hasher,
    edit: Vec<u8>,
    /// The end of the old bytes of the edit before.
    end: u64,
}

impl EditWriter {
    /// Begins a list.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path) -> Result<EditWriter> {
        let file = File::create(path).map_err(|error| Error::unwritable(path, &error))?;
        let mut writer = EditWriter {
            path: path.to_owned(),
            out: BufWriter::new(file),
            pairs: Vec::new(),
            of_route: HashMap::new(),
            inserted: HashMap::new(),
            count: 0,
            written: 0,
            hasher: blake3::Hasher::new(),
            edit: Vec::new(),
            end: 0,
        };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    /// Adds an edit behind all others.
    ///
    /// # Errors
    /// It begins before the end of the one before, or the disk is full.
    pub fn push(&mut self, at: u64, old: &[u8], new: &[u8], route: usize) -> Result<()> {
        // A refused edit leaves no pair behind.
        self.gap(at)?;
        let number = self.number(old, new, route);
        self.edit(at, old.len(), number)
    }

    /// The numbers of the pairs that make up an addition: one, or one a piece
    /// where there are very many different ones.
    pub fn addition(&mut self, addition: &Addition) -> Vec<usize> {
        if let Some(&known) = self.inserted.get(addition.text()) {
            return vec![known];
        }
        if self.inserted.len() < WHOLE {
            return vec![self.insertion(addition.text())];
        }
        addition.pieces().map(|piece| self.insertion(piece)).collect()
    }

    fn insertion(&mut self, text: &[u8]) -> usize {
        let next = self.pairs.len();
        let number = *self.inserted.entry(text.to_vec()).or_insert(next);
        if number == next {
            self.pairs.push(Pair { old: Vec::new(), new: text.to_vec(), route: 0 });
        }
        number
    }

    /// Inserts the texts of these pairs, one behind another, behind all other edits.
    ///
    /// # Errors
    /// The place lies before the end of the edit before, or the disk is full.
    pub fn insert(&mut self, at: u64, pairs: &[usize]) -> Result<()> {
        pairs.iter().try_for_each(|&number| self.edit(at, 0, number))
    }

    /// How far a place lies behind the edit before.
    fn gap(&self, at: u64) -> Result<u64> {
        at.checked_sub(self.end).ok_or_else(|| Error::internal("two edits overlap").at(&self.path))
    }

    fn edit(&mut self, at: u64, length: usize, number: usize) -> Result<()> {
        let gap = self.gap(at)?;
        self.end = at + length as u64;
        self.edit.clear();
        put(&mut self.edit, gap);
        put(&mut self.edit, number as u64);
        self.count += 1;
        self.written += self.edit.len() as u64;
        self.hasher.update(&self.edit);
        self.out.write_all(&self.edit).map_err(|error| Error::unwritable(&self.path, &error))
    }

    fn number(&mut self, old: &[u8], new: &[u8], route: usize) -> usize {
        let known = self.of_route.entry(route).or_default();
        let same =
            |&&number: &&usize| self.pairs[number].old == old && self.pairs[number].new == new;
        if let Some(&number) = known.iter().find(same) {
            return number;
        }
        self.pairs.push(Pair { old: old.to_vec(), new: new.to_vec(), route });
        known.push(self.pairs.len() - 1);
        self.pairs.len() - 1
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.hasher.update(bytes);
        self.out.write_all(bytes).map_err(|error| Error::unwritable(&self.path, &error))
    }

    /// What is replaced by what, so far.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Ends the list: pairs, counts, and everything safe on disk.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<Finished> {
        let offset = self.written;
        let mut bytes = Vec::new();
        put(&mut bytes, self.pairs.len() as u64);
        for pair in &self.pairs {
            for part in [&pair.old, &pair.new] {
                put(&mut bytes, part.len() as u64);
                bytes.extend_from_slice(part);
            }
            put(&mut bytes, pair.route as u64);
        }
        put(&mut bytes, self.count);
        bytes.extend_from_slice(&offset.to_le_bytes());
        self.write(&bytes)?;
        let failed = |error| Error::unwritable(&self.path, &error);
        let file = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(Finished { count: self.count, digest: Digest(*self.hasher.finalize().as_bytes()) })
    }
}

/// An edit list that is safe on disk.
#[derive(Debug, Clone, Copy)]
pub struct Finished {
    /// How many edits there are.
    pub count: u64,
    /// The digest of the list.
    pub digest: Digest,
}

/// An edit list that was read back.
#[derive(Debug)]
pub struct EditList {
    pairs: Vec<Pair>,
    edits: Vec<u8>,
    count: u64,
}

impl EditList {
    /// Reads a list that must have this digest.
    ///
    /// # Errors
    /// It cannot be read, or is not the list that was written.
    pub fn read(path: &Path, digest: Digest) -> Result<EditList> {
        let mut bytes = read_plain(path).map_err(|error| lost(path, &error))?;
        if Digest::of(&bytes) != digest {
            return Err(Error::refused("the edit list is not the one that was planned")
                .at(path)
                .hint("somebody changed the run folder: plan the run anew"));
        }
        let damaged =
            || Error::refused("the edit list is damaged").at(path).hint("plan the run anew");
        let (edits, tail) = EditList::parts(&bytes).ok_or_else(damaged)?;
        let (pairs, count) = parse_pairs(tail).ok_or_else(damaged)?;
        let end = MAGIC.len() + edits.len();
        bytes.truncate(end);
        bytes.drain(..MAGIC.len());
        let list = EditList { pairs, edits: bytes, count };
        let whole = list.iter().try_fold(0, |seen, edit| edit.map(|_| seen + 1)) == Some(count);
        if whole { Ok(list) } else { Err(damaged()) }
    }

    fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let body = bytes.strip_prefix(MAGIC)?;
        let (body, offset) = body.split_last_chunk::<TAIL>()?;
        let offset = usize::try_from(u64::from_le_bytes(*offset)).ok()?;
        body.split_at_checked(offset.checked_sub(MAGIC.len())?)
    }

    /// The pairs.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// How many edits there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The edits, in order; `None` in place of one that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Option<Edit>> + '_ {
        let mut rest = self.edits.as_slice();
        let mut end = 0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let edit = self.next(&mut rest, &mut end);
            if edit.is_none() {
                rest = &[];
            }
            Some(edit)
        })
    }

    fn next(&self, rest: &mut &[u8], end: &mut u64) -> Option<Edit> {
        let at = end.checked_add(get(rest)?)?;
        let pair = usize::try_from(get(rest)?).ok()?;
        *end = at + self.pairs.get(pair)?.old.len() as u64;
        Some(Edit { at, pair })
    }
}

fn parse_pairs(mut bytes: &[u8]) -> Option<(Vec<Pair>, u64)> {
    let count = get(&mut bytes)?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let old = take(&mut bytes)?;
        let new = take(&mut bytes)?;
        let route = usize::try_from(get(&mut bytes)?).ok()?;
        pairs.push(Pair { old, new, route });
    }
    let edits = get(&mut bytes)?;
    bytes.is_empty().then_some((pairs, edits))
}

fn take(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(get(bytes)?).ok()?;
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part.to_vec())
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn pair(old: &str, new: &str) -> Pair {
        Pair { old: old.into(), new: new.into(), route: 3 }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("1.edits");
        let mut writer = EditWriter::create(&path).expect("created");
        for (at, one) in [
            (5, pair("A", "BB")),
            (300, pair("CC", "D")),
            (302, pair("A", "BB")),
            (1 << 40, pair("A", "BB")),
        ] {
            writer.push(at, &one.old, &one.new, one.route).expect("pushed");
        }
        assert!(writer.push(7, b"A", b"B", 3).is_err(), "out of order");
        let Finished { count, digest } = writer.finish().expect("finished");
        assert_eq!(count, 4);
        let list = EditList::read(&path, digest).expect("read");
        let edits: Vec<(u64, usize)> =
            list.iter().flatten().map(|edit| (edit.at, edit.pair)).collect();
        assert_eq!(edits, [(5, 0), (300, 1), (302, 0), (1 << 40, 0)]);
        assert_eq!(list.pairs(), [pair("A", "BB"), pair("CC", "D")]);
    }

    #[test]
    fn very_many_different_additions_are_made_of_their_pieces() {
        use crate::record::delimited::addition::{Answer, Appending};
        use crate::record::delimited::tokens::Dialect;
        let dialect = Dialect { delimiter: b',', quoting: true };
        let how = Appending { dialect, width: 2 };
        let addition = |number: usize| {
            let mut addition = how.begin(1);
            for rule in [format!("m:{}", number % 300), format!("m:{}", number / 300)] {
                let answer = Answer { status: "review", rule: &rule, ..Answer::default() };
                how.column(&mut addition, &[answer]);
            }
            addition
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("1.edits");
        let mut writer = EditWriter::create(&path).expect("created");
        let all = WHOLE + 1_000;
        for number in (0..all).chain([0]) {
            let pairs = writer.addition(&addition(number));
            assert_eq!(pairs.len(), if number < WHOLE { 1 } else { 3 }, "{number}");
            writer.insert(7, &pairs).expect("inserted");
        }
        let digest = writer.finish().expect("finished").digest;
        let list = EditList::read(&path, digest).expect("read");
        assert!(list.pairs().len() < WHOLE + 400, "{} pairs", list.pairs().len());
        let edits = list.iter().map(|edit| edit.expect("an edit"));
        let text: Vec<&[u8]> = edits.map(|edit| list.pairs()[edit.pair].new.as_slice()).collect();
        let want: Vec<Vec<u8>> =
            (0..all).chain([0]).map(|number| addition(number).text().to_vec()).collect();
        assert!(text.concat() == want.concat(), "other texts than were inserted");
    }

    #[test]
    fn a_damaged_list_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("1.edits");
        let mut writer = EditWriter::create(&path).expect("created");
        writer.push(5, b"A", b"BB", 3).expect("pushed");
        writer.finish().expect("finished");
        let whole = fs::read(&path).expect("read");
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).expect("written");
            assert!(EditList::read(&path, Digest::of(&whole[..cut])).is_err(), "cut at {cut}");
        }
    }
}
