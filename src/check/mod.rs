//! A mapping held against everything at hand: releases, their own cross-references,
//! the titles, suggestions. What comes out is a list for the people who answer
//! for the mapping; nothing is repaired and nothing is applied.
//!
//! `rows` looks at each row, `coverage` at the codes that should have one,
//! `missing` at what releases and titles know of those.

mod coverage;
mod missing;
mod rows;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::code::{Code, System};
use crate::crosswalk::fault::Fault;
use crate::crosswalk::{Crosswalk, SourceLine, Topic, Warning, check};
use crate::decide::Table;
use crate::error::Place;
use crate::history::History;
pub use coverage::{Coverage, Standing};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The mapping is refused until it is mended.
    Error,
    /// The row is set aside: its sites go to a person.
    Aside,
    /// The row is kept, and may not say what it should.
    Doubt,
    /// To be known.
    Note,
}

/// One thing that a person should look at.
#[derive(Debug, Clone)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about.
    pub topic: Topic,
    /// The row; `None` where it is about a code without one.
    pub at: Option<SourceLine>,
    /// The file that could not be read, for an error of one; else the source tells it.
    pub file: Option<PathBuf>,
    /// The place as it is printed after the file's name; empty for a whole file.
    pub place: String,
    /// The old code, where one is concerned.
    pub old: Option<(System, Code)>,
    /// What is wrong, in a clause.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// The file that it is about, as it is printed: with the one inside, for a zip of several.
    pub fn file(&self, table: &Table) -> Option<String> {
        let of_source = || {
            let at = self.at?;
            table.crosswalk().sources.get(at.source).map(|source| source.file(at))
        };
        self.file.as_ref().map(|path| path.display().to_string()).or_else(of_source)
    }
}

/// What the check of a mapping found.
#[derive(Debug)]
pub struct Checked {
    /// All findings: by weight, then in the order of files and lines; those
    /// without a row follow in code order.
    pub findings: Vec<Finding>,
    /// How far the mapping covers the retired codes, by system.
    pub coverage: Vec<Coverage>,
    /// The history and the rules that were checked.
    pub table: Table,
}

impl Checked {
    /// How many findings of a weight there are.
    pub fn count(&self, weight: Weight) -> usize {
        self.findings.iter().filter(|finding| finding.weight == weight).count()
    }
}

/// Checks a mapping that was read as far as it can be read, with what was wrong then.
pub fn check(mut crosswalk: Crosswalk, faults: &[Fault], history: History) -> Checked {
    let mut findings: Vec<Finding> = faults.iter().map(of_fault).collect();
    let read: Vec<Warning> = std::mem::take(&mut crosswalk.warnings);
    let judged = check::check(&mut crosswalk, &history);
    let aside: BTreeSet<SourceLine> = crosswalk.aside.iter().map(|aside| aside.rule.at).collect();
    findings.extend(read.into_iter().chain(judged).map(|warning| of_warning(warning, &aside)));
    let table = Table::new(history, crosswalk);
    findings.extend(rows::look(&table));
    let coverage = coverage::of(&table);
    findings.extend(coverage.iter().flat_map(|coverage| missing::look(&table, coverage)));
    let order = |finding: &Finding| {
        let row = finding.at.map_or((1, None), |at| (0, Some(at)));
        (finding.weight, row, finding.old, finding.topic)
    };
    findings.sort_by_key(order);
    Checked { findings, coverage, table }
}

fn of_fault(fault: &Fault) -> Finding {
    Finding {
        weight: Weight::Error,
        topic: fault.topic,
        at: Some(fault.at),
        file: fault.error.path().map(Path::to_owned),
        place: fault.error.whereabouts().as_ref().map(Place::to_string).unwrap_or_default(),
        old: None,
        message: fault.error.message().to_owned(),
        hint: fault.error.advice().map(str::to_owned),
    }
}

fn of_warning(warning: Warning, aside: &BTreeSet<SourceLine>) -> Finding {
    let weight = match warning.topic {
        _ if aside.contains(&warning.at) => Weight::Aside,
        Topic::NoRelease => Weight::Aside,
        Topic::Overridden => Weight::Note,
        _ => Weight::Doubt,
    };
    Finding {
        weight,
        topic: warning.topic,
        at: Some(warning.at),
        file: None,
        place: if warning.at.is_silence() { String::new() } else { warning.at.line.to_string() },
        old: None,
        message: warning.message,
        hint: warning.hint,
    }
}
