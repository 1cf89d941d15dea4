//! Inpatient or not: the class of a claim decides which day judges its codes.
//!
//! An inpatient stay goes by its discharge, home health by its through date,
//! everything else by the day of service. The class is read from the claim
//! itself - its NCH claim type, else its type of bill - and the first evidence
//! present wins.

use clap::ValueEnum;

/// The class of a claim, as far as dates are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A stay: hospital or skilled nursing facility.
    Inpatient,
    /// Home health: by the through date alone.
    HomeHealth,
    /// Hospice, outpatient and professional claims: by the day of service.
    Other,
    /// Nothing says, or what says it cannot be read.
    Unknown,
}

/// What the user says about claims whose file does not tell it: `--setting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Setting {
    /// Stays: judged by discharge.
    Inpatient,
    /// Outpatient facility claims: judged by the day of service.
    Outpatient,
    /// Professional claims: judged by the day of service.
    Professional,
}

impl Setting {
    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Setting::Inpatient => "inpatient",
            Setting::Outpatient => "outpatient",
            Setting::Professional => "professional",
        }
    }

    /// The class of all claims of that setting.
    pub fn class(self) -> Class {
        match self {
            Setting::Inpatient => Class::Inpatient,
            Setting::Outpatient | Setting::Professional => Class::Other,
        }
    }
}

/// By the NCH claim type code (CMS, RIF files); `None` for an empty cell.
pub fn by_claim_type(cell: &[u8]) -> Option<Class> {
    match cell {
        b"" => None,
        b"20" | b"30" | b"60" | b"61" | b"62" | b"63" | b"64" => Some(Class::Inpatient),
        b"10" => Some(Class::HomeHealth),
        b"40" | b"50" | b"71" | b"72" | b"81" | b"82" => Some(Class::Other),
        _ => Some(Class::Unknown),
    }
}

/// By the type of bill (UB-04, form locator 4), with or without its leading
/// zero: the first two digits decide. `None` for an empty cell.
pub fn by_bill_type(cell: &[u8]) -> Option<Class> {
    let digits = cell.strip_prefix(b"0").unwrap_or(cell);
    match digits {
        [] => None,
        [b'1', b'1' | b'8', ..] | [b'2', b'1', ..] | [b'4', b'1', ..] => Some(Class::Inpatient),
        [b'3', b'2' | b'3' | b'4', ..] => Some(Class::HomeHealth),
        [b'0'..=b'9', b'0'..=b'9', ..] => Some(Class::Other),
        _ => Some(Class::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_of_bill_with_and_without_its_zero() {
        assert_eq!(by_bill_type(b"0111"), Some(Class::Inpatient));
        assert_eq!(by_bill_type(b"111"), Some(Class::Inpatient));
        assert_eq!(by_bill_type(b"131"), Some(Class::Other));
        assert_eq!(by_bill_type(b"0329"), Some(Class::HomeHealth));
        assert_eq!(by_bill_type(b"813"), Some(Class::Other));
        assert_eq!(by_bill_type(b""), None);
        assert_eq!(by_bill_type(b"x"), Some(Class::Unknown));
    }

    #[test]
    fn nch_claim_types() {
        assert_eq!(by_claim_type(b"60"), Some(Class::Inpatient));
        assert_eq!(by_claim_type(b"10"), Some(Class::HomeHealth));
        assert_eq!(by_claim_type(b"71"), Some(Class::Other));
        assert_eq!(by_claim_type(b"99"), Some(Class::Unknown));
    }
}
