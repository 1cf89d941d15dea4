//! Reads a list of codes from an Excel workbook (xlsx).
//!
//! HCPCS Level II comes so since 2020: its heading stands in the first row or
//! after some lines of text, and long titles go on in further rows. Any other
//! list is read by the names of its columns, as a CSV list is. Cells are read
//! one after the other, so that a sheet of any size takes little memory; the
//! workbook is unpacked once before, which bounds its size and finds damage.

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{Reader, SheetType, Xlsx, XlsxError};
use csv::StringRecord;
use zip::ZipArchive;

use super::columns::{self, Columns, Found};
use super::layout::{Layout, Other};
use super::rows::{End, Parsed};
use super::table::{Around, List};
use super::workbook_cell::{Cell, shown};
use crate::code::System;
use crate::error::{Error, Place, Result};

/// The most that a workbook may hold, unpacked.
const LIMIT: u64 = 512 << 20;
/// The most columns that a sheet can have.
const WIDEST: u32 = 16_384;
/// More shared texts than fit into [`LIMIT`]: a number that is not to be believed.
const TEXTS: usize = 1 << 24;

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Whether a zip is an Office document: it holds a list of its parts under this name.
pub(super) fn is_document<R: Read + io::Seek>(zip: &ZipArchive<R>) -> bool {
    zip.index_for_name("[Content_Types].xml").is_some()
}

/// What a zip is: a workbook with a list, another document, or a plain zip.
///
/// # Errors
/// A damaged workbook.
pub(super) fn recognise(bytes: &[u8]) -> Result<Layout> {
    let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if !is_document(&zip) {
        return Ok(Layout::Other(Other::Zip));
    }
    if zip.index_for_name("xl/workbook.xml").is_none() {
        return Ok(Layout::Other(Other::Binary("an Office document")));
    }
    let mut book = open(bytes)?;
    let mut found = Layout::Other(Other::Workbook);
    for sheet in sheets(&book) {
        match heading(&mut book, &sheet)?.found {
            Found::List(Columns { record: Some(_), .. }) => return Ok(Layout::Edition),
            Found::List(_) => return Ok(Layout::Sheet),
            Found::Mapping => found = Layout::Other(Other::Mapping),
            Found::Addenda => found = Layout::Other(Other::Addenda),
            Found::Nothing => {}
        }
    }
    Ok(found)
}

/// Reads the first list of a workbook. `system` is the user's word.
///
/// # Errors
/// Damage, and all that is wrong with a list; the line is the row of the sheet.
pub(super) fn parse(bytes: &[u8], system: Option<System>) -> Result<Parsed> {
    let mut book = open(bytes)?;
    let mut lists = Vec::new();
    for sheet in sheets(&book) {
        let heading = heading(&mut book, &sheet)?;
        if let Found::List(columns) = heading.found.clone() {
            lists.push((sheet, heading, columns));
        }
    }
    let others: Vec<String> = lists.iter().skip(1).map(|(sheet, ..)| sheet.clone()).collect();
    let Some((sheet, heading, columns)) = lists.into_iter().next() else {
        return Err(super::layout::refusal(Layout::Other(Other::Workbook)));
    };
    let mut parsed = read_sheet(&mut book, &sheet, &columns, &heading, system)?;
    if !others.is_empty() {
        parsed.notes.push(format!(
            "only the sheet `{sheet}` was read; these look like lists too: {}",
            others.join(", ")
        ));
    }
    Ok(parsed)
}

/// The rows of a sheet that are not blank, each with its number.
pub(crate) type Grid = Vec<(u64, Vec<String>)>;

