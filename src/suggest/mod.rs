//! Candidates for retired codes that no mapping covers, from two releases alone.
//!
//! A suggestion is for a person to choose from; none is ever applied by itself,
//! and to the person who codes an encounter the codes are shown in their order,
//! none marked, without a score. What the two releases do not say is not known
//! here: where nothing comes near, there is silence.
//!
//! `words` reads titles, `score` weighs a pair part by part, `batch` groups what
//! many codes have in common.

pub mod batch;
mod score;
mod words;

use hashbrown::HashMap;

use crate::code::{Code, System};
use crate::decide::units::{self, Units};
use crate::release::{Entry, Release};
pub use score::Parts;
use score::{Weights, alike};
use words::{Bag, Held, Side, Vocabulary};

/// How many candidates are kept for a code.
const KEPT: usize = 50;
/// How many titles are taken from the index of words.
const BY_WORDS: usize = 60;
/// Past so many pairs only what the index of words finds is weighed.
const MOST_PAIRS: usize = 20_000_000;
/// Codes so near to the best one are shown beside it.
const NEAR: f64 = 0.3;

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Candidates for all codes that one release has and a later one has not.
#[derive(Debug)]
pub struct Suggestions {
    /// The system.
    pub system: System,
    /// In code order of the retired codes.
    all: Vec<Suggestion>,
}

/// What may stand in the place of one retired code.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The retired code.
    pub old: Code,
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// Those to be shown to a person, in code order; empty where none comes near.
    pub shown: Vec<Code>,
    /// Whether the best one lies above the line.
    pub is_confident: bool,
}

/// A code that may stand in the place of a retired one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The code.
    pub code: Code,
    /// The sum of its weighted parts.
    pub score: f64,
    /// What the score is made of.
    pub parts: Parts,
    /// Whether it lies above the line itself.
    pub is_confident: bool,
    /// Whether the two titles count in the same unit; always so for diagnoses.
    pub units: Units,
}

impl Candidate {
    /// What speaks for it and what against, in words.
    pub fn why(&self, old: Code) -> String {
        let words = self.parts.words(old, self.code);
        let units = match self.units {
            Units::Same => "",
            Units::Changed => "; COUNTS IN ANOTHER UNIT",
            Units::Unknown => "; only one title names an amount",
        };
        let sure = if self.is_confident { "" } else { "not confident: " };
        format!("{sure}{words}{units}")
    }
}

impl Suggestions {
    /// Compares two releases of one system.
    pub fn between(older: &Release, newer: &Release) -> Suggestions {
        let scene = Scene::new(older, newer);
        let mut finder = Finder::new(&scene);
        let all = (0..scene.retired.len()).map(|at| finder.suggest(at)).collect();
        Suggestions { system: newer.system, all }
    }

    /// The suggestion for a retired code.
    pub fn of(&self, old: Code) -> Option<&Suggestion> {
        let at = self.all.binary_search_by_key(&old, |suggestion| suggestion.old).ok()?;
        Some(&self.all[at])
    }

    /// All retired codes with their candidates, in code order.
    pub fn all(&self) -> &[Suggestion] {
        &self.all
    }
}

/// A title as the score sees it.
struct Title {
    code: Code,
    bag: Bag,
    mass: f64,
    /// A hash of all its words in their order; 0 where there are none.
    spelled: u64,
    side: Option<Side>,
    /// A hash of its phrase for the encounter; 0 where there is none.
    encounter: u64,
}

impl Title {
    fn new(code: Code, lower: &str, bag: Bag) -> Title {
        let side = words::side(lower);
        let encounter = words::encounter(lower).map_or(0, |phrase| words::hash([phrase]));
        let spelled = if bag.is_empty() { 0 } else { words::hash(words::words(lower)) };
        Title { code, bag, mass: 0.0, spelled, side, encounter }
    }
}

