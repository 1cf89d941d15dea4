//! `codeturn map suggest`: candidates for retired codes that no mapping covers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::output::{self, Content};
use crate::cli::{Outcome, Term, releases};
use crate::code::{Code, System};
use crate::crosswalk;
use crate::error::{Error, Result};
use crate::history::{Chronicle, History};
use crate::release::part::Parts;
use crate::release::{Release, Wanted};
use crate::report::{suggest_csv, suggest_json, suggest_text};
use crate::suggest::{Suggestion, Suggestions};

/// What was typed after `codeturn map suggest`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Suggest {
    /// The older release, as downloaded
    #[arg(long, value_name = "PATH[@DATE]", required = true)]
    old: Wanted,
    /// The newer release
    #[arg(long, value_name = "PATH[@DATE]", required = true)]
    new: Wanted,
    /// Mapping files: codes that have a row in one are left out (repeats)
    #[arg(long, value_name = "FILE")]
    map: Vec<PathBuf>,
    /// At most so many candidates for each code (50 at most)
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// The code system, where a path holds several or does not tell
    #[arg(long, value_name = "ID")]
    system: Option<System>,
    /// How the suggestions are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The newer release may be a part: what it does not mention is not retired
    #[arg(long)]
    partial: bool,
}

const HELP: &str = "\
Example:
  codeturn map suggest --old cm-2024.zip --new cm-2025.zip --map our-map.csv

Suggestions are for people to choose from: none is applied by itself. The CSV has the header
old,rank,new,score,why, best first; `not confident` in `why` says that nothing came near.";

/// How suggestions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what many codes share, then code by code.
    Text,
    /// One row a candidate.
    Csv,
    /// `codeturn.suggest/1`.
    Json,
}

impl Suggest {
    /// Compares the releases and writes what may stand in the place of retired codes.
    ///
    /// # Errors
    /// A release or a mapping is refused.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let wanted = [self.old.clone().of(self.system), self.new.clone().of(self.system)];
        let sides = releases::load_each(term, &wanted, Parts::of(self.partial))?;
        let effective =
            |side: &[Release]| side.first().map(|release| (release.system, release.effective));
        if let [Some((old, from)), Some((new, to))] = [effective(&sides[0]), effective(&sides[1])]
            && old == new
            && from >= to
        {
            return Err(Error::refused(format!("--old takes effect on {from}, --new on {to}"))
                .hint("swap them; or give the true day, as PATH@YYYY-MM-DD"));
        }
        let history = History::new(sides.into_iter().flatten().collect())?;
        let (old, new) = pair(&history)?;
        let covered = self.covered(&history, new.system)?;
        let suggestions = Suggestions::between(old, new);
        let uncovered = |one: &Suggestion| !covered.contains(&one.old);
        let content = if self.format == Format::Text { Content::Text } else { Content::Data };
        output::write(term, self.output.as_deref(), content, |out| {
            let written = match self.format {
                Format::Text => suggest_text::write(&suggestions, (old, new), uncovered, out),
                Format::Csv => suggest_csv::write(&suggestions, uncovered, self.top, out),
                Format::Json => suggest_json::write(&suggestions, uncovered, self.top, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        Ok(Outcome::Done)
    }

    /// The codes that have a row in a mapping.
    fn covered(&self, history: &History, system: System) -> Result<BTreeSet<Code>> {
        let crosswalk = crosswalk::files::read(&self.map, history)?;
        let own = crosswalk.rules.iter().filter(|rule| rule.system.is_none_or(|own| own == system));
        Ok(own.map(|rule| rule.old).collect())
    }
}

/// The two releases of one system.
fn pair(history: &History) -> Result<(&Release, &Release)> {
    let all = history.systems().filter_map(|system| history.of(system));
    let pairs: Vec<&[Release]> =
        all.map(Chronicle::releases).filter(|releases| releases.len() > 1).collect();
    match pairs[..] {
        [[old, new]] => Ok((old, new)),
        [] => Err(Error::refused("--old and --new hold no two releases of one code system")
            .hint("name two releases of one system that take effect on different days")),
        _ => Err(Error::refused("--old and --new hold several pairs of releases")
            .hint("say which: --system ID, or name the files")),
    }
}
