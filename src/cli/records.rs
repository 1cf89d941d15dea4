//! What is said about record files on the command line, the same for all
//! subcommands that read them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use jiff::civil::Date;

use super::term::clean;
use super::{Term, interrupt, stdin};
use crate::code::System;
use crate::decide::{Kind, Table};
use crate::error::{Error, Result};
use crate::history::{Chronicle, History};
use crate::record::class::Setting;
use crate::record::date::DateFormat;
use crate::record::delimited::damage::Damage;
use crate::record::{Hints, RecordedDays};
use crate::release::part::Parts;
use crate::release::{Release, Wanted, edition, typed_day};
use crate::report::damaged;
use crate::run::inputs::{self, Inputs};
use crate::run::sweep::Pace;

/// The record files, and options about them.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Files of records, or folders of them
    #[arg(value_name = "RECORDS", required = true)]
    pub paths: Vec<PathBuf>,
    /// What they are like.
    #[command(flatten)]
    pub options: RecordOptions,
}

/// Options about record files; each wins over what is recognised.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the records are like (recognised where not given)")]
pub struct RecordOptions {
    /// Columns that hold codes, by name, or by number where there is no header
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    code_column: Vec<String>,
    /// The code system of all code columns, or of one: icd10cm, icd10pcs, hcpcs, cpt, ...
    #[arg(long, value_name = "[COLUMN=]ID", value_parser = system_of)]
    system: Vec<(Option<String>, System)>,
    /// The code system only where a version cell is empty or nothing says
    #[arg(long, value_name = "ID")]
    assume_system: Option<System>,
    /// The one column with the day that judges
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// How dates are written: YYYY-MM-DD, YYYYMMDD, DD-Mon-YYYY, M/D/YYYY or D/M/YYYY
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<DateFormat>,
    /// The day that judges what has no date of its own; for lists, all of it: the day they go into use
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<Date>,
    /// The class of claims where the file does not tell it; stays go by their discharge
    #[arg(long, value_enum)]
    setting: Option<Setting>,
    /// The column of a field that conditions ask for, as in payer=PAYER_ID
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    field: Vec<(String, String)>,
    /// The column with the claim's number
    #[arg(long, value_name = "NAME")]
    claim_column: Option<String>,
    /// Columns carried along into audit, worklist and changes
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    key: Vec<String>,
    /// Look only at rows with this value
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub only: Option<(String, String)>,
    /// What stands between cells
    #[arg(long, value_enum)]
    delimiter: Option<Delimiter>,
    /// Whether a quote at the start of a cell is special
    #[arg(long, value_enum)]
    quote: Option<Quote>,
    /// How many threads scan; the result is the same on any number
    #[arg(long, value_name = "N", hide = true)]
    threads: Option<usize>,
}

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Delimiter {
    Comma,
    Tab,
    Pipe,
    Semicolon,
}

/// Whether quotes are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Quote {
    /// as in CSV
    Double,
    /// they are ordinary characters
    None,
}

/// A day on the command line.
///
/// # Errors
/// It is none, or written in another way.
pub fn day(text: &str) -> Result<Date, String> {
    typed_day(text).ok_or_else(|| "no day; write it as 2024-10-01".to_owned())
}

