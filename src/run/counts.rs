//! How often codes were found, and in how many claims.
//!
//! Claims are told apart by a hash of their number. A count by code sees claims
//! one after the other: adjacent rows of one claim count once.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;

use super::harvest::ClaimHash;
use super::located::Located;
use crate::history::Interval;

/// How often a code was found, and when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// Sites.
    pub sites: u64,
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

/// Counts by some key, while findings pass by in the order of the files.
#[derive(Debug)]
pub struct CodeCounts<K> {
    counts: BTreeMap<K, (CodeCount, Option<ClaimId>)>,
}

impl<K> Default for CodeCounts<K> {
    fn default() -> CodeCounts<K> {
        CodeCounts { counts: BTreeMap::new() }
    }
}

impl<K: Ord> CodeCounts<K> {
    /// Takes note of a finding.
    pub fn see(&mut self, key: K, located: &Located) {
        let (count, last_claim) = self.counts.entry(key).or_default();
        let claim = Some(claim_of(located));
        count.sites += 1;
        count.claims += u64::from(*last_claim != claim);
        *last_claim = claim;
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

    /// The counts, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &CodeCount)> {
        self.counts.iter().map(|(key, (count, _))| (key, count))
    }
}

/// A set of claims.
#[derive(Debug, Default)]
pub struct ClaimSet {
    numbers: HashSet<(usize, u64), foldhash::fast::FixedState>,
    records: u64,
    last_record: Option<ClaimId>,
}

impl ClaimSet {
    /// Adds the claim of a finding.
    pub fn see(&mut self, located: &Located) {
        match claim_of(located) {
            (file, number, true) => {
                self.numbers.insert((file, number));
            }
            // Records without a number pass by once each, in order.
            record => {
                self.records += u64::from(self.last_record != Some(record));
                self.last_record = Some(record);
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.records + self.numbers.len() as u64
    }
}
