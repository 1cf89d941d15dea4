//! Rows that can be applied and may yet not say what they should.

use super::{Finding, Weight};
use crate::code::System;
use crate::crosswalk::groups::Unconditional;
use crate::crosswalk::relation::{self, Titles};
use crate::crosswalk::{Relation, Rule, Topic};
use crate::decide::{Reason, Table};

/// What is doubtful about the rows that were kept.
pub(super) fn look(table: &Table) -> Vec<Finding> {
    let unconditional = Unconditional::of(&table.crosswalk().rules);
    let rules = table.crosswalk().rules.iter().enumerate();
    rules
        .flat_map(|(index, rule)| [lane(table, &unconditional, index, rule), titles(table, rule)])
        .flatten()
        .collect()
}

fn finding(rule: &Rule, topic: Topic, message: String, hint: &str) -> Finding {
    Finding {
        weight: Weight::Doubt,
        topic,
        at: Some(rule.at),
        file: None,
        place: rule.at.line.to_string(),
        old: rule.system.map(|system| (system, rule.old)),
        message,
        hint: Some(hint.to_owned()),
    }
}

/// What the table makes of a row that looks automatic.
fn lane(
    table: &Table,
    unconditional: &Unconditional,
    index: usize,
    rule: &Rule,
) -> Option<Finding> {
    let (lane, blanket) = table.lane_of(index);
    let asked = |reason: Reason| lane == reason.id();
    if blanket {
        // Where several rows hold, nothing is applied: that is said of them together.
        return (!unconditional.has_rival(rule)).then(|| split(table, rule));
    }
    if asked(Reason::UnitChanged) || asked(Reason::UnitUnknown) {
        let why = if asked(Reason::UnitChanged) {
            "the two titles count in different units"
        } else {
            "only one of the two titles names an amount"
        };
        let hint =
            "a person decides for each claim, and looks at its units; make the relation `review`";
        return Some(finding(rule, Topic::Units, format!("{}: {why}", rule.arrow()), hint));
    }
    let target = rule.new_system.or(rule.system).map_or("", System::title);
    asked(Reason::OtherSystemTarget).then(|| {
        let message = format!("{}: the new code is of {target}", rule.arrow());
        let hint = "it may not stand in the field of the old one: a person decides";
        finding(rule, Topic::OtherSystem, message, hint)
    })
}

/// A relation that claims less change than the words of the two titles show.
fn titles(table: &Table, rule: &Rule) -> Option<Finding> {
    let stated = rule.relation?;
    let is_narrower = stated == Relation::Narrower;
    if !stated.is_automatic() && !is_narrower {
        return None;
    }
    let (system, new) = (rule.system?, rule.new?);
    let old_title = table.title(system, rule.old);
    let new_title = table.title(rule.new_system.unwrap_or(system), new);
    let why = match relation::compare(old_title, new_title) {
        // A person decides in any case: said only where the titles deny it.
        Titles::Same if is_narrower || stated == Relation::Broader => {
            "the two titles say the same".to_owned()
        }
        Titles::Less if is_narrower => "the new title says less".to_owned(),
        _ if is_narrower => return None,
        Titles::More => {
            format!("the new title adds: {}", relation::added(old_title, new_title).join(" "))
        }
        Titles::Other => "the two titles have different words".to_owned(),
        Titles::Less if stated == Relation::Equivalent => "the new title says less".to_owned(),
        Titles::Same | Titles::Less | Titles::Unknown => return None,
    };
    let message = format!("{}: relation `{stated}`, but {why}", rule.arrow());
    let hint = "read both titles; `broader` loses detail, `review` asks a person";
    Some(finding(rule, Topic::RelationTitles, message, hint))
}

fn split(table: &Table, rule: &Rule) -> Finding {
    let newest = rule.system.and_then(|system| table.history().of(system));
    let on = newest.map(|chronicle| chronicle.newest().effective);
    let below = rule.system.map_or(0, |system| table.split_into(system, rule.old, on).len());
    let message = format!(
        "{}: a blanket choice: the old code was split into {below} billable codes",
        rule.arrow()
    );
    let hint = if rule.when.is_empty() {
        "it is applied to every record, counted and listed apart; no record is read to choose"
    } else {
        "it is applied to every record that meets its conditions, counted and listed apart"
    };
    finding(rule, Topic::Blanket, message, hint)
}
