//! `codeturn.map/1`: rules of a converted table, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::crosswalk::{Crosswalk, Rule, Topic};

/// Writes the document: the rules, and the cells that were not understood.
///
/// # Errors
/// As the writer fails.
pub fn write(crosswalk: &Crosswalk, rules: &[Rule], out: &mut dyn Write) -> io::Result<()> {
    let odd = crosswalk.warnings.iter().filter(|warning| warning.topic != Topic::Overridden);
    let value = json!({
        "schema": "codeturn.map/1",
        "sources": crosswalk.sources.iter().map(|source| json!({
            "path": source.path.to_string_lossy(), "digest": source.digest, "layout": source.layout,
        })).collect::<Value>(),
        "rules": rules.iter().map(rule).collect::<Value>(),
        "odd": odd.map(|warning| json!({
            "row": warning.at.line, "topic": warning.topic, "message": warning.message,
        })).collect::<Value>(),
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}

fn rule(rule: &Rule) -> Value {
    json!({
        "old": rule.old, "new": rule.new, "system": rule.system, "relation": rule.relation,
        "effective": rule.effective.map(|day| day.to_string()), "note": rule.note, "source": rule.source,
    })
}
