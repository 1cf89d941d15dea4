//! Reads the CPT lists of the American Medical Association, in three forms.
//!
//! LONGULT and its kin: code, tab, descriptor. LONGUF and LONGULF: columns 1-5
//! code, 6-7 sequence, 9-80 text, a long descriptor going on in further lines
//! with the next sequence number. MEDU and SHORTU: columns 1-5 code, then the
//! text. A heading and a copyright stand before the data. A yearly set carries
//! no deletions: absence is the deletion; the lists of deleted codes that come
//! beside it are recognised, and are no release.

use super::Coverage;
use super::rows::{End, Parsed, Row, Rows};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// How a line gives code and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Code, tab, descriptor.
    Tabbed,
    /// Code, sequence, text.
    Numbered,
    /// Code, blank, text.
    Plain,
}

/// What a line of data says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'l> {
    code: Code,
    /// The sequence number of a numbered line, else 1.
    sequence: u8,
    text: &'l [u8],
}

impl Form {
    const ALL: [Form; 3] = [Form::Tabbed, Form::Numbered, Form::Plain];

    /// The layout in words.
    fn layout(self) -> &'static str {
        match self {
            Form::Tabbed => "CPT list (code TAB descriptor)",
            Form::Numbered => "CPT long descriptors (code, sequence, text)",
            Form::Plain => "CPT list (code, then a medium or short descriptor)",
        }
    }

    fn read(self, line: &[u8]) -> Option<Line<'_>> {
        let (code, sequence, text) = match self {
            Form::Tabbed => {
                let tab = memchr::memchr(b'\t', line)?;
                (line[..tab].trim_ascii(), 1, &line[tab + 1..])
            }
            Form::Numbered => {
                let digits = line.get(5..7).filter(|pair| pair.iter().all(u8::is_ascii_digit))?;
                line.get(7..9).filter(|pair| pair[0] == b' ' && pair[1] != b' ')?;
                (&line[..5], (digits[0] - b'0') * 10 + digits[1] - b'0', &line[8..])
            }
            Form::Plain => {
                line.get(5..7).filter(|pair| pair[0] == b' ')?;
                (&line[..5], 1, &line[6..])
            }
        };
        let code = Code::pack(code).filter(|&code| System::by_shape(code) == Some(System::Cpt))?;
        let text = text.trim_ascii();
        (!text.is_empty()).then_some(Line { code, sequence, text })
    }
}

/// How many of the last lines are looked at: the very last may be cut off.
const LAST: usize = 2;

/// Whether the lines end in a list of tabbed or plain lines.
pub(super) fn looks(lines: &[&[u8]]) -> bool {
    lines
        .iter()
        .rev()
        .take(LAST)
        .any(|line| Form::Tabbed.read(line).is_some() || Form::Plain.read(line).is_some())
}

/// Whether the lines are numbered as long descriptors are.
///
/// The first seven columns look like an ICD-10-PCS code; what tells them apart
/// is that codes begin with sequence 1.
pub(super) fn looks_numbered(lines: &[&[u8]]) -> bool {
    let is = |line: &&[u8]| Form::Numbered.read(line).is_some();
    let numbered: Vec<Line<'_>> =
        lines.iter().filter_map(|line| Form::Numbered.read(line)).collect();
    let mut before = None;
    let begin = numbered.iter().filter(|line| before.replace(line.code) != Some(line.code));
    let begin: Vec<&Line<'_>> = begin.collect();
    let ones = begin.iter().filter(|line| line.sequence == 1).count();
    lines.iter().rev().take(LAST).any(is) && ones * 2 > begin.len()
}

/// Whether a line is the first of its code, or goes on where the one before ended.
fn follows(before: Option<Line<'_>>, line: Line<'_>) -> bool {
    match before.filter(|before| before.code == line.code) {
        Some(before) => line.sequence == before.sequence + 1,
        None => line.sequence == 1,
    }
}

/// Reads a whole file.
///
/// # Errors
/// A line after the first row that is not in the layout, with its number.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let mut rows = Rows::over(String::with_capacity(text.len()), text.len() / 80);
    let mut heading = String::new();
    let form = form_of(text);
    let mut before = None;
    let mut notes = Vec::new();
    let mut blank = true;
    for (line, number) in text.lines().zip(1..) {
        let was_blank = std::mem::replace(&mut blank, line.trim().is_empty());
        match form.read(line.as_bytes()) {
            _ if blank => {}
            Some(read) if before.is_some() || follows(None, read) => {
                // A row whose code is damaged reads like the publisher's text before the data.
                if before.is_none() && !was_blank {
                    notes.push(format!("line {} and those before it hold no code", number - 1));
                }
                push(&mut rows, before.filter(|_| form == Form::Numbered), read, number)?;
                before = Some(read);
            }
            _ if before.is_none() => keep(&mut heading, line),
            _ => return Err(misfit(number)),
        }
    }
    rows.settle()?;
    if rows.entries.is_empty() {
        return Err(Error::refused("the file holds no CPT code").hint("name the list of codes"));
    }
    let end = if text.ends_with('\n') { End::Whole } else { End::Unended };
    Ok(Parsed {
        rows,
        layout: form.layout(),
        system: System::Cpt,
        coverage: Coverage::Whole,
        notes,
        heading,
        end,
    })
}

