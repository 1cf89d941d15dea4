//! The codes that a person may choose from, in code order and none marked.
//!
//! What mapping rows name comes first; where no row says anything, what the
//! code was split into, else what a release itself names. Only where all of
//! these are silent, and only on the worklist, the releases are asked for what
//! comes near. None of it is ever applied by itself.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;

use super::table::{Table, target};
use crate::code::{Code, System};
use crate::crosswalk::{Rule, SourceLine};
use crate::history::{Chronicle, History, Standing, State};
use crate::suggest::Suggestions;

/// Suggestions for the codes that were retired with each release, by system and
/// the number of the release.
#[derive(Debug, Default)]
pub(super) struct Suggested {
    steps: BTreeMap<(System, usize), OnceLock<Suggestions>>,
}

impl Suggested {
    /// None yet, for each step of a history.
    pub(super) fn of(history: &History) -> Suggested {
        let chronicles = history.systems().filter_map(|system| Some((system, history.of(system)?)));
        let steps = chronicles.flat_map(|(system, chronicle)| {
            (1..chronicle.releases().len()).map(move |at| ((system, at), OnceLock::new()))
        });
        Suggested { steps: steps.collect() }
    }

    /// Those of the step from the release before to the one of that number.
    fn at(&self, system: System, chronicle: &Chronicle, at: usize) -> Option<&Suggestions> {
        let step = self.steps.get(&(system, at))?;
        let releases = chronicle.releases();
        Some(step.get_or_init(|| Suggestions::between(&releases[at - 1], &releases[at])))
    }
}

/// A code that may take the place of another one, and what leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its system.
    pub system: System,
    /// The code.
    pub code: Code,
    /// What leads to it, step by step.
    pub path: Vec<Lead>,
}

/// What names a code for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// A row of a mapping file.
    Row(SourceLine),
    /// It stands below the code, which is a header now.
    Below,
    /// A release names it.
    Release,
}

impl Candidate {
    /// The same code, found after one step more.
    fn after(self, lead: Lead) -> Candidate {
        let path = [lead].into_iter().chain(self.path).collect();
        Candidate { path, ..self }
    }
}

impl Table {
    /// The codes of [`Table::leads`].
    pub fn candidates(&self, system: System, code: Code, on: Option<Date>) -> Vec<(System, Code)> {
        let leads = self.leads(system, code, on).into_iter();
        leads.map(|candidate| (candidate.system, candidate.code)).collect()
    }

    /// The successors that mapping rows name for a code, in code order, each
    /// with its system: only codes that may be billed on the day, or else those
    /// below them. Where no row names one: what the code was split into, else
    /// what the release names.
    ///
    /// Rows that the check set aside count: their codes are put before a person,
    /// who sees why beside them.
    pub fn leads(&self, system: System, code: Code, on: Option<Date>) -> Vec<Candidate> {
        let of_code = |rule: &&Rule| rule.is_about(system, code);
        let kept = self.mapped().iter().filter(of_code);
        let aside = self.crosswalk().aside.iter().map(|aside| &aside.rule).filter(of_code);
        let named: Vec<&Rule> = kept.chain(aside).collect();
        let by_rows = |on| -> Vec<Candidate> {
            let each = named.iter().filter_map(|rule| Some((rule, rule.new?)));
            each.flat_map(|(rule, new)| {
                let own = rule.new_system.unwrap_or(system);
                after(Lead::Row(rule.at), self.billable(own, new, on))
            })
            .collect()
        };
        let mut found = by_rows(on);
        if found.is_empty() {
            // The day is what is in doubt: those that may be billed by now.
            found = by_rows(None);
        }
        if found.is_empty() {
            found = self.below(system, code, on);
        }
        if found.is_empty() {
            found = self.named_by_release(system, code, on);
        }
        // Of several ways to a code the shortest is told.
        found.sort_by_key(|one| (one.code, one.system, one.path.len()));
        found.dedup_by_key(|one| (one.system, one.code));
        found
    }

    /// The successors that a release itself names, of the systems that may stand
    /// in the same field, as far as they may be billed on the day. Where no
    /// release of their system was given, nothing is known against them.
    fn named_by_release(&self, system: System, code: Code, on: Option<Date>) -> Vec<Candidate> {
        let Some(chronicle) = self.history().of(system) else { return Vec::new() };
        let mut releases = chronicle.releases().iter().rev();
        let named = releases.find_map(|release| match release.named_successors(code) {
            [] => None,
            named => Some(named),
        });
        let own = |new: &Code| {
            let shared = System::by_shape(*new).filter(|other| system.shares_field_with(*other));
            (shared.unwrap_or(system), *new)
        };
        let usable = |(system, code): (System, Code)| match self.history().of(system) {
            Some(_) => self.billable(system, code, on),
            None => vec![Candidate { system, code, path: Vec::new() }],
        };
        let found = named.into_iter().flatten().map(own).flat_map(usable);
        found.map(|one| one.after(Lead::Release)).collect()
    }

