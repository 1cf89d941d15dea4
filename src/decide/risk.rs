//! What a payer answers to a code that was not valid on its date.
//!
//! Claim adjustment reason codes (CARC) are those of the remittance advice. Which
//! of the two a claim meets follows from the kind of its code; whether it is
//! denied at all, or rejected before anybody adjudicates it, is the payer's affair.

use super::Verdict;
use crate::code::System;

/// The reason that a payer is likely to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// A diagnosis.
    Diagnosis,
    /// A procedure, service or supply.
    Procedure,
}

impl Risk {
    /// Both, in the order in which they are listed.
    pub const ALL: [Risk; 2] = [Risk::Diagnosis, Risk::Procedure];

    /// What a code of that system risks; nothing for a list of no national system.
    pub fn of(system: System) -> Option<Risk> {
        match system {
            System::Icd10cm | System::Icd9cm => Some(Risk::Diagnosis),
            System::Icd10pcs | System::Icd9pcs | System::Hcpcs | System::Cpt | System::Cdt => {
                Some(Risk::Procedure)
            }
            System::Local => None,
        }
    }

    /// The claim adjustment reason code.
    pub fn carc(self) -> &'static str {
        match self {
            Risk::Diagnosis => "146",
            Risk::Procedure => "181",
        }
    }

    /// What it says.
    pub fn words(self) -> &'static str {
        match self {
            Risk::Diagnosis => "diagnosis was invalid for the date(s) of service reported",
            Risk::Procedure => "procedure code was invalid on the date of service",
        }
    }
}

impl Verdict {
    /// Whether a verdict says that a code was wrong on its day.
    pub fn is_wrong(self) -> bool {
        matches!(
            self,
            Verdict::Deleted
                | Verdict::BecameHeader
                | Verdict::AlwaysHeader
                | Verdict::NotYetValid
                | Verdict::Unknown
        )
    }
}
