//! Which days judge which codes of a table.
//!
//! Inpatient codes go by the discharge, else the through date. Home health goes
//! by the through date alone. All others have candidates: the day of the line,
//! the claim's first and its last day; where the verdicts of the candidates
//! differ, the claim spans an update and a person must split it. The codes of
//! a claim line (HCPCS, CPT) go by the line's first day alone where there is
//! one. An admission date never judges.

use std::collections::BTreeMap;

use super::columns::{Codes, Day};
use crate::record::class::Class;
use crate::record::date::DateFormat;

/// A column of days.
#[derive(Debug, Clone)]
pub struct DateColumn {
    /// Its name as written.
    pub name: String,
    /// Where its cell is kept.
    pub slot: usize,
    /// How it writes its days.
    pub format: DateFormat,
    /// Whether it is a fact of the claim, which may stand on the first row alone.
    pub of_the_claim: bool,
}

/// The days that judge a code, as indexes into the layout's date columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days {
    /// The first of these that is filled is the basis, which dates the verdict.
    pub basis: Vec<usize>,
    /// Further candidates.
    pub also: Vec<usize>,
    /// Discharge and through date: a discharge after the through date is a
    /// conflict where the verdicts of the two differ.
    pub conflict: Option<(usize, usize)>,
}

/// The days that judge a code, by the class of its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// For stays.
    pub inpatient: Days,
    /// For home health.
    pub home_health: Days,
    /// For all other classes.
    pub other: Days,
}

impl Plan {
    /// The days of a class; two readings where the class is not known.
    pub fn readings(&self, class: Class) -> (&Days, Option<&Days>) {
        match class {
            Class::Inpatient => (&self.inpatient, None),
            Class::HomeHealth => (&self.home_health, None),
            Class::Other => (&self.other, None),
            Class::Unknown if self.inpatient == self.other => (&self.other, None),
            Class::Unknown => (&self.other, Some(&self.inpatient)),
        }
    }
}

/// The date columns of a file by what they say, as indexes.
#[derive(Debug, Default)]
pub struct DayColumns {
    /// The day of service of the line.
    pub line: Option<usize>,
    /// The first day of the claim.
    pub from: Option<usize>,
    /// The last day of the claim.
    pub through: Option<usize>,
    /// The discharge.
    pub discharge: Option<usize>,
    /// The days of ICD procedures, by number.
    pub procedures: BTreeMap<u16, usize>,
}

impl DayColumns {
    /// Takes note of the date column `at`; `false` where that place is taken.
    pub fn take(&mut self, day: Day, at: usize) -> bool {
        let place = match day {
            Day::Line => &mut self.line,
            Day::From => &mut self.from,
            Day::Through => &mut self.through,
            Day::Discharge => &mut self.discharge,
            Day::Procedure(number) => return self.procedures.insert(number, at).is_none(),
            Day::Admission => return true,
        };
        place.replace(at).is_none()
    }

    /// Whether there is any day that may judge.
    pub fn is_empty(&self) -> bool {
        let all = [self.line, self.from, self.through, self.discharge];
        all.iter().all(Option::is_none) && self.procedures.is_empty()
    }

    /// The days that judge codes of this kind.
    pub fn plan(&self, codes: Codes, claim_dates: ClaimDates) -> Plan {
        let claim = [self.from, self.through];
        let (basis, also) = match codes {
            Codes::ClaimLine => match (self.line, claim_dates) {
                (Some(line), ClaimDates::Never) => (vec![line], Vec::new()),
                (Some(line), _) => (some([Some(line), self.from, self.through]), Vec::new()),
                (None, ClaimDates::FirstOnly) => (some([self.from]), Vec::new()),
                (None, _) => (some(claim), some(claim)),
            },
            Codes::IcdProcedure(number) | Codes::Procedure(number) => {
                match self.procedures.get(&number) {
                    Some(&own) => (some([Some(own), self.through]), some(claim)),
                    None => (some([self.line, self.from, self.through]), some(claim)),
                }
            }
            _ => (some([self.line, self.from, self.through]), some(claim)),
        };
        let other = Days { basis, also, conflict: None };
        if codes == Codes::ClaimLine {
            return Plan { inpatient: other.clone(), home_health: other.clone(), other };
        }
        let stay = Days {
            basis: some([self.discharge, self.through]),
            also: Vec::new(),
            conflict: self.discharge.zip(self.through),
        };
        let home_health = Days { basis: some([self.through]), ..Days::default() };
        Plan { inpatient: stay, home_health, other }
    }
}

/// What a claim's own dates say about line codes without a day of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimDates {
    /// First and last day are both candidates.
    Both,
    /// Only the first counts (SynPUF).
    FirstOnly,
    /// A line without a day of its own has none (RIF carrier and DME).
    Never,
}

impl Plan {
    /// One day for all: the column that the user named.
    pub fn one(column: usize) -> Plan {
        let days = Days { basis: vec![column], ..Days::default() };
        Plan { inpatient: days.clone(), home_health: days.clone(), other: days }
    }
}

fn some<const N: usize>(columns: [Option<usize>; N]) -> Vec<usize> {
    columns.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rif() -> DayColumns {
        let mut days = DayColumns::default();
        for (at, day) in [Day::Line, Day::From, Day::Through, Day::Discharge, Day::Procedure(1)]
            .into_iter()
            .enumerate()
        {
            assert!(days.take(day, at));
        }
        days
    }

    #[test]
    fn stays_go_by_discharge_and_lines_by_their_own_day() {
        let dx = rif().plan(Codes::Diagnosis, ClaimDates::Both);
        assert_eq!(dx.inpatient.basis, [3, 2]);
        assert_eq!(dx.home_health.basis, [2]);
        assert_eq!((dx.other.basis, dx.other.also), (vec![0, 1, 2], vec![1, 2]));
        let line = rif().plan(Codes::ClaimLine, ClaimDates::Both);
        assert_eq!((line.inpatient.basis, line.other.also), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn an_outpatient_procedure_goes_by_its_own_date() {
        let own = rif().plan(Codes::IcdProcedure(1), ClaimDates::Both);
        assert_eq!(own.other.basis, [4, 2]);
        assert_eq!(own.inpatient.basis, [3, 2]);
    }

    #[test]
    fn one_place_is_taken_once() {
        let mut days = rif();
        assert!(!days.take(Day::Line, 9));
        assert!(days.take(Day::Admission, 9));
    }
}
