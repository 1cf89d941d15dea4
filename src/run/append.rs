//! What is appended to each row of a block, where rows are annotated: the code
//! that is proposed, what became of the code that stands there, and the rule.

use hashbrown::HashMap;

use super::harvest::{Work, write_successor};
use crate::decide::claim::{Decision, Policy, Site, decide};
use crate::decide::judge::Judgement;
use crate::decide::{Bucket, Lane};
use crate::record::delimited::addition::{Addition, Answer, Appending};
use crate::record::delimited::rows::Claim;

/// What is appended to the rows of a block.
#[derive(Debug, Default)]
pub struct Additions {
    /// Each text once, in the order in which it was first needed.
    pub texts: Vec<Addition>,
    /// For each row where it ends, from the start of the block, and its text.
    pub rows: Vec<(u64, usize)>,
    /// Whether a row has more cells than the widest that was found beforehand.
    pub too_wide: bool,
    numbers: HashMap<Addition, usize, foldhash::fast::FixedState>,
}

impl Additions {
    fn begin(&mut self, how: Appending, cells: usize) -> Addition {
        self.too_wide |= cells > how.width;
        how.begin(cells)
    }

    fn push(&mut self, at: usize, addition: Addition) {
        let number = self.numbers.get(&addition).copied().unwrap_or_else(|| {
            self.texts.push(addition.clone());
            self.numbers.insert(addition, self.texts.len() - 1);
            self.texts.len() - 1
        });
        self.rows.push((at as u64, number));
    }
}

impl Work<'_> {
    /// Which codes would be replaced if the records were of a kind that may be
    /// rewritten; asked only where rows are annotated.
    pub(super) fn proposed(
        &self,
        claim: &Claim,
        sites: &[Site],
        judged: &[Judgement],
    ) -> Vec<bool> {
        let is_meant = matches!(self.policy.lane, Lane::Report | Lane::ListOnly);
        if self.appending.is_none() || !is_meant {
            return Vec::new();
        }
        let policy = Policy { lane: Lane::Rewrite, ..self.policy };
        let decisions = decide(self.table, policy, sites, judged.to_vec(), |row| claim.facts(row));
        let is_proposed = |decision: &Decision| {
            decision.bucket == Bucket::Chosen
                || decision.bucket.is_rewritten() && decision.judgement.verdict.is_retired()
        };
        decisions.iter().map(is_proposed).collect()
    }

    /// The rows of a claim in which every code is plainly valid.
    pub(super) fn append_valid(&self, claim: &Claim, additions: &mut Additions) {
        let Some(how) = self.appending else { return };
        let valid = Answer { status: Bucket::Valid.id(), ..Answer::default() };
        for (row, place) in claim.rows.iter().enumerate() {
            let mut addition = additions.begin(how, place.cells);
            for column in &self.input.layout.codes {
                let answers = if claim.has_value(row, column) { &[valid][..] } else { &[] };
                how.column(&mut addition, answers);
            }
            additions.push(claim.content_end(row), addition);
        }
    }

    /// The rows of a claim that was looked at; rows left out by `--only` get empty cells.
    pub(super) fn append(
        &self,
        how: Appending,
        claim: &Claim,
        sites: &[Site],
        (decisions, is_proposed): (&[Decision], &impl Fn(usize) -> bool),
        additions: &mut Additions,
    ) {
        let said: Vec<Said> = (0..sites.len())
            .map(|at| self.said(&sites[at], &decisions[at], is_proposed(at)))
            .collect();
        let mut at = 0;
        for (row, place) in claim.rows.iter().enumerate() {
            let mut addition = additions.begin(how, place.cells);
            for column in 0..self.input.layout.codes.len() {
                let from = at;
                while sites.get(at).is_some_and(|site| (site.row, site.column) == (row, column)) {
                    at += 1;
                }
                let looked_at = (from..at).filter(|&at| !sites[at].is_evidence);
                let answers: Vec<Answer> = looked_at.map(|at| said[at].answer()).collect();
                how.column(&mut addition, &answers);
            }
            additions.push(claim.content_end(row), addition);
        }
    }

    fn said(&self, site: &Site, decision: &Decision, is_proposed: bool) -> Said {
        let mut migrated = Vec::new();
        if is_proposed {
            write_successor(site, decision, &mut migrated);
        }
        let rule = self.table.place(decision.ruling);
        Said { migrated, status: decision.bucket.id(), rule }
    }
}

/// What is said beside one code.
struct Said {
    migrated: Vec<u8>,
    status: &'static str,
    rule: String,
}

impl Said {
    fn answer(&self) -> Answer<'_> {
        Answer { migrated: &self.migrated, status: self.status, rule: &self.rule }
    }
}
