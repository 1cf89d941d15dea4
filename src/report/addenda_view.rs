//! What the publisher's addenda says of a diff, in words that all reports share.

use super::{clean, counted};
use crate::code::Code;
use crate::diff::Diff;
use crate::diff::addenda::{Disagreement, Said, Verdict, Witness};
use crate::release::addenda::{Figures, Odd};

/// How many codes a sentence names.
const NAMED: usize = 5;
/// How many lines of an addenda that could not be read are named.
const ODD: usize = 3;

/// What stands above the list of disagreements.
pub const HEADING: &str = "Where the files and the publisher's addenda do not agree";

/// The answer of an addenda.
pub struct Answer {
    /// Whether there is nothing to look at.
    pub is_well: bool,
    /// In a sentence.
    pub words: String,
    /// The disagreements, in order of code.
    pub rows: Vec<Row>,
}

/// One disagreement.
pub struct Row {
    /// The code, as people write it.
    pub code: String,
    /// What was done to it.
    pub what: String,
    /// Who says so.
    pub said: String,
}

/// The answer, where an addenda was asked.
pub fn answer(diff: &Diff<'_>) -> Option<Answer> {
    let witness = diff.addenda.as_ref()?;
    let mut words = sentence(diff, witness);
    if !witness.odd.is_empty() {
        words.push_str(&odd(&witness.odd));
    }
    let is_well = witness.verdict == Verdict::Agrees && witness.odd.is_empty();
    let rows = witness.disagreements().iter().map(|one| row(diff, witness, one)).collect();
    Some(Answer { is_well, words, rows })
}

fn sentence(diff: &Diff<'_>, witness: &Witness) -> String {
    let name = witness.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let Figures { added, deleted, revised } = witness.figures;
    let figures = format!("{added} added, {deleted} deleted, {revised} revised");
    let addenda = format!("the publisher's addenda ({})", clean(name));
    match &witness.verdict {
        Verdict::Agrees => format!("Agrees with {addenda}: {figures}."),
        Verdict::Differs(all) => {
            format!("DIFFERS from {addenda}: {figures}. {}.", parts(diff, all).join("; "))
        }
        Verdict::OtherPair { .. } => {
            format!("Not compared with {addenda}: {}", other_pair(diff, witness))
        }
    }
}

/// How many disagreements of each sort, and the first codes.
fn parts(diff: &Diff<'_>, all: &[Disagreement]) -> Vec<String> {
    let sorts = [
        (Said::Files, "only in the files (silent)"),
        (Said::Addenda, "only in the addenda"),
        (Said::OtherTitles, "in both with other titles"),
    ];
    let part = |(said, words): (Said, &str)| {
        let of = distinct(all.iter().filter(|one| one.said == said));
        (!of.is_empty()).then(|| format!("{} {words}: {}", of.len(), codes(diff, &of)))
    };
    sorts.into_iter().filter_map(part).collect()
}

/// The codes, each once: one that became a header stands in two statements.
fn distinct<'d>(of: impl Iterator<Item = &'d Disagreement>) -> Vec<Code> {
    let mut codes: Vec<Code> = of.map(|one| one.code).collect();
    codes.dedup();
    codes
}

fn codes(diff: &Diff<'_>, of: &[Code]) -> String {
    let named: Vec<String> =
        of.iter().take(NAMED).map(|code| code.dotted(diff.new.system)).collect();
    let more = of.len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    named.join(", ") + &more
}

/// Why nothing is compared, and what can be said all the same.
fn other_pair(diff: &Diff<'_>, witness: &Witness) -> String {
    let Verdict::OtherPair { edition, broken, unmentioned } = &witness.verdict else {
        return String::new();
    };
    let known = edition.map(|day| format!(" (that of {day})")).unwrap_or_default();
    let counts = |count: usize| format!("{count} billable codes");
    let (old, new) = (diff.old.billable(), diff.new.billable());
    let why = match (witness.before, witness.after) {
        (_, Some(after)) if after != new => {
            format!("it leads to {}, and NEW has {new}", counts(after))
        }
        (Some(before), _) => {
            format!("it counts from an edition of {}{known}, and OLD has {old}", counts(before))
        }
        _ => {
            "it was made for another edition than OLD: most of the changes are not in it".to_owned()
        }
    };
    let holds = match broken.len() {
        0 => "All that it says holds in NEW".to_owned(),
        count => {
            let of = distinct(broken.iter());
            format!("{count} of its lines do not hold in NEW: {}", codes(diff, &of))
        }
    };
    let codes = counted(unmentioned, "code");
    format!(
        "{why}. {codes} changed that it does not mention, in an edition between or \
         silently. {holds}."
    )
}

fn odd(odd: &[Odd]) -> String {
    let named: Vec<String> = odd
        .iter()
        .take(ODD)
        .map(|one| format!("line {}: {}", one.line, clean(&one.what)))
        .collect();
    let more = if odd.len() > ODD { ", ..." } else { "" };
    let lines = counted(odd.len(), "odd line");
    format!(" {lines} in it ({}{more}).", named.join("; "))
}

fn row(diff: &Diff<'_>, witness: &Witness, one: &Disagreement) -> Row {
    let line = one.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let said = match (one.said, &witness.verdict) {
        (Said::Files, _) => "in the files, not in the addenda: a silent change",
        (Said::Addenda, Verdict::OtherPair { .. }) => "in the addenda, and not so in NEW",
        (Said::Addenda, _) => "in the addenda, not in the files",
        (Said::OtherTitles, _) => "in both, with other titles",
    };
    let header = if one.billable { "" } else { "header " };
    Row {
        code: one.code.dotted(diff.new.system),
        what: format!("{header}{}", one.act.id()),
        said: format!("{said}{line}"),
    }
}
