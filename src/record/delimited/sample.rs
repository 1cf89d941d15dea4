//! A sample of a file's values, taken from its head and from stretches spread
//! evenly over it: what they fit decides the system of a column that states
//! none, how its days are written and whether its codes are dotted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::cell::{self, Family};
use super::head::{HEAD, Head};
use super::records::Records;
use crate::error::{Error, Result};

/// How many stretches beside the head are read, and how long each is.
const STRETCHES: u64 = 16;
const STRETCH: usize = 1 << 16;

/// How many values of a column are kept.
const VALUES: usize = 20_000;

/// Values of some columns, blanks and quotes cut, without the empty ones.
#[derive(Debug)]
pub struct Sample {
    columns: Vec<Sampled>,
    values: Vec<Vec<Value>>,
}

/// A column to sample, and the version column beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// The column (0-based).
    pub column: usize,
    /// The column that says the version or type of each value.
    pub twin: Option<usize>,
}

/// One value and the physical line it stands on, where that is known.
#[derive(Debug)]
pub struct Value {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The line (1-based); known in the head of the file only.
    pub line: Option<u64>,
    /// What its version cell says.
    pub family: Option<Family>,
    /// How many bytes its cell has, blanks and quotes included.
    pub width: usize,
}

impl Sample {
    /// Takes values of `columns`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn take(
        file: &mut File,
        path: &Path,
        start: &[u8],
        head: &Head,
        columns: Vec<Sampled>,
    ) -> Result<Sample> {
        let mut sample = Sample { values: columns.iter().map(|_| Vec::new()).collect(), columns };
        let whole = start.len() < HEAD;
        sample.read(head, &start[head.data..], Some(head.first_line), whole);
        let failed = |error| Error::unreadable(path, &error);
        let length = file.metadata().map_err(failed)?.len();
        let rest = length.saturating_sub(HEAD as u64);
        for stretch in 0..STRETCHES {
            let at = HEAD as u64 + rest * stretch / STRETCHES;
            if at + STRETCH as u64 >= length {
                break;
            }
            let mut bytes = vec![0; STRETCH];
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(failed)?;
            // The stretch begins anywhere: the record it cuts is passed over.
            let Some(line) = memchr::memchr(b'\n', &bytes) else { continue };
            sample.read(head, &bytes[line + 1..], None, false);
        }
        Ok(sample)
    }

    fn read(&mut self, head: &Head, bytes: &[u8], line: Option<u64>, whole: bool) {
        let mut line = line;
        let mut records = Records::of(head.dialect, bytes);
        while let Some(record) = records.next() {
            let is_cut = record.next() == bytes.len() && (!whole || record.unclosed);
            if is_cut {
                break;
            }
            let cell = |column| record.span(column).of(bytes);
            let core = |column| cell::core(cell(column)).1;
            for (values, one) in self.values.iter_mut().zip(&self.columns) {
                let value = core(one.column);
                if record.cells() > 0 && values.len() < VALUES && !cell::is_null(value) {
                    let family = one.twin.and_then(|twin| cell::family(core(twin)));
                    let width = cell(one.column).len();
                    values.push(Value { bytes: value.to_vec(), line, family, width });
                }
            }
            line = line.map(|line| line + record.lines);
        }
    }

    /// The values of a column that was asked for.
    pub fn of(&self, column: usize) -> &[Value] {
        let at = self.columns.iter().position(|own| own.column == column);
        at.map_or(&[], |at| &self.values[at])
    }
}
