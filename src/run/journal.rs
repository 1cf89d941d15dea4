//! The journal of a run: who did what, when and why, each entry chained to the
//! one before by its hash.
//!
//! The chain is evidence only against its head kept elsewhere: that is printed
//! at the end of a run and belongs into the file that keeps the report. Each
//! entry also ends with a hash of itself, so that a change of the last one, which
//! no other entry follows, is seen as well.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::lock::{Access, unshared};
use super::names::parent_of;
use super::plain::read_plain;
use crate::error::{Error, Result};

/// Who runs the program, and what their clock says; the library has no clock and no
/// user of its own.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The name of the user.
    pub user: String,
    /// The time now, RFC 3339 in UTC: asked for each entry when it is written.
    pub clock: fn() -> String,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// The number of a ticket or change request, where one was given.
    pub ticket: Option<String>,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// `None` where it can only be read.
    file: Option<File>,
    /// The hash of each entry, in order.
    hashes: Vec<String>,
}

#[derive(Serialize)]
struct Entry<'a, T> {
    seq: u64,
    event: &'a str,
    user: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    tool: &'a str,
    version: &'a str,
    #[serde(flatten)]
    what: &'a T,
    prev: &'a str,
}

impl Journal {
    /// Begins a journal.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path) -> Result<Journal> {
        let file = File::create_new(path).map_err(|error| Error::unwritable(path, &error))?;
        Ok(Journal { path: path.to_owned(), file: Some(file), hashes: Vec::new() })
    }

    /// Opens a journal to go on with it, and says what it holds. A last line
    /// that a crash tore is cut off; where the journal is only read, it is passed over.
    ///
    /// # Errors
    /// It cannot be read, or an entry is not the one that was written: its line.
    pub fn open(path: &Path, access: Access) -> Result<(Journal, Vec<Value>)> {
        let unreadable = |error| Error::unreadable(path, &error);
        let bytes = read_plain(path).map_err(unreadable)?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
        let (entries, hashes) = follow(path, &bytes[..whole])?;
        // A crash tears a line, and never writes another byte in place of its end.
        let torn = &bytes[whole..];
        if torn.split_last().is_some_and(|(_, line)| is_as_written(line)) {
            return Err(broken(path, entries.len() + 1));
        }
        let file = if access == Access::Read { None } else { Some(to_go_on(path)?) };
        if let Some(file) = file.as_ref().filter(|_| !torn.is_empty()) {
            file.set_len(whole as u64).map_err(|error| Error::unwritable(path, &error))?;
        }
        Ok((Journal { path: path.to_owned(), file, hashes }, entries))
    }

    /// Writes an entry, safe on disk when this returns.
    ///
    /// # Errors
    /// The disk is full, or the journal can only be read.
    pub fn write(&mut self, event: &str, actor: &Actor, what: &impl Serialize) -> Result<()> {
        let failed = |error| Error::unwritable(&self.path, &error);
        let file =
            self.file.as_mut().ok_or_else(|| failed(io::ErrorKind::PermissionDenied.into()))?;
        let entry = Entry {
            seq: self.hashes.len() as u64 + 1,
            event,
            user: &actor.user,
            time: (actor.clock)(),
            reason: actor.reason.as_deref(),
            ticket: actor.ticket.as_deref(),
            tool: "codeturn",
            version: env!("CARGO_PKG_VERSION"),
            what,
            prev: &head_of(&self.hashes),
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| {
            Error::internal(format!("a journal entry cannot be written: {error}"))
        })?;
        seal(&mut line);
        let head = blake3::hash(&line).to_hex().to_string();
        line.push(b'\n');
        let before = file.metadata().map_err(failed)?.len();
        let written = file.write_all(&line).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // An entry that may not be on the disk is none. Should this fail too,
            // what is torn is cut when the journal is opened.
            let _ = file.set_len(before);
            return Err(failed(error));
        }
        self.hashes.push(head);
        Ok(())
    }

    /// The hash of the last entry: BLAKE3 of its line without the line end.
    pub fn head(&self) -> String {
        head_of(&self.hashes)
    }

    /// Whether it goes on, or can only be read.
    pub fn access(&self) -> Access {
        if self.file.is_some() { Access::Write } else { Access::Read }
    }

    /// Whether an entry has this hash: a head that was kept elsewhere.
    pub fn passed(&self, head: &str) -> bool {
        self.hashes.iter().any(|hash| hash == head)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether nothing was entered yet.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// A short name of the run: no other one has the same first entry, which
    /// holds the time. What it writes beside the records is called by it.
    pub fn run_id(&self) -> String {
        self.hashes.first().cloned().unwrap_or_else(start).chars().take(8).collect()
    }
}

fn head_of(hashes: &[String]) -> String {
    hashes.last().cloned().unwrap_or_else(start)
}

fn to_go_on(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(|error| unshared(parent_of(path), Error::unwritable(path, &error), &error))
}

const SEAL: &[u8] = b",\"check\":\"";
/// A hash, the quote behind it and the end of the entry.
const SEAL_END: usize = 64 + 2;

/// Adds to an entry the hash of what it holds.
fn seal(line: &mut Vec<u8>) {
    let own = blake3::hash(line).to_hex();
    line.pop();
    line.extend_from_slice(SEAL);
    line.extend_from_slice(own.as_bytes());
    line.extend_from_slice(b"\"}");
}

