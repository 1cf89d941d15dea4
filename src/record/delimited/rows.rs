//! The rows of one claim while they are judged: cells, days, facts, sites.

use std::borrow::Cow;

use jiff::civil::Date;

use super::addition::content_end;
use super::cell::{self, Part};
use super::columns::Codes;
use super::days::Days;
use super::layout::{CodeColumn, FactFrom, Layout};
use super::records::{Record, Records};
use super::tokens::Span;
use crate::code::Spelling;
use crate::crosswalk::condition::{Answer, Fact, Test};
use crate::decide::Reason;
use crate::decide::claim::Site;
use crate::decide::judge::{Day, DayFrom, Reading, SiteDays, Unread};
use crate::decide::ruling::Facts;
use crate::record::class::Class;
use crate::record::date::{self, age};

/// One row of a claim.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where it begins in the block.
    pub start: usize,
    /// The record, counted from the start of the block.
    pub record: u64,
    /// The physical line on which it begins, counted from the start of the block.
    pub line: u64,
    /// How many cells it has.
    pub cells: usize,
    /// The byte behind it and its line end.
    pub next: usize,
    /// How many plainly valid codes it holds, where the claim holds nothing else.
    pub valid: u64,
}

/// The adjacent rows of one claim.
#[derive(Debug)]
pub struct Claim<'b> {
    /// The layout of the file.
    pub layout: &'b Layout,
    /// The block that the rows stand in.
    pub block: &'b [u8],
    /// The rows, in order.
    pub rows: Vec<Row>,
    spans: Vec<Span>,
}

/// What holds for all sites of a row.
#[derive(Clone, Copy)]
struct Standing {
    is_ragged: bool,
    is_looked_at: bool,
}

/// One day for all.
fn as_of(date: Date) -> SiteDays {
    let basis = Some(Day { date, from: DayFrom::AsOf });
    SiteDays { first: Reading { basis, ..Reading::default() }, second: None }
}

/// What a date cell says.
enum DateCell {
    Blank,
    /// Only a part of a day, or one that is shifted for privacy: no day that can be known.
    Vague,
    /// Something else that is no day for sure.
    Unreadable,
    Is(Date),
}

