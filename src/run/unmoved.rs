//! Is everything that was planned from still what it was?

use std::fs;
use std::path::Path;

use super::apply::{Age, Site};
use super::book::{Manner, Paper};
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
    let typed = book.maps.iter().chain(&book.decisions);
    let maps = typed.filter_map(|map| moved_map(base, map));
    let releases = book.releases.iter().filter_map(|release| moved_release(base, release));
    let records = book.files.iter().filter_map(|file| {
        let path = base.join(&file.path);
        match fs::metadata(&path) {
            Err(error) => Some(Error::unreadable(&path, &error)),
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
    Error::all(maps.chain(releases).chain(records).collect()).map_or(Ok(()), Err)
}

/// An input that is not what it was.
pub fn moved(path: &Path) -> Error {
    Error::refused("the file changed since it was planned")
        .at(path)
        .hint("it was left as it is; plan the run anew when nobody writes to it")
}

fn moved_map(base: &Path, map: &Paper) -> Option<Error> {
    let path = base.join(&map.path);
    match crosswalk::files::is_as_read(&path, map.digest) {
        Ok(true) => None,
        Ok(false) => Some(moved(&path)),
        Err(error) => Some(error),
    }
}

fn moved_release(base: &Path, paper: &Paper) -> Option<Error> {
    let path = base.join(&paper.path);
    let member = paper.member.as_deref();
    match release::is_as_read(&path, member, paper.digest) {
        Ok(true) => None,
        Ok(false) => Some(moved(&member.map_or(path.clone(), |member| path.join(member)))),
        Err(error) => Some(error),
    }
}
