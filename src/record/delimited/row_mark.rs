//! What tells a row from others when a worklist comes back: a short digest of
//! what stands in it.
//!
//! A record is known by its number, and the numbers shift when rows are put in or
//! sorted. The codes of a row are left out where a claim number stands beside
//! them and no other row of the claim is the same but for its codes: a run may
//! replace them in place, and the row is still the same.

use std::fmt;

use hashbrown::HashMap;

use super::rows::Claim;
use crate::decide::claim::Site;

type Digested = [u8; 32];

/// A short digest of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowMark(u64);

/// A letter comes first, and no letter behind it is one of a number: a spreadsheet
/// makes neither a number nor a day of it.
impl fmt::Display for RowMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{:016x}", self.0)
    }
}

/// The rows of a claim without their codes, digested once for all marks of the claim;
/// nothing for rows that only their codes tell apart.
#[derive(Debug)]
pub struct Bare(Vec<Option<Digested>>);

impl Claim<'_> {
    /// Digests the rows without the codes at these sites of the claim.
    pub fn bare(&self, sites: &[Site]) -> Bare {
        let rows = if self.number().is_some() { self.rows.len() } else { 0 };
        let all: Vec<Digested> = (0..rows).map(|row| self.without_codes(row, sites)).collect();
        let mut alike: HashMap<Digested, usize> = HashMap::new();
        all.iter().for_each(|digest| *alike.entry(*digest).or_default() += 1);
        Bare(all.into_iter().map(|digest| (alike[&digest] == 1).then_some(digest)).collect())
    }

    /// The mark of a row.
    pub fn mark(&self, row: usize, bare: &Bare) -> RowMark {
        let digest = bare.0.get(row).copied().flatten().unwrap_or_else(|| {
            blake3::hash(&self.block[self.rows[row].start..self.content_end(row)]).into()
        });
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        RowMark(u64::from_be_bytes(first))
    }

    fn without_codes(&self, row: usize, sites: &[Site]) -> Digested {
        let mut hasher = blake3::Hasher::new();
        let mut from = self.rows[row].start;
        // Sites stand in order of their rows.
        let first = sites.partition_point(|site| site.row < row);
        for site in sites[first..].iter().take_while(|site| site.row == row) {
            hasher.update(&self.block[from..site.start as usize]);
            from = site.end as usize;
        }
        hasher.update(&self.block[from..self.content_end(row)]);
        hasher.finalize().into()
    }
}
