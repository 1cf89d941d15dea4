//! `codeturn.map/1`: rules of a converted table, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::map_csv::Dots;
use crate::crosswalk::{Crosswalk, Rule, Topic};

/// Writes the document: the rules, and the cells that were not understood.
///
/// # Errors
/// As the writer fails.
pub fn write(
    crosswalk: &Crosswalk,
    rules: &[Rule],
    dots: Dots,
    out: &mut dyn Write,
) -> io::Result<()> {
    let odd = crosswalk.warnings.iter().filter(|warning| warning.topic != Topic::Overridden);
    let value = json!({
        "schema": "codeturn.map/1",
        "sources": crosswalk.sources.iter().map(|source| json!({
            "path": source.path.to_string_lossy(), "digest": source.digest, "layout": source.layout,
        })).collect::<Value>(),
        "rules": rules.iter().map(|rule| value(rule, dots)).collect::<Value>(),
        "odd": odd.map(|warning| json!({
            "row": warning.at.line, "topic": warning.topic, "message": warning.message,
        })).collect::<Value>(),
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}

fn value(rule: &Rule, dots: Dots) -> Value {
    let (old, new) = dots.codes(rule);
    json!({
        "old": old, "new": new, "system": rule.system, "relation": rule.relation,
        "effective": rule.effective.map(|day| day.to_string()), "note": rule.note, "source": rule.source,
    })
}
