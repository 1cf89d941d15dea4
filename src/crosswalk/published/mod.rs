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

use std::borrow::Cow;
use std::path::PathBuf;

use jiff::civil::Date;

use super::Relation;
use crate::code::{Code, System};
use crate::error::{Error, Result};
pub(crate) use grid::{Grid, sheets};
pub use references::{of_file, of_releases};

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Published {
    /// What it is, in words.
    pub layout: &'static str,
    /// Its links, in the order of the file.
    pub links: Vec<Link>,
    /// Cells that could not be understood.
    pub unread: Vec<Unread>,
    /// The files of a zip from which links come, where these are several.
    pub parts: Vec<String>,
}

/// One old code, or several, and what takes their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The system of the old codes, where the table says so.
    pub system: Option<System>,
    /// The system of the new code, where the table says so.
    pub new_system: Option<System>,
    /// What is replaced.
    pub old: Previous,
    /// What replaces it; `None` where the table says that nothing does.
    pub new: Option<Code>,
    /// From when on.
    pub effective: Option<Date>,
    /// The row of the table (1-based; of the sheet, for a workbook).
    pub row: u64,
    /// Of which of [`Published::parts`] the row is; 0 where there are none.
    pub part: usize,
    /// What the table itself says of the relation.
    pub stated: Option<Relation>,
    /// What a person should know about it: that it stands for several codes together, say.
    pub note: Option<String>,
}

impl Link {
    /// Whether the table itself says that the step is not to be taken without a person.
    pub fn asks_for_care(&self) -> bool {
        self.stated.is_some_and(|stated| !stated.is_automatic())
    }

    /// A row that names an old code, and as yet nothing for it.
    fn of(old: Previous, row: u64) -> Link {
        let (system, new_system, new, effective) = (None, None, None, None);
        Link { system, new_system, old, new, effective, row, part: 0, stated: None, note: None }
    }
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
    pub why: Cow<'static, str>,
    /// The old codes that the row is about, as far as it tells: what else is said of them is
    /// not all that the table says.
    pub about: Vec<Previous>,
}

impl Unread {
    fn new(row: u64, cell: &str, why: impl Into<Cow<'static, str>>) -> Unread {
        // What breaks a line in a cell would break that of the message.
        let words: Vec<&str> = cell.split_whitespace().collect();
        let cell = words.join(" ").chars().take(60).collect();
        Unread { row, cell, why: why.into(), about: Vec::new() }
    }

    fn about(self, about: impl IntoIterator<Item = Previous>) -> Unread {
        Unread { about: about.into_iter().collect(), ..self }
    }
}

impl Published {
    fn new(layout: &'static str) -> Published {
        Published { layout, links: Vec::new(), unread: Vec::new(), parts: Vec::new() }
    }

    /// The last day on which a row takes effect; nothing where no row has a day.
    pub fn reaches(&self) -> Option<Date> {
        self.links.iter().filter_map(|link| link.effective).max()
    }

    /// Whether both say the same, wherever it stands.
    fn says_what(&self, other: &Published) -> bool {
        let bare = |link: &Link| Link { row: 0, ..link.clone() };
        self.links.len() == other.links.len()
            && self.links.iter().map(bare).eq(other.links.iter().map(bare))
    }
}

/// Reads a published table; nothing where the file is none.
///
/// # Errors
/// It is one, and damaged or without a row that says anything.
pub fn read(bytes: &[u8]) -> Result<Option<Published>> {
    let table = any(bytes)?;
    let is_empty =
        table.as_ref().is_some_and(|table| table.links.is_empty() && table.unread.is_empty());
    if is_empty {
        return Err(Error::refused("it is a published table, and no row of it names an old code")
            .hint("it may be cut off behind its heading: download it again"));
    }
    Ok(table)
}

fn any(bytes: &[u8]) -> Result<Option<Published>> {
    if concept_map::looks(bytes) {
        return concept_map::read(bytes).map(Some);
    }
    if gems::looks(bytes) {
        return gems::read(bytes).map(Some);
    }
    for mut grid in sheets(bytes)? {
        let found = conversion::read(&grid).or_else(|| transition::read(&grid));
        if found.is_some() {
            return grid.whole().map(|()| found);
        }
    }
    Ok(None)
}

/// The table of a zip: the only one, or the one that reaches furthest of several
/// of one layout, for each holds all years before it. A copy in another layout
/// of file is no second table.
///
/// # Errors
/// Several that are of different layouts, or reach equally far and differ.
pub fn newest(mut tables: Vec<(PathBuf, Published)>) -> Result<Option<(PathBuf, Published)>> {
    let names: Vec<String> = tables.iter().map(|(path, _)| path.display().to_string()).collect();
    let several = || {
        Error::refused(format!("{} tables stand in the zip: {}", names.len(), names.join(", ")))
            .hint("name the one that is meant, as ZIP/FILE")
    };
    let layouts = tables.windows(2).all(|pair| pair[0].1.layout == pair[1].1.layout);
    tables.sort_by(|one, other| one.1.reaches().cmp(&other.1.reaches()).then(other.0.cmp(&one.0)));
    let Some((path, table)) = tables.pop() else { return Ok(None) };
    let as_far = tables.iter().rev().take_while(|(_, other)| other.reaches() == table.reaches());
    if layouts && as_far.into_iter().all(|(_, other)| other.says_what(&table)) {
        return Ok(Some((path, table)));
    }
    Err(several())
}
