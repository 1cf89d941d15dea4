//! Reads the ICD-10-CM/PCS order file.
//!
//! One line is one code or header, in fixed columns: 1-5 order number, 7-13
//! code without dot, 15 flag (1 billable, 0 header), 17-76 short title, 78-end
//! long title. The flag is what separates the two. Order numbers are ignored:
//! they are renumbered every year. Layout: shared by CMS and CDC since 2013.

use std::ops::Range;

use super::rows::{End, Parsed, Rows};
use super::{Coverage, Entry, shape};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// Where the short title begins (0-based column).
const SHORT: usize = 16;
/// Where the long title begins (0-based column).
const LONG: usize = 77;
/// A line of the published files is about this long; only sizes the tables.
const USUAL_LINE: usize = 140;

/// Whether a line has the number, the code and the flag in their columns.
pub(super) fn looks(line: &[u8]) -> bool {
    head(line).is_some()
}

/// The code and the flag of a line.
fn head(line: &[u8]) -> Option<(Code, bool)> {
    let head = line.get(..SHORT)?;
    let number = head[..5].iter().all(u8::is_ascii_digit);
    if !number || head[5] != b' ' || head[13] != b' ' || head[15] != b' ' {
        return None;
    }
    let code = Code::pack(head[6..13].trim_ascii_end()).filter(|code| code.length() >= 3)?;
    match head[14] {
        b'0' => Some((code, false)),
        b'1' => Some((code, true)),
        _ => None,
    }
}

/// Reads a whole file.
///
/// # Errors
/// A line that is not in the layout, with its number.
pub(super) fn parse(text: String) -> Result<Parsed> {
    let mut rows = Rows::over(String::new(), text.len() / USUAL_LINE);
    let mut start = 0;
    let mut number = 0;
    let mut last = start..start;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        number += 1;
        let line = trim_line_end(&text, start..end);
        if !line.is_empty() {
            rows.push_entry(read(&text, line.clone(), number)?, number);
            last = line;
        }
        start = end + 1;
    }
    let end = end_of(&text, &rows, last, number);
    rows.text = text;
    rows.settle()?;
    finish(rows, end)
}

fn finish(rows: Rows, end: End) -> Result<Parsed> {
    let system = shape::icd10(&rows.entries);
    let layout = match system {
        System::Icd10pcs => "ICD-10-PCS order file",
        _ => "ICD-10-CM order file",
    };
    if !rows.entries.iter().any(|entry| entry.billable) {
        return Err(Error::refused("the order file holds headers only, no billable code")
            .hint("download it again: a published file has tens of thousands of billable codes"));
    }
    let coverage = Coverage::Whole;
    Ok(Parsed { rows, layout, system, coverage, notes: Vec::new(), heading: String::new(), end })
}

/// The line without its line end; blanks alone are an empty line.
fn trim_line_end(text: &str, line: Range<usize>) -> Range<usize> {
    let bytes = &text.as_bytes()[line.clone()];
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let kept = if bytes.trim_ascii_start().is_empty() { 0 } else { bytes.len() };
    line.start..line.start + kept
}

fn read(text: &str, line: Range<usize>, number: usize) -> Result<Entry> {
    let bytes = &text.as_bytes()[line.clone()];
    let Some((code, billable)) = head(bytes) else { return Err(misfit(bytes, number)) };
    // Without an early end the loop runs over many bytes at once.
    if bytes.iter().fold(false, |found, byte| found | byte.is_ascii_control()) {
        return Err(control_character(bytes, number));
    }
    let Some((short, long)) = titles(&text[line.clone()]) else {
        return Err(misfit(bytes, number));
    };
    let shift =
        |range: Range<usize>| (line.start + range.start) as u32..(line.start + range.end) as u32;
    let (short, long) = (shift(short), shift(long));
    Ok(Entry { code, billable, added: None, terminated: None, short, long })
}

fn control_character(bytes: &[u8], number: usize) -> Error {
    let at = bytes.iter().position(u8::is_ascii_control).unwrap_or_default();
    Error::refused("a control character stands in the line: it is damaged")
        .place(Place::Column(number as u64, at as u64 + 1))
        .hint("download the file again")
}

fn misfit(bytes: &[u8], number: usize) -> Error {
    let what = if bytes.len() <= LONG {
        "the line ends before the long title (column 78)"
    } else {
        "not a line of an order file: number, code, flag 0 or 1, short title, long title"
    };
    Error::refused(what)
        .line(number as u64)
        .hint("the file is cut off or damaged: download it again")
}

