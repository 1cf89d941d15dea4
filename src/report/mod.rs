//! One exporter a file: what people and programs get to read.

pub mod across_csv;
pub mod across_json;
pub mod across_markdown;
pub mod across_text;
pub mod across_view;
pub mod across_xlsx;
pub mod addenda_view;
pub mod audit_csv;
pub mod audit_json;
pub mod audit_slices;
pub mod audit_slices_json;
pub mod audit_text;
pub mod audit_view;
pub mod by_code;
pub mod changes;
pub mod code_json;
pub mod code_text;
pub mod decided_map;
pub mod decisions;
pub mod diff_csv;
pub mod diff_html;
pub mod diff_json;
pub mod diff_markdown;
pub mod diff_text;
pub mod diff_view;
pub mod diff_xlsx;
pub mod escape;
pub mod inspect_json;
pub mod inspect_text;
pub mod later_editions;
pub mod list_changes;
pub mod listing;
pub mod map_check_json;
pub mod map_check_text;
pub mod map_csv;
pub mod map_json;
pub mod page;
pub mod paper;
pub mod papers;
pub mod plan_json;
pub mod run_html;
pub mod run_text;
pub mod run_view;
pub mod run_xlsx;
pub mod sheet;
pub mod show;
pub mod style;
pub mod suggest_csv;
pub mod suggest_json;
pub mod suggest_text;
pub mod summary;
pub mod turn_csv;
pub mod turn_json;
pub mod turn_text;
pub mod turns;
pub mod workbook;
pub mod workbooks;
pub mod worklist;

use std::fmt::Display;
use std::io;

use jiff::civil::Date;

use crate::decide::{Bucket, Table};
use crate::history::{Chronicle, Interval};
use crate::record::delimited::damage::Damage;
use crate::run::book::Manner;
use crate::run::inputs::{Input, Inputs};
use crate::run::plan::{FilePlan, Plan};
pub use listing::{Descriptors, Listing};

/// A day as ISO text; empty where there is none. Every row of a report holds one:
/// four digits, two and two, without the detours of a general formatter.
fn day(day: Option<Date>) -> String {
    let Some(day) = day else { return String::new() };
    let two = |value: i8| [b'0' + value.unsigned_abs() / 10, b'0' + value.unsigned_abs() % 10];
    let century = two((day.year() / 100) as i8);
    let year = two((day.year() % 100) as i8);
    let ([m1, m2], [d1, d2]) = (two(day.month()), two(day.day()));
    let text = [century[0], century[1], year[0], year[1], b'-', m1, m2, b'-', d1, d2];
    // Nothing but digits and dashes.
    String::from_utf8_lossy(&text).into_owned()
}

/// From when to when a code was billable, in words, as far as that is known.
fn billable(interval: Interval) -> Option<String> {
    let or_earlier = |day: Date| format!("{day} or earlier");
    let or_later = |day: Date| format!("{day} or later");
    let since = interval.since.map(|day| day.to_string());
    let until = interval.until.map(|day| day.to_string());
    let since = since.or_else(|| interval.since_at_latest.map(or_earlier))?;
    let until = until.or_else(|| interval.until_at_least.map(or_later));
    Some(match until {
        Some(until) => format!("{since} to {until}"),
        None => format!("from {since}"),
    })
}

/// Why a row could not be written, so that a closed pipe is still told from a full disk.
fn unwritten(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// A count with the word for what is counted: `1 entry`, `2 entries`.
pub(crate) fn counted(count: impl Display, one: &str) -> String {
    match (count.to_string(), one.strip_suffix('y')) {
        (count, _) if count == "1" => format!("1 {one}"),
        (count, Some(stem)) => format!("{count} {stem}ies"),
        (count, None) => format!("{count} {one}s"),
    }
}

/// How many entries need what is said next.
fn entries_need(count: u64) -> String {
    format!("{} need{}", counted(count, "entry"), if count == 1 { "s" } else { "" })
}

/// The words for a bucket: where rows are annotated, nothing is replaced.
fn words(bucket: Bucket, manner: Manner) -> &'static str {
    match (manner, bucket) {
        (Manner::Annotate, Bucket::Replaced) => {
            "the code stays: its successor is proposed beside it"
        }
        (Manner::Annotate, Bucket::Chosen) => {
            "the code stays: a reviewer's choice is proposed beside it"
        }
        (Manner::Annotate, Bucket::Recoded) => {
            "the code stays: the one that a payer asks for is proposed beside it"
        }
        (Manner::Annotate, Bucket::ReportOnly) => {
            "retired or decided: reported, the code stays; a successor is proposed where one rule or a reviewer names it"
        }
        _ => bucket.words(),
    }
}

/// What every report ends with.
const NOT_CHECKED: &str =
    "documentation, medical necessity, NCCI and MUE edits, fitness of modifiers, payment";

