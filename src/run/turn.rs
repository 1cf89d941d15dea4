//! What the turn of the year will mean for records: the codes in them that retire
//! with the newest release, and those that stay while more specific ones come.
//!
//! The turn is what lies between the two newest releases of a system. A new code
//! stands beside a code that stays where both have the same parent, or where its
//! title holds every word of the other one's that says something (`Obesity,
//! unspecified` beside `Obesity, class 1`). Neither is a successor: a coder decides which of them a record calls for.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::beside::{Because, Coming};
use super::counts::{ClaimKey, CodeCount, CodeCounts, Passing};
use super::harvest::{Show, Tally, Work};
use super::inputs::Inputs;
use super::located::Located;
use super::sweep::{Pace, sweep};
use crate::code::{Code, System};
use crate::decide::Table;
use crate::error::Result;
use crate::history::{Chronicle, History};
use crate::record::delimited::damage::Damage;
use crate::release::Release;

/// What the turn does to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It may not be used any more.
    Retires,
    /// It stays, and more specific codes stand beside it.
    MoreSpecific,
}

impl Effect {
    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            Effect::Retires => "retires",
            Effect::MoreSpecific => "more_specific",
        }
    }
}

/// The turn of one system.
#[derive(Debug)]
pub struct Turn {
    /// The system.
    pub system: System,
    /// The days of the two newest releases.
    pub days: (Date, Date),
    /// The codes that retire.
    pub retired: Vec<Code>,
    /// Codes that stay, with the new ones beside them, in code order.
    pub beside: BTreeMap<Code, Vec<(Code, Because)>>,
}

/// The turns of all systems of which two releases were given.
pub fn turns(history: &History) -> Vec<Turn> {
    let of = |system| match history.of(system).map(Chronicle::releases) {
        Some([.., older, newer]) => Some(turn(system, older, newer)),
        _ => None,
    };
    history.systems().filter_map(of).collect()
}

fn turn(system: System, older: &Release, newer: &Release) -> Turn {
    let mut retired: Vec<Code> = codes(older)
        .filter(|code| {
            let open = newer.get(*code).is_none() && newer.leaves_open(*code);
            !open && !newer.may_bill(*code)
        })
        // A list with days of its own may end codes after the day on which it takes effect.
        .chain(
            codes(newer)
                .filter(|code| newer.get(*code).is_some_and(|entry| entry.terminated.is_some())),
        )
        .collect();
    retired.sort_unstable();
    retired.dedup();
    let new: Vec<Code> = codes(newer)
        .filter(|code| {
            let open = older.get(*code).is_none() && older.leaves_open(*code);
            !open && !older.may_bill(*code)
        })
        .collect();
    let stay =
        codes(newer).filter(|code| older.may_bill(*code) && retired.binary_search(code).is_err());
    let coming = Coming::of(system, newer, &new);
    let beside = stay.filter_map(|code| Some((code, coming.beside(code)?))).collect();
    Turn { system, days: (older.effective, newer.effective), retired, beside }
}

fn codes(release: &Release) -> impl Iterator<Item = Code> {
    let billable = release.entries().iter().filter(|entry| release.is_billable(entry));
    billable.map(|entry| entry.code)
}

/// A code of the records that the turn concerns.
#[derive(Debug)]
pub struct Concerned {
    /// Its system.
    pub system: System,
    /// The code.
    pub code: Code,
    /// What the turn does to it.
    pub effect: Effect,
    /// How often it stands in the records, and when.
    pub count: CodeCount,
    /// Sites that were not valid on their date: they are findings already.
    pub wrong: u64,
    /// Candidates for a code that retires, else the new codes beside it.
    pub codes: Vec<(System, Code)>,
}

impl Concerned {
    /// The title that it has in use: of a code that retires the one that it had while it was
    /// billable, for as a header it may have another.
    pub fn title<'t>(&self, table: &'t Table, turns: &[Turn]) -> &'t str {
        let turn = turns.iter().find(|turn| turn.system == self.system);
        let older = turn.filter(|_| self.effect == Effect::Retires).map(|turn| turn.days.0);
        match (table.history().of(self.system), older) {
            (Some(chronicle), Some(older)) => chronicle.title_on(self.code, older),
            _ => table.title(self.system, self.code),
        }
    }
}

/// What the turn of the year means for records.
#[derive(Debug)]
pub struct Foreseen {
    /// The turns.
    pub turns: Vec<Turn>,
    /// The codes concerned, those of most claims first.
    pub codes: Vec<Concerned>,
    /// All sites that were looked at.
    pub total: Tally,
    /// How many records there are.
    pub records: u64,
    /// What looks damaged, by file.
    pub damage: Vec<Damage>,
    /// How many claims hold a code that retires, and one beside which new ones come.
    pub claims: [u64; 2],
    /// Whether the claims of each code were counted wherever their rows stand; else adjacent
    /// rows of one claim count once.
    pub is_exact: bool,
}

impl Foreseen {
    /// The codes of one effect.
    pub fn of(&self, effect: Effect) -> impl Iterator<Item = &Concerned> {
        self.codes.iter().filter(move |one| one.effect == effect)
    }
}

