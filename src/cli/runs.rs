//! `codeturn show`, `approve`, `apply` and `undo`: what is done with a run folder.

use std::path::{Path, PathBuf};
use std::thread;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::planning::actor;
use super::term::clean;
use super::{Outcome, Term, interrupt, records};
use crate::error::{Error, Result};
use crate::report::{counted, show};
use crate::review;
use crate::run::apply::{self, Age, Site};
use crate::run::book::Manner;
use crate::run::open::{OpenRun, Stage};
use crate::run::{parts, undo, unmoved};

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
        let run = OpenRun::open_to_read(&self.run)?;
        warn_of_papers(term, &run);
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
            return Err(Error::refused(format!("the run is {}", run.stage().words()))
                .at(&self.run)
                .hint("a plan is signed before it is applied, or once more when it was undone"));
        }
        run.place.refuse_elsewhere(&run.book, &run.base)?;
        refuse_other_edits(&run)?;
        run.refuse_other_papers()?;
        Error::all(moved_inputs(term, &run)?).map_or(Ok(()), Err)?;
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
        run.place.refuse_elsewhere(&run.book, &run.base)?;
        refuse_other_edits(&run)?;
        if run.stage() == Stage::Interrupted {
            // It was begun with the right ones, and half of it is worse.
            warn_of_papers(term, &run);
        } else {
            run.refuse_other_papers()?;
        }
        if self.needs_approval(&run) && show::is_one_person(run.approval()) {
            term.warn(show::ONE_PERSON);
        }
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
        let journal = &mut run.journal;
        let (applied, choices) = thread::scope(|scope| {
            // While the results wait for the disk.
            let choices = scope.spawn(|| choices_beside(site.root));
            let applied = apply::apply(site, age, journal, &actor, records::advance(&bar));
            (applied, choices.join().unwrap_or_default())
        });
        bar.finish_and_clear();
        choices.iter().for_each(|words| term.warn(words));
        let applied = applied?;
        let run_name = clean(&self.run.to_string_lossy());
        let replacements: u64 = applied.iter().map(|one| one.replacements).sum();
        let files = applied.len();
        let done = match run.book.write {
            _ if files == 0 => "nothing was to be changed: no file was written for".to_owned(),
            Manner::Beside => {
                let (codes, copies) = (counted(replacements, "code"), counted(files, "copy"));
                format!("{codes} replaced in {copies} below")
            }
            Manner::InPlace => {
                let (codes, files) = (counted(replacements, "code"), counted(files, "file"));
                format!("{codes} replaced in {files} in place; `codeturn undo` takes back")
            }
            Manner::Annotate => format!("no code replaced; annotated copies ({files}) below"),
        };
        say(term, format_args!("{done} {run_name}"))?;
        if run.book.write == Manner::InPlace {
            for (file, _) in run.book.changing() {
                say(term, format_args!("  {}", clean(&run.typed(&file.path).to_string_lossy())))?;
            }
        }
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

/// Every edit list is the one that was planned, also that of a file in which
/// nothing changes.
pub(super) fn refuse_other_edits(run: &OpenRun) -> Result<()> {
    run.book.files.iter().try_for_each(|file| run.book.edits(&run.root, file).map(drop))
}

/// Reads all inputs again: those that are not what they were when the run was planned.
pub(super) fn moved_inputs(term: &Term, run: &OpenRun) -> Result<Vec<Error>> {
    let bar = term.progress(run.book.size(), "reading");
    let moved = unmoved::moved_inputs(run.site(), records::advance(&bar));
    bar.finish_and_clear();
    moved
}

