//! Is everything that was planned from still what it was?

use std::fs;
use std::io;
use std::path::Path;

use super::apply::{Age, Site};
use super::book::{Manner, Paper};
use super::each::each;
use super::originals::Original;
use crate::crosswalk;
use crate::error::{Error, Result};
use crate::release;

/// Every input other than the records is the one of the plan, and the records
/// look like it; their bytes are held against it when they are read.
///
/// # Errors
/// All inputs that moved: which, and how.
pub fn refuse_moved(site: Site, age: Age) -> Result<()> {
    let Site { base, book, .. } = site;
    let records = book.files.iter().filter_map(|file| {
        let path = base.join(&file.path);
        match fs::metadata(&path) {
            Err(error) => Some(unreadable(&path, &error)),
            // A file that was replaced by an interrupted run has another size.
            Ok(found) if found.len() == file.size => None,
            Ok(_) if book.write == Manner::InPlace && age == Age::Interrupted => None,
            Ok(found) => Some(moved(&path).hint(format!(
                "it had {} bytes when it was planned and has {}: plan the run anew",
                file.size,
                found.len()
            ))),
        }
    });
    Error::all(moved_papers(site).into_iter().chain(records).collect()).map_or(Ok(()), Err)
}

/// All inputs that are not those of the plan, or are gone; the records are read for it.
///
/// # Errors
/// The user wants to stop.
pub fn moved_inputs(site: Site, progress: impl Fn(u64) -> Result<()> + Sync) -> Result<Vec<Error>> {
    let mut moved_inputs = moved_papers(site);
    let found = each(&site.book.files, |file| Original::of(site, file, &progress))?;
    for (file, found) in site.book.files.iter().zip(found) {
        let path = site.base.join(&file.path);
        match found {
            Ok(Original::AsPlanned) => {}
            Ok(Original::Changed) => moved_inputs.push(moved(&path)),
            Ok(Original::Gone) => moved_inputs.push(gone(&path)),
            Err(error) => moved_inputs.push(error),
        }
    }
    Ok(moved_inputs)
}

/// The inputs other than records that are not those of the plan, or are gone.
pub fn moved_papers(site: Site) -> Vec<Error> {
    let Site { base, book, .. } = site;
    let typed = book.maps.iter().chain(&book.decisions);
    let maps = typed.filter_map(|map| moved_map(base, map));
    maps.chain(book.releases.iter().filter_map(|release| moved_release(base, release))).collect()
}

/// An input that is not what it was.
pub fn moved(path: &Path) -> Error {
    Error::refused("the file changed since it was planned")
        .at(path)
        .hint("it was left as it is; plan the run anew when nobody writes to it")
}

/// An input, or a file that was to be replaced, that is not there any more.
pub fn gone(path: &Path) -> Error {
    Error::refused("the file is gone: it was there when the run was planned")
        .at(path)
        .hint("put it back where it was, or plan the run anew")
}

/// What was there when the run was planned cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => gone(path),
        _ => Error::unreadable(path, error),
    }
}

fn moved_map(base: &Path, map: &Paper) -> Option<Error> {
    let path = base.join(&map.path);
    held(&path, &path, crosswalk::files::is_as_read(&path, map.digest))
}

fn moved_release(base: &Path, paper: &Paper) -> Option<Error> {
    let path = base.join(&paper.path);
    let inside = paper.member.as_ref().map_or_else(|| path.clone(), |member| path.join(member));
    held(&path, &inside, release::is_as_read(&inside, paper.digest))
}

fn held(path: &Path, inside: &Path, is_as_read: Result<bool>) -> Option<Error> {
    let is_gone = || fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    match is_as_read {
        Ok(true) => None,
        Ok(false) => Some(moved(inside)),
        Err(_) if is_gone() => Some(gone(path)),
        Err(error) => Some(error),
    }
}
