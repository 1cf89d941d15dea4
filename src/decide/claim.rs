//! The sites of one claim, decided together.
//!
//! A claim is the smallest unit in which dates resolve: all its rows share the
//! verdict of a claim-level code, and two codes of it must not become one. The
//! guards here only ever turn a replacement into a review.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;

use super::judge::{Judgement, SiteDays, difference, judge};
use super::ruling::{Facts, Ruling};
use super::table::Table;
use super::verdict::{Bucket, Reason, Verdict};
use super::{Lane, Undated};
use crate::code::{Code, Spelling, System};

/// One place in a claim where a code stands.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// The row of the claim.
    pub row: usize,
    /// The code column.
    pub column: usize,
    /// Where the code's characters stand in the block.
    pub start: u32,
    /// The byte after them.
    pub end: u32,
    /// The code and its spelling; `None` where it is no code.
    pub code: Option<(Code, Spelling)>,
    /// Its system, where one is stated.
    pub system: Option<System>,
    /// Which of the claim's days judge it.
    pub days: usize,
    /// Whether all rows of the claim share its verdict; sites of the same
    /// number do.
    pub shared: Option<usize>,
    /// How a successor is to be spelled; `None` where that is open.
    pub spelling: Option<Spelling>,
    /// What stands against replacing anything here, whatever the rules say.
    pub obstacle: Option<Reason>,
    /// What a reviewer decided about it: the number of the choice.
    pub choice: Option<usize>,
    /// Whether it only bears witness: of a row that is not to be looked at, whose
    /// codes still count when the rest of the claim is judged.
    pub is_evidence: bool,
}

/// What became of a site.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// The verdict and what it rests on.
    pub judgement: Judgement,
    /// Where the site lands.
    pub bucket: Bucket,
    /// Why, where the bucket alone does not say.
    pub reason: Option<Reason>,
    /// What the table said, where it was asked.
    pub ruling: Ruling,
}

/// What the records allow.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// What happens to a code that has one automatic rule.
    pub lane: Lane,
    /// What happens to a site without a day.
    pub undated: Undated,
    /// The most characters that a code field holds.
    pub width: Option<usize>,
}

/// Judges all sites of a claim: each by its days, then those that share a
/// verdict together.
pub fn judge_all(table: &Table, sites: &[Site], days: &[SiteDays]) -> Vec<Judgement> {
    let mut judged: Vec<Judgement> =
        sites.iter().map(|site| judge(table, site.system, site.code, &days[site.days])).collect();
    if sites.iter().all(|site| site.row == 0) {
        return judged;
    }
    let mut told: HashMap<Shared, Vec<(Verdict, Option<Reason>)>> = HashMap::new();
    for (site, judgement) in
        sites.iter().zip(&judged).filter(|(_, judgement)| judgement.day.is_some())
    {
        if let Some(shared) = shared(site) {
            let told = told.entry(shared).or_default();
            let own = (judgement.verdict, judgement.reason);
            if !told.contains(&own) {
                told.push(own);
            }
        }
    }
    for (site, judgement) in
        sites.iter().zip(&mut judged).filter(|(_, judgement)| judgement.day.is_some())
    {
        let told = shared(site).and_then(|shared| told.get(&shared));
        if let Some(reason) = told.and_then(|told| difference(told, Reason::Straddle)) {
            judgement.verdict = Verdict::DateUncertain;
            judgement.reason.get_or_insert(reason);
        }
    }
    judged
}

/// What the rows of a claim share a verdict on.
type Shared = (usize, Option<System>, Option<Code>);

fn shared(site: &Site) -> Option<Shared> {
    Some((site.shared?, site.system, site.code.map(|(code, _)| code)))
}

/// Decides all sites of a claim.
pub fn decide<F: Facts>(
    table: &Table,
    policy: Policy,
    sites: &[Site],
    judged: Vec<Judgement>,
    facts: impl Fn(usize) -> F,
) -> Vec<Decision> {
    let decide = |(site, judgement): (&Site, Judgement)| {
        one(table, policy, site, judgement, &facts(site.row))
    };
    let mut decisions: Vec<Decision> = sites.iter().zip(judged).map(decide).collect();
    guard_duplicates(table, sites, &mut decisions);
    guard_shared(sites, &mut decisions);
    if sites.iter().any(|site| site.choice.is_some()) {
        choose(table, policy.lane, sites, &mut decisions);
    }
    // The guards had to know what a witness would become; nothing comes of it.
    for (_, decision) in sites.iter().zip(&mut decisions).filter(|(site, _)| site.is_evidence) {
        *decision = unruled(policy, decision.judgement);
    }
    decisions
}

