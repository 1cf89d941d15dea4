//! What the reports of a diff for people have in common: the words for kinds
//! and classes, the figures, titles with their differences, and whose they are.

use super::{Descriptors, Listing, clean};
use crate::code::{Code, System};
use crate::diff::wording::{self, Segment};
use crate::diff::{Change, Class, Counts, Diff, Kind, Titles};

/// What stands at the end of every report.
pub const NOT_CHECKED: &str = "Not checked: what the deleted codes are to be replaced by (names are \
                               candidates), coverage, edits and payment of the new ones.";

/// One of the publishers' figures, and what it is made of.
pub struct Figure {
    /// What is counted.
    pub name: &'static str,
    /// How many.
    pub count: usize,
    /// What it is made of.
    pub detail: String,
}

/// The publishers' figures, then what is kept apart from them.
pub fn figures(diff: &Diff<'_>) -> [Figure; 5] {
    let Counts { new, deleted, revised, .. } = diff.counts;
    let counts = &diff.counts;
    let classed = |class| {
        let revised = diff.changes.iter().filter(|change| change.kind == Kind::Revised);
        revised.filter(|change| change.class == Some(class)).count()
    };
    let (meaning, white) = (classed(Class::Meaning), classed(Class::Whitespace));
    let headers = counts.header_added + counts.header_deleted + counts.header_revised;
    let figure = |name, count, detail| Figure { name, count, detail };
    [
        figure(
            "new",
            new,
            format!("{} added, {} became billable", counts.added, counts.became_billable),
        ),
        figure(
            "deleted",
            deleted,
            format!("{} gone, {} became headers", counts.removed, counts.became_header),
        ),
        figure(
            "revised",
            revised,
            format!(
                "{meaning} MAY MEAN SOMETHING ELSE, {white} in blanks, punctuation or case only"
            ),
        ),
        figure("short title only", counts.short_revised, String::new()),
        figure(
            "headers",
            headers,
            format!(
                "{} added, {} gone, {} revised",
                counts.header_added, counts.header_deleted, counts.header_revised
            ),
        ),
    ]
}

/// A kind as people say it.
pub fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "Added",
        Kind::BecameBillable => "Became billable (was a header)",
        Kind::Deleted => "Deleted",
        Kind::BecameHeader => "Now incomplete: split into longer codes",
        Kind::Revised => "Revised",
        Kind::ShortRevised => "Short title revised (the long one stands)",
        Kind::HeaderAdded => "Headers added",
        Kind::HeaderDeleted => "Headers deleted",
        Kind::HeaderRevised => "Headers revised",
    }
}

/// What a kind does to the list of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// One more.
    Comes,
    /// One less.
    Goes,
    /// The same code with another title.
    Stays,
}

impl Effect {
    /// Of a kind.
    pub fn of(kind: Kind) -> Effect {
        match kind {
            Kind::Added | Kind::BecameBillable | Kind::HeaderAdded => Effect::Comes,
            Kind::Deleted | Kind::BecameHeader | Kind::HeaderDeleted => Effect::Goes,
            Kind::Revised | Kind::ShortRevised | Kind::HeaderRevised => Effect::Stays,
        }
    }

    /// Its sign, which stands beside every colour.
    pub fn sign(self) -> char {
        match self {
            Effect::Comes => '+',
            Effect::Goes => '-',
            Effect::Stays => '~',
        }
    }
}

/// Plain wording is the rule; what departs from it is said.
pub fn remark(class: Option<Class>) -> Option<&'static str> {
    match class {
        Some(Class::Whitespace) => Some("blanks, punctuation or case only"),
        Some(Class::Meaning) => Some("MEANING MAY HAVE CHANGED"),
        Some(Class::Wording) | None => None,
    }
}

/// The title of a change, with the words that differ; nothing where titles are
/// not to be written.
pub fn title(change: &Change<'_>, listing: &Listing) -> Option<Vec<Segment>> {
    if listing.descriptors == Descriptors::Hidden {
        return None;
    }
    let best = |titles: Titles<'_>| match titles.long {
        "" => clean(titles.short),
        long => clean(long),
    };
    let whole = |title: String| Some(vec![Segment::Same(title)]);
    match (change.old, change.new) {
        (Some(old), Some(new)) if change.class.is_some() && old.long == new.long => {
            Some(wording::segments(&clean(old.short), &clean(new.short)))
        }
        (Some(old), Some(new)) if change.class.is_some() => {
            Some(wording::segments(&clean(old.long), &clean(new.long)))
        }
        (old, new) => whole(new.or(old).map(best).unwrap_or_default()),
    }
}

/// A title as plain text, differences marked by signs: `[-old-]{+new+}`.
pub fn marked(title: &[Segment]) -> String {
    let mark = |segment: &Segment| match segment {
        Segment::Same(text) => text.clone(),
        Segment::Removed(text) => format!("[-{text}-]"),
        Segment::Added(text) => format!("{{+{text}+}}"),
    };
    title.iter().map(mark).collect()
}

/// The billable codes that stand under a new header, as people write them.
pub fn longer_codes(diff: &Diff<'_>, header: Code) -> Vec<String> {
    let below = diff.new.entries().iter().filter(|entry| {
        entry.code != header && entry.code.starts_with(header) && diff.new.is_billable(entry)
    });
    below.map(|entry| entry.code.dotted(diff.new.system)).collect()
}

/// `E88.810, E88.811`: the same in a line; those past a dozen are counted.
pub fn longer_codes_in_short(diff: &Diff<'_>, header: Code) -> String {
    const SHOWN: usize = 12;
    let codes = longer_codes(diff, header);
    let more = codes.len().saturating_sub(SHOWN);
    let shown = codes[..codes.len() - more].join(", ");
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{shown}{more}")
}

/// What follows a code that may no longer be used: the longer codes below it, or
/// the successors that the release names.
pub fn follows(diff: &Diff<'_>, change: &Change<'_>) -> Option<String> {
    match change.kind {
        Kind::BecameHeader => Some(format!("now {}", longer_codes_in_short(diff, change.code))),
        Kind::Deleted if !change.successors.is_empty() => Some(format!(
            "the release names {}: to be checked for units and meaning",
            named_successors(change)
        )),
        _ => None,
    }
}

/// The successors that the release names, as people write them.
pub fn named_successors(change: &Change<'_>) -> String {
    let written = |code: &Code| {
        System::by_shape(*code).map_or_else(|| code.to_string(), |system| code.dotted(system))
    };
    change.successors.iter().map(written).collect::<Vec<_>>().join(", ")
}

/// Whose the titles of a licensed set are.
pub fn licence(system: System) -> Option<&'static str> {
    match system {
        System::Cpt => Some(
            "CPT is a registered trademark of the American Medical Association; descriptors are \
             licensed",
        ),
        System::Cdt => Some(
            "CDT is a registered trademark of the American Dental Association; descriptors are \
             licensed",
        ),
        _ => None,
    }
}