    /// The code itself where it may be billed on the day (or at last), else what
    /// its own rows lead to, else the billable codes below it.
    fn billable(&self, system: System, code: Code, on: Option<Date>) -> Vec<Candidate> {
        let Some(chronicle) = self.history().of(system) else { return Vec::new() };
        let on = on.unwrap_or(chronicle.newest().effective);
        match chronicle.life(code).map(|life| life.state(on)) {
            Some(State::Billable) => vec![Candidate { system, code, path: Vec::new() }],
            Some(_) => {
                // Cycles are refused when a mapping is read, so this comes to an end.
                let arms = self.arms(system, code).map_or(&[][..], |arms| &arms.retired);
                let rules = arms.iter().map(|arm| &self.crosswalk().rules[arm.rule]);
                let next = rules.filter_map(|rule| Some((rule.at, target(rule)?)));
                let mut found: Vec<Candidate> = next
                    .flat_map(|(at, (system, code))| {
                        after(Lead::Row(at), self.billable(system, code, Some(on)))
                    })
                    .collect();
                if found.is_empty() {
                    found = self.below(system, code, Some(on));
                }
                found
            }
            None => Vec::new(),
        }
    }

    fn below(&self, system: System, code: Code, on: Option<Date>) -> Vec<Candidate> {
        let below = self.split_into(system, code, on).into_iter();
        below.map(|code| Candidate { system, code, path: vec![Lead::Below] }).collect()
    }

    /// The billable codes below a code that became a header.
    pub fn split_into(&self, system: System, code: Code, on: Option<Date>) -> Vec<Code> {
        match (self.history().of(system), on) {
            (Some(chronicle), Some(on)) if system.is_hierarchical() => {
                chronicle.descendants(code, on)
            }
            _ => Vec::new(),
        }
    }

    /// The candidates of a code for the worklist: where nothing names one, those
    /// that come near by title and code, of the release with which it was retired.
    pub fn worklist_candidates(
        &self,
        system: System,
        code: Code,
        on: Option<Date>,
    ) -> Vec<(System, Code)> {
        if let Some(on) = on
            && matches!(self.history().standing(system, code, on), Standing::NotYetValid(_))
        {
            return self.predecessors(system, code, on);
        }
        let named = self.candidates(system, code, on);
        if named.is_empty() && self.arms(system, code).is_none() {
            return self.suggestions(system, code, on);
        }
        named
    }

    /// What stood for a code on a day before it came, as far as it could be billed
    /// then: the codes that rows and releases lead from, and the categories above
    /// it; where there are none, those that come near.
    fn predecessors(&self, system: System, code: Code, on: Date) -> Vec<(System, Code)> {
        let Some(chronicle) = self.history().of(system) else { return Vec::new() };
        let aside = self.crosswalk().aside.iter().map(|aside| &aside.rule);
        let rules = self.mapped().iter().chain(aside).filter(|rule| rule.new == Some(code));
        let by_rule = rules.filter(|rule| rule.system.is_none_or(|own| own == system));
        let named = chronicle.releases().iter().flat_map(|release| release.leading_to(code));
        let above = (1..code.length()).rev().filter_map(|length| {
            Code::pack(&code.bytes().as_slice()[..length]).filter(|_| system.is_hierarchical())
        });
        let billable = |code: &Code| {
            let life = chronicle.life(*code);
            life.is_some_and(|life| life.state(on) == State::Billable)
        };
        let named = by_rule.map(|rule| rule.old).chain(named).chain(above);
        let mut codes: Vec<Code> = named.filter(billable).collect();
        if codes.is_empty() {
            codes = self.suggested_from(system, chronicle, code).filter(billable).collect();
        }
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(|code| (system, code)).collect()
    }

    /// The codes for which the releases suggest a code, of the step with which it came.
    fn suggested_from<'t>(
        &'t self,
        system: System,
        chronicle: &'t Chronicle,
        code: Code,
    ) -> impl Iterator<Item = Code> + 't {
        let releases = chronicle.releases();
        let came = releases.iter().position(|release| release.may_bill(code)).filter(|at| *at > 0);
        let all = came.and_then(|at| self.suggested().at(system, chronicle, at));
        let all = all.into_iter().flat_map(Suggestions::all);
        all.filter(move |one| one.shown.contains(&code)).map(|one| one.old)
    }

    fn suggestions(&self, system: System, code: Code, on: Option<Date>) -> Vec<(System, Code)> {
        let Some(chronicle) = self.history().of(system) else { return Vec::new() };
        let Some(at) = retired_with(chronicle, code, on) else { return Vec::new() };
        let all = self.suggested().at(system, chronicle, at);
        let shown = all.and_then(|all| all.of(code)).map_or(&[][..], |one| &one.shown);
        let found = shown.iter().flat_map(|new| self.billable(system, *new, on));
        let mut codes: Vec<(System, Code)> = found.map(|one| (one.system, one.code)).collect();
        codes.sort_unstable_by_key(|(_, code)| *code);
        codes.dedup();
        codes
    }
}

fn after(lead: Lead, found: Vec<Candidate>) -> impl Iterator<Item = Candidate> {
    found.into_iter().map(move |one| one.after(lead))
}

/// The number of the release with which a code was retired last, by a day.
fn retired_with(chronicle: &Chronicle, code: Code, on: Option<Date>) -> Option<usize> {
    let releases = chronicle.releases();
    (1..releases.len())
        .rev()
        .filter(|&at| on.is_none_or(|on| releases[at].effective <= on))
        .find(|&at| releases[at - 1].may_bill(code) && !releases[at].may_bill(code))
}
