//! What a code was on its day, and what became of it.
//!
//! The machine-readable names of verdicts, buckets and reasons stand here and
//! nowhere else, beside the words in which a person reads them.

use serde::{Serialize, Serializer};

/// Names the variants of a fieldless enum once: the variant, its
/// machine-readable name and the words for a person.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $id:literal, $words:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            /// How many there are.
            pub const COUNT: usize = $name::ALL.len();

            /// The machine-readable name.
            pub const fn id(self) -> &'static str {
                match self { $($name::$variant => $id,)* }
            }

            /// The words on screen.
            pub fn words(self) -> &'static str {
                match self { $($name::$variant => $words,)* }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }
    };
}

named! {
    /// What a code was on the day that judges it.
    Verdict {
        /// Billable on the day, and still.
        Valid = "valid", "Valid on its date of service";
        /// Billable on the day, retired since.
        Historical = "historical", "Valid on its date of service (retired later): no action";
        /// Gone, or terminated, on the day.
        Deleted = "deleted", "Deleted before the date of service";
        /// A category on the day, billable before.
        BecameHeader = "became_header", "Now incomplete: split into longer codes";
        /// Never billable in the releases given.
        AlwaysHeader = "always_header", "Incomplete code";
        /// Billable only later.
        NotYetValid = "not_yet_valid", "Not yet valid on the date of service";
        /// ICD-10 before 1 October 2015.
        BeforeSystem = "before_system", "Before ICD-10 came into use (2015-10-01)";
        /// Earlier than the earliest release given.
        BeforeHistory = "before_history", "NOT CHECKED: earlier than the earliest release given";
        /// The days that could judge it disagree, or an edition is missing.
        DateUncertain = "date_uncertain", "NOT CHECKED: the date leaves it open";
        /// In no release given.
        Unknown = "unknown", "In no release given";
        /// No day to judge by.
        Undated = "undated", "NOT CHECKED: no date of service";
        /// No release of its system given, or none stated.
        OtherSystem = "other_system", "NOT CHECKED: no release of its code system, or none stated";
    }
}

impl Verdict {
    /// Whether the code was retired on its day.
    pub fn is_retired(self) -> bool {
        matches!(self, Verdict::Deleted | Verdict::BecameHeader)
    }

    /// Adds up what was counted by verdict, of those for which `which` holds.
    pub fn sum(counts: &[u64; Verdict::COUNT], which: impl Fn(Verdict) -> bool) -> u64 {
        let wanted = Verdict::ALL.iter().filter(|verdict| which(**verdict));
        wanted.map(|verdict| counts[*verdict as usize]).sum()
    }

    /// Whether it says what the code was on its day: right, or wrong.
    pub fn is_judged(self) -> bool {
        self.is_wrong() || matches!(self, Verdict::Valid | Verdict::Historical)
    }
}

named! {
    /// What became of a site; every site lands in exactly one.
    Bucket {
        /// Valid: nothing to do.
        Valid = "valid", "valid on their date";
        /// Valid on its day, retired since: nothing to do.
        Historical = "historical", "valid on their date (retired later): no action";
        /// Replaced by its one automatic rule.
        Replaced = "replaced", "replaced";
        /// Still valid, replaced because a payer asks for it.
        Recoded = "recoded", "recoded for a payer";
        /// Replaced by a reviewer's choice.
        Chosen = "chosen", "replaced by a reviewer's choice";
        /// Kept by a reviewer's choice.
        Kept = "kept", "kept by a reviewer's choice";
        /// A person must decide.
        Review = "review", "for a coder: see the reasons in the worklist";
        /// Retired, and no rule names a successor.
        NoMapping = "no_mapping", "for a coder: no successor in the mapping";
        /// Retired, in records that are never rewritten.
        ReportOnly = "report_only", "retired or decided: listed or reported, not rewritten";
        /// Never billable.
        AlwaysHeader = "always_header", "incomplete codes";
        /// Billable only later.
        NotYetValid = "not_yet_valid", "not yet valid on their date";
        /// ICD-10 before 1 October 2015.
        BeforeSystem = "before_system", "before ICD-10 came into use";
        /// Earlier than the earliest release given.
        BeforeHistory = "before_history", "NOT CHECKED: earlier than the earliest release";
        /// The date leaves it open.
        DateUncertain = "date_uncertain", "NOT CHECKED: the date leaves it open";
        /// In no release given.
        Unknown = "unknown", "in no release given";
        /// No day to judge by.
        Undated = "undated", "NOT CHECKED: no date";
        /// No release of its system.
        OtherSystem = "other_system", "NOT CHECKED: no release of their code system";
    }
}

impl Bucket {
    /// Whether such a site stands on the worklist.
    pub fn is_for_a_person(self) -> bool {
        matches!(
            self,
            Bucket::Review
                | Bucket::NoMapping
                | Bucket::DateUncertain
                | Bucket::Undated
                | Bucket::NotYetValid
                | Bucket::AlwaysHeader
                | Bucket::Unknown
        )
    }

    /// Whether the site's bytes change.
    pub fn is_rewritten(self) -> bool {
        matches!(self, Bucket::Replaced | Bucket::Recoded | Bucket::Chosen)
    }
}

named! {
    /// Why a site stands where it stands, where the bucket alone does not say.
    Reason {
        /// Several rules hold.
        SeveralRules = "several_rules", "several successors: choose by the record";
        /// Rules exist, none of their conditions is met.
        NoConditionMet = "no_condition_met", "no condition of any rule is met";
        /// The record lacks what a condition asks for.
        FactMissing = "fact_missing", "the record lacks what the rule asks for";
        /// The row asks for a person.
        Relation = "relation", "the mapping row asks for a person";
        /// The new code needs something beside itself.
        Needs = "needs", "the new code needs something beside it";
        /// The new code counts in another unit.
        UnitChanged = "unit_changed", "the new code counts in another unit";
        /// Only one of the two titles names an amount.
        UnitUnknown = "unit_unknown", "only one of the two titles names an amount";
        /// The new code does not fit the field.
        Unfit = "unfit", "the new code does not fit the field";
        /// The new code is of a system that may not stand there.
        OtherSystemTarget = "other_system_target", "the new code is of another code system";
        /// Two codes of one claim would become one.
        Duplicate = "duplicate", "the claim would carry the same code twice";
        /// The column's values do not fit its system.
        SystemDoubtful = "system_doubtful", "the column's values do not fit its code system";
        /// The row has more cells than the header.
        Ragged = "ragged", "the row has more cells than the header";
        /// The candidate days disagree.
        Straddle = "straddle", "spans the update: split the claim";
        /// One of the candidate days lies before the earliest release; the others agree.
        HistoryMissing = "history_missing", "a day of it lies before the earliest release given";
        /// Discharge after the through date, and the verdicts differ.
        DischargeConflict = "discharge_conflict", "discharge lies after the claim's through date";
        /// Inpatient or not is unknown or contradicted, and the verdicts differ.
        ClassConflict = "class_conflict", "inpatient or not cannot be told";
        /// The edition that would tell was not given.
        EditionMissing = "edition_missing", "the edition in force on that day was not given";
        /// No day.
        NoDate = "no_date", "no date of service, or none that can be read";
        /// A stay without an end.
        OpenStay = "open_stay", "the stay has no end";
        /// A choice would give rows of one claim different codes.
        Unequal = "unequal", "rows of the claim would get different codes";
    }
}
