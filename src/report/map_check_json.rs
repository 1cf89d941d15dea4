//! `codeturn.map-check/1`: the check of a mapping, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::check::{Checked, Coverage, Finding, Standing, Weight};
use crate::decide::Reason;
use crate::run::impact::Impact;

/// Writes the document.
///
/// # Errors
/// As the sink fails.
pub fn write(sink: &mut dyn Write, checked: &Checked, impact: Option<&Impact>) -> io::Result<()> {
    let crosswalk = checked.table.crosswalk();
    let value = json!({
        "schema": "codeturn.map-check/1",
        "files": crosswalk.sources.iter().map(|source| json!({
            "path": source.path.to_string_lossy(), "digest": source.digest,
        })).collect::<Value>(),
        "counts": {
            "rows": crosswalk.rules.len() + crosswalk.aside.len() + crosswalk.overridden.len(),
            "error": checked.count(Weight::Error),
            "aside": checked.count(Weight::Aside),
            "doubt": checked.count(Weight::Doubt),
            "note": checked.count(Weight::Note),
        },
        "findings": checked.findings.iter().map(|finding| finding_json(checked, finding)).collect::<Value>(),
        "coverage": checked.coverage.iter().map(coverage_json).collect::<Value>(),
        "impact": impact.map(impact_json),
    });
    serde_json::to_writer_pretty(&mut *sink, &value)?;
    writeln!(sink)
}

fn finding_json(checked: &Checked, finding: &Finding) -> Value {
    json!({
        "weight": finding.weight,
        "topic": finding.topic,
        "file": finding.file(&checked.table),
        "line": finding.at.map(|at| at.line).filter(|line| *line > 0),
        "system": finding.old.map(|(system, _)| system),
        "old": finding.old.map(|(_, code)| code),
        "message": finding.message,
        "hint": finding.hint,
    })
}

fn coverage_json(coverage: &Coverage) -> Value {
    json!({
        "system": coverage.system,
        "from": coverage.from.to_string(),
        "to": coverage.to.to_string(),
        "retired": coverage.codes.len(),
        "automatic": coverage.count(Standing::Automatic),
        "conditional": coverage.count(Standing::Conditional),
        "to_choose": coverage.count(Standing::ToChoose),
        "no_successor": coverage.count(Standing::NoSuccessor),
        "no_row": coverage.count(Standing::NoRow),
        "codes": coverage.codes.iter().map(|(code, standing)| json!({
            "code": code, "standing": standing,
        })).collect::<Value>(),
    })
}

fn impact_json(impact: &Impact) -> Value {
    json!({
        "records": impact.records,
        "sites": impact.total.sites(),
        "claims": impact.claims,
        "claims_exact": impact.codes.is_exact(),
        "codes": impact.by_volume().into_iter().map(|((system, code, bucket, reason), sites, claims)| json!({
            "system": system, "code": code, "bucket": bucket.id(),
            "reason": reason.map(Reason::id), "sites": sites, "claims": claims,
        })).collect::<Value>(),
    })
}
