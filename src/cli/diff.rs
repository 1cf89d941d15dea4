//! `codeturn diff`: what changed between two releases.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::{self, Content};
use super::term::clean;
use super::{Outcome, Term, releases};
use crate::code::{Code, System};
use crate::diff::across::{Across, Turn};
use crate::diff::scope::{Area, Chapter, CodeRange, Scope};
use crate::diff::{self, OwnCodes, Witness};
use crate::error::{Error, Result};
use crate::release::part::Parts;
use crate::release::{self, Release, Wanted};
use crate::report::{
    Descriptors, Listing, across_csv, across_json, across_markdown, across_text, across_xlsx,
    addenda_view, diff_csv, diff_html, diff_json, diff_markdown, diff_text, diff_view, diff_xlsx,
};

/// What was typed after `codeturn diff`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Diff {
    /// The older release as downloaded (zip, txt, csv, or a folder with one)
    #[arg(value_name = "OLD[@DATE]")]
    old: Wanted,
    /// The newer release; a date behind a path, as in cm.zip@2024-10-01, says when it takes effect
    #[arg(value_name = "NEW[@DATE]", required_unless_present = "across")]
    new: Option<Wanted>,
    /// Further releases, with --across
    #[arg(value_name = "MORE[@DATE]", requires = "across")]
    more: Vec<Wanted>,
    /// What happened to each code over all releases given, in order of date
    #[arg(long)]
    across: bool,
    /// How the changes are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to a file instead of stdout; one that exists is refused
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The code system: icd10cm, icd10pcs, hcpcs, cpt, cdt, icd9cm, icd9pcs or local
    #[arg(long, value_name = "ID")]
    system: Option<System>,
    /// The publisher's addenda to hold the changes against; one beside NEW is found
    #[arg(long, value_name = "FILE", conflicts_with = "across")]
    addenda: Option<PathBuf>,
    /// NEW may be a part of the code set: what it does not mention is not deleted
    #[arg(long)]
    partial: bool,
    /// Exit with status 1 if there are differences, listed or not
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    choice: Choice,
    /// Codes only, no titles: those of licensed sets may not be passed on
    #[arg(long)]
    no_descriptors: bool,
}

const HELP: &str = "\
Examples:
  codeturn diff cm-2024.zip cm-2025.zip
  codeturn diff cm-2024.zip cm-2025.zip --chapter 4 --prefix Z68
  codeturn diff cpt-2030.txt cpt-2031.txt --codes superbill.csv
  codeturn diff cm-2024.zip cm-2025.zip --format html --output changes.html
  codeturn diff cm-2023.zip cm-2024.zip cm-2025.zip --across --prefix E88

Exit status: 0 done; 1 with --exit-code, when there are differences; 2 wrong usage; 3 an input was
refused; 4 reading or writing failed.";

/// Which changes are listed; the figures always count all.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is listed (the figures always count all)")]
struct Choice {
    /// These kinds of changes
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        help = "These kinds of changes: added, became_billable, deleted, became_header, revised, \
                short_revised, header_added, header_deleted, header_revised; with --across also \
                reinstated"
    )]
    kind: Vec<Turn>,
    /// A chapter of ICD-10-CM by its number, as in 4 for E00-E89
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    chapter: Vec<Chapter>,
    /// Codes from one to another in the order of the file, with all that stands under the last
    #[arg(long, value_name = "FIRST-LAST", value_delimiter = ',')]
    codes_in: Vec<CodeRange>,
    /// Codes that begin so, dotted or not
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', value_parser = prefix)]
    prefix: Vec<Code>,
    /// Only the codes of this list: one a line, or a table's first column or one named `code`
    #[arg(long, value_name = "FILE")]
    codes: Option<PathBuf>,
}

fn prefix(text: &str) -> Result<Code, String> {
    Code::normalise(text).ok_or_else(|| format!("`{text}` is no beginning of a code"))
}

