//! `codeturn migrate`: plan, apply and verify in one go, into copies.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::planning::{PlanArgs, Planned};
use super::{Outcome, Term, interrupt, records};
use crate::error::{Error, Result};
use crate::report::run_text::{self, Done};
use crate::report::workbooks;
use crate::run::apply::{self, Age, Applied};
use crate::run::book::{Book, Manner};

/// What was typed after `codeturn migrate`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Migrate {
    /// Exit with status 1 if items remain that need a coder
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    of_plan: OfPlan,
    #[command(flatten)]
    args: PlanArgs,
}

/// Options of `plan` that mean nothing here: typed by habit, or in a project file.
#[derive(Debug, Args)]
struct OfPlan {
    #[arg(long, hide = true)]
    in_place: bool,
    #[arg(long, hide = true)]
    annotate: bool,
    #[arg(long, hide = true)]
    require_approval: bool,
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
        if self.of_plan.in_place || self.of_plan.annotate {
            return Err(Error::usage("`migrate` writes copies only").hint(
                "how else the result is written is part of what is reviewed: give it to `codeturn plan`",
            ));
        }
        if self.of_plan.require_approval {
            return Err(Error::usage("a second person must sign: `migrate` does all in one go")
                .hint("`codeturn plan`, then `codeturn approve`, then `codeturn apply`"));
        }
        let mut planned = self.args.plan(term, Manner::Beside, false)?;
        let applied = apply(term, &mut planned)?;
        let Planned { folder, inputs, table, wish, plan, list, journal, .. } = planned;
        interrupt::check()?;
        let run = folder.publish()?;
        let done = Done { plan, list, applied, head: journal.head() };
        run_text::write(term.out(), &run, &inputs, &table, wish, &done).map_err(|error| {
            Error::output(&error).hint(format!("the run itself is complete: {}", run.display()))
        })?;
        let remains = done.plan.worklist > 0;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }
}

/// Applies a plan inside the folder that is being built: what was read back of it decides.
fn apply(term: &mut Term, planned: &mut Planned) -> Result<Vec<Applied>> {
    let Planned { folder, inputs, plan, list, journal, actor, .. } = planned;
    let (inputs, plan, list) = (&*inputs, &*plan, *list);
    let root = folder.path("");
    let book = Book::read(&root)?;
    let site = apply::Site { root: &root, base: Path::new(""), book: &book };
    let bar = term.progress(book.size(), "writing");
    // The workbooks are made of files that are complete by now.
    let (applied, books) = std::thread::scope(|scope| {
        let books = scope.spawn(|| workbooks::write(folder, inputs, plan, list));
        let applied = apply::apply(site, Age::JustNow, journal, actor, records::advance(&bar));
        (applied, books.join())
    });
    bar.finish_and_clear();
    let applied = applied?;
    books.map_err(|_| Error::internal("writing the workbooks stopped"))??;
    let proven = applied.iter().map(|one| json!({ "copy": one.copy, "digest": one.copy_digest }));
    journal.write("verified", actor, &json!({ "files": proven.collect::<Vec<_>>() }))?;
    Ok(applied)
}
