//! What was asked of an audit, and the words that its reports share.

use std::fmt::Write;

use crate::decide::{Kind, Verdict};
use crate::run::inputs::Inputs;
use crate::run::slices::{Share, Slices};

/// What was asked of an audit.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What the records are, where that was said.
    pub kind: Option<Kind>,
    /// The fields by which is counted, as typed.
    pub groups: &'a [String],
    /// The column of billed charges, as typed.
    pub amount: Option<&'a str>,
}

/// What to do about findings, by what the records are.
pub fn advice(kind: Option<Kind>) -> &'static [&'static str] {
    match kind {
        Some(Kind::Billed) => &[
            "These claims were sent. Findings on claims already paid go to compliance first, before any code is changed.",
            "A correction is a new claim: replacement (CLM05-3 = 7) with the payer's claim number in REF*F8.",
        ],
        Some(Kind::Unbilled) => &["These claims were not sent yet: correct them before they are."],
        Some(Kind::List) => &["A list has no date of service: all of it is judged as of one day."],
        Some(Kind::Chart) => &["An entry of a chart is amended by its author, never overwritten."],
        Some(Kind::Dataset) => &[],
        None => &["Findings on claims that were paid go to compliance first."],
    }
}

/// The verdicts that occur in a share and say that something is wrong: `deleted 3, unknown 1`.
pub fn wrong_words(share: &Share) -> String {
    let counted = |verdict: &&Verdict| share.verdicts[**verdict as usize] > 0;
    let wrong = Verdict::ALL.iter().filter(|verdict| verdict.is_wrong()).filter(counted);
    let words =
        wrong.map(|verdict| format!("{} {}", verdict.id(), share.verdicts[*verdict as usize]));
    words.collect::<Vec<_>>().join(", ")
}

/// What a sum of charges leaves out, and what makes it doubtful; nothing where it is whole.
pub fn amounts_words(inputs: &Inputs, slices: &Slices) -> String {
    let amounts = &slices.amounts;
    let mut words = String::new();
    if amounts.unreadable > 0 {
        // Writing to a string cannot fail.
        let _ = write!(words, "; {} could not be read and are not in the sum", amounts.unreadable);
        if let Some((file, line)) = amounts.first_unreadable {
            let name = inputs.files.get(file - 1).map_or("", |input| &input.name);
            let _ = write!(words, " (the first: {name}:{line})");
        }
    }
    if amounts.absent > 0 {
        let _ = write!(words, "; {} lines have none", amounts.absent);
    }
    words
}

/// Said where a column of amounts looks like a total repeated on every line.
pub const REPEATED: &str = "every claim of several lines has one and the same amount on all of them: if it is \
                            the claim's total, it is counted several times (give the column of the lines)";
