//! How often codes were found, and in how many claims.
//!
//! Claims are told apart by a hash of their number. Rows of one claim may stand
//! anywhere in their file: a count by code notes the claims that it counted until
//! the file ends, as many as its memory holds. By far the most claims come once
//! and never again, so the notes are looked through only where one comes back,
//! which [`Passing`] finds out once for all counts.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;

use super::harvest::ClaimHash;
use super::located::Located;
use crate::history::Interval;
use crate::record::marks::Marks;
use crate::record::money::Charge;

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

/// Whether a claim was left before and comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Back {
    /// It comes for the first time, or goes on.
    #[default]
    No,
    /// Rows of other claims stood between.
    Yes,
    /// Too many claims passed by to know.
    Unknown,
}

/// The claims with findings that passed by in a file.
#[derive(Debug)]
pub struct Passing {
    numbers: HashSet<u64, State>,
    last: Option<(u64, Back)>,
    most: usize,
}

impl Default for Passing {
    /// A million claims take 20 MB at most.
    fn default() -> Passing {
        Passing { numbers: HashSet::default(), last: None, most: 1 << 20 }
    }
}

impl Passing {
    /// What is known of the claim of the next finding.
    pub fn next(&mut self, claim: ClaimHash) -> Back {
        // A record that is a claim of its own does not come again.
        let ClaimHash::Number(number) = claim else { return Back::No };
        if let Some((last, back)) = self.last
            && last == number
        {
            return back;
        }
        let back = if self.numbers.contains(&number) {
            Back::Yes
        } else if self.numbers.len() >= self.most {
            Back::Unknown
        } else {
            self.numbers.insert(number);
            Back::No
        };
        self.last = Some((number, back));
        back
    }
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
    /// What was billed in amounts of the file at hand that may be read in two ways, in cents.
    either: Option<i128>,
    last: Option<Last>,
    /// In the order in which they came; those from `indexed` on are not yet in `claims`.
    noted: Vec<u64>,
    indexed: usize,
    claims: HashSet<u64, State>,
}

/// A site on its way into a count.
#[derive(Debug, Clone, Copy)]
struct Entering {
    claim: ClaimId,
    record: u64,
    back: Back,
}

/// Whether a count sees a claim and a row for the first time.
#[derive(Debug, Clone, Copy)]
struct Entered {
    is_new_claim: bool,
    is_new_row: bool,
}

/// How many claims are noted, each once for each key.
#[derive(Debug)]
struct Memory {
    /// Their file: claims of different files are different claims.
    file: usize,
    held: usize,
    most: usize,
    /// A claim was not noted.
    is_full: bool,
    /// A claim came of which nobody knows whether it was counted.
    is_exceeded: bool,
}

impl Default for Memory {
    /// A million claims take 8 MB, and 20 MB more where claims come back.
    fn default() -> Memory {
        Memory { file: 0, held: 0, most: 1 << 20, is_full: false, is_exceeded: false }
    }
}

impl Counted {
    /// Enters a row of a claim.
    fn enter(&mut self, site: &Entering, memory: &mut Memory) -> Entered {
        let Entering { claim, record, back } = *site;
        let last = self.last.replace((claim, record));
        let is_new_row = last != Some((claim, record));
        let is_other = last.is_none_or(|last| last.0 != claim);
        let is_new_claim = is_other && !self.has_counted(claim.1, back, memory);
        if is_new_claim && claim.2 {
            self.note(claim.1, memory);
        }
        Entered { is_new_claim, is_new_row }
    }

    /// Whether a claim that may come back is in the count: behind the bounds of the memory
    /// it is not.
    fn has_counted(&mut self, number: u64, back: Back, memory: &mut Memory) -> bool {
        if back == Back::No {
            return false;
        }
        self.claims.extend(&self.noted[self.indexed..]);
        self.indexed = self.noted.len();
        let is_in = self.claims.contains(&number);
        memory.is_exceeded |= !is_in && (memory.is_full || back == Back::Unknown);
        is_in
    }

    fn note(&mut self, number: u64, memory: &mut Memory) {
        if memory.held < memory.most {
            self.noted.push(number);
            memory.held += 1;
        } else {
            memory.is_full = true;
        }
    }

