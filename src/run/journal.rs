//! The journal of a run: who did what, when and why, each entry chained to the
//! one before by its hash.
//!
//! The chain is evidence only against its head kept elsewhere: that is printed
//! at the end of a run and belongs into the file that keeps the report.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

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
        let head = blake3::Hash::from_bytes([0; 32]).to_hex().to_string();
        Ok(Journal { path: path.to_owned(), file, entries: 0, head })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_holds_the_hash_of_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.ndjson");
        let mut journal = Journal::create(&path).expect("created");
        let actor = Actor { user: "u".into(), time: "2024-10-01T00:00:00Z".into(), reason: None };
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
