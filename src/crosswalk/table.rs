//! Reads the tool's own mapping form: `old,new` and the optional columns.
//!
//! Comma, semicolon or tab; columns in any order; codes dotted or not, in any
//! case. A person keeps these files by hand in a spreadsheet, so everything
//! that is wrong is reported at once, each with its line, and nothing is
//! repaired by guessing: a row that is read wrongly ends up in claims.

use std::path::Path;

use jiff::civil::Date;

use super::columns::{self, Column};
use super::condition::Test;
use super::fault::Errors;
use super::published::{self, Grid};
use super::rows::{Row, Rows};
use super::{Crosswalk, Relation, Rule, SourceLine, Topic, Warning};
use crate::code::{Code, Spelling, System};
use crate::error::{Error, Place, Result};
use crate::history::History;

/// One file on its way into a crosswalk.
pub(super) struct Reader<'r> {
    pub(super) path: &'r Path,
    pub(super) source: usize,
    /// Some bytes of the file are not UTF-8.
    pub(super) damaged: bool,
    /// What proves that a number was a code.
    pub(super) history: &'r History,
    pub(super) crosswalk: &'r mut Crosswalk,
    pub(super) errors: &'r mut Errors,
}

impl Reader<'_> {
    fn at(&self, line: u64) -> SourceLine {
        SourceLine::new(self.source, line)
    }

    fn wrong(&mut self, line: u64, error: Error) {
        self.errors.row(self.path, self.at(line), Topic::Unreadable, error);
    }

    fn warn(&mut self, line: u64, topic: Topic, message: String, hint: &str) {
        let warning = Warning { at: self.at(line), topic, message, hint: Some(hint.to_owned()) };
        self.crosswalk.warnings.push(warning);
    }

    /// Names the first byte of every line that is not UTF-8.
    pub(super) fn report_damage(&mut self, bytes: &[u8]) {
        for (line, text) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            let Err(error) = std::str::from_utf8(text) else { continue };
            self.damaged = true;
            let at = error.valid_up_to();
            let bad = format!("byte 0x{:02X} is not UTF-8", text[at]);
            let place = Place::Column(line, at as u64 + 1);
            let hint = "save the file as \"CSV UTF-8 (comma delimited)\"";
            self.wrong(line, Error::refused(bad).place(place).hint(hint));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let delimiter = delimiter(text);
        let mut rows = Rows::new(text, delimiter.unwrap_or(b','));
        let mut all: Vec<Row> = rows.by_ref().collect();
        if let Some(line) = rows.open_quote() {
            let open = Error::refused("a quote opens here and never closes");
            self.wrong(line, open.hint("close it; a quote inside a quoted cell is written twice"));
            // What stands behind it is no row.
            all.pop();
        } else if let Some(line) = rows.broken_quote() {
            return self.wrong(line, broken_quote());
        }
        self.rows(&all);
    }

    /// The first sheet with a heading, else the first one.
    pub(super) fn workbook(&mut self, bytes: &[u8]) {
        // A title may stand above the heading: then the sheet is refused, not passed over.
        const LOOK: usize = 5;
        let is_heading = |row: &Row| columns::read(&row.cells).is_some();
        let row = |(line, cells)| Row { line, cells };
        let sheet = |grid: Grid| {
            let rows: Vec<Row> = grid.rows.into_iter().map(row).collect();
            (grid.sheet.unwrap_or_default(), rows)
        };
        let sheets: Vec<(String, Vec<Row>)> = match published::sheets(bytes) {
            Ok(grids) => grids.into_iter().map(sheet).collect(),
            Err(error) => return self.errors.file(self.source, error.at(self.path)),
        };
        let has_heading = |rows: &[Row]| {
            rows.first().is_some_and(is_pair) || rows.iter().take(LOOK).any(is_heading)
        };
        let with_heading: Vec<&(String, Vec<Row>)> =
            sheets.iter().filter(|(_, rows)| has_heading(rows)).collect();
        if with_heading.len() > 1 {
            let names: Vec<&str> = with_heading.iter().map(|(name, _)| name.as_str()).collect();
            let several = format!("the sheets {} hold a mapping each", names.join(" and "));
            let error = Error::refused(several).hint("keep one mapping in a workbook");
            return self.errors.file(self.source, error.at(self.path));
        }
        let sheet = with_heading.first().copied().or(sheets.first()).map(|(_, rows)| rows);
        // Empty cells at the end of a row are not stored in a workbook.
        let mut rows: Vec<Row> = Vec::new();
        let width = sheet.and_then(|rows| rows.first()).map_or(0, |row| row.cells.len());
        for row in sheet.into_iter().flatten() {
            let mut cells = row.cells.clone();
            cells.resize(cells.len().max(width), String::new());
            rows.push(Row { line: row.line, cells });
        }
        self.rows(&rows);
    }

    fn rows(&mut self, rows: &[Row]) {
        let mut filled = rows.iter().filter(|row| !row.is_blank());
        let Some(first) = filled.next() else { return self.no_header(1) };
        let columns = match columns::read(&first.cells) {
            Some(_) => self.columns(first, rows),
            None if is_pair(first) => {
                self.row(first, &[Column::Old, Column::New]);
                Some(vec![Column::Old, Column::New])
            }
            None => return self.no_header(first.line),
        };
        let Some(columns) = columns else { return };
        for row in filled {
            // The bytes that are not UTF-8 were named; what stands around them is not judged.
            let damaged = self.damaged && row.cells.iter().any(|cell| cell.contains('\u{fffd}'));
            if !damaged {
                self.row(row, &columns);
            }
        }
    }

    fn no_header(&mut self, line: u64) {
        let missing = Error::refused("no header that names the columns `old` and `new`");
        let hint = "the first line must name the columns: old,new and, if wanted, system, \
                    relation, effective, payer, when.<field>, needs, approved_by, \
                    approved_on, note, source; a list of two columns with codes alone needs none";
        self.wrong(line, missing.hint(hint));
    }

    fn columns(&mut self, header: &Row, rows: &[Row]) -> Option<Vec<Column>> {
        let columns = columns::read(&header.cells)?;
        if let Some(name) = columns::doubled(&columns, &header.cells) {
            self.wrong(header.line, Error::refused(format!("the column `{name}` stands twice")));
            return None;
        }
        let meant = columns::like_conditions(&columns);
        let filled = |at: usize| {
            let mut behind = rows.iter().filter(|row| row.line > header.line);
            behind.any(|row| row.cells.get(at).is_some_and(|cell| !cell.trim().is_empty()))
        };
        if let Some((_, name)) = meant.into_iter().find(|(at, _)| filled(*at)) {
            let looks = format!("the column `{name}` looks like a condition, and is none");
            let hint = "name it when.<field> (when.age, when.route) or payer to make it one, or \
                        begin its name with note if it is for readers";
            self.wrong(header.line, Error::refused(looks).hint(hint));
            return None;
        }
        let nameless =
            (0..columns.len()).find(|at| columns[*at] == Column::Nameless && filled(*at));
        if let Some(at) = nameless {
            let nameless = format!("column {} has no name, and something stands in it", at + 1);
            let hint = "name it note if it is for readers, when.<field> if it is a condition";
            self.wrong(header.line, Error::refused(nameless).hint(hint));
            return None;
        }
        let unknown = columns::unknown(&columns);
        if !unknown.is_empty() {
            let names = unknown.join("`, `");
            self.warn(
                header.line,
                Topic::UnknownColumn,
                format!("columns that mean nothing here: `{names}`"),
                "a condition on a field of the record is named when.<field>, such as when.age",
            );
        }
        Some(columns)
    }

    fn row(&mut self, row: &Row, columns: &[Column]) {
        let (cells, extra) = row.cells.split_at(columns.len().min(row.cells.len()));
        if cells.len() < columns.len() || extra.iter().any(|cell| !cell.trim().is_empty()) {
            let (has, wants) = (row.cells.len(), columns.len());
            let ragged = format!("the row has {has} cells, the header {wants}");
            let hint = "a cell that holds the delimiter needs quotes around it";
            self.wrong(row.line, Error::refused(ragged).hint(hint));
            return;
        }
        let mut draft = Draft::default();
        for (column, cell) in columns.iter().zip(cells) {
            let cell = cell.trim();
            let is_code = matches!(column, Column::Old | Column::New);
            match repaired(cell, self.history).filter(|_| is_code) {
                Some(code) => {
                    draft.take(column, &code.to_string());
                    let message = format!("`{cell}` is read as {code}, as the release proves");
                    let hint = "a spreadsheet did that: format the column as text";
                    self.warn(row.line, Topic::Repaired, message, hint);
                }
                None => draft.take(column, cell),
            }
        }
        let slashed = draft.slashed;
        match draft.finish(self.at(row.line)) {
            Ok(rule) => self.crosswalk.rules.push(rule),
            Err(problems) => {
                for problem in problems {
                    self.wrong(row.line, problem);
                }
            }
        }
        if slashed {
            self.warn(
                row.line,
                Topic::DateForm,
                "`effective` is read as month/day/year".to_owned(),
                "write days as YYYY-MM-DD; a spreadsheet keeps that in a column formatted as text",
            );
        }
    }
}

