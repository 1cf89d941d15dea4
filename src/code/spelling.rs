//! How a cell spells its code: read apart from the code, so that a successor is written
//! as the old one was.

use super::{Code, System};

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

    /// The same, with the letters of another spelling, if that writes them in one way.
    #[must_use]
    pub fn cased_as(self, other: Spelling) -> Spelling {
        match other.case {
            Case::Mixed => self,
            case => Spelling { case, ..self },
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
    fn what_is_no_code_is_none() {
        for text in ["", ".", "E.88.81", ".E88", "E88.", "123456789", "A B", "~"] {
            assert!(Spelling::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