/// `NAME=VALUE`.
///
/// # Errors
/// There is no `=`, or no name before it.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it with a `=`, as in payer=PAYER_ID")?;
    if name.trim().is_empty() {
        return Err("the name before `=` is empty".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn system_of(text: &str) -> Result<(Option<String>, System), String> {
    match text.rsplit_once('=') {
        Some((column, system)) => Ok((Some(column.trim().to_owned()), system.parse()?)),
        None => Ok((None, text.parse()?)),
    }
}

impl RecordOptions {
    /// The hints, with `as_of` where it is not given.
    pub fn hints(&self, as_of: Option<Date>, recorded_days: RecordedDays) -> Hints {
        Hints {
            code_columns: self.code_column.clone(),
            systems: self.system.clone(),
            assume_system: self.assume_system,
            date_column: self.date_column.clone(),
            date_format: self.date_format,
            as_of: self.as_of.or(as_of),
            recorded_days,
            setting: self.setting,
            fields: self.field.clone(),
            claim_column: self.claim_column.clone(),
            keys: self.key.clone(),
            only: self.only.clone(),
            delimiter: self.delimiter.map(|delimiter| match delimiter {
                Delimiter::Comma => b',',
                Delimiter::Tab => b'\t',
                Delimiter::Pipe => b'|',
                Delimiter::Semicolon => b';',
            }),
            quoting: self.quote.map(|quote| quote == Quote::Double),
            ..Hints::default()
        }
    }

    /// The hints for records of a kind: a list is judged as of one day, and so is a chart
    /// where one is given.
    pub fn hints_for(&self, term: &mut Term, kind: Kind, table: &Table) -> Hints {
        let recorded_days = match kind {
            Kind::List | Kind::Chart => RecordedDays::Ignored,
            Kind::Unbilled | Kind::Dataset | Kind::Billed => RecordedDays::Count,
        };
        self.hints(self.list_day(term, kind, table), recorded_days)
    }

    /// A list has no dates: it is judged as of the day it goes into use.
    fn list_day(&self, term: &mut Term, kind: Kind, table: &Table) -> Option<Date> {
        if kind != Kind::List || self.as_of.is_some() {
            return None;
        }
        let history = table.history();
        let newest = history
            .systems()
            .filter_map(|system| history.of(system))
            .map(|chronicle| chronicle.newest().effective);
        let day = newest.max()?;
        term.warn(format_args!("no --as-of is given: the list is judged as of {day}, the day the newest release takes effect"));
        Some(day)
    }

    /// As many workers as there are processors.
    pub fn pace(&self) -> Pace {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Pace::on(self.threads.unwrap_or(processors))
    }
}

/// Recognises record files and says what was recognised, and why.
///
/// # Errors
/// As the files are refused.
pub fn open(term: &mut Term, paths: &[PathBuf], hints: &Hints, table: &Table) -> Result<Inputs> {
    stdin::refuse(paths)?;
    let inputs = inputs::find(paths, hints, table)?;
    say(term, &inputs);
    Ok(inputs)
}

/// Says what was recognised in record files, and which were passed over.
pub fn say(term: &mut Term, inputs: &Inputs) {
    say_layouts(term, inputs);
    for passed in &inputs.passed_over {
        let path = clean(&passed.path.to_string_lossy());
        term.warn(format_args!("{path}: NOT CHECKED: {}", clean(passed.why.message())));
    }
}

/// Warns of files that look as if they were not whole.
pub fn warn_of_damage(term: &mut Term, inputs: &Inputs, damage: &[Damage]) {
    damaged(inputs, damage).iter().for_each(|words| term.warn(clean(words)));
}

/// Files of the same layout are told together.
fn say_layouts(term: &mut Term, inputs: &Inputs) {
    let mut told: Vec<(Vec<&str>, &[String], &[String])> = Vec::new();
    for input in &inputs.files {
        let layout = &input.layout;
        let same = told
            .iter_mut()
            .find(|(_, notes, warnings)| *notes == layout.notes && *warnings == layout.warnings);
        match same {
            Some((names, ..)) => names.push(&input.name),
            None => told.push((vec![&input.name], &layout.notes, &layout.warnings)),
        }
    }
    for (names, notes, warnings) in told {
        term.say(clean(&names.join(", ")));
        notes.iter().for_each(|note| term.say(format_args!("  {}", clean(note))));
        warnings.iter().for_each(|warning| term.warn(clean(warning)));
    }
}

/// Releases as all subcommands take them that read records.
#[derive(Debug, Args)]
#[command(next_help_heading = "Releases")]
pub struct ReleaseArgs {
    /// The older release of a system, as downloaded (repeats, one a system)
    #[arg(long, value_name = "PATH[@DATE]")]
    old: Vec<Wanted>,
    /// The newer release of a system
    #[arg(long, value_name = "PATH[@DATE]")]
    new: Vec<Wanted>,
    /// A release, in any order (repeats); a folder is a library of releases
    #[arg(long, value_name = "PATH[@DATE]")]
    release: Vec<Wanted>,
    /// Releases may be parts of their code sets: what they do not mention stays as it was
    #[arg(long)]
    partial: bool,
}

impl ReleaseArgs {
    /// Whether only an older and a newer release of each system are asked about.
    pub fn is_pair(&self) -> bool {
        !self.old.is_empty() && self.release.is_empty()
    }

    /// Reads all releases and puts them in order of date.
    ///
    /// # Errors
    /// None is given, one is unreadable, or a pair is no pair.
    pub fn history(&self, term: &mut Term) -> Result<History> {
        let all: Vec<Wanted> =
            self.old.iter().chain(&self.new).chain(&self.release).cloned().collect();
        if all.is_empty() {
            return Err(Error::usage("no release of a code system is given")
                .hint("--release PATH for each, or --old PATH --new PATH; the files as downloaded will do"));
        }
        let releases = super::releases::load(term, &all, Parts::of(self.partial))?;
        self.check_pairs(&releases)?;
        let history = History::new(releases)?;
        for system in history.systems() {
            let only_one =
                history.of(system).is_some_and(|chronicle| chronicle.releases().len() == 1);
            if only_one {
                term.warn(format_args!(
                    "only one release of {} is given: codes retired before it look unknown",
                    system.title()
                ));
            }
        }
        say_missing_editions(term, &history);
        Ok(history)
    }

    /// `--old` must be older than `--new`, system by system, and have no system that
    /// `--new` lacks.
    fn check_pairs(&self, releases: &[Release]) -> Result<()> {
        let is = |wanted: &[Wanted], release: &Release| {
            wanted.iter().any(|one| one.path == release.path)
        };
        if !self.new.is_empty() && !self.partial {
            let (old, new): (Vec<&Release>, Vec<&Release>) = (
                releases.iter().filter(|release| is(&self.old, release)).collect(),
                releases.iter().filter(|release| is(&self.new, release)).collect(),
            );
            super::releases::refuse_missing_system(&old, &new)?;
        }
        let older = releases.iter().filter(|release| is(&self.old, release));
        for old in older {
            let mut newer = releases.iter().filter(|release| is(&self.new, release));
            let wrong =
                newer.find(|new| new.system == old.system && new.effective <= old.effective);
            if let Some(new) = wrong {
                return Err(wrong_way_round(old, new));
            }
        }
        Ok(())
    }
}

/// What changed between two releases has no known day where an edition lies between.
fn say_missing_editions(term: &mut Term, history: &History) {
    for system in history.systems() {
        let releases = history.of(system).map_or(&[][..], Chronicle::releases);
        for pair in releases.windows(2) {
            let (older, newer) = (pair[0].effective, pair[1].effective);
            // A list with days of its own says them whatever lies between.
            if pair[1].entries().iter().any(|entry| entry.added.is_some()) {
                continue;
            }
            let next = |from: &Date| edition::first_between(system, *from, newer);
            let missing: Vec<String> =
                std::iter::successors(next(&older), next).map(|day| day.to_string()).collect();
            let (editions, with) = match missing.len() {
                0 => continue,
                1 => ("edition of", "is not given; which codes changed with it"),
                _ => ("editions of", "are not given; which codes changed with them"),
            };
            term.warn(format_args!(
                "{}: the {editions} {} {with}, between {older} and {newer}, is not known \
                 (date_uncertain)",
                system.title(),
                missing.join(", ")
            ));
        }
    }
}

fn wrong_way_round(old: &Release, new: &Release) -> Error {
    Error::refused(format!(
        "--old takes effect on {}, --new on {}: they are the wrong way round, or the same",
        old.effective, new.effective
    ))
    .at(&new.path)
    .hint("swap them; or give the true day, as PATH@YYYY-MM-DD")
}

/// A bar that is told bytes; it says when the user wants to stop.
pub fn advance(bar: &ProgressBar) -> impl Fn(u64) -> Result<()> + Sync + '_ {
    move |bytes| {
        bar.inc(bytes);
        interrupt::check()
    }
}
