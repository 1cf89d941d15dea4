//! Reads the codes that a practice uses: a superbill, a favourites list, or
//! one code a line.
//!
//! The column is the one named `code` or after a code system, else the first;
//! codes may be dotted or not, and a title may stand behind them. What is no
//! code of the system is kept as it was written, so that it can be shown.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use encoding_rs::UTF_8;

use crate::code::{Code, Spelling, System};
use crate::error::{Error, Result};
use crate::release::columns::plain;

/// The codes of a user's own list.
#[derive(Debug)]
pub struct OwnCodes {
    /// The file as the user typed it.
    pub path: PathBuf,
    pub(super) codes: Vec<Code>,
    pub(super) odd: Vec<String>,
}

impl OwnCodes {
    /// Reads a list of codes of one system.
    ///
    /// # Errors
    /// A file that cannot be read, is a workbook, or holds no code.
    pub fn read(path: &Path, system: System) -> Result<OwnCodes> {
        let bytes = fs::read(path).map_err(|error| Error::unreadable(path, &error))?;
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(Error::refused("a workbook or zip is no list of codes")
                .at(path)
                .hint("save the sheet with the codes as CSV"));
        }
        // Excel's `Unicode text` is UTF-16 with its mark, which is honoured here.
        let (text, _, _) = UTF_8.decode(&bytes);
        let own = OwnCodes { path: path.to_owned(), ..parse(&text, system) };
        if own.codes.is_empty() {
            return Err(Error::refused(format!("no code of {} stands in it", system.title()))
                .at(path)
                .hint("one code a line, or a table whose first column, or one named `code`, holds them"));
        }
        Ok(own)
    }
}

fn parse(text: &str, system: System) -> OwnCodes {
    let rows = rows(text);
    let column = rows.first().and_then(code_column);
    let mut own = OwnCodes { path: PathBuf::new(), codes: Vec::new(), odd: Vec::new() };
    let (mut seen, mut seen_odd) = (HashSet::new(), HashSet::new());
    for row in &rows[usize::from(column.is_some())..] {
        let cell = row.get(column.unwrap_or(0)).unwrap_or_default();
        // A title may stand behind the code.
        let Some(written) = cell.split_whitespace().next().filter(|it| !it.starts_with('#')) else {
            continue;
        };
        let read = Spelling::read(written.as_bytes()).filter(|(code, it)| it.fits(*code, system));
        match read {
            Some((code, _)) if seen.insert(code) => own.codes.push(code),
            Some(_) => {}
            None if seen_odd.insert(written) => own.odd.push(written.to_owned()),
            None => {}
        }
    }
    own
}

fn rows(text: &str) -> Vec<StringRecord> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |mark: &u8| memchr::memchr_iter(*mark, first.as_bytes()).count();
    let delimiter = [b'|', b';', b'\t', b','].into_iter().max_by_key(count).unwrap_or(b',');
    let reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    // The text is UTF-8 and rows may be ragged: nothing else can fail here.
    reader.into_records().map_while(std::result::Result::ok).collect()
}

/// The column with the codes, if the row is a heading.
fn code_column(row: &StringRecord) -> Option<usize> {
    const SYSTEMS: [&str; 7] = ["cpt", "hcpcs", "hcpc", "cdt", "icd10", "icd10cm", "icd10pcs"];
    let names: Vec<String> = row.iter().map(plain).collect();
    let exact = names.iter().position(|name| name == "code");
    exact.or_else(|| {
        names.iter().position(|name| {
            name.ends_with("code") || name.ends_with("codes") || SYSTEMS.contains(&name.as_str())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let own = parse(text, System::Icd10cm);
        (own.codes.iter().map(ToString::to_string).collect(), own.odd)
    }

    #[test]
    fn codes_are_found_in_lists_and_tables() {
        let codes = |text: &str| read(text).0;
        assert_eq!(codes("E88.81\nj00\r\n\r\n# mine\nE8881\n"), ["E8881", "J00"]);
        assert_eq!(codes("E88.81  Metabolic syndrome\n"), ["E8881"]);
        assert_eq!(codes("Fee;Dx Code;Name\n1;E88.81;\"a;b\"\n2;J00\n"), ["E8881", "J00"]);
        assert_eq!(codes("barcode,code\nX1,J00\n"), ["J00"]);
        assert_eq!(codes("J00,Common cold\n"), ["J00"]);
    }

    #[test]
    fn what_is_no_code_of_the_system_is_kept_as_written() {
        assert_eq!(read("J00\nE888.1\nE888.1\nnonsense!\n").1, ["E888.1", "nonsense!"]);
    }
}
