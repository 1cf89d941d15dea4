//! One claim out of the records, with every code on it and its verdict.
//!
//! The claim is named by a value of a column. What is found elsewhere in the
//! files under the same value of another claim is no part of it: a packet speaks
//! of one claim, so a value that several claims share is refused.
//!
//! Claims are told apart by case, as everywhere. A value is looked for as it was typed;
//! one that stands nowhere like that is taken in another case, and the paper says so.
//! Either way claims that are spelled nearly alike are named, for one of them may be
//! meant, or be the rest of this one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::counts::{ClaimKey, Passing};
use super::harvest::{Asked, Show, Work};
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
    /// The value as the records spell it.
    pub spelled: String,
    /// Other claims that differ from it in case alone.
    pub alike: Vec<Alike>,
}

/// A claim whose value differs in case alone from the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// The value as it is spelled.
    pub spelled: String,
    /// The file: its index among those given.
    pub file: usize,
    /// The first line on which it stands (1-based).
    pub line: u64,
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
    let mut claims: BTreeMap<(usize, ClaimKey), Found> = BTreeMap::new();
    let mut read = Vec::new();
    let typed = key.1.trim();
    for (input, number) in inputs.files.iter().zip(1..) {
        let work = Work::looking(input, table, Show::Packet);
        let mut passing = Passing::default();
        let swept = sweep(&input.path, &work, pace, |placed| {
            for asked in &placed.harvest.packets {
                let claim = ClaimKey::of(asked.claim, placed.record + asked.record + 1);
                claims.entry((number - 1, claim)).or_default().see(asked, placed.line, typed);
            }
            for located in Located::all(number, input, &placed, &mut passing) {
                let claim = ClaimKey::of(located.finding.claim, located.record);
                let found = claims.entry((number - 1, claim)).or_default();
                enter(&mut found.entries, &located);
            }
            progress(placed.bytes)
        })?;
        read.push(swept);
    }
    let any_is_exact = claims.values().any(|found| found.is_exact);
    let mut chosen = claims.iter().filter(|(_, found)| found.is_exact == any_is_exact);
    let (Some((&(file, claim), own)), None) = (chosen.next(), chosen.next()) else {
        return Err(not_one(&claims, key, inputs, &read));
    };
    let others = claims.iter().filter(|(_, found)| found.spelled != own.spelled);
    let mut alike: Vec<Alike> = others.map(|((file, _), found)| found.alike(*file)).collect();
    alike.sort_by_key(|one| (one.file, one.line));
    let found = claims.remove(&(file, claim)).unwrap_or_default();
    if found.entries.is_empty() {
        return Err(no_codes(key, &inputs.files[file]));
    }
    Ok(Packet {
        key: key.clone(),
        file,
        swept: read[file],
        entries: found.entries,
        stretches: found.stretches,
        damage: read.iter().map(|swept| swept.damage).collect(),
        spelled: found.spelled,
        alike,
    })
}

/// A claim with the value that was asked for, in whatever case.
#[derive(Debug, Default)]
struct Found {
    spelled: String,
    /// Whether that is how it was typed.
    is_exact: bool,
    /// The first line on which it stands.
    line: u64,
    stretches: usize,
    entries: Vec<Entry>,
}

impl Found {
    fn see(&mut self, asked: &Asked, block_line: u64, typed: &str) {
        let spelled = String::from_utf8_lossy(&asked.spelled);
        let is_exact = spelled == typed;
        if self.stretches == 0 || is_exact && !self.is_exact {
            self.spelled = spelled.into_owned();
            self.is_exact = is_exact;
            self.line = block_line + asked.line;
        }
        self.stretches += 1;
    }

    fn alike(&self, file: usize) -> Alike {
        Alike { spelled: self.spelled.clone(), file, line: self.line }
    }
}

fn not_one(
    claims: &BTreeMap<(usize, ClaimKey), Found>,
    (column, value): &(String, String),
    inputs: &Inputs,
    read: &[Swept],
) -> Error {
    let spelled: BTreeSet<&str> = claims.values().map(|found| found.spelled.as_str()).collect();
    let any_is_exact = claims.values().any(|found| found.is_exact);
    let claims = claims.values().filter(|found| found.is_exact == any_is_exact).count();
    if claims == 0 {
        let (records, files) = (read.iter().map(|one| one.records).sum::<u64>(), read.len());
        let ending = if files == 1 { "" } else { "s" };
        return Error::refused(format!(
            "no record has {column} = {value}, among {records} records of {files} file{ending}"
        ))
        .hint(format!(
            "{}the value is compared as a whole; quote one that holds blanks",
            torn(inputs, read)
        ));
    }
    if !any_is_exact && spelled.len() > 1 {
        let spelled: Vec<&str> = spelled.into_iter().take(5).collect();
        return Error::refused(format!(
            "no claim has {column} = {value} as it is typed, and {claims} have it in another case"
        ))
        .hint(format!("type it as the records do: {}", spelled.join(", ")));
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
