//! Published tables as they come: which codes a publisher names for which.
//!
//! A table is evidence, not an instruction: it is read into links as they
//! stand, each with its row, and what becomes of them is decided in `convert`
//! against the releases. A cell that cannot be understood is kept with its row;
//! one bad cell never stops the rest. Recognised by content, never by name.

mod concept_map;
mod conversion;
mod gems;
mod grid;
mod previous;
mod references;
mod transition;

use std::path::Path;

use jiff::civil::Date;

use super::Relation;
use crate::code::{Code, System};
use crate::error::{Error, Result};
use crate::release;
pub(super) use grid::{Grid, sheets};
pub use references::of_releases;

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Published {
    /// What it is, in words.
    pub layout: &'static str,
    /// The system of the old codes, where the table says so.
    pub system: Option<System>,
    /// Its links, in the order of the file.
    pub links: Vec<Link>,
    /// Cells that could not be understood.
    pub unread: Vec<Unread>,
}

/// One old code, or several, and what takes their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is replaced.
    pub old: Previous,
    /// What replaces it; `None` where the table says that nothing does.
    pub new: Option<Code>,
    /// From when on.
    pub effective: Option<Date>,
    /// The row of the table (1-based; of the sheet, for a workbook).
    pub row: u64,
    /// What the table itself says of the relation.
    pub stated: Option<Relation>,
    /// What a person should know about it: that it stands for several codes together, say.
    pub note: Option<String>,
}

/// What a cell of old codes names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Previous {
    /// One code.
    Code(Code),
    /// All codes from one to another, both with what stands below them.
    Range(Code, Code),
    /// All codes below a category.
    Below(Code),
}

impl Previous {
    /// Whether a code is named.
    pub fn names(&self, code: Code) -> bool {
        match *self {
            Previous::Code(own) => own == code,
            Previous::Range(from, to) => from <= code && (code <= to || code.starts_with(to)),
            Previous::Below(category) => code.starts_with(category),
        }
    }
}

/// A cell that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its row.
    pub row: u64,
    /// What stands in it; the beginning of a long text.
    pub cell: String,
    /// Why it is not understood.
    pub why: &'static str,
}

impl Unread {
    fn new(row: u64, cell: &str, why: &'static str) -> Unread {
        Unread { row, cell: cell.trim().chars().take(60).collect(), why }
    }
}

/// Reads a published table; nothing where the file is none. In a zip the one
/// table is taken that stands in it.
///
/// # Errors
/// It is one, and damaged; several stand in a zip.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Option<Published>> {
    if !release::is_zip(path) {
        return read_one(path, bytes).map_err(|error| error.at(path));
    }
    if let Some(references) = references::read(path, bytes) {
        return Ok(Some(references));
    }
    let mut tables = Vec::new();
    for (name, bytes) in release::files_in_zip(path)? {
        let inside = path.join(&name);
        tables.extend(read_one(&inside, &bytes).map_err(|error| error.at(&inside))?);
    }
    if tables.len() > 1 {
        return Err(Error::refused(format!("{} tables stand in the zip", tables.len()))
            .at(path)
            .hint("unzip it and name the newest one: each holds all years before it"));
    }
    Ok(tables.pop())
}

fn read_one(path: &Path, bytes: &[u8]) -> Result<Option<Published>> {
    if concept_map::looks(bytes) {
        return concept_map::read(bytes).map(Some);
    }
    if gems::looks(bytes) {
        return Ok(Some(gems::read(bytes)));
    }
    for grid in sheets(bytes)? {
        let found = conversion::read(&grid).or_else(|| transition::read(&grid));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(references::read(path, bytes))
}