/// Whether an entry has the hash that was sealed into it.
fn is_as_written(line: &[u8]) -> bool {
    let cut = line.len().checked_sub(SEAL_END).and_then(|at| line.split_at_checked(at));
    let Some((body, end)) = cut else { return false };
    let Some(body) = body.strip_suffix(SEAL) else { return false };
    let own = blake3::Hasher::new().update(body).update(b"}").finalize().to_hex();
    *end == *[own.as_bytes(), b"\"}"].concat()
}

/// Follows the chain of hashes through whole lines.
fn follow(path: &Path, bytes: &[u8]) -> Result<(Vec<Value>, Vec<String>)> {
    let mut head = start();
    let (mut entries, mut hashes) = (Vec::new(), Vec::new());
    let Some(lines) = bytes.strip_suffix(b"\n") else { return Ok((entries, hashes)) };
    for (line, number) in lines.split(|byte| *byte == b'\n').zip(1..) {
        let entry: Option<Value> = serde_json::from_slice(line).ok();
        let follows = |entry: &Value| entry["prev"] == head.as_str() && is_as_written(line);
        let entry = entry.filter(follows).ok_or_else(|| broken(path, number))?;
        head = blake3::hash(line).to_hex().to_string();
        entries.push(entry);
        hashes.push(head.clone());
    }
    Ok((entries, hashes))
}

fn broken(path: &Path, number: usize) -> Error {
    Error::refused(
        "the journal is broken: this entry was changed, or does not follow the one before",
    )
    .at(path)
    .line(number as u64)
    .hint("somebody changed the journal; compare it with a copy kept elsewhere")
}

/// What the first entry follows.
fn start() -> String {
    blake3::Hash::from_bytes([0; 32]).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn actor(reason: Option<&str>) -> Actor {
        let reason = reason.map(str::to_owned);
        Actor { user: "u".into(), clock: || "2024-10-01T00:00:00Z".into(), reason, ticket: None }
    }

    static TICKS: AtomicUsize = AtomicUsize::new(0);

    /// What happened one after the other has one time after the other.
    #[test]
    fn every_entry_has_the_time_at_which_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        let mut journal = Journal::create(&path).expect("created");
        let clock = || format!("tick {}", TICKS.fetch_add(1, Ordering::Relaxed));
        let actor = Actor { clock, ..actor(None) };
        for event in ["planned", "applied", "verified"] {
            journal.write(event, &actor, &serde_json::json!({})).expect("written");
        }
        let (_, entries) = Journal::open(&path, Access::Write).expect("opened");
        let times: Vec<&Value> = entries.iter().map(|entry| &entry["time"]).collect();
        assert_eq!(times, ["tick 0", "tick 1", "tick 2"]);
    }

    /// An archive is read as it lies: a torn line is passed over, and nothing is written.
    #[test]
    fn a_journal_that_is_only_read_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        two_entries(&path);
        let mut torn = std::fs::read(&path).expect("read");
        torn.extend_from_slice(b"{\"seq\":3,");
        std::fs::write(&path, &torn).expect("written");
        let (mut journal, entries) = Journal::open(&path, Access::Read).expect("opened");
        assert_eq!((entries.len(), journal.access()), (2, Access::Read));
        let refused = journal.write("applied", &actor(None), &serde_json::json!({}));
        assert_eq!(refused.expect_err("only read").path(), Some(path.as_path()));
        assert_eq!(std::fs::read(&path).expect("read"), torn);
    }

    #[test]
    fn every_entry_holds_the_hash_of_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        let mut journal = Journal::create(&path).expect("created");
        let actor = actor(None);
        for event in ["planned", "applied"] {
            journal.write(event, &actor, &serde_json::json!({ "edits": 3 })).expect("written");
        }
        let text = std::fs::read_to_string(&path).expect("read");
        let lines: Vec<&str> = text.lines().collect();
        let second: serde_json::Value = serde_json::from_str(lines[1]).expect("JSON");
        assert_eq!(second["prev"], blake3::hash(lines[0].as_bytes()).to_hex().to_string());
        assert_eq!(second["event"], "applied");
        assert_eq!(journal.head(), blake3::hash(lines[1].as_bytes()).to_hex().to_string());
    }

    fn two_entries(path: &Path) {
        let mut journal = Journal::create(path).expect("created");
        let actor = actor(Some("r"));
        for event in ["planned", "approved"] {
            journal.write(event, &actor, &serde_json::json!({ "by": "R." })).expect("written");
        }
    }

    #[test]
    fn one_other_byte_anywhere_breaks_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        two_entries(&path);
        let whole = std::fs::read(&path).expect("read");
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 1;
            std::fs::write(&path, &other).expect("written");
            let error = Journal::open(&path, Access::Write).expect_err("it was changed");
            assert_eq!(error.path(), Some(path.as_path()), "byte {at}");
            assert!(error.whereabouts().is_some(), "byte {at}");
        }
    }

    #[test]
    fn a_torn_last_line_is_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        two_entries(&path);
        let whole = std::fs::read(&path).expect("read");
        let first = whole.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        for end in first..whole.len() {
            std::fs::write(&path, &whole[..end]).expect("written");
            let (journal, entries) = Journal::open(&path, Access::Write).expect("opened");
            assert_eq!((journal.len(), entries.len()), (1, 1), "cut at {end}");
            assert_eq!(std::fs::read(&path).expect("read"), &whole[..first]);
        }
    }
}