/// Of a quoted cell that goes on behind its closing quote.
pub(super) fn broken_quote() -> Error {
    Error::refused("a cell begins with a quote and goes on behind the closing one")
        .hint("one of the two quotes is astray; a quote inside a quoted cell is written twice")
}

/// The delimiter under which the first row is a header, else one that parts two codes.
fn delimiter(text: &str) -> Option<u8> {
    let first = |delimiter| Rows::new(text, delimiter).find(|row| !row.is_blank());
    let all = [b',', b';', b'\t'];
    let fits = |fits: fn(&Row) -> bool| {
        all.into_iter().find(|delimiter| first(*delimiter).as_ref().is_some_and(fits))
    };
    fits(|row| columns::read(&row.cells).is_some()).or_else(|| fits(is_pair))
}

/// Two codes, as the first row of a list without a header has them.
fn is_pair(row: &Row) -> bool {
    let is_code = |cell: &String| {
        let cell = cell.trim();
        cell.bytes().any(|byte| byte.is_ascii_digit()) && Spelling::read(cell.as_bytes()).is_some()
    };
    row.cells.len() == 2 && row.cells.iter().all(is_code)
}

/// `5301` or `99213.0`, which a spreadsheet made of a code: read as the code of
/// five digits, if a CPT release holds that and no release holds it as it stands.
fn repaired(cell: &str, history: &History) -> Option<Code> {
    let digits = cell.strip_suffix(".0").unwrap_or(cell);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || digits.len() > 5 || digits == cell && digits.len() == 5 {
        return None;
    }
    let as_it_stands = Code::normalise(digits)?;
    let mut systems = history.systems().filter_map(|system| history.of(system));
    if systems.any(|chronicle| chronicle.life(as_it_stands).is_some()) && digits == cell {
        return None;
    }
    let code = Code::normalise(&format!("{digits:0>5}"))?;
    history.of(System::Cpt)?.life(code).map(|_| code)
}

