//! A run folder that was published, opened to be applied, verified or undone.
//!
//! What happened to it stands in its journal; what is on the disk decides. The
//! journal is checked whenever the folder is opened: an entry that was changed,
//! or a plan that is not the one of the journal, is refused by name.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::apply::Site;
use super::book::Book;
use super::journal::Journal;
use super::lock::{self, Access};
use super::place::RunPlace;
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
    /// Where it stands, and stood when it was planned.
    pub place: RunPlace,
    /// The plan.
    pub book: Book,
    /// The journal.
    pub journal: Journal,
    /// The entries that the journal holds.
    pub entries: Vec<Value>,
    /// Held as long as the run is open: two programs never write to it at once.
    _lock: Option<File>,
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
    /// Opens a run folder to go on with it.
    ///
    /// # Errors
    /// It is none, it is another user's, it was tampered with, it cannot be written, or
    /// another program is at work in it.
    pub fn open(root: &Path) -> Result<OpenRun> {
        OpenRun::open_as(root, Access::Write)
    }

    /// Opens a run folder to look at it, also where nothing can be written: in an
    /// archive, or by somebody who may only read.
    ///
    /// # Errors
    /// It is none, it was tampered with, or another program is at work in it.
    pub fn open_to_read(root: &Path) -> Result<OpenRun> {
        OpenRun::open_as(root, Access::Read)
    }

    fn open_as(root: &Path, access: Access) -> Result<OpenRun> {
        let path = root.join(JOURNAL);
        lock::refuse_none(root, &path)?;
        let lock = lock::lock(root, access)?;
        let (journal, entries) = match (Journal::open(&path, Access::Write), access) {
            // Without a lock nothing is written, even where it could be.
            (_, Access::Read) if lock.is_none() => Journal::open(&path, Access::Read)?,
            (Err(_), Access::Read) => Journal::open(&path, Access::Read)?,
            (opened, _) => opened?,
        };
        let book = Book::read(root)?;
        let planned = entries.iter().find(|entry| entry["event"] == "planned");
        let own = planned.and_then(|entry| entry["plan"].as_str());
        if own != Some(book.digest.to_string().as_str()) {
            return Err(Error::refused("the plan is not the one that the journal names")
                .at(root.join(super::book::PLAN))
                .hint("somebody changed it: plan the run anew"));
        }
        let path_of = |what: &str| planned.and_then(|entry| stored(&entry[what]));
        let base = path_of("folder").unwrap_or_default();
        let place = RunPlace::of(root, path_of("run_in"));
        Ok(OpenRun { root: root.to_owned(), base, place, book, journal, entries, _lock: lock })
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

    /// Who signed this plan, if anybody did: the last one who was a second person, for
    /// that signature stands whoever else signs as well. Whoever signs after an undo
    /// signs the redo, and then these signatures count alone.
    pub fn approval(&self) -> Option<&Value> {
        let digest = self.book.digest.to_string();
        let signed = |entry: &Value| entry["event"] == "approved" && entry["plan"] == *digest;
        let among = |entries: &'_ [Value]| {
            let signed = || entries.iter().enumerate().rev().filter(|(_, entry)| signed(entry));
            let second = signed().find(|(_, entry)| entry["second_person"] != false);
            second.or_else(|| signed().next()).map(|(at, _)| at)
        };
        let undone = self.entries.iter().rposition(|entry| entry["event"] == "undone");
        let redo = undone.map_or(0, |at| at + 1);
        let at = among(&self.entries[redo..]).map(|at| redo + at);
        at.or_else(|| among(&self.entries)).map(|at| &self.entries[at])
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

    /// The papers that are not those that were written with the plan, or are gone: they
    /// are what was read before the plan was signed.
    pub fn other_papers(&self) -> Vec<Error> {
        let papers = self.last("planned").and_then(|entry| entry["papers"].as_object());
        let hint = match self.stage() {
            Stage::Planned | Stage::Undone => "put it back from a backup, or plan the run anew",
            Stage::Applied | Stage::Interrupted | Stage::UndoInterrupted => {
                "what was applied does not rest on it; put it back from a backup, and sort or fill a copy"
            }
        };
        let other = |(name, digest): (&String, &Value)| {
            let path = self.root.join(name);
            let what = match digest_of(&path, &mut |_| Ok(())) {
                Ok(found) if *digest == *found.to_string() => return None,
                Ok(_) => "it is not the one that was written with the plan: somebody changed it",
                Err(_) if path.symlink_metadata().is_err() => {
                    "it was written with the plan, and is gone"
                }
                Err(error) => return Some(error),
            };
            Some(Error::refused(what).at(&path).hint(hint))
        };
        papers.into_iter().flatten().filter_map(other).collect()
    }

    /// Refuses papers that are not those that were written with the plan.
    ///
    /// # Errors
    /// All papers that are other ones, or gone.
    pub fn refuse_other_papers(&self) -> Result<()> {
        Error::all(self.other_papers()).map_or(Ok(()), Err)
    }

    /// Where a path that was typed leads, behind all links.
    pub fn typed(&self, path: &Path) -> PathBuf {
        let path = self.base.join(path);
        path.canonicalize().unwrap_or(path)
    }
}
