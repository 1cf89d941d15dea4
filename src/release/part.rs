//! A release that holds only a part of its code set: what it does not mention
//! has not been deleted.
//!
//! Nothing in a file says that it is a part. What tells is what it lacks beside
//! the release before it: all codes with one first character, or a long stretch
//! of codes one after the other. No yearly turn does that. The longest stretch
//! that was really deleted at once is 129 codes (ICD-10-PCS 2016 to 2025, 129
//! administration codes), and no section or letter ever went as a whole.
//!
//! The oldest release is held against the one behind it. Longer stretches come at
//! once than go: the longest was 453 codes (ICD-10-CM 2016 to 2017, fractures of
//! the foot), and the one letter that came (U, in 2020) has a handful. Where the
//! publisher's count is known, a release far below it that has no code of some
//! letter or section is a part as well, with nothing to hold it against.

use super::{Coverage, Release, edition};
use crate::code::{Code, System};
use crate::error::{Error, Result};

/// So many codes in a row that are gone at once are no yearly turn.
const STRETCH: usize = 300;
/// So many that come at once are none either.
const COMING: usize = 1000;
/// A letter or section with so many codes does not go as a whole.
const BLOCK: usize = 20;
/// A file of fewer codes is an excerpt that its maker knows to be one; it is warned of.
const EXCERPT: usize = 1000;

/// Whether the user says that releases may be parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// A release that lacks a large block is refused.
    Refused,
    /// What it lacks stays as it was.
    Allowed,
}

impl Parts {
    /// As the flag `--partial` says.
    pub fn of(partial: bool) -> Parts {
        if partial { Parts::Allowed } else { Parts::Refused }
    }
}

/// Codes in one stretch that a release leaves open, and the release before has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// In order; never empty.
    missing: Vec<Code>,
}

/// Finds what each release lacks beside those before it, system by system, and
/// notes it in the release.
///
/// # Errors
/// A release lacks a large block, and parts are refused.
pub fn settle(releases: &mut [Release], parts: Parts) -> Result<()> {
    let mut by_day: Vec<usize> = (0..releases.len()).collect();
    by_day.sort_by_key(|&at| (releases[at].system, releases[at].effective));
    let mut before: Option<usize> = None;
    for two in by_day.windows(2) {
        let (older, newer) = (&releases[two[0]], &releases[two[1]]);
        if older.system != newer.system {
            before = None;
            continue;
        }
        let gaps = gaps(older, newer, STRETCH);
        if let (Some(first), Parts::Refused) = (gaps.first(), parts) {
            return Err(refusal(newer, "before it", first, &gaps));
        }
        if before.replace(two[0]).is_none() {
            match (lack_of_oldest(older, newer, parts)?, parts) {
                (Some(lack), Parts::Refused) => releases[two[0]].warnings.push(lack.doubt),
                (Some(lack), Parts::Allowed) => {
                    note(&mut releases[two[0]], "is not known", lack.gaps);
                }
                (None, _) => {}
            }
        }
        note(&mut releases[two[1]], "stays as it was", gaps);
    }
    releases.iter_mut().try_for_each(|release| settle_letters(release, parts))
}

/// What the oldest release lacks beside the one behind it.
struct Lack {
    gaps: Vec<Gap>,
    /// What is to be said of it, where it may be meant to be so.
    doubt: String,
}

/// Holds the oldest release against the one behind it.
///
/// # Errors
/// It lacks a large block, is no mere excerpt, and parts are refused.
fn lack_of_oldest(oldest: &Release, next: &Release, parts: Parts) -> Result<Option<Lack>> {
    let gaps = gaps(next, oldest, COMING);
    let Some(first) = gaps.first() else { return Ok(None) };
    let refusal = refusal(oldest, "behind it", first, &gaps);
    if parts == Parts::Refused && oldest.billable() >= EXCERPT {
        return Err(refusal);
    }
    let doubt = format!("{}; --partial says that it is a part", refusal.message());
    Ok(Some(Lack { gaps, doubt }))
}

