//! Entries that were judged by the newest release given although a later edition was in
//! force on their day: said loudly, for that edition may have ended or brought codes.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::code::System;
use crate::decide::{Table, Verdict};
use crate::history::Chronicle;
use crate::release::edition;

/// The first edition behind the newest release of a system.
struct Later {
    system: System,
    edition: Date,
    newest: Date,
}

impl Later {
    fn of(table: &Table, system: System) -> Option<Later> {
        let chronicle: &Chronicle = table.history().of(system)?;
        let newest = chronicle.newest().effective;
        Some(Later { system, edition: chronicle.next_edition()?, newest })
    }

    fn words(&self) -> String {
        let known = edition::known(self.system);
        let is_known = known.iter().any(|known| known.effective == self.edition);
        let took = if is_known { "took effect" } else { "takes effect as a rule" };
        format!(
            "of {} or later, when another edition of {} {took}: NOT CHECKED against it, for the \
             newest given is that of {}",
            self.edition,
            self.system.title(),
            self.newest
        )
    }
}

/// How many sites there are of each system, with its later edition.
fn all<'t>(table: &'t Table, behind: &'t [u64]) -> impl Iterator<Item = (u64, Later)> + 't {
    let found = System::ALL.into_iter().zip(behind).filter(|(_, sites)| **sites > 0);
    found.filter_map(|(system, &sites)| Some((sites, Later::of(table, system)?)))
}

/// A line a system, with the counts in a column.
pub fn lines(table: &Table, behind: &[u64]) -> Vec<String> {
    all(table, behind)
        .map(|(sites, later)| format!("{sites:>12}  {}", told(sites, &later)))
        .collect()
}

/// A sentence a system.
pub fn sentences(table: &Table, behind: &[u64]) -> Vec<String> {
    all(table, behind).map(|(sites, later)| format!("{sites} {}.", told(sites, &later))).collect()
}

fn told(sites: u64, later: &Later) -> String {
    let (entries, are) = if sites == 1 { ("entry", "is") } else { ("entries", "are") };
    format!("of the {entries} judged {are} {}", later.words())
}

/// What is to be said beside a verdict on one day.
pub fn beside(table: &Table, system: System, verdict: Verdict, on: Date) -> Option<String> {
    let is_behind = verdict.is_judged() && table.is_behind(system, Some(on));
    let later = Later::of(table, system).filter(|_| is_behind)?;
    Some(format!("The day is {}.", later.words()))
}

/// The counts for programs.
pub fn json(table: &Table, behind: &[u64]) -> Value {
    let one = |(sites, later): (u64, Later)| {
        json!({
            "system": later.system.id(), "edition": later.edition.to_string(),
            "newest": later.newest.to_string(), "sites": sites,
        })
    };
    all(table, behind).map(one).collect()
}
