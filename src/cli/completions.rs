//! `codeturn completions`: what a shell offers when the Tab key is pressed.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::output::{self, Content};
use super::{Cli, Outcome, Term};
use crate::error::{Error, Result};

/// What was typed after `codeturn completions`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

const HELP: &str = "\
Examples:
  codeturn completions bash > ~/.local/share/bash-completion/completions/codeturn
  codeturn completions zsh > ~/.zfunc/_codeturn
  codeturn completions fish > ~/.config/fish/completions/codeturn.fish
  codeturn completions powershell >> $PROFILE";

impl Completions {
    /// Writes the script to stdout.
    ///
    /// # Errors
    /// Stdout cannot be written.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "codeturn", &mut script);
        output::write(term, None, Content::Data, |out| {
            out.write_all(&script).map_err(|error| Error::output(&error))
        })?;
        Ok(Outcome::Done)
    }
}
