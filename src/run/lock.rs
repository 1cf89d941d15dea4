//! Who may come into a run folder, and that only one program is at work in it.
//!
//! A run folder is for its owner alone, until the owner opens it to a group. What is
//! kept for years lies on disks that can only be read: there it is looked at without
//! a lock, for nobody can be at work in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::folder::LOCK;
use super::names::number;
use crate::error::{Error, Result};

/// What is to be done with a run folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It goes on: the journal gets entries.
    Write,
    /// It is looked at.
    Read,
}

/// Holds the lock of a run folder. `None` where it is only looked at and has no lock
/// that could be held.
///
/// # Errors
/// Another program is at work in it, or it cannot be written.
pub(super) fn lock(root: &Path, access: Access) -> Result<Option<File>> {
    let path = root.join(LOCK);
    let failed = |error: &io::Error| unshared(root, Error::unwritable(&path, error), error);
    let at_work = || {
        Error::refused("another program is at work in it")
            .at(root)
            .hint("wait until it has finished")
    };
    let file = match File::create(&path) {
        Ok(file) => {
            share(&file, root);
            file
        }
        // Somebody else's binds as well: nothing is written into it.
        Err(error) => match (File::open(&path), access, error.kind()) {
            (Ok(file), _, ErrorKind::PermissionDenied)
            | (Ok(file), Access::Read, ErrorKind::ReadOnlyFilesystem) => file,
            (Err(_), Access::Read, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                return Ok(None);
            }
            _ => return Err(failed(&error)),
        },
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(at_work()),
        // Some file systems lock only what may be written.
        Err(TryLockError::Error(_)) if access == Access::Read => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(failed(&error)),
    }
    // The run that was just published removes its own lock: one that is gone
    // from the folder binds nobody.
    let locked = file.metadata().map_err(|error| failed(&error))?;
    match fs::metadata(&path) {
        Ok(named) if number(&named) == number(&locked) => Ok(Some(file)),
        _ => Err(at_work()),
    }
}

/// Whoever may write in the folder may hold its lock, whoever made it first.
#[cfg(unix)]
fn share(lock: &File, root: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let (Ok(folder), Ok(own)) = (fs::metadata(root), lock.metadata()) else { return };
    let mode = folder.mode() & 0o666;
    if folder.mode() & 0o070 == 0 || (own.mode() & 0o666, own.gid()) == (mode, folder.gid()) {
        return;
    }
    // Where that fails, it can still be read, and so be held.
    let _ = fchown(lock, None, Some(folder.gid()));
    let _ = lock.set_permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn share(_: &File, _: &Path) {}

/// There is a run folder, and it may be entered.
///
/// # Errors
/// It is none, it is not there, or it is another user's.
pub(super) fn refuse_none(root: &Path, journal: &Path) -> Result<()> {
    let Err(error) = fs::metadata(journal) else { return Ok(()) };
    if error.kind() == ErrorKind::PermissionDenied {
        let refused = Error::refused("no permission to enter it: it is another user's").at(root);
        return Err(unshared(root, refused, &error));
    }
    if root.symlink_metadata().is_err() {
        return Err(Error::unreadable(root, &error));
    }
    Err(Error::refused("it is no run folder: it has no journal")
        .at(root)
        .hint("name the folder that was given as --out"))
}

/// Where a permission is lacking: what the owner of the folder can do about it.
pub(super) fn unshared(root: &Path, refused: Error, error: &io::Error) -> Error {
    if error.kind() != ErrorKind::PermissionDenied {
        return refused;
    }
    if cfg!(not(unix)) {
        return refused.hint("its owner can give you access to the folder and all that is in it");
    }
    refused.hint(format!(
        "a run folder is for its owner alone, until the owner opens it to a group of both: \
         `chgrp -R GROUP {0}` and `chmod -R g+rwX {0}`",
        root.display()
    ))
}
