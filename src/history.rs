//! Releases in order of date -> from when to when each code was billable.
//!
//! Between two releases the older one holds, until the day before the newer
//! one takes effect; the newest is open-ended. Where a list gives its own
//! dates (added, terminated: last day of use) they are finer and win. Where an
//! edition between two releases is not at hand, a change between the two has no
//! known day: nothing is claimed from the missing edition on.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::civil::Date;

use crate::code::{Code, System};
use crate::error::{Error, Result};
use crate::release::{Coverage, Entry, Release, edition};

type Lives = HashMap<Code, Life, foldhash::fast::FixedState>;

/// What is known of all systems for which a release was given.
#[derive(Debug, Default)]
pub struct History {
    systems: BTreeMap<System, Chronicle>,
}

/// The releases of one system, oldest first, and the life of every code in them.
#[derive(Debug)]
pub struct Chronicle {
    releases: Vec<Release>,
    lives: Lives,
    /// All codes of `lives`, in order: descendants stand together.
    sorted: Vec<Code>,
}

/// What a code was from one day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not in the release, or terminated.
    Absent,
    /// A category: not for claims.
    Header,
    /// Valid on a claim.
    Billable,
    /// It changed before the next release at hand, on a day that is not known.
    Uncertain,
}

/// The states of one code, each from a day on, in order of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    steps: Vec<(Date, State)>,
}

/// Where a code stood on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No release of this system was given.
    NoRelease,
    /// ICD-10 before 1 October 2015.
    BeforeSystem,
    /// Earlier than the earliest release given.
    BeforeHistory,
    /// In no release given.
    Unknown,
    /// Only ever a header, in the releases given.
    AlwaysHeader,
    /// Billable on the day.
    Billable(Interval),
    /// Billable before, gone or terminated on the day.
    Deleted(Interval),
    /// Billable before, a header on the day.
    BecameHeader(Interval),
    /// Billable only later.
    NotYetValid(Interval),
    /// The edition that would tell is not among the releases given.
    EditionMissing(Interval),
}

/// From the first to the last day on which a code was billable, both inclusive,
/// as far as the releases given reach; `until` is empty while it still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// The first day.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl History {
    /// Puts releases in order of date, a chronicle a system.
    ///
    /// # Errors
    /// Two releases of one system with the same effective date and different
    /// content. The same content twice is one release.
    pub fn new(releases: Vec<Release>) -> Result<History> {
        let mut by_system: BTreeMap<System, Vec<Release>> = BTreeMap::new();
        for release in releases {
            by_system.entry(release.system).or_default().push(release);
        }
        let mut systems = BTreeMap::new();
        for (system, mut releases) in by_system {
            releases.sort_by_key(|release| release.effective);
            releases.dedup_by(|newer, older| {
                newer.effective == older.effective && newer.digest == older.digest
            });
            refuse_same_day(&releases)?;
            systems.insert(system, Chronicle::new(system, releases));
        }
        Ok(History { systems })
    }

    /// The systems for which a release was given.
    pub fn systems(&self) -> impl Iterator<Item = System> + '_ {
        self.systems.keys().copied()
    }

    /// The chronicle of a system.
    pub fn of(&self, system: System) -> Option<&Chronicle> {
        self.systems.get(&system)
    }

    /// Whether a day lies before anything is known of a system, whatever the code.
    pub fn before(&self, system: System, on: Date) -> Option<Standing> {
        match self.systems.get(&system) {
            Some(chronicle) => chronicle.before(system, on),
            None => Some(Standing::NoRelease),
        }
    }

    /// Where a code stood on a day.
    pub fn standing(&self, system: System, code: Code, on: Date) -> Standing {
        match self.systems.get(&system) {
            Some(chronicle) => chronicle.standing(system, code, on),
            None => Standing::NoRelease,
        }
    }
}

