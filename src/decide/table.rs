//! The decision table: (system, code, day, conditions) -> keep, replace by X, or
//! a person must look, and why.
//!
//! Small - thousands of rows - and compiled once, before any record is read.
//! Everything that can be settled without a record is settled here: whether a
//! row is automatic at all, whether it is a blanket choice, whether the titles
//! count in the same unit.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;

use super::candidates::Suggested;
use super::chosen::{Chosen, Signed};
use super::routes::{Route, Routes};
use super::sift::Sift;
use super::units::{self, Units};
use super::verdict::{Reason, Verdict};
use crate::code::{Code, Spelling, System};
use crate::crosswalk::{Crosswalk, Relation, Rule};
use crate::history::{Chronicle, History, Interval, Life, Standing, State};

/// The decision table, with the history and the rules that it was compiled from.
#[derive(Debug)]
pub struct Table {
    history: History,
    crosswalk: Crosswalk,
    arms: HashMap<(System, Code), Arms, foldhash::fast::FixedState>,
    routes: Routes,
    fields: Vec<String>,
    /// By system: the codes about which nothing more need be known, and the day
    /// from which that holds.
    settled: BTreeMap<System, (Sift, Date)>,
    /// Codes of a list whose titles changed; empty where nobody asks.
    retitled: HashSet<(System, Code), foldhash::fast::FixedState>,
    /// Codes that the turn of the year concerns; empty where nobody asks.
    watched: HashSet<(System, Code), foldhash::fast::FixedState>,
    /// What the releases suggest where no row says anything; found when first asked.
    suggested: Suggested,
    /// What reviewers decided, by number.
    chosen: Vec<(Chosen, Signed)>,
    /// How many rules come from mappings; behind them stand those of choices.
    mapped: usize,
}

/// The rules for one code, as indexes into the crosswalk.
#[derive(Debug, Default)]
pub(super) struct Arms {
    /// Rules for the retired code.
    pub(super) retired: Vec<Arm>,
    /// Rules that replace the code while it is still valid.
    pub(super) recode: Vec<Arm>,
    /// Why a row was set aside, if one was: its sites go to a person.
    pub(super) aside: Option<usize>,
}

/// A rule as it was compiled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arm {
    /// Index into the crosswalk.
    pub(super) rule: usize,
    pub(super) lane: Lane,
    pub(super) blanket: bool,
}

/// What a rule allows, once its conditions are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Automatic,
    NoSuccessor,
    Person(Reason),
}

impl Table {
    /// Compiles the table. The crosswalk must have been checked against the history.
    pub fn new(history: History, crosswalk: Crosswalk) -> Table {
        let mut table = Table {
            history,
            crosswalk,
            arms: HashMap::default(),
            routes: Routes::default(),
            fields: Vec::new(),
            settled: BTreeMap::new(),
            retitled: HashSet::default(),
            watched: HashSet::default(),
            suggested: Suggested::default(),
            chosen: Vec::new(),
            mapped: 0,
        };
        table.mapped = table.crosswalk.rules.len();
        let mut arms: HashMap<(System, Code), Arms, foldhash::fast::FixedState> =
            HashMap::default();
        for (index, rule) in table.crosswalk.rules.iter().enumerate() {
            let Some(system) = rule.system else { continue };
            let arm = Arm {
                rule: index,
                lane: table.lane(rule, system),
                blanket: table.is_blanket(rule, system),
            };
            let of_code = arms.entry((system, rule.old)).or_default();
            match rule.relation {
                Some(Relation::Recode) => of_code.recode.push(arm),
                _ => of_code.retired.push(arm),
            }
        }
        for (index, aside) in table.crosswalk.aside.iter().enumerate() {
            for system in table.systems_of(&aside.rule) {
                arms.entry((system, aside.rule.old)).or_default().aside.get_or_insert(index);
            }
        }
        table.fields = table.asked_fields();
        table.arms = arms;
        table.routes = table.join();
        table.settle();
        table.suggested = Suggested::of(&table.history);
        table
    }

    /// Finds the settled codes anew, after anything that asks about codes changed.
    fn settle(&mut self) {
        let settled = |system| {
            let start = self.history.of(system).map_or(Date::MAX, Chronicle::start);
            (system, (Sift::new(self.settled(system).into_iter()), start))
        };
        self.settled = self.history.systems().map(settled).collect();
    }

