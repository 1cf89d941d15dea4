//! What an audit found, cut several ways: by verdict, by what a payer would
//! answer, by year of service, by file, by any field - each with its claims and
//! what was billed on them.
//!
//! A claim counts once in each slice in which it has a site, so slices may add
//! up to more claims than there are. Claims of different files are different
//! claims: everything is summed up at the end of a file and its claims forgotten.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::billing::{Affected, Bills};
use super::counts::ClaimKey;
use super::ledger::{Bill, Ledger};
use super::located::Located;
use super::sweep::Placed;
use crate::decide::risk::Risk;
use crate::decide::{Bucket, Verdict};
use crate::error::Result;
use crate::record::delimited::columns::identifies;
use crate::record::delimited::layout::Layout;
use crate::record::money::Whose;

/// What a slice holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// All that was not valid on its date.
    Wrong,
    /// Sites of one verdict.
    Verdict(Verdict),
    /// What would meet with one answer of a payer.
    Risk(Risk),
    /// The same, of one verdict.
    Why(Risk, Verdict),
    /// One year of service; none where no day is known.
    Year(Option<i16>),
    /// One file, by its number (1-based).
    File(usize),
    /// One value of a column of `--group-by`; none where nobody knows it: the row is too
    /// short, or has more cells than the header.
    Value(usize, Option<Vec<u8>>),
}

/// How much is in a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Sites by verdict.
    pub verdicts: [u64; Verdict::COUNT],
    /// Claims with a site that was not valid on its date.
    pub claims: u64,
    /// What was billed on them, in cents, as far as it is known.
    pub cents: i128,
    /// Those of them of which no amount is known.
    pub unknown: u64,
    /// Those of them of which a part is known: lines have no amount, or none that can be read.
    pub in_part: u64,
}

impl Share {
    /// All sites.
    pub fn sites(&self) -> u64 {
        self.verdicts.iter().sum()
    }

    /// The sites that were not valid on their date.
    pub fn wrong(&self) -> u64 {
        Verdict::sum(&self.verdicts, Verdict::is_wrong)
    }

    /// What was billed; nothing where of not one claim anything is known.
    pub fn billed(&self) -> Option<i128> {
        (self.unknown < self.claims || self.claims == 0).then_some(self.cents)
    }

    /// Adds a claim.
    fn add(&mut self, bill: &Bill) {
        match bill.cents() {
            Some(cents) => self.cents += i128::from(cents),
            None => self.unknown += 1,
        }
        self.in_part += u64::from(bill.is_part);
    }
}

/// What is known of the amounts on affected claims.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// How many were read.
    pub read: u64,
    /// Rows without one.
    pub absent: u64,
    /// Those that could not be read: they are not in the sum.
    pub unreadable: u64,
    /// Those of them in rows with more cells than the header.
    pub ragged: u64,
    /// Claims whose rows hold different totals: none of these is in the sum.
    pub differing: u64,
    /// The file and the line of the first of them.
    pub first_unreadable: Option<(usize, u64)>,
    /// Those of them that may be read in two ways, in a column that writes decimal commas, too.
    pub ambiguous: u64,
    /// Amounts that are in the sum as thousands because nothing in the column tells.
    pub assumed: u64,
    /// Claims with one and the same amount on several lines, in files where all such claims
    /// have one.
    pub repeated: u64,
    /// Whether the name of the column says that its amounts are the lines'.
    pub is_of_lines: bool,
}

impl Amounts {
    /// Whether the column looks like a total of the claim that stands on each of its rows.
    /// Of a column that is called a line's few such claims tell nothing.
    pub fn look_repeated(&self) -> bool {
        const ENOUGH: u64 = 5;
        self.repeated >= if self.is_of_lines { ENOUGH } else { 1 }
    }

    /// Adds a claim.
    fn add(&mut self, bill: &Bill) {
        self.read += u64::from(bill.sum.read);
        self.absent += u64::from(bill.sum.absent);
        self.unreadable += u64::from(bill.sum.unreadable);
        self.ragged += bill.ragged;
        self.ambiguous += bill.ambiguous;
        self.assumed += bill.assumed;
        self.differing += u64::from(bill.differs);
    }
}