/// The rows of every worksheet that are not blank, each with its number, cells as
/// a sheet shows them; a table of any kind, for a reader of its own.
///
/// # Errors
/// Damage, and a workbook that is too large.
pub(crate) fn grids(bytes: &[u8]) -> Result<Vec<(String, Grid)>> {
    let mut book = open(bytes)?;
    let mut grids = Vec::new();
    for sheet in sheets(&book) {
        let mut grid = Grid::new();
        rows(&mut book, &sheet, |row| {
            let cells: Vec<String> = row.cells.iter().map(|cell| cell.text(None)).collect();
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                grid.push((row.number as u64, cells));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        grids.push((sheet, grid));
    }
    Ok(grids)
}

fn read_sheet(
    book: &mut Book<'_>,
    sheet: &str,
    columns: &Columns,
    heading: &Heading,
    system: Option<System>,
) -> Result<Parsed> {
    let mut list = List::new(0, columns);
    let is_1904 = book.has_1904_epoch();
    rows(book, sheet, |row| {
        if row.number > columns.line {
            put(&mut list, columns, row, is_1904)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let layout = match columns.record {
        Some(_) => "HCPCS Level II workbook",
        None => "list in a workbook",
    };
    let before = format!("{sheet}\n{}", heading.before);
    let names = heading.names.join(",");
    list.finish(&Around { before: &before, heading: &names, layout, end: End::Whole }, system)
}

/// Hands one row to the list.
fn put(list: &mut List<'_>, columns: &Columns, row: &Row, is_1904: bool) -> Result<()> {
    let mut record = StringRecord::new();
    for at in 0..columns.width {
        let cell = row.cells.get(at).unwrap_or(&Cell::Empty);
        let is_day = columns.added == Some(at) || columns.terminated == Some(at);
        record.push_field(cell.text(is_day.then_some(is_1904)).trim());
    }
    if record.iter().all(str::is_empty) {
        return Ok(());
    }
    let refuse = |at: usize, what: &str| {
        let place = Place::Column(row.number as u64, at as u64 + 1);
        Err(Error::refused(what).place(place).hint("correct the cell, or export the sheet as CSV"))
    };
    let read = [Some(columns.code), Some(columns.long), columns.added, columns.terminated];
    for at in read.into_iter().flatten() {
        match row.cells.get(at) {
            Some(Cell::Wrong(what)) => {
                return refuse(at, &format!("the cell holds the error {what}"));
            }
            Some(Cell::NotWorkedOut(_)) => {
                return refuse(at, "the cell holds a formula, and not what it gives");
            }
            _ => {}
        }
    }
    match row.cells.get(columns.code) {
        Some(Cell::Day(_)) => return refuse(columns.code, "the code was turned into a date"),
        Some(Cell::Number(number)) => list.saw_number(shown(*number).len(), row.number),
        _ => {}
    }
    list.put(&record, row.number)
}

/// The heading of a sheet, and what stands before it.
struct Heading {
    found: Found,
    names: Vec<String>,
    before: String,
}

fn heading(book: &mut Book<'_>, sheet: &str) -> Result<Heading> {
    let mut heading = Heading { found: Found::Nothing, names: Vec::new(), before: String::new() };
    rows(book, sheet, |row| {
        if row.number > columns::LOOK {
            return Ok(ControlFlow::Break(()));
        }
        let cells: Vec<_> = row.cells.iter().map(|cell| cell.text(None)).collect();
        heading.names = columns::all_plain(cells.iter().map(String::as_str));
        match columns::of_names(&heading.names) {
            Found::Nothing => {
                heading.before.extend(cells.iter().map(|cell| format!("{cell}\n")));
                Ok(ControlFlow::Continue(()))
            }
            Found::List(columns) => {
                heading.found = Found::List(Columns { line: row.number, ..columns });
                Ok(ControlFlow::Break(()))
            }
            other => {
                heading.found = other;
                Ok(ControlFlow::Break(()))
            }
        }
    })?;
    Ok(heading)
}

/// The worksheets, in the order in which they are shown.
fn sheets(book: &Book<'_>) -> Vec<String> {
    let all = book.sheets_metadata().iter();
    all.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
}

/// One row of a sheet.
#[derive(Default)]
struct Row {
    /// Its 1-based number.
    number: usize,
    cells: Vec<Cell>,
}

/// Calls `each` for every row that has cells, until it says that it has enough.
fn rows(
    book: &mut Book<'_>,
    sheet: &str,
    mut each: impl FnMut(&Row) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| unreadable(&error))?;
    let mut row = Row::default();
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(|error| unreadable(&error).line(row.number as u64))?
    {
        let (number, column) = cell.pos;
        let number = number as usize + 1;
        if number != row.number {
            if row.number > 0 && each(&row)?.is_break() {
                return Ok(());
            }
            row.number = number;
            row.cells.clear();
        }
        if column >= WIDEST {
            return Err(Error::refused("a cell stands outside of any sheet: the file is damaged")
                .line(number as u64));
        }
        let column = column as usize;
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = Cell::of(cell.value, cell.formula);
    }
    if row.number > 0 {
        // The last row: nothing is left to break off.
        let _ = each(&row)?;
    }
    Ok(())
}

/// Opens a workbook after it was unpacked once: what is too large is refused,
/// and every part has the checksum that stands in the zip.
fn open(bytes: &[u8]) -> Result<Book<'_>> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut left = LIMIT;
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).map_err(|error| damaged(&error))?;
        let mut start = Vec::new();
        let head = part.by_ref().take(1 << 10).read_to_end(&mut start);
        let rest = io::copy(&mut part.by_ref().take(left), &mut io::sink());
        let read =
            head.and_then(|head| Ok(head as u64 + rest?)).map_err(|error| damaged(&error))?;
        left = left.checked_sub(read).filter(|&left| left > 0).ok_or_else(too_large)?;
        check_texts(&start)?;
    }
    Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))
}

