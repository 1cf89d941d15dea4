//! Codes over the years as one page: a section a step; a search for a code shows
//! its story. Style, script and rules are those of the page of two releases.

use std::io::{self, Write};

use super::{SCRIPT, class, document};
use crate::diff::across::Across;
use crate::report::Listing;
use crate::report::across_view::{self, Row};
use crate::report::diff_view::{self, Effect};
use crate::report::escape::Html;
use crate::report::page::piece;

/// Writes the page.
///
/// # Errors
/// As the writer fails.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let system = across_view::system(across);
    let name = system.map_or("", |system| system.title());
    document(&format!("{name} over {} releases", across.steps.len() + 1), out)?;
    write!(out, "<header>\n<h1>{name}: what happened to each code</h1>\n</header>\n<main>\n")?;
    figures(across, out)?;
    for note in across_view::notes(across) {
        writeln!(out, "<p class=\"note\">Note: {}</p>", Html(&note))?;
    }
    let rows = across_view::rows(across, listing);
    search(across, listing, &rows, out)?;
    for step in 0..across.steps.len() {
        section(across, step, &rows, out)?;
    }
    if let Some(words) = listing.missing_words() {
        let codes = listing.scope.missing.join(", ");
        writeln!(out, "<p>{}: {}</p>", Html(&words), Html(&codes))?;
    }
    writeln!(out, "</main>\n<footer>\n<p>{}</p>", diff_view::NOT_CHECKED)?;
    if let Some(licence) = system.and_then(diff_view::licence) {
        writeln!(out, "<p>{licence}.</p>")?;
    }
    writeln!(out, "</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn figures(across: &Across<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-label=\"Figures\" tabindex=\"0\">\n\
         <table class=\"releases\">\n<caption>From release to release</caption>\n<thead><tr>"
    )?;
    for name in ["From", "To"] {
        write!(out, "<th scope=\"col\">{name}</th>")?;
    }
    for name in ["New", "Of them reinstated", "Deleted", "Revised"] {
        write!(out, "<th scope=\"col\" class=\"number\">{name}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for [from, to, counts @ ..] in across_view::figures(across) {
        write!(out, "<tr><th scope=\"row\" class=\"day\">{from}</th><td class=\"day\">{to}</td>")?;
        for count in counts {
            write!(out, "<td class=\"number\">{count}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn of_step<'r>(rows: &'r [Row<'r>], step: usize) -> impl Iterator<Item = &'r Row<'r>> {
    rows.iter().filter(move |row| row.step == step)
}

fn search(
    across: &Across<'_>,
    listing: &Listing,
    rows: &[Row],
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "<h2 id=\"changes\" tabindex=\"-1\">Changes</h2>")?;
    if let Some(words) = listing.words_across(across) {
        writeln!(out, "<p class=\"note\">{}</p>", Html(&words))?;
    }
    write!(
        out,
        "<form id=\"search\" role=\"search\" hidden>\n\
         <label for=\"find\">Search code or title</label>\n\
         <input id=\"find\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\">\n\
         <fieldset>\n<legend>Show</legend>\n"
    )?;
    for (step, diff) in across.steps.iter().enumerate() {
        let count = of_step(rows, step).count();
        if count > 0 {
            writeln!(
                out,
                "<label><input type=\"checkbox\" name=\"kind\" value=\"step{step}\" checked> \
                 {} <span class=\"count\">{count}</span></label>",
                diff.new.effective,
            )?;
        }
    }
    writeln!(
        out,
        "</fieldset>\n</form>\n<p id=\"shown\" role=\"status\" aria-live=\"polite\">Changes shown: {}</p>",
        rows.len()
    )
}

fn section(across: &Across<'_>, step: usize, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let count = of_step(rows, step).count();
    if count == 0 {
        return Ok(());
    }
    let (old, new) = (across.steps[step].old.effective, across.steps[step].new.effective);
    writeln!(
        out,
        "<section class=\"kind\" data-kind=\"step{step}\" aria-labelledby=\"step{step}\">\n\
         <h3 id=\"step{step}\">{old} to {new} <span class=\"count\">{count}</span></h3>\n\
         <table>\n<caption>Words behind \u{2212} are gone, words behind + are new</caption>\n\
         <thead><tr><th scope=\"col\">Code</th><th scope=\"col\">What happened</th></tr></thead>\n<tbody>",
    )?;
    of_step(rows, step).try_for_each(|row| write_row(row, across, out))?;
    writeln!(out, "</tbody>\n</table>\n</section>")
}

fn write_row(row: &Row, across: &Across<'_>, out: &mut dyn Write) -> io::Result<()> {
    let system = across.steps[row.step].new.system;
    let sign = if row.effect == Effect::Goes { '\u{2212}' } else { row.effect.sign() };
    write!(
        out,
        "<tr class=\"{}\"><th scope=\"row\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {}</th><td>\
         <span class=\"remark\">{}</span> ",
        class(row.effect),
        Html(&row.code.dotted(system)),
        row.words
    )?;
    if let Some(remark) = row.remark {
        write!(out, "<span class=\"remark\">{remark}</span> ")?;
    }
    row.title.iter().try_for_each(|segment| piece(segment, out))?;
    if let Some(follows) = &row.follows {
        write!(out, "<div class=\"now\">{}</div>", Html(follows))?;
    }
    writeln!(out, "</td></tr>")
}
