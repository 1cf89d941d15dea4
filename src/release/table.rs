//! Reads a delimited list with a heading: comma, tab, semicolon or pipe.
//!
//! Any set that a publisher, a vendor or a practice keeps as a spreadsheet.
//! The columns are those of `columns`; a status or billable column separates
//! headers, a termination date is the last day of use. Nothing is skipped in
//! silence: a row that cannot be read is refused with its line. The same list in
//! a workbook comes through `workbook`, which hands its rows to [`List`].

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;

use super::Coverage;
use super::columns::{self, Columns, Found};
use super::rows::{End, Parsed, Row, Rows};
use super::shape::{self, Dots};
use crate::code::{Code, System};
use crate::error::{Error, Result};

/// Reads a whole file. `system` is the user's word, for codes that do not tell.
///
/// # Errors
/// A row without a code, with an odd number of fields, with a date or a status
/// that is not understood; a list whose system nothing tells.
pub(super) fn parse(text: &str, system: Option<System>) -> Result<Parsed> {
    let Found::List(columns) = columns::find(text) else {
        return Err(Error::refused("no heading with a code and a description column")
            .hint("name the columns in the first line, e.g. code,description"));
    };
    refuse_rows_before(text, &columns)?;
    let mut list = List::new(text.len(), &columns);
    let mut reader = ReaderBuilder::new()
        .delimiter(columns.delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(&text.as_bytes()[columns.start..]);
    let mut record = StringRecord::new();
    let mut lines = Lines { text, at: columns.start, line: columns.line };
    let mut heading = true;
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let start = record.position().map_or(0, csv::Position::byte) as usize;
        let line = lines.of(columns.start + start);
        if !std::mem::take(&mut heading) {
            list.take(&record, line)?;
        }
    }
    let before = &text[..columns.start];
    let heading = text[columns.start..].lines().next().unwrap_or_default();
    let end = if text.ends_with('\n') { End::Whole } else { End::Unended };
    let layout = match columns.delimiter {
        b'\t' => "list with a heading (tab)",
        b';' => "list with a heading (semicolon)",
        b'|' => "list with a heading (pipe)",
        _ => "list with a heading (comma)",
    };
    list.finish(&Around { before, heading, layout, end }, system)
}

/// What is known of a list beside its rows.
pub(super) struct Around<'t> {
    /// The text before the heading, in which a year may stand.
    pub(super) before: &'t str,
    /// The heading, which may name the system.
    pub(super) heading: &'t str,
    /// The layout in words.
    pub(super) layout: &'static str,
    /// How the file ends.
    pub(super) end: End,
}

/// What stands before the heading is prose; a row of the list there would be lost.
fn refuse_rows_before(text: &str, columns: &Columns) -> Result<()> {
    for (line, number) in text[..columns.start].lines().zip(1..) {
        let fields: Vec<&str> = line.split(char::from(columns.delimiter)).collect();
        let code = fields.get(columns.code).and_then(|field| Code::normalise(field));
        let digits = |code: Code| code.bytes().as_slice().iter().any(u8::is_ascii_digit);
        if fields.len() >= columns.width && code.is_some_and(digits) {
            return Err(Error::refused("a row of the list stands before its heading")
                .line(number)
                .hint("the lines were sorted: put the heading first"));
        }
    }
    Ok(())
}

/// On which line a row begins: the reader's own count stops at blank lines.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the row that begins at or behind `byte`; bytes only grow.
    fn of(&mut self, byte: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blank = bytes[byte..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let row = byte + blank;
        self.line += memchr::memchr_iter(b'\n', &bytes[self.at..row]).count();
        self.at = row;
        self.line
    }
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    Error::refused(format!("a row cannot be read: {error}")).line(line)
}

/// A list while it is read.
pub(super) struct List<'c> {
    columns: &'c Columns,
    rows: Rows,
    dots: Dots,
    modifiers: usize,
    other_systems: usize,
    withdrawn: usize,
    untitled: usize,
    numbers: Numbers,
}

/// Where codes stood as numbers, not as text: a workbook loses their zeros.
#[derive(Debug, Default, Clone, Copy)]
struct Numbers {
    /// The first line of one.
    first: Option<usize>,
    /// The first line of one without exactly five digits.
    odd: Option<usize>,
}

