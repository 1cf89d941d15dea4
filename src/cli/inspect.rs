//! `codeturn inspect`: what is this file?

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::{Outcome, Term};
use crate::code::System;
use crate::error::{Error, Result};
use crate::release::Wanted;
use crate::report::{inspect_json, inspect_text};
use crate::run::inspect;

/// What was typed after `codeturn inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Files or folders: releases as downloaded, or records
    #[arg(value_name = "FILE[@DATE]", required = true)]
    files: Vec<Wanted>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The code system, for a list whose codes do not tell
    #[arg(long, value_name = "ID")]
    system: Option<System>,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// `codeturn.inspect/1`.
    Json,
}

impl Inspect {
    /// Looks at every file and says what it is.
    ///
    /// # Errors
    /// All files that cannot be opened.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let mut inspected = Vec::new();
        let mut refused = Vec::new();
        for wanted in &self.files {
            match inspect::inspect(&wanted.clone().of(self.system)) {
                Ok(files) => inspected.extend(files),
                Err(error) => refused.push(error),
            }
        }
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        output::write(term, self.output.as_deref(), content, |out| {
            let written = match self.format {
                Format::Text => inspect_text::write(&inspected, out),
                Format::Json => inspect_json::write(&inspected, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        Error::all(refused).map_or(Ok(Outcome::Done), Err)
    }
}
