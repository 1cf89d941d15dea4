//! Reads the codes file: billable ICD-10 codes and their long titles.
//!
//! Columns 1-7 hold the code, 9-end the long title. Headers are not in it, so
//! a code that became a header looks like one that was deleted.

use super::rows::{End, Parsed, Row, Rows};
use super::{Coverage, shape};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// Where the title begins (0-based column).
const TITLE: usize = 8;

/// Whether a line has an ICD-10 code in columns 1-7 and a title behind it.
pub(super) fn looks(line: &[u8]) -> bool {
    read(line).is_some()
}

fn read(line: &[u8]) -> Option<Code> {
    let code = Code::pack(line.get(..7)?.trim_ascii_end()).filter(|code| code.length() >= 3)?;
    let title = line.get(TITLE..)?;
    let titled = line[7] == b' ' && title.first().is_some_and(|byte| !byte.is_ascii_whitespace());
    (titled && (shape::is_icd10cm(code) || shape::is_icd10pcs(code))).then_some(code)
}

/// Reads a whole file.
///
/// # Errors
/// A line that is not in the layout, with its number.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let mut rows = Rows::over(String::with_capacity(text.len()), text.len() / 85);
    let mut last = 0;
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        last = number;
        let row = row(line, number)?;
        rows.push(&row, number);
    }
    rows.settle()?;
    let system = shape::icd10(&rows.entries);
    let layout = match system {
        System::Icd10pcs => "ICD-10-PCS codes file",
        _ => "ICD-10-CM codes file",
    };
    let notes = vec!["a codes file lists billable codes only: headers are unknown".to_owned()];
    let end = if text.ends_with('\n') { End::Whole } else { End::Doubtful { line: last as u64 } };
    let coverage = Coverage::BillableOnly;
    Ok(Parsed { rows, layout, system, coverage, notes, heading: String::new(), end })
}

fn row(line: &str, number: usize) -> Result<Row<'_>> {
    let damaged = |place, what: &str| {
        Err(Error::refused(what)
            .place(place)
            .hint("the file is cut off or damaged: download it again"))
    };
    let at = number as u64;
    let Some(code) = read(line.as_bytes()) else {
        return damaged(Place::Line(at), "not a line of a codes file: code, then its long title");
    };
    if let Some(column) = line.bytes().position(|byte| byte.is_ascii_control()) {
        let place = Place::Column(at, column as u64 + 1);
        return damaged(place, "a control character stands in the line: it is damaged");
    }
    let long = line[TITLE..].trim_end();
    Ok(Row { code, billable: true, added: None, terminated: None, short: "", long })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_titles_are_read() {
        let parsed = parse("A000    Cholera one\r\nA0101   Typhoid meningitis\r\n").expect("codes");
        assert_eq!((parsed.system, parsed.coverage), (System::Icd10cm, Coverage::BillableOnly));
        assert_eq!(parsed.rows.title(&parsed.rows.entries[1].long), "Typhoid meningitis");
        assert_eq!(parsed.end, End::Whole);
        let pcs = parse("0016070 Bypass Cerebral Ventricle\n").expect("codes");
        assert_eq!(pcs.system, System::Icd10pcs);
    }

    #[test]
    fn a_cut_line_is_refused_or_doubtful() {
        let error = parse("A000    Cholera one\r\nA01").expect_err("a cut line");
        assert_eq!(error.whereabouts(), Some(Place::Line(2)));
        assert_eq!(parse("A000    Cholera o").expect("read").end, End::Doubtful { line: 1 });
    }
}
