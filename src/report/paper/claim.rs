//! The evidence about one claim on a paper: each code with its verdict, then the
//! life of every code that was not plainly valid, then what it all rests on.

use std::collections::BTreeSet;

use super::{Block, Paper, life, sources};
use crate::code::{Code, Spelling, System};
use crate::decide::risk::Risk;
use crate::decide::{Kind, Table, Verdict};
use crate::report::{self, audit_view, later_editions};
use crate::run::inputs::Inputs;
use crate::run::packet::{Entry, Packet};
use crate::story;

/// The paper about a claim.
pub fn paper(packet: &Packet, inputs: &Inputs, table: &Table, kind: Option<Kind>) -> Paper {
    let column = &packet.key.0;
    let mut paper = Paper {
        title: format!("Evidence for the claim with {column} = {}", packet.spelled),
        ..Paper::default()
    };
    facts(&mut paper, packet, inputs, kind);
    findings(&mut paper, packet);
    later_editions_of(packet, table).into_iter().for_each(|words| paper.notice(words));
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
    facts.push(("Looked at", input.layout.code_names()));
    facts.extend(kind.map(|kind| ("What they are", kind.id().to_owned())));
    paper.blocks.push(Block::Facts(facts));
    spelling(paper, packet, inputs);
    for (line, words) in packet.swept.damage.words() {
        paper.notice(format!("{}:{line}: {words}.", input.name));
    }
    if packet.stretches > 1 {
        paper.notice(format!(
            "The rows of the claim stand in {} places of the file; each was judged by its own rows.",
            packet.stretches
        ));
    }
}

/// That the claim, or another one, is spelled nearly as it was asked for.
fn spelling(paper: &mut Paper, packet: &Packet, inputs: &Inputs) {
    /// How many other claims are named.
    const NAMED: usize = 5;
    let (column, value) = &packet.key;
    if packet.spelled != value.trim() {
        paper.notice(format!(
            "No record has {column} = {value} as it was typed; this claim has {}.",
            packet.spelled
        ));
    }
    let named = packet
        .alike
        .iter()
        .take(NAMED)
        .map(|one| format!("{} ({}:{})", one.spelled, inputs.files[one.file].name, one.line));
    let named: Vec<String> = named.collect();
    if !named.is_empty() {
        let more = match packet.alike.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        paper.notice(format!(
            "Other claims differ from it in upper and lower case alone, and are no part of this: {}{more}.",
            named.join(", ")
        ));
    }
}

fn findings(paper: &mut Paper, packet: &Packet) {
    let all = packet.entries.len();
    let wrong = packet.entries.iter().filter(|entry| entry.judgement.verdict.is_wrong());
    let unjudged: Vec<Verdict> = packet
        .entries
        .iter()
        .map(|entry| entry.judgement.verdict)
        .filter(|verdict| !verdict.is_judged())
        .collect();
    let judged = all - unjudged.len();
    match (wrong.clone().count(), judged) {
        (0, 0) => paper
            .notice(format!("NOTHING WAS JUDGED: not one of the {all} coded entries could be.")),
        (0, judged) if judged == all => paper
            .text(format!("Nothing found: all {all} coded entries were valid on their date.")),
        (0, judged) => paper.text(format!(
            "Nothing found: no code that was invalid on its date, among the {judged} of {all} coded entries \
             that could be judged."
        )),
        (wrong, _) => {
            paper.notice(format!("{wrong} of {all} coded entries were not valid on their date."));
        }
    }
    not_judged(paper, &unjudged);
    let risks: BTreeSet<Risk> = wrong.filter_map(|entry| entry.system.and_then(Risk::of)).collect();
    for risk in risks {
        paper.text(format!("Rejection/denial risk: CARC {}, {}.", risk.carc(), risk.words()));
    }
}

/// Days behind an edition that is not at hand, one sentence a system.
fn later_editions_of(packet: &Packet, table: &Table) -> BTreeSet<String> {
    let beside = |entry: &Entry| {
        let verdict = entry.judgement.verdict;
        let on = entry.judgement.day.map(|day| day.date).or(entry.date)?;
        later_editions::beside(table, entry.system?, verdict, on)
    };
    packet.entries.iter().filter_map(beside).collect()
}

fn not_judged(paper: &mut Paper, unjudged: &[Verdict]) {
    let count = |verdict: &Verdict| unjudged.iter().filter(|one| *one == verdict).count();
    let occurring = Verdict::ALL.iter().filter(|verdict| count(verdict) > 0);
    let words = occurring.map(|verdict| {
        let words = verdict.words();
        format!("{} ({})", count(verdict), words.strip_prefix("NOT CHECKED: ").unwrap_or(words))
    });
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        paper.notice(format!("Not judged: {}.", words.join(", ")));
    }
}

fn row(table: &Table, entry: &Entry) -> Vec<String> {
    let code = match (entry.code, entry.system) {
        (Some(code), Some(system)) => code.dotted(system),
        _ => entry.text.clone(),
    };
    let judgement = entry.judgement;
    let reason = judgement.reason.map_or_else(String::new, |why| format!(": {}", why.words()));
    let billable = report::billable(judgement.interval).unwrap_or_default();
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
        title(table, entry),
    ]
}

/// The title on the day of the entry; where there was none, or no day is known, another
/// one with the release that has it.
fn title(table: &Table, entry: &Entry) -> String {
    let chronicle = entry.system.and_then(|system| table.history().of(system));
    let title = chronicle.zip(entry.code).and_then(|(all, code)| all.title_then(code, entry.date));
    match title {
        Some((title, None)) => title.to_owned(),
        Some((title, Some(release))) => format!("{title} (as in the release of {release})"),
        None => String::new(),
    }
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
