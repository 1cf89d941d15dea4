//! Reads HCPCS Level II as CMS ships it: records of 320 columns.
//!
//! 1-5 code, 6-10 sequence, 11 record id (3 first line of a procedure, 4 its
//! continuation, 7 and 8 the same for a modifier), 12-91 a piece of the long
//! title, 92-119 short title, 205-229 cross-references (five codes), 269-276 added, 285-292 terminated. Continuation
//! lines end after column 91. Disclaimers stand before the data since 2018.
//! A terminated code stays in the file for years: the termination date, the
//! last day of use, is the deletion.

use std::ops::Range;

use jiff::civil::Date;

use super::Coverage;
use super::rows::{End, Parsed, Row, Rows};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

const PIECE: Range<usize> = 11..91;
const SHORT: Range<usize> = 91..119;
const REFERENCES: Range<usize> = 204..229;
const ADDED: Range<usize> = 268..276;
const TERMINATED: Range<usize> = 284..292;

/// Whether a line has a code, a sequence number and a record id in their columns.
pub(super) fn looks(line: &[u8]) -> bool {
    line.len() > PIECE.start
        && line[..5].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
        && line[5..10].iter().all(u8::is_ascii_digit)
        && matches!(line[10], b'3' | b'4' | b'7' | b'8')
}

/// A procedure whose continuation lines are still to come.
struct Open {
    code: Code,
    line: usize,
    long: String,
    short: String,
    references: Vec<Code>,
    added: Option<Date>,
    terminated: Option<Date>,
}

/// Reads a whole file.
///
/// # Errors
/// A line after the first record that is not in the layout, with its number.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let mut rows = Rows::over(String::with_capacity(text.len() / 4), text.len() / 350);
    let mut open: Option<Open> = None;
    let mut begun = false;
    let mut modifiers = 0;
    for (line, number) in text.lines().zip(1..) {
        let record = looks(line.as_bytes());
        // Disclaimers are short lines; what is as long as a record is a damaged one.
        let prose = !begun && !record && line.trim_end().len() < TERMINATED.start;
        if line.trim().is_empty() || prose {
            continue;
        }
        begun = true;
        match line.as_bytes()[..].get(10).filter(|_| record) {
            Some(b'3') => {
                close(&mut rows, open.take());
                open = Some(first(line, number)?);
            }
            Some(b'4') => continued(open.as_mut(), line, number)?,
            Some(b'7') => modifiers += 1,
            Some(_) => {}
            None => return Err(misfit(number)),
        }
    }
    close(&mut rows, open.take());
    rows.settle()?;
    finish(text, rows, modifiers)
}

fn finish(text: &str, rows: Rows, modifiers: usize) -> Result<Parsed> {
    if rows.entries.is_empty() {
        return Err(Error::refused("the file holds no procedure code")
            .hint("name the file with the codes: ...ANWEB.txt"));
    }
    let notes = match modifiers {
        0 => Vec::new(),
        count => vec![format!("{count} modifiers (two characters) left out")],
    };
    let last = text.lines().count() as u64;
    let end = if text.ends_with('\n') { End::Whole } else { End::Doubtful { line: last } };
    Ok(Parsed {
        rows,
        layout: "HCPCS Level II records (320 columns)",
        system: System::Hcpcs,
        coverage: Coverage::Whole,
        notes,
        heading: String::new(),
        end,
    })
}

/// A field by its columns, which are characters: a title may hold others than ASCII.
fn field(line: &str, columns: &Range<usize>) -> String {
    if line.is_ascii() {
        let end = columns.end.min(line.len());
        return line.get(columns.start..end).unwrap_or_default().to_owned();
    }
    line.chars().skip(columns.start).take(columns.len()).collect()
}

fn first(line: &str, number: usize) -> Result<Open> {
    let code = Code::pack(line[..5].trim().as_bytes()).ok_or_else(|| misfit(number))?;
    if line.chars().count() < TERMINATED.end {
        return Err(misfit(number));
    }
    Ok(Open {
        code,
        line: number,
        long: field(line, &PIECE),
        short: field(line, &SHORT).trim().to_owned(),
        references: references(&field(line, &REFERENCES), number)?,
        added: day(&field(line, &ADDED), number, ADDED.start)?,
        terminated: day(&field(line, &TERMINATED), number, TERMINATED.start)?,
    })
}

