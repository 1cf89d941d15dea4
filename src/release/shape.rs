//! The system of a list, by the shape of its codes.
//!
//! Shapes overlap - `A0428` is an ambulance service and looks like a diagnosis
//! - so the whole list decides, never one code.

use hashbrown::HashSet;

use super::Entry;
use crate::code::{Code, System};

/// Whether a code has the shape of a system, so that an edition of it that is not at
/// hand may hold it.
pub(crate) fn may_be(system: System, code: Code) -> bool {
    match system {
        System::Icd10cm => is_icd10cm(code),
        System::Icd10pcs => is_icd10pcs(code),
        System::Hcpcs | System::Cpt | System::Cdt => System::by_shape(code) == Some(system),
        _ => true,
    }
}

/// Whether a code has the shape of ICD-10-CM: a letter, a letter or digit, and
/// one to five more. From FY2026 the second character may be a letter.
pub(super) fn is_icd10cm(code: Code) -> bool {
    let bytes = code.bytes();
    let text = bytes.as_slice();
    (3..=7).contains(&text.len())
        && text[0].is_ascii_uppercase()
        && text.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a code has the shape of ICD-10-PCS: 7 characters, no I and no O.
pub(super) fn is_icd10pcs(code: Code) -> bool {
    let bytes = code.bytes();
    let text = bytes.as_slice();
    text.len() == 7 && text.iter().all(|&byte| is_pcs_character(byte))
}

fn is_pcs_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() && byte != b'I' && byte != b'O'
}

/// ICD-10-CM or ICD-10-PCS, for a file that is known to hold one of the two.
///
/// In PCS every billable code has seven characters and every header three, and
/// all begin with the character of a section.
pub(super) fn icd10(entries: &[Entry]) -> System {
    let pcs = |entry: &Entry| {
        let bytes = entry.code.bytes();
        let text = bytes.as_slice();
        text.len() == if entry.billable { 7 } else { 3 }
            && text.iter().all(|&byte| is_pcs_character(byte))
            && matches!(text[0], b'0'..=b'9' | b'B' | b'C' | b'D' | b'F' | b'G' | b'H' | b'X')
    };
    if entries.iter().all(pcs) { System::Icd10pcs } else { System::Icd10cm }
}

/// Where the dots of a list stand.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Dots {
    /// Codes with a dot behind the second character.
    pub(super) after_two: usize,
    /// Codes with a dot behind the third character.
    pub(super) after_three: usize,
}

impl Dots {
    /// Counts the dot of one code as it was written.
    pub(super) fn see(&mut self, written: &str) {
        match written.trim().find('.') {
            Some(2) => self.after_two += 1,
            Some(3) => self.after_three += 1,
            _ => {}
        }
    }
}

/// The system of a list, if its codes leave no doubt.
pub(super) fn of_list(codes: &[Code], dots: Dots) -> Option<System> {
    let first = codes.first().and_then(|&code| System::by_shape(code));
    if first.is_some() && codes.iter().all(|&code| System::by_shape(code) == first) {
        return first;
    }
    if !codes.is_empty() && codes.iter().all(|&code| is_icd10pcs(code)) {
        let digit = codes.iter().any(|code| code.bytes().as_slice()[0].is_ascii_digit());
        return digit.then_some(System::Icd10pcs);
    }
    of_icd_list(codes, dots)
}

fn of_icd_list(codes: &[Code], dots: Dots) -> Option<System> {
    let first_bytes = |code: &Code| code.bytes().as_slice()[0];
    if !codes.is_empty() && codes.iter().all(|&code| is_icd10cm(code)) {
        return (dots.after_three > 0 || of_many_lengths(codes)).then_some(System::Icd10cm);
    }
    let digits = codes.iter().filter(|code| first_bytes(code).is_ascii_digit()).count();
    if digits * 2 < codes.len() || codes.iter().any(|code| code.length() > 5) {
        return None;
    }
    match (dots.after_two, dots.after_three) {
        (0, 1..) => Some(System::Icd9cm),
        (1.., 0) => Some(System::Icd9pcs),
        _ => None,
    }
}

/// Procedure codes are all of one length; diagnoses are not.
fn of_many_lengths(codes: &[Code]) -> bool {
    let lengths: HashSet<usize> = codes.iter().map(|code| code.length()).collect();
    lengths.len() > 1
}

/// The system that a heading names, if it names one alone.
pub(super) fn of_heading(heading: &str) -> Option<System> {
    let heading = heading.to_ascii_uppercase().replace(['-', '_', ' '], "");
    let words = [
        ("ICD10CM", System::Icd10cm),
        ("ICD10PCS", System::Icd10pcs),
        ("ICD9CM", System::Icd9cm),
        ("HCPCS", System::Hcpcs),
        ("CPT", System::Cpt),
        ("CDT", System::Cdt),
    ];
    let named: Vec<System> = words
        .iter()
        .filter(|(word, _)| heading.contains(word))
        .map(|&(_, system)| system)
        .collect();
    match named[..] {
        [system] => Some(system),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(written: &[&str]) -> Option<System> {
        let mut dots = Dots::default();
        for code in written {
            dots.see(code);
        }
        let codes: Vec<Code> =
            written.iter().map(|code| Code::normalise(code).expect("a code")).collect();
        of_list(&codes, dots)
    }

    #[test]
    fn a_list_tells_its_system_or_none() {
        for (codes, want) in [
            (&["99213", "0001A", "0042T"][..], Some(System::Cpt)),
            (&["A0428", "G0008"], Some(System::Hcpcs)),
            (&["D0120", "D9999"], Some(System::Cdt)),
            (&["A00.0", "E88.810"], Some(System::Icd10cm)),
            (&["A000", "E88810", "QA00101"], Some(System::Icd10cm)),
            (&["250.00", "401.9"], Some(System::Icd9cm)),
            (&["38.93", "00.10"], Some(System::Icd9pcs)),
            (&["0016070", "XW023X7"], Some(System::Icd10pcs)),
            (&["99213", "G0008"], None),
            (&["250", "401"], None),
            (&[], None),
        ] {
            assert_eq!(system(codes), want, "{codes:?}");
        }
    }

    #[test]
    fn a_heading_names_one_system_or_none() {
        assert_eq!(of_heading("ICD-10-CM code;Title"), Some(System::Icd10cm));
        assert_eq!(of_heading("CPT/HCPCS code"), None);
        assert_eq!(of_heading("code,description"), None);
    }
}
