//! `codeturn audit`: which codes were not valid on their date. Changes nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::planning;
use super::records::{self, RecordArgs, ReleaseArgs};
use super::stdin::Stdin;
use super::{Outcome, Term};
use crate::decide::{Kind, Table, Undated, Verdict};
use crate::error::{Error, Result};
use crate::record::{Hints, RecordedDays};
use crate::report::audit_csv::AuditCsv;
use crate::report::audit_json::AuditJson;
use crate::report::audit_view::{self, View};
use crate::report::paper::{self, Form};
use crate::report::{audit_text, clean, turn_csv, turn_json, turn_text};
use crate::run::inputs::{self, Inputs};
use crate::run::located::Located;
use crate::run::turn::{self, Foreseen};
use crate::run::{audit, harvest::Show, packet};

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
    /// What the records are: unbilled, list, dataset, billed or chart; says what to do about findings
    #[arg(long = "records", value_name = "KIND", value_enum)]
    kind: Option<Kind>,
    /// Count also by the values of a column, or of a role such as payer (repeats)
    #[arg(long, value_name = "FIELD", conflicts_with_all = ["impact", "packet"])]
    group_by: Vec<String>,
    /// The column with what was billed on each line: says what stands on affected claims
    #[arg(long, value_name = "NAME", conflicts_with_all = ["impact", "packet"])]
    amount_column: Option<String>,
    /// What the turn of the year means: codes in use that retire, and that get new codes beside them
    #[arg(long, conflicts_with_all = ["packet", "historical"])]
    impact: bool,
    /// The evidence about one claim, as claim_id=C0042: text, markdown or html
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = records::pair, conflicts_with = "historical")]
    packet: Option<(String, String)>,
    /// What happens to codes without a date: skip only counts them, review makes findings of them
    #[arg(long, value_enum, default_value_t = Undated::Skip, conflicts_with = "impact")]
    undated: Undated,
    /// A mapping file, for the successors that it names; repeats. Nothing is replaced
    #[arg(long, value_name = "FILE")]
    map: Vec<PathBuf>,
    /// Exit with status 1 if a code was not valid on its date
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    releases: ReleaseArgs,
    #[command(flatten)]
    records: RecordArgs,
}

const HELP: &str = "\
Examples:
  codeturn audit claims.csv --release cm-2023.zip --release cm-2024.zip --release cm-2025.zip
  codeturn audit claims.csv --release library/ --group-by payer --amount-column charge
  zcat claims.csv.gz | codeturn audit - --release library/ --format csv
  codeturn audit claims.csv --old cm-2024.zip --new cm-2025.zip --impact
  codeturn audit claims.csv --release library/ --packet claim_id=C0042 --format html --output C0042.html

Exit status: 0 done; 1 with --exit-code, when a code was not valid on its date (with --undated review,
or has no date; with --impact, when one in use retires); 2 wrong usage; 3 an input was refused; 4 reading or writing failed; 130
interrupted.";

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A summary by verdict and code.
    Text,
    /// One row for each site that is not plainly valid.
    Csv,
    /// The same, with the counts.
    Json,
    /// With --packet: for a wiki or a ticket.
    Markdown,
    /// With --packet: one page for a browser and a printer.
    Html,
}

