//! What reviewers decided: the part of the table that is about single sites.
//!
//! A choice that names a code stands among the rules, behind those of the
//! mappings, with a route of its own: what is replaced by it is checked, proven
//! and taken back as any other replacement. It says nothing of any other site,
//! so no code is looked up here and none is a candidate because of it.

use super::Lane;
use super::ruling::Ruling;
use super::table::Table;
use super::verdict::Bucket;
use crate::code::{Code, Spelling, System};
use crate::crosswalk::{Rule, Source, SourceLine};

/// What a reviewer decided for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It stays as it is.
    Keep,
    /// Somebody has to be asked first: nothing comes of it yet.
    Query,
    /// A code that was decided for all entries of its own, and that this one cannot take.
    Misfit(Code),
    /// A code stands there instead.
    Replace {
        /// The code.
        new: Code,
        /// Its system.
        system: System,
        /// The rule that the decision became, as a route.
        route: usize,
        /// Whether it was made for all entries of a code at once.
        blanket: bool,
        /// How the reviewer wrote it: for sites that do not show how to.
        spelling: Spelling,
    },
}

/// Who decided, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The row of the worklist.
    pub at: SourceLine,
    /// Who, if anybody says so.
    pub by: Option<String>,
    /// Whether it was made for all entries of a code at once.
    pub by_code: bool,
    /// What was noted beside it.
    pub note: Option<String>,
}

impl Chosen {
    /// Where the site lands, and by which rule; nothing where it stays where it is.
    pub(super) fn outcome(self, lane: Lane) -> Option<(Bucket, Ruling)> {
        match self {
            Chosen::Query | Chosen::Misfit(_) => None,
            Chosen::Keep => Some((Bucket::Kept, Ruling::Keep)),
            Chosen::Replace { new, system, route, blanket, .. } => {
                let ruling = Ruling::Replace { new, system, route, blanket };
                // What is chosen for a list is added to it, beside the row that ends.
                let is_listed = lane == Lane::ListOnly;
                let bucket = if is_listed { Bucket::ReportOnly } else { Bucket::Chosen };
                Some((bucket, ruling))
            }
        }
    }
}

impl Table {
    /// Takes a file of decisions among the sources; says its number.
    pub fn add_source(&mut self, source: Source) -> usize {
        self.crosswalk_mut().sources.push(source);
        self.crosswalk().sources.len() - 1
    }

    /// Takes the choice that what a rule names is replaced by a code of a system;
    /// says its number.
    pub fn choose_code(
        &mut self,
        rule: Rule,
        (system, new): (System, Code),
        spelling: Spelling,
        blanket: bool,
    ) -> usize {
        let (by, note) = (rule.approved_by.clone(), rule.note.clone());
        let signed = Signed { at: rule.at, by, by_code: blanket, note };
        self.crosswalk_mut().rules.push(rule);
        let route = self.add_route(self.crosswalk().rules.len() - 1, blanket);
        self.push_chosen(Chosen::Replace { new, system, route, blanket, spelling }, signed)
    }
}