/// Two releases, read for comparing.
struct Scene<'r> {
    system: System,
    older: &'r Release,
    newer: &'r Release,
    weights: Weights,
    words: Vocabulary,
    /// In code order.
    retired: Vec<Title>,
    /// All billable codes of the newer release, in code order.
    billable: Vec<Title>,
    /// Whether each was not billable before.
    is_new: Vec<bool>,
    at: Map<Code, u32>,
    /// The billable titles that hold each word.
    holders: Vec<Vec<u32>>,
    /// Whether there are too many pairs to weigh each.
    is_vast: bool,
}

impl<'r> Scene<'r> {
    fn new(older: &'r Release, newer: &'r Release) -> Scene<'r> {
        let mut words = Vocabulary::default();
        let mut billable = titles(newer, |_| true, |title| words.learn(title));
        let gone = |entry: &Entry| !newer.may_bill(entry.code) && !newer.leaves_open(entry.code);
        let mut retired = titles(older, gone, |title| words.bag(title));
        words.settle();
        for title in billable.iter_mut().chain(&mut retired) {
            title.mass = words.mass(&title.bag);
        }
        let is_new: Vec<bool> = billable.iter().map(|title| !older.may_bill(title.code)).collect();
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); words.count()];
        for (title, at) in billable.iter().zip(0u32..) {
            let telling = title.bag.iter().filter(|&&word| !words.is_common(word));
            telling.for_each(|&word| holders[word as usize].push(at));
        }
        let at = billable.iter().zip(0u32..).map(|(title, at)| (title.code, at)).collect();
        let news = is_new.iter().filter(|is_new| **is_new).count();
        let is_vast = news.saturating_mul(retired.len()) > MOST_PAIRS;
        let weights = Weights::of(newer.system);
        let system = newer.system;
        Scene {
            system,
            older,
            newer,
            weights,
            words,
            retired,
            billable,
            is_new,
            at,
            holders,
            is_vast,
        }
    }

    fn parts(&self, old: &Title, at: u32, shared: f64, origin: f64) -> Parts {
        let new = &self.billable[at as usize];
        let share = |mass: f64| if mass > 0.0 { shared / mass } else { 0.0 };
        let (kept, within) = (share(old.mass), share(new.mass));
        let is = |holds: bool| f64::from(u8::from(holds));
        Parts {
            code: alike(old.code, new.code),
            new: is(self.is_new[at as usize]),
            same: is(old.spelled != 0 && old.spelled == new.spelled),
            origin,
            kept,
            contained: kept.max(within),
            side: -is(old.side.is_some() && old.side != new.side),
            without_side: new.side.is_none(),
            encounter: encounter(old, new),
        }
    }
}

/// Twice what two titles share, by what both hold.
fn dice(old: &Title, new: &Title, shared: f64) -> f64 {
    let both = old.mass + new.mass;
    if both > 0.0 { 2.0 * shared / both } else { 0.0 }
}

/// The billable titles of a release that are wanted, in code order.
fn titles(
    release: &Release,
    wanted: impl Fn(&Entry) -> bool,
    mut bag: impl FnMut(&str) -> Bag,
) -> Vec<Title> {
    let entries = release.entries().iter();
    let billable = entries.filter(|entry| release.is_billable(entry) && wanted(entry));
    let mut titles: Vec<Title> = billable
        .map(|entry| {
            let lower = release.title(entry.code).to_lowercase();
            let words = bag(&lower);
            Title::new(entry.code, &lower, words)
        })
        .collect();
    titles.sort_unstable_by_key(|title| title.code);
    titles
}

fn encounter(old: &Title, new: &Title) -> f64 {
    if old.encounter == new.encounter {
        return 0.0;
    }
    let seventh = |code: Code| code.bytes().as_slice().get(6).copied();
    let apart =
        matches!((seventh(old.code), seventh(new.code)), (Some(one), Some(other)) if one != other);
    if apart { -1.5 } else { -1.0 }
}

