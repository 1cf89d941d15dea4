//! Reads a publisher's addenda: what the publisher says changed in a release.
//!
//! A line is a label padded to column 13 (`Add:`, `Delete:`, `Revise from:`,
//! `Revise to:`) and a row of the release: in the order addenda of ICD-10-CM
//! 14 flag, 16-22 code, 24-83 short title, 85-end long title; in that of
//! ICD-10-PCS the same without the flag, two columns to the left; in a codes
//! addenda 14-20 code, 22-end long title. Behind them the publisher counts:
//! how many codes the edition before had, how many this one has, and how many
//! came, went and were revised.
//!
//! An addenda is a second witness, never an input: what cannot be read in it
//! is noted with its line, and the rest is read.

use std::ops::Range;

use serde::Serialize;

use crate::code::{Code, System};

/// What the publisher says changed, and between which numbers of codes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Addenda {
    /// The file, with that of the zip before it where it stands in one.
    pub name: String,
    /// What it says, in the order of the file.
    pub statements: Vec<Statement>,
    /// The system of its codes, where they tell.
    pub system: Option<System>,
    /// Whether it speaks of headers and short titles too.
    pub scope: Scope,
    /// Billable codes of the edition that it was made against, where it says so.
    pub before: Option<usize>,
    /// Billable codes of the release that it belongs to, where it says so.
    pub after: Option<usize>,
    /// What could not be read, or does not add up, in order of line.
    pub odd: Vec<Odd>,
}

/// What an addenda speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Billable codes and headers, with both titles.
    #[default]
    Order,
    /// Billable codes with their long titles.
    Codes,
}

/// What was done to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// It came.
    Add,
    /// It went.
    Delete,
    /// It got another title.
    Revise,
}

/// One change as the publisher says it. A code that becomes a header is two:
/// the billable one is deleted, the header is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What was done.
    pub act: Act,
    /// To which code.
    pub code: Code,
    /// Whether it is the billable code or the header.
    pub billable: bool,
    /// The titles before; nothing for what was added.
    pub old: Option<Wording>,
    /// The titles behind; nothing for what was deleted.
    pub new: Option<Wording>,
    /// The 1-based line on which it ends.
    pub line: usize,
}

/// Titles as an addenda has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The short title; empty in a codes addenda.
    pub short: String,
    /// The long title.
    pub long: String,
}

/// A line that could not be read, or a number that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// The 1-based line.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// How many billable codes came, went and got another long title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Came.
    pub added: usize,
    /// Went.
    pub deleted: usize,
    /// Got another long title.
    pub revised: usize,
}

impl Addenda {
    /// The publisher's figures, counted from the lines.
    pub fn figures(&self) -> Figures {
        let count = |act| self.of(act).filter(|one| one.old_long() != one.new_long()).count();
        Figures { added: count(Act::Add), deleted: count(Act::Delete), revised: count(Act::Revise) }
    }

    /// The statements of one act about billable codes.
    fn of(&self, act: Act) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |one| one.billable && one.act == act)
    }
}

impl Statement {
    fn old_long(&self) -> Option<&str> {
        self.old.as_ref().map(|titles| titles.long.as_str())
    }

    fn new_long(&self) -> Option<&str> {
        self.new.as_ref().map(|titles| titles.long.as_str())
    }
}

/// The labels, as they stand at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Add,
    Delete,
    From,
    To,
}

impl Label {
    const ALL: [(&'static str, Label); 4] = [
        ("Add:", Label::Add),
        ("Delete:", Label::Delete),
        ("Revise from:", Label::From),
        ("Revise to:", Label::To),
    ];

    fn of(line: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|(text, _)| line.starts_with(text)).map(|(_, label)| label)
    }
}

/// Where the parts of a row stand (0-based columns).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    Diagnoses,
    Procedures,
    Codes,
}

impl Columns {
    /// What most lines look like. That of procedures and a codes addenda differ
    /// by the short title alone: a blank stands behind it in every line, and
    /// somewhere padding before that.
    fn of(rows: &[&str]) -> Columns {
        let flagged = |row: &&&str| Columns::Diagnoses.read(row).is_some();
        if rows.iter().filter(flagged).count() * 2 > rows.len() {
            return Columns::Diagnoses;
        }
        let has = |row: &str, at: usize, blank: bool| {
            row.as_bytes().get(at).is_some_and(|&byte| (byte == b' ') == blank)
        };
        let fits = |row: &&&str| has(row, 81, true) && has(row, 82, false);
        let padded = rows.iter().any(|row| has(row, 80, true) && has(row, 81, true));
        let short = padded && rows.iter().filter(fits).count() * 10 > rows.len() * 9;
        if short { Columns::Procedures } else { Columns::Codes }
    }

    fn code(self) -> Range<usize> {
        if self == Columns::Diagnoses { 15..22 } else { 13..20 }
    }

    /// The columns of the short title, where there is one.
    fn short(self) -> Range<usize> {
        let start = self.code().end + 1;
        if self == Columns::Codes { start..start } else { start..start + 60 }
    }

    fn long(self) -> usize {
        let short = self.short();
        if short.is_empty() { short.start } else { short.end + 1 }
    }