impl<'b> Claim<'b> {
    /// A claim without rows.
    pub fn new(layout: &'b Layout, block: &'b [u8]) -> Claim<'b> {
        Claim { layout, block, rows: Vec::new(), spans: Vec::new() }
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.spans.clear();
    }

    /// Adds a row with the cells of its record.
    #[inline]
    pub fn push(&mut self, row: Row, record: Record) {
        self.rows.push(row);
        self.spans.extend(self.layout.wanted.cells(record));
    }

    fn span(&self, row: usize, slot: usize) -> Span {
        self.spans[row * self.layout.wanted.len() + slot]
    }

    /// The cell in a slot of a row: blanks and quotes around it cut.
    pub fn cell(&self, row: usize, slot: usize) -> &'b [u8] {
        cell::core(self.span(row, slot).of(self.block)).1
    }

    /// What the cell in a slot of a row says.
    pub fn text(&self, row: usize, slot: usize) -> Cow<'b, [u8]> {
        cell::text(self.span(row, slot).of(self.block))
    }

    /// The value by which a row is counted; nothing where nobody knows it. A row that is too
    /// short does not have the cell, and in one with more cells than the header what stands in
    /// the column may belong to another, and be a patient's.
    pub fn group(&self, row: usize, slot: usize) -> Option<Cow<'b, [u8]>> {
        self.knows(row, slot).then(|| self.text(row, slot))
    }

    /// Whether a row has the cell in a slot, and it is the one of its column.
    fn knows(&self, row: usize, slot: usize) -> bool {
        self.layout.wanted.column(slot) < self.rows[row].cells && !self.is_ragged(row)
    }

    pub(super) fn value(&self, row: usize, slot: usize) -> Option<&'b [u8]> {
        Some(self.cell(row, slot)).filter(|core| !cell::is_null(core))
    }

    /// What tells this claim from others: the number in its claim column, if it has one.
    pub fn number(&self) -> Option<&'b [u8]> {
        let number = self.value(0, self.layout.claim?)?;
        (!cell::is_no_number(number)).then_some(number)
    }

    fn date(&self, row: usize, column: usize) -> DateCell {
        let column = &self.layout.days[column];
        let own = self.value(row, column.slot);
        // A fact of the claim may stand on its first row alone.
        let carried = || (0..row).find_map(|before| self.value(before, column.slot));
        let value = if column.of_the_claim { own.or_else(carried) } else { own };
        match value {
            None => DateCell::Blank,
            Some(value) => match column.format.read(value) {
                Some(date) => DateCell::Is(date),
                None if date::is_vague(value) => DateCell::Vague,
                None => DateCell::Unreadable,
            },
        }
    }

    fn date_if_any(&self, row: usize, column: usize) -> Option<Date> {
        match self.date(row, column) {
            DateCell::Is(date) => Some(date),
            _ => None,
        }
    }

    /// The class of the claim that a row belongs to.
    pub fn class(&self, row: usize) -> Class {
        self.layout.class.class(|slot| self.fact_of_claim(row, slot))
    }

    fn fact_of_claim(&self, row: usize, slot: usize) -> &'b [u8] {
        (0..=row).rev().find_map(|row| self.value(row, slot)).unwrap_or_default()
    }

    /// All sites of the claim, and the days that they name by index: for each
    /// row those of the line by plan, then those of the claim by plan.
    pub fn sites(&self, sites: &mut Vec<Site>, days: &mut Vec<SiteDays>) {
        sites.clear();
        days.clear();
        let mut parts = Vec::new();
        for row in 0..self.rows.len() {
            let of_row = (0..self.layout.plans.len()).map(|plan| self.days(row, plan));
            days.extend(of_row);
            days.extend_from_within(days.len() - self.layout.plans.len()..);
            let standing =
                Standing { is_ragged: self.is_ragged(row), is_looked_at: self.is_looked_at(row) };
            for (column, code) in self.layout.codes.iter().enumerate() {
                self.parts(row, code, &mut parts);
                sites.extend(parts.iter().map(|part| self.site(row, column, *part, standing)));
            }
        }
        self.share_days(days);
        self.fall_back(days);
        // A day that stands in for another one that is there is good for a look, and no more.
        let stands_in = |day: &Reading| day.basis.is_some() && day.unread.is_some();
        for site in sites.iter_mut().filter(|site| stands_in(&days[site.days].first)) {
            site.obstacle.get_or_insert(Reason::NoDate);
        }
    }

    /// A row without a day shares that of the claim's other rows, the nearest
    /// before it, else the nearest behind: for codes of the claim, not of a line.
    fn share_days(&self, days: &mut [SiteDays]) {
        let (rows, plans) = (self.rows.len(), self.layout.plans.len());
        let place = |row: usize, plan: usize| (2 * row + 1) * plans + plan;
        for plan in 0..plans {
            let has_day =
                |days: &[SiteDays], row: usize| days[place(row, plan)].first.basis.is_some();
            for row in 0..rows {
                if has_day(days, row) || days[place(row, plan)].first.unread.is_some() {
                    continue;
                }
                let nearest =
                    (0..row).rev().chain(row + 1..rows).find(|&other| has_day(days, other));
                if let Some(other) = nearest {
                    days[place(row, plan)] = days[place(other, plan)].clone();
                }
            }
        }
    }

    /// `--as-of` judges what has no day of its own, or one that cannot be known. What is only
    /// written in another way has its day, which is another one.
    fn fall_back(&self, days: &mut [SiteDays]) {
        let Some(date) = self.layout.where_undated else { return };
        let has_none = |days: &&mut SiteDays| {
            days.first.basis.is_none() && days.first.unread != Some(Unread::Odd)
        };
        for days in days.iter_mut().filter(has_none) {
            let unread = days.first.unread;
            *days = as_of(date);
            days.first.unread = unread;
        }
    }

    /// The codes in one cell of a row.
    pub fn parts(&self, row: usize, column: &CodeColumn, parts: &mut Vec<Part>) {
        parts.clear();
        if column.codes == Codes::ClaimLine && self.is_hipps(row) {
            return;
        }
        let span = self.span(row, column.slot);
        cell::parts(span.of(self.block), span.start, column.modifiers(), parts);
    }

    /// Whether a cell of codes holds anything.
    pub fn has_value(&self, row: usize, column: &CodeColumn) -> bool {
        self.value(row, column.slot).is_some()
    }

    /// The byte of the block behind the last cell of a row.
    pub fn content_end(&self, row: usize) -> usize {
        content_end(self.block, self.rows[row].start, self.rows[row].next)
    }

    /// Whether a row is one of those that `--only` names.
    pub fn is_looked_at(&self, row: usize) -> bool {
        let Some((slot, value)) = &self.layout.only else { return true };
        self.is_value(row, *slot, value)
    }

    /// Whether a cell says this, in whatever case.
    pub fn is_value(&self, row: usize, slot: usize, value: &[u8]) -> bool {
        cell::says(self.span(row, slot).of(self.block), value)
    }

    /// How the claim that is to be shown whole is spelled in this one, with the row; nothing
    /// where it is another. The very value that was asked for stands before others in
    /// another case.
    pub fn packet(&self) -> Option<(usize, Cow<'b, [u8]>)> {
        let (slot, value) = self.layout.packet.as_ref()?;
        let rows = (0..self.rows.len()).filter(|row| self.is_value(*row, *slot, value));
        let spelled: Vec<_> = rows.map(|row| (row, self.text(row, *slot))).collect();
        let exact = spelled.iter().find(|(_, text)| text.as_ref() == value.trim_ascii());
        exact.or(spelled.first()).cloned()
    }

    /// Whether the code of a row is one of HIPPS.
    pub fn is_hipps(&self, row: usize) -> bool {
        let centre = self.layout.revenue_centre.map(|slot| self.cell(row, slot));
        centre.is_some_and(cell::is_of_hipps)
    }

    fn site(&self, row: usize, column: usize, part: Part, standing: Standing) -> Site {
        let own = &self.layout.codes[column];
        let version = own.system.twin.map_or(&b""[..], |slot| self.cell(row, slot));
        let code = part.code;
        let system = own.system.of(code.map(|(code, _)| code), part.prefix, version);
        // A dot in another place than the system's makes it another code, or none; and what
        // cannot be one of the system may be somebody's number.
        let may_be = |code, spelling: Spelling| {
            system.is_none_or(|system| spelling.fits(code, system) && system.may_have(code))
        };
        let code = code.filter(|(code, spelling)| may_be(*code, *spelling));
        let of_the_line = own.codes.is_of_the_line();
        let spelling = code.zip(system).and_then(|((code, spelling), system)| {
            spelling.for_successor(code, system, own.dotted)
        });
        let doubt = own.doubtful.then_some(Reason::SystemDoubtful);
        Site {
            row,
            column,
            start: part.start,
            end: part.end,
            code,
            system,
            spelling,
            days: (2 * row + usize::from(!of_the_line)) * self.layout.plans.len() + own.plan,
            shared: (!of_the_line).then_some(own.plan),
            choice: None,
            obstacle: if standing.is_ragged { Some(Reason::Ragged) } else { doubt },
            is_evidence: !standing.is_looked_at,
        }
    }

    /// A row with more cells than the header, not all of them empty.
    pub(super) fn is_ragged(&self, row: usize) -> bool {
        let (width, at) = (self.layout.head.names.len(), self.rows[row].start);
        let record = || {
            let mut records = Records::starting(self.layout.head.dialect, self.block, at);
            records.next().is_some_and(|record| has_values_from(record, width, self.block))
        };
        self.rows[row].cells > width && record()
    }

    fn days(&self, row: usize, plan: usize) -> SiteDays {
        if let Some(date) = self.layout.as_of {
            return as_of(date);
        }
        let class = self.class(row);
        let plan = &self.layout.plans[plan];
        let (first, second) = plan.readings(class);
        let is_stay = |days: &Days| *days == plan.inpatient && *days != plan.other;
        SiteDays {
            first: self.reading(row, first, is_stay(first)),
            second: second.map(|days| self.reading(row, days, is_stay(days))),
        }
    }

    fn reading(&self, row: usize, days: &Days, is_stay: bool) -> Reading {
        let mut basis = None;
        let mut unread = None;
        for &column in &days.basis {
            match self.date(row, column) {
                DateCell::Blank => {}
                // The day is there and cannot be read: no other day stands in for it.
                DateCell::Vague => {
                    unread = Some(Unread::Vague);
                    break;
                }
                DateCell::Unreadable => {
                    unread = Some(Unread::Odd);
                    break;
                }
                DateCell::Is(date) => {
                    basis = Some(Day { date, from: DayFrom::Column(column) });
                    break;
                }
            }
        }
        let through = days.conflict.and_then(|(discharge, through)| {
            let (out, last) = (self.date_if_any(row, discharge)?, self.date_if_any(row, through)?);
            (out > last).then_some(last)
        });
        let mut also = Vec::new();
        let mut is_open = false;
        for &column in &days.also {
            match self.date(row, column) {
                DateCell::Blank => {}
                DateCell::Vague | DateCell::Unreadable => is_open = true,
                DateCell::Is(date) => also.push(date),
            }
        }
        Reading { basis, also, is_open, through, is_stay, unread }
    }

    /// Who pays, as the row or the nearest row before it says; nothing where the
    /// file has no column of payers. A row of which nobody knows its cells says nothing.
    pub fn payer(&self, row: usize) -> Option<&'b [u8]> {
        let slot = self.layout.payer.as_ref()?.slot;
        let mut rows = (0..=row).rev().filter(|row| self.knows(*row, slot));
        Some(rows.find_map(|row| self.value(row, slot)).unwrap_or_default())
    }

    /// What conditions may ask of a row.
    pub fn facts(&self, row: usize) -> RowFacts<'_, 'b> {
        RowFacts { claim: self, row }
    }
}

