//! `codeturn show`, `approve`, `apply`, `verify` and `undo`: what is done with a run folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::planning::actor;
use super::term::clean;
use super::{Outcome, Term, records};
use crate::error::{Error, Result};
use crate::release::Digest;
use crate::report::show;
use crate::run::apply::{self, Age, Site};
use crate::run::book::Manner;
use crate::run::open::{OpenRun, Stage};
use crate::run::{undo, verify};

/// What was typed after `codeturn show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The run folder
    run: PathBuf,
    /// How it is told
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What was typed after `codeturn approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The run folder
    run: PathBuf,
    /// Who takes responsibility for the plan
    #[arg(long, value_name = "NAME")]
    by: String,
    /// On what grounds
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The number of a ticket or change request
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
}

/// What was typed after `codeturn apply`.
#[derive(Debug, Args)]
#[command(after_help = APPLY_HELP)]
pub struct Apply {
    /// The run folder
    run: PathBuf,
    /// Why: goes into the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The number of a ticket or change request
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
}

const APPLY_HELP: &str = "\
Does exactly what was planned. Refuses (exit 3) when an input changed since, when the plan was
applied already, when the folder was tampered with, or when an approval is missing. An interrupted
run is finished by the same command.";

/// What was typed after `codeturn verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The run folder
    run: PathBuf,
}

/// What was typed after `codeturn undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// The run folder
    run: PathBuf,
    /// Why: goes into the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The number of a ticket or change request
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
}

impl Show {
    /// Tells what a run would do, or did.
    ///
    /// # Errors
    /// The folder is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let run = OpenRun::open(&self.run)?;
        let written = match self.format {
            Format::Text => show::text(term.out(), &run),
            Format::Json => show::json(term.out(), &run),
        };
        written.map_err(|error| Error::output(&error)).map(|()| Outcome::Done)
    }
}

impl Approve {
    /// Binds a name to the digest of the plan.
    ///
    /// # Errors
    /// The folder is refused, or the plan was applied already.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        if self.by.trim().is_empty() || self.reason.trim().is_empty() {
            return Err(Error::usage("--by and --reason must say something"));
        }
        let mut run = OpenRun::open(&self.run)?;
        if !matches!(run.stage(), Stage::Planned | Stage::Undone) {
            return Err(Error::refused(format!("the run is {}", run.stage().words())).at(&self.run));
        }
        let actor = actor(Some(&self.reason), self.ticket.as_deref());
        let what = json!({ "plan": run.book.digest, "by": self.by });
        run.journal.write("approved", &actor, &what)?;
        say(term, format_args!("approved by {}: {}", clean(&self.by), run.book.digest))?;
        say_head(term, &run)
    }
}

impl Apply {
    /// Applies a plan, or finishes what was interrupted.
    ///
    /// # Errors
    /// The folder or an input is refused, or writing failed.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut run = OpenRun::open(&self.run)?;
        self.refuse_stage(&run)?;
        let age = match run.stage() {
            Stage::Interrupted => Age::Interrupted,
            _ => Age::Earlier,
        };
        let actor = actor(self.reason.as_deref(), self.ticket.as_deref());
        let bar = term.progress(run.book.size(), "writing");
        let site = Site { root: &run.root, base: &run.base, book: &run.book };
        let applied = apply::apply(site, age, &mut run.journal, &actor, records::advance(&bar))?;
        bar.finish_and_clear();
        let run_name = clean(&self.run.to_string_lossy());
        let replacements: u64 = applied.iter().map(|one| one.replacements).sum();
        let files = applied.len();
        let done = match run.book.write {
            Manner::Beside => format!("{replacements} codes replaced in {files} copies below"),
            Manner::InPlace => format!(
                "{replacements} codes replaced in {files} files replaced; to be undone with"
            ),
            Manner::Annotate => format!("no code replaced; annotated copies ({files}) below"),
        };
        say(term, format_args!("{done} {run_name}"))?;
        say(term, "File integrity verified. Coding accuracy was not checked.")?;
        say_head(term, &run)
    }

    fn refuse_stage(&self, run: &OpenRun) -> Result<()> {
        match run.stage() {
            Stage::Applied => {
                return Err(Error::refused("the plan was applied already")
                    .at(&self.run)
                    .hint("`codeturn verify` proves it, `codeturn undo` takes it back"));
            }
            Stage::UndoInterrupted => {
                return Err(Error::refused("an undo was interrupted")
                    .at(&self.run)
                    .hint("finish it with `codeturn undo`"));
            }
            Stage::Planned | Stage::Interrupted | Stage::Undone => {}
        }
        if run.book.requires_approval && run.approval().is_none() {
            return Err(Error::refused("nobody has signed this plan")
                .at(&self.run)
                .hint("codeturn approve RUN --by NAME --reason TEXT"));
        }
        Ok(())
    }
}

