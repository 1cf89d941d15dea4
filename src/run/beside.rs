//! New codes beside codes that stay: children of the same header, and titles that
//! hold every word of another one's that says something.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::code::{Code, System};
use crate::release::Release;

/// Why a new code stands beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// Both are children of one header.
    Sibling,
    /// Its title holds the words of the other one's.
    Words,
}

/// The new codes, to be found by their parent and by their words.
pub(super) struct Coming<'r> {
    parents: Parents<'r>,
    new: Vec<(Code, Vec<String>)>,
    by_parent: HashMap<Code, Vec<usize>>,
    by_word: HashMap<String, Vec<usize>>,
}

impl<'r> Coming<'r> {
    /// Prepares the new codes of a release.
    pub(super) fn of(system: System, newer: &'r Release, new: &[Code]) -> Coming<'r> {
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
    pub(super) fn beside(&self, code: Code) -> Option<Vec<(Code, Because)>> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
