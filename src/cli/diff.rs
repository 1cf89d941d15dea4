//! `codeturn diff`: what changed between two releases.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::{Outcome, Term, releases};
use crate::code::System;
use crate::diff::{self, Kind};
use crate::error::{Error, Result};
use crate::release::{Release, Wanted};
use crate::report::{Descriptors, Listing, diff_csv, diff_json, diff_text};

/// What was typed after `codeturn diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The older release as downloaded (zip, txt, csv, or a folder with one)
    #[arg(value_name = "OLD[@DATE]")]
    old: Wanted,
    /// The newer release; a date behind a path, as in cm.zip@2024-10-01, says when it takes effect
    #[arg(value_name = "NEW[@DATE]")]
    new: Wanted,
    /// How the changes are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The code system: icd10cm, icd10pcs, hcpcs, cpt, cdt, icd9cm, icd9pcs or local
    #[arg(long, value_name = "ID")]
    system: Option<System>,
    /// Exit with status 1 if there are differences
    #[arg(long)]
    exit_code: bool,
    /// List only these kinds of changes; the figures count all
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        help = "List only these kinds of changes (the figures count all): added, became_billable, \
                deleted, became_header, revised, short_revised, header_added, header_deleted, \
                header_revised"
    )]
    kind: Vec<Kind>,
    /// Codes only, no titles: those of licensed sets may not be passed on
    #[arg(long)]
    no_descriptors: bool,
}

/// How the changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One row a code.
    Csv,
    /// `codeturn.diff/1`.
    Json,
}

impl Diff {
    /// Reads both releases, compares them and writes the changes.
    ///
    /// # Errors
    /// A release that is refused, or two that are no pair.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let wanted = [self.old.clone().of(self.system), self.new.clone().of(self.system)];
        let releases = releases::load_each(term, &wanted)?;
        self.compare(term, single(&releases[0], &self.old)?, single(&releases[1], &self.new)?)
    }

    fn compare(&self, term: &mut Term, old: &Release, new: &Release) -> Result<Outcome> {
        let diff = diff::compare(old, new)?;
        for note in &diff.notes {
            term.warn(note);
        }
        let listing = Listing {
            kinds: self.kind.clone(),
            descriptors: if self.no_descriptors { Descriptors::Hidden } else { Descriptors::Shown },
        };
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        output::write(term, self.output.as_deref(), content, |out| {
            let written = match self.format {
                Format::Text => diff_text::write(&diff, &listing, out),
                Format::Csv => diff_csv::write(&diff, &listing, out),
                Format::Json => diff_json::write(&diff, &listing, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        let differ = !diff.changes.is_empty();
        Ok(if differ && self.exit_code { Outcome::Remains } else { Outcome::Done })
    }
}

/// The one release that a path holds.
fn single<'r>(releases: &'r [Release], wanted: &Wanted) -> Result<&'r Release> {
    if let [release] = releases {
        return Ok(release);
    }
    let name = |release: &Release| format!("{} of {}", release.system.title(), release.effective);
    let names: Vec<String> = releases.iter().map(name).collect();
    let message = format!("{} releases stand in it: {}", releases.len(), names.join(", "));
    Err(Error::refused(message)
        .at(&wanted.path)
        .hint("select one with --system, or name the file inside, as ZIP/FILE"))
}
