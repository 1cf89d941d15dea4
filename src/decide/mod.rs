//! History and rules -> what happens to one code on one day.

pub mod units;
