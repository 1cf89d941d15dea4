//! What the turn of the year will mean for records: the codes in them that retire
//! with the newest release, and those that stay while more specific ones come.
//!
//! The turn is what lies between the two newest releases of a system. A new code
//! stands beside a code that stays where both have the same parent, or where its
//! title holds every word of the other one's that says something (`Obesity,
//! unspecified` beside `Obesity, class 1`). Neither is a successor: a coder decides which of them a record calls for.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::civil::Date;

use super::counts::{ClaimKey, CodeCount, CodeCounts};
use super::harvest::{Show, Tally, Work};
use super::inputs::Inputs;
use super::located::Located;
use super::sweep::{Pace, sweep};
use crate::code::{Code, System};
use crate::decide::claim::Policy;
use crate::decide::{Lane, Table, Undated};
use crate::error::Result;
use crate::history::{Chronicle, History};
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

/// Why a new code stands beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// Both are children of one header.
    Sibling,
    /// Its title holds the words of the other one's.
    Words,
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
            !open && !is_billable(newer, *code)
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
            !open && !is_billable(older, *code)
        })
        .collect();
    let stay = codes(newer)
        .filter(|code| is_billable(older, *code) && retired.binary_search(code).is_err());
    let coming = Coming::of(system, newer, &new);
    let beside = stay.filter_map(|code| Some((code, coming.beside(code)?))).collect();
    Turn { system, days: (older.effective, newer.effective), retired, beside }
}

fn codes(release: &Release) -> impl Iterator<Item = Code> {
    let billable = release.entries().iter().filter(|entry| release.is_billable(entry));
    billable.map(|entry| entry.code)
}

fn is_billable(release: &Release, code: Code) -> bool {
    release.get(code).is_some_and(|entry| release.is_billable(entry))
}

/// The new codes, to be found by their parent and by their words.
struct Coming<'r> {
    parents: Parents<'r>,
    new: Vec<(Code, Vec<String>)>,
    by_parent: HashMap<Code, Vec<usize>>,
    by_word: HashMap<String, Vec<usize>>,
}

impl<'r> Coming<'r> {
    fn of(system: System, newer: &'r Release, new: &[Code]) -> Coming<'r> {
        let new = new.iter().map(|&code| (code, sorted_words(newer.title(code)))).collect();
        let mut coming = Coming {
            parents: Parents { release: newer, system, has_headers: newer.headers() > 0 },
            new,
            by_parent: HashMap::new(),
            by_word: HashMap::new(),
        };
        for (at, (code, words)) in coming.new.iter().enumerate() {
            if let Some(parent) = coming.parents.of(*code) {
                coming.by_parent.entry(parent).or_default().push(at);
            }
            for word in words {
                coming.by_word.entry(word.clone()).or_default().push(at);
            }
        }
        coming
    }

    /// The new codes beside one that stays, in code order.
    fn beside(&self, code: Code) -> Option<Vec<(Code, Because)>> {
        let parent = self.parents.of(code);
        let siblings = parent.and_then(|parent| self.by_parent.get(&parent));
        let mut near: BTreeMap<Code, Because> = BTreeMap::new();
        let words = telling_words(self.parents.release.title(code));
        for at in self.with_words(code, &words) {
            near.insert(self.new[at].0, Because::Words);
        }
        for at in siblings.into_iter().flatten() {
            near.insert(self.new[*at].0, Because::Sibling);
        }
        (!near.is_empty()).then(|| near.into_iter().collect())
    }

    /// Those whose title holds all the words of a code's. One word alone - `fever` -
    /// stands in titles of every kind and counts only within the code's category.
    fn with_words(&self, code: Code, words: &[String]) -> Vec<usize> {
        let found = |word: &String| self.by_word.get(word).map_or(&[][..], Vec::as_slice);
        let Some(rarest) = words.iter().map(found).min_by_key(|found| found.len()) else {
            return Vec::new();
        };
        let category = self.parents.category(code);
        let is_near =
            |new: Code| words.len() > 1 || category.is_some_and(|own| new.starts_with(own));
        let holds = |at: &&usize| {
            let (new, its) = &self.new[**at];
            is_near(*new) && is_within(words, its)
        };
        rarest.iter().filter(holds).copied().collect()
    }
}

/// The headers above codes, for systems that have any.
struct Parents<'r> {
    release: &'r Release,
    system: System,
    has_headers: bool,
}

