//! Amounts of money, in cents and nothing finer.
//!
//! Exact: whole numbers all the way, no fractions of binary kind. What cannot be
//! read as dollars and cents is counted as such and never taken for nothing.

/// What an amount says, in cents: `80`, `80.5`, `1,234.50`, `$80.00`, `-5.00`,
/// `(5.00)`. `None` for anything else: text, a decimal comma, part of a cent.
pub fn cents(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    let (text, is_negative) = match text {
        [b'(', inner @ .., b')'] => (inner.trim_ascii(), true),
        [b'-', rest @ ..] => (rest.trim_ascii_start(), true),
        [b'+', rest @ ..] => (rest, false),
        bare => (bare, false),
    };
    let text = text.strip_prefix(b"$").map_or(text, <[u8]>::trim_ascii_start);
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, part) = point.map_or((text, &b""[..]), |at| (&text[..at], &text[at + 1..]));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let sum = dollars(whole)?.checked_mul(100)?.checked_add(hundredths(part)?)?;
    Some(if is_negative { -sum } else { sum })
}

/// Digits, or groups of three of them behind commas.
fn dollars(whole: &[u8]) -> Option<i64> {
    let mut groups = whole.split(|byte| *byte == b',');
    let first = groups.next()?;
    let is_grouped = whole.contains(&b',');
    if is_grouped && !(1..=3).contains(&first.len()) || groups.any(|group| group.len() != 3) {
        return None;
    }
    digits(whole.iter().copied().filter(|byte| *byte != b','))
}

/// Two digits; zeros behind them are no part of a cent.
fn hundredths(part: &[u8]) -> Option<i64> {
    let (cents, finer) = part.split_at(part.len().min(2));
    if finer.iter().any(|byte| *byte != b'0') {
        return None;
    }
    let value = digits(cents.iter().copied())?;
    Some(if cents.len() == 1 { value * 10 } else { value })
}

fn digits(bytes: impl Iterator<Item = u8>) -> Option<i64> {
    let mut value: i64 = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(value)
}

/// Cents as people and programs read them: `1234.50`.
pub fn written(cents: i128) -> String {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// The same with commas between groups of three digits: `1,234.50`.
pub fn grouped(cents: i128) -> String {
    let plain = written(cents);
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text}.{part}")
}

/// What was billed on some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charges {
    /// The sum in cents.
    pub cents: i128,
    /// How many amounts were read.
    pub read: u64,
    /// How many rows have none.
    pub absent: u64,
    /// How many could not be read.
    pub unreadable: u64,
    /// The physical line of the first that could not be read.
    pub first_unreadable: Option<u64>,
    /// Whether several amounts were read and all of them are the same.
    pub is_repeated: bool,
    last: Option<i64>,
}

impl Charges {
    /// A row without an amount.
    pub fn see_none(&mut self) {
        self.absent += 1;
    }

    /// A row with one, on a physical line; one of the whole claim counts once.
    pub fn see(&mut self, cents: Option<i64>, of_the_claim: bool, line: u64) {
        let Some(cents) = cents else {
            self.unreadable += 1;
            self.first_unreadable.get_or_insert(line);
            return;
        };
        self.is_repeated = self.last == Some(cents) && (self.read == 1 || self.is_repeated);
        self.last = Some(cents);
        if !of_the_claim || self.read == 0 {
            self.cents += i128::from(cents);
        }
        self.read += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        for (text, want) in [
            ("80", 8000),
            ("80.5", 8050),
            ("0.07", 7),
            (".07", 7),
            ("80.", 8000),
            ("80.0000", 8000),
            ("1,234,567.89", 123_456_789),
            ("$1,234.50", 123_450),
            ("-5.00", -500),
            ("-$5.00", -500),
            ("(5.00)", -500),
            (" 12.30 ", 1230),
        ] {
            assert_eq!(cents(text.as_bytes()), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_not_taken_for_nothing() {
        for text in [
            "",
            ".",
            "-",
            "$",
            "N/A",
            "80,50",
            "1,23",
            "1234,567",
            "1.234,50",
            "0.005",
            "1e3",
            "80.5O",
            "92233720368547758070",
            "1,,234",
        ] {
            assert_eq!(cents(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        // In binary fractions 0.1 + 0.2 is not 0.3.
        let mut charges = Charges::default();
        for text in ["0.10", "0.20", "x"] {
            charges.see(cents(text.as_bytes()), false, 7);
        }
        charges.see_none();
        assert_eq!(written(charges.cents), "0.30");
        assert_eq!((charges.read, charges.absent, charges.unreadable), (2, 1, 1));
        assert_eq!(charges.first_unreadable, Some(7));
    }

    #[test]
    fn an_amount_of_the_claim_counts_once() {
        let mut charges = Charges::default();
        (0..3).for_each(|_| charges.see(Some(500), true, 0));
        assert_eq!((charges.cents, charges.is_repeated), (500, true));
        charges.see(Some(600), true, 0);
        assert!(!charges.is_repeated);
    }

    #[test]
    fn written_for_programs_and_for_people() {
        assert_eq!(written(-5), "-0.05");
        assert_eq!(grouped(123_456_789), "1,234,567.89");
        assert_eq!(grouped(-123_450), "-1,234.50");
        assert_eq!(grouped(99_999), "999.99");
    }
}
