//! One file of records while it is planned: its edit list, and what is counted of it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use jiff::civil::Date;

use super::annotate;
use super::append::Additions;
use super::book::BookAppending;
use super::counts::Passing;
use super::edits::{EditWriter, Pair};
use super::harvest::Tally;
use super::inputs::Input;
use super::located::Located;
use super::sweep::Swept;
use crate::code::Spelling;
use crate::crosswalk::Rule;
use crate::decide::ruling::Ruling;
use crate::decide::{Table, Verdict};
use crate::error::{Error, Result};
use crate::record::delimited::addition::Appending;
use crate::record::marks::Marks;
use crate::record::money::Charge;

/// What one file of records is to become.
pub(super) struct Draft {
    pub(super) edits: EditWriter,
    pub(super) columns: Vec<Tally>,
    pub(super) route_days: BTreeMap<usize, (Date, Date)>,
    pub(super) replacements: u64,
    /// What is appended to the header, where rows are annotated.
    pub(super) appending: Option<BookAppending>,
    /// What is proposed there, each once: the edit list itself replaces nothing.
    proposed: Vec<Pair>,
    seen: HashSet<Pair>,
    annotated: u64,
    /// The claims with findings so far.
    pub(super) passing: Passing,
    /// What was billed on what a person looks at.
    pub(super) billed: BilledBeside,
}

/// Amounts beside codes that a person must decide, or that are only reported.
#[derive(Debug, Clone, Copy, Default)]
pub struct BilledBeside {
    /// What all amounts of the file show of their column.
    pub marks: Marks,
    /// Entries whose amount could not be read.
    pub unreadable: u64,
    /// Entries whose amount may be read in two ways.
    pub either: u64,
}

impl BilledBeside {
    /// Takes note of an entry.
    pub(super) fn see(&mut self, charge: Option<Charge>) {
        self.unreadable += u64::from(matches!(charge, Some(Charge::Unreadable | Charge::Ragged)));
        self.either += u64::from(matches!(charge, Some(Charge::Either(_))));
    }

    /// How many entries have an amount that is not in the charges by code.
    pub fn left_out(&self) -> u64 {
        let either = if self.marks.allow_thousands() { 0 } else { self.either };
        self.unreadable + either
    }
}

impl Draft {
    /// Begins the edit list; where rows are annotated, with the header.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn open(input: &Input, edits: &Path, appending: Option<Appending>) -> Result<Draft> {
        let mut file = Draft {
            edits: EditWriter::create(edits)?,
            columns: vec![Tally::default(); input.layout.codes.len()],
            route_days: BTreeMap::new(),
            replacements: 0,
            appending: None,
            proposed: Vec::new(),
            seen: HashSet::new(),
            annotated: 0,
            passing: Passing::default(),
            billed: BilledBeside::default(),
        };
        if let Some(how) = appending {
            let header = annotate::header(input, how);
            let pairs = file.edits.addition(&header);
            file.edits.insert(input.layout.head.header_end as u64, &pairs)?;
            file.appending = Some(BookAppending {
                delimiter: how.dialect.delimiter.into(),
                quoting: how.dialect.quoting,
                header: String::from_utf8_lossy(header.text()).into_owned(),
            });
        }
        Ok(file)
    }

    /// What the rules must name.
    fn pairs(&self) -> &[Pair] {
        if self.appending.is_some() { &self.proposed } else { self.edits.pairs() }
    }

    /// Every pair is one that the rules name, and every record of an annotated file
    /// has its new cells.
    ///
    /// # Errors
    /// Something inside the program does not add up.
    pub(super) fn check(&self, swept: &Swept, table: &Table) -> Result<()> {
        check_pairs(self.pairs(), &self.route_days, table)?;
        if self.appending.is_some() && self.annotated != swept.records {
            return Err(Error::internal(format!(
                "{} of {} records were annotated",
                self.annotated, swept.records
            )));
        }
        Ok(())
    }

    /// Puts cells behind the rows of a block that stands at that offset.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn append(&mut self, at: u64, additions: &Additions) -> Result<()> {
        let pairs: Vec<Vec<usize>> =
            additions.texts.iter().map(|text| self.edits.addition(text)).collect();
        self.annotated += additions.rows.len() as u64;
        additions.rows.iter().try_for_each(|(row, text)| self.edits.insert(at + row, &pairs[*text]))
    }

    /// Takes a replacement, or proposes it where rows are annotated.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn replace(&mut self, located: &Located) -> Result<()> {
        let (Ruling::Replace { route, .. }, Some(date)) =
            (located.finding.decision.ruling, located.date())
        else {
            return Err(Error::internal("a replacement without a rule or a day"));
        };
        let days = self.route_days.entry(route).or_insert((date, date));
        *days = (days.0.min(date), days.1.max(date));
        if self.appending.is_none() {
            self.replacements += 1;
            return self.edits.push(located.at, located.raw(), located.successor(), route);
        }
        let pair = Pair { old: located.raw().to_vec(), new: located.successor().to_vec(), route };
        if self.seen.insert(pair.clone()) {
            self.proposed.push(pair);
        }
        Ok(())
    }
}

/// Every replacement is one that the rules name, of a code into one that was
/// billable on the first and on the last day on which it was made; and as both
/// are nothing but the characters of codes, no row begins or ends by it.
fn check_pairs(
    pairs: &[Pair],
    route_days: &BTreeMap<usize, (Date, Date)>,
    table: &Table,
) -> Result<()> {
    let wrong = || Error::internal("the edit list holds a replacement that no rule names");
    for pair in pairs {
        let (first, end) = ends(table, pair.route).ok_or_else(wrong)?;
        let (old, _) = Spelling::read(&pair.old).ok_or_else(wrong)?;
        let (new, spelling) = Spelling::read(&pair.new).ok_or_else(wrong)?;
        let system = end.new_system.or(end.system).ok_or_else(wrong)?;
        let days = route_days.get(&pair.route).ok_or_else(wrong)?;
        let is_billable = |day| {
            matches!(
                table.verdict(system, Some((new, spelling)), day).0,
                Verdict::Valid | Verdict::Historical
            )
        };
        if old != first.old || Some(new) != end.new || !is_billable(days.0) || !is_billable(days.1)
        {
            return Err(wrong());
        }
    }
    Ok(())
}

/// The first and the last rule of a route.
fn ends(table: &Table, route: usize) -> Option<(&Rule, &Rule)> {
    let rules = table.route(route);
    let rule = |at: &usize| table.crosswalk().rules.get(*at);
    Some((rule(rules.first()?)?, rule(rules.last()?)?))
}
