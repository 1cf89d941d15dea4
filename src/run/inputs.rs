//! The record files of a run: what was typed -> files with their layouts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{self, Made};
use crate::decide::Table;
use crate::error::{Error, Result};
use crate::record::Hints;
use crate::record::delimited::scan::Sifts;
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
}

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
/// A folder stands for the files in it and below, in order of name; folders of
/// runs among them, this one's or earlier ones', hold no records. Where only
/// one file is given, or none holds codes, the reason is an error; among
/// several, files without a column of codes are passed over and named.
///
/// # Errors
/// A file is missing, unreadable, named twice or not to be recognised.
pub fn find(paths: &[PathBuf], hints: &Hints, table: &Table) -> Result<Inputs> {
    let mut files = Vec::new();
    let mut inputs = Inputs::default();
    for path in paths {
        list(path, 0, &mut files, &mut inputs.passed_over)?;
    }
    refuse_twice(&files)?;
    let alone = files.len() == 1;
    for (path, own_parts) in files {
        match open(&path, own_parts, hints, table) {
            Ok(input) => inputs.files.push(input),
            Err(why) if !alone && is_no_table_of_codes(&why) => {
                inputs.passed_over.push(PassedOver { path, why });
            }
            Err(why) => return Err(why),
        }
    }
    if inputs.files.is_empty() {
        let why = inputs.passed_over.into_iter().map(|passed| passed.why).collect();
        return Err(Error::all(why).unwrap_or_else(|| Error::usage("no file of records was given")));
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
    })
}

fn is_no_table_of_codes(error: &Error) -> bool {
    error.kind() == crate::error::ErrorKind::NoCodes
}

/// Files with how many of their last parts lie below what was typed.
fn list(
    path: &Path,
    depth: usize,
    files: &mut Vec<(PathBuf, usize)>,
    passed_over: &mut Vec<PassedOver>,
) -> Result<()> {
    let failed = |error| Error::unreadable(path, &error);
    let kind = fs::metadata(path).map_err(failed)?.file_type();
    if kind.is_file() {
        files.push((path.to_owned(), depth.max(1)));
        return Ok(());
    }
    if !kind.is_dir() {
        return Err(Error::refused("it is a pipe or a device, not a file")
            .at(path)
            .hint("records are read more than once: save them to a file first"));
    }
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        inside.push(entry.map_err(failed)?.path());
    }
    inside.retain(|path| {
        !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    });
    inside.sort();
    for path in inside {
        match folder::made_by_a_run(&path) {
            None => list(&path, depth + 1, files, passed_over)?,
            Some(Made::Unfinished) => {}
            Some(Made::Finished) => {
                let why = Error::no_codes("it is the folder of a run, not of records")
                    .at(&path)
                    .hint("name the files in it that are to be read");
                passed_over.push(PassedOver { path, why });
            }
        }
    }
    Ok(())
}

fn refuse_twice(files: &[(PathBuf, usize)]) -> Result<()> {
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for (path, _) in files {
        // `x.csv`, `./x.csv` and a link to it are one file.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if let Some(first) = seen.insert(real, path) {
            return Err(Error::usage("the same file of records is given twice")
                .at(path)
                .hint(format!("it was given as {}: name it once", first.display())));
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

    /// How many bytes there are to read.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|input| input.size).sum()
    }
}