fn refuse_same_day(releases: &[Release]) -> Result<()> {
    for pair in releases.windows(2) {
        if pair[0].effective == pair[1].effective {
            let (first, second) = (pair[0].path.display(), pair[1].path.display());
            return Err(Error::refused(format!(
                "two different {} releases take effect on {}: {first} and {second}",
                pair[0].system.title(),
                pair[0].effective
            ))
            .hint("give each its own day, as PATH@YYYY-MM-DD"));
        }
    }
    Ok(())
}

impl Chronicle {
    fn new(system: System, releases: Vec<Release>) -> Chronicle {
        let mut lives = Lives::default();
        let most = releases.iter().map(|release| release.entries().len()).max().unwrap_or(0);
        lives.reserve(most + most / 8);
        for at in 0..releases.len() {
            for entry in releases[at].entries() {
                lives.entry(entry.code).or_insert_with(|| life(system, &releases, entry.code, at));
            }
        }
        let mut sorted: Vec<Code> = lives.keys().copied().collect();
        sorted.sort_unstable();
        Chronicle { releases, lives, sorted }
    }

    /// The releases, oldest first.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The days of the two releases around a day that speak of a code, between which
    /// an edition may be missing; nothing for a day outside of them.
    pub fn around(&self, code: Code, on: Date) -> Option<(Date, Date)> {
        let mut speak = self.releases.iter().filter(|release| !release.leaves_open(code));
        let older = speak.clone().rfind(|release| release.effective <= on)?;
        let newer = speak.find(|release| release.effective > on)?;
        Some((older.effective, newer.effective))
    }

    /// The first day about which something is known.
    pub fn start(&self) -> Date {
        self.releases[0].effective
    }

    /// The newest release.
    pub fn newest(&self) -> &Release {
        &self.releases[self.releases.len() - 1]
    }

    /// The life of a code that stands in any of the releases.
    pub fn life(&self, code: Code) -> Option<&Life> {
        self.lives.get(&code)
    }

    /// All codes with their lives, in no particular order.
    pub fn lives(&self) -> impl Iterator<Item = (Code, &Life)> {
        self.lives.iter().map(|(&code, life)| (code, life))
    }

    /// The best title of a code: that of the newest release that has it.
    pub fn title(&self, code: Code) -> &str {
        let titles = self.releases.iter().rev().map(|release| release.title(code));
        titles.into_iter().find(|title| !title.is_empty()).unwrap_or("")
    }

    /// The title that a code had on a day (else its newest).
    pub fn title_on(&self, code: Code, on: Date) -> &str {
        let in_force = self.releases.iter().rev().filter(|release| release.effective <= on);
        let titles = in_force.map(|release| release.title(code));
        titles.into_iter().find(|title| !title.is_empty()).unwrap_or_else(|| self.title(code))
    }

    /// The title that a code had on a day. Where no release in force then holds one, that
    /// of the next release, and where no day is given that of the newest, with its day.
    pub fn title_then(&self, code: Code, on: Option<Date>) -> Option<(&str, Option<Date>)> {
        let titled = |release: &&Release| !release.title(code).is_empty();
        let is_then = |release: &&Release| on.is_some_and(|on| release.effective <= on);
        let mut newest = self.releases.iter().rev().filter(titled);
        if let Some(release) = newest.clone().find(is_then) {
            return Some((release.title(code), None));
        }
        let other = if on.is_some() { newest.next_back() } else { newest.next() };
        other.map(|release| (release.title(code), Some(release.effective)))
    }

    /// The release in force on a day, and the one before it; where no day is given, or none
    /// was in force then, the two newest.
    pub fn turn(&self, on: Option<Date>) -> Option<(&Release, &Release)> {
        let in_force = |on| self.releases.partition_point(|release| release.effective <= on);
        let behind = on.map(in_force).filter(|behind| *behind > 0);
        let newest = behind.unwrap_or(self.releases.len()).checked_sub(1)?;
        Some((self.releases.get(newest.checked_sub(1)?)?, self.releases.get(newest)?))
    }

    /// Whether the newest release lists billable codes only.
    pub fn knows_headers(&self) -> bool {
        self.releases.iter().all(|release| release.coverage == Coverage::Whole)
    }