/// All slices of the files read so far.
#[derive(Debug, Default)]
pub struct Slices {
    shares: BTreeMap<Slice, Share>,
    /// What is known of the amounts.
    pub amounts: Amounts,
    /// How many different values each column of `--group-by` has.
    values: Vec<usize>,
    /// How many claims were looked at; rows of one that stand apart count apart.
    claims: u64,
    open: Open,
}

/// What is known of the file that is being read.
#[derive(Debug, Default)]
struct Open {
    slices: HashMap<Slice, Sliced, foldhash::fast::FixedState>,
    ledger: Ledger,
}

/// What of it is in one slice.
#[derive(Debug, Default)]
struct Sliced {
    verdicts: [u64; Verdict::COUNT],
    claims: Claims,
}

/// Some claims, each once. They come in order, most of them once: a list that is sorted now and
/// then costs less than a look for each.
#[derive(Debug, Default)]
struct Claims {
    keys: Vec<ClaimKey>,
    /// How many there were when they were sorted last.
    sorted: usize,
}

impl Claims {
    fn add(&mut self, claim: ClaimKey) {
        const FEW: usize = 1 << 10;
        if self.keys.last() == Some(&claim) {
            return;
        }
        if self.keys.len() >= 2 * self.sorted.max(FEW) {
            self.sort();
        }
        self.keys.push(claim);
    }

    fn sort(&mut self) {
        self.keys.sort_unstable();
        self.keys.dedup();
        self.sorted = self.keys.len();
    }
}

/// More different values than this are identifiers, not a field to count by.
const MOST_VALUES: usize = 10_000;

/// So few values are listed, however few claims have each.
const FEW_VALUES: usize = 50;

impl Slices {
    /// Takes note of a finding.
    pub fn see(&mut self, located: &Located) {
        let verdict = located.finding.decision.judgement.verdict;
        let bucket = located.finding.decision.bucket;
        let is_for_review = verdict == Verdict::Undated && bucket == Bucket::Review;
        if !verdict.is_wrong() && verdict != Verdict::DateUncertain && !is_for_review {
            return;
        }
        let claim = ClaimKey::of(located.finding.claim, located.record);
        self.enter(Slice::Verdict(verdict), claim, Some(verdict));
        if !verdict.is_wrong() {
            return;
        }
        self.enter(Slice::Wrong, claim, Some(verdict));
        self.enter(Slice::File(located.file), claim, None);
        self.enter(Slice::Year(located.date().map(jiff::civil::Date::year)), claim, Some(verdict));
        if let Some(risk) = located.finding.system.and_then(Risk::of) {
            self.enter(Slice::Risk(risk), claim, Some(verdict));
            self.enter(Slice::Why(risk, verdict), claim, Some(verdict));
        }
        for (column, value) in located.finding.groups.iter().enumerate() {
            self.enter(Slice::Value(column, value.clone()), claim, None);
        }
    }

    /// A claim is in a slice; its site is counted here unless all sites of the slice are elsewhere.
    fn enter(&mut self, slice: Slice, claim: ClaimKey, verdict: Option<Verdict>) {
        let sliced = self.open.slices.entry(slice).or_default();
        if let Some(verdict) = verdict {
            sliced.verdicts[verdict as usize] += 1;
        }
        sliced.claims.add(claim);
    }

    /// Takes note of what a block says of all its rows, after its findings were seen.
    ///
    /// # Errors
    /// A field to count by has too many values.
    pub fn see_block(&mut self, placed: &Placed, layout: &Layout) -> Result<()> {
        self.values.resize(layout.groups.len(), 0);
        self.claims += placed.harvest.claims;
        for (column, values) in placed.harvest.groups.iter().enumerate() {
            for (value, verdicts) in &values.known {
                self.see_value(column, Some(value), verdicts);
            }
            if values.unknown != [0; Verdict::COUNT] {
                self.see_value(column, None, &values.unknown);
            }
            if self.values[column] > MOST_VALUES {
                let what = format!("has more than {MOST_VALUES} different values");
                return Err(identifies(&layout.groups[column].1, &what));
            }
        }
        Ok(())
    }

    /// The claims of the file that was read, before what was billed on them is looked for.
    pub(super) fn affected(&self) -> Affected {
        self.open.slices.values().flat_map(|sliced| &sliced.claims.keys).copied().collect()
    }

