//! Records against the history of their codes: what was not valid on its day.
//!
//! Changes nothing and needs no mapping. Every site is judged and counted; what
//! is not plainly valid is handed to the caller in the order of the files.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;

use super::harvest::{ClaimHash, Show, Tally, Work};
use super::inputs::{Input, Inputs};
use super::located::Located;
use super::sweep::{Pace, Swept, sweep};
use crate::code::{Code, System};
use crate::decide::claim::Policy;
use crate::decide::{Lane, Table, Undated, Verdict};
use crate::error::Result;

/// What an audit found in one file.
#[derive(Debug)]
pub struct FileAudit {
    /// What was read.
    pub swept: Swept,
    /// The sites of each code column.
    pub columns: Vec<Tally>,
}

/// What an audit found.
#[derive(Debug, Default)]
pub struct Audit {
    /// By file, in the order given.
    pub files: Vec<FileAudit>,
    /// All sites.
    pub total: Tally,
    /// What was not plainly valid, by system, code and verdict. A site that is no code has none.
    pub codes: BTreeMap<(Option<System>, Option<Code>, Verdict), CodeCount>,
    /// How many claims hold a code that was not valid on its day.
    pub claims: u64,
}

/// How often a code was found, and when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// Sites.
    pub sites: u64,
    /// Claims: adjacent rows of one claim count once.
    pub claims: u64,
    /// The earliest day.
    pub first: Option<Date>,
    /// The latest day.
    pub last: Option<Date>,
}

impl CodeCount {
    /// Takes note of a site.
    pub fn see(&mut self, date: Option<Date>, is_new_claim: bool) {
        self.sites += 1;
        self.claims += u64::from(is_new_claim);
        if let Some(date) = date {
            self.first = Some(self.first.map_or(date, |first| first.min(date)));
            self.last = Some(self.last.map_or(date, |last| last.max(date)));
        }
    }
}

/// Tells claims apart as they pass by, in the order of the files.
#[derive(Debug, Default)]
pub struct ClaimCounter {
    numbers: HashSet<(usize, u64), foldhash::fast::FixedState>,
    records: u64,
    last: Option<(usize, u64)>,
}

impl ClaimCounter {
    /// Takes note of the claim of a finding.
    pub fn see(&mut self, located: &Located) {
        match located.finding.claim {
            ClaimHash::Number(number) => {
                self.numbers.insert((located.file, number));
            }
            ClaimHash::Record => {
                let record = Some((located.file, located.record));
                self.records += u64::from(self.last != record);
                self.last = record;
            }
        }
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.records + self.numbers.len() as u64
    }
}

/// What identifies a claim while its findings pass by.
pub fn claim_of(located: &Located) -> (usize, ClaimHash, u64) {
    match located.finding.claim {
        ClaimHash::Record => (located.file, ClaimHash::Record, located.record),
        number @ ClaimHash::Number(_) => (located.file, number, 0),
    }
}

/// Audits the files; `take` sees every finding, `progress` the bytes read.
///
/// # Errors
/// A file cannot be read to its end, or `take` fails.
pub fn audit(
    inputs: &Inputs,
    table: &Table,
    show: Show,
    pace: Pace,
    mut take: impl FnMut(&Located) -> Result<()>,
    mut progress: impl FnMut(u64),
) -> Result<Audit> {
    let mut audit = Audit::default();
    let mut claims = ClaimCounter::default();
    let mut last_claim = BTreeMap::new();
    for (input, number) in inputs.files.iter().zip(1..) {
        let mut columns = vec![Tally::default(); input.layout.codes.len()];
        let swept = sweep(&input.path, work(input, table, show), pace, |placed| {
            for (sum, more) in columns.iter_mut().zip(&placed.harvest.tallies) {
                sum.add(more);
            }
            for (&(_, system, code, verdict), &sites) in &placed.harvest.quiet {
                audit.codes.entry((system, code, verdict)).or_default().sites += sites;
            }
            for located in Located::all(number, input, &placed) {
                let key = (
                    located.finding.system,
                    located.finding.code,
                    located.finding.decision.judgement.verdict,
                );
                let is_new = last_claim.insert(key, claim_of(&located)) != Some(claim_of(&located));
                audit.codes.entry(key).or_default().see(located.date(), is_new);
                if is_wrong(key.2) {
                    claims.see(&located);
                }
                take(&located)?;
            }
            progress(placed.bytes);
            Ok(())
        })?;
        columns.iter().for_each(|tally| audit.total.add(tally));
        audit.files.push(FileAudit { swept, columns });
    }
    audit.claims = claims.count();
    Ok(audit)
}

fn work<'a>(input: &'a Input, table: &'a Table, show: Show) -> Work<'a> {
    // An audit asks no rule: nothing is replaced, whatever the records are.
    let policy = Policy { lane: Lane::Report, undated: Undated::Skip, width: None };
    Work { layout: &input.layout, sifts: &input.sifts, table, policy, show }
}

/// Whether a verdict says that a code was wrong on its day.
pub fn is_wrong(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Deleted
            | Verdict::BecameHeader
            | Verdict::AlwaysHeader
            | Verdict::NotYetValid
            | Verdict::Unknown
    )
}
