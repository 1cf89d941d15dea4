//! What a release leaves out as a whole block: it has not been deleted.
//!
//! Publishers and vendors ship parts: one chapter, a mid-year file with what is
//! new. A part that passes for the whole retires thousands of codes by its
//! silence. A block is missing from the newer of two releases where, between two
//! codes that stand next to each other in it, the older one has
//!
//! * at least [`RUN`] codes, or
//! * all its codes of one first character (a chapter, a section of ICD-10-PCS,
//!   a letter of HCPCS), at least [`FAMILY`] of them.
//!
//! Few codes at its ends, of families that the newer one has, are no part of the
//! block: a chapter that is there may have lost its last code.
//!
//! No real turn comes near: the longest such run ever retired is 128 codes of
//! ICD-10-PCS 302 (FY2020), of ICD-10-CM 50 (S63.13-S63.14), of HCPCS 24.

use crate::code::{Code, System};
use crate::error::Error;

use super::Release;

/// More codes than any edition retired between two neighbours: twice the most.
const RUN: usize = 256;
/// Fewer codes of one first character may all be retired.
const FAMILY: usize = 20;
/// How many blocks a message names.
const NAMED: usize = 3;

/// How far a release reaches, as the user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// It holds the code set: a code that is not there is not valid.
    Whole,
    /// It may hold a part: a block that is not there is as it was.
    Partial,
}

/// A block of codes that the newer of two releases does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The first code that the older one has there.
    pub first: Code,
    /// The last one.
    pub last: Code,
    /// How many they are, headers included.
    pub codes: usize,
    /// The neighbours, which are no part of the block.
    after: Option<Code>,
    before: Option<Code>,
}

impl Missing {
    /// Whether a code belongs to the block.
    pub fn holds(&self, code: Code) -> bool {
        self.after.is_none_or(|after| after < code)
            && self.before.is_none_or(|before| code < before)
    }
}

/// The codes of a release in order.
pub fn codes(release: &Release) -> Vec<Code> {
    let mut codes: Vec<Code> = release.entries().iter().map(|entry| entry.code).collect();
    codes.sort_unstable();
    codes
}

/// The blocks of `older` that are missing from `newer`; both in order of code.
pub fn missing(system: System, older: &[Code], newer: &[Code]) -> Vec<Missing> {
    let mut blocks = Vec::new();
    let (mut from, mut after) = (0, None);
    for before in newer.iter().copied().map(Some).chain([None]) {
        let rest = &older[from..];
        let run = rest.iter().take_while(|code| before.is_none_or(|before| **code < before));
        let to = from + run.count();
        if is_block(system, older, from, to) {
            let (begin, end) = (
                from + few(older, from, to, older[from]),
                to - few(older, from, to, older[to - 1]),
            );
            let codes = &older[begin..end];
            blocks.push(Missing {
                first: codes[0],
                last: codes[codes.len() - 1],
                codes: codes.len(),
                after: if begin > from { Some(older[begin - 1]) } else { after },
                before: if end < to { Some(older[end]) } else { before },
            });
        }
        from = to + usize::from(older.get(to).is_some_and(|code| Some(*code) == before));
        after = before;
    }
    blocks
}

/// Whether the codes from one position to another are no mere deletions.
fn is_block(system: System, older: &[Code], from: usize, to: usize) -> bool {
    if to - from >= RUN {
        return true;
    }
    // The numbers of a practice's own list have no families.
    if to - from < FAMILY || system == System::Local {
        return false;
    }
    let mut families = older[from..to].chunk_by(|one, next| family(*one) == family(*next));
    families.any(|codes| codes.len() >= FAMILY && is_whole(older, from, to, codes[0]))
}

/// The first character.
fn family(code: Code) -> u8 {
    code.bytes().as_slice()[0]
}

/// Whether no code of the family of `code` stands beside the run.
fn is_whole(older: &[Code], from: usize, to: usize, code: Code) -> bool {
    let beside = [from.checked_sub(1), Some(to)].into_iter().flatten();
    !beside.filter_map(|at| older.get(at)).any(|other| family(*other) == family(code))
}

/// How many codes at an end of a run are mere deletions: few of a family that is there.
fn few(older: &[Code], from: usize, to: usize, end: Code) -> usize {
    let same = older[from..to].iter().filter(|code| family(**code) == family(end)).count();
    if same < FAMILY && same < to - from && !is_whole(older, from, to, end) { same } else { 0 }
}

