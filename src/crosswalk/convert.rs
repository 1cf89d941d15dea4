//! A published table and the releases -> rows of the tool's own mapping form.
//!
//! The table says which codes a publisher names for which; the releases say
//! which codes are really retired, from which day on, and what may be billed
//! then. For each step from one release to the next there is a row for each
//! retired code and each successor, with the relation that the titles show;
//! where the table names none, a row says so. Steps between two releases that
//! the table knows and the releases do not are joined.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::published::{Link, Previous, Published};
use super::relation::{self, Titles};
use super::{Relation, Rule, SourceLine};
use crate::code::{Code, System};
use crate::decide::units::{self, Units};
use crate::history::{Chronicle, History, State};
use crate::release::Release;

/// What a conversion came to.
#[derive(Debug, Default)]
pub struct Converted {
    /// The rows, in order of system, step and code.
    pub rules: Vec<Rule>,
    /// Codes that the table names and no release holds.
    pub strange: Vec<Strange>,
}

/// A code that no release holds, although the row is of their time: a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// The row of the table.
    pub row: u64,
    /// The code.
    pub code: Code,
    /// Whether it is named as new.
    pub is_new: bool,
}

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

/// Converts a table for all steps of a history that lie in the stretch.
/// `source` is the number of the table among the sources.
pub fn convert(table: &Published, history: &History, stretch: Stretch, source: usize) -> Converted {
    let mut converted = Converted::default();
    let systems: Vec<System> =
        table.system.map_or_else(|| history.systems().collect(), |system| vec![system]);
    for system in systems {
        let Some(chronicle) = history.of(system) else { continue };
        let links = Links::new(&table.links, chronicle);
        for pair in chronicle.releases().windows(2) {
            let (older, newer) = (&pair[0], &pair[1]);
            let step = Step { system, older, newer, history, links: &links, source };
            step.rows(stretch, &mut converted.rules);
        }
        converted.strange.extend(strange(chronicle, &table.links, history));
    }
    converted.strange.sort_by_key(|strange| (strange.row, strange.is_new, strange.code));
    converted.strange.dedup();
    converted
}

/// The links by old code; ranges and categories stand for what the releases have in them.
struct Links<'t> {
    by_old: BTreeMap<Code, Vec<&'t Link>>,
}

impl<'t> Links<'t> {
    fn new(links: &'t [Link], chronicle: &Chronicle) -> Links<'t> {
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
        Links { by_old }
    }

    fn of(&self, old: Code) -> &[&'t Link] {
        self.by_old.get(&old).map_or(&[], Vec::as_slice)
    }
}

/// Codes of links within the time of the releases that no release holds. CPT is
/// licensed: its codes are not strange where no CPT release was given.
fn strange(chronicle: &Chronicle, links: &[Link], history: &History) -> Vec<Strange> {
    let (start, end) = (chronicle.start(), chronicle.newest().effective);
    let held = |code: Code| {
        let mut chronicles = history.systems().filter_map(|own| history.of(own));
        chronicles.any(|own| own.life(code).is_some())
            || System::by_shape(code).is_some_and(|system| history.of(system).is_none())
    };
    let within = |link: &&Link| link.effective.is_some_and(|day| start < day && day <= end);
    let named = links.iter().filter(within).flat_map(|link| {
        let old = match link.old {
            Previous::Code(code) => Some(Strange { row: link.row, code, is_new: false }),
            Previous::Range(..) | Previous::Below(_) => None,
        };
        let new = link.new.map(|code| Strange { row: link.row, code, is_new: true });
        old.into_iter().chain(new)
    });
    named.filter(|strange| !held(strange.code)).collect()
}

fn billable_once(chronicle: &Chronicle) -> Vec<Code> {
    let was = chronicle
        .lives()
        .filter(|(_, life)| life.steps().iter().any(|step| step.1 == State::Billable));
    let mut codes: Vec<Code> = was.map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes
}

/// From one release to the next.
struct Step<'s> {
    system: System,
    older: &'s Release,
    newer: &'s Release,
    history: &'s History,
    links: &'s Links<'s>,
    source: usize,
}

/// A successor, the row that names it, and from when it does.
#[derive(Debug, Clone, Copy)]
struct Successor<'s> {
    new: Code,
    link: &'s Link,
    effective: Date,
}

