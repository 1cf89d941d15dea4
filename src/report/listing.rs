//! What of a diff is listed. Its figures always count all, and a report whose
//! listing leaves something out says so.

use std::collections::BTreeMap;

use crate::code::Code;
use crate::diff::across::{Across, Event, Turn};
use crate::diff::scope::Scope;
use crate::diff::{Change, Diff, Kind, Titles};

/// Whether titles are written: those of some sets are licensed and may not be
/// passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descriptors {
    /// Titles are written.
    Shown,
    /// Codes only.
    Hidden,
}

/// What of a diff is listed; its figures always count all.
#[derive(Debug)]
pub struct Listing {
    /// The kinds of changes that are listed; all where none is named.
    pub kinds: Vec<Turn>,
    /// The codes that are listed.
    pub scope: Scope,
    /// Whether titles are written.
    pub descriptors: Descriptors,
}

impl Listing {
    /// The changes that are listed, in code order.
    pub fn of<'d, 'r>(&self, diff: &'d Diff<'r>) -> impl Iterator<Item = &'d Change<'r>> {
        diff.changes.iter().filter(|change| self.lists(change))
    }

    /// The changes of one kind that are listed.
    pub fn of_kind<'d, 'r>(&self, diff: &'d Diff<'r>, kind: Kind) -> Vec<&'d Change<'r>> {
        self.of(diff).filter(|change| change.kind == kind).collect()
    }

    fn lists(&self, change: &Change<'_>) -> bool {
        self.has_kind(Turn::Kind(change.kind)) && self.scope.has(change.code)
    }

    fn has_kind(&self, turn: Turn) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&turn)
    }

    /// The codes that are listed, with all that happened to them: a kind chooses
    /// codes to which it happened once.
    pub fn lives<'a, 'r>(&self, across: &'a Across<'r>) -> BTreeMap<Code, Vec<Event<'a, 'r>>> {
        let mut lives = across.lives();
        lives.retain(|code, events| {
            self.scope.has(*code) && events.iter().any(|event| self.has_kind(event.turn))
        });
        lives
    }

    /// The titles, where they may be written.
    pub fn titles<'r>(&self, titles: Option<Titles<'r>>) -> Option<Titles<'r>> {
        titles.filter(|_| self.descriptors == Descriptors::Shown)
    }

    /// How much is listed and by which choice; nothing where all is.
    pub fn words(&self, diff: &Diff<'_>) -> Option<String> {
        let (listed, all) = (self.of(diff).count(), diff.changes.len());
        let choice = self.choice()?;
        Some(format!("Listed are {listed} of {all} changes: {choice}. The figures count all."))
    }

    /// The same over several releases.
    pub fn words_across(&self, across: &Across<'_>) -> Option<String> {
        let choice = self.choice()?;
        let (listed, all) = (self.lives(across).len(), across.lives().len());
        Some(format!(
            "Listed are {listed} of {all} codes that changed: {choice}. The figures count all."
        ))
    }

    fn choice(&self) -> Option<String> {
        let mut words = self.scope.words().to_vec();
        if !self.kinds.is_empty() {
            let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.id()).collect();
            words.push(format!("of kind {}", kinds.join(", ")));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// What to say of the user's own codes that are in no release.
    pub fn missing_words(&self) -> Option<String> {
        let count = self.scope.missing.len();
        let which =
            if self.scope.releases > 2 { "none of the releases" } else { "neither release" };
        (count > 0).then(|| format!("In {which} ({count})"))
    }
}
