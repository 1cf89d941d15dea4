//! What a person reads at the end of a run: what was read, what changed between
//! the releases, what became of the entries, where the results are, what to do
//! next, what was not checked.

use std::io::{self, Write};
use std::path::Path;

use super::list_changes::ListCounts;
use super::style::BOLD;
use super::{clean, plural};
use crate::decide::{Bucket, Kind, Table};
use crate::history::Chronicle;
use crate::release::Release;
use crate::run::apply::Applied;
use crate::run::inputs::Inputs;
use crate::run::plan::{Claims, Plan, Wish};

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// What was planned.
    pub plan: Plan,
    /// For lists, what has to be done.
    pub list: Option<ListCounts>,
    /// The copies.
    pub applied: Vec<Applied>,
    /// The hash of the journal's last entry.
    pub head: String,
}

/// Writes what a person reads at the end.
///
/// # Errors
/// As the sink fails.
pub fn write(
    out: &mut dyn Write,
    run: &Path,
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
    done: &Done,
) -> io::Result<()> {
    let plan = &done.plan;
    let records: u64 = plan.files.iter().map(|file| file.swept.records).sum();
    writeln!(
        out,
        "{BOLD}Read{BOLD:#} {} file{} ({}), {records} records, {} coded entries",
        inputs.files.len(),
        plural(inputs.files.len()),
        wish.kind.id(),
        plan.total.sites()
    )?;
    for passed in &inputs.passed_over {
        writeln!(
            out,
            "  NOT CHECKED: {}: {}",
            clean(&passed.path.to_string_lossy()),
            clean(passed.why.message())
        )?;
    }
    show_turns(out, table)?;
    writeln!(out, "{BOLD}Entries{BOLD:#}")?;
    for bucket in Bucket::ALL {
        let sites = plan.total.bucket(*bucket);
        if sites > 0 {
            writeln!(out, "{sites:>12}  {}", bucket.words())?;
        }
    }
    if plan.blanket > 0 {
        writeln!(
            out,
            "{:>12}  of the replaced are blanket choices: the old code was split, and no record was read to choose",
            plan.blanket
        )?;
    }
    if plan.total.sites() == 0 {
        writeln!(out, "{BOLD}Nothing found:{BOLD:#} no code stands in the columns named above.")?;
    }
    let Claims { touched, replaced, review } = plan.claims;
    writeln!(
        out,
        "{BOLD}Claims{BOLD:#} touched {touched}, with replacements {replaced}, needing a coder {review}"
    )?;
    if let Some(list) = done.list {
        writeln!(
            out,
            "{BOLD}List{BOLD:#} rows to end-date {}, to add {}, to retitle {}",
            list.end_date, list.add, list.retitle
        )?;
    }
    show_results(out, run, wish, done)
}

/// What changed between the releases: billable codes come and gone.
fn show_turns(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    let history = table.history();
    for system in history.systems() {
        let Some([.., old, new]) = history.of(system).map(Chronicle::releases) else {
            continue;
        };
        let billable = |release: &Release, code| {
            release.get(code).is_some_and(|entry| release.is_billable(entry))
        };
        let added = new
            .entries()
            .iter()
            .filter(|entry| new.is_billable(entry) && !billable(old, entry.code))
            .count();
        let retired = old
            .entries()
            .iter()
            .filter(|entry| old.is_billable(entry) && !billable(new, entry.code))
            .count();
        writeln!(
            out,
            "{BOLD}{}{BOLD:#} {} -> {}: {added} new codes, {retired} retired",
            system.title(),
            old.effective,
            new.effective
        )?;
    }
    Ok(())
}

fn show_results(out: &mut dyn Write, run: &Path, wish: Wish, done: &Done) -> io::Result<()> {
    let plan = &done.plan;
    let at = |name: &str| clean(&run.join(name).to_string_lossy());
    writeln!(out, "{BOLD}Results{BOLD:#} in {}", clean(&run.to_string_lossy()))?;
    if done.applied.is_empty() {
        writeln!(out, "  no copy was written: nothing is replaced in these records")?;
    } else {
        writeln!(
            out,
            "  {}  the rewritten copies ({}); the originals are untouched",
            at("migrated"),
            done.applied.len()
        )?;
        writeln!(out, "  {}  every replacement ({})", at("changes.csv"), plan.edits())?;
        writeln!(out, "File integrity verified. Coding accuracy was not checked.")?;
    }
    if done.list.is_some() {
        writeln!(out, "  {}  what to change in the list", at("list-changes.xlsx"))?;
    }
    writeln!(out, "{BOLD}Next{BOLD:#}")?;
    if plan.worklist > 0 {
        writeln!(out, "  {} entries need a coder: open {}", plan.worklist, at("worklist.xlsx"))?;
    } else {
        writeln!(out, "  no entry needs a coder")?;
    }
    if wish.kind == Kind::Billed {
        writeln!(
            out,
            "  a sent claim is never rewritten: a correction is a new claim (CLM05-3 = 7 with REF*F8); paid claims go to compliance first"
        )?;
    }
    if !plan.recheck.is_empty() {
        let words: Vec<String> =
            plan.recheck.iter().map(|(word, count)| format!("{word} {count}")).collect();
        writeln!(out, "  look again at what new codes may upset: {}", words.join(", "))?;
    }
    if !done.applied.is_empty() {
        writeln!(
            out,
            "  digests, manifests and row-count files beside the originals do not hold for the copies"
        )?;
    }
    writeln!(
        out,
        "{BOLD}Not checked{BOLD:#}: documentation, medical necessity, NCCI and MUE edits, fitness of modifiers, payment."
    )?;
    writeln!(
        out,
        "Journal head {} - keep it with the report; it proves the journal later.",
        done.head
    )
}
