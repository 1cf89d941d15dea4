//! Suggestions as rows: `old,rank,new,score,why`, best first.

use std::io::{self, Write};

use super::unwritten;
use crate::suggest::{Suggestion, Suggestions};

/// Writes at most `top` rows for each code that is wanted.
///
/// # Errors
/// As the writer fails.
pub fn write(
    suggestions: &Suggestions,
    wanted: impl Fn(&Suggestion) -> bool,
    top: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["old", "rank", "new", "score", "why"]).map_err(unwritten)?;
    for suggestion in suggestions.all().iter().filter(|suggestion| wanted(suggestion)) {
        let old = suggestion.old.to_string();
        for (candidate, rank) in suggestion.candidates.iter().take(top).zip(1..) {
            let why = candidate.why(suggestion.old);
            let row = [
                old.as_str(),
                &rank.to_string(),
                &candidate.code.to_string(),
                &format!("{:.4}", candidate.score),
                &why,
            ];
            csv.write_record(row).map_err(unwritten)?;
        }
    }
    csv.flush()
}
