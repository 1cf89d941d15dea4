//! The first megabyte of a file -> is it delimited text, and how is it written?
//!
//! The delimiter is the one that yields known column names and the steadiest
//! width; a tie asks. The header is the first record with a known name among
//! the first twenty, for price files carry rows of other things above it.

use std::path::Path;

use super::addition::content_end;
use super::cell;
use super::columns::{Role, normalise, role};
use super::records::Records;
use super::tokens::Dialect;
use crate::error::{Error, Result};

/// How many bytes of a file are looked at to recognise it.
pub const HEAD: usize = 1 << 20;

/// Among how many records the header is sought.
const HEADER_WITHIN: usize = 20;

/// How many records are looked at to compare widths.
const WIDTHS: usize = 200;

/// More columns than any table has.
const MOST_COLUMNS: usize = 20_000;

/// How a file is written, and where its records begin.
#[derive(Debug, Clone)]
pub struct Head {
    /// What separates and quotes.
    pub dialect: Dialect,
    /// The names of the columns, as written; numbers where there is no header.
    pub names: Vec<String>,
    /// Whether there is a header.
    pub has_header: bool,
    /// The byte behind the last cell of the header; 0 where there is none.
    pub header_end: usize,
    /// The byte at which the first record after the header begins.
    pub data: usize,
    /// The physical line (1-based) of that byte.
    pub first_line: u64,
    /// In words, why it was recognised so.
    pub evidence: String,
}

/// What the user said about how a file is written.
#[derive(Debug, Clone, Default)]
pub struct Spoken {
    /// Columns named on the command line: their names make a header.
    pub columns: Vec<String>,
    /// The delimiter.
    pub delimiter: Option<u8>,
    /// Whether quotes are special; recognised where not said.
    pub quoting: Option<bool>,
}

/// Recognises how the file that begins with `bytes` is written.
///
/// # Errors
/// It is empty, of another format, or no header and no delimiter can be told.
pub fn recognise(bytes: &[u8], path: &Path, spoken: &Spoken) -> Result<Head> {
    refuse_others(bytes, path)?;
    let bom = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let delimiters: Vec<u8> = spoken.delimiter.map_or_else(|| b",|\t;".to_vec(), |one| vec![one]);
    let quoting = spoken.quoting.unwrap_or(true);
    let mut tries: Vec<Try> = delimiters
        .iter()
        .filter_map(|&delimiter| Try::new(bytes, bom, Dialect { delimiter, quoting }, spoken))
        .collect();
    tries.sort_by_key(|one| std::cmp::Reverse(one.rank()));
    let best = match &tries[..] {
        [] => return Err(no_header(bytes, bom, path, &delimiters)),
        [best, second, ..] if best.rank() == second.rank() && best.names.len() > 1 => {
            return Err(Error::refused("more than one delimiter would fit this file")
                .at(path)
                .hint("say which: --delimiter comma|tab|pipe|semicolon"));
        }
        [best, ..] => best,
    };
    if best.names.len() > MOST_COLUMNS {
        return Err(Error::refused(format!("it has {} columns", best.names.len())).at(path).hint(
            format!(
                "no more than {MOST_COLUMNS} are read: is the delimiter the right one? --delimiter"
            ),
        ));
    }
    Ok(best.head(spoken.quoting))
}

fn refuse_others(bytes: &[u8], path: &Path) -> Result<()> {
    let refuse = |what: &str, hint: &str| Err(Error::refused(what.to_owned()).at(path).hint(hint));
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let export = "export it as delimited text (CSV)";
    match text {
        [] => refuse("the file is empty", "check that the export finished"),
        [b'%', b'P', b'D', b'F', ..] => refuse("it is a PDF, not a table of records", export),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] => {
            refuse("it is a picture, not a table of records", export)
        }
        [b'P', b'K', 3, 4, ..] => refuse(
            "it is a zip or a workbook, not delimited text",
            "unpack it, or save the sheet as CSV",
        ),
        [0x1F, 0x8B, ..] => refuse("it is compressed (gzip)", "unpack it first"),
        [b'P', b'A', b'R', b'1', ..] => {
            refuse("it is a Parquet file, which is not read yet", export)
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => refuse(
            "it is UTF-16 text, which is not read yet",
            "save it as UTF-8 or as CSV for other systems",
        ),
        [b'I', b'S', b'A', b'*' | b'|' | b'^' | b'~', ..] => {
            refuse("it is an X12 interchange, which is not read yet", export)
        }
        [b'M', b'S', b'H', ..] => refuse("it is HL7 v2, which is not read yet", export),
        [b'{', ..] | [b'[', ..] => refuse("it is JSON, which is not read yet", export),
        [b'<', ..] => refuse("it is XML, which is not read yet", export),
        _ if !bytes.contains(&b'\n') && bytes.contains(&b'\r') => refuse(
            "its lines end in CR alone",
            "old Macintosh line ends: save it with LF or CRLF line ends",
        ),
        _ => Ok(()),
    }
}

