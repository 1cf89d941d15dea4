//! Conditions of a mapping row: `payer` and any `when.<field>` column.
//!
//! A test asks one field of the record for equality, membership in a list, a
//! prefix or a range. A field that the record does not have leaves the test
//! *unknown*, and unknown is never a match: a person decides.
//!
//! Lists compare text: an NDC such as `00005-0100-01` or a code such as `07` is
//! no number. A plain number or day of a list is also met by the same number or
//! day spelled otherwise (`0.5`, `.50`); where a value only may be the same
//! (`0.5 mL`, `7` for `07`), nobody knows. A cell that looks like a range or a
//! list of another spelling (`3-18`, `65+`, `A;B`) is refused: as text it would
//! never hold, and the row without a condition would be taken in its place.

use jiff::civil::Date;

use super::values::{
    begins_otherwise_spelled, day, is_same, misspelt, number, same_otherwise_spelled,
};
use crate::record::date::OLDEST;

/// One condition of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The field asked for, lower case: `payer`, `age`, `cvx`, ...
    pub field: String,
    /// What it must be.
    pub want: Want,
    /// The cell as it stands in the mapping file.
    pub written: String,
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Want {
    /// One of these (compared without regard to case and outer blanks).
    OneOf(Vec<Pattern>),
    /// None of these.
    NoneOf(Vec<Pattern>),
    /// A number from `from` to `to`, each with whether the bound itself is in.
    Number(Range<f64>),
    /// A day from `from` to `to`.
    Day(Range<Date>),
}

/// One alternative of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Exactly this.
    Is(String),
    /// Anything that begins with this: `UHC*`.
    Begins(String),
}

/// A range with open or closed ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Range<T> {
    /// The lower bound and whether it is in.
    pub from: Option<(T, bool)>,
    /// The upper bound and whether it is in.
    pub to: Option<(T, bool)>,
}

/// What a test says of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    True,
    /// It does not.
    False,
    /// The record lacks the field, or holds two different values.
    Unknown,
}

/// What a record says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<'a> {
    /// This; a blank value counts as absent.
    Is(&'a str),
    /// The record does not have the field.
    Absent,
    /// The record holds two different values.
    Conflict,
}

impl Test {
    /// Reads the cell of a condition column; `None` where it is empty.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the cell.
    pub fn read(field: &str, cell: &str) -> Result<Option<Test>, String> {
        let written = cell.trim();
        if written.is_empty() {
            return Ok(None);
        }
        let want = Want::read(written)?;
        let field = field.to_lowercase();
        if field == AGE && !want.is_of_ages() {
            return Err(format!("`{written}` is no age in years: {AGES}"));
        }
        Ok(Some(Test { field, want, written: written.to_owned() }))
    }

    /// What the test says of a record with this fact.
    pub fn answer(&self, fact: &Fact) -> Answer {
        match fact {
            Fact::Is(value) if self.field == AGE => {
                // `7Y` may be years or not; below nought is no age, and `999` says that none is known.
                let is_age = |years: &f64| (0.0..=f64::from(OLDEST)).contains(years);
                let years = number(value.trim()).filter(is_age);
                years.map_or(Answer::Unknown, |years| self.want.answer_number(years))
            }
            fact => self.want.answer(fact),
        }
    }
}

/// The field that holds an age, in years.
pub const AGE: &str = "age";
const AGES: &str = "write <3, 3..18, >=65 or 7";

impl Want {
    fn read(written: &str) -> Result<Want, String> {
        if let Some(list) = written.strip_prefix('!') {
            return Ok(Want::NoneOf(patterns(list, written)?));
        }
        if let Some(bound) = bound(written)? {
            return Ok(bound);
        }
        match written.split_once("..") {
            Some((from, to)) => between(from.trim(), to.trim(), written),
            None => Ok(Want::OneOf(patterns(written, written)?)),
        }
    }

    /// What it says of a fact.
    pub fn answer(&self, fact: &Fact) -> Answer {
        let Fact::Is(value) = fact else { return Answer::Unknown };
        let value = value.trim();
        if value.is_empty() {
            return Answer::Unknown;
        }
        match self {
            Want::OneOf(list) => any_of(list.iter().map(|pattern| pattern.answer(value))),
            Want::NoneOf(list) => !any_of(list.iter().map(|pattern| pattern.answer(value))),
            Want::Number(range) => {
                number(value).map_or(Answer::Unknown, |value| range.answer(value))
            }
            Want::Day(range) => day(value).map_or(Answer::Unknown, |value| range.answer(value)),
        }
    }

