//! Recognises the layout of a file by its first bytes, never by its name.

use super::{addenda, codes, columns, cpt, deletions, hcpcs, order, text};
use crate::error::Error;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// An ICD-10 order file.
    Order,
    /// An ICD-10 codes file.
    Codes,
    /// HCPCS Level II in 320 columns.
    Hcpcs,
    /// A delimited list with a heading.
    Table,
    /// HCPCS Level II in a workbook.
    Edition,
    /// A list with a heading in a workbook.
    Sheet,
    /// A CPT list in one of its forms.
    Cpt,
    /// Something else that is known.
    Other(Other),
    /// Nothing known.
    Unknown,
}

/// Files that are no release, but recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// A publisher's list of changes.
    Addenda,
    /// A list of deleted CPT codes.
    Deletions,
    /// A conversion table or a General Equivalence Mapping.
    Mapping,
    /// A zip; `workbook` tells whether it is a workbook.
    Zip,
    /// A workbook without a list of codes.
    Workbook,
    /// A named kind of file that holds no text.
    Binary(&'static str),
    /// UTF-16 text.
    Utf16,
}

/// How many lines are looked at.
const LOOK: usize = 40;

/// Recognises a layout.
pub(super) fn recognise(head: &[u8]) -> Layout {
    if let Some(other) = by_magic(head) {
        return Layout::Other(other);
    }
    if text::is_utf16(head) {
        return Layout::Other(Other::Utf16);
    }
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let lines: Vec<&[u8]> = whole_lines(head);
    let most = |looks: fn(&[u8]) -> bool| {
        let count = lines.iter().filter(|line| looks(line)).count();
        count * 2 > lines.len()
    };
    if deletions::looks(&String::from_utf8_lossy(head), &lines) {
        Layout::Other(Other::Deletions)
    } else if cpt::looks_numbered(&lines) {
        Layout::Cpt
    } else if most(order::looks) {
        Layout::Order
    } else if most(addenda::looks) {
        Layout::Other(Other::Addenda)
    } else if most(is_gem) {
        Layout::Other(Other::Mapping)
    } else if most(codes::looks) {
        Layout::Codes
    } else {
        of_list(head, &lines)
    }
}

fn of_list(head: &[u8], lines: &[&[u8]]) -> Layout {
    // Disclaimers stand before the records; the very last line may be cut off.
    if lines.iter().rev().take(2).any(|line| hcpcs::looks(line)) {
        return Layout::Hcpcs;
    }
    match columns::find(&String::from_utf8_lossy(head)) {
        columns::Found::Mapping => return Layout::Other(Other::Mapping),
        columns::Found::Addenda => return Layout::Other(Other::Addenda),
        columns::Found::List(_) => return Layout::Table,
        columns::Found::Nothing => {}
    }
    if cpt::looks(lines) { Layout::Cpt } else { Layout::Unknown }
}

/// The first lines that are not blank; a line that the head cuts is left out.
fn whole_lines(head: &[u8]) -> Vec<&[u8]> {
    let lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).take(LOOK + 1).collect();
    if lines.len() > LOOK || lines.len() > 1 && head.len() >= 64 << 10 {
        lines.pop();
    }
    lines
}

fn by_magic(head: &[u8]) -> Option<Other> {
    const KINDS: [(&[u8], &str); 10] = [
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"\x1F\x8B", "a gzip file"),
        (b"\xD0\xCF\x11\xE0", "an old Excel or Word file, or a workbook with a password"),
        (b"7z\xBC\xAF", "a 7-Zip file"),
        (b"{\\rtf", "an RTF document"),
        (b"<?xml", "an XML file"),
        (b"<!DOCTYPE", "a web page"),
    ];
    if head.starts_with(b"PK\x03\x04") {
        return Some(Other::Zip);
    }
    let kind = KINDS.iter().find(|(magic, _)| head.starts_with(magic));
    kind.map(|(_, name)| Other::Binary(name))
}

/// `0010  A000    00000`: source, target, five flags.
fn is_gem(line: &[u8]) -> bool {
    let mut fields = line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    let (Some(_), Some(_), Some(flags), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    flags.len() == 5 && flags.iter().all(u8::is_ascii_digit)
}

/// Why a file that is no release is refused, and what to do.
pub(super) fn refusal(layout: Layout) -> Error {
    const WANTED: &str = "name the zip as downloaded, the order file inside, or a list (CSV, xlsx) \
                          with a heading (code, description)";
    let Layout::Other(other) = layout else {
        return Error::refused("no layout of a code set is recognised in it").hint(format!(
            "looked for an ICD-10 order or codes file, HCPCS records, a CPT list (code, then its descriptor), and a \
             list whose heading names a code and a description column; {WANTED}"
        ));
    };
    match other {
        Other::Addenda => Error::refused("a list of changes (addenda), not a release").hint(WANTED),
        Other::Deletions => Error::refused("a list of deleted codes, not a release")
            .hint("give it beside CPT releases, in one folder or with --release: its codes end there on their days"),
        Other::Mapping => {
            Error::refused("a mapping between codes, not a release").hint("mappings go to --map")
        }
        Other::Workbook => Error::refused("a workbook in which no list of codes is recognised")
            .hint(format!(
                "one row of the first {} must name a code and a description column; {WANTED}",
                columns::LOOK
            )),
        Other::Zip => Error::refused("a zip inside a zip").hint("unpack the outer one first"),
        Other::Utf16 => text::utf16(),
        Other::Binary(name) => {
            let hint = match name {
                _ if name.contains("gzip") => "unpack it first",
                _ if name.contains("Excel") => "save it as xlsx without a password, or as CSV",
                _ => WANTED,
            };
            Error::refused(format!("{name}, not a release")).hint(hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_go_by_content() {
        let order = "00001 A00     0 Cholera                                                      Cholera\r\n";
        for (text, want) in [
            (order, Layout::Order),
            ("A000    Cholera due to\r\nA001    Cholera two\r\n", Layout::Codes),
            ("Add:         1 A925    Zika\r\n", Layout::Other(Other::Addenda)),
            ("0010  A000    00000\n", Layout::Other(Other::Mapping)),
            ("code,description\nA1,x\n", Layout::Table),
            ("Current code,Effective,Previous code(s)\n", Layout::Other(Other::Mapping)),
            ("Invented heading\n\n99998\tInvented\n", Layout::Cpt),
            ("Invented heading\n\n99998 INVENTED\n", Layout::Cpt),
            ("Invented heading\n\n0019801 Invented\n0019802 and more\n", Layout::Cpt),
            ("0016070 Bypass\r\n0016071 Bypass\r\n", Layout::Codes),
            ("99998|20241231\n99997|20241231\n", Layout::Other(Other::Deletions)),
            ("%PDF-1.7", Layout::Other(Other::Binary("a PDF"))),
            ("hello", Layout::Unknown),
            ("REF*1*00\nN3*AB123457 A street and a house\n", Layout::Unknown),
        ] {
            assert_eq!(recognise(text.as_bytes()), want, "{text}");
        }
    }
}
