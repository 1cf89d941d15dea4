//! A bar a kind, with its number beside it: nothing depends on colour or length alone.

use std::io::{self, Write};

use super::class;
use crate::diff::{Diff, Kind};
use crate::report::diff_view::Effect;

const ROW: usize = 22;
const LABELS: usize = 124;
const BARS: usize = 230;
const WIDTH: usize = 400;

/// Writes the picture; nothing where nothing changed.
pub(super) fn write(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |kind| diff.changes.iter().filter(|change| change.kind == kind).count();
    let bars: Vec<(Kind, usize)> = Kind::ALL.map(|kind| (kind, count(kind))).to_vec();
    let Some(most) = bars.iter().map(|(_, count)| *count).max().filter(|&most| most > 0) else {
        return Ok(());
    };
    let height = bars.len() * ROW;
    let words: Vec<String> =
        bars.iter().map(|(kind, count)| format!("{} {count}", label(*kind))).collect();
    writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"chart\">\n\
         <title id=\"chart\">Number of changes of each kind: {}</title>",
        words.join("; ")
    )?;
    for (at, (kind, count)) in bars.iter().enumerate() {
        bar(at * ROW, *kind, *count, most, out)?;
    }
    writeln!(out, "</svg>")
}

fn bar(top: usize, kind: Kind, count: usize, most: usize, out: &mut dyn Write) -> io::Result<()> {
    // What is there is seen: a bar is at least two units long.
    let length = if count == 0 { 0 } else { (count * BARS / most).max(2) };
    let base = top + 16;
    writeln!(
        out,
        "<text class=\"label\" x=\"{}\" y=\"{base}\">{}</text>\
         <rect class=\"{}\" x=\"{LABELS}\" y=\"{}\" width=\"{length}\" height=\"14\"/>\
         <text x=\"{}\" y=\"{base}\">{count}</text>",
        LABELS - 8,
        label(kind),
        class(Effect::of(kind)),
        top + 4,
        LABELS + length + 6,
    )
}

/// Shorter than the words of a section: the picture must be readable on a phone.
fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "Added",
        Kind::BecameBillable => "Became billable",
        Kind::Deleted => "Deleted",
        Kind::BecameHeader => "Now incomplete",
        Kind::Revised => "Revised",
        Kind::ShortRevised => "Short title only",
        Kind::HeaderAdded => "Headers added",
        Kind::HeaderDeleted => "Headers deleted",
        Kind::HeaderRevised => "Headers revised",
    }
}
