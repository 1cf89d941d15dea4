//! summary.json: counts and codes, no patient's data.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::later_editions;
use crate::decide::{Bucket, Table, Verdict};
use crate::error::{Error, Result};
use crate::run::harvest::Tally;
use crate::run::inputs::{Input, Inputs};
use crate::run::plan::Plan;

/// The name of the summary in a run folder.
pub const SUMMARY: &str = "summary.json";

/// All verdicts, zeros too.
pub fn verdicts(tally: &Tally) -> Value {
    let count = |verdict: &Verdict| (verdict.id().to_owned(), tally.verdict(*verdict).into());
    Verdict::ALL.iter().map(count).collect::<Map<_, _>>().into()
}

/// All buckets, zeros too.
pub fn buckets(tally: &Tally) -> Value {
    let count = |bucket: &Bucket| (bucket.id().to_owned(), tally.bucket(*bucket).into());
    Bucket::ALL.iter().map(count).collect::<Map<_, _>>().into()
}

/// The verdicts that occur.
pub fn occurring_verdicts(tally: &Tally) -> Value {
    occurring(verdicts(tally))
}

/// The buckets that occur.
pub fn occurring_buckets(tally: &Tally) -> Value {
    occurring(buckets(tally))
}

fn occurring(counts: Value) -> Value {
    match counts {
        Value::Object(counts) => {
            counts.into_iter().filter(|(_, count)| *count != json!(0)).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

/// The counts of a file, by code column.
pub fn by_column(
    input: &Input,
    tallies: &[Tally],
    counts: impl Fn(&Tally) -> Value,
) -> Map<String, Value> {
    let columns = input.layout.codes.iter().zip(tallies);
    columns.map(|(column, tally)| (column.name.clone(), counts(tally))).collect()
}

/// The files that were named and not read.
pub fn not_read(inputs: &Inputs) -> Value {
    inputs.passed_over.iter().map(|one| Value::from(one.path.to_string_lossy())).collect()
}

/// Writes the summary of a run.
///
/// # Errors
/// The disk is full.
pub fn write(path: &Path, plan: &Plan, inputs: &Inputs, table: &Table) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(&of(plan, inputs, table))
        .map_err(|error| Error::internal(error.to_string()))?;
    bytes.push(b'\n');
    fs::write(path, bytes).map_err(|error| Error::unwritable(path, &error))
}

/// The summary of a run.
pub fn of(plan: &Plan, inputs: &Inputs, table: &Table) -> Value {
    let files: Vec<Value> = inputs
        .files
        .iter()
        .zip(&plan.files)
        .map(|(input, file)| {
            let columns = by_column(input, &file.columns, occurring_buckets);
            json!({
                "path": input.name, "size": file.swept.size, "digest": file.swept.digest,
                "records": file.swept.records, "replacements": file.replacements, "output": file.output.as_ref().map(|output| output.to_string_lossy()),
                "columns": columns,
            })
        })
        .collect();
    let mut summary = json!({
        "schema": "codeturn.summary/1",
        "files": files,
        "not_read": not_read(inputs),
        "sites": plan.total.sites(),
        "verdicts": verdicts(&plan.total),
        "buckets": buckets(&plan.total),
        "claims": {
            "touched": plan.claims.touched,
            "replaced": plan.claims.replaced,
            "review": plan.claims.review,
        },
        "decisions": plan.decided.counts,
        "blanket": plan.blanket,
        "detail_lost": plan.detail_lost,
        "recheck": plan.recheck,
        "later_editions": later_editions::json(table, &plan.behind),
    });
    if plan.files.iter().any(|file| file.appending.is_some()) {
        summary["proposed"] = plan.proposed.into();
    }
    summary
}
