//! What the turn of the year means, as CSV: one row a code, those of most claims first.

use std::io::Write;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use crate::code::{Code, System};
use crate::decide::Table;
use crate::error::Result;
use crate::run::turn::Foreseen;

const HEADER: [&str; 11] = [
    "system",
    "code",
    "effect",
    "sites",
    "claims",
    "not_valid",
    "first_date",
    "last_date",
    "until",
    "codes",
    "title",
];

/// Writes the rows.
///
/// # Errors
/// The sink is closed or full.
pub fn write(sink: &mut dyn Write, table: &Table, foreseen: &Foreseen) -> Result<()> {
    let mut sheet = Sheet::to(sink, Path::new(""), &HEADER, &[])?;
    for one in &foreseen.codes {
        sheet.row([
            one.system.id(),
            &one.code.to_string(),
            one.effect.id(),
            &one.count.sites.to_string(),
            &one.count.claims.to_string(),
            &one.wrong.to_string(),
            &day(one.count.first),
            &day(one.count.last),
            &day(one.count.interval.until),
            &codes(&one.codes),
            one.title(table, &foreseen.turns),
        ])?;
    }
    sheet.finish().map(|_| ())
}

fn codes(codes: &[(System, Code)]) -> String {
    codes.iter().map(|(_, code)| code.to_string()).collect::<Vec<_>>().join(" ")
}
