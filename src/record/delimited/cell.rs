//! One cell -> the codes in it.
//!
//! Most cells are one bare code. The others hold blanks and quotes around it, a
//! prefix that names the system (`ICD10CM:E11.9`), modifiers behind it
//! (`99213-25`, `J1100:JW`) or several codes (`253.2, E23.0`). What is none of
//! these is one part that is no code, so that it is counted and shown.

use std::borrow::Cow;

use crate::code::{Code, Spelling, System};

/// What a prefix or a version cell says about the system of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ICD-10: CM in a diagnosis, PCS in a procedure.
    Icd10,
    /// ICD-10-CM by name.
    Icd10cm,
    /// ICD-10-PCS by name.
    Icd10pcs,
    /// ICD-9.
    Icd9,
    /// Procedure codes of a claim line: CPT or HCPCS by shape.
    ClaimLine,
    /// Some other system, which is not judged.
    Foreign,
}

/// One code of a cell, or the whole of a cell that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where its characters stand in the block; only these are replaced.
    pub start: u32,
    /// The byte after them.
    pub end: u32,
    /// The code and how it was spelled; `None` where it is no code.
    pub code: Option<(Code, Spelling)>,
    /// The system that a prefix names.
    pub prefix: Option<Family>,
}

/// The bytes between blanks and quotes, and where they begin in `cell`.
#[inline]
pub fn core(cell: &[u8]) -> (usize, &[u8]) {
    // Most cells have neither.
    if let [first, .., last] = cell
        && *first > b' '
        && *first != b'"'
        && *last > b' '
    {
        return (0, cell);
    }
    // Blanks may stand behind the closing quote; before the opening one it is data.
    let (skip, inner) = match cell.trim_ascii_end() {
        [b'"', inner @ .., b'"'] => (1, inner),
        bare => (0, bare),
    };
    let blank = inner.iter().take_while(|byte| is_blank(**byte)).count();
    (skip + blank, inner.trim_ascii())
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

/// What a cell says: its core, doubled quotes inside quotes as one.
pub fn text(cell: &[u8]) -> Cow<'_, [u8]> {
    let (_, core) = core(cell);
    let is_quoted = cell.first() == Some(&b'"');
    if !is_quoted || memchr::memmem::find(core, b"\"\"").is_none() {
        return Cow::Borrowed(core);
    }
    let mut text = Vec::with_capacity(core.len());
    let mut after_quote = false;
    for &byte in core {
        after_quote = byte == b'"' && !after_quote;
        if byte != b'"' || after_quote {
            text.push(byte);
        }
    }
    Cow::Owned(text)
}

/// Whether a cell says this, in whatever case.
pub fn says(cell: &[u8], value: &[u8]) -> bool {
    text(cell).eq_ignore_ascii_case(value.trim_ascii())
}

/// Whether a revenue centre (its core) is one of 0022 to 0024, which carry HIPPS codes in the
/// HCPCS column.
pub fn is_of_hipps(centre: &[u8]) -> bool {
    matches!(centre, b"0022" | b"0023" | b"0024" | b"022" | b"023" | b"024" | b"22" | b"23" | b"24")
}

/// Whether a cell says that there is no value: empty, blank, `~`, `NULL`, `\N`.
#[inline]
pub fn is_null(core: &[u8]) -> bool {
    matches!(core, b"" | b"~" | b"\\N") || core.eq_ignore_ascii_case(b"null")
}

/// Whether a cell of claim numbers holds none: nothing, or what programs write in its
/// place (`0`, `000`, `N/A`, `-`, `UNKNOWN`). Rows with it are no claim together.
pub fn is_no_number(core: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [b"n/a", b"na", b"none", b"unknown", b"unk", b"nil", b"missing"];
    is_null(core)
        || core.iter().all(|byte| matches!(byte, b'0' | b'-' | b'.' | b'?' | b'*'))
        || WORDS.iter().any(|word| core.eq_ignore_ascii_case(word))
}

/// The codes of the cell that stands at `start` in its block.
///
/// `modifiers` says whether a modifier may stand behind a code, which is so
/// for the procedure codes of a claim line only.
pub fn parts(cell: &[u8], start: u32, modifiers: Modifiers, out: &mut Vec<Part>) {
    out.clear();
    let (skip, core) = core(cell);
    if is_null(core) {
        return;
    }
    let from = start as usize + skip;
    if let Some(part) = one(core, from, modifiers).filter(|part| part.code.is_some()) {
        out.push(part);
        return;
    }
    several(core, from, modifiers, out);
    if out.is_empty() {
        out.push(Part {
            start: from as u32,
            end: (from + core.len()) as u32,
            code: None,
            prefix: None,
        });
    }
}

