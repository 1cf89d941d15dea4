//! Turns CSV files into one workbook whose cells stay what they are.
//!
//! A spreadsheet that opens a CSV file makes a number of the ICD-10-PCS code
//! `02700E6` and takes the zeros from `00100`. So every cell is written as
//! text, in columns formatted as text, where codes that a person types stay
//! text too. Rows stream through: memory does not grow with the file. More
//! rows than a sheet can hold go on in numbered files.
//!
//! The rows come as CSV, from a file or from memory.
//!
//! Temporary files lie beside the workbook, since the rows are patients' data
//! and the folder is its owner's alone.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::ByteRecord;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError,
};

use crate::error::{Error, Result};
use crate::record::money;

/// The rows of a sheet below its header.
const MOST_ROWS: u32 = 1_048_575;
/// The characters of a cell, in UTF-16.
const MOST_CHARACTERS: usize = 32_767;
/// From how many bytes of CSV on the parts of the workbook may pass 4 GiB.
const LARGE: u64 = 1 << 30;
/// How many rows are looked at to choose the widths of columns.
const SAMPLE: usize = 200;
const NARROWEST: usize = 8;
/// Columns with longer texts wrap.
const WIDEST: usize = 60;
/// The workbook says when it was made; the same rows must give the same bytes.
const MADE: (u16, u8, u8) = (2000, 1, 1);

/// One sheet of a workbook.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// Its name: at most 31 characters, none of `[]:*?/\`.
    pub name: &'a str,
    /// The rows, the first of them the header.
    pub csv: Csv<'a>,
    /// The columns, by name, whose cells are numbers; all others are text.
    pub numbers: &'a [&'a str],
}

/// Where the rows of a sheet come from.
#[derive(Debug, Clone, Copy)]
pub enum Csv<'a> {
    /// A file, which may be larger than memory.
    File(&'a Path),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Csv<'a> {
    fn reader(self) -> Result<Reader<'a>> {
        let source: Box<dyn Read + 'a> = match self {
            Csv::File(path) => {
                let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
                Box::new(BufReader::new(file))
            }
            Csv::Bytes(bytes) => Box::new(bytes),
        };
        Ok(csv::Reader::from_reader(source))
    }

    /// What errors name.
    fn path(self) -> &'a Path {
        match self {
            Csv::File(path) => path,
            Csv::Bytes(_) => Path::new(""),
        }
    }

    fn is_large(self) -> bool {
        match self {
            Csv::File(path) => path.metadata().is_ok_and(|it| it.len() > LARGE),
            Csv::Bytes(bytes) => bytes.len() as u64 > LARGE,
        }
    }
}

/// The rows of a small sheet, as CSV in memory.
///
/// # Errors
/// Rows of different lengths.
pub fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let failed = |_| Error::internal("the rows of a sheet do not fit each other");
    csv.write_record(header).map_err(failed)?;
    for row in rows {
        csv.write_record(row).map_err(failed)?;
    }
    csv.into_inner().map_err(|_| Error::internal("the rows of a sheet cannot be kept"))
}

type Reader<'a> = csv::Reader<Box<dyn Read + 'a>>;

/// Writes the sheets into one workbook in memory: for reports, which are small.
///
/// # Errors
/// More rows than a sheet can hold.
pub fn bytes(sheets: &[Sheet]) -> Result<Vec<u8>> {
    let nowhere = Path::new("");
    let mut open = sheets.iter().map(Rows::open).collect::<Result<Vec<Rows>>>()?;
    let mut book = new_book()?;
    fill(&mut book, &mut open, nowhere, MOST_ROWS)?;
    if let Some(rows) = open.iter().find(|rows| rows.next.is_some()) {
        let message = format!("`{}` has more rows than a sheet can hold", rows.sheet.name);
        return Err(Error::refused(message).hint("list a part, or choose another --format"));
    }
    book.save_to_buffer().map_err(|error| unwritten(nowhere, error))
}

/// Writes the sheets into one workbook, and into `NAME-2.xlsx` and so on where
/// there are more than 1,048,575 rows. Returns the files written, in order.
///
/// # Errors
/// CSV that cannot be read, and all that can fail in writing.
pub fn write(sheets: &[Sheet], out: &Path) -> Result<Vec<PathBuf>> {
    write_split(sheets, out, MOST_ROWS)
}

