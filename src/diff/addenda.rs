//! Holds the changes that were computed against the publisher's addenda.
//!
//! Both are sets of statements: this code was added, deleted or revised, as a
//! billable code or as a header. What stands in one alone, or in both with other
//! titles, is a disagreement. A change that no addenda mentions is a silent one.
//!
//! That says something only if OLD is the edition against which the addenda was
//! made. The addenda counts the billable codes of both its editions. If these are
//! the counts of OLD and NEW, it is theirs. If not, it is of another pair where
//! both counts are those of known editions, or more than a tenth of all
//! statements disagrees; else rows are missing in a file, and that is listed. One
//! that counts nothing is of another pair where more than half disagrees.
//!
//! Of another pair no difference is listed: it would be that of other editions.
//! What the addenda says must still hold in NEW, and that is checked.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Change, Diff, Kind, Titles};
use crate::code::Code;
use crate::release::addenda::{Act, Figures, Odd, Scope, Statement, Wording};
use crate::release::{Addenda, Coverage, Release, edition};

/// What an addenda says of a diff.
#[derive(Debug)]
pub struct Witness {
    /// The file.
    pub name: String,
    /// The publisher's figures.
    pub figures: Figures,
    /// Billable codes of the edition before, where it says so.
    pub before: Option<usize>,
    /// Billable codes of its release, where it says so.
    pub after: Option<usize>,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// Lines that could not be read, and numbers that do not add up.
    pub odd: Vec<Odd>,
}

/// Whether the files and the addenda agree.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every change stands in both.
    Agrees,
    /// These do not, in order of code.
    Differs(Vec<Disagreement>),
    /// It was made for another pair of editions; the statements that do not hold in NEW.
    OtherPair {
        /// The edition that it was made against, where its number of codes is known.
        edition: Option<Date>,
        /// What does not hold, in order of code.
        broken: Vec<Disagreement>,
        /// Codes that changed and are not in it: in an edition between, or silently.
        unmentioned: usize,
    },
}

/// A change that the files and the addenda do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The code.
    pub code: Code,
    /// What was done to it.
    pub act: Act,
    /// Whether to the billable code or to the header.
    pub billable: bool,
    /// Who says so.
    pub said: Said,
    /// The line of the addenda, where it stands in it.
    pub line: Option<usize>,
}

/// Who says that a code changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The files alone: a silent change.
    Files,
    /// The addenda alone.
    Addenda,
    /// Both, with other titles.
    OtherTitles,
}

impl Verdict {
    /// The machine-readable name.
    pub fn id(&self) -> &'static str {
        match self {
            Verdict::Agrees => "agrees",
            Verdict::Differs(_) => "differs",
            Verdict::OtherPair { .. } => "other_pair",
        }
    }
}

impl Said {
    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            Said::Files => "files",
            Said::Addenda => "addenda",
            Said::OtherTitles => "other_titles",
        }
    }
}

impl Act {
    /// The machine-readable name, and the word.
    pub fn id(self) -> &'static str {
        match self {
            Act::Add => "added",
            Act::Delete => "deleted",
            Act::Revise => "revised",
        }
    }
}

impl Witness {
    /// Asks the addenda.
    pub fn of(diff: &Diff<'_>, addenda: Addenda) -> Witness {
        let figures = addenda.figures();
        let verdict = Sides::new(diff, &addenda).verdict(&addenda);
        let Addenda { name, before, after, odd, .. } = addenda;
        Witness { name, figures, before, after, verdict, odd }
    }

    /// The disagreements that are listed.
    pub fn disagreements(&self) -> &[Disagreement] {
        match &self.verdict {
            Verdict::Agrees => &[],
            Verdict::Differs(all) | Verdict::OtherPair { broken: all, .. } => all,
        }
    }
}

/// What both sides speak about: of which codes, and with which titles.
#[derive(Clone, Copy)]
struct Common {
    headers: bool,
    short: bool,
}

/// What was done to which code, as a billable one or as a header.
type Key = (Code, Act, bool);

/// What the files say and what the addenda says, of what both speak about.
struct Sides<'s, 'r> {
    diff: &'s Diff<'r>,
    common: Common,
    files: BTreeMap<Key, &'s Change<'r>>,
    addenda: BTreeMap<Key, &'s Statement>,
}

impl<'s, 'r> Sides<'s, 'r> {
    fn new(diff: &'s Diff<'r>, addenda: &'s Addenda) -> Sides<'s, 'r> {
        let both = |has: fn(&Release) -> bool| has(diff.old) && has(diff.new);
        let order = addenda.scope == Scope::Order;
        let common = Common {
            headers: order && both(|release| release.coverage == Coverage::Whole),
            short: order && both(Release::has_short_titles),
        };
        let files =
            diff.changes.iter().filter(|change| common.speaks_of(change)).flat_map(|change| {
                acts(change.kind)
                    .iter()
                    .map(move |&(act, billable)| ((change.code, act, billable), change))
            });
        let said = addenda.statements.iter().filter(|one| common.says(one));
        Sides {
            diff,
            common,
            files: files.filter(|((.., billable), _)| common.headers || *billable).collect(),
            addenda: said.map(|one| ((one.code, one.act, one.billable), one)).collect(),
        }
    }

