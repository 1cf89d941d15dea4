//! What stands under the name of a result: the disk decides, not the journal.

use std::io::Read;
use std::path::Path;

use super::edits::EditList;
use super::plain::{is_missing, open_plain};
use super::splice::{Proof, look};
use crate::error::{Error, Result};
use crate::release::Digest;

/// What stands under a name.
#[derive(Debug, Clone, Copy)]
pub enum Standing {
    /// What the run was planned for.
    Original,
    /// What the run makes of it.
    Result(Proof),
    /// Something else.
    Other,
    /// Nothing.
    Missing,
}

impl Standing {
    /// Reads the file: twice, where it is not the result.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(path: &Path, list: &EditList, original: Digest) -> Result<Standing> {
        if is_missing(path)? {
            return Ok(Standing::Missing);
        }
        match look(path, list)? {
            Some(proof) if proof.reversed == original => Ok(Standing::Result(proof)),
            _ if digest_of(path, &mut |_| Ok(()))? == original => Ok(Standing::Original),
            _ => Ok(Standing::Other),
        }
    }
}

/// The digest of a file; `progress` is told the bytes.
///
/// # Errors
/// It cannot be read to its end, or the user wants to stop.
pub fn digest_of(path: &Path, progress: &mut impl FnMut(u64) -> Result<()>) -> Result<Digest> {
    let failed = |error| Error::unreadable(path, &error);
    let mut file = open_plain(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut bytes).map_err(failed)?;
        if read == 0 {
            return Ok(Digest(*hasher.finalize().as_bytes()));
        }
        hasher.update(&bytes[..read]);
        progress(read as u64)?;
    }
}
