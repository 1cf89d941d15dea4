//! Amounts of money, in cents and nothing finer.
//!
//! Exact: whole numbers all the way, no fractions of binary kind. What cannot be
//! read as dollars and cents is counted as such and never taken for nothing.

/// What an amount says, in cents: `80`, `80.5`, `1,234.50`, `$80.00`, `-5.00`,
/// `(5.00)`. `None` for anything else: text, a decimal comma, part of a cent.
pub fn cents(text: &[u8]) -> Option<i64> {
    let (text, is_negative) = unsigned(text);
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, part) = point.map_or((text, &b""[..]), |at| (&text[..at], &text[at + 1..]));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let sum = dollars(whole)?.checked_mul(100)?.checked_add(hundredths(part)?)?;
    Some(if is_negative { -sum } else { sum })
}

/// An amount without its sign and the sign of dollars, and whether it is negative.
fn unsigned(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii();
    let (text, is_negative) = match text {
        [b'(', inner @ .., b')'] => (inner.trim_ascii(), true),
        [b'-', rest @ ..] => (rest.trim_ascii_start(), true),
        [b'+', rest @ ..] => (rest, false),
        bare => (bare, false),
    };
    (text.strip_prefix(b"$").map_or(text, <[u8]>::trim_ascii_start), is_negative)
}

/// What an amount says as far as it tells by itself.
///
/// One mark with three digits behind it - `1,234`, `12.000` - is a thousand times as much
/// to whoever writes thousands there as to whoever writes decimals: the rest of its
/// column must tell ([`super::marks::Marks`]).
pub fn read(text: &[u8]) -> Charge {
    match cents(text) {
        Some(cents) if is_either(unsigned(text).0) => Charge::Either(cents),
        Some(cents) => Charge::Cents(cents),
        None => Charge::Unreadable,
    }
}

fn is_either(text: &[u8]) -> bool {
    let mut marks = text.iter().enumerate().filter(|(_, byte)| matches!(byte, b',' | b'.'));
    match (marks.next(), marks.next()) {
        // No thousands begin with a zero.
        (Some((at, _)), None) => text.len() - at == 4 && (1..=3).contains(&at) && text[0] != b'0',
        _ => false,
    }
}

/// Groups of three digits behind one, two or three that do not begin with a zero.
pub(super) fn is_grouped(whole: &[u8], mark: u8) -> bool {
    let mut groups = whole.split(|byte| *byte == mark);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && first[0] != b'0'
        && first.iter().all(u8::is_ascii_digit)
        && groups.all(|group| group.len() == 3 && group.iter().all(u8::is_ascii_digit))
}

/// Digits, or groups of three of them behind commas.
fn dollars(whole: &[u8]) -> Option<i64> {
    if whole.contains(&b',') && !is_grouped(whole, b',') {
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

/// What a row says of what was billed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Nothing.
    Absent,
    /// Something that is no amount.
    Unreadable,
    /// The row has more cells than the header, so that nobody knows which of them is the
    /// amount: of an unquoted `1,234.50` the column holds the `1`.
    Ragged,
    /// So many cents, if its one mark stands for what it does here; else a thousand times as
    /// much or as little.
    Either(i64),
    /// So many cents.
    Cents(i64),
}

/// Amounts added up, and how many there were besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// The sum in cents.
    pub cents: i64,
    /// How many amounts are in it.
    pub read: u32,
    /// How many rows have none.
    pub absent: u32,
    /// How many amounts could not be read.
    pub unreadable: u32,
}

impl Sum {
    /// Adds what one row says.
    fn see(&mut self, charge: Charge) {
        match charge {
            Charge::Absent => self.absent = self.absent.saturating_add(1),
            Charge::Unreadable | Charge::Ragged => self.add_unreadable(1),
            Charge::Cents(cents) | Charge::Either(cents) => self.add_cents(cents, 1),
        }
    }

    /// What each of its amounts is, where all of them are the same.
    pub fn each(&self) -> Option<i64> {
        (self.read > 0).then(|| self.cents / i64::from(self.read))
    }

    /// Adds other rows.
    pub fn add(&mut self, other: Sum) {
        if other.read > 0 {
            self.add_cents(other.cents, other.read);
        }
        self.add_counts(Sum { read: 0, ..other });
    }

    /// Adds how many rows there were, and no amount.
    fn add_counts(&mut self, other: Sum) {
        self.read = self.read.saturating_add(other.read);
        self.absent = self.absent.saturating_add(other.absent);
        self.add_unreadable(other.unreadable);
    }

    /// A sum that nobody can have billed is no sum.
    fn add_cents(&mut self, cents: i64, amounts: u32) {
        match self.cents.checked_add(cents) {
            Some(sum) => {
                self.cents = sum;
                self.read = self.read.saturating_add(amounts);
            }
            None => self.add_unreadable(amounts),
        }
    }

    /// Adds amounts that are not taken.
    pub fn add_unreadable(&mut self, amounts: u32) {
        self.unreadable = self.unreadable.saturating_add(amounts);
    }
}

/// Whose the amounts of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Each is that of its line.
    Lines,
    /// Each is the whole claim's, repeated on its lines: it counts once.
    Claim,
}

