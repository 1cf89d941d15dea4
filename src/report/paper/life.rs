//! One code's life on a paper: what it was when, its titles, what may take its
//! place, and the rows of mapping files that speak of it.

use super::{Paper, sources};
use crate::crosswalk::Rule;
use crate::decide::{Lead, Table};
use crate::diff::Class;
use crate::history::State;
use crate::report::{self, later_editions};
use crate::story::{self, OnDay, Span, Story, Successor, Title, rules};

/// The paper about one code, as typed, in every system in which it stands.
pub fn paper(typed: &str, table: &Table, stories: &[Story<'_>]) -> Paper {
    let mut paper = Paper { title: format!("Life of the code {typed}"), ..Paper::default() };
    if stories.is_empty() {
        paper.notice(format!("{typed} stands in no release given."));
    }
    for story in stories {
        add(&mut paper, table, story);
    }
    sources::law(&mut paper);
    sources::add(&mut paper, table, &story::systems(table, stories));
    paper
}

/// Adds the life of a code.
pub fn add(paper: &mut Paper, table: &Table, story: &Story<'_>) {
    let written = story.code.dotted(story.system);
    paper.heading(format!("{written}, {}", story.system.title()));
    if let Some(on) = &story.verdict {
        let text = format!("On {}: {}{}.", on.date, on.verdict.words(), billable(on));
        if on.verdict.is_wrong() {
            paper.notice(text);
        } else {
            paper.text(text);
        }
        let later = later_editions::beside(table, story.system, on.verdict, on.date);
        later.into_iter().for_each(|words| paper.notice(words));
    }
    let spans = story.spans.iter().map(|span| state(story, span)).collect();
    paper.table(
        format!("What {written} was, by the releases given (both days inclusive)"),
        &["From", "Until", "It was"],
        spans,
    );
    let titles = story.titles.iter().map(title).collect();
    paper.table("Its titles", &["From", "Change", "Title"], titles);
    let next = story.successors.iter().map(|one| successor(table, one)).collect();
    paper.table(
        "Codes that may take its place: a coder chooses by the documentation",
        &["Code", "Title", "Named by"],
        next,
    );
    let rows = rules(table, story).map(|(rule, aside)| row(table, rule, aside)).collect();
    paper.table(
        "Rows of the mapping files about it",
        &["File and line", "Row", "Relation", "From", "Conditions", "Source"],
        rows,
    );
}

fn billable(on: &OnDay) -> String {
    let days = report::billable(on.interval);
    days.map_or_else(String::new, |days| format!(" (billable {days})"))
}

fn state(story: &Story<'_>, span: &Span) -> Vec<String> {
    let words = match span.state {
        State::Billable => "billable",
        State::Header => "a header: not for claims",
        State::Absent => "not in the code set",
        State::Uncertain => "changed on a day that no release given tells",
    };
    let between = span.between.map_or_else(String::new, |(older, newer)| {
        format!(" (between {older} and {newer}, an edition is missing)")
    });
    // Before the first release nothing is known: it may have begun earlier.
    let earlier = if span.since == story.start { " (or earlier)" } else { "" };
    let until = span.until.map_or_else(|| "still".to_owned(), |day| day.to_string());
    vec![format!("{}{earlier}", span.since), until, format!("{words}{between}")]
}

fn title(title: &Title<'_>) -> Vec<String> {
    let class = match title.class {
        None => "first known",
        Some(Class::Whitespace) => "blanks, punctuation or case",
        Some(Class::Wording) => "reworded",
        Some(Class::Meaning) => "MAY MEAN SOMETHING ELSE",
    };
    vec![title.effective.to_string(), class.to_owned(), title.title.to_owned()]
}

fn successor(table: &Table, one: &Successor<'_>) -> Vec<String> {
    let crosswalk = table.crosswalk();
    let lead = |lead: &Lead| match *lead {
        Lead::Row(at) if crosswalk.aside.iter().any(|aside| aside.rule.at == at) => {
            format!("{} (set aside)", crosswalk.place(at))
        }
        Lead::Row(at) => crosswalk.place(at),
        Lead::Below => "the release: it stands below".to_owned(),
        Lead::Release => "the release".to_owned(),
    };
    let named: Vec<String> = one.path.iter().map(lead).collect();
    vec![one.code.dotted(one.system), one.title.to_owned(), named.join(" > ")]
}

fn row(table: &Table, rule: &Rule, aside: Option<&str>) -> Vec<String> {
    let relation = rule.relation.map_or("instruction of the file", |relation| relation.word());
    let relation = match aside {
        Some(why) => format!("{relation}; set aside: {why}"),
        None => relation.to_owned(),
    };
    let conditions: Vec<String> =
        rule.when.iter().map(|test| format!("{} = {}", test.field, test.written)).collect();
    vec![
        table.crosswalk().place(rule.at),
        rule.arrow(),
        relation,
        rule.effective.map_or_else(String::new, |day| day.to_string()),
        conditions.join(", "),
        rule.source.clone().unwrap_or_default(),
    ]
}
