//! What went wrong, where, and what to do about it.
//!
//! One error type for the whole library: a message in a sentence, the path and
//! the place inside the file, and a hint where one helps. The kind decides the
//! exit status and nothing else. The library never prints; `cli` renders.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means for the program: the exit status follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line itself is wrong (exit 2).
    Usage,
    /// An input, a plan or a target was refused; nothing was written (exit 3).
    Refused,
    /// As refused: a file of records in which no column of codes is known (exit 3).
    NoCodes,
    /// Reading or writing failed, or an internal check did (exit 4).
    Io,
    /// The reader of stdout has seen enough (exit 0).
    ClosedPipe,
    /// The user stopped it (exit 130).
    Interrupted,
}

/// A place inside a file. Lines, columns and records are 1-based, bytes 0-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line.
    Line(u64),
    /// A line and a byte column in it.
    Column(u64, u64),
    /// Two lines that contradict each other.
    Lines(u64, u64),
    /// A byte offset, in files that have no lines.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "{line}"),
            Place::Column(line, column) => write!(f, "{line}:{column}"),
            Place::Lines(first, second) => write!(f, "{first} and :{second}"),
            Place::Byte(at) => write!(f, "byte {at}"),
        }
    }
}

/// An error with its place and, where one helps, a hint.
#[derive(Debug)]
pub struct Error(Box<Body>);

// Boxed, so that the path without an error stays small.
#[derive(Debug)]
struct Body {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    place: Option<Place>,
    hint: Option<String>,
    list: &'static [&'static str],
    also: Vec<Error>,
}

impl Error {
    /// The command line is wrong (exit 2).
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, message)
    }

    /// An input or a target is refused; nothing was written (exit 3).
    pub fn refused(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Refused, message)
    }

    /// A file of records in which no column of codes is known (exit 3).
    pub fn no_codes(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::NoCodes, message)
    }

    /// Something inside the program does not add up (exit 4).
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Io, message)
    }

    /// An *input* could not be opened or read: refused (exit 3), with a hint
    /// for the usual causes.
    pub fn unreadable(path: impl AsRef<Path>, error: &io::Error) -> Error {
        let (message, hint) = match error.kind() {
            io::ErrorKind::NotFound => (
                "no such file or folder".to_owned(),
                Some("check the spelling; a path with blanks needs quotes"),
            ),
            io::ErrorKind::PermissionDenied => (
                "no permission to read it".to_owned(),
                Some("ask the owner for read access, or copy it to a folder of yours"),
            ),
            io::ErrorKind::IsADirectory => ("it is a folder, not a file".to_owned(), None),
            _ => (format!("cannot be read: {error}"), None),
        };
        let refused = Error::refused(message).at(path);
        match hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    }

    /// Writing failed (exit 4), with a hint for the usual causes.
    pub fn unwritable(path: impl AsRef<Path>, error: &io::Error) -> Error {
        let failed = Error::new(ErrorKind::Io, format!("cannot be written: {error}")).at(path);
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                failed.hint("the disk is full: free some space, or choose another --out; the originals are untouched")
            }
            io::ErrorKind::PermissionDenied => {
                failed.hint("no permission there: choose another folder")
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                failed.hint("that disk can only be read: choose a folder on another one")
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                failed.hint("it is to stand in a folder that is not there: make the folder first, or choose another")
            }
            _ => failed,
        }
    }

    /// Writing data to stdout, or to the file asked for, failed; a closed pipe is told apart.
    pub fn output(error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Error::new(ErrorKind::ClosedPipe, "stdout was closed"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Error::new(ErrorKind::Io, format!("cannot write the output: {error}"))
                    .hint("the disk is full: free some space, or send the output elsewhere")
            }
            _ => Error::new(ErrorKind::Io, format!("cannot write the output: {error}")),
        }
    }

    /// The user stopped it, before anything was published (exit 130).
    pub fn interrupted() -> Error {
        Error::new(ErrorKind::Interrupted, "interrupted: nothing was changed")
            .hint("the same command begins anew")
    }

    /// Several errors of one input, all shown, in the order given.
    ///
    /// Returns `None` for an empty list.
    pub fn all(mut errors: Vec<Error>) -> Option<Error> {
        if errors.is_empty() {
            return None;
        }
        let also = errors.split_off(1);
        let mut first = errors.pop()?;
        first.0.also.extend(also);
        Some(first)
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Body {
            kind,
            message: message.into(),
            path: None,
            place: None,
            hint: None,
            list: &[],
            also: Vec::new(),
        }))
    }

    /// Says which file, where that is not said yet.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Error {
        self.0.path.get_or_insert_with(|| path.as_ref().to_owned());
        for other in &mut self.0.also {
            other.0.path.get_or_insert_with(|| path.as_ref().to_owned());
        }
        self
    }

    /// Names a file by another path, where it is the one concerned.
    #[must_use]
    pub fn renamed(mut self, from: &Path, to: &Path) -> Error {
        if self.0.path.as_deref() == Some(from) {
            self.0.path = Some(to.to_owned());
        }
        let also = std::mem::take(&mut self.0.also);
        self.0.also = also.into_iter().map(|other| other.renamed(from, to)).collect();
        self
    }

    /// Says which line (1-based).
    #[must_use]
    pub fn line(self, line: u64) -> Error {
        self.place(Place::Line(line))
    }

    /// Says where in the file.
    #[must_use]
    pub fn place(mut self, place: Place) -> Error {
        self.0.place = Some(place);
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    /// What there is to choose from, a line each below the hint: text of the program
    /// alone, for nothing from a file may write a line of its own.
    #[must_use]
    pub fn list(mut self, list: &'static [&'static str]) -> Error {
        self.0.list = list;
        self
    }

    /// What it means for the program.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence that says what is wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The file, if one is concerned.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The place inside the file, if there is one.
    pub fn whereabouts(&self) -> Option<Place> {
        self.0.place
    }

    /// What to do next.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What there is to choose from.
    pub fn choices(&self) -> &'static [&'static str] {
        self.0.list
    }

    /// Further errors of the same input.
    pub fn others(&self) -> &[Error] {
        &self.0.also
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match (&self.0.path, self.0.place) {
            (Some(path), Some(place)) => write!(f, " ({}:{place})", path.display()),
            (Some(path), None) => write!(f, " ({})", path.display()),
            (None, Some(place)) => write!(f, " ({place})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