/// Reviewers' choices take the place of what the rules say of their own sites and of
/// no other: a site that was for a person stays so, whatever was chosen beside it.
fn choose(table: &Table, lane: Lane, sites: &[Site], decisions: &mut [Decision]) {
    for (site, decision) in sites.iter().zip(decisions.iter_mut()) {
        let outcome = site.choice.and_then(|choice| table.chosen(choice).outcome(lane));
        if let Some((bucket, ruling)) = outcome {
            *decision = Decision { bucket, ruling, reason: None, ..*decision };
        }
    }
    guard_kept(table, sites, decisions);
    guard_shared(sites, decisions);
    guard_duplicates(table, sites, decisions);
}

fn one(
    table: &Table,
    policy: Policy,
    site: &Site,
    judgement: Judgement,
    facts: &dyn Facts,
) -> Decision {
    let (Some(system), Some((code, _)), Some(day)) = (site.system, site.code, judgement.day) else {
        return unruled(policy, judgement);
    };
    let ask = match (judgement.verdict, policy.lane) {
        (Verdict::Deleted | Verdict::BecameHeader, _) => Table::ruling,
        (Verdict::Valid, Lane::Rewrite) => Table::recode,
        _ => return unruled(policy, judgement),
    };
    let ruling = ask(table, system, code, day.date, facts);
    let (bucket, reason) = place(policy, site, judgement.verdict, ruling);
    Decision { judgement, bucket, reason, ruling }
}

/// A site about which no rule is asked: its verdict says where it lands.
fn unruled(policy: Policy, judgement: Judgement) -> Decision {
    let bucket = match judgement.verdict {
        Verdict::Valid => Bucket::Valid,
        Verdict::Historical => Bucket::Historical,
        Verdict::Deleted | Verdict::BecameHeader => Bucket::NoMapping,
        Verdict::AlwaysHeader => Bucket::AlwaysHeader,
        Verdict::NotYetValid => Bucket::NotYetValid,
        Verdict::BeforeSystem => Bucket::BeforeSystem,
        Verdict::BeforeHistory => Bucket::BeforeHistory,
        Verdict::DateUncertain => Bucket::DateUncertain,
        Verdict::Unknown => Bucket::Unknown,
        Verdict::Undated if policy.undated == Undated::Review => Bucket::Review,
        Verdict::Undated => Bucket::Undated,
        Verdict::OtherSystem => Bucket::OtherSystem,
    };
    let reason = match (bucket, judgement.reason) {
        (Bucket::Review, _) => Some(Reason::NoDate),
        (_, reason) => reason,
    };
    Decision { judgement, bucket, reason, ruling: Ruling::Keep }
}

fn place(
    policy: Policy,
    site: &Site,
    verdict: Verdict,
    ruling: Ruling,
) -> (Bucket, Option<Reason>) {
    if policy.lane == Lane::Report {
        return (Bucket::ReportOnly, None);
    }
    match ruling {
        Ruling::Keep => (Bucket::Valid, None),
        Ruling::Review(reason, _) => (Bucket::Review, Some(reason)),
        Ruling::NoMapping(_) if policy.lane == Lane::Person => {
            (Bucket::Review, Some(Reason::Relation))
        }
        Ruling::NoMapping(_) => (Bucket::NoMapping, None),
        Ruling::Replace { new, system, .. } => {
            let unfit = obstacle(policy, site, system, new);
            match (unfit, policy.lane) {
                (Some(reason), _) => (Bucket::Review, Some(reason)),
                (None, Lane::Person) => (Bucket::Review, Some(Reason::Relation)),
                (None, Lane::ListOnly) => (Bucket::ReportOnly, None),
                (None, _) if verdict == Verdict::Valid => (Bucket::Recoded, None),
                (None, _) => (Bucket::Replaced, None),
            }
        }
    }
}

fn obstacle(policy: Policy, site: &Site, system: System, new: Code) -> Option<Reason> {
    let fits = site.spelling.is_some_and(|spelling| {
        let mut written = Vec::new();
        spelling.write(new, system, &mut written);
        policy.width.is_none_or(|width| written.len() <= width)
    });
    site.obstacle.or((!fits).then_some(Reason::Unfit))
}

/// Rows repeat the codes of their claim: one that a reviewer keeps on a single row says
/// nothing of the rows of which nobody has said anything yet.
fn guard_kept(table: &Table, sites: &[Site], decisions: &mut [Decision]) {
    let is_open = |(site, decision): &(&Site, &Decision)| {
        !site.is_evidence && site.choice.is_none() && decision.bucket.is_for_a_person()
    };
    let open = sites.iter().zip(decisions.iter()).filter(is_open);
    let open: HashSet<Shared> = open.filter_map(|(site, _)| shared(site)).collect();
    for (site, decision) in sites.iter().zip(decisions) {
        let is_single = site.choice.is_some_and(|choice| !table.signed(choice).by_code);
        if is_single
            && decision.bucket == Bucket::Kept
            && shared(site).is_some_and(|shared| open.contains(&shared))
        {
            (decision.bucket, decision.reason) = (Bucket::Review, Some(Reason::Unequal));
        }
    }
}

