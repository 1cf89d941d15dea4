//! Rows and cells of a table, from delimited text or a workbook.

use crate::crosswalk::rows::Rows;
use crate::error::Result;
use crate::release::workbook;

/// A row of a table, with its number.
pub(in crate::crosswalk) type Numbered = (u64, Vec<String>);

/// The rows of one table that are not blank, each with its number.
#[derive(Debug, Default)]
pub(in crate::crosswalk) struct Grid {
    pub(in crate::crosswalk) rows: Vec<Numbered>,
}

/// The tables of a file: its sheets, or the text under each delimiter that
/// yields more than one column.
///
/// # Errors
/// A workbook that is damaged or too large.
pub(in crate::crosswalk) fn sheets(bytes: &[u8]) -> Result<Vec<Grid>> {
    if bytes.starts_with(b"PK\x03\x04") {
        let sheets = workbook::grids(bytes)?;
        return Ok(sheets.into_iter().map(|rows| Grid { rows }).collect());
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let grids = [b',', b'\t', b';', b'|'].into_iter().map(|delimiter| grid(&text, delimiter));
    Ok(grids.filter(|grid| grid.rows.iter().any(|(_, cells)| cells.len() > 1)).collect())
}

fn grid(text: &str, delimiter: u8) -> Grid {
    let rows = Rows::new(text, delimiter).filter(|row| !row.is_blank());
    Grid { rows: rows.map(|row| (row.line, row.cells)).collect() }
}

impl Grid {
    /// The first row among the first 40 that `names` likes, and the rows behind it.
    pub(in crate::crosswalk) fn header<T>(
        &self,
        names: impl Fn(&[String]) -> Option<T>,
    ) -> Option<(T, &[Numbered])> {
        const LOOK: usize = 40;
        let looked = self.rows.iter().take(LOOK).enumerate();
        let mut found = looked
            .filter_map(|(at, (_, cells))| Some((names(&plain(cells))?, &self.rows[at + 1..])));
        found.next()
    }
}

/// Names of columns as they are compared: letters and digits in lower case.
fn plain(cells: &[String]) -> Vec<String> {
    let plain = |name: &String| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    cells.iter().map(plain).collect()
}
