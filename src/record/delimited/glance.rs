//! Up to 64 records at a time -> which of them hold nothing but plainly valid codes.
//!
//! Most records of any file hold only codes that are billable in every release
//! given, on days that every release covers. A glance finds these a column at a
//! time, with a bit for each record: first all keys of a column, then all lookups,
//! so that the processor need not wait for one before it begins the next. It never
//! judges; what it does not know for sure is left to `rows` and `decide`.

use std::cell::Cell;

use jiff::civil::Date;

use super::cell;
use super::columns::Codes;
use super::layout::{CodeColumn, Layout, Stated};
use super::records::{Batch, Record};
use super::rows::has_values_from;
use super::tokens::Span;
use crate::code::{Code, System};
use crate::decide::Table;
use crate::decide::sift::{Key, Sift};
use crate::history::Chronicle;
use crate::record::class::Class;

/// How many records are looked at together.
pub const MOST: usize = 64;

/// What the table knows of the codes of each column, ready for one lookup; of no column
/// where no code is asked for.
#[derive(Debug, Default)]
pub struct Sifts {
    by_system: Vec<ColumnSift>,
    columns: Vec<Column>,
    /// Columns whose codes are judged by the same days against the same releases.
    alike: Vec<Alike>,
}

/// A code column as a glance needs it.
#[derive(Debug)]
struct Column {
    /// Where it stands in the file.
    number: usize,
    /// What is known of its codes.
    sift: usize,
    /// Whether other cells may say that it holds another system.
    is_told: bool,
}

#[derive(Debug)]
struct Alike {
    /// Which plan says their days.
    plan: usize,
    /// What is known of their codes.
    sift: usize,
    columns: Vec<usize>,
}

#[derive(Debug)]
struct ColumnSift {
    stated: Stated,
    codes: Sift,
    /// The first day from which every release of these systems speaks.
    start: Date,
    /// The first editions behind the newest releases of these systems, and their first day.
    next: Vec<(System, Date)>,
    first_next: Date,
}

impl Sifts {
    /// Prepares the lookups for the columns of a layout.
    pub fn new(layout: &Layout, table: &Table) -> Sifts {
        let mut by_system: Vec<ColumnSift> = Vec::new();
        let mut columns = Vec::new();
        let mut alike: Vec<Alike> = Vec::new();
        for (at, column) in layout.codes.iter().enumerate() {
            let stated = column.system.otherwise;
            let known = by_system.iter().position(|sift| sift.stated == stated);
            let sift = known.unwrap_or(by_system.len());
            if sift == by_system.len() {
                by_system.push(ColumnSift::new(stated, table));
            }
            let is_told = column.system.twin.is_some()
                || column.codes == Codes::ClaimLine && layout.revenue_centre.is_some();
            columns.push(Column { number: layout.wanted.column(column.slot), sift, is_told });
            let plan = column.plan;
            match alike.iter_mut().find(|it| (it.plan, it.sift) == (plan, sift)) {
                Some(alike) => alike.columns.push(at),
                None => alike.push(Alike { plan, sift, columns: vec![at] }),
            }
        }
        Sifts { by_system, columns, alike }
    }
}

impl ColumnSift {
    fn new(stated: Stated, table: &Table) -> ColumnSift {
        let systems: &[System] = match &stated {
            Stated::One(system) => std::slice::from_ref(system),
            Stated::ByShape => &[System::Cpt, System::Hcpcs, System::Cdt],
            Stated::Nothing => &[],
        };
        let mut codes = Vec::new();
        let mut start = Date::MIN;
        for &system in systems.iter().filter(|system| table.knows(**system)) {
            let settled = table.settled(system).into_iter();
            codes.extend(settled.filter(|code| stands_by(stated, *code, system)));
            start = start.max(table.history().of(system).map_or(Date::MAX, Chronicle::start));
        }
        let next = |system: &System| Some((*system, table.history().of(*system)?.next_edition()?));
        let next: Vec<(System, Date)> = systems.iter().filter_map(next).collect();
        let first_next = next.iter().map(|next| next.1).min().unwrap_or(Date::MAX);
        ColumnSift { stated, codes: Sift::new(codes.into_iter()), start, next, first_next }
    }

    /// The system of a settled code whose day lies behind a later edition of it.
    #[cold]
    fn behind(&self, cell: &[u8], day: Date) -> Option<System> {
        let shape = || System::by_shape(Code::pack(cell::core(cell).1)?);
        let is_own = |system: System| match self.stated {
            Stated::ByShape => shape() == Some(system),
            _ => true,
        };
        let next = self.next.iter().find(|(system, next)| *next <= day && is_own(*system))?;
        Some(next.0)
    }

    /// A cell that is not plainly a settled code: whether it is one after all, or nothing.
    fn look_again(&self, block: &[u8], span: Span) -> Look {
        let raw = span.of(block);
        let (skip, core) = cell::core(raw);
        let start = span.start as usize + skip;
        if cell::is_null(core) {
            Look::Nothing
        } else if core.len() < raw.len()
            && self.codes.holds(Key::of(block, start, start + core.len()))
        {
            Look::Settled
        } else {
            Look::Other
        }
    }
}

