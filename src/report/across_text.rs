//! Codes over the years for people: the figures of each step, then each code
//! with what happened to it, in order of date.
//!
//! The day of an event is that of the first release which shows it.

use std::io::{self, Write};

use super::diff_view::{self, Effect};
use super::style::{ADDED, BOLD, CHANGED, DIM, REMOVED};
use super::{Descriptors, Listing, clean, counted};
use crate::code::Code;
use crate::diff::Kind;
use crate::diff::across::{Across, Event, Turn};

/// Writes the report.
///
/// # Errors
/// As the writer fails.
pub fn write(across: &Across<'_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    figures(across, out)?;
    let lives = listing.lives(across);
    if let Some(words) = listing.words_across(across) {
        writeln!(out, "\n{CHANGED}{}{CHANGED:#}", clean(&words))?;
    }
    writeln!(out, "\n{BOLD}What happened to {}{BOLD:#}", counted(lives.len(), "code"))?;
    for (code, events) in &lives {
        life(*code, events, listing, out)?;
    }
    if let Some(words) = listing.missing_words() {
        writeln!(out, "\n{BOLD}{words}{BOLD:#}")?;
        for code in &listing.scope.missing {
            writeln!(out, "  {CHANGED}?{CHANGED:#} {BOLD}{}{BOLD:#}", clean(code))?;
        }
    }
    writeln!(out, "\n{DIM}{}{DIM:#}", diff_view::NOT_CHECKED)?;
    let system = across.releases().next().map(|release| release.system);
    match system.and_then(diff_view::licence) {
        Some(licence) => writeln!(out, "{DIM}{licence}.{DIM:#}"),
        None => Ok(()),
    }
}

fn figures(across: &Across<'_>, out: &mut dyn Write) -> io::Result<()> {
    let releases: Vec<_> = across.releases().collect();
    if let [first, .., last] = &releases[..] {
        let (system, count) = (first.system.title(), releases.len());
        let (from, to) = (first.effective, last.effective);
        writeln!(out, "{BOLD}{system}: {from} -> {to}, {count} releases{BOLD:#}")?;
    }
    for (step, back) in across.steps.iter().zip(across.reinstated()) {
        let counts = &step.counts;
        let (new, deleted, revised) = (counts.new, counts.deleted, counts.revised);
        write!(out, "  {} -> {}", step.old.effective, step.new.effective)?;
        writeln!(
            out,
            "  {new:>6} new, {back} of them reinstated  {deleted:>6} deleted  {revised:>6} revised"
        )?;
    }
    Ok(())
}

fn life(
    code: Code,
    events: &[Event<'_, '_>],
    listing: &Listing,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(last) = events.last() else { return Ok(()) };
    let release = last.step.new;
    write!(out, "\n  {BOLD}{}{BOLD:#}", code.dotted(release.system))?;
    if listing.descriptors == Descriptors::Shown {
        let title = match release.title(code) {
            "" => last.step.old.title(code),
            title => title,
        };
        write!(out, "  {}", clean(title))?;
    }
    writeln!(out)?;
    events.iter().try_for_each(|event| line(event, listing, out))
}

fn line(event: &Event<'_, '_>, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let effect = Effect::of(event.change.kind);
    let style = match effect {
        Effect::Comes => ADDED,
        Effect::Goes => REMOVED,
        Effect::Stays => CHANGED,
    };
    let (sign, day) = (effect.sign(), event.step.new.effective);
    let words = match event.turn {
        Turn::Kind(kind) => diff_view::words(kind),
        Turn::Reinstated => "REINSTATED: it is back",
    };
    write!(out, "    {day}  {style}{sign}{style:#} {words}")?;
    if let Some(remark) = diff_view::remark(event.change.class) {
        write!(out, " {CHANGED}({remark}){CHANGED:#}")?;
    }
    match (event.change.kind, diff_view::title(event.change, listing)) {
        (Kind::BecameHeader, _) => {
            let now = diff_view::longer_codes_in_short(event.step, event.change.code);
            write!(out, "{DIM} (now {now}){DIM:#}")?;
        }
        (_, Some(title)) if effect == Effect::Stays => {
            write!(out, ": {}", diff_view::marked(&title))?;
        }
        _ => {}
    }
    writeln!(out)
}