impl Audit {
    /// Reads the records and judges every code by its date.
    ///
    /// # Errors
    /// An input is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        self.check_format()?;
        self.check_asked()?;
        let table = planning::table(term, &self.releases, &self.map)?;
        let stdin = Stdin::among(&self.records.paths)?;
        let remains = match &self.packet {
            Some(key) => self.packet(term, &table, stdin.as_ref(), key),
            None if self.impact => self.impact(term, table, stdin.as_ref()),
            None => self.audit(term, &table, stdin.as_ref()),
        };
        let remains = remains.map_err(|error| match &stdin {
            Some(stdin) => stdin.blamed(error),
            None => error,
        })?;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }

    fn check_format(&self) -> Result<()> {
        let is_paper = matches!(self.format, Format::Markdown | Format::Html);
        let is_data = matches!(self.format, Format::Csv | Format::Json);
        match self.packet {
            None if is_paper => {
                Err(Error::usage("--format markdown and html are for the paper about one claim")
                    .hint("--packet COLUMN=VALUE names the claim"))
            }
            Some(_) if is_data => {
                Err(Error::usage("--packet is written as text, markdown or html")
                    .hint("without --packet, --format csv and json list every finding"))
            }
            _ => Ok(()),
        }
    }

    /// What was asked for and would not be there is refused, not passed over.
    fn check_asked(&self) -> Result<()> {
        let sums = !self.group_by.is_empty() || self.amount_column.is_some();
        if self.packet.is_some() && self.records.options.only.is_some() {
            return Err(Error::usage(
                "--packet tells every code of a claim, and --only leaves rows out",
            )
            .hint("leave out --only, here and in codeturn.toml"));
        }
        if sums && self.format == Format::Csv {
            return Err(Error::usage(
                "--format csv has a row for each finding, and no place for what --group-by and --amount-column sum up",
            )
            .hint(
                "leave them out, here and in codeturn.toml, and --key NAME carries a column into each row; \
                 --format text and json have the sums",
            ));
        }
        Ok(())
    }

    fn inputs(&self, term: &mut Term, table: &Table, stdin: Option<&Stdin>) -> Result<Inputs> {
        let options = &self.records.options;
        let hints = match self.kind {
            Some(kind) => options.hints_for(term, kind, table),
            None => options.hints(None, RecordedDays::Count),
        };
        let hints = Hints {
            group_by: self.group_by.clone(),
            amount_column: self.amount_column.clone(),
            packet: self.packet.clone(),
            ..hints
        };
        let Some(stdin) = stdin else {
            return records::open(term, &self.records.paths, &hints, table);
        };
        let mut inputs = inputs::find(&stdin.stand_in(&self.records.paths), &hints, table)?;
        stdin.name(&mut inputs);
        records::say(term, &inputs);
        Ok(inputs)
    }

    fn content(&self) -> Content {
        if self.format == Format::Text { Content::Text } else { Content::Data }
    }

    /// Whether anything was found.
    fn audit(&self, term: &mut Term, table: &Table, stdin: Option<&Stdin>) -> Result<bool> {
        let inputs = self.inputs(term, table, stdin)?;
        // With amounts, files are read twice.
        let readings = 1 + u64::from(self.amount_column.is_some());
        let bar = term.progress(inputs.size() * readings, "reading");
        let audit = output::write(term, self.output.as_deref(), self.content(), |sink| {
            self.write(sink, table, &inputs, &bar)
        })?;
        bar.finish_and_clear();
        records::warn_of_damage(term, &inputs, &audit.damage());
        if self.format != Format::Text {
            say_counts(term, &audit);
            let only = audit_view::only_words(self.records.options.only.as_ref());
            only.iter().for_each(|words| term.say(clean(words)));
        }
        Ok(Verdict::sum(&audit.total.verdicts, |verdict| self.remains(verdict)) > 0)
    }

    /// Whether something is to be done about codes of a verdict.
    fn remains(&self, verdict: Verdict) -> bool {
        verdict.is_wrong() || self.undated == Undated::Review && verdict == Verdict::Undated
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
        let amount = self.amount_column.as_deref();
        let only = self.records.options.only.as_ref();
        let undated = self.undated;
        let as_of = inputs.files.first().and_then(|input| input.layout.as_of);
        let kind = self.kind;
        let view = View { kind, groups: &self.group_by, amount, only, undated, as_of };
        match self.format {
            Format::Csv => {
                let mut csv = AuditCsv::new(sink, Path::new(""), table, &keys)?;
                let audit = audit::audit(
                    inputs,
                    table,
                    show,
                    undated,
                    pace,
                    |located| csv.row(located),
                    progress,
                )?;
                csv.finish().map(|()| audit)
            }
            Format::Json => {
                let mut json = AuditJson::new(sink, table, &keys)?;
                let is_listed = |located: &Located| {
                    let verdict = located.finding.decision.judgement.verdict;
                    self.historical || verdict != Verdict::Historical
                };
                let take = |located: &Located| {
                    if is_listed(located) { json.row(located) } else { Ok(()) }
                };
                // Counted by code as in text, with days, claims and the title of these days.
                let show = Show::Audit { historical: true };
                let audit = audit::audit(inputs, table, show, undated, pace, take, progress)?;
                json.finish(inputs, &audit, &view).map(|()| audit)
            }
            // The papers are no form of a list of findings: refused before.
            Format::Text | Format::Markdown | Format::Html => {
                let show = Show::Audit { historical: true };
                let audit = audit::audit(inputs, table, show, undated, pace, |_| Ok(()), progress)?;
                audit_text::write(sink, table, inputs, &audit, &view)
                    .map_err(|error| Error::output(&error))?;
                Ok(audit)
            }
        }
    }

    /// Whether a code in use retires.
    fn impact(&self, term: &mut Term, table: Table, stdin: Option<&Stdin>) -> Result<bool> {
        let turns = turn::turns(table.history());
        if turns.is_empty() {
            return Err(Error::usage(
                "--impact compares the two newest releases, and only one is given",
            )
            .hint("--old PATH --new PATH, or --release for both; one pair a code system"));
        }
        let table = table.watching(turn::watched(&turns));
        let inputs = self.inputs(term, &table, stdin)?;
        let bar = term.progress(inputs.size(), "reading");
        let progress = records::advance(&bar);
        let pace = self.records.options.pace();
        let foreseen = turn::foresee(&inputs, &table, turns, pace, progress)?;
        bar.finish_and_clear();
        records::warn_of_damage(term, &inputs, &foreseen.damage);
        output::write(term, self.output.as_deref(), self.content(), |sink| {
            self.write_impact(sink, &table, &inputs, &foreseen)
        })?;
        Ok(foreseen.of(turn::Effect::Retires).next().is_some())
    }

    fn write_impact(
        &self,
        sink: &mut dyn Write,
        table: &Table,
        inputs: &Inputs,
        foreseen: &Foreseen,
    ) -> Result<()> {
        let only = self.records.options.only.as_ref();
        let written = match self.format {
            Format::Csv => return turn_csv::write(sink, table, foreseen),
            Format::Json => turn_json::write(sink, table, inputs, foreseen, only),
            Format::Text | Format::Markdown | Format::Html => {
                turn_text::write(sink, table, inputs, foreseen, only)
            }
        };
        written.map_err(|error| Error::output(&error))
    }

    /// Whether a code of the claim was not valid on its date.
    fn packet(
        &self,
        term: &mut Term,
        table: &Table,
        stdin: Option<&Stdin>,
        key: &(String, String),
    ) -> Result<bool> {
        let inputs = self.inputs(term, table, stdin)?;
        let bar = term.progress(inputs.size(), "reading");
        let progress = records::advance(&bar);
        let packet = packet::find(&inputs, table, key, self.records.options.pace(), progress)?;
        bar.finish_and_clear();
        records::warn_of_damage(term, &inputs, &packet.damage);
        let paper = paper::claim::paper(&packet, &inputs, table, self.kind);
        let form = match self.format {
            Format::Markdown => Form::Markdown,
            Format::Html => Form::Html,
            _ => Form::Text,
        };
        output::write(term, self.output.as_deref(), self.content(), |sink| {
            paper.write(form, sink).map_err(|error| Error::output(&error))
        })?;
        Ok(packet.entries.iter().any(|entry| self.remains(entry.judgement.verdict)))
    }
}

fn say_counts(term: &mut Term, audit: &audit::Audit) {
    term.say(format_args!(
        "{} sites looked at, {} claims with a code that was not valid on its date",
        audit.total.sites(),
        audit.claims
    ));
}