    /// The system of the codes: in a codes addenda, those of ICD-10-PCS are all of
    /// seven characters, and some begin with a digit.
    fn system(self, statements: &[Statement]) -> Option<System> {
        let mut codes = statements.iter().map(|one| one.code);
        match self {
            Columns::Diagnoses => Some(System::Icd10cm),
            Columns::Procedures => Some(System::Icd10pcs),
            Columns::Codes if codes.clone().any(|code| code.length() != 7) => Some(System::Icd10cm),
            Columns::Codes => codes
                .any(|code| code.bytes().as_slice()[0].is_ascii_digit())
                .then_some(System::Icd10pcs),
        }
    }

    /// The code of a row, whether it is billable, and its titles.
    fn read(self, line: &str) -> Option<(Code, bool, Wording)> {
        // Columns are characters: a title may hold one of two bytes.
        let at = |column: usize| line.char_indices().nth(column).map(|(at, _)| at);
        let cut = |range: Range<usize>| line.get(at(range.start)?..at(range.end)?);
        let code = Code::pack(cut(self.code())?.trim_end().as_bytes())?;
        let flag = match self {
            Columns::Diagnoses => Some(cut(13..15)?),
            Columns::Procedures | Columns::Codes => None,
        };
        let billable = match flag {
            Some("1 ") => true,
            Some("0 ") => false,
            Some(_) => return None,
            // The headers of procedures are tables of three characters.
            None => self == Columns::Codes || code.length() == 7,
        };
        let short = cut(self.short()).unwrap_or_default().trim_end().to_owned();
        let long = line.get(at(self.long())?..)?.trim_end().to_owned();
        let titled = !long.is_empty() && !long.starts_with(' ') && code.length() >= 3;
        titled.then_some((code, billable, Wording { short, long }))
    }
}

/// Whether a line may stand in an addenda: a row behind its label, or one of
/// the figures below them.
pub(super) fn looks(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    Label::of(line).is_some() || is_heading(line) || Count::of(line).is_some()
}

fn is_heading(line: &str) -> bool {
    matches!(line.trim(), "Headers" | "Codes" | "of which")
}

/// A line below the rows: a number and what is counted.
struct Count<'l> {
    number: usize,
    of: &'l str,
}

impl<'l> Count<'l> {
    fn of(line: &'l str) -> Option<Count<'l>> {
        let (number, of) = line.trim().split_once(' ')?;
        let known = ["codes in ", "headers in ", "additions", "deletions", "revisions"];
        known.iter().any(|word| of.starts_with(word)).then_some(())?;
        Some(Count { number: number.parse().ok()?, of })
    }
}

/// Reads a whole file; nothing, if it says nothing about any code.
pub(super) fn parse(name: &str, text: &str) -> Option<Addenda> {
    let rows: Vec<&str> = text.lines().filter(|line| Label::of(line).is_some()).collect();
    let columns = Columns::of(&rows);
    let scope = if columns == Columns::Codes { Scope::Codes } else { Scope::Order };
    let addenda = Addenda { name: name.to_owned(), scope, ..Addenda::default() };
    let mut reader = Reader { columns, addenda, revised: None, in_headers: false };
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_end();
        match Label::of(line) {
            Some(label) => reader.row(label, line, number),
            None if line.is_empty() => {}
            None => reader.figure(line, number),
        }
    }
    reader.settle();
    let mut addenda = reader.addenda;
    addenda.system = columns.system(&addenda.statements);
    addenda.odd.sort_by_key(|odd| odd.line);
    let says = !addenda.statements.is_empty() || addenda.after.is_some();
    says.then_some(addenda)
}

/// Where the reading has come to.
struct Reader {
    columns: Columns,
    addenda: Addenda,
    /// A `Revise from` that waits for its `Revise to`.
    revised: Option<(usize, Code, bool, Wording)>,
    /// The figures of headers come before those of codes.
    in_headers: bool,
}

impl Reader {
    fn odd(&mut self, line: usize, what: impl Into<String>) {
        self.addenda.odd.push(Odd { line, what: what.into() });
    }

    /// A `Revise from` that nothing followed.
    fn settle(&mut self) {
        if let Some((line, ..)) = self.revised.take() {
            self.odd(line, "`Revise from` without its `Revise to`");
        }
    }

    fn row(&mut self, label: Label, text: &str, line: usize) {
        let Some((code, billable, titles)) = self.columns.read(text) else {
            self.odd(line, "not in the columns of an addenda");
            return;
        };
        let (act, old, new) = match label {
            Label::Add => (Act::Add, None, Some(titles)),
            Label::Delete => (Act::Delete, Some(titles), None),
            Label::From => {
                self.settle();
                self.revised = Some((line, code, billable, titles));
                return;
            }
            Label::To => {
                let old = self.revised.take_if(|from| (from.1, from.2) == (code, billable));
                (Act::Revise, old.map(|(.., old)| old), Some(titles))
            }
        };
        self.settle();
        if act == Act::Revise && old.is_none() {
            self.odd(line, "`Revise to` without its `Revise from`");
            return;
        }
        self.addenda.statements.push(Statement { act, code, billable, old, new, line });
    }