impl<'c> List<'c> {
    pub(super) fn new(size: usize, columns: &'c Columns) -> List<'c> {
        let rows = Rows::over(String::with_capacity(size), size / 80);
        List {
            columns,
            rows,
            dots: Dots::default(),
            modifiers: 0,
            other_systems: 0,
            withdrawn: 0,
            untitled: 0,
            numbers: Numbers::default(),
        }
    }

    /// Says that the code of this line stands as a number of so many digits.
    pub(super) fn saw_number(&mut self, digits: usize, line: usize) {
        self.numbers.first.get_or_insert(line);
        if digits != 5 {
            self.numbers.odd.get_or_insert(line);
        }
    }

    fn take(&mut self, record: &StringRecord, line: usize) -> Result<()> {
        if record.iter().all(str::is_empty) {
            return Ok(());
        }
        self.check_width(record, line)?;
        refuse_swallowed_rows(record, self.columns.delimiter, line)?;
        self.put(record, line)
    }

    /// Adds a row that has the fields of the heading.
    pub(super) fn put(&mut self, record: &StringRecord, line: usize) -> Result<()> {
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let written = field(Some(self.columns.code));
        let Some(code) = Code::normalise(written) else {
            let what =
                if written.is_empty() { "the row has no code" } else { "no code of a code set" };
            return Err(Error::refused(what).line(line as u64).hint("correct or remove the row"));
        };
        if self.goes_on(field(self.columns.record), line)? {
            let piece = field(Some(self.columns.long));
            let joined = self.rows.continue_title(code, piece);
            return if joined { Ok(()) } else { Err(no_first_row(line)) };
        }
        self.dots.see(written);
        let status = Status::read(field(self.columns.billable)).ok_or_else(|| {
            Error::refused("the billable or status column holds a word that is not understood")
                .line(line as u64)
                .hint("write 1, Y, yes, valid or active; 0, N, no or header; deleted or terminated")
        })?;
        let added = day(field(self.columns.added), line)?;
        let terminated = day(field(self.columns.terminated), line)?;
        if status == Status::Withdrawn && terminated.is_none() {
            self.withdrawn += 1;
            return Ok(());
        }
        let billable = status != Status::Header;
        let (short, long) = (field(self.columns.short), field(Some(self.columns.long)));
        self.untitled += usize::from(long.is_empty());
        self.rows.push(&Row { code, billable, added, terminated, short, long }, line);
        let named = self.columns.references.iter().map(|&at| field(Some(at)));
        let named = named.filter(|cell| !cell.is_empty()).map(|cell| {
            Code::normalise(cell).ok_or_else(|| {
                Error::refused("a cross-reference is no code")
                    .line(line as u64)
                    .hint("one code in a cell; correct or empty it")
            })
        });
        let named = named.collect::<Result<Vec<Code>>>()?;
        self.rows.refer(code, named, line);
        Ok(())
    }

    /// Whether a HCPCS row goes on with the title of the row before.
    fn goes_on(&self, id: &str, line: usize) -> Result<bool> {
        match id {
            _ if self.columns.record.is_none() => Ok(false),
            "3" | "7" => Ok(false),
            "4" | "8" => Ok(true),
            _ => Err(Error::refused("the record id is none of 3, 4, 7 and 8")
                .line(line as u64)
                .hint("the file is damaged: download it again")),
        }
    }

    /// A row must have the fields of the heading; more only if they are empty.
    fn check_width(&self, record: &StringRecord, line: usize) -> Result<()> {
        let width = self.columns.width;
        let extra = record.iter().skip(width).any(|field| !field.is_empty());
        if record.len() >= width && !extra {
            return Ok(());
        }
        Err(Error::refused(format!("the row has {} fields, the heading {width}", record.len()))
            .line(line as u64)
            .hint("a title with the delimiter in it needs quotes; a short row is cut off"))
    }

    /// Settles doubles, finds the system, and says what was left out.
    pub(super) fn finish(mut self, around: &Around<'_>, wanted: Option<System>) -> Result<Parsed> {
        if self.rows.entries.is_empty() {
            return Err(Error::refused("the list has a heading and no rows")
                .hint("export it again, or name another file"));
        }
        self.rows.settle()?;
        if wanted != Some(System::Local) {
            self.numbers.odd.map_or(Ok(()), |line| Err(lost_zeros(line)))?;
        }
        let system = self.system(wanted, around.heading)?;
        if !matches!(system, System::Local | System::Cpt | System::Hcpcs | System::Cdt) {
            self.numbers.first.map_or(Ok(()), |line| Err(lost_zeros(line)))?;
        }
        let coverage = self.coverage(system);
        let notes = self.notes(coverage);
        let (layout, end, heading) = (around.layout, around.end, around.before.to_owned());
        Ok(Parsed { rows: self.rows, layout, system, coverage, notes, heading, end })
    }

    /// The system: the user's word, else the shape of the codes, else the heading.
    fn system(&mut self, wanted: Option<System>, heading: &str) -> Result<System> {
        let codes: Vec<Code> = self.rows.entries.iter().map(|entry| entry.code).collect();
        let services: Vec<Code> = codes.iter().copied().filter(|code| code.length() != 2).collect();
        let hcpcs = System::Hcpcs;
        if self.columns.record.is_some() {
            // Rows with HCPCS record ids are that edition, whatever its codes look like.
            self.modifiers = self.rows.remove(|code| code.length() == 2);
            return Ok(hcpcs);
        }
        let told = shape::of_list(&services, self.dots);
        let told = if services.len() == codes.len() { told } else { told.filter(|&s| s == hcpcs) };
        let system = wanted.or(told).or_else(|| shape::of_heading(heading));
        let Some(system) = system else {
            return Err(Error::refused("the codes do not tell which code system this is").hint(
                "name it: --system icd10cm, icd10pcs, hcpcs, cpt, cdt, icd9cm, icd9pcs or local",
            ));
        };
        self.other_systems = match system {
            System::Cpt | System::Hcpcs | System::Cdt => self
                .rows
                .remove(|code| System::by_shape(code).is_some_and(|by_shape| by_shape != system)),
            _ => 0,
        };
        if self.rows.entries.is_empty() {
            return Err(Error::refused(format!("no row of the list is a {} code", system.title()))
                .hint("name another system with --system"));
        }
        if system == hcpcs {
            self.modifiers = self.rows.remove(|code| code.length() == 2);
        }
        Ok(system)
    }

    /// Headers are known if a column says so, or if codes stand under others.
    fn coverage(&mut self, system: System) -> Coverage {
        let told = self.columns.billable.is_some()
            && self.rows.entries.iter().any(|entry| !entry.billable);
        let hierarchical = system.is_hierarchical() || system == System::Icd10pcs;
        if told || !hierarchical {
            return Coverage::Whole;
        }
        if self.rows.mark_headers() > 0 { Coverage::Whole } else { Coverage::BillableOnly }
    }

    fn notes(&self, coverage: Coverage) -> Vec<String> {
        let mut notes = Vec::new();
        if coverage == Coverage::BillableOnly {
            notes.push("the list holds no headers: they are unknown".to_owned());
        }
        let mut count = |number: usize, what: &str| {
            if number > 0 {
                notes.push(format!("{number} {what}"));
            }
        };
        count(self.modifiers, "modifiers (two characters) left out");
        count(self.other_systems, "rows with codes of another system left out");
        count(self.withdrawn, "rows marked as deleted, without a date, left out");
        count(self.untitled, "rows have no description");
        notes
    }
}

fn no_first_row(line: usize) -> Error {
    Error::refused("the row goes on with a title, but no row of its code stands before it")
        .line(line as u64)
        .hint("the rows were sorted or the file is damaged: download it again")
}

fn lost_zeros(line: usize) -> Error {
    Error::refused("the code stands as a number, which keeps no leading zeros and no dot")
        .line(line as u64)
        .hint("format the column as text and enter the codes again, or export them as CSV; --system local takes numbers as they are")
}

/// What a billable or status column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Billable,
    Header,
    Withdrawn,
}

