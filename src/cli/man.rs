//! `codeturn man`: the manual in the form that `man` reads.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use super::output::{self, Content};
use super::{Cli, Outcome, Term};
use crate::error::{Error, Result};

/// What was typed after `codeturn man`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Man {
    /// Write a page for the program and one for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

const HELP: &str = "\
Without a folder the page of the program goes to stdout.

Examples:
  codeturn man | man -l -
  codeturn man --output ~/.local/share/man/man1";

impl Man {
    /// Writes the manual.
    ///
    /// # Errors
    /// The folder is not there or holds such a page already, or writing failed.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut program = Cli::command();
        program.build();
        match &self.output {
            Some(folder) => pages(&program, "codeturn", folder)?,
            None => output::write(term, None, Content::Data, |out| {
                out.write_all(&page(&program, "codeturn")?).map_err(|error| Error::output(&error))
            })?,
        }
        Ok(Outcome::Done)
    }
}

/// The pages of a command and of all below it: `codeturn-map-check.1`.
fn pages(command: &Command, name: &str, folder: &Path) -> Result<()> {
    let path = folder.join(format!("{name}.1"));
    if !folder.is_dir() {
        return Err(Error::refused("the folder for the manual does not exist")
            .at(folder)
            .hint("make it first"));
    }
    fs::write(&path, page(command, name)?).map_err(|error| Error::unwritable(&path, &error))?;
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    below
        .into_iter()
        .try_for_each(|below| pages(below, &format!("{name}-{}", below.get_name()), folder))
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Page::new(command.clone().display_name(name.to_owned()))
        .title(name.to_uppercase())
        .render(&mut bytes)
        .map_err(|error| Error::output(&error))?;
    Ok(bytes)
}