    /// Joins the rules across the years.
    fn join(&self) -> Routes {
        let single = |index: usize| {
            let (lane, blanket) =
                self.arm(index).map_or((Lane::NoSuccessor, false), |arm| (arm.lane, arm.blanket));
            Route { rules: vec![index], lane, blanket }
        };
        let single = (0..self.crosswalk.rules.len()).map(single).collect();
        Routes::new(single, |route| self.steps_after(route))
    }

    /// The automatic rules that may follow a route, each with what the longer route comes to.
    fn steps_after(&self, route: &Route) -> Vec<(usize, Lane, bool)> {
        let rules = &self.crosswalk.rules;
        let (Some(first), Some(last)) = (route.rules.first(), route.rules.last()) else {
            return Vec::new();
        };
        let Some(ends) = target(&rules[*last]) else { return Vec::new() };
        let arms = self.arms.get(&ends).map_or(&[][..], |arms| &arms.retired);
        let automatic = arms.iter().filter(|arm| arm.lane == Lane::Automatic);
        let longer = automatic.filter_map(|arm| {
            let (system, new) = target(&rules[arm.rule])?;
            let lane = self.lane_by_units(rules[*first].system?, rules[*first].old, system, new);
            Some((arm.rule, lane, arm.blanket))
        });
        longer.collect()
    }

    fn arm(&self, rule: usize) -> Option<&Arm> {
        let own = &self.crosswalk.rules[rule];
        let arms = self.arms.get(&(own.system?, own.old))?;
        arms.retired.iter().chain(&arms.recode).find(|arm| arm.rule == rule)
    }

    /// The rules for a code.
    pub(super) fn arms(&self, system: System, code: Code) -> Option<&Arms> {
        self.arms.get(&(system, code))
    }

    /// What the releases suggest.
    pub(super) fn suggested(&self) -> &Suggested {
        &self.suggested
    }

    /// The routes.
    pub(super) fn ways(&self) -> &Routes {
        &self.routes
    }

