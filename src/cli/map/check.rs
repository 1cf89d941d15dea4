//! `codeturn map check`: what is wrong or doubtful in mapping files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::check::{self, Checked, Weight};
use crate::cli::output::{self, Content};
use crate::cli::records::{self, RecordOptions, ReleaseArgs};
use crate::cli::{Outcome, Term};
use crate::crosswalk;
use crate::error::{Error, Result};
use crate::record::RecordedDays;
use crate::report::{map_check_json, map_check_text};
use crate::run::impact::{self, Impact};

/// What was typed after `codeturn map check`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Check {
    /// Mapping files; a later one overrides an earlier one
    #[arg(value_name = "MAP", required = true)]
    maps: Vec<PathBuf>,
    /// Records (files or folders): what the mapping would mean for them, most frequent codes first
    #[arg(long, value_name = "RECORDS")]
    impact: Vec<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exit with status 1 if a row is set aside or doubtful, or a row is missing
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    releases: ReleaseArgs,
    #[command(flatten)]
    records: RecordOptions,
}

const HELP: &str = "\
Example:
  codeturn map check our-map.csv --old cm-2024.zip --new cm-2025.zip --impact claims.csv

Exit status: 0 done; 1 with --exit-code, when findings remain; 2 wrong usage; 3 the mapping holds
errors, for which every run would refuse it, or an input was refused; 4 reading or writing failed.";

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A list by weight.
    Text,
    /// The same, for programs.
    Json,
}

impl Check {
    /// Checks the mapping files.
    ///
    /// # Errors
    /// The mapping holds errors (said after everything is written), or an input is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let history = self.releases.history(term)?;
        let (crosswalk, faults) = crosswalk::files::read_all(&self.maps, &history);
        let checked = check::check(crosswalk, &faults, history);
        let impact = self.impact(term, &checked)?;
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        output::write(term, self.output.as_deref(), content, |sink| {
            let written = match self.format {
                Format::Text => map_check_text::write(sink, &checked, impact.as_ref()),
                Format::Json => map_check_json::write(sink, &checked, impact.as_ref()),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        match checked.count(Weight::Error) {
            0 => {}
            1 => return Err(Error::refused("the mapping holds an error: it would be refused")),
            errors => {
                let message = format!("the mapping holds {errors} errors: it would be refused");
                return Err(Error::refused(message));
            }
        }
        let remains = checked.count(Weight::Aside) + checked.count(Weight::Doubt) > 0;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }

    fn impact(&self, term: &mut Term, checked: &Checked) -> Result<Option<Impact>> {
        if self.impact.is_empty() {
            return Ok(None);
        }
        let hints = self.records.hints(None, RecordedDays::Count);
        let inputs = records::open(term, &self.impact, &hints, &checked.table)?;
        let bar = term.progress(inputs.size(), "reading");
        let progress = records::advance(&bar);
        let impact = impact::impact(&inputs, &checked.table, self.records.pace(), progress)?;
        bar.finish_and_clear();
        Ok(Some(impact))
    }
}
