//! Releases in order of date -> from when to when each code was billable.
//!
//! Between two releases the older one holds, until the day before the newer
//! one takes effect; the newest is open-ended. Where a list gives its own
//! dates (added, terminated: last day of use) they are finer and win. Where an
//! edition between two releases is not at hand, a change between the two has no
//! known day: nothing is claimed from the missing edition on.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::code::{Code, System};
use crate::error::{Error, Result};
use crate::release::{Coverage, Entry, Release, edition, shape};

mod life;

pub use life::{Interval, Life, State};

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
    /// By release: whether it holds codes that ended before it.
    keeps_ended: Vec<bool>,
    next_edition: Option<Date>,
    lives: Lives,
    /// All codes of `lives`, in order: descendants stand together.
    sorted: Vec<Code>,
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
                lives
                    .entry(entry.code)
                    .or_insert_with(|| Life::of(system, &releases, entry.code, at));
            }
        }
        let mut sorted: Vec<Code> = lives.keys().copied().collect();
        sorted.sort_unstable();
        let keeps_ended = releases.iter().map(keeps_ended).collect();
        let newest = releases.last().map(|release| release.effective);
        let next_edition = newest.and_then(|newest| edition::first_after(system, newest));
        Chronicle { releases, keeps_ended, next_edition, lives, sorted }
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

    /// The first day about which something is known: ICD-10 says nothing of days before it
    /// came into use, whatever day a release is given.
    pub fn start(&self) -> Date {
        let first = &self.releases[0];
        if first.system.is_icd10() {
            first.effective.max(edition::ICD10_START)
        } else {
            first.effective
        }
    }

    /// The first edition behind the newest release that took or takes effect.
    pub fn next_edition(&self) -> Option<Date> {
        self.next_edition
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

    /// A code that no release knows may be one of an edition that is not at hand, between
    /// two releases or behind the newest.
    fn standing_of_unlisted(&self, system: System, code: Code, on: Date) -> Standing {
        let after = self.releases.partition_point(|release| release.effective <= on);
        let (older, newer) = (&self.releases[after.saturating_sub(1)], self.releases.get(after));
        let from = older.effective;
        let missing = match newer {
            _ if older.leaves_open(code) => Some(from),
            // It would still hold the code, as one that ended.
            Some(newer) if self.remembers(after, newer, on) => None,
            Some(newer) => {
                let missing = edition::first_for(system, code, from, newer.effective);
                missing
                    .filter(|missing| edition::may_go_by(system, code, *missing, newer.effective))
            }
            None => edition::first_for_after(system, code, from),
        };
        if missing.is_some_and(|missing| missing <= on) && shape::may_be(system, code) {
            Standing::EditionMissing(Interval::default())
        } else {
            Standing::Unknown
        }
    }

    /// Whether the release at `at` would still hold a code that was billable on a day before it.
    fn remembers(&self, at: usize, release: &Release, on: Date) -> bool {
        self.keeps_ended[at]
            && on.checked_add(KEPT_YEARS.years()).is_ok_and(|end| end >= release.effective)
    }
}

/// Whether a release holds codes that ended before it. Lists of HCPCS keep them for about
/// four years.
fn keeps_ended(release: &Release) -> bool {
    let ended = |entry: &Entry| entry.terminated.is_some_and(|last| last < release.effective);
    release.entries().iter().any(ended)
}

/// For so long at least: that of 2018 had dropped those of 2013.
const KEPT_YEARS: i32 = 3;

impl Life {
    /// Where the code stood on a day that the history covers.
    fn standing(&self, on: Date) -> Standing {
        let at = self.step(on);
        let before = self.last_billable(at);
        match (self.steps()[at].1, before) {
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
