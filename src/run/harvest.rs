//! One block of a file -> counts, and the sites that someone has to see.
//!
//! This is the work of one thread on one block: the fast scan counts what is
//! plainly valid, every other claim is judged and decided as a whole.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;

use hashbrown::HashMap;

use crate::code::{Code, System};
use crate::decide::claim::{Decision, Policy, Site, decide, judge_all};
use crate::decide::judge::{Judgement, SiteDays};
use crate::decide::ruling::Ruling;
use crate::decide::{Bucket, Lane, Table, Verdict};
use crate::record::class::Class;
use crate::record::delimited::addition::{Addition, Answer, Appending};
use crate::record::delimited::layout::Layout;
use crate::record::delimited::rows::Claim;
use crate::record::delimited::scan::{Counted, Seen, Sifts, scan};

/// How many sites of each verdict and bucket there are in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// By verdict.
    pub verdicts: [u64; Verdict::COUNT],
    /// By bucket.
    pub buckets: [u64; Bucket::COUNT],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { verdicts: [0; Verdict::COUNT], buckets: [0; Bucket::COUNT] }
    }
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: &Tally) {
        self.verdicts.iter_mut().zip(&other.verdicts).for_each(|(sum, more)| *sum += more);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, more)| *sum += more);
    }

    fn count(&mut self, verdict: Verdict, bucket: Bucket, sites: u64) {
        self.verdicts[verdict as usize] += sites;
        self.buckets[bucket as usize] += sites;
    }

    /// How many sites there are.
    pub fn sites(&self) -> u64 {
        self.verdicts.iter().sum()
    }

    /// How many sites of a verdict there are.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }

    /// How many sites of a bucket there are.
    pub fn bucket(&self, bucket: Bucket) -> u64 {
        self.buckets[bucket as usize]
    }
}

/// Which sites are handed on, beside being counted.
#[derive(Debug, Clone, Copy)]
pub enum Show {
    /// For the audit: all that are not plainly valid; historical ones where asked for.
    Audit {
        /// Whether the historical ones are shown too.
        historical: bool,
    },
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
}

/// What tells claims apart when they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimHash {
    /// A hash of the number in the claim column.
    Number(u64),
    /// The record itself.
    Record,
}

/// What was found in a block.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Records and lines.
    pub records: u64,
    /// Physical lines.
    pub lines: u64,
    /// By code column.
    pub tallies: Vec<Tally>,
    /// Sites that are only counted, by column, system, code and verdict.
    pub quiet: BTreeMap<(usize, Option<System>, Option<Code>, Verdict), u64>,
    /// Sites that are handed on, in the order of the file.
    pub findings: Vec<Finding>,
    /// The bytes that findings point to.
    pub text: Vec<u8>,
    /// What is appended to the rows, where that is asked for.
    pub additions: Additions,
}

/// What is appended to the rows of a block.
#[derive(Debug, Default)]
pub struct Additions {
    /// Each text once, in the order in which it was first needed.
    pub texts: Vec<Addition>,
    /// For each row where it ends, from the start of the block, and its text.
    pub rows: Vec<(u64, usize)>,
    /// Whether a row has more cells than the widest that was found beforehand.
    pub too_wide: bool,
    numbers: HashMap<Addition, usize, foldhash::fast::FixedState>,
}

impl Additions {
    fn begin(&mut self, how: Appending, cells: usize) -> Addition {
        self.too_wide |= cells > how.width;
        how.begin(cells)
    }

    fn push(&mut self, at: usize, addition: Addition) {
        let number = self.numbers.get(&addition).copied().unwrap_or_else(|| {
            self.texts.push(addition.clone());
            self.numbers.insert(addition, self.texts.len() - 1);
            self.texts.len() - 1
        });
        self.rows.push((at as u64, number));
    }
}

/// What a worker needs beside the block.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// The layout of the file.
    pub layout: &'a Layout,
    /// Its lookups.
    pub sifts: &'a Sifts,
    /// The decision table.
    pub table: &'a Table,
    /// What the records allow.
    pub policy: Policy,
    /// What is handed on.
    pub show: Show,
    /// How rows are annotated, where they are.
    pub appending: Option<Appending>,
}

