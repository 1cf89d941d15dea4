//! Rules as a mapping file of the tool's own form.

use std::io::{self, Write};

use super::unwritten;
use crate::crosswalk::Rule;

/// How codes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dots {
    /// With the dot of their system.
    Written,
    /// As in a release.
    Left,
}

impl Dots {
    /// The old and the new code of a row.
    pub(super) fn codes(self, rule: &Rule) -> (String, Option<String>) {
        match self {
            Dots::Written => (rule.old_written(), rule.new_written()),
            Dots::Left => (rule.old.to_string(), rule.new.map(|new| new.to_string())),
        }
    }
}

/// Writes the rows under their heading.
///
/// # Errors
/// As the writer fails.
pub fn write(rules: &[Rule], dots: Dots, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let heading = ["old", "new", "system", "relation", "effective", "note", "source"];
    csv.write_record(heading).map_err(unwritten)?;
    for rule in rules {
        let (old, new) = dots.codes(rule);
        csv.write_record([
            old.as_str(),
            new.as_deref().unwrap_or_default(),
            rule.system.map_or("", |system| system.id()),
            rule.relation.map_or("", |relation| relation.word()),
            &rule.effective.map(|day| day.to_string()).unwrap_or_default(),
            rule.note.as_deref().unwrap_or_default(),
            rule.source.as_deref().unwrap_or_default(),
        ])
        .map_err(unwritten)?;
    }
    csv.flush()
}
