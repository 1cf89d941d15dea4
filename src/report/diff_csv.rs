//! The changes between two releases as CSV, one row a code.

use std::io::{self, Write};

use super::{Descriptors, title};
use crate::diff::{Class, Diff};

/// Writes the rows under their heading.
///
/// # Errors
/// As the writer fails.
pub fn write(diff: &Diff<'_>, descriptors: Descriptors, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let heading = ["kind", "class", "code", "old_short", "old_long", "new_short", "new_long"];
    csv.write_record(heading)?;
    for change in &diff.changes {
        let code = change.code.bytes();
        let (old, new) = (title(change.old, descriptors), title(change.new, descriptors));
        csv.write_record([
            change.kind.id(),
            change.class.map_or("", Class::id),
            code.as_str(),
            old.map_or("", |titles| titles.short),
            old.map_or("", |titles| titles.long),
            new.map_or("", |titles| titles.short),
            new.map_or("", |titles| titles.long),
        ])?;
    }
    csv.flush()
}