impl Status {
    /// Reads a cell; an empty one says nothing against the code.
    fn read(cell: &str) -> Option<Status> {
        match cell.to_ascii_lowercase().as_str() {
            "" | "1" | "y" | "yes" | "t" | "true" | "valid" | "active" | "billable" | "current"
            | "a" => Some(Status::Billable),
            "0" | "n" | "no" | "f" | "false" | "header" | "category" | "not billable"
            | "non-billable" | "invalid" => Some(Status::Header),
            "deleted" | "d" | "terminated" | "inactive" | "retired" | "discontinued"
            | "expired" => Some(Status::Withdrawn),
            _ => None,
        }
    }
}

/// A day as lists write it; nothing for an empty cell and for days without end.
fn day(cell: &str, line: usize) -> Result<Option<Date>> {
    if matches!(cell, "" | "0" | "00000000" | "99991231" | "9999-12-31" | "12/31/9999") {
        return Ok(None);
    }
    let date = cell.split([' ', 'T']).next().unwrap_or_default();
    read_day(date).map(Some).ok_or_else(|| {
        Error::refused("a date is not understood")
            .line(line as u64)
            .hint("write dates as 2024-10-01, 20241001 or 10/01/2024")
    })
}

/// A day as lists write it.
pub(super) fn read_day(text: &str) -> Option<Date> {
    if let Some((month, rest)) = text.split_once('/') {
        let (day, year) = rest.split_once('/')?;
        let year = year.parse().ok().filter(|_| year.len() == 4)?;
        return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if digits && matches!(text.len(), 8 | 10) { text.parse().ok() } else { None }
}

/// A quote that never closes swallows the rows behind it: refused, never counted as one.
fn refuse_swallowed_rows(record: &StringRecord, delimiter: u8, line: usize) -> Result<()> {
    let delimiter = char::from(delimiter);
    let is_row = |text: &str| {
        text.split_once(delimiter).is_some_and(|(first, _)| {
            let code = Code::normalise(first.trim_matches('"'));
            code.is_some() && first.contains(|c: char| c.is_ascii_digit())
        })
    };
    for field in record.iter().filter(|field| field.contains('\n')) {
        if field.lines().skip(1).any(is_row) || field.lines().count() > 20 {
            return Err(Error::refused(
                "a quote opens in this row and swallows the rows behind it",
            )
            .line(line as u64)
            .hint("double a quote that is part of a title (\"\"), or close it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str) -> Parsed {
        parse(text, None).expect("a list")
    }

    #[test]
    fn a_list_of_diagnoses_knows_its_headers() {
        let parsed =
            read("Title;ICD-10-CM Code;Billable\nCholera;A00;N\n\"Cholera; one\";A00.0;Y\n");
        assert_eq!((parsed.system, parsed.coverage), (System::Icd10cm, Coverage::Whole));
        assert_eq!(parsed.rows.title(&parsed.rows.entries[1].long), "Cholera; one");
        assert!(!parsed.rows.entries[0].billable);
        let by_children = read("code,description\nA00,Cholera\nA000,Cholera one\nB990,Other\n");
        let flags: Vec<bool> = by_children.rows.entries.iter().map(|e| e.billable).collect();
        assert_eq!((flags, by_children.coverage), (vec![false, true, true], Coverage::Whole));
        let codes = read("code,description\nA00.0,Cholera one\nB99.0,Other\n");
        assert_eq!(codes.coverage, Coverage::BillableOnly);
    }

    #[test]
    fn dates_are_read_in_the_usual_ways() {
        let parsed = read(
            "HCPC|Long Description|Add Dt|Term Dt\nA0001|One|20200101|00000000\n\
             A0002|Two|1/1/2019|12/31/2019\nA1|Modifier||\n",
        );
        let [one, two] = &parsed.rows.entries[..] else { panic!("two services") };
        assert_eq!((one.added, one.terminated), (Some(date(2020, 1, 1)), None));
        assert_eq!(two.terminated, Some(date(2019, 12, 31)));
        assert!(parsed.notes.iter().any(|note| note.starts_with("1 modifiers")));
    }

    #[test]
    fn rows_that_do_not_fit_are_refused_with_their_line() {
        for (text, line) in [
            ("code,description\nA00.0,Cholera, one\n", 2),
            ("code,description\n\nA00.0\n", 3),
            ("code,description\nA00.0,x\n,y\n", 3),
            ("code,description\nA00.0,x\nnot a code,y\n", 3),
            ("code,description,billable\nA00.0,x,perhaps\n", 2),
            ("code,description,end date\nA00.0,x,31.12.2019\n", 2),
            ("code,description\nA00.0,\"x\nA01.0,y\nA02.0,z\n", 2),
        ] {
            let error = parse(text, None).expect_err(text);
            assert_eq!(error.whereabouts(), Some(crate::error::Place::Line(line)), "{text}");
        }
    }

    #[test]
    fn a_list_that_does_not_tell_its_system_asks_for_it() {
        let text = "code,description\n99213,x\nG0008,y\n";
        let error = parse(text, None).expect_err("two systems");
        assert!(error.advice().is_some_and(|hint| hint.contains("--system")));
        let cpt = parse(text, Some(System::Cpt)).expect("the CPT rows");
        assert_eq!((cpt.rows.entries.len(), cpt.notes.len()), (1, 1));
        assert_eq!(parse(text, Some(System::Local)).expect("a list").system, System::Local);
        assert_eq!(read("cpt code,description\n123,x\n").system, System::Cpt);
    }
}
