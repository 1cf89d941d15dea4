//! `codeturn map`: mapping files, before any record is read.

mod check;
mod convert;
mod suggest;

use clap::{Args, Subcommand};

use super::{Outcome, Term};
use crate::error::Result;

/// What was typed after `codeturn map`.
#[derive(Debug, Args)]
pub struct Map {
    #[command(subcommand)]
    command: Command,
}

/// What to do with mapping files.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one value for the life of the program")]
enum Command {
    /// Everything wrong or doubtful in mapping files, and how far they cover the retired codes
    Check(check::Check),
    /// A published table, cut to the codes that are really retired, as a mapping file
    Convert(convert::Convert),
    /// Candidates for retired codes without a row: for people to choose from
    Suggest(suggest::Suggest),
}

impl Map {
    /// Does it.
    ///
    /// # Errors
    /// An input is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        match &self.command {
            Command::Check(check) => check.run(term),
            Command::Convert(convert) => convert.run(term),
            Command::Suggest(suggest) => suggest.run(term),
        }
    }
}
