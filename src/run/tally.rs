//! Sites counted by verdict and by bucket.

use crate::decide::{Bucket, Verdict};

/// How many sites of each verdict and bucket there are in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// By verdict.
    pub verdicts: [u64; Verdict::COUNT],
    /// By bucket.
    pub buckets: [u64; Bucket::COUNT],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { verdicts: [0; Verdict::COUNT], buckets: [0; Bucket::COUNT] }
    }
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: &Tally) {
        self.verdicts.iter_mut().zip(&other.verdicts).for_each(|(sum, more)| *sum += more);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, more)| *sum += more);
    }

    pub(super) fn count(&mut self, verdict: Verdict, bucket: Bucket, sites: u64) {
        self.verdicts[verdict as usize] += sites;
        self.buckets[bucket as usize] += sites;
    }

    /// How many sites there are.
    pub fn sites(&self) -> u64 {
        self.verdicts.iter().sum()
    }

    /// How many sites of a verdict there are.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }

    /// How many sites could be judged: they were right on their day, or wrong.
    pub fn judged(&self) -> u64 {
        Verdict::sum(&self.verdicts, Verdict::is_judged)
    }

    /// How many sites hold a code that was not valid on its day.
    pub fn wrong(&self) -> u64 {
        Verdict::sum(&self.verdicts, Verdict::is_wrong)
    }

    /// How many sites hold a code that was retired on its day.
    pub fn retired(&self) -> u64 {
        Verdict::sum(&self.verdicts, Verdict::is_retired)
    }

    /// How many sites of a bucket there are.
    pub fn bucket(&self, bucket: Bucket) -> u64 {
        self.buckets[bucket as usize]
    }
}
