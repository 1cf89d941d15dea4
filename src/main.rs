//! The program's table of contents.

use std::process::ExitCode;

use clap::Parser;
use codeturn::cli::{Cli, Command, Term};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut term = Term::new(&cli.look);
    let done = match &cli.command {
        Command::Diff(diff) => diff.run(&mut term),
        Command::Inspect(inspect) => inspect.run(&mut term),
        Command::Code(code) => code.run(&mut term),
        Command::Audit(audit) => audit.run(&mut term),
        Command::Map(map) => map.run(&mut term),
        Command::Migrate(migrate) => migrate.run(&mut term),
    };
    term.finish(done)
}