/// How many characters name a category of ICD-10-CM.
const CATEGORY: usize = 3;

impl Parents<'_> {
    /// The category of a code, in a system that has any.
    fn category(&self, code: Code) -> Option<Code> {
        let bytes = code.bytes();
        let first = bytes.as_slice().get(..CATEGORY)?;
        (self.system == System::Icd10cm).then(|| Code::pack(first)).flatten()
    }

    /// The nearest header above a code; in a list that names none, the code without
    /// its last character.
    fn of(&self, code: Code) -> Option<Code> {
        // The characters of ICD-10-PCS are axes of their own: seven stand in every code.
        if self.system != System::Icd10cm {
            return None;
        }
        let bytes = code.bytes();
        let mut above = (CATEGORY..code.length())
            .rev()
            .filter_map(|length| Code::pack(&bytes.as_slice()[..length]));
        if !self.has_headers {
            return above.next();
        }
        above.find(|above| self.release.get(*above).is_some_and(|entry| !entry.billable))
    }
}

/// Words that say only that nothing more is said.
const EMPTY_WORDS: [&str; 16] = [
    "unspecified",
    "other",
    "specified",
    "not",
    "elsewhere",
    "classified",
    "nos",
    "nec",
    "and",
    "or",
    "of",
    "the",
    "in",
    "to",
    "with",
    "for",
];

fn split(title: &str) -> impl Iterator<Item = String> + '_ {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

fn sorted_words(title: &str) -> Vec<String> {
    let mut words: Vec<String> = split(title).collect();
    words.sort_unstable();
    words
}

/// The words of a title that say something, each as often as it stands there.
fn telling_words(title: &str) -> Vec<String> {
    let mut words = sorted_words(title);
    words.retain(|word| !EMPTY_WORDS.contains(&word.as_str()));
    words
}

/// Whether all of `few` stand in `many`, as often; both in order.
fn is_within(few: &[String], many: &[String]) -> bool {
    let mut rest = many.iter();
    few.iter().all(|word| rest.by_ref().any(|other| other == word))
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
    /// How many claims hold a code that retires, and one beside which new ones come.
    pub claims: [u64; 2],
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
    mut progress: impl FnMut(u64),
) -> Result<Foreseen> {
    let policy = Policy { lane: Lane::Report, undated: Undated::Skip, width: None };
    let mut counts: CodeCounts<(System, Code)> = CodeCounts::default();
    let mut wrong: BTreeMap<(System, Code), u64> = BTreeMap::new();
    let (mut total, mut records, mut claims) = (Tally::default(), 0, [0; 2]);
    for (input, number) in inputs.files.iter().zip(1..) {
        let work =
            Work { layout: &input.layout, sifts: &input.sifts, table, policy, show: Show::Turn };
        let mut seen: [hashbrown::HashSet<ClaimKey>; 2] = Default::default();
        let swept = sweep(&input.path, work, pace, |placed| {
            placed.harvest.tallies.iter().for_each(|tally| total.add(tally));
            for located in Located::all(number, input, &placed) {
                let finding = located.finding;
                let Some(key) = finding.system.zip(finding.code) else { continue };
                let Some((_, effect)) = concern(&turns, key) else { continue };
                counts.see(key, &located);
                let is_wrong = finding.decision.judgement.verdict.is_wrong();
                *wrong.entry(key).or_default() += u64::from(is_wrong);
                let claim = ClaimKey::of(finding.claim, located.record);
                seen[effect as usize].insert(claim);
            }
            progress(placed.bytes);
            Ok(())
        })?;
        records += swept.records;
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
    Ok(Foreseen { turns, codes, total, records, claims })
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
    fn words_that_say_nothing_are_no_bond() {
        assert!(is_within(
            &telling_words("Obesity, unspecified"),
            &sorted_words("Obesity, class 1")
        ));
        assert!(!is_within(&telling_words("pain, pain"), &sorted_words("pain, left")));
        assert!(telling_words("Other specified, not elsewhere classified").is_empty());
    }
}
