//! Results -> originals, byte for byte.
//!
//! Copies beside the originals are removed; files that were replaced are
//! written back from the edit list. Only a file that is as it was published is
//! touched: one that somebody changed since is named, and nothing is undone.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::apply::{Age, Site};
use super::book::{BookFile, Manner};
use super::each::each;
use super::edits::EditList;
use super::journal::{Actor, Journal};
use super::names::{Identity, publish, sync_parent};
use super::originals::Original;
use super::parts::{self, Becomes};
use super::plain::is_missing;
use super::rewrite::rewrite;
use super::splice::Direction;
use super::standing::Standing;
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

/// What an undo came to.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// What this call took back.
    pub done: Vec<Undone>,
    /// What was so before it: by a call that was interrupted, or by hand.
    pub already: Vec<Undone>,
    /// Originals beside the copies that are not what was planned.
    pub changed: Vec<PathBuf>,
}

/// What there is to do for one file when all were looked at.
enum Step {
    /// The copy goes.
    Remove(PathBuf),
    /// The original was written back and has not its name yet.
    Restore { part: PathBuf, target: PathBuf, result: Identity },
}

impl Step {
    fn discard(&self) {
        if let Step::Restore { part, .. } = self {
            let _ = parts::remove(part);
        }
    }
}

/// Takes back what was applied, earlier or by a call that was interrupted;
/// `progress` is told the bytes, and may stop the work before anything was touched.
///
/// # Errors
/// A result is not as it was published, a copy is the last that holds its records, or
/// reading or writing failed. All files are looked at before the first one is touched.
pub fn undo(
    site: Site,
    age: Age,
    journal: &mut Journal,
    actor: &Actor,
    progress: impl Fn(u64) -> Result<()> + Sync,
) -> Result<TakenBack> {
    let run_id = journal.run_id();
    if age == Age::Earlier {
        parts::clear_unannounced(site, &run_id)?;
    }
    let changed = refuse_last_copies(site, &progress)?;
    let mut back = TakenBack { changed, ..TakenBack::default() };
    let mut steps = Vec::new();
    let looked = site.book.changing().try_for_each(|(file, output)| {
        let step = step(site, &run_id, file, output, &mut |bytes| progress(bytes))?;
        let of = if step.is_some() { &mut back.done } else { &mut back.already };
        of.push(undone(file));
        steps.extend(step);
        Ok(())
    });
    let what = json!({ "files": back.done, "already": back.already });
    let announced = looked.and_then(|()| journal.write("undoing", actor, &what));
    if let Err(error) = announced {
        steps.iter().for_each(Step::discard);
        return Err(error);
    }
    for (at, step) in steps.iter().enumerate() {
        if let Err(error) = take(site, step) {
            steps[at + 1..].iter().for_each(Step::discard);
            return Err(half_way(error));
        }
    }
    journal.write("undone", actor, &what).map_err(half_way)?;
    Ok(back)
}

/// A copy goes only where its original still is what it was; says which originals without a
/// copy are not.
fn refuse_last_copies(
    site: Site,
    progress: &(impl Fn(u64) -> Result<()> + Sync),
) -> Result<Vec<PathBuf>> {
    if site.book.write == Manner::InPlace {
        return Ok(Vec::new());
    }
    let changing: Vec<(&BookFile, &Path)> = site.book.changing().collect();
    // The bar counts copies; here the user may only stop.
    let found = each(&changing, |(file, _)| Original::of(site, file, |_| progress(0)))?;
    let (mut changed, mut last) = (Vec::new(), Vec::new());
    for ((file, output), original) in changing.into_iter().zip(found) {
        let has_copy = !is_missing(&site.root.join(output))?;
        match original? {
            Original::AsPlanned => {}
            Original::Changed if has_copy => last.push(
                Error::refused(
                    "the original is not as it was planned: its copy is the last that holds \
                     what it held",
                )
                .at(site.base.join(&file.path))
                .hint(
                    "nothing was undone; put the original back from a backup, or move the copy \
                     out of the run folder to keep it",
                ),
            ),
            Original::Changed => changed.push(site.base.join(&file.path)),
            Original::Gone if has_copy => last.push(
                Error::refused("the original is gone: its copy is the last that holds its records")
                    .at(site.base.join(&file.path))
                    .hint("nothing was undone; put the original back, or keep the copy"),
            ),
            Original::Gone => changed.push(site.base.join(&file.path)),
        }
    }
    Error::all(last).map_or(Ok(changed), Err)
}

