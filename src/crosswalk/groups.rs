//! Rows for one code held against each other: do they say the same?
//!
//! Nothing is refused here. A table may be half finished, and what a record
//! finally meets is decided record by record; but a person should know which
//! rows will send records to them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Relation, Rule, Topic, Warning};
use crate::code::{Code, System};

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
    let mut warnings = Vec::new();
    for group in by_code.values() {
        warnings.extend(group.iter().filter_map(|rule| misnamed(rule, group)));
        warnings.extend(group.iter().filter_map(|rule| {
            let new = (rule.new_system.or(rule.system), rule.new?);
            lone_merge(rule, leading.get(&new)?.len())
        }));
        warnings.extend(overlaps(group));
    }
    warnings
}

/// A relation that the number of successors denies.
fn misnamed(rule: &Rule, group: &[&Rule]) -> Option<Warning> {
    let relation = rule.relation?;
    let rivals = group.iter().filter(|other| rival(rule, other)).count();
    let message = match relation {
        Relation::None if rule.new.is_some() => {
            format!("relation `none`, but {} is named", rule.arrow())
        }
        Relation::None if group.iter().any(|other| other.new.is_some() && !is_recode(other)) => {
            format!("{} is said to have no successor, and other rows name one", rule.old_written())
        }
        Relation::Equivalent | Relation::Broader | Relation::Merge if rivals > 0 => {
            format!(
                "relation `{relation}`, but {} has {} successors",
                rule.old_written(),
                rivals + 1
            )
        }
        Relation::Split if group.len() == 1 => {
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

/// Whether both rows hold without a condition, for different successors: from
/// the later of their days on, if these differ.
fn rival(rule: &Rule, other: &Rule) -> bool {
    let unconditional = rule.when.is_empty() && other.when.is_empty();
    let both = rule.new.is_some() && other.new.is_some() && rule.new != other.new;
    unconditional && both && !is_recode(rule) && !is_recode(other)
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
    // Of rows with a relation `misnamed` says it.
    let instructions = rule.relation.is_none() && other.relation.is_none() && rival(rule, other);
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
