//! What the turn of the year means, for people: codes that retire, then codes
//! beside which more specific ones come, those of most claims first.

use std::io::{self, Write};

use super::audit_view::only_words;
use super::style::{ADDED, BOLD, CHANGED, DIM};
use super::{CLAIMS_AT_MOST, clean, counted, not_read};
use crate::decide::Table;
use crate::run::inputs::Inputs;
use crate::run::turn::{Concerned, Effect, Foreseen};

/// How many codes are listed of each kind.
const CODES: usize = 25;
/// How many codes are shown behind each.
const BESIDE: usize = 6;

/// Writes both lists.
///
/// # Errors
/// As the sink fails.
pub fn write(
    sink: &mut dyn Write,
    table: &Table,
    inputs: &Inputs,
    foreseen: &Foreseen,
    only: Option<&(String, String)>,
) -> io::Result<()> {
    let files = inputs.files.len();
    writeln!(
        sink,
        "{BOLD}What the turn means for {} with {}:{BOLD:#} {}, of all dates",
        counted(files, "file"),
        counted(foreseen.records, "record"),
        counted(foreseen.total.sites(), "coded entry"),
    )?;
    if let Some(words) = only_words(only) {
        writeln!(sink, "  {CHANGED}{}{CHANGED:#}", clean(&words))?;
    }
    for turn in &foreseen.turns {
        let ((from, to), retire) = (turn.days, turn.retired.len());
        let stay = turn.beside.len();
        writeln!(
            sink,
            "  {}, {from} -> {to}: {retire} codes retire, {stay} stay beside new ones",
            turn.system.title(),
        )?;
    }
    list(sink, table, foreseen, Effect::Retires)?;
    list(sink, table, foreseen, Effect::MoreSpecific)?;
    writeln!(sink)?;
    if !foreseen.is_exact {
        writeln!(sink, "  {CLAIMS_AT_MOST}")?;
    }
    not_read(sink, inputs, &foreseen.damage)?;
    writeln!(
        sink,
        "Past use is no forecast. New codes beside one that stays are no successors of it:"
    )?;
    writeln!(sink, "a coder chooses by the documentation. All codes: --format csv.")
}

fn list(
    sink: &mut dyn Write,
    table: &Table,
    foreseen: &Foreseen,
    effect: Effect,
) -> io::Result<()> {
    let codes: Vec<&Concerned> = foreseen.of(effect).collect();
    let sites: u64 = codes.iter().map(|one| one.count.sites).sum();
    let what = match effect {
        Effect::Retires => "Codes in use that retire",
        Effect::MoreSpecific => "Codes in use that stay, with new codes beside them",
    };
    if codes.is_empty() {
        return writeln!(
            sink,
            "\n{BOLD}{what}: none{BOLD:#} among the {} looked at.",
            counted(foreseen.total.sites(), "entry")
        );
    }
    writeln!(
        sink,
        "\n{BOLD}{what}:{BOLD:#} {} in {} on {}",
        codes.len(),
        counted(sites, "entry"),
        counted(foreseen.claims[effect as usize], "claim"),
    )?;
    codes.iter().take(CODES).try_for_each(|one| line(sink, table, foreseen, one))?;
    if codes.len() > CODES {
        writeln!(sink, "{:>12}  ... and {} more codes", "", codes.len() - CODES)?;
    }
    Ok(())
}

fn line(
    sink: &mut dyn Write,
    table: &Table,
    foreseen: &Foreseen,
    one: &Concerned,
) -> io::Result<()> {
    let days = match (one.count.first, one.count.last) {
        (Some(first), Some(last)) if first == last => format!("on {first}"),
        (Some(first), Some(last)) => format!("{first} .. {last}"),
        _ => "no date".to_owned(),
    };
    let wrong = match one.wrong {
        0 => String::new(),
        wrong => format!("  {wrong} NOT VALID ALREADY"),
    };
    writeln!(
        sink,
        "{:>12}  on {:<10}  {BOLD}{:<8}{BOLD:#}  {days:<24}  {}{wrong}",
        one.count.sites,
        counted(one.count.claims, "claim"),
        one.code.dotted(one.system),
        clean(one.title(table, &foreseen.turns)),
    )?;
    let sign = match one.effect {
        Effect::Retires => "instead?",
        Effect::MoreSpecific => "new:",
    };
    for (system, code) in one.codes.iter().take(BESIDE) {
        let title = clean(table.title(*system, *code));
        writeln!(
            sink,
            "{:>14}{DIM}{sign:<9}{DIM:#}{ADDED}{:<8}{ADDED:#}  {title}",
            "",
            code.dotted(*system)
        )?;
    }
    if one.codes.len() > BESIDE {
        writeln!(sink, "{:>14}{DIM}... and {} more{DIM:#}", "", one.codes.len() - BESIDE)?;
    }
    Ok(())
}