fn continued(open: Option<&mut Open>, line: &str, number: usize) -> Result<()> {
    let same = |open: &&mut Open| line[..5].trim().as_bytes() == open.code.bytes().as_slice();
    let Some(open) = open.filter(same) else { return Err(misfit(number)) };
    // The pieces are cut between words; a blank at the seam is cut off with them.
    let kept = open.long.trim_end().len();
    open.long.truncate(kept);
    open.long.push(' ');
    open.long.push_str(field(line, &PIECE).trim_start());
    Ok(())
}

fn close(rows: &mut Rows, open: Option<Open>) {
    let Some(Open { code, line, long, short, references, added, terminated }) = open else {
        return;
    };
    rows.refer(code, references, line);
    let long = long.trim();
    rows.push(&Row { code, billable: true, added, terminated, short: &short, long }, line);
}

/// The codes that a record names beside itself, five columns each.
fn references(field: &str, line: usize) -> Result<Vec<Code>> {
    let mut named = Vec::new();
    let mut rest = field;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(5).map_or(rest.len(), |(at, _)| at);
        let (one, others) = rest.split_at(end);
        rest = others;
        if !one.trim().is_empty() {
            named.push(Code::normalise(one).ok_or_else(|| {
                let place = Place::Column(line as u64, REFERENCES.start as u64 + 1);
                Error::refused("a cross-reference is no code: the record is damaged")
                    .place(place)
                    .hint("download the file again")
            })?);
        }
    }
    Ok(named)
}

/// A day as YYYYMMDD; zeros and blanks are none.
fn day(field: &str, line: usize, column: usize) -> Result<Option<Date>> {
    let field = field.trim();
    if field.is_empty() || field == "00000000" {
        return Ok(None);
    }
    let date = field.parse().ok().filter(|_| field.len() == 8);
    date.map(Some).ok_or_else(|| {
        Error::refused("a date is not understood: the record is damaged")
            .place(Place::Column(line as u64, column as u64 + 1))
            .hint("download the file again")
    })
}

fn misfit(number: usize) -> Error {
    Error::refused("not a HCPCS record: code, sequence, record id 3, 4, 7 or 8, titles, dates")
        .line(number as u64)
        .hint("the file is cut off or damaged: download it again")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn record(code: &str, id: char, piece: &str, short: &str, dates: &str) -> String {
        format!("{code:>5}00100{id}{piece:<80}{short:<28}{:149}{dates:<24}{:28}\r\n", "", "")
    }

    fn sample() -> String {
        let service = "An invented service, for which the title is long";
        "A disclaimer, as CMS\u{2019} files have it\r\n\r\n".to_owned()
            + &record("A1", '7', "A modifier", "Modifier", "")
            + &record("A0001", '3', service, "Service", "201801012019010120191231")
            + "A0001001014and goes on\r\n"
            + &record("A0002", '3', "Another", "Other", "2018010100000000")
    }

    #[test]
    fn a_title_goes_on_and_a_termination_is_read() {
        let parsed = parse(&sample()).expect("records");
        let [one, two] = &parsed.rows.entries[..] else { panic!("two services") };
        let title = "An invented service, for which the title is long and goes on";
        assert_eq!(parsed.rows.title(&one.long), title);
        assert_eq!((one.added, one.terminated), (Some(date(2018, 1, 1)), Some(date(2019, 12, 31))));
        assert_eq!((two.terminated, parsed.rows.title(&two.short)), (None, "Other"));
        assert_eq!(parsed.notes, ["1 modifiers (two characters) left out"]);
    }

    #[test]
    fn a_record_that_does_not_fit_is_refused() {
        for (was, is, line) in [
            ("A0001001014", "A0009001014", 5),
            ("A0001001014", "A00010010x4", 5),
            ("20191231", "20191331", 4),
        ] {
            let error = parse(&sample().replace(was, is)).expect_err(is);
            assert!(
                matches!(error.whereabouts(), Some(Place::Line(at) | Place::Column(at, _)) if at == line),
                "{error}"
            );
        }
    }
}