fn undone(file: &BookFile) -> Undone {
    Undone { original: file.path.to_string_lossy().into_owned(), digest: file.digest }
}

fn changed(path: &Path) -> Error {
    Error::refused("the file was changed after it was written by this run")
        .at(path)
        .hint("nothing was undone; keep the changed file elsewhere, put a backup in its place, undo again")
}

fn half_way(error: Error) -> Error {
    let more = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    error.hint(format!("some files may be restored already: `codeturn undo RUN` goes on{more}"))
}

/// What has to be done for a file; nothing of it is visible yet.
fn step(
    site: Site,
    run_id: &str,
    file: &BookFile,
    output: &Path,
    progress: &mut impl FnMut(u64) -> Result<()>,
) -> Result<Option<Step>> {
    let target = parts::target(site, file, output)?;
    let list = site.book.edits(site.root, file)?;
    match (Standing::of(&target, &list, file.digest)?, site.book.write) {
        (Standing::Result(_), Manner::Beside | Manner::Annotate) => {
            progress(file.size)?;
            Ok(Some(Step::Remove(target)))
        }
        // An apply or an undo that was interrupted: there is no copy, or no more.
        (Standing::Missing, Manner::Beside | Manner::Annotate) => {
            parts::remove(&parts::part_name(&target, run_id, Becomes::Result))?;
            parts::remove_empty_folders(site.root, &target);
            Ok(None)
        }
        (Standing::Result(_), Manner::InPlace) => {
            parts::clear_beside_result(&target, run_id, file.digest, site.book.write)?;
            let part = parts::part_name(&target, run_id, Becomes::Original);
            restore(file, &list, target, part, progress).map(Some)
        }
        (Standing::Original, Manner::InPlace) => {
            parts::clear_beside_original(&target, run_id, &list, file.digest)?;
            // That undo may have ended before the name was safe.
            sync_parent(&target)?;
            Ok(None)
        }
        _ => Err(changed(&target)),
    }
}

/// Writes the original back under a name of its own, and proves it.
fn restore(
    file: &BookFile,
    list: &EditList,
    target: PathBuf,
    part: PathBuf,
    progress: &mut impl FnMut(u64) -> Result<()>,
) -> Result<Step> {
    let result = Identity::of_replaceable(&target, Becomes::Original)?;
    let written = write_back(file, list, &target, &part, progress);
    match written {
        Ok(true) => Ok(Step::Restore { part, target, result }),
        other => {
            let _ = parts::remove(&part);
            other.and_then(|_| Err(changed(&target)))
        }
    }
}

/// Takes the edits of a file back, into another one; whether that is the original.
fn write_back(
    file: &BookFile,
    list: &EditList,
    target: &Path,
    part: &Path,
    progress: &mut impl FnMut(u64) -> Result<()>,
) -> Result<bool> {
    let mut copy = parts::create(part)?;
    let proof = rewrite(target, (list, Direction::Backward), &mut copy, part, progress)?;
    if !proof.is_ok_and(|proof| proof.copy == file.digest) {
        return Ok(false);
    }
    parts::keep_mode_and_owner(target, part, &copy, Becomes::Original)?;
    copy.sync_all().map_err(|error| Error::unwritable(part, &error))?;
    Ok(true)
}

/// Does it: each file in one step.
fn take(site: Site, step: &Step) -> Result<()> {
    match step {
        Step::Restore { part, target, result } => publish(part, target, Some(result)),
        Step::Remove(copy) => {
            fs::remove_file(copy).map_err(|error| Error::unwritable(copy, &error))?;
            sync_parent(copy)?;
            parts::remove_empty_folders(site.root, copy);
            Ok(())
        }
    }
}
