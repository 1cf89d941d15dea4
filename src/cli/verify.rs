//! `codeturn verify`: everything is read again, and what stands is told from what does not.
//!
//! Results are looked at first, and what is proven is said; papers and originals that
//! are not what they were are findings of their own, and change nothing in the proof.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::planning::actor;
use super::runs::{moved_inputs, path_of, refuse_other_edits, say, say_head, warn_of_choices};
use super::term::clean;
use super::{Outcome, Term, records};
use crate::error::{Error, Result};
use crate::release::Digest;
use crate::report::counted;
use crate::run::book::Manner;
use crate::run::lock::Access;
use crate::run::open::{JOURNAL, OpenRun, Stage};
use crate::run::originals::{Astray, Originals};
use crate::run::verify::{Checked, Verified};
use crate::run::{parts, verify};

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
3 a result, an original or a paper of the run was changed or is gone, or the run is not finished:
then it says what stands where. Releases and mappings that changed since are only named.";

impl Verify {
    /// Reads all results again and proves them.
    ///
    /// # Errors
    /// A result is not as it was published, the run is not finished, or the folder
    /// was tampered with.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut run = OpenRun::open_to_read(&self.run)?;
        self.refuse_other_head(&run)?;
        refuse_other_edits(&run)?;
        if let Some(words) = run.place.words() {
            term.warn(clean(&words));
        }
        match run.stage() {
            Stage::Applied => {
                warn_of_parts(term, &run, "undo");
                warn_of_strangers(term, &run);
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
        let survey = verify::survey(run.site(), &run.journal.run_id(), run.stage())?;
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
        let moved = match run.stage() {
            Stage::Planned => moved_inputs(term, run)?,
            _ => Vec::new(),
        };
        let hint = if moved.is_empty() { hint } else { "its inputs moved: plan the run anew" };
        let unfinished = Error::refused(what).at(&self.run).hint(hint);
        let all = std::iter::once(unfinished).chain(run.other_papers()).chain(moved).collect();
        Error::all(all).ok_or_else(|| Error::internal("nothing was found"))
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

/// What stands among the results and is none is proven by nobody.
fn warn_of_strangers(term: &mut Term, run: &OpenRun) {
    for path in verify::strangers(run.site(), &run.journal.run_id()) {
        term.warn(format_args!(
            "{}: NOT CHECKED: it stands among the results, and this run did not write it",
            clean(&path.to_string_lossy())
        ));
    }
}

fn verify_applied(term: &mut Term, run: &mut OpenRun) -> Result<()> {
    let bar = term.progress(verify::size(&run.book), "reading");
    let published = published(run.last("applied"));
    let checked = verify::verify(run.site(), &published, records::advance(&bar))?;
    bar.finish_and_clear();
    let checked = refuse_broken(term, run, checked)?;
    say_results(term, run, &checked.results)?;
    settle(term, run, checked.originals)?;
    if run.journal.access() == Access::Write {
        let one = |one: &Verified| json!({ "copy": one.copy, "digest": one.digest });
        let files: Vec<Value> = checked.results.iter().map(one).collect();
        run.journal.write("verified", &actor(None, None), &json!({ "files": files }))?;
    }
    say_entries(term, run)?;
    say(term, "File integrity verified. Coding accuracy was not checked.")
}

fn verify_undone(term: &mut Term, run: &OpenRun) -> Result<()> {
    let bar = term.progress(verify::size(&run.book), "reading");
    let checked = verify::verify_undone(run.site(), records::advance(&bar))?;
    bar.finish_and_clear();
    let checked = refuse_broken(term, run, checked)?;
    let count = checked.results.len();
    let what = match run.book.write {
        Manner::InPlace => "read again, as before the run",
        Manner::Beside | Manner::Annotate => "without a copy",
    };
    say(term, format_args!("undone: {} {what}", counted(count, "file")))?;
    settle(term, run, checked.originals)?;
    say_entries(term, run)
}

/// Everything that is wrong, where a result is; what the run was planned from is named.
fn refuse_broken<R>(term: &mut Term, run: &OpenRun, checked: Checked<R>) -> Result<Checked<R>> {
    for paper in &checked.papers {
        term.warn(format_args!(
            "{}: {}; the results rest on the rules that the plan holds",
            path_of(paper),
            clean(paper.message())
        ));
    }
    if checked.broken.is_empty() {
        return Ok(checked);
    }
    let Checked { mut broken, originals, .. } = checked;
    broken.extend(findings(run, originals));
    Error::all(broken).map_or_else(|| Err(Error::internal("nothing was found")), Err)
}

fn say_results(term: &mut Term, run: &OpenRun, results: &[Verified]) -> Result<()> {
    if results.is_empty() {
        return say(term, "Nothing was to be changed: there are no results.");
    }
    let replacements: u64 = results.iter().map(|one| one.replacements).sum();
    let lines: u64 = results.iter().map(|one| one.lines).sum();
    let files = results.len();
    say(term, format_args!("{} read again, to the last byte:", counted(files, "file")))?;
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
    say(
        term,
        format_args!("{:>12}  other bytes differ from the originals as they were planned", 0),
    )?;
    say(term, format_args!("{lines:>12}  line ends, as many as in the originals"))
}

/// Says how the originals stand; what is not as it was ends it.
fn settle(term: &mut Term, run: &OpenRun, originals: Originals) -> Result<()> {
    let count = originals.as_planned;
    if count > 0 {
        let what = match run.book.write {
            Manner::InPlace => "files in which nothing changes are as they were planned",
            Manner::Beside | Manner::Annotate => "originals are as they were planned",
        };
        say(term, format_args!("{count:>12}  {what}"))?;
    }
    let lost = originals.astray.iter().filter(|one| is_out_of_reach(run, one)).count();
    if lost > 0 {
        let at = clean(&run.base.to_string_lossy());
        let originals = if lost == 1 { "original" } else { "originals" };
        say(
            term,
            format_args!("{lost:>12}  NOT CHECKED: {originals} not there any more, in {at}"),
        )?;
    }
    Error::all(findings(run, originals)).map_or(Ok(()), Err)
}

/// Beside a run folder that was taken elsewhere, into an archive, there are no originals.
fn is_out_of_reach(run: &OpenRun, one: &Astray) -> bool {
    one.is_gone && run.book.write != Manner::InPlace && run.place.moved.is_some()
}

/// What is wrong beside the results.
fn findings(run: &OpenRun, originals: Originals) -> Vec<Error> {
    let astray = originals.astray.into_iter().filter(|one| !is_out_of_reach(run, one));
    let astray = astray.map(|one| astray_is(one, run.stage()));
    originals.unread.into_iter().chain(astray).chain(run.other_papers()).collect()
}

fn astray_is(one: Astray, stage: Stage) -> Error {
    let (what, hint) = match (one.has_copy && stage == Stage::Applied, one.is_gone) {
        (true, false) => (
            "the original changed since it was planned; its copy is proven, and holds what stood there then",
            "what was written to it since is in no copy: plan a run of its own for it",
        ),
        (true, true) => (
            "the original is gone; its copy is proven, and is the last that holds its records",
            "keep the copy, or put the original back from a backup",
        ),
        (false, false) => (
            "the file changed since it was planned; this run did not write to it",
            "compare it with a backup",
        ),
        (false, true) => (
            "the file is gone: it was there when the run was planned, which did not touch it",
            "put it back from a backup",
        ),
    };
    Error::refused(what).at(one.path).hint(hint)
}

fn say_entries(term: &mut Term, run: &OpenRun) -> Result<()> {
    let entries = run.journal.len();
    say(
        term,
        format_args!("{entries:>12}  entries of the journal, each following the one before"),
    )?;
    if run.journal.access() == Access::Read {
        say(term, "The run folder can only be read: no entry was written into its journal.")?;
    }
    Ok(())
}

/// What an entry of the journal says about results.
fn published(entry: Option<&Value>) -> Vec<(String, Digest)> {
    let files = entry.and_then(|entry| entry["files"].as_array());
    let one = |file: &Value| {
        Some((file["copy"].as_str()?.to_owned(), file["copy_digest"].as_str()?.parse().ok()?))
    };
    files.into_iter().flatten().filter_map(one).collect()
}
