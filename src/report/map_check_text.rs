//! The check of a mapping for people: findings by weight, coverage, impact.

use std::io::{self, Write};

use super::style::{BOLD, CHANGED, DIM, REMOVED};
use super::{CLAIMS_AT_MOST, clean, counted};
use crate::check::{Checked, Coverage, Finding, Standing, Weight};
use crate::run::impact::Impact;

/// How many codes of the impact are listed.
const CODES: usize = 25;

/// Writes the findings, most weighty first, then coverage and impact.
///
/// # Errors
/// As the sink fails.
pub fn write(sink: &mut dyn Write, checked: &Checked, impact: Option<&Impact>) -> io::Result<()> {
    summary(sink, checked)?;
    checked.findings.iter().try_for_each(|finding| write_finding(sink, checked, finding))?;
    writeln!(sink, "{BOLD}Coverage{BOLD:#}")?;
    checked.coverage.iter().try_for_each(|coverage| cover(sink, coverage))?;
    impact.map_or(Ok(()), |impact| write_impact(sink, checked, impact))
}

fn summary(sink: &mut dyn Write, checked: &Checked) -> io::Result<()> {
    let crosswalk = checked.table.crosswalk();
    let rows = crosswalk.rules.len() + crosswalk.aside.len() + crosswalk.overridden.len();
    let files = crosswalk.sources.len();
    let count = |weight| checked.count(weight);
    writeln!(
        sink,
        "{BOLD}{} with {} that can be read{BOLD:#}: {}, {} set aside, {} doubtful, {} to be known",
        counted(files, "file"),
        counted(rows, "row"),
        counted(count(Weight::Error), "error"),
        count(Weight::Aside),
        count(Weight::Doubt),
        count(Weight::Note),
    )
}

fn write_finding(sink: &mut dyn Write, checked: &Checked, finding: &Finding) -> io::Result<()> {
    let (style, word) = match finding.weight {
        Weight::Error => (REMOVED, "error"),
        Weight::Aside => (CHANGED, "set aside"),
        Weight::Doubt => (CHANGED, "doubtful"),
        Weight::Note => (DIM, "note"),
    };
    let place = match (file(checked, finding), finding.place.as_str()) {
        (None, _) => String::new(),
        (Some(file), "") => format!("{file}: "),
        (Some(file), place) => format!("{file}:{place}: "),
    };
    writeln!(sink, "{style}{word:<9}{style:#}  {place}{}", clean(&finding.message))?;
    match &finding.hint {
        Some(hint) => writeln!(sink, "           {DIM}{}{DIM:#}", clean(hint)),
        None => Ok(()),
    }
}

fn file(checked: &Checked, finding: &Finding) -> Option<String> {
    finding.file(&checked.table).map(|file| clean(&file))
}

fn cover(sink: &mut dyn Write, coverage: &Coverage) -> io::Result<()> {
    let Coverage { system, from, to, codes } = coverage;
    let counts = [
        (Standing::Automatic, "automatic"),
        (Standing::Conditional, "by conditions"),
        (Standing::ToChoose, "to choose"),
        (Standing::NoSuccessor, "nothing"),
        (Standing::NoRow, "without a row"),
    ];
    let told: Vec<String> = counts
        .iter()
        .map(|(standing, words)| format!("{} {words}", coverage.count(*standing)))
        .collect();
    writeln!(
        sink,
        "  {} {from} -> {to}: of {} retired codes {}",
        system.title(),
        codes.len(),
        told.join(", ")
    )
}

fn write_impact(sink: &mut dyn Write, checked: &Checked, impact: &Impact) -> io::Result<()> {
    writeln!(
        sink,
        "{BOLD}Impact{BOLD:#} on {} with {}: {}",
        counted(impact.records, "record"),
        counted(impact.total.sites(), "coded entry"),
        counted(impact.claims, "claim")
    )?;
    let all = impact.by_volume();
    for ((system, code, bucket, reason), sites, claims) in all.iter().take(CODES) {
        let shown = match (system, code) {
            (Some(system), Some(code)) => code.dotted(*system),
            (None, Some(code)) => code.to_string(),
            _ => "(no code)".to_owned(),
        };
        let title =
            system.zip(*code).map_or("", |(system, code)| checked.table.title(system, code));
        let fate = reason.map_or(bucket.words(), |reason| reason.words());
        writeln!(
            sink,
            "{sites:>12}  {shown:<8}  {}: {fate}  {DIM}{}{DIM:#}",
            counted(claims, "claim"),
            clean(title)
        )?;
    }
    if all.len() > CODES {
        writeln!(sink, "{:>12}  ... and {} more codes", "", all.len() - CODES)?;
    }
    if !impact.codes.is_exact() {
        writeln!(sink, "  {CLAIMS_AT_MOST}")?;
    }
    if all.is_empty() {
        writeln!(
            sink,
            "  {BOLD}Nothing found:{BOLD:#} no entry would be rewritten or needs a person."
        )?;
    }
    Ok(())
}
