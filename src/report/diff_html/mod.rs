//! The changes between two releases as one page that needs nothing else.
//!
//! It can be mailed, printed and opened on a machine without a network: style,
//! script and picture are inside, and the page forbids itself to load more.
//! Without the script everything is readable; with it the rows can be searched
//! and kinds hidden. Signs stand beside all colours, and what changed in a
//! title is marked by `<ins>` and `<del>`. Everything from files is escaped.

pub mod across;
mod addenda;
mod chart;

use std::io::{self, Write};

use super::diff_view::{self, Effect};
use super::escape::Html;
use super::page::{self, Script, Skip, piece};
use super::{Descriptors, Listing};
use crate::diff::wording::Segment;
use crate::diff::{Change, Diff, Kind};
use crate::release::Release;

const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    head(diff, out)?;
    figures(diff, out)?;
    releases(diff, out)?;
    for note in &diff.notes {
        writeln!(out, "<p class=\"note\">Note: {}</p>", Html(note))?;
    }
    addenda::write(diff, out)?;
    search(diff, listing, out)?;
    for kind in Kind::ALL {
        section(diff, kind, listing, out)?;
    }
    missing(listing, out)?;
    foot(diff, out)
}

fn head(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = diff.new.system.title();
    let (old, new) = (diff.old.effective, diff.new.effective);
    document(&format!("{title} changes, {old} to {new}"), out)?;
    write!(
        out,
        "<header>\n<h1>{title}: what changed</h1>\n\
         <p>From the release of <time datetime=\"{old}\">{old}</time> to that of \
         <time datetime=\"{new}\">{new}</time></p>\n</header>\n<main>\n"
    )
}

/// The beginning of a page whose rows can be searched.
fn document(title: &str, out: &mut dyn Write) -> io::Result<()> {
    let skip = Skip { id: "changes", to: "the changes" };
    page::document(title, Script::Inside, skip, out)
}

fn figures(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"figures\">\n<h2 id=\"figures\">Figures</h2>")?;
    writeln!(out, "<dl class=\"figures\">")?;
    for figure in diff_view::figures(diff) {
        writeln!(
            out,
            "<div><dt>{}</dt><dd><strong>{}</strong> <span>{}</span></dd></div>",
            figure.name, figure.count, figure.detail
        )?;
    }
    writeln!(out, "</dl>")?;
    chart::write(diff, out)?;
    writeln!(out, "</section>")
}

fn releases(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-label=\"Releases\" tabindex=\"0\">\n\
         <table class=\"releases\">\n<caption>The two releases</caption>\n<thead><tr>\
         <th scope=\"col\">Release</th><th scope=\"col\">In force from</th>\
         <th scope=\"col\" class=\"number\">Billable</th>\
         <th scope=\"col\" class=\"number\">Headers</th>\
         <th scope=\"col\">File</th></tr></thead>\n<tbody>\n"
    )?;
    side("Old", diff.old, out)?;
    side("New", diff.new, out)?;
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn side(name: &str, release: &Release, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<tr><th scope=\"row\">{name}</th><td class=\"day\">{}</td><td class=\"number\">{}</td>\
         <td class=\"number\">{}</td><td class=\"path\">{}</td></tr>",
        release.effective,
        release.billable(),
        release.headers(),
        Html(&release.path.to_string_lossy())
    )
}

/// The search box is hidden until the script shows it: without a script it does nothing.
fn search(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"changes\" tabindex=\"-1\">Changes</h2>")?;
    if let Some(words) = listing.words(diff) {
        writeln!(out, "<p class=\"note\">{}</p>", Html(&words))?;
    }
    let listed = listing.of(diff).count();
    write!(
        out,
        "<form id=\"search\" role=\"search\" hidden>\n\
         <label for=\"find\">Search code or title</label>\n\
         <input id=\"find\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\">\n\
         <fieldset>\n<legend>Show</legend>\n"
    )?;
    for kind in Kind::ALL {
        let count = listing.of_kind(diff, kind).len();
        if count > 0 {
            writeln!(
                out,
                "<label><input type=\"checkbox\" name=\"kind\" value=\"{kind}\" checked> \
                 {} <span class=\"count\">{count}</span></label>",
                diff_view::words(kind),
            )?;
        }
    }
    writeln!(
        out,
        "</fieldset>\n</form>\n<p id=\"shown\" role=\"status\" aria-live=\"polite\">Changes shown: {listed}</p>"
    )
}