/// Rows repeat the codes of their claim: where one would become another on some of them
/// alone, none of them is rewritten. Whatever a choice makes differ does so; of what rules
/// say, what conditions make of single rows is left to their author.
fn guard_shared(sites: &[Site], decisions: &mut [Decision]) {
    if !decisions.iter().any(|decision| decision.bucket.is_rewritten()) {
        return;
    }
    let all = sites.iter().zip(decisions.iter());
    let staying = all.filter(|(site, decision)| stays(site, decision));
    let mut torn: HashSet<Shared> = staying.filter_map(|(site, _)| shared(site)).collect();
    torn.extend(torn_by_choice(sites, decisions));
    if torn.is_empty() {
        return;
    }
    for (site, decision) in
        sites.iter().zip(decisions).filter(|(_, decision)| decision.bucket.is_rewritten())
    {
        if !site.is_evidence && shared(site).is_some_and(|shared| torn.contains(&shared)) {
            decision.bucket = Bucket::Review;
            decision.reason = Some(Reason::Unequal);
        }
    }
}

/// The codes of which a choice makes another on some rows than on others.
fn torn_by_choice(sites: &[Site], decisions: &[Decision]) -> Vec<Shared> {
    let is_chosen = |decision: &Decision| decision.bucket == Bucket::Chosen;
    if !decisions.iter().any(is_chosen) {
        return Vec::new();
    }
    // For each code what becomes of it, row by row.
    let mut rows: HashMap<Shared, BTreeMap<usize, Vec<Option<Code>>>> = HashMap::new();
    let mut chosen: Vec<Shared> = Vec::new();
    for (site, decision) in sites.iter().zip(decisions).filter(|(site, _)| !site.is_evidence) {
        let Some(shared) = shared(site) else { continue };
        let of_row = rows.entry(shared).or_default().entry(site.row).or_default();
        let becomes = outcome(site, decision);
        if !of_row.contains(&becomes) {
            of_row.push(becomes);
        }
        chosen.extend(is_chosen(decision).then_some(shared));
    }
    let differs = |shared: &Shared| {
        let mut rows = rows.get(shared).into_iter().flat_map(BTreeMap::values);
        rows.next().is_some_and(|first| rows.any(|other| other != first))
    };
    chosen.retain(differs);
    chosen
}

/// Whether a code stays though no rule says so: its row is not to be looked at, has a day
/// that cannot be read, or cannot take what the rule says.
fn stays(site: &Site, decision: &Decision) -> bool {
    let is_held = matches!(decision.ruling, Ruling::Replace { .. })
        || decision.judgement.verdict == Verdict::Undated;
    site.is_evidence || is_held && !decision.bucket.is_rewritten()
}

/// Two codes of one claim that would become one are a rejected claim: both go to a person.
/// A code that only bears witness stays for now, and may become another one later; so may
/// one whose days disagree: when its claim is split it gets a successor.
fn guard_duplicates(table: &Table, sites: &[Site], decisions: &mut [Decision]) {
    if !decisions.iter().any(|decision| decision.bucket.is_rewritten()) {
        return;
    }
    let all = || {
        sites.iter().zip(decisions.iter()).filter_map(|(site, at)| Some((site, site.code?.0, at)))
    };
    let becomes = all().filter_map(|(site, old, at)| Some((outcome(site, at)?, old)));
    let stays = all().filter(|(site, ..)| site.is_evidence).map(|(_, old, _)| (old, old));
    let open = all().filter(|(.., at)| at.bucket == Bucket::DateUncertain);
    let may_become = open.flat_map(|(site, old, at)| {
        let on = at.judgement.day.map(|day| day.date);
        let system = site.system.into_iter();
        let codes = system.flat_map(move |system| table.candidates(system, old, on));
        codes.map(move |(_, new)| (new, old))
    });
    let mut becomes: Vec<(Code, Code)> = becomes.chain(stays).chain(may_become).collect();
    becomes.sort_unstable();
    becomes.dedup();
    for (site, decision) in
        sites.iter().zip(decisions).filter(|(_, decision)| decision.bucket.is_rewritten())
    {
        let Some(new) = outcome(site, decision) else { continue };
        let first = becomes.partition_point(|(code, _)| *code < new);
        if becomes.get(first + 1).is_some_and(|(code, _)| *code == new) {
            decision.bucket = Bucket::Review;
            decision.reason = Some(Reason::Duplicate);
        }
    }
}

/// The code that stands at a site in the end.
fn outcome(site: &Site, decision: &Decision) -> Option<Code> {
    match decision.ruling {
        Ruling::Replace { new, .. } if decision.bucket.is_rewritten() => Some(new),
        _ => site.code.map(|(code, _)| code),
    }
}

impl Decision {
    /// The day that dates it.
    pub fn date(&self) -> Option<Date> {
        self.judgement.day.map(|day| day.date)
    }

    /// Why it is where it is: the reason, else the bucket, by its machine-readable name.
    pub fn reason_id(&self) -> &'static str {
        self.reason.map_or(self.bucket.id(), Reason::id)
    }
}
