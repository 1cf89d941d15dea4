//! Rows for one code held against each other: do they say the same?
//!
//! Nothing is refused here. A table may be half finished, and what a record
//! finally meets is decided record by record; but a person should know which
//! rows will send records to them.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::{Relation, Rule, Topic, Warning};
use crate::code::{Code, System};

/// What the rows without conditions say of each code, counted once: asked of every row.
///
/// Rows that meet for one record are rivals where they do not agree on what becomes of
/// the code, and then nothing is applied. That it has no successor is an answer as any
/// other; an instruction for a valid code never meets one for a retired code.
pub(crate) struct Unconditional {
    outcomes: HashMap<Asked, BTreeSet<Option<Code>>>,
}

/// A code, and whether it is asked for while it is valid.
type Asked = (Option<System>, Code, bool);

impl Unconditional {
    /// Of all rules.
    pub fn of(rules: &[Rule]) -> Unconditional {
        let mut outcomes: HashMap<Asked, BTreeSet<Option<Code>>> = HashMap::new();
        for rule in rules.iter().filter(|rule| rule.when.is_empty()) {
            outcomes.entry(asked(rule)).or_default().insert(rule.new);
        }
        Unconditional { outcomes }
    }

    fn beside(&self, rule: &Rule) -> Option<&BTreeSet<Option<Code>>> {
        self.outcomes.get(&asked(rule)).filter(|_| rule.when.is_empty())
    }

    /// Whether another row holds without a condition as well, and says something else.
    pub fn has_rival(&self, rule: &Rule) -> bool {
        self.beside(rule).is_some_and(|outcomes| outcomes.len() > 1)
    }

    /// How many successors rows without conditions name, where a row is one of them.
    fn successors(&self, rule: &Rule) -> usize {
        let named = self.beside(rule).into_iter().flatten();
        if rule.new.is_some() { named.filter(|new| new.is_some()).count() } else { 0 }
    }
}

fn asked(rule: &Rule) -> Asked {
    (rule.system, rule.old, is_recode(rule))
}

/// What contradicts itself among the rows of each code.
pub(super) fn contradictions(rules: &[Rule]) -> Vec<Warning> {
    let mut by_code: BTreeMap<(Option<System>, Code), Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        by_code.entry((rule.system, rule.old)).or_default().push(rule);
    }
    let mut leading: BTreeMap<(Option<System>, Code), BTreeSet<Code>> = BTreeMap::new();
    for rule in rules {
        let Some(new) = rule.new else { continue };
        leading.entry((rule.new_system.or(rule.system), new)).or_default().insert(rule.old);
    }
    let unconditional = Unconditional::of(rules);
    let mut warnings = Vec::new();
    for group in by_code.values() {
        // Asked of the group once, not by each of its rows.
        let is_named = group.iter().any(|rule| rule.new.is_some() && !is_recode(rule));
        warnings.extend(group.iter().filter_map(|rule| {
            let beside =
                Beside { rows: group.len(), is_named, successors: unconditional.successors(rule) };
            misnamed(rule, beside)
        }));
        warnings.extend(group.iter().filter_map(|rule| {
            let new = (rule.new_system.or(rule.system), rule.new?);
            lone_merge(rule, leading.get(&new)?.len())
        }));
        warnings.extend(overlaps(group));
    }
    warnings
}

/// What the rows for one code say together.
#[derive(Clone, Copy)]
struct Beside {
    rows: usize,
    /// Whether one of them names a successor of the retired code.
    is_named: bool,
    /// How many successors they name without a condition, that of the row among them.
    successors: usize,
}

/// A relation that the number of successors denies.
fn misnamed(rule: &Rule, beside: Beside) -> Option<Warning> {
    let relation = rule.relation?;
    let message = match relation {
        Relation::None if rule.new.is_some() => {
            format!("relation `none`, but {} is named", rule.arrow())
        }
        Relation::None if beside.is_named => {
            format!("{} is said to have no successor, and other rows name one", rule.old_written())
        }
        Relation::Equivalent | Relation::Broader | Relation::Merge if beside.successors > 1 => {
            format!(
                "relation `{relation}`, but {} has {} successors",
                rule.old_written(),
                beside.successors
            )
        }
        Relation::Split if beside.rows == 1 => {
            format!(
                "relation `split`, but {} is the only row for {}",
                rule.arrow(),
                rule.old_written()
            )
        }
        _ => return None,
    };
    let hint = "the rows are kept; where they leave more than one successor, a person decides";
    Some(Warning { at: rule.at, topic: Topic::RelationRows, message, hint: Some(hint.to_owned()) })
}

/// `merge` says that other codes share the successor.
fn lone_merge(rule: &Rule, leading: usize) -> Option<Warning> {
    let is_lone = rule.relation == Some(Relation::Merge) && leading < 2;
    is_lone.then(|| {
        let message =
            format!("relation `merge`, but no other row leads where {} does", rule.arrow());
        let hint = "`equivalent` if it means the same, `broader` if it says less".to_owned();
        Warning { at: rule.at, topic: Topic::RelationRows, message, hint: Some(hint) }
    })
}

fn is_recode(rule: &Rule) -> bool {
    rule.relation == Some(Relation::Recode)
}

