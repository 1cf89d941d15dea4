//! `codeturn.toml`: what a practice always wants, so that nobody has to type it.
//!
//! Each key is the long name of an option, each value what would be typed behind
//! it; a list repeats the option, `true` gives one that takes no value. A key holds
//! for every subcommand that has the option, and what is typed wins over it. The
//! file lies in the folder in which the program is called, and paths in it are
//! meant from there. A value that the option does not take is the file's error.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use toml::{Table, Value};

use crate::error::{Error, Result};

/// The name of the project file.
pub const NAME: &str = "codeturn.toml";

/// Options of which one rules out the others: whoever types it wants none of them.
const SAME: [&[&str]; 10] = [
    &["old", "new", "release"],
    &["in-place", "annotate"],
    &["annotate", "replace-rows"],
    &["impact", "undated"],
    &["impact", "group-by"],
    &["impact", "amount-column"],
    &["impact", "historical"],
    &["packet", "group-by"],
    &["packet", "amount-column"],
    &["packet", "historical"],
];

/// What only a person at the keyboard may say.
const SIGNED: [&str; 3] = ["by", "reason", "allow-blanket"];

/// What was typed, with what the project file adds.
#[derive(Debug)]
pub struct Arguments {
    /// All arguments, the program's name first.
    pub all: Vec<OsString>,
    /// The options that came from the file.
    pub added: Vec<Added>,
}

/// An option that came from the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Added {
    /// Its long name, without the dashes.
    pub key: String,
    /// The line on which it stands.
    line: Option<u64>,
}

/// Adds the options of the project file, where there is one, to what was typed.
///
/// # Errors
/// The file cannot be read, is no TOML, or has a key that is no option.
pub fn arguments(typed: Vec<OsString>, file: &Path, program: &Command) -> Result<Arguments> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Arguments { all: typed, added: Vec::new() });
        }
        Err(error) => return Err(Error::unreadable(file, &error)),
    };
    merge(&typed, &text, program).map_err(|error| error.at(file))
}

fn merge(typed: &[OsString], text: &str, program: &Command) -> Result<Arguments> {
    let table: Table = text.parse().map_err(|error| not_toml(&error, text))?;
    let keys = table.keys().filter(|key| !is_option(program, key));
    let unknown = keys.map(|key| unknown(key, text, program)).collect();
    if let Some(error) = Error::all(unknown) {
        return Err(error);
    }
    if let Some(key) = table.keys().find(|key| SIGNED.contains(&key.as_str())) {
        let error = Error::usage(format!("`{key}` is typed, never kept in a file: it signs"));
        return Err(place(error, key, text));
    }
    let (command, at) = subcommand(program, typed);
    let mut added = Vec::new();
    // Options of the program itself stand before the subcommand, and are read there.
    let (mut global, mut own) = (Vec::new(), Vec::new());
    for (key, value) in &table {
        let (option, words) = match (option(command, key), option(program, key)) {
            (_, Some(option)) => (option, &mut global),
            (Some(option), None) => (option, &mut own),
            (None, None) => continue,
        };
        if is_typed(&typed[typed.len().min(1)..], [command, program], key) {
            continue;
        }
        let arguments = written(option, key, value).map_err(|error| place(error, key, text))?;
        if !arguments.is_empty() {
            added.push(Added { key: key.clone(), line: line_of(key, text) });
            words.extend(arguments);
        }
    }
    let (before, behind) = typed.split_at(at);
    let (name, before) = before.split_at(before.len().min(1));
    let all = [name, &global, before, &own, behind].concat();
    Ok(Arguments { all, added })
}

impl Arguments {
    /// What is wrong with the arguments, where it is an option of the file that is: the
    /// file, the line and the key. Nothing where it was typed.
    pub fn blame(&self, error: &clap::Error, file: &Path) -> Option<Error> {
        let blamed = error.context().filter_map(|(kind, value)| {
            matches!(kind, ContextKind::InvalidArg | ContextKind::PriorArg).then_some(value)
        });
        let names = blamed.flat_map(|value| match value {
            ContextValue::String(name) => vec![name.as_str()],
            ContextValue::Strings(names) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        });
        let long = |name: &str| {
            let name = name.strip_prefix("--")?;
            name.split([' ', '=', '<']).next().map(str::to_owned)
        };
        let added = names
            .filter_map(long)
            .find_map(|name| self.added.iter().find(|added| added.key == name))?;
        let rendered = error.render().to_string();
        let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
        let said = lines.next().unwrap_or_default().trim_start_matches("error: ");
        let blamed = Error::usage(format!("`{}` is not as it may be: {said}", added.key)).at(file);
        let blamed = match lines.next().filter(|line| line.starts_with('[')) {
            Some(values) => blamed.hint(values.trim_matches(['[', ']'])),
            None => blamed,
        };
        Some(match added.line {
            Some(line) => blamed.line(line),
            None => blamed,
        })
    }
}

