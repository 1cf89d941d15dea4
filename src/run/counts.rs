//! How often codes were found, and in how many claims.
//!
//! Claims are told apart by a hash of their number. Rows of one claim may stand
//! anywhere in their file: a count by code remembers the claims that it counted
//! until the file ends, as many as its memory holds.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;

use super::harvest::ClaimHash;
use super::located::Located;
use crate::history::Interval;

/// What identifies a claim in its file: a hash of its number, or its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKey {
    /// A hash of its number.
    Number(u64),
    /// The 1-based record that is a claim of its own.
    Record(u64),
}

impl ClaimKey {
    /// Of what a worker says of a claim that begins with a 1-based record.
    pub fn of(claim: ClaimHash, record: u64) -> ClaimKey {
        match claim {
            ClaimHash::Number(number) => ClaimKey::Number(number),
            ClaimHash::Record => ClaimKey::Record(record),
        }
    }
}

/// How often a code was found, and when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// Sites.
    pub sites: u64,
    /// What was billed on the rows, in cents, where a column of charges is carried along.
    pub charges: Option<i128>,
    /// Claims.
    pub claims: u64,
    /// The earliest day.
    pub first: Option<Date>,
    /// The latest day.
    pub last: Option<Date>,
    /// From when to when the code was billable.
    pub interval: Interval,
}

/// What identifies a claim: the file, and a hash of its number or its record.
type ClaimId = (usize, u64, bool);

fn claim_of(located: &Located) -> ClaimId {
    match located.finding.claim {
        ClaimHash::Number(number) => (located.file, number, true),
        ClaimHash::Record => (located.file, located.record, false),
    }
}

type State = foldhash::fast::FixedState;

/// Where a key was seen last: the claim and the record.
type Last = (ClaimId, u64);

/// Counts by some key, while findings pass by in the order of the files.
#[derive(Debug)]
pub struct CodeCounts<K> {
    counts: HashMap<K, Counted, State>,
    memory: Memory,
}

/// A count, and the claims with a number that are in it.
#[derive(Debug, Default)]
struct Counted {
    count: CodeCount,
    last: Option<Last>,
    claims: HashSet<u64, State>,
}

/// Whether a count sees a claim and a row for the first time.
#[derive(Debug, Clone, Copy)]
struct Entered {
    is_new_claim: bool,
    is_new_row: bool,
}

/// How many claims are remembered, each once for each key.
#[derive(Debug)]
struct Memory {
    /// Their file: claims of different files are different claims.
    file: usize,
    held: usize,
    most: usize,
    is_exceeded: bool,
}

impl Default for Memory {
    /// A million claims take 20 MB at most.
    fn default() -> Memory {
        Memory { file: 0, held: 0, most: 1 << 20, is_exceeded: false }
    }
}

impl Counted {
    /// Enters a row of a claim.
    fn enter(&mut self, claim: ClaimId, record: u64, memory: &mut Memory) -> Entered {
        let last = self.last.replace((claim, record));
        let is_new_row = last != Some((claim, record));
        let is_new_claim = last.is_none_or(|last| last.0 != claim) && self.remember(claim, memory);
        Entered { is_new_claim, is_new_row }
    }

    /// Whether a claim is new: behind the bounds of the memory, whether it is another one
    /// than that of the row before.
    fn remember(&mut self, claim: ClaimId, memory: &mut Memory) -> bool {
        let (_, number, has_number) = claim;
        // A record that is a claim of its own does not come again.
        if !has_number {
            return true;
        }
        if memory.held >= memory.most {
            let is_new = !self.claims.contains(&number);
            memory.is_exceeded |= is_new;
            return is_new;
        }
        let is_new = self.claims.insert(number);
        memory.held += usize::from(is_new);
        is_new
    }
}

impl<K> Default for CodeCounts<K> {
    fn default() -> CodeCounts<K> {
        CodeCounts { counts: HashMap::default(), memory: Memory::default() }
    }
}

impl<K: Ord + Hash> CodeCounts<K> {
    /// Takes note of a finding.
    pub fn see(&mut self, key: K, located: &Located) {
        let is_total = located.amount_is_of_the_claim();
        let (count, entered) = self.enter(key, claim_of(located), located.record);
        count.sites += 1;
        // A row that holds the code twice was billed once, and so is a claim whose rows
        // repeat its total.
        let is_billed = if is_total { entered.is_new_claim } else { entered.is_new_row };
        if let Some(cents) = located.finding.charges.filter(|_| is_billed) {
            *count.charges.get_or_insert(0) += i128::from(cents);
        }
        count.interval = located.finding.decision.judgement.interval;
        if let Some(date) = located.date() {
            count.first = Some(count.first.map_or(date, |first| first.min(date)));
            count.last = Some(count.last.map_or(date, |last| last.max(date)));
        }
    }