    /// Billable descendants of `code` on a day, in code order.
    pub fn descendants(&self, code: Code, on: Date) -> Vec<Code> {
        let from = self.sorted.partition_point(|&other| other <= code);
        let below = self.sorted[from..].iter().take_while(|other| other.starts_with(code));
        let billable = |other: &&Code| self.lives[*other].state(on) == State::Billable;
        below.filter(billable).copied().collect()
    }

    /// Where a code stood on a day.
    pub fn standing(&self, system: System, code: Code, on: Date) -> Standing {
        if let Some(before) = self.before(system, on) {
            return before;
        }
        match self.lives.get(&code) {
            Some(life) => life.standing(on),
            None => self.standing_of_unlisted(system, code, on),
        }
    }

    /// Whether a day lies before anything is known, whatever the code.
    fn before(&self, system: System, on: Date) -> Option<Standing> {
        if system.is_icd10() && on < edition::ICD10_START {
            return Some(Standing::BeforeSystem);
        }
        (on < self.start()).then_some(Standing::BeforeHistory)
    }

    /// A code of a quarterly family that no release knows may, after the next
    /// quarter began, be one of an edition that is not at hand.
    fn standing_of_unlisted(&self, system: System, code: Code, on: Date) -> Standing {
        let next = edition::next_quarter(self.newest().effective);
        if edition::is_quarterly(system, code) && on >= next {
            Standing::EditionMissing(Interval::default())
        } else {
            Standing::Unknown
        }
    }
}

/// The states of `code`, whose first release is the one at `first`.
fn life(system: System, releases: &[Release], code: Code, first: usize) -> Life {
    let mut steps: Vec<(Date, State)> = Vec::with_capacity(2);
    if first > 0 {
        steps.push((releases[0].effective, State::Absent));
    }
    // A part that says nothing of the code is no edition of it: what changed
    // about its day may have changed then or later.
    let mut before = first.checked_sub(1);
    for at in first..releases.len() {
        let release = &releases[at];
        if release.leaves_open(code) {
            continue;
        }
        let entry = release.get(code);
        // What an older release foresaw for later days is overruled by the newer one.
        while steps.last().is_some_and(|step| step.0 >= release.effective) {
            steps.pop();
        }
        if let Some(before) = before.replace(at) {
            let gap = Gap { system, code, older: &releases[before], newer: release };
            push_gap(&mut steps, &gap, entry);
        }
        push_states(&mut steps, release, entry);
    }
    steps.dedup_by_key(|step| step.1);
    Life { steps }
}

/// The days between two releases that follow each other.
struct Gap<'r> {
    system: System,
    code: Code,
    older: &'r Release,
    newer: &'r Release,
}

/// What is known of the days between two releases: the list's own dates where
/// it has them; else, where an edition lies in between that is not at hand and
/// the code changed, it is not known whether the change had happened.
fn push_gap(steps: &mut Vec<(Date, State)>, gap: &Gap, entry: Option<&Entry>) {
    let (older, newer) = (gap.older.effective, gap.newer.effective);
    let was = steps.last().is_some_and(|step| step.1 == State::Billable);
    let is = entry.is_some_and(|entry| {
        gap.newer.is_billable(entry) && entry.added.is_none_or(|added| added <= newer)
    });
    let started =
        entry.and_then(|entry| entry.added).filter(|added| older < *added && *added <= newer);
    let ended =
        entry.and_then(|entry| entry.terminated).filter(|last| older <= *last && *last < newer);
    match (started, ended.and_then(|last| last.tomorrow().ok())) {
        (started, Some(after)) => {
            steps.extend(started.filter(|_| !was).map(|added| (added, State::Billable)));
            steps.push((after, State::Absent));
        }
        (Some(added), None) if added < newer && !was => steps.push((added, State::Billable)),
        (None, None) if was != is => {
            let missing = edition::first_for(gap.system, gap.code, older, newer);
            steps.extend(missing.map(|missing| (missing, State::Uncertain)));
        }
        _ => {}
    }
}