/// Rows that can both hold, for different successors: one warning for each row,
/// naming the first one that it meets.
fn overlaps(group: &[&Rule]) -> Vec<Warning> {
    let warnings = group.iter().enumerate().filter_map(|(at, rule)| {
        let other = group[..at].iter().find(|other| overlap(rule, other))?;
        let since = match rule.effective.max(other.effective) {
            Some(day) if rule.effective != other.effective => format!(" from {day} on"),
            _ => String::new(),
        };
        let message = format!(
            "{} and {} (line {}) can both hold for one record{since}",
            rule.arrow(),
            other.arrow(),
            other.at.line
        );
        let hint =
            "make the conditions exclude each other; a record that meets both goes to a person";
        Some(Warning { at: rule.at, topic: Topic::Overlap, message, hint: Some(hint.to_owned()) })
    });
    warnings.collect()
}

fn overlap(rule: &Rule, other: &Rule) -> bool {
    let conditional = !rule.when.is_empty() && !other.when.is_empty();
    let unconditional = rule.when.is_empty() && other.when.is_empty();
    // Of rows with a relation `misnamed` says it.
    let instructions = rule.relation.is_none() && other.relation.is_none() && unconditional;
    let apart = || {
        rule.when.iter().any(|test| {
            let same = other.when.iter().filter(|own| own.field == test.field);
            same.into_iter().any(|own| own.want.excludes(&test.want))
        })
    };
    (conditional || instructions)
        && rule.new != other.new
        && is_recode(rule) == is_recode(other)
        && !apart()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crosswalk::table::tests::mapping;

    fn said(text: &str) -> Vec<String> {
        let crosswalk = mapping(text).expect("a mapping");
        contradictions(&crosswalk.rules).into_iter().map(|warning| warning.message).collect()
    }

    #[test]
    fn a_relation_that_the_rows_deny_is_said() {
        let two = said("old,new,relation\nA,B,equivalent\nA,C,split\n");
        assert_eq!(two, ["relation `equivalent`, but A has 2 successors"]);
        let split = said("old,new,relation\nA,B,split\n");
        assert_eq!(split, ["relation `split`, but A -> B is the only row for A"]);
        let none = said("old,new,relation\nA,,none\nA,B,split\n");
        assert_eq!(none, ["A is said to have no successor, and other rows name one"]);
    }

    /// A row of an instruction for valid codes made a rival of every other row, and a
    /// code named by three rows had as many successors, however few they were.
    #[test]
    fn rows_that_do_not_agree_on_what_becomes_of_a_code_are_rivals() {
        let header = "old,new,relation,payer,effective\n";
        let has_rival = |rows: &str| {
            let crosswalk = mapping(&format!("{header}{rows}")).expect("a mapping");
            Unconditional::of(&crosswalk.rules).has_rival(&crosswalk.rules[0])
        };
        assert!(has_rival("A,B,split,,\nA,C,split,,\n"));
        assert!(has_rival("A,B,split,,\nA,,none,,\n"), "no successor is an answer, too");
        assert!(!has_rival("A,B,split,,\nA,C,recode,,\n"));
        assert!(!has_rival("A,B,split,,\nA,C,split,X,\n"));
        assert!(!has_rival("A,B,split,,\nA,B,split,,2020-10-01\n"));
        let rows = "A,B,equivalent,,\nA,C,split,,\nA,C,split,,2020-10-01\n";
        assert_eq!(
            said(&format!("{header}{rows}")),
            ["relation `equivalent`, but A has 2 successors"]
        );
    }

    #[test]
    fn rows_that_follow_each_other_both_hold_from_the_later_day_on() {
        let header = "old,new,relation,effective\n";
        let text = format!("{header}A,B,equivalent,2020-10-01\nA,C,equivalent,2022-10-01\n");
        assert_eq!(said(&text), ["relation `equivalent`, but A has 2 successors"; 2]);
        let text = format!("{header}A,B,,2020-10-01\nA,C,,2022-10-01\n");
        let both = "A -> C and A -> B (line 2) can both hold for one record from 2022-10-01 on";
        assert_eq!(said(&text), [both]);
        let text = format!("{header}A,B,,\nA,C,,\n");
        assert_eq!(said(&text), ["A -> C and A -> B (line 2) can both hold for one record"]);
    }

    #[test]
    fn a_merge_needs_another_code() {
        let lone = said("old,new,relation\nA,B,merge\n");
        assert_eq!(lone, ["relation `merge`, but no other row leads where A -> B does"]);
        assert!(said("old,new,relation\nA,B,merge\nC,B,merge\n").is_empty());
    }

    #[test]
    fn conditions_that_can_both_hold_are_said() {
        let header = "old,new,payer,when.age\n";
        let both = said(&format!("{header}A,B,MEDICARE,\nA,C,,>=65\n"));
        assert_eq!(both, ["A -> C and A -> B (line 2) can both hold for one record"]);
        assert!(said(&format!("{header}A,B,MEDICARE,\nA,C,!MEDICARE,>=65\nA,D,,\n")).is_empty());
        assert!(said(&format!("{header}A,B,X,<3\nA,C,X,3..18\nA,D,X,>18\n")).is_empty());
    }
}
