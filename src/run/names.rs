//! A finished file gets its name, in one step and never in another's place.

use std::fs;
use std::io;
use std::path::Path;

use super::folder::sync_folder;
use super::parts::Becomes;
use crate::error::{Error, Result};

/// Which file it was that was read: another one under its name is not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The device and the number of the file on it; zeros where the system has none.
    file: (u64, u64),
    size: u64,
    modified: Option<std::time::SystemTime>,
}

impl Identity {
    /// Of a file.
    ///
    /// # Errors
    /// It is not there, or may not be read.
    pub fn of(path: &Path) -> io::Result<Identity> {
        let metadata = fs::metadata(path)?;
        Ok(Identity {
            file: number(&metadata),
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// Of a file that may be replaced.
    ///
    /// # Errors
    /// It has several names, of which only one would be replaced, or may not be written.
    pub fn of_replaceable(path: &Path, becomes: Becomes) -> Result<Identity> {
        let metadata = fs::metadata(path).map_err(|error| Error::unreadable(path, &error))?;
        let hint = |of_result, of_original| match becomes {
            Becomes::Result => of_result,
            Becomes::Original => of_original,
        };
        if links(&metadata) > 1 {
            return Err(Error::refused(
                "the file has several names (hard links): only one of them would be replaced",
            )
            .at(path)
            .hint(hint(
                "write a copy beside it, without --in-place",
                "make a file of its own of each name, or remove the others; then undo again",
            )));
        }
        if metadata.permissions().readonly() {
            return Err(Error::refused("the file is read-only").at(path).hint(hint(
                "write a copy beside it, without --in-place, or allow writing",
                "allow writing, then undo again",
            )));
        }
        Identity::of(path).map_err(|error| Error::unreadable(path, &error))
    }
}

#[cfg(unix)]
pub(super) fn number(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn number(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(unix)]
fn links(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_: &fs::Metadata) -> u64 {
    1
}

/// Gives `part` the name `target`, durably. Where a file of that identity is to
/// be replaced, it must be the one that stands there; else nothing may stand there.
/// A part that did not get the name is removed.
///
/// # Errors
/// Another file stands there, or the disk failed.
pub fn publish(part: &Path, target: &Path, replaced: Option<&Identity>) -> Result<()> {
    let named = match replaced {
        None => rename_new(part, target)
            .map(|()| Displaced::Nothing)
            .map_err(|error| Error::unwritable(target, &error)),
        Some(identity) => replace(part, target, identity),
    };
    match named {
        Ok(Displaced::Nothing) => sync_parent(target),
        Ok(Displaced::Theirs) => Err(undecided(part)),
        Ok(Displaced::Ours) => {
            // What was displaced goes only when its successor is safe.
            sync_parent(target)?;
            fs::remove_file(part).map_err(|error| Error::unwritable(part, &error))?;
            sync_parent(part)
        }
        Err(error) => {
            let _ = fs::remove_file(part);
            Err(error)
        }
    }
}

/// What a name stood for before it was given away.
enum Displaced {
    /// It is gone, or there was nothing.
    Nothing,
    /// What was read has the name of the part now.
    Ours,
    /// Something else has it, which somebody wrote meanwhile.
    Theirs,
}

/// Exchanges the two names, and looks whether what was displaced is what was read.
#[cfg(target_os = "linux")]
fn replace(part: &Path, target: &Path, identity: &Identity) -> Result<Displaced> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let exchange = || renameat_with(CWD, part, CWD, target, RenameFlags::EXCHANGE);
    match exchange() {
        Ok(()) => {}
        // A file system that cannot exchange names.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            return replace_plainly(part, target, identity);
        }
        Err(error) => return Err(Error::unwritable(target, &error.into())),
    }
    if Identity::of(part).is_ok_and(|displaced| displaced == *identity) {
        return Ok(Displaced::Ours);
    }
    match exchange() {
        Ok(()) => Err(another(target)),
        Err(_) => Ok(Displaced::Theirs),
    }
}

#[cfg(not(target_os = "linux"))]
fn replace(part: &Path, target: &Path, identity: &Identity) -> Result<Displaced> {
    replace_plainly(part, target, identity)
}

/// Between the look and the rename another program may still write: what a
/// system without an exchange of names allows.
fn replace_plainly(part: &Path, target: &Path, identity: &Identity) -> Result<Displaced> {
    if !Identity::of(target).is_ok_and(|found| found == *identity) {
        return Err(another(target));
    }
    fs::rename(part, target).map_err(|error| Error::unwritable(target, &error))?;
    Ok(Displaced::Nothing)
}

fn another(target: &Path) -> Error {
    Error::refused("somebody wrote to the file while it was rewritten; their version stands")
        .at(target)
        .hint("plan the run anew when nobody writes to it")
}

/// What a killed or failed run displaced, and nobody can tell whose it is.
pub(super) fn undecided(part: &Path) -> Error {
    Error::refused("somebody wrote to a file while it was rewritten; this is their version")
        .at(part)
        .hint("keep it under another name if it is wanted, else remove it; then run this again")
}

/// The folder in which a name stands.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// Makes a name durable, or its removal.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    let parent = parent_of(path);
    sync_folder(parent).map_err(|error| Error::unwritable(parent, &error))
}

/// Renames, if nothing has that name yet.
#[cfg(target_os = "linux")]
pub(super) fn rename_new(part: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => rename_plainly(part, target),
        other => other.map_err(Into::into),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn rename_new(part: &Path, target: &Path) -> io::Result<()> {
    rename_plainly(part, target)
}

fn rename_plainly(part: &Path, target: &Path) -> io::Result<()> {
    if target.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(part, target)
}