/// Letters and sections of which a release has no code, where its count says that it is a part.
fn settle_letters(release: &mut Release, parts: Parts) -> Result<()> {
    let billable = release.billable();
    let count = edition::count_about(release.system, release.effective);
    let Some(count) = count.filter(|count| billable * 10 < count * 9) else { return Ok(()) };
    let lacking = lacking_letters(release);
    if lacking.is_empty() {
        return Ok(());
    }
    let letters: Vec<String> = lacking.iter().map(|&one| char::from(one).to_string()).collect();
    let letters = letters.join(" ");
    if parts == Parts::Refused && billable >= EXCERPT {
        return Err(Error::refused(format!(
            "it has {billable} billable codes, where a whole edition has about {count}, and none that \
             begins with {letters}"
        ))
        .at(&release.path)
        .hint(HINT));
    }
    if parts == Parts::Allowed {
        release.warnings.push(format!(
            "only a part of the code set: of codes that begin with {letters} it says nothing"
        ));
        release.silent_letters = lacking;
    }
    Ok(())
}

/// The first characters of a system that no code of a release has.
fn lacking_letters(release: &Release) -> Vec<u8> {
    // U came in 2020.
    let all: &[u8] = match release.system {
        System::Icd10cm => b"ABCDEFGHIJKLMNOPQRSTVWXYZ",
        System::Icd10pcs => b"0123456789BCDFGHX",
        _ => b"",
    };
    let mut seen = [false; 256];
    release.entries().iter().for_each(|entry| seen[usize::from(first(entry.code))] = true);
    all.iter().copied().filter(|&one| !seen[usize::from(one)]).collect()
}

fn first(code: Code) -> u8 {
    code.bytes().as_slice().first().copied().unwrap_or_default()
}

/// The codes of `other` about which the silence of `release` says something: those in force
/// then, and those that it left open itself.
fn known<'r>(other: &'r Release, release: &Release) -> impl Iterator<Item = Code> + 'r {
    let from = release.effective;
    let entries = other.entries().iter();
    let stands = entries.filter(move |entry| {
        entry.terminated.is_none_or(|last| last >= from)
            && entry.added.is_none_or(|added| added <= from)
    });
    stands
        .map(|entry| entry.code)
        .chain(other.gaps.iter().flat_map(|gap| gap.missing.iter().copied()))
}

/// What `newer` lacks of what `older` has; or the other way round.
fn gaps(older: &Release, newer: &Release, stretch: usize) -> Vec<Gap> {
    // Editions of one set are mostly in one order: the next code of the one is
    // the next of the other, and needs no search.
    let mut next = 0;
    let is_missing = |code: &Code| match newer.position(*code, next) {
        Some(at) => {
            next = at + 1;
            false
        }
        None => true,
    };
    let mut missing: Vec<Code> = known(older, newer).filter(is_missing).collect();
    if missing.len() < BLOCK {
        return Vec::new();
    }
    missing.sort_unstable();
    let mut codes: Vec<Code> = known(older, newer).collect();
    if newer.coverage == Coverage::BillableOnly {
        // Headers are not expected of it: they neither make a stretch nor end one.
        let is_header = |code: &Code| older.get(*code).is_some_and(|entry| !entry.billable);
        codes.retain(|code| !is_header(code));
    }
    codes.sort_unstable();
    let mut gaps = Vec::new();
    let mut at = 0;
    while at < codes.len() {
        let run = codes[at..].iter().take_while(|code| missing.binary_search(code).is_ok()).count();
        gaps.extend(stretches(&codes, at, run, newer.system, stretch));
        at += run.max(1);
    }
    gaps
}

/// What of the missing codes from `at` on is a large block: all of a long
/// stretch, else every first character that is missing as a whole.
fn stretches(
    codes: &[Code],
    at: usize,
    missing: usize,
    system: System,
    stretch: usize,
) -> Vec<Gap> {
    let run = &codes[at..at + missing];
    let gap = |run: &[Code]| Gap { missing: run.to_vec() };
    if missing >= stretch {
        return vec![gap(run)];
    }
    if missing < BLOCK || system == System::Local {
        return Vec::new();
    }
    let blocks = run.chunk_by(|one, other| first(*one) == first(*other));
    let whole = |block: &&[Code]| {
        let count = codes.iter().filter(|code| first(**code) == first(block[0])).count();
        block.len() >= BLOCK && block.len() == count
    };
    blocks.filter(whole).map(gap).collect()
}

impl Gap {
    fn holds(&self, code: Code) -> bool {
        self.missing.binary_search(&code).is_ok()
    }

