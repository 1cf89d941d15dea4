//! Loads releases, several at once, and says what was read.

use std::thread;

use super::Term;
use super::term::clean;
use crate::code::System;
use crate::error::{Error, Result};
use crate::release::deletions::Deletions;
use crate::release::part::{self, Parts};
use crate::release::{self, Opened, Release, Wanted};
use crate::report::style::{BOLD, DIM};

/// Reads all releases that the paths hold, in the order of the paths, and says
/// on stderr what was read.
///
/// # Errors
/// All paths that are refused, in their order; a release that is only a part
/// where none may be.
pub fn load(term: &mut Term, wanted: &[Wanted], parts: Parts) -> Result<Vec<Release>> {
    Ok(load_each(term, wanted, parts)?.into_iter().flatten().collect())
}

/// The same, the releases of each path apart.
///
/// # Errors
/// As [`load`].
pub fn load_each(term: &mut Term, wanted: &[Wanted], parts: Parts) -> Result<Vec<Vec<Release>>> {
    let mut releases = Vec::new();
    let mut deletions = Vec::new();
    let mut lengths = Vec::with_capacity(wanted.len());
    let mut refused = Vec::new();
    for opened in open_all(wanted) {
        match opened {
            Ok(found) => {
                lengths.push(found.releases.len());
                releases.extend(found.releases);
                deletions.extend(found.deletions);
            }
            Err(error) => refused.push(error),
        }
    }
    if let Some(error) = Error::all(refused) {
        return Err(error);
    }
    for list in &deletions {
        list.apply(&mut releases.iter_mut().collect::<Vec<_>>());
    }
    check_lists(&releases, &deletions)?;
    part::settle(&mut releases, parts)?;
    for release in &releases {
        say(term, release);
    }
    let mut releases = releases.into_iter();
    Ok(lengths.into_iter().map(|length| releases.by_ref().take(length).collect()).collect())
}

/// A system that the older side has and the newer one lacks has not been deleted.
///
/// # Errors
/// There is one.
pub fn refuse_missing_system(old: &[&Release], new: &[&Release]) -> Result<()> {
    let missing = old.iter().find(|old| new.iter().all(|release| release.system != old.system));
    let (Some(missing), Some(newer)) = (missing, new.first()) else { return Ok(()) };
    let title = missing.system.title();
    Err(Error::refused(format!("the older release holds {title}, the newer one does not"))
        .at(&newer.path)
        .hint(format!(
            "give the newer release of {title} too; --partial says that it stays as it was"
        )))
}

/// A list of deleted codes says nothing without a set that held them.
fn check_lists(releases: &[Release], deletions: &[Deletions]) -> Result<()> {
    let cpt = releases.iter().any(|release| release.system == System::Cpt);
    match deletions.first().filter(|_| !cpt) {
        Some(list) => Err(Error::refused("a list of deleted codes, but no CPT release is given")
            .at(&list.path)
            .hint("give the CPT lists too: its codes end there on their days")),
        None => Ok(()),
    }
}

/// A thread a path, no more at once than there are processors.
fn open_all(wanted: &[Wanted]) -> Vec<Result<Opened>> {
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut opened = Vec::with_capacity(wanted.len());
    for some in wanted.chunks(at_once) {
        thread::scope(|scope| {
            let running: Vec<_> =
                some.iter().map(|one| scope.spawn(|| release::open_all(one))).collect();
            opened.extend(running.into_iter().map(|one| {
                one.join().unwrap_or_else(|_| Err(Error::internal("reading a release failed")))
            }));
        });
    }
    opened
}

/// Says what was read: path, layout, system, day and how it is known, counts, notes.
fn say(term: &mut Term, release: &Release) {
    let path = clean(&release.path.to_string_lossy());
    let member = release.member.as_deref().map(clean);
    let inside = member.map(|member| format!(" ({member})")).unwrap_or_default();
    term.say(format_args!("{BOLD}{path}{BOLD:#}{inside}"));
    // The name of a layout often says the system already.
    let system = release.system.title();
    let layout = match release.layout.strip_prefix(system) {
        Some(layout) => format!("{system}{layout}"),
        None => format!("{system}, {}", release.layout),
    };
    term.say(format_args!(
        "  {layout}, in force from {} ({}): {} billable codes, {} headers",
        release.effective,
        release.dating.words(),
        release.billable(),
        release.headers()
    ));
    for warning in &release.warnings {
        term.warn(clean(warning));
    }
    for note in &release.notes {
        term.say(format_args!("  {DIM}note:{DIM:#} {}", clean(note)));
    }
}
