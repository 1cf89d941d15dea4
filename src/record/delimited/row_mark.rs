//! What tells a row from others when a worklist comes back: a short digest of
//! what stands in it.
//!
//! A record is known by its number, and the numbers shift when rows are put in or
//! sorted. The codes of a row are left out where a claim number stands beside
//! them: a run may replace them in place, and the row is still the same.

use std::fmt;

use super::rows::Claim;
use crate::decide::claim::Site;

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
        let mut hasher = blake3::Hasher::new();
        let mut from = self.rows[row].start;
        let end = self.content_end(row);
        let has_number = self.layout.claim.is_some();
        for site in sites.iter().filter(|site| has_number && site.row == row) {
            hasher.update(&self.block[from..site.start as usize]);
            from = site.end as usize;
        }
        hasher.update(&self.block[from..end]);
        let digest = hasher.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        RowMark(u64::from_be_bytes(first))
    }
}
