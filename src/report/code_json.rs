//! `codeturn.code/1`: one code's life, for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::code::{Code, System};
use crate::decide::{Table, Verdict};
use crate::diff::Class;
use crate::history::{Chronicle, State};
use crate::release::{Digest, Release};
use crate::story::{self, OnDay, Span, Story};

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    code: Code,
    systems: Vec<Life<'d>>,
    /// What all of it rests on.
    releases: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    system: System,
    effective: String,
    path: String,
    member: Option<String>,
    digest: Digest,
}

#[derive(Serialize)]
struct Row {
    at: String,
    new: Option<Code>,
    relation: Option<&'static str>,
    set_aside: Option<String>,
}

#[derive(Serialize)]
struct Life<'d> {
    system: System,
    /// The first day about which something is known.
    known_from: String,
    states: Vec<Stretch>,
    titles: Vec<Named<'d>>,
    successors: Vec<Successor<'d>>,
    /// Rows of mapping files about it.
    rules: Vec<Row>,
    verdict: Option<Told>,
}

#[derive(Serialize)]
struct Stretch {
    since: String,
    until: Option<String>,
    state: &'static str,
}

#[derive(Serialize)]
struct Named<'d> {
    effective: String,
    title: &'d str,
    class: Option<Class>,
}

#[derive(Serialize)]
struct Successor<'d> {
    code: Code,
    title: &'d str,
}

#[derive(Serialize)]
struct Told {
    date: String,
    verdict: Verdict,
    words: &'static str,
    since: Option<String>,
    until: Option<String>,
}

/// Writes the document, with a line end behind it.
///
/// # Errors
/// As the writer fails.
pub fn write(
    code: Code,
    table: &Table,
    stories: &[Story<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let systems = stories.iter().map(|story| life(table, story)).collect();
    let told = story::systems(table, stories);
    let told = told.iter().filter_map(|system| table.history().of(*system));
    let releases = told.flat_map(Chronicle::releases).map(source).collect();
    let document = Document { schema: "codeturn.code/1", code, systems, releases };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn source(release: &Release) -> Source {
    Source {
        system: release.system,
        effective: release.effective.to_string(),
        path: release.path.to_string_lossy().into_owned(),
        member: release.member.clone(),
        digest: release.digest,
    }
}

fn life<'d>(table: &Table, story: &'d Story<'_>) -> Life<'d> {
    let rules = story::rules(table, story).map(|(rule, aside)| Row {
        at: table.crosswalk().place(rule.at),
        new: rule.new,
        relation: rule.relation.map(crate::crosswalk::Relation::word),
        set_aside: aside.map(str::to_owned),
    });
    let named = story.titles.iter().map(|title| Named {
        effective: title.effective.to_string(),
        title: title.title,
        class: title.class,
    });
    let successors =
        story.successors.iter().map(|one| Successor { code: one.code, title: one.title });
    Life {
        system: story.system,
        known_from: story.start.to_string(),
        states: story.spans.iter().map(stretch).collect(),
        titles: named.collect(),
        successors: successors.collect(),
        rules: rules.collect(),
        verdict: story.verdict.as_ref().map(told),
    }
}

fn stretch(span: &Span) -> Stretch {
    let state = match span.state {
        State::Billable => "billable",
        State::Header => "header",
        State::Absent => "absent",
        State::Uncertain => "uncertain",
    };
    Stretch { since: span.since.to_string(), until: span.until.map(|day| day.to_string()), state }
}

fn told(on: &OnDay) -> Told {
    Told {
        date: on.date.to_string(),
        verdict: on.verdict,
        words: on.verdict.words(),
        since: on.interval.since.map(|day| day.to_string()),
        until: on.interval.until.map(|day| day.to_string()),
    }
}
