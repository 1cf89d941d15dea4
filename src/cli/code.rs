//! `codeturn code`: one code's life.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::output::{self, Content};
use super::planning;
use super::records::{ReleaseArgs, day};
use super::{Outcome, Term};
use crate::code::{Spelling, System};
use crate::error::{Error, Result};
use crate::report::paper::{self, Form};
use crate::report::{code_json, code_text};
use crate::story;

/// What was typed after `codeturn code`.
#[derive(Debug, Args)]
pub struct Code {
    /// The code, dotted or not
    #[arg(value_name = "CODE")]
    typed: String,
    /// The day to judge it on, as 2024-10-01
    #[arg(value_name = "DATE", value_parser = day)]
    date: Option<Date>,
    #[command(flatten)]
    releases: ReleaseArgs,
    /// Only this code system
    #[arg(long, value_name = "ID")]
    system: Option<System>,
    /// A mapping file or an official table, for the successors that it names; repeats
    #[arg(long, value_name = "FILE")]
    map: Vec<PathBuf>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// `codeturn.code/1`.
    Json,
    /// A paper for a wiki or a ticket, with its sources.
    Markdown,
    /// The same as one page for a browser and a printer.
    Html,
}

impl Code {
    /// Tells the life of the code in every system in which it stands.
    ///
    /// # Errors
    /// What was typed is no code, or a release is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let typed = self.typed.trim();
        let code = Spelling::read(typed.as_bytes()).ok_or_else(|| {
            Error::usage(format!("`{typed}` is no code of a code set"))
                .hint("up to eight letters and digits, with or without the dot")
        })?;
        let table = planning::table(term, &self.releases, &self.map)?;
        let mut stories = story::stories(&table, code, self.date);
        stories.retain(|story| self.system.is_none_or(|system| system == story.system));
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        output::write(term, self.output.as_deref(), content, |out| {
            let paper = || paper::life::paper(typed, &table, &stories);
            let written = match self.format {
                Format::Text => code_text::write(typed, &table, &stories, out),
                Format::Json => code_json::write(code.0, &table, &stories, out),
                Format::Markdown => paper().write(Form::Markdown, out),
                Format::Html => paper().write(Form::Html, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        Ok(Outcome::Done)
    }
}
