//! One block of a file -> counts, and the sites that someone has to see.
//!
//! This is the work of one thread on one block: the fast scan counts what is
//! plainly valid, every other claim is judged and decided as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;

use hashbrown::HashMap;

use super::append::Additions;
use super::inputs::Input;
use super::sweep::{Extent, Harvested, Worker};
pub use super::tally::Tally;
use crate::code::{Code, Spelling, System};
use crate::decide::claim::{Decision, Policy, Site, decide, judge_all};
use crate::decide::judge::SiteDays;
use crate::decide::ruling::Ruling;
use crate::decide::{Bucket, Chosen, Lane, Table, Undated, Verdict};
use crate::record::class::Class;
use crate::record::delimited::addition::Appending;
use crate::record::delimited::layout::Layout;
use crate::record::delimited::row_mark::RowMark;
use crate::record::delimited::rows::Claim;
use crate::record::delimited::scan::{HandOver, Seen, scan};
use crate::record::marks::Marks;
use crate::record::money::Charge;

/// Which sites are handed on, beside being counted.
#[derive(Debug, Clone, Copy)]
pub enum Show {
    /// For the audit: all that are not plainly valid; historical ones where asked for.
    Audit {
        /// Whether the historical ones are shown too.
        historical: bool,
    },
    /// All codes that the turn of the year concerns, whatever they were on their day.
    Turn,
    /// All sites of the one claim that is asked for.
    Packet,
    /// For a plan: what is rewritten, what a person must see, and all retired codes.
    Plan,
}

/// A site that is handed on.
#[derive(Debug)]
pub struct Finding {
    /// The physical line on which its record begins, from the start of the block (0-based).
    pub line: u64,
    /// Its record, from the start of the block (0-based).
    pub record: u64,
    /// The code column.
    pub column: usize,
    /// Which of several codes of its cell it is (0-based).
    pub part: usize,
    /// Its system.
    pub system: Option<System>,
    /// How a successor is to be spelled; `None` where that is open.
    pub spelling: Option<Spelling>,
    /// The code; `None` where it is none.
    pub code: Option<Code>,
    /// What stands there, in `Harvest::text`.
    pub raw: Range<usize>,
    /// What is to stand there, in `Harvest::text`; empty where nothing changes.
    pub new: Range<usize>,
    /// Where it stands, from the start of the block.
    pub start: u64,
    /// What became of it.
    pub decision: Decision,
    /// Whether its claim is a stay.
    pub is_stay: bool,
    /// Who pays, in `Harvest::text`; nothing where the file does not say, or nobody asks.
    pub payer: Option<Range<usize>>,
    /// The values of the columns carried along.
    pub keys: Vec<Vec<u8>>,
    /// A hash of the claim's number; without one, of the place of its record.
    pub claim: ClaimHash,
    /// The values by which is counted, one a column of `--group-by`; nothing where nobody knows it.
    pub groups: Vec<Option<Vec<u8>>>,
    /// What was billed on its row, where a plan carries that along.
    pub charge: Option<Charge>,
    /// What a reviewer decided about it: the number of the choice.
    pub choice: Option<usize>,
    /// What tells its row from others, where a person must decide.
    pub mark: Option<RowMark>,
}

/// How many sites of each verdict there are, by a value that stands in their rows.
#[derive(Debug, Clone, Default)]
pub struct ByValue {
    /// By value.
    pub known: HashMap<Vec<u8>, [u64; Verdict::COUNT], foldhash::fast::FixedState>,
    /// Those of rows of which nobody knows the value.
    pub unknown: [u64; Verdict::COUNT],
}

/// What tells claims apart when they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimHash {
    /// A hash of the number in the claim column.
    Number(u64),
    /// The record itself.
    Record,
}

impl ClaimHash {
    /// Of the claim that some rows belong to.
    pub(super) fn of(claim: &Claim) -> ClaimHash {
        claim.number().map_or(ClaimHash::Record, |number| ClaimHash::Number(hash(number)))
    }
}

/// A claim, or a part of one, that has the value that was asked for, in whatever case.
#[derive(Debug)]
pub struct Asked {
    /// Its claim.
    pub claim: ClaimHash,
    /// Its first record, from the start of the block (0-based).
    pub record: u64,
    /// The physical line on which the value stands, from the start of the block (0-based).
    pub line: u64,
    /// The value as it is spelled there.
    pub spelled: Vec<u8>,
}

