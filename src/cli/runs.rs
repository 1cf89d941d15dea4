//! `codeturn show`, `approve`, `apply`, `verify` and `undo`: what is done with a run folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::planning::actor;
use super::term::clean;
use super::{Outcome, Term, interrupt, records};
use crate::error::{Error, Result};
use crate::release::Digest;
use crate::report::{plural, show};
use crate::review;
use crate::run::apply::{self, Age, Site};
use crate::run::book::Manner;
use crate::run::open::{JOURNAL, OpenRun, Stage};
use crate::run::{parts, undo, verify};

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
    /// Refuse a plan that nobody signed, also where the plan does not ask for it
    #[arg(long)]
    require_approval: bool,
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
#[command(after_help = VERIFY_HELP)]
pub struct Verify {
    /// The run folder
    run: PathBuf,
    /// A journal head that was kept elsewhere: it must be one of this journal's
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
}

const VERIFY_HELP: &str = "\
Exit status: 0 every result is as it was published, or the run is undone and everything is as before;
3 something was changed, or the run is not finished: then it says what stands where.";

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
        warn_of_choices(term, &run);
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
        refuse_other_edits(&run)?;
        run.refuse_other_papers()?;
        let actor = actor(Some(&self.reason), self.ticket.as_deref());
        let second_person = run.is_second_person(&actor.user, &self.by);
        let what =
            json!({ "plan": run.book.digest, "by": self.by, "second_person": second_person });
        run.journal.write("approved", &actor, &what)?;
        say(term, format_args!("approved by {}: {}", clean(&self.by), run.book.digest))?;
        if !second_person {
            term.warn(show::ONE_PERSON);
        }
        say_head(term, &run)
    }
}

impl Apply {
    /// Applies a plan, or finishes what was interrupted.
    ///
    /// # Errors
    /// The folder or an input is refused, or writing failed.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        interrupt::arm();
        let mut run = OpenRun::open(&self.run)?;
        self.refuse_stage(&run)?;
        refuse_other_edits(&run)?;
        run.refuse_other_papers()?;
        if self.needs_approval(&run) && show::is_one_person(run.approval()) {
            term.warn(show::ONE_PERSON);
        }
        warn_of_choices(term, &run);
        let age = match run.stage() {
            Stage::Interrupted => Age::Interrupted,
            _ => Age::Earlier,
        };
        let actor = actor(self.reason.as_deref(), self.ticket.as_deref());
        if age == Age::Interrupted {
            term.say("an earlier apply was interrupted: what stands is kept, the rest is done now");
        }
        let bar = term.progress(run.book.size(), "writing");
        let site = Site { root: &run.root, base: &run.base, book: &run.book };
        let applied = apply::apply(site, age, &mut run.journal, &actor, records::advance(&bar))?;
        bar.finish_and_clear();
        let run_name = clean(&self.run.to_string_lossy());
        let replacements: u64 = applied.iter().map(|one| one.replacements).sum();
        let files = applied.len();
        let done = match run.book.write {
            Manner::Beside => {
                let copies = if files == 1 { "copy" } else { "copies" };
                format!("{replacements} codes replaced in {files} {copies} below")
            }
            Manner::InPlace => {
                let s = plural(files);
                format!(
                    "{replacements} codes replaced in {files} file{s} in place; `codeturn undo` takes back"
                )
            }
            Manner::Annotate => format!("no code replaced; annotated copies ({files}) below"),
        };
        say(term, format_args!("{done} {run_name}"))?;
        say(term, "File integrity verified. Coding accuracy was not checked.")?;
        say_head(term, &run)
    }

    /// Whether somebody must have signed: the plan asks for it, or whoever applies it does.
    fn needs_approval(&self, run: &OpenRun) -> bool {
        run.book.requires_approval || self.require_approval
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
        if self.needs_approval(run) && run.approval().is_none() {
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
    /// A result is not as it was published, the run is not finished, or the folder
    /// was tampered with.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut run = OpenRun::open(&self.run)?;
        self.refuse_other_head(&run)?;
        refuse_other_edits(&run)?;
        run.refuse_other_papers()?;
        match run.stage() {
            Stage::Applied => {
                warn_of_parts(term, &run, "undo");
                warn_of_choices(term, &run);
                verify_applied(term, &mut run)?;
            }
            Stage::Undone => {
                warn_of_parts(term, &run, "apply");
                verify_undone(term, &run)?;
            }
            Stage::Planned | Stage::Interrupted | Stage::UndoInterrupted => {
                return Err(self.unfinished(term, &run)?);
            }
        }
        say_head(term, &run)
    }

    /// A head that was kept elsewhere is one of this journal's.
    fn refuse_other_head(&self, run: &OpenRun) -> Result<()> {
        match &self.head {
            Some(head) if !run.journal.passed(head) => Err(Error::refused(
                "the journal never had that head: it is another one, or was written anew",
            )
            .at(self.run.join(JOURNAL))
            .hint("compare it with a copy kept elsewhere")),
            _ => Ok(()),
        }
    }

    /// Says what stands where; a run that is not finished is not verified.
    fn unfinished(&self, term: &mut Term, run: &OpenRun) -> Result<Error> {
        let survey = verify::survey(run.site(), &run.journal.run_id())?;
        for line in survey {
            say(term, format_args!("  {}", clean(&line)))?;
        }
        let (what, hint) = match run.stage() {
            Stage::UndoInterrupted => (
                "an undo was interrupted: some files may be restored and others not",
                "`codeturn undo RUN` finishes it",
            ),
            Stage::Interrupted => (
                "the run was interrupted: some results may stand and others not",
                "`codeturn apply RUN` finishes it, `codeturn undo RUN` takes it back",
            ),
            _ => (
                "nothing was applied: there are no results to verify",
                "`codeturn apply RUN` does what was planned",
            ),
        };
        Ok(Error::refused(what).at(&self.run).hint(hint))
    }
}