    fn is_of_ages(&self) -> bool {
        match self {
            Want::OneOf(list) | Want::NoneOf(list) => {
                list.iter().all(|one| matches!(one, Pattern::Is(text) if number(text).is_some()))
            }
            Want::Number(_) => true,
            Want::Day(_) => false,
        }
    }

    /// What it says of a number, however it was spelled.
    fn answer_number(&self, value: f64) -> Answer {
        let is = |one: &Pattern| match one {
            Pattern::Is(text) => {
                number(text).map_or(Answer::False, |number| Answer::of(is_same(number, value)))
            }
            Pattern::Begins(_) => Answer::False,
        };
        match self {
            Want::OneOf(list) => any_of(list.iter().map(is)),
            Want::NoneOf(list) => !any_of(list.iter().map(is)),
            Want::Number(range) => range.answer(value),
            Want::Day(_) => Answer::Unknown,
        }
    }

    /// The same with its alternatives in order, so that equal conditions look equal.
    #[must_use]
    pub fn sorted(&self) -> Want {
        let sorted = |list: &[Pattern]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            list
        };
        match self {
            Want::OneOf(list) => Want::OneOf(sorted(list)),
            Want::NoneOf(list) => Want::NoneOf(sorted(list)),
            range => range.clone(),
        }
    }

    /// Whether no value can meet both; `false` where that is not certain.
    pub fn excludes(&self, other: &Want) -> bool {
        match (self, other) {
            (Want::Number(one), Want::Number(two)) => one.excludes(two),
            (Want::Day(one), Want::Day(two)) => one.excludes(two),
            (Want::OneOf(one), Want::OneOf(two)) => {
                one.iter().all(|one| two.iter().all(|two| one.excludes(two)))
            }
            // Every alternative is among those that the other one rules out.
            (Want::OneOf(list), Want::NoneOf(barred)) | (Want::NoneOf(barred), Want::OneOf(list)) => {
                list.iter().all(|one| barred.iter().any(|barred| barred.covers(one)))
            }
            (Want::OneOf(list), range) | (range, Want::OneOf(list)) => list.iter().all(|one| {
                matches!(one, Pattern::Is(text) if range.answer(&Fact::Is(text)) == Answer::False)
            }),
            _ => false,
        }
    }
}

/// `<3`, `<=3`, `>19`, `>=2016-01-01`; `None` where the cell is no such bound.
fn bound(written: &str) -> Result<Option<Want>, String> {
    let below = written.starts_with('<');
    let Some(rest) = written.strip_prefix(['<', '>']) else { return Ok(None) };
    let (rest, included) = match rest.strip_prefix('=') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let rest = rest.trim();
    if let Some(value) = number(rest) {
        return Ok(Some(Want::Number(Range::half(value, included, below))));
    }
    match day(rest) {
        Some(value) => Ok(Some(Want::Day(Range::half(value, included, below)))),
        None => Err(format!("`{written}` compares with neither a number nor a day (YYYY-MM-DD)")),
    }
}

/// `3..18`, `2016-01-01..2016-12-31`, `19..`: both ends are in.
fn between(from: &str, to: &str, written: &str) -> Result<Want, String> {
    let wrong = || {
        format!("`{written}` is no range: two numbers or two days (YYYY-MM-DD), the smaller first")
    };
    if from.is_empty() && to.is_empty() {
        return Err(wrong());
    }
    let numbers = || range(from, to, number).map(Want::Number);
    let days = || range(from, to, day).map(Want::Day);
    numbers().or_else(days).ok_or_else(wrong)
}

/// A range whose ends are both in; open where nothing is written.
fn range<T: PartialOrd + Copy>(
    from: &str,
    to: &str,
    read: fn(&str) -> Option<T>,
) -> Option<Range<T>> {
    let end = |written: &str| match written {
        "" => Ok(None),
        _ => read(written).map(|value| Some((value, true))).ok_or(()),
    };
    let range = Range { from: end(from).ok()?, to: end(to).ok()? };
    match (range.from, range.to) {
        (Some((from, _)), Some((to, _))) if from > to => None,
        _ => Some(range),
    }
}

fn patterns(list: &str, written: &str) -> Result<Vec<Pattern>, String> {
    list.split('|').map(|one| pattern(one.trim(), written)).collect()
}

fn pattern(one: &str, written: &str) -> Result<Pattern, String> {
    if one.is_empty() {
        return Err(format!("`{written}` has an empty alternative"));
    }
    if one.starts_with(['!', '<', '>']) || one.contains("..") {
        return Err(format!("`{written}` mixes a list with a range or a negation: {ALLOWED}"));
    }
    let (text, begins) = match one.strip_suffix('*') {
        Some(text) => (text, true),
        None => (one, false),
    };
    if text.contains('*') {
        return Err(format!("`{written}`: `*` stands at the end only"));
    }
    if !begins && let Some(hint) = misspelt(text) {
        return Err(format!("`{written}`: {hint}"));
    }
    let text = text.to_lowercase();
    Ok(if begins { Pattern::Begins(text) } else { Pattern::Is(text) })
}

