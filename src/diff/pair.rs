//! Refuses two releases that are no pair: their difference would look like an
//! answer and mean nothing.

use super::{Change, Class, Comparison, Counts, Kind};
use crate::error::{Error, Result};
use crate::release::{Dating, Release};

/// With fewer codes in common, that nearly all differ may be chance.
const ENOUGH: usize = 20;

/// Refuses what can be told before comparing.
pub(super) fn check(old: &Release, new: &Release) -> Result<()> {
    if old.system != new.system {
        return Err(Error::refused(format!(
            "the releases are of different systems: {} and {}",
            old.system.title(),
            new.system.title()
        ))
        .at(&new.path)
        .hint("compare two releases of one system"));
    }
    if old.digest == new.digest {
        return Err(Error::refused("OLD and NEW are the same release, byte for byte")
            .at(&new.path)
            .hint("name two different releases; mid-year editions often share a file name"));
    }
    check_dates(old, new)
}

fn check_dates(old: &Release, new: &Release) -> Result<()> {
    if old.effective < new.effective {
        return Ok(());
    }
    let (first, second) = (old.effective, new.effective);
    let assumed = [old, new].iter().any(|release| matches!(release.dating, Dating::Assumed { .. }));
    let hint = match (first == second, assumed) {
        (false, false) => "exchange the two: the older release comes first",
        _ => {
            "give the right day behind the path, as PATH@2024-10-01; the older release comes first"
        }
    };
    let message = if first == second {
        format!("OLD and NEW take effect on the same day, {first}")
    } else {
        format!("OLD ({first}) is newer than NEW ({second})")
    };
    Err(Error::refused(message).at(&new.path).hint(hint))
}

/// Refuses what only the comparison shows: nothing in common, or titles of
/// different kinds (long descriptors against medium ones). `common` is how many
/// codes stand in both.
pub(super) fn check_titles(
    comparison: &Comparison<'_>,
    changes: &[Change<'_>],
    common: usize,
) -> Result<()> {
    let (old, new) = (comparison.old, comparison.new);
    if common == 0 && old.entries().len().min(new.entries().len()) >= ENOUGH {
        return Err(Error::refused("the two have no code in common").at(&new.path).hint(
            "they are not two releases of one set: check the files, and give --system for a list",
        ));
    }
    let revised = changes.iter().filter(|change| {
        matches!(change.kind, Kind::Revised | Kind::HeaderRevised)
            && change.class != Some(Class::Whitespace)
    });
    let revised = revised.count();
    if common >= ENOUGH && revised * 10 >= common * 9 {
        return Err(Error::refused(format!(
            "{revised} of {common} codes in common have another title: these are two kinds of titles"
        ))
        .at(&new.path)
        .hint("compare long descriptors with long ones, or medium with medium"));
    }
    Ok(())
}

/// No yearly turn retires a tenth of a code set: NEW is cut off, or a part.
pub(super) fn too_many_deleted(old: &Release, counts: &Counts) -> Option<String> {
    let before = old.billable();
    let doubtful = before >= ENOUGH && counts.deleted * 10 > before;
    doubtful.then(|| {
        format!(
            "{} of {before} billable codes would be deleted: NEW may be cut off, or hold only a \
             part of the code set; what it does not mention has then not been deleted",
            counts.deleted
        )
    })
}