/// The two titles of a line.
fn titles(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = line.as_bytes();
    if bytes.get(..LONG)?.is_ascii() {
        return titles_from(line, LONG);
    }
    // A character of two bytes in the short title: the columns are characters in
    // files written by people, bytes in files written by programs (2013).
    let by_character = line.char_indices().nth(LONG).map(|(at, _)| at);
    by_character.and_then(|at| titles_from(line, at)).or_else(|| titles_from(line, LONG))
}

/// The two titles, the long one beginning at byte `long`, a blank before it.
fn titles_from(line: &str, long: usize) -> Option<(Range<usize>, Range<usize>)> {
    // Padding is blanks: they are cut as bytes, before the rest is looked at as characters.
    let short = line.get(SHORT..long)?.strip_suffix(' ')?.trim_ascii_end().trim_end();
    let title = line.get(long..)?.trim_ascii_end().trim_end();
    let whole = !short.is_empty() && !title.is_empty() && !title.starts_with(' ');
    whole.then(|| (SHORT..SHORT + short.len(), long..long + title.len()))
}

/// How the file ends. Without a line end the last title may be cut off; it is
/// whole where it equals the short one.
fn end_of(text: &str, rows: &Rows, last: Range<usize>, line: usize) -> End {
    if text.ends_with('\n') {
        return End::Whole;
    }
    let equal = rows.entries.last().is_some_and(|entry| {
        let title = |range: &Range<u32>| &text[range.start as usize..range.end as usize];
        title(&entry.short) == title(&entry.long)
    });
    if equal || text[last.end..].starts_with('\r') {
        End::Unended
    } else {
        End::Doubtful { line: line as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize, code: &str, flag: u8, short: &str, long: &str) -> String {
        format!("{number:05} {code:<7} {flag} {short:<60} {long}\r\n")
    }

    fn sample() -> String {
        line(1, "A00", 0, "Cholera", "Cholera")
            + &line(2, "A000", 1, "Cholera, classical", "Cholera due to Vibrio  cholerae 01")
    }

    #[test]
    fn columns_are_read() {
        let parsed = parse(sample()).expect("an order file");
        assert_eq!(parsed.system, System::Icd10cm);
        let [header, code] = &parsed.rows.entries[..] else { panic!("two entries") };
        assert!(!header.billable && code.billable);
        assert_eq!(parsed.rows.title(&code.short), "Cholera, classical");
        assert_eq!(parsed.rows.title(&code.long), "Cholera due to Vibrio  cholerae 01");
    }

    #[test]
    fn a_cut_line_is_refused_with_its_number() {
        let text = sample();
        let first = text.find('\n').expect("two lines") + 1;
        for cut in first + 1..=first + LONG {
            let cut = parse(text[..cut].to_owned());
            let error = cut.expect_err("a line that ends too early");
            assert_eq!(error.whereabouts(), Some(Place::Line(2)));
        }
    }

    #[test]
    fn a_last_line_without_end_is_doubtful_unless_its_titles_agree() {
        let text = sample();
        assert_eq!(parse(text.trim_end().to_owned()).expect("read").end, End::Doubtful { line: 2 });
        let text = line(1, "A000", 1, "Cholera", "Cholera");
        assert_eq!(parse(text.trim_end().to_owned()).expect("read").end, End::Unended);
    }

    #[test]
    fn a_character_of_two_bytes_shifts_no_column() {
        let by_character = line(1, "A000", 1, "Ménière", "Ménière's disease");
        let by_byte = by_character.replace("Ménière  ", "Ménière");
        for text in [by_character, by_byte] {
            let rows = parse(text).expect("an order file").rows;
            assert_eq!(rows.title(&rows.entries[0].long), "Ménière's disease");
        }
    }

    #[test]
    fn a_code_twice_is_refused_with_both_lines() {
        let text = sample() + &line(3, "A000", 0, "Other", "Other");
        let error = parse(text).expect_err("a code twice");
        assert_eq!(error.whereabouts(), Some(Place::Lines(2, 3)));
        let same = sample() + &line(3, "A00", 0, "Cholera", "Cholera");
        let rows = parse(same).expect("the same row twice").rows;
        assert_eq!(rows.entries.len(), 2);
        assert!(rows.repeated_note().is_some_and(|note| note.contains("line 3")));
    }
}
