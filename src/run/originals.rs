//! Files of records that a run did not write to: do they stand as they were planned?

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::apply::Site;
use super::book::{BookFile, Manner};
use super::standing::digest_of;
use crate::error::{Error, Result};

/// How an original stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original {
    /// Byte for byte.
    AsPlanned,
    /// It holds something else.
    Changed,
    /// It is not there.
    Gone,
}

impl Original {
    /// Reads it, where its size alone does not tell.
    ///
    /// # Errors
    /// It cannot be read, or the user wants to stop.
    pub fn of(
        site: Site,
        file: &BookFile,
        mut progress: impl FnMut(u64) -> Result<()>,
    ) -> Result<Original> {
        let path = site.base.join(&file.path);
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Original::Gone),
            Ok(found) if found.len() != file.size => return Ok(Original::Changed),
            _ => {}
        }
        let is_as_planned = digest_of(&path, &mut progress)? == file.digest;
        Ok(if is_as_planned { Original::AsPlanned } else { Original::Changed })
    }
}

/// How all originals stand that the run did not write to.
#[derive(Debug, Default)]
pub struct Originals {
    /// How many are as they were planned.
    pub as_planned: usize,
    /// Those that are not.
    pub astray: Vec<Astray>,
    /// Those that cannot be read.
    pub unread: Vec<Error>,
}

/// An original that is not as it was planned.
#[derive(Debug)]
pub struct Astray {
    /// The file.
    pub path: PathBuf,
    /// It is not there.
    pub is_gone: bool,
    /// The run has a copy of it, in which codes are replaced.
    pub has_copy: bool,
}

impl Originals {
    pub(super) fn take(&mut self, site: Site, file: &BookFile, found: Result<Original>) {
        let is_gone = match found {
            Ok(Original::AsPlanned) => {
                self.as_planned += 1;
                return;
            }
            Ok(other) => other == Original::Gone,
            Err(error) => return self.unread.push(error),
        };
        self.astray.push(Astray {
            path: site.base.join(&file.path),
            is_gone,
            has_copy: file.output.is_some() && site.book.write != Manner::InPlace,
        });
    }
}
