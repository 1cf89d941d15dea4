//! The code systems: their names, where their codes have a dot, what shape they have.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Code;

/// A code system, named on the command line and in every machine-readable form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// ICD-10-CM diagnoses.
    Icd10cm,
    /// ICD-10-PCS inpatient procedures.
    Icd10pcs,
    /// HCPCS Level II.
    Hcpcs,
    /// CPT (HCPCS Level I).
    Cpt,
    /// CDT dental procedures.
    Cdt,
    /// ICD-9-CM diagnoses.
    Icd9cm,
    /// ICD-9-CM procedures (volume 3).
    Icd9pcs,
    /// A list of no national system: codes compared as they stand.
    Local,
}

impl System {
    /// All systems, in the order in which they are listed to users.
    pub const ALL: [System; 8] = [
        System::Icd10cm,
        System::Icd10pcs,
        System::Hcpcs,
        System::Cpt,
        System::Cdt,
        System::Icd9cm,
        System::Icd9pcs,
        System::Local,
    ];

    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            System::Icd10cm => "icd10cm",
            System::Icd10pcs => "icd10pcs",
            System::Hcpcs => "hcpcs",
            System::Cpt => "cpt",
            System::Cdt => "cdt",
            System::Icd9cm => "icd9cm",
            System::Icd9pcs => "icd9pcs",
            System::Local => "local",
        }
    }

    /// The name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            System::Icd10cm => "ICD-10-CM",
            System::Icd10pcs => "ICD-10-PCS",
            System::Hcpcs => "HCPCS Level II",
            System::Cpt => "CPT",
            System::Cdt => "CDT",
            System::Icd9cm => "ICD-9-CM",
            System::Icd9pcs => "ICD-9-CM procedures",
            System::Local => "local list",
        }
    }

    /// Whether longer codes stand under shorter ones, as children of a header.
    pub fn is_hierarchical(self) -> bool {
        matches!(self, System::Icd10cm | System::Icd9cm | System::Icd9pcs)
    }

    /// Whether it is one of the two ICD-10 systems in use since 1 October 2015.
    pub fn is_icd10(self) -> bool {
        matches!(self, System::Icd10cm | System::Icd10pcs)
    }

    /// Whether both may stand in the same field of a claim line.
    pub fn shares_field_with(self, other: System) -> bool {
        let line = |system| matches!(system, System::Hcpcs | System::Cpt);
        self == other || (line(self) && line(other))
    }

    /// After how many characters of a code a dot stands, where the system is written with one.
    pub(super) fn dot(self, code: Code) -> Option<usize> {
        match self {
            // External causes of ICD-9-CM have a letter before their three digits: E888.1.
            System::Icd9cm if code.bytes().as_slice().first() == Some(&b'E') => Some(4),
            System::Icd10cm | System::Icd9cm => Some(3),
            System::Icd9pcs => Some(2),
            _ => None,
        }
    }

    /// The system of a procedure code in a claim line, by its shape.
    ///
    /// Five digits, or four digits and A, F, M, T or U, are CPT; D and four
    /// digits CDT; any other letter and four digits HCPCS Level II (CMS and
    /// AMA code formats). Anything else has no system.
    pub fn by_shape(code: Code) -> Option<System> {
        let bytes = code.bytes();
        let text = bytes.as_slice();
        let [first, middle @ .., last] = text else { return None };
        if text.len() != 5 || !middle.iter().all(u8::is_ascii_digit) {
            return None;
        }
        match (first, last) {
            (b'0'..=b'9', b'0'..=b'9' | b'A' | b'F' | b'M' | b'T' | b'U') => Some(System::Cpt),
            (b'D', b'0'..=b'9') => Some(System::Cdt),
            (b'A'..=b'Z', b'0'..=b'9') => Some(System::Hcpcs),
            _ => None,
        }
    }

    /// Whether what stands in a field of codes may be one of this system at all: a patient's
    /// number is none. No more than a look at its shape.
    pub fn may_have(self, code: Code) -> bool {
        let bytes = code.bytes();
        let text = bytes.as_slice();
        let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        match self {
            System::Icd10cm => {
                System::is_shaped_as_diagnosis(code) && (3..=7).contains(&text.len())
            }
            // Three characters name a table of ICD-10-PCS.
            System::Icd10pcs => (3..=7).contains(&text.len()),
            System::Icd9cm => {
                let digits = text.strip_prefix(b"E").or(text.strip_prefix(b"V")).unwrap_or(text);
                (3..=5).contains(&text.len()) && is_number(digits)
            }
            System::Icd9pcs => (2..=4).contains(&text.len()) && is_number(text),
            System::Cpt | System::Hcpcs | System::Cdt => System::by_shape(code).is_some(),
            System::Local => true,
        }
    }

    /// Whether a code may be one of ICD-10-CM: those begin with a letter and a digit. A code of
    /// ICD-10-PCS often does not.
    pub fn is_shaped_as_diagnosis(code: Code) -> bool {
        let bytes = code.bytes();
        matches!(bytes.as_slice(), [b'A'..=b'Z', b'0'..=b'9', ..])
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for System {
    type Err = String;

    fn from_str(text: &str) -> Result<System, String> {
        let known = System::ALL.into_iter().find(|system| system.id().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            let names: Vec<&str> = System::ALL.iter().map(|system| system.id()).collect();
            format!("`{text}` is no code system; one of {}", names.join(", "))
        })
    }
}

impl Serialize for System {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    #[test]
    fn each_system_has_its_dot() {
        for (text, system, want) in [
            ("E8881", System::Icd9cm, "E888.1"),
            ("E888", System::Icd9cm, "E888"),
            ("V1582", System::Icd9cm, "V15.82"),
            ("25000", System::Icd9cm, "250.00"),
            ("8154", System::Icd9pcs, "81.54"),
            ("E8881", System::Icd10cm, "E88.81"),
            ("99213", System::Cpt, "99213"),
        ] {
            assert_eq!(code(text).dotted(system), want);
        }
    }

    #[test]
    fn what_cannot_be_a_code_of_its_system_is_told_by_shape() {
        for (text, system, want) in [
            ("E88810", System::Icd10cm, true),
            ("C4A", System::Icd10cm, true),
            ("MRN12345", System::Icd10cm, false),
            ("12345", System::Icd10cm, false),
            ("A1234567", System::Icd10cm, false),
            ("0016070", System::Icd10pcs, true),
            ("0XY", System::Icd10pcs, true),
            ("00160700", System::Icd10pcs, false),
            ("V1582", System::Icd9cm, true),
            ("8154", System::Icd9pcs, true),
            ("A8154", System::Icd9pcs, false),
            ("99213", System::Hcpcs, true),
            ("MRN12", System::Cpt, false),
            ("MRN12", System::Local, true),
        ] {
            assert_eq!(system.may_have(code(text)), want, "{text} {system}");
        }
    }

    #[test]
    fn claim_line_codes_go_by_shape() {
        for (text, want) in [
            ("99213", Some(System::Cpt)),
            ("0001A", Some(System::Cpt)),
            ("0042T", Some(System::Cpt)),
            ("G0008", Some(System::Hcpcs)),
            ("D0120", Some(System::Cdt)),
            ("5HT01", None),
            ("250", None),
        ] {
            assert_eq!(System::by_shape(code(text)), want, "{text}");
        }
    }
}