    /// Counts the claim of a site.
    fn enter(&mut self, key: K, claim: ClaimId, record: u64) -> (&mut CodeCount, Entered) {
        let (file, ..) = claim;
        if file != self.memory.file {
            self.counts.values_mut().for_each(|counted| counted.claims = HashSet::default());
            (self.memory.file, self.memory.held) = (file, 0);
        }
        let counted = self.counts.entry(key).or_default();
        let entered = counted.enter(claim, record, &mut self.memory);
        counted.count.claims += u64::from(entered.is_new_claim);
        (&mut counted.count, entered)
    }

    /// Whether every claim counts once wherever its rows stand; else adjacent rows do.
    pub fn is_exact(&self) -> bool {
        !self.memory.is_exceeded
    }

    /// Takes note of sites of which only the number is known.
    pub fn add(&mut self, key: K, sites: u64) {
        self.counts.entry(key).or_default().count.sites += sites;
    }

    /// The count of one key; zeros where nothing was seen.
    pub fn get(&self, key: &K) -> CodeCount {
        self.counts.get(key).map_or_else(CodeCount::default, |counted| counted.count)
    }

    /// The counts, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &CodeCount)> {
        let mut counts: Vec<(&K, &CodeCount)> =
            self.counts.iter().map(|(key, counted)| (key, &counted.count)).collect();
        counts.sort_unstable_by_key(|(key, _)| *key);
        counts.into_iter()
    }
}

/// What was found on a claim; one claim may count in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It is in the set.
    Touched = 1,
    /// At least one site of it is rewritten.
    Replaced = 2,
    /// At least one site of it needs a person.
    Review = 4,
}

/// A set of claims, each with its marks.
#[derive(Debug, Default)]
pub struct ClaimSet {
    numbers: HashMap<(usize, u64), u8, State>,
    /// By mark: records without a number pass by once each, in order.
    records: [u64; 8],
    last_record: Option<(ClaimId, u8)>,
}

impl ClaimSet {
    /// Adds the claim of a finding, with a mark.
    pub fn see(&mut self, located: &Located, mark: Mark) {
        let marks = Mark::Touched as u8 | mark as u8;
        match claim_of(located) {
            (file, number, true) => *self.numbers.entry((file, number)).or_default() |= marks,
            record => match &mut self.last_record {
                Some((last, all)) if *last == record => *all |= marks,
                last => {
                    let before = last.replace((record, marks));
                    self.records[usize::from(before.map_or(0, |(_, marks)| marks))] += 1;
                }
            },
        }
    }

    /// How many claims have a mark.
    pub fn count(&self, mark: Mark) -> u64 {
        let has = |marks: u8| marks & mark as u8 != 0;
        let last = self.last_record.is_some_and(|(_, marks)| has(marks));
        let records = self.records.iter().zip(0u8..).filter(|(_, marks)| has(*marks));
        let numbers = self.numbers.values().filter(|marks| has(**marks)).count() as u64;
        records.map(|(records, _)| records).sum::<u64>() + numbers + u64::from(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(most: usize, sites: &[(usize, u64)]) -> (u64, bool) {
        let mut counts: CodeCounts<char> = CodeCounts::default();
        counts.memory.most = most;
        for &(file, number) in sites {
            counts.enter('a', (file, number, true), number);
        }
        (counts.get(&'a').claims, counts.is_exact())
    }

    #[test]
    fn rows_of_a_claim_that_stand_apart_are_one_claim() {
        assert_eq!(claims(10, &[(1, 7), (1, 8), (1, 7), (1, 8), (1, 8)]), (2, true));
        assert_eq!(claims(10, &[(1, 7), (2, 7), (2, 8), (2, 7)]), (3, true), "two files");
    }

    #[test]
    fn behind_the_bounds_of_the_memory_the_count_is_said_to_be_inexact() {
        // Claim 7 is remembered; 8 and 9 are not, and 8 comes again.
        assert_eq!(claims(1, &[(1, 7), (1, 8), (1, 7), (1, 9), (1, 8), (1, 8)]), (4, false));
        // The next file has the memory for itself.
        assert_eq!(claims(2, &[(1, 7), (1, 8), (2, 7), (2, 8), (2, 7)]), (4, true));
    }
}
