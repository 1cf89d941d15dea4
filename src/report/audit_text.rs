//! The audit for people: counts by verdict, then the codes under each.

use std::io::{self, Write};

use super::audit_view::{self, View};
use super::style::{BOLD, CHANGED, DIM};
use super::{
    NOT_CHECKED, audit_slices, clean, counted, later_editions, looked_at, not_read, worklist,
};
use crate::code::{Code, System};
use crate::decide::{Table, Verdict};
use crate::history::Standing;
use crate::run::audit::Audit;
use crate::run::counts::CodeCount;
use crate::run::inputs::Inputs;
use crate::run::slices::Slice;

/// How many codes are listed under each verdict.
const CODES: usize = 25;

/// Writes the summary: counts by verdict, then by code.
///
/// # Errors
/// As the sink fails.
pub fn write(
    sink: &mut dyn Write,
    table: &Table,
    inputs: &Inputs,
    audit: &Audit,
    view: &View,
) -> io::Result<()> {
    counts(sink, inputs, audit, view)?;
    later_editions::lines(table, &audit.behind)
        .iter()
        .try_for_each(|line| writeln!(sink, "{line}"))?;
    risk(sink, audit, view)?;
    if audit.total.wrong() == 0 {
        looked_at(sink, inputs, table)?;
    }
    if let Some(words) = audit_view::undated_words(audit, view) {
        writeln!(sink, "{BOLD}For review:{BOLD:#} {words}.")?;
    }
    audit_slices::charges(sink, inputs, audit, view)?;
    audit_slices::write(sink, inputs, audit, view)?;
    // These are only counted: nothing is claimed of single codes.
    let only_counted =
        [Verdict::Valid, Verdict::OtherSystem, Verdict::BeforeSystem, Verdict::BeforeHistory];
    for verdict in Verdict::ALL.iter().filter(|verdict| !only_counted.contains(verdict)) {
        list_codes(sink, table, audit, view, *verdict)?;
    }
    writeln!(sink)?;
    not_read(sink, inputs, &audit.damage())?;
    writeln!(sink, "Not checked: {NOT_CHECKED}.")?;
    audit_view::advice(view.kind).iter().try_for_each(|line| writeln!(sink, "{line}"))?;
    writeln!(sink, "One row a site: --format csv.")
}

fn counts(sink: &mut dyn Write, inputs: &Inputs, audit: &Audit, view: &View) -> io::Result<()> {
    let records: u64 = audit.files.iter().map(|file| file.swept.records).sum();
    let files = inputs.files.len();
    writeln!(
        sink,
        "{BOLD}Audit of {} with {}: {}{BOLD:#}",
        counted(files, "file"),
        counted(records, "record"),
        counted(audit.total.sites(), "coded entry")
    )?;
    if let Some(words) = audit_view::only_words(view.only) {
        writeln!(sink, "  {CHANGED}{}{CHANGED:#}", clean(&words))?;
    }
    for verdict in Verdict::ALL.iter().filter(|verdict| audit.total.verdict(**verdict) > 0) {
        let sites = audit.total.verdict(*verdict);
        let on = match audit.slices.share(&Slice::Verdict(*verdict)).claims {
            0 => String::new(),
            claims => format!(", on {}", view.claims(claims)),
        };
        writeln!(sink, "{sites:>12}  {} {DIM}({}){DIM:#}{on}", view.words(*verdict), verdict.id())?;
        reasons(sink, inputs, audit, *verdict)?;
    }
    Ok(())
}

/// Why, where the verdict alone does not say, and on which lines.
fn reasons(
    sink: &mut dyn Write,
    inputs: &Inputs,
    audit: &Audit,
    verdict: Verdict,
) -> io::Result<()> {
    let all = audit.reasons.iter().filter(|((own, _), _)| *own == verdict);
    for ((_, reason), places) in all {
        let mut named: Vec<String> = Vec::new();
        let mut before = None;
        for &(file, line) in &places.first {
            let input = inputs.files.get(file.wrapping_sub(1));
            let name = input.filter(|_| before.replace(file) != Some(file));
            named.push(match name {
                Some(input) => format!("{}:{line}", input.name),
                None => line.to_string(),
            });
        }
        if places.more > 0 {
            named.push(format!("and {} more (--format json says why for each)", places.more));
        }
        let (sites, named) = (places.sites, clean(&named.join(", ")));
        writeln!(sink, "{sites:>16}  {}: {named}", reason.words())?;
    }
    Ok(())
}

