//! How a column of amounts writes its decimals: the convention is the column's, not
//! that of a cell.
//!
//! Where one amount can only be read with a decimal comma, `1,234` beside it may be one
//! and a quarter or twelve hundred. No sample tells that nothing of the kind stands
//! further down: marks are noted of every row while it passes, and amounts that may be
//! read in two ways are summed apart until the file ends.

use super::money::{Charge, is_grouped, read};

/// What the amounts of a column show of its way to write decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// One has a decimal point, or commas between its thousands.
    pub point: bool,
    /// One has a decimal comma, or points between its thousands.
    pub comma: bool,
}

impl Marks {
    /// Takes note of an amount.
    pub fn see(&mut self, text: &[u8]) {
        match read(text) {
            Charge::Cents(_) => {
                let commas = memchr::memchr_iter(b',', text).count();
                self.point |= text.contains(&b'.') || commas > 1;
            }
            Charge::Unreadable => self.comma |= has_decimal_comma(text),
            Charge::Absent | Charge::Ragged | Charge::Either(_) => {}
        }
    }

    /// Adds what other amounts of the column show.
    pub fn add(&mut self, other: Marks) {
        self.point |= other.point;
        self.comma |= other.comma;
    }

    /// Whether an amount that may be read in two ways is read as it is written here, `1,234`
    /// for thousands: nothing in the column speaks against it.
    pub fn allow_thousands(self) -> bool {
        !self.comma
    }
}

/// Whether what is no amount here would be one with a decimal comma: `12,50`, `1.234,50`,
/// `0,500`, `1.234.567`, whatever currency stands around it.
fn has_decimal_comma(text: &[u8]) -> bool {
    let is_around = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b',' | b'.');
    let Some(from) = text.iter().position(|byte| !is_around(byte)) else { return false };
    let to = text.iter().rposition(|byte| !is_around(byte)).map_or(from, |last| last + 1);
    let mut sides = text[from..to].split(|byte| *byte == b',');
    let (whole, part, more) = (sides.next().unwrap_or_default(), sides.next(), sides.next());
    let points = memchr::memchr_iter(b'.', whole).count();
    let is_number = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let is_whole = is_number(whole) || points > 0 && is_grouped(whole, b'.');
    match part {
        Some(part) => is_whole && more.is_none() && !part.is_empty() && is_number(part),
        None => is_whole && points > 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_how_their_column_writes_decimals() {
        let marks = |text: &str| {
            let mut marks = Marks::default();
            marks.see(text.as_bytes());
            (marks.point, marks.comma)
        };
        for text in ["12.50", "80.5", "1,234.50", "1,234,567", "0.500"] {
            assert_eq!(marks(text), (true, false), "{text}");
        }
        for text in [
            "12,50",
            "1.234,50",
            "0,500",
            ",5",
            "1234,567",
            "1.234.567",
            "-12,50 \u{20ac}",
            "(1,5)",
        ] {
            assert_eq!(marks(text), (false, true), "{text}");
        }
        for text in
            ["80", "1,234", "12.000", "1.234", "12,", "1,2,3", "4,5 mg", "n/a", "", "1.2,50"]
        {
            assert_eq!(marks(text), (false, false), "{text}");
        }
    }
}
