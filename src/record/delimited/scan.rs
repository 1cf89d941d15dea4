//! One block -> what is plainly valid, counted, and the claims that need a look.
//!
//! A claim that holds nothing but what a glance knows to be valid is counted. One
//! with anything else in it is handed over whole, to be judged by the slow and
//! obvious way in `rows` and `decide`.

use super::damage::{self, Damage};
use super::glance::{Glance, MOST, Sifts, bits};
use super::layout::Layout;
use super::records::{Batch, Records};
use super::rows::{Claim, Row};
use crate::code::System;

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

/// Which claims are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOver {
    /// All of them.
    All,
    /// Those that need a look; some of the others may be among them.
    Others,
}

/// Scans a block: counts what is plainly valid, and hands claims over in the order of the file.
pub fn scan<'b>(
    layout: &'b Layout,
    sifts: &Sifts,
    block: &'b [u8],
    hand_over: HandOver,
    mut look: impl FnMut(Seen<'_, 'b>),
) -> Counted {
    let mut scan = Scan {
        glance: Glance::new(layout, sifts, block),
        hand_over,
        claim: Claim::new(layout, block),
        pending: vec![0; layout.codes.len()],
        behind: Default::default(),
        plain: true,
        counted: Counted { valid: vec![0; layout.codes.len()], ..Counted::default() },
    };
    let mut records = Records::of(layout.head.dialect, block);
    while let Some(batch) = records.batch(MOST) {
        scan.take(batch, &mut look);
        let last = batch.record(batch.len() - 1);
        // Only the last record of a file ends without a line end.
        let is_last = last.next() == block.len() && !block.ends_with(b"\n");
        if is_last && (1..layout.head.names.len()).contains(&last.cells()) {
            scan.counted.damage.cut = Some(scan.counted.lines - batch.lines);
        }
    }
    scan.close(&mut look);
    scan.counted.damage.nul = damage::nul_bytes(block);
    scan.counted
}

struct Scan<'s, 'b> {
    glance: Glance<'s, 'b>,
    hand_over: HandOver,
    /// The claim at hand: its rows so far, if it is not counted at once.
    claim: Claim<'b>,
    /// Valid sites of its rows, by code column.
    pending: Vec<u64>,
    /// Those of them behind a later edition, by system.
    behind: [u64; System::ALL.len()],
    plain: bool,
    counted: Counted,
}

impl<'b> Scan<'_, 'b> {
    fn take(&mut self, batch: Batch, look: &mut impl FnMut(Seen<'_, 'b>)) {
        self.glance.look(batch);
        let Glance { records, follow, plain, .. } = self.glance;
        let mut counted = 0;
        let mut first = 0;
        let mut starts = bits(records & !follow);
        while first < batch.len() {
            let next = starts.next().unwrap_or(batch.len());
            let rows = records & span(first, next);
            // The last one may go on.
            let is_whole = next < batch.len() && rows & !follow != 0;
            if is_whole && rows & !plain == 0 && self.hand_over == HandOver::Others {
                self.close(look);
                counted |= rows;
            } else {
                self.add(rows, batch, look);
            }
            first = next;
        }
        let (valid, behind) = (&mut self.counted.valid, &mut self.counted.behind);
        self.glance.count(counted, batch, valid, behind);
        self.counted.records += u64::from(records.count_ones());
        self.counted.lines += batch.lines * batch.len() as u64;
    }

    /// Adds rows of one claim to the one at hand, or to a new one.
    fn add(&mut self, rows: u64, batch: Batch, look: &mut impl FnMut(Seen<'_, 'b>)) {
        for at in bits(rows) {
            if self.glance.follow >> at & 1 == 0 {
                self.close(look);
            }
            let before = span(0, at);
            let record = batch.record(at);
            let is_plain = self.glance.plain >> at & 1 == 1;
            let row = Row {
                start: record.start(),
                record: self.counted.records
                    + u64::from((self.glance.records & before).count_ones()),
                line: self.counted.lines + at as u64 * batch.lines,
                cells: record.cells(),
                next: record.next(),
                valid: if is_plain { self.glance.valid(at) } else { 0 },
            };
            self.claim.push(row, record);
            self.plain &= is_plain;
            if is_plain {
                self.glance.count(1 << at, batch, &mut self.pending, &mut self.behind);
            }
        }
    }

    /// Hands over the claim at hand, if there is one.
    fn close(&mut self, look: &mut impl FnMut(Seen<'_, 'b>)) {
        if self.claim.rows.is_empty() {
            return;
        }
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
}

/// The bits from `first` up to `next`.
fn span(first: usize, next: usize) -> u64 {
    let below = |at: usize| 1_u64.checked_shl(at as u32).unwrap_or(0).wrapping_sub(1);
    below(next) & !below(first)
}
