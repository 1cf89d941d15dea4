//! What a mapping would do to records: every retired code counted by what would
//! become of it. Nothing is written.

use super::counts::{ClaimSet, CodeCounts, Mark, Passing};
use super::harvest::{Show, Tally, Work};
use super::inputs::Inputs;
use super::located::Located;
use super::sweep::{Pace, sweep};
use crate::code::{Code, System};
use crate::decide::claim::Policy;
use crate::decide::{Bucket, Lane, Reason, Table, Undated};
use crate::error::Result;

/// What becomes of a code, and why, where the bucket alone does not say.
pub type Effect = (Option<System>, Option<Code>, Bucket, Option<Reason>);

/// What a mapping would do.
#[derive(Debug, Default)]
pub struct Impact {
    /// All sites.
    pub total: Tally,
    /// How many records there are.
    pub records: u64,
    /// How many claims hold a site that would be rewritten or needs a person.
    pub claims: u64,
    /// The sites that would be rewritten or need a person.
    pub codes: CodeCounts<Effect>,
}

impl Impact {
    /// The effects with their counts, those of most sites first.
    pub fn by_volume(&self) -> Vec<(&Effect, u64, u64)> {
        let counts = self.codes.iter().map(|(effect, count)| (effect, count.sites, count.claims));
        let mut all: Vec<_> = counts.collect();
        all.sort_by_key(|(effect, sites, _)| (std::cmp::Reverse(*sites), **effect));
        all
    }
}

/// Judges all records as if they were unbilled claims.
///
/// # Errors
/// A file cannot be read to its end.
pub fn impact(
    inputs: &Inputs,
    table: &Table,
    pace: Pace,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Impact> {
    let policy = Policy { lane: Lane::Rewrite, undated: Undated::Skip, width: None };
    let mut impact = Impact::default();
    let mut claims = ClaimSet::default();
    for (input, number) in inputs.files.iter().zip(1..) {
        let work = Work { input, table, policy, show: Show::Plan, appending: None };
        let mut passing = Passing::default();
        let swept = sweep(&input.path, &work, pace, |placed| {
            placed.harvest.tallies.iter().for_each(|tally| impact.total.add(tally));
            for located in Located::all(number, input, &placed, &mut passing) {
                let finding = located.finding;
                let decision = &finding.decision;
                let effect = (finding.system, finding.code, decision.bucket, decision.reason);
                impact.codes.see(effect, &located);
                claims.see(&located, Mark::Touched);
            }
            progress(placed.bytes)
        })?;
        impact.records += swept.records;
    }
    impact.claims = claims.count(Mark::Touched);
    Ok(impact)
}