fn risk(sink: &mut dyn Write, audit: &Audit, view: &View) -> io::Result<()> {
    match audit.total.wrong() {
        0 if audit.total.sites() == 0 => writeln!(
            sink,
            "\n{BOLD}NOTHING WAS JUDGED:{BOLD:#} no code stands in what was looked at."
        ),
        0 if audit.total.judged() == 0 => writeln!(
            sink,
            "\n{BOLD}NOTHING WAS JUDGED:{BOLD:#} not one of the {} entries could be, for the reasons above.",
            audit.total.sites()
        ),
        0 => writeln!(
            sink,
            "\n{BOLD}Nothing found:{BOLD:#} no code that was invalid on its date, among the {} that could be \
             judged.",
            counted(audit.total.judged(), "entry")
        ),
        wrong => {
            writeln!(
                sink,
                "\n{BOLD}Rejection/denial risk:{BOLD:#} {} on {}{}.",
                counted(wrong, "entry"),
                view.claims(audit.claims),
                if view.is_list() {
                    ", for every claim that takes its code from there"
                } else {
                    ""
                },
            )?;
            audit_slices::risks(sink, audit, view)
        }
    }
}

fn list_codes(
    sink: &mut dyn Write,
    table: &Table,
    audit: &Audit,
    view: &View,
    verdict: Verdict,
) -> io::Result<()> {
    let mut codes: Vec<_> = audit.codes.iter().filter(|((_, _, own), _)| *own == verdict).collect();
    if codes.is_empty() {
        return Ok(());
    }
    codes.sort_by_key(|(key, count)| (std::cmp::Reverse(count.sites), *key));
    writeln!(sink, "\n{BOLD}{}{BOLD:#}", view.words(verdict))?;
    for ((system, code, _), count) in codes.iter().take(CODES) {
        let shown = match (system, code) {
            (Some(system), Some(code)) => code.dotted(*system),
            (None, Some(code)) => code.to_string(),
            _ => "(no code)".to_owned(),
        };
        let title = clean(worklist::title(table, *system, *code, count.last));
        let found = match (count.first, count.last) {
            (Some(first), Some(last)) if first == last => format!("on {first}"),
            (Some(first), Some(last)) => format!("{first} .. {last}"),
            _ => "no date".to_owned(),
        };
        let life = match verdict {
            Verdict::DateUncertain => between(table, *system, *code, count),
            _ => life(verdict, count),
        };
        writeln!(sink, "{:>12}  {shown:<8}  {found:<24}  {life:<22}  {title}", count.sites)?;
    }
    if codes.len() > CODES {
        writeln!(sink, "{:>12}  ... and {} more codes", "", codes.len() - CODES)?;
    }
    Ok(())
}

/// The releases at hand between which an edition is missing, if that is what
/// leaves the verdict open.
fn between(table: &Table, system: Option<System>, code: Option<Code>, count: &CodeCount) -> String {
    let missing = || {
        let (system, code, on) = (system?, code?, count.last?);
        let chronicle = table.history().of(system)?;
        match chronicle.standing(system, code, on) {
            Standing::EditionMissing(_) => chronicle.around(code, on),
            _ => None,
        }
    };
    missing().map_or_else(String::new, |(older, newer)| format!("between {older} and {newer}"))
}

/// The day that a verdict turns on.
fn life(verdict: Verdict, count: &CodeCount) -> String {
    let interval = count.interval;
    match verdict {
        Verdict::NotYetValid => match (interval.since, interval.since_at_latest) {
            (Some(since), _) => format!("valid from {since}"),
            (None, Some(known)) => format!("valid from {known} or earlier"),
            _ => String::new(),
        },
        Verdict::Deleted | Verdict::BecameHeader | Verdict::Historical => {
            match (interval.until, interval.until_at_least) {
                (Some(until), _) => format!("valid until {until}"),
                (None, Some(known)) => format!("valid until {known} or later"),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}
