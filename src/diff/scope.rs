//! Which codes a person wants to see: chapters, ranges, prefixes, and the
//! codes of a list of their own.
//!
//! A range runs in the order of the file, not of the characters: CPT stands
//! resequenced codes in the section where they belong, and ICD-10-CM puts C4A
//! before C44. What stands under the last code belongs to the range. An end
//! that a release does not hold gives way to its neighbour inside the range.

use std::collections::HashSet;
use std::str::FromStr;

use super::OwnCodes;
use crate::code::{Code, System};
use crate::error::{Error, Result};
use crate::release::{Entry, Release};

/// A part of a code set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// A chapter of ICD-10-CM.
    Chapter(Chapter),
    /// From one code to another, in the order of the file.
    Range(CodeRange),
    /// All codes that begin so.
    Prefix(Code),
}

/// The number of a chapter of ICD-10-CM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chapter(usize);

/// The chapters of the ICD-10-CM tabular list. Chapter 17 reaches QA0 since FY2026.
const CHAPTERS: [(&str, &str); 22] = [
    ("A00", "B99"),
    ("C00", "D49"),
    ("D50", "D89"),
    ("E00", "E89"),
    ("F01", "F99"),
    ("G00", "G99"),
    ("H00", "H59"),
    ("H60", "H95"),
    ("I00", "I99"),
    ("J00", "J99"),
    ("K00", "K95"),
    ("L00", "L99"),
    ("M00", "M99"),
    ("N00", "N99"),
    ("O00", "O9A"),
    ("P00", "P96"),
    ("Q00", "QA0"),
    ("R00", "R99"),
    ("S00", "T88"),
    ("V00", "Y99"),
    ("Z00", "Z99"),
    ("U00", "U85"),
];

impl Chapter {
    fn range(self) -> CodeRange {
        let (first, last) = CHAPTERS[self.0 - 1];
        let code = |text: &str| Code::pack(text.as_bytes()).expect("the table holds codes");
        CodeRange { first: code(first), last: code(last) }
    }
}

impl FromStr for Chapter {
    type Err = String;

    fn from_str(text: &str) -> Result<Chapter, String> {
        let number = text.parse().ok().filter(|number| (1..=CHAPTERS.len()).contains(number));
        number.map(Chapter).ok_or_else(|| {
            format!("`{text}` is no chapter of ICD-10-CM: they run from 1 to {}", CHAPTERS.len())
        })
    }
}

/// From one code to another, both included with all that stands under them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRange {
    first: Code,
    last: Code,
}

impl FromStr for CodeRange {
    type Err = String;

    fn from_str(text: &str) -> Result<CodeRange, String> {
        // Two dots serve codes of local lists that hold a hyphen themselves.
        let ends = text.split_once("..").or_else(|| text.split_once('-'));
        let codes = ends.and_then(|(first, last)| {
            Some(CodeRange { first: Code::normalise(first)?, last: Code::normalise(last)? })
        });
        codes.ok_or_else(|| format!("`{text}` is no range of codes; write it as E00-E89"))
    }
}

impl CodeRange {
    /// The entries from the first to the last, in the order of the file.
    fn stretch(self, release: &Release) -> &[Entry] {
        let entries = release.entries();
        let from = entries.iter().position(|entry| entry.code.starts_with(self.first));
        let to = entries.iter().rposition(|entry| entry.code.starts_with(self.last));
        let numbered = || entries.iter().enumerate();
        let above = || numbered().filter(|(_, entry)| entry.code > self.first);
        let below = || numbered().filter(|(_, entry)| entry.code < self.last);
        let from = from.or_else(|| Some(above().min_by_key(|(_, entry)| entry.code)?.0));
        let to = to.or_else(|| Some(below().max_by_key(|(_, entry)| entry.code)?.0));
        match (from, to) {
            (Some(from), Some(to)) if from <= to => &entries[from..=to],
            _ => &[],
        }
    }
}

impl Area {
    fn codes_of(self, release: &Release) -> Vec<Code> {
        let stretch = match self {
            Area::Chapter(chapter) => chapter.range().stretch(release),
            Area::Range(range) => range.stretch(release),
            Area::Prefix(_) => release.entries(),
        };
        let codes = stretch.iter().map(|entry| entry.code);
        match self {
            Area::Prefix(prefix) => codes.filter(|code| code.starts_with(prefix)).collect(),
            _ => codes.collect(),
        }
    }

    fn words(self, system: System) -> String {
        let ends = |CodeRange { first, last }: CodeRange| {
            format!("{}-{}", first.dotted(system), last.dotted(system))
        };
        match self {
            Area::Chapter(chapter) => format!("chapter {} ({})", chapter.0, ends(chapter.range())),
            Area::Range(range) => ends(range),
            Area::Prefix(prefix) => format!("{}*", prefix.dotted(system)),
        }
    }
}

