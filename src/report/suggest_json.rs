//! `codeturn.suggest/1`: suggestions for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::suggest::{Suggestion, Suggestions};

/// Writes the document, at most `top` candidates a code.
///
/// # Errors
/// As the writer fails.
pub fn write(
    suggestions: &Suggestions,
    wanted: impl Fn(&Suggestion) -> bool,
    top: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let codes = suggestions.all().iter().filter(|suggestion| wanted(suggestion));
    let value = json!({
        "schema": "codeturn.suggest/1",
        "system": suggestions.system,
        "codes": codes.map(|suggestion| code(suggestion, top)).collect::<Value>(),
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}

fn code(suggestion: &Suggestion, top: usize) -> Value {
    let candidates = suggestion.candidates.iter().take(top);
    json!({
        "old": suggestion.old,
        "confident": suggestion.is_confident,
        "shown": suggestion.shown,
        "candidates": candidates.map(|candidate| json!({
            "new": candidate.code, "score": candidate.score, "why": candidate.why(suggestion.old),
        })).collect::<Value>(),
    })
}
