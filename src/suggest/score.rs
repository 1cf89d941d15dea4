//! How well a code fits in the place of a retired one, part by part.

use crate::code::{Code, System};

/// What a candidate has in common with the retired code; each part lies between
/// -1.5 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// 1 where the candidate stands below the retired code, else the share of
    /// seven places at which both have the same character.
    pub code: f64,
    /// 1 where the candidate may be billed now and could not before.
    pub new: f64,
    /// 1 where the titles have the same words.
    pub same: f64,
    /// How near the retired code comes to the closest retired title of the candidate.
    pub origin: f64,
    /// The share of the retired title's words that the candidate keeps, by worth.
    pub kept: f64,
    /// The larger of `kept` and the share of the candidate's words that the retired title has.
    pub contained: f64,
    /// -1 where the retired title states a side and the candidate another one or none.
    pub side: f64,
    /// The new title says no side at all; of no weight, for the words.
    pub without_side: bool,
    /// -1 where the phrases for the encounter differ, -1.5 where the seventh
    /// characters do so too.
    pub encounter: f64,
}

/// What each part counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    code: f64,
    new: f64,
    same: f64,
    pub(super) origin: f64,
    kept: f64,
    pub(super) contained: f64,
    side: f64,
    encounter: f64,
    /// The least score of a suggestion that is shown.
    pub(super) line: f64,
}

/// Systems whose codes are a tree: a longer code says more.
const HIERARCHICAL: Weights = Weights {
    code: 2.0,
    new: 2.0,
    same: 2.0,
    origin: 1.0,
    kept: 0.5,
    contained: 0.0,
    side: 0.5,
    encounter: 0.5,
    line: 3.75,
};

/// ICD-10-PCS: each place of a code has a meaning of its own.
const POSITIONAL: Weights = Weights {
    code: 2.0,
    new: 0.5,
    same: 2.0,
    origin: 0.0,
    kept: 0.0,
    contained: 2.0,
    side: 0.25,
    encounter: 0.0,
    line: 3.0,
};

/// Numbers without structure, as CPT and HCPCS have them, and unknown lists.
const UNKNOWN: Weights = Weights { origin: 0.5, ..POSITIONAL };

impl Weights {
    /// Those for a system.
    pub(super) fn of(system: System) -> Weights {
        match system {
            System::Icd10pcs => POSITIONAL,
            _ if system.is_hierarchical() => HIERARCHICAL,
            _ => UNKNOWN,
        }
    }

    /// The score, rounded so that the last bits of a sum decide nothing.
    pub(super) fn score(&self, parts: &Parts) -> f64 {
        let sum = self.code * parts.code
            + self.new * parts.new
            + self.same * parts.same
            + self.origin * parts.origin
            + self.kept * parts.kept
            + self.contained * parts.contained
            + self.side * parts.side
            + self.encounter * parts.encounter;
        (sum * 1e9).round() / 1e9
    }
}

/// How far two codes look alike.
pub(super) fn alike(old: Code, new: Code) -> f64 {
    if new.starts_with(old) {
        return 1.0;
    }
    let (old, new) = (old.bytes(), new.bytes());
    let pairs = old.as_slice().iter().zip(new.as_slice());
    pairs.map(|(one, other)| f64::from(u8::from(one == other))).sum::<f64>() / 7.0
}

impl Parts {
    /// The candidate in words: what speaks for it, and what against.
    pub fn words(&self, old: Code, new: Code) -> String {
        let mut words = Vec::new();
        let mut say = |holds: bool, what: &str| {
            if holds {
                words.push(what.to_owned());
            }
        };
        say(new.starts_with(old), "child of the old code");
        say(self.same >= 1.0, "same title");
        let kept = self.kept >= 0.999_999;
        say(self.same < 1.0 && kept, "keeps all its words");
        say(!kept && self.kept >= 0.6, "keeps most of its words");
        let within = self.contained >= 0.999_999 && !kept;
        say(within, "says nothing that the old title did not");
        say(!new.starts_with(old) && self.origin >= 1.0, "closest retired title of this code");
        say(self.new >= 1.0, "new with this release");
        say(self.side < 0.0 && !self.without_side, "other side");
        say(self.side < 0.0 && self.without_side, "says no side");
        say(self.encounter < 0.0, "other encounter");
        if let Some((place, from, to)) = one_place(old, new) {
            words.push(format!("character {place}: {from} -> {to}"));
        }
        if words.is_empty() { "few words in common".to_owned() } else { words.join("; ") }
    }
}

/// The one place (1-based) at which two codes of one length differ, with what
/// stands there in each.
pub(super) fn one_place(old: Code, new: Code) -> Option<(usize, char, char)> {
    let (old, new) = (old.bytes(), new.bytes());
    let (old, new) = (old.as_slice(), new.as_slice());
    if old.len() != new.len() {
        return None;
    }
    let mut places = (0..old.len()).filter(|&at| old[at] != new[at]);
    let at = places.next()?;
    places.next().is_none().then(|| (at + 1, char::from(old[at]), char::from(new[at])))
}
