//! The life of one code: what each release says of it, put together.
//!
//! A release has the word on the days from its own on, until the next one that
//! speaks of the code. Of earlier days it has the word where it has dates of its
//! own: from the day on which a code was added to the last day of its use it was
//! billable, and after that day it was not, whatever older releases foresaw or
//! did not know yet. What an older release says of a day on which it was in force
//! is only overruled by such a date.

use jiff::civil::Date;

use crate::code::{Code, System};
use crate::release::{Entry, Release, edition};

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

/// From the first to the last day on which a code was billable, both inclusive,
/// as far as the releases given reach; `until` is empty while it still is.
///
/// A day on which it began or ended that no release given tells is empty too, and
/// what is known instead stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// The first day.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// Where the first day is not known: one on which it was billable for sure.
    pub since_at_latest: Option<Date>,
    /// Where the last day is not known: one until which it was billable for sure.
    pub until_at_least: Option<Date>,
}

/// What one release says of one code.
struct Word<'r> {
    system: System,
    code: Code,
    /// The day from which the release is in force.
    from: Date,
    /// The day of the release before it that speaks of the code.
    older: Option<Date>,
    entry: Option<&'r Entry>,
    /// The last day of use that an older release gave, when it lay behind that one already.
    ended: Option<Date>,
}

impl Word<'_> {
    fn billable(&self) -> Option<&Entry> {
        self.entry.filter(|entry| entry.billable)
    }

    /// The day on which it was added, if the list or a notice says so.
    fn added(&self) -> Option<Date> {
        let entry = self.billable()?;
        entry.added.or_else(|| edition::own_day(self.system, self.code))
    }

    /// The last day of its use, and the one after it.
    fn ends(&self) -> Option<(Date, Date)> {
        let last = self.billable()?.terminated?;
        Some((last, last.tomorrow().ok()?))
    }
}

impl Life {
    /// The life of `code`, whose first release is the one at `first`.
    pub(super) fn of(system: System, releases: &[Release], code: Code, first: usize) -> Life {
        let mut life = Life { steps: Vec::with_capacity(2) };
        // A part that says nothing of the code is no edition of it: what changed
        // about its day may have changed then or later.
        let speaks = |release: &&Release| !release.leaves_open(code);
        let lacking = &releases[..first];
        if lacking.first().is_some_and(|release| release.leaves_open(code)) {
            life.begin(lacking[0].effective, State::Uncertain);
        }
        if let Some(release) = lacking.iter().find(speaks) {
            life.begin(release.effective, State::Absent);
        }
        let mut older = lacking.iter().rfind(speaks).map(|release| release.effective);
        let mut ended = None;
        for release in releases[first..].iter().filter(speaks) {
            let (from, entry) = (release.effective, release.get(code));
            let word = Word { system, code, from, older, entry, ended };
            life.hear(&word);
            if let Some(entry) = word.billable() {
                ended = entry.terminated.filter(|last| *last < from);
            }
            older = Some(from);
        }
        life.steps.dedup_by_key(|step| step.1);
        debug_assert!(life.steps.is_sorted_by(|one, next| one.0 < next.0), "{:?}", life.steps);
        life
    }

    fn hear(&mut self, word: &Word) {
        // What an older release foresaw for these days is overruled.
        let kept = self.steps.partition_point(|step| step.0 < word.from);
        self.steps.truncate(kept);
        if let Some(older) = word.older {
            self.fill_gap(word, older);
        }
        self.look_back(word);
        self.look_ahead(word);
    }

    /// The days between the release before and this one of which it has no date: where
    /// the code changed and an edition lies in between that is not at hand, it is not
    /// known whether the change had happened.
    fn fill_gap(&mut self, word: &Word, older: Date) {
        let ends = word.ends();
        let (end, is) = match (word.added(), ends) {
            (Some(added), _) => (added.min(word.from), false),
            (None, Some((_, after))) => (after.min(word.from), true),
            (None, None) => (word.from, word.billable().is_some()),
        };
        let Some(last) = end.yesterday().ok().filter(|last| older <= *last) else { return };
        let (from, was) = self.steps[self.step(last)];
        if was == State::Uncertain || (was == State::Billable) == is {
            return;
        }
        let is_foreseen = from > older;
        if is_foreseen && word.added().is_some() {
            // It was to come sooner.
            self.paint(from, end, State::Absent);
        } else if is_foreseen && ends.is_some() {
            // It was to end sooner.
            self.paint(from, end, State::Billable);
        } else if let Some(missing) = edition::first_for(word.system, word.code, older, end) {
            self.paint(missing.max(from), end, State::Uncertain);
        }
    }