/// What was found in a block.
#[derive(Debug, Default)]
pub struct Harvest {
    /// How much it holds.
    pub extent: Extent,
    /// By code column.
    pub tallies: Vec<Tally>,
    /// Sites that are only counted, by column, system, code and verdict.
    pub quiet: BTreeMap<(usize, Option<System>, Option<Code>, Verdict), u64>,
    /// Sites that are handed on, in the order of the file.
    pub findings: Vec<Finding>,
    /// The bytes that findings point to.
    pub text: Vec<u8>,
    /// Sites that were judged although their day lies behind an edition that is later than
    /// the newest given, by system.
    pub behind: [u64; System::ALL.len()],
    /// How many claims, or parts of one that stand together, hold sites that were judged; where
    /// sites are counted by value.
    pub claims: u64,
    /// All sites by value, one map a column of `--group-by`.
    pub groups: Vec<ByValue>,
    /// What all amounts show of their column, where a plan carries them along.
    pub marks: Marks,
    /// The claims, or parts of one, that were asked for.
    pub packets: Vec<Asked>,
    /// What is appended to the rows, where that is asked for.
    pub additions: Additions,
}

/// What a worker needs beside the block.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// The file.
    pub input: &'a Input,
    /// The decision table.
    pub table: &'a Table,
    /// What the records allow.
    pub policy: Policy,
    /// What is handed on.
    pub show: Show,
    /// How rows are annotated, where they are.
    pub appending: Option<Appending>,
}

impl Harvested for Harvest {
    fn extent(&self) -> Extent {
        self.extent
    }
}

impl Worker for Work<'_> {
    type Harvest = Harvest;

    fn layout(&self) -> &Layout {
        &self.input.layout
    }

    fn harvest(&self, at: u64, block: &[u8]) -> Harvest {
        self.block(at, block)
    }
}

