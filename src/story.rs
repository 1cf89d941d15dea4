//! One code's life, as far as the releases given tell it.
//!
//! From when to when it was billable, a header or absent, how its titles
//! changed, and which codes took over. Nothing here is coding advice: codes
//! below one that became a header are all that the releases say about it.

use jiff::civil::Date;

use crate::code::{Code, Spelling, System};
use crate::crosswalk::Rule;
use crate::decide::{Candidate, Lead, Table, Verdict};
use crate::diff::{Class, wording};
use crate::history::{Chronicle, Interval, State};

/// The life of a code in one system.
#[derive(Debug)]
pub struct Story<'t> {
    /// The code.
    pub code: Code,
    /// The system.
    pub system: System,
    /// The first day about which something is known.
    pub start: Date,
    /// What it was, in order of date.
    pub spans: Vec<Span>,
    /// Its titles, each with the day of the release that brought it.
    pub titles: Vec<Title<'t>>,
    /// If it is retired: billable codes below it, and those that a release names.
    pub successors: Vec<Successor<'t>>,
    /// What it was on the day that was asked for.
    pub verdict: Option<OnDay>,
}

/// What a code was from one day to another, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub since: Date,
    /// The last day; nothing while it lasts.
    pub until: Option<Date>,
    /// What it was.
    pub state: State,
    /// Where that is not known: the days of the releases at hand, between which
    /// an edition is missing.
    pub between: Option<(Date, Date)>,
}

/// A title and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Title<'t> {
    /// The day of the first release given that has it.
    pub effective: Date,
    /// The title: long, else short.
    pub title: &'t str,
    /// How far it differs from the one before; nothing for the first.
    pub class: Option<Class>,
}

/// A code that may stand in the place of a retired one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor<'t> {
    /// The code.
    pub code: Code,
    /// Its system.
    pub system: System,
    /// Its newest title; empty where no release of its system was given.
    pub title: &'t str,
    /// What leads to it, step by step.
    pub path: Vec<Lead>,
}

/// The verdict on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnDay {
    /// The day.
    pub date: Date,
    /// The verdict.
    pub verdict: Verdict,
    /// When it was billable.
    pub interval: Interval,
}

/// The lives of a code, one a system in which it stands; `on` asks for a verdict.
///
/// A dot in another place than a system's makes it no code of that system.
pub fn stories(table: &Table, code: (Code, Spelling), on: Option<Date>) -> Vec<Story<'_>> {
    let history = table.history();
    let fitting = history.systems().filter(|&system| code.1.fits(code.0, system));
    let known = fitting.filter_map(|system| Some((system, history.of(system)?)));
    known.filter_map(|(system, chronicle)| story(table, system, chronicle, code, on)).collect()
}

fn story<'t>(
    table: &'t Table,
    system: System,
    chronicle: &'t Chronicle,
    code: (Code, Spelling),
    on: Option<Date>,
) -> Option<Story<'t>> {
    let life = chronicle.life(code.0)?;
    let spans = spans(life.steps(), chronicle, code.0);
    let retired = spans.last().is_some_and(|span| span.state != State::Billable)
        && spans.iter().any(|span| span.state == State::Billable);
    let successors = if retired {
        successors(table, system, code.0, chronicle.newest().effective)
    } else {
        Vec::new()
    };
    let verdict = on.map(|date| {
        let (verdict, interval) = table.verdict(system, Some(code), date);
        OnDay { date, verdict, interval }
    });
    let titles = titles(chronicle, code.0);
    let (code, start) = (code.0, chronicle.start());
    Some(Story { code, system, start, spans, titles, successors, verdict })
}

fn spans(steps: &[(Date, State)], chronicle: &Chronicle, code: Code) -> Vec<Span> {
    let ends = steps.iter().skip(1).map(|next| next.0.yesterday().ok()).chain([None]);
    let spans = steps.iter().zip(ends);
    let span = |(&(since, state), until): (&(Date, State), Option<Date>)| {
        let between = (state == State::Uncertain).then(|| chronicle.around(code, since)).flatten();
        Span { since, until, state, between }
    };
    spans.map(span).collect()
}