/// The blocks in words, the largest first.
pub fn words(system: System, missing: &[Missing]) -> String {
    let mut largest: Vec<&Missing> = missing.iter().collect();
    largest.sort_by_key(|block| std::cmp::Reverse(block.codes));
    let name = |block: &&Missing| {
        let (first, last) = (block.first.dotted(system), block.last.dotted(system));
        format!("{first} to {last} ({} codes)", block.codes)
    };
    let named: Vec<String> = largest.iter().take(NAMED).map(name).collect();
    match largest.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more blocks", named.join(", ")),
    }
}

/// Refuses a release that passes for a whole one.
pub fn refusal(release: &Release, missing: &[Missing]) -> Error {
    let (system, from) = (release.system, release.effective);
    Error::refused(format!(
        "the {} release of {from} lacks whole blocks of the one before it: {}",
        system.title(),
        words(system, missing)
    ))
    .at(&release.path)
    .hint(
        "if it holds a part of the code set, say so with --partial: what it lacks then stays as it \
         was; else it is cut off: download it again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(texts: impl IntoIterator<Item = String>) -> Vec<Code> {
        let read = |text: String| Code::normalise(&text).expect("a code");
        let mut codes: Vec<Code> = texts.into_iter().map(read).collect();
        codes.sort_unstable();
        codes
    }

    fn lot(letter: char, count: usize) -> impl Iterator<Item = String> {
        (0..count).map(move |number| format!("{letter}{number:04}"))
    }

    /// The same by asking of each code whether `newer` has it and what stands around.
    fn naive(older: &[Code], newer: &[Code]) -> usize {
        let mut runs: Vec<Vec<Code>> = vec![Vec::new()];
        let mut all: Vec<Code> = older.iter().chain(newer).copied().collect();
        all.sort_unstable();
        all.dedup();
        for code in all {
            if newer.contains(&code) {
                runs.push(Vec::new());
            } else {
                runs.last_mut().expect("one at least").push(code);
            }
        }
        let letter = |code: &Code| code.to_string().chars().next();
        let whole = |run: &Vec<Code>| {
            let mut letters: Vec<Option<char>> = run.iter().map(letter).collect();
            letters.dedup();
            letters.iter().any(|one| {
                let of = |codes: &[Code]| codes.iter().filter(|code| letter(code) == *one).count();
                of(run) >= FAMILY && of(run) == of(older)
            })
        };
        runs.iter().filter(|run| run.len() >= RUN || whole(run)).count()
    }

    #[test]
    fn a_family_or_a_long_run_is_a_block_and_single_codes_are_not() {
        let older = codes(lot('A', 600).chain(lot('B', 30)).chain(lot('C', 5)));
        for (kept, want) in [
            (codes(lot('A', 600).chain(lot('B', 30))), 0),
            (codes(lot('A', 600)), 1),
            (codes(lot('A', 600).chain(lot('C', 5))), 1),
            (codes(lot('A', 344).chain(lot('B', 30))), 1),
            (codes(lot('A', 345).chain(lot('B', 30))), 0),
            (codes(lot('A', 600).chain(lot('B', 1)).chain(lot('C', 5))), 0),
            (codes(lot('B', 30)), 1),
            (Vec::new(), 1),
            (older.clone(), 0),
        ] {
            let found = missing(System::Hcpcs, &older, &kept);
            assert_eq!(found.len(), want, "{found:?}");
            assert_eq!(naive(&older, &kept), want);
        }
    }

    #[test]
    fn a_last_code_of_what_is_there_is_no_part_of_the_block() {
        let older = codes(lot('A', 40).chain(lot('B', 30)).chain(lot('C', 40)));
        let newer = codes(lot('A', 39).chain(lot('C', 40).skip(2)));
        let blocks = missing(System::Hcpcs, &older, &newer);
        assert_eq!(words(System::Hcpcs, &blocks), "B0000 to B0029 (30 codes)");
        let held = older.iter().filter(|code| blocks[0].holds(**code)).count();
        assert_eq!(held, 30);
    }

    #[test]
    fn a_block_holds_its_codes_and_no_neighbour() {
        let older = codes(lot('A', 3).chain(lot('B', 30)).chain(lot('C', 3)));
        let newer = codes(lot('A', 3).chain(lot('C', 3)));
        let blocks = missing(System::Hcpcs, &older, &newer);
        let held: Vec<Code> = older.iter().copied().filter(|code| blocks[0].holds(*code)).collect();
        assert_eq!(held, codes(lot('B', 30)));
        assert_eq!(words(System::Hcpcs, &blocks), "B0000 to B0029 (30 codes)");
        assert_eq!(missing(System::Local, &older, &newer), []);
    }
}
