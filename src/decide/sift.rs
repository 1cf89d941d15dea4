//! The codes about which nothing more need be known: one lookup, one cache line.
//!
//! By far the most codes of any file are billable in every release given. This
//! set holds just those. It is asked about every cell of codes, and what that
//! costs is waiting for memory and guessing wrong; so it is small, and a lookup
//! takes the same steps whatever it finds: a code of seven characters from
//! `0-9A-Z` is a number of 42 bits, which is mixed - no two become one - and
//! parted into the place of a bucket and the 32 bits that stand there.

use crate::code::Code;

/// A set of codes that are billable in every release given and that no rule recodes.
#[derive(Debug)]
pub struct Sift {
    buckets: Vec<Bucket>,
    /// The keys that found their bucket full, or look like a free place; in order.
    others: Vec<u64>,
}

/// A cache line of low halves; zero is a free place.
type Bucket = [u32; 16];

/// Enough that the keys of one bucket differ in their lower 32 bits.
const FEWEST: usize = 1 << (KEY_BITS - u32::BITS);

/// How many of its places a bucket has filled on average: few enough that hardly any is full.
const FILLED: usize = 10;

impl Sift {
    /// Of these codes.
    pub fn new(codes: impl ExactSizeIterator<Item = Code>) -> Sift {
        let count = (codes.len() / FILLED + 1).max(FEWEST);
        let mut sift = Sift { buckets: vec![Bucket::default(); count], others: Vec::new() };
        for key in codes.map(Key::of_code).filter(|key| *key != Key::NONE) {
            let (bucket, low) = sift.place(key);
            match sift.buckets[bucket].iter_mut().find(|place| **place == 0) {
                Some(place) if low != 0 => *place = low,
                _ => sift.others.push(key.0),
            }
        }
        sift.others.sort_unstable();
        sift
    }

    /// Whether a code with this key is one of them.
    #[inline]
    pub fn holds(&self, key: Key) -> bool {
        let (bucket, low) = self.place(key);
        let places = &self.buckets[bucket];
        // All of them, for to stop at the right one is a guess.
        let found: u32 = places.iter().map(|place| u32::from(*place == low)).sum();
        let may_be_elsewhere = low == 0 || places[places.len() - 1] != 0;
        found > 0 && low != 0 || may_be_elsewhere && self.is_among_others(key)
    }

    /// Whether a code is one of them.
    pub fn has(&self, code: Code) -> bool {
        self.holds(Key::of_code(code))
    }

    #[cold]
    fn is_among_others(&self, key: Key) -> bool {
        self.others.binary_search(&key.0).is_ok()
    }

    /// The bucket of a key, and what of it stands there.
    #[inline]
    fn place(&self, key: Key) -> (usize, u32) {
        let mixed = key.mixed();
        let bucket = (u128::from(mixed) * self.buckets.len() as u128) >> KEY_BITS;
        (bucket as usize, mixed as u32)
    }
}

/// The characters of a code as one number; none of a cell that cannot be a code of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

/// The longest code that has a key. None of today's systems has longer ones.
const LONGEST: usize = 7;

/// How many bits a key has for each character.
const CHARACTER: u32 = 6;

/// How many bits it has.
const KEY_BITS: u32 = CHARACTER * LONGEST as u32;

impl Key {
    /// None.
    pub const NONE: Key = Key(0);

    /// Of the bytes from `start` to `end` of a block, if they may be a code that is spelled
    /// bare and in upper case; else none. No branch is taken for the length: which cells of a
    /// column are filled is hard to foresee.
    #[inline]
    pub fn of(block: &[u8], start: usize, end: usize) -> Key {
        let length = end.wrapping_sub(start).min(LONGEST + 1);
        // One load, and what stands behind the cell masked away.
        let word = match block.get(start..).and_then(<[u8]>::first_chunk::<{ Code::MAX }>) {
            Some(word) => u64::from_be_bytes(*word),
            None => padded(block.get(start..end).unwrap_or_default()),
        };
        Key::of_word(word & MASKS[length], length)
    }

    fn of_code(code: Code) -> Key {
        Key::of_word(code.key(), code.length().min(LONGEST + 1))
    }

