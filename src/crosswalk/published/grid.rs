//! Rows and cells of a table, from delimited text or a workbook.

use crate::crosswalk::rows::Rows;
use crate::crosswalk::table::broken_quote;
use crate::error::{Error, Result};
use crate::release::columns::plain;
use crate::release::workbook;

/// A row of a table, with its number.
pub(crate) type Numbered = (u64, Vec<String>);

/// The rows of one table that are not blank, each with its number.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) rows: Vec<Numbered>,
    /// The name of the sheet, in a workbook.
    pub(crate) sheet: Option<String>,
    /// Why the rows cannot be trusted, if this is the table that is meant.
    damage: Option<Error>,
}

/// The tables of a file: its sheets, or the text under each delimiter that
/// yields more than one column.
///
/// # Errors
/// A workbook that is damaged or too large.
pub(crate) fn sheets(bytes: &[u8]) -> Result<Vec<Grid>> {
    if bytes.starts_with(b"PK\x03\x04") {
        let sheets = workbook::grids(bytes)?;
        let grid = |(name, rows)| Grid { rows, sheet: Some(name), damage: None };
        return Ok(sheets.into_iter().map(grid).collect());
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let grids = [b',', b'\t', b';', b'|'].into_iter().map(|delimiter| grid(&text, delimiter));
    Ok(grids.filter(|grid| grid.rows.iter().any(|(_, cells)| cells.len() > 1)).collect())
}

fn grid(text: &str, delimiter: u8) -> Grid {
    let mut all = Rows::new(text, delimiter);
    let filled = all.by_ref().filter(|row| !row.is_blank());
    let rows: Vec<Numbered> = filled.map(|row| (row.line, row.cells)).collect();
    let damage = match (all.open_quote(), all.broken_quote()) {
        (Some(line), _) => Some(Error::refused("a quote opens here and never closes").line(line)),
        (None, Some(line)) => Some(broken_quote().line(line)),
        (None, None) => cut_off(text, &rows),
    };
    Grid { rows, sheet: None, damage }
}

/// A last row without a line end that has fewer cells than the one before it.
fn cut_off(text: &str, rows: &[Numbered]) -> Option<Error> {
    let [.., (_, before), (line, last)] = rows else { return None };
    let is_cut = !text.ends_with('\n') && last.len() < before.len();
    is_cut.then(|| {
        Error::refused("the file ends in the middle of this row")
            .line(*line)
            .hint("it is cut off: download it again")
    })
}

impl Grid {
    /// Refuses rows that are not those that were written.
    ///
    /// # Errors
    /// A quote astray, or a last row cut off, with its line.
    pub(crate) fn whole(&mut self) -> Result<()> {
        self.damage.take().map_or(Ok(()), Err)
    }

    /// The first row among the first 40 that `names` likes, and the rows behind it.
    pub(crate) fn header<T>(
        &self,
        names: impl Fn(&[String]) -> Option<T>,
    ) -> Option<(T, &[Numbered])> {
        const LOOK: usize = 40;
        let looked = self.rows.iter().take(LOOK).enumerate();
        let mut found = looked.filter_map(|(at, (_, cells))| {
            Some((
                names(&cells.iter().map(|cell| plain(cell)).collect::<Vec<_>>())?,
                &self.rows[at + 1..],
            ))
        });
        found.next()
    }
}
