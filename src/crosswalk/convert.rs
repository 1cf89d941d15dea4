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

use super::limits::{self, Limit};
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
    /// Where the table and the releases do not meet.
    pub limits: Vec<Limit>,
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
    let shares = Shares::of(&table.links, history);
    for (system, links) in &shares.links {
        let Some(chronicle) = history.of(*system) else { continue };
        let by_old = Links::new(links, chronicle);
        let side = Side { system: *system, chronicle, history, links: &by_old, source };
        side.steps().iter().for_each(|step| step.rows(stretch, &mut converted.rules));
        converted.limits.extend(limits::of_table(*system, links, chronicle, &converted.rules));
        converted.strange.extend(strange(*system, chronicle, links, history));
    }
    converted.limits.extend(shares.limits);
    converted.strange.sort_by_key(|strange| (strange.row, strange.is_new, strange.code));
    converted.strange.dedup();
    converted
}

/// The links of a table by the systems that they are about.
#[derive(Default)]
struct Shares<'t> {
    links: BTreeMap<System, Vec<&'t Link>>,
    limits: Vec<Limit>,
}

impl<'t> Shares<'t> {
    fn of(links: &'t [Link], history: &History) -> Shares<'t> {
        let mut shares = Shares::default();
        let mut lost: BTreeMap<System, usize> = BTreeMap::new();
        let spoken_of = spoken_of(links, history);
        for link in links {
            match link.system {
                Some(system) if history.of(system).is_none() => {
                    *lost.entry(system).or_default() += 1;
                }
                Some(system) => shares.links.entry(system).or_default().push(link),
                None => {
                    let all = spoken_of.iter();
                    all.for_each(|system| shares.links.entry(*system).or_default().push(link));
                }
            }
        }
        let lost = lost.into_iter();
        shares.limits.extend(lost.map(|(system, rows)| Limit::NoRelease { system, rows }));
        if shares.links.is_empty() && shares.limits.is_empty() && !links.is_empty() {
            shares.limits.push(Limit::NoCode);
        }
        shares
    }
}

/// The systems that a table speaks of whose rows name none: those that alone hold
/// one of its old codes. A code that two systems know shows nothing: `A0100` is a
/// diagnosis without its dot, and a transport.
fn spoken_of(links: &[Link], history: &History) -> BTreeSet<System> {
    let only = |code: Code| {
        let knows =
            |system: &System| history.of(*system).is_some_and(|own| own.life(code).is_some());
        let mut all = history.systems().filter(knows);
        all.next().filter(|_| all.next().is_none())
    };
    let nameless = links.iter().filter(|link| link.system.is_none());
    let old = nameless.filter_map(|link| match link.old {
        Previous::Code(code) | Previous::Range(code, _) | Previous::Below(code) => only(code),
    });
    old.collect()
}

/// The links by old code; ranges and categories stand for what the releases have in them.
struct Links<'t> {
    by_old: BTreeMap<Code, Vec<&'t Link>>,
    /// Whether rows have days at all: else none can be said to be too early.
    reaches: Option<Date>,
}