const ALLOWED: &str = "write A|B, !A|B, UHC*, <3, <=3, >=19 or 3..18";

impl Pattern {
    fn answer(&self, value: &str) -> Answer {
        let value = value.to_lowercase();
        match self {
            Pattern::Begins(text) if value.starts_with(text.as_str()) => Answer::True,
            Pattern::Begins(text) => begins_otherwise_spelled(text, &value),
            Pattern::Is(text) if value == *text => Answer::True,
            Pattern::Is(text) => same_otherwise_spelled(text, &value),
        }
    }

    /// Whether every value that fits `other` fits `self`.
    fn covers(&self, other: &Pattern) -> bool {
        match (self, other) {
            (Pattern::Is(one), Pattern::Is(two)) => {
                one == two || same_otherwise_spelled(one, two) != Answer::False
            }
            (Pattern::Begins(one), Pattern::Is(two) | Pattern::Begins(two)) => two.starts_with(one),
            (Pattern::Is(_), Pattern::Begins(_)) => false,
        }
    }

    fn excludes(&self, other: &Pattern) -> bool {
        !self.covers(other) && !other.covers(self)
    }
}

impl<T: PartialOrd + Copy> Range<T> {
    fn half(value: T, included: bool, below: bool) -> Range<T> {
        let bound = Some((value, included));
        if below { Range { from: None, to: bound } } else { Range { from: bound, to: None } }
    }

    fn answer(&self, value: T) -> Answer {
        let above =
            self.from.is_none_or(|(from, included)| value > from || (included && value == from));
        let below = self.to.is_none_or(|(to, included)| value < to || (included && value == to));
        Answer::of(above && below)
    }

    fn excludes(&self, other: &Range<T>) -> bool {
        let ends_before = |one: &Range<T>, two: &Range<T>| match (one.to, two.from) {
            (Some((to, in_one)), Some((from, in_two))) => {
                to < from || (to == from && !(in_one && in_two))
            }
            _ => false,
        };
        ends_before(self, other) || ends_before(other, self)
    }
}

impl Answer {
    pub(super) fn of(holds: bool) -> Answer {
        if holds { Answer::True } else { Answer::False }
    }
}

impl std::ops::Not for Answer {
    type Output = Answer;

    fn not(self) -> Answer {
        match self {
            Answer::True => Answer::False,
            Answer::False => Answer::True,
            Answer::Unknown => Answer::Unknown,
        }
    }
}

/// Whether one answer holds: one that does settles it, else one unknown leaves it open.
fn any_of(answers: impl IntoIterator<Item = Answer>) -> Answer {
    !all_of(answers.into_iter().map(|answer| !answer))
}

