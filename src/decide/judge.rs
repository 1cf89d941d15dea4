//! The days of a site -> its verdict.
//!
//! A site has candidate days. The same verdict on all of them is the verdict,
//! dated by the basis; where they differ the date is uncertain and a person
//! must look. Two readings of a claim whose class is not known are worked out
//! apart and must agree as well.

use jiff::civil::Date;

use super::table::Table;
use super::verdict::{Reason, Verdict};
use crate::code::{Code, Spelling, System};
use crate::history::Interval;

/// The days of one site under one reading of its claim's class.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The day that dates the verdict.
    pub basis: Option<Day>,
    /// Further candidates.
    pub also: Vec<Date>,
    /// Whether one more candidate stands there that cannot be read.
    pub is_open: bool,
    /// The through date, where the basis is a discharge that lies after it.
    pub through: Option<Date>,
    /// Whether it is a stay: without a day it has no end yet.
    pub is_stay: bool,
    /// How the day that dates the verdict cannot be read, where it is there and cannot.
    pub unread: Option<Unread>,
}

/// Why a day that is there cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is only a part of a day, or shifted for privacy: nobody can know it.
    Vague,
    /// It is written in a way that is not read for sure; people may know it.
    Odd,
}

/// A day and what it was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// What it was taken from.
    pub from: DayFrom,
}

/// What a day was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayFrom {
    /// The date column of this index.
    Column(usize),
    /// `--as-of`.
    AsOf,
}

/// The days of one site: one reading, or two where the class of the claim is not known.
#[derive(Debug, Clone, Default)]
pub struct SiteDays {
    /// The first reading.
    pub first: Reading,
    /// The second, where there is one.
    pub second: Option<Reading>,
}

impl SiteDays {
    /// The earliest day that judges it.
    pub fn earliest(&self) -> Option<Date> {
        let basis = self.first.basis?.date;
        Some(self.first.also.iter().fold(basis, |first, also| first.min(*also)))
    }
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say.
    pub reason: Option<Reason>,
    /// The day that dates it.
    pub day: Option<Day>,
    /// From when to when the code was billable.
    pub interval: Interval,
}

/// Judges a code of a system by its days.
pub fn judge(
    table: &Table,
    system: Option<System>,
    code: Option<(Code, Spelling)>,
    days: &SiteDays,
) -> Judgement {
    let Some(system) = system.filter(|system| table.knows(*system)) else {
        return Judgement {
            verdict: Verdict::OtherSystem,
            reason: None,
            day: days.first.basis,
            interval: Interval::default(),
        };
    };
    let on = |date: Date| table.verdict(system, code, date);
    let changes = || code.is_some_and(|(code, _)| table.changes(system, code));
    let first = read(&days.first, &changes, &on);
    let Some(second) = &days.second else { return first };
    let second = read(second, &changes, &on);
    if first.verdict == second.verdict {
        return first;
    }
    Judgement { verdict: Verdict::DateUncertain, reason: Some(Reason::ClassConflict), ..first }
}

fn read(
    reading: &Reading,
    changes: &impl Fn() -> bool,
    on: &impl Fn(Date) -> (Verdict, Interval),
) -> Judgement {
    let Some(day) = reading.basis else {
        let is_open_stay = reading.is_stay && reading.unread.is_none();
        let reason = if is_open_stay { Reason::OpenStay } else { Reason::NoDate };
        return Judgement {
            verdict: Verdict::Undated,
            reason: Some(reason),
            day: None,
            interval: Interval::default(),
        };
    };
    let (verdict, interval) = on(day.date);
    let judgement =
        Judgement { verdict, reason: missing_edition(verdict), day: Some(day), interval };
    if reading.also.is_empty() && reading.through.is_none() && !reading.is_open {
        return judgement;
    }
    let told = |date: &Date| {
        let verdict = on(*date).0;
        (verdict, missing_edition(verdict))
    };
    let own = (verdict, judgement.reason);
    let mut all = vec![own];
    all.extend(reading.through.as_ref().map(told));
    let discharge = difference(&all, Reason::DischargeConflict);
    all.extend(reading.also.iter().map(told));
    let reason = match discharge {
        Some(Reason::DischargeConflict) => discharge,
        _ => difference(&all, Reason::Straddle),
    };
    // A day that cannot be read may lie on the other side of an update.
    let is_open = reading.is_open && changes();
    let reason = reason.or_else(|| is_open.then_some(Reason::NoDate));
    match reason {
        Some(_) => Judgement { verdict: Verdict::DateUncertain, reason, ..judgement },
        None => judgement,
    }
}

/// Why verdicts differ, if they do: `conflict` where two of them say what the code was, or
/// one is such a conflict already; else it is what is not at hand that leaves one open.
pub(super) fn difference(told: &[(Verdict, Option<Reason>)], conflict: Reason) -> Option<Reason> {
    let first = told.first()?.0;
    if told.iter().all(|(verdict, _)| *verdict == first) {
        return None;
    }
    let has = |wanted: Reason| told.iter().any(|(_, reason)| *reason == Some(wanted));
    let conflicts = [Reason::Straddle, Reason::DischargeConflict, Reason::ClassConflict];
    let is_open = |verdict| matches!(verdict, Verdict::BeforeHistory | Verdict::DateUncertain);
    let mut sure = told.iter().map(|(verdict, _)| *verdict).filter(|verdict| !is_open(*verdict));
    let of_all = sure.next();
    let reason = if conflicts.into_iter().any(has) || sure.any(|other| Some(other) != of_all) {
        conflict
    } else if has(Reason::NoDate) {
        Reason::NoDate
    } else if has(Reason::HistoryMissing) || told.contains(&(Verdict::BeforeHistory, None)) {
        Reason::HistoryMissing
    } else {
        Reason::EditionMissing
    };
    Some(reason)
}

/// A single day leaves a verdict open only where an edition is missing.
fn missing_edition(verdict: Verdict) -> Option<Reason> {
    (verdict == Verdict::DateUncertain).then_some(Reason::EditionMissing)
}