/// Each title that differs from the one before it.
fn titles(chronicle: &Chronicle, code: Code) -> Vec<Title<'_>> {
    let mut titles: Vec<Title<'_>> = Vec::new();
    for release in chronicle.releases() {
        let title = release.title(code);
        let before = titles.last().map(|before| before.title);
        if title.is_empty() || before == Some(title) {
            continue;
        }
        let class = before.map(|before| wording::class(before, title));
        titles.push(Title { effective: release.effective, title, class });
    }
    titles
}

/// What rows of a mapping name and the billable codes below it in the newest release,
/// else what a release names. A row that names one of several codes hides none of them.
fn successors(table: &Table, system: System, code: Code, on: Date) -> Vec<Successor<'_>> {
    let below = table.split_into(system, code, Some(on)).into_iter();
    let below = below.map(|code| Candidate { system, code, path: vec![Lead::Below] });
    let mut found: Vec<Candidate> =
        table.leads(system, code, Some(on)).into_iter().chain(below).collect();
    // What a row names is told as the row's, though it stands below as well.
    found.sort_by_key(|one| (one.code, one.system));
    found.dedup_by_key(|one| (one.code, one.system));
    let told = |one: Candidate| {
        let Candidate { system, code, path } = one;
        Successor { code, system, title: table.title(system, code), path }
    };
    found.into_iter().map(told).collect()
}

/// The code systems that the lives of a code rest on: those in which it stands; where it
/// stands in none, all that were looked through.
pub fn systems(table: &Table, stories: &[Story<'_>]) -> Vec<System> {
    match stories {
        [] => table.history().systems().collect(),
        told => told.iter().map(|story| story.system).collect(),
    }
}

/// The rows of mapping files about a code, each with why it was set aside, where it was.
pub fn rules<'t>(
    table: &'t Table,
    story: &Story<'_>,
) -> impl Iterator<Item = (&'t Rule, Option<&'t str>)> {
    let (code, system) = (story.code, story.system);
    let kept = table.crosswalk().rules.iter().map(|rule| (rule, None));
    let aside = table.crosswalk().aside.iter().map(|one| (&one.rule, Some(one.why.as_str())));
    kept.chain(aside).filter(move |(rule, _)| rule.is_about(system, code))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::crosswalk::Crosswalk;
    use crate::history::History;
    use crate::release::sample;

    fn table() -> Table {
        let cm = |on, codes: &[&str]| sample::release(System::Icd10cm, on, codes);
        let releases = vec![
            cm(date(2022, 10, 1), &["#E88", "#E888", "E8881"]),
            cm(date(2023, 10, 1), &["#E88", "#E888", "#E8881", "E88810", "E88811"]),
        ];
        Table::new(History::new(releases).expect("a history"), Crosswalk::default())
    }

    fn of<'t>(table: &'t Table, code: &str, on: Option<Date>) -> Vec<Story<'t>> {
        stories(table, Spelling::read(code.as_bytes()).expect("a code"), on)
    }

    #[test]
    fn a_split_code_ends_where_its_successors_begin() {
        let table = table();
        let told = of(&table, "E88.81", Some(date(2024, 1, 1)));
        let [story] = &told[..] else { panic!("one system") };
        let span = |since, until, state| Span { since, until, state, between: None };
        // The edition of April 2023 is missing: what happened then is not known.
        assert_eq!(story.spans[0].since, date(2022, 10, 1));
        assert_eq!(story.spans[0].state, State::Billable);
        assert_eq!(story.spans.last(), Some(&span(date(2023, 10, 1), None, State::Header)));
        let codes: Vec<String> = story.successors.iter().map(|one| one.code.to_string()).collect();
        assert_eq!(codes, ["E88810", "E88811"]);
        assert_eq!(story.verdict.map(|on| on.verdict), Some(Verdict::BecameHeader));
        assert!(of(&table, "E888.1", None).is_empty());
        assert!(of(&table, "E88810", None)[0].successors.is_empty());
    }
}
