//! The audit cut several ways, for people: what a payer would answer, what was
//! billed, by year of service, by file, by field.

use std::io::{self, Write};

use super::audit_view::{self, View};
use super::clean;
use super::style::{BOLD, CHANGED};
use crate::decide::Verdict;
use crate::decide::risk::Risk;
use crate::run::audit::Audit;
use crate::run::inputs::Inputs;
use crate::run::slices::{Share, Slice};

/// How many values of a field are listed.
const VALUES: usize = 20;

/// What a payer is likely to answer, with the reasons.
///
/// # Errors
/// As the sink fails.
pub fn risks(sink: &mut dyn Write, audit: &Audit, view: &View) -> io::Result<()> {
    let mut left = audit.slices.share(&Slice::Wrong).wrong();
    for risk in Risk::ALL {
        let share = audit.slices.share(&Slice::Risk(risk));
        if share.wrong() == 0 {
            continue;
        }
        left -= share.wrong();
        let on = on_claims(&share, view);
        writeln!(sink, "{on}  {BOLD}CARC {}{BOLD:#}: {}", risk.carc(), risk.words())?;
        for verdict in Verdict::ALL.iter().filter(|verdict| verdict.is_wrong()) {
            let why = audit.slices.share(&Slice::Why(risk, *verdict));
            if why.wrong() > 0 {
                let (sites, claims) = (why.wrong(), view.claims(why.claims));
                writeln!(sink, "{:>12}  {sites} on {claims}: {}", "", view.words(*verdict))?;
            }
        }
    }
    if left > 0 {
        writeln!(sink, "{left:>12}  of a list of your own: no reason code of a payer")?;
    }
    Ok(())
}

/// What was billed on affected claims, if that was asked.
///
/// # Errors
/// As the sink fails.
pub fn charges(
    sink: &mut dyn Write,
    inputs: &Inputs,
    audit: &Audit,
    view: &View,
) -> io::Result<()> {
    let Some(column) = view.amount else { return Ok(()) };
    let share = audit.slices.share(&Slice::Wrong);
    let amounts = &audit.slices.amounts;
    writeln!(
        sink,
        "{BOLD}{}:{BOLD:#} {} on {} (`{}`: {} amounts{})",
        if view.is_list() {
            "Amounts on affected rows"
        } else {
            "Billed charges on affected claims"
        },
        audit_view::sum_words(&share),
        view.claims(share.claims),
        clean(column),
        amounts.read,
        clean(&audit_view::amounts_words(inputs, &audit.slices)),
    )?;
    if let Some(words) = audit_view::lacking_words(view, &share) {
        writeln!(sink, "  {CHANGED}not the whole sum:{CHANGED:#} {words}")?;
    }
    audit_view::doubts(view, amounts)
        .iter()
        .try_for_each(|doubt| writeln!(sink, "  {CHANGED}look again:{CHANGED:#} {doubt}"))
}

/// The slices of which there are several, and those that were asked for.
///
/// # Errors
/// As the sink fails.
pub fn write(sink: &mut dyn Write, inputs: &Inputs, audit: &Audit, view: &View) -> io::Result<()> {
    years(sink, audit, view)?;
    files(sink, inputs, audit, view)?;
    (0..view.groups.len()).try_for_each(|column| values(sink, inputs, audit, view, column))
}

fn years(sink: &mut dyn Write, audit: &Audit, view: &View) -> io::Result<()> {
    let years = audit.slices.years();
    if years.len() < 2 {
        return Ok(());
    }
    writeln!(sink, "\n{BOLD}Not valid on their date, by year of service{BOLD:#}")?;
    years.iter().try_for_each(|(year, share)| {
        let name = year.map_or_else(|| "no date".to_owned(), |year| year.to_string());
        line(sink, &name, share, view)
    })
}

fn files(sink: &mut dyn Write, inputs: &Inputs, audit: &Audit, view: &View) -> io::Result<()> {
    if inputs.files.len() < 2 {
        return Ok(());
    }
    let mut shares: Vec<(&str, Share)> = inputs
        .files
        .iter()
        .zip(1..)
        .map(|(input, number)| (input.name.as_str(), audit.file_share(number)))
        .collect();
    shares.sort_by_key(|(name, share)| (std::cmp::Reverse((share.claims, share.wrong())), *name));
    let clean_files = shares.iter().filter(|(_, share)| share.wrong() == 0).count();
    writeln!(sink, "\n{BOLD}Not valid on their date, by file{BOLD:#}")?;
    let found = shares.iter().filter(|(_, share)| share.wrong() > 0);
    found.clone().take(VALUES).try_for_each(|(name, share)| line(sink, name, share, view))?;
    more(sink, found.count(), "files")?;
    if clean_files > 0 {
        writeln!(sink, "{:>12}  {clean_files} of {} files without", "", shares.len())?;
    }
    Ok(())
}

fn values(
    sink: &mut dyn Write,
    inputs: &Inputs,
    audit: &Audit,
    view: &View,
    column: usize,
) -> io::Result<()> {
    let field = clean(&view.groups[column]);
    let mut columns: Vec<&str> =
        inputs.files.iter().map(|input| input.layout.groups[column].1.as_str()).collect();
    columns.dedup();
    writeln!(
        sink,
        "\n{BOLD}Not valid on their date, by {field}{BOLD:#} (column `{}`)",
        clean(&columns.join("`, `"))
    )?;
    let values = audit.slices.by_value(column);
    for (value, share) in values.iter().take(VALUES) {
        line(sink, &shown(*value), share, view)?;
    }
    more(sink, values.len(), "values")
}

fn more(sink: &mut dyn Write, count: usize, what: &str) -> io::Result<()> {
    if count > VALUES {
        let more = count - VALUES;
        writeln!(sink, "{:>12}  ... and {more} more {what}: --format json lists all", "")?;
    }
    Ok(())
}

/// A value as it is shown: long ones cut, nothing said to be nothing.
fn shown(value: Option<&[u8]>) -> String {
    const SHOWN: usize = 40;
    let Some(value) = value else { return "(not known: row too short or too long)".to_owned() };
    let text = String::from_utf8_lossy(value);
    let short: String = text.chars().take(SHOWN).collect();
    match (text.trim(), short.len() < text.len()) {
        ("", _) => "(empty)".to_owned(),
        (_, true) => clean(&format!("{short}...")),
        (_, false) => clean(&short),
    }
}

fn line(sink: &mut dyn Write, name: &str, share: &Share, view: &View) -> io::Result<()> {
    let mut words = Vec::new();
    if share.sites() > share.wrong() {
        words.push(format!("of {} entries", share.sites()));
    }
    words.extend(Some(audit_view::wrong_words(share)).filter(|words| !words.is_empty()));
    if view.amount.is_some() {
        let lacking = audit_view::lacking_words(view, share).filter(|_| share.billed().is_some());
        let lacking = lacking.map_or_else(String::new, |words| format!(" ({words})"));
        let billed = if view.is_list() { "amounts" } else { "billed" };
        words.push(format!("{billed} {}{lacking}", audit_view::sum_words(share)));
    }
    writeln!(sink, "{}  {:<12}  {}", on_claims(share, view), clean(name), words.join("; "))
}

fn on_claims(share: &Share, view: &View) -> String {
    format!("{:>12}  on {:<10}", share.wrong(), view.claims(share.claims))
}
