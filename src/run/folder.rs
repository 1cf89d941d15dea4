//! The run folder: built as `RUN.part`, named `RUN` when everything is in it.
//!
//! A run folder exists only whole. What a failed run leaves is removed; what a
//! killed run leaves is called `.part` and is replaced by the next run of the
//! same name, unless that one is still at work.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::names::{parent_of, rename_new};
use crate::error::{Error, Result};

/// A run folder while it is built.
#[derive(Debug)]
pub struct RunFolder {
    part: PathBuf,
    target: PathBuf,
    lock: Option<File>,
    is_published: bool,
}

/// Held by the program that is at work in a run folder.
pub(super) const LOCK: &str = "lock";

/// All that stands in a run folder by name, while it is built and later.
const HOLDS: [&str; 16] = [
    LOCK,
    "plan.json",
    "summary.json",
    "journal.ndjson",
    "report.html",
    "report.xlsx",
    "changes.csv",
    "list-changes.csv",
    "list-changes.xlsx",
    "worklist.csv",
    "worklist-codes.csv",
    "worklist.xlsx",
    "decisions.csv",
    "decided-map.csv",
    "edits",
    "migrated",
];

/// Whether a run folder may hold something of that name.
fn holds(name: &str) -> bool {
    // Workbooks go on in numbered files; what they are made of while they are written
    // has a name on some systems.
    let first = name.strip_suffix(".xlsx").and_then(|stem| {
        let (stem, number) = stem.rsplit_once('-')?;
        number.parse::<u32>().is_ok().then(|| format!("{stem}.xlsx"))
    });
    HOLDS.contains(&first.as_deref().unwrap_or(name)) || name.starts_with(".tmp")
}

impl RunFolder {
    /// Begins a run folder that will be called `target`.
    ///
    /// # Errors
    /// It is there already, another run builds it, or it cannot be made.
    pub fn begin(target: &Path) -> Result<RunFolder> {
        refuse_existing(target)?;
        refuse_without_parent(target)?;
        let mut name = target
            .file_name()
            .map(ToOwned::to_owned)
            .ok_or_else(|| Error::usage("--out must name a folder").at(target))?;
        name.push(".part");
        let part = target.with_file_name(name);
        clear_abandoned(&part)?;
        make_private(&part).map_err(|error| Error::unwritable(&part, &error))?;
        let lock_path = part.join(LOCK);
        let lock = File::create(&lock_path).map_err(|error| {
            // Without its lock nobody could tell whose it is.
            let _ = fs::remove_dir(&part);
            Error::unwritable(&lock_path, &error)
        })?;
        lock.try_lock().map_err(|_| at_work(&part))?;
        Ok(RunFolder { part, target: target.to_owned(), lock: Some(lock), is_published: false })
    }

    /// The path of something inside, while it is built.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        let name = name.as_ref();
        // What is not known could not be told from what somebody laid there.
        let first = name.iter().next();
        debug_assert!(
            first.is_none_or(|first| first.to_str().is_some_and(holds)),
            "{}",
            name.display()
        );
        self.part.join(name)
    }

    /// Makes a folder inside.
    ///
    /// # Errors
    /// The disk is full.
    pub fn make(&self, name: &Path) -> Result<PathBuf> {
        let path = self.part.join(name);
        fs::create_dir_all(&path).map_err(|error| Error::unwritable(&path, &error))?;
        Ok(path)
    }

    /// Brings what is written so far to disk, as long as something else is still at work.
    ///
    /// # Errors
    /// The disk failed. It tells this once: who asked must not go on.
    pub fn sync(&self) -> Result<()> {
        sync_all_below(&self.part).map_err(|error| Error::unwritable(&self.part, &error))
    }

    /// Gives the folder its name: everything in it is safe on disk.
    ///
    /// The lock goes last: until the folder has its name, it is seen by the lock
    /// that it is one of ours.
    ///
    /// # Errors
    /// Something of that name appeared meanwhile, or the disk failed.
    pub fn publish(mut self) -> Result<PathBuf> {
        let failed = |path: &Path, error: &io::Error| Error::unwritable(path, error);
        self.sync()?;
        refuse_existing(&self.target)?;
        if cfg!(windows) {
            // There, no folder in which a file is open can be renamed.
            self.lock = None;
        }
        rename_new(&self.part, &self.target).map_err(|error| failed(&self.target, &error))?;
        self.is_published = true;
        // An empty file too many is no reason to fail.
        let _ = fs::remove_file(self.target.join(LOCK));
        let parent = parent_of(&self.target);
        sync_folder(parent).map_err(|error| {
            failed(parent, &error).hint(format!(
                "the run is complete in {}, but the disk did not confirm its name",
                self.target.display()
            ))
        })?;
        Ok(self.target.clone())
    }
}

impl Drop for RunFolder {
    /// What was not published is not left behind.
    fn drop(&mut self) {
        if !self.is_published {
            // Nothing better can be done here; the next run clears it.
            let _ = remove(&self.part);
        }
    }
}

fn refuse_existing(target: &Path) -> Result<()> {
    // Not `exists`: a dangling link counts as well.
    if target.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Error::refused("the folder for the results is already there")
        .at(target)
        .hint("choose another --out: a run never overwrites another one"))
}

fn refuse_without_parent(target: &Path) -> Result<()> {
    match target.parent() {
        Some(parent) if parent != Path::new("") && !parent.is_dir() => {
            Err(Error::refused("the folder that --out lies in does not exist")
                .at(parent)
                .hint("make it first, or choose another --out"))
        }
        _ => Ok(()),
    }
}

/// Removes what a killed run left, unless a run is still at work in it.
fn clear_abandoned(part: &Path) -> Result<()> {
    if part.symlink_metadata().is_err() {
        return Ok(());
    }
    // Killed before it had its lock, or behind its removal: nothing is in it.
    if fs::remove_dir(part).is_ok() {
        return Ok(());
    }
    let Ok(lock) = File::open(part.join(LOCK)) else {
        return Err(Error::refused(
            "a folder stands where the run is to be built, and it is none of ours",
        )
        .at(part)
        .hint("move it away, or choose another --out"));
    };
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        return Err(at_work(part));
    }
    if let Some(other) = of_others(part).map_err(|error| Error::unreadable(part, &error))? {
        return Err(Error::refused(
            "a folder stands where the run is to be built, and it holds what no run leaves",
        )
        .at(other)
        .hint("move it away, or choose another --out"));
    }
    remove(part).map_err(|error| Error::unwritable(part, &error))
}

/// The first thing that a killed run cannot have left.
fn of_others(part: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(part)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        // Copies are written when the journal has begun.
        let is_early = name == "migrated" && !part.join("journal.ndjson").exists();
        if is_early || !name.to_str().is_some_and(holds) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The lock goes last: what is killed in between can still be told to be ours.
fn remove(part: &Path) -> io::Result<()> {
    for entry in fs::read_dir(part)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    fs::remove_file(part.join(LOCK))?;
    fs::remove_dir(part)
}

fn at_work(part: &Path) -> Error {
    Error::refused("another run is at work in it")
        .at(part)
        .hint("wait for it, or choose another --out")
}

/// For its owner only: it holds health information.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

fn sync_all_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all_below(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// What was written with the plan cannot be read.
pub(super) fn lost(path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::refused("it was written with the plan, and is gone")
            .at(path)
            .hint("put it back from a backup of the run folder, or plan the run anew"),
        _ => Error::unreadable(path, error),
    }
}

/// Makes the names in a folder durable, where the system can.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