    /// The days before a release of which it has a date.
    fn look_back(&mut self, word: &Word) {
        let end = word.ends().map_or(word.from, |(_, after)| after.min(word.from));
        match (word.added(), word.ends()) {
            (Some(added), ends) => {
                self.paint(added, end, State::Billable);
                // An older list said that it had ended, this one does not: it came back on a
                // day that neither tells, or had never ended.
                let is_over = ends.map(|(last, _)| last);
                let came_back = word
                    .ended
                    .filter(|ended| *ended >= added && is_over.is_none_or(|last| last > *ended));
                if let Some(after) = came_back.and_then(|ended| ended.tomorrow().ok()) {
                    self.paint(after, end, State::Uncertain);
                }
            }
            // Known only to have ended: on that day it was billable.
            (None, Some((last, _))) if last < end => {
                let is_known = self.state_if_known(last);
                if !matches!(is_known, Some(State::Billable)) {
                    self.paint(last, end, State::Billable);
                }
            }
            _ => {}
        }
        self.paint(end, word.from, State::Absent);
    }

    /// The days from a release on, as long as no newer one speaks.
    fn look_ahead(&mut self, word: &Word) {
        let Some(entry) = word.entry else { return self.begin(word.from, State::Absent) };
        if !entry.billable {
            return self.begin(word.from, State::Header);
        }
        let starts = word.added().map_or(word.from, |added| added.max(word.from));
        let ends = word.ends().map(|(_, after)| after);
        if starts > word.from || ends.is_some_and(|after| after <= word.from) {
            self.begin(word.from, State::Absent);
        }
        if ends.is_some_and(|after| after <= starts) {
            return;
        }
        self.begin(starts, State::Billable);
        if let Some(after) = ends {
            self.begin(after, State::Absent);
        }
    }

    /// Sets the state from a day on; nothing is known of later days yet.
    fn begin(&mut self, from: Date, state: State) {
        let kept = self.steps.partition_point(|step| step.0 < from);
        self.steps.truncate(kept);
        self.steps.push((from, state));
    }

    /// Sets the state from a day to the one before `to`; what holds from then on stays.
    fn paint(&mut self, from: Date, to: Date, state: State) {
        if from >= to {
            return;
        }
        let then = self.state_if_known(to).unwrap_or(State::Absent);
        let later = self.steps.split_off(self.steps.partition_point(|step| step.0 <= to));
        self.begin(from, state);
        self.steps.push((to, then));
        self.steps.extend(later);
    }

    /// The state on a day; nothing for days before the first step.
    fn state_if_known(&self, on: Date) -> Option<State> {
        let at = self.steps.partition_point(|step| step.0 <= on).checked_sub(1)?;
        Some(self.steps[at].1)
    }

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

    pub(super) fn step(&self, on: Date) -> usize {
        self.steps.partition_point(|step| step.0 <= on).saturating_sub(1)
    }

    /// The stretch of billable days up to the step `upto`.
    pub(super) fn last_billable(&self, upto: usize) -> Option<Interval> {
        (0..=upto).rev().find(|&at| self.steps[at].1 == State::Billable).map(|at| self.interval(at))
    }

    /// The stretch of billable days from the step `from` on.
    pub(super) fn next_billable(&self, from: usize) -> Option<Interval> {
        let mut steps = from..self.steps.len();
        steps.find(|&at| self.steps[at].1 == State::Billable).map(|at| self.interval(at))
    }

