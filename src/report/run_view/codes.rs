//! The report by code: what became of the entries, old code and new, impact,
//! blanket rules.

use std::cmp::Reverse;

use super::{Cell, Form, Grid, Section, Told, text};
use crate::code::{Code, System};
use crate::crosswalk::{Relation, Rule};
use crate::decide::Bucket;
use crate::diff::wording;
use crate::report::{words, worklist};
use crate::run::book::Manner;
use crate::run::counts::CodeCount;
use crate::run::outcome::Fate;

/// All buckets, zeros too: they add up to the coded entries.
pub fn buckets(told: Told) -> Section {
    let mut grid = Grid::new(&[
        ("Entries", Form::Number),
        ("What became of them", Form::Text),
        ("Bucket", Form::Id),
    ]);
    let total = &told.plan.total;
    grid.rows = Bucket::ALL
        .iter()
        .map(|bucket| {
            vec![
                Cell::Number(total.bucket(*bucket)),
                text(sentence(words(*bucket, told.wish.manner))),
                text(bucket.id()),
            ]
        })
        .collect();
    let words = vec![format!("Each of the {} coded entries is counted once.", total.sites())];
    Section { id: "entries", heading: "What became of the entries", words, files: Vec::new(), grid }
}

/// As a sentence begins.
fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// Old code -> new code, most entries first.
pub fn replacements(told: Told) -> Option<Section> {
    let rows = replaced(told);
    if rows.is_empty() {
        return None;
    }
    let columns = [
        ("Old code", Form::Code),
        ("New code", Form::Code),
        ("Title", Form::Text),
        ("Relation", Form::Text),
        ("Rule", Form::Path),
        ("Entries", Form::Number),
        ("Claims", Form::Number),
    ];
    let count = |row: &Replaced| row.count.sites;
    let grid = Grid::new(&columns).fill(&rows, "replacements", count, |row| row.cells(told));
    let mut words = vec![
        "Words behind \u{2212} stand in the old title only, words behind + in the new one only. \
         Where the relation is empty the row is your own instruction."
            .to_owned(),
    ];
    if told.wish.manner == Manner::Annotate {
        words.insert(
            0,
            "The old codes stay: changes.csv lists what is proposed beside them.".to_owned(),
        );
    }
    Some(Section {
        id: "replacements",
        heading: "Old codes and new codes",
        words,
        files: vec!["changes.csv"],
        grid,
    })
}

/// A code that is replaced by the rules of one route.
struct Replaced<'r> {
    fate: Fate,
    count: CodeCount,
    route: usize,
    first: &'r Rule,
    last: &'r Rule,
}

fn replaced(told: Told<'_>) -> Vec<Replaced<'_>> {
    let rules = &told.table.crosswalk().rules;
    let row = |(fate, count): (&Fate, &CodeCount)| {
        let route = fate.route?;
        let steps = told.table.route(route);
        let (first, last) = (rules.get(*steps.first()?)?, rules.get(*steps.last()?)?);
        Some(Replaced { fate: *fate, count: *count, route, first, last })
    };
    let mut rows: Vec<Replaced> = told.plan.outcomes.fates.iter().filter_map(row).collect();
    rows.sort_by_key(|row| (Reverse((row.count.sites, row.count.claims)), row.fate));
    rows
}

impl Replaced<'_> {
    fn cells(&self, told: Told) -> Vec<Cell> {
        vec![
            text(self.old_code()),
            text(self.new_code()),
            Cell::Marked(wording::segments(self.old_title(told), self.new_title(told))),
            text(self.relation(told)),
            text(self.places(told)),
            Cell::Number(self.count.sites),
            Cell::Number(self.count.claims),
        ]
    }

    fn old_code(&self) -> String {
        written(self.fate.system, self.fate.code)
    }

    fn new_code(&self) -> String {
        self.last.new_written().unwrap_or_default()
    }

    fn old_title<'t>(&self, told: Told<'t>) -> &'t str {
        title_in_use(told, self.fate, self.count)
    }

    fn new_title<'t>(&self, told: Told<'t>) -> &'t str {
        let system = self.last.new_system.or(self.last.system);
        worklist::title(told.table, system, self.last.new, self.count.last)
    }

    /// What the rules of a chain say, one behind another; and that it is a blanket choice.
    fn relation(&self, told: Told) -> String {
        let rules = told.table.route(self.route).iter();
        let rules = rules.map(|&at| &told.table.crosswalk().rules[at]);
        let words = rules.map(|rule| rule.relation.map_or("", Relation::word));
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let blanket = self.is_blanket(told).then_some("blanket");
        let chosen = self.is_chosen().then_some("chosen");
        words.into_iter().chain(chosen).chain(blanket).collect::<Vec<_>>().join(", ")
    }

    /// Where its rules stand; decisions, of which there may be very many, in their list.
    fn places(&self, told: Told) -> String {
        if self.is_chosen() {
            return "decisions.csv".to_owned();
        }
        told.table.crosswalk().places(told.table.route(self.route))
    }

    fn is_blanket(&self, told: Told) -> bool {
        told.table.route(self.route).iter().any(|&rule| told.table.lane_of(rule).1)
    }

    /// Whether a reviewer chose it: that is told among the decisions.
    fn is_chosen(&self) -> bool {
        self.fate.bucket == Bucket::Chosen
    }
}

