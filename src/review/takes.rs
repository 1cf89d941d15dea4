//! Can an entry take what was chosen for it?
//!
//! A code is checked as that of a mapping is: billable on the day of the entry, of a
//! system that may stand there, and no longer than the field.

use jiff::civil::Date;

use super::Choice;
use crate::code::{Code, Spelling, System};
use crate::decide::{Bucket, Kind, Reason, Table, Verdict};
use crate::error::{Error, Result};
use crate::run::located::Located;

/// A code must be billable on the day of the entry, and fit its field.
///
/// # Errors
/// Why the entry cannot take it.
pub(super) fn check(table: &Table, choice: &Choice, located: &Located) -> Result<()> {
    let Choice::Code(new, spelling) = *choice else { return Ok(()) };
    let finding = located.finding;
    let Some(old) = finding.system else {
        return Err(Error::refused("the code system of the entry is not known")
            .hint("--system ID, or --assume-system"));
    };
    if finding.decision.bucket == Bucket::DateUncertain {
        return Err(match finding.decision.reason {
            Some(reason @ (Reason::EditionMissing | Reason::HistoryMissing)) => {
                Error::refused(format!("nothing says which code was valid: {}", reason.words()))
                    .hint("`keep` or `query`; give the release of that day")
            }
            _ => Error::refused("the days of the entry leave open which code was valid")
                .hint("`keep` or `query`; split the claim, or say --setting"),
        });
    }
    let Some(day) = located.date() else {
        return Err(Error::refused("the entry has no day on which the code could be checked")
            .hint("`keep`, `query`, or --as-of DAY"));
    };
    match finding.code {
        None => {
            return Err(Error::refused("what stands there is no code, and is not replaced")
                .hint("correct it where the records come from; `keep` or `query` here"));
        }
        Some(old) if old == new => {
            let typed = spelling.typed(new);
            return Err(
                Error::refused(format!("{typed} stands there already")).hint("write `keep`")
            );
        }
        Some(code) => refuse_number(table, (old, code), new, day)?,
    }
    check_day(table, old, new, spelling, day)?;
    let system = system_of(table, old, new);
    let mut written = Vec::new();
    finding.spelling.unwrap_or(spelling).write(new, system, &mut written);
    match located.input.layout.width.filter(|width| written.len() > *width) {
        Some(width) => Err(Error::refused(format!("the field holds {width} characters"))),
        None => Ok(()),
    }
}

/// A number may be a code of its own, and what a spreadsheet made of one that was offered.
fn refuse_number(table: &Table, (system, old): (System, Code), new: Code, day: Date) -> Result<()> {
    // Nearly always there is none, and nothing has to be looked up.
    let Some(whole) = with_zeros(table, system, new, day) else { return Ok(()) };
    let offered = table.worklist_candidates(system, old, Some(day));
    let is_offered = |code: Code| offered.iter().any(|(_, own)| *own == code);
    if is_offered(new) || !is_offered(whole) {
        return Ok(());
    }
    let what = format!("{new} is not offered, and {whole} is");
    Err(Error::refused(what).hint(zeros_lost(whole)))
}

/// What is said of a number that may have been a longer one.
fn zeros_lost(whole: Code) -> String {
    format!(
        "is {whole} meant? a spreadsheet takes the zeros before a number: fill worklist.xlsx, \
         or make the column `choice` one of text"
    )
}

/// The codes of which a spreadsheet makes this number.
fn zeros_before(number: Code) -> impl Iterator<Item = Code> {
    const LONGEST: usize = 7;
    let digits = number.to_string();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let longer = (digits.len() + 1..=LONGEST).filter(move |_| is_number);
    longer.filter_map(move |length| Code::normalise(&format!("{digits:0>length$}")))
}

fn check_day(table: &Table, own: System, new: Code, spelling: Spelling, day: Date) -> Result<()> {
    let system = system_of(table, own, new);
    let words = match table.verdict(system, Some((new, spelling)), day).0 {
        Verdict::Valid | Verdict::Historical => return Ok(()),
        Verdict::OtherSystem => "no release of its code system was given",
        Verdict::Unknown => "it stands in no release given",
        Verdict::NotYetValid => "it came later",
        Verdict::Deleted => "it was retired before",
        Verdict::BecameHeader | Verdict::AlwaysHeader => "it is incomplete",
        _ => "the releases do not say",
    };
    let typed = spelling.typed(new);
    let refused =
        |words: &str| Error::refused(format!("{typed} may not be billed on {day}: {words}"));
    if let Some(other) = other_system(table, own, new) {
        let (other, own) = (other.title(), own.title());
        return Err(refused(&format!("it is a code of {other}, and one of {own} stands there")));
    }
    if !typed.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(refused(words).hint("write one code, `keep`, `query`, or nothing"));
    }
    let Some(whole) = with_zeros(table, own, new, day) else { return Err(refused(words)) };
    Err(refused(words).hint(zeros_lost(whole)))
}

/// The system to which a code belongs that has no business in a field of another one.
fn other_system(table: &Table, own: System, new: Code) -> Option<System> {
    let life = |system| table.history().of(system).and_then(|it| it.life(new));
    let mut others = table.history().systems().filter(|other| !own.shares_field_with(*other));
    let other = others.find(|other| *other != own && life(*other).is_some());
    other.filter(|_| life(own).is_none())
}

/// What a spreadsheet made a number of, if its zeros make a code of it that may stand there.
fn with_zeros(table: &Table, own: System, new: Code, day: Date) -> Option<Code> {
    zeros_before(new).find(|code| {
        let asked = Some((*code, Spelling::default()));
        let (verdict, _) = table.verdict(system_of(table, own, *code), asked, day);
        matches!(verdict, Verdict::Valid | Verdict::Historical)
    })
}

/// The system of a chosen code: that of the entry, or one that may stand beside it.
pub(super) fn system_of(table: &Table, own: System, new: Code) -> System {
    let other = System::by_shape(new).filter(|other| own.shares_field_with(*other));
    other.filter(|other| table.knows(*other)).unwrap_or(own)
}

/// There is nothing to decide about an entry that is only listed or reported.
pub(super) fn only_reported(kind: Kind) -> Error {
    match kind {
        Kind::List => Error::refused("it has one successor, and list-changes.csv says what to do")
            .hint("empty its choice; with --replace-rows the run replaces it"),
        _ => Error::refused("it is only reported: these records are never rewritten")
            .hint("empty its choice; a correction of a sent claim is a new claim"),
    }
}
