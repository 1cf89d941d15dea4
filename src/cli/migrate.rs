//! `codeturn migrate`: plan, apply and verify in one go, into copies.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::records::{self, RecordArgs, ReleaseArgs};
use super::term::clean;
use super::{Outcome, Term};
use crate::crosswalk::{self, Crosswalk};
use crate::decide::{Kind, ListRows, Table, Undated};
use crate::error::{Error, Result};
use crate::record::RecordedDays;
use crate::report::papers::Papers;
use crate::report::run_text::{self, Done};
use crate::report::style::BOLD;
use crate::report::{plan_json, summary, workbooks};
use crate::run::apply;
use crate::run::folder::RunFolder;
use crate::run::inputs::Inputs;
use crate::run::journal::{Actor, Journal};
use crate::run::plan::{self, Wish};

/// What was typed after `codeturn migrate`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Migrate {
    /// What the records are: unbilled, list, dataset, billed or chart
    #[arg(long = "records", value_name = "KIND", value_enum)]
    kind: Option<Kind>,
    /// A mapping file; repeats
    #[arg(long, value_name = "FILE")]
    map: Vec<PathBuf>,
    /// The folder for the results; must not exist yet
    #[arg(long, value_name = "RUN", required = true)]
    out: PathBuf,
    /// For lists: rewrite rows that have one automatic successor
    #[arg(long)]
    replace_rows: bool,
    /// What happens to codes without a date
    #[arg(long, value_enum, default_value_t = Undated::Skip)]
    undated: Undated,
    /// Why: goes into the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Exit with status 1 if items remain that need a coder
    #[arg(long)]
    exit_code: bool,
    #[arg(long, hide = true)]
    in_place: bool,
    #[command(flatten)]
    releases: ReleaseArgs,
    #[command(flatten)]
    records: RecordArgs,
}

const HELP: &str = "\
Example:
  codeturn migrate claims.csv --records unbilled --old cm-2024.zip --new cm-2025.zip \\
      --map our-map.csv --key mrn --out turn-2025

A mapping file is a CSV with the header old,new and, where needed, system,relation,effective,payer,
when.<column>,needs,approved_by,approved_on,note,source. Conditions: A|B, !A, UHC*, <3, 3..18;
when.age is the age on the date of service. An empty `new` means that there is no successor.

Exit status: 0 done; 1 with --exit-code, when entries remain for a coder; 2 wrong usage; 3 an input
was refused and nothing was written; 4 reading or writing failed; 130 interrupted.";