/// What was looked at, said where nothing was found: the columns of each file and the
/// releases that their codes were held against.
///
/// # Errors
/// As the sink fails.
fn looked_at(out: &mut dyn io::Write, inputs: &Inputs, table: &Table) -> io::Result<()> {
    const FILES: usize = 10;
    let all = &inputs.files;
    for input in all.iter().take(FILES) {
        let columns = clean(&input.layout.code_names());
        writeln!(out, "  looked at: {columns} in {}", clean(&input.name))?;
    }
    if all.len() > FILES {
        writeln!(out, "  looked at: ... ({} files in all)", all.len())?;
    }
    for system in table.history().systems() {
        let releases = table.history().of(system).map_or(&[][..], Chronicle::releases);
        let days: Vec<String> =
            releases.iter().map(|release| release.effective.to_string()).collect();
        writeln!(out, "  held against: {} of {}", system.title(), days.join(", "))?;
    }
    Ok(())
}

/// Said where more claims had to be told apart than are remembered.
const CLAIMS_AT_MOST: &str = "Claims by code, file, payer or reason are at most so many: beyond a million of them \
                              in a file, rows of a claim that stand apart count apart.";

/// What charges by code leave out, a line each file.
pub fn charges_left_out(inputs: &Inputs, plan: &Plan) -> Vec<String> {
    let of_file = |(input, file): (&Input, &FilePlan)| {
        let amount = input.layout.amount.as_ref()?;
        let left_out = file.billed.left_out();
        let why = if file.billed.marks.allow_thousands() {
            "is not read, or not known"
        } else {
            "is not known: the column holds decimal commas (12,50), so that 1,234 may be either"
        };
        (left_out > 0).then(|| {
            let entries = counted(left_out, "entry");
            format!(
                "{}: charges by code leave out {entries} whose amount in `{}` {why}",
                input.name, amount.name
            )
        })
    };
    inputs.files.iter().zip(&plan.files).filter_map(of_file).collect()
}

/// Files that were named and not read, and those that look damaged: said loudly, for
/// nobody looked at what is not there.
fn not_read(out: &mut dyn io::Write, inputs: &Inputs, damage: &[Damage]) -> io::Result<()> {
    damaged(inputs, damage)
        .iter()
        .try_for_each(|words| writeln!(out, "  NOT WHOLE? {}", clean(words)))?;
    inputs.passed_over.iter().try_for_each(|passed| {
        let path = clean(&passed.path.to_string_lossy());
        writeln!(out, "  NOT CHECKED: {path}: {}", clean(passed.why.message()))
    })
}

/// Files that look as if they were not whole, a line each.
pub fn damaged(inputs: &Inputs, damage: &[Damage]) -> Vec<String> {
    let of_file = |(input, damage): (&Input, &Damage)| {
        let place = |(line, words)| format!("{}:{line}: {words}", input.name);
        damage.words().map(place).collect::<Vec<_>>()
    };
    inputs.files.iter().zip(damage).flat_map(of_file).collect()
}

/// Text from a file or a path, safe for a terminal and for the line it stands in: a
/// line end becomes `↵`, so that no cell writes a line of its own into a report; a tab
/// becomes a blank, other control characters and bidirectional overrides U+FFFD.
pub fn clean(text: &str) -> String {
    let safe = |c: char| match c {
        '\n' | '\u{2028}' | '\u{2029}' => LINE_END,
        '\t' => ' ',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(safe).collect()
}

/// What stands for a line end inside a value.
const LINE_END: char = '↵';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_iso() {
        for date in [
            jiff::civil::date(2016, 10, 1),
            jiff::civil::date(1999, 1, 31),
            jiff::civil::date(8, 12, 9),
        ] {
            assert_eq!(day(Some(date)), date.to_string());
        }
        assert_eq!(day(None), "");
    }

    #[test]
    fn a_day_that_is_not_known_is_not_told_as_one() {
        let day = |year| Some(jiff::civil::date(year, 10, 1));
        let told = |interval| billable(interval).unwrap_or_default();
        let none = Interval::default();
        let all = [
            (Interval { since: day(2016), until: day(2018), ..none }, "2016-10-01 to 2018-10-01"),
            (Interval { since: day(2016), ..none }, "from 2016-10-01"),
            (
                Interval { since: day(2016), until_at_least: day(2017), ..none },
                "2016-10-01 to 2017-10-01 or later",
            ),
            (Interval { since_at_latest: day(2021), ..none }, "from 2021-10-01 or earlier"),
            (none, ""),
        ];
        for (interval, words) in all {
            assert_eq!(told(interval), words);
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{7}\u{202e}"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_value_stays_in_its_line() {
        assert_eq!(clean("a\nb\r\nc\td\re\u{2028}f"), "a↵b↵c d\u{fffd}e↵f");
    }
}