    /// The interval that begins with the step `at`. Beside days of which nothing is known it
    /// may be longer.
    fn interval(&self, at: usize) -> Interval {
        let first = self.steps[at].0;
        let before = at.checked_sub(1).map(|before| self.steps[before].1);
        let next = self.steps.get(at + 1).copied();
        let last = next.and_then(|next| next.0.yesterday().ok());
        let mut interval = Interval::default();
        match before {
            Some(State::Uncertain) => interval.since_at_latest = Some(first),
            _ => interval.since = Some(first),
        }
        match next {
            Some((_, State::Uncertain)) => interval.until_at_least = last,
            _ => interval.until = last,
        }
        interval
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::release::sample;

    type Dated = Option<(Option<Date>, Option<Date>)>;

    fn code(text: &str) -> Code {
        Code::normalise(text).expect("a code")
    }

    /// The life of one code of HCPCS in lists of these days: in each its first and last day.
    fn life(lists: &[(Date, Dated)]) -> Life {
        let list = |&(effective, dated): &(Date, Dated)| {
            let entries: Vec<_> =
                dated.into_iter().map(|(added, last)| ("J0001", added, last)).collect();
            sample::dated(System::Hcpcs, effective, &entries)
        };
        let releases: Vec<Release> = lists.iter().map(list).collect();
        let first = lists.iter().position(|list| list.1.is_some()).expect("it stands somewhere");
        Life::of(System::Hcpcs, &releases, code("J0001"), first)
    }

    /// A day of the year of the older list.
    fn day(month: i8, day: i8) -> Option<Date> {
        Date::new(2025, month, day).ok()
    }

    const OLD: Date = date(2025, 1, 1);
    const NEW: Date = date(2026, 1, 1);
    const BEGAN: Option<Date> = Some(date(2015, 1, 1));

    #[test]
    fn a_later_list_that_moves_the_end_of_a_code_is_believed() {
        for added in [BEGAN, None] {
            let life = life(&[(OLD, Some((added, day(6, 30)))), (NEW, Some((added, day(9, 30))))]);
            let since = added.unwrap_or(OLD);
            assert_eq!(
                life.steps(),
                [(since, State::Billable), (date(2025, 10, 1), State::Absent)]
            );
        }
        let open = life(&[(OLD, Some((BEGAN, day(6, 30)))), (NEW, Some((BEGAN, None)))]);
        assert_eq!(open.steps(), [(date(2015, 1, 1), State::Billable)]);
        let sooner = life(&[(OLD, Some((BEGAN, day(6, 30)))), (NEW, Some((BEGAN, day(3, 31))))]);
        assert_eq!(sooner.retired_by(NEW), day(4, 1));
        // Published after the list that did not know of it yet.
        let late =
            life(&[(OLD, Some((BEGAN, None))), (NEW, Some((BEGAN, Some(date(2024, 11, 30)))))]);
        assert_eq!(late.retired_by(NEW), Some(date(2024, 12, 1)));
    }

    #[test]
    fn a_code_added_in_retrospect_is_valid_from_its_own_day() {
        let early = Some(date(2024, 3, 1));
        let life = life(&[(date(2024, 1, 1), None), (OLD, None), (NEW, Some((early, None)))]);
        assert_eq!(
            life.steps(),
            [(date(2024, 1, 1), State::Absent), (date(2024, 3, 1), State::Billable)]
        );
    }

    #[test]
    fn a_code_that_was_to_come_sooner_comes_when_the_later_list_says() {
        let life = life(&[(OLD, Some((day(4, 1), None))), (NEW, Some((day(7, 1), None)))]);
        assert_eq!(life.steps(), [(OLD, State::Absent), (date(2025, 7, 1), State::Billable)]);
    }

    #[test]
    fn what_stands_in_the_list_in_force_is_valid_until_an_edition_is_missing() {
        let begins = |added| life(&[(OLD, Some((Some(OLD), None))), (NEW, Some((added, None)))]);
        assert_eq!(begins(day(4, 1)).steps(), [(OLD, State::Billable)]);
        assert_eq!(
            begins(day(9, 1)).steps(),
            [
                (OLD, State::Billable),
                (date(2025, 4, 1), State::Uncertain),
                (date(2025, 9, 1), State::Billable)
            ]
        );
    }

    #[test]
    fn a_code_that_had_ended_and_has_not_leaves_the_days_between_open() {
        let ended = Some(date(2024, 6, 30));
        let life = life(&[(OLD, Some((BEGAN, ended))), (NEW, Some((BEGAN, None)))]);
        assert_eq!(
            life.steps(),
            [
                (date(2015, 1, 1), State::Billable),
                (date(2024, 7, 1), State::Uncertain),
                (NEW, State::Billable)
            ]
        );
    }

    #[test]
    fn a_code_known_only_to_have_ended_was_billable_on_its_last_day() {
        let life = life(&[(OLD, None), (NEW, Some((None, day(8, 31))))]);
        assert_eq!(
            life.steps(),
            [
                (OLD, State::Absent),
                (date(2025, 4, 1), State::Uncertain),
                (date(2025, 8, 31), State::Billable),
                (date(2025, 9, 1), State::Absent)
            ]
        );
    }

    #[test]
    fn more_lists_do_not_hide_when_a_code_began() {
        let one = life(&[(OLD, Some((BEGAN, None)))]);
        let two = life(&[(OLD, Some((BEGAN, None))), (NEW, Some((BEGAN, day(12, 31))))]);
        let since = |life: &Life| life.last_billable(0).and_then(|interval| interval.since);
        assert_eq!((since(&one), since(&two)), (BEGAN, BEGAN));
    }

    #[test]
    fn the_day_of_covid_19_is_known_although_no_file_is_of_it() {
        let releases = [date(2019, 10, 1), date(2021, 1, 1)].map(|on| match on.year() {
            2019 => sample::release(System::Icd10cm, on, &["I10"]),
            _ => sample::release(System::Icd10cm, on, &["I10", "U071", "J1282"]),
        });
        let steps = |text: &str| Life::of(System::Icd10cm, &releases, code(text), 1).steps;
        let absent = (date(2019, 10, 1), State::Absent);
        assert_eq!(steps("U07.1"), [absent, (date(2020, 4, 1), State::Billable)]);
        let uncertain = (date(2020, 10, 1), State::Uncertain);
        assert_eq!(steps("J12.82"), [absent, uncertain, (date(2021, 1, 1), State::Billable)]);
    }

    #[test]
    fn an_interval_beside_days_that_are_not_known_has_no_end_there() {
        let life = life(&[(OLD, Some((None, None))), (NEW, None)]);
        let interval = life.last_billable(0).expect("billable");
        assert_eq!((interval.since, interval.until), (Some(OLD), None));
        assert_eq!(interval.until_at_least, day(3, 31));
        let life = super::tests::life(&[(OLD, None), (NEW, Some((None, None)))]);
        let interval = life.next_billable(0).expect("billable");
        assert_eq!((interval.since, interval.since_at_latest), (None, Some(NEW)));
    }

    fn lists() -> impl Strategy<Value = Vec<(Date, Dated)>> {
        let some_day = || (0..96i32).prop_map(|at| date(2020, 1, 1) + (at * 19).days());
        let entry = prop::option::weighted(
            0.8,
            (prop::option::weighted(0.8, some_day()), prop::option::of(some_day())),
        );
        prop::collection::btree_map(some_day(), entry, 1..6)
            .prop_map(|lists| lists.into_iter().collect::<Vec<_>>())
            .prop_filter("it stands nowhere", |lists| lists.iter().any(|list| list.1.is_some()))
    }

    proptest! {
        /// Whatever older lists said: the dates of the newest one hold.
        #[test]
        fn the_newest_list_has_the_last_word_on_its_own_days(lists in lists()) {
            let life = life(&lists);
            prop_assert!(life.steps().is_sorted_by(|one, next| one.0 < next.0));
            let &(effective, dated) = lists.last().expect("at least one");
            let ended_before = |on: Date| {
                // An older list that had seen it end, and none between that knew better.
                let mut older = lists[..lists.len() - 1].iter().rev();
                older.find_map(|list| Some((list.0, list.1?.1))).is_some_and(|(from, last)| {
                    last.is_some_and(|last| last < from && last < on)
                })
            };
            for at in 0..2000i32 {
                let on = date(2020, 1, 1) + at.days();
                let state = life.state(on);
                let Some((added, last)) = dated else {
                    prop_assert!(on < effective || state == State::Absent);
                    continue;
                };
                if last.is_some_and(|last| last < on) {
                    prop_assert_eq!(state, State::Absent, "ended, on {}", on);
                } else if added.is_some_and(|added| added <= on) {
                    let may_be_open = on < effective && ended_before(on);
                    prop_assert!(
                        state == State::Billable || may_be_open && state == State::Uncertain,
                        "{:?} on {}", state, on
                    );
                } else if on >= effective {
                    let is = if added.is_none() { State::Billable } else { State::Absent };
                    prop_assert_eq!(state, is, "on {}", on);
                }
            }
        }
    }
}
