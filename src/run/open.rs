//! A run folder that was published, opened to be applied, verified or undone.
//!
//! What happened to it stands in its journal; what is on the disk decides. The
//! journal is checked whenever the folder is opened: an entry that was changed,
//! or a plan that is not the one of the journal, is refused by name.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::apply::Site;
use super::book::Book;
use super::folder::LOCK;
use super::journal::Journal;
use super::names::number;
use super::standing::digest_of;
use super::stored_path::stored;
use crate::error::{Error, Result};

/// The journal in a run folder.
pub const JOURNAL: &str = "journal.ndjson";

/// An opened run folder.
#[derive(Debug)]
pub struct OpenRun {
    /// The folder.
    pub root: PathBuf,
    /// The folder against which paths were typed.
    pub base: PathBuf,
    /// The plan.
    pub book: Book,
    /// The journal.
    pub journal: Journal,
    /// The entries that the journal holds.
    pub entries: Vec<Value>,
    /// Held as long as the run is open: two programs never write to it at once.
    _lock: File,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was written yet.
    Planned,
    /// It was begun and not finished.
    Interrupted,
    /// All results stand.
    Applied,
    /// An undo was begun and not finished.
    UndoInterrupted,
    /// The results were taken back.
    Undone,
}

impl Stage {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Stage::Planned => "planned, nothing applied",
            Stage::Interrupted => "interrupted while it was applied: run `codeturn apply` again",
            Stage::Applied => "applied",
            Stage::UndoInterrupted => "interrupted while it was undone: run `codeturn undo` again",
            Stage::Undone => "undone",
        }
    }
}

impl OpenRun {
    /// Opens a run folder.
    ///
    /// # Errors
    /// It is none, it was tampered with, or another program is at work in it.
    pub fn open(root: &Path) -> Result<OpenRun> {
        let path = root.join(JOURNAL);
        if !path.exists() {
            return Err(Error::refused("it is no run folder: it has no journal")
                .at(root)
                .hint("name the folder that was given as --out"));
        }
        let lock = lock(root)?;
        let (journal, entries) = Journal::open(&path)?;
        let book = Book::read(root)?;
        let planned = entries.iter().find(|entry| entry["event"] == "planned");
        let own = planned.and_then(|entry| entry["plan"].as_str());
        if own != Some(book.digest.to_string().as_str()) {
            return Err(Error::refused("the plan is not the one that the journal names")
                .at(root.join(super::book::PLAN))
                .hint("somebody changed it: plan the run anew"));
        }
        let base = planned.and_then(|entry| stored(&entry["folder"])).unwrap_or_default();
        Ok(OpenRun { root: root.to_owned(), base, book, journal, entries, _lock: lock })
    }

    /// The run at work.
    pub fn site(&self) -> Site<'_> {
        Site { root: &self.root, base: &self.base, book: &self.book }
    }

    /// Where the run stands, by its journal.
    pub fn stage(&self) -> Stage {
        let stages =
            self.entries.iter().rev().filter_map(|entry| match entry["event"].as_str()? {
                "planned" => Some(Stage::Planned),
                "applying" => Some(Stage::Interrupted),
                "applied" => Some(Stage::Applied),
                "undoing" => Some(Stage::UndoInterrupted),
                "undone" => Some(Stage::Undone),
                _ => None,
            });
        stages.into_iter().next().unwrap_or(Stage::Planned)
    }

    /// The last entry of an event.
    pub fn last(&self, event: &str) -> Option<&Value> {
        self.entries.iter().rev().find(|entry| entry["event"] == event)
    }

    /// Who signed this plan, if anybody did.
    pub fn approval(&self) -> Option<&Value> {
        let digest = self.book.digest.to_string();
        self.last("approved").filter(|entry| entry["plan"] == digest.as_str())
    }

    /// Whether a signature is that of a second person, as far as names tell: neither
    /// the login nor the name is that of who planned the run or made its decisions.
    pub fn is_second_person(&self, user: &str, name: &str) -> bool {
        let planned = self.last("planned");
        let said = |what: &str| planned.and_then(|entry| entry[what].as_str());
        let decided = self.book.decided.iter().flat_map(|decided| &decided.by);
        let first = [said("user"), said("decided_by")].into_iter().flatten();
        let first: Vec<&str> = first.chain(decided.map(String::as_str)).collect();
        let is_first = |name: &str| {
            first.iter().any(|first| first.trim().to_lowercase() == name.trim().to_lowercase())
        };
        !is_first(user) && !is_first(name)
    }

    /// Refuses a report that is not the one that was written with the plan: it is
    /// what was read before the plan was signed.
    ///
    /// # Errors
    /// All papers that are other ones, or gone.
    pub fn refuse_other_papers(&self) -> Result<()> {
        let papers = self.last("planned").and_then(|entry| entry["papers"].as_object());
        let other = |(name, digest): (&String, &Value)| {
            let path = self.root.join(name);
            match digest_of(&path, &mut |_| Ok(())) {
                Ok(found) if digest.as_str() == Some(found.to_string().as_str()) => None,
                Ok(_) => Some(
                    Error::refused("it is not the one that was written with the plan")
                        .at(&path)
                        .hint("somebody changed it: plan the run anew"),
                ),
                Err(error) => Some(error),
            }
        };
        Error::all(papers.into_iter().flatten().filter_map(other).collect()).map_or(Ok(()), Err)
    }

    /// Where a path that was typed leads.
    pub fn typed(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }
}

fn lock(root: &Path) -> Result<File> {
    let path = root.join(LOCK);
    let failed = |error: &std::io::Error| Error::unwritable(&path, error);
    let at_work = || {
        Error::refused("another program is at work in it")
            .at(root)
            .hint("wait until it has finished")
    };
    let file = File::create(&path).map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(at_work()),
        Err(TryLockError::Error(error)) => return Err(failed(&error)),
    }
    // The run that was just published removes its own lock: one that is gone
    // from the folder binds nobody.
    let locked = file.metadata().map_err(|error| failed(&error))?;
    match fs::metadata(&path) {
        Ok(named) if number(&named) == number(&locked) => Ok(file),
        _ => Err(at_work()),
    }
}
