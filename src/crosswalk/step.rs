//! One step from a release to the next -> rows for the codes that it retires.
//!
//! The table names successors; the releases say which codes are gone and what
//! may be billed instead, and the titles how far the meanings agree.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::published::{Link, Previous, Unread};
use super::relation::{self, Titles};
use super::{Relation, Rule, SourceLine};
use crate::code::{Code, System};
use crate::decide::units::{self, Units};
use crate::history::{Chronicle, History, State};
use crate::release::Release;

/// The days of the steps that are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stretch {
    /// Steps that take effect after this day.
    pub from: Option<Date>,
    /// Steps that take effect on this day or before.
    pub to: Option<Date>,
}

impl Stretch {
    fn holds(self, day: Date) -> bool {
        self.from.is_none_or(|from| day > from) && self.to.is_none_or(|to| day <= to)
    }
}

/// The links by old code; ranges and categories stand for what the releases have in them.
pub(super) struct Links<'t> {
    by_old: BTreeMap<Code, Vec<&'t Link>>,
    /// Whether rows have days at all: else none can be said to be too early.
    reaches: Option<Date>,
}

impl<'t> Links<'t> {
    pub(super) fn new(links: &[&'t Link], chronicle: &Chronicle) -> Links<'t> {
        let mut by_old: BTreeMap<Code, Vec<&Link>> = BTreeMap::new();
        let mut ever: Vec<Code> = Vec::new();
        for link in links {
            if let Previous::Code(old) = link.old {
                by_old.entry(old).or_default().push(link);
                continue;
            }
            if ever.is_empty() {
                ever = billable_once(chronicle);
            }
            for old in ever.iter().filter(|code| link.old.names(**code)) {
                by_old.entry(*old).or_default().push(link);
            }
        }
        Links { by_old, reaches: links.iter().filter_map(|link| link.effective).max() }
    }

    fn of(&self, old: Code) -> &[&'t Link] {
        self.by_old.get(&old).map_or(&[], Vec::as_slice)
    }
}

fn billable_once(chronicle: &Chronicle) -> Vec<Code> {
    let was = chronicle
        .lives()
        .filter(|(_, life)| life.steps().iter().any(|step| step.1 == State::Billable));
    let mut codes: Vec<Code> = was.map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes
}

/// What a table says of one system, and all that is known of the system.
pub(super) struct Side<'s> {
    pub(super) system: System,
    pub(super) chronicle: &'s Chronicle,
    pub(super) history: &'s History,
    pub(super) links: &'s Links<'s>,
    /// Rows of the table that were not understood.
    pub(super) unread: &'s [Unread],
    /// The number of the table among the sources.
    pub(super) source: usize,
}

impl Side<'_> {
    /// The rows for all steps that lie in the stretch.
    pub(super) fn rows(&self, stretch: Stretch, rules: &mut Vec<Rule>) {
        self.steps().iter().for_each(|step| step.rows(stretch, rules));
    }

    /// The steps from each release to the next, and before the oldest the time in
    /// which a list with its own dates ended codes that it still holds.
    fn steps(&self) -> Vec<Step<'_>> {
        let releases = self.chronicle.releases();
        let first = Step { side: self, older: &releases[0], newer: &releases[0], after: None };
        let pairs = releases.windows(2).map(|pair| {
            let after = Some(pair[0].effective);
            Step { side: self, older: &pair[0], newer: &pair[1], after }
        });
        [first].into_iter().chain(pairs).collect()
    }

    /// The first row about a code that was not understood.
    fn unread(&self, old: Code) -> Option<u64> {
        let rows = self.unread.iter().filter(|one| one.about.iter().any(|about| about.names(old)));
        rows.map(|one| one.row).min()
    }

    /// A row about a code, said by a row of the table or concluded from its silence.
    fn rule(&self, old: Code, said: Option<&Link>, effective: Date) -> Rule {
        let (part, line) = said.map_or((0, 0), |link| (link.part, link.row));
        Rule {
            old,
            new: None,
            system: Some(self.system),
            new_system: None,
            relation: None,
            effective: Some(effective),
            when: Vec::new(),
            needs: None,
            approved_by: None,
            approved_on: None,
            note: None,
            source: None,
            at: SourceLine { source: self.source, part, line },
        }
    }
}