impl Step<'_> {
    fn rows(&self, stretch: Stretch, rules: &mut Vec<Rule>) {
        if !stretch.holds(self.newer.effective) {
            return;
        }
        let retired = self.retired().into_iter();
        let named: Vec<(Code, Vec<Successor>)> =
            retired.map(|old| (old, self.successors(old))).collect();
        let mut shared: BTreeMap<Code, usize> = BTreeMap::new();
        for (_, successors) in &named {
            if let [only] = successors[..] {
                *shared.entry(only.new).or_default() += 1;
            }
        }
        for (old, successors) in named {
            match &successors[..] {
                [] => rules.push(self.nothing(old)),
                [only] => rules.push(self.only(old, *only, shared[&only.new] > 1)),
                several => rules.extend(several.iter().map(|one| {
                    let relation = Some(Relation::Split);
                    Rule { relation, ..self.named(old, *one, None) }
                })),
            }
        }
    }

    /// The codes that may be billed in the older release and not in the newer one.
    fn retired(&self) -> Vec<Code> {
        let gone = |code: Code| {
            let now = self.newer.get(code).is_some_and(|entry| self.newer.is_billable(entry));
            !now && !self.newer.leaves_open(code)
        };
        let entries = self.older.entries().iter();
        let billable = entries.filter(|entry| self.older.is_billable(entry));
        let mut codes: Vec<Code> =
            billable.map(|entry| entry.code).filter(|code| gone(*code)).collect();
        codes.sort_unstable();
        codes
    }

    /// All codes that the table names for an old one in the time of the step,
    /// through codes that came and went in it; each once, in code order.
    fn successors(&self, old: Code) -> Vec<Successor<'_>> {
        let mut found: BTreeMap<Code, Successor> = BTreeMap::new();
        let mut seen = BTreeSet::from([old]);
        let mut open = vec![(old, None::<Date>)];
        while let Some((code, since)) = open.pop() {
            for link in self.links.of(code).iter().filter(|link| self.is_of_step(link)) {
                let Some(new) = link.new else { continue };
                let own = link.effective.unwrap_or(self.newer.effective);
                let effective = since.map_or(own, |since| since.max(own));
                if !seen.insert(new) {
                    continue;
                }
                if self.may_be_billed(new, effective) {
                    found.insert(new, Successor { new, link, effective });
                } else {
                    open.push((new, Some(effective)));
                }
            }
        }
        found.into_values().collect()
    }

    fn is_of_step(&self, link: &Link) -> bool {
        link.effective.is_none_or(|day| self.older.effective < day && day <= self.newer.effective)
    }

    /// Whether a code may be billed when the step is done. Of a system of which no
    /// release was given nothing is known, and the publisher is believed.
    fn may_be_billed(&self, new: Code, effective: Date) -> bool {
        if let Some(entry) = self.newer.get(new) {
            return self.newer.is_billable(entry);
        }
        let other = System::by_shape(new).filter(|other| *other != self.system);
        other.is_some_and(|other| match self.history.of(other) {
            Some(chronicle) => {
                let life = chronicle.life(new);
                life.is_some_and(|life| life.state(effective) == State::Billable)
            }
            None => self.system.shares_field_with(other),
        })
    }

    fn rule(&self, old: Code, row: u64, effective: Date) -> Rule {
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
            at: SourceLine { source: self.source, line: row },
        }
    }

    /// The table names no successor: by a row of its own, or by its silence.
    fn nothing(&self, old: Code) -> Rule {
        let links = self.links.of(old).iter();
        let said = links.filter(|link| link.new.is_none()).find(|link| self.is_of_step(link));
        let note = match said {
            Some(_) => "the table says that there is no successor",
            None => "no row of the table names a successor",
        };
        // Its own last day is finer than that of the release.
        let entry = self.newer.get(old).or_else(|| self.older.get(old));
        let after = entry.and_then(|entry| entry.terminated?.tomorrow().ok());
        let day = after.filter(|day| *day <= self.newer.effective);
        Rule {
            relation: Some(Relation::None),
            note: Some(note.to_owned()),
            ..self.rule(old, said.map_or(0, |link| link.row), day.unwrap_or(self.newer.effective))
        }
    }

    fn named(&self, old: Code, one: Successor, why: Option<String>) -> Rule {
        let notes: Vec<String> = one.link.note.clone().into_iter().chain(why).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Rule { new: Some(one.new), note, ..self.rule(old, one.link.row, one.effective) }
    }

    fn only(&self, old: Code, one: Successor, is_shared: bool) -> Rule {
        let (relation, why) = match one.link.stated.filter(|stated| !stated.is_automatic()) {
            // What the table states may only ask for more care.
            Some(stated) => (stated, None),
            None => self.relation(old, one.new, is_shared),
        };
        Rule { relation: Some(relation), ..self.named(old, one, why) }
    }

    /// The relation of the only successor, and a note: the titles have the last word.
    fn relation(&self, old: Code, new: Code, is_shared: bool) -> (Relation, Option<String>) {
        let (before, after) = (self.older.title(old), self.title(new));
        let review = |why: &str| (Relation::Review, Some(why.to_owned()));
        if matches!(self.system, System::Cpt | System::Hcpcs) {
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
            Titles::Other => review("the titles differ"),
            Titles::Unknown => review("a title is not known"),
        }
    }

    fn title(&self, code: Code) -> &str {
        let elsewhere = || {
            let system = System::by_shape(code)?;
            Some(self.history.of(system)?.title(code))
        };
        match self.newer.title(code) {
            "" => elsewhere().unwrap_or_default(),
            title => title,
        }
    }

    /// Whether several codes below it may be billed now and could not before.
    fn is_split(&self, old: Code) -> bool {
        let was =
            |code: Code| self.older.get(code).is_some_and(|entry| self.older.is_billable(entry));
        let below = self.newer.entries().iter().filter(|entry| {
            entry.code != old && entry.code.starts_with(old) && self.newer.is_billable(entry)
        });
        below.filter(|entry| !was(entry.code)).take(2).count() > 1
    }
}
