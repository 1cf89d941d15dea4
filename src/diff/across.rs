//! Several releases in order of date -> what happened to each code over the years.
//!
//! Each step is the difference of two neighbours. What only several show is a
//! code that came back: billable before, gone or a header in between. To a diff
//! of two it looks new; a record that was changed when it went may be wrong now.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use super::{Change, Diff, Kind, compare};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::release::Release;

/// The differences of releases in order of date.
#[derive(Debug)]
pub struct Across<'r> {
    /// The difference of each release and the next one; at least one.
    pub steps: Vec<Diff<'r>>,
    /// The codes that came back, by step.
    reinstated: Vec<HashSet<Code>>,
}

/// What happened to a code in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// What a diff of two releases shows.
    Kind(Kind),
    /// It became billable and had been so before it was gone, or a header.
    Reinstated,
}

/// What happened to one code between two releases.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a, 'r> {
    /// Between which releases.
    pub step: &'a Diff<'r>,
    /// What happened.
    pub turn: Turn,
    /// The titles before and after.
    pub change: &'a Change<'r>,
}

impl Turn {
    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            Turn::Kind(kind) => kind.id(),
            Turn::Reinstated => "reinstated",
        }
    }
}

impl FromStr for Turn {
    type Err = String;

    fn from_str(text: &str) -> Result<Turn, String> {
        if text.eq_ignore_ascii_case(Turn::Reinstated.id()) {
            return Ok(Turn::Reinstated);
        }
        text.parse().map(Turn::Kind)
    }
}

impl<'r> Across<'r> {
    /// Compares each release with the next one, in order of date.
    ///
    /// # Errors
    /// Fewer than two releases, and neighbours that are no pair.
    pub fn new(releases: &'r [Release]) -> Result<Across<'r>> {
        let mut ordered: Vec<&Release> = releases.iter().collect();
        ordered.sort_by_key(|release| release.effective);
        let pairs = ordered.windows(2).map(|pair| compare(pair[0], pair[1]));
        let steps = pairs.collect::<Result<Vec<Diff<'r>>>>()?;
        if steps.is_empty() {
            return Err(Error::usage("one release alone shows no change")
                .hint("give at least two, or a folder that holds them"));
        }
        let mut used = HashSet::new();
        let reinstated = steps.iter().map(|step| reinstated(step, &mut used)).collect();
        Ok(Across { steps, reinstated })
    }

    /// The releases, oldest first.
    pub fn releases(&self) -> impl Iterator<Item = &'r Release> {
        let oldest = self.steps.first().map(|step| step.old);
        oldest.into_iter().chain(self.steps.iter().map(|step| step.new))
    }

    /// How many codes came back in each step.
    pub fn reinstated(&self) -> impl Iterator<Item = usize> {
        self.reinstated.iter().map(HashSet::len)
    }

    /// What happened to each code that changed, in order of code and of date.
    pub fn lives(&self) -> BTreeMap<Code, Vec<Event<'_, 'r>>> {
        let mut lives: BTreeMap<Code, Vec<Event<'_, 'r>>> = BTreeMap::new();
        for (step, back) in self.steps.iter().zip(&self.reinstated) {
            for change in &step.changes {
                let came = matches!(change.kind, Kind::Added | Kind::BecameBillable);
                let back = came && back.contains(&change.code);
                let turn = if back { Turn::Reinstated } else { Turn::Kind(change.kind) };
                lives.entry(change.code).or_default().push(Event { step, turn, change });
            }
        }
        lives
    }
}

/// The codes that became billable in a step and went in an earlier one; notes
/// in `gone` those that go in this one.
fn reinstated(step: &Diff<'_>, gone: &mut HashSet<Code>) -> HashSet<Code> {
    let of = |kinds: [Kind; 2]| {
        let changes = step.changes.iter().filter(move |change| kinds.contains(&change.kind));
        changes.map(|change| change.code)
    };
    let came = of([Kind::Added, Kind::BecameBillable]);
    let back = came.filter(|code| gone.contains(code)).collect();
    gone.extend(of([Kind::Deleted, Kind::BecameHeader]));
    back
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::code::System;
    use crate::release::sample::release;

    #[test]
    fn a_code_that_came_back_is_told_from_a_new_one() {
        let years = [
            (2033, &["99901", "99902", "99903"][..]),
            (2031, &["99901", "99902"]),
            (2032, &["99901", "#99902"]),
        ];
        let releases = years.map(|(year, codes)| release(System::Local, date(year, 1, 1), codes));
        let across = Across::new(&releases).expect("three releases");
        let lives = across.lives();
        let turns = |code: &str| -> Vec<&str> {
            let life = &lives[&Code::normalise(code).expect("a code")];
            life.iter().map(|event| event.turn.id()).collect()
        };
        assert_eq!(turns("99902"), ["became_header", "reinstated"]);
        assert_eq!(turns("99903"), ["added"]);
        assert_eq!(lives.len(), 2);
        assert_eq!(across.reinstated().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn one_release_is_refused() {
        let releases = [release(System::Local, date(2031, 1, 1), &["99901"])];
        assert!(Across::new(&releases).is_err());
    }
}