/// From one release to the next.
struct Step<'s> {
    side: &'s Side<'s>,
    older: &'s Release,
    newer: &'s Release,
    /// The day after which the step begins; nothing for the time before all releases.
    after: Option<Date>,
}

/// A successor, the row that names it, and from when it does.
#[derive(Debug, Clone, Copy)]
struct Successor<'s> {
    new: Code,
    link: &'s Link,
    /// A row on the way to it that asks for care.
    careful: Option<&'s Link>,
    effective: Date,
}

/// What a table names for an old code.
struct Named<'s> {
    old: Code,
    successors: Vec<Successor<'s>>,
    /// A row about it, or about a code on the way, that was not understood: there may be more.
    unread: Option<u64>,
    /// A row that says that there is no successor.
    denied: Option<u64>,
}

impl Step<'_> {
    fn rows(&self, stretch: Stretch, rules: &mut Vec<Rule>) {
        let mut retired = [self.retired(), self.passing()].concat();
        retired.retain(|(_, day)| stretch.holds(*day));
        retired.sort_unstable();
        let named: Vec<Named> = retired.into_iter().map(|(old, _)| self.successors(old)).collect();
        let mut shared: BTreeMap<Code, usize> = BTreeMap::new();
        for Named { successors, .. } in &named {
            if let [only] = successors[..] {
                *shared.entry(only.new).or_default() += 1;
            }
        }
        for Named { old, successors, unread, denied } in named {
            match &successors[..] {
                // Of codes that the older release does not hold only what is said is of use.
                [] if self.after.is_none() || !self.older.may_bill(old) => {}
                [] => rules.push(self.nothing(old, unread)),
                [only] => rules.push(match (unread, denied) {
                    (Some(row), _) => self.doubtful(old, *only, not_understood(row)),
                    (None, Some(row)) => self.doubtful(old, *only, contradicted(row)),
                    (None, None) => self.only(old, *only, shared[&only.new] > 1),
                }),
                several => rules.extend(several.iter().map(|one| {
                    let relation = Some(Relation::Split);
                    Rule { relation, ..self.named(old, *one, self.foreign(one.link)) }
                })),
            }
        }
    }

    /// The codes that may be billed in the older release and not in the newer one,
    /// each with the day of the newer one; before all releases, those that the
    /// oldest says to have ended, each with the day after its last.
    fn retired(&self) -> Vec<(Code, Date)> {
        let entries = self.older.entries().iter();
        if self.after.is_some() {
            let billable = entries.filter(|entry| self.older.is_billable(entry));
            let gone = billable.map(|entry| entry.code).filter(|code| self.is_gone(*code));
            gone.map(|code| (code, self.newer.effective)).collect()
        } else {
            let ended = entries.filter_map(|entry| {
                let after = entry.terminated?.tomorrow().ok()?;
                (entry.billable && after <= self.newer.effective).then_some((entry.code, after))
            });
            ended.collect()
        }
    }

    /// The codes that came and went between the two releases: the newer one says when
    /// they ended. Each with the day after its last.
    fn passing(&self) -> Vec<(Code, Date)> {
        let Some(since) = self.after else { return Vec::new() };
        let ended = self.newer.entries().iter().filter_map(|entry| {
            let after = entry.terminated?.tomorrow().ok()?;
            let is_within = since < after && after <= self.newer.effective;
            let is_passing = entry.billable && is_within && !self.older.may_bill(entry.code);
            is_passing.then_some((entry.code, after))
        });
        ended.collect()
    }

    fn is_gone(&self, code: Code) -> bool {
        !self.newer.may_bill(code) && !self.newer.leaves_open(code)
    }

    /// All codes that the table names for an old one in the time of the step,
    /// through codes that came and went in it; each once, in code order.
    fn successors(&self, old: Code) -> Named<'_> {
        let mut found: BTreeMap<Code, Successor> = BTreeMap::new();
        let mut seen = BTreeSet::from([old]);
        let mut open: Vec<(Code, Option<Date>, Option<&Link>)> = vec![(old, None, None)];
        let (mut unread, mut denied) = (None, None);
        // Codes on the way that were reached by a careful word as well: their ways again.
        let mut doubted = BTreeSet::new();
        while let Some((code, since, careful)) = open.pop() {
            unread = unread.or_else(|| self.side.unread(code));
            let links = self.side.links.of(code).iter();
            for link in links.filter(|link| self.is_of_step(link) || self.is_late(code, link)) {
                let Some(new) = link.new else {
                    denied = denied.or(Some(link.row));
                    continue;
                };
                if new == old {
                    continue;
                }
                let own = link.effective.unwrap_or(self.newer.effective);
                let effective = since.map_or(own, |since| since.max(own));
                // A careful word about any step of the way holds for all of it.
                let careful = careful.or(Some(*link).filter(|link| link.asks_for_care()));
                let is_new = seen.insert(new);
                if let Some(said) = found.get_mut(&new) {
                    said.careful = said.careful.or(careful);
                } else if self.foreign(link).is_some() || self.may_be_billed(new, effective) {
                    found.insert(new, Successor { new, link, careful, effective });
                } else if is_new || careful.is_some() && doubted.insert(new) {
                    open.push((new, Some(effective), careful));
                }
            }
        }
        Named { old, successors: found.into_values().collect(), unread, denied }
    }

    /// Whether the newer release ends a code on a day that the older one, which still
    /// held it, had passed already.
    fn is_late(&self, code: Code, link: &Link) -> bool {
        let ended = || self.newer.get(code)?.terminated?.tomorrow().ok();
        link.effective.is_some_and(|day| self.after.is_some_and(|after| day <= after))
            && ended() == link.effective
    }

    fn is_of_step(&self, link: &Link) -> bool {
        link.effective.is_none_or(|day| {
            self.after.is_none_or(|after| after < day) && day <= self.newer.effective
        })
    }

    /// What is said of a row that leads to a system that may not stand in the same
    /// field. It is kept: that the table says something is better known than passed over.
    fn foreign(&self, link: &Link) -> Option<String> {
        let other = link.new_system.filter(|other| !self.side.system.shares_field_with(*other))?;
        Some(format!("leads to another system ({})", other.title()))
    }

    /// Whether a code may be billed when the step is done. Of a system of which no
    /// release was given nothing is known, and the publisher is believed.
    fn may_be_billed(&self, new: Code, effective: Date) -> bool {
        let life = self.side.chronicle.life(new).filter(|_| self.after.is_none());
        if let Some(life) = life {
            return life.state(effective) == State::Billable;
        }
        if let Some(entry) = self.newer.get(new) {
            return self.newer.is_billable(entry);
        }
        let other = System::by_shape(new).filter(|other| *other != self.side.system);
        other.is_some_and(|other| match self.side.history.of(other) {
            Some(chronicle) => {
                let life = chronicle.life(new);
                life.is_some_and(|life| life.state(effective) == State::Billable)
            }
            None => self.side.system.shares_field_with(other),
        })
    }

    /// The table names no successor: by a row of its own, or by its silence.
    fn nothing(&self, old: Code, unread: Option<u64>) -> Rule {
        let links = self.side.links.of(old).iter();
        let said = links.filter(|link| link.new.is_none()).find(|link| self.is_of_step(link));
        let note = match (said, unread) {
            (_, Some(row)) => not_understood(row),
            (Some(_), None) => "the table says that there is no successor".to_owned(),
            (None, None) if self.is_beyond() => "retired later than the table reaches".to_owned(),
            (None, None) => "no row of the table names a successor".to_owned(),
        };
        // Its own last day is finer than that of the release.
        let entry = self.newer.get(old).or_else(|| self.older.get(old));
        let after = entry.and_then(|entry| entry.terminated?.tomorrow().ok());
        let day = after.filter(|day| *day <= self.newer.effective);
        Rule {
            relation: Some(Relation::None),
            note: Some(note),
            ..self.side.rule(old, said.copied(), day.unwrap_or(self.newer.effective))
        }
    }

    /// Whether the table ends before the step begins.
    fn is_beyond(&self) -> bool {
        self.side.links.reaches.is_some_and(|last| last <= self.older.effective)
    }

    fn named(&self, old: Code, one: Successor, why: Option<String>) -> Rule {
        let notes: Vec<String> = one.link.note.clone().into_iter().chain(why).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Rule { new: Some(one.new), note, ..self.side.rule(old, Some(one.link), one.effective) }
    }

    /// A successor beside which the table says something else, or nobody knows what.
    fn doubtful(&self, old: Code, one: Successor, why: String) -> Rule {
        Rule { relation: Some(Relation::Review), ..self.named(old, one, Some(why)) }
    }

    fn only(&self, old: Code, one: Successor, is_shared: bool) -> Rule {
        if let Some(why) = self.foreign(one.link) {
            return Rule { relation: Some(Relation::Review), ..self.named(old, one, Some(why)) };
        }
        let (relation, why) = match one.careful {
            // What the table states may only ask for more care.
            Some(link) if std::ptr::eq(link, one.link) => {
                (link.stated.unwrap_or(Relation::Review), None)
            }
            Some(link) => (Relation::Review, Some(careful_word(link))),
            None => self.relation(old, one.new, is_shared),
        };
        Rule { relation: Some(relation), ..self.named(old, one, why) }
    }

    /// The relation of the only successor, and a note: the titles have the last word.
    fn relation(&self, old: Code, new: Code, is_shared: bool) -> (Relation, Option<String>) {
        let before = match self.older.title(old) {
            // It came and went between the two releases.
            "" => self.newer.title(old),
            title => title,
        };
        let after = self.title(new);
        let review = |why: &str| (Relation::Review, Some(why.to_owned()));
        if before.is_empty() || after.is_empty() {
            return review("a title is not known");
        }
        if matches!(self.side.system, System::Cpt | System::Hcpcs) {
            match units::compare(before, after) {
                Units::Same => {}
                Units::Changed => return review("unit_changed: the titles count in other units"),
                Units::Unknown => return review("unit_unknown: only one title names an amount"),
            }
        }
        match relation::compare(before, after) {
            Titles::Same if self.is_split(old) => {
                review("the old code has several new billable codes below it")
            }
            Titles::Same if is_shared => (Relation::Merge, None),
            Titles::Same => (Relation::Equivalent, None),
            Titles::Less if is_shared => (Relation::Merge, Some("detail lost".to_owned())),
            Titles::Less => (Relation::Broader, Some("detail lost".to_owned())),
            Titles::More => {
                let added = relation::added(before, after).join(" ");
                review(&format!("the new title adds: {added}"))
            }
            Titles::Other | Titles::Unknown => review("the titles differ"),
        }
    }

    fn title(&self, code: Code) -> &str {
        let elsewhere = || {
            let system = System::by_shape(code)?;
            Some(self.side.history.of(system)?.title(code))
        };
        match self.newer.title(code) {
            "" => elsewhere().unwrap_or_default(),
            title => title,
        }
    }

    /// Whether several codes below it may be billed now and could not before.
    fn is_split(&self, old: Code) -> bool {
        let below = self.newer.entries().iter().filter(|entry| {
            entry.code != old && entry.code.starts_with(old) && self.newer.is_billable(entry)
        });
        below.filter(|entry| !self.older.may_bill(entry.code)).take(2).count() > 1
    }
}

/// What a row says that leads to a successor, or on the way to it.
fn careful_word(link: &Link) -> String {
    let word = link.stated.map_or("review", Relation::word);
    match &link.note {
        Some(note) => format!("row {}: {note}", link.row),
        None => format!("row {} says `{word}`", link.row),
    }
}

fn contradicted(row: u64) -> String {
    format!("row {row} says that there is no successor")
}

fn not_understood(row: u64) -> String {
    format!("row {row} about it was not understood")
}