impl<'a> Work<'a> {
    /// Sites are judged and shown; no rule is asked, so nothing is replaced, whatever
    /// the records are.
    pub fn looking(input: &'a Input, table: &'a Table, show: Show) -> Work<'a> {
        let policy = Policy { lane: Lane::Report, undated: Undated::Skip, width: None };
        Work { input, table, policy, show, appending: None }
    }

    fn block(&self, at: u64, block: &[u8]) -> Harvest {
        let mut harvest = Harvest {
            tallies: vec![Tally::default(); self.input.layout.codes.len()],
            groups: vec![ByValue::default(); self.input.layout.groups.len()],
            ..Harvest::default()
        };
        let mut desk = Desk::default();
        let Input { layout, sifts, .. } = self.input;
        let counted = scan(layout, sifts, block, self.hand_over(), |seen| match seen {
            Seen::Plain(claim) => self.pass(claim, &mut harvest),
            Seen::Other(claim) => self.look(at, claim, &mut desk, &mut harvest),
        });
        harvest.extent = Extent::of(&counted);
        for (tally, sites) in harvest.tallies.iter_mut().zip(counted.valid) {
            tally.count(Verdict::Valid, Bucket::Valid, sites);
        }
        for (sum, sites) in harvest.behind.iter_mut().zip(counted.behind) {
            *sum += sites;
        }
        harvest
    }

    /// Claims that hold nothing but valid codes are wanted where their rows are counted by a
    /// value, their amounts noted, or something is appended to them.
    fn hand_over(&self) -> HandOver {
        let layout = &self.input.layout;
        let notes_amounts = layout.amount.is_some() && matches!(self.show, Show::Plan);
        if !layout.groups.is_empty() || notes_amounts || self.appending.is_some() {
            HandOver::All
        } else {
            HandOver::Others
        }
    }

    /// A claim that holds nothing but valid codes.
    fn pass(&self, claim: &Claim, harvest: &mut Harvest) {
        self.append_valid(claim, &mut harvest.additions);
        self.note_amounts(claim, harvest);
        let rows = claim.rows.iter().enumerate().filter(|(_, row)| row.valid > 0);
        harvest.claims += u64::from(rows.clone().next().is_some());
        if !self.input.layout.groups.is_empty() {
            rows.for_each(|(at, row)| {
                let valid = (Verdict::Valid, row.valid);
                self.count_by_value(claim, at, valid, &mut harvest.groups);
            });
        }
    }

    /// The amounts of all claims tell how their column is written.
    fn note_amounts(&self, claim: &Claim, harvest: &mut Harvest) {
        if matches!(self.show, Show::Plan) {
            harvest.marks.add(claim.marks());
        }
    }

    fn look(&self, block_at: u64, claim: &Claim, desk: &mut Desk, harvest: &mut Harvest) {
        claim.sites(&mut desk.sites, &mut desk.days);
        if !self.input.choices.is_empty() {
            desk.sites.iter_mut().for_each(|site| self.give_choice(block_at, site));
        }
        let judged = judge_all(self.table, &desk.sites, &desk.days);
        let proposed = self.proposed(claim, &desk.sites, &judged);
        let decisions =
            decide(self.table, self.policy, &desk.sites, judged, |row| claim.facts(row));
        let is_proposed = |at: usize| {
            decisions[at].bucket.is_rewritten() || proposed.get(at).is_some_and(|is| *is)
        };
        if let Some(how) = self.appending {
            let said = (&decisions[..], &is_proposed);
            self.append(how, claim, &desk.sites, said, &mut harvest.additions);
        }
        let number = ClaimHash::of(claim);
        self.note_amounts(claim, harvest);
        let packet = claim.packet().filter(|_| matches!(self.show, Show::Packet));
        let is_packet = packet.is_some();
        harvest.packets.extend(packet.map(|(row, spelled)| Asked {
            claim: number,
            record: claim.rows[0].record,
            line: claim.rows[row].line,
            spelled: spelled.into_owned(),
        }));
        let (mut before, mut part, mut bare) = (None, 0, None);
        let is_counted = desk.sites.iter().any(|site| !site.is_evidence);
        harvest.claims += u64::from(is_counted);
        for (at, (site, &decision)) in desk.sites.iter().zip(&decisions).enumerate() {
            part = if before == Some((site.row, site.column)) { part + 1 } else { 0 };
            before = Some((site.row, site.column));
            if site.is_evidence {
                continue;
            }
            let verdict = decision.judgement.verdict;
            harvest.tallies[site.column].count(verdict, decision.bucket, 1);
            if let Some(system) = site.system.filter(|_| verdict.is_judged())
                && self.table.is_behind(system, desk.days[site.days].earliest())
            {
                harvest.behind[system as usize] += 1;
            }
            self.count_by_value(claim, site.row, (verdict, 1), &mut harvest.groups);
            if self.is_shown(is_packet, site, &decision) {
                let decided = (decision, is_proposed(at));
                let mut finding = self.finding(claim, site, part, decided, number, harvest);
                // A mark is for the worklist, and no look at records writes one.
                let is_open = matches!(self.show, Show::Plan) && decision.bucket.is_for_a_person();
                finding.mark = is_open.then(|| {
                    claim.mark(site.row, bare.get_or_insert_with(|| claim.bare(&desk.sites)))
                });
                harvest.findings.push(finding);
            } else if verdict != Verdict::Valid {
                let code = site.code.map(|(code, _)| code);
                *harvest.quiet.entry((site.column, site.system, code, verdict)).or_default() += 1;
            }
        }
    }

    fn give_choice(&self, at: u64, site: &mut Site) {
        site.choice = self.input.choices.get(&(at + u64::from(site.start))).copied();
        if let Some(Chosen::Replace { spelling, .. }) = site.choice.map(|it| self.table.chosen(it))
        {
            // What is open is how the column dots its codes; the letters of this one stand there.
            let own = site.code.map_or(spelling, |(_, own)| own);
            site.spelling.get_or_insert(spelling.cased_as(own));
        }
    }

    fn count_by_value(
        &self,
        claim: &Claim,
        row: usize,
        (verdict, sites): (Verdict, u64),
        groups: &mut [ByValue],
    ) {
        for ((slot, _), values) in self.input.layout.groups.iter().zip(groups) {
            let Some(value) = claim.group(row, *slot) else {
                values.unknown[verdict as usize] += sites;
                continue;
            };
            match values.known.get_mut(value.as_ref()) {
                Some(verdicts) => verdicts[verdict as usize] += sites,
                None => {
                    values.known.entry(value.into_owned()).or_default()[verdict as usize] += sites;
                }
            }
        }
    }

    fn is_shown(&self, is_packet: bool, site: &Site, decision: &Decision) -> bool {
        let verdict = decision.judgement.verdict;
        match self.show {
            Show::Audit { historical } => match verdict {
                Verdict::Valid => false,
                Verdict::Historical => historical,
                _ => true,
            },
            Show::Turn => self.is_watched(site),
            Show::Packet => is_packet,
            Show::Plan => {
                let bucket = decision.bucket;
                bucket.is_for_a_person()
                    || bucket.is_rewritten()
                    || bucket == Bucket::ReportOnly
                    || bucket == Bucket::Kept
                    || bucket == Bucket::Valid && self.is_retitled(site)
            }
        }
    }

    fn is_watched(&self, site: &Site) -> bool {
        let code = site.system.zip(site.code);
        code.is_some_and(|(system, (code, _))| self.table.is_watched(system, code))
    }

    fn is_retitled(&self, site: &Site) -> bool {
        let code = site.system.zip(site.code);
        code.is_some_and(|(system, (code, _))| self.table.is_retitled(system, code))
    }

    fn finding(
        &self,
        claim: &Claim,
        site: &Site,
        part: usize,
        (decision, is_proposed): (Decision, bool),
        number: ClaimHash,
        harvest: &mut Harvest,
    ) -> Finding {
        let row = claim.rows[site.row];
        let raw =
            append(&mut harvest.text, shown(&claim.block[site.start as usize..site.end as usize]));
        let from = harvest.text.len();
        if is_proposed {
            write_successor(site, &decision, &mut harvest.text);
        }
        let new = from..harvest.text.len();
        let payer = matches!(self.show, Show::Plan).then(|| claim.payer(site.row)).flatten();
        let payer = payer.map(|payer| append(&mut harvest.text, shown(payer)));
        let groups = &self.input.layout.groups;
        let group = |slot: &usize| claim.group(site.row, *slot);
        let amount = self.input.layout.amount.as_ref();
        let amount = amount.filter(|_| matches!(self.show, Show::Plan));
        let charge = amount.map(|amount| (amount.slot, claim.charge(site.row, amount)));
        Finding {
            line: row.line,
            record: row.record,
            column: site.column,
            part,
            system: site.system,
            spelling: site.spelling,
            code: site.code.map(|(code, _)| code),
            raw,
            new,
            start: u64::from(site.start),
            decision,
            is_stay: claim.class(site.row) == Class::Inpatient,
            payer,
            keys: carried(claim, site.row, charge),
            claim: number,
            groups: groups.iter().map(|(slot, _)| group(slot).map(Cow::into_owned)).collect(),
            charge: amount.map(|amount| claim.charge_of_code(site.row, amount)),
            choice: site.choice,
            mark: None,
        }
    }
}

