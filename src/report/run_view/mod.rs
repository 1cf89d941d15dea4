//! What the report of a run tells, apart from how it is shown: figures, grids,
//! what a person must still do, and what was not checked.
//!
//! Counts and codes only, no patient's data. It tells the plan: it is written
//! with it and never again, so that the same inputs give the same bytes. What
//! happened to the plan since stands in the journal (`codeturn show`).

mod codes;
mod decisions;
mod inputs;
mod places;
mod steps;

use crate::decide::{Bucket, Kind, Table};
use crate::diff::wording::Segment;
use crate::run::book::Manner;
use crate::run::inputs::Inputs;
use crate::run::plan::{Plan, Wish};

use super::list_changes::ListCounts;
use super::{CLAIMS_AT_MOST, diff_view};

/// As many rows a grid has at most; the rest is counted.
const MOST_ROWS: usize = 1_000;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Told<'r> {
    /// The files of records.
    pub inputs: &'r Inputs,
    /// The decision table.
    pub table: &'r Table,
    /// What was wanted.
    pub wish: Wish,
    /// What is planned.
    pub plan: &'r Plan,
    /// For lists, what has to be done.
    pub list: Option<ListCounts>,
    /// Why the run was planned, where that was said.
    pub reason: Option<&'r str>,
}

/// A report.
#[derive(Debug)]
pub struct View {
    /// What it is about, in a line.
    pub title: String,
    /// What the records are and how the result is written, a sentence each.
    pub lead: Vec<String>,
    /// The figures that come first.
    pub figures: Vec<Figure>,
    /// Everything else, in order.
    pub sections: Vec<Section>,
    /// What was not checked, a sentence each.
    pub not_checked: Vec<String>,
    /// Whose descriptors are in it.
    pub licences: Vec<&'static str>,
}

/// A number that comes first.
#[derive(Debug)]
pub struct Figure {
    /// What is counted.
    pub name: &'static str,
    /// How many.
    pub count: u64,
    /// What it is made of.
    pub detail: String,
}

/// A part of the report.
#[derive(Debug)]
pub struct Section {
    /// Its anchor in a page, and the name of its sheet with blanks for dashes.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What is said before its grid, a paragraph each.
    pub words: Vec<String>,
    /// The files of the run folder that hold the particulars.
    pub files: Vec<&'static str>,
    /// What is counted, row by row.
    pub grid: Grid,
}

impl Section {
    /// Said where claims are counted and more of them passed by than are remembered.
    fn say_claims_are_at_most(&mut self) {
        let counts = self.grid.columns.iter().any(|column| column.name.starts_with("Claims"));
        self.words.extend(counts.then(|| CLAIMS_AT_MOST.to_owned()));
    }
}

/// Rows under a heading.
#[derive(Debug)]
pub struct Grid {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, the most important first.
    pub rows: Vec<Vec<Cell>>,
    /// What is not listed, counted.
    pub left_out: Option<String>,
}

/// A column of a grid.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// What its cells are.
    pub form: Form,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Words.
    Text,
    /// Codes.
    Code,
    /// Counts.
    Number,
    /// Days.
    Day,
    /// Paths, places of rules and digests: long words that may break anywhere.
    Path,
    /// Machine-readable names.
    Id,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// As it is; nothing of it is markup.
    Text(String),
    /// A count.
    Number(u64),
    /// A title with what differs from another one.
    Marked(Vec<Segment>),
}

