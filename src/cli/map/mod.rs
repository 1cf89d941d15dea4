//! `codeturn map`: mapping files, before any record is read.

mod check;

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
enum Command {
    /// Everything wrong or doubtful in mapping files, and how far they cover the retired codes
    Check(check::Check),
}

impl Map {
    /// Does it.
    ///
    /// # Errors
    /// An input is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        match &self.command {
            Command::Check(check) => check.run(term),
        }
    }
}