fn push_states(steps: &mut Vec<(Date, State)>, release: &Release, entry: Option<&Entry>) {
    let from = release.effective;
    let Some(entry) = entry else {
        steps.push((from, State::Absent));
        return;
    };
    if !entry.billable {
        steps.push((from, State::Header));
        return;
    }
    let last = entry.terminated;
    if last.is_some_and(|last| last < from) {
        push_past(steps, from, entry);
        return;
    }
    match entry.added {
        Some(added) if added > from => {
            steps.push((from, State::Absent));
            steps.push((added, State::Billable));
        }
        _ => steps.push((from, State::Billable)),
    }
    if let Some(after) = last.and_then(|last| last.tomorrow().ok()) {
        steps.push((after, State::Absent));
    }
}

/// A code terminated before the release: if the list's own dates reach back, it was
/// billable until then.
fn push_past(steps: &mut Vec<(Date, State)>, from: Date, entry: &Entry) {
    if let (true, Some(last)) = (steps.is_empty(), entry.terminated) {
        // Known only to have ended: the day it began may lie before any release.
        let since = entry.added.unwrap_or(last);
        steps.push((since, State::Billable));
        if let Ok(after) = last.tomorrow() {
            steps.push((after, State::Absent));
        }
        return;
    }
    steps.push((from, State::Absent));
}

impl Life {
    /// The states, each from a day on, in order of date.
    pub fn steps(&self) -> &[(Date, State)] {
        &self.steps
    }

    /// Whether it was billable from the first day known, and still is.
    pub fn is_always_billable(&self, start: Date) -> bool {
        matches!(self.steps[..], [(from, State::Billable)] if from <= start)
    }

    /// The state on a day; the first state known for days before.
    pub fn state(&self, on: Date) -> State {
        self.steps[self.step(on)].1
    }

    /// The day from which it was last retired, at or before `on`.
    pub fn retired_by(&self, on: Date) -> Option<Date> {
        let turns = self.steps.windows(2).filter(|pair| pair[0].1 == State::Billable);
        turns.map(|pair| pair[1].0).take_while(|day| *day <= on).last()
    }

    fn step(&self, on: Date) -> usize {
        self.steps.partition_point(|step| step.0 <= on).saturating_sub(1)
    }

    /// The interval that begins with the step `at`.
    fn interval(&self, at: usize) -> Interval {
        let next = self.steps.get(at + 1);
        Interval {
            since: Some(self.steps[at].0),
            until: next.and_then(|step| step.0.yesterday().ok()),
        }
    }

    fn last_billable(&self, upto: usize) -> Option<Interval> {
        let at = (0..=upto).rev().find(|&at| self.steps[at].1 == State::Billable)?;
        let mut interval = self.interval(at);
        // An uncertain stretch ends where the next release says so for sure.
        if self.steps.get(at + 1).is_some_and(|step| step.1 == State::Uncertain) {
            interval.until = self.steps.get(at + 2).and_then(|step| step.0.yesterday().ok());
        }
        Some(interval)
    }

    fn next_billable(&self, from: usize) -> Option<Interval> {
        let at = (from..self.steps.len()).find(|&at| self.steps[at].1 == State::Billable)?;
        Some(self.interval(at))
    }

    /// Where the code stood on a day that the history covers.
    fn standing(&self, on: Date) -> Standing {
        let at = self.step(on);
        let before = self.last_billable(at);
        match (self.steps[at].1, before) {
            (State::Billable, _) => Standing::Billable(self.last_billable(at).unwrap_or_default()),
            (State::Uncertain, before) => Standing::EditionMissing(
                before.or_else(|| self.next_billable(at)).unwrap_or_default(),
            ),
            (State::Absent, Some(interval)) => Standing::Deleted(interval),
            (State::Header, Some(interval)) => Standing::BecameHeader(interval),
            (State::Absent | State::Header, None) => match self.next_billable(at) {
                Some(interval) => Standing::NotYetValid(interval),
                None => Standing::AlwaysHeader,
            },
        }
    }
}