impl Grid {
    fn new(columns: &[(&'static str, Form)]) -> Grid {
        let columns = columns.iter().map(|&(name, form)| Column { name, form }).collect();
        Grid { columns, rows: Vec::new(), left_out: None }
    }

    /// Takes the rows as far as a grid goes, and says what is left out; `sites`
    /// counts those of a row.
    fn fill<T>(
        mut self,
        rows: &[T],
        what: &str,
        sites: impl Fn(&T) -> u64,
        cells: impl Fn(&T) -> Vec<Cell>,
    ) -> Grid {
        let (shown, rest) = rows.split_at(rows.len().min(MOST_ROWS));
        self.rows = shown.iter().map(cells).collect();
        let entries: u64 = rest.iter().map(sites).sum();
        self.left_out = (!rest.is_empty())
            .then(|| format!("{} more {what} with {entries} entries are not listed.", rest.len()));
        self
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

impl View {
    /// The report of a plan.
    pub fn of(told: Told) -> View {
        let sections = [
            Some(steps::section(told)),
            Some(codes::buckets(told)),
            codes::replacements(told),
            codes::by_code(told),
            codes::blanket(told),
            decisions::section(told),
            steps::rechecks(told),
            Some(places::by_file(told)),
            places::by_payer(told),
            Some(inputs::records(told)),
            Some(inputs::releases(told)),
            Some(inputs::maps(told)),
            inputs::worklists(told),
        ];
        let mut sections: Vec<Section> = sections.into_iter().flatten().collect();
        if !(told.plan.outcomes.is_exact()
            && told.plan.codes.is_exact()
            && told.plan.whole_codes.is_exact())
        {
            sections.iter_mut().for_each(Section::say_claims_are_at_most);
        }
        View {
            title: title(told),
            lead: steps::lead(told),
            figures: figures(told),
            sections,
            not_checked: steps::not_checked(told),
            licences: told.table.history().systems().filter_map(diff_view::licence).collect(),
        }
    }
}

fn title(told: Told) -> String {
    let files = told.inputs.files.len();
    format!("Turn of codes in {}", super::counted(files, "file"))
}

/// How many sites landed in buckets of this sort.
fn sites(told: Told, is_meant: impl Fn(Bucket) -> bool) -> u64 {
    let meant = Bucket::ALL.iter().filter(|bucket| is_meant(**bucket));
    meant.map(|bucket| told.plan.total.bucket(*bucket)).sum()
}

/// Whether nothing is claimed about such a site.
fn is_unchecked(bucket: Bucket) -> bool {
    matches!(
        bucket,
        Bucket::BeforeHistory | Bucket::DateUncertain | Bucket::Undated | Bucket::OtherSystem
    )
}

fn figures(told: Told) -> Vec<Figure> {
    let plan = told.plan;
    let records: u64 = plan.files.iter().map(|file| file.swept.records).sum();
    let figure = |name, count, detail: String| Figure { name, count, detail };
    let reported = sites(told, |bucket| bucket == Bucket::ReportOnly);
    let mut figures = vec![
        figure("coded entries", plan.total.sites(), format!("in {records} records")),
        figure("claims touched", plan.claims.touched, claims(told)),
        replaced(told),
        figure(
            "entries for a coder",
            sites(told, Bucket::is_for_a_person),
            "each stands on the worklist".to_owned(),
        ),
        figure(
            "entries not checked",
            sites(told, is_unchecked),
            "nothing is claimed about them".to_owned(),
        ),
    ];
    if reported > 0 || matches!(told.wish.kind, Kind::Billed | Kind::List) {
        let detail = "retired or decided: listed, not rewritten".to_owned();
        figures.insert(3, figure("entries reported", reported, detail));
    }
    figures
}

/// What is replaced, or proposed where all codes stay.
fn replaced(told: Told) -> Figure {
    let plan = told.plan;
    let (name, count) = match told.wish.manner {
        Manner::Annotate => ("codes proposed", plan.proposed),
        Manner::Beside | Manner::InPlace => ("entries replaced", plan.edits()),
    };
    let counts = plan.decided.counts;
    let chosen = match counts.entries + counts.by_code {
        // What is chosen for a list may be added to it, and nothing be replaced.
        chosen if chosen == 0 || count == 0 => String::new(),
        chosen => format!(", {chosen} chosen by a reviewer"),
    };
    let (blanket, less) = (plan.blanket, plan.detail_lost);
    let detail = format!("{blanket} of them blanket choices, {less} lose detail{chosen}");
    Figure { name, count, detail }
}

fn claims(told: Told) -> String {
    let claims = told.plan.claims;
    match told.wish.manner {
        Manner::Annotate => format!("{} for a coder", claims.review),
        Manner::Beside | Manner::InPlace => {
            format!("{} with replacements, {} for a coder", claims.replaced, claims.review)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The audit said it, and the report of a run did not.
    #[test]
    fn counts_of_claims_say_when_they_are_not_sure() {
        let words = |name| {
            let grid = Grid::new(&[("Code", Form::Code), (name, Form::Number)]);
            let mut section =
                Section { id: "x", heading: "X", words: Vec::new(), files: Vec::new(), grid };
            section.say_claims_are_at_most();
            section.words
        };
        assert_eq!(words("Claims"), [CLAIMS_AT_MOST]);
        assert_eq!(words("Claims touched"), [CLAIMS_AT_MOST]);
        assert!(words("Entries").is_empty());
    }
}
