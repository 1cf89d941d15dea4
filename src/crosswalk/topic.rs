//! What is wrong or doubtful about a row of a mapping, by kind.

use serde::Serialize;

/// What a message about a mapping is about. The names are those of `map check --format json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Bytes, cells or columns that cannot be read.
    Unreadable,
    /// The same old, new and conditions twice.
    Duplicate,
    /// A code that becomes itself.
    SelfMap,
    /// Rows that lead back to where they began.
    Cycle,
    /// No release of the row's system was given.
    NoRelease,
    /// The old code stands in no release.
    UnknownOld,
    /// The new code stands in no release.
    UnknownNew,
    /// The code stands in several systems, and the row does not say which.
    SystemOpen,
    /// The old code was never billable.
    NeverBillable,
    /// The old code is still valid.
    NotRetired,
    /// The new code is a category.
    TargetHeader,
    /// The new code is retired before the row can hold.
    TargetRetired,
    /// A relation that needs a new code, and none.
    WithoutSuccessor,
    /// A `recode` row that may not stand, or lacks what it must say.
    Recode,
    /// The relation does not match the number of rows for the code.
    RelationRows,
    /// Rows that can both hold for one record.
    Overlap,
    /// The relation says less change than the titles show.
    RelationTitles,
    /// An automatic row for a code that was split into several.
    Blanket,
    /// The two titles count in different units, or only one names an amount.
    Units,
    /// The new code is of a system that may not stand in the same field.
    OtherSystem,
    /// The release itself names a successor that no row has.
    MissingSuccessor,
    /// A confident suggestion, and no row for the code.
    MissingRow,
    /// A confident suggestion, and rows that name another code.
    OtherSuccessor,
    /// The row is overridden by another file.
    Overridden,
    /// A column that means nothing here.
    UnknownColumn,
    /// A number that a spreadsheet made of a code, read as the code that a release proves.
    Repaired,
    /// A cell of a published table that is not understood.
    Unread,
    /// A published table names a code that no release holds.
    Strange,
    /// Codes are retired by a day that the published table does not reach.
    OutOfReach,
    /// A published table seems to be cut off.
    CutOff,
    /// A day whose form leaves open which number is the month.
    DateForm,
}
