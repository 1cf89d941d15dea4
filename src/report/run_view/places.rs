//! The report by file and by payer.

use std::cmp::Reverse;

use super::{Cell, Form, Grid, Section, Told, is_unchecked, text};
use crate::decide::Bucket;
use crate::run::book::Manner;
use crate::run::counts::Mark;
use crate::run::harvest::Tally;
use crate::run::outcome::{ByPayer, PayerCount};
use crate::run::plan::FilePlan;

/// Each file of records, in the order given.
pub fn by_file(told: Told) -> Section {
    let columns = [
        ("File", Form::Path),
        ("Records", Form::Number),
        ("Entries", Form::Number),
        (replaced(told), Form::Number),
        ("For a coder", Form::Number),
        ("Reported", Form::Number),
        ("Not checked", Form::Number),
        ("Claims touched", Form::Number),
    ];
    let files: Vec<_> = told.inputs.files.iter().zip(&told.plan.files).zip(1..).collect();
    let grid = Grid::new(&columns).fill(
        &files,
        "files",
        |((_, file), _)| all(file).sites(),
        |((input, file), number)| {
            let all = all(file);
            let sites = |is_meant: fn(Bucket) -> bool| {
                let meant = Bucket::ALL.iter().filter(|bucket| is_meant(**bucket));
                Cell::Number(meant.map(|bucket| all.bucket(*bucket)).sum())
            };
            let marked = |mark| told.plan.outcomes.files.get(&(*number, mark));
            vec![
                text(&input.name),
                Cell::Number(file.swept.records),
                Cell::Number(all.sites()),
                Cell::Number(marked(Mark::Replaced).sites),
                sites(Bucket::is_for_a_person),
                sites(|bucket| bucket == Bucket::ReportOnly),
                sites(is_unchecked),
                Cell::Number(marked(Mark::Touched).claims),
            ]
        },
    );
    let words = vec![
        "An entry that is not checked for want of a date may stand on the worklist as well."
            .to_owned(),
    ];
    Section { id: "files", heading: "By file", words, files: Vec::new(), grid }
}

fn all(file: &FilePlan) -> Tally {
    let mut all = Tally::default();
    file.columns.iter().for_each(|column| all.add(column));
    all
}

/// Each payer, most claims first; nothing where no file has a column of payers.
pub fn by_payer(told: Told) -> Option<Section> {
    let names = told.inputs.files.iter().filter_map(|input| input.layout.payer.as_ref());
    let mut names: Vec<&str> = names.map(|payer| payer.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let columns = [
        ("Payer", Form::Text),
        ("Claims touched", Form::Number),
        ("Entries", Form::Number),
        (replaced(told), Form::Number),
        ("For a coder", Form::Number),
    ];
    let column = format!("As the column `{}` says.", names.join("`, `"));
    let (words, mut rows) = match told.plan.outcomes.payers.rows() {
        ByPayer::Nothing => return None,
        ByPayer::TooMany => (
            format!(
                "{column} It holds so many different values that they cannot be payers: none is \
                 listed. `--field payer=COLUMN` names another column."
            ),
            Vec::new(),
        ),
        ByPayer::Rows(rows) => (column, rows),
    };
    rows.sort_by_key(|row| Reverse((row.touched.claims, row.touched.sites)));
    let grid = Grid::new(&columns).fill(&rows, "payers", |row| row.touched.sites, cells);
    Some(Section { id: "payers", heading: "By payer", words: vec![words], files: Vec::new(), grid })
}

fn cells(row: &PayerCount) -> Vec<Cell> {
    let name = if row.name.is_empty() { "(none stated)" } else { row.name.as_str() };
    vec![
        text(name),
        Cell::Number(row.touched.claims),
        Cell::Number(row.touched.sites),
        Cell::Number(row.replaced.sites),
        Cell::Number(row.review.sites),
    ]
}

/// The heading over the entries that get a code, or have one proposed beside them.
fn replaced(told: Told) -> &'static str {
    match told.wish.manner {
        Manner::Annotate => "Proposed",
        Manner::Beside | Manner::InPlace => "Replaced",
    }
}