fn section(diff: &Diff<'_>, kind: Kind, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let changes = listing.of_kind(diff, kind);
    if changes.is_empty() {
        return Ok(());
    }
    let (words, count) = (diff_view::words(kind), changes.len());
    let caption = match Effect::of(kind) {
        Effect::Comes => "Codes that came",
        Effect::Goes => "Codes that may no longer be used as they are",
        Effect::Stays => "Words behind \u{2212} are gone, words behind + are new",
    };
    let titles = match listing.descriptors {
        Descriptors::Shown => "<th scope=\"col\">Title</th>",
        Descriptors::Hidden => "<th scope=\"col\">Remark</th>",
    };
    writeln!(
        out,
        "<section class=\"kind {}\" data-kind=\"{kind}\" aria-labelledby=\"{kind}\">\n\
         <h3 id=\"{kind}\">{words} <span class=\"count\">{count}</span></h3>\n\
         <table>\n<caption>{caption}</caption>\n\
         <thead><tr><th scope=\"col\">Code</th>{titles}</tr></thead>\n<tbody>",
        class(Effect::of(kind)),
    )?;
    changes.iter().try_for_each(|change| row(diff, change, listing, out))?;
    writeln!(out, "</tbody>\n</table>\n</section>")
}

fn class(effect: Effect) -> &'static str {
    match effect {
        Effect::Comes => "comes",
        Effect::Goes => "goes",
        Effect::Stays => "stays",
    }
}

fn row(
    diff: &Diff<'_>,
    change: &Change<'_>,
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sign = match Effect::of(change.kind) {
        // A hyphen is narrower than the plus above it.
        Effect::Goes => '\u{2212}',
        other => other.sign(),
    };
    let title = diff_view::title(change, listing).unwrap_or_default();
    write!(
        out,
        "<tr{}><th scope=\"row\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {}</th><td>",
        find(&title),
        Html(&change.code.dotted(diff.new.system))
    )?;
    if let Some(remark) = diff_view::remark(change.class) {
        write!(out, "<span class=\"remark\">{remark}</span> ")?;
    }
    title.iter().try_for_each(|segment| piece(segment, out))?;
    if let Some(follows) = diff_view::follows(diff, change) {
        write!(out, "<div class=\"now\">{}</div>", Html(&follows))?;
    }
    writeln!(out, "</td></tr>")
}

/// Both titles unmarked, for the search; nothing where the row itself holds the title.
fn find(title: &[Segment]) -> String {
    if matches!(title, [] | [Segment::Same(_)]) {
        return String::new();
    }
    let (mut old, mut new) = (String::new(), String::new());
    for segment in title {
        match segment {
            Segment::Same(text) => {
                old += text;
                new += text;
            }
            Segment::Removed(text) => old += text,
            Segment::Added(text) => new += text,
        }
    }
    format!(" data-find=\"{} {}\"", Html(&old), Html(&new))
}

/// The user's own codes that are in neither release.
fn missing(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let Some(words) = listing.missing_words() else { return Ok(()) };
    writeln!(out, "<section aria-labelledby=\"missing\">\n<h3 id=\"missing\">{words}</h3>\n<ul>")?;
    listing.scope.missing.iter().try_for_each(|code| writeln!(out, "<li>{}</li>", Html(code)))?;
    writeln!(out, "</ul>\n</section>")
}

fn foot(diff: &Diff<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</main>\n<footer>\n<p>{}</p>", diff_view::NOT_CHECKED)?;
    if let Some(licence) = diff_view::licence(diff.new.system) {
        writeln!(out, "<p>{licence}.</p>")?;
    }
    writeln!(out, "</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
}
