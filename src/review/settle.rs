//! Decisions and the records -> choices, each for one site as it is now.
//!
//! The records are read once more, before they are planned: every decision must
//! meet the entry that it was made for, still with the same code, and still in
//! need of one, and able to take it.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{About, Choice, Decisions, Row, same, takes};
use crate::code::{Code, System};
use crate::crosswalk::{Rule, SourceLine};
use crate::decide::{Bucket, Chosen, Kind, Reason, Signed, Table};
use crate::error::{Error, Result};
use crate::report::by_code;
use crate::run::counts::Passing;
use crate::run::inputs::{Input, Inputs};
use crate::run::located::Located;
use crate::run::plan::{Wish, work};
use crate::run::sweep::{Pace, sweep};

/// Who may decide what.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What is wanted of the run.
    pub wish: Wish,
    /// Whether a decision for a code may hold for all its entries in encounters.
    pub allow_blanket: bool,
    /// Who decides where a row does not say it.
    pub by: Option<&'a str>,
    /// Whether a reason is given.
    pub has_reason: bool,
}

/// What came of the decisions.
#[derive(Debug, Default)]
pub struct Settled {
    /// Decisions that somebody has to be asked first.
    pub queries: u64,
    /// Codes that were decided as a whole, as rules that a mapping may hold next year.
    pub codes: Vec<Rule>,
    /// How many other codes were chosen for all entries of a code that have one reason: a
    /// mapping would hold for the rest of them, too.
    pub of_some_entries: u64,
    /// Choices for codes that cover more entries than the worklist showed, in words.
    pub grown: Vec<String>,
}

/// Settles what was decided: choices go into the table, and to the sites.
///
/// # Errors
/// All decisions that do not hold, each with its row; nothing is settled then.
pub fn settle(
    decisions: &Decisions,
    inputs: &mut Inputs,
    table: &mut Table,
    terms: Terms,
    pace: Pace,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Settled> {
    let mut desk = Desk::new(decisions, table, terms)?;
    // Without a decision there is nothing to hold against the records.
    let files = inputs.files.iter().zip(1..).filter(|_| !decisions.rows.is_empty());
    for (input, number) in files {
        desk.placed.push(Vec::new());
        let mut passing = Passing::default();
        sweep(&input.path, &work(input, table, terms.wish, None), pace, |placed| {
            Located::all(number, input, &placed, &mut passing)
                .for_each(|located| desk.meet(&located));
            progress(placed.bytes)
        })?;
    }
    let Desk { placed, settled, .. } = desk.close(inputs)?;
    Ok(enter(decisions, placed, settled, inputs, table, terms))
}

/// A site and the row that decides it.
#[derive(Debug, Clone, Copy)]
struct Decided {
    offset: u64,
    row: usize,
    /// The code that stands there.
    old: Option<(System, Code)>,
    /// Whether it can take what was decided.
    fit: Fit,
}

/// Whether a site can take what was decided for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fit {
    Takes,
    /// The new code is not billable on its day, or does not fit: the site stays on the
    /// worklist, where others of its code take the decision.
    CannotTake,
}

/// The decisions while the records pass by.
struct Desk<'d> {
    decisions: &'d Decisions,
    table: &'d Table,
    terms: Terms<'d>,
    entries: HashMap<&'d str, usize>,
    codes: HashMap<(System, Code, &'d str), usize>,
    met: Vec<bool>,
    /// How many entries of a code each decision for one covers.
    covered: Vec<u64>,
    /// Decisions for codes that at least one entry can take, and why others cannot.
    fits: Vec<bool>,
    misfits: BTreeMap<usize, Error>,
    /// By file: the sites that are decided.
    placed: Vec<Vec<Decided>>,
    errors: BTreeMap<SourceLine, Error>,
    settled: Settled,
}