/// The number of shared texts is believed by the reader, which makes room for them.
fn check_texts(start: &[u8]) -> Result<()> {
    let start = String::from_utf8_lossy(start);
    let Some((_, count)) = start.split_once("uniqueCount=\"") else { return Ok(()) };
    let digits = count.split('"').next().unwrap_or_default();
    if digits.parse::<usize>().is_ok_and(|count| count <= TEXTS) {
        Ok(())
    } else {
        Err(too_large())
    }
}

fn too_large() -> Error {
    Error::refused(format!("larger than {} MiB when unpacked: that is no code set", LIMIT >> 20))
        .hint("save the sheet with the codes as a workbook of its own, or as CSV")
}

fn damaged(error: &impl std::fmt::Display) -> Error {
    Error::refused(format!("the workbook cannot be read to its end: {error}"))
        .hint("it is cut off or damaged: download it again")
}

fn unreadable(error: &XlsxError) -> Error {
    let hint = match error {
        XlsxError::Password => "save it without a password",
        _ => "open it in a spreadsheet program and save it again, or export the sheet as CSV",
    };
    Error::refused(format!("the workbook cannot be read: {error}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rust_xlsxwriter::{ExcelDateTime as Day, Format, Workbook};

    use super::*;

    /// A workbook with one sheet of texts.
    fn book(rows: &[&[&str]]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write(row as u32, column as u16, *cell).expect("a cell");
            }
        }
        book.save_to_buffer().expect("a workbook")
    }

    fn edition() -> Vec<u8> {
        book(&[
            &["A note, that stands before"],
            &[],
            &[
                "HCPC",
                "SEQNUM",
                "RECID",
                "LONG DESCRIPTION",
                "SHORT DESCRIPTION",
                "ADD DT",
                "TERM DT",
            ],
            &["   A1", "0010", "7", "A modifier for which", "Modifier", "20180101"],
            &["   A1", "0020", "8", "the title goes on"],
            &["A0001", "0010", "3", "An invented service, for", "Service", "20180101", "20191231"],
            &["A0001", "0020", "4", "which the title goes on"],
            &["A0002", "0010", "3", "Another", "Other", "20180101"],
        ])
    }

    #[test]
    fn an_edition_has_continued_titles_modifiers_and_dates() {
        assert_eq!(recognise(&edition()).expect("a workbook"), Layout::Edition);
        let parsed = parse(&edition(), None).expect("an edition");
        let [one, two] = &parsed.rows.entries[..] else { panic!("two services") };
        let title = "An invented service, for which the title goes on";
        assert_eq!(parsed.rows.title(&one.long), title);
        assert_eq!((one.added, one.terminated), (Some(date(2018, 1, 1)), Some(date(2019, 12, 31))));
        assert_eq!((two.terminated, parsed.rows.title(&two.short)), (None, "Other"));
        assert_eq!(parsed.notes, ["1 modifiers (two characters) left out"]);
    }

    #[test]
    fn a_row_that_goes_on_with_nothing_is_refused() {
        let bytes = book(&[
            &["HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION"],
            &["A0001", "0010", "3", "One", "One"],
            &["A0002", "0020", "4", "which goes on"],
        ]);
        let error = parse(&bytes, None).expect_err("no first row");
        assert_eq!(error.whereabouts(), Some(Place::Line(3)));
    }

    /// The first row names the columns; a day stands as a date, and as a bare number.
    fn list(codes: &[f64]) -> Vec<u8> {
        let mut book = Workbook::new();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let sheet = book.add_worksheet();
        for (column, name) in (0..).zip(["CPT code", "Description", "Effective", "End date"]) {
            sheet.write(0, column, name).expect("a cell");
        }
        for (row, code) in (1..).zip(codes) {
            sheet.write(row, 0, *code).expect("a cell");
            sheet.write(row, 1, "An invented title").expect("a cell");
            let added = Day::from_ymd(2020, 1, 1).expect("a day");
            sheet.write_with_format(row, 2, &added, &day).expect("a cell");
            sheet.write(row, 3, 44_196).expect("a cell");
        }
        book.save_to_buffer().expect("a workbook")
    }

    #[test]
    fn numbers_are_codes_only_if_no_zero_can_be_lost() {
        let parsed = parse(&list(&[99_998.0, 99_997.0]), None).expect("a list");
        let first = &parsed.rows.entries[0];
        assert_eq!((first.code.to_string(), parsed.system), ("99998".to_owned(), System::Cpt));
        assert_eq!(
            (first.added, first.terminated),
            (Some(date(2020, 1, 1)), Some(date(2020, 12, 31)))
        );
        for (codes, row) in [([99_998.0, 100.0], 3), ([250.1, 99_998.0], 2)] {
            let error = parse(&list(&codes), None).expect_err("a lost zero");
            assert_eq!(error.whereabouts(), Some(Place::Line(row)), "{error}");
            assert!(error.message().contains("number"), "{error}");
        }
        assert!(parse(&list(&[99_998.0]), Some(System::Icd9cm)).is_err());
        assert!(parse(&list(&[100.0]), Some(System::Local)).is_ok());
    }

    #[test]
    fn other_workbooks_are_told_apart() {
        for (rows, want) in [
            (&[&["old", "new"][..]][..], Other::Mapping),
            (&[&["HCPC/MOD", "ACTION CD"][..]][..], Other::Addenda),
            (&[&["hello", "world"][..]][..], Other::Workbook),
        ] {
            assert_eq!(recognise(&book(rows)).expect("a workbook"), Layout::Other(want));
        }
    }

    #[test]
    fn a_second_list_is_not_passed_over_in_silence() {
        let mut book = Workbook::new();
        for (name, code) in [("one", "A0001"), ("two", "A0002")] {
            let sheet = book.add_worksheet().set_name(name).expect("a name");
            for (row, cells) in (0..).zip([["HCPCS", "Description"], [code, "x"]]) {
                sheet.write_row(row, 0, cells).expect("a row");
            }
        }
        let parsed = parse(&book.save_to_buffer().expect("a workbook"), None).expect("a list");
        assert!(parsed.notes[0].contains("`one`") && parsed.notes[0].contains("two"));
    }

    #[test]
    fn a_cut_or_changed_workbook_is_refused() {
        let whole = edition();
        for cut in (0..whole.len()).step_by(97) {
            assert!(parse(&whole[..cut], None).is_err(), "{cut}");
        }
        let read = |bytes: &[u8]| {
            let parsed = parse(bytes, None).ok()?;
            let titles =
                parsed.rows.entries.iter().map(|entry| parsed.rows.title(&entry.long).to_owned());
            Some(titles.collect::<Vec<String>>())
        };
        let want = read(&whole);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            let got = read(&bytes);
            assert!(got.is_none() || got == want, "{at}");
        }
    }
}
