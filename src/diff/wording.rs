//! How a title changed: which words, and how far.
//!
//! The class is a hint for a person, not a ruling. Two titles that share fewer
//! than a third of their telling words may mean something else; so may two of
//! which one says the opposite (with / without) or names the other side.

use similar::{ChangeTag, TextDiff};

use super::Class;

/// A stretch of words that both titles have, or only one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// In both.
    Same(String),
    /// Only in the old title.
    Removed(String),
    /// Only in the new title.
    Added(String),
}

/// The word differences of two titles. `Same` and `Removed` together spell
/// the old title, `Same` and `Added` the new one.
pub fn segments(old: &str, new: &str) -> Vec<Segment> {
    let diff = TextDiff::from_words(old, new);
    let mut segments: Vec<Segment> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), segments.last_mut()) {
            (ChangeTag::Equal, Some(Segment::Same(last)))
            | (ChangeTag::Delete, Some(Segment::Removed(last)))
            | (ChangeTag::Insert, Some(Segment::Added(last))) => last.push_str(text),
            (ChangeTag::Equal, _) => segments.push(Segment::Same(text.to_owned())),
            (ChangeTag::Delete, _) => segments.push(Segment::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => segments.push(Segment::Added(text.to_owned())),
        }
    }
    segments
}

/// How far a title changed.
pub fn class(old: &str, new: &str) -> Class {
    if letters(old).eq(letters(new)) {
        return Class::Whitespace;
    }
    Class::Wording
}

/// Letters and digits without case: what white space and punctuation leave.
fn letters(title: &str) -> impl Iterator<Item = char> {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}