impl<'d> Desk<'d> {
    fn new(decisions: &'d Decisions, table: &'d Table, terms: Terms<'d>) -> Result<Desk<'d>> {
        let mut desk = Desk {
            decisions,
            table,
            terms,
            entries: HashMap::new(),
            codes: HashMap::new(),
            met: vec![false; decisions.rows.len()],
            covered: vec![0; decisions.rows.len()],
            fits: vec![false; decisions.rows.len()],
            misfits: BTreeMap::new(),
            placed: Vec::new(),
            errors: BTreeMap::new(),
            settled: Settled::default(),
        };
        for (at, row) in decisions.rows.iter().enumerate() {
            let earlier = match &row.about {
                About::Entry(entry) => desk.entries.insert(&entry.id, at),
                About::Code { system, code, reason } => {
                    desk.codes.insert((*system, *code, reason), at)
                }
            };
            if let Some(earlier) = earlier.map(|earlier| &decisions.rows[earlier]) {
                let place = decisions.sources[earlier.at.source].place(earlier.at);
                let what = row.about.words();
                let twice = format!("{what} is decided twice, first in {place}");
                desk.refuse(at, Error::refused(twice).hint("empty one of the two choices"));
            }
            if let Err(error) = desk.may(row) {
                desk.refuse(at, error);
            }
            desk.settled.queries += u64::from(row.choice == Choice::Query);
        }
        desk.fail().map(|()| desk)
    }

    /// Whether a decision of this kind may be made at all.
    fn may(&self, row: &Row) -> Result<()> {
        let kind = self.terms.wish.kind;
        let names_code = matches!(row.choice, Choice::Code(..));
        if names_code && kind == Kind::Billed {
            return Err(Error::refused("billed records are never rewritten").hint(
                "a correction is a new claim (CLM05-3 = 7 with REF*F8); `keep` and `query` may stand here",
            ));
        }
        if matches!(&row.about, About::Code { reason, .. } if by_code::is_closed(reason)) {
            return Err(takes::only_reported(kind));
        }
        if matches!(row.about, About::Entry(_)) || kind == Kind::List || row.choice == Choice::Query
        {
            return Ok(());
        }
        if kind == Kind::Chart {
            return Err(Error::refused("in a chart only single entries are decided")
                .hint("fill the sheet by entry (worklist.csv)"));
        }
        let is_named = row.by.is_some() || self.terms.by.is_some();
        if self.terms.allow_blanket && is_named && self.terms.has_reason {
            return Ok(());
        }
        let missing = match (self.terms.allow_blanket, self.terms.has_reason) {
            (true, true) => "nobody is named: --by NAME, or a name in `decided_by`",
            (true, false) => "--reason TEXT is missing",
            (false, _) => {
                "if it is meant: --allow-blanket, with --reason TEXT, and --by NAME or a name in `decided_by`"
            }
        };
        Err(Error::refused("a decision for all entries of a code reads no record").hint(missing))
    }

    /// A site that somebody has to see, or that a rule replaces.
    fn meet(&mut self, located: &Located) {
        let id = located.id();
        let is_open = located.finding.decision.bucket.is_for_a_person();
        if let Some(&at) = self.entries.get(id.as_str()) {
            self.met[at] = true;
            match self.check_entry(at, located, is_open) {
                Ok(()) => self.place(at, located, Fit::Takes),
                Err(error) => self.refuse(at, error),
            }
        }
        let (Some(system), Some(code), true) =
            (located.finding.system, located.finding.code, is_open)
        else {
            return;
        };
        let reason = located.finding.decision.reason_id();
        let Some(&at) = self.codes.get(&(system, code, reason)) else { return };
        self.met[at] = true;
        self.covered[at] += 1;
        if self.entries.contains_key(id.as_str()) {
            return;
        }
        match takes::check(self.table, &self.decisions.rows[at].choice, located) {
            Ok(()) => {
                self.fits[at] = true;
                self.place(at, located, Fit::Takes);
            }
            Err(why) => {
                self.place(at, located, Fit::CannotTake);
                self.misfits.entry(at).or_insert(why);
            }
        }
    }

    fn check_entry(&self, at: usize, located: &Located, is_open: bool) -> Result<()> {
        let row = &self.decisions.rows[at];
        let About::Entry(entry) = &row.about else { return Ok(()) };
        same::refuse_other(entry, located)?;
        if located.finding.decision.bucket == Bucket::ReportOnly {
            return Err(takes::only_reported(self.terms.wish.kind));
        }
        if !is_open {
            return Err(Error::refused(format!(
                "the entry {} needs no decision any more: it is {}",
                entry.id,
                located.finding.decision.bucket.words()
            ))
            .hint("empty its choice"));
        }
        takes::check(self.table, &row.choice, located)
    }

    fn place(&mut self, at: usize, located: &Located, fit: Fit) {
        if let Some(file) = self.placed.last_mut() {
            let old = located.finding.system.zip(located.finding.code);
            file.push(Decided { offset: located.at, row: at, old, fit });
        }
    }

    fn refuse(&mut self, at: usize, error: Error) {
        let place = self.decisions.rows[at].at;
        let path = self.decisions.sources[place.source].shown();
        let error = error.at(path).line(place.line);
        self.errors.entry(place).or_insert(error);
    }

    fn fail(&mut self) -> Result<()> {
        let errors = std::mem::take(&mut self.errors);
        Error::all(errors.into_values().collect()).map_or(Ok(()), Err)
    }

    fn close(mut self, inputs: &Inputs) -> Result<Desk<'d>> {
        // What not one entry can take is a slip, and no choice.
        for (at, why) in std::mem::take(&mut self.misfits) {
            if !self.fits[at] {
                self.refuse(at, why);
            }
        }
        for at in (0..self.met.len()).filter(|at| !self.met[*at]).collect::<Vec<_>>() {
            self.refuse(at, unmet(&self.decisions.rows[at].about, inputs));
        }
        let grown = self.decisions.rows.iter().zip(&self.covered).filter_map(|(row, covered)| {
            let shown = row.shown.filter(|shown| shown < covered)?;
            let About::Code { system, code, .. } = &row.about else { return None };
            let place = self.decisions.sources[row.at.source].place(row.at);
            let code = code.dotted(*system);
            Some(format!(
                "{place}: the choice for {code} was made of {shown} and holds for {covered} entries: \
                 {} came later, and nobody was shown them",
                covered - shown
            ))
        });
        self.settled.grown = grown.collect();
        self.fail().map(|()| self)
    }
}

