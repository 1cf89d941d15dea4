//! What a cell of previous codes says: one code, a list in any of the ways in
//! which people write lists, ranges, categories, nothing.

use super::Previous;
use crate::code::{Code, Spelling};

/// What stands in a cell: what it names, and the words that are not understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cell<'c> {
    pub(super) named: Vec<Previous>,
    pub(super) odd: Vec<&'c str>,
    /// The cell says that there is nothing.
    pub(super) is_none: bool,
    /// The cell speaks of codes that stood beside each other: `K59.09 and a code
    /// from T36-T50`. Neither of them alone was replaced.
    pub(super) together: bool,
}

/// Words between codes.
const BETWEEN: [&str; 11] =
    ["and", "or", "a", "code", "codes", "from", "in", "category", "categories", "with", "the"];

/// Words behind a code that say that another one stood beside it.
const BESIDE: [&str; 5] = ["with", "code", "codes", "category", "categories"];

/// Reads a cell.
pub(super) fn read(cell: &str) -> Cell<'_> {
    let mut read = Cell::default();
    let text = cell.trim();
    if text.eq_ignore_ascii_case("none") || text.eq_ignore_ascii_case("no code") {
        read.is_none = true;
        return read;
    }
    let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&'));
    for word in parts.filter(|word| !word.is_empty()) {
        let is_beside = BESIDE.iter().any(|beside| word.eq_ignore_ascii_case(beside));
        let has_code = read.named.iter().any(|named| matches!(named, Previous::Code(_)));
        read.together |= is_beside && has_code;
        if BETWEEN.iter().any(|between| word.eq_ignore_ascii_case(between)) {
            continue;
        }
        match one(word) {
            Some(previous) => read.named.push(previous),
            None => read.odd.push(word),
        }
    }
    read
}

fn one(word: &str) -> Option<Previous> {
    if let Some(category) = word.strip_suffix('-') {
        return code(category.trim_end_matches('.')).map(Previous::Below);
    }
    match word.split_once('-') {
        Some((from, to)) => {
            let (from, to) = (code(from)?, code(to)?);
            (from < to).then_some(Previous::Range(from, to))
        }
        None => code(word).map(Previous::Code),
    }
}

/// A code begins with a letter or digit and holds a digit; a dot stands inside.
fn code(text: &str) -> Option<Code> {
    let written = !text.ends_with('.') && text.bytes().any(|byte| byte.is_ascii_digit());
    Spelling::read(text.as_bytes()).filter(|_| written && text.len() > 2).map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(cell: &str) -> String {
        let read = read(cell);
        let named = read.named.iter().map(|previous| match previous {
            Previous::Code(code) => code.to_string(),
            Previous::Range(from, to) => format!("{from}..{to}"),
            Previous::Below(category) => format!("{category}*"),
        });
        let odd = read.odd.iter().map(|word| format!("?{word}"));
        named.chain(odd).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_are_written_in_many_ways() {
        assert_eq!(told("C56.1 and C56.2"), "C561 C562");
        assert_eq!(told("I63.011 AND I63.012"), "I63011 I63012");
        assert_eq!(told("M93.001 & M93.002"), "M93001 M93002");
        assert_eq!(told(" E75.240, E75.241,E75.248; E75.249 "), "E75240 E75241 E75248 E75249");
        assert_eq!(told("H02.101-H02.106; H02.109"), "H02101..H02106 H02109");
        assert_eq!(told("I63.- and P91.88"), "I63* P9188");
        assert_eq!(told("K31.89 and a code from R11-"), "K3189 R11*");
        assert_eq!(told("Codes in Categories T15-T19"), "T15..T19");
        assert_eq!(told("K59.09 AND Code from categories T36-T50"), "K5909 T36..T50");
    }

    #[test]
    fn codes_beside_each_other_are_told_apart_from_lists() {
        for cell in ["K59.09 AND Code from categories T36-T50", "T84.040D with Y83.1"] {
            assert!(read(cell).together, "{cell}");
        }
        for cell in ["C56.1 and C56.2", "Codes in Categories T15-T19", "I63.- and P91.88"] {
            assert!(!read(cell).together, "{cell}");
        }
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        assert_eq!(told("V29.80X."), "?V29.80X.");
        assert_eq!(told("see the guidelines"), "?see ?guidelines");
        assert!(read("None").is_none);
        assert!(read(" none ").is_none && read("").named.is_empty());
    }

    #[test]
    fn a_range_names_what_stands_in_it() {
        let code = |text: &str| Code::normalise(text).expect("a code");
        let range = Previous::Range(code("T15"), code("T19"));
        assert!(range.names(code("T1900XA")) && range.names(code("T15")));
        assert!(!range.names(code("T20")) && !range.names(code("T149")));
    }
}
