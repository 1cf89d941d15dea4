//! Which retired codes the mapping answers for, and how.

use jiff::civil::Date;
use serde::Serialize;

use crate::code::{Code, System};
use crate::crosswalk::condition::{Answer, Test};
use crate::decide::ruling::{Facts, Ruling};
use crate::decide::{Reason, Table};
use crate::history::{Chronicle, State};

/// How a mapping stands to one retired code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// One code replaces it without a person's word.
    Automatic,
    /// Conditions decide, record by record.
    Conditional,
    /// A person chooses.
    ToChoose,
    /// The mapping says that there is no successor.
    NoSuccessor,
    /// The mapping has no row for it.
    NoRow,
}

/// How far a mapping covers the codes of one system that were retired.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The system.
    pub system: System,
    /// The first day that the releases cover.
    pub from: Date,
    /// The day from which the newest of them is in force.
    pub to: Date,
    /// The codes that were billable and are not in the newest release, in order.
    pub codes: Vec<(Code, Standing)>,
}

impl Coverage {
    /// How many codes stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.codes.iter().filter(|(_, own)| *own == standing).count()
    }
}

/// The coverage by system.
pub(super) fn of(table: &Table) -> Vec<Coverage> {
    let history = table.history();
    let chronicles = history.systems().filter_map(|system| Some((system, history.of(system)?)));
    chronicles.map(|(system, chronicle)| cover(table, system, chronicle)).collect()
}

fn cover(table: &Table, system: System, chronicle: &Chronicle) -> Coverage {
    let to = chronicle.newest().effective;
    let mut codes: Vec<(Code, Standing)> = chronicle
        .lives()
        .filter(|(_, life)| {
            let was = life.steps().iter().any(|step| step.1 == State::Billable);
            was && life.state(to) != State::Billable
        })
        .map(|(code, _)| (code, standing(table, system, code, to)))
        .collect();
    codes.sort_unstable();
    Coverage { system, from: chronicle.start(), to, codes }
}

/// A record that says nothing.
struct NoFacts;

impl Facts for NoFacts {
    fn answer(&self, _: usize, _: Date, _: &Test) -> Answer {
        Answer::Unknown
    }
}

fn standing(table: &Table, system: System, code: Code, on: Date) -> Standing {
    match table.ruling(system, code, on, &NoFacts) {
        Ruling::Replace { .. } => Standing::Automatic,
        Ruling::Review(Reason::FactMissing, _) => Standing::Conditional,
        Ruling::Review(..) => Standing::ToChoose,
        Ruling::NoMapping(Some(_)) => Standing::NoSuccessor,
        Ruling::NoMapping(None) | Ruling::Keep => Standing::NoRow,
    }
}
