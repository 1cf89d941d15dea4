//! What the publisher's addenda says: a sentence, and a table of what does not agree.

use std::io::{self, Write};

use crate::diff::Diff;
use crate::report::addenda_view::{self, Row};
use crate::report::escape::Html;

/// Writes the answer; nothing where no addenda was asked.
pub(super) fn write(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(answer) = addenda_view::answer(diff) else { return Ok(()) };
    let (class, sign) = if answer.is_well { ("note well", "\u{2713}") } else { ("note", "!") };
    writeln!(
        out,
        "<p class=\"{class}\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {}</p>",
        Html(&answer.words)
    )?;
    if answer.rows.is_empty() { Ok(()) } else { table(&answer.rows, out) }
}

fn table(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"addenda\">\n<h2 id=\"addenda\">{} \
         <span class=\"count\">{}</span></h2>\n<table>\n\
         <thead><tr><th scope=\"col\">Code</th><th scope=\"col\">Change</th>\
         <th scope=\"col\">Where</th></tr></thead>\n<tbody>",
        Html(addenda_view::HEADING),
        rows.len()
    )?;
    for row in rows {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            Html(&row.code),
            row.what,
            row.said
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}
