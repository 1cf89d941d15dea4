//! The report of what reviewers decided: which choice for which code, by whom, and
//! what came of it.

use std::cmp::Reverse;

use super::codes::written;
use super::{Cell, Form, Grid, Section, Told, text};
use crate::decide::{Bucket, Reason};
use crate::run::book::Manner;
use crate::run::counts::CodeCount;
use crate::run::decided::{Came, What};

/// Each decision by code, what was decided of most entries first; nothing where nobody
/// decided.
pub fn section(told: Told) -> Option<Section> {
    let mut rows: Vec<(&Came, &CodeCount)> = told.plan.decided.by_code.iter().collect();
    rows.sort_by_key(|(came, count)| (Reverse((count.sites, count.claims)), *came));
    if rows.is_empty() {
        return None;
    }
    let columns = [
        ("Code", Form::Code),
        ("Decision", Form::Text),
        ("Made for", Form::Text),
        ("By", Form::Text),
        ("What comes of it", Form::Text),
        ("Entries", Form::Number),
        ("Claims", Form::Number),
    ];
    let grid = Grid::new(&columns).fill(
        &rows,
        "decisions",
        |(_, count)| count.sites,
        |(came, count)| {
            vec![
                text(written(came.system, came.code)),
                text(decision(came)),
                text(if came.by_code { "all entries of the code" } else { "single entries" }),
                text(came.by.as_deref().unwrap_or("(nobody named)")),
                text(what_comes(came, told.wish.manner)),
                Cell::Number(count.sites),
                Cell::Number(count.claims),
            ]
        },
    );
    let (id, heading) = ("decisions", "What reviewers decided");
    Some(Section { id, heading, words: words(told), files: vec!["decisions.csv"], grid })
}

fn words(told: Told) -> Vec<String> {
    let counts = told.plan.decided.counts;
    let mut words = vec![format!(
        "Codes chosen entry by entry: {}, for all entries of a code: {}; kept: {}, of \
         these for all entries of a code: {}; queries: {}; not carried out: {}.",
        counts.entries,
        counts.by_code,
        counts.kept,
        counts.kept_by_code,
        counts.queries,
        counts.not_carried_out
    )];
    if told.plan.decided.by_code.iter().any(|(came, _)| came.by_code) {
        words.push(
            "Where a decision was made for all entries of a code no record was read to choose. \
             Somebody must answer for each of these rows."
                .to_owned(),
        );
    }
    words.extend(told.reason.map(|reason| format!("Reason given: {reason}")));
    words
}

fn decision(came: &Came) -> String {
    match (came.what, came.new) {
        (What::Keep, _) => "keep".to_owned(),
        (What::Query, _) => "query".to_owned(),
        (What::Replace | What::Misfit, new) => written(came.system, new),
    }
}

fn what_comes(came: &Came, manner: Manner) -> String {
    match (came.what, came.is_carried_out()) {
        (What::Replace, true) if manner == Manner::Annotate => {
            "proposed beside the code".to_owned()
        }
        (What::Replace, true) if came.bucket == Bucket::ReportOnly => {
            "to be added to the list, where the row ends".to_owned()
        }
        (What::Replace, true) => "replaced".to_owned(),
        (What::Keep, true) => "the code stays".to_owned(),
        (What::Query, _) => "stays on the worklist until somebody is asked".to_owned(),
        (What::Misfit, _) => {
            "not carried out: the code may not be billed on the day of the entry, or does not fit"
                .to_owned()
        }
        (What::Replace | What::Keep, false) => {
            format!("not carried out: {}", came.reason.map_or(came.bucket.words(), Reason::words))
        }
    }
}
