//! Plan -> results, each proven before it gets its name.
//!
//! All results are written under names of their own and read back with their
//! edits reversed, and only when every one is proven and on disk do they get
//! their names, one after the other. So a file that changed since the plan is
//! found before anything is published, and a run that is cut off in the middle
//! is finished by running it again: what is on the disk tells what is left to do.

use std::fs::{self, File, FileTimes};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use serde_json::json;

use super::book::{Book, BookFile, Manner, Paper};
use super::edits::EditList;
use super::journal::{Actor, Journal};
use super::names::{Identity, publish};
use super::splice::{Proof, prove, splice};
use crate::error::{Error, Result};
use crate::release::{self, Digest, Wanted};

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

/// Writes and proves the results of all files that change; `progress` is told
/// the bytes. An interrupted run is finished.
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
    mut progress: impl FnMut(u64),
) -> Result<Vec<Applied>> {
    let mut steps = Vec::new();
    let prepared = prepare(site, age, &mut steps, &mut progress);
    let announced = prepared.and_then(|()| {
        let files: Vec<&Applied> = steps.iter().map(Step::applied).collect();
        journal.write("applying", actor, &json!({ "files": files }))
    });
    if let Err(error) = announced {
        discard(&steps);
        return Err(error);
    }
    let mut applied = Vec::with_capacity(steps.len());
    for step in steps {
        applied.push(match step {
            Step::Stands(applied) => applied,
            Step::Ready(ready) => {
                publish(&ready.part, &ready.target, ready.original.as_ref())?;
                ready.applied
            }
        });
    }
    journal.write("applied", actor, &json!({ "files": applied }))?;
    Ok(applied)
}

/// Results that got no name are not left behind.
fn discard(steps: &[Step]) {
    for step in steps {
        if let Step::Ready(ready) = step {
            let _ = fs::remove_file(&ready.part);
        }
    }
}

fn prepare(
    site: Site,
    age: Age,
    steps: &mut Vec<Step>,
    progress: &mut impl FnMut(u64),
) -> Result<()> {
    if age != Age::JustNow {
        refuse_moved(site, age)?;
    }
    for file in &site.book.files {
        match &file.output {
            Some(output) => steps.push(one(site, age, file, output, progress)?),
            None if age == Age::JustNow => progress(file.size),
            None => {
                let path = site.base.join(&file.path);
                if digest_of(&path, &mut *progress)? != file.digest {
                    return Err(moved(&path));
                }
            }
        }
    }
    Ok(())
}

/// Every input other than the records is the one of the plan, and the records
/// look like it; their bytes are held against it when they are read.
///
/// # Errors
/// All inputs that moved: which, and how.
fn refuse_moved(site: Site, age: Age) -> Result<()> {
    let Site { base, book, .. } = site;
    let maps = book.maps.iter().filter_map(|map| moved_map(base, map));
    let releases = book.releases.iter().filter_map(|release| moved_release(base, release));
    let records = book.files.iter().filter_map(|file| {
        let path = base.join(&file.path);
        match fs::metadata(&path) {
            Err(error) => Some(Error::unreadable(&path, &error)),
            // A file that was replaced by an interrupted run has another size.
            Ok(found) if found.len() == file.size => None,
            Ok(_) if book.write == Manner::InPlace && age == Age::Interrupted => None,
            Ok(found) => Some(moved(&path).hint(format!(
                "it had {} bytes when it was planned and has {}: plan the run anew",
                file.size,
                found.len()
            ))),
        }
    });
    Error::all(maps.chain(releases).chain(records).collect()).map_or(Ok(()), Err)
}

fn moved(path: &Path) -> Error {
    Error::refused("the file changed since it was planned")
        .at(path)
        .hint("nothing was published; plan the run anew when nobody writes to it")
}

fn moved_map(base: &Path, map: &Paper) -> Option<Error> {
    let path = base.join(&map.path);
    match fs::read(&path) {
        Ok(bytes) if Digest::of(&bytes) == map.digest => None,
        Ok(_) => Some(moved(&path)),
        Err(error) => Some(Error::unreadable(&path, &error)),
    }
}

fn moved_release(base: &Path, paper: &Paper) -> Option<Error> {
    let path = base.join(&paper.path);
    let effective = paper.effective.as_deref().and_then(|day| day.parse().ok());
    let system = paper.system.as_deref().and_then(|system| system.parse().ok());
    let wanted = Wanted { path: path.clone(), effective, system };
    match release::open(&wanted) {
        Ok(found) if found.iter().any(|release| release.digest == paper.digest) => None,
        Ok(_) => Some(moved(&path)),
        Err(error) => Some(error),
    }
}

/// The digest of a file; `progress` is told the bytes.
///
/// # Errors
/// It cannot be read to its end.
pub(super) fn digest_of(path: &Path, progress: &mut impl FnMut(u64)) -> Result<Digest> {
    let failed = |error| Error::unreadable(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut bytes).map_err(failed)?;
        if read == 0 {
            return Ok(Digest(*hasher.finalize().as_bytes()));
        }
        hasher.update(&bytes[..read]);
        progress(read as u64);
    }
}

