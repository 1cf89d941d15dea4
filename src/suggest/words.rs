//! Titles as sets of words, with what each word is worth.
//!
//! Words are runs of letters and digits in lower case, their plural cut; the
//! words for a side and for an encounter are kept apart, for they are told by
//! parts of the score of their own. A word is worth the more the fewer titles
//! of the newer release hold it.

use hashbrown::HashMap;

/// Words that are no matter of meaning but of side or encounter.
const APART: [&str; 7] =
    ["left", "right", "bilateral", "initial", "subsequent", "encounter", "sequela"];

/// Numbers of words, in order, each once.
pub(super) type Bag = Vec<u32>;

/// All words met, and their worth.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    numbers: HashMap<Box<str>, u32, foldhash::fast::FixedState>,
    /// In how many titles of the newer release each word stands.
    held: Vec<u32>,
    worth: Vec<f64>,
    titles: u32,
}

impl Vocabulary {
    /// The words of a title of the newer release, which count.
    pub(super) fn learn(&mut self, title: &str) -> Bag {
        let bag = self.bag(title);
        for &word in &bag {
            self.held[word as usize] += 1;
        }
        self.titles += 1;
        bag
    }

    /// The words of a title in lower case.
    pub(super) fn bag(&mut self, lower: &str) -> Bag {
        let mut bag: Bag = Vec::with_capacity(12);
        for word in words(lower).filter(|word| !APART.contains(word)) {
            let word = singular(word);
            let known = self.numbers.get(word).copied();
            bag.push(known.unwrap_or_else(|| self.new_word(word)));
        }
        bag.sort_unstable();
        bag.dedup();
        bag
    }

    fn new_word(&mut self, word: &str) -> u32 {
        let number = self.held.len() as u32;
        self.numbers.insert(word.into(), number);
        self.held.push(0);
        number
    }

    /// Sets the worth of all words; to be called when all titles are known.
    pub(super) fn settle(&mut self) {
        let titles = f64::from(self.titles);
        let worth = |held: &u32| ((titles + 1.0) / (f64::from(*held) + 1.0)).ln() + 0.1;
        self.worth = self.held.iter().map(worth).collect();
    }

    /// Whether a word stands in so many titles that it finds nothing; in a short
    /// list every word finds something.
    pub(super) fn is_common(&self, word: u32) -> bool {
        const FEW: u32 = 50;
        self.held[word as usize] > (self.titles / 50).max(FEW)
    }

    /// What a word is worth.
    pub(super) fn worth(&self, word: u32) -> f64 {
        self.worth[word as usize]
    }

    /// What the words of a title are worth together.
    pub(super) fn mass(&self, bag: &[u32]) -> f64 {
        bag.iter().map(|&word| self.worth(word)).sum()
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
        self.held.len()
    }
}

/// One title held against many: the worth of each of its words, and nothing for all others.
#[derive(Debug)]
pub(super) struct Held {
    worth: Vec<f64>,
}

impl Held {
    /// No title, of so many words.
    pub(super) fn none(words: usize) -> Held {
        Held { worth: vec![0.0; words] }
    }

    /// Holds a title in place of the one before.
    pub(super) fn replace(&mut self, before: &[u32], title: &[u32], words: &Vocabulary) {
        before.iter().for_each(|&word| self.worth[word as usize] = 0.0);
        title.iter().for_each(|&word| self.worth[word as usize] = words.worth(word));
    }

    /// What the words that a title shares with the one held are worth.
    pub(super) fn shared(&self, title: &[u32]) -> f64 {
        title.iter().map(|&word| self.worth[word as usize]).sum()
    }
}

/// The runs of letters and digits of a text in lower case.
pub(super) fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
}

/// A hash of words in their order, the same on every machine.
pub(super) fn hash<'w>(words: impl IntoIterator<Item = &'w str>) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = foldhash::quality::FixedState::with_seed(0).build_hasher();
    for word in words {
        hasher.write(word.as_bytes());
        hasher.write_u8(b' ');
    }
    hasher.finish()
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

/// The side that a title states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    Both,
    Unspecified,
}

/// The side in a title in lower case, if it states one.
pub(super) fn side(lower: &str) -> Option<Side> {
    let mut before = "";
    let mut found = None;
    for word in words(lower) {
        found = match word {
            "left" => Some(Side::Left),
            "right" => Some(Side::Right),
            "bilateral" => Some(Side::Both),
            // `unspecified eye` states that the side is not known.
            _ if before == "unspecified" && PAIRED.contains(&singular(word)) => {
                Some(Side::Unspecified)
            }
            _ => found,
        };
        before = word;
    }
    found
}

/// Parts of the body of which there are two.
const PAIRED: [&str; 33] = [
    "side", "eye", "ear", "eyelid", "limb", "arm", "leg", "hand", "foot", "knee", "hip",
    "shoulder", "elbow", "wrist", "ankle", "thigh", "forearm", "finger", "thumb", "toe", "breast",
    "lung", "kidney", "ovary", "testis", "femur", "tibia", "fibula", "humerus", "radius", "ulna",
    "upper", "lower",
];

/// The phrase for the encounter in a title in lower case, if there is one.
pub(super) fn encounter(lower: &str) -> Option<&str> {
    ["initial encounter", "subsequent encounter", "sequela"]
        .into_iter()
        .filter_map(|phrase| lower.find(phrase))
        .min()
        .map(|at| lower[at..].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_without_plural_side_and_encounter() {
        let mut all = Vocabulary::default();
        let one = all.learn("fractures of left femur, initial encounter");
        let two = all.bag("fracture of right femur");
        assert_eq!(one, two);
        let other = all.learn("burn, wrist");
        all.settle();
        let mut held = Held::none(all.count());
        held.replace(&[], &one, &all);
        assert!((held.shared(&two) - all.mass(&one)).abs() < 1e-12);
        held.replace(&one, &other, &all);
        assert!(held.shared(&two).abs() < 1e-12 && held.shared(&other) > 0.0);
    }

    #[test]
    fn sides_and_encounters_are_read() {
        assert_eq!(side("low vision, right eye"), Some(Side::Right));
        assert_eq!(side("low vision, unspecified eye"), Some(Side::Unspecified));
        assert_eq!(side("unspecified asthma"), None);
        let phrase = encounter("fracture, subsequent encounter for fracture with nonunion");
        assert_eq!(phrase, Some("subsequent encounter for fracture with nonunion"));
        assert_eq!(encounter("asthma"), None);
    }
}
