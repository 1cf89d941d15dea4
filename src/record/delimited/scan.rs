//! One block -> what is plainly valid, counted, and the claims that need a look.
//!
//! Most claims hold nothing but codes that are billable in every release given,
//! on days that every release covers. Those cost one lookup a code and are
//! counted here. A claim with anything else in it is handed over whole, to be
//! judged by the slow and obvious way in `rows` and `decide`.

use jiff::civil::Date;

use super::columns::Codes;
use super::damage::{self, Damage};
use super::layout::{Layout, Stated};
use super::records::{Record, Records};
use super::rows::{Claim, Row};
use super::tokens::Span;
use super::{cell, layout};
use crate::code::{Code, System};
use crate::decide::Table;
use crate::decide::sift::Sift;
use crate::history::Chronicle;
use crate::record::class::Class as ClaimClass;

/// What the table knows of the codes of each column, ready for one lookup; of no column
/// where no code is asked for.
#[derive(Debug, Default)]
pub struct Sifts {
    sifts: Vec<ColumnSift>,
    columns: Vec<Column>,
}

/// A code column as the scan needs it.
#[derive(Debug)]
struct Column {
    /// Where its cell is kept.
    slot: usize,
    /// What is known of its codes.
    sift: usize,
    /// Which plan says its days.
    plan: usize,
    /// Whether other cells may say that it holds another system.
    is_told: bool,
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
        let mut sifts: Vec<ColumnSift> = Vec::new();
        let mut columns = Vec::new();
        for column in &layout.codes {
            let stated = column.system.otherwise;
            let at = sifts.iter().position(|sift| sift.stated == stated).unwrap_or(sifts.len());
            if at == sifts.len() {
                sifts.push(ColumnSift::new(stated, table));
            }
            let is_told = column.system.twin.is_some()
                || column.codes == Codes::ClaimLine && layout.revenue_centre.is_some();
            columns.push(Column { slot: column.slot, sift: at, plan: column.plan, is_told });
        }
        Sifts { sifts, columns }
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
}

/// What a cell of codes holds, at first sight.
enum Look {
    /// A settled code.
    Settled,
    /// Nothing.
    Nothing,
    /// Something that needs a closer look.
    Other,
}

impl ColumnSift {
    #[inline]
    fn judge(&self, block: &[u8], span: Span) -> Look {
        let raw = span.of(block);
        // A quote is no part of a code: there is nothing to look up before it is off.
        let is_quoted = raw.first() == Some(&b'"');
        if !is_quoted && self.codes.holds(block, span.start as usize, span.end as usize) {
            return Look::Settled;
        }
        let (skip, core) = cell::core(raw);
        let start = span.start as usize + skip;
        if cell::is_null(core) {
            Look::Nothing
        } else if core.len() < raw.len() && self.codes.holds(block, start, start + core.len()) {
            Look::Settled
        } else {
            Look::Other
        }
    }
}

/// A code of a shared field counts for the system that its shape says.
fn stands_by(stated: Stated, code: Code, system: System) -> bool {
    stated != Stated::ByShape || System::by_shape(code) == Some(system)
}

/// What a block held.
#[derive(Debug, Default)]
pub struct Counted {
    /// Records, blank lines not counted.
    pub records: u64,
    /// Physical lines.
    pub lines: u64,
    /// Plainly valid sites, by code column.
    pub valid: Vec<u64>,
    /// Those of them dated behind an edition that is later than the newest given, by system.
    pub behind: [u64; System::ALL.len()],
    /// What looks damaged; lines from the start of the block (0-based).
    pub damage: Damage,
}

/// A claim that the scan hands over.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'c, 'b> {
    /// Nothing but codes that are plainly valid: it is counted already.
    Plain(&'c Claim<'b>),
    /// One that needs a look.
    Other(&'c Claim<'b>),
}

impl<'c, 'b> Seen<'c, 'b> {
    /// The claim itself.
    pub fn claim(self) -> &'c Claim<'b> {
        match self {
            Seen::Plain(claim) | Seen::Other(claim) => claim,
        }
    }
}

/// Scans a block: counts what is plainly valid, and hands over every claim.
pub fn scan<'b>(
    layout: &'b Layout,
    sifts: &Sifts,
    block: &'b [u8],
    mut look: impl FnMut(Seen<'_, 'b>),
) -> Counted {
    let mut scan = Scan::new(layout, sifts, block);
    let mut records = Records::of(layout.head.dialect, block);
    while let Some(record) = records.next() {
        let cells = record.cells();
        if cells > 0 {
            if !scan.goes_on(record) {
                scan.close(&mut look);
            }
            scan.row(record);
            scan.counted.records += 1;
            // Only the last record of a file ends without a line end.
            let is_last = record.next() == block.len() && !block.ends_with(b"\n");
            if is_last && cells < layout.head.names.len() {
                scan.counted.damage.cut = Some(scan.counted.lines);
            }
        }
        scan.counted.lines += record.lines;
    }
    scan.close(&mut look);
    scan.counted.damage.nul = damage::nul_bytes(block);
    scan.counted
}

struct Scan<'s, 'b> {
    layout: &'b Layout,
    sifts: &'s Sifts,
    claim: Claim<'b>,
    /// Valid sites of the claim so far, by code column.
    pending: Vec<u64>,
    /// Those of them behind a later edition, by system.
    behind: [u64; System::ALL.len()],
    plain: bool,
    counted: Counted,
}

