//! Results -> originals, byte for byte.
//!
//! Copies beside the originals are removed; files that were replaced are
//! written back from the edit list. Only a file that is as it was published is
//! touched: one that somebody changed since is named, and nothing is undone.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::apply::{Site, digest_of, part_name};
use super::book::{BookFile, Manner};
use super::edits::EditList;
use super::journal::{Actor, Journal};
use super::names::{Identity, publish};
use super::splice::{Direction, Swap, prove};
use crate::error::{Error, Result};
use crate::release::Digest;

/// A file that is as it was before the run.
#[derive(Debug, serde::Serialize)]
pub struct Undone {
    /// The original, as typed.
    pub original: String,
    /// Its digest, as it was planned.
    pub digest: Digest,
}

/// A file that was written back and has not its name yet.
struct Ready {
    part: PathBuf,
    target: PathBuf,
    published: Identity,
}

/// Takes back what was applied; `progress` is told the bytes.
///
/// # Errors
/// A result is not as it was published, or reading or writing failed. All files
/// are looked at before the first one is touched.
pub fn undo(
    site: Site,
    journal: &mut Journal,
    actor: &Actor,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Undone>> {
    let all = || site.book.changing();
    let undone: Vec<Undone> = all().map(|(file, _)| undone(file)).collect();
    match site.book.write {
        Manner::Beside | Manner::Annotate => {
            let mut copies = Vec::new();
            for (file, output) in all() {
                copies.extend(copy_to_remove(site, file, output)?);
                progress(file.size);
            }
            journal.write("undoing", actor, &json!({ "files": undone }))?;
            for copy in copies {
                fs::remove_file(&copy).map_err(|error| Error::unwritable(&copy, &error))?;
            }
        }
        Manner::InPlace => {
            let mut ready = Vec::new();
            let restored =
                all().try_for_each(|(file, _)| restore(site, file, &mut ready, &mut progress));
            let announced = restored
                .and_then(|()| journal.write("undoing", actor, &json!({ "files": undone })));
            if let Err(error) = announced {
                ready.iter().for_each(|one| drop(fs::remove_file(&one.part)));
                return Err(error);
            }
            for one in ready {
                publish(&one.part, &one.target, Some(&one.published))?;
            }
        }
    }
    journal.write("undone", actor, &json!({ "files": undone }))?;
    Ok(undone)
}

fn undone(file: &BookFile) -> Undone {
    Undone { original: file.path.to_string_lossy().into_owned(), digest: file.digest }
}

fn changed(path: &Path) -> Error {
    Error::refused("the file was changed after it was written by this run")
        .at(path)
        .hint("nothing was undone; keep what was changed elsewhere, or undo it by hand")
}

/// The copy, if it stands there; it must be the one that was published.
fn copy_to_remove(site: Site, file: &BookFile, output: &Path) -> Result<Option<PathBuf>> {
    let copy = site.root.join(output);
    if copy.symlink_metadata().is_err() {
        return Ok(None);
    }
    let list = site.book.edits(site.root, file)?;
    let proof = prove(&copy, &list, []).map_err(|_| changed(&copy))?;
    if proof.reversed == file.digest { Ok(Some(copy)) } else { Err(changed(&copy)) }
}

/// Writes the original back under a name of its own, and proves it.
fn restore(
    site: Site,
    file: &BookFile,
    ready: &mut Vec<Ready>,
    progress: &mut impl FnMut(u64),
) -> Result<()> {
    let path = site.base.join(&file.path);
    let target = fs::canonicalize(&path).map_err(|error| Error::unreadable(&path, &error))?;
    let list = site.book.edits(site.root, file)?;
    let published = Identity::of_replaceable(&target)?;
    let part = part_name(&target);
    let _ = fs::remove_file(&part);
    match write_back(&target, &list, &part, progress) {
        Ok(Some(digest)) if digest == file.digest => {
            ready.push(Ready { part, target, published });
            Ok(())
        }
        Ok(_) => {
            let _ = fs::remove_file(&part);
            // An undo that was interrupted behind this file left the original.
            let now = digest_of(&target, &mut |_| {})?;
            if now == file.digest { Ok(()) } else { Err(changed(&target)) }
        }
        Err(error) => {
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

/// Reverses the edits of a file into another one; the digest of what was
/// written, read back from the disk. `None` where the file does not hold the edits.
fn write_back(
    target: &Path,
    list: &EditList,
    part: &Path,
    progress: &mut impl FnMut(u64),
) -> Result<Option<Digest>> {
    let unreadable = |error| Error::unreadable(target, &error);
    let unwritable = |error| Error::unwritable(part, &error);
    let mut source = File::open(target).map_err(unreadable)?;
    let mut copy = File::create_new(part).map_err(unwritable)?;
    let mut swap = Swap::new(list, Direction::Backward);
    let (mut bytes, mut out) = (vec![0; 1 << 18], Vec::new());
    loop {
        let read = source.read(&mut bytes).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        out.clear();
        if swap.feed(&bytes[..read], &mut out).is_err() {
            return Ok(None);
        }
        copy.write_all(&out).map_err(unwritable)?;
        progress(read as u64);
    }
    out.clear();
    if !swap.end(&mut out) {
        return Ok(None);
    }
    copy.write_all(&out).map_err(unwritable)?;
    let permissions = fs::metadata(target).map_err(unreadable)?.permissions();
    copy.set_permissions(permissions).and_then(|()| copy.sync_all()).map_err(unwritable)?;
    digest_of(part, &mut |_| {}).map(Some)
}