/// A row while its cells are read.
#[derive(Default)]
struct Draft {
    old: Option<Code>,
    new: Option<Code>,
    system: Option<System>,
    relation: Option<Relation>,
    effective: Option<Date>,
    when: Vec<Test>,
    needs: Option<String>,
    approved_by: Option<String>,
    approved_on: Option<String>,
    note: Option<String>,
    source: Option<String>,
    /// `effective` was written with slashes.
    slashed: bool,
    problems: Vec<Error>,
}

impl Draft {
    fn take(&mut self, column: &Column, cell: &str) {
        if cell.is_empty() {
            if *column == Column::Old {
                self.problems.push(Error::refused("the row has no old code"));
            }
            return;
        }
        let text = || Some(cell.to_owned());
        match column {
            Column::Old => self.old = self.kept(code(cell)),
            Column::New => self.new = self.kept(code(cell)),
            Column::System => self.system = self.kept(system(cell)),
            Column::Relation => self.relation = self.kept(cell.parse().map_err(Error::refused)),
            Column::Effective => {
                self.slashed = cell.contains('/');
                self.effective = self.kept(day(cell));
            }
            Column::When(field) => {
                let asked = Test::read(field, cell).map_err(Error::refused);
                let asked = self.kept(asked).flatten();
                self.when.extend(asked);
            }
            Column::Needs => self.needs = text(),
            Column::ApprovedBy => self.approved_by = text(),
            Column::ApprovedOn => self.approved_on = text(),
            Column::Note => self.note = text(),
            Column::Source => self.source = text(),
            Column::Unknown(_) | Column::Nameless => {}
        }
    }

