//! What was billed on the claims that were found affected: a second reading of a
//! file, for it ends before anybody knows which of its claims these are. Nothing
//! has to be remembered of all the others.

use hashbrown::HashSet;

use super::counts::ClaimKey;
use super::harvest::ClaimHash;
use super::sweep::{Extent, Harvested, Worker};
use crate::record::delimited::glance::Sifts;
use crate::record::delimited::layout::Layout;
use crate::record::delimited::rows::Claim;
use crate::record::delimited::scan::{HandOver, scan};
use crate::record::marks::Marks;
use crate::record::money::Charges;

/// The claims of which the charges are wanted. Those without a number are handed over all: a
/// worker does not know their place in the file.
pub(super) type Affected = HashSet<ClaimKey, foldhash::fast::FixedState>;

/// What a worker needs beside the block.
#[derive(Debug)]
pub(super) struct Billing<'a> {
    layout: &'a Layout,
    affected: &'a Affected,
    /// No code is looked up.
    sifts: Sifts,
}

/// What was billed on a claim, or on a part of it that stands together.
#[derive(Debug)]
pub(super) struct Billed {
    /// Its claim.
    pub claim: ClaimHash,
    /// Its first record, from the start of the block (0-based).
    pub record: u64,
    /// The charges.
    pub charges: Charges,
}

/// A claim that is not wanted, or a part of it that stands together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Other {
    /// The hash of its number.
    pub number: u64,
    /// Its last amount, in cents.
    pub amount: i64,
    /// Whether several lines have that amount.
    pub is_repeated: bool,
}

/// What the amounts of a block say.
#[derive(Debug, Default)]
pub(super) struct Bills {
    /// What was billed on the claims that are wanted.
    pub billed: Vec<Billed>,
    /// What all amounts show of their column.
    pub marks: Marks,
    /// Whether one of the other claims has different amounts.
    pub varies: bool,
    /// The other claims that have amounts.
    pub others: Vec<Other>,
    extent: Extent,
}

impl<'a> Billing<'a> {
    pub(super) fn new(layout: &'a Layout, affected: &'a Affected) -> Billing<'a> {
        Billing { layout, affected, sifts: Sifts::default() }
    }

    fn claim(&self, claim: &Claim, bills: &mut Bills) {
        let Some(row) = claim.rows.first() else { return };
        bills.marks.add(claim.marks());
        let (hash, charges) = (ClaimHash::of(claim), claim.charges());
        match hash {
            ClaimHash::Number(number) if !self.affected.contains(&ClaimKey::Number(number)) => {
                let is_repeated = charges.is_repeated;
                bills.varies |= charges.amounts() > 1 && !is_repeated;
                let other = |amount| Other { number, amount, is_repeated };
                bills.others.extend(charges.last.map(other));
            }
            _ => bills.billed.push(Billed { claim: hash, record: row.record, charges }),
        }
    }
}

impl Worker for Billing<'_> {
    type Harvest = Bills;

    fn layout(&self) -> &Layout {
        self.layout
    }

    fn harvest(&self, _at: u64, block: &[u8]) -> Bills {
        let mut bills = Bills::default();
        let counted = scan(self.layout, &self.sifts, block, HandOver::All, |seen| {
            self.claim(seen.claim(), &mut bills);
        });
        bills.extent = Extent::of(&counted);
        bills
    }
}

impl Harvested for Bills {
    fn extent(&self) -> Extent {
        self.extent
    }
}
