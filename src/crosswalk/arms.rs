//! Which of several rows for one code holds for a record.
//!
//! A row with conditions holds where all its tests do. A row without any is
//! the default, and only where every other row is known *not* to hold: a fact
//! that the record lacks might be the one that made another row right. So an
//! unknown answer is harmless only if it cannot change what comes out.

use super::condition::{Answer, all_of};

/// A row and what its tests say of the record.
#[derive(Debug, Clone)]
pub struct Arm<T> {
    /// What the row comes to. Rows that come to the same do not contradict each other.
    pub outcome: T,
    /// The answers of its tests, in the order of the row; none for a row without conditions.
    pub answers: Vec<Answer>,
}

/// Which row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// This row, by its place among the arms.
    One(usize),
    /// Rows of different outcomes hold.
    Several,
    /// No row holds, and none is without conditions.
    NoConditionMet,
    /// A fact that the record lacks might change the outcome: this test of this row.
    FactMissing {
        /// The row, by its place among the arms.
        arm: usize,
        /// The test, by its place in the row.
        test: usize,
    },
}

/// Picks the row that holds.
pub fn pick<T: PartialEq>(arms: &[Arm<T>]) -> Pick {
    let standing = |want: Answer| {
        let conditional = arms.iter().enumerate().filter(|(_, arm)| !arm.answers.is_empty());
        conditional.filter(move |(_, arm)| all_of(arm.answers.iter().copied()) == want)
    };
    let defaults = arms.iter().enumerate().filter(|(_, arm)| arm.answers.is_empty());
    let met = agreed(standing(Answer::True));
    if met == Pick::Several {
        return met;
    }
    let so_far = if met == Pick::NoConditionMet { agreed(defaults) } else { met };
    let same = |outcome: &T| matches!(so_far, Pick::One(at) if arms[at].outcome == *outcome);
    match standing(Answer::Unknown).find(|(_, arm)| !same(&arm.outcome)) {
        Some((at, arm)) => Pick::FactMissing { arm: at, test: first_unknown(arm) },
        None => so_far,
    }
}

/// The first of these rows, if all come to the same.
fn agreed<'a, T: PartialEq + 'a>(mut arms: impl Iterator<Item = (usize, &'a Arm<T>)>) -> Pick {
    let Some((at, first)) = arms.next() else { return Pick::NoConditionMet };
    if arms.all(|(_, arm)| arm.outcome == first.outcome) { Pick::One(at) } else { Pick::Several }
}

fn first_unknown<T>(arm: &Arm<T>) -> usize {
    arm.answers.iter().position(|&answer| answer == Answer::Unknown).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Answer::{False, True, Unknown};

    fn picked(arms: &[(u8, &[Answer])]) -> Pick {
        let arms: Vec<Arm<u8>> = arms
            .iter()
            .map(|(outcome, answers)| Arm { outcome: *outcome, answers: answers.to_vec() })
            .collect();
        pick(&arms)
    }

    #[test]
    fn conditions_leave_exactly_one() {
        assert_eq!(picked(&[(1, &[False]), (2, &[True, True])]), Pick::One(1));
        assert_eq!(picked(&[(1, &[]), (2, &[True])]), Pick::One(1));
    }

    #[test]
    fn the_default_holds_only_where_all_others_are_known_not_to() {
        assert_eq!(picked(&[(1, &[]), (2, &[False, Unknown])]), Pick::One(0));
        assert_eq!(
            picked(&[(1, &[]), (2, &[True, Unknown])]),
            Pick::FactMissing { arm: 1, test: 1 }
        );
    }

    #[test]
    fn several_rows_are_no_answer() {
        assert_eq!(picked(&[(1, &[True]), (2, &[True])]), Pick::Several);
        assert_eq!(picked(&[(1, &[]), (2, &[])]), Pick::Several);
        assert_eq!(picked(&[(1, &[True]), (1, &[True])]), Pick::One(0));
    }

    #[test]
    fn nothing_met_is_said() {
        assert_eq!(picked(&[(1, &[False]), (2, &[False])]), Pick::NoConditionMet);
        assert_eq!(picked(&[]), Pick::NoConditionMet);
    }

    #[test]
    fn an_unknown_that_changes_nothing_is_passed_over() {
        assert_eq!(picked(&[(1, &[]), (1, &[Unknown])]), Pick::One(0));
        assert_eq!(picked(&[(1, &[True]), (2, &[True]), (3, &[Unknown])]), Pick::Several);
        assert_eq!(picked(&[(1, &[Unknown])]), Pick::FactMissing { arm: 0, test: 0 });
    }

    /// The oracle: every way in which the unknown answers may turn out.
    fn outcomes(arms: &[Arm<u8>]) -> Vec<Option<u8>> {
        let unknown: Vec<(usize, usize)> = (0..arms.len())
            .flat_map(|arm| (0..arms[arm].answers.len()).map(move |test| (arm, test)))
            .filter(|&(arm, test)| arms[arm].answers[test] == Unknown)
            .collect();
        (0..1u32 << unknown.len())
            .map(|turn| {
                let mut known = arms.to_vec();
                for (bit, &(arm, test)) in unknown.iter().enumerate() {
                    known[arm].answers[test] = if turn >> bit & 1 == 1 { True } else { False };
                }
                match pick(&known) {
                    Pick::One(at) => Some(known[at].outcome),
                    _ => None,
                }
            })
            .collect()
    }

    proptest! {
        #[test]
        fn one_row_is_picked_only_where_every_turn_gives_it(
            arms in prop::collection::vec(
                (0u8..3, prop::collection::vec(prop::sample::select(vec![True, False, Unknown]), 0..3)),
                0..4,
            )
        ) {
            let arms: Vec<Arm<u8>> =
                arms.into_iter().map(|(outcome, answers)| Arm { outcome, answers }).collect();
            let possible = outcomes(&arms);
            let first = possible[0];
            let settled = first.is_some() && possible.iter().all(|one| *one == first);
            match pick(&arms) {
                Pick::One(at) => prop_assert!(settled && first == Some(arms[at].outcome)),
                _ => prop_assert!(!settled),
            }
        }
    }
}
