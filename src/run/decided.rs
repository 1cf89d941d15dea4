//! What came of reviewers' decisions, counted while their sites pass by.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::counts::CodeCounts;
use super::located::Located;
use crate::code::{Code, System};
use crate::crosswalk::SourceLine;
use crate::decide::{Bucket, Chosen, Reason, Table};
use crate::error::{Error, Result};

/// What came of a reviewer's decisions.
#[derive(Debug, Default)]
pub struct Decided {
    /// In figures.
    pub counts: DecisionCounts,
    /// Each decision about a code with what came of it.
    pub by_code: CodeCounts<Came>,
    /// Choices for single entries that would give rows of one claim different codes.
    unequal: BTreeMap<SourceLine, Unequal>,
}

/// A choice that would tear a claim apart.
#[derive(Debug)]
struct Unequal {
    /// The entry.
    id: String,
    /// What was decided about it.
    what: What,
    /// Whether rows are left out.
    is_partial: bool,
}

/// What came of a reviewer's decisions, in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCounts {
    /// Sites that get a code chosen for them; in a list that is not rewritten, a row beside
    /// them that has it.
    pub entries: u64,
    /// Those that get a code chosen for all entries of theirs.
    pub by_code: u64,
    /// Sites that stay as they are.
    pub kept: u64,
    /// Those of them that were kept with all entries of their code at once.
    #[serde(default)]
    pub kept_by_code: u64,
    /// Decisions that somebody has to be asked first.
    pub queries: u64,
    /// Sites that stand on the worklist though their code or they were decided: the
    /// new code is not billable on their day, does not fit, would stand twice in the
    /// claim, or would not stand on all its rows.
    pub not_carried_out: u64,
}

/// A decision about a code, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Came {
    /// The system.
    pub system: Option<System>,
    /// The code; `None` for all that is no code.
    pub code: Option<Code>,
    /// The code that was chosen; `None` where it is to stay, or somebody is to be asked.
    pub new: Option<Code>,
    /// Where the sites landed.
    pub bucket: Bucket,
    /// Why, where the bucket alone does not say.
    pub reason: Option<Reason>,
    /// What was decided.
    pub what: What,
    /// Whether it was decided for all entries of the code at once.
    pub by_code: bool,
    /// Who decided, if anybody says so.
    pub by: Option<String>,
}

/// What was decided, apart from the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Another code is to stand there.
    Replace,
    /// Another code is to stand there, and it cannot be billed on the day or does not fit.
    Misfit,
    /// The code stays.
    Keep,
    /// Somebody has to be asked first.
    Query,
}

impl Came {
    /// Of a site for which there is a choice.
    pub fn of(located: &Located, table: &Table) -> Option<Came> {
        let finding = located.finding;
        let choice = finding.choice?;
        let (what, new) = match table.chosen(choice) {
            Chosen::Keep => (What::Keep, None),
            Chosen::Query => (What::Query, None),
            Chosen::Misfit(new) => (What::Misfit, Some(new)),
            Chosen::Replace { new, .. } => (What::Replace, Some(new)),
        };
        let signed = table.signed(choice);
        Some(Came {
            system: finding.system,
            code: finding.code,
            new,
            bucket: finding.decision.bucket,
            reason: finding.decision.reason,
            what,
            by_code: signed.by_code,
            by: signed.by.clone(),
        })
    }

    /// Whether it is what was decided.
    pub fn is_carried_out(&self) -> bool {
        match self.what {
            // The row of a list ends, and what was chosen is added to it.
            What::Replace => matches!(self.bucket, Bucket::Chosen | Bucket::ReportOnly),
            What::Keep => self.bucket == Bucket::Kept,
            What::Query => true,
            What::Misfit => false,
        }
    }
}

impl Decided {
    /// Takes note of a site.
    pub(super) fn see(&mut self, located: &Located, table: &Table) {
        let Some(came) = Came::of(located, table) else { return };
        let counts = &mut self.counts;
        match came.what {
            _ if !came.is_carried_out() => counts.not_carried_out += 1,
            What::Replace if came.by_code => counts.by_code += 1,
            What::Replace => counts.entries += 1,
            What::Keep => {
                counts.kept += 1;
                counts.kept_by_code += u64::from(came.by_code);
            }
            What::Query | What::Misfit => {}
        }
        if came.reason == Some(Reason::Unequal) && !came.by_code {
            let at = located.finding.choice.map(|choice| table.signed(choice).at);
            let is_partial = located.input.layout.only.is_some();
            let unequal = Unequal { id: located.id(), what: came.what, is_partial };
            self.unequal.extend(at.map(|at| (at, unequal)));
        }
        self.by_code.see(came, located);
    }

    /// Whether anything was decided.
    pub fn is_any(&self) -> bool {
        self.by_code.iter().next().is_some()
    }

    /// Who decided, each once, in order.
    pub fn names(&self) -> Vec<&str> {
        let names = self.by_code.iter().filter_map(|(came, _)| came.by.as_deref());
        names.collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// Refuses choices that would give rows of one claim different codes.
    ///
    /// # Errors
    /// All of them, each with its row.
    pub(super) fn refuse_unequal(&self, table: &Table) -> Result<()> {
        let sources = &table.crosswalk().sources;
        let error = |(at, Unequal { id, what, is_partial }): (&SourceLine, &Unequal)| {
            let others = match what {
                What::Keep => "nothing is decided about them",
                _ => "would not get this one",
            };
            let hint = match is_partial {
                true => "rows that --only leaves out keep their codes: plan without it, or `query`",
                false => "decide all entries of one code in a claim alike, or `query` all of them",
            };
            Error::refused(format!(
                "other rows of the claim of {id} hold the same code, and {others}"
            ))
            .at(sources[at.source].shown())
            .line(at.line)
            .hint(hint)
        };
        Error::all(self.unequal.iter().map(error).collect()).map_or(Ok(()), Err)
    }
}