fn one(
    site: Site,
    age: Age,
    file: &BookFile,
    output: &Path,
    progress: &mut impl FnMut(u64),
) -> Result<Step> {
    let list = site.book.edits(site.root, file)?;
    let original = site.base.join(&file.path);
    let (target, identity) = match site.book.write {
        Manner::Beside | Manner::Annotate => (site.root.join(output), None),
        Manner::InPlace => {
            let target = fs::canonicalize(&original)
                .map_err(|error| Error::unreadable(&original, &error))?;
            let identity = Identity::of_replaceable(&target)?;
            (target, Some(identity))
        }
    };
    if let Some(proof) = stands(site, age, &target, &list, file)? {
        return Ok(Step::Stands(applied(site, file, output, &proof, &list)));
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(|error| Error::unwritable(parent, &error))?;
    }
    let part = part_name(&target);
    // What an interrupted run left under this name is of no use.
    let _ = fs::remove_file(&part);
    let written = write(&original, &list, &part, file, site.book.write, progress);
    let proof = written.inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })?;
    let applied = applied(site, file, output, &proof, &list);
    Ok(Step::Ready(Ready { target, part, original: identity, applied }))
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

/// Whether the result stands already: an earlier run was interrupted behind it.
fn stands(
    site: Site,
    age: Age,
    target: &Path,
    list: &EditList,
    file: &BookFile,
) -> Result<Option<Proof>> {
    let is_there = target.symlink_metadata().is_ok();
    if is_there && age == Age::Interrupted {
        let proof = prove(target, list, []).ok().filter(|proof| proof.reversed == file.digest);
        if proof.is_some() {
            return Ok(proof);
        }
    }
    match site.book.write {
        // It is the original still, or something else: that shows when it is read.
        Manner::InPlace => Ok(None),
        Manner::Beside | Manner::Annotate if !is_there => Ok(None),
        Manner::Beside | Manner::Annotate => {
            Err(Error::refused("a file stands where the copy is to be, and it is not the copy")
                .at(target)
                .hint("move it away"))
        }
    }
}

fn write(
    original: &Path,
    list: &EditList,
    part: &Path,
    file: &BookFile,
    manner: Manner,
    progress: &mut impl FnMut(u64),
) -> Result<Proof> {
    let failed = |error| Error::unwritable(part, &error);
    let mut copy = create_private(part).map_err(failed)?;
    let proof = write_and_prove(original, list, &mut copy, part, progress)?;
    if proof.reversed != file.digest {
        return Err(moved(original));
    }
    keep_mode_and_times(original, &copy, manner).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    Ok(proof)
}

/// For its owner alone until it is complete.
#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<File> {
    File::create_new(path)
}

/// Writes the copy while a second thread reads back what is there already, and a
/// third has it taken to the disk.
fn write_and_prove(
    original: &Path,
    list: &EditList,
    copy: &mut File,
    part: &Path,
    progress: &mut impl FnMut(u64),
) -> Result<Proof> {
    let failed = |error| Error::unwritable(part, &error);
    let same_file = copy.try_clone().map_err(failed)?;
    let (chunk, chunks) = mpsc::channel();
    let (stretch, stretches) = mpsc::channel();
    std::thread::scope(|scope| {
        let proving = scope.spawn(|| prove(part, list, chunks));
        let syncing =
            scope.spawn(move || stretches.iter().try_for_each(|()| same_file.sync_data()));
        let mut waiting = 0;
        let written = splice(original, list, copy, part, |read, wrote| {
            progress(read);
            // A thread that stopped says why at its end.
            let _ = chunk.send(wrote);
            waiting += wrote;
            if waiting >= SYNC_EACH {
                waiting = 0;
                let _ = stretch.send(());
            }
        });
        drop((chunk, stretch));
        let stopped = |_| Error::internal("a thread that writes or proves a copy stopped");
        let proof = proving.join().map_err(stopped)?;
        syncing.join().map_err(stopped)?.map_err(failed)?;
        written?;
        copy.sync_data().map_err(failed)?;
        proof
    })
}

/// How many bytes are written before the disk is asked to take them in.
const SYNC_EACH: u64 = 128 << 20;

/// What a result is called before it has its name.
pub(super) fn part_name(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".codeturn.part");
    target.with_file_name(name)
}

/// A result is as private as its original. A copy beside it is as old, too; a
/// file that was replaced is new, for backups must see the change.
fn keep_mode_and_times(original: &Path, copy: &File, manner: Manner) -> std::io::Result<()> {
    let metadata = fs::metadata(original)?;
    copy.set_permissions(metadata.permissions())?;
    match manner {
        Manner::Beside | Manner::Annotate => {
            copy.set_times(FileTimes::new().set_modified(metadata.modified()?))
        }
        Manner::InPlace => Ok(()),
    }
}
