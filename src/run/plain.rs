//! Plain files: is one there, and may it be opened?

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// Opens what must be a plain file: where a pipe has its name, nobody would ever write to it.
pub(super) fn open_plain(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?;
    if kind.is_file() || kind.is_dir() {
        return File::open(path);
    }
    Err(io::Error::other("it is no plain file"))
}

/// Reads what must be a plain file.
pub(super) fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_plain(path)?.read_to_end(&mut bytes).map(|_| bytes)
}

/// Whether nothing stands under a name; what cannot be looked at may stand there.
///
/// # Errors
/// The disk does not say.
pub(super) fn is_missing(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(false),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(true),
            _ => Err(Error::unreadable(path, &error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the disk does not tell was taken for what is not there.
    #[test]
    fn only_what_is_not_there_is_missing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x");
        fs::write(&file, "x").expect("written");
        let missing = |path: &Path| is_missing(path).expect("the disk says it");
        assert!(!missing(&file) && missing(&folder.path().join("y")) && missing(&file.join("z")));
        assert!(is_missing(&folder.path().join("n".repeat(300))).is_err());
    }
}
