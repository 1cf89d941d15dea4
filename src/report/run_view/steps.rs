//! What a person must know and do: what the records are, what is left for a
//! coder, what to look at again, what nobody checked.

use super::{Cell, Form, Grid, Section, Told, is_unchecked, text};
use crate::decide::{Bucket, Kind, Reason};
use crate::report::{NOT_CHECKED, charges_left_out, entries_need, later_editions};
use crate::run::book::Manner;
use crate::run::counts::CodeCount;
use crate::run::recheck;

/// What the records are and what the plan does with them.
pub fn lead(told: Told) -> Vec<String> {
    let kind = match told.wish.kind {
        Kind::Unbilled => "charges and claims not yet sent",
        Kind::List => "a list without dates of service: charge master, superbill, order sets",
        Kind::Dataset => "a declared copy for analysis or testing",
        Kind::Billed => "sent or paid claims, which are never rewritten",
        Kind::Chart => "problem lists and clinical documents, where a person decides everything",
    };
    let mut lead = vec![format!("The records are {} ({kind}).", told.wish.kind.id())];
    lead.extend(
        told.wish.as_of.map(|day| {
            format!("Judged as of {day} where the records do not say a date that counts.")
        }),
    );
    let manner = match told.wish.manner {
        Manner::Beside => "Results are copies below migrated/; the originals are never touched.",
        Manner::InPlace => "When the plan is applied, the files themselves are replaced.",
        Manner::Annotate => {
            "Codes stay as they are. Results are copies below migrated/ with new columns behind each \
             row: for each column of codes the proposed code (_migrated), what became of the entry \
             (_status) and where the rule stands (_rule)."
        }
    };
    lead.push(manner.to_owned());
    lead.push(
        "This page tells what is planned, in counts and codes. What was approved, applied or \
         undone since stands in the journal: codeturn show, with the name of this folder."
            .to_owned(),
    );
    lead
}

/// What is left for a person, most entries first.
pub fn section(told: Told) -> Section {
    let columns = [
        ("Why", Form::Text),
        ("Entries", Form::Number),
        ("Claims", Form::Number),
        ("Reason", Form::Id),
    ];
    let mut rows: Vec<(&(Bucket, Option<Reason>), &CodeCount)> =
        told.plan.outcomes.reasons.iter().collect();
    rows.sort_by_key(|(why, count)| (std::cmp::Reverse((count.sites, count.claims)), **why));
    let grid = Grid::new(&columns).fill(
        &rows,
        "reasons",
        |(_, count)| count.sites,
        |((bucket, reason), count)| {
            vec![
                text(reason.map_or(bucket.words(), Reason::words)),
                Cell::Number(count.sites),
                Cell::Number(count.claims),
                text(reason.map_or(bucket.id(), Reason::id)),
            ]
        },
    );
    let mut files = Vec::new();
    if told.plan.worklist > 0 {
        files.extend(["worklist.xlsx", "worklist.csv"]);
    }
    if told.list.is_some() {
        files.extend(["list-changes.xlsx", "list-changes.csv"]);
    }
    let heading = "What a person must still do";
    Section { id: "to-do", heading, words: to_do(told), files, grid }
}

fn to_do(told: Told) -> Vec<String> {
    let mut words = Vec::new();
    words.push(match told.plan.worklist {
        0 => "No entry needs a coder.".to_owned(),
        entries => format!(
            "{} a coder. Each stands in worklist.xlsx (worklist.csv for \
             programs) with its candidates in the order of their codes: none is marked, none is \
             filled in.",
            entries_need(entries)
        ),
    });
    if let Some(list) = told.list {
        words.push(format!("The list has {}: list-changes.xlsx.", list.in_words()));
    }
    if told.wish.kind == Kind::Billed {
        words.push(
            "A sent claim is never rewritten: a correction is a new claim (CLM05-3 = 7 with \
             REF*F8), and findings on paid claims go to compliance first."
                .to_owned(),
        );
    }
    if told.wish.requires_approval {
        words.push(
            "A second person must sign before it can be applied: codeturn approve.".to_owned(),
        );
    }
    if told.plan.files.iter().any(|file| file.output.is_some()) {
        words.push(
            "Digests, manifests and row-count files beside the records do not hold for the \
             results."
                .to_owned(),
        );
    }
    words
}

/// What new codes may upset elsewhere in their claims.
pub fn rechecks(told: Told) -> Option<Section> {
    if told.plan.recheck.is_empty() {
        return None;
    }
    let columns = [("What", Form::Id), ("Entries", Form::Number), ("Look again at", Form::Text)];
    let mut rows: Vec<(&str, u64)> =
        told.plan.recheck.iter().map(|(word, count)| (*word, *count)).collect();
    rows.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    let grid = Grid::new(&columns).fill(
        &rows,
        "words",
        |(_, count)| *count,
        |(word, count)| vec![text(*word), Cell::Number(*count), text(recheck::meaning(word))],
    );
    let what = match told.wish.manner {
        Manner::Annotate => "The codes stay; what a proposed one may upset where it is used",
        Manner::Beside | Manner::InPlace => {
            "Nothing but the codes changes; what a new code may upset"
        }
    };
    let words = vec![format!("{what} is named, per entry in the column recheck of changes.csv.")];
    Some(Section {
        id: "rechecks",
        heading: "To be looked at again",
        words,
        files: vec!["changes.csv"],
        grid,
    })
}

/// What nobody looked at, and what the program never does.
pub fn not_checked(told: Told) -> Vec<String> {
    let mut words = vec![
        format!("Not checked: {NOT_CHECKED}."),
        "Codes are proposed by your mapping and the releases; nothing here is coding. The proof of \
         a run is of its bytes, not of the accuracy of its codes."
            .to_owned(),
    ];
    let unchecked = Bucket::ALL.iter().filter(|bucket| is_unchecked(**bucket));
    for bucket in unchecked {
        let count = told.plan.total.bucket(*bucket);
        if count > 0 {
            words.push(format!("{count} entries: {}.", bucket.words()));
        }
    }
    words.extend(later_editions::sentences(told.table, &told.plan.behind));
    let left_out = charges_left_out(told.inputs, told.plan);
    words.extend(left_out.into_iter().map(|words| format!("{words}.")));
    for passed in &told.inputs.passed_over {
        let why = passed.why.message();
        words.push(format!("NOT CHECKED: {}: {why}.", passed.path.to_string_lossy()));
    }
    words
}
