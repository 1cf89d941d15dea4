//! Records against the history of their codes: what was not valid on its day.
//!
//! Changes nothing and needs no mapping. Every site is judged and counted; what
//! is not plainly valid is handed to the caller in the order of the files.

use super::counts::{ClaimSet, CodeCounts, Mark};
use super::harvest::{Show, Tally, Work};
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
    pub codes: CodeCounts<(Option<System>, Option<Code>, Verdict)>,
    /// How many claims hold a code that was not valid on its day.
    pub claims: u64,
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
    let mut claims = ClaimSet::default();
    for (input, number) in inputs.files.iter().zip(1..) {
        let mut columns = vec![Tally::default(); input.layout.codes.len()];
        let swept = sweep(&input.path, work(input, table, show), pace, |placed| {
            for (sum, more) in columns.iter_mut().zip(&placed.harvest.tallies) {
                sum.add(more);
            }
            for (&(_, system, code, verdict), &sites) in &placed.harvest.quiet {
                audit.codes.add((system, code, verdict), sites);
            }
            for located in Located::all(number, input, &placed) {
                let finding = located.finding;
                let verdict = finding.decision.judgement.verdict;
                audit.codes.see((finding.system, finding.code, verdict), &located);
                if is_wrong(verdict) {
                    claims.see(&located, Mark::Touched);
                }
                take(&located)?;
            }
            progress(placed.bytes);
            Ok(())
        })?;
        columns.iter().for_each(|tally| audit.total.add(tally));
        audit.files.push(FileAudit { swept, columns });
    }
    audit.claims = claims.count(Mark::Touched);
    Ok(audit)
}

fn work<'a>(input: &'a Input, table: &'a Table, show: Show) -> Work<'a> {
    // An audit asks no rule: nothing is replaced, whatever the records are.
    let policy = Policy { lane: Lane::Report, undated: Undated::Skip, width: None };
    Work { layout: &input.layout, sifts: &input.sifts, table, policy, show, appending: None }
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
