//! `--annotate`: the codes stay, and what the plan proposes stands beside them in
//! new columns.
//!
//! Nothing else differs from a run that rewrites: the new cells are edits that
//! replace nothing, at the ends of the rows, so that the same splice writes them,
//! the same proof takes them away again, and the same undo removes the copies.

use std::collections::BTreeSet;

use super::inputs::{Input, Inputs};
use crate::error::{Error, Result};
use crate::record::delimited::addition::{Addition, Appending, SUFFIXES};
use crate::record::delimited::blocks::{BLOCK, Block, Blocks};
use crate::record::delimited::columns::normalise;
use crate::record::delimited::records::Records;

/// So many cells more than the header a row may have.
const MOST_BEHIND: usize = 100;

/// How each file is added to, in the order given.
///
/// # Errors
/// All files that have no header, whose names are taken, or whose rows are far
/// longer than their header.
pub fn prepare(inputs: &Inputs) -> Result<Vec<Appending>> {
    let mut ready = Vec::new();
    let mut refused = Vec::new();
    for input in &inputs.files {
        match one(input) {
            Ok(appending) => ready.push(appending),
            Err(error) => refused.push(error),
        }
    }
    Error::all(refused).map_or(Ok(ready), Err)
}

fn one(input: &Input) -> Result<Appending> {
    let head = &input.layout.head;
    if !head.has_header {
        return Err(Error::refused("a file without a header cannot be annotated")
            .at(&input.path)
            .hint("nobody could tell what the new columns are: give it a first row with names"));
    }
    let taken: BTreeSet<String> = head.names.iter().map(|name| normalise(name)).collect();
    let new = names(input).flat_map(|name| SUFFIXES.map(|suffix| format!("{name}{suffix}")));
    for name in new {
        if taken.contains(&normalise(&name)) {
            return Err(Error::refused(format!("the file has a column `{name}` already"))
                .at(&input.path)
                .hint("it was annotated before: annotate the original, or rename that column"));
        }
    }
    Ok(Appending { dialect: head.dialect, width: widest(input)? })
}

/// The names of the columns of codes. One whose encoding nobody knows goes by its number.
fn names(input: &Input) -> impl Iterator<Item = String> + '_ {
    input.layout.codes.iter().map(|column| {
        if column.name.contains(char::REPLACEMENT_CHARACTER) {
            format!("column{}", input.layout.wanted.column(column.slot) + 1)
        } else {
            column.name.replace("\"\"", "\"")
        }
    })
}

/// What is appended to the header.
pub fn header(input: &Input, how: Appending) -> Addition {
    let mut addition = how.begin(input.layout.head.names.len());
    names(input).for_each(|name| how.names(&mut addition, &name));
    addition
}

/// How many cells the longest row has; at least as many as the header.
fn widest(input: &Input) -> Result<usize> {
    let layout = &input.layout;
    let names = layout.head.names.len();
    let mut blocks = Blocks::open(&input.path, layout, BLOCK)?;
    let mut block = Block { at: 0, bytes: Vec::new() };
    let (mut widest, mut line) = (names, layout.head.first_line);
    while blocks.next(&mut block)? {
        let mut records = Records::of(layout.head.dialect, &block.bytes);
        while let Some(record) = records.next() {
            if record.cells() > names + MOST_BEHIND {
                return Err(too_wide(input, record.cells(), line));
            }
            widest = widest.max(record.cells());
            line += record.lines;
        }
    }
    Ok(widest)
}

fn too_wide(input: &Input, cells: usize, line: u64) -> Error {
    let names = input.layout.head.names.len();
    Error::refused(format!("a row has {cells} cells under a header of {names}"))
        .at(&input.path)
        .line(line)
        .hint("the new columns must stand behind all rows: mend this row first, or is the delimiter the right one?")
}
