//! How the meaning of a successor relates to that of the old code, as far as
//! their two titles tell.
//!
//! Words are compared, not phrases: runs of `[a-z0-9]` in lower case, as often as
//! they stand there (`posterior approach, posterior column` is not kept by
//! `posterior approach, anterior column`). A title that lost words asserts nothing that the old one did not; one that gained a
//! word makes a statement that nobody made. The thirteen lymphoma codes of
//! FY2025 gained `not having achieved remission`.

use serde::Serialize;

/// What two titles say of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Titles {
    /// The same words.
    Same,
    /// Every word of the new title stands in the old one.
    Less,
    /// All words of the old title are kept, and some are added.
    More,
    /// Words are gone, and others came.
    Other,
    /// One of the two is not known.
    Unknown,
}

/// Compares the words of an old and of a new title.
pub fn compare(old: &str, new: &str) -> Titles {
    let (old, new) = (words(old), words(new));
    if old.is_empty() || new.is_empty() {
        return Titles::Unknown;
    }
    match (is_within(&new, &old), is_within(&old, &new)) {
        (true, true) => Titles::Same,
        (true, false) => Titles::Less,
        (false, true) => Titles::More,
        (false, false) => Titles::Other,
    }
}

/// The words that the new title has and the old one has not, or not as often, in its order.
pub fn added(old: &str, new: &str) -> Vec<String> {
    let mut left = words(old);
    let is_added = |word: &String| match left.binary_search(word) {
        Ok(at) => {
            left.remove(at);
            false
        }
        Err(_) => true,
    };
    split(new).filter(is_added).collect()
}

/// The words of a title in order, each as often as it stands there.
fn words(title: &str) -> Vec<String> {
    let mut words: Vec<String> = split(title).collect();
    words.sort_unstable();
    words
}

/// Whether all words of one title, as often as they stand there, stand in the other.
fn is_within(one: &[String], other: &[String]) -> bool {
    let mut rest = other.iter();
    one.iter().all(|word| rest.any(|candidate| candidate == word))
}

fn split(title: &str) -> impl Iterator<Item = String> + '_ {
    let parts = title.split(|c: char| !c.is_ascii_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        assert_eq!(compare("Metabolic Syndrome", "metabolic syndrome."), Titles::Same);
        assert_eq!(compare("Vertigo, right ear", "Vertigo"), Titles::Less);
        let remission = "Nasal type lymphoma not having achieved remission";
        assert_eq!(compare("Nasal type lymphoma", remission), Titles::More);
        let words = ["not", "having", "achieved", "remission"];
        assert_eq!(added("Nasal type lymphoma", remission), words);
        assert_eq!(compare("Other obesity", "Obesity, class 1"), Titles::Other);
        assert_eq!(compare("", "Obesity"), Titles::Unknown);
        let twice = "Fusion, Posterior Approach, Posterior Column";
        assert_eq!(compare(twice, "Fusion, Posterior Approach, Anterior Column"), Titles::Other);
    }
}