/// Whether a record has cells from a column on that hold anything.
pub(super) fn has_values_from(record: Record, column: usize, block: &[u8]) -> bool {
    let mut behind = (column..record.cells()).map(|column| record.span(column).of(block));
    behind.any(|cell| !cell::is_null(cell::core(cell).1))
}

/// The facts of one row.
#[derive(Debug)]
pub struct RowFacts<'c, 'b> {
    claim: &'c Claim<'b>,
    row: usize,
}

impl Facts for RowFacts<'_, '_> {
    fn answer(&self, field: usize, on: Date, test: &Test) -> Answer {
        match self.claim.layout.facts.get(field).map(|fact| fact.from) {
            Some(FactFrom::Cell(slot)) => match self.claim.value(self.row, slot) {
                Some(_) => {
                    let value = self.claim.text(self.row, slot);
                    test.answer(&Fact::Is(&String::from_utf8_lossy(&value)))
                }
                None => test.answer(&Fact::Absent),
            },
            Some(FactFrom::Day(column)) => match self.claim.date_if_any(self.row, column) {
                Some(day) => test.answer(&Fact::Is(&day.to_string())),
                None => test.answer(&Fact::Absent),
            },
            Some(FactFrom::Birth(column)) => {
                let birth = self.claim.date_if_any(self.row, column);
                match birth.and_then(|birth| age(birth, on)) {
                    Some(age) => test.answer(&Fact::Is(&age.to_string())),
                    None => test.answer(&Fact::Absent),
                }
            }
            Some(FactFrom::Nowhere) | None => test.answer(&Fact::Absent),
        }
    }
}
