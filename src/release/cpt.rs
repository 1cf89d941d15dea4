//! Reads a CPT list: code TAB descriptor, after the publisher's lines.
//!
//! The American Medical Association ships a heading and its copyright before
//! the data. A yearly set carries no deletions: absence is the deletion.

use super::Coverage;
use super::rows::{End, Parsed, Row, Rows};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// Whether a line is a CPT code, a tab and a descriptor.
pub(super) fn looks(line: &[u8]) -> bool {
    let Some(tab) = memchr::memchr(b'\t', line) else { return false };
    let text = !line[tab..].trim_ascii().is_empty();
    text && Code::pack(line[..tab].trim_ascii()).is_some_and(is_cpt)
}

fn is_cpt(code: Code) -> bool {
    System::by_shape(code) == Some(System::Cpt)
}

/// Reads a whole file.
///
/// # Errors
/// A line after the first row that is not in the layout, with its number.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let mut rows = Rows::over(String::with_capacity(text.len()), text.len() / 80);
    let mut heading = String::new();
    for (line, number) in text.lines().zip(1..) {
        match line.split_once('\t') {
            _ if line.trim().is_empty() => {}
            Some((code, long)) if looks(line.as_bytes()) => push(&mut rows, code, long, number)?,
            _ if rows.entries.is_empty() => keep(&mut heading, line),
            _ => return Err(misfit(number)),
        }
    }
    rows.settle()?;
    let end = if text.ends_with('\n') { End::Whole } else { End::Unended };
    Ok(Parsed {
        rows,
        layout: "CPT list (code TAB descriptor)",
        system: System::Cpt,
        coverage: Coverage::Whole,
        notes: Vec::new(),
        heading,
        end,
    })
}

fn push(rows: &mut Rows, code: &str, long: &str, number: usize) -> Result<()> {
    let Some(code) = Code::pack(code.trim().as_bytes()) else { return Err(misfit(number)) };
    if long.contains(char::is_control) {
        return Err(Error::refused("a tab or a control character stands in the descriptor")
            .place(Place::Line(number as u64))
            .hint("a list with more than two columns needs a heading that names them"));
    }
    let long = long.trim();
    rows.push(
        &Row { code, billable: true, added: None, terminated: None, short: "", long },
        number,
    );
    Ok(())
}

/// A copyright names the year before the set's own: it tells no date.
fn keep(heading: &mut String, line: &str) {
    if !line.to_ascii_lowercase().contains("copyright") && !line.contains('\u{A9}') {
        heading.push_str(line);
        heading.push('\n');
    }
}

fn misfit(number: usize) -> Error {
    Error::refused("not a line of a CPT list: code, tab, descriptor")
        .line(number as u64)
        .hint("the file is cut off or damaged: download it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_publishers_lines() {
        let text = "Invented Set 2026\nCopyright 2025 Nobody\n\n99998\tInvented one\n0999T\tInvented two\n";
        let parsed = parse(text).expect("a list");
        assert_eq!(parsed.rows.entries.len(), 2);
        assert_eq!(parsed.heading, "Invented Set 2026\n");
        assert_eq!(parsed.end, End::Whole);
    }

    #[test]
    fn a_line_that_does_not_fit_is_refused() {
        let error = parse("99998\tInvented one\n9999").expect_err("a cut line");
        assert_eq!(error.whereabouts(), Some(Place::Line(2)));
    }
}
