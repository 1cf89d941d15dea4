//! Records that come through standard input, for `audit -`.
//!
//! Records are read more than once, and from several places: what comes through a
//! pipe is kept in a temporary file first, so that memory does not grow with it. The
//! file has no name where the system allows it and goes with the program, however that
//! ends: the records are patients' data.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::interrupt;
use crate::error::{Error, Result};
use crate::run::inputs::Inputs;

/// What stands for standard input among the files.
pub const NAME: &str = "-";

/// Standard input as it was kept.
#[derive(Debug)]
pub struct Stdin {
    kept: Kept,
}

/// Where it lies.
#[derive(Debug)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
enum Kept {
    /// In a file without a name, that is open as long as this.
    Nameless { path: PathBuf, _open: File },
    /// In a file that is removed with this.
    Named(NamedTempFile),
}

impl Kept {
    fn new() -> io::Result<Kept> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let open = tempfile::tempfile()?;
            let path = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
            // A system without /proc has no way back to it.
            if File::open(&path).is_ok() {
                return Ok(Kept::Nameless { path, _open: open });
            }
        }
        // It must not stay where the program is stopped.
        interrupt::arm();
        Ok(Kept::Named(NamedTempFile::new()?))
    }

    fn path(&self) -> &Path {
        match self {
            Kept::Nameless { path, .. } => path,
            Kept::Named(file) => file.path(),
        }
    }

    fn file(&mut self) -> &mut File {
        match self {
            Kept::Nameless { _open: file, .. } => file,
            Kept::Named(file) => file.as_file_mut(),
        }
    }
}

impl Stdin {
    /// Keeps standard input, if it is among the files.
    ///
    /// # Errors
    /// It is named twice or cannot be read, or there is no room to keep it.
    pub fn among(paths: &[PathBuf]) -> Result<Option<Stdin>> {
        match paths.iter().filter(|path| is_stdin(path)).count() {
            0 => Ok(None),
            1 => Stdin::keep(&mut io::stdin().lock()).map(Some),
            _ => Err(Error::usage("standard input (-) is given twice")),
        }
    }

    fn keep(from: &mut impl Read) -> Result<Stdin> {
        let full = |error: io::Error| {
            Error::unwritable(std::env::temp_dir(), &error).hint(
                "what comes through standard input is kept there while it is read: TMPDIR names another folder",
            )
        };
        let mut kept = Kept::new().map_err(full)?;
        let mut buffer = vec![0; 1 << 20];
        loop {
            interrupt::check()?;
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::unreadable(NAME, &error)),
            };
            kept.file().write_all(&buffer[..read]).map_err(full)?;
        }
        Ok(Stdin { kept })
    }

    /// The files, standard input where it was kept.
    pub fn stand_in(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let own = |path: &PathBuf| {
            if is_stdin(path) { self.kept.path().to_owned() } else { path.clone() }
        };
        paths.iter().map(own).collect()
    }

    /// Calls it by its name: as it was typed.
    pub fn name(&self, inputs: &mut Inputs) {
        let own = self.kept.path();
        for input in inputs.files.iter_mut().filter(|input| input.path == own) {
            NAME.clone_into(&mut input.name);
        }
        for passed in inputs.passed_over.iter_mut().filter(|passed| passed.path == own) {
            passed.path = NAME.into();
        }
    }

    /// An error about it names it as it was typed.
    pub fn blamed(&self, error: Error) -> Error {
        error.renamed(self.kept.path(), Path::new(NAME))
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(NAME)
}

/// Refuses standard input where records are read again later.
///
/// # Errors
/// It is among the files.
pub fn refuse(paths: &[PathBuf]) -> Result<()> {
    if paths.iter().any(|path| is_stdin(path)) {
        return Err(Error::usage("standard input (-) is read by audit alone").hint(
            "records of a plan must be there when it is applied: save them to a file first (a file called - is ./-)",
        ));
    }
    Ok(())
}
