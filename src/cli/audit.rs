//! `codeturn audit`: which codes were not valid on their date. Changes nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::records::{self, RecordArgs, ReleaseArgs};
use super::term::clean;
use super::{Outcome, Term};
use crate::decide::{Table, Verdict};
use crate::error::{Error, Result};
use crate::record::RecordedDays;
use crate::report::audit_csv::AuditCsv;
use crate::report::audit_json::AuditJson;
use crate::report::style::{BOLD, DIM};
use crate::report::worklist;
use crate::run::audit::{self, is_wrong};
use crate::run::counts::CodeCount;
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
        let table = records::table_without_rules(history);
        let inputs =
            self.records.open(term, &self.records.hints(None, RecordedDays::Count), &table)?;
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
        let pace = self.records.pace();
        let keys = inputs.keys();
        let progress = records::advance(bar);
        match self.format {
            Format::Text => {
                let show = Show::Audit { historical: true };
                let audit = audit::audit(inputs, table, show, pace, |_| Ok(()), progress)?;
                summary(sink, table, inputs, &audit).map_err(|error| Error::output(&error))?;
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

/// How many codes are listed under each verdict.
const CODES: usize = 25;

fn summary(
    sink: &mut dyn Write,
    table: &Table,
    inputs: &Inputs,
    audit: &audit::Audit,
) -> std::io::Result<()> {
    let records: u64 = audit.files.iter().map(|file| file.swept.records).sum();
    let files = inputs.files.len();
    writeln!(
        sink,
        "{BOLD}Audit of {files} file{} with {records} records: {} coded entries{BOLD:#}",
        plural(files),
        audit.total.sites()
    )?;
    for verdict in Verdict::ALL {
        let sites = audit.total.verdict(*verdict);
        if sites > 0 {
            writeln!(sink, "{sites:>12}  {} {DIM}({}){DIM:#}", verdict.words(), verdict.id())?;
        }
    }
    let wrong: u64 = Verdict::ALL
        .iter()
        .filter(|verdict| is_wrong(**verdict))
        .map(|verdict| audit.total.verdict(*verdict))
        .sum();
    if wrong == 0 {
        writeln!(
            sink,
            "\n{BOLD}Nothing found:{BOLD:#} no code that was invalid on its date, among the {} entries that could be judged.",
            judged(audit)
        )?;
    } else {
        writeln!(
            sink,
            "\n{BOLD}Rejection/denial risk:{BOLD:#} {wrong} entries on {} claims.",
            audit.claims
        )?;
    }
    for verdict in Verdict::ALL.iter().filter(|verdict| {
        !matches!(
            verdict,
            Verdict::Valid | Verdict::OtherSystem | Verdict::BeforeSystem | Verdict::BeforeHistory
        )
    }) {
        list_codes(sink, table, audit, *verdict)?;
    }
    for passed in &inputs.passed_over {
        writeln!(
            sink,
            "\nNOT CHECKED: {}: {}",
            clean(&passed.path.to_string_lossy()),
            clean(passed.why.message())
        )?;
    }
    writeln!(
        sink,
        "\nNot checked: documentation, medical necessity, NCCI and MUE edits, fitness of modifiers, payment.\nFindings on claims that were paid go to compliance first. One row a site: --format csv."
    )
}

fn judged(audit: &audit::Audit) -> u64 {
    [Verdict::Valid, Verdict::Historical].iter().map(|verdict| audit.total.verdict(*verdict)).sum()
}

fn list_codes(
    sink: &mut dyn Write,
    table: &Table,
    audit: &audit::Audit,
    verdict: Verdict,
) -> std::io::Result<()> {
    let mut codes: Vec<_> = audit.codes.iter().filter(|((_, _, own), _)| *own == verdict).collect();
    if codes.is_empty() {
        return Ok(());
    }
    codes.sort_by_key(|(key, count)| (std::cmp::Reverse(count.sites), *key));
    writeln!(sink, "\n{BOLD}{}{BOLD:#}", verdict.words())?;
    for ((system, code, _), count) in codes.iter().take(CODES) {
        let shown = match (system, code) {
            (Some(system), Some(code)) => code.dotted(*system),
            (None, Some(code)) => code.to_string(),
            _ => "(no code)".to_owned(),
        };
        let title = clean(worklist::title(table, *system, *code, count.last));
        let found = match (count.first, count.last) {
            (Some(first), Some(last)) if first == last => format!("on {first}"),
            (Some(first), Some(last)) => format!("{first} .. {last}"),
            _ => "no date".to_owned(),
        };
        let life = life(verdict, count);
        writeln!(sink, "{:>12}  {shown:<8}  {found:<24}  {life:<22}  {title}", count.sites)?;
    }
    if codes.len() > CODES {
        writeln!(sink, "{:>12}  ... and {} more codes", "", codes.len() - CODES)?;
    }
    Ok(())
}

/// The day that a verdict turns on.
fn life(verdict: Verdict, count: &CodeCount) -> String {
    match (verdict, count.interval.since, count.interval.until) {
        (Verdict::NotYetValid, Some(since), _) => format!("valid from {since}"),
        (Verdict::Deleted | Verdict::BecameHeader | Verdict::Historical, _, Some(until)) => {
            format!("valid until {until}")
        }
        _ => String::new(),
    }
}

/// The ending of a word that is counted.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
