//! list-changes.csv: what has to be done to a charge master or another list.
//!
//! A retired code is a row to end-date and, for each successor, a row to add:
//! several successors are all offered, for a list may well need all of them. One that
//! stands in another row already is to be looked at (`duplicate`) before it is added:
//! that row may do, or be of another department. Where a reviewer chose, only what was
//! chosen is added, whatever ended the row. A code whose title changed is a row to
//! retitle. Where the run rewrites rows, a row to replace is one that it rewrites itself;
//! what a reviewer keeps is left alone.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::day;
use super::sheet::Sheet;
use super::worklist;
use crate::code::{Code, System};
use crate::decide::ruling::Ruling;
use crate::decide::{Bucket, Table};
use crate::error::Result;
use crate::run::located::Located;
use crate::run::recheck::Recheck;

const HEADER: [&str; 16] = [
    "action",
    "file",
    "line",
    "record",
    "field",
    "system",
    "code",
    "title",
    "as_of",
    "last_day",
    "new_system",
    "new_code",
    "new_title",
    "reason",
    "rule",
    "recheck",
];

/// The reason of what a reviewer chose to be added.
const CHOSEN: &str = Bucket::Chosen.id();

/// The word for a code that another row holds, or comes to hold.
const DUPLICATE: &str = "duplicate";

/// Writes list-changes.csv.
pub struct ListChanges<'t> {
    sheet: Sheet<BufWriter<File>>,
    table: &'t Table,
    counts: ListCounts,
}

/// How many rows of a list have to change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListCounts {
    /// To end-date.
    pub end_date: u64,
    /// To add.
    pub add: u64,
    /// To retitle.
    pub retitle: u64,
    /// To replace: the run does it.
    pub replace: u64,
    /// Those of the rows to add whose code the list holds already.
    pub held: u64,
}

impl ListCounts {
    /// In words; rows that the run rewrites itself are named where there are any.
    pub fn in_words(self) -> String {
        let ListCounts { end_date, add, retitle, replace, held } = self;
        let held = match held {
            0 => String::new(),
            held => format!(" (in the list already {held})"),
        };
        let todo = format!("rows to end-date {end_date}, to add {add}{held}, to retitle {retitle}");
        match replace {
            0 => todo,
            replace => format!("{todo}, rewritten by the run {replace}"),
        }
    }
}

/// The cells that differ from row to row of one site.
#[derive(Default)]
struct Change<'c> {
    action: &'c str,
    last_day: String,
    new_system: &'c str,
    new_code: String,
    new_title: &'c str,
    reason: &'c str,
    rule: String,
    /// Whether another row of the list holds the new code, or comes to hold it.
    repeats: bool,
}