impl<'s, 'b> Scan<'s, 'b> {
    fn new(layout: &'b Layout, sifts: &'s Sifts, block: &'b [u8]) -> Scan<'s, 'b> {
        Scan {
            layout,
            sifts,
            claim: Claim::new(layout, block),
            pending: vec![0; layout.codes.len()],
            behind: Default::default(),
            plain: true,
            counted: Counted { valid: vec![0; layout.codes.len()], ..Counted::default() },
        }
    }

    /// Whether a record belongs to the claim at hand.
    fn goes_on(&self, record: Record) -> bool {
        let Some(slot) = self.layout.claim else { return false };
        if self.claim.rows.is_empty() {
            return false;
        }
        let own = record.span(self.layout.wanted.column(slot)).of(self.claim.block);
        let own = cell::core(own).1;
        own == self.claim.cell(0, slot) && !cell::is_no_number(own)
    }

    fn close(&mut self, look: &mut impl FnMut(Seen<'_, 'b>)) {
        if self.plain {
            for (sum, pending) in self.counted.valid.iter_mut().zip(&self.pending) {
                *sum += pending;
            }
            for (sum, behind) in self.counted.behind.iter_mut().zip(self.behind) {
                *sum += behind;
            }
            look(Seen::Plain(&self.claim));
        } else {
            look(Seen::Other(&self.claim));
        }
        self.claim.clear();
        self.pending.fill(0);
        self.behind.fill(0);
        self.plain = true;
    }

    fn row(&mut self, record: Record) {
        let row = Row {
            start: record.start(),
            record: self.counted.records,
            line: self.counted.lines,
            cells: record.cells(),
            next: record.next(),
            valid: 0,
        };
        self.claim.push(row, record);
        self.plain = self.plain && self.is_plain(row.cells);
    }

    /// Counts the sites of the row just read, if all of them are plainly valid.
    fn is_plain(&mut self, cells: usize) -> bool {
        if cells > self.layout.head.names.len() || self.is_asked_for() {
            return false;
        }
        let sifts = self.sifts;
        let spans = self.claim.last();
        let mut earliest: [Option<Date>; MEMO] = [None; MEMO];
        let mut valid = 0;
        for (at, column) in sifts.columns.iter().enumerate() {
            let span = spans[column.slot];
            if span.start >= span.end {
                continue;
            }
            let sift = &sifts.sifts[column.sift];
            match sift.judge(self.claim.block, span) {
                Look::Settled => {}
                Look::Nothing => continue,
                Look::Other => return false,
            }
            if column.is_told && !self.is_own_system(&self.layout.codes[at]) {
                return false;
            }
            let Some(first) = self.first_day(column.plan, &mut earliest) else { return false };
            if first < sift.start {
                return false;
            }
            self.pending[at] += 1;
            valid += 1;
            if first >= sift.first_next
                && let Some(system) = sift.behind(span.of(self.claim.block), first)
            {
                self.behind[system as usize] += 1;
            }
        }
        if let Some(row) = self.claim.rows.last_mut() {
            row.valid = valid;
        }
        true
    }

    /// Whether the row just read is wanted for more than a count of its codes.
    fn is_asked_for(&self) -> bool {
        let layout = self.layout;
        let is_packet =
            |slot: usize, value: &[u8]| self.claim.is_value(self.claim.rows.len() - 1, slot, value);
        layout.only.is_some()
            || layout.packet.as_ref().is_some_and(|(slot, value)| is_packet(*slot, value))
    }

    /// Whether the version cell, if there is one, agrees with what is known of the column.
    fn is_own_system(&self, column: &layout::CodeColumn) -> bool {
        // A code of HIPPS is none of HCPCS, and looks like one.
        if column.codes == Codes::ClaimLine && self.claim.is_hipps(self.claim.rows.len() - 1) {
            return false;
        }
        let Some(slot) = column.system.twin else { return true };
        let version = self.claim.cell(self.claim.rows.len() - 1, slot);
        match column.system.otherwise {
            // By far the most: research files say 0 for ICD-10.
            Stated::One(System::Icd10cm | System::Icd10pcs) if version == b"0" => true,
            otherwise => {
                let stated = column.system.of(None, None, version);
                stated.is_some() && Some(otherwise) == stated.map(Stated::One)
            }
        }
    }

    /// The earliest day that a plan names for this row, if every day of it can
    /// be read without looking at other rows.
    fn first_day(&self, plan: usize, earliest: &mut [Option<Date>; MEMO]) -> Option<Date> {
        if let Some(day) = self.layout.as_of {
            return Some(day);
        }
        if let Some(Some(known)) = earliest.get(plan) {
            return Some(*known);
        }
        let row = self.claim.rows.len() - 1;
        let spans = self.claim.last();
        let (days, other) = self.layout.plans[plan].readings(self.class(row)?);
        if other.is_some() {
            return None;
        }
        let mut first: Option<Date> = None;
        let mut has_basis = false;
        for (&column, is_basis) in
            days.basis.iter().map(|at| (at, true)).chain(days.also.iter().map(|at| (at, false)))
        {
            let column = &self.layout.days[column];
            let cell = cell::core(spans[column.slot].of(self.claim.block)).1;
            if cell::is_null(cell) {
                if column.of_the_claim && row > 0 {
                    return None;
                }
                continue;
            }
            let date = column.format.read(cell)?;
            has_basis |= is_basis;
            first = Some(first.map_or(date, |first| first.min(date)));
        }
        let first = first.filter(|_| has_basis);
        if let Some(memo) = earliest.get_mut(plan) {
            *memo = first;
        }
        first
    }

    fn class(&self, row: usize) -> Option<ClaimClass> {
        match self.claim.class(row) {
            ClaimClass::Unknown => None,
            class => Some(class),
        }
    }
}

/// How many plans of a row are remembered; tables with more of them work the days out again.
const MEMO: usize = 8;
