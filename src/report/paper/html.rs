//! A paper as one page that needs nothing else and may load nothing else.

use std::io::{self, Write};

use super::{Block, Grid, Paper};
use crate::report::escape::Html;

const STYLE: &str = include_str!("paper.css");

/// Writes it.
///
/// # Errors
/// As the sink fails.
pub fn write(paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let title = Html(&paper.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n"
    )?;
    paper.blocks.iter().try_for_each(|block| write_block(block, out))?;
    // Whoever hands it on signs it on the print.
    write!(
        out,
        "<dl class=\"signed\">\n<div><dt>Prepared by</dt><dd></dd></div>\n\
         <div><dt>Date</dt><dd></dd></div>\n<div><dt>Signature</dt><dd></dd></div>\n</dl>\n\
         </main>\n</body>\n</html>\n"
    )
}

fn write_block(block: &Block, out: &mut dyn Write) -> io::Result<()> {
    match block {
        Block::Heading(text) => writeln!(out, "<h2>{}</h2>", Html(text)),
        Block::Text(text) => writeln!(out, "<p>{}</p>", Html(text)),
        Block::Notice(text) => writeln!(out, "<p class=\"notice\">{}</p>", Html(text)),
        Block::Facts(facts) => {
            writeln!(out, "<dl class=\"facts\">")?;
            for (name, what) in facts {
                writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", Html(what))?;
            }
            writeln!(out, "</dl>")
        }
        Block::Table(grid) => table(grid, out),
    }
}

fn table(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<table>\n<caption>{}</caption>\n<thead><tr>", Html(&grid.caption))?;
    grid.head.iter().try_for_each(|name| writeln!(out, "<th scope=\"col\">{name}</th>"))?;
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &grid.rows {
        write!(out, "<tr>")?;
        row.iter().try_for_each(|text| cell(text, out))?;
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>")
}

/// Short cells stay in one line, and so does every day; digests and paths break anywhere.
fn cell(text: &str, out: &mut dyn Write) -> io::Result<()> {
    const SHORT: usize = 12;
    const LONG: usize = 24;
    let class = if text.split(' ').any(|word| word.len() > LONG) {
        " class=\"long\""
    } else if text.len() <= SHORT && !text.contains(' ') {
        " class=\"short\""
    } else {
        ""
    };
    write!(out, "<td{class}>")?;
    for (at, word) in text.split(' ').enumerate() {
        let blank = if at > 0 { " " } else { "" };
        if word.parse::<jiff::civil::Date>().is_ok() {
            write!(out, "{blank}<span class=\"day\">{}</span>", Html(word))?;
        } else {
            write!(out, "{blank}{}", Html(word))?;
        }
    }
    write!(out, "</td>")
}
