//! Plan -> results, each proven before it gets its name.
//!
//! All results are written under names of their own and read back with their
//! edits reversed, and only when every one is proven and on disk do they get
//! their names, one after the other. So a file that changed since the plan is
//! found before anything is published, and a run that is cut off in the middle
//! is finished by running it again: what is on the disk tells what is left to do.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::book::{Book, BookFile, Manner};
use super::edits::EditList;
use super::journal::{Actor, Journal};
use super::names::{Identity, publish, sync_parent};
use super::parts::{self, Becomes};
use super::plain::is_missing;
use super::rewrite::rewrite;
use super::splice::{Direction, Proof};
use super::standing::{Standing, digest_of};
use super::unmoved::{moved, refuse_moved};
use crate::error::{Error, Place, Result};
use crate::release::Digest;

/// A result that was written and proven.
#[derive(Debug, serde::Serialize)]
pub struct Applied {
    /// The original, as typed.
    pub original: String,
    /// The copy, below the run folder; the original itself where it was replaced.
    pub copy: String,
    /// The digest of the original.
    pub original_digest: Digest,
    /// The digest of the copy.
    pub copy_digest: Digest,
    /// How many bytes the copy has.
    pub size: u64,
    /// How many replacements it holds.
    pub replacements: u64,
}

/// A run folder with its plan, at work.
#[derive(Debug, Clone, Copy)]
pub struct Site<'r> {
    /// The run folder.
    pub root: &'r Path,
    /// The folder against which paths were typed.
    pub base: &'r Path,
    /// The plan.
    pub book: &'r Book,
}

/// A result before it has its name.
struct Ready {
    target: PathBuf,
    part: PathBuf,
    /// The file that was read, where it is to be replaced.
    original: Option<Identity>,
    applied: Applied,
}

/// A file of which the result stands already, or is ready to get its name.
enum Step {
    Stands(Applied),
    Ready(Ready),
}

impl Step {
    fn applied(&self) -> &Applied {
        match self {
            Step::Stands(applied) => applied,
            Step::Ready(ready) => &ready.applied,
        }
    }

    fn into_applied(self) -> Applied {
        match self {
            Step::Stands(applied) => applied,
            Step::Ready(ready) => ready.applied,
        }
    }
}

/// How long ago the inputs were read for the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// By this very process: only the files that change are read again.
    JustNow,
    /// Some time ago: every input is held against its digest.
    Earlier,
    /// By a run that was interrupted while it published: what stands already is left.
    Interrupted,
}

/// A run at work.
#[derive(Clone, Copy)]
struct Work<'r> {
    site: Site<'r>,
    age: Age,
    run_id: &'r str,
}

