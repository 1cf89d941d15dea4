//! Does everything still stand as the run left it? Reads all of it again.

use std::path::Path;

use super::apply::Site;
use super::book::{BookFile, Manner};
use super::parts;
use super::standing::Standing;
use crate::error::{Error, Result};
use crate::release::Digest;

/// A result that was read again.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    /// The result, as it is printed.
    pub copy: String,
    /// Its digest.
    pub digest: Digest,
    /// How many replacements it holds: at each planned place stands the new code.
    pub replacements: u64,
    /// How many line ends it has, and its original had.
    pub lines: u64,
}

/// Proves every result anew: at every planned place stands the new code and the
/// retired one no more; with the edits reversed it has the digest of the original
/// that was planned, so no other byte differs; it has as many lines; and it is
/// the one that the journal names.
///
/// # Errors
/// All results that are not as they were published.
pub fn verify(
    site: Site,
    published: &[(String, Digest)],
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Vec<Verified>> {
    let mut verified = Vec::new();
    let mut broken = Vec::new();
    for (file, output) in site.book.changing() {
        match one(site, file, output, published) {
            Ok(result) => verified.push(result),
            Err(error) => broken.push(error),
        }
        progress(file.size)?;
    }
    Error::all(broken).map_or(Ok(verified), Err)
}

fn one(
    site: Site,
    file: &BookFile,
    output: &Path,
    published: &[(String, Digest)],
) -> Result<Verified> {
    let path = parts::target(site, file, output)?;
    let shown = match site.book.write {
        Manner::Beside | Manner::Annotate => output,
        Manner::InPlace => &file.path,
    };
    let list = site.book.edits(site.root, file)?;
    let not_ours = |what: &str| {
        Error::refused(what).at(&path).hint("somebody changed it since; compare it with a backup")
    };
    let proof = match Standing::of(&path, &list, file.digest)? {
        Standing::Result(proof) => proof,
        Standing::Missing => return Err(not_ours("the result is not there")),
        Standing::Original => {
            return Err(not_ours("the file is not as the run left it, but as it was before"));
        }
        Standing::Other => return Err(not_ours("the file is not as the run left it")),
    };
    let shown = shown.to_string_lossy().into_owned();
    let named = published.iter().any(|(copy, digest)| *copy == shown && *digest == proof.copy);
    if !named || proof.lines != proof.reversed_lines {
        return Err(not_ours("the file is not as the run left it"));
    }
    Ok(Verified {
        copy: shown,
        digest: proof.copy,
        replacements: site.book.replacements_of(&list),
        lines: proof.lines,
    })
}

/// What stands under the name of each result, in words: for a run that was interrupted.
///
/// # Errors
/// A file cannot be read.
pub fn survey(site: Site, run_id: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (file, output) in site.book.changing() {
        let path = parts::target(site, file, output)?;
        let list = site.book.edits(site.root, file)?;
        let words = match Standing::of(&path, &list, file.digest)? {
            Standing::Result(_) => "new content, proven",
            Standing::Original => "as it was before the run",
            Standing::Other => "NEITHER the original nor the result",
            Standing::Missing => "not written yet",
        };
        lines.push(format!("{}: {words}", path.display()));
    }
    let left = parts::left_over(site, run_id);
    lines.extend(left.iter().map(|part| format!("{}: unfinished", part.display())));
    Ok(lines)
}

/// Proves that a run was taken back: in place every file is the original, beside
/// no copy stands. Says how many files there are.
///
/// # Errors
/// All files that are something else.
pub fn verify_undone(site: Site, mut progress: impl FnMut(u64) -> Result<()>) -> Result<usize> {
    let mut broken = Vec::new();
    let mut count = 0;
    for (file, output) in site.book.changing() {
        count += 1;
        let path = parts::target(site, file, output)?;
        let list = site.book.edits(site.root, file)?;
        match (Standing::of(&path, &list, file.digest)?, site.book.write) {
            (Standing::Original, Manner::InPlace)
            | (Standing::Missing, Manner::Beside | Manner::Annotate) => {}
            _ => broken.push(
                Error::refused("the file is not as the undo left it")
                    .at(&path)
                    .hint("somebody changed it since; compare it with a backup"),
            ),
        }
        progress(file.size)?;
    }
    Error::all(broken).map_or(Ok(count), Err)
}
