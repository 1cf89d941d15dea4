//! Conditions of a mapping row: `payer` and any `when.<field>` column.
//!
//! A test asks one field of the record for equality, membership in a list, a
//! prefix or a range. A field that the record does not have leaves the test
//! *unknown*, and unknown is never a match: a person decides.

use jiff::civil::Date;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