/// Whether modifiers may stand behind a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifiers {
    /// `99213-25`: the code is what stands before.
    Behind,
    /// There are none in this field.
    Never,
}

fn several(core: &[u8], from: usize, modifiers: Modifiers, out: &mut Vec<Part>) {
    let separator = |byte: &u8| matches!(byte, b',' | b';' | b'|') || is_blank(*byte);
    if !core.iter().any(separator) {
        return;
    }
    let mut at = 0;
    for piece in core.split(separator) {
        let start = from + at;
        at += piece.len() + 1;
        if piece.is_empty() {
            continue;
        }
        // A single word that is no code makes the whole cell text, not a list.
        let part = one(piece, start, modifiers).filter(|part| looks_like_a_code(*part));
        let Some(part) = part else {
            out.clear();
            return;
        };
        out.push(part);
    }
}

fn looks_like_a_code(part: Part) -> bool {
    part.code.is_some_and(|(code, _)| {
        let bytes = code.bytes();
        let text = bytes.as_slice();
        // `ICD10` names a system and is no code of one.
        text.len() >= 3 && text.iter().any(u8::is_ascii_digit) && !text.starts_with(b"ICD")
    })
}

/// One code with what may stand around it.
fn one(text: &[u8], from: usize, modifiers: Modifiers) -> Option<Part> {
    let (prefix, skip) = prefix(text);
    let rest = &text[skip..];
    let length = match modifiers {
        Modifiers::Behind => without_modifiers(rest),
        Modifiers::Never => rest.len(),
    };
    let code = Spelling::read(&rest[..length])?;
    let start = (from + skip) as u32;
    Some(Part { start, end: start + length as u32, code: Some(code), prefix })
}

/// The length of the five characters before `-25`, ` 25`, `:JW` or `-25-59`; else all.
fn without_modifiers(text: &[u8]) -> usize {
    const CODE: usize = 5;
    let Some((_, behind)) = text.split_at_checked(CODE) else { return text.len() };
    let is_modifier = |chunk: &[u8]| matches!(chunk, [b'-' | b':' | b' ', a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric());
    if behind.chunks(3).all(is_modifier) { CODE } else { text.len() }
}

/// The system that a prefix such as `ICD10CM:` or `ICD-10 ` names, and how long it is.
fn prefix(text: &[u8]) -> (Option<Family>, usize) {
    let Some(colon) = memchr::memchr(b':', text) else { return before_a_blank(text) };
    let word = &text[..colon];
    match family(word) {
        // `J1100:JW` is a code with a modifier, `E66.8:I10` two codes: no prefix.
        Some(Family::Foreign) if !is_name(word) => (None, 0),
        Some(family) => (Some(family), colon + 1),
        None => (None, 0),
    }
}

/// Without a colon only the name of an ICD is one: what else stands before a blank is a code.
fn before_a_blank(text: &[u8]) -> (Option<Family>, usize) {
    let Some(blank) = text.iter().position(|byte| is_blank(*byte)) else { return (None, 0) };
    let (word, rest) = text.split_at(blank);
    let is_icd = word.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"ICD"));
    match family(word).filter(|family| is_icd && *family != Family::Foreign) {
        Some(family) => (Some(family), text.len() - rest.trim_ascii_start().len()),
        None => (None, 0),
    }
}

/// Whether a word may be the name of a code system.
fn is_name(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b' '))
}

/// What a version or type cell, or a prefix, says: `0`, `10`, `ICD10CM`, `9`,
/// `icd-9-cm`, `CPT4`, `HCPCS`, ... ; `None` where it says nothing.
pub fn family(cell: &[u8]) -> Option<Family> {
    // A column of numbers with gaps is written as fractions by some programs: `10.0`.
    let cell =
        cell.strip_suffix(b".0").filter(|it| it.iter().all(u8::is_ascii_digit)).unwrap_or(cell);
    let word: Vec<u8> = cell
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_uppercase)
        .collect();
    match word.as_slice() {
        b"" => None,
        b"ICD10CM" | b"I10C" => Some(Family::Icd10cm),
        b"ICD10PCS" | b"I10P" => Some(Family::Icd10pcs),
        b"0" | b"10" | b"I10" | b"ABK" | b"ABF" => Some(Family::Icd10),
        b"9" | b"09" | b"I9" => Some(Family::Icd9),
        [b'I', b'C', b'D', b'1', b'0', ..] => Some(Family::Icd10),
        [b'I', b'C', b'D', b'9', ..] => Some(Family::Icd9),
        [b'C', b'P', b'T', ..] | [b'H', b'C', b'P', b'C', ..] | b"C4" | b"HC" | b"CH" => {
            Some(Family::ClaimLine)
        }
        _ => Some(Family::Foreign),
    }
}