/// Whether all answers hold: one that does not settles it, else one unknown leaves it open.
pub fn all_of(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let mut all = Answer::True;
    for answer in answers {
        match answer {
            Answer::False => return Answer::False,
            Answer::Unknown => all = Answer::Unknown,
            Answer::True => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(cell: &str) -> Test {
        Test::read("Payer", cell).expect("a condition").expect("not empty")
    }

    fn answers(cell: &str, values: &[(&str, Answer)]) {
        for (value, want) in values {
            assert_eq!(test(cell).answer(&Fact::Is(value)), *want, "{cell} of {value}");
        }
    }

    use Answer::{False, True, Unknown};

    #[test]
    fn lists_prefixes_and_negations_compare_text() {
        answers("MEDICARE|RAILROAD", &[(" medicare ", True), ("Railroad", True), ("AETNA", False)]);
        answers("UHC*", &[("uhc gold", True), ("UHC", True), ("the uhc", False)]);
        answers("!A|b*", &[("a", False), ("BCBS", False), ("C", True)]);
        answers(
            "00005-0100-01",
            &[("00005-0100-01", True), ("5-100-1", False), ("00006-0100-01", False)],
        );
        // The same package without its hyphens, or with ten digits: who knows.
        for value in ["00005010001", "N400005010001", "00005 0100 01", "0005-0100-01"] {
            answers("00005-0100-01", &[(value, Unknown)]);
            answers("!00005-0100-01", &[(value, Unknown)]);
        }
        answers("00005-0100*", &[("00005010001", Unknown), ("00006010001", False)]);
        // Who knows whether a spreadsheet took the nought?
        answers("07", &[("07", True), ("7", Unknown), ("7.0", Unknown), ("8", False)]);
    }

    #[test]
    fn numbers_and_days_of_a_list_may_be_spelled_otherwise() {
        answers(
            "0.5",
            &[("0.50", True), (".5", True), ("0.5 mL", Unknown), ("0.25", False), ("x", False)],
        );
        answers("!0.5|1", &[("0.50", False), ("1.0", False), ("0.5mL", Unknown), ("2", True)]);
        answers(
            "2026-01-05",
            &[
                ("20260105", True),
                ("2026-01-06", False),
                ("01/05/2026", Unknown),
                ("Jan 5 2026", Unknown),
                ("x", False),
            ],
        );
        let age = |cell: &str, value: &str| {
            Test::read("Age", cell).expect("a condition").expect("one").answer(&Fact::Is(value))
        };
        assert_eq!([age("7", "007"), age("7|8", "7.0"), age("!7", "8")], [True; 3]);
        assert_eq!([age("7", "7Y"), age("<3", "-1"), age("3..18", "7Y")], [Unknown; 3]);
        assert_eq!([age(">=18", "999"), age(">=18", "126"), age("!7", "200")], [Unknown; 3]);
        assert_eq!([age("7", "70"), age("3..18", "019")], [False; 2]);
    }

    #[test]
    fn ranges_and_lists_in_other_spellings_are_refused() {
        for cell in [
            "3-18",
            "3 - 18",
            "3\u{2013}18",
            "3 to 18",
            "65+",
            "\u{2265}65",
            "=5",
            "MED,RAIL",
            "MED;RAIL",
            "MED or RAIL",
            "2/1/2026",
            "A|3-18",
            "!65+",
        ] {
            assert!(Test::read("dose", cell).is_err(), "{cell}");
        }
        for cell in ["65+*", "UHC, Inc*", "00005-0100-01", "BLUE-CROSS", "A/B", "13-A", "Orlando"] {
            assert!(Test::read("dose", cell).is_ok(), "{cell}");
        }
        for cell in ["adult", "2016-01-01..", "UHC*", "6m", "!child"] {
            assert!(Test::read("age", cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn ranges_compare_numbers_and_days() {
        answers("<3", &[("2", True), ("3", False), ("2.5", True), ("two", Unknown)]);
        answers(">= 19", &[("19", True), ("18.9", False), ("inf", Unknown)]);
        answers("3..18", &[("3", True), ("18", True), ("18.5", False), ("2", False)]);
        answers(
            "2016-01-01..2016-12-31",
            &[
                ("2016-12-31", True),
                ("20170101", False),
                ("2016-12-31T10:00", True),
                ("5/1/2016", Unknown),
            ],
        );
        answers("<2016-01-01", &[("2015-12-31", True), ("7", Unknown)]);
        answers("65..", &[("65", True), ("64", False)]);
    }

    #[test]
    fn what_a_record_lacks_is_unknown() {
        for cell in ["MEDICARE", "!MEDICARE", "<3", "UHC*"] {
            for fact in [Fact::Absent, Fact::Conflict, Fact::Is("  ")] {
                assert_eq!(test(cell).answer(&fact), Unknown, "{cell}");
            }
        }
    }

    #[test]
    fn cells_that_say_nothing_clear_are_refused() {
        for cell in [
            "a||b",
            "|",
            "!",
            "<x",
            "18..3",
            "3..x",
            "..",
            "3..2016-01-01",
            "a*b",
            "a|!b",
            "a|<3",
            "!3..18",
        ] {
            assert!(Test::read("age", cell).is_err(), "{cell}");
        }
        assert_eq!(Test::read("age", "  "), Ok(None));
    }

    #[test]
    fn one_false_settles_it_and_one_unknown_leaves_it_open() {
        assert_eq!(all_of([]), True);
        assert_eq!(all_of([True, Unknown]), Unknown);
        assert_eq!(all_of([Unknown, False]), False);
    }

    #[test]
    fn conditions_that_cannot_both_hold() {
        let apart = |one: &str, two: &str| test(one).want.excludes(&test(two).want);
        for (one, two) in
            [("A", "B|C"), ("A", "!A|B"), ("<3", "3..18"), ("7", "<3"), ("AB*", "AC*")]
        {
            assert!(apart(one, two) && apart(two, one), "{one} and {two}");
        }
        for (one, two) in
            [("A|B", "B"), ("!A", "!B"), ("<=3", "3..18"), ("AB*", "ABC"), ("A*", "!AB")]
        {
            assert!(!apart(one, two) && !apart(two, one), "{one} and {two}");
        }
    }
}
