//! plan.json: inputs with digests, the decision table, the expected counts.
//!
//! The same inputs give the same bytes: no time, no user, no machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::summary;
use crate::code::{Code, System};
use crate::crosswalk::{Rule, Source, SourceKind};
use crate::decide::Table;
use crate::error::{Error, Result};
use crate::history::Chronicle;
use crate::release::Digest;
use crate::run::book::Manner;
use crate::run::inputs::{Input, Inputs};
use crate::run::plan::{FilePlan, Plan, Wish};
use crate::run::stored_path::store;

/// Writes the plan and says its digest.
///
/// # Errors
/// The disk is full.
pub fn write(
    path: &Path,
    plan: &Plan,
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
) -> Result<Digest> {
    let mut value = json!({
        "schema": "codeturn.plan/1",
        "tool": env!("CARGO_PKG_VERSION"),
        "records": wish.kind.id(),
        "as_of": wish.as_of.map(|day| day.to_string()),
        "replace_rows": wish.list_rows == crate::decide::ListRows::Replace,
        "undated": wish.undated.id(),
        "write": wish.manner,
        "requires_approval": wish.requires_approval,
        "releases": releases(table),
        "maps": sources(table, |kind| kind != SourceKind::Decisions),
        "decisions": sources(table, |kind| kind == SourceKind::Decisions),
        "rules": table.crosswalk().rules.iter().enumerate().map(|(index, rule)| rule_json(index, rule, table)).collect::<Value>(),
        "set_aside": table.crosswalk().aside.iter().map(|aside| json!({
            "at": table.crosswalk().place(aside.rule.at), "old": aside.rule.old, "new": aside.rule.new, "why": aside.why,
        })).collect::<Value>(),
        "overridden": table.crosswalk().overridden.iter().map(|one| json!({
            "at": table.crosswalk().place(one.rule.at), "old": one.rule.old, "new": one.rule.new, "by": table.crosswalk().place(one.by),
        })).collect::<Value>(),
        "chains": table.routes().filter(|route| route.len() > 1).map(|route| chain(route, table)).collect::<Value>(),
        "routes": routes(plan, table),
        "files": inputs.files.iter().zip(&plan.files).map(|(input, file)| file_json(input, file)).collect::<Value>(),
        "expected": {
            "sites": plan.total.sites(),
            "verdicts": summary::verdicts(&plan.total),
            "buckets": summary::buckets(&plan.total),
            "replacements": plan.edits(),
            "worklist": plan.worklist,
        },
    });
    if table.has_choices() {
        value["decided"] = json!({ "counts": plan.decided.counts, "by": plan.decided.names() });
    }
    if wish.manner == Manner::Annotate {
        value["expected"]["proposed"] = plan.proposed.into();
    }
    let mut bytes =
        serde_json::to_vec_pretty(&value).map_err(|error| Error::internal(error.to_string()))?;
    bytes.push(b'\n');
    fs::write(path, &bytes).map_err(|error| Error::unwritable(path, &error))?;
    Ok(Digest::of(&bytes))
}

fn sources(table: &Table, wanted: impl Fn(SourceKind) -> bool) -> Value {
    let sources = table.crosswalk().sources.iter().filter(|source| wanted(source.kind));
    let json = |source: &Source| json!({ "path": store(&source.path), "digest": source.digest, "size": size(&source.path) });
    // Several sheets of a workbook are one file.
    let mut files: Vec<Value> = sources.map(json).collect();
    files.dedup();
    files.into()
}

fn releases(table: &Table) -> Value {
    let history = table.history();
    let all =
        history.systems().filter_map(|system| history.of(system)).flat_map(Chronicle::releases);
    all.map(|release| {
        json!({
            "system": release.system, "path": store(&release.path), "member": release.member,
            "effective": release.effective.to_string(), "billable": release.billable(), "digest": release.digest,
            "size": size(&release.path),
        })
    })
    .collect()
}

/// How many bytes a file has; nothing where the path leads into a zip or to a folder.
fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len())
}

/// A row of the decision table: the rule and the lane that it was compiled into.
fn rule_json(index: usize, rule: &Rule, table: &Table) -> Value {
    let system = |system: Option<System>| system.map(System::id);
    let (lane, blanket) = table.lane_of(index);
    json!({
        "at": table.crosswalk().place(rule.at),
        "system": system(rule.system),
        "old": rule.old,
        "new": rule.new,
        "new_system": system(rule.new_system),
        "relation": rule.relation,
        "effective": rule.effective.map(|day| day.to_string()),
        "when": rule.when.iter().map(|test| (test.field.clone(), test.written.clone().into())).collect::<serde_json::Map<_, _>>(),
        "lane": lane,
        "blanket": blanket,
        "approved_by": rule.approved_by,
        "approved_on": rule.approved_on,
        "source": rule.source,
    })
}

/// What the rules that were used come to: every edit of the lists is one of these.
fn routes(plan: &Plan, table: &Table) -> Value {
    let used = plan.files.iter().flat_map(|file| file.route_days.keys());
    let used: BTreeSet<usize> = used.copied().collect();
    let rule = |at: &usize| &table.crosswalk().rules[*at];
    let one = |number: usize| {
        let rules = table.route(number);
        json!({
            "route": number,
            "old": rules.first().map(|at| rule(at).old),
            "new": rules.last().and_then(|at| rule(at).new),
            "at": table.crosswalk().places(rules),
        })
    };
    used.into_iter().map(one).collect()
}

/// Rules joined across years: the codes on the way, and where the rules stand.
fn chain(route: &[usize], table: &Table) -> Value {
    let rules = route.iter().map(|&at| &table.crosswalk().rules[at]);
    let codes = route.first().map(|&at| table.crosswalk().rules[at].old).into_iter();
    let codes: Vec<Code> = codes.chain(rules.filter_map(|rule| rule.new)).collect();
    json!({ "codes": codes, "at": table.crosswalk().places(route) })
}

fn file_json(input: &Input, file: &FilePlan) -> Value {
    json!({
        "path": store(&input.path),
        "size": file.swept.size,
        "digest": file.swept.digest,
        "records": file.swept.records,
        "layout": input.layout.notes,
        "warnings": input.layout.warnings,
        "edits": { "list": file.edit_list, "count": file.edits, "digest": file.edit_digest },
        "output": file.output.as_deref().map(store),
        "appending": file.appending,
        "buckets": summary::by_column(input, &file.columns, summary::occurring_buckets),
    })
}
