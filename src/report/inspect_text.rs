//! What files are, for people.

use std::io::{self, Write};

use super::style::{ADDED, BOLD, CHANGED, DIM, REMOVED};
use super::{clean, counted};
use crate::error::Error;
use crate::release::addenda::Figures;
use crate::release::{Addenda, Oddity, Release, Seen, What};
use crate::run::inspect::{Inspected, Records};

/// Writes one paragraph a file.
///
/// # Errors
/// As the sink fails.
pub fn write(files: &[Inspected], out: &mut dyn Write) -> io::Result<()> {
    for (at, file) in files.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{BOLD}{}{BOLD:#}", clean(&file.looked.path.to_string_lossy()))?;
        for seen in &file.looked.seen {
            write_seen(seen, out)?;
        }
        if let Some(records) = &file.records {
            write_records(records, out)?;
        }
    }
    Ok(())
}

fn write_seen(seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
    let name = seen.member.as_deref().map(|name| format!("{}: ", clean(name))).unwrap_or_default();
    match &seen.what {
        What::Release(release) => {
            writeln!(out, "  {ADDED}+{ADDED:#} {name}{}", release.layout)?;
            write_release(release, out)?;
        }
        What::Refused(error) => {
            writeln!(out, "  {REMOVED}!{REMOVED:#} {name}{}", refusal(error))?;
            if let Some(hint) = error.advice() {
                writeln!(out, "      hint: {}", clean(hint))?;
            }
        }
        What::Addenda(addenda) => {
            writeln!(out, "  {ADDED}+{ADDED:#} {name}addenda: what the publisher says changed")?;
            return write_addenda(addenda, out);
        }
        What::Other(words) => {
            writeln!(out, "  {DIM}-{DIM:#} {name}{words}")?;
            return Ok(());
        }
    }
    seen.odd.iter().try_for_each(|odd| writeln!(out, "      {}", oddity(odd)))
}

/// The message of a refusal with its place.
fn refusal(error: &Error) -> String {
    let place = error.whereabouts().map(|place| format!(" (line {place})")).unwrap_or_default();
    format!("cannot be read{place}: {}", clean(error.message()))
}

fn write_release(release: &Release, out: &mut dyn Write) -> io::Result<()> {
    let row = |out: &mut dyn Write, what: &str, said: &str| writeln!(out, "      {what:<10}{said}");
    row(out, "system", &format!("{} ({})", release.system.title(), release.system))?;
    let from = format!("{} ({})", release.effective, release.dating.words());
    row(out, "in force", &format!("from {from}"))?;
    row(out, "billable", &release.billable().to_string())?;
    row(out, "headers", &release.headers().to_string())?;
    row(out, "digest", &release.digest.to_string())?;
    for warning in &release.warnings {
        writeln!(out, "      {CHANGED}warning:{CHANGED:#} {}", clean(warning))?;
    }
    release.notes.iter().try_for_each(|note| writeln!(out, "      note: {}", clean(note)))
}

fn write_addenda(addenda: &Addenda, out: &mut dyn Write) -> io::Result<()> {
    let Figures { added, deleted, revised } = addenda.figures();
    writeln!(out, "      billable  {added} added, {deleted} deleted, {revised} revised")?;
    if let (Some(before), Some(after)) = (addenda.before, addenda.after) {
        writeln!(out, "      counts    from {before} billable codes to {after}")?;
    }
    addenda.odd.iter().try_for_each(|odd| {
        writeln!(out, "      {CHANGED}odd:{CHANGED:#} line {}: {}", odd.line, clean(&odd.what))
    })
}

fn oddity(odd: &Oddity) -> String {
    let named: Vec<String> = odd.lines.iter().map(ToString::to_string).collect();
    let more = if odd.count > odd.lines.len() { ", ..." } else { "" };
    let lines = counted(odd.count, "line");
    format!("odd: {lines}, {}: {}{more}", odd.what, named.join(", "))
}

fn write_records(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    match records {
        Records::No(why) => writeln!(out, "  {DIM}-{DIM:#} no records: {}", clean(why)),
        Records::Recognised { notes, warnings } => {
            writeln!(out, "  {ADDED}+{ADDED:#} records")?;
            notes.iter().try_for_each(|note| writeln!(out, "      {}", clean(note)))?;
            warnings.iter().try_for_each(|warning| {
                writeln!(out, "      {CHANGED}warning:{CHANGED:#} {}", clean(warning))
            })
        }
    }
}