fn write_split(sheets: &[Sheet], out: &Path, most: u32) -> Result<Vec<PathBuf>> {
    let mut open = sheets.iter().map(Rows::open).collect::<Result<Vec<Rows>>>()?;
    let mut files = Vec::new();
    while files.is_empty() || !open.is_empty() {
        let path = numbered(out, files.len() + 1);
        write_book(&mut open, &path, most)?;
        files.push(path);
        open.retain(|rows| rows.next.is_some());
    }
    Ok(files)
}

/// `worklist.xlsx`, `worklist-2.xlsx`, ...
fn numbered(out: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return out.to_owned();
    }
    let part =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    out.with_file_name(format!("{}-{number}.{}", part(out.file_stem()), part(out.extension())))
}

/// The rows of a sheet that are still to be written.
struct Rows<'a> {
    sheet: &'a Sheet<'a>,
    columns: Vec<Column>,
    reader: Reader<'a>,
    next: Option<ByteRecord>,
}

/// How a column looks.
struct Column {
    name: String,
    width: usize,
    numeric: bool,
}

impl<'a> Rows<'a> {
    fn open(sheet: &'a Sheet<'a>) -> Result<Rows<'a>> {
        let mut columns = Column::of_header(sheet, &mut sheet.csv.reader()?)?;
        Column::fit(&mut columns, sheet, &mut sheet.csv.reader()?)?;
        let mut rows = Rows { sheet, columns, reader: sheet.csv.reader()?, next: None };
        rows.advance()?;
        Ok(rows)
    }

    fn advance(&mut self) -> Result<()> {
        let mut record = ByteRecord::new();
        let more = self.reader.read_byte_record(&mut record);
        self.next = more.map_err(|error| unread(self.sheet.csv.path(), error))?.then_some(record);
        Ok(())
    }
}

fn unread(path: &Path, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::unreadable(path, &error),
        // The file was written by this program: a ragged row is its own mistake.
        kind => Error::internal(format!("the rows of a sheet cannot be read: {kind:?}")).at(path),
    }
}

impl Column {
    fn of_header(sheet: &Sheet, reader: &mut Reader) -> Result<Vec<Column>> {
        let header = reader.byte_headers().map_err(|error| unread(sheet.csv.path(), error))?;
        let column = |name: &[u8]| {
            let name = String::from_utf8_lossy(name).into_owned();
            // Room for the button of the filter.
            let width = name.chars().count() + 3;
            Column { width, numeric: sheet.numbers.contains(&name.as_str()), name }
        };
        Ok(header.iter().map(column).collect())
    }

    /// Widens the columns to the cells of the first rows.
    fn fit(columns: &mut [Column], sheet: &Sheet, reader: &mut Reader) -> Result<()> {
        for record in reader.byte_records().take(SAMPLE) {
            let record = record.map_err(|error| unread(sheet.csv.path(), error))?;
            for (column, cell) in columns.iter_mut().zip(&record) {
                let width = String::from_utf8_lossy(cell).chars().count() + 1;
                column.width = column.width.max(width);
            }
        }
        Ok(())
    }

    fn format(&self) -> Format {
        let format = Format::new().set_align(FormatAlign::Top);
        let format = if self.width > WIDEST { format.set_text_wrap() } else { format };
        if self.numeric { format } else { format.set_num_format("@") }
    }
}

fn write_book(open: &mut [Rows], path: &Path, most: u32) -> Result<()> {
    let failed = |error| unwritten(path, error);
    let mut book = new_book()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    book.set_tempdir(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    book.use_zip_large_file(open.iter().any(|rows| rows.sheet.csv.is_large()));
    caught(path, move || {
        fill(&mut book, open, path, most)?;
        book.save(path).map_err(failed)
    })
}

/// Writes a workbook; that the library panics where a disk takes no more of its temporary
/// files becomes an error as any other.
fn caught(path: &Path, write: impl FnOnce() -> Result<()>) -> Result<()> {
    static AT_WORK: AtomicUsize = AtomicUsize::new(0);
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            if AT_WORK.load(Ordering::Relaxed) == 0 {
                usual(what);
            }
        }));
    });
    AT_WORK.fetch_add(1, Ordering::Relaxed);
    let written = panic::catch_unwind(AssertUnwindSafe(write));
    AT_WORK.fetch_sub(1, Ordering::Relaxed);
    written.unwrap_or_else(|panicked| {
        let words = panicked.downcast_ref::<String>().map_or("", String::as_str);
        let is_full = words.contains("StorageFull");
        let kind = if is_full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
        Err(Error::unwritable(path, &io::Error::new(kind, "the workbook could not be written")))
    })
}