/// What stands in the columns that are carried along. The cell of an amount that nobody
/// knows is not shown as if it were one.
fn carried(claim: &Claim, row: usize, charge: Option<(usize, Charge)>) -> Vec<Vec<u8>> {
    let text = |slot: usize| match charge {
        Some((own, Charge::Ragged)) if own == slot => Vec::new(),
        _ => claim.text(row, slot).into_owned(),
    };
    claim.layout.keys.iter().map(|(slot, _)| text(*slot)).collect()
}

/// Writes the code that a ruling names as the site spells codes; nothing where either is open.
pub(super) fn write_successor(site: &Site, decision: &Decision, out: &mut Vec<u8>) {
    if let (Ruling::Replace { new, system, .. }, Some(spelling)) = (decision.ruling, site.spelling)
    {
        spelling.write(new, system, out);
    }
}

/// What is used anew for every claim.
#[derive(Default)]
struct Desk {
    sites: Vec<Site>,
    days: Vec<SiteDays>,
}

/// Text in a field of codes may be long; a finding shows its beginning.
fn shown(raw: &[u8]) -> &[u8] {
    const SHOWN: usize = 40;
    &raw[..raw.len().min(SHOWN)]
}

fn append(text: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let from = text.len();
    text.extend_from_slice(bytes);
    from..text.len()
}

fn hash(number: &[u8]) -> u64 {
    use std::hash::BuildHasher;
    let mut hasher = foldhash::quality::FixedState::with_seed(0).build_hasher();
    hasher.write(number);
    hasher.finish()
}
