//! One code's life, for people.

use std::io::{self, Write};

use super::style::{ADDED, BOLD, CHANGED, DIM, REMOVED};
use super::{billable, clean, counted, later_editions};
use crate::decide::Table;
use crate::diff::Class;
use crate::history::{Chronicle, State};
use crate::story::{self, OnDay, Span, Story, Title};

/// Writes the lives of a code, one a system; `typed` as the user wrote it.
///
/// # Errors
/// As the sink fails.
pub fn write(
    typed: &str,
    table: &Table,
    stories: &[Story<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    if stories.is_empty() {
        return write_unknown(typed, table, out);
    }
    for (at, story) in stories.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write_story(table, story, out)?;
        write_rules(table, story, out)?;
    }
    writeln!(out, "\nJudged by the code set valid on the date of service: 45 CFR 162.1000(a).")?;
    writeln!(out, "Not checked: documentation, medical necessity, NCCI and MUE edits, payment.")
}

/// That no release holds a code, and which were looked through: another one may hold it.
fn write_unknown(typed: &str, table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#} stands in no release given.", clean(typed))?;
    for system in table.history().systems() {
        let releases = table.history().of(system).map_or(&[][..], Chronicle::releases);
        let days: Vec<String> = releases.iter().map(|one| one.effective.to_string()).collect();
        writeln!(out, "  looked for in {} in force from {}", system.title(), days.join(", "))?;
    }
    Ok(())
}

fn write_story(table: &Table, story: &Story<'_>, out: &mut dyn Write) -> io::Result<()> {
    let shown = story.code.dotted(story.system);
    writeln!(out, "{BOLD}{shown}{BOLD:#}  {}", story.system.title())?;
    if let Some(on) = &story.verdict {
        writeln!(out, "  {BOLD}on {}: {}{BOLD:#}{}", on.date, on.verdict.words(), interval(on))?;
        let later = later_editions::beside(table, story.system, on.verdict, on.date);
        later.iter().try_for_each(|words| writeln!(out, "  {CHANGED}{words}{CHANGED:#}"))?;
    }
    for span in &story.spans {
        write_span(story, span, out)?;
    }
    for title in &story.titles {
        write_title(title, out)?;
    }
    let count = story.successors.len();
    if count > 0 {
        let below = story.successors.iter().all(|one| one.code.starts_with(story.code));
        let is_mapped = story::rules(table, story).next().is_some();
        let what = match (below, is_mapped) {
            (true, _) => "below it now",
            (false, true) => "named by the mapping or the release: to be checked",
            (false, false) => "named by the release: to be checked",
        };
        writeln!(out, "  {} {what}:", counted(count, "billable code"))?;
    }
    story.successors.iter().try_for_each(|one| {
        writeln!(out, "    {:<8}  {}", one.code.dotted(one.system), clean(one.title))
    })
}

fn write_rules(table: &Table, story: &Story<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (rule, aside) in story::rules(table, story) {
        let relation = rule.relation.map_or("", |relation| relation.word());
        let aside = aside.map_or_else(String::new, |why| format!(" (set aside: {})", clean(why)));
        let place = clean(&table.crosswalk().place(rule.at));
        writeln!(out, "  {place}: {}  {relation}{aside}", rule.arrow())?;
    }
    Ok(())
}

fn interval(on: &OnDay) -> String {
    billable(on.interval).map_or_else(String::new, |days| format!(" (billable {days})"))
}

fn write_span(story: &Story<'_>, span: &Span, out: &mut dyn Write) -> io::Result<()> {
    let (style, sign, words) = match span.state {
        State::Billable => (ADDED, '+', "billable"),
        State::Header => (REMOVED, '#', "header: not for claims"),
        State::Absent => (REMOVED, '-', "not in the code set"),
        State::Uncertain => (CHANGED, '?', "changed on a day that no release given tells"),
    };
    let until = span.until.map_or_else(|| "         ".to_owned(), |day| day.to_string());
    let between = span.between.map_or_else(String::new, |(older, newer)| {
        format!(": between {older} and {newer}, an edition is missing")
    });
    // Before the first release nothing is known: it may have begun earlier.
    let first = if span.since == story.start { " (or earlier)" } else { "" };
    writeln!(
        out,
        "  {style}{sign}{style:#} {} - {until:<10}  {words}{between}{DIM}{first}{DIM:#}",
        span.since
    )
}

fn write_title(title: &Title<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (sign, class) = match title.class {
        None => (' ', ""),
        Some(Class::Whitespace) => ('~', " (blanks, punctuation or case)"),
        Some(Class::Wording) => ('~', " (reworded)"),
        Some(Class::Meaning) => ('!', " (MAY MEAN SOMETHING ELSE)"),
    };
    let words = clean(title.title);
    writeln!(out, "  {CHANGED}{sign}{CHANGED:#} title from {}{class}: {words}", title.effective)
}
