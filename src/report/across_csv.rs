//! Codes over the years as CSV, one row an event, in order of code and of date.
//!
//! The event lies after `from` and not after `to`: the days from which the two
//! releases are in force.

use std::io::{self, Write};

use super::{Listing, unwritten};
use crate::diff::Class;
use crate::diff::across::{Across, Event};

/// Writes the rows under their heading.
///
/// # Errors
/// As the writer fails.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "code",
        "from",
        "to",
        "kind",
        "class",
        "old_short",
        "old_long",
        "new_short",
        "new_long",
    ])
    .map_err(unwritten)?;
    for event in listing.lives(across).values().flatten() {
        row(event, listing, &mut csv)?;
    }
    csv.flush()
}

fn row<W: Write>(
    event: &Event<'_, '_>,
    listing: &Listing,
    csv: &mut csv::Writer<W>,
) -> io::Result<()> {
    let (step, change) = (event.step, event.change);
    let (old, new) = (listing.titles(change.old), listing.titles(change.new));
    csv.write_record([
        change.code.bytes().as_str(),
        &step.old.effective.to_string(),
        &step.new.effective.to_string(),
        event.turn.id(),
        change.class.map_or("", Class::id),
        old.map_or("", |titles| titles.short),
        old.map_or("", |titles| titles.long),
        new.map_or("", |titles| titles.short),
        new.map_or("", |titles| titles.long),
    ])
    .map_err(unwritten)
}
