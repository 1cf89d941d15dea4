//! Splits delimited text into rows that know their physical line.
//!
//! The rules are those of delimited records: a quote is special only at the
//! start of a cell, a line ends with LF or CRLF, a bare CR is data. The `csv`
//! crate is not used here because its line numbers shift with blank lines and
//! because it takes a quote that never closes for the rest of the file; in a
//! mapping file both would send a person to the wrong row.

use memchr::{memchr, memchr_iter, memchr2};

/// One row: a blank line is a row of one empty cell.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The 1-based physical line on which it begins.
    pub line: u64,
    /// The cells, quotes resolved, blanks kept.
    pub cells: Vec<String>,
}

impl Row {
    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// The rows of a text, one after another.
pub struct Rows<'t> {
    text: &'t str,
    delimiter: u8,
    at: usize,
    line: u64,
    open_quote: Option<u64>,
    broken_quote: Option<u64>,
}

/// What ended a cell.
enum End {
    Delimiter,
    Row,
}

impl<'t> Rows<'t> {
    /// The rows of `text`, whose cells are parted by an ASCII `delimiter`.
    pub fn new(text: &'t str, delimiter: u8) -> Rows<'t> {
        Rows { text, delimiter, at: 0, line: 1, open_quote: None, broken_quote: None }
    }

    /// The line on which a quote opened that never closed, once all rows are read.
    pub fn open_quote(&self) -> Option<u64> {
        self.open_quote
    }

    /// The line on which the first quoted cell begins that goes on behind its
    /// closing quote: one of the two quotes is astray, and what stands between
    /// them may be several rows.
    pub fn broken_quote(&self) -> Option<u64> {
        self.broken_quote
    }

    fn cell(&mut self) -> (String, End) {
        let mut cell = String::new();
        if self.text.as_bytes().get(self.at) != Some(&b'"') {
            let end = self.plain(&mut cell);
            return (cell, end);
        }
        let opened = self.line;
        self.at += 1;
        self.quoted(&mut cell);
        let closed = cell.len();
        let end = self.plain(&mut cell);
        if !cell[closed..].trim().is_empty() {
            self.broken_quote.get_or_insert(opened);
        }
        (cell, end)
    }

    /// Takes what stands between quotes, and the closing quote.
    fn quoted(&mut self, cell: &mut String) {
        let opened = self.line;
        loop {
            let rest = &self.text[self.at..];
            let close = memchr(b'"', rest.as_bytes());
            let inside = &rest[..close.unwrap_or(rest.len())];
            cell.push_str(inside);
            self.line += memchr_iter(b'\n', inside.as_bytes()).count() as u64;
            self.at += inside.len();
            if close.is_none() {
                self.open_quote = Some(opened);
                return;
            }
            self.at += 1;
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                return;
            }
            cell.push('"');
            self.at += 1;
        }
    }

    /// Takes what stands up to the end of the cell, and what ended it.
    fn plain(&mut self, cell: &mut String) -> End {
        let rest = &self.text[self.at..];
        let Some(end) = memchr2(self.delimiter, b'\n', rest.as_bytes()) else {
            cell.push_str(rest);
            self.at = self.text.len();
            return End::Row;
        };
        self.at += end + 1;
        if rest.as_bytes()[end] == self.delimiter {
            cell.push_str(&rest[..end]);
            return End::Delimiter;
        }
        self.line += 1;
        cell.push_str(rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]));
        End::Row
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut row = Row { line: self.line, cells: Vec::new() };
        loop {
            let (cell, end) = self.cell();
            row.cells.push(cell);
            if matches!(end, End::Row) {
                return Some(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        Rows::new(text, b',').map(|row| (row.line, row.cells)).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn lines_are_physical() {
        let text = "a,b\r\n\r\n\"x\r\ny\",\"1\"\"\"\nlast,";
        let want = [row(1, &["a", "b"]), row(2, &[""]), row(3, &["x\r\ny", "1\""])];
        assert_eq!(rows(text)[..3], want);
        assert_eq!(rows(text)[3], row(5, &["last", ""]));
    }

    #[test]
    fn a_quote_inside_a_cell_is_data() {
        assert_eq!(rows("5\" pipe,x\n"), [row(1, &["5\" pipe", "x"])]);
    }

    #[test]
    fn a_quote_that_never_closes_is_named() {
        let mut rows = Rows::new("a,b\n\"c,d\ne,f\n", b',');
        assert_eq!(rows.by_ref().count(), 2);
        assert_eq!(rows.open_quote(), Some(2));
    }

    #[test]
    fn a_quoted_cell_that_goes_on_is_named() {
        let broken = |text: &str| {
            let mut rows = Rows::new(text, b',');
            rows.by_ref().for_each(drop);
            rows.broken_quote()
        };
        assert_eq!(broken("a,b\n\"c,d\ne,\"f\"\n"), Some(2));
        assert_eq!(broken("a,\"b\" \r\n\"\"\"c\"\"\",d\n"), None);
    }

    proptest! {
        #[test]
        fn cells_are_those_of_the_csv_crate(text in "[ab,\"\n]{0,40}") {
            let mut oracle = csv::ReaderBuilder::new()
                .has_headers(false).flexible(true).from_reader(text.as_bytes());
            let want: Vec<Vec<String>> = oracle
                .records()
                .map(|record| record.expect("text").iter().map(str::to_owned).collect())
                .collect();
            // The csv crate skips blank lines.
            let got: Vec<Vec<String>> = Rows::new(&text, b',')
                .map(|row| row.cells).filter(|cells| cells != &[""]).collect();
            let want: Vec<Vec<String>> =
                want.into_iter().filter(|cells| cells != &[""]).collect();
            prop_assert_eq!(got, want);
        }
    }
}