fn new_book() -> Result<Workbook> {
    let mut book = Workbook::new();
    let (year, month, day) = MADE;
    let made = ExcelDateTime::from_ymd(year, month, day);
    let made = made.map_err(|error| unwritten(Path::new(""), error))?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(book)
}

fn fill(book: &mut Workbook, open: &mut [Rows], path: &Path, most: u32) -> Result<()> {
    let failed = |error| unwritten(path, error);
    for rows in open {
        let page = match rows.sheet.csv {
            Csv::File(_) => book.add_worksheet_with_constant_memory().map_err(failed)?,
            // What is in memory already needs no temporary file.
            Csv::Bytes(_) => book.add_worksheet(),
        };
        dress(page, rows).map_err(failed)?;
        let last = write_rows(page, rows, path, most)?;
        finish(page, rows, last).map_err(failed)?;
    }
    Ok(())
}

/// What a sheet has before its rows: name, widths, formats and the header.
fn dress(page: &mut Worksheet, rows: &Rows) -> Result<(), XlsxError> {
    page.set_name(rows.sheet.name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold().set_num_format("@");
    for (at, column) in (0u16..).zip(&rows.columns) {
        let width = u16::try_from(column.width.clamp(NARROWEST, WIDEST)).unwrap_or(u16::MAX);
        page.set_column_width(at, width)?.set_column_format(at, &column.format())?;
        page.write_string_with_format(0, at, &column.name, &bold)?;
    }
    Ok(())
}

/// Writes rows until the sheet is full; returns the number of the last one.
fn write_rows(page: &mut Worksheet, rows: &mut Rows, path: &Path, most: u32) -> Result<u32> {
    let formats: Vec<Format> = rows.columns.iter().map(Column::format).collect();
    let mut last = 0;
    while let Some(record) = rows.next.take() {
        if last == most {
            rows.next = Some(record);
            break;
        }
        last += 1;
        for ((at, cell), column) in (0u16..).zip(&record).zip(&rows.columns) {
            let format = &formats[usize::from(at)];
            // Keys come from the records as they stand: not always UTF-8.
            write_cell(page, (last, at), &String::from_utf8_lossy(cell), column, format)
                .map_err(|error| unwritten(path, error))?;
        }
        rows.advance()?;
    }
    Ok(last)
}

fn write_cell(
    page: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &str,
    column: &Column,
    format: &Format,
) -> Result<(), XlsxError> {
    if cell.is_empty() {
        // The format of the column keeps text what a person types here.
        return Ok(());
    }
    match number(cell).filter(|_| column.numeric) {
        Some(number) => page.write_number_with_format(row, at, number, format)?,
        None => page.write_string_with_format(row, at, within_limit(cell), format)?,
    };
    Ok(())
}

/// A number that a spreadsheet shows as it was written - at most 15 digits, no exponent -
/// or the amount that `$1,234.50` says: else it would not be sorted by.
fn number(cell: &str) -> Option<f64> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain {
        cell.parse().ok().filter(|_| digits.len() <= 15)
    } else {
        money::written(money::cents(cell.as_bytes())?.into()).parse().ok()
    }
}

/// As much of the text as a cell can hold. The CSV file has the rest.
fn within_limit(cell: &str) -> &str {
    if cell.len() <= MOST_CHARACTERS {
        return cell;
    }
    let mut room = MOST_CHARACTERS;
    let end = cell.char_indices().find(|(_, mark)| match room.checked_sub(mark.len_utf16()) {
        Some(left) => {
            room = left;
            false
        }
        None => true,
    });
    end.map_or(cell, |(at, _)| &cell[..at])
}