/// What was billed on rows of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charges {
    /// On its lines; of a column that is the claim's, its first amount.
    pub lines: Sum,
    /// The same of amounts that may be read in two ways.
    pub either: Sum,
    /// On its total lines: the lines once more, where both are there.
    pub totals: Sum,
    /// The same of amounts that may be read in two ways.
    pub either_totals: Sum,
    /// The physical line of the first that may be read in two ways.
    pub first_either: Option<u64>,
    /// How many of those that could not be read stand in ragged rows.
    pub ragged: u64,
    /// The physical line of the first that could not be read.
    pub first_unreadable: Option<u64>,
    /// Whether several amounts were read and all of them are the same.
    pub is_repeated: bool,
    /// Whether a column that is the claim's holds different amounts.
    pub differ: bool,
    /// The last amount.
    pub last: Option<i64>,
}

impl Charges {
    /// How many amounts of lines there are.
    pub fn amounts(&self) -> u32 {
        self.lines.read.saturating_add(self.either.read)
    }

    /// A row, on a physical line.
    pub fn see(&mut self, charge: Charge, whose: Whose, line: u64) {
        self.note(charge, line);
        if let Charge::Cents(cents) | Charge::Either(cents) = charge {
            let before = self.amounts();
            self.is_repeated = self.last == Some(cents) && (before == 1 || self.is_repeated);
            self.last = Some(cents);
        }
        let mut row = Sum::default();
        row.see(charge);
        let own = if let Charge::Either(_) = charge { &mut self.either } else { &mut self.lines };
        self.differ |= merge(own, row, whose);
    }

    /// A total line, on a physical line.
    pub fn see_total(&mut self, charge: Charge, line: u64) {
        self.note(charge, line);
        let is_either = matches!(charge, Charge::Either(_));
        let own = if is_either { &mut self.either_totals } else { &mut self.totals };
        own.see(charge);
    }

    /// Where an amount stands that could not be read, or only by its column.
    fn note(&mut self, charge: Charge, line: u64) {
        match charge {
            Charge::Absent | Charge::Cents(_) => {}
            Charge::Either(_) => {
                self.first_either.get_or_insert(line);
            }
            Charge::Unreadable | Charge::Ragged => {
                self.ragged += u64::from(charge == Charge::Ragged);
                self.first_unreadable.get_or_insert(line);
            }
        }
    }
}

/// Adds other rows of the same claim. Whether they hold another amount where there
/// should be one and the same.
pub fn merge(own: &mut Sum, other: Sum, whose: Whose) -> bool {
    if whose == Whose::Lines || own.read == 0 {
        own.add(other);
        return false;
    }
    own.add_counts(other);
    other.read > 0 && other.cents != own.cents
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

    /// `0,234` was read as 234.00.
    #[test]
    fn one_mark_with_three_digits_behind_it_may_be_either() {
        for (text, want) in [("1,234", 123_400), ("-$1,234", -123_400), ("12.000", 1200)] {
            assert_eq!(read(text.as_bytes()), Charge::Either(want), "{text}");
        }
        for text in ["0.500", "1,234,567", "1,234.500", "1234.000", "12.50", "12.0000", "1234"] {
            assert!(matches!(read(text.as_bytes()), Charge::Cents(_)), "{text}");
        }
        for text in ["0,234", "000,123", "1.234"] {
            assert_eq!(read(text.as_bytes()), Charge::Unreadable, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        // In binary fractions 0.1 + 0.2 is not 0.3.
        let mut charges = Charges::default();
        for text in ["0.10", "0.20"] {
            let amount = cents(text.as_bytes()).expect("an amount");
            charges.see(Charge::Cents(amount), Whose::Lines, 6);
        }
        charges.see(Charge::Unreadable, Whose::Lines, 7);
        charges.see(Charge::Ragged, Whose::Lines, 8);
        charges.see(Charge::Absent, Whose::Lines, 9);
        let Sum { cents, read, absent, unreadable } = charges.lines;
        assert_eq!(written(i128::from(cents)), "0.30");
        assert_eq!((read, absent, unreadable), (2, 1, 2));
        assert_eq!((charges.first_unreadable, charges.ragged), (Some(7), 1));
    }

    #[test]
    fn an_amount_of_the_claim_counts_once() {
        let mut charges = Charges::default();
        (0..3).for_each(|_| charges.see(Charge::Cents(500), Whose::Claim, 0));
        assert_eq!((charges.lines.cents, charges.lines.read), (500, 3));
        assert!(charges.is_repeated && !charges.differ);
        charges.see(Charge::Absent, Whose::Claim, 0);
        assert!(!charges.differ, "it may stand on one row alone");
        charges.see(Charge::Cents(600), Whose::Claim, 0);
        assert!(!charges.is_repeated && charges.differ);
    }

    #[test]
    fn a_sum_beyond_all_measure_is_not_known() {
        let mut sum = Sum::default();
        sum.see(Charge::Cents(i64::MAX));
        sum.see(Charge::Cents(1));
        assert_eq!((sum.cents, sum.read, sum.unreadable), (i64::MAX, 1, 1));
    }

    #[test]
    fn written_for_programs_and_for_people() {
        assert_eq!(written(-5), "-0.05");
        assert_eq!(grouped(123_456_789), "1,234,567.89");
        assert_eq!(grouped(-123_450), "-1,234.50");
        assert_eq!(grouped(99_999), "999.99");
    }
}