/// A code as people write it.
pub(super) fn written(system: Option<System>, code: Option<Code>) -> String {
    match (system, code) {
        (Some(system), Some(code)) => code.dotted(system),
        (None, Some(code)) => code.to_string(),
        (_, None) => "(no code)".to_owned(),
    }
}

/// The title that a code had when it was last billable, else on its day.
fn title_in_use(told: Told<'_>, fate: Fate, count: CodeCount) -> &str {
    let interval = count.interval;
    let day = interval.until.or(interval.until_at_least).or(count.last);
    worklist::title(told.table, fate.system, fate.code, day)
}

/// What becomes of each code that is not plainly valid, most entries first.
pub fn by_code(told: Told) -> Option<Section> {
    let mut rows: Vec<(&Fate, &CodeCount)> = told.plan.outcomes.fates.iter().collect();
    rows.sort_by_key(|(fate, count)| (Reverse((count.sites, count.claims)), **fate));
    if rows.is_empty() {
        return None;
    }
    let columns = [
        ("Code", Form::Code),
        ("Title", Form::Text),
        ("What becomes of it", Form::Text),
        ("Entries", Form::Number),
        ("Claims", Form::Number),
    ];
    let grid = Grid::new(&columns).fill(
        &rows,
        "codes",
        |(_, count)| count.sites,
        |(fate, count)| {
            vec![
                text(written(fate.system, fate.code)),
                text(title_in_use(told, **fate, **count)),
                text(becomes(told, fate)),
                Cell::Number(count.sites),
                Cell::Number(count.claims),
            ]
        },
    );
    let words = vec![
        "Codes that were valid on their date, and those of which nothing can be said for want of a \
         release, are only counted above."
            .to_owned(),
    ];
    Some(Section { id: "codes", heading: "Impact by code", words, files: Vec::new(), grid })
}

fn becomes(told: Told, fate: &Fate) -> String {
    let rules = &told.table.crosswalk().rules;
    let last = fate.route.and_then(|route| rules.get(*told.table.route(route).last()?));
    match (last.and_then(Rule::new_written), fate.reason) {
        (Some(new), _) if told.wish.manner == Manner::Annotate => {
            format!("stays; {new} is proposed beside it")
        }
        (Some(new), _) if fate.bucket == Bucket::Recoded => format!("recoded for a payer: {new}"),
        (Some(new), _) => format!("replaced by {new}"),
        (None, Some(reason)) if fate.bucket == Bucket::Review => {
            format!("for a coder: {}", reason.words())
        }
        (None, Some(reason)) => format!("{}: {}", fate.bucket.words(), reason.words()),
        (None, None)
            if told.wish.manner == Manner::Annotate && fate.bucket == Bucket::ReportOnly =>
        {
            "reported, no single successor to propose".to_owned()
        }
        (None, None) => words(fate.bucket, told.wish.manner).to_owned(),
    }
}

/// Rules that choose one of several successors for all records.
pub fn blanket(told: Told) -> Option<Section> {
    let rows: Vec<Replaced> =
        replaced(told).into_iter().filter(|row| row.is_blanket(told) && !row.is_chosen()).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = [
        ("Old code", Form::Code),
        ("New code", Form::Code),
        ("Rule", Form::Path),
        ("The old code was split into", Form::Text),
        ("Entries", Form::Number),
        ("Claims", Form::Number),
    ];
    let count = |row: &Replaced| row.count.sites;
    let grid = Grid::new(&columns).fill(&rows, "blanket rules", count, |row| {
        vec![
            text(row.old_code()),
            text(row.new_code()),
            text(row.places(told)),
            text(split_into(told, row)),
            Cell::Number(row.count.sites),
            Cell::Number(row.count.claims),
        ]
    });
    let words = vec![
        "The old code was split into several codes, and the mapping names one of them for all \
         records: no record was read to choose. Somebody must answer for each of these rows."
            .to_owned(),
    ];
    Some(Section { id: "blanket", heading: "Blanket rules", words, files: Vec::new(), grid })
}

fn split_into(told: Told, row: &Replaced) -> String {
    const SHOWN: usize = 12;
    let (Some(system), Some(code)) = (row.first.system, row.fate.code) else {
        return String::new();
    };
    let codes = told.table.split_into(system, code, row.count.last);
    let more = codes.len().saturating_sub(SHOWN);
    let shown: Vec<String> = codes.iter().take(SHOWN).map(|code| code.dotted(system)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