/// What a sheet has behind its rows: the filter, and no warnings about text that looks like numbers.
fn finish(page: &mut Worksheet, rows: &Rows, last: u32) -> Result<(), XlsxError> {
    let Some(right) = rows.columns.len().checked_sub(1).and_then(|at| u16::try_from(at).ok())
    else {
        return Ok(());
    };
    page.autofilter(0, 0, last, right)?;
    page.ignore_error_range(0, 0, last, right, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

fn unwritten(path: &Path, error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => {
            Error::unwritable(path, &error)
        }
        other => Error::internal(format!("the workbook cannot be written: {other}")).at(path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    /// One part of a workbook, as text.
    fn part(book: &Path, name: &str) -> String {
        let mut zip = zip::ZipArchive::new(File::open(book).expect("a file")).expect("a workbook");
        let mut text = String::new();
        zip.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
        text
    }

    struct Case {
        folder: tempfile::TempDir,
    }

    impl Case {
        fn new(csv: &str) -> Case {
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("rows.csv"), csv).expect("a file");
            Case { folder }
        }

        fn write(&self, name: &str, most: u32) -> Vec<PathBuf> {
            let csv = self.folder.path().join("rows.csv");
            let sheet = Sheet { name: "Rows", csv: Csv::File(&csv), numbers: &["line"] };
            write_split(&[sheet], &self.folder.path().join(name), most).expect("written")
        }
    }

    #[test]
    fn codes_stay_text_and_only_declared_columns_are_numbers() {
        let case = Case::new(
            "\u{feff}code,line\n02700E6,7\n1E5,\n00100,08\n=cmd,1e3\n<&>,12\nA1,\"$1,234.50\"\n",
        );
        let files = case.write("out.xlsx", MOST_ROWS);
        let xml = part(&files[0], "xl/worksheets/sheet1.xml");
        for text in ["02700E6", "1E5", "00100", "=cmd", "&lt;&amp;&gt;", "1e3", "code"] {
            assert!(xml.contains(&format!("<is><t>{text}</t></is>")), "{text}: {xml}");
        }
        for number in ["7", "12", "1234.5"] {
            assert!(xml.contains(&format!("<v>{number}</v>")), "{number}: {xml}");
        }
        assert!(!xml.contains("<f>"), "{xml}");
        assert!(xml.contains("<autoFilter ref=\"A1:B7\"/>") && xml.contains("state=\"frozen\""));
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let case = Case::new("code,line\nA,1\n");
        let [one, two] = ["one.xlsx", "two.xlsx"].map(|name| case.write(name, MOST_ROWS));
        assert_eq!(fs::read(&one[0]).expect("a file"), fs::read(&two[0]).expect("a file"));
        assert!(part(&one[0], "docProps/core.xml").contains("2000-01-01T00:00:00Z"));
    }

    #[test]
    fn rows_past_the_limit_go_on_in_numbered_files() {
        let case = Case::new("code\nA\nB\nC\nD\nE\n");
        let files = case.write("out.xlsx", 2);
        let names: Vec<_> = files.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["out.xlsx", "out-2.xlsx", "out-3.xlsx"]);
        let last = part(&files[2], "xl/worksheets/sheet1.xml");
        assert!(
            last.contains("<t>code</t>") && last.contains("<t>E</t>") && !last.contains("<t>D</t>")
        );
    }

    #[test]
    fn a_full_sheet_does_not_begin_another_file() {
        assert_eq!(Case::new("code\nA\nB\n").write("out.xlsx", 2).len(), 1);
        assert_eq!(Case::new("code\n").write("out.xlsx", 2).len(), 1);
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_as_such() {
        let case = Case::new("");
        fs::write(case.folder.path().join("rows.csv"), b"key\ncaf\xe9\n").expect("a file");
        let xml = part(&case.write("out.xlsx", 2)[0], "xl/worksheets/sheet1.xml");
        assert!(xml.contains("caf\u{fffd}"), "{xml}");
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut() {
        let case = Case::new(&format!("note\n{}\n", "é".repeat(MOST_CHARACTERS + 5)));
        let xml = part(&case.write("out.xlsx", 2)[0], "xl/worksheets/sheet1.xml");
        assert_eq!(xml.matches('é').count(), MOST_CHARACTERS);
    }
}