    fn verdict(&self, addenda: &Addenda) -> Verdict {
        let apart = self.disagreements();
        if self.is_of_other_pair(addenda, apart.len()) {
            let system = self.diff.new.system;
            let edition = addenda.before.and_then(|count| edition::of_count(system, count));
            let mut unmentioned: Vec<Code> = self.silent().map(|key| key.0).collect();
            unmentioned.dedup();
            let (broken, unmentioned) = (self.broken(), unmentioned.len());
            return Verdict::OtherPair { edition, broken, unmentioned };
        }
        if apart.is_empty() { Verdict::Agrees } else { Verdict::Differs(apart) }
    }

    fn is_of_other_pair(&self, addenda: &Addenda, apart: usize) -> bool {
        let counted = [(addenda.before, self.diff.old), (addenda.after, self.diff.new)];
        let mut counted = counted.iter().filter_map(|&(count, of)| Some((count?, of))).peekable();
        let all = self.silent().count() + self.addenda.len();
        if counted.peek().is_none() {
            return apart * 2 > all;
        }
        let mut moved = counted.filter(|&(count, of)| count != of.billable()).peekable();
        // A row that is missing in a file moves its count, and little else; the
        // edition between two may have changed little, but it is known.
        let editions = |(count, of): (usize, &Release)| {
            [count, of.billable()].iter().all(|&it| edition::of_count(of.system, it).is_some())
        };
        moved.peek().is_some() && (apart * 10 > all || moved.any(editions))
    }

    /// What the files say alone.
    fn silent(&self) -> impl Iterator<Item = &Key> {
        self.files.keys().filter(|key| !self.addenda.contains_key(*key))
    }

    /// What stands on one side alone, or on both with other titles.
    fn disagreements(&self) -> Vec<Disagreement> {
        let mut apart: Vec<Disagreement> =
            self.silent().map(|&key| disagreement(key, Said::Files, None)).collect();
        for (&key, said) in &self.addenda {
            let found = match self.files.get(&key) {
                None => Said::Addenda,
                Some(change) if self.common.titles_differ(said, change) => Said::OtherTitles,
                Some(_) => continue,
            };
            apart.push(disagreement(key, found, Some(said.line)));
        }
        apart.sort_by_key(|one| (one.code, one.act, one.billable));
        apart
    }

    /// The statements that do not hold in NEW, whatever lay before it.
    fn broken(&self) -> Vec<Disagreement> {
        let broken = self.addenda.iter().filter(|&(key, said)| !self.holds(*key, said));
        let broken = broken.map(|(&key, said)| disagreement(key, Said::Addenda, Some(said.line)));
        broken.collect()
    }

    fn holds(&self, (code, act, billable): Key, said: &Statement) -> bool {
        let new = self.diff.new;
        let here = new.get(code).filter(|entry| entry.billable == billable);
        let titled = |titles: &Wording| {
            here.is_some_and(|entry| {
                let titles_here = Titles { short: new.short(entry), long: new.long(entry) };
                !self.common.differ(titles, titles_here)
            })
        };
        match act {
            Act::Delete => here.is_none(),
            Act::Add | Act::Revise => said.new.as_ref().is_some_and(titled),
        }
    }
}

impl Common {
    /// Whether the addenda would mention this change.
    fn speaks_of(self, change: &Change<'_>) -> bool {
        self.short || change.kind != Kind::ShortRevised
    }

    /// Whether the files would show what the addenda says.
    fn says(self, said: &Statement) -> bool {
        let only_short = || match (&said.old, &said.new) {
            (Some(old), Some(new)) => old.long == new.long,
            _ => false,
        };
        (self.headers || said.billable) && (self.short || !only_short())
    }

    fn titles_differ(self, said: &Statement, change: &Change<'_>) -> bool {
        let differ = |said: &Option<Wording>, titles: Option<Titles<'_>>| {
            said.as_ref().zip(titles).is_some_and(|(said, titles)| self.differ(said, titles))
        };
        differ(&said.old, change.old) || differ(&said.new, change.new)
    }

    fn differ(self, said: &Wording, titles: Titles<'_>) -> bool {
        said.long != titles.long || self.short && said.short != titles.short
    }
}

fn disagreement((code, act, billable): Key, said: Said, line: Option<usize>) -> Disagreement {
    Disagreement { code, act, billable, said, line }
}

/// A change in the publisher's words: what is done, to the billable code or to
/// the header.
fn acts(kind: Kind) -> &'static [(Act, bool)] {
    match kind {
        Kind::Added => &[(Act::Add, true)],
        Kind::BecameBillable => &[(Act::Add, true), (Act::Delete, false)],
        Kind::Deleted => &[(Act::Delete, true)],
        Kind::BecameHeader => &[(Act::Delete, true), (Act::Add, false)],
        Kind::Revised | Kind::ShortRevised => &[(Act::Revise, true)],
        Kind::HeaderAdded => &[(Act::Add, false)],
        Kind::HeaderDeleted => &[(Act::Delete, false)],
        Kind::HeaderRevised => &[(Act::Revise, false)],
    }
}
