//! What many suggestions have in common, so that it is reviewed once: in
//! ICD-10-PCS, thousands of codes change by a few dozen kinds of change.

use std::collections::BTreeMap;

use super::Suggestions;
use super::score::one_place;
use crate::code::Code;

/// The same change at the same place: `7th character 6 -> Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The place, from 1.
    pub place: usize,
    /// What stood there.
    pub from: char,
    /// What stands there now.
    pub to: char,
}

/// Codes whose best candidate differs from them by the same change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The change.
    pub change: Change,
    /// The old codes and their candidates, in code order.
    pub codes: Vec<(Code, Code)>,
}

/// The batches of confident suggestions, the largest first; those of fewer than
/// `least` codes are left out.
pub fn batches(suggestions: &Suggestions, least: usize) -> Vec<Batch> {
    let mut by_change: BTreeMap<Change, Vec<(Code, Code)>> = BTreeMap::new();
    for suggestion in suggestions.all().iter().filter(|one| one.is_confident) {
        let Some(best) = suggestion.candidates.first() else { continue };
        if let Some((place, from, to)) = one_place(suggestion.old, best.code) {
            let change = Change { place, from, to };
            by_change.entry(change).or_default().push((suggestion.old, best.code));
        }
    }
    let mut batches: Vec<Batch> = by_change
        .into_iter()
        .filter(|(_, codes)| codes.len() >= least)
        .map(|(change, codes)| Batch { change, codes })
        .collect();
    batches.sort_by_key(|batch| (std::cmp::Reverse(batch.codes.len()), batch.change));
    batches
}