/// A decision that is about nothing that stands on the worklist now.
fn unmet(about: &About, inputs: &Inputs) -> Error {
    let changed = "the records or the mapping have changed: decide on the worklist of a new plan";
    match about {
        About::Entry(entry) => {
            let is_given = |input: &Input| entry.file.is_empty() || input.name == entry.file;
            let what = format!("no entry {} needs a decision", entry.id);
            if inputs.files.iter().any(is_given) {
                return Error::refused(what).hint(changed);
            }
            Error::refused(format!("{what}: {} is not among the records", entry.file))
                .hint("give the records as to the plan of the worklist, in the same order")
        }
        About::Code { system, code, reason } => {
            let what = code.dotted(*system);
            let what = format!("no entry of {what} stands on the worklist for `{reason}`");
            // A spreadsheet takes the zeros before a number: 00100 comes back as 100.
            let is_number = code.bytes().as_slice().iter().all(u8::is_ascii_digit);
            Error::refused(what).hint(if is_number && code.length() < 5 {
                "has a spreadsheet taken the zeros before it? fill worklist.xlsx, or make the \
                 column `code` one of text"
            } else {
                changed
            })
        }
    }
}

/// What holds goes into the table, a choice a row, and to the sites, by offset.
fn enter(
    decisions: &Decisions,
    placed: Vec<Vec<Decided>>,
    mut settled: Settled,
    inputs: &mut Inputs,
    table: &mut Table,
    terms: Terms,
) -> Settled {
    let sources: Vec<usize> =
        decisions.sources.iter().map(|source| table.add_source(source.clone())).collect();
    let mut chosen: HashMap<(usize, Fit), usize> = HashMap::new();
    for (input, sites) in inputs.files.iter_mut().zip(placed) {
        for Decided { offset, row, old, fit } in sites {
            let number = chosen.entry((row, fit)).or_insert_with(|| {
                let row = &decisions.rows[row];
                let at = SourceLine { source: sources[row.at.source], ..row.at };
                let by_code = matches!(row.about, About::Code { .. });
                let by = row.by.clone().or_else(|| terms.by.map(str::to_owned));
                let signed = Signed { at, by, by_code, note: row.note.clone() };
                let (new, spelling, (system, old)) = match (&row.choice, fit, old) {
                    (Choice::Query, ..) => return table.push_chosen(Chosen::Query, signed),
                    (&Choice::Code(new, _), Fit::CannotTake, _) => {
                        return table.push_chosen(Chosen::Misfit(new), signed);
                    }
                    (&Choice::Code(new, spelling), Fit::Takes, Some(old)) => (new, spelling, old),
                    (Choice::Keep | Choice::Code(..), ..) => {
                        return table.push_chosen(Chosen::Keep, signed);
                    }
                };
                let new_system = takes::system_of(table, system, new);
                let rule = rule((system, old), (new_system, new), signed);
                if is_for_next_year(&row.about, table) {
                    settled.codes.push(rule.clone());
                } else if by_code {
                    settled.of_some_entries += 1;
                }
                table.choose_code(rule, (new_system, new), spelling, by_code)
            });
            input.choices.insert(offset, *number);
            if let (Kind::List, Some(old), Chosen::Replace { system, new, .. }) =
                (terms.wish.kind, old, table.chosen(*number))
            {
                input.listed.lead(old, (system, new));
            }
        }
    }
    settled.codes.sort_by_key(|rule| (rule.system, rule.old, rule.new, rule.at));
    settled.codes.dedup_by_key(|rule| (rule.system, rule.old, rule.new));
    settled
}

/// Whether a decision speaks of a retired code as a whole, as a mapping does: not of entries
/// that stand out by a day, a field or a claim of theirs, nor of those for which the rows of the
/// mapping want a fact that others have.
fn is_for_next_year(about: &About, table: &Table) -> bool {
    const OF_THE_CODE: [Reason; 6] = [
        Reason::SeveralRules,
        Reason::Relation,
        Reason::Needs,
        Reason::UnitChanged,
        Reason::UnitUnknown,
        Reason::OtherSystemTarget,
    ];
    let About::Code { system, code, reason } = about else { return false };
    let mut rules = table.crosswalk().rules.iter();
    let is_conditional = |rule: &Rule| rule.is_about(*system, *code) && !rule.when.is_empty();
    reason == Bucket::NoMapping.id()
        || OF_THE_CODE.iter().any(|one| reason == one.id()) && !rules.any(is_conditional)
}

fn rule(
    (system, old): (System, Code),
    (new_system, new): (System, Code),
    Signed { at, by, note, .. }: Signed,
) -> Rule {
    Rule {
        old,
        new: Some(new),
        system: Some(system),
        new_system: Some(new_system),
        relation: None,
        effective: None,
        when: Vec::new(),
        needs: None,
        approved_by: by,
        approved_on: None,
        note,
        source: Some("reviewer's decision".to_owned()),
        at,
    }
}
