//! The audit cut several ways, for programs: everything that the text shows, and all of it.

use serde_json::{Map, Value, json};

use super::audit_view::View;
use super::worklist;
use crate::decide::risk::Risk;
use crate::decide::{Table, Undated, Verdict};
use crate::record::money::{self, Whose};
use crate::run::audit::Audit;
use crate::run::inputs::Inputs;
use crate::run::slices::{Share, Slice};

/// The members behind the counts, by name.
pub fn members(
    table: &Table,
    inputs: &Inputs,
    audit: &Audit,
    view: &View,
) -> [(&'static str, Value); 7] {
    [
        ("claims_by_verdict", claims_by_verdict(audit, view)),
        ("risks", risks(audit, view)),
        ("by_code", by_code(table, audit)),
        ("by_year", by_year(audit, view)),
        ("groups", groups(inputs, audit, view)),
        ("charges", charges(inputs, audit, view)),
        ("by_code_exact", audit.codes.is_exact().into()),
    ]
}

/// What is in a share: sites, claims, and where amounts were asked for what was billed.
pub fn share(share: &Share, view: &View) -> Value {
    let counts = Verdict::ALL.iter().filter(|verdict| share.verdicts[**verdict as usize] > 0);
    let verdicts: Map<String, Value> = counts
        .map(|verdict| (verdict.id().to_owned(), share.verdicts[*verdict as usize].into()))
        .collect();
    let mut value = json!({
        "sites": share.sites(), "not_valid": share.wrong(), "claims": share.claims,
        "verdicts": verdicts,
    });
    if view.amount.is_some() {
        value["charges"] = json!(share.billed().map(money::written));
        value["charges_unknown"] = share.unknown.into();
        value["charges_in_part"] = share.in_part.into();
    }
    value
}

/// Claims are counted by verdict where a verdict says that something is to be done.
fn claims_by_verdict(audit: &Audit, view: &View) -> Value {
    let is_counted = |verdict: &&Verdict| match verdict {
        Verdict::DateUncertain => true,
        Verdict::Undated => view.undated == Undated::Review,
        verdict => verdict.is_wrong(),
    };
    let counted = Verdict::ALL.iter().filter(is_counted);
    let count = |verdict: &Verdict| {
        (verdict.id().to_owned(), audit.slices.share(&Slice::Verdict(*verdict)).claims.into())
    };
    counted.map(count).collect::<Map<_, _>>().into()
}

fn risks(audit: &Audit, view: &View) -> Value {
    let one = |risk: Risk| {
        let own = audit.slices.share(&Slice::Risk(risk));
        let mut value = share(&own, view);
        let why = Verdict::ALL.iter().filter(|verdict| own.verdicts[**verdict as usize] > 0);
        let why = why.map(|verdict| {
            let part = audit.slices.share(&Slice::Why(risk, *verdict));
            json!({
                "verdict": verdict, "words": verdict.words(), "sites": part.sites(),
                "claims": part.claims,
            })
        });
        value["carc"] = risk.carc().into();
        value["words"] = risk.words().into();
        value["why"] = why.collect();
        value
    };
    Risk::ALL.into_iter().map(one).collect()
}

fn by_code(table: &Table, audit: &Audit) -> Value {
    let mut codes: Vec<_> = audit.codes.iter().collect();
    codes.sort_by_key(|(key, count)| (std::cmp::Reverse((count.claims, count.sites)), *key));
    let one =
        |((system, code, verdict), count): &(&(_, _, Verdict), &crate::run::counts::CodeCount)| {
            json!({
                "system": system, "code": code, "verdict": verdict,
                "title": worklist::title(table, *system, *code, count.last),
                "sites": count.sites,
                "claims": count.claims,
                "first_date": count.first.map(|day| day.to_string()),
                "last_date": count.last.map(|day| day.to_string()),
                "since": count.interval.since.map(|day| day.to_string()),
                "until": count.interval.until.map(|day| day.to_string()),
            })
        };
    codes.iter().map(one).collect()
}

fn by_year(audit: &Audit, view: &View) -> Value {
    let one = |(year, own): (Option<i16>, Share)| {
        let mut value = share(&own, view);
        value["year"] = json!(year);
        value
    };
    audit.slices.years().into_iter().map(one).collect()
}

fn groups(inputs: &Inputs, audit: &Audit, view: &View) -> Value {
    let one = |(column, field): (usize, &String)| {
        let mut columns: Vec<&str> =
            inputs.files.iter().map(|input| input.layout.groups[column].1.as_str()).collect();
        columns.dedup();
        let values = audit.slices.by_value(column).into_iter().map(|(value, own)| {
            let mut row = share(&own, view);
            row["value"] = String::from_utf8_lossy(value.unwrap_or_default()).into();
            // An empty cell says that there is none; a row without the cell says nothing.
            row["known"] = value.is_some().into();
            row
        });
        json!({ "field": field, "columns": columns, "values": values.collect::<Vec<_>>() })
    };
    view.groups.iter().enumerate().map(|(column, field)| one((column, field))).collect()
}

/// Null where no column of amounts was named.
fn charges(inputs: &Inputs, audit: &Audit, view: &View) -> Value {
    let Some(column) = view.amount else { return Value::Null };
    let (all, amounts) = (audit.slices.share(&Slice::Wrong), &audit.slices.amounts);
    let first = amounts.first_unreadable.map(|(file, line)| {
        let name = inputs.files.get(file - 1).map_or("", |input| &input.name);
        json!({ "file": name, "line": line })
    });
    json!({
        "column": column, "affected": all.billed().map(money::written), "claims": all.claims,
        "read": amounts.read, "absent": amounts.absent, "unreadable": amounts.unreadable,
        "first_unreadable": first, "look_like_totals": amounts.look_repeated(),
        "unknown": all.unknown, "in_part": all.in_part, "differing": amounts.differing,
        "ragged": amounts.ragged, "ambiguous": amounts.ambiguous, "assumed": amounts.assumed,
        "whose": whose(inputs),
    })
}

/// Whose the amounts are, by the name of their column; null where it does not say, and they
/// are summed over the lines.
fn whose(inputs: &Inputs) -> Value {
    let amounts = inputs.files.iter().filter_map(|input| input.layout.amount.as_ref());
    match amounts.map(|amount| amount.is_named.then_some(amount.whose)).next().flatten() {
        Some(Whose::Claim) => "claim".into(),
        Some(Whose::Lines) => "line".into(),
        None => Value::Null,
    }
}
