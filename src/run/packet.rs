//! One claim out of the records, with every code on it and its verdict.
//!
//! The claim is named by a value of a column. What is found elsewhere in the
//! files under the same value of another claim is no part of it: a packet speaks
//! of one claim, so a value that several claims share is refused.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::counts::{ClaimKey, Passing};
use super::harvest::{Show, Work};
use super::inputs::{Input, Inputs};
use super::located::Located;
use super::sweep::{Pace, Swept, sweep};
use crate::code::{Code, System};
use crate::decide::Table;
use crate::decide::judge::Judgement;
use crate::error::{Error, Result};
use crate::record::delimited::damage::Damage;

/// The claim and the files it was looked for in.
#[derive(Debug)]
pub struct Packet {
    /// The column and the value, as typed.
    pub key: (String, String),
    /// The file that holds it: its index among those given.
    pub file: usize,
    /// What was read of that file.
    pub swept: Swept,
    /// Its coded entries, in the order of the file; the same on several rows once.
    pub entries: Vec<Entry>,
    /// In how many stretches of the file its rows stand.
    pub stretches: usize,
    /// What looks damaged, by file.
    pub damage: Vec<Damage>,
}

/// A coded entry of the claim.
#[derive(Debug)]
pub struct Entry {
    /// The physical lines on which it stands (1-based).
    pub lines: Vec<u64>,
    /// The column.
    pub field: String,
    /// The system, where one is stated.
    pub system: Option<System>,
    /// The code; `None` where it is none.
    pub code: Option<Code>,
    /// The code as text; what stands there where it is none.
    pub text: String,
    /// The day that judges it.
    pub date: Option<Date>,
    /// What the day was taken from.
    pub date_rule: String,
    /// The verdict and what it rests on.
    pub judgement: Judgement,
}

/// Finds the claim.
///
/// # Errors
/// No claim or more than one has that value, it holds no codes, or a file cannot
/// be read to its end.
pub fn find(
    inputs: &Inputs,
    table: &Table,
    key: &(String, String),
    pace: Pace,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Packet> {
    let mut claims: BTreeSet<(usize, ClaimKey)> = BTreeSet::new();
    let mut read = Vec::new();
    let (mut entries, mut stretches) = (Vec::new(), 0);
    for (input, number) in inputs.files.iter().zip(1..) {
        let work = Work::looking(input, table, Show::Packet);
        let mut passing = Passing::default();
        let swept = sweep(&input.path, work, pace, |placed| {
            for (claim, record) in &placed.harvest.packets {
                claims.insert((number - 1, ClaimKey::of(*claim, placed.record + record + 1)));
                stretches += 1;
            }
            Located::all(number, input, &placed, &mut passing)
                .for_each(|located| enter(&mut entries, &located));
            progress(placed.bytes)
        })?;
        read.push(swept);
    }
    let only = claims.first().filter(|_| claims.len() == 1);
    let Some(&(file, _)) = only else { return Err(not_one(claims.len(), key, inputs, &read)) };
    if entries.is_empty() {
        return Err(no_codes(key, &inputs.files[file]));
    }
    let damage = read.iter().map(|swept| swept.damage).collect();
    Ok(Packet { key: key.clone(), file, swept: read[file], entries, stretches, damage })
}

fn not_one(
    claims: usize,
    (column, value): &(String, String),
    inputs: &Inputs,
    read: &[Swept],
) -> Error {
    if claims == 0 {
        let (records, files) = (read.iter().map(|one| one.records).sum::<u64>(), read.len());
        let ending = if files == 1 { "" } else { "s" };
        return Error::refused(format!(
            "no record has {column} = {value}, among {records} records of {files} file{ending}"
        ))
        .hint(format!(
            "{}the value is compared as a whole, without regard to case; quote one that holds blanks",
            torn(inputs, read)
        ));
    }
    Error::refused(format!("{claims} claims have {column} = {value}; a packet is about one"))
        .hint("name it by the column of the claim's number, and give only the file that holds it")
}

/// The claim may stand in a part that is not there.
fn torn(inputs: &Inputs, read: &[Swept]) -> String {
    let words = inputs.files.iter().zip(read).find_map(|(input, swept)| {
        let (line, words) = swept.damage.words().next()?;
        Some(format!("{}:{line}: {words}; else, ", input.name))
    });
    words.unwrap_or_default()
}

/// It was found, and nothing of it was judged: a paper that finds nothing would mislead.
fn no_codes((column, value): &(String, String), input: &Input) -> Error {
    Error::refused(format!(
        "the claim with {column} = {value} holds no codes: nothing of it was judged"
    ))
    .at(&input.path)
    .hint(format!("looked at: {}; --code-column names others", input.layout.code_names()))
}

/// Claim-level codes repeat on every row of a claim: they are one entry.
fn enter(entries: &mut Vec<Entry>, located: &Located) {
    let finding = located.finding;
    let judgement = finding.decision.judgement;
    let (text, field) = (located.code(), &located.column().name);
    let same = entries.iter_mut().find(|entry| {
        entry.field == *field
            && entry.text == text
            && entry.system == finding.system
            && entry.judgement == judgement
    });
    if let Some(entry) = same {
        if entry.lines.last() != Some(&located.line) {
            entry.lines.push(located.line);
        }
        return;
    }
    entries.push(Entry {
        lines: vec![located.line],
        field: field.clone(),
        system: finding.system,
        code: finding.code,
        text: text.into_owned(),
        date: located.date(),
        date_rule: located.date_rule().to_owned(),
        judgement,
    });
}