/// A call that was killed before it changed anything left something beside the results.
fn warn_of_parts(term: &mut Term, run: &OpenRun, killed: &str) {
    for part in parts::left_over(run.site(), &run.journal.run_id()) {
        term.warn(format_args!(
            "{}: unfinished, left by `codeturn {killed}` when it was killed; the next one clears it away",
            clean(&part.to_string_lossy())
        ));
    }
}

/// A worklist that was filled in beside its plan is not part of it: whoever applies the
/// plan may think so.
fn warn_of_choices(term: &mut Term, run: &OpenRun) {
    // Nobody fills in more, and reading it would take longer than the rest.
    const LARGEST: u64 = 16 << 20;
    for name in ["worklist.xlsx", "worklist.csv", "worklist-codes.csv"] {
        let path = run.root.join(name);
        if !path.metadata().is_ok_and(|it| it.len() <= LARGEST) {
            continue;
        }
        let what = match review::read::read(std::slice::from_ref(&path)) {
            Ok(decisions) if decisions.rows.is_empty() => continue,
            Ok(decisions) => format!("{} filled in", decisions.rows.len()),
            Err(error) => format!("changed since the plan ({})", error.message()),
        };
        term.warn(format_args!(
            "{}: {}; no choice there is a part of this plan: a new `codeturn plan` takes them, \
             with --decisions",
            clean(&path.to_string_lossy()),
            clean(&what)
        ));
    }
}