/// What a cell of codes holds, at second sight.
enum Look {
    /// A settled code.
    Settled,
    /// Nothing.
    Nothing,
    /// Something that needs a closer look.
    Other,
}

/// A code of a shared field counts for the system that its shape says.
fn stands_by(stated: Stated, code: Code, system: System) -> bool {
    stated != Stated::ByShape || System::by_shape(code) == Some(system)
}

/// What was seen of some records; a bit for each, the first one lowest.
#[derive(Debug)]
pub struct Glance<'s, 'b> {
    layout: &'b Layout,
    sifts: &'s Sifts,
    block: &'b [u8],
    /// The claim of the record before these.
    claim: &'b [u8],
    /// Those that are no blank lines.
    pub records: u64,
    /// Those that belong to the claim of the record before them.
    pub follow: u64,
    /// Those that hold nothing but plainly valid codes.
    pub plain: u64,
    /// Those with a settled code, by code column.
    settled: Vec<u64>,
    /// Those of them whose day lies behind a later edition, by code column.
    late: Vec<u64>,
    /// The earliest day that each plan names for them, where it is known.
    days: Vec<[Date; MOST]>,
}

impl<'s, 'b> Glance<'s, 'b> {
    /// At the records of a block, before the first of them.
    pub fn new(layout: &'b Layout, sifts: &'s Sifts, block: &'b [u8]) -> Glance<'s, 'b> {
        Glance {
            layout,
            sifts,
            block,
            claim: &[],
            records: 0,
            follow: 0,
            plain: 0,
            settled: vec![0; sifts.columns.len()],
            late: vec![0; sifts.columns.len()],
            days: vec![[Date::MIN; MOST]; layout.plans.len()],
        }
    }

    /// Looks at the next records, not more than [`MOST`].
    pub fn look(&mut self, batch: Batch) {
        self.find_records(batch);
        self.find_claims(batch);
        self.leave_out_those_asked_for(batch);
        for at in 0..self.sifts.columns.len() {
            self.find_codes(at, batch);
        }
        self.late.fill(0);
        for alike in &self.sifts.alike {
            self.find_days(alike, batch);
        }
    }

    /// Adds the codes of `rows`, all of them plain, to sums by code column, and those dated
    /// behind a later edition to sums by system.
    pub fn count(&self, rows: u64, batch: Batch, valid: &mut [u64], behind: &mut [u64]) {
        for (sum, settled) in valid.iter_mut().zip(&self.settled) {
            *sum += u64::from((settled & rows).count_ones());
        }
        for alike in &self.sifts.alike {
            let sift = &self.sifts.by_system[alike.sift];
            for &at in &alike.columns {
                for row in bits(self.late[at] & rows) {
                    let cell = batch.record(row).span(self.sifts.columns[at].number).of(self.block);
                    if let Some(system) = sift.behind(cell, self.days[alike.plan][row]) {
                        behind[system as usize] += 1;
                    }
                }
            }
        }
    }

    /// How many plainly valid codes a record holds that is plain.
    pub fn valid(&self, row: usize) -> u64 {
        self.settled.iter().map(|settled| settled >> row & 1).sum()
    }

    fn find_records(&mut self, batch: Batch) {
        let width = self.layout.head.names.len();
        self.records = 0;
        let mut longer = 0;
        for row in 0..batch.len() {
            let cells = batch.record(row).cells();
            self.records |= u64::from(cells > 0) << row;
            longer |= u64::from(cells > width) << row;
        }
        self.plain = self.records;
        for row in bits(longer) {
            if has_values_from(batch.record(row), width, self.block) {
                self.plain &= !(1 << row);
            }
        }
    }

    fn find_claims(&mut self, batch: Batch) {
        self.follow = 0;
        let Some(slot) = self.layout.claim else { return };
        let column = self.layout.wanted.column(slot);
        for row in bits(self.records) {
            let claim = self.core(batch.record(row), column);
            // Numbers of claims are alike, and differ at their end if anywhere.
            let follows = claim.last() == self.claim.last()
                && claim == self.claim
                && !cell::is_no_number(claim);
            self.follow |= u64::from(follows) << row;
            self.claim = claim;
        }
    }

    /// Records that are wanted for more than a count of their codes.
    fn leave_out_those_asked_for(&mut self, batch: Batch) {
        if self.layout.only.is_some() {
            self.plain = 0;
        }
        if let Some((slot, value)) = &self.layout.packet {
            let column = self.layout.wanted.column(*slot);
            for row in bits(self.plain) {
                if cell::says(batch.record(row).span(column).of(self.block), value) {
                    self.plain &= !(1 << row);
                }
            }
        }
    }

