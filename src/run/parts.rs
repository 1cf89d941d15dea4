//! Files that have not their name yet, and what an interrupted run left of them.
//!
//! What is written lies beside its target under a name that no other run has.
//! When names are exchanged, what was displaced has that name for a moment: so
//! what a killed run left is looked at before it is removed.

use std::ffi::OsString;
use std::fs::{self, File, FileTimes, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::apply::Site;
use super::book::{BookFile, Manner};
use super::edits::EditList;
use super::folder::sync_folder;
use super::names::{parent_of, undecided};
use super::splice::{Proof, look};
use super::standing::digest_of;
use super::unmoved::unreadable;
use crate::error::{Error, Result};
use crate::release::Digest;

/// What a part is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// The result of a run.
    Result,
    /// The original again.
    Original,
}

/// Longer names get no longer: file systems allow 255 bytes.
const LONGEST: usize = 200;

/// What a file is called before it has its name.
pub fn part_name(target: &Path, run_id: &str, becomes: Becomes) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    let mut part = OsString::from(".");
    if name.len() > LONGEST {
        let hash = blake3::hash(name.as_encoded_bytes()).to_hex();
        part.push(&hash[..16]);
    } else {
        part.push(name);
    }
    part.push(format!(".codeturn-{run_id}."));
    part.push(match becomes {
        Becomes::Result => "part",
        Becomes::Original => "undo",
    });
    target.with_file_name(part)
}

