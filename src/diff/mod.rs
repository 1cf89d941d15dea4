//! Two releases -> what changed, and how the wording did.
//!
//! `new`, `deleted` and `revised` are the publishers' figures: codes that may
//! be billed. A code that stays in the file but becomes a header is retired
//! all the same; a diff by rows alone misses two codes in five. Header changes
//! are kept apart.

pub mod across;
pub mod addenda;
mod kind;
mod own;
mod pair;
pub mod scope;
pub mod wording;

use jiff::civil::Date;

use crate::code::{Code, System};
use crate::error::Result;
use crate::release::{Coverage, Entry, Release, edition};
pub use addenda::Witness;
pub use kind::{Class, Counts, Kind};
pub use own::OwnCodes;

/// What changed between two releases of one system.
#[derive(Debug)]
pub struct Diff<'r> {
    /// The older release.
    pub old: &'r Release,
    /// The newer release.
    pub new: &'r Release,
    /// How many changes of each kind there are.
    pub counts: Counts,
    /// The changes, in code order.
    pub changes: Vec<Change<'r>>,
    /// What a person should know about the comparison.
    pub notes: Vec<String>,
    /// What the publisher's addenda says of it, where one was asked.
    pub addenda: Option<Witness>,
}

/// One code that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'r> {
    /// The code.
    pub code: Code,
    /// What happened to it.
    pub kind: Kind,
    /// For revisions: how far the title changed.
    pub class: Option<Class>,
    /// The titles in the old release; nothing where the code was not in it.
    pub old: Option<Titles<'r>>,
    /// The titles in the new release; nothing where the code is not in it.
    pub new: Option<Titles<'r>>,
    /// The successors that the release itself names for a terminated code:
    /// candidates, for they may say more, count in other units or be of another system.
    pub successors: &'r [Code],
}

/// The titles of a code in one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Titles<'r> {
    /// The short title; empty where the layout has none.
    pub short: &'r str,
    /// The long title; empty where the layout has none.
    pub long: &'r str,
}

/// What a code is in one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Absent,
    Header,
    Billable,
}

/// Compares two releases of one system.
///
/// # Errors
/// Releases that are no pair: different systems, the same file twice, OLD not
/// older than NEW, no code in common, or titles of different kinds.
pub fn compare<'r>(old: &'r Release, new: &'r Release) -> Result<Diff<'r>> {
    pair::check(old, new)?;
    let comparison = Comparison::new(old, new);
    let (mut changes, common) = comparison.changes();
    pair::check_titles(&comparison, &changes, common)?;
    changes.sort_unstable_by_key(|change| change.code);
    let counts = changes.iter().map(|change| change.kind).collect();
    let mut notes = notes(old, new);
    notes.extend(pair::too_many_deleted(old, &counts));
    Ok(Diff { old, new, counts, changes, notes, addenda: None })
}

/// Two releases, and which of their titles can be compared.
struct Comparison<'r> {
    old: &'r Release,
    new: &'r Release,
    short_titles: bool,
}