    fn figure(&mut self, text: &str, line: usize) {
        match (text.trim(), Count::of(text)) {
            ("Headers", _) => self.in_headers = true,
            ("Codes", _) => self.in_headers = false,
            ("of which", _) => {}
            (_, Some(count)) if !self.in_headers => self.count(&count, line),
            (_, Some(_)) => {}
            _ => self.odd(line, "not a line of an addenda"),
        }
    }

    /// The publisher's own figures tell whether lines are missing.
    fn count(&mut self, count: &Count<'_>, line: usize) {
        let act = match count.of {
            "additions" => Act::Add,
            "deletions" => Act::Delete,
            "revisions" => Act::Revise,
            of if of.starts_with("codes in ") => {
                let addenda = &mut self.addenda;
                let seen =
                    if addenda.before.is_none() { &mut addenda.before } else { &mut addenda.after };
                *seen = Some(count.number);
                return;
            }
            _ => return,
        };
        let read = self.addenda.of(act).count();
        if read != count.number {
            let Count { number, of } = count;
            self.odd(line, format!("it counts {number} {of}, but {read} could be read in it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cm(label: &str, flag: u8, code: &str, short: &str, long: &str) -> String {
        format!("{label:<13}{flag} {code:<7} {short:<60} {long}\r\n")
    }

    fn figures(addenda: &Addenda) -> [usize; 3] {
        let Figures { added, deleted, revised } = addenda.figures();
        [added, deleted, revised]
    }

    #[test]
    fn an_order_addenda_of_diagnoses_is_read() {
        let text = cm("Delete:", 1, "E8881", "Syndrome", "Metabolic syndrome")
            + &cm("Add:", 0, "E8881", "Syndrome", "Metabolic syndrome")
            + &cm("Add:", 1, "E88810", "Syndrome", "Ménière's syndrome")
            + &cm("Revise from:", 1, "F641", "One", "Old  title")
            + &cm("Revise to:", 1, "F641", "Two", "New title")
            + "\r\nHeaders\r\n  5 headers in a.txt\r\n  6 headers in b.txt\r\n  9 additions\r\n\
               \r\nCodes\r\n  70 codes in a.txt\r\n  70 codes in b.txt\r\n    1 additions\r\n    \
               1 deletions\r\n    1 revisions\r\nof which\r\n    1 revisions to long title only\r\n";
        let addenda = parse("x.txt", &text).expect("an addenda");
        assert_eq!((addenda.scope, addenda.system), (Scope::Order, Some(System::Icd10cm)));
        assert_eq!((addenda.before, addenda.after), (Some(70), Some(70)));
        assert_eq!((figures(&addenda), &addenda.odd[..]), ([1, 1, 1], &[][..]));
        assert!(!addenda.statements[1].billable);
        let revised = &addenda.statements[3];
        assert_eq!(
            (revised.old_long(), revised.new_long()),
            (Some("Old  title"), Some("New title"))
        );
        assert_eq!(addenda.statements[2].new_long(), Some("Ménière's syndrome"));
    }

    #[test]
    fn procedures_have_no_flag_and_codes_no_short_title() {
        let order = format!(
            "Add:         XRG     {:<60} Joints, Fusion\nAdd:         XRG0092 {:<60} Fusion of joint\n",
            "Fusion", "Fuse"
        );
        let order = parse("x.txt", &order).expect("an addenda");
        assert_eq!((order.scope, order.system), (Scope::Order, Some(System::Icd10pcs)));
        assert_eq!(figures(&order), [1, 0, 0], "the table of three characters is a header");
        let codes = "Delete:      Z9889   Other states\nAdd:         Z98890  Other states\n";
        let codes = parse("x.txt", codes).expect("an addenda");
        assert_eq!((codes.scope, figures(&codes)), (Scope::Codes, [1, 1, 0]));
        assert_eq!(codes.statements[1].new_long(), Some("Other states"));
    }

    #[test]
    fn what_cannot_be_read_is_noted_with_its_line() {
        let text = cm("Add:", 1, "A000", "One", "One")
            + "Add:         1 A0\n"
            + &cm("Revise from:", 1, "F641", "One", "Old")
            + &cm("Revise to:", 1, "F642", "Two", "New")
            + &cm("Delete:", 1, "A001", "One", "One")
            + "nonsense\nCodes\n  3 additions\n";
        let addenda = parse("x.txt", &text).expect("an addenda");
        let lines: Vec<usize> = addenda.odd.iter().map(|odd| odd.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 8], "{:?}", addenda.odd);
        assert_eq!(figures(&addenda), [1, 1, 0]);
    }

    #[test]
    fn one_that_says_that_nothing_changed_is_one_too() {
        let text = "\nCodes\n\n  7 codes in a.txt\n  7 codes in b.txt\n\n   0 additions\n";
        assert_eq!(parse("x.txt", text).expect("an addenda").after, Some(7));
        assert!(text.lines().filter(|line| !line.is_empty()).all(|line| looks(line.as_bytes())));
        assert_eq!(parse("x.txt", "A letter to our readers\n"), None);
    }
}
