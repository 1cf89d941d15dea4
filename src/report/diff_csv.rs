//! The changes between two releases as CSV, one row a code.

use std::io::{self, Write};

use super::{Listing, unwritten};
use crate::diff::{Change, Class, Diff};

/// Writes the rows under their heading.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let heading =
        ["kind", "class", "code", "old_short", "old_long", "new_short", "new_long", "successors"];
    csv.write_record(heading).map_err(unwritten)?;
    for change in listing.of(diff) {
        let code = change.code.bytes();
        let (old, new) = (listing.titles(change.old), listing.titles(change.new));
        csv.write_record([
            change.kind.id(),
            change.class.map_or("", Class::id),
            code.as_str(),
            old.map_or("", |titles| titles.short),
            old.map_or("", |titles| titles.long),
            new.map_or("", |titles| titles.short),
            new.map_or("", |titles| titles.long),
            &successors(change),
        ])
        .map_err(unwritten)?;
    }
    csv.flush()
}

/// The successors that the release names, undotted, with blanks between.
fn successors(change: &Change<'_>) -> String {
    let codes = change.successors.iter().map(ToString::to_string);
    codes.collect::<Vec<String>>().join(" ")
}
