//! `codeturn plan`: what would become of every code, for a person to review.

use clap::Args;

use super::planning::{PlanArgs, Planned};
use super::{Outcome, Term, interrupt};
use crate::error::{Error, Result};
use crate::report::run_text::{self, Done};
use crate::report::workbooks;
use crate::run::book::Manner;

/// What was typed after `codeturn plan`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Plan {
    #[command(flatten)]
    written: Written,
    /// A second person must sign before the plan can be applied
    #[arg(long)]
    require_approval: bool,
    /// Exit with status 1 if items remain that need a coder
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    args: PlanArgs,
}

/// How the result is written: copies, unless something else is said.
#[derive(Debug, Args)]
struct Written {
    /// Replace the files themselves when the plan is applied, each in one step; can be undone
    #[arg(long)]
    in_place: bool,
    /// Codes stay; new columns at the end of each row propose what the plan would do: for records
    /// that may not be overwritten, and for `--records billed`
    #[arg(long, conflicts_with_all = ["in_place", "replace_rows"])]
    annotate: bool,
}

impl Written {
    fn manner(&self) -> Manner {
        match (self.in_place, self.annotate) {
            (true, _) => Manner::InPlace,
            (false, true) => Manner::Annotate,
            (false, false) => Manner::Beside,
        }
    }
}

const HELP: &str = "\
Example:
  codeturn plan claims.csv --records unbilled --old cm-2024.zip --new cm-2025.zip --map our-map.csv \\
      --in-place --require-approval --out turn-2025
  codeturn show turn-2025
  codeturn approve turn-2025 --by \"R. Coder\" --reason \"map of 2024-09-16 reviewed\"
  codeturn apply turn-2025

Exit status: 0 done; 1 with --exit-code, when entries remain for a coder; 2 wrong usage; 3 an input
was refused and nothing was written; 4 reading or writing failed; 130 interrupted.";

impl Plan {
    /// Writes the run folder.
    ///
    /// # Errors
    /// An input is refused, or the folder cannot be written; then nothing is left behind.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let planned = self.args.plan(term, self.written.manner(), self.require_approval)?;
        let Planned { folder, inputs, table, wish, plan, list, journal, .. } = planned;
        // All but the workbooks is complete: the disk takes it while they are made.
        let (synced, books) = std::thread::scope(|scope| {
            let synced = scope.spawn(|| folder.sync());
            let books = workbooks::write(&folder, &inputs, &plan, list);
            (synced.join(), books)
        });
        synced.map_err(|_| Error::internal("bringing the run to disk stopped"))??;
        books?;
        interrupt::check()?;
        let run = folder.publish()?;
        let done = Done { plan, list, applied: Vec::new(), head: journal.head() };
        run_text::write_plan(term.out(), &run, &inputs, &table, wish, &done).map_err(|error| {
            Error::output(&error).hint(format!("the plan itself is complete: {}", run.display()))
        })?;
        let remains = done.plan.worklist > 0;
        Ok(if self.exit_code && remains { Outcome::Remains } else { Outcome::Done })
    }
}
