//! A code's identity, apart from how a file happens to spell it.
//!
//! `Code` is what two files are compared by: upper case, no dot, no padding,
//! no prefix. `Spelling` is what one cell added to that - the dot, lower case,
//! a prefix, a modifier behind it - so that a replacement is written back in
//! the same way. Codes of up to eight characters are one integer whose order
//! is the order of the characters; no national code set needs more.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

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
    fn dot(self, code: Code) -> Option<usize> {
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
            System::Icd10pcs => text.len() == 7,
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

/// A normalised code: one to eight ASCII characters, packed big-endian.
///
/// Ordering is the order of the characters, shorter before longer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u64);

impl Code {
    /// The longest code that is kept.
    pub const MAX: usize = 8;

    /// Packs characters that are normalised already.
    ///
    /// Returns `None` where there are none or more than [`Code::MAX`], or one
    /// is neither an upper-case letter, a digit nor `-`.
    #[inline]
    pub fn pack(text: &[u8]) -> Option<Code> {
        if text.is_empty() || text.len() > Code::MAX {
            return None;
        }
        let mut packed = 0u64;
        for &byte in text {
            if !is_code_byte(byte) {
                return None;
            }
            packed = packed << 8 | u64::from(byte);
        }
        Some(Code(packed << (8 * (Code::MAX - text.len()))))
    }

    /// Reads a code as people write it: any case, dotted or not, blanks around.
    ///
    /// ```
    /// use codeturn::code::Code;
    /// assert_eq!(Code::normalise(" e88.81 ").unwrap().to_string(), "E8881");
    /// assert!(Code::normalise("not a code").is_none());
    /// ```
    pub fn normalise(text: &str) -> Option<Code> {
        let mut packed = [0u8; Code::MAX];
        let mut length = 0;
        for byte in text.trim().bytes().filter(|&byte| byte != b'.') {
            *packed.get_mut(length)? = byte.to_ascii_uppercase();
            length += 1;
        }
        Code::pack(&packed[..length])
    }

    /// The characters.
    pub fn bytes(self) -> CodeBytes {
        let bytes = self.0.to_be_bytes();
        let length = Code::MAX - self.0.trailing_zeros() as usize / 8;
        CodeBytes { bytes, length: length as u8 }
    }

    /// How many characters it has.
    pub fn length(self) -> usize {
        Code::MAX - self.0.trailing_zeros() as usize / 8
    }

    /// Whether the characters of `self` begin with those of `prefix`.
    pub fn starts_with(self, prefix: Code) -> bool {
        let mask = u64::MAX << (8 * (Code::MAX - prefix.length()));
        self.0 & mask == prefix.0
    }

    /// The packed integer: a key for tables.
    pub fn key(self) -> u64 {
        self.0
    }

    /// The code as people write it, with the dot of its system.
    pub fn dotted(self, system: System) -> String {
        let mut out = Vec::with_capacity(Code::MAX + 1);
        let spelling = Spelling { dot: system.dot(self).map(|dot| dot as u8), case: Case::Upper };
        spelling.write(self, system, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The characters of a code on the stack.
#[derive(Clone, Copy)]
pub struct CodeBytes {
    bytes: [u8; Code::MAX],
    length: u8,
}

impl CodeBytes {
    /// The characters.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The characters as text.
    pub fn as_str(&self) -> &str {
        // `Code::pack` lets nothing but ASCII in.
        std::str::from_utf8(self.as_slice()).unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.bytes().as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.bytes().as_str())
    }
}

/// How one cell spelled its code, apart from what stands around the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spelling {
    /// After how many characters a dot stood.
    pub dot: Option<u8>,
    /// How its letters were written.
    pub case: Case,
}

/// How the letters of a code are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// In upper case, as published.
    #[default]
    Upper,
    /// In lower case.
    Lower,
    /// Placeholders alone in lower case: `S06.0x1A`.
    LowerPlaceholders,
    /// Some so, some so.
    Mixed,
}

impl Spelling {
    /// Reads the core of a cell (no blanks, no quotes around it).
    ///
    /// Returns `None` where it is no code: another character than letters,
    /// digits, `-` and one dot, or more than eight of them.
    #[inline]
    pub fn read(core: &[u8]) -> Option<(Code, Spelling)> {
        if let Some(code) = Code::pack(core) {
            return Some((code, Spelling::default()));
        }
        Spelling::read_odd(core)
    }

    fn read_odd(core: &[u8]) -> Option<(Code, Spelling)> {
        if core.len() > Code::MAX + 1 {
            return None;
        }
        let mut packed = [0u8; Code::MAX];
        let mut length = 0;
        let mut spelling = Spelling::default();
        for (at, &byte) in core.iter().enumerate() {
            if byte == b'.' {
                // A second dot, or one at either end, is no spelling of a code.
                if spelling.dot.is_some() || at == 0 || at + 1 == core.len() {
                    return None;
                }
                spelling.dot = Some(at as u8);
                continue;
            }
            *packed.get_mut(length)? = byte;
            length += 1;
        }
        spelling.case = Case::of(&packed[..length]);
        packed.make_ascii_uppercase();
        Code::pack(&packed[..length]).map(|code| (code, spelling))
    }

    /// Whether `code` may be spelled so in `system`. A dot elsewhere makes it
    /// another code: `E888.1` is an ICD-9 fall, `E88.81` an ICD-10-CM diagnosis.
    pub fn fits(self, code: Code, system: System) -> bool {
        let fits = |dot| system == System::Local || system.dot(code) == Some(usize::from(dot));
        self.dot.is_none_or(fits)
    }

    /// The spelling in which a successor of `code` is written.
    ///
    /// A code too short for a dot does not show whether its file dots codes;
    /// `dotted` says what is known of the column. `None` where that is open, or where its
    /// letters are written in no one way.
    pub fn for_successor(
        self,
        code: Code,
        system: System,
        dotted: Option<bool>,
    ) -> Option<Spelling> {
        if self.case == Case::Mixed {
            return None;
        }
        match system.dot(code) {
            Some(dot) if code.length() <= dot => {
                Some(Spelling { dot: dotted?.then_some(dot as u8), ..self })
            }
            _ => Some(self),
        }
    }

    /// `code` as it was read, whatever its system: with the dot where it stood.
    pub fn typed(self, code: Code) -> String {
        let mut text = code.to_string();
        if let Some(dot) = self.dot.map(usize::from).filter(|dot| *dot <= text.len()) {
            text.insert(dot, '.');
        }
        let mut bytes = text.into_bytes();
        self.case.write(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Writes `code` in this spelling.
    pub fn write(self, code: Code, system: System, out: &mut Vec<u8>) {
        let bytes = code.bytes();
        let text = bytes.as_slice();
        let start = out.len();
        match system.dot(code) {
            Some(dot) if self.dot.is_some() && text.len() > dot => {
                out.extend_from_slice(&text[..dot]);
                out.push(b'.');
                out.extend_from_slice(&text[dot..]);
            }
            _ => out.extend_from_slice(text),
        }
        self.case.write(&mut out[start..]);
    }
}

/// A placeholder never stands among the first three characters of a code.
const PLACEHOLDERS_FROM: usize = 3;

impl Case {
    /// Writes letters in upper case, a dot among them or not, as it says.
    fn write(self, text: &mut [u8]) {
        match self {
            Case::Upper | Case::Mixed => {}
            Case::Lower => text.make_ascii_lowercase(),
            Case::LowerPlaceholders => {
                let behind = text.iter_mut().skip(PLACEHOLDERS_FROM);
                behind.filter(|byte| **byte == b'X').for_each(|byte| *byte = b'x');
            }
        }
    }

    fn of(code: &[u8]) -> Case {
        let is_placeholder = |(at, byte): (usize, &u8)| at >= PLACEHOLDERS_FROM && *byte == b'x';
        let lower = || code.iter().enumerate().filter(|(_, byte)| byte.is_ascii_lowercase());
        if lower().next().is_none() {
            Case::Upper
        } else if !code.iter().any(u8::is_ascii_uppercase) {
            Case::Lower
        } else if lower().all(is_placeholder) {
            Case::LowerPlaceholders
        } else {
            Case::Mixed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    #[test]
    fn order_is_that_of_the_characters() {
        assert!(code("E88") < code("E8881"));
        assert!(code("C4A9") > code("C449"));
        assert_eq!(code("E88.81").length(), 5);
        assert!(code("E88.810").starts_with(code("E88.81")));
        assert!(!code("E88.8").starts_with(code("E88.81")));
    }

    #[test]
    fn a_replacement_is_written_as_the_old_one_was() {
        for (old, new, want) in [
            ("E88.81", "E88810", "E88.810"),
            ("E8881", "E88810", "E88810"),
            ("e88.81", "E88810", "e88.810"),
            ("S06.0x2A", "S060X1A", "S06.0x1A"),
            ("S060x2A", "X58XXXA", "X58xxxA"),
            ("w00.0xxa", "W00XXXA", "w00.xxxa"),
        ] {
            let (own, spelling) = Spelling::read(old.as_bytes()).expect("a code");
            let spelling = spelling.for_successor(own, System::Icd10cm, None).expect("told");
            let mut out = Vec::new();
            spelling.write(code(new), System::Icd10cm, &mut out);
            assert_eq!(String::from_utf8(out).expect("ASCII"), want);
        }
    }

    #[test]
    fn a_code_in_both_cases_says_not_how_to_write_another() {
        for old in ["T84.040a", "t84.040A", "E88.81a", "x58.xxXA", "S06.0xxa"] {
            let (own, spelling) = Spelling::read(old.as_bytes()).expect("a code");
            assert_eq!(spelling.case, Case::Mixed, "{old}");
            assert_eq!(spelling.for_successor(own, System::Icd10cm, Some(true)), None, "{old}");
        }
    }

    #[test]
    fn a_dot_in_another_place_is_another_code() {
        let fits = |text: &str, system| {
            let (code, spelling) = Spelling::read(text.as_bytes()).expect("a code");
            spelling.fits(code, system)
        };
        assert!(!fits("E888.1", System::Icd10cm));
        assert!(fits("E888.1", System::Icd9cm));
        assert!(!fits("E88.81", System::Icd9cm));
        assert!(fits("250.00", System::Icd9cm));
        assert!(!fits("99213.0", System::Cpt));
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
    fn what_is_no_code_is_none() {
        for text in ["", ".", "E.88.81", ".E88", "E88.", "123456789", "A B", "~"] {
            assert!(Spelling::read(text.as_bytes()).is_none(), "{text}");
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
            ("001607", System::Icd10pcs, false),
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