impl Verify {
    /// Reads all results again and proves them.
    ///
    /// # Errors
    /// A result is not as it was published, or the folder was tampered with.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut run = OpenRun::open(&self.run)?;
        for (file, _) in run.book.changing() {
            run.book.edits(&run.root, file)?;
        }
        if run.stage() != Stage::Applied {
            say(
                term,
                format_args!("the run is {}; its plan is as it was written", run.stage().words()),
            )?;
            return say_head(term, &run);
        }
        let bar = term.progress(run.book.size(), "reading");
        let site = Site { root: &run.root, base: &run.base, book: &run.book };
        let published = published(run.last("applied"));
        let verified = verify::verify(site, &published, records::advance(&bar))?;
        bar.finish_and_clear();
        let files: Vec<Value> =
            verified.iter().map(|one| json!({ "copy": one.copy, "digest": one.digest })).collect();
        run.journal.write("verified", &actor(None, None), &json!({ "files": files }))?;
        let replacements: u64 = verified.iter().map(|one| one.replacements).sum();
        let differ = match run.book.write {
            Manner::Annotate => "without their new columns they are the originals".to_owned(),
            Manner::Beside | Manner::InPlace => {
                format!("only the {replacements} planned codes differ from the originals")
            }
        };
        say(term, format_args!("{} files read again: {differ}", verified.len()))?;
        say(term, "File integrity verified. Coding accuracy was not checked.")?;
        say_head(term, &run)
    }
}

/// What an entry of the journal says about results.
fn published(entry: Option<&Value>) -> Vec<(String, Digest)> {
    let files = entry.and_then(|entry| entry["files"].as_array());
    let one = |file: &Value| {
        Some((file["copy"].as_str()?.to_owned(), file["copy_digest"].as_str()?.parse().ok()?))
    };
    files.into_iter().flatten().filter_map(one).collect()
}

impl Undo {
    /// Takes back what was applied.
    ///
    /// # Errors
    /// A result was changed since, or writing failed.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut run = OpenRun::open(&self.run)?;
        if matches!(run.stage(), Stage::Planned | Stage::Undone) {
            return Err(Error::refused(format!("the run is {}", run.stage().words())).at(&self.run));
        }
        let actor = actor(self.reason.as_deref(), self.ticket.as_deref());
        let bar = term.progress(run.book.size(), "restoring");
        let site = Site { root: &run.root, base: &run.base, book: &run.book };
        let undone = undo::undo(site, &mut run.journal, &actor, records::advance(&bar))?;
        bar.finish_and_clear();
        let what = match run.book.write {
            Manner::Beside | Manner::Annotate => "copies removed; the originals were never touched",
            Manner::InPlace => "files restored byte for byte, proven by their digests",
        };
        say(term, format_args!("{} {what}", undone.len()))?;
        say_head(term, &run)
    }
}

fn say(term: &mut Term, line: impl std::fmt::Display) -> Result<()> {
    writeln!(term.out(), "{line}").map_err(|error| Error::output(&error))
}

fn say_head(term: &mut Term, run: &OpenRun) -> Result<Outcome> {
    say(term, format_args!("Journal head {} - keep it with the report.", run.journal.head()))?;
    Ok(Outcome::Done)
}
