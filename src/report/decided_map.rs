//! decided-map.csv: what was decided for whole codes, as a mapping for next year.

use std::path::Path;

use super::sheet::Sheet;
use crate::crosswalk::Rule;
use crate::error::Result;

const HEADER: [&str; 6] = ["old", "new", "system", "approved_by", "note", "source"];

/// Writes the rules in the tool's own mapping form.
///
/// # Errors
/// The disk is full.
pub fn write(path: &Path, rules: &[Rule]) -> Result<()> {
    let mut sheet = Sheet::create(path, &HEADER, &[])?;
    for rule in rules {
        sheet.row([
            &rule.old.to_string(),
            &rule.new.map(|new| new.to_string()).unwrap_or_default(),
            rule.system.map_or("", |system| system.id()),
            rule.approved_by.as_deref().unwrap_or_default(),
            rule.note.as_deref().unwrap_or_default(),
            rule.source.as_deref().unwrap_or_default(),
        ])?;
    }
    sheet.finish().map(|_| ())
}
