//! Records against the history of their codes: what was not valid on its day.
//!
//! Changes nothing and needs no mapping. Every site is judged and counted; what
//! is not plainly valid is handed to the caller in the order of the files.

use std::collections::BTreeMap;

use super::billing::Billing;
use super::counts::{CodeCounts, Passing};
use super::harvest::{Show, Tally, Work};
use super::inputs::{Input, Inputs};
use super::located::Located;
use super::slices::{Share, Slice, Slices};
use super::sweep::{Pace, Swept, sweep};
use crate::code::{Code, System};
use crate::decide::{Reason, Table, Undated, Verdict};
use crate::error::{Error, Result};
use crate::record::delimited::damage::Damage;

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
    pub codes: CodeCounts<(Option<System>, Option<Code>, Verdict)>,
    /// How many claims hold a code that was not valid on its day.
    pub claims: u64,
    /// The same by verdict, by year of service, by file, by field.
    pub slices: Slices,
    /// How many were judged although a later edition was in force on their day, by system.
    pub behind: [u64; System::ALL.len()],
    /// Where a verdict alone does not say why.
    pub reasons: BTreeMap<(Verdict, Reason), Places>,
}

/// Where something was found.
#[derive(Debug, Default)]
pub struct Places {
    /// How many sites.
    pub sites: u64,
    /// Files (1-based) and lines of the first records, each once.
    pub first: Vec<(usize, u64)>,
    /// How many records more there are.
    pub more: u64,
    last: Option<(usize, u64)>,
}

impl Places {
    /// How many records are named.
    const NAMED: usize = 5;

    fn see(&mut self, located: &Located) {
        self.sites += 1;
        let place = (located.file, located.line);
        if self.last.replace(place) == Some(place) {
            return;
        }
        if self.first.len() < Places::NAMED {
            self.first.push(place);
        } else {
            self.more += 1;
        }
    }
}

impl Audit {
    /// Reads a file once more for what was billed on the claims with findings. Where it has
    /// none, its amounts still tell how their column is written in the other files.
    fn bill(
        &mut self,
        input: &Input,
        swept: &Swept,
        pace: Pace,
        progress: &mut impl FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        if input.layout.amount.is_none() {
            return Ok(());
        }
        let affected = self.slices.affected();
        let billing = Billing::new(&input.layout, &affected);
        let again = sweep(&input.path, &billing, pace, |placed| {
            self.slices.see_bills(&placed, &affected, &input.layout);
            progress(placed.bytes)
        })?;
        if again.digest != swept.digest {
            return Err(Error::refused("the file changed while it was read")
                .at(&input.path)
                .hint("audit it when nobody writes to it"));
        }
        Ok(())
    }

    /// What looks damaged, by file.
    pub fn damage(&self) -> Vec<Damage> {
        self.files.iter().map(|file| file.swept.damage).collect()
    }

    /// The sites and the claims of one file (its number, 1-based).
    pub fn file_share(&self, number: usize) -> Share {
        let mut share = self.slices.share(&Slice::File(number));
        if let Some(file) = number.checked_sub(1).and_then(|at| self.files.get(at)) {
            let mut all = Tally::default();
            file.columns.iter().for_each(|tally| all.add(tally));
            share.verdicts = all.verdicts;
        }
        share
    }
}

/// Audits the files; `take` sees every finding, `progress` the bytes read. Claims with a code
/// without a day are counted where these are for review.
///
/// # Errors
/// A file cannot be read to its end, or `take` fails.
pub fn audit(
    inputs: &Inputs,
    table: &Table,
    show: Show,
    undated: Undated,
    pace: Pace,
    mut take: impl FnMut(&Located) -> Result<()>,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Audit> {
    let mut audit = Audit::default();
    for (input, number) in inputs.files.iter().zip(1..) {
        let mut columns = vec![Tally::default(); input.layout.codes.len()];
        let mut passing = Passing::default();
        let mut work = Work::looking(input, table, show);
        work.policy.undated = undated;
        let swept = sweep(&input.path, &work, pace, |placed| {
            for (sum, more) in columns.iter_mut().zip(&placed.harvest.tallies) {
                sum.add(more);
            }
            for (sum, more) in audit.behind.iter_mut().zip(placed.harvest.behind) {
                *sum += more;
            }
            for (&(_, system, code, verdict), &sites) in &placed.harvest.quiet {
                audit.codes.add((system, code, verdict), sites);
            }
            for located in Located::all(number, input, &placed, &mut passing) {
                let finding = located.finding;
                let verdict = finding.decision.judgement.verdict;
                audit.codes.see((finding.system, finding.code, verdict), &located);
                audit.slices.see(&located);
                if let Some(reason) = finding.decision.judgement.reason {
                    audit.reasons.entry((verdict, reason)).or_default().see(&located);
                }
                take(&located)?;
            }
            audit
                .slices
                .see_block(&placed, &input.layout)
                .map_err(|error| error.at(&input.path))?;
            progress(placed.bytes)
        })?;
        audit.bill(input, &swept, pace, &mut progress)?;
        audit.slices.close(number, &input.layout);
        columns.iter().for_each(|tally| audit.total.add(tally));
        audit.files.push(FileAudit { swept, columns });
    }
    if let Some(input) = inputs.files.first() {
        audit.slices.finish(&input.layout)?;
    }
    audit.claims = audit.slices.share(&Slice::Wrong).claims;
    Ok(audit)
}
