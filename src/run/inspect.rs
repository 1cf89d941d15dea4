//! What a file is: a release, a download with one in it, or records.

use crate::error::Result;
use crate::history::History;
use crate::record::delimited::recognise;
use crate::record::{Hints, RecordedDays};
use crate::release::{self, Looked, Wanted, What, edition};

/// A file and what was found out about it.
#[derive(Debug)]
pub struct Inspected {
    /// What it is as a release.
    pub looked: Looked,
    /// What it is as a file of records, where it may be one.
    pub records: Option<Records>,
}

/// What the recogniser of records says without any release.
#[derive(Debug)]
pub enum Records {
    /// Columns of codes were found.
    Recognised {
        /// What was recognised and why.
        notes: Vec<String>,
        /// What a person should look at.
        warnings: Vec<String>,
    },
    /// None were, with the reason.
    No(String),
}

/// Looks at a file, or at each file of a folder.
///
/// # Errors
/// A file that cannot be opened, or a zip that is damaged.
pub fn inspect(wanted: &Wanted) -> Result<Vec<Inspected>> {
    Ok(release::look(wanted)?.into_iter().map(inspect_one).collect())
}

fn inspect_one(mut looked: Looked) -> Inspected {
    let records = records(&looked);
    if let (Some(Records::Recognised { .. }), [seen]) = (&records, &mut looked.seen[..]) {
        // Column names of records may look like those of a mapping: that is no finding.
        if let What::Other(words) = &mut seen.what {
            "no release".clone_into(words);
        }
    }
    Inspected { looked, records }
}

/// A plain file that is no release of a publisher's layout may be records, or a
/// list of codes that is kept as records.
fn records(looked: &Looked) -> Option<Records> {
    let [seen] = &looked.seen[..] else { return None };
    let may_be = match &seen.what {
        What::Release(release) => release.layout.starts_with("list with a heading"),
        What::Refused(_) | What::Other(_) => true,
        What::Addenda(_) => false,
    };
    if seen.member.is_some() || !may_be {
        return None;
    }
    let recognise =
        |hints: &Hints| recognise::recognise(&looked.path, hints, &History::default(), &[]);
    let error = match recognise(&Hints::default()) {
        Ok(layout) => {
            return Some(Records::Recognised { notes: layout.notes, warnings: layout.warnings });
        }
        Err(error) => error,
    };
    // A charge master has no day of service; which day it is asked about changes nothing here.
    let as_of = Some(edition::ICD10_START);
    let list = Hints { as_of, recorded_days: RecordedDays::Ignored, ..Hints::default() };
    Some(match recognise(&list) {
        Ok(layout) => {
            let codes = layout.notes.into_iter().filter(|note| !note.contains("that judge"));
            let notes = [LIST.to_owned()].into_iter().chain(codes).collect();
            Records::Recognised { notes, warnings: layout.warnings }
        }
        Err(_) => Records::No(error.message().to_owned()),
    })
}

/// What is said of a table with codes and without a day of service.
const LIST: &str =
    "no day of service: a list, to be judged as of a day (--records list --as-of DATE)";
