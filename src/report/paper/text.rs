//! A paper for a terminal.

use std::io::{self, Write};

use super::{Block, Grid, Paper};
use crate::report::clean;
use crate::report::style::{BOLD, CHANGED, DIM};

/// Writes it.
///
/// # Errors
/// As the sink fails.
pub fn write(paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", clean(&paper.title))?;
    paper.blocks.iter().try_for_each(|block| match block {
        Block::Heading(text) => writeln!(out, "\n{BOLD}{}{BOLD:#}", clean(text)),
        Block::Text(text) => writeln!(out, "{}", clean(text)),
        Block::Notice(text) => writeln!(out, "{CHANGED}!{CHANGED:#} {}", clean(text)),
        Block::Facts(facts) => {
            facts.iter().try_for_each(|(name, what)| writeln!(out, "  {name:<16}  {}", clean(what)))
        }
        Block::Table(grid) => table(grid, out),
    })
}

fn table(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let head: Vec<String> = grid.head.iter().map(|name| (*name).to_owned()).collect();
    let rows: Vec<Vec<String>> =
        grid.rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    writeln!(out, "  {DIM}{}{DIM:#}", clean(&grid.caption))?;
    writeln!(out, "  {BOLD}{}{BOLD:#}", line(&head))?;
    rows.iter().try_for_each(|row| writeln!(out, "  {}", line(row)))
}
