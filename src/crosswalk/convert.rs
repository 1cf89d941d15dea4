//! A published table and the releases -> rows of the tool's own mapping form.
//!
//! The table says which codes a publisher names for which; the releases say
//! which codes are really retired, from which day on, and what may be billed
//! then. For each step from one release to the next there is a row for each
//! retired code and each successor, with the relation that the titles show;
//! where the table names none, a row says so. Steps between two releases that
//! the table knows and the releases do not are joined.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use super::limits::{self, Limit};
use super::published::{Link, Previous, Published};
pub use super::step::Stretch;
use super::step::{Links, Side};
use crate::code::{Code, System};
use crate::history::{Chronicle, History};

/// What a conversion came to.
#[derive(Debug, Default)]
pub struct Converted {
    /// The rows, in order of system, step and code.
    pub rules: Vec<Rule>,
    /// Codes that the table names and no release holds.
    pub strange: Vec<Strange>,
    /// Where the table and the releases do not meet.
    pub limits: Vec<Limit>,
}

/// A code that no release holds, although the row is of their time: a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// Of which of [`Published::parts`] the row is.
    pub part: usize,
    /// The row of the table.
    pub row: u64,
    /// The code.
    pub code: Code,
    /// Whether it is named as new.
    pub is_new: bool,
}

/// Converts a table for all steps of a history that lie in the stretch.
/// `source` is the number of the table among the sources.
pub fn convert(table: &Published, history: &History, stretch: Stretch, source: usize) -> Converted {
    let mut converted = Converted::default();
    let shares = Shares::of(&table.links, history);
    if table.links.is_empty() && !table.unread.is_empty() {
        converted.limits.push(Limit::NothingUnderstood);
    }
    for (system, links) in &shares.links {
        let Some(chronicle) = history.of(*system) else { continue };
        let by_old = Links::new(links, chronicle);
        let unread = &table.unread;
        let side = Side { system: *system, chronicle, history, links: &by_old, unread, source };
        side.rows(stretch, &mut converted.rules);
        converted.limits.extend(limits::of_table(*system, links, chronicle, &converted.rules));
        converted.strange.extend(strange(*system, chronicle, links, history));
    }
    converted.limits.extend(shares.limits);
    converted
        .strange
        .sort_by_key(|strange| (strange.part, strange.row, strange.is_new, strange.code));
    converted.strange.dedup();
    converted
}

/// The links of a table by the systems that they are about.
#[derive(Default)]
struct Shares<'t> {
    links: BTreeMap<System, Vec<&'t Link>>,
    limits: Vec<Limit>,
}

impl<'t> Shares<'t> {
    fn of(links: &'t [Link], history: &History) -> Shares<'t> {
        let mut shares = Shares::default();
        let mut lost: BTreeMap<System, usize> = BTreeMap::new();
        let spoken_of = spoken_of(links, history);
        for link in links {
            match link.system {
                Some(system) if history.of(system).is_none() => {
                    *lost.entry(system).or_default() += 1;
                }
                Some(system) => shares.links.entry(system).or_default().push(link),
                None => {
                    let all = spoken_of.iter();
                    all.for_each(|system| shares.links.entry(*system).or_default().push(link));
                }
            }
        }
        let lost = lost.into_iter();
        shares.limits.extend(lost.map(|(system, rows)| Limit::NoRelease { system, rows }));
        if shares.links.is_empty() && shares.limits.is_empty() && !links.is_empty() {
            shares.limits.push(Limit::NoCode);
        }
        shares
    }
}

/// The systems that a table speaks of whose rows name none: those that alone hold
/// one of its old codes. A code that two systems know shows nothing: `A0100` is a
/// diagnosis without its dot, and a transport.
fn spoken_of(links: &[Link], history: &History) -> BTreeSet<System> {
    let only = |code: Code| {
        let knows =
            |system: &System| history.of(*system).is_some_and(|own| own.life(code).is_some());
        let mut all = history.systems().filter(knows);
        all.next().filter(|_| all.next().is_none())
    };
    let nameless = links.iter().filter(|link| link.system.is_none());
    let old = nameless.filter_map(|link| match link.old {
        Previous::Code(code) | Previous::Range(code, _) | Previous::Below(code) => only(code),
    });
    old.collect()
}

/// Codes of links within the time of the releases that no release holds. CPT is
/// licensed: its codes are not strange where no CPT release was given. A row
/// without a day is of the time of the releases if they know its old code.
fn strange(
    system: System,
    chronicle: &Chronicle,
    links: &[&Link],
    history: &History,
) -> Vec<Strange> {
    let (start, end) = (chronicle.start(), chronicle.newest().effective);
    let is_other = |code: Code| {
        let other = System::by_shape(code).filter(|other| *other != system);
        other.is_some_and(|other| system.shares_field_with(other) && history.of(other).is_none())
    };
    let held = |code: Code| {
        let mut chronicles = history.systems().filter_map(|own| history.of(own));
        chronicles.any(|own| own.life(code).is_some()) || is_other(code)
    };
    let known = |old: Previous| match old {
        Previous::Code(code) => chronicle.life(code).is_some(),
        Previous::Range(..) | Previous::Below(_) => false,
    };
    let within = |link: &&&Link| match link.effective {
        Some(day) => start < day && day <= end,
        None => known(link.old),
    };
    let named = links.iter().filter(within).flat_map(|link| {
        let old = match link.old {
            Previous::Code(code) => {
                Some(Strange { part: link.part, row: link.row, code, is_new: false })
            }
            Previous::Range(..) | Previous::Below(_) => None,
        };
        let is_ours = link.new_system.is_none_or(|other| history.of(other).is_some());
        let new = link.new.filter(|_| is_ours);
        let new = new.map(|code| Strange { part: link.part, row: link.row, code, is_new: true });
        old.into_iter().chain(new)
    });
    named.filter(|strange| !held(strange.code)).collect()
}