/// The subcommand that was typed, and where its own arguments begin.
fn subcommand<'c>(program: &'c Command, typed: &[OsString]) -> (&'c Command, usize) {
    let (mut command, mut end) = (program, typed.len().min(1));
    let mut at = end;
    while let Some(word) = typed.get(at).and_then(|word| word.to_str()) {
        at += 1;
        if let Some(name) = word.strip_prefix("--") {
            // An option before the subcommand takes its value along.
            let takes = option(command, name).is_some_and(|arg| arg.get_action().takes_values());
            at += usize::from(takes);
            continue;
        }
        match command.find_subcommand(word) {
            Some(inner) => (command, end) = (inner, at),
            None if !word.starts_with('-') => break,
            None => {}
        }
    }
    (command, end)
}

fn option<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(name))
}

fn is_option(command: &Command, name: &str) -> bool {
    let inner = command.get_subcommands();
    option(command, name).is_some() || { inner }.any(|inner| is_option(inner, name))
}

/// Whether the command line has an option, or one that rules it out.
fn is_typed(typed: &[OsString], commands: [&Command; 2], key: &str) -> bool {
    let same = SAME.iter().filter(|names| names.contains(&key)).copied().flatten().copied();
    let names: Vec<&str> = same.chain([key]).collect();
    let short = |name: &&str| {
        let arg = commands.iter().find_map(|command| option(command, name));
        arg.and_then(Arg::get_short)
    };
    let shorts: Vec<char> = names.iter().filter_map(short).collect();
    let options = typed.iter().take_while(|word| *word != OsStr::new("--"));
    let mut options = options.filter_map(|word| word.to_str());
    options.any(|word| match word.strip_prefix("--") {
        Some(long) => names.contains(&long.split('=').next().unwrap_or(long)),
        None => word.strip_prefix('-').is_some_and(|it| it.starts_with(shorts.as_slice())),
    })
}

/// An option as it would be typed.
fn written(option: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>> {
    let name = || OsString::from(format!("--{key}"));
    let takes_value = option.get_action().takes_values();
    Ok(match value {
        Value::Boolean(true) if !takes_value => vec![name()],
        Value::Boolean(false) if !takes_value => Vec::new(),
        _ if !takes_value => {
            return Err(Error::usage(format!("`{key}` takes no value: write true or false")));
        }
        Value::Array(values) => {
            let words = values.iter().map(|value| word(key, value));
            let words = words.collect::<Result<Vec<OsString>>>()?;
            words.into_iter().flat_map(|word| [name(), word]).collect()
        }
        value => vec![name(), word(key, value)?],
    })
}

fn word(key: &str, value: &Value) -> Result<OsString> {
    match value {
        Value::String(text) => Ok(text.into()),
        Value::Integer(number) => Ok(number.to_string().into()),
        Value::Datetime(day) => Ok(day.to_string().into()),
        _ => Err(Error::usage(format!("`{key}` takes text, a number or a day, or a list of them"))),
    }
}

fn unknown(key: &str, text: &str, program: &Command) -> Error {
    let error = Error::usage(format!("`{key}` is no option of any subcommand"));
    let error = match near(key, program) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error
            .hint("keys are the long names of options, without the dashes: `codeturn plan --help`"),
    };
    place(error, key, text)
}

/// An option that differs by little: `-` for `_`, or one letter more or less.
fn near(key: &str, program: &Command) -> Option<String> {
    let plain = |name: &str| name.replace(['-', '_'], "").trim_end_matches('s').to_owned();
    let own = program.get_arguments().filter_map(Arg::get_long);
    let mut own = own.filter(|name| plain(name) == plain(key)).map(str::to_owned);
    own.next().or_else(|| program.get_subcommands().find_map(|inner| near(key, inner)))
}