/// The form in which most lines can be read; publishers' lines before the data fit none.
fn form_of(text: &str) -> Form {
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).take(1000).collect();
    let read = |form: &Form| lines.iter().filter(|line| form.read(line).is_some()).count();
    Form::ALL.into_iter().rev().max_by_key(read).unwrap_or(Form::Tabbed)
}

fn push(rows: &mut Rows, before: Option<Line<'_>>, line: Line<'_>, number: usize) -> Result<()> {
    let long = std::str::from_utf8(line.text).map_err(|_| misfit(number))?;
    if long.contains(char::is_control) {
        return Err(Error::refused("a tab or a control character stands in the descriptor")
            .place(Place::Line(number as u64))
            .hint("a list with more than two columns needs a heading that names them"));
    }
    if before.is_some() && !follows(before, line) {
        return Err(Error::refused("the sequence number does not go on from the line before")
            .line(number as u64)
            .hint("lines are missing, doubled or sorted: download the file again"));
    }
    if line.sequence > 1 {
        return if rows.continue_title(line.code, long) { Ok(()) } else { Err(misfit(number)) };
    }
    let row =
        Row { code: line.code, billable: true, added: None, terminated: None, short: "", long };
    rows.push(&row, number);
    Ok(())
}

/// A copyright names the year before the set's own: it tells no date.
fn keep(heading: &mut String, line: &str) {
    if !line.to_ascii_lowercase().contains("copyright") && !line.contains('\u{A9}') {
        heading.push_str(line);
        heading.push('\n');
    }
}

fn misfit(number: usize) -> Error {
    Error::refused("not a line of a CPT list: code, then its descriptor")
        .line(number as u64)
        .hint("the file is cut off or damaged: download it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERED: &str = "Invented Set 2026\r\n\r\n\
        9999801 An invented descriptor that is long enough to go on in a second\r\n\
        9999802 line, and in a third\r\n\
        9999803 one\r\n\
        0999T01 Another invented one\r\n";

    fn titles(parsed: &Parsed) -> Vec<(String, &str)> {
        let of = parsed.rows.entries.iter();
        of.map(|entry| (entry.code.to_string(), parsed.rows.title(&entry.long))).collect()
    }

    #[test]
    fn codes_follow_the_publishers_lines() {
        let text = "Invented Set 2026\nCopyright 2025 Nobody\n\n99998\tInvented one\n0999T\tInvented two\n";
        let parsed = parse(text).expect("a list");
        assert_eq!(parsed.rows.entries.len(), 2);
        assert_eq!(parsed.heading, "Invented Set 2026\n");
        assert_eq!(parsed.end, End::Whole);
    }

    #[test]
    fn long_descriptors_go_on_in_numbered_lines() {
        let parsed = parse(NUMBERED).expect("a list");
        let long = "An invented descriptor that is long enough to go on in a second \
                    line, and in a third one";
        assert_eq!(
            titles(&parsed),
            [("99998".to_owned(), long), ("0999T".to_owned(), "Another invented one")]
        );
        assert_eq!(parsed.heading, "Invented Set 2026\n");
        assert_eq!(parsed.layout, Form::Numbered.layout());
    }

    #[test]
    fn medium_and_short_descriptors_stand_behind_the_code() {
        let text = "Invented Set 2026\n\n99998 INVENTED ONE 2 UNITS\n0999T INVENTED TWO\n";
        let parsed = parse(text).expect("a list");
        assert_eq!(titles(&parsed)[0].1, "INVENTED ONE 2 UNITS");
        assert_eq!((parsed.rows.entries.len(), parsed.layout), (2, Form::Plain.layout()));
    }

    #[test]
    fn lines_that_do_not_fit_are_refused() {
        let lines: Vec<&str> = NUMBERED.lines().collect();
        let swapped = [lines[2], lines[4], lines[3]].join("\n");
        let missing = [lines[2], lines[4]].join("\n");
        let doubled = [lines[2], lines[3], lines[3]].join("\n");
        for (text, line) in [
            ("99998\tInvented one\n9999", 2),
            ("99998 Invented one\n99997", 2),
            (&swapped, 2),
            (&missing, 2),
            (&doubled, 3),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.whereabouts(), Some(Place::Line(line)), "{text}");
        }
    }
}
