//! A code's identity, apart from how a file happens to spell it.
//!
//! `Code` is what two files are compared by: upper case, no dot, no padding,
//! no prefix. `Spelling` is what one cell added to that - the dot, lower case,
//! a prefix, a modifier behind it - so that a replacement is written back in
//! the same way. Codes of up to eight characters are one integer whose order
//! is the order of the characters; no national code set needs more.

mod spelling;
mod system;

use std::fmt;

use serde::{Serialize, Serializer};

pub use spelling::{Case, Spelling};
pub use system::System;

/// A normalised code: one to eight ASCII characters, packed big-endian.
///
/// Ordering is the order of the characters, shorter before longer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u64);

impl Code {
    /// The longest code that is kept.
    pub const MAX: usize = 8;

    /// Packs characters that are normalised already.
    ///
    /// Returns `None` where there are none or more than [`Code::MAX`], or one
    /// is neither an upper-case letter, a digit nor `-`.
    #[inline]
    pub fn pack(text: &[u8]) -> Option<Code> {
        if text.is_empty() || text.len() > Code::MAX {
            return None;
        }
        let mut packed = 0u64;
        for &byte in text {
            if !is_code_byte(byte) {
                return None;
            }
            packed = packed << 8 | u64::from(byte);
        }
        Some(Code(packed << (8 * (Code::MAX - text.len()))))
    }

    /// Reads a code as people write it: any case, dotted or not, blanks around.
    ///
    /// ```
    /// use codeturn::code::Code;
    /// assert_eq!(Code::normalise(" e88.81 ").unwrap().to_string(), "E8881");
    /// assert!(Code::normalise("not a code").is_none());
    /// ```
    pub fn normalise(text: &str) -> Option<Code> {
        let mut packed = [0u8; Code::MAX];
        let mut length = 0;
        for byte in text.trim().bytes().filter(|&byte| byte != b'.') {
            *packed.get_mut(length)? = byte.to_ascii_uppercase();
            length += 1;
        }
        Code::pack(&packed[..length])
    }

    /// The characters.
    pub fn bytes(self) -> CodeBytes {
        let bytes = self.0.to_be_bytes();
        let length = Code::MAX - self.0.trailing_zeros() as usize / 8;
        CodeBytes { bytes, length: length as u8 }
    }

    /// How many characters it has.
    pub fn length(self) -> usize {
        Code::MAX - self.0.trailing_zeros() as usize / 8
    }

    /// Whether the characters of `self` begin with those of `prefix`.
    pub fn starts_with(self, prefix: Code) -> bool {
        let mask = u64::MAX << (8 * (Code::MAX - prefix.length()));
        self.0 & mask == prefix.0
    }

    /// The packed integer: a key for tables.
    pub fn key(self) -> u64 {
        self.0
    }

    /// The code as people write it, with the dot of its system.
    pub fn dotted(self, system: System) -> String {
        let mut out = Vec::with_capacity(Code::MAX + 1);
        let spelling = Spelling { dot: system.dot(self).map(|dot| dot as u8), case: Case::Upper };
        spelling.write(self, system, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The characters of a code on the stack.
#[derive(Clone, Copy)]
pub struct CodeBytes {
    bytes: [u8; Code::MAX],
    length: u8,
}

impl CodeBytes {
    /// The characters.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The characters as text.
    pub fn as_str(&self) -> &str {
        // `Code::pack` lets nothing but ASCII in.
        std::str::from_utf8(self.as_slice()).unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.bytes().as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.bytes().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    #[test]
    fn order_is_that_of_the_characters() {
        assert!(code("E88") < code("E8881"));
        assert!(code("C4A9") > code("C449"));
        assert_eq!(code("E88.81").length(), 5);
        assert!(code("E88.810").starts_with(code("E88.81")));
        assert!(!code("E88.8").starts_with(code("E88.81")));
    }
}
