//! From what was typed to a plan in its run folder: what `plan` and `migrate` share.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Term;
use super::interrupt;
use super::records::{self, RecordArgs, ReleaseArgs};
use super::term::clean;
use crate::crosswalk::{self, Crosswalk, Topic};
use crate::decide::{Kind, ListRows, Table, Undated};
use crate::error::{Error, Result};
use crate::report::list_changes::ListCounts;
use crate::report::papers::Papers;
use crate::report::run_view::Told;
use crate::report::style::BOLD;
use crate::report::summary::SUMMARY;
use crate::report::{charges_left_out, decided_map, plan_json, summary, workbooks};
use crate::review::settle::{Settled, Terms};
use crate::review::{self, Decisions, settle};
use crate::run::book::{Manner, PLAN};
use crate::run::folder::RunFolder;
use crate::run::inputs::Inputs;
use crate::run::journal::{Actor, Journal};
use crate::run::open::JOURNAL;
use crate::run::place;
use crate::run::plan::{self, Plan, Wish};
use crate::run::standing::digest_of;
use crate::run::stored_path::store;

/// What a person reads before signing, where it is written: what a person fills in is none of it.
const READ: [&str; 5] = [workbooks::REPORT, "report.xlsx", SUMMARY, "changes.csv", "decisions.csv"];

/// What a plan is made of.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What the records are: unbilled, list, dataset, billed or chart
    #[arg(long = "records", value_name = "KIND", value_enum)]
    kind: Option<Kind>,
    /// A mapping file; repeats, a later one overrides an earlier one
    #[arg(long, value_name = "FILE")]
    map: Vec<PathBuf>,
    /// A filled worklist (csv or xlsx) of an earlier plan; repeats
    #[arg(long, value_name = "FILE")]
    decisions: Vec<PathBuf>,
    /// A decision for a code holds for all its entries in encounters, unread
    #[arg(long, requires = "decisions", requires = "reason")]
    allow_blanket: bool,
    /// Who decided, where a row of the decisions does not say it
    #[arg(long, value_name = "NAME", requires = "decisions")]
    by: Option<String>,
    /// The column of billed charges: carried into the worklist, summed by code
    #[arg(long, value_name = "NAME")]
    amount_column: Option<String>,
    /// The folder for the results; must not exist yet
    #[arg(long, value_name = "RUN", required = true)]
    pub out: PathBuf,
    /// For lists: rewrite rows that have one automatic successor
    #[arg(long)]
    replace_rows: bool,
    /// What happens to codes without a date
    #[arg(long, value_enum, default_value_t = Undated::Skip)]
    undated: Undated,
    /// Why: goes into the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The number of a ticket or change request: goes into the journal
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    #[command(flatten)]
    releases: ReleaseArgs,
    #[command(flatten)]
    pub records: RecordArgs,
}

/// A plan in a run folder that is still being built.
pub struct Planned {
    /// The folder.
    pub folder: RunFolder,
    /// The files of records.
    pub inputs: Inputs,
    /// The decision table.
    pub table: Table,
    /// What was wanted.
    pub wish: Wish,
    /// What is planned.
    pub plan: Plan,
    /// For lists, what has to be done.
    pub list: Option<ListCounts>,
    /// The journal, with the plan in it.
    pub journal: Journal,
    /// Who does it.
    pub actor: Actor,
}

impl PlanArgs {
    /// Reads everything once and writes the plan, the edit lists and the papers
    /// for people into a run folder that has no name yet.
    ///
    /// # Errors
    /// An input is refused, or the folder cannot be written; then nothing is left behind.
    pub fn plan(
        &self,
        term: &mut Term,
        manner: Manner,
        requires_approval: bool,
    ) -> Result<Planned> {
        let kind = self.kind()?;
        self.refuse_out_among_records()?;
        interrupt::arm();
        let folder = RunFolder::begin(&self.out)?;
        let table = table(term, &self.releases, &self.map)?;
        let decisions = review::read::read(&self.decisions)?;
        for path in decisions.unfilled() {
            term.warn(format_args!(
                "{}: the decisions hold no choice: the column `choice` is empty everywhere, and \
                 nothing comes of this file",
                clean(&path.to_string_lossy())
            ));
        }
        let mut hints = self.records.options.hints_for(term, kind, &table);
        let is_list = kind == Kind::List;
        let mut table = if is_list { table.watching_titles(hints.as_of) } else { table };
        if let Some(amount) = &self.amount_column {
            hints.carry_charges(amount);
        }
        let wish = Wish {
            kind,
            list_rows: self.list_rows(term, kind),
            undated: self.undated,
            as_of: hints.as_of,
            manner,
            requires_approval,
        };
        let mut inputs = records::open(term, &self.records.paths, &hints, &table)?;
        if is_list {
            inputs.note_lists(&table)?;
        }
        let settled = self.settle(term, &decisions, &mut inputs, &mut table, wish)?;
        let bar = term.progress(inputs.size(), "planning");
        let mut papers = Papers::create(&folder, &table, wish.kind, &inputs.keys())?;
        let pace = self.records.options.pace();
        let progress = records::advance(&bar);
        let mut plan = plan::plan(&inputs, &table, wish, &folder, &mut papers, pace, progress)?;
        plan.decided.counts.queries = settled.queries;
        let list = papers.finish(&folder, &plan)?;
        if !settled.codes.is_empty() {
            decided_map::write(&folder.path("decided-map.csv"), &settled.codes)?;
        }
        bar.finish_and_clear();
        settled.grown.iter().for_each(|words| term.warn(clean(words)));
        if settled.of_some_entries > 0 {
            term.warn(format_args!(
                "{} of the choices by code {} only some entries of it, by a day or a fact of theirs: \
                 decided-map.csv does not hold {}",
                settled.of_some_entries,
                if settled.of_some_entries == 1 { "concerns" } else { "concern" },
                if settled.of_some_entries == 1 { "it" } else { "them" },
            ));
        }
        charges_left_out(&inputs, &plan).iter().for_each(|words| term.warn(clean(words)));
        let reason = self.reason.as_deref();
        let told = Told { inputs: &inputs, table: &table, wish, plan: &plan, list, reason };
        let (journal, actor) = self.enter(&folder, told)?;
        Ok(Planned { folder, inputs, table, wish, plan, list, journal, actor })
    }