    fn asked_fields(&self) -> Vec<String> {
        let tests = self.crosswalk.rules.iter().flat_map(|rule| &rule.when);
        let mut fields: Vec<String> = tests.map(|test| test.field.clone()).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    fn systems_of(&self, rule: &Rule) -> Vec<System> {
        let stands = |system: &System| self.life(*system, rule.old).is_some();
        rule.system
            .map_or_else(|| self.history.systems().filter(stands).collect(), |system| vec![system])
    }

    fn lane(&self, rule: &Rule, system: System) -> Lane {
        let Some(new) = rule.new else { return Lane::NoSuccessor };
        match rule.relation {
            Some(Relation::None) => return Lane::NoSuccessor,
            Some(Relation::Recode) => {}
            Some(relation) if !relation.is_automatic() => return Lane::Person(Reason::Relation),
            _ => {}
        }
        if rule.needs.is_some() {
            return Lane::Person(Reason::Needs);
        }
        let target = rule.new_system.unwrap_or(system);
        if !system.shares_field_with(target) {
            return Lane::Person(Reason::OtherSystemTarget);
        }
        self.lane_by_units(system, rule.old, target, new)
    }

    fn lane_by_units(&self, system: System, old: Code, target: System, new: Code) -> Lane {
        match self.units(system, old, target, new) {
            Units::Same => Lane::Automatic,
            Units::Changed => Lane::Person(Reason::UnitChanged),
            Units::Unknown => Lane::Person(Reason::UnitUnknown),
        }
    }

    fn units(&self, system: System, old: Code, target: System, new: Code) -> Units {
        if !matches!(system, System::Cpt | System::Hcpcs) {
            return Units::Same;
        }
        units::compare(self.title(system, old), self.title(target, new))
    }

    /// An automatic rule is a blanket choice where the old code was split into
    /// two or more billable descendants: no record was read to choose.
    fn is_blanket(&self, rule: &Rule, system: System) -> bool {
        let Some(chronicle) = self.history.of(system) else { return false };
        let newest = chronicle.newest().effective;
        rule.relation != Some(Relation::Recode)
            && system.is_hierarchical()
            && chronicle.descendants(rule.old, newest).len() > 1
    }

    /// The releases in order of date.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The rules.
    pub fn crosswalk(&self) -> &Crosswalk {
        &self.crosswalk
    }

    /// The rules that mappings gave.
    pub fn mapped(&self) -> &[Rule] {
        &self.crosswalk.rules[..self.mapped]
    }

    /// The choice of a number.
    pub fn chosen(&self, number: usize) -> Chosen {
        self.chosen[number].0
    }

    /// Whether anything was chosen by a reviewer.
    pub fn has_choices(&self) -> bool {
        !self.chosen.is_empty()
    }

    /// Who made the choice of a number, and where.
    pub fn signed(&self, number: usize) -> &Signed {
        &self.chosen[number].1
    }

    /// Takes a choice; says its number. One that names a code is a rule as well:
    /// [`Table::choose_code`].
    pub fn push_chosen(&mut self, chosen: Chosen, signed: Signed) -> usize {
        self.chosen.push((chosen, signed));
        self.chosen.len() - 1
    }

    pub(super) fn crosswalk_mut(&mut self) -> &mut Crosswalk {
        &mut self.crosswalk
    }

    pub(super) fn add_route(&mut self, rule: usize, blanket: bool) -> usize {
        self.routes.push(Route { rules: vec![rule], lane: Lane::Automatic, blanket })
    }

    /// What a rule allows once its conditions are met, in a word, and whether it is a blanket choice.
    pub fn lane_of(&self, rule: usize) -> (&'static str, bool) {
        if rule >= self.mapped {
            // Choices stand last among the rules and among the routes.
            let routes = self.routes.all();
            let behind = self.crosswalk.rules.len() - rule;
            return ("chosen", routes[routes.len() - behind].blanket);
        }
        match self.arm(rule).map(|arm| (arm.lane, arm.blanket)) {
            Some((Lane::Automatic, blanket)) => ("automatic", blanket),
            Some((Lane::Person(reason), _)) => (reason.id(), false),
            Some((Lane::NoSuccessor, _)) | None => ("no_successor", false),
        }
    }

    /// The rules of a route, in the order in which they are applied: indexes
    /// into the crosswalk. Empty where there is no such route.
    pub fn route(&self, route: usize) -> &[usize] {
        self.routes.all().get(route).map_or(&[], |route| &route.rules)
    }

    /// All routes, by number: each rule is one, longer chains follow.
    pub fn routes(&self) -> impl Iterator<Item = &[usize]> {
        self.routes.all().iter().map(|route| route.rules.as_slice())
    }

    /// The fields that conditions ask for, in order; facts are asked by index.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether a release of that system was given.
    pub fn knows(&self, system: System) -> bool {
        self.history.of(system).is_some()
    }

    /// Whether a day lies behind an edition that is later than the newest release given.
    pub fn is_behind(&self, system: System, on: Option<Date>) -> bool {
        let next = self.history.of(system).and_then(Chronicle::next_edition);
        on.zip(next).is_some_and(|(on, next)| next <= on)
    }

    /// The life of a code.
    pub(super) fn life(&self, system: System, code: Code) -> Option<&Life> {
        self.history.of(system)?.life(code)
    }

    /// Watches for codes whose titles changed with the release in force on a day (else the
    /// newest), for lists that hold titles beside their codes. White space and case do not count.
    #[must_use]
    pub fn watching_titles(mut self, on: Option<Date>) -> Table {
        for system in self.history.systems() {
            let turn = self.history.of(system).and_then(|chronicle| chronicle.turn(on));
            let Some((older, newer)) = turn else { continue };
            for entry in newer.entries().iter().filter(|entry| entry.billable) {
                let before = older.title(entry.code);
                if !before.is_empty() && words(before) != words(newer.title(entry.code)) {
                    self.retitled.insert((system, entry.code));
                }
            }
        }
        self.settle();
        self
    }

    /// Whether the title of a code changed; known only where titles are watched.
    pub fn is_retitled(&self, system: System, code: Code) -> bool {
        self.retitled.contains(&(system, code))
    }

    /// Watches for some codes wherever they stand and whatever they were on their day.
    #[must_use]
    pub fn watching(mut self, codes: impl IntoIterator<Item = (System, Code)>) -> Table {
        self.watched.extend(codes);
        self.settle();
        self
    }

    /// Whether a code is one of those watched for.
    pub fn is_watched(&self, system: System, code: Code) -> bool {
        self.watched.contains(&(system, code))
    }

    /// The title that a code had before the release in force on a day (else the newest).
    pub fn earlier_title(&self, system: System, code: Code, on: Option<Date>) -> &str {
        let turn = self.history.of(system).and_then(|chronicle| chronicle.turn(on));
        match turn.map(|(older, _)| older.title(code)) {
            Some(title) if !title.is_empty() => title,
            _ => self.title(system, code),
        }
    }

    /// The best title of a code.
    pub fn title(&self, system: System, code: Code) -> &str {
        self.history.of(system).map_or("", |chronicle| chronicle.title(code))
    }

    /// The codes of a system that are billable in every release given, from its
    /// first day on, and about which no rule and no list asks.
    pub fn settled(&self, system: System) -> Vec<Code> {
        let Some(chronicle) = self.history.of(system) else { return Vec::new() };
        let start = chronicle.start();
        let recoded =
            |code| self.arms.get(&(system, code)).is_some_and(|arms| !arms.recode.is_empty());
        let lives = chronicle.lives().filter(|(_, life)| life.is_always_billable(start));
        let codes = lives.map(|(code, _)| code);
        let is_asked_for = |code| self.is_retitled(system, code) || self.is_watched(system, code);
        codes.filter(|code| !recoded(*code) && !is_asked_for(*code)).collect()
    }

    /// Whether a code was billable on some days of which the releases speak, and not on all.
    pub fn changes(&self, system: System, code: Code) -> bool {
        let life = self.history.of(system).zip(self.life(system, code));
        life.is_some_and(|(chronicle, life)| {
            let was_billable = life.steps().iter().any(|(_, state)| *state == State::Billable);
            was_billable && !life.is_always_billable(chronicle.start())
        })
    }

    /// The verdict on a code on one day, and when it was billable. `None` is
    /// what stands in a field of codes and is no code.
    pub fn verdict(
        &self,
        system: System,
        code: Option<(Code, Spelling)>,
        on: Date,
    ) -> (Verdict, Interval) {
        let nothing = Interval::default();
        let code =
            code.filter(|(code, spelling)| spelling.fits(*code, system)).map(|(code, _)| code);
        let Some(code) = code else {
            let verdict = match self.history.before(system, on) {
                Some(Standing::BeforeSystem) => Verdict::BeforeSystem,
                Some(_) => Verdict::BeforeHistory,
                None => Verdict::Unknown,
            };
            return (verdict, nothing);
        };
        if self.settled.get(&system).is_some_and(|(sift, start)| on >= *start && sift.has(code)) {
            return (Verdict::Valid, nothing);
        }
        match self.history.standing(system, code, on) {
            Standing::NoRelease => (Verdict::OtherSystem, nothing),
            Standing::BeforeSystem => (Verdict::BeforeSystem, nothing),
            Standing::BeforeHistory => (Verdict::BeforeHistory, nothing),
            Standing::Unknown => (Verdict::Unknown, nothing),
            Standing::AlwaysHeader => (Verdict::AlwaysHeader, nothing),
            Standing::Billable(interval) if self.is_retired_now(system, code) => {
                (Verdict::Historical, interval)
            }
            Standing::Billable(interval) => (Verdict::Valid, interval),
            Standing::Deleted(interval) => (Verdict::Deleted, interval),
            Standing::BecameHeader(interval) => (Verdict::BecameHeader, interval),
            Standing::NotYetValid(interval) => (Verdict::NotYetValid, interval),
            Standing::EditionMissing(interval) => (Verdict::DateUncertain, interval),
        }
    }

    fn is_retired_now(&self, system: System, code: Code) -> bool {
        let last = self.life(system, code).and_then(|life| life.steps().last());
        last.is_some_and(|(_, state)| *state != State::Billable)
    }
}

/// What a rule leads to.
pub(super) fn target(rule: &Rule) -> Option<(System, Code)> {
    Some((rule.new_system.or(rule.system)?, rule.new?))
}

/// A title without white space, punctuation and case.
fn words(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