/// Writes and proves the results of all files that change; `progress` is told
/// the bytes, and may stop the work. An interrupted run is finished.
///
/// # Errors
/// An input is not what was planned, a result is not what was planned, or
/// reading or writing failed. No result that is not proven gets its name, and
/// none gets it before all are proven.
pub fn apply(
    site: Site,
    age: Age,
    journal: &mut Journal,
    actor: &Actor,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Vec<Applied>> {
    let run_id = journal.run_id();
    let work = Work { site, age, run_id: &run_id };
    let mut steps = Vec::new();
    let prepared = work.prepare(&mut steps, &mut progress);
    let announced = prepared.and_then(|()| {
        let files: Vec<&Applied> = steps.iter().map(Step::applied).collect();
        journal.write("applying", actor, &json!({ "files": files }))
    });
    if let Err(error) = announced {
        discard(site, &steps);
        return Err(error);
    }
    work.publish(&steps)?;
    let applied: Vec<Applied> = steps.into_iter().map(Step::into_applied).collect();
    journal
        .write("applied", actor, &json!({ "files": applied }))
        .map_err(|error| work.half_way(error, applied.len(), applied.len()))?;
    Ok(applied)
}

/// Results that got no name are not left behind.
fn discard(site: Site, steps: &[Step]) {
    for step in steps {
        if let Step::Ready(ready) = step {
            let _ = parts::remove(&ready.part);
            clear_folders(site, &ready.target);
        }
    }
}

fn clear_folders(site: Site, target: &Path) {
    if site.book.write != Manner::InPlace {
        parts::remove_empty_folders(site.root, target);
    }
}

impl Work<'_> {
    fn prepare(
        self,
        steps: &mut Vec<Step>,
        progress: &mut impl FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        if self.age != Age::JustNow {
            refuse_moved(self.site, self.age)?;
        }
        if self.age == Age::Earlier {
            parts::clear_unannounced(self.site, self.run_id)?;
        }
        for file in &self.site.book.files {
            match &file.output {
                Some(output) => steps.push(self.one(file, output, progress)?),
                None if self.age == Age::JustNow => progress(file.size)?,
                None => {
                    let path = self.site.base.join(&file.path);
                    if digest_of(&path, &mut *progress)? != file.digest {
                        return Err(moved(&path));
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives all results their names. What has none when it fails is removed: it
    /// is made again by the next call.
    fn publish(self, steps: &[Step]) -> Result<()> {
        let mut standing = steps.iter().filter(|step| matches!(step, Step::Stands(_))).count();
        for (at, step) in steps.iter().enumerate() {
            let Step::Ready(ready) = step else { continue };
            if let Err(error) = publish(&ready.part, &ready.target, ready.original.as_ref()) {
                discard(self.site, &steps[at + 1..]);
                return Err(self.half_way(error, standing, steps.len()));
            }
            standing += 1;
        }
        Ok(())
    }

    /// Some results have their names and others do not.
    fn half_way(self, error: Error, standing: usize, all: usize) -> Error {
        if self.age == Age::JustNow {
            return error;
        }
        let more = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        error.hint(format!(
            "{standing} of {all} results have their names: `codeturn apply RUN` finishes the run, \
             `codeturn undo RUN` takes it back{more}"
        ))
    }

    fn one(
        self,
        file: &BookFile,
        output: &Path,
        progress: &mut impl FnMut(u64) -> Result<()>,
    ) -> Result<Step> {
        let Work { site, run_id, .. } = self;
        let list = site.book.edits(site.root, file)?;
        let target = parts::target(site, file, output)?;
        if self.age == Age::Interrupted
            && let Some(proof) = self.stands(file, &list, &target)?
        {
            progress(file.size)?;
            return Ok(Step::Stands(applied(site, file, output, &proof, &list)));
        }
        let original = match site.book.write {
            Manner::InPlace => Some(Identity::of_replaceable(&target, Becomes::Result)?),
            Manner::Beside | Manner::Annotate => {
                refuse_standing(&target)?;
                parts::make_folder_of(&target)?;
                None
            }
        };
        let part = parts::part_name(&target, run_id, Becomes::Result);
        // What a killed run left beside an original is unfinished.
        parts::remove(&part)?;
        let written = self.write(file, &list, &part, progress);
        let proof = written.inspect_err(|_| {
            let _ = parts::remove(&part);
            clear_folders(site, &target);
        })?;
        let applied = applied(site, file, output, &proof, &list);
        Ok(Step::Ready(Ready { target, part, original, applied }))
    }

    /// Whether the result stands already: an earlier call was interrupted behind it.
    fn stands(self, file: &BookFile, list: &EditList, target: &Path) -> Result<Option<Proof>> {
        let Work { site, run_id, .. } = self;
        match Standing::of(target, list, file.digest)? {
            Standing::Result(proof) => {
                parts::clear_beside_result(target, run_id, file.digest, site.book.write)?;
                // That call may have ended before its name was safe.
                sync_parent(target)?;
                Ok(Some(proof))
            }
            Standing::Original if site.book.write == Manner::InPlace => {
                parts::clear_beside_original(target, run_id, list, file.digest)?;
                Ok(None)
            }
            Standing::Missing => Ok(None),
            Standing::Other if site.book.write == Manner::InPlace => Err(moved(target)),
            Standing::Original | Standing::Other => refuse_standing(target).map(|()| None),
        }
    }

    fn write(
        self,
        file: &BookFile,
        list: &EditList,
        part: &Path,
        progress: &mut impl FnMut(u64) -> Result<()>,
    ) -> Result<Proof> {
        let original = self.site.base.join(&file.path);
        let mut copy = parts::create(part)?;
        let edits = (list, Direction::Forward);
        let proof = rewrite(&original, edits, &mut copy, part, progress)?
            .map_err(|at| changed(&original, at))?;
        if proof.reversed != file.digest {
            return Err(moved(&original));
        }
        match self.site.book.write {
            Manner::Beside | Manner::Annotate => parts::keep_mode_and_time(&original, part, &copy)?,
            Manner::InPlace => {
                parts::keep_mode_and_owner(&original, part, &copy, Becomes::Result)?;
            }
        }
        copy.sync_all().map_err(|error| Error::unwritable(part, &error))?;
        Ok(proof)
    }
}

fn changed(path: &Path, at: u64) -> Error {
    Error::refused("the file changed since it was read")
        .at(path)
        .place(Place::Byte(at))
        .hint("nothing was published; plan the run anew when nobody writes to it")
}

/// A copy never takes the place of something else.
fn refuse_standing(target: &Path) -> Result<()> {
    if is_missing(target)? {
        return Ok(());
    }
    Err(Error::refused("a file stands where the copy is to be, and it is not the copy")
        .at(target)
        .hint("move it away"))
}

fn applied(site: Site, file: &BookFile, output: &Path, proof: &Proof, list: &EditList) -> Applied {
    let copy = if site.book.write == Manner::InPlace { &file.path } else { output };
    Applied {
        original: file.path.to_string_lossy().into_owned(),
        copy: copy.to_string_lossy().into_owned(),
        original_digest: file.digest,
        copy_digest: proof.copy,
        size: proof.size,
        replacements: site.book.replacements_of(list),
    }
}