    /// Of the first `length` bytes of a word, not more than one over the longest; all others
    /// of it are zero.
    #[inline]
    fn of_word(word: u64, length: usize) -> Key {
        const ONES: u64 = 0x0101_0101_0101_0101;
        // In ASCII bit 6 tells letters and bit 5 digits; bit 7 is no character.
        let odd = (word >> 6 ^ !(word >> 5)) & ONES & MASKS[length] | word & ONES << 7;
        // Six bits of each byte, drawn together: letters, digits and nothing stay apart.
        let bytes = word >> 8 & 0x003F_3F3F_3F3F_3F3F;
        let pairs = bytes & 0x003F_003F_003F_003F | (bytes & 0x3F00_3F00_3F00) >> 2;
        let fours = pairs & 0x0000_0FFF_0000_0FFF | (pairs & 0x0FFF_0000_0FFF_0000) >> 4;
        let key = fours & 0xFF_FFFF | fours >> 32 << 24;
        // Nor is there a code whose last character vanishes in the padding, or that is too long.
        let is_code = key.trailing_zeros() < CHARACTER * (LONGEST + 1 - length) as u32;
        if odd == 0 && is_code { Key(key) } else { Key::NONE }
    }

    /// Another number of as many bits, whose upper ones depend on all of this; another one of
    /// another key.
    #[inline]
    fn mixed(self) -> u64 {
        // 2^64 divided by the golden ratio.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let folded = self.0 ^ self.0 >> (KEY_BITS / 2);
        folded.wrapping_mul(SPREAD) & ((1 << KEY_BITS) - 1)
    }
}

/// What is kept of a word, by the length of the cell that begins with it; nothing of one
/// that is too long.
const MASKS: [u64; LONGEST + 2] = {
    let mut masks = [0; LONGEST + 2];
    let mut length = 1;
    while length <= LONGEST {
        masks[length] = u64::MAX << (8 * (Code::MAX - length));
        length += 1;
    }
    masks
};

/// A cell too near the end of its block to be loaded as a word.
#[cold]
fn padded(cell: &[u8]) -> u64 {
    let mut word = [0; Code::MAX];
    let length = cell.len().min(Code::MAX);
    word[..length].copy_from_slice(&cell[..length]);
    u64::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    /// The cell alone, and with other bytes around it.
    fn holds(sift: &Sift, cell: &[u8]) -> bool {
        let alone = Key::of(cell, 0, cell.len());
        let among = [b"x,", cell, b",I10,E119,99213"].concat();
        assert_eq!(Key::of(&among, 2, 2 + cell.len()), alone);
        sift.holds(alone)
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
    fn codes_whose_bucket_is_full_are_held_all_the_same() {
        let texts = |from: usize, to: usize| (from..to).map(|number| format!("A{number:06}"));
        let codes: Vec<Code> = texts(0, 50_000).map(|text| code(&text)).collect();
        let sift = Sift::new(codes.into_iter());
        assert!(!sift.others.is_empty() && sift.others.len() < 2_500, "{}", sift.others.len());
        assert!(texts(0, 50_000).all(|text| holds(&sift, text.as_bytes())));
        assert!(texts(50_000, 90_000).all(|text| !holds(&sift, text.as_bytes())));
        assert!(!holds(&Sift::new(std::iter::empty()), b"I10"));
    }

    proptest! {
        /// Whatever bytes stand in a cell, no two of them have one key.
        #[test]
        fn a_key_is_of_one_cell_alone(
            cells in proptest::collection::hash_set("[\\x00-\\x7F]{0,8}|[A-C@0-2. \\x00]{1,8}", 1..200),
        ) {
            let keys: Vec<Key> = cells.iter().map(|cell| Key::of(cell.as_bytes(), 0, cell.len())).collect();
            let some: Vec<u64> = keys.iter().filter(|key| **key != Key::NONE).map(|key| key.0).collect();
            let distinct: std::collections::HashSet<&u64> = some.iter().collect();
            prop_assert_eq!(distinct.len(), some.len());
            let mixed: std::collections::HashSet<u64> = some.iter().map(|key| Key(*key).mixed()).collect();
            prop_assert_eq!(mixed.len(), some.len());
            for (cell, key) in cells.iter().zip(keys) {
                let is_code = (1..=7).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
                prop_assert!(!is_code || key != Key::NONE);
            }
        }
    }
}
