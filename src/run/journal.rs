//! The journal of a run: who did what, when and why, each entry chained to the
//! one before by its hash.
//!
//! The chain is evidence only against its head kept elsewhere: that is printed
//! at the end of a run and belongs into the file that keeps the report.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// Who runs the program, and when; the library has no clock and no user of its own.
#[derive(Debug, Clone, Serialize)]
pub struct Actor {
    /// The name of the user.
    pub user: String,
    /// The time, RFC 3339 in UTC.
    pub time: String,
    /// Why, where a reason was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of a ticket or change request, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: u64,
    head: String,
}

#[derive(Serialize)]
struct Entry<'a, T> {
    seq: u64,
    event: &'a str,
    #[serde(flatten)]
    actor: &'a Actor,
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
        Ok(Journal { path: path.to_owned(), file, entries: 0, head: start() })
    }

    /// Opens a journal to go on with it, and says what it holds. A last line
    /// that a crash tore is cut off.
    ///
    /// # Errors
    /// It cannot be read, or an entry is not the one that was written: its line.
    pub fn open(path: &Path) -> Result<(Journal, Vec<Value>)> {
        let unreadable = |error| Error::unreadable(path, &error);
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
        let (entries, head) = follow(path, &bytes[..whole])?;
        let file = OpenOptions::new().append(true).open(path).map_err(unreadable)?;
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(|error| Error::unwritable(path, &error))?;
        }
        let count = entries.len() as u64;
        Ok((Journal { path: path.to_owned(), file, entries: count, head }, entries))
    }

    /// Writes an entry, safe on disk when this returns.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write(&mut self, event: &str, actor: &Actor, what: &impl Serialize) -> Result<()> {
        let entry = Entry {
            seq: self.entries + 1,
            event,
            actor,
            tool: "codeturn",
            version: env!("CARGO_PKG_VERSION"),
            what,
            prev: &self.head,
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| {
            Error::internal(format!("a journal entry cannot be written: {error}"))
        })?;
        let head = blake3::hash(&line).to_hex().to_string();
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::unwritable(&self.path, &error))?;
        self.head = head;
        self.entries += 1;
        Ok(())
    }

    /// The hash of the last entry: BLAKE3 of its line without the line end.
    pub fn head(&self) -> &str {
        &self.head
    }
}

/// Follows the chain of hashes through whole lines.
fn follow(path: &Path, bytes: &[u8]) -> Result<(Vec<Value>, String)> {
    let mut head = start();
    let mut entries = Vec::new();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    for (line, number) in lines.zip(1..) {
        let entry: Option<Value> = serde_json::from_slice(line).ok();
        let Some(entry) = entry.filter(|entry| entry["prev"] == head.as_str()) else {
            return Err(Error::refused(
                "the journal is broken: this entry does not follow the one before",
            )
            .at(path)
            .line(number)
            .hint("somebody changed the journal; compare it with a copy kept elsewhere"));
        };
        head = blake3::hash(line).to_hex().to_string();
        entries.push(entry);
    }
    Ok((entries, head))
}

/// What the first entry follows.
fn start() -> String {
    blake3::Hash::from_bytes([0; 32]).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_holds_the_hash_of_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        let mut journal = Journal::create(&path).expect("created");
        let actor = Actor {
            user: "u".into(),
            time: "2024-10-01T00:00:00Z".into(),
            reason: None,
            ticket: None,
        };
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
}
