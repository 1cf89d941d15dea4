//! Where data goes: to stdout, or to a file that is complete once it has its name.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anstream::StripStream;

use super::Term;
use crate::error::{Error, Result};

/// Writes data to stdout, or to the file that was asked for.
///
/// The file is written under a temporary name beside its own and renamed when
/// it is complete. One that exists is refused, never overwritten.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn write<T>(
    term: &mut Term,
    output: Option<&Path>,
    data: impl FnOnce(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let Some(path) = output else { return data(term.out()) };
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::refused("the output file exists already")
            .at(path)
            .hint("choose another name, or delete it first"));
    }
    let unfinished = unfinished(path);
    let written = write_file(&unfinished, path, data);
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

/// Errors name the file that was asked for, not the one that it is at first.
fn write_file<T>(
    unfinished: &Path,
    path: &Path,
    data: impl FnOnce(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let failed = |error| Error::unwritable(path, &error);
    let mut options = OpenOptions::new();
    let file: File =
        options.write(true).create(true).truncate(true).open(unfinished).map_err(failed)?;
    let mut buffer = BufWriter::new(file);
    let done = {
        let plain: &mut dyn Write = &mut buffer;
        data(&mut StripStream::new(plain))?
    };
    buffer.flush().and_then(|()| buffer.get_ref().sync_all()).map_err(failed)?;
    Ok(done)
}