fn no_header(bytes: &[u8], bom: usize, path: &Path, delimiters: &[u8]) -> Error {
    let first = |delimiter: &u8| read(Dialect { delimiter: *delimiter, quoting: true }, bytes, bom);
    // Cut by another delimiter a row is one cell.
    let rows = delimiters.iter().filter_map(first);
    let cells = rows.map(|row| row.cells).max_by_key(Vec::len).unwrap_or_default();
    Error::no_codes(format!(
        "no column of codes was recognised among the first {HEADER_WITHIN} rows"
    ))
    .at(path)
    .hint(format!(
        "name the column: --code-column NAME, or its number where there is no header: --code-column 3; {}",
        shape(&cells)
    ))
}

/// What a first row looks like. Its cells are shown only where two of them are names of
/// columns: of a file without a header they are somebody's.
fn shape(cells: &[String]) -> String {
    const SHOWN: usize = 30;
    let columns = match cells.len() {
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    };
    let known = cells.iter().filter(|cell| role(cell).is_some()).count();
    if known >= 2 && cells.len() <= SHOWN {
        return format!("its {columns}: {}", cells.join(", "));
    }
    let has_digits = |cell: &&String| cell.bytes().filter(u8::is_ascii_digit).count() > 2;
    let what = match cells.iter().filter(has_digits).count() {
        0 => "is text without a known name of a column",
        _ => "looks like data, not like names",
    };
    format!("it has {columns}, and its first row {what}")
}

/// One delimiter tried.
struct Try {
    dialect: Dialect,
    names: Vec<String>,
    has_header: bool,
    header_end: usize,
    data: usize,
    first_line: u64,
    known: usize,
    steady: usize,
    quoted_header: bool,
}

struct HeadRecord {
    cells: Vec<String>,
    next: usize,
    lines: u64,
    quoted: bool,
}

impl Try {
    fn new(bytes: &[u8], bom: usize, dialect: Dialect, spoken: &Spoken) -> Option<Try> {
        let mut at = bom;
        let mut line = 1;
        for _ in 0..HEADER_WITHIN {
            let Some(record) = read(dialect, bytes, at) else { break };
            let header_end = content_end(bytes, at, record.next);
            at = record.next;
            line += record.lines;
            let known = known_names(&record.cells, spoken);
            if known > 0 {
                return Some(Try {
                    dialect,
                    steady: steadiness(dialect, bytes, at, record.cells.len()),
                    names: record.cells,
                    has_header: true,
                    header_end,
                    data: at,
                    first_line: line,
                    known,
                    quoted_header: record.quoted,
                });
            }
        }
        Try::without_header(bytes, bom, dialect, spoken)
    }

    /// A file without a header: columns are called by their numbers.
    fn without_header(bytes: &[u8], bom: usize, dialect: Dialect, spoken: &Spoken) -> Option<Try> {
        let numbers: Vec<usize> =
            spoken.columns.iter().filter_map(|name| name.parse().ok()).collect();
        if numbers.is_empty() || numbers.len() < spoken.columns.len() {
            return None;
        }
        let first = read(dialect, bytes, bom)?;
        let width = first.cells.len();
        if numbers.iter().any(|&number| number == 0 || number > width) {
            return None;
        }
        Some(Try {
            dialect,
            names: (1..=width).map(|number| number.to_string()).collect(),
            has_header: false,
            header_end: 0,
            data: bom,
            first_line: 1,
            known: 0,
            steady: steadiness(dialect, bytes, bom, width),
            quoted_header: true,
        })
    }

    /// Known names first, then how many records keep the width, then the width.
    fn rank(&self) -> (usize, usize, usize) {
        (self.known, self.steady, self.names.len())
    }

    fn head(&self, quoting: Option<bool>) -> Head {
        // CMS research files never quote; one export of them does, and quotes its header too.
        let is_rif = self.has_name("clm_id") && self.has_name("clm_thru_dt");
        let never_quotes = is_rif && self.dialect.delimiter == b'|' && !self.quoted_header;
        let quoting = quoting.unwrap_or(!never_quotes);
        let delimiter = delimiter_name(self.dialect.delimiter);
        let header = if self.has_header { "" } else { ", no header" };
        let quotes = if quoting { "" } else { ", quotes are data" };
        Head {
            dialect: Dialect { quoting, ..self.dialect },
            names: self.names.clone(),
            has_header: self.has_header,
            header_end: self.header_end,
            data: self.data,
            first_line: self.first_line,
            evidence: format!(
                "{delimiter}-delimited text, {} columns{header}{quotes}",
                self.names.len()
            ),
        }
    }

    fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|own| normalise(own) == name)
    }
}

fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "comma",
        b'\t' => "tab",
        b'|' => "pipe",
        b';' => "semicolon",
        _ => "otherwise",
    }
}

/// How many of these cells are names of code columns, or named by the user.
fn known_names(cells: &[String], spoken: &Spoken) -> usize {
    // A number names a column by its place, never by a cell that happens to hold it.
    let is_name = |name: &&String| name.parse::<usize>().is_err();
    let is_spoken = |cell: &String| {
        spoken
            .columns
            .iter()
            .filter(is_name)
            .any(|name| name.trim().eq_ignore_ascii_case(cell.trim()))
    };
    let spoken_names = cells.iter().filter(|cell| is_spoken(cell)).count();
    let is_code = |cell: &&String| matches!(role(cell), Some(Role::Code(_)));
    let codes = cells.iter().filter(is_code).count();
    // A known name of another kind alone (`version`) does not make a header.
    let others = cells.iter().filter(|cell| role(cell).is_some()).count() - codes;
    if spoken_names + codes == 0 { 0 } else { spoken_names + codes + others }
}

fn read(dialect: Dialect, bytes: &[u8], at: usize) -> Option<HeadRecord> {
    let mut records = Records::starting(dialect, bytes, at);
    let record = records.next()?;
    let raw = || (0..record.cells()).map(|column| record.span(column).of(bytes));
    let quoted = raw().any(|cell| cell.first() == Some(&b'"'));
    let text = |cell| String::from_utf8_lossy(cell::core(cell).1).into_owned();
    let cells = raw().map(text).collect();
    Some(HeadRecord { cells, next: record.next(), lines: record.lines, quoted })
}

/// How many of the next records have `width` cells.
fn steadiness(dialect: Dialect, bytes: &[u8], at: usize, width: usize) -> usize {
    let mut records = Records::starting(dialect, bytes, at);
    let mut steady = 0;
    for _ in 0..WIDTHS {
        let Some(record) = records.next() else { break };
        steady += usize::from(record.cells() == width && width > 1);
    }
    steady
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str, columns: &[&str]) -> Result<Head> {
        let spoken = Spoken {
            columns: columns.iter().map(ToString::to_string).collect(),
            ..Spoken::default()
        };
        recognise(text.as_bytes(), Path::new("t.csv"), &spoken)
    }

    #[test]
    fn delimiters_are_told_by_names_and_widths() {
        for (text, want) in [
            ("claim_id,dx1\n1,E11.9\n", b','),
            ("claim_id|dx1|x\n1|E11.9|a,b\n", b'|'),
            ("claim_id\tdx1\n1\tE11.9\n", b'\t'),
            ("claim_id;dx1\n1;E11.9\n", b';'),
        ] {
            assert_eq!(head(text, &[]).expect("recognised").dialect.delimiter, want, "{text}");
        }
    }

    #[test]
    fn rows_above_the_header_are_passed_over() {
        let head =
            head("hospital,version\nX,3.0\ncode|1,code|1|type\n99,CPT\n", &[]).expect("recognised");
        assert_eq!((head.first_line, head.names.len()), (4, 2));
        assert_eq!(head.data, 42);
    }

    #[test]
    fn a_file_without_a_header_needs_the_number() {
        assert!(head("1,E11.9\n2,I10\n", &[]).is_err());
        let head = head("1,E11.9\n2,I10\n", &["2"]).expect("recognised");
        assert!(!head.has_header);
        assert_eq!(head.names, ["1", "2"]);
    }

    #[test]
    fn research_files_do_not_quote() {
        let plain = head("CLM_ID|CLM_THRU_DT|ICD_DGNS_CD1\n1|x|\"I10\n", &[]).expect("recognised");
        assert!(!plain.dialect.quoting);
        let quoted =
            head("\"CLM_ID\"|\"CLM_THRU_DT\"|\"ICD_DGNS_CD1\"\n", &[]).expect("recognised");
        assert!(quoted.dialect.quoting);
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        for (text, word) in [
            ("", "empty"),
            ("%PDF-1.7", "PDF"),
            ("ISA*00*", "X12"),
            ("{\"a\":1}", "JSON"),
            ("a\rb\r", "CR"),
        ] {
            let error = head(text, &[]).expect_err("refused");
            assert!(error.message().contains(word), "{text}: {error}");
        }
    }
}