/// Creates a part, for its owner alone until it is complete.
///
/// # Errors
/// It is there already, or cannot be written.
pub fn create(part: &Path) -> Result<File> {
    create_private(part).map_err(|error| Error::unwritable(part, &error))
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// A copy is as private as its original, and as old.
///
/// # Errors
/// The disk failed.
pub fn keep_mode_and_time(original: &Path, part: &Path, copy: &File) -> Result<()> {
    let metadata = fs::metadata(original).map_err(|error| Error::unreadable(original, &error))?;
    let keep = || {
        copy.set_permissions(metadata.permissions())?;
        copy.set_times(FileTimes::new().set_modified(metadata.modified()?))
    };
    keep().map_err(|error| Error::unwritable(part, &error))
}

/// What takes the place of a file is as private, and belongs to the same user and
/// group. Its time is new, for backups must see the change.
///
/// # Errors
/// The file belongs to somebody else, or the disk failed.
pub fn keep_mode_and_owner(
    original: &Path,
    part: &Path,
    copy: &File,
    becomes: Becomes,
) -> Result<()> {
    let metadata = fs::metadata(original).map_err(|error| Error::unreadable(original, &error))?;
    keep_owner(&metadata, copy).map_err(|_| {
        Error::refused("the file belongs to another user or group, and its successor would not")
            .at(original)
            .hint(match becomes {
                Becomes::Result => {
                    "let its owner do it, or write a copy beside it, without --in-place"
                }
                Becomes::Original => "let its owner undo it",
            })
    })?;
    copy.set_permissions(metadata.permissions()).map_err(|error| Error::unwritable(part, &error))
}

#[cfg(unix)]
fn keep_owner(original: &Metadata, copy: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = copy.metadata()?;
    if (own.uid(), own.gid()) == (original.uid(), original.gid()) {
        return Ok(());
    }
    fchown(copy, Some(original.uid()), Some(original.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// Makes the folder of a file, and those around it; their names are safe on disk.
///
/// # Errors
/// The disk is full.
pub fn make_folder_of(path: &Path) -> Result<()> {
    let folder = parent_of(path);
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.is_dir()).collect();
    fs::create_dir_all(folder).map_err(|error| Error::unwritable(folder, &error))?;
    let synced = missing.iter().try_for_each(|made| sync_folder(parent_of(made)));
    synced.map_err(|error| Error::unwritable(folder, &error))
}

/// Removes the folders around a copy that hold nothing any more, up to the run folder.
pub fn remove_empty_folders(root: &Path, copy: &Path) {
    let around = copy.ancestors().skip(1).take_while(|above| *above != root);
    for folder in around {
        // One that holds something stays, and all around it.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Removes a file that may be missing.
///
/// # Errors
/// It is there and stays.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::unwritable(path, &error))
        }
        _ => Ok(()),
    }
}

/// Where a result stands: below the run folder, or where the original does, behind
/// all symbolic links.
///
/// # Errors
/// A file to be replaced is not there, or a symbolic link leads out of the run folder.
pub fn target(site: Site, file: &BookFile, output: &Path) -> Result<PathBuf> {
    match site.book.write {
        Manner::Beside | Manner::Annotate => {
            refuse_links(site.root, output).map(|()| site.root.join(output))
        }
        Manner::InPlace => {
            let path = site.base.join(&file.path);
            fs::canonicalize(&path).map_err(|error| unreadable(&path, &error))
        }
    }
}

/// Results stay in the run folder, which is open to its owner alone: none is written
/// or looked for behind a link.
fn refuse_links(root: &Path, output: &Path) -> Result<()> {
    let mut at = root.to_owned();
    for part in output {
        at.push(part);
        if at.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            return Err(Error::refused("a symbolic link stands where the run has its results")
                .at(at)
                .hint("put what it leads to in its place, or remove it: results stay in the run folder"));
        }
    }
    Ok(())
}

/// The parts that a killed run left.
pub fn left_over(site: Site, run_id: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (file, output) in site.book.changing() {
        let Ok(target) = target(site, file, output) else { continue };
        for becomes in [Becomes::Result, Becomes::Original] {
            let part = part_name(&target, run_id, becomes);
            if part.symlink_metadata().is_ok() {
                found.push(part);
            }
        }
    }
    found
}

/// Removes the parts that a killed run left before it announced anything: they are
/// unfinished, for no names were exchanged. Says which.
///
/// # Errors
/// One stays.
pub fn clear_unannounced(site: Site, run_id: &str) -> Result<Vec<PathBuf>> {
    let left = left_over(site, run_id);
    for part in &left {
        remove(part)?;
        if site.book.write != Manner::InPlace {
            remove_empty_folders(site.root, part);
        }
    }
    Ok(left)
}

/// Removes the parts beside a result that stands.
///
/// # Errors
/// One is neither the original nor ours: somebody else's version was displaced.
pub fn clear_beside_result(
    target: &Path,
    run_id: &str,
    original: Digest,
    manner: Manner,
) -> Result<()> {
    let part = part_name(target, run_id, Becomes::Result);
    // Names are exchanged only in place.
    if manner == Manner::InPlace && part.symlink_metadata().is_ok() {
        let is_original = digest_of(&part, &mut |_| Ok(()))? == original;
        if !is_original {
            return Err(undecided(&part));
        }
    }
    remove(&part)?;
    remove(&part_name(target, run_id, Becomes::Original))
}

/// Removes the parts beside an original that stands.
///
/// # Errors
/// One is neither the result nor ours: somebody else's version was displaced.
pub fn clear_beside_original(
    target: &Path,
    run_id: &str,
    list: &EditList,
    original: Digest,
) -> Result<()> {
    let part = part_name(target, run_id, Becomes::Original);
    if part.symlink_metadata().is_ok() {
        let is_result = |proof: Proof| proof.reversed == original;
        if !look(&part, list)?.is_some_and(is_result) {
            return Err(undecided(&part));
        }
    }
    remove(&part)?;
    remove(&part_name(target, run_id, Becomes::Result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_beside_its_target_and_is_no_longer_than_a_name_may_be() {
        let part = |name: &str| part_name(&Path::new("a").join(name), "1a2b3c4d", Becomes::Result);
        assert_eq!(part("x.csv"), Path::new("a/.x.csv.codeturn-1a2b3c4d.part"));
        let long = part(&"x".repeat(250));
        assert!(long.file_name().is_some_and(|name| name.len() < 255), "{}", long.display());
        assert_ne!(long, part(&"x".repeat(251)));
        assert_ne!(part("x"), part_name(Path::new("a/x"), "1a2b3c4d", Becomes::Original));
    }
}
