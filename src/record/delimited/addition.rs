//! What is appended to the rows of a table whose codes may not be changed.
//!
//! Each column of codes gets three new ones: the proposed code, what became of
//! the entry, and where the rule stands. New cells stand behind the widest row of
//! the file, so that they line up under their names whatever a row lacks; every
//! byte of the row itself stays in front of them.

use std::ops::Range;

use super::records::Records;
use super::tokens::Dialect;

/// The endings of the names of the new columns.
pub const SUFFIXES: [&str; 3] = ["_migrated", "_status", "_rule"];
/// What separates the answers where a cell holds several codes.
pub const BETWEEN: char = ';';

/// How rows of one file are added to.
#[derive(Debug, Clone, Copy)]
pub struct Appending {
    /// What separates and quotes.
    pub dialect: Dialect,
    /// How many cells stand before the new ones.
    pub width: usize,
}

/// What is appended to a row, with the places where it may be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Addition {
    text: Vec<u8>,
    /// The end of the delimiters that a short row lacks, then of each column's cells.
    ends: Vec<u32>,
}

/// The answer for one code of a cell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// The proposed code, in the spelling of the column; empty where there is none.
    pub migrated: &'a [u8],
    /// The machine-readable name of the bucket.
    pub status: &'a str,
    /// Where the rule stands; empty where none is concerned.
    pub rule: &'a str,
}

impl Appending {
    /// Begins the addition to a row of so many cells.
    pub fn begin(self, cells: usize) -> Addition {
        let text = vec![self.dialect.delimiter; self.width.saturating_sub(cells)];
        Addition { ends: vec![text.len() as u32], text }
    }

    /// Adds the three cells of one column; without answers they are empty.
    pub fn column(self, addition: &mut Addition, answers: &[Answer]) {
        let joined = |part: fn(&Answer) -> Vec<u8>| {
            let parts: Vec<Vec<u8>> = answers.iter().map(part).collect();
            // Nothing at all is an empty cell, whatever number of codes it is about.
            if parts.iter().all(Vec::is_empty) { Vec::new() } else { parts.join(&(BETWEEN as u8)) }
        };
        self.cell(addition, &joined(|answer| answer.migrated.to_vec()));
        self.cell(addition, &joined(|answer| answer.status.as_bytes().to_vec()));
        self.cell(addition, &joined(|answer| printable(answer.rule)));
        addition.ends.push(addition.text.len() as u32);
    }

    /// Adds the names of the three columns behind the column `name`.
    pub fn names(self, addition: &mut Addition, name: &str) {
        for suffix in SUFFIXES {
            self.cell(addition, format!("{name}{suffix}").as_bytes());
        }
        addition.ends.push(addition.text.len() as u32);
    }

    /// Adds a cell, quoted only where it would be read as something else.
    fn cell(self, addition: &mut Addition, value: &[u8]) {
        let Dialect { delimiter, quoting } = self.dialect;
        let text = &mut addition.text;
        text.push(delimiter);
        let is_special = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
        if !quoting {
            // Such a file cannot hold these in a cell at all.
            text.extend(value.iter().map(|byte| if is_special(byte) { b'?' } else { *byte }));
        } else if value.iter().any(|byte| is_special(byte) || *byte == b'"') {
            text.push(b'"');
            for &byte in value {
                text.extend_from_slice(if byte == b'"' {
                    b"\"\""
                } else {
                    std::slice::from_ref(&byte)
                });
            }
            text.push(b'"');
        } else {
            text.extend_from_slice(value);
        }
    }
}

/// The place of a rule in plain characters: nobody knows the encoding of the file.
fn printable(place: &str) -> Vec<u8> {
    place
        .chars()
        .map(|c| if c.is_ascii() && !c.is_ascii_control() { c as u8 } else { b'?' })
        .collect()
}

impl Addition {
    /// All of it.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The pieces of which it consists, those that are empty left out.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).map(|(start, &end)| start as usize..end as usize);
        ranges.filter(|range: &Range<usize>| !range.is_empty()).map(|range| &self.text[range])
    }
}

/// The byte behind the last cell of the record at `start`, which ends before
/// `next`: where its line end begins.
pub fn content_end(block: &[u8], start: usize, next: usize) -> usize {
    match &block[start..next] {
        [.., b'\r', b'\n'] => next - 2,
        [.., b'\n'] => next - 1,
        _ => next,
    }
}

/// The cells of an addition; nothing where it is none, or would end the row.
pub fn cells(dialect: Dialect, text: &[u8]) -> Option<Vec<&[u8]>> {
    let cells = text.strip_prefix(&[dialect.delimiter])?;
    if cells.contains(&b'\n') || cells.contains(&b'\r') {
        return None;
    }
    if cells.is_empty() {
        return Some(vec![cells]);
    }
    let mut records = Records::of(dialect, cells);
    let record = records.next().filter(|record| !record.unclosed)?;
    Some((0..record.cells()).map(|column| record.span(column).of(cells)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Appending =
        Appending { dialect: Dialect { delimiter: b',', quoting: true }, width: 3 };

    fn written(how: Appending, cells: usize, columns: &[&[Answer]]) -> String {
        let mut addition = how.begin(cells);
        columns.iter().for_each(|answers| how.column(&mut addition, answers));
        assert_eq!(addition.pieces().collect::<Vec<_>>().concat(), addition.text());
        String::from_utf8(addition.text().to_vec()).expect("text")
    }

    fn answer<'a>(migrated: &'a str, status: &'a str, rule: &'a str) -> Answer<'a> {
        Answer { migrated: migrated.as_bytes(), status, rule }
    }

    #[test]
    fn cells_line_up_behind_the_widest_row() {
        let valid = answer("", "valid", "");
        assert_eq!(written(COMMA, 3, &[&[valid], &[]]), ",,valid,,,,");
        assert_eq!(written(COMMA, 1, &[&[valid]]), ",,,,valid,");
    }

    #[test]
    fn cells_are_quoted_only_where_needed() {
        let replaced = answer("E88.810", "replaced", "a,\"b\".csv:2");
        assert_eq!(written(COMMA, 3, &[&[replaced]]), ",E88.810,replaced,\"a,\"\"b\"\".csv:2\"");
        let pipe = Dialect { delimiter: b'|', quoting: false };
        let bare = Appending { dialect: pipe, width: 3 };
        let odd = answer("", "review", "\u{e4}|\"x\".csv:2");
        assert_eq!(written(bare, 3, &[&[odd]]), "||review|??\"x\".csv:2");
    }

    #[test]
    fn several_codes_of_a_cell_are_told_one_behind_another() {
        let both = [answer("", "valid", ""), answer("H81.4", "replaced", "m:2")];
        assert_eq!(written(COMMA, 3, &[&both]), ",;H81.4,valid;replaced,;m:2");
    }

    #[test]
    fn an_addition_never_ends_its_row() {
        let comma = COMMA.dialect;
        let read = |text: &str| cells(comma, text.as_bytes()).map(|cells| cells.len());
        assert_eq!(read(",a,\"b,c\","), Some(3));
        assert_eq!(read(","), Some(1));
        for text in ["a,b", ",a\n", ",a\r", ",\"a", ",\"a\nb\""] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_row_ends_where_its_line_end_begins() {
        for (text, want) in [("a,b\r\n", 3), ("a,b\n", 3), ("a,b", 3), ("a,b\r", 4), ("a,\r\n", 2)]
        {
            assert_eq!(content_end(text.as_bytes(), 0, text.len()), want, "{text:?}");
        }
    }
}