    /// Finds the settled codes of a column; records with anything else there are not plain.
    fn find_codes(&mut self, at: usize, batch: Batch) {
        let (block, column) = (self.block, &self.sifts.columns[at]);
        let sift = &self.sifts.by_system[column.sift];
        let mut keys = [(Key::NONE, 0); MOST];
        let (mut count, mut filled) = (0, 0_u64);
        for row in 0..batch.len() {
            let span = batch.record(row).span(column.number);
            let key = bare_key(block, span);
            // Written over by the next one where it is none: which cells are empty is hard to
            // foresee, and a wrong guess costs more.
            keys[count] = (key, row);
            count += usize::from(key != Key::NONE);
            filled |= u64::from(span.start < span.end) << row;
        }
        let held = |(key, row): &(Key, usize)| u64::from(sift.codes.holds(*key)) << row;
        let mut settled = keys[..count].iter().map(held).fold(0, |all, one| all | one);
        for row in bits(filled & !settled & self.plain) {
            match sift.look_again(block, batch.record(row).span(column.number)) {
                Look::Settled => settled |= 1 << row,
                Look::Nothing => {}
                Look::Other => self.plain &= !(1 << row),
            }
        }
        if column.is_told {
            for row in bits(settled & self.plain) {
                if !self.is_own_system(batch.record(row), &self.layout.codes[at]) {
                    self.plain &= !(1 << row);
                }
            }
        }
        self.settled[at] = settled;
    }

    /// Finds the days of the codes of some columns; records whose days are not known for sure,
    /// or lie before the releases, are not plain.
    fn find_days(&mut self, alike: &Alike, batch: Batch) {
        let settled = alike.columns.iter().map(|at| self.settled[*at]);
        let dated = settled.fold(0, |all, one| all | one) & self.plain;
        let sift = &self.sifts.by_system[alike.sift];
        let (mut covered, mut late) = (0, 0);
        for row in bits(dated) {
            let is_later_row = self.follow >> row & 1 == 1;
            if let Some(day) = self.first_day(alike.plan, batch.record(row), is_later_row) {
                covered |= u64::from(day >= sift.start) << row;
                late |= u64::from(day >= sift.first_next) << row;
                self.days[alike.plan][row] = day;
            }
        }
        self.plain &= covered | !dated;
        for &at in &alike.columns {
            self.late[at] = late & self.settled[at];
        }
    }

    /// Whether the version cell, if there is one, agrees with what is known of the column.
    fn is_own_system(&self, record: Record, column: &CodeColumn) -> bool {
        let cell = |slot: usize| self.core(record, self.layout.wanted.column(slot));
        // A code of HIPPS is none of HCPCS, and looks like one.
        let centre = self.layout.revenue_centre.filter(|_| column.codes == Codes::ClaimLine);
        if centre.is_some_and(|slot| cell::is_of_hipps(cell(slot))) {
            return false;
        }
        let Some(slot) = column.system.twin else { return true };
        let version = cell(slot);
        match column.system.otherwise {
            // By far the most: research files say 0 for ICD-10.
            Stated::One(System::Icd10cm | System::Icd10pcs) if version == b"0" => true,
            otherwise => {
                let stated = column.system.of(None, None, version);
                stated.is_some() && Some(otherwise) == stated.map(Stated::One)
            }
        }
    }

    /// The earliest day that a plan names for a record, if every day of it can be read
    /// without looking at other rows.
    fn first_day(&self, plan: usize, record: Record, is_later_row: bool) -> Option<Date> {
        if let Some(day) = self.layout.as_of {
            return Some(day);
        }
        let cell = |slot: usize| self.core(record, self.layout.wanted.column(slot));
        let (days, other) = self.layout.plans[plan].readings(self.class(record, is_later_row)?);
        if other.is_some() {
            return None;
        }
        let mut first: Option<Date> = None;
        let mut has_basis = false;
        for (&column, is_basis) in
            days.basis.iter().map(|at| (at, true)).chain(days.also.iter().map(|at| (at, false)))
        {
            let column = &self.layout.days[column];
            let cell = cell(column.slot);
            if cell::is_null(cell) {
                if column.of_the_claim && is_later_row {
                    return None;
                }
                continue;
            }
            let date = column.format.read(cell)?;
            has_basis |= is_basis;
            first = Some(first.map_or(date, |first| first.min(date)));
        }
        first.filter(|_| has_basis)
    }

    /// The class of the claim of a record, if its own cells tell.
    fn class(&self, record: Record, is_later_row: bool) -> Option<Class> {
        let is_open = Cell::new(false);
        let class = self.layout.class.class(|slot| {
            let own = self.core(record, self.layout.wanted.column(slot));
            if !cell::is_null(own) {
                return own;
            }
            // An earlier row of the claim may say it.
            is_open.set(is_open.get() || is_later_row);
            b""
        });
        (!is_open.get() && class != Class::Unknown).then_some(class)
    }

    fn core(&self, record: Record, column: usize) -> &'b [u8] {
        cell::core(record.span(column).of(self.block)).1
    }
}

/// The key of a cell that is one bare code, perhaps in quotes.
#[inline]
fn bare_key(block: &[u8], span: Span) -> Key {
    let (start, end) = (span.start as usize, span.end as usize);
    if block.get(start) != Some(&b'"') {
        return Key::of(block, start, end);
    }
    let is_closed = end >= start + 2 && block[end - 1] == b'"';
    if is_closed { Key::of(block, start + 1, end - 1) } else { Key::NONE }
}

/// The places of the bits that are set, the lowest first.
pub fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        at
    })
}
