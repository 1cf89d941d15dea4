//! What the reports of several releases have in common: one row an event, with
//! the step in which it happened.

use super::diff_view::{self, Effect};
use super::{Descriptors, Listing};
use crate::code::{Code, System};
use crate::diff::Diff;
use crate::diff::across::{Across, Event, Turn};
use crate::diff::wording::Segment;

/// What happened to one code in one step.
pub struct Row<'a> {
    /// The number of the step.
    pub step: usize,
    /// The code.
    pub code: Code,
    /// What it did to the list of codes.
    pub effect: Effect,
    /// What happened, in words.
    pub words: &'static str,
    /// What departs from the rule.
    pub remark: Option<&'static str>,
    /// What follows it: longer codes, successors that the release names.
    pub follows: Option<String>,
    /// The title with its differences; empty where titles are not to be written.
    pub title: Vec<Segment>,
    /// The event itself.
    pub event: Event<'a, 'a>,
}

/// All rows, by code and in order of date.
pub fn rows<'a>(across: &'a Across<'a>, listing: &Listing) -> Vec<Row<'a>> {
    let lives = listing.lives(across);
    let events = lives
        .into_iter()
        .flat_map(|(code, events)| events.into_iter().map(move |event| (code, event)));
    events.map(|(code, event)| row(across, listing, code, event)).collect()
}

fn row<'a>(across: &'a Across<'a>, listing: &Listing, code: Code, event: Event<'a, 'a>) -> Row<'a> {
    let step = across.steps.iter().position(|step| std::ptr::eq(step, event.step));
    let words = match event.turn {
        Turn::Kind(kind) => diff_view::words(kind),
        Turn::Reinstated => "Reinstated: it is back",
    };
    let title = match listing.descriptors {
        Descriptors::Shown => diff_view::title(event.change, listing).unwrap_or_default(),
        Descriptors::Hidden => Vec::new(),
    };
    Row {
        step: step.unwrap_or_default(),
        code,
        effect: Effect::of(event.change.kind),
        words,
        remark: diff_view::remark(event.change.class),
        follows: diff_view::follows(event.step, event.change),
        title,
        event,
    }
}

/// `2022-10-01 -> 2023-10-01: 437 new, 0 of them reinstated, 32 deleted, 14 revised`, step by step.
pub fn figures(across: &Across<'_>) -> Vec<[String; 6]> {
    let steps = across.steps.iter().zip(across.reinstated());
    steps
        .map(|(step, back)| {
            let counts = &step.counts;
            [
                step.old.effective.to_string(),
                step.new.effective.to_string(),
                counts.new.to_string(),
                back.to_string(),
                counts.deleted.to_string(),
                counts.revised.to_string(),
            ]
        })
        .collect()
}

/// What is to be said of the steps, each with its two days.
pub fn notes(across: &Across<'_>) -> Vec<String> {
    let of_step = |step: &Diff<'_>| {
        let (old, new) = (step.old.effective, step.new.effective);
        step.notes.iter().map(move |note| format!("{old} to {new}: {note}")).collect::<Vec<_>>()
    };
    across.steps.iter().flat_map(of_step).collect()
}

/// The system of the releases.
pub fn system(across: &Across<'_>) -> Option<System> {
    across.releases().next().map(|release| release.system)
}
