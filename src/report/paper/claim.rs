//! The evidence about one claim on a paper: each code with its verdict, then the
//! life of every code that was not plainly valid, then what it all rests on.

use std::collections::BTreeSet;

use super::{Block, Paper, life, sources};
use crate::code::{Code, Spelling, System};
use crate::decide::risk::Risk;
use crate::decide::{Kind, Table, Verdict};
use crate::report::audit_view;
use crate::report::worklist;
use crate::run::inputs::Inputs;
use crate::run::packet::{Entry, Packet};
use crate::story;

/// The paper about a claim.
pub fn paper(packet: &Packet, inputs: &Inputs, table: &Table, kind: Option<Kind>) -> Paper {
    let (column, value) = &packet.key;
    let mut paper = Paper {
        title: format!("Evidence for the claim with {column} = {value}"),
        ..Paper::default()
    };
    facts(&mut paper, packet, inputs, kind);
    findings(&mut paper, packet);
    let rows = packet.entries.iter().map(|entry| row(table, entry)).collect();
    paper.table(
        "Coded entries of the claim",
        &["Line", "Field", "Code", "Judged on", "Verdict", "Billable", "Title on that day"],
        rows,
    );
    audit_view::advice(kind).iter().for_each(|line| paper.text(*line));
    lives(&mut paper, packet, table);
    sources::law(&mut paper);
    let systems: Vec<System> = packet.entries.iter().filter_map(|entry| entry.system).collect();
    sources::add(&mut paper, table, &systems);
    paper
}

fn facts(paper: &mut Paper, packet: &Packet, inputs: &Inputs, kind: Option<Kind>) {
    let input = &inputs.files[packet.file];
    let mut facts = vec![
        ("Records", input.name.clone()),
        ("Digest", packet.swept.digest.to_string()),
        ("Size", format!("{} bytes, {} records", packet.swept.size, packet.swept.records)),
    ];
    facts.extend(kind.map(|kind| ("What they are", kind.id().to_owned())));
    paper.blocks.push(Block::Facts(facts));
    if packet.stretches > 1 {
        paper.notice(format!(
            "The rows of the claim stand in {} places of the file; each was judged by its own rows.",
            packet.stretches
        ));
    }
}

fn findings(paper: &mut Paper, packet: &Packet) {
    let wrong = packet.entries.iter().filter(|entry| entry.judgement.verdict.is_wrong());
    let (count, all) = (wrong.clone().count(), packet.entries.len());
    if count == 0 {
        let judged = packet.entries.iter().filter(|entry| {
            matches!(entry.judgement.verdict, Verdict::Valid | Verdict::Historical)
        });
        paper.text(format!(
            "Nothing found: no code that was invalid on its date. {} of {all} entries were valid; \
             the others could not be judged.",
            judged.count()
        ));
        return;
    }
    paper.notice(format!("{count} of {all} coded entries were not valid on their date."));
    let risks: BTreeSet<Risk> = wrong.filter_map(|entry| entry.system.and_then(Risk::of)).collect();
    for risk in risks {
        paper.text(format!("Rejection/denial risk: CARC {}, {}.", risk.carc(), risk.words()));
    }
}

fn row(table: &Table, entry: &Entry) -> Vec<String> {
    let code = match (entry.code, entry.system) {
        (Some(code), Some(system)) => code.dotted(system),
        _ => entry.text.clone(),
    };
    let judgement = entry.judgement;
    let reason = judgement.reason.map_or_else(String::new, |why| format!(": {}", why.words()));
    let billable = match (judgement.interval.since, judgement.interval.until) {
        (Some(since), Some(until)) => format!("{since} to {until}"),
        (Some(since), None) => format!("from {since}"),
        _ => String::new(),
    };
    vec![
        lines(&entry.lines),
        entry.field.clone(),
        code,
        match entry.date {
            Some(date) => format!("{date} ({})", entry.date_rule),
            None => "no date".to_owned(),
        },
        format!("{}{reason}", judgement.verdict.words()),
        billable,
        worklist::title(table, entry.system, entry.code, entry.date).to_owned(),
    ]
}

fn lines(lines: &[u64]) -> String {
    match lines {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last} ({} rows)", lines.len()),
        [] => String::new(),
    }
}

/// A code that was valid all along needs no story.
fn lives(paper: &mut Paper, packet: &Packet, table: &Table) {
    let mut told: BTreeSet<(System, Code)> = BTreeSet::new();
    for entry in packet.entries.iter().filter(|entry| entry.judgement.verdict != Verdict::Valid) {
        let Some((system, code)) = entry.system.zip(entry.code) else { continue };
        if !told.insert((system, code)) {
            continue;
        }
        let written = code.dotted(system);
        let Some(spelled) = Spelling::read(written.as_bytes()) else { continue };
        let stories = story::stories(table, spelled, None);
        if let Some(story) = stories.iter().find(|story| story.system == system) {
            life::add(paper, table, story);
        } else {
            paper.heading(format!("{written}, {}", system.title()));
            paper.text(format!("{written} stands in no release given."));
        }
    }
}
