//! Where a published table and the releases do not meet: what its silence is worth.
//!
//! A code without a row has no successor, or the table is too old, or a part of
//! it is gone. The three look alike in the rows, so the latter two are said.

use std::fmt;

use jiff::civil::Date;

use super::published::Link;
use super::{Relation, Rule, Topic};
use crate::code::{Code, System};
use crate::history::Chronicle;

/// Where a table and the releases do not meet: what the silence of the table is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// Rows of a system of which no release was given.
    NoRelease {
        /// The system.
        system: System,
        /// How many rows.
        rows: usize,
    },
    /// Not one old code is of a system of which a release was given.
    NoCode,
    /// Rows there are, and not one was understood.
    NothingUnderstood,
    /// Codes are retired after the last day on which a row takes effect.
    OutOfReach {
        /// Their system.
        system: System,
        /// That last day.
        reaches: Date,
        /// How many codes.
        codes: usize,
    },
    /// The table is in order of code and ends before codes that are retired in its time.
    CutOff {
        /// Their system.
        system: System,
        /// The code of its last row.
        last: Code,
        /// How many codes with a first character behind that one.
        codes: usize,
    },
}

impl Limit {
    /// Under which topic `map check` lists it.
    pub fn topic(&self) -> Topic {
        match self {
            Limit::NoRelease { .. } | Limit::NoCode => Topic::NoRelease,
            Limit::NothingUnderstood => Topic::Unreadable,
            Limit::OutOfReach { .. } => Topic::OutOfReach,
            Limit::CutOff { .. } => Topic::CutOff,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Limit::NoRelease { system, rows } => {
                let title = system.title();
                write!(f, "{rows} rows are about {title}, of which no release was given: not used")
            }
            Limit::NoCode => f.write_str("no old code of the table stands in a release given"),
            Limit::NothingUnderstood => f.write_str("no row of the table was understood"),
            Limit::OutOfReach { system, reaches, codes } => write!(
                f,
                "the last row takes effect on {reaches}: of {codes} {} codes retired later the table \
                 says nothing; take the newest one",
                system.title()
            ),
            Limit::CutOff { system, last, codes } => write!(
                f,
                "the table is in order of code and ends with {}: {codes} codes behind it, retired \
                 in its time, have no row; it may be cut off",
                last.dotted(system)
            ),
        }
    }
}

/// The limits of a table about one system, whose links became these rules.
pub(super) fn of_table(
    system: System,
    links: &[&Link],
    chronicle: &Chronicle,
    rules: &[Rule],
) -> Vec<Limit> {
    let Some(reaches) = links.iter().filter_map(|link| link.effective).max() else {
        return Vec::new();
    };
    // Rows of the steps that begin on that day or later are silence about the future.
    let starts = chronicle.releases().iter().map(|release| release.effective);
    let end = starts.clone().find(|day| *day >= reaches).unwrap_or(reaches);
    let silent = rules.iter().filter(|rule| {
        rule.system == Some(system) && rule.relation == Some(Relation::None) && rule.at.is_silence()
    });
    let (within, later): (Vec<&Rule>, Vec<&Rule>) =
        silent.partition(|rule| rule.effective.is_some_and(|day| day <= end));
    let beyond =
        (!later.is_empty()).then_some(Limit::OutOfReach { system, reaches, codes: later.len() });
    cut_off(system, links, &within).into_iter().chain(beyond).collect()
}

/// The conversion tables are in order of code, whatever the year, and reach the last chapter.
fn cut_off(system: System, links: &[&Link], silent: &[&Rule]) -> Option<Limit> {
    const LEAST: usize = 100;
    const ORDERED_IN_HUNDRED: usize = 95;
    if !system.is_icd10() || links.len() < LEAST {
        return None;
    }
    let new: Vec<Code> = links.iter().filter_map(|link| link.new).collect();
    let ordered = new.windows(2).filter(|pair| pair[0] <= pair[1]).count();
    let last = *new.last()?;
    let first = |code: Code| code.bytes().as_slice()[0];
    let codes = silent.iter().filter(|rule| first(rule.old) > first(last)).count();
    let is_cut = codes > 0 && ordered * 100 >= ORDERED_IN_HUNDRED * new.len();
    is_cut.then_some(Limit::CutOff { system, last, codes })
}
