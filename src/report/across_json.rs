//! `codeturn.across/1`: codes over the years as JSON.
//!
//! A stable form. `steps` has the counts of each difference of neighbours, as
//! `codeturn.diff/1` has them; of `counts.new` in a step, `reinstated` codes had
//! been billable before. Events are in order of date.

use std::io::{self, Write};

use serde::Serialize;

use super::Listing;
use super::diff_json::{Side, Wording, side};
use crate::code::{Code, System};
use crate::diff::Counts;
use crate::diff::across::{Across, Event};

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    system: Option<System>,
    releases: Vec<Side<'d>>,
    steps: Vec<Step>,
    codes: Vec<Life<'d>>,
}

#[derive(Serialize)]
struct Step {
    from: String,
    to: String,
    counts: Counts,
    reinstated: usize,
}

#[derive(Serialize)]
struct Life<'d> {
    code: Code,
    events: Vec<Happening<'d>>,
}

#[derive(Serialize)]
struct Happening<'d> {
    from: String,
    to: String,
    kind: &'static str,
    #[serde(flatten)]
    wording: Wording<'d>,
}

/// Writes the document, one value a line, with a line end behind it.
///
/// # Errors
/// As the writer fails.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let steps = across.steps.iter().zip(across.reinstated()).map(|(step, reinstated)| Step {
        from: step.old.effective.to_string(),
        to: step.new.effective.to_string(),
        counts: step.counts,
        reinstated,
    });
    let lives = listing.lives(across);
    let document = Document {
        schema: "codeturn.across/1",
        system: across.releases().next().map(|release| release.system),
        releases: across.releases().map(side).collect(),
        steps: steps.collect(),
        codes: lives.iter().map(|(code, events)| life(*code, events, listing)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn life<'d>(code: Code, events: &[Event<'_, 'd>], listing: &Listing) -> Life<'d> {
    let events = events.iter().map(|event| Happening {
        from: event.step.old.effective.to_string(),
        to: event.step.new.effective.to_string(),
        kind: event.turn.id(),
        wording: Wording::of(event.change, listing),
    });
    Life { code, events: events.collect() }
}
