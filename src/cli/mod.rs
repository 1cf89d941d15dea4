//! What the user typed and what is shown: one file a subcommand.
//!
//! The only place that prints. Data goes to stdout; messages, progress and
//! errors to stderr. Every subcommand's `run` returns how the program ends.

mod audit;
mod code;
mod completions;
mod diff;
mod inspect;
mod interrupt;
mod man;
mod map;
mod migrate;
pub mod output;
mod plan;
mod planning;
mod project;
mod records;
pub mod releases;
mod runs;
mod stdin;
mod term;
mod verify;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::Error;

pub use term::{Look, Outcome, Term};

/// The yearly turn of medical code sets: diff two releases, find the records
/// that use retired codes, and rewrite them by a reviewed mapping.
#[derive(Debug, Parser)]
#[command(name = "codeturn", version, about, max_term_width = 100)]
pub struct Cli {
    /// How things are shown.
    #[command(flatten)]
    pub look: Look,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What changed between two releases
    Diff(diff::Diff),
    /// What is this file: system, edition, layout, counts, oddities
    Inspect(inspect::Inspect),
    /// One code's life: from when to when billable, its titles, its successors
    Code(code::Code),
    /// Which codes in records were not valid on their date (changes nothing)
    Audit(audit::Audit),
    /// Mapping files: check them, convert official tables, suggest rows
    Map(map::Map),
    /// Plan, apply and verify in one go, into copies: the main job
    Migrate(migrate::Migrate),
    /// What would become of every code, for a person to review
    Plan(plan::Plan),
    /// What a plan would do, or did
    Show(runs::Show),
    /// A second person signs a plan
    Approve(runs::Approve),
    /// Do exactly what was planned
    Apply(runs::Apply),
    /// Read all results again: do only the planned codes differ?
    Verify(verify::Verify),
    /// Take back what was applied, byte for byte
    Undo(runs::Undo),
    /// Completions of commands and options for a shell
    Completions(completions::Completions),
    /// The manual, as pages for `man`
    Man(man::Man),
}

impl Cli {
    /// What was typed, with what the project file in this folder adds.
    ///
    /// # Errors
    /// The project file is refused. What is typed wrongly ends the program at once.
    pub fn of(typed: impl IntoIterator<Item = OsString>) -> Result<(Cli, Vec<String>), Error> {
        let typed = typed.into_iter().collect();
        let file = Path::new(project::NAME);
        let project = project::arguments(typed, file, &Cli::command())?;
        match Cli::try_parse_from(&project.all) {
            Ok(cli) => {
                let added = project.added.into_iter().map(|added| format!("--{}", added.key));
                Ok((cli, added.collect()))
            }
            Err(error) => Err(project.blame(&error, file).unwrap_or_else(|| error.exit())),
        }
    }
}