impl Work<'_> {
    /// Does one block.
    pub fn harvest(&self, block: &[u8]) -> Harvest {
        let mut harvest = Harvest {
            tallies: vec![Tally::default(); self.layout.codes.len()],
            ..Harvest::default()
        };
        let mut desk = Desk::default();
        let counted = scan(self.layout, self.sifts, block, |seen| match seen {
            Seen::Plain(claim) => self.append_valid(claim, &mut harvest),
            Seen::Other(claim) => self.look(claim, &mut desk, &mut harvest),
        });
        let Counted { records, lines, valid } = counted;
        (harvest.records, harvest.lines) = (records, lines);
        for (tally, sites) in harvest.tallies.iter_mut().zip(valid) {
            tally.count(Verdict::Valid, Bucket::Valid, sites);
        }
        harvest
    }

    fn look(&self, claim: &Claim, desk: &mut Desk, harvest: &mut Harvest) {
        claim.sites(&mut desk.sites, &mut desk.days);
        let judged = judge_all(self.table, &desk.sites, &desk.days);
        let proposed = self.proposed(claim, &desk.sites, &judged);
        let decisions =
            decide(self.table, self.policy, &desk.sites, judged, |row| claim.facts(row));
        let is_proposed = |at: usize| {
            decisions[at].bucket.is_rewritten() || proposed.get(at).is_some_and(|is| *is)
        };
        if let Some(how) = self.appending {
            self.append(how, claim, &desk.sites, &decisions, &is_proposed, harvest);
        }
        let number =
            claim.number().map_or(ClaimHash::Record, |number| ClaimHash::Number(hash(number)));
        let mut before = None;
        let mut part = 0;
        for (at, (site, &decision)) in desk.sites.iter().zip(&decisions).enumerate() {
            part = if before == Some((site.row, site.column)) { part + 1 } else { 0 };
            before = Some((site.row, site.column));
            if site.is_evidence {
                continue;
            }
            let verdict = decision.judgement.verdict;
            harvest.tallies[site.column].count(verdict, decision.bucket, 1);
            if self.is_shown(site, &decision) {
                let proposed = is_proposed(at);
                let finding =
                    self.finding(claim, site, part, (decision, proposed), number, harvest);
                harvest.findings.push(finding);
            } else if verdict != Verdict::Valid {
                let code = site.code.map(|(code, _)| code);
                *harvest.quiet.entry((site.column, site.system, code, verdict)).or_default() += 1;
            }
        }
    }

    /// Which codes would be replaced if the records were of a kind that may be
    /// rewritten; asked only where rows are annotated.
    fn proposed(&self, claim: &Claim, sites: &[Site], judged: &[Judgement]) -> Vec<bool> {
        let is_meant = matches!(self.policy.lane, Lane::Report | Lane::ListOnly);
        if self.appending.is_none() || !is_meant {
            return Vec::new();
        }
        let policy = Policy { lane: Lane::Rewrite, ..self.policy };
        let decisions = decide(self.table, policy, sites, judged.to_vec(), |row| claim.facts(row));
        let is_proposed = |decision: &Decision| {
            decision.bucket.is_rewritten() && decision.judgement.verdict.is_retired()
        };
        decisions.iter().map(is_proposed).collect()
    }

    /// The rows of a claim in which every code is plainly valid.
    fn append_valid(&self, claim: &Claim, harvest: &mut Harvest) {
        let Some(how) = self.appending else { return };
        let valid = Answer { status: Bucket::Valid.id(), ..Answer::default() };
        for (row, place) in claim.rows.iter().enumerate() {
            let mut addition = harvest.additions.begin(how, place.cells);
            for column in &self.layout.codes {
                let answers = if claim.has_value(row, column) { &[valid][..] } else { &[] };
                how.column(&mut addition, answers);
            }
            harvest.additions.push(claim.content_end(row), addition);
        }
    }

    /// The rows of a claim that was looked at; rows left out by `--only` get empty cells.
    fn append(
        &self,
        how: Appending,
        claim: &Claim,
        sites: &[Site],
        decisions: &[Decision],
        is_proposed: &impl Fn(usize) -> bool,
        harvest: &mut Harvest,
    ) {
        let said: Vec<Said> = (0..sites.len())
            .map(|at| self.said(&sites[at], &decisions[at], is_proposed(at)))
            .collect();
        let mut at = 0;
        for (row, place) in claim.rows.iter().enumerate() {
            let mut addition = harvest.additions.begin(how, place.cells);
            for column in 0..self.layout.codes.len() {
                let from = at;
                while sites.get(at).is_some_and(|site| (site.row, site.column) == (row, column)) {
                    at += 1;
                }
                let looked_at = (from..at).filter(|&at| !sites[at].is_evidence);
                let answers: Vec<Answer> = looked_at.map(|at| said[at].answer()).collect();
                how.column(&mut addition, &answers);
            }
            harvest.additions.push(claim.content_end(row), addition);
        }
    }

    fn said(&self, site: &Site, decision: &Decision, is_proposed: bool) -> Said {
        let mut migrated = Vec::new();
        if let (Ruling::Replace { new, system, .. }, true, Some(spelling)) =
            (decision.ruling, is_proposed, site.spelling)
        {
            spelling.write(new, system, &mut migrated);
        }
        let rule = self.table.place(decision.ruling);
        Said { migrated, status: decision.bucket.id(), rule }
    }

    fn is_shown(&self, site: &Site, decision: &Decision) -> bool {
        let verdict = decision.judgement.verdict;
        match self.show {
            Show::Audit { historical } => match verdict {
                Verdict::Valid => false,
                Verdict::Historical => historical,
                _ => true,
            },
            Show::Plan => {
                let bucket = decision.bucket;
                bucket.is_for_a_person()
                    || bucket.is_rewritten()
                    || bucket == Bucket::ReportOnly
                    || bucket == Bucket::Valid && self.is_retitled(site)
            }
        }
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
        if let (Ruling::Replace { new, system, .. }, true, Some(spelling)) =
            (decision.ruling, is_proposed, site.spelling)
        {
            spelling.write(new, system, &mut harvest.text);
        }
        let new = from..harvest.text.len();
        let payer = matches!(self.show, Show::Plan).then(|| claim.payer(site.row)).flatten();
        let payer = payer.map(|payer| append(&mut harvest.text, shown(payer)));
        Finding {
            line: row.line,
            record: row.record,
            column: site.column,
            part,
            system: site.system,
            code: site.code.map(|(code, _)| code),
            raw,
            new,
            start: u64::from(site.start),
            decision,
            is_stay: claim.class(site.row) == Class::Inpatient,
            payer,
            keys: self
                .layout
                .keys
                .iter()
                .map(|(slot, _)| claim.text(site.row, *slot).into_owned())
                .collect(),
            claim: number,
        }
    }
}

/// What is said beside one code.
struct Said {
    migrated: Vec<u8>,
    status: &'static str,
    rule: String,
}

impl Said {
    fn answer(&self) -> Answer<'_> {
        Answer { migrated: &self.migrated, status: self.status, rule: &self.rule }
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
