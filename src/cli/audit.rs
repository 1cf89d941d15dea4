//! `codeturn audit`: which codes were not valid on their date. Changes nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::records::{self, RecordArgs, ReleaseArgs};
use super::{Outcome, Term};
use crate::crosswalk::Crosswalk;
use crate::decide::{Table, Verdict};
use crate::error::{Error, Result};
use crate::record::RecordedDays;
use crate::report::audit_csv::AuditCsv;
use crate::report::audit_json::AuditJson;
use crate::report::audit_text;
use crate::run::audit::{self, is_wrong};
use crate::run::harvest::Show;
use crate::run::inputs::Inputs;

/// What was typed after `codeturn audit`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Audit {
    /// How the findings are written: a summary, or one row a site
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List codes too that were valid on their date and are retired since
    #[arg(long)]
    historical: bool,
    /// Exit with status 1 if a code was not valid on its date
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    releases: ReleaseArgs,
    #[command(flatten)]
    records: RecordArgs,
}

const HELP: &str = "\
Example:
  codeturn audit claims.csv --release cm-2023.zip --release cm-2024.zip --release cm-2025.zip

Exit status: 0 done; 1 with --exit-code, when a code was not valid on its date; 2 wrong usage; 3 an
input was refused; 4 reading or writing failed; 130 interrupted.";

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A summary by verdict and code.
    Text,
    /// One row for each site that is not plainly valid.
    Csv,
    /// The same, with the counts.
    Json,
}

impl Audit {
    /// Reads the records and judges every code by its date.
    ///
    /// # Errors
    /// An input is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let history = self.releases.history(term)?;
        let table = Table::new(history, Crosswalk::default());
        let hints = self.records.options.hints(None, RecordedDays::Count);
        let inputs = records::open(term, &self.records.paths, &hints, &table)?;
        let bar = term.progress(inputs.size(), "reading");
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        let audit = output::write(term, self.output.as_deref(), content, |sink| {
            self.write(sink, &table, &inputs, &bar)
        })?;
        bar.finish_and_clear();
        if self.format != Format::Text {
            say_counts(term, &audit);
        }
        let wrong = Verdict::ALL.iter().filter(|verdict| is_wrong(**verdict));
        let remains = wrong.map(|verdict| audit.total.verdict(*verdict)).sum::<u64>() > 0;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }

    fn write(
        &self,
        sink: &mut dyn Write,
        table: &Table,
        inputs: &Inputs,
        bar: &indicatif::ProgressBar,
    ) -> Result<audit::Audit> {
        let show = Show::Audit { historical: self.historical };
        let pace = self.records.options.pace();
        let keys = inputs.keys();
        let progress = records::advance(bar);
        match self.format {
            Format::Text => {
                let show = Show::Audit { historical: true };
                let audit = audit::audit(inputs, table, show, pace, |_| Ok(()), progress)?;
                audit_text::write(sink, table, inputs, &audit)
                    .map_err(|error| Error::output(&error))?;
                Ok(audit)
            }
            Format::Csv => {
                let mut csv = AuditCsv::new(sink, Path::new(""), table, &keys)?;
                let audit =
                    audit::audit(inputs, table, show, pace, |located| csv.row(located), progress)?;
                csv.finish().map(|()| audit)
            }
            Format::Json => {
                let mut json = AuditJson::new(sink, table, &keys)?;
                let audit =
                    audit::audit(inputs, table, show, pace, |located| json.row(located), progress)?;
                json.finish(inputs, &audit).map(|()| audit)
            }
        }
    }
}

fn say_counts(term: &mut Term, audit: &audit::Audit) {
    term.say(format_args!(
        "{} sites looked at, {} claims with a code that was not valid on its date",
        audit.total.sites(),
        audit.claims
    ));
}