impl<'r> Comparison<'r> {
    fn new(old: &'r Release, new: &'r Release) -> Comparison<'r> {
        // A codes file has no short titles: their absence is no change.
        let short_titles = old.has_short_titles() && new.has_short_titles();
        Comparison { old, new, short_titles }
    }

    /// What changed, and how many codes stand in both.
    fn changes(&self) -> (Vec<Change<'r>>, usize) {
        let (old, new) = (self.old.entries(), self.new.entries());
        let mut changes = Vec::new();
        let mut in_both = vec![false; new.len()];
        // Editions of one set are mostly in one order: the next code of the one is
        // the next of the other, and needs no search.
        let mut next = 0;
        for entry in old {
            let at = self.new.position(entry.code, next);
            changes.extend(self.of(Some(entry), at.map(|at| &new[at])));
            if let Some(at) = at {
                in_both[at] = true;
                next = at + 1;
            }
        }
        let only_new = new.iter().zip(&in_both).filter(|(_, in_both)| !**in_both);
        changes.extend(only_new.filter_map(|(entry, _)| self.of(None, Some(entry))));
        let common = in_both.iter().filter(|in_both| **in_both).count();
        (changes, common)
    }

    /// The change of one code, if there is one.
    fn of(&self, old: Option<&Entry>, new: Option<&Entry>) -> Option<Change<'r>> {
        let code = old.or(new)?.code;
        // A part says nothing of what it leaves open: that neither goes nor comes back.
        let open =
            |release: &Release, entry: Option<&Entry>| entry.is_none() && release.leaves_open(code);
        if open(self.new, new) || open(self.old, old) {
            return None;
        }
        let titles = |release: &'r Release, entry: Option<&Entry>| {
            entry.map(|entry| Titles { short: release.short(entry), long: release.long(entry) })
        };
        let (old_titles, new_titles) = (titles(self.old, old), titles(self.new, new));
        let places = (place(self.old, old), place(self.new, new));
        let kind = match places {
            (Place::Billable, Place::Billable) | (Place::Header, Place::Header) => {
                self.revision(places.0, old_titles?, new_titles?)?
            }
            _ => self.turn(places)?,
        };
        let class = match kind {
            Kind::Revised | Kind::HeaderRevised | Kind::ShortRevised => {
                Some(class_of(kind, old_titles?, new_titles?))
            }
            _ => None,
        };
        let successors = match kind {
            Kind::Deleted => self.named_successors(code),
            _ => &[],
        };
        Some(Change { code, kind, class, old: old_titles, new: new_titles, successors })
    }

    /// What NEW names as successors of a code, else what OLD named already.
    fn named_successors(&self, code: Code) -> &'r [Code] {
        match self.new.named_successors(code) {
            [] => self.old.named_successors(code),
            named => named,
        }
    }

    /// The kind of a change of place. What a codes file does not list is not
    /// known, so headers that one side cannot have are no change.
    fn turn(&self, places: (Place, Place)) -> Option<Kind> {
        match places {
            (Place::Absent, Place::Billable) => Some(Kind::Added),
            (Place::Header, Place::Billable) => Some(Kind::BecameBillable),
            (Place::Billable, Place::Absent) => Some(Kind::Deleted),
            (Place::Billable, Place::Header) => Some(Kind::BecameHeader),
            (Place::Absent, Place::Header) => {
                (self.old.coverage == Coverage::Whole).then_some(Kind::HeaderAdded)
            }
            (Place::Header, Place::Absent) => {
                (self.new.coverage == Coverage::Whole).then_some(Kind::HeaderDeleted)
            }
            _ => None,
        }
    }

    /// The kind of a change of title, if there is one.
    fn revision(&self, place: Place, old: Titles<'_>, new: Titles<'_>) -> Option<Kind> {
        let long = old.long != new.long;
        let short = self.short_titles && old.short != new.short;
        match (place, long, short) {
            (_, false, false) => None,
            (Place::Header, ..) => Some(Kind::HeaderRevised),
            (_, true, _) => Some(Kind::Revised),
            (_, false, true) => Some(Kind::ShortRevised),
        }
    }
}

/// The class of a revision, by the title that changed.
fn class_of(kind: Kind, old: Titles<'_>, new: Titles<'_>) -> Class {
    if old.long != new.long {
        return wording::class(old.long, new.long);
    }
    debug_assert_ne!(kind, Kind::Revised);
    // Abbreviations come and go; while the long title stands, the meaning does.
    wording::class(old.short, new.short).min(Class::Wording)
}

fn place(release: &Release, entry: Option<&Entry>) -> Place {
    match entry {
        Some(entry) if release.is_billable(entry) => Place::Billable,
        Some(entry) if !entry.billable => Place::Header,
        _ => Place::Absent,
    }
}

fn notes(old: &Release, new: &Release) -> Vec<String> {
    let mut notes = Vec::new();
    if old.coverage == Coverage::BillableOnly {
        notes.push(
            "OLD lists no headers: a header that became billable looks like an added code"
                .to_owned(),
        );
    }
    if new.coverage == Coverage::BillableOnly {
        notes.push(
            "NEW lists no headers: a code that became a header looks like a deleted one".to_owned(),
        );
    }
    if !new.gaps().is_empty() {
        notes.push(
            "NEW is only a part of the code set: what it does not mention is not deleted"
                .to_owned(),
        );
    }
    notes.extend(between(old.system, old.effective, new.effective));
    notes
}

/// An edition in between makes the day of a change unknown.
fn between(system: System, old: Date, new: Date) -> Option<String> {
    let day = edition::first_between(system, old, new)?;
    Some(format!(
        "an edition of {day} lies between the two: what changed after {old} may have changed on \
         that day or later"
    ))
}