impl<'t> Links<'t> {
    fn new(links: &[&'t Link], chronicle: &Chronicle) -> Links<'t> {
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

/// Codes of links within the time of the releases that no release holds. CPT is
/// licensed: its codes are not strange where no CPT release was given. A row
/// without a day is of the time of the releases if they know its old code.
fn strange(
    system: System,
    chronicle: &Chronicle,
    links: &[&Link],
    history: &History,
) -> Vec<Strange> {
    let (start, end) = (chronicle.start(), chronicle.newest().effective);
    let is_other = |code: Code| {
        let other = System::by_shape(code).filter(|other| *other != system);
        other.is_some_and(|other| system.shares_field_with(other) && history.of(other).is_none())
    };
    let held = |code: Code| {
        let mut chronicles = history.systems().filter_map(|own| history.of(own));
        chronicles.any(|own| own.life(code).is_some()) || is_other(code)
    };
    let known = |old: Previous| match old {
        Previous::Code(code) => chronicle.life(code).is_some(),
        Previous::Range(..) | Previous::Below(_) => false,
    };
    let within = |link: &&&Link| match link.effective {
        Some(day) => start < day && day <= end,
        None => known(link.old),
    };
    let named = links.iter().filter(within).flat_map(|link| {
        let old = match link.old {
            Previous::Code(code) => Some(Strange { row: link.row, code, is_new: false }),
            Previous::Range(..) | Previous::Below(_) => None,
        };
        let is_ours = link.new_system.is_none_or(|other| history.of(other).is_some());
        let new = link.new.filter(|_| is_ours);
        let new = new.map(|code| Strange { row: link.row, code, is_new: true });
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

/// What a table says of one system, and all that is known of the system.
struct Side<'s> {
    system: System,
    chronicle: &'s Chronicle,
    history: &'s History,
    links: &'s Links<'s>,
    source: usize,
}

impl Side<'_> {
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
    effective: Date,
}

impl Step<'_> {
    fn rows(&self, stretch: Stretch, rules: &mut Vec<Rule>) {
        let retired = self.retired().into_iter();
        let retired = retired.filter(|(_, day)| stretch.holds(*day));
        let named: Vec<(Code, Vec<Successor>)> =
            retired.map(|(old, _)| (old, self.successors(old))).collect();
        let mut shared: BTreeMap<Code, usize> = BTreeMap::new();
        for (_, successors) in &named {
            if let [only] = successors[..] {
                *shared.entry(only.new).or_default() += 1;
            }
        }
        for (old, successors) in named {
            match &successors[..] {
                // Of codes that ended before all releases only what is said is of use.
                [] => rules.extend(self.after.map(|_| self.nothing(old))),
                [only] => rules.push(self.only(old, *only, shared[&only.new] > 1)),
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
        let mut codes: Vec<(Code, Date)> = if self.after.is_some() {
            let billable = entries.filter(|entry| self.older.is_billable(entry));
            let gone = billable.map(|entry| entry.code).filter(|code| self.is_gone(*code));
            gone.map(|code| (code, self.newer.effective)).collect()
        } else {
            let ended = entries.filter_map(|entry| {
                let after = entry.terminated?.tomorrow().ok()?;
                (entry.billable && after <= self.newer.effective).then_some((entry.code, after))
            });
            ended.collect()
        };
        codes.sort_unstable();
        codes
    }

    fn is_gone(&self, code: Code) -> bool {
        !self.newer.may_bill(code) && !self.newer.leaves_open(code)
    }

    /// All codes that the table names for an old one in the time of the step,
    /// through codes that came and went in it; each once, in code order.
    fn successors(&self, old: Code) -> Vec<Successor<'_>> {
        let mut found: BTreeMap<Code, Successor> = BTreeMap::new();
        let mut seen = BTreeSet::from([old]);
        let mut open = vec![(old, None::<Date>)];
        while let Some((code, since)) = open.pop() {
            for link in self.side.links.of(code).iter().filter(|link| self.is_of_step(link)) {
                let Some(new) = link.new else { continue };
                let own = link.effective.unwrap_or(self.newer.effective);
                let effective = since.map_or(own, |since| since.max(own));
                if !seen.insert(new) {
                    continue;
                }
                if self.foreign(link).is_some() || self.may_be_billed(new, effective) {
                    found.insert(new, Successor { new, link, effective });
                } else {
                    open.push((new, Some(effective)));
                }
            }
        }
        found.into_values().collect()
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
    fn nothing(&self, old: Code) -> Rule {
        let links = self.side.links.of(old).iter();
        let said = links.filter(|link| link.new.is_none()).find(|link| self.is_of_step(link));
        let note = match said {
            Some(_) => "the table says that there is no successor",
            None if self.is_beyond() => "retired later than the table reaches",
            None => "no row of the table names a successor",
        };
        // Its own last day is finer than that of the release.
        let entry = self.newer.get(old).or_else(|| self.older.get(old));
        let after = entry.and_then(|entry| entry.terminated?.tomorrow().ok());
        let day = after.filter(|day| *day <= self.newer.effective);
        Rule {
            relation: Some(Relation::None),
            note: Some(note.to_owned()),
            ..self.side.rule(
                old,
                said.map_or(0, |link| link.row),
                day.unwrap_or(self.newer.effective),
            )
        }
    }

    /// Whether the table ends before the step begins.
    fn is_beyond(&self) -> bool {
        self.side.links.reaches.is_some_and(|last| last <= self.older.effective)
    }

    fn named(&self, old: Code, one: Successor, why: Option<String>) -> Rule {
        let notes: Vec<String> = one.link.note.clone().into_iter().chain(why).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Rule { new: Some(one.new), note, ..self.side.rule(old, one.link.row, one.effective) }
    }

    fn only(&self, old: Code, one: Successor, is_shared: bool) -> Rule {
        if let Some(why) = self.foreign(one.link) {
            return Rule { relation: Some(Relation::Review), ..self.named(old, one, Some(why)) };
        }
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
