//! Suggestions for people who write mapping files: batches first, then code by
//! code with the words that differ; silence where nothing comes near.

use std::io::{self, Write};

use super::clean;
use super::diff_view::marked;
use super::style::{BOLD, DIM};
use crate::code::Code;
use crate::diff::wording;
use crate::release::Release;
use crate::suggest::batch::{self, Batch};
use crate::suggest::{Suggestion, Suggestions};

/// Fewer codes than these are shown one by one.
const BATCH: usize = 10;
/// So many codes of a batch are named.
const NAMED: usize = 3;

/// Writes the suggestions for the codes that are wanted.
///
/// # Errors
/// As the writer fails.
pub fn write(
    suggestions: &Suggestions,
    releases: (&Release, &Release),
    wanted: impl Fn(&Suggestion) -> bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: Vec<&Suggestion> = suggestions.all().iter().filter(|one| wanted(one)).collect();
    let confident = all.iter().filter(|one| one.is_confident).count();
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}: {} retired codes without a row, {confident} with a suggestion",
        suggestions.system.title(),
        all.len()
    )?;
    let batches: Vec<Batch> = batch::batches(suggestions, BATCH);
    let in_batch = |old: Code| {
        batches.iter().any(|batch| batch.codes.binary_search_by_key(&old, |pair| pair.0).is_ok())
    };
    batches.iter().try_for_each(|batch| write_batch(batch, releases, out))?;
    let page = Page { suggestions, releases };
    for one in all.iter().filter(|one| !in_batch(one.old)) {
        page.code(one, out)?;
    }
    writeln!(
        out,
        "\n{DIM}Suggestions come from titles and codes alone. None is ever applied by itself.{DIM:#}"
    )
}

fn write_batch(
    batch: &Batch,
    releases: (&Release, &Release),
    out: &mut dyn Write,
) -> io::Result<()> {
    let batch::Change { place, from, to } = batch.change;
    writeln!(
        out,
        "\n{BOLD}Character {place}: {from} -> {to}{BOLD:#}, {} codes, to be reviewed once",
        batch.codes.len()
    )?;
    for (old, new) in batch.codes.iter().take(NAMED) {
        let title = difference(releases, *old, *new);
        writeln!(out, "  {old} -> {new}  {title}")?;
    }
    match batch.codes.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => writeln!(out, "  ... and {more} more: --format csv lists all"),
    }
}

struct Page<'s> {
    suggestions: &'s Suggestions,
    releases: (&'s Release, &'s Release),
}

impl Page<'_> {
    fn code(&self, one: &Suggestion, out: &mut dyn Write) -> io::Result<()> {
        let system = self.suggestions.system;
        let old = one.old.dotted(system);
        writeln!(out, "\n{BOLD}{old}{BOLD:#}  {}", clean(self.releases.0.title(one.old)))?;
        if !one.is_confident {
            return writeln!(out, "  no suggestion: nothing comes near");
        }
        for code in &one.shown {
            let why = one.candidates.iter().find(|candidate| candidate.code == *code);
            let why = why.map_or_else(String::new, |candidate| candidate.why(one.old));
            let title = difference(self.releases, one.old, *code);
            writeln!(out, "  {:<8}  {title}  {DIM}({why}){DIM:#}", code.dotted(system))?;
        }
        Ok(())
    }
}

/// Both titles in one, the words that differ marked.
fn difference((older, newer): (&Release, &Release), old: Code, new: Code) -> String {
    marked(&wording::segments(&clean(older.title(old)), &clean(newer.title(new))))
}
