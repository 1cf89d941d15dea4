//! How often codes were found, and in how many claims.
//!
//! Claims are told apart by a hash of their number. A count by code sees claims
//! one after the other: adjacent rows of one claim count once.

use std::hash::Hash;

use hashbrown::HashMap;
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
    /// Claims: adjacent rows of one claim count once.
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

/// Where a key was seen last: the claim and the record.
type Last = (ClaimId, u64);

/// Counts by some key, while findings pass by in the order of the files.
#[derive(Debug)]
pub struct CodeCounts<K> {
    counts: HashMap<K, (CodeCount, Option<Last>), foldhash::fast::FixedState>,
}

impl<K> Default for CodeCounts<K> {
    fn default() -> CodeCounts<K> {
        CodeCounts { counts: HashMap::default() }
    }
}

impl<K: Ord + Hash> CodeCounts<K> {
    /// Takes note of a finding.
    pub fn see(&mut self, key: K, located: &Located) {
        let (count, last) = self.counts.entry(key).or_default();
        let seen = (claim_of(located), located.record);
        count.sites += 1;
        count.claims += u64::from(last.is_none_or(|last| last.0 != seen.0));
        // A row that holds the code twice was billed once, and so is a claim whose rows
        // repeat its total.
        let is_total = located.input.layout.amount.as_ref().is_some_and(|it| it.of_the_claim);
        let was_billed = |last: &Last| last.0 == seen.0 && (is_total || last.1 == seen.1);
        let is_counted = last.as_ref().is_some_and(was_billed);
        *last = Some(seen);
        if let Some(cents) = located.charges().filter(|_| !is_counted) {
            *count.charges.get_or_insert(0) += i128::from(cents);
        }
        count.interval = located.finding.decision.judgement.interval;
        if let Some(date) = located.date() {
            count.first = Some(count.first.map_or(date, |first| first.min(date)));
            count.last = Some(count.last.map_or(date, |last| last.max(date)));
        }
    }

    /// Takes note of sites of which only the number is known.
    pub fn add(&mut self, key: K, sites: u64) {
        self.counts.entry(key).or_default().0.sites += sites;
    }

    /// The count of one key; zeros where nothing was seen.
    pub fn get(&self, key: &K) -> CodeCount {
        self.counts.get(key).map_or_else(CodeCount::default, |(count, _)| *count)
    }

    /// The counts, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &CodeCount)> {
        let mut counts: Vec<(&K, &CodeCount)> =
            self.counts.iter().map(|(key, (count, _))| (key, count)).collect();
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
    numbers: HashMap<(usize, u64), u8, foldhash::fast::FixedState>,
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