    /// The value, or nothing and a problem.
    fn kept<T>(&mut self, read: Result<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn finish(self, at: SourceLine) -> Result<Rule, Vec<Error>> {
        let (Some(old), true) = (self.old, self.problems.is_empty()) else {
            return Err(self.problems);
        };
        let nothing = self.new.is_none() && self.relation.is_none();
        Ok(Rule {
            old,
            new: self.new,
            system: self.system,
            new_system: None,
            relation: if nothing { Some(Relation::None) } else { self.relation },
            effective: self.effective,
            when: self.when,
            needs: self.needs,
            approved_by: self.approved_by,
            approved_on: self.approved_on,
            note: self.note,
            source: self.source,
            at,
        })
    }
}

fn code(cell: &str) -> Result<Code> {
    let spelled = Spelling::read(cell.as_bytes());
    if is_number(cell) {
        let damaged = Error::refused(format!("`{cell}` is a number, not a code"));
        return Err(damaged.hint("a spreadsheet did that: format the column as text first"));
    }
    spelled.map(|(code, _)| code).ok_or_else(|| {
        let shown: String = cell.chars().take(40).collect();
        Error::refused(format!("`{shown}` is no code"))
            .hint("one code in a cell; lists and ranges need a row for each code")
    })
}

/// `99213.0`: four or more digits before the dot, where no system has it.
fn is_number(cell: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    cell.split_once('.')
        .is_some_and(|(before, after)| before.len() > 3 && digits(before) && digits(after))
}

/// `icd10cm`, and `ICD-10-CM` as people write it.
fn system(cell: &str) -> Result<System> {
    let bare: String = cell.chars().filter(|mark| !matches!(mark, '-' | ' ' | '_')).collect();
    bare.parse().or_else(|_| cell.parse()).map_err(Error::refused)
}

/// A day as `2024-10-01`, `20241001`, or `10/1/2024` (month first, as a US spreadsheet saves it).
fn day(cell: &str) -> Result<Date> {
    let read = match *cell.split('/').collect::<Vec<_>>() {
        [month, day, year] if year.len() == 4 => {
            let parts = (year.parse().ok(), month.parse().ok(), day.parse().ok());
            match parts {
                (Some(year), Some(month), Some(day)) => Date::new(year, month, day).ok(),
                _ => None,
            }
        }
        [one] if matches!(one.len(), 8 | 10) => one.parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| Error::refused(format!("`{cell}` is no day")).hint("write it as YYYY-MM-DD"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;
    use crate::crosswalk::files::read;

    /// Reads a mapping of this text.
    pub(crate) fn mapping(text: &str) -> Result<Crosswalk> {
        mapping_of(text.as_bytes())
    }

    fn mapping_of(bytes: &[u8]) -> Result<Crosswalk> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("map.csv");
        fs::write(&path, bytes).expect("a file");
        read(&[path], &History::default())
    }

    /// All errors, as `place message`.
    fn errors(bytes: &[u8]) -> Vec<String> {
        let error = mapping_of(bytes).expect_err("refused");
        let say = |error: &Error| {
            let place = error.whereabouts().map(|place| place.to_string()).unwrap_or_default();
            format!("{place} {}", error.message())
        };
        [&error].into_iter().chain(error.others()).map(say).collect()
    }

    fn pairs(crosswalk: &Crosswalk) -> Vec<String> {
        let pair = |rule: &Rule| {
            let new = rule.new.map(|new| new.to_string()).unwrap_or_default();
            format!("{}>{new}@{}", rule.old, rule.at.line)
        };
        crosswalk.rules.iter().map(pair).collect()
    }

    #[test]
    fn all_columns_are_read_in_any_order() {
        let text = "\u{feff}Source;NEW;old;Payer;when.Age;effective;relation;System;needs;approved_by;approved_on;note\r\n\
                    memo;e88.810;E88.81;A|B;<3;2024-10-01;Merge;ICD-10-CM;modifier 93;Ann;2024-09-01;\"x; y\"\r\n";
        let crosswalk = mapping(text).expect("a mapping");
        let rule = &crosswalk.rules[0];
        assert_eq!(pairs(&crosswalk), ["E8881>E88810@2"]);
        assert_eq!(rule.relation, Some(Relation::Merge));
        assert_eq!(rule.system, Some(System::Icd10cm));
        assert_eq!(rule.effective.map(|day| day.to_string()).as_deref(), Some("2024-10-01"));
        let fields: Vec<&str> = rule.when.iter().map(|test| test.field.as_str()).collect();
        assert_eq!(fields, ["payer", "age"]);
        assert_eq!((rule.note.as_deref(), rule.source.as_deref()), (Some("x; y"), Some("memo")));
        assert_eq!(rule.needs.as_deref(), Some("modifier 93"));
        assert!(crosswalk.warnings.is_empty());
    }

    #[test]
    fn lines_are_counted_through_blank_lines_and_quoted_breaks() {
        let text = "\nold\tnew\tnote\n\nA\tB\t\"two\nlines\"\nC\tD\t\n";
        assert_eq!(pairs(&mapping(text).expect("a mapping")), ["A>B@4", "C>D@6"]);
    }

    #[test]
    fn no_new_code_means_no_successor() {
        let crosswalk = mapping("old,new\nA00.1,\n,,\n").expect("a mapping");
        assert_eq!(crosswalk.rules[0].relation, Some(Relation::None));
    }

    #[test]
    fn a_column_that_means_nothing_is_named() {
        let crosswalk = mapping("old,new,payr,\nA,B,X,\n").expect("a mapping");
        assert!(crosswalk.warnings[0].message.contains("`payr`"));
    }

    #[test]
    fn a_us_date_is_read_and_said() {
        let crosswalk = mapping("old,new,effective\nA,B,10/1/2024\n").expect("a mapping");
        assert_eq!(crosswalk.rules[0].effective, Some(jiff::civil::date(2024, 10, 1)));
        assert_eq!(crosswalk.warnings[0].at.line, 2);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let text = b"old,new,relation,system,effective,when.age\n\
            A,B,same,,,\n\
            99213.0,B,,icd11,2024-13-01,\n\
            A,\"B, C\",,,soon,<x\n\
            A,B\n\
            ,B,,,,\n\
            X,caf\xe9,,,,\n\
            A,B,,,,,too much\n\
            D,E,,,,\n\
            D,E,,,,\n";
        let want = [
            "2 `same` is no relation",
            "3 `99213.0` is a number, not a code",
            "3 `icd11` is no code system",
            "3 `2024-13-01` is no day",
            "4 `B, C` is no code",
            "4 `soon` is no day",
            "4 `<x` compares with neither",
            "5 the row has 2 cells, the header 6",
            "6 the row has no old code",
            "7:6 byte 0xE9 is not UTF-8",
            "8 the row has 7 cells, the header 6",
            "9 and :10 D -> E stands twice",
        ];
        let got = errors(text);
        assert_eq!(got.len(), want.len(), "{got:#?}");
        for (got, want) in got.iter().zip(want) {
            assert!(got.starts_with(want), "{got} instead of {want}");
        }
    }

    #[test]
    fn what_is_no_mapping_is_refused_as_a_whole() {
        for (bytes, want) in [
            (&b"this,that\nA,B\n"[..], "1 no header"),
            (b"", " the file is empty"),
            (b"PK\x03\x04", " the zip is damaged"),
            (b"\xff\xfeo\0", " UTF-16"),
            (b"old,new\rA,B\r", " lines end with CR alone"),
            (b"old,new,new\nA,B,C\n", "1 the column `new` stands twice"),
            (b"old,new\nA,\"B\n", "2 a quote opens here"),
        ] {
            let got = errors(bytes);
            assert!(got.iter().any(|got| got.starts_with(want)), "{got:?} instead of {want}");
        }
    }

    #[test]
    fn the_same_content_twice_is_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
        for path in &paths {
            fs::write(path, "old,new\nA,B\n").expect("a file");
        }
        let crosswalk = read(&paths, &History::default()).expect("a mapping");
        assert_eq!((crosswalk.sources.len(), crosswalk.rules.len()), (1, 1));
    }
}