impl<'t> ListChanges<'t> {
    /// Creates the file; `keys` are the columns carried along.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, table: &'t Table, keys: &[String]) -> Result<ListChanges<'t>> {
        let sheet = Sheet::create(path, &HEADER, keys)?;
        Ok(ListChanges { sheet, table, counts: ListCounts::default() })
    }

    /// Writes what has to be done about a site, if anything.
    ///
    /// # Errors
    /// The disk is full.
    pub fn row(&mut self, located: &Located) -> Result<()> {
        let decision = &located.finding.decision;
        if decision.bucket.is_rewritten() {
            self.replace(located)
        } else if decision.bucket == Bucket::Kept {
            Ok(())
        } else if let Some(chosen) = chosen(located) {
            self.end_date(located)?;
            self.add(located, &[chosen], CHOSEN)
        } else if decision.judgement.verdict.is_retired() {
            self.end_date(located)?;
            self.successors(located)
        } else if decision.bucket == Bucket::Valid {
            self.retitle(located)
        } else {
            Ok(())
        }
    }

    fn replace(&mut self, located: &Located) -> Result<()> {
        let decision = &located.finding.decision;
        let Ruling::Replace { new, system, .. } = decision.ruling else { return Ok(()) };
        self.counts.replace += 1;
        let change = Change {
            action: "replace",
            repeats: located.input.listed.repeats(system, new),
            last_day: day(decision.judgement.interval.until),
            new_system: system.id(),
            new_code: new.to_string(),
            new_title: self.title(system, new, located),
            reason: decision.bucket.id(),
            rule: self.table.place(decision.ruling),
        };
        self.put(located, &change)
    }

    fn end_date(&mut self, located: &Located) -> Result<()> {
        self.counts.end_date += 1;
        let judgement = located.finding.decision.judgement;
        let last_day = day(judgement.interval.until);
        let reason = judgement.verdict.id();
        self.put(located, &Change { action: "end_date", last_day, reason, ..Change::default() })
    }

    /// All that the mapping names are offered.
    fn successors(&mut self, located: &Located) -> Result<()> {
        let finding = located.finding;
        let (Some(system), Some(code)) = (finding.system, finding.code) else { return Ok(()) };
        let reason = match finding.decision.ruling {
            Ruling::Replace { .. } => "one_successor",
            _ => finding.decision.reason_id(),
        };
        self.add(located, &self.table.candidates(system, code, located.date()), reason)
    }

    fn add(&mut self, located: &Located, codes: &[(System, Code)], reason: &str) -> Result<()> {
        let rule = self.table.place(located.finding.decision.ruling);
        for &(new_system, new) in codes {
            self.counts.add += 1;
            self.counts.held += u64::from(located.input.listed.holds(new_system, new));
            let change = Change {
                action: "add",
                repeats: located.input.listed.repeats(new_system, new),
                new_system: new_system.id(),
                new_code: new.to_string(),
                new_title: self.title(new_system, new, located),
                reason,
                rule: rule.clone(),
                ..Change::default()
            };
            self.put(located, &change)?;
        }
        Ok(())
    }

    fn retitle(&mut self, located: &Located) -> Result<()> {
        let (Some(system), Some(code)) = (located.finding.system, located.finding.code) else {
            return Ok(());
        };
        self.counts.retitle += 1;
        let change = Change {
            action: "retitle",
            new_system: system.id(),
            new_code: code.to_string(),
            new_title: self.title(system, code, located),
            reason: "revised",
            ..Change::default()
        };
        self.put(located, &change)
    }

    /// The title that a code has on the day of the list.
    fn title(&self, system: System, code: Code, located: &Located) -> &'t str {
        worklist::title(self.table, Some(system), Some(code), located.date())
    }

    fn put(&mut self, located: &Located, change: &Change) -> Result<()> {
        let finding = located.finding;
        let title = match (finding.system, finding.code) {
            (Some(system), Some(code)) => self.table.earlier_title(system, code, located.date()),
            _ => "",
        };
        let cells = [
            &*located.code(),
            title,
            &day(located.date()),
            &change.last_day,
            change.new_system,
            &change.new_code,
            change.new_title,
            change.reason,
            &change.rule,
            &recheck(located, change, self.table),
        ];
        self.sheet.finding(&[change.action], located, &cells, &[])
    }

    /// Flushes everything and says what has to be done.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<ListCounts> {
        self.sheet.finish().map(|_| self.counts)
    }
}

/// What a reviewer chose in place of a row that the run does not rewrite.
fn chosen(located: &Located) -> Option<(System, Code)> {
    let finding = located.finding;
    match finding.decision.ruling {
        Ruling::Replace { system, new, .. } if finding.choice.is_some() => Some((system, new)),
        _ => None,
    }
}

/// What else to look at: of a code to which one rule or a reviewer leads, what changes.csv
/// says of it; else the row's own description, and the units where the new code counts in
/// others. Where another row holds the new code, or comes to hold it, that.
fn recheck(located: &Located, change: &Change, table: &Table) -> String {
    let is_settled = matches!(located.finding.decision.ruling, Ruling::Replace { .. });
    let mut words = if is_settled && !change.new_code.is_empty() {
        Recheck::of(located, table).words
    } else {
        let text = located.input.layout.has_description.then_some("text");
        let units = matches!(change.reason, "unit_changed" | "unit_unknown").then_some("units");
        [text, units].into_iter().flatten().collect()
    };
    words.retain(|word| *word != DUPLICATE);
    words.extend(change.repeats.then_some(DUPLICATE));
    words.sort_unstable();
    words.join(" ")
}
