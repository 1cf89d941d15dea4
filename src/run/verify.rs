//! Does everything still stand as the run left it? Reads all of it again.

use std::path::{Path, PathBuf};

use super::apply::Site;
use super::book::{BookFile, Manner};
use super::splice::prove;
use crate::error::{Error, Result};
use crate::release::Digest;

/// A result that was read again.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    /// The result, as it is printed.
    pub copy: String,
    /// Its digest.
    pub digest: Digest,
    /// How many replacements it holds.
    pub replacements: u64,
}

/// Proves every result anew: with its edits reversed it has the digest of the
/// original that was planned, so only planned bytes differ; and it is the one
/// that the journal names.
///
/// # Errors
/// All results that are not as they were published.
pub fn verify(
    site: Site,
    published: &[(String, Digest)],
    mut progress: impl FnMut(u64),
) -> Result<Vec<Verified>> {
    let mut verified = Vec::new();
    let mut broken = Vec::new();
    for (file, output) in site.book.changing() {
        match one(site, file, output, published) {
            Ok(result) => verified.push(result),
            Err(error) => broken.push(error),
        }
        progress(file.size);
    }
    Error::all(broken).map_or(Ok(verified), Err)
}

fn one(
    site: Site,
    file: &BookFile,
    output: &Path,
    published: &[(String, Digest)],
) -> Result<Verified> {
    let (path, shown): (PathBuf, &Path) = match site.book.write {
        Manner::Beside | Manner::Annotate => (site.root.join(output), output),
        Manner::InPlace => (site.base.join(&file.path), &file.path),
    };
    let list = site.book.edits(site.root, file)?;
    let not_ours = || {
        Error::refused("the file is not as the run left it")
            .at(&path)
            .hint("somebody changed it since; compare it with a backup")
    };
    if let Err(error) = std::fs::metadata(&path) {
        return Err(Error::unreadable(&path, &error));
    }
    let proof = prove(&path, &list, []).map_err(|_| not_ours())?;
    let shown = shown.to_string_lossy().into_owned();
    let named = published.iter().any(|(copy, digest)| *copy == shown && *digest == proof.copy);
    if proof.reversed != file.digest || !named {
        return Err(not_ours());
    }
    Ok(Verified { copy: shown, digest: proof.copy, replacements: site.book.replacements_of(&list) })
}
