//! What tells a row from others when a worklist comes back: a short digest of
//! what stands in it.
//!
//! A record is known by its number, and the numbers shift when rows are put in or
//! sorted. The codes of a row are left out where a claim number stands beside
//! them and no other row of the claim is the same but for its codes: a run may
//! replace them in place, and the row is still the same.

use std::fmt;

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

impl Claim<'_> {
    /// The mark of a row, whose codes stand at these sites of the claim.
    pub fn mark(&self, row: usize, sites: &[Site]) -> RowMark {
        let bare = self.number_of(row).map(|_| self.without_codes(row, sites));
        let is_twin = |bare: &Digested| {
            let others = (0..self.rows.len()).filter(|other| *other != row);
            others.into_iter().any(|other| self.without_codes(other, sites) == *bare)
        };
        let digest = bare.filter(|bare| !is_twin(bare)).unwrap_or_else(|| {
            blake3::hash(&self.block[self.rows[row].start..self.content_end(row)]).into()
        });
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        RowMark(u64::from_be_bytes(first))
    }

    fn without_codes(&self, row: usize, sites: &[Site]) -> Digested {
        let mut hasher = blake3::Hasher::new();
        let mut from = self.rows[row].start;
        for site in sites.iter().filter(|site| site.row == row) {
            hasher.update(&self.block[from..site.start as usize]);
            from = site.end as usize;
        }
        hasher.update(&self.block[from..self.content_end(row)]);
        hasher.finalize().into()
    }
}