    fn words(&self, system: System) -> String {
        let ends = (self.missing.first(), self.missing.last());
        let (Some(from), Some(to)) = ends else { return String::new() };
        let (from, to) = (from.dotted(system), to.dotted(system));
        format!("{from} to {to} ({} codes)", self.missing.len())
    }
}

const HINT: &str = "download it again if it is cut off; if it is only a part of the code set, --partial \
                    says so: what it does not mention then stays as it was";

/// `other` says where the release stands that has what this one lacks.
fn refusal(release: &Release, other: &str, first: &Gap, gaps: &[Gap]) -> Error {
    let all: usize = gaps.iter().map(|gap| gap.missing.len()).sum();
    let more = match gaps.len() {
        1 => String::new(),
        count => format!(" and {} more stretches, {all} codes in all", count - 1),
    };
    Error::refused(format!(
        "it lacks what the release {other} has, in one stretch: {}{more}",
        first.words(release.system)
    ))
    .at(&release.path)
    .hint(HINT)
}

fn note(release: &mut Release, what: &str, gaps: Vec<Gap>) {
    if !gaps.is_empty() {
        let words: Vec<String> = gaps.iter().map(|gap| gap.words(release.system)).collect();
        release.warnings.push(format!(
            "only a part of the code set: what stood there before {what}: {}",
            words.join(", ")
        ));
    }
    release.gaps.extend(gaps);
}

impl Release {
    /// Whether the release, being only a part, says nothing of a code.
    pub fn leaves_open(&self, code: Code) -> bool {
        self.gaps.iter().any(|gap| gap.holds(code))
            || !self.silent_letters.is_empty() && self.silent_letters.contains(&first(code))
    }

    /// What it leaves open, being only a part; empty for a whole release.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::history::{History, Standing};
    use crate::release::sample::release;

    /// 40 codes of each of these letters.
    fn codes(letters: &str) -> Vec<String> {
        let of = |letter: char| (10..50).map(move |number| format!("{letter}{number}"));
        letters.chars().flat_map(of).collect()
    }

    fn cm(year: i16, codes: &[String]) -> Release {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        release(System::Icd10cm, date(year, 10, 1), &codes)
    }

    #[test]
    fn a_letter_that_is_gone_is_refused_unless_a_part_is_meant() {
        let pair = || vec![cm(2018, &codes("ABC")), cm(2019, &codes("AC"))];
        let error = settle(&mut pair(), Parts::Refused).expect_err("a part");
        assert!(error.message().contains("B10 to B49 (40 codes)"), "{error}");
        let mut allowed = pair();
        settle(&mut allowed, Parts::Allowed).expect("allowed");
        let history = History::new(allowed).expect("a history");
        let code = Code::normalise("B20").expect("a code");
        let standing = history.standing(System::Icd10cm, code, date(2020, 1, 1));
        assert!(matches!(standing, Standing::Billable(_)), "{standing:?}");
    }

    #[test]
    fn what_a_part_mentions_changes() {
        let mut some = codes("AC");
        some.retain(|code| code != "A11");
        let mut all = vec![cm(2018, &codes("ABC")), cm(2019, &some), cm(2019, &some)];
        settle(&mut all, Parts::Allowed).expect("allowed");
        let history = History::new(all).expect("the same part twice is one");
        let on = date(2020, 1, 1);
        let standing =
            |code| history.standing(System::Icd10cm, Code::normalise(code).expect("a code"), on);
        assert!(matches!(standing("A11"), Standing::Deleted(_)));
        assert!(matches!(standing("B11"), Standing::Billable(_)));
    }

    #[test]
    fn a_release_behind_a_part_is_held_against_all_that_is_known() {
        let mut all = vec![cm(2018, &codes("ABC")), cm(2019, &codes("AC")), cm(2020, &codes("AC"))];
        settle(&mut all, Parts::Allowed).expect("allowed");
        assert_eq!(all[2].gaps().len(), 1);
        let mut back =
            vec![cm(2018, &codes("ABC")), cm(2019, &codes("AC")), cm(2020, &codes("ABC"))];
        settle(&mut back, Parts::Allowed).expect("allowed");
        assert!(back[2].gaps().is_empty());
    }

    #[test]
    fn a_yearly_turn_is_no_part() {
        let mut fewer = codes("ABC");
        fewer.retain(|code| !("B10".."B49").contains(&code.as_str()));
        settle(&mut [cm(2018, &codes("ABC")), cm(2019, &fewer)], Parts::Refused).expect("whole");
    }
}