impl Migrate {
    /// Plans, applies and verifies.
    ///
    /// # Errors
    /// An input is refused, or the results cannot be written; then nothing is left behind.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let kind = self.kind()?;
        self.refuse_out_among_records()?;
        let folder = RunFolder::begin(&self.out)?;
        let history = self.releases.history(term)?;
        let mut crosswalk = crosswalk::table::read(&self.map)?;
        let warnings = crosswalk::check::check(&mut crosswalk, &history);
        say_warnings(term, &crosswalk, &warnings);
        let table = Table::new(history, crosswalk);
        let table = if kind == Kind::List { table.watching_titles() } else { table };
        let recorded_days = match kind {
            Kind::List | Kind::Chart => RecordedDays::Ignored,
            Kind::Unbilled | Kind::Dataset | Kind::Billed => RecordedDays::Count,
        };
        let hints = self.records.options.hints(self.list_day(term, kind, &table), recorded_days);
        let wish = Wish {
            kind,
            list_rows: if self.replace_rows { ListRows::Replace } else { ListRows::Keep },
            undated: self.undated,
            as_of: hints.as_of,
        };
        let inputs = records::open(term, &self.records.paths, &hints, &table)?;
        let done = self.work(term, &inputs, &table, wish, &folder)?;
        let run = folder.publish()?;
        run_text::write(term.out(), &run, &inputs, &table, wish, &done).map_err(|error| {
            Error::output(&error).hint(format!("the run itself is complete: {}", run.display()))
        })?;
        let remains = done.plan.worklist > 0;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }

    fn kind(&self) -> Result<Kind> {
        if self.in_place {
            return Err(Error::usage("`migrate` writes copies only").hint(
                "rewriting in place is part of what is reviewed: it will be given to `codeturn plan`",
            ));
        }
        self.kind.ok_or_else(|| {
            Error::usage("say what the records are: --records KIND").hint(
                "KIND is one of\n  \
                 unbilled  charges and claims not yet sent: automatic replacements are made in a copy\n  \
                 list      charge master, superbill, order sets: changes are listed, judged --as-of a day\n  \
                 dataset   a declared copy for analysis or testing: as unbilled\n  \
                 billed    sent or paid claims: never rewritten, every retired code is reported\n  \
                 chart     problem lists, clinical documents: every retired code goes to a person",
            )
        })
    }

    /// The results would be records of the next run.
    fn refuse_out_among_records(&self) -> Result<()> {
        let parent =
            self.out.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let Ok(parent) = parent.canonicalize() else { return Ok(()) };
        let folders = self.records.paths.iter().filter(|path| path.is_dir());
        for folder in folders {
            if folder.canonicalize().is_ok_and(|folder| parent.starts_with(folder)) {
                return Err(Error::usage("--out lies inside a folder of records")
                    .at(&self.out)
                    .hint("choose a folder outside of the records, for example beside them"));
            }
        }
        Ok(())
    }

    /// A list has no dates: it is judged as of the day it goes into use.
    fn list_day(&self, term: &mut Term, kind: Kind, table: &Table) -> Option<jiff::civil::Date> {
        if kind != Kind::List || self.records.options.as_of.is_some() {
            return None;
        }
        let history = table.history();
        let newest = history
            .systems()
            .filter_map(|system| history.of(system))
            .map(|chronicle| chronicle.newest().effective);
        let day = newest.max()?;
        term.warn(format_args!("no --as-of is given: the list is judged as of {day}, the day the newest release takes effect"));
        Some(day)
    }

    fn work(
        &self,
        term: &mut Term,
        inputs: &Inputs,
        table: &Table,
        wish: Wish,
        folder: &RunFolder,
    ) -> Result<Done> {
        let mut journal = Journal::create(&folder.path("journal.ndjson"))?;
        let bar = term.progress(inputs.size(), "planning");
        let mut papers = Papers::create(folder, table, wish.kind, &inputs.keys())?;
        let pace = self.records.options.pace();
        let plan =
            plan::plan(inputs, table, wish, folder, &mut papers, pace, records::advance(&bar))?;
        let list = papers.finish(folder, &plan)?;
        bar.finish_and_clear();
        let digest = plan_json::write(&folder.path("plan.json"), &plan, inputs, table, wish)?;
        journal.write("planned", &self.actor(), &json!({
            "plan": digest, "sites": plan.total.sites(), "replacements": plan.edits(), "worklist": plan.worklist,
        }))?;
        let changing =
            inputs.files.iter().zip(&plan.files).filter(|(_, file)| file.output.is_some());
        let bar = term.progress(changing.map(|(input, _)| input.size).sum(), "writing");
        // The workbooks are made of files that are complete by now.
        let (applied, books) = std::thread::scope(|scope| {
            let books = scope.spawn(|| workbooks::write(folder, list.is_some()));
            let applied = apply::apply(inputs, table, &plan, folder, records::advance(&bar));
            (applied, books.join())
        });
        bar.finish_and_clear();
        let applied = applied?;
        books.map_err(|_| Error::internal("writing the workbooks stopped"))??;
        summary::write(&folder.path("summary.json"), &plan, inputs)?;
        journal.write("applied", &self.actor(), &json!({ "files": applied }))?;
        let proven: Vec<_> = applied.iter().map(|one| (&one.copy, one.copy_digest)).collect();
        journal.write("verified", &self.actor(), &json!({
            "files": proven.iter().map(|(copy, digest)| json!({ "copy": copy, "digest": digest })).collect::<Vec<_>>(),
        }))?;
        Ok(Done { plan, list, applied, head: journal.head().to_owned() })
    }

    fn actor(&self) -> Actor {
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        Actor {
            user: user.unwrap_or_else(|| "unknown".to_owned()),
            time: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            reason: self.reason.clone(),
        }
    }
}

fn say_warnings(term: &mut Term, crosswalk: &Crosswalk, checked: &[crosswalk::Warning]) {
    const SHOWN: usize = 20;
    let all: Vec<&crosswalk::Warning> = crosswalk.warnings.iter().chain(checked).collect();
    for warning in all.iter().take(SHOWN) {
        term.warn(format_args!(
            "{}: {}",
            clean(&crosswalk.place(warning.at)),
            clean(&warning.message)
        ));
        if let Some(hint) = &warning.hint {
            term.say(format_args!("  {BOLD}hint:{BOLD:#} {}", clean(hint)));
        }
    }
    if all.len() > SHOWN {
        term.warn(format_args!("... and {} more about the mapping", all.len() - SHOWN));
    }
}