fn verify_applied(term: &mut Term, run: &mut OpenRun) -> Result<()> {
    let bar = term.progress(run.book.size(), "reading");
    let published = published(run.last("applied"));
    let verified = verify::verify(run.site(), &published, records::advance(&bar))?;
    bar.finish_and_clear();
    let files: Vec<Value> =
        verified.iter().map(|one| json!({ "copy": one.copy, "digest": one.digest })).collect();
    run.journal.write("verified", &actor(None, None), &json!({ "files": files }))?;
    let replacements: u64 = verified.iter().map(|one| one.replacements).sum();
    let lines: u64 = verified.iter().map(|one| one.lines).sum();
    let files = verified.len();
    say(term, format_args!("{files} file{} read again, to the last byte:", plural(files)))?;
    match run.book.write {
        Manner::Annotate => {
            say(term, "              without their new columns they are the originals")?;
        }
        Manner::Beside | Manner::InPlace => say(
            term,
            format_args!(
                "{replacements:>12}  planned places hold the new code, none the retired one"
            ),
        )?,
    }
    say(term, format_args!("{:>12}  other bytes differ from the originals", 0))?;
    say(term, format_args!("{lines:>12}  line ends, as many as in the originals"))?;
    let entries = run.journal.len();
    say(
        term,
        format_args!("{entries:>12}  entries of the journal, each following the one before"),
    )?;
    say(term, "File integrity verified. Coding accuracy was not checked.")
}

fn verify_undone(term: &mut Term, run: &OpenRun) -> Result<()> {
    let bar = term.progress(run.book.size(), "reading");
    let count = verify::verify_undone(run.site(), records::advance(&bar))?;
    bar.finish_and_clear();
    let what = match run.book.write {
        Manner::InPlace => "read again, as before the run",
        Manner::Beside | Manner::Annotate => "without a copy; the originals were never touched",
    };
    say(term, format_args!("undone: {count} file{} {what}", plural(count)))
}

/// Every edit list is the one that was planned, also that of a file in which
/// nothing changes.
fn refuse_other_edits(run: &OpenRun) -> Result<()> {
    run.book.files.iter().try_for_each(|file| run.book.edits(&run.root, file).map(drop))
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
        interrupt::arm();
        let mut run = OpenRun::open(&self.run)?;
        if matches!(run.stage(), Stage::Planned | Stage::Undone) {
            return self.clear(term, &run);
        }
        refuse_other_edits(&run)?;
        let actor = actor(self.reason.as_deref(), self.ticket.as_deref());
        let bar = term.progress(run.book.size(), "restoring");
        let site = Site { root: &run.root, base: &run.base, book: &run.book };
        let age = if run.stage() == Stage::Applied { Age::Earlier } else { Age::Interrupted };
        let undone = undo::undo(site, age, &mut run.journal, &actor, records::advance(&bar))?;
        bar.finish_and_clear();
        let what = match run.book.write {
            Manner::Beside | Manner::Annotate => "removed; the originals were never touched",
            Manner::InPlace => "restored byte for byte, as digests prove",
        };
        let noun = match (run.book.write, undone.len()) {
            (Manner::InPlace, files) => format!("{files} file{}", plural(files)),
            (_, 1) => "1 copy".to_owned(),
            (_, copies) => format!("{copies} copies"),
        };
        say(term, format_args!("{noun} {what}"))?;
        say_head(term, &run)
    }

    /// Nothing has its name: at most, an apply was broken off while it wrote.
    fn clear(&self, term: &mut Term, run: &OpenRun) -> Result<Outcome> {
        let cleared = parts::clear_unannounced(run.site(), &run.journal.run_id())?;
        if cleared.is_empty() {
            return Err(Error::refused(format!("the run is {}", run.stage().words())).at(&self.run));
        }
        for part in &cleared {
            say(term, format_args!("removed {}", clean(&part.to_string_lossy())))?;
        }
        say(term, "nothing had been applied; what was unfinished is cleared away")?;
        Ok(Outcome::Done)
    }
}

fn say(term: &mut Term, line: impl std::fmt::Display) -> Result<()> {
    writeln!(term.out(), "{line}").map_err(|error| Error::output(&error))
}

fn say_head(term: &mut Term, run: &OpenRun) -> Result<Outcome> {
    say(term, format_args!("Journal head {} - keep it with the report.", run.journal.head()))?;
    Ok(Outcome::Done)
}
