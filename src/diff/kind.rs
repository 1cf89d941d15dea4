//! The kinds of changes and how publishers count them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// What happened to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A billable code that was not in the old release.
    Added,
    /// A header that became billable.
    BecameBillable,
    /// A billable code that is gone, or terminated.
    Deleted,
    /// A billable code that became a header: it needs more characters now.
    BecameHeader,
    /// A billable code with another long title.
    Revised,
    /// A billable code with another short title only.
    ShortRevised,
    /// A new header.
    HeaderAdded,
    /// A header that is gone.
    HeaderDeleted,
    /// A header with another title.
    HeaderRevised,
}

impl Kind {
    /// All kinds, billable codes first.
    pub const ALL: [Kind; 9] = [
        Kind::Added,
        Kind::BecameBillable,
        Kind::Deleted,
        Kind::BecameHeader,
        Kind::Revised,
        Kind::ShortRevised,
        Kind::HeaderAdded,
        Kind::HeaderDeleted,
        Kind::HeaderRevised,
    ];

    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::BecameBillable => "became_billable",
            Kind::Deleted => "deleted",
            Kind::BecameHeader => "became_header",
            Kind::Revised => "revised",
            Kind::ShortRevised => "short_revised",
            Kind::HeaderAdded => "header_added",
            Kind::HeaderDeleted => "header_deleted",
            Kind::HeaderRevised => "header_revised",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Kind, String> {
        let known = Kind::ALL.into_iter().find(|kind| kind.id().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.id()).collect();
            format!("`{text}` is no kind of change; one of {}", names.join(", "))
        })
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// How far a title changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// White space, punctuation or case only.
    Whitespace,
    /// Other words, probably for the same thing.
    Wording,
    /// The meaning may have changed.
    Meaning,
}

impl Class {
    /// The machine-readable name.
    pub fn id(self) -> &'static str {
        match self {
            Class::Whitespace => "whitespace",
            Class::Wording => "wording",
            Class::Meaning => "meaning",
        }
    }
}

/// How many changes of each kind there are; the first three are the publishers' figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Added and become billable.
    pub new: usize,
    /// Gone or terminated, and become a header.
    pub deleted: usize,
    /// Billable codes whose long title changed.
    pub revised: usize,
    /// Billable codes that were not there.
    pub added: usize,
    /// Headers that became billable.
    pub became_billable: usize,
    /// Billable codes that are gone or terminated.
    pub removed: usize,
    /// Billable codes that became headers.
    pub became_header: usize,
    /// Billable codes of which only the short title changed.
    pub short_revised: usize,
    /// New headers.
    pub header_added: usize,
    /// Headers that are gone.
    pub header_deleted: usize,
    /// Headers with another title.
    pub header_revised: usize,
}

impl FromIterator<Kind> for Counts {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Counts {
        let mut counts = Counts::default();
        for kind in kinds {
            *counts.slot(kind) += 1;
        }
        counts.new = counts.added + counts.became_billable;
        counts.deleted = counts.removed + counts.became_header;
        counts
    }
}

impl Counts {
    fn slot(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Added => &mut self.added,
            Kind::BecameBillable => &mut self.became_billable,
            Kind::Deleted => &mut self.removed,
            Kind::BecameHeader => &mut self.became_header,
            Kind::Revised => &mut self.revised,
            Kind::ShortRevised => &mut self.short_revised,
            Kind::HeaderAdded => &mut self.header_added,
            Kind::HeaderDeleted => &mut self.header_deleted,
            Kind::HeaderRevised => &mut self.header_revised,
        }
    }
}
