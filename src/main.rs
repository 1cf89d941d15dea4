//! The program's table of contents.

use std::process::ExitCode;

use codeturn::cli::{Cli, Command, Look, Term};

fn main() -> ExitCode {
    let (cli, project) = match Cli::of(std::env::args_os()) {
        Ok(typed) => typed,
        Err(error) => return Term::new(&Look::default()).finish(Err(error)),
    };
    let mut term = Term::new(&cli.look);
    if !project.is_empty() {
        term.say(format_args!("codeturn.toml gives {}", project.join(", ")));
    }
    let done = match &cli.command {
        Command::Diff(diff) => diff.run(&mut term),
        Command::Inspect(inspect) => inspect.run(&mut term),
        Command::Code(code) => code.run(&mut term),
        Command::Audit(audit) => audit.run(&mut term),
        Command::Map(map) => map.run(&mut term),
        Command::Migrate(migrate) => migrate.run(&mut term),
        Command::Plan(plan) => plan.run(&mut term),
        Command::Show(show) => show.run(&mut term),
        Command::Approve(approve) => approve.run(&mut term),
        Command::Apply(apply) => apply.run(&mut term),
        Command::Verify(verify) => verify.run(&mut term),
        Command::Undo(undo) => undo.run(&mut term),
        Command::Completions(completions) => completions.run(&mut term),
        Command::Man(man) => man.run(&mut term),
    };
    term.finish(done)
}
