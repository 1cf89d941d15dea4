//! Does everything still stand as the run left it? Reads all of it again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::apply::Site;
use super::book::{Book, BookFile, Manner};
use super::each::each;
use super::open::Stage;
use super::originals::{Original, Originals};
use super::parts;
use super::standing::Standing;
use super::unmoved::moved_papers;
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

/// What was found when everything was read again.
#[derive(Debug)]
pub struct Checked<R> {
    /// What stands as the run left it.
    pub results: Vec<R>,
    /// What does not.
    pub broken: Vec<Error>,
    /// Files that the run did not write to.
    pub originals: Originals,
    /// Releases, mappings and filled worklists that are not those of the plan. The
    /// results rest on the rules that the plan holds, and no more on them.
    pub papers: Vec<Error>,
}

/// A file that is read again.
#[derive(Clone, Copy)]
enum Job<'b> {
    Result(&'b BookFile, &'b Path),
    Original(&'b BookFile),
}

impl<'b> Job<'b> {
    fn file(self) -> &'b BookFile {
        match self {
            Job::Result(file, _) | Job::Original(file) => file,
        }
    }
}

/// The results, and the files to which nothing was written: beside the copies all
/// originals, in place those in which nothing changes.
fn jobs(book: &Book) -> Vec<Job<'_>> {
    let results = book.changing().map(|(file, output)| Job::Result(file, output));
    let is_untouched = |file: &&BookFile| book.write != Manner::InPlace || file.output.is_none();
    results.chain(book.files.iter().filter(is_untouched).map(Job::Original)).collect()
}

/// Files among the results that are none of them, nor unfinished ones of this run. Of nobody
/// knows what they hold: whoever hands on the folder hands on them, too.
pub fn strangers(site: Site, run_id: &str) -> Vec<PathBuf> {
    if site.book.write == Manner::InPlace {
        return Vec::new();
    }
    let results = site.book.changing().map(|(_, output)| site.root.join(output));
    let known: HashSet<PathBuf> = results.chain(parts::left_over(site, run_id)).collect();
    let (mut found, mut folders) = (Vec::new(), vec![site.root.join("migrated")]);
    while let Some(folder) = folders.pop() {
        // What cannot be listed is missed where its results are read.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                _ if known.contains(&path) => {}
                _ => found.push(path),
            }
        }
    }
    found.sort_unstable();
    found
}

/// How many bytes are read to verify a run.
pub fn size(book: &Book) -> u64 {
    jobs(book).iter().map(|job| job.file().size).sum()
}

/// Proves every result anew: at every planned place stands the new code and the
/// retired one no more; with the edits reversed it has the digest of the original
/// that was planned, so no other byte differs; it has as many lines; and it is
/// the one that the journal names. Reads the originals, too.
///
/// # Errors
/// The user wants to stop. What was found, good or bad, is no error.
pub fn verify(
    site: Site,
    published: &[(String, Digest)],
    progress: impl Fn(u64) -> Result<()> + Sync,
) -> Result<Checked<Verified>> {
    check(site, |file, output| one(site, file, output, published), progress)
}

/// Reads that a run was taken back: in place every file is the original, beside
/// no copy stands.
///
/// # Errors
/// The user wants to stop. What was found, good or bad, is no error.
pub fn verify_undone(
    site: Site,
    progress: impl Fn(u64) -> Result<()> + Sync,
) -> Result<Checked<()>> {
    check(site, |file, output| undone(site, file, output), progress)
}

/// All files at once, each by itself, and the papers beside them.
fn check<R: Send>(
    site: Site,
    result: impl Fn(&BookFile, &Path) -> Result<R> + Sync,
    progress: impl Fn(u64) -> Result<()> + Sync,
) -> Result<Checked<R>> {
    let jobs = jobs(site.book);
    let work = |job: &Job| match *job {
        Job::Result(file, output) => {
            let found = result(file, output);
            progress(file.size).map(|()| Found::Result(found))
        }
        Job::Original(file) => Ok(Found::Original(Original::of(site, file, &progress))),
    };
    let (found, papers) = std::thread::scope(|scope| {
        let papers = scope.spawn(|| moved_papers(site));
        (each(&jobs, work), papers.join())
    });
    let papers = papers.map_err(|_| Error::internal("a thread that reads files stopped"))?;
    let (results, broken, originals) = (Vec::new(), Vec::new(), Originals::default());
    let mut checked = Checked { results, broken, originals, papers };
    for (job, found) in jobs.iter().zip(found?) {
        match found? {
            Found::Result(Ok(result)) => checked.results.push(result),
            Found::Result(Err(error)) => checked.broken.push(error),
            Found::Original(found) => checked.originals.take(site, job.file(), found),
        }
    }
    Ok(checked)
}

enum Found<R> {
    Result(Result<R>),
    Original(Result<Original>),
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
        Standing::Missing => {
            return Err(Error::refused("the result is not there")
                .at(&path)
                .hint("`codeturn undo`, and `codeturn apply` after it, write it anew"));
        }
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
pub fn survey(site: Site, run_id: &str, stage: Stage) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (file, output) in site.book.changing() {
        let path = match parts::target(site, file, output) {
            Ok(path) => path,
            Err(error) => {
                let path = error.path().map_or_else(|| site.base.join(&file.path), Path::to_owned);
                lines.push(format!("{}: {}", path.display(), error.message()));
                continue;
            }
        };
        let list = site.book.edits(site.root, file)?;
        let words = match Standing::of(&path, &list, file.digest)? {
            Standing::Result(_) => "new content, proven",
            Standing::Original => "as it was before the run",
            Standing::Other => "NEITHER the original nor the result",
            Standing::Missing if stage == Stage::UndoInterrupted => "not there any more",
            Standing::Missing => "not written yet",
        };
        lines.push(format!("{}: {words}", path.display()));
    }
    let left = parts::left_over(site, run_id);
    lines.extend(left.iter().map(|part| format!("{}: unfinished", part.display())));
    Ok(lines)
}

fn undone(site: Site, file: &BookFile, output: &Path) -> Result<()> {
    let path = parts::target(site, file, output)?;
    let list = site.book.edits(site.root, file)?;
    match (Standing::of(&path, &list, file.digest)?, site.book.write) {
        (Standing::Original, Manner::InPlace)
        | (Standing::Missing, Manner::Beside | Manner::Annotate) => Ok(()),
        _ => Err(Error::refused("the file is not as the undo left it")
            .at(&path)
            .hint("somebody changed it since; compare it with a backup")),
    }
}
