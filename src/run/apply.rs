//! Plan -> copies, each proven before it gets its name.
//!
//! A copy is written under a name of its own, read back with its edits reversed,
//! and only then called what it is. The original is opened for reading alone.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use super::edits::EditList;
use super::folder::RunFolder;
use super::inputs::{Input, Inputs};
use super::plan::{FilePlan, Plan};
use super::splice::{Proof, prove, splice};
use crate::code::Spelling;
use crate::crosswalk::Rule;
use crate::decide::Table;
use crate::decide::Verdict;
use crate::error::{Error, Result};
use crate::release::Digest;

/// A copy that was written and proven.
#[derive(Debug, serde::Serialize)]
pub struct Applied {
    /// The original, as typed.
    pub original: String,
    /// The copy, below the run folder, as it is printed.
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

/// Writes and proves the copies of all files that change; `progress` is told the bytes.
///
/// # Errors
/// An original changed since it was planned, a copy is not what was planned, or
/// reading or writing failed. No copy that is not proven gets its name.
pub fn apply(
    inputs: &Inputs,
    table: &Table,
    plan: &Plan,
    folder: &RunFolder,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Applied>> {
    let mut applied = Vec::new();
    for (input, file) in inputs.files.iter().zip(&plan.files) {
        if let Some(output) = &file.output {
            applied.push(one(input, file, output, table, folder, &mut progress)?);
        }
    }
    Ok(applied)
}

fn one(
    input: &Input,
    file: &FilePlan,
    output: &Path,
    table: &Table,
    folder: &RunFolder,
    progress: &mut impl FnMut(u64),
) -> Result<Applied> {
    let list = EditList::read(&folder.path(Path::new(&file.edit_list)))?;
    check_pairs(&list, file, table)?;
    let target = folder.path(output);
    if let Some(parent) = output.parent() {
        folder.make(parent)?;
    }
    let part = part_name(&target);
    let failed = |error| Error::unwritable(&part, &error);
    let mut copy = File::create_new(&part).map_err(failed)?;
    let proof = write_and_prove(input, &list, &mut copy, &part, progress)?;
    check(&proof, input, file)?;
    keep_mode_and_times(&input.path, &copy).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    fs::rename(&part, &target).map_err(|error| Error::unwritable(&target, &error))?;
    Ok(Applied {
        original: input.name.clone(),
        copy: output.to_string_lossy().into_owned(),
        original_digest: file.swept.digest,
        copy_digest: proof.copy,
        size: proof.size,
        replacements: list.count(),
    })
}

/// Writes the copy while a second thread reads back what is there already, and a
/// third has it taken to the disk.
fn write_and_prove(
    input: &Input,
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
        let written = splice(&input.path, list, copy, part, |read, wrote| {
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

fn part_name(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".codeturn.part");
    target.with_file_name(name)
}

/// With the edits reversed, the copy is the original that was planned.
fn check(proof: &Proof, input: &Input, file: &FilePlan) -> Result<()> {
    if proof.reversed == file.swept.digest {
        return Ok(());
    }
    Err(Error::refused("the file changed between the plan and the copy")
        .at(&input.path)
        .hint("nothing was published; run again when nobody writes to it"))
}

/// Every replacement is one that the rules name, of a code into one that was
/// billable on the first and on the last day on which it was made; and as both
/// are nothing but the characters of codes, no row begins or ends by it.
fn check_pairs(list: &EditList, file: &FilePlan, table: &Table) -> Result<()> {
    let wrong = || Error::internal("the edit list holds a replacement that no rule names");
    for pair in list.pairs() {
        let (first, end) = ends(table, pair.route).ok_or_else(wrong)?;
        let (old, _) = Spelling::read(&pair.old).ok_or_else(wrong)?;
        let (new, spelling) = Spelling::read(&pair.new).ok_or_else(wrong)?;
        let system = end.new_system.or(end.system).ok_or_else(wrong)?;
        let days = file.route_days.get(&pair.route).ok_or_else(wrong)?;
        let is_billable = |day| {
            matches!(
                table.verdict(system, Some((new, spelling)), day).0,
                Verdict::Valid | Verdict::Historical
            )
        };
        if old != first.old || Some(new) != end.new || !is_billable(days.0) || !is_billable(days.1)
        {
            return Err(wrong());
        }
    }
    if list.count() == file.edits { Ok(()) } else { Err(wrong()) }
}

/// The first and the last rule of a route.
fn ends(table: &Table, route: usize) -> Option<(&Rule, &Rule)> {
    let rules = table.route(route);
    let rule = |at: &usize| table.crosswalk().rules.get(*at);
    Some((rule(rules.first()?)?, rule(rules.last()?)?))
}

/// A copy is as private and as old as its original.
fn keep_mode_and_times(original: &Path, copy: &File) -> std::io::Result<()> {
    let metadata = fs::metadata(original)?;
    copy.set_permissions(metadata.permissions())?;
    copy.set_times(FileTimes::new().set_modified(metadata.modified()?))
}
