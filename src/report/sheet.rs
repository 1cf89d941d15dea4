//! A CSV file that is written row by row.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::run::located::Located;

/// A CSV file while it is written: commas, LF, quotes where needed.
pub struct Sheet<W: Write> {
    writer: csv::Writer<W>,
    path: PathBuf,
    rows: u64,
}

impl Sheet<BufWriter<File>> {
    /// Creates the file with its header; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, header: &[&str], keys: &[String]) -> Result<Sheet<BufWriter<File>>> {
        let file = File::create(path).map_err(|error| Error::unwritable(path, &error))?;
        Sheet::to(BufWriter::new(file), path, header, keys)
    }
}

impl<W: Write> Sheet<W> {
    /// Writes to an open sink; `path` is what errors name, empty for stdout.
    ///
    /// # Errors
    /// The header cannot be written.
    pub fn to(sink: W, path: &Path, header: &[&str], keys: &[String]) -> Result<Sheet<W>> {
        let writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(sink);
        let mut sheet = Sheet { writer, path: path.to_owned(), rows: 0 };
        let keys = key_names(header, keys);
        let names = header.iter().copied().chain(keys.iter().map(String::as_str));
        sheet.put(names.map(str::as_bytes))?;
        Ok(sheet)
    }

    /// Writes a row of cells.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) -> Result<()> {
        self.rows += 1;
        self.put(cells.into_iter().map(str::as_bytes))
    }

    /// Writes a row about a finding: `before`, where it stands (file, line,
    /// record, field, system), `cells`, then the columns
    /// carried along and what the sheet has behind them.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finding(
        &mut self,
        before: &[&str],
        located: &Located,
        cells: &[&str],
        behind: &[&str],
    ) -> Result<()> {
        self.rows += 1;
        let (line, record) = (located.line.to_string(), located.record.to_string());
        let place: [&str; 5] =
            [&located.input.name, &line, &record, &located.column().name, located.system()];
        let own = before.iter().chain(&place).chain(cells).map(|cell| cell.as_bytes());
        let keys = located.finding.keys.iter().map(Vec::as_slice);
        self.put(own.chain(keys).chain(behind.iter().map(|cell| cell.as_bytes())))
    }

    fn put<'c>(&mut self, cells: impl IntoIterator<Item = &'c [u8]>) -> Result<()> {
        let path = &self.path;
        self.writer.write_record(cells).map_err(|error| failed(path, error))
    }

    /// Flushes everything and says how many rows there are, the header not counted.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<u64> {
        let flushed = self.writer.flush().map_err(|error| unwritable(&self.path, &error));
        flushed.map(|()| self.rows)
    }
}

/// The names of the columns carried along; one that the report has itself is
/// told apart: `key.line`.
pub fn key_names(own: &[&str], keys: &[String]) -> Vec<String> {
    let is_taken = |key: &str| own.iter().any(|name| name.eq_ignore_ascii_case(key));
    keys.iter().map(|key| if is_taken(key) { format!("key.{key}") } else { key.clone() }).collect()
}

fn failed(path: &Path, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unwritable(path, &error),
        other => Error::internal(format!("a row cannot be written: {other:?}")).at(path),
    }
}

/// A sheet without a path goes to stdout, whose reader may have seen enough.
fn unwritable(path: &Path, error: &io::Error) -> Error {
    if path.as_os_str().is_empty() { Error::output(error) } else { Error::unwritable(path, error) }
}
