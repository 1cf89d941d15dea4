//! A paper as Markdown.

use std::io::{self, Write};

use super::{Block, Grid, Paper};
use crate::report::escape::Markdown;

/// Writes it.
///
/// # Errors
/// As the sink fails.
pub fn write(paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}", Markdown(&paper.title))?;
    paper.blocks.iter().try_for_each(|block| match block {
        Block::Heading(text) => writeln!(out, "\n## {}", Markdown(text)),
        Block::Text(text) => writeln!(out, "\n{}", Markdown(text)),
        Block::Notice(text) => writeln!(out, "\n**{}**", Markdown(text)),
        Block::Facts(facts) => {
            writeln!(out, "\n| | |\n|---|---|")?;
            facts
                .iter()
                .try_for_each(|(name, what)| writeln!(out, "| {name} | {} |", Markdown(what)))
        }
        Block::Table(grid) => table(grid, out),
    })
}

fn table(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}\n", Markdown(&grid.caption))?;
    writeln!(out, "| {} |", grid.head.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(grid.head.len()))?;
    grid.rows.iter().try_for_each(|row| {
        let cells: Vec<String> = row.iter().map(|cell| Markdown(cell).to_string()).collect();
        writeln!(out, "| {} |", cells.join(" | "))
    })
}