/// The codes that are listed, as far as they are chosen by what they are.
#[derive(Debug, Default)]
pub struct Scope {
    within: Option<HashSet<Code>>,
    own: Option<HashSet<Code>>,
    words: Vec<String>,
    /// The user's own codes that are in no release, as people write them.
    pub missing: Vec<String>,
    /// How many releases were looked at.
    pub releases: usize,
}

impl Scope {
    /// All codes.
    pub fn all() -> Scope {
        Scope::default()
    }

    /// The codes of any of the areas in any of the releases; all where no area is named.
    ///
    /// # Errors
    /// A chapter of another system than ICD-10-CM, and an area without a code.
    pub fn of(areas: &[Area], releases: &[&Release]) -> Result<Scope> {
        let Some(system) = releases.first().map(|release| release.system) else {
            return Ok(Scope::all());
        };
        let mut within = HashSet::new();
        for &area in areas {
            if matches!(area, Area::Chapter(_)) && system != System::Icd10cm {
                return Err(Error::usage(format!(
                    "--chapter is for ICD-10-CM, and these are {}",
                    system.title()
                ))
                .hint("use --codes-in or --prefix"));
            }
            let codes: Vec<Code> = releases.iter().flat_map(|one| area.codes_of(one)).collect();
            if codes.is_empty() {
                return Err(no_code(&area.words(system)));
            }
            within.extend(codes);
        }
        let words = areas.iter().map(|area| area.words(system)).collect();
        let within = (!areas.is_empty()).then_some(within);
        Ok(Scope { within, words, releases: releases.len(), ..Scope::default() })
    }

    /// The same, of the user's own codes only.
    #[must_use]
    pub fn only(mut self, own: &OwnCodes, releases: &[&Release]) -> Scope {
        let Some(system) = releases.first().map(|release| release.system) else { return self };
        let known = |code: &Code| releases.iter().any(|release| release.get(*code).is_some());
        let (known, unknown): (Vec<Code>, Vec<Code>) = own.codes.iter().partition(|it| known(it));
        self.missing = unknown.iter().map(|code| code.dotted(system)).collect();
        self.missing.extend(own.odd.iter().cloned());
        let count = own.codes.len() + own.odd.len();
        self.words.push(format!("the {count} codes of {}", own.path.display()));
        self.own = Some(known.into_iter().collect());
        self
    }

    /// Whether a code is listed.
    pub fn has(&self, code: Code) -> bool {
        let inside = |set: &Option<HashSet<Code>>| set.as_ref().is_none_or(|it| it.contains(&code));
        inside(&self.within) && inside(&self.own)
    }

    /// What was chosen, in words; nothing where all is listed.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

fn no_code(area: &str) -> Error {
    Error::refused(format!("{area} holds no code of these releases")).hint(
        "check the spelling; a range runs in the order of the file, from its first code to its last",
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::release::sample::release;

    fn listed(areas: &[Area], codes: &[&str]) -> Vec<String> {
        let release = release(System::Cpt, date(2031, 1, 1), codes);
        let scope = Scope::of(areas, &[&release]).expect("a scope");
        let listed = release.entries().iter().filter(|entry| scope.has(entry.code));
        listed.map(|entry| entry.code.to_string()).collect()
    }

    fn range(text: &str) -> Area {
        Area::Range(text.parse().expect("a range"))
    }

    #[test]
    fn a_range_runs_in_the_order_of_the_file() {
        // 99951 was resequenced: it stands in the first section.
        let codes = ["99901", "99951", "99902", "99903", "99950", "99952"];
        assert_eq!(listed(&[range("99901-99902")], &codes), ["99901", "99951", "99902"]);
        assert_eq!(listed(&[range("99950-99952")], &codes), ["99950", "99952"]);
        assert_eq!(listed(&[range("99903..99951")], &codes[2..]), ["99903", "99950"]);
    }

    #[test]
    fn the_last_code_brings_what_stands_under_it() {
        let codes = ["E7800", "E880", "E8881", "E890", "E899", "F01"];
        assert_eq!(listed(&[range("E88-E89")], &codes), ["E880", "E8881", "E890", "E899"]);
        let prefix = Area::Prefix(Code::normalise("e88.8").expect("a code"));
        assert_eq!(listed(&[prefix, range("F01-F01")], &codes), ["E8881", "F01"]);
    }

    #[test]
    fn an_area_without_a_code_is_refused() {
        let release = release(System::Cpt, date(2031, 1, 1), &["99901", "99902"]);
        for area in [range("99902-99901"), range("A0000-A0001")] {
            let error = Scope::of(&[area], &[&release]).expect_err("no code");
            assert!(error.message().contains("holds no code"), "{error}");
        }
        let chapter = Area::Chapter("4".parse().expect("a chapter"));
        assert!(Scope::of(&[chapter], &[&release]).is_err());
        assert!("23".parse::<Chapter>().is_err() && "E00".parse::<CodeRange>().is_err());
    }
}
