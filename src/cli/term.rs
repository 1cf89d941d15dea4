//! The terminal: where text goes, in which colours, and how errors look.
//!
//! Nothing from a file reaches the terminal unescaped: names, titles and
//! messages pass through [`clean`], which replaces control characters.

use std::fmt::{Display, Write as _};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, ErrorKind, Result};
pub use crate::report::clean;
use crate::report::style::{BOLD, CHANGED, REMOVED};

/// How things are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct Look {
    /// Colours: signs stand beside them, so nothing is lost without
    #[arg(long, value_enum, default_value_t = Colour::Auto, global = true, value_name = "WHEN")]
    pub color: Colour,
    /// Only data and errors: no messages, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a subcommand ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing remains (exit 0).
    Done,
    /// Differences, findings or review items remain, and the user asked for
    /// that to be an exit status (exit 1).
    Remains,
}

/// Where text goes.
pub struct Term {
    out: BufWriter<AutoStream<io::Stdout>>,
    err: AutoStream<io::Stderr>,
    quiet: bool,
}

impl Term {
    /// Stdout and stderr as the user wants them.
    pub fn new(look: &Look) -> Term {
        let choice = match look.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        Term {
            out: BufWriter::with_capacity(1 << 16, AutoStream::new(io::stdout(), choice)),
            err: AutoStream::new(io::stderr(), choice),
            quiet: look.quiet,
        }
    }

    /// Where data goes: buffered, flushed by [`Term::finish`].
    pub fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// A message for the person, on stderr; silent with `--quiet`.
    pub fn say(&mut self, line: impl Display) {
        if !self.quiet {
            // A closed stderr is no reason to stop the work.
            let _ = writeln!(self.err, "{line}");
        }
    }

    /// A warning for the person, on stderr; silent with `--quiet`.
    pub fn warn(&mut self, line: impl Display) {
        self.say(format_args!("{CHANGED}warning:{CHANGED:#} {line}"));
    }

    /// A progress bar by bytes; hidden unless stderr is a terminal.
    pub fn progress(&self, bytes: u64, what: &str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(clean(what));
        bar
    }

    /// Flushes, shows an error if there is one, and says with which status to exit.
    pub fn finish(mut self, done: Result<Outcome>) -> ExitCode {
        let flushed = self.out.flush().map_err(|error| Error::output(&error));
        match done.and_then(|outcome| flushed.map(|()| outcome)) {
            Ok(Outcome::Done) => ExitCode::SUCCESS,
            Ok(Outcome::Remains) => ExitCode::from(1),
            // The reader of our pipe has seen enough: `codeturn diff ... | head` is no error.
            Err(error) if error.kind() == ErrorKind::ClosedPipe => ExitCode::SUCCESS,
            Err(error) => {
                let _ = self.err.write_all(render(&error).as_bytes());
                ExitCode::from(exit_status(error.kind()))
            }
        }
    }
}

fn exit_status(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::ClosedPipe => 0,
        ErrorKind::Usage => 2,
        ErrorKind::Refused | ErrorKind::NoCodes => 3,
        ErrorKind::Io => 4,
        ErrorKind::Interrupted => 130,
    }
}

/// An error as a person reads it: what, where, and what to do next.
fn render(error: &Error) -> String {
    let mut text = String::new();
    for one in std::iter::once(error).chain(error.others()) {
        let _ = writeln!(text, "{REMOVED}error:{REMOVED:#} {}", clean(one.message()));
        match (one.path(), one.whereabouts()) {
            (Some(path), Some(place)) => {
                let _ = writeln!(text, "  --> {}:{place}", clean(&path.to_string_lossy()));
            }
            (Some(path), None) => {
                let _ = writeln!(text, "  --> {}", clean(&path.to_string_lossy()));
            }
            (None, Some(place)) => {
                let _ = writeln!(text, "  --> {place}");
            }
            (None, None) => {}
        }
        if let Some(hint) = one.advice() {
            let _ = writeln!(text, "  {BOLD}hint:{BOLD:#} {}", clean(hint));
        }
        for choice in one.choices() {
            let _ = writeln!(text, "  {choice}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_next() {
        let error = Error::refused("the file is empty").at("x.txt").line(3).hint("try another");
        let plain = anstream::adapter::strip_str(&render(&error)).to_string();
        assert_eq!(plain, "error: the file is empty\n  --> x.txt:3\n  hint: try another\n");
    }
}