impl Choice {
    /// The areas, of which a code must be in one.
    fn areas(&self) -> Vec<Area> {
        let chapters = self.chapter.iter().copied().map(Area::Chapter);
        let ranges = self.codes_in.iter().copied().map(Area::Range);
        chapters.chain(ranges).chain(self.prefix.iter().copied().map(Area::Prefix)).collect()
    }

    fn scope(&self, releases: &[&Release]) -> Result<Scope> {
        let scope = Scope::of(&self.areas(), releases)?;
        let (Some(path), Some(release)) = (&self.codes, releases.first()) else { return Ok(scope) };
        Ok(scope.only(&OwnCodes::read(path, release.system)?, releases))
    }
}

/// How the changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One row a code.
    Csv,
    /// `codeturn.diff/1`.
    Json,
    /// Tables for a wiki, a mail or a ticket.
    Markdown,
    /// One page for a browser or a printer: search, filter, nothing from the network.
    Html,
    /// A workbook, a sheet a kind; codes stay text. Needs --output.
    Xlsx,
}

impl Format {
    /// Whether it has room for more than the changes.
    fn is_report(self) -> bool {
        !matches!(self, Format::Csv | Format::Json)
    }

    fn content(self) -> Content {
        if self == Format::Text { Content::Text } else { Content::Data }
    }
}

impl Diff {
    /// Reads the releases, compares them and writes the changes.
    ///
    /// # Errors
    /// A release that is refused, or two that are no pair.
    pub fn run(&self, term: &mut Term) -> Result<Outcome> {
        self.check()?;
        let named = [&self.old].into_iter().chain(&self.new).chain(&self.more);
        let wanted: Vec<Wanted> = named.map(|one| one.clone().of(self.system)).collect();
        let releases = releases::load_each(term, &wanted, Parts::of(self.partial))?;
        if let ([old, new], false) = (&releases[..], self.partial) {
            let [old, new] = [old, new].map(|side| side.iter().collect::<Vec<_>>());
            // Two releases of different systems are no pair; that is said elsewhere.
            if old.len() > 1 {
                releases::refuse_missing_system(&old, &new)?;
            }
        }
        match (&releases[..], &wanted[..]) {
            ([old, new], [old_wanted, new_wanted]) if !self.across => {
                let old = counterpart(old, new);
                self.compare(term, single(old, old_wanted)?, single(new, new_wanted)?)
            }
            _ => self.compare_across(term, &releases.into_iter().flatten().collect::<Vec<_>>()),
        }
    }

    /// Refuses what does not go together.
    fn check(&self) -> Result<()> {
        if self.format == Format::Xlsx && self.output.is_none() {
            return Err(Error::usage("a workbook is not written to the terminal")
                .hint("name a file: --output changes.xlsx"));
        }
        if !self.across && self.choice.kind.contains(&Turn::Reinstated) {
            return Err(Error::usage("two releases do not show what was reinstated")
                .hint("give more releases and --across"));
        }
        Ok(())
    }

    fn listing(&self, releases: &[&Release]) -> Result<Listing> {
        Ok(Listing {
            kinds: self.choice.kind.clone(),
            scope: self.choice.scope(releases)?,
            descriptors: if self.no_descriptors { Descriptors::Hidden } else { Descriptors::Shown },
        })
    }

    fn compare(&self, term: &mut Term, old: &Release, new: &Release) -> Result<Outcome> {
        let mut diff = diff::compare(old, new)?;
        diff.addenda = self.witness(&diff)?;
        for note in &diff.notes {
            term.warn(note);
        }
        if let Some(answer) = addenda_view::answer(&diff) {
            if answer.is_well { term.say(answer.words) } else { term.warn(answer.words) }
        }
        let listing = self.listing(&[old, new])?;
        if !self.format.is_report() {
            say_beside(term, new.system, listing.words(&diff), &listing);
        }
        output::write(term, self.output.as_deref(), self.format.content(), |out| {
            self.write(&diff, &listing, out)
        })?;
        Ok(self.outcome(!diff.changes.is_empty()))
    }

