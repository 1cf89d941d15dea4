//! The sheet by code: each code that needs a decision, or was only reported,
//! with how many sites and claims it touches, most first. A code that stands there for
//! several reasons has a row for each, one below the other: they are decided apart.
//! What was only reported, or decided for a list, offers no choice; nor does a chart, of
//! which single entries are decided.

use std::cmp::Reverse;
use std::path::Path;

use super::sheet::Sheet;
use super::{day, worklist};
use crate::decide::{Bucket, Kind, Table};
use crate::error::Result;
use crate::record::money;
use crate::run::counts::CodeCount;
use crate::run::plan::{CodeReason, Plan};

const HEADER: [&str; 15] = [
    "system",
    "code",
    "title",
    "reason",
    "in words",
    "sites",
    "claims",
    "claims_of_code",
    "charges",
    "first_date",
    "last_date",
    "candidates",
    "choice",
    "decided_by",
    "note",
];

/// What stands under `choice` where there is none to make.
pub const NO_CHOICE: &str = "-";

/// Whether nothing can be decided, here or at all, about entries that stand there for a
/// reason.
pub fn is_closed(reason: &str) -> bool {
    [Bucket::ReportOnly, Bucket::Chosen].iter().any(|bucket| reason == bucket.id())
}

/// Writes the sheet.
///
/// # Errors
/// The disk is full.
pub fn write(path: &Path, table: &Table, kind: Kind, plan: &Plan) -> Result<()> {
    let whole = |what: &CodeReason| plan.whole_codes.get(&(what.system, what.code));
    let mut rows: Vec<(&CodeReason, &CodeCount)> = plan.codes.iter().collect();
    rows.sort_by_cached_key(|(what, count)| {
        let whole = whole(what);
        let most = |count: &CodeCount| Reverse((count.claims, count.sites));
        (most(&whole), what.system, what.code, most(count), *what)
    });
    let mut sheet = Sheet::create(path, &HEADER, &[])?;
    for (what, count) in rows {
        sheet.row([
            what.system.map_or("", |system| system.id()),
            &what.code.map_or_else(|| "(no code)".to_owned(), |code| code.to_string()),
            worklist::title(table, what.system, what.code, count.last),
            what.reason,
            what.words,
            &count.sites.to_string(),
            &count.claims.to_string(),
            &whole(what).claims.to_string(),
            &count.charges.map(money::written).unwrap_or_default(),
            &day(count.first),
            &day(count.last),
            &worklist::candidates(table, &plan.listed, (what.system, what.code, count.last)),
            if kind == Kind::Chart || is_closed(what.reason) { NO_CHOICE } else { "" },
            "",
            "",
        ])?;
    }
    sheet.finish().map(|_| ())
}
