//! Where data goes: to stdout, or to a file that is complete once it has its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Seek, Write};
use std::path::{Path, PathBuf};

use anstream::StripStream;

use super::Term;
use crate::error::{Error, Result};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Text for people, styled where that is wanted.
    Text,
    /// Data for programs: byte for byte, whatever stands in it.
    Data,
}

/// Writes to stdout, or to the file that was asked for.
///
/// The file is written under a temporary name beside its own and renamed when
/// it is complete. One that exists is refused, never overwritten.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn write<T>(
    term: &mut Term,
    output: Option<&Path>,
    content: Content,
    data: impl FnOnce(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let Some(path) = output else {
        return match content {
            Content::Text => data(term.out()),
            Content::Data => write_stdout(data),
        };
    };
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::refused("the output file exists already")
            .at(path)
            .hint("choose another name, or delete it first"));
    }
    let unfinished = unfinished(path);
    let written = write_file(&unfinished, path, content, data);
    let failed = |error| Error::unwritable(path, &error);
    let named =
        written.and_then(|done| fs::rename(&unfinished, path).map(|()| done).map_err(failed));
    named.inspect_err(|_| {
        // The error that matters is the first one; a leftover is visibly unfinished.
        let _ = fs::remove_file(&unfinished);
    })
}

fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{}.unfinished", name.unwrap_or_default()))
}

/// Data to stdout when all of it is there: half a table or document would be taken for
/// a whole one by whoever does not look at the exit status.
///
/// Until then it is kept in memory, what is long in a file without a name that goes with
/// the program. It is written as it is, but for a terminal, which must not be steered by it.
fn write_stdout<T>(data: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    const IN_MEMORY: usize = 16 << 20;
    let mut buffer = BufWriter::with_capacity(1 << 16, tempfile::SpooledTempFile::new(IN_MEMORY));
    let done = data(&mut buffer)?;
    let failed = |error: io::Error| Error::output(&error);
    let mut whole = buffer.into_inner().map_err(|error| failed(error.into_error()))?;
    whole.rewind().map_err(failed)?;
    let mut stdout = io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    let copied = if is_terminal {
        io::copy(&mut whole, &mut Tame(&mut stdout))
    } else {
        io::copy(&mut whole, &mut stdout)
    };
    copied.and_then(|_| stdout.flush()).map_err(failed)?;
    Ok(done)
}

/// Lets no control character through but line ends and tabs.
struct Tame<W: Write>(W);

impl<W: Write> Write for Tame<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let tame = |byte: &u8| {
            if byte.is_ascii_control() && !matches!(byte, b'\n' | b'\t' | b'\r') {
                b'?'
            } else {
                *byte
            }
        };
        self.0.write_all(&bytes.iter().map(tame).collect::<Vec<u8>>())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Errors name the file that was asked for, not the one that it is at first.
fn write_file<T>(
    unfinished: &Path,
    path: &Path,
    content: Content,
    data: impl FnOnce(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let failed = |error| Error::unwritable(path, &error);
    let mut options = OpenOptions::new();
    let file: File =
        options.write(true).create(true).truncate(true).open(unfinished).map_err(failed)?;
    let mut buffer = BufWriter::new(file);
    let plain: &mut dyn Write = &mut buffer;
    let done = match content {
        Content::Text => data(&mut StripStream::new(plain))?,
        Content::Data => data(plain)?,
    };
    buffer.flush().and_then(|()| buffer.get_ref().sync_all()).map_err(failed)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered_by_data() {
        let mut out = Vec::new();
        Tame(&mut out).write_all(b"E66.8\x1b[31m\t\xc3\xa9\r\n").expect("written");
        assert_eq!(out, b"E66.8?[31m\t\xc3\xa9\r\n");
    }
}