fn place(error: Error, key: &str, text: &str) -> Error {
    match line_of(key, text) {
        Some(line) => error.line(line),
        None => error,
    }
}

/// The line on which a key stands.
fn line_of(key: &str, text: &str) -> Option<u64> {
    let names = |line: &str| {
        let name = line.split('=').next().unwrap_or_default().trim().trim_matches('"');
        name == key || name == format!("[{key}]")
    };
    text.lines().position(names).map(|at| at as u64 + 1)
}

fn not_toml(error: &toml::de::Error, text: &str) -> Error {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count();
    Error::usage(format!("it is no TOML: {}", error.message())).line(line as u64 + 1)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn merged(typed: &str, text: &str) -> Result<String> {
        let typed: Vec<OsString> = typed.split(' ').map(OsString::from).collect();
        let all = merge(&typed, text, &Cli::command())?.all;
        Ok(all.iter().map(|word| word.to_str().expect("text")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_is_typed_wins_and_what_a_subcommand_lacks_is_left_out() {
        let file = "release = [\"a.zip\", \"b.zip@2024-10-01\"]\nrecords = \"unbilled\"\n\
                    require-approval = true\nas-of = 2024-10-01\nthreads = 2\n";
        let told = |typed: &str| merged(typed, file).expect("merged");
        assert_eq!(
            told("codeturn plan x.csv --records=list --out R"),
            "codeturn plan --as-of 2024-10-01 --release a.zip --release b.zip@2024-10-01 \
             --require-approval --threads 2 x.csv --records=list --out R"
        );
        assert_eq!(
            told("codeturn --color never code E88.81 --old a --new b"),
            "codeturn --color never code E88.81 --old a --new b"
        );
        assert_eq!(
            told("codeturn map check m.csv"),
            "codeturn map check --as-of 2024-10-01 --release a.zip --release b.zip@2024-10-01 \
             --threads 2 m.csv"
        );
        assert_eq!(told("codeturn"), "codeturn");
        assert_eq!(told("codeturn show R"), "codeturn show R");
    }

    #[test]
    fn options_of_the_program_stand_before_the_subcommand() {
        let file = "quiet = true\ncolor = \"never\"\n";
        let told = |typed: &str| merged(typed, file).expect("merged");
        assert_eq!(told("codeturn show R"), "codeturn --color never --quiet show R");
        assert_eq!(told("codeturn show R -q --color=always"), "codeturn show R -q --color=always");
        assert_eq!(told("codeturn --color auto show R"), "codeturn --quiet --color auto show R");
    }

    #[test]
    fn an_option_that_is_typed_rules_out_what_cannot_stand_beside_it() {
        let told = |file: &str, typed: &str| merged(typed, file).expect("merged");
        let rows = "replace-rows = true\n";
        assert_eq!(told(rows, "codeturn plan x --annotate"), "codeturn plan x --annotate");
        assert_eq!(
            told(rows, "codeturn plan x --in-place"),
            "codeturn plan --replace-rows x --in-place"
        );
        let annotate = "annotate = true\n";
        for typed in ["codeturn plan x --replace-rows", "codeturn plan x --in-place"] {
            assert_eq!(told(annotate, typed), typed);
        }
    }

    #[test]
    fn nothing_is_added_to_what_lacks_it() {
        let file = "release = [\"a.zip\"]\n";
        let told = |typed: &str| merged(typed, file).expect("merged");
        assert_eq!(told("codeturn show R"), "codeturn show R");
    }

    #[test]
    fn what_is_no_option_is_refused_by_line() {
        let fails = |text: &str| merged("codeturn plan x.csv", text).expect_err("refused");
        let error = fails("records = \"list\"\nreleases = [\"a.zip\"]\n");
        assert_eq!(error.to_string(), "`releases` is no option of any subcommand (2)");
        assert_eq!(error.advice(), Some("did you mean `release`?"));
        assert!(fails("[plan]\nrecords = \"list\"\n").to_string().contains("`plan` is no option"));
        assert!(fails("records = \n").to_string().starts_with("it is no TOML"));
        assert!(fails("in-place = \"yes\"\n").to_string().contains("write true or false"));
        assert!(fails("by = \"R. Coder\"\n").to_string().contains("`by` is typed, never kept"));
        assert!(fails("map = [[\"a\"]]\n").to_string().contains("takes text"));
    }
}