/// Finds candidates; what it counts with is used anew for every code.
struct Finder<'s> {
    scene: &'s Scene<'s>,
    new: Vec<u32>,
    /// How near each billable title comes to the nearest retired one; found when first asked.
    nearest: Vec<Option<f64>>,
    /// The retired titles that hold each word.
    retired_holders: Map<u32, Vec<u32>>,
    shared: Vec<f64>,
    /// The retired title at hand, and its number.
    held: Held,
    current: Option<usize>,
    /// By billable title: the turn in which it was a candidate last.
    turns: Vec<u32>,
    turn: u32,
}

impl<'s> Finder<'s> {
    fn new(scene: &'s Scene<'s>) -> Finder<'s> {
        let mut retired_holders: Map<u32, Vec<u32>> = Map::default();
        for (title, at) in scene.retired.iter().zip(0u32..) {
            title.bag.iter().for_each(|&word| retired_holders.entry(word).or_default().push(at));
        }
        let new = (0..scene.billable.len() as u32).filter(|&at| scene.is_new[at as usize]);
        let most = scene.billable.len().max(scene.retired.len());
        Finder {
            scene,
            new: if scene.is_vast { Vec::new() } else { new.collect() },
            nearest: vec![None; scene.billable.len()],
            retired_holders,
            shared: vec![0.0; most],
            held: Held::none(scene.words.count()),
            current: None,
            turns: vec![0; scene.billable.len()],
            turn: 0,
        }
    }

    fn suggest(&mut self, at: usize) -> Suggestion {
        let scene = self.scene;
        let old = &scene.retired[at];
        let before = self.current.map_or(&[][..], |before| &scene.retired[before].bag);
        self.held.replace(before, &old.bag, &scene.words);
        self.current = Some(at);
        let mut candidates: Vec<Candidate> = self
            .candidates(old)
            .into_iter()
            .map(|at| {
                let shared = self.held.shared(&scene.billable[at as usize].bag);
                let by_origin = scene.weights.origin > 0.0;
                let origin = if by_origin { self.origin(old, at, shared) } else { 0.0 };
                let parts = scene.parts(old, at, shared, origin);
                let code = scene.billable[at as usize].code;
                let score = scene.weights.score(&parts);
                let is_confident = score >= scene.weights.line;
                Candidate { code, score, parts, is_confident, units: Units::Same }
            })
            .collect();
        let best_first = |one: &Candidate, other: &Candidate| {
            other.score.total_cmp(&one.score).then(one.code.cmp(&other.code))
        };
        if candidates.len() > KEPT {
            candidates.select_nth_unstable_by(KEPT, best_first);
            // What is shown may reach behind: all children of a header, say.
            let (kept, rest) = candidates.split_at(KEPT);
            let children = rest.iter().filter(|one| one.code.starts_with(old.code));
            candidates = kept.iter().chain(children).copied().collect();
        }
        candidates.sort_unstable_by(best_first);
        if matches!(scene.system, System::Cpt | System::Hcpcs) {
            let title = |release: &Release, code| release.title(code).to_owned();
            let before = title(scene.older, old.code);
            for one in &mut candidates {
                one.units = units::compare(&before, &title(scene.newer, one.code));
            }
        }
        let is_confident = candidates.first().is_some_and(|best| best.is_confident);
        let shown = if is_confident { shown(old.code, &candidates) } else { Vec::new() };
        Suggestion { old: old.code, candidates, shown, is_confident }
    }

    /// Which billable codes are weighed, each once.
    fn candidates(&mut self, old: &Title) -> Vec<u32> {
        self.turn += 1;
        let found = self.new.iter().copied();
        let mut all: Vec<u32> = found.collect();
        all.extend(self.category(old));
        all.extend(self.by_words(old));
        all.extend(self.one_place_apart(old));
        let (turns, turn) = (&mut self.turns, self.turn);
        all.retain(|&at| std::mem::replace(&mut turns[at as usize], turn) != turn);
        all
    }

    /// Codes with the same first three characters.
    fn category(&self, old: &Title) -> std::ops::Range<u32> {
        let all = &self.scene.billable;
        let prefix: String = old.code.to_string().chars().take(3).collect();
        let Some(prefix) = Code::normalise(&prefix) else { return 0..0 };
        let from = all.partition_point(|title| title.code < prefix);
        let many = all[from..].partition_point(|title| title.code.starts_with(prefix));
        from as u32..(from + many) as u32
    }

    /// The titles that share most, by the worth of the telling words.
    fn by_words(&mut self, old: &Title) -> Vec<u32> {
        let scene = self.scene;
        let mut touched = Vec::new();
        for &word in &old.bag {
            let worth = scene.words.worth(word);
            for &at in &scene.holders[word as usize] {
                let shared = &mut self.shared[at as usize];
                if *shared == 0.0 {
                    touched.push(at);
                }
                *shared += worth;
            }
        }
        let mut ranked: Vec<(u64, u32)> = touched
            .iter()
            .map(|&at| (std::mem::take(&mut self.shared[at as usize]), at))
            // Worths are positive: their bits are in the order of their values.
            .map(|(shared, at)| (u64::MAX - shared.to_bits(), at))
            .collect();
        if ranked.len() > BY_WORDS {
            ranked.select_nth_unstable(BY_WORDS);
            ranked.truncate(BY_WORDS);
        }
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    /// Codes that differ at one place: in a positional system, the same act
    /// with one thing told otherwise.
    fn one_place_apart(&self, old: &Title) -> Vec<u32> {
        if self.scene.weights.contained == 0.0 {
            return Vec::new();
        }
        let bytes = old.code.bytes();
        let mut found = Vec::new();
        for place in 0..bytes.as_slice().len() {
            for other in (b'0'..=b'9').chain(b'A'..=b'Z') {
                let mut varied = bytes.as_slice().to_vec();
                varied[place] = other;
                let code = Code::pack(&varied);
                found.extend(code.and_then(|code| self.scene.at.get(&code)).copied());
            }
        }
        found
    }

    /// How near the retired title comes to a candidate, by the nearest one.
    fn origin(&mut self, old: &Title, at: u32, shared: f64) -> f64 {
        let scene = self.scene;
        let best = self.nearest[at as usize].unwrap_or_else(|| self.nearest_retired(at));
        self.nearest[at as usize] = Some(best);
        if best > 0.0 { dice(old, &scene.billable[at as usize], shared) / best } else { 0.0 }
    }

    fn nearest_retired(&mut self, at: u32) -> f64 {
        let scene = self.scene;
        let new = &scene.billable[at as usize];
        let mut touched = Vec::new();
        for &word in &new.bag {
            let Some(holders) = self.retired_holders.get(&word) else { continue };
            let worth = scene.words.worth(word);
            for &at in holders {
                let shared = &mut self.shared[at as usize];
                if *shared == 0.0 {
                    touched.push(at);
                }
                *shared += worth;
            }
        }
        let dice =
            |(shared, at): (f64, u32)| 2.0 * shared / (scene.retired[at as usize].mass + new.mass);
        touched
            .into_iter()
            .map(|at| dice((std::mem::take(&mut self.shared[at as usize]), at)))
            .fold(0.0, f64::max)
    }
}

/// What is shown: all new codes below the old one if there are any, else all new
/// ones nearly as good as the best.
fn shown(old: Code, candidates: &[Candidate]) -> Vec<Code> {
    let is_new = |one: &&Candidate| one.parts.new >= 1.0;
    let below = candidates.iter().filter(|one| one.code.starts_with(old)).filter(is_new);
    let mut shown: Vec<Code> = below.map(|one| one.code).collect();
    if shown.is_empty() {
        let best = candidates.first().map_or(0.0, |best| best.score);
        let near = candidates.iter().take_while(|one| one.score >= best - NEAR);
        let top = candidates.first().map(|best| best.code);
        shown =
            near.filter(|one| is_new(one) || Some(one.code) == top).map(|one| one.code).collect();
    }
    shown.sort_unstable();
    shown
}
