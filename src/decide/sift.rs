//! The codes about which nothing more need be known: one lookup, one cache line.
//!
//! By far the most codes of any file are billable in every release given. This
//! set holds just those, as packed integers in a flat table with linear
//! probing: a general map pays a second cache miss for its control bytes, and
//! this lookup is most of the time of a scan.

use crate::code::Code;

/// A set of codes that are billable in every release given and that no rule recodes.
#[derive(Debug)]
pub struct Sift {
    /// Packed codes; zero is a free place, and never a code. Behind the last
    /// place that a key is sent to there are some for those that find it taken.
    slots: Vec<u64>,
    places: u64,
}

/// 2^64 divided by the golden ratio: spreads packed codes, whose low bytes are
/// mostly zero, over the high bits.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Sift {
    /// Of these codes.
    pub fn new(codes: impl ExactSizeIterator<Item = Code>) -> Sift {
        // Small before fast: a table that leaves the cache costs more than a few steps in it.
        let places = codes.len() + codes.len() / 3 + 1;
        let mut sift = Sift { slots: vec![0; places + 1], places: places as u64 };
        for code in codes {
            let at = sift.place(code.key());
            if at + 1 == sift.slots.len() {
                // The last place stays free, so that every search ends.
                sift.slots.push(0);
            }
            sift.slots[at] = code.key();
        }
        sift
    }

    /// Whether the bytes from `start` to `end` of `block` are exactly one of the
    /// codes, spelled bare and in upper case.
    #[inline]
    pub fn holds(&self, block: &[u8], start: usize, end: usize) -> bool {
        let length = end.wrapping_sub(start);
        if length.wrapping_sub(1) >= Code::MAX {
            return false;
        }
        let key = match block.get(start..).and_then(<[u8]>::first_chunk::<{ Code::MAX }>) {
            // One load, and what stands behind the cell masked away.
            Some(word) => u64::from_be_bytes(*word) & u64::MAX << (8 * (Code::MAX - length)),
            None => padded(&block[start..end]),
        };
        // A NUL at the end would vanish in the padding; no code has one.
        block[end - 1] != 0 && self.slots[self.place(key)] == key
    }

    /// Whether a code is one of them.
    pub fn has(&self, code: Code) -> bool {
        self.slots[self.place(code.key())] == code.key()
    }

    /// Where a key stands, or the free place where it would.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let spread = u128::from(key.wrapping_mul(SPREAD)) * u128::from(self.places);
        let mut at = (spread >> u64::BITS) as usize;
        while self.slots[at] != 0 && self.slots[at] != key {
            at += 1;
        }
        at
    }
}

/// A cell too near the end of its block to be loaded as a word.
fn padded(cell: &[u8]) -> u64 {
    let mut word = [0; Code::MAX];
    word[..cell.len()].copy_from_slice(cell);
    u64::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    /// The cell alone, and with other bytes around it.
    fn holds(sift: &Sift, cell: &[u8]) -> bool {
        let alone = sift.holds(cell, 0, cell.len());
        let among = [b"x,", cell, b",I10,E119,99213"].concat();
        assert_eq!(sift.holds(&among, 2, 2 + cell.len()), alone);
        alone
    }

    #[test]
    fn only_the_bare_code_is_held() {
        let sift = Sift::new(["I10", "E119", "99213"].map(code).into_iter());
        for cell in [&b"I10"[..], b"E119", b"99213"] {
            assert!(holds(&sift, cell));
        }
        for cell in [&b""[..], b"I1", b"I10\0", b"i10", b"I10 ", b"E11.9", b"\0", b"992130000"] {
            assert!(!holds(&sift, cell), "{cell:?}");
        }
    }

    #[test]
    fn a_full_table_still_ends_every_search() {
        let codes: Vec<Code> = (0..5000).map(|number| code(&format!("A{number}"))).collect();
        let sift = Sift::new(codes.iter().copied());
        assert!(codes.iter().all(|code| holds(&sift, code.bytes().as_slice())));
        assert!((5000..9000).all(|number| !holds(&sift, format!("A{number}").as_bytes())));
        assert!(!holds(&Sift::new(std::iter::empty()), b"I10"));
    }
}