impl Undo {
    /// Takes back what was applied.
    ///
    /// # Errors
    /// A result was changed since, or writing failed.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        interrupt::arm();
        let mut run = OpenRun::open(&self.run)?;
        if run.book.write == Manner::InPlace {
            run.place.refuse_elsewhere(&run.book, &run.base)?;
        }
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
        say(term, taken_back(run.book.write, &undone))?;
        for path in &undone.changed {
            term.warn(format_args!(
                "{}: the original is not as it was planned; it was left as it is",
                clean(&path.to_string_lossy())
            ));
        }
        say_head(term, &run)
    }

    /// Nothing has its name: at most, an apply was broken off while it wrote.
    fn clear(&self, term: &mut Term, run: &OpenRun) -> Result<Outcome> {
        let cleared = parts::clear_unannounced(run.site(), &run.journal.run_id())?;
        if cleared.is_empty() {
            let hint = match run.stage() {
                Stage::Undone => {
                    "everything is as before the run already; `codeturn apply` does it again"
                }
                _ => "nothing was applied: there is nothing to take back",
            };
            return Err(Error::refused(format!("the run is {}", run.stage().words()))
                .at(&self.run)
                .hint(hint));
        }
        for part in &cleared {
            say(term, format_args!("removed {}", clean(&part.to_string_lossy())))?;
        }
        say(term, "nothing had been applied; what was unfinished is cleared away")?;
        Ok(Outcome::Done)
    }
}

/// What an undo came to, in words.
fn taken_back(manner: Manner, undone: &undo::TakenBack) -> String {
    let (done, already) = (undone.done.len(), undone.already.len());
    if done + already == 0 {
        return "nothing had been replaced: there was nothing to take back".to_owned();
    }
    match manner {
        Manner::InPlace => {
            let before = match already {
                0 => String::new(),
                _ => format!("; {already} as before the run already"),
            };
            let files = counted(done, "file");
            format!("{files} restored byte for byte, proven by their digests{before}")
        }
        Manner::Beside | Manner::Annotate => {
            let copies = counted(done, "copy");
            let before = match already {
                0 => String::new(),
                _ => format!("; {already} not there any more"),
            };
            let originals = match undone.changed.len() {
                0 => "the originals are as they were planned".to_owned(),
                1 => "1 original is NOT as it was planned".to_owned(),
                count => format!("{count} originals are NOT as they were planned"),
            };
            format!("{copies} removed{before}; {originals}")
        }
    }
}

pub(super) fn say(term: &mut Term, line: impl std::fmt::Display) -> Result<()> {
    writeln!(term.out(), "{line}").map_err(|error| Error::output(&error))
}

pub(super) fn say_head(term: &mut Term, run: &OpenRun) -> Result<Outcome> {
    say(term, format_args!("Journal head {} - keep it with the report.", run.journal.head()))?;
    Ok(Outcome::Done)
}

/// A report or a list that is not the one that was written with the plan.
fn warn_of_papers(term: &mut Term, run: &OpenRun) {
    for paper in run.other_papers() {
        term.warn(format_args!("{}: {}", path_of(&paper), paper.message()));
    }
}

/// The path of an error, as it is printed.
pub(super) fn path_of(error: &Error) -> String {
    error.path().map_or_else(String::new, |path| clean(&path.to_string_lossy()))
}

/// A worklist that was filled in beside its plan is not part of it: whoever applies the
/// plan may think so.
pub(super) fn warn_of_choices(term: &mut Term, run: &OpenRun) {
    choices_beside(&run.root).iter().for_each(|words| term.warn(words));
}

/// What to say of the worklists of a run folder that are not as its plan left them.
fn choices_beside(root: &Path) -> Vec<String> {
    // Nobody fills in more, and reading it would take longer than the rest.
    const LARGEST: u64 = 16 << 20;
    let lists = ["worklist.xlsx", "worklist.csv", "worklist-codes.csv"].map(|name| root.join(name));
    let lists = lists.iter().filter(|path| path.metadata().is_ok_and(|it| it.len() <= LARGEST));
    let words = lists.filter_map(|path| {
        let what = match review::read::read(std::slice::from_ref(path)) {
            Ok(decisions) if decisions.rows.is_empty() => return None,
            Ok(decisions) => format!("{} filled in", decisions.rows.len()),
            Err(error) => format!("changed since the plan ({})", error.message()),
        };
        Some(format!(
            "{}: {}; no choice there is a part of this plan: a new `codeturn plan` takes them, \
             with --decisions",
            clean(&path.to_string_lossy()),
            clean(&what)
        ))
    });
    words.collect()
}
