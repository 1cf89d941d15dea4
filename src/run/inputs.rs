//! The record files of a run: what was typed -> files with their layouts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use super::listed::Listed;
use crate::decide::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Hints;
use crate::record::delimited::glance::Sifts;
use crate::record::delimited::{Layout, recognise};

/// A file of records that is to be read.
#[derive(Debug)]
pub struct Input {
    /// The path as typed, or below a folder that was typed.
    pub path: PathBuf,
    /// How many of its last parts are its own: a file found below a folder keeps its place in it.
    pub own_parts: usize,
    /// The path as it is printed.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its layout.
    pub layout: Layout,
    /// Its lookups.
    pub sifts: Sifts,
    /// What reviewers decided about its sites, by their offset.
    pub choices: Choices,
    /// The codes that stand in it, where it is a list.
    pub listed: Listed,
}

/// The numbers of choices by the offset of their sites.
pub type Choices = HashMap<u64, usize, foldhash::fast::FixedState>;

/// A file that was named and is not read, with the reason.
#[derive(Debug)]
pub struct PassedOver {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub why: Error,
}

/// The files of a run.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Those that are read.
    pub files: Vec<Input>,
    /// Those without a column of codes: said loudly, for nobody looked at them.
    pub passed_over: Vec<PassedOver>,
}

/// Finds the files and recognises their layouts.
///
/// A folder stands for the files in it and below, in order of name; run folders
/// in it are left out. Where only one file is given, or none holds codes, the
/// reason is an error; among several, files without a column of codes are
/// passed over and named.
///
/// # Errors
/// All files that are missing, unreadable, given twice or not to be recognised.
pub fn find(paths: &[PathBuf], hints: &Hints, table: &Table) -> Result<Inputs> {
    let mut inputs = Inputs::default();
    let mut files = Vec::new();
    for path in paths {
        list(path, 0, &mut files, &mut inputs.passed_over)?;
    }
    refuse_twice(&files)?;
    let alone = files.len() == 1;
    let mut refused = Vec::new();
    for (path, own_parts) in files {
        match open(&path, own_parts, hints, table) {
            Ok(input) => inputs.files.push(input),
            Err(why) if !alone && why.kind() == ErrorKind::NoCodes => {
                inputs.passed_over.push(PassedOver { path, why });
            }
            Err(why) => refused.push(why),
        }
    }
    if let Some(error) = Error::all(refused) {
        return Err(error);
    }
    if inputs.files.is_empty() {
        let why = inputs.passed_over.into_iter().map(|passed| passed.why).collect();
        return Err(Error::all(why)
            .unwrap_or_else(|| Error::refused("no file stands in the folder of records")));
    }
    Ok(inputs)
}

fn open(path: &Path, own_parts: usize, hints: &Hints, table: &Table) -> Result<Input> {
    let layout = recognise::recognise(path, hints, table.history(), table.fields())?;
    let size = fs::metadata(path).map_err(|error| Error::unreadable(path, &error))?.len();
    let sifts = Sifts::new(&layout, table);
    Ok(Input {
        path: path.to_owned(),
        own_parts,
        name: path.to_string_lossy().into_owned(),
        size,
        layout,
        sifts,
        choices: Choices::default(),
        listed: Listed::default(),
    })
}

/// Files with how many of their last parts lie below what was typed, and links that are
/// not followed.
fn list(
    path: &Path,
    depth: usize,
    files: &mut Vec<(PathBuf, usize)>,
    passed_over: &mut Vec<PassedOver>,
) -> Result<()> {
    let failed = |error| Error::unreadable(path, &error);
    let kind = fs::metadata(path).map_err(failed)?;
    if kind.is_file() {
        files.push((path.to_owned(), depth.max(1)));
        return Ok(());
    }
    if !kind.is_dir() {
        return Err(Error::refused("it is neither a file nor a folder").at(path).hint(
            "records are read more than once: save what comes through a pipe to a file first; \
             an audit takes it as -",
        ));
    }
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        inside.push(entry.map_err(failed)?.path());
    }
    inside.retain(|path| !is_left_out(path));
    inside.sort();
    for path in inside {
        match unfollowed(&path) {
            Some(why) => passed_over.push(PassedOver { path, why }),
            None => list(&path, depth + 1, files, passed_over)?,
        }
    }
    Ok(())
}

/// Hidden files and run folders.
fn is_left_out(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    is_hidden || path.join("journal.ndjson").exists()
}

/// Why a link is not followed: to a folder it may lead round in a circle.
fn unfollowed(path: &Path) -> Option<Error> {
    if !path.symlink_metadata().is_ok_and(|kind| kind.is_symlink()) {
        return None;
    }
    let what = match fs::metadata(path) {
        Ok(kind) if kind.is_dir() => "a symbolic link to a folder is not followed",
        Ok(_) => return None,
        Err(_) => "a symbolic link that leads to no file that can be read",
    };
    Some(Error::no_codes(what).at(path).hint("name the folder or the file itself"))
}

fn refuse_twice(files: &[(PathBuf, usize)]) -> Result<()> {
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for (path, _) in files {
        // A file without a name, in which standard input is kept, has no other path.
        let is_there = |_| fs::metadata(path).map(|_| path.clone());
        let real = fs::canonicalize(path).or_else(is_there);
        let real = real.map_err(|error| Error::unreadable(path, &error))?;
        if let Some(first) = seen.insert(real, path) {
            return Err(Error::usage("the same file of records is given twice")
                .at(path)
                .hint(format!("it was given as {} before", first.display())));
        }
    }
    Ok(())
}

impl Inputs {
    /// The names of the columns carried along: the same in every file.
    pub fn keys(&self) -> Vec<String> {
        let first = self.files.first().map(|input| &input.layout.keys);
        first.into_iter().flatten().map(|(_, name)| name.clone()).collect()
    }

    /// Takes note of the codes that stand in each file, where the files are lists.
    ///
    /// # Errors
    /// A file cannot be read to its end.
    pub fn note_lists(&mut self, table: &Table) -> Result<()> {
        for input in &mut self.files {
            input.listed = Listed::read(input, table)?;
        }
        Ok(())
    }

    /// How many bytes there are to read.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|input| input.size).sum()
    }
}