/// The codes that a table has to watch for.
pub fn watched(turns: &[Turn]) -> Vec<(System, Code)> {
    let of = |turn: &Turn| {
        let system = turn.system;
        let all = turn.retired.iter().chain(turn.beside.keys());
        all.map(|code| (system, *code)).collect::<Vec<_>>()
    };
    turns.iter().flat_map(of).collect()
}

/// Counts the codes concerned in the records; the table must watch for them.
///
/// # Errors
/// A file cannot be read to its end.
pub fn foresee(
    inputs: &Inputs,
    table: &Table,
    turns: Vec<Turn>,
    pace: Pace,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Foreseen> {
    let mut counts: CodeCounts<(System, Code)> = CodeCounts::default();
    let mut wrong: BTreeMap<(System, Code), u64> = BTreeMap::new();
    let (mut total, mut records, mut claims) = (Tally::default(), 0, [0; 2]);
    let mut damage = Vec::new();
    for (input, number) in inputs.files.iter().zip(1..) {
        let work = Work::looking(input, table, Show::Turn);
        let mut seen: [hashbrown::HashSet<ClaimKey>; 2] = Default::default();
        let mut passing = Passing::default();
        let swept = sweep(&input.path, &work, pace, |placed| {
            placed.harvest.tallies.iter().for_each(|tally| total.add(tally));
            for located in Located::all(number, input, &placed, &mut passing) {
                let finding = located.finding;
                let Some(key) = finding.system.zip(finding.code) else { continue };
                let Some((_, effect)) = concern(&turns, key) else { continue };
                counts.see(key, &located);
                let is_wrong = finding.decision.judgement.verdict.is_wrong();
                *wrong.entry(key).or_default() += u64::from(is_wrong);
                let claim = ClaimKey::of(finding.claim, located.record);
                seen[effect as usize].insert(claim);
            }
            progress(placed.bytes)
        })?;
        records += swept.records;
        damage.push(swept.damage);
        claims.iter_mut().zip(&seen).for_each(|(sum, seen)| *sum += seen.len() as u64);
    }
    let mut codes: Vec<Concerned> = counts
        .iter()
        .filter_map(|(key, count)| {
            let wrong = wrong.get(key).copied().unwrap_or_default();
            concerned(table, &turns, *key, *count, wrong)
        })
        .collect();
    codes.sort_by_key(|one| {
        (std::cmp::Reverse((one.count.claims, one.count.sites)), one.system, one.code)
    });
    let is_exact = counts.is_exact();
    Ok(Foreseen { turns, codes, total, records, damage, claims, is_exact })
}

/// The turn that concerns a code, and how.
fn concern(turns: &[Turn], (system, code): (System, Code)) -> Option<(&Turn, Effect)> {
    let turn = turns.iter().find(|turn| turn.system == system)?;
    if turn.retired.binary_search(&code).is_ok() {
        return Some((turn, Effect::Retires));
    }
    turn.beside.contains_key(&code).then_some((turn, Effect::MoreSpecific))
}

fn concerned(
    table: &Table,
    turns: &[Turn],
    (system, code): (System, Code),
    count: CodeCount,
    wrong: u64,
) -> Option<Concerned> {
    let (turn, effect) = concern(turns, (system, code))?;
    let codes = match effect {
        Effect::Retires => table.candidates(system, code, Some(turn.days.1)),
        Effect::MoreSpecific => {
            turn.beside[&code].iter().map(|(code, _)| (system, *code)).collect()
        }
    };
    Some(Concerned { system, code, effect, count, wrong, codes })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::release::sample;

    fn beside_of(system: System, old: &[&str], new: &[&str]) -> Vec<(String, Vec<String>)> {
        let old = sample::release(system, date(2023, 10, 1), old);
        let new = sample::release(system, date(2024, 10, 1), new);
        let turn = turn(system, &old, &new);
        let text = |codes: &[(Code, Because)]| codes.iter().map(|one| one.0.to_string()).collect();
        turn.beside.iter().map(|(code, codes)| (code.to_string(), text(codes))).collect()
    }

    #[test]
    fn a_new_sibling_stands_beside_the_code_that_stays() {
        let old = ["#E66", "E669", "#E668", "E6681", "I10"];
        let new = ["#E66", "E669", "#E668", "E6681", "E6682", "I10"];
        assert_eq!(
            beside_of(System::Icd10cm, &old, &new),
            [("E6681".to_owned(), vec!["E6682".to_owned()])]
        );
    }

    #[test]
    fn codes_retire_that_are_gone_or_became_headers() {
        let old = sample::release(System::Icd10cm, date(2023, 10, 1), &["E881", "E882", "I10"]);
        let new = sample::release(System::Icd10cm, date(2024, 10, 1), &["#E881", "E8811", "I10"]);
        let turn = turn(System::Icd10cm, &old, &new);
        let retired: Vec<String> = turn.retired.iter().map(ToString::to_string).collect();
        assert_eq!(retired, ["E881", "E882"]);
    }
}