    fn forget(&mut self) {
        (self.noted, self.indexed, self.claims) = Default::default();
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
        let (claim, record, back) = (claim_of(located), located.record, located.back);
        let (counted, entered) = self.enter(key, &Entering { claim, record, back });
        let Counted { count, either, .. } = counted;
        count.sites += 1;
        // A row that holds the code twice was billed once, and so is a claim whose rows
        // repeat its total.
        let is_billed = if is_total { entered.is_new_claim } else { entered.is_new_row };
        match located.finding.charge.filter(|_| is_billed) {
            Some(Charge::Cents(cents)) => *count.charges.get_or_insert(0) += i128::from(cents),
            Some(Charge::Either(cents)) => *either.get_or_insert(0) += i128::from(cents),
            _ => {}
        }
        let interval = located.finding.decision.judgement.interval;
        // Whatever the order of the records: a site before the history knows of no day.
        count.interval = std::cmp::max_by_key(count.interval, interval, |it| {
            (it.until, it.until_at_least, it.since, it.since_at_latest)
        });
        if let Some(date) = located.date() {
            count.first = Some(count.first.map_or(date, |first| first.min(date)));
            count.last = Some(count.last.map_or(date, |last| last.max(date)));
        }
    }

    /// Takes amounts of a file that may be read in two ways, or leaves them out: when it was
    /// read to its end its column has told.
    pub fn settle(&mut self, marks: Marks) {
        for counted in self.counts.values_mut() {
            let either = counted.either.take().filter(|_| marks.allow_thousands());
            if let Some(cents) = either {
                *counted.count.charges.get_or_insert(0) += cents;
            }
        }
    }

    /// Counts the claim of a site.
    fn enter(&mut self, key: K, site: &Entering) -> (&mut Counted, Entered) {
        let (file, ..) = site.claim;
        if file != self.memory.file {
            self.counts.values_mut().for_each(Counted::forget);
            (self.memory.file, self.memory.held, self.memory.is_full) = (file, 0, false);
        }
        let counted = self.counts.entry(key).or_default();
        let entered = counted.enter(site, &mut self.memory);
        counted.count.claims += u64::from(entered.is_new_claim);
        (counted, entered)
    }

    /// Whether every claim counts once wherever its rows stand; else adjacent rows do.
    pub fn is_exact(&self) -> bool {
        !self.memory.is_exceeded
    }

    /// As if more claims had passed by than are remembered.
    #[cfg(test)]
    pub(super) fn forget_claims(&mut self) {
        self.memory.is_exceeded = true;
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
        let (mut passing, mut before) = (Passing::default(), 0);
        for &(file, number) in sites {
            if file != before {
                (passing, before) = (Passing::default(), file);
            }
            let back = passing.next(ClaimHash::Number(number));
            counts.enter('a', &Entering { claim: (file, number, true), record: number, back });
        }
        (counts.get(&'a').claims, counts.is_exact())
    }

    #[test]
    fn rows_of_a_claim_that_stand_apart_are_one_claim() {
        assert_eq!(claims(10, &[(1, 7), (1, 8), (1, 7), (1, 8), (1, 8)]), (2, true));
        assert_eq!(claims(10, &[(1, 7), (2, 7), (2, 8), (2, 7)]), (3, true), "two files");
    }

    #[test]
    fn of_claims_behind_the_bounds_nobody_knows_whether_they_come_back() {
        let mut passing = Passing { most: 2, ..Passing::default() };
        let mut next = |number| passing.next(ClaimHash::Number(number));
        assert_eq!([next(7), next(7), next(8), next(7), next(7)], {
            [Back::No, Back::No, Back::No, Back::Yes, Back::Yes]
        });
        assert_eq!([next(9), next(9), next(8)], [Back::Unknown, Back::Unknown, Back::Yes]);
        assert_eq!(passing.next(ClaimHash::Record), Back::No);
    }

    #[test]
    fn behind_the_bounds_of_the_memory_the_count_is_said_to_be_inexact() {
        // Claim 7 is remembered; 8 and 9 are not, and 8 comes again.
        assert_eq!(claims(1, &[(1, 7), (1, 8), (1, 7), (1, 9), (1, 8), (1, 8)]), (4, false));
        // The next file has the memory for itself.
        assert_eq!(claims(2, &[(1, 7), (1, 8), (2, 7), (2, 8), (2, 7)]), (4, true));
    }
}
