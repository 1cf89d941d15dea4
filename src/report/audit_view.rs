//! What was asked of an audit, and the words that its reports share.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::counted;
use crate::decide::{Kind, Undated, Verdict};
use crate::record::money;
use crate::run::audit::Audit;
use crate::run::inputs::Inputs;
use crate::run::slices::{Amounts, Share, Slice, Slices};

/// What was asked of an audit.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What the records are, where that was said.
    pub kind: Option<Kind>,
    /// The fields by which is counted, as typed.
    pub groups: &'a [String],
    /// The column of billed charges, as typed.
    pub amount: Option<&'a str>,
    /// The rows that alone were looked at: a column and its value.
    pub only: Option<&'a (String, String)>,
    /// What happens to codes without a day.
    pub undated: Undated,
    /// The day that judges all of it, if there is one.
    pub as_of: Option<Date>,
}

impl View<'_> {
    /// So many claims; of a list, which has none, rows.
    pub fn claims(&self, count: u64) -> String {
        counted(count, if self.is_list() { "row" } else { "claim" })
    }

    /// What a verdict says; a list has no date of service, but the day that judges it.
    pub fn words(&self, verdict: Verdict) -> Cow<'static, str> {
        let Some(day) = self.as_of.filter(|_| self.is_list()) else {
            return Cow::Borrowed(verdict.words());
        };
        let day = day.to_string();
        let words = verdict.words().replace("its date of service", &day);
        Cow::Owned(words.replace("the date of service", &day))
    }

    /// Whether it is of a list, which has neither claims nor charges.
    pub fn is_list(&self) -> bool {
        self.kind == Some(Kind::List)
    }
}

/// Said of codes without a day, where these are for review; nothing where there are none.
pub fn undated_words(audit: &Audit, view: &View) -> Option<String> {
    let entries = audit.total.verdict(Verdict::Undated);
    let on = audit.slices.share(&Slice::Verdict(Verdict::Undated)).claims;
    (view.undated == Undated::Review && entries > 0).then(|| {
        let entries = counted(entries, "entry");
        format!("{entries} on {} without a date of service (--undated review)", view.claims(on))
    })
}

/// Said where only some rows were looked at: a reader must not take a part for all.
pub fn only_words(only: Option<&(String, String)>) -> Option<String> {
    only.map(|(column, value)| {
        format!("only rows with {column} = {value} (--only): nothing else is counted")
    })
}

/// The same for programs; null where all rows were looked at.
pub fn only_json(only: Option<&(String, String)>) -> Value {
    only.map_or(Value::Null, |(column, value)| json!({ "column": column, "value": value }))
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

/// What was billed on the claims of a share.
pub fn sum_words(share: &Share) -> String {
    share.billed().map_or_else(|| "NOT KNOWN".to_owned(), money::grouped)
}

/// Of how many claims that is not known, or not all; nothing where it is.
pub fn lacking_words(view: &View, share: &Share) -> Option<String> {
    let (unknown, in_part) = (view.claims(share.unknown), view.claims(share.in_part));
    match (share.unknown, share.in_part) {
        (0, 0) => None,
        (_, 0) => Some(format!("nothing is known of {unknown}")),
        (0, _) => Some(format!("only a part is known of {in_part}")),
        _ => Some(format!("nothing is known of {unknown}, only a part of {in_part}")),
    }
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

/// What a person should look at before a sum of charges is believed, a line each.
pub fn doubts(view: &View, amounts: &Amounts) -> Vec<String> {
    let mut doubts = Vec::new();
    if amounts.ragged > 0 {
        doubts.push(format!(
            "amounts in rows with more cells than the header are not taken ({}): a comma that is not quoted \
             (1,234.50) makes two cells of one",
            amounts.ragged
        ));
    }
    if amounts.differing > 0 {
        doubts.push(format!(
            "the totals on the lines of {} differ: none of these is taken",
            view.claims(amounts.differing)
        ));
    }
    if amounts.ambiguous > 0 {
        doubts.push(format!(
            "amounts such as 1,234 and 12.000 are not taken ({}): the column holds decimal commas (12,50), so \
             that they may be a thousand times as much or as little",
            amounts.ambiguous
        ));
    }
    if amounts.assumed > 0 {
        doubts.push(format!(
            "amounts such as 1,234 are taken for thousands ({}), and nothing else in the column shows what its \
             commas and points mean",
            amounts.assumed
        ));
    }
    doubts.extend(amounts.look_repeated().then(|| {
        format!(
            "every claim of several lines ({}) has one and the same amount on all of them: if it is the \
             claim's total, it is counted several times (give the column of the lines)",
            amounts.repeated
        )
    }));
    doubts
}