    /// Takes note of what was billed in a block of the file that is being read; `affected`
    /// are its claims that are in any slice.
    pub(super) fn see_bills(
        &mut self,
        placed: &Placed<Bills>,
        affected: &Affected,
        layout: &Layout,
    ) {
        let Some(amount) = &layout.amount else { return };
        let ledger = &mut self.open.ledger;
        ledger.note(&placed.harvest);
        for billed in &placed.harvest.billed {
            let claim = ClaimKey::of(billed.claim, placed.record + billed.record + 1);
            if affected.contains(&claim) {
                ledger.enter(claim, &billed.charges, amount.whose, placed.line);
            }
        }
    }

    fn see_value(&mut self, column: usize, value: Option<&[u8]>, verdicts: &[u64; Verdict::COUNT]) {
        let slice = Slice::Value(column, value.map(<[u8]>::to_vec));
        let share = self.shares.entry(slice).or_insert_with(|| {
            self.values[column] += usize::from(value.is_some());
            Share::default()
        });
        share.verdicts.iter_mut().zip(verdicts).for_each(|(sum, more)| *sum += more);
    }

    /// Sums up a file (its number, 1-based) and forgets its claims.
    pub fn close(&mut self, file: usize, layout: &Layout) {
        let Open { slices, ledger } = std::mem::take(&mut self.open);
        let whose = layout.amount.as_ref().map(|amount| amount.whose);
        if let Some(amount) = layout.amount.as_ref().filter(|amount| amount.whose == Whose::Lines) {
            // A column that is known to be the claim's may well repeat itself.
            self.amounts.repeated += ledger.repeated();
            self.amounts.is_of_lines = amount.is_named;
        }
        for (slice, Sliced { verdicts, mut claims }) in slices {
            claims.sort();
            let is_all = slice == Slice::Wrong;
            let share = self.shares.entry(slice).or_default();
            share.verdicts.iter_mut().zip(verdicts).for_each(|(sum, more)| *sum += more);
            share.claims += claims.keys.len() as u64;
            let Some(whose) = whose else { continue };
            let mut first = None;
            for bill in claims.keys.iter().map(|claim| ledger.bill(claim, whose)) {
                share.add(&bill);
                if is_all {
                    self.amounts.add(&bill);
                    first = [first, bill.first_unreadable].into_iter().flatten().min();
                }
            }
            let first = first.map(|line| (file, line));
            self.amounts.first_unreadable = self.amounts.first_unreadable.or(first);
        }
    }

    /// Looks at the fields to count by when all files were read.
    ///
    /// # Errors
    /// One has another value on nearly every claim: a list of it would be a list of claims.
    pub fn finish(&self, layout: &Layout) -> Result<()> {
        let is_of_one = |values: usize| values > FEW_VALUES && values as u64 * 2 > self.claims;
        match self.values.iter().position(|values| is_of_one(*values)) {
            Some(column) => {
                let what = "has another value on nearly every claim";
                Err(identifies(&layout.groups[column].1, what))
            }
            None => Ok(()),
        }
    }

    /// How much is in a slice.
    pub fn share(&self, slice: &Slice) -> Share {
        self.shares.get(slice).copied().unwrap_or_default()
    }

    /// The years of service with sites that were not valid, in order; without a day last.
    pub fn years(&self) -> Vec<(Option<i16>, Share)> {
        let years = self.shares.iter().filter_map(|(slice, share)| match slice {
            Slice::Year(year) => Some((*year, *share)),
            _ => None,
        });
        let mut years: Vec<(Option<i16>, Share)> = years.collect();
        years.sort_by_key(|(year, _)| (year.is_none(), *year));
        years
    }

    fn values(&self, column: usize) -> impl Iterator<Item = (Option<&[u8]>, Share)> {
        let from = Slice::Value(column, None);
        self.shares.range(from..).map_while(move |(slice, share)| match slice {
            Slice::Value(own, value) if *own == column => Some((value.as_deref(), *share)),
            _ => None,
        })
    }

    /// The values of a column of `--group-by`: most claims first, then most sites.
    pub fn by_value(&self, column: usize) -> Vec<(Option<&[u8]>, Share)> {
        let mut values: Vec<(Option<&[u8]>, Share)> = self.values(column).collect();
        let most = |share: &Share| (share.claims, share.wrong(), share.sites());
        values.sort_by(|(one, own), (other, its)| {
            most(its).cmp(&most(own)).then_with(|| one.cmp(other))
        });
        values
    }
}