    /// Holds the decisions against the records, where there are any.
    fn settle(
        &self,
        term: &mut Term,
        decisions: &Decisions,
        inputs: &mut Inputs,
        table: &mut Table,
        wish: Wish,
    ) -> Result<Settled> {
        if self.decisions.is_empty() {
            return Ok(Settled::default());
        }
        let is_said = |text: &&str| !text.trim().is_empty();
        let by = self.by.as_deref().filter(is_said);
        let has_reason = self.reason.as_deref().is_some_and(|text| is_said(&text));
        let terms = Terms { wish, allow_blanket: self.allow_blanket, by, has_reason };
        let bar = term.progress(inputs.size(), "holding decisions against the records");
        let pace = self.records.options.pace();
        let settled =
            settle::settle(decisions, inputs, table, terms, pace, records::advance(&bar))?;
        bar.finish_and_clear();
        Ok(settled)
    }

    /// Writes the plan, the summary, the report, and the first entry of the journal,
    /// which names the digests of what a person reads before signing.
    fn enter(&self, folder: &RunFolder, told: Told) -> Result<(Journal, Actor)> {
        let Told { inputs, table, wish, plan, .. } = told;
        let digest = plan_json::write(&folder.path(PLAN), plan, inputs, table, wish)?;
        summary::write(&folder.path(SUMMARY), plan, inputs, table)?;
        workbooks::report(folder, told)?;
        let mut papers = serde_json::Map::new();
        let is_written = |name: &&str| folder.path(name).exists();
        for name in READ.into_iter().filter(is_written) {
            let digest = digest_of(&folder.path(name), &mut |_| Ok(()))?;
            papers.insert(name.to_owned(), json!(digest));
        }
        let mut journal = Journal::create(&folder.path(JOURNAL))?;
        let actor = actor(self.reason.as_deref(), self.ticket.as_deref());
        let here = std::env::current_dir().map_err(|error| Error::unreadable(".", &error))?;
        journal.write(
            "planned",
            &actor,
            &json!({
                "plan": digest, "folder": store(&here), "run_in": store(&place::around(&self.out)?),
                "sites": plan.total.sites(),
                "replacements": plan.edits(), "worklist": plan.worklist,
                "decided_by": self.by, "papers": papers,
            }),
        )?;
        Ok((journal, actor))
    }

    fn kind(&self) -> Result<Kind> {
        self.kind.ok_or_else(|| {
            Error::usage("say what the records are: --records KIND").hint("KIND is one of").list(&[
                "unbilled  charges and claims not yet sent: automatic replacements are made in a copy",
                "list      charge master, superbill, order sets: changes are listed, judged --as-of a day",
                "dataset   a declared copy for analysis or testing: as unbilled",
                "billed    sent or paid claims: never rewritten, every retired code is reported",
                "chart     problem lists, clinical documents: every retired code goes to a person",
            ])
        })
    }

    /// What may be done to the rows of a list; elsewhere there are none.
    fn list_rows(&self, term: &mut Term, kind: Kind) -> ListRows {
        match (self.replace_rows, kind) {
            (true, Kind::List) => ListRows::Replace,
            (true, kind) => {
                term.warn(format_args!(
                    "--replace-rows is for --records list, and does nothing for {}",
                    kind.id()
                ));
                ListRows::Keep
            }
            (false, _) => ListRows::Keep,
        }
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
}

/// Who runs the program, and by which clock.
pub fn actor(reason: Option<&str>, ticket: Option<&str>) -> Actor {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    Actor {
        user: user.unwrap_or_else(number_of_the_login),
        clock: || jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        reason: reason.map(str::to_owned),
        ticket: ticket.map(str::to_owned),
    }
}

/// Where no variable names the login, as in a container.
#[cfg(unix)]
fn number_of_the_login() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn number_of_the_login() -> String {
    "unknown".to_owned()
}

/// The decision table of the releases and mappings that were typed; what is odd about
/// the mappings is said.
///
/// # Errors
/// A release or a mapping is refused.
pub fn table(term: &mut Term, releases: &ReleaseArgs, map: &[PathBuf]) -> Result<Table> {
    let history = releases.history(term)?;
    let mut crosswalk = crosswalk::files::read(map, &history)?;
    let warnings = crosswalk::check::check(&mut crosswalk, &history);
    say_warnings(term, &crosswalk, &warnings);
    Ok(Table::new(history, crosswalk))
}

/// Warnings about mapping files, the first of them in full.
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
        let hidden = &all[SHOWN..];
        let is_overridden = |warning: &&&crosswalk::Warning| warning.topic == Topic::Overridden;
        let overridden = match hidden.iter().filter(is_overridden).count() {
            0 => String::new(),
            rows => format!("; {rows} rows are overridden by later files: `map check` names them"),
        };
        term.warn(format_args!("... and {} more about the mapping{overridden}", hidden.len()));
    }
}
