//! Loads releases, several at once, and says what was read.

use std::thread;

use super::Term;
use super::term::clean;
use crate::code::System;
use crate::error::{Error, Result};
use crate::release::deletions::Deletions;
use crate::release::{self, Opened, Release, Wanted};
use crate::report::style::{BOLD, DIM};

/// Reads all releases that the paths hold, in the order of the paths, and says
/// on stderr what was read.
///
/// # Errors
/// All paths that are refused, in their order.
pub fn load(term: &mut Term, wanted: &[Wanted]) -> Result<Vec<Release>> {
    Ok(load_each(term, wanted)?.into_iter().flatten().collect())
}

/// The same, the releases of each path apart.
///
/// # Errors
/// All paths that are refused, in their order.
pub fn load_each(term: &mut Term, wanted: &[Wanted]) -> Result<Vec<Vec<Release>>> {
    let mut releases = Vec::with_capacity(wanted.len());
    let mut deletions = Vec::new();
    let mut refused = Vec::new();
    for opened in open_all(wanted) {
        match opened {
            Ok(found) => {
                releases.push(found.releases);
                deletions.extend(found.deletions);
            }
            Err(error) => refused.push(error),
        }
    }
    if let Some(error) = Error::all(refused) {
        return Err(error);
    }
    for list in &deletions {
        list.apply(&mut releases.iter_mut().flatten().collect::<Vec<_>>());
    }
    check_lists(&releases, &deletions)?;
    for release in releases.iter().flatten() {
        say(term, release);
    }
    Ok(releases)
}

/// A list of deleted codes says nothing without a set that held them.
fn check_lists(releases: &[Vec<Release>], deletions: &[Deletions]) -> Result<()> {
    let cpt = releases.iter().flatten().any(|release| release.system == System::Cpt);
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
