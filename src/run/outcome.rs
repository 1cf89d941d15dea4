//! What became of the sites, counted for the report while they pass by: by code,
//! by file, by payer, and by the reason for which a person must look.
//!
//! Claims are counted wherever their rows stand, as far as the memory of the counts goes.
//! A payer is a name or a number of a company; a column that holds very many of them is of
//! something else, perhaps of persons, and none of its values is kept.

use hashbrown::HashMap;

use super::counts::{CodeCount, CodeCounts, Mark};
use super::located::Located;
use crate::code::{Code, System};
use crate::decide::ruling::Ruling;
use crate::decide::{Bucket, Reason};

/// So many payers a practice may have; more are no payers.
const MOST_PAYERS: usize = 500;

/// What became of a code, and by which rule or for which reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fate {
    /// The system.
    pub system: Option<System>,
    /// The code; `None` for all that is no code.
    pub code: Option<Code>,
    /// Where its sites landed.
    pub bucket: Bucket,
    /// Why, where the bucket alone does not say.
    pub reason: Option<Reason>,
    /// The rules by which it is replaced, or by which a code is proposed beside it: a
    /// route of the table.
    pub route: Option<usize>,
}

/// Counts for the report.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// By code and what became of it.
    pub fates: CodeCounts<Fate>,
    /// By file (1-based) and mark; all sites have `Mark::Touched`.
    pub files: CodeCounts<(usize, Mark)>,
    /// By the reason for which a person must look.
    pub reasons: CodeCounts<(Bucket, Option<Reason>)>,
    /// By payer.
    pub payers: Payers,
    /// Every decision is a route of its own: the first of those that make the same of a
    /// code stands for all of them.
    chosen: HashMap<SameChoice, usize, foldhash::fast::FixedState>,
}

/// A code, what was chosen for it, and whether for all its entries at once.
type SameChoice = (Option<System>, Option<Code>, System, Code, bool);

impl Outcomes {
    /// Takes note of a site that is not plainly valid.
    pub fn see(&mut self, located: &Located, mark: Mark) {
        let finding = located.finding;
        let decision = &finding.decision;
        let route = match decision.ruling {
            Ruling::Replace { route, new, system, blanket } if located.is_proposed() => {
                let is_chosen = finding.choice.is_some();
                let chosen = (finding.system, finding.code, system, new, blanket);
                let first = is_chosen.then(|| *self.chosen.entry(chosen).or_insert(route));
                Some(first.unwrap_or(route))
            }
            _ => None,
        };
        let (bucket, reason) = (decision.bucket, decision.reason);
        let fate = Fate { system: finding.system, code: finding.code, bucket, reason, route };
        self.fates.see(fate, located);
        for mark in marks(mark) {
            self.files.see((located.file, mark), located);
        }
        if bucket.is_for_a_person() {
            self.reasons.see((bucket, reason), located);
        }
        if let Some(payer) = located.payer() {
            self.payers.see(payer, located, mark);
        }
    }
}

impl Outcomes {
    /// Whether every claim counts once in each count wherever its rows stand; else adjacent
    /// rows do.
    pub fn is_exact(&self) -> bool {
        self.fates.is_exact()
            && self.files.is_exact()
            && self.reasons.is_exact()
            && self.payers.counts.is_exact()
    }
}

/// The marks under which a site is counted: all are touched.
fn marks(mark: Mark) -> impl Iterator<Item = Mark> {
    [Mark::Touched].into_iter().chain((mark != Mark::Touched).then_some(mark))
}

/// Counts by payer.
#[derive(Debug, Default)]
pub struct Payers {
    numbers: HashMap<Vec<u8>, usize, foldhash::fast::FixedState>,
    counts: CodeCounts<(usize, Mark)>,
    too_many: bool,
}

/// What the column of payers tells.
#[derive(Debug, PartialEq, Eq)]
pub enum ByPayer {
    /// There is none, or no site is touched.
    Nothing,
    /// More different values than there are payers.
    TooMany,
    /// One payer a row, in order of name.
    Rows(Vec<PayerCount>),
}

/// The counts of one payer.
#[derive(Debug, PartialEq, Eq)]
pub struct PayerCount {
    /// As the records name it; empty where they do not.
    pub name: String,
    /// Sites that are rewritten, need a person, or are reported.
    pub touched: CodeCount,
    /// Sites that are rewritten.
    pub replaced: CodeCount,
    /// Sites that need a person.
    pub review: CodeCount,
}

impl Payers {
    fn see(&mut self, payer: &[u8], located: &Located, mark: Mark) {
        if self.too_many {
            return;
        }
        let next = self.numbers.len();
        let number = match self.numbers.get(payer) {
            Some(&known) => known,
            None if next == MOST_PAYERS => {
                *self = Payers { too_many: true, ..Payers::default() };
                return;
            }
            None => {
                self.numbers.insert(payer.to_vec(), next);
                next
            }
        };
        for mark in marks(mark) {
            self.counts.see((number, mark), located);
        }
    }

    /// The counts, in order of name.
    pub fn rows(&self) -> ByPayer {
        if self.too_many {
            return ByPayer::TooMany;
        }
        let mut names: Vec<(&Vec<u8>, &usize)> = self.numbers.iter().collect();
        names.sort_unstable();
        let row = |(name, &number): (&Vec<u8>, &usize)| PayerCount {
            name: String::from_utf8_lossy(name).into_owned(),
            touched: self.counts.get(&(number, Mark::Touched)),
            replaced: self.counts.get(&(number, Mark::Replaced)),
            review: self.counts.get(&(number, Mark::Review)),
        };
        if names.is_empty() {
            return ByPayer::Nothing;
        }
        ByPayer::Rows(names.into_iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report gave such counts as if they were sure.
    #[test]
    fn a_count_that_forgot_claims_is_said_to_be_inexact() {
        assert!(Outcomes::default().is_exact());
        for spoil in [
            (|all: &mut Outcomes| all.fates.forget_claims()) as fn(&mut Outcomes),
            |all| all.files.forget_claims(),
            |all| all.reasons.forget_claims(),
            |all| all.payers.counts.forget_claims(),
        ] {
            let mut outcomes = Outcomes::default();
            spoil(&mut outcomes);
            assert!(!outcomes.is_exact());
        }
    }
}