impl Family {
    /// The system that a prefix names for its own code; where it names only
    /// ICD-10 or ICD-9, the field decides.
    pub fn of_prefix(self, code: Option<Code>, field: Option<Field>) -> Option<System> {
        match self {
            Family::Icd10cm => Some(System::Icd10cm),
            Family::Icd10pcs => Some(System::Icd10pcs),
            other => other.system(code, field),
        }
    }

    /// The system of a code of this family in a field of procedures or diagnoses:
    /// type columns lie, so the field decides between CM and PCS. In a field of either
    /// only the name of the family does.
    pub fn system(self, code: Option<Code>, field: Option<Field>) -> Option<System> {
        match (self, field) {
            (Family::Icd10 | Family::Icd10cm | Family::Icd10pcs, Some(Field::Procedure)) => {
                Some(System::Icd10pcs)
            }
            (Family::Icd10 | Family::Icd10cm | Family::Icd10pcs, Some(Field::Diagnosis)) => {
                Some(System::Icd10cm)
            }
            (Family::Icd10cm, None) => Some(System::Icd10cm),
            (Family::Icd10pcs, None) => Some(System::Icd10pcs),
            (Family::Icd9, Some(Field::Procedure)) => Some(System::Icd9pcs),
            (Family::Icd9, Some(Field::Diagnosis)) => Some(System::Icd9cm),
            (Family::ClaimLine, _) => code.and_then(System::by_shape),
            (Family::Foreign, _) | (Family::Icd10 | Family::Icd9, None) => None,
        }
    }
}

/// Which of the two ICD systems a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Diagnoses.
    Diagnosis,
    /// Procedures.
    Procedure,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, modifiers: Modifiers) -> Vec<(String, Option<String>)> {
        let mut out = Vec::new();
        parts(cell.as_bytes(), 0, modifiers, &mut out);
        let text = |part: &Part| cell[part.start as usize..part.end as usize].to_owned();
        out.iter().map(|part| (text(part), part.code.map(|(code, _)| code.to_string()))).collect()
    }

    fn codes(cell: &str) -> Vec<String> {
        read(cell, Modifiers::Never).into_iter().filter_map(|part| part.1).collect()
    }

    #[test]
    fn nothing_is_no_part() {
        for cell in ["", " ", "\"\"", "~", "NULL", "\\N", "\"  \""] {
            assert!(read(cell, Modifiers::Never).is_empty(), "{cell:?}");
        }
    }

    #[test]
    fn the_core_alone_is_the_span() {
        assert_eq!(
            read("\" E88.81 \"", Modifiers::Never),
            [("E88.81".to_owned(), Some("E8881".to_owned()))]
        );
        assert_eq!(
            read("\"E88.81\" ", Modifiers::Never),
            [("E88.81".to_owned(), Some("E8881".to_owned()))]
        );
        assert_eq!(
            read("99213-25", Modifiers::Behind),
            [("99213".to_owned(), Some("99213".to_owned()))]
        );
        assert_eq!(
            read("J1100:JW", Modifiers::Behind),
            [("J1100".to_owned(), Some("J1100".to_owned()))]
        );
        assert_eq!(
            read("ICD10CM:E11.9", Modifiers::Never),
            [("E11.9".to_owned(), Some("E119".to_owned()))]
        );
    }

    #[test]
    fn doubled_quotes_are_one_inside_quotes_only() {
        assert_eq!(text(b"\"a \"\"b\"\" \"\"\"\"\""), &b"a \"b\" \"\""[..]);
        assert_eq!(text(b"a \"\"b"), &b"a \"\"b"[..]);
        assert_eq!(text(b" plain "), &b"plain"[..]);
    }

    #[test]
    fn several_codes_of_a_cell_are_several_parts() {
        assert_eq!(codes("253.2, E23.0"), ["2532", "E230"]);
        assert_eq!(codes("ICD10:E11.9;ICD10:I10"), ["E119", "I10"]);
    }

    #[test]
    fn text_is_one_part_that_is_no_code() {
        let text = "type 2 diabetes".to_owned();
        assert_eq!(read(&text, Modifiers::Never), [(text.clone(), None)]);
        assert_eq!(read("E88.\"\"81", Modifiers::Never).len(), 1);
        assert_eq!(read("E66.8:I10", Modifiers::Never), [("E66.8:I10".to_owned(), None)]);
    }

    #[test]
    fn version_cells() {
        assert_eq!(family(b"0"), Some(Family::Icd10));
        assert_eq!(family(b"09"), Some(Family::Icd9));
        assert_eq!(family(b"icd-10-cm"), Some(Family::Icd10cm));
        assert_eq!(family(b"icd-10"), Some(Family::Icd10));
        assert_eq!(family(b"SM"), Some(Family::Foreign));
        assert_eq!(family(b" "), None);
    }
}
