//! `codeturn map convert`: a published table becomes a mapping file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::cli::output::{self, Content};
use crate::cli::records::{ReleaseArgs, day};
use crate::cli::term::clean;
use crate::cli::{Outcome, Term};
use crate::code::{Code, System};
use crate::crosswalk::{self, Crosswalk, Relation, Rule, SourceKind, SourceLine, Topic, Warning};
use crate::error::{Error, Result};
use crate::history::{Chronicle, History};
use crate::report::map_csv::{self, Dots};
use crate::report::map_json;

/// What was typed after `codeturn map convert`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Convert {
    /// Published tables as downloaded (xlsx, csv, txt, json), or a HCPCS release with cross-references
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    releases: ReleaseArgs,
    /// Only this code system
    #[arg(long, value_name = "ID")]
    system: Option<System>,
    /// Only what takes effect after this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<Date>,
    /// Only what takes effect on this day or before
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<Date>,
    /// Codes with their dots
    #[arg(long)]
    dotted: bool,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const HELP: &str = "\
Example:
  codeturn map convert icd-10-cm-conversion-table-FY2025.xlsx --old cm-2024.zip --new cm-2025.zip \\
      --output official-2025.csv

One row for each code that is really retired between the releases and each successor. Only rows with
the relation equivalent, broader or merge are automatic; review and split ask a person, none says that
the table names no successor. With more releases (--release, repeated) a row for each step.";

/// How the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The tool's own mapping form.
    Csv,
    /// `codeturn.map/1`.
    Json,
}

impl Convert {
    /// Reads the tables and writes what they say of the codes that are retired.
    ///
    /// # Errors
    /// A table or a release is refused, or a file is a mapping already.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        let history = self.releases.history(term)?;
        let crosswalk = crosswalk::files::read(&self.files, &history)?;
        let own = crosswalk.sources.iter().find(|source| source.kind == SourceKind::Own);
        if let Some(own) = own {
            return Err(Error::refused("it is a mapping of the tool's own form already")
                .at(&own.path)
                .hint("give it to --map; `codeturn map check` says what is wrong with it"));
        }
        say(term, &crosswalk);
        let rules: Vec<Rule> =
            crosswalk.rules.iter().filter(|rule| self.wants(rule, &history)).cloned().collect();
        say_coverage(term, &rules);
        if rules.is_empty() {
            term.warn(why_nothing(&crosswalk));
        }
        let dots = if self.dotted { Dots::Written } else { Dots::Left };
        output::write(term, self.output.as_deref(), Content::Data, |out| {
            let written = match self.format {
                Format::Csv => map_csv::write(&rules, dots, out),
                Format::Json => map_json::write(&crosswalk, &rules, dots, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        Ok(Outcome::Done)
    }

    /// `--old` and `--new` ask for what was retired between the two, not before.
    fn wants(&self, rule: &Rule, history: &History) -> bool {
        let day = rule.effective;
        let oldest = rule.system.and_then(|system| history.of(system)).map(Chronicle::start);
        let from = self.from.or(oldest.filter(|_| self.releases.is_pair()));
        self.system.is_none_or(|system| rule.system == Some(system))
            && from.is_none_or(|from| day.is_some_and(|day| day > from))
            && self.to.is_none_or(|to| day.is_some_and(|day| day <= to))
    }
}

/// What was read, and every cell that was not understood.
fn say(term: &mut Term, crosswalk: &Crosswalk) {
    for source in &crosswalk.sources {
        term.say(format_args!("{}: {}", clean(&source.path.to_string_lossy()), source.layout));
    }
    let repeated: BTreeSet<SourceLine> = crosswalk
        .overridden
        .iter()
        .filter(|one| one.is_repeated && !one.rule.at.is_silence())
        .map(|one| one.rule.at)
        .collect();
    let is_told = |warning: &&Warning| {
        // That a later table has a row where an earlier one was silent is no news.
        let is_news = !warning.at.is_silence() && !repeated.contains(&warning.at);
        warning.topic != Topic::Overridden || is_news
    };
    for warning in crosswalk.warnings.iter().filter(is_told) {
        let place = clean(&crosswalk.place(warning.at));
        term.warn(format_args!("{place}: {}", clean(&warning.message)));
    }
    if !repeated.is_empty() {
        let rows = repeated.len();
        term.say(format_args!("{rows} rows of earlier files stand in later ones as well"));
    }
}

fn why_nothing(crosswalk: &Crosswalk) -> &'static str {
    let is_said = |topic| crosswalk.warnings.iter().any(|warning| warning.topic == topic);
    if !crosswalk.rules.is_empty() {
        "nothing to write: --system, --from or --to leave no row"
    } else if is_said(Topic::NoRelease) {
        "nothing to write: the releases given are not of the systems of the tables"
    } else if is_said(Topic::Unreadable) {
        "nothing to write: no row of the tables was understood"
    } else {
        "nothing to write: no code is retired between the releases given"
    }
}

/// `of 36 retired codes 0 automatic, 35 to choose, 1 nothing`, by system.
fn say_coverage(term: &mut Term, rules: &[Rule]) {
    let mut by_code: BTreeMap<(Option<System>, Code), Relation> = BTreeMap::new();
    for rule in rules {
        by_code.insert((rule.system, rule.old), rule.relation.unwrap_or(Relation::Review));
    }
    let mut counts: BTreeMap<Option<System>, [usize; 4]> = BTreeMap::new();
    for ((system, _), relation) in &by_code {
        let [all, automatic, choose, nothing] = counts.entry(*system).or_default();
        *all += 1;
        match relation {
            Relation::None => *nothing += 1,
            relation if relation.is_automatic() => *automatic += 1,
            _ => *choose += 1,
        }
    }
    for (system, [all, automatic, choose, nothing]) in counts {
        let title = system.map_or("", System::title);
        term.say(format_args!(
            "{title}: of {all} retired codes {automatic} automatic, {choose} to choose, {nothing} nothing"
        ));
    }
}
