//! Where a run folder stands, and where it stood when it was planned.
//!
//! Paths that were typed relative to a folder lead to that folder for good. Whoever
//! copies records and run folder together, to try it there first, would change the
//! originals from the copy: so a run that was planned beside others is refused.

use std::fs;
use std::path::{Path, PathBuf};

use super::book::Book;
use super::names::{number, parent_of};
use crate::error::{Error, Result};

/// What became of a run folder since it was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It is no more where it was.
    Away,
    /// It stands there as before: this is a copy.
    Copied,
}

/// The place of an opened run folder.
#[derive(Debug, Clone)]
pub struct RunPlace {
    /// Where it is.
    pub here: PathBuf,
    /// Where it was planned.
    pub planned: PathBuf,
    /// `None` where it is as it was. A new name in the same folder is none: the paths
    /// that were typed mean the same.
    pub moved: Option<Moved>,
}

/// The folder around a run folder, behind all links. The journal names it, and not the
/// run folder itself: whatever that is called, the same inputs give the same entries.
///
/// # Errors
/// It cannot be read.
pub fn around(target: &Path) -> Result<PathBuf> {
    let parent = parent_of(target);
    fs::canonicalize(parent).map_err(|error| Error::unreadable(parent, &error))
}

impl RunPlace {
    /// Of an opened folder; `around` is the folder in which it was planned.
    pub(super) fn of(root: &Path, around: Option<PathBuf>) -> RunPlace {
        let here = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        // A journal that does not say it is of an earlier version.
        let named = |around: PathBuf| around.join(here.file_name().unwrap_or_default());
        let planned = around.map_or_else(|| here.clone(), named);
        let stays = is_same(parent_of(&here), parent_of(&planned)) || is_same(&here, &planned);
        let moved = (!stays).then(|| if planned.exists() { Moved::Copied } else { Moved::Away });
        RunPlace { here, planned, moved }
    }

    /// What became of it, in words.
    pub fn words(&self) -> Option<String> {
        let what = match self.moved.as_ref()? {
            Moved::Away => "the run folder was moved",
            Moved::Copied => "this is a copy of the run folder",
        };
        let (planned, here) = (self.planned.display(), self.here.display());
        Some(format!("{what}: it was planned as {planned}, and this is {here}"))
    }

    /// Refuses to change files whose paths were typed relative to a folder.
    ///
    /// # Errors
    /// The run folder was moved or copied to another folder since.
    pub fn refuse_elsewhere(&self, book: &Book, base: &Path) -> Result<()> {
        let (Some(words), Some(moved)) = (self.words(), &self.moved) else { return Ok(()) };
        if book.files.iter().all(|file| file.path.is_absolute()) {
            return Ok(());
        }
        let planned = self.planned.display();
        let hint = match moved {
            Moved::Away => format!(
                "its records are those in {}: move both back to where they were, or plan a run of \
                 its own for the records that are here",
                base.display()
            ),
            Moved::Copied => format!(
                "its records are those in {}, not those beside the copy: use {planned} for them, \
                 or plan a run of its own for the records that are here",
                base.display()
            ),
        };
        Err(Error::refused(words).at(&self.here).hint(hint))
    }
}

/// The same folder by its path behind all links, or by its number where it is seen in
/// two places (a bind mount).
fn is_same(one: &Path, other: &Path) -> bool {
    if one == other {
        return true;
    }
    let (Ok(real), Ok(other_real)) = (fs::canonicalize(one), fs::canonicalize(other)) else {
        return false;
    };
    let numbers = || Some((number(&fs::metadata(one).ok()?), number(&fs::metadata(other).ok()?)));
    real == other_real || cfg!(unix) && numbers().is_some_and(|(one, other)| one == other)
}
