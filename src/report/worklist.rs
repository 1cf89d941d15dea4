//! worklist.csv: what a person must choose, one row a site.
//!
//! Candidates stand in code order with their titles, none marked and none
//! filled in: the tool proposes codes, it does not code.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use hashbrown::HashMap;
use jiff::civil::Date;

use super::day;
use super::sheet::{Sheet, key_names};
use crate::code::{Code, System};
use crate::decide::Table;
use crate::error::Result;
use crate::run::listed::Listed;
use crate::run::located::Located;

/// The columns of the worklist itself; those carried along follow, and the mark of the row.
pub const HEADER: [&str; 15] = [
    "id",
    "file",
    "line",
    "record",
    "field",
    "system",
    "code",
    "title",
    "date",
    "date_rule",
    "reason",
    "candidates",
    "choice",
    "decided_by",
    "note",
];

/// The last column: by it a choice finds its row again, also where rows have moved.
pub const ROW_MARK: &str = "row_mark";

/// The names of columns carried along as they stand on the worklist.
pub fn carried(keys: &[String]) -> Vec<String> {
    let own: Vec<&str> = HEADER.into_iter().chain([ROW_MARK]).collect();
    key_names(&own, keys)
}

/// Writes worklist.csv.
pub struct Worklist<'t> {
    sheet: Sheet<BufWriter<File>>,
    table: &'t Table,
    /// Candidates of codes that were asked for; the same few codes come again and again.
    known: HashMap<(Asked, usize), String>,
}

/// What the candidates of a site depend on.
pub type Asked = (Option<System>, Option<Code>, Option<Date>);

/// How many are remembered at most.
const REMEMBERED: usize = 50_000;

impl<'t> Worklist<'t> {
    /// Creates the file; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, table: &'t Table, keys: &[String]) -> Result<Worklist<'t>> {
        let mut behind = carried(keys);
        behind.push(ROW_MARK.to_owned());
        let sheet = Sheet::create(path, &HEADER, &behind)?;
        Ok(Worklist { sheet, table, known: HashMap::new() })
    }

    /// Writes a site.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row(&mut self, located: &Located) -> Result<()> {
        let finding = located.finding;
        let date = located.date();
        let asked = (finding.system, finding.code, date);
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let candidates = self
            .known
            .entry((asked, located.file))
            .or_insert_with(|| candidates(self.table, &located.input.listed, asked));
        let cells = [
            &*located.code(),
            title(self.table, finding.system, finding.code, date),
            &day(date),
            located.date_rule(),
            finding.decision.reason_id(),
            candidates,
            "",
            "",
            "",
        ];
        let mark = finding.mark.map(|mark| mark.to_string()).unwrap_or_default();
        self.sheet.finding(&[&located.id()], located, &cells, &[&mark])
    }

    /// Flushes everything and says how many rows there are.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<u64> {
        self.sheet.finish()
    }
}

/// The title that a code had on a day; empty where it has none.
pub fn title(table: &Table, system: Option<System>, code: Option<Code>, on: Option<Date>) -> &str {
    let (Some(system), Some(code)) = (system, code) else { return "" };
    match (table.history().of(system), on) {
        (Some(chronicle), Some(on)) => chronicle.title_on(code, on),
        (Some(chronicle), None) => chronicle.title(code),
        _ => "",
    }
}

/// The successors that the mapping names, in code order with their titles, and which of
/// them a list holds already.
pub fn candidates(table: &Table, listed: &Listed, (system, code, on): Asked) -> String {
    const SHOWN: usize = 25;
    let (Some(system), Some(code)) = (system, code) else { return String::new() };
    let all = table.worklist_candidates(system, code, on);
    let text = |(system, code): &(System, Code)| {
        let title = title(table, Some(*system), Some(*code), on);
        let is_there = listed.holds(*system, *code);
        let there = if is_there { "(in the list already)" } else { "" };
        let shown = [&code.to_string(), title, there];
        shown.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let mut shown: Vec<String> = all.iter().take(SHOWN).map(text).collect();
    if all.len() > SHOWN {
        shown.push(format!("... ({} in all)", all.len()));
    }
    shown.join(" | ")
}