    /// What the publisher says of the changes, in the file named or beside NEW.
    fn witness(&self, diff: &diff::Diff<'_>) -> Result<Option<Witness>> {
        let addenda = match &self.addenda {
            Some(path) => Some(release::open_addenda(path)?),
            None if diff.new.system.is_icd10() => release::beside(diff.new),
            None => None,
        };
        Ok(addenda.map(|addenda| Witness::of(diff, addenda)))
    }

    fn compare_across(&self, term: &mut Term, releases: &[Release]) -> Result<Outcome> {
        let across = Across::new(releases)?;
        for note in across.steps.iter().flat_map(|step| &step.notes) {
            term.warn(note);
        }
        let all: Vec<&Release> = across.releases().collect();
        let listing = self.listing(&all)?;
        if !self.format.is_report() {
            say_beside(term, all[0].system, listing.words_across(&across), &listing);
        }
        output::write(term, self.output.as_deref(), self.format.content(), |out| {
            let written = match self.format {
                Format::Csv => across_csv::write(&across, &listing, out),
                Format::Json => across_json::write(&across, &listing, out),
                Format::Markdown => across_markdown::write(&across, &listing, out),
                Format::Html => diff_html::across::write(&across, &listing, out),
                Format::Xlsx => return across_xlsx::write(&across, &listing, out),
                Format::Text => across_text::write(&across, &listing, out),
            };
            written.map_err(|error| Error::output(&error))
        })?;
        Ok(self.outcome(across.steps.iter().any(|step| !step.changes.is_empty())))
    }

    fn outcome(&self, differ: bool) -> Outcome {
        if differ && self.exit_code { Outcome::Remains } else { Outcome::Done }
    }

    fn write(&self, diff: &diff::Diff<'_>, listing: &Listing, out: &mut dyn Write) -> Result<()> {
        let written = match self.format {
            Format::Text => diff_text::write(diff, listing, out),
            Format::Csv => diff_csv::write(diff, listing, out),
            Format::Json => diff_json::write(diff, listing, out),
            Format::Markdown => diff_markdown::write(diff, listing, out),
            Format::Html => diff_html::write(diff, listing, out),
            Format::Xlsx => return diff_xlsx::write(diff, listing, out),
        };
        written.map_err(|error| Error::output(&error))
    }
}

/// Says on stderr what data for programs has no room for.
fn say_beside(term: &mut Term, system: System, words: Option<String>, listing: &Listing) {
    if let Some(words) = words {
        term.say(clean(&words));
    }
    if let Some(words) = listing.missing_words() {
        term.warn(clean(&format!("{words}: {}", listing.scope.missing.join(", "))));
    }
    if let Some(licence) = diff_view::licence(system) {
        term.say(format_args!("{licence}."));
    }
}

/// The releases of OLD of the system that NEW has alone, if there are any; they
/// stand in order of system.
fn counterpart<'r>(old: &'r [Release], new: &[Release]) -> &'r [Release] {
    let [only] = new else { return old };
    let from = old.partition_point(|release| release.system < only.system);
    let to = old.partition_point(|release| release.system <= only.system);
    if from < to { &old[from..to] } else { old }
}

/// The one release that a path holds.
fn single<'r>(releases: &'r [Release], wanted: &Wanted) -> Result<&'r Release> {
    if let [release] = releases {
        return Ok(release);
    }
    if releases.is_empty() {
        return Err(Error::refused("a list of deleted codes, not a release")
            .at(&wanted.path)
            .hint("name two yearly lists: a code that is missing from the newer one was deleted"));
    }
    let name = |release: &Release| format!("{} of {}", release.system.title(), release.effective);
    let names: Vec<String> = releases.iter().map(name).collect();
    let message = format!("{} releases stand in it: {}", releases.len(), names.join(", "));
    Err(Error::refused(message)
        .at(&wanted.path)
        .hint("select one with --system, or name the file inside, as ZIP/FILE"))
}
