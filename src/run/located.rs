//! A finding seen from the file: its line, record, field and what it is called.

use std::borrow::Cow;

use jiff::civil::Date;

use super::counts::{Back, Passing};
use super::harvest::{Finding, Harvest};
use super::inputs::Input;
use super::sweep::Placed;
use crate::decide::judge::DayFrom;
use crate::decide::{Bucket, Reason};
use crate::record::delimited::layout::CodeColumn;
use crate::record::money::Whose;

/// A finding and everything needed to print it.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// The number of the file among those given (1-based).
    pub file: usize,
    /// The file.
    pub input: &'a Input,
    /// The 1-based physical line on which its record begins.
    pub line: u64,
    /// Its 1-based record.
    pub record: u64,
    /// The offset in the file of what stands there.
    pub at: u64,
    /// What was found.
    pub finding: &'a Finding,
    /// Whether its claim was left before and comes back.
    pub back: Back,
    harvest: &'a Harvest,
}

impl<'a> Located<'a> {
    /// All findings of a harvest; `passing` is that of the file.
    pub fn all(
        file: usize,
        input: &'a Input,
        placed: &'a Placed,
        passing: &'a mut Passing,
    ) -> impl Iterator<Item = Located<'a>> {
        placed.harvest.findings.iter().map(move |finding| Located {
            file,
            input,
            line: placed.line + finding.line,
            record: placed.record + finding.record + 1,
            at: placed.at + finding.start,
            finding,
            back: passing.next(finding.claim),
            harvest: &placed.harvest,
        })
    }

    /// The column.
    pub fn column(&self) -> &'a CodeColumn {
        &self.input.layout.codes[self.finding.column]
    }

    /// The bytes that stand there (the beginning of a long text).
    pub fn raw(&self) -> &'a [u8] {
        &self.harvest.text[self.finding.raw.clone()]
    }

    /// The bytes that are to stand there; empty where nothing changes.
    pub fn successor(&self) -> &'a [u8] {
        &self.harvest.text[self.finding.new.clone()]
    }

    /// Who pays, as the file says; nothing where it has no column of payers.
    pub fn payer(&self) -> Option<&'a [u8]> {
        self.finding.payer.clone().map(|payer| &self.harvest.text[payer])
    }

    /// Whether a code is to stand there, or beside it.
    pub fn is_proposed(&self) -> bool {
        !self.finding.new.is_empty()
    }

    /// The code, normalised; what stands there where it is none.
    pub fn code(&self) -> Cow<'a, str> {
        match self.finding.code {
            Some(code) => Cow::Owned(code.to_string()),
            None => String::from_utf8_lossy(self.raw()),
        }
    }

    /// The machine-readable name of the system; empty where none is stated.
    pub fn system(&self) -> &'static str {
        self.finding.system.map_or("", |system| system.id())
    }

    /// The day that dates the verdict.
    pub fn date(&self) -> Option<Date> {
        self.finding.decision.date()
    }

    /// What the day was taken from: a column, or `as_of`.
    pub fn date_rule(&self) -> &'a str {
        match self.finding.decision.judgement.day.map(|day| day.from) {
            Some(DayFrom::Column(column)) => &self.input.layout.days[column].name,
            Some(DayFrom::AsOf) => "as_of",
            None => "",
        }
    }

    /// Whether an amount stands for the whole claim.
    pub fn amount_is_of_the_claim(&self) -> bool {
        self.input.layout.amount.as_ref().is_some_and(|amount| amount.whose == Whose::Claim)
    }

    /// Why a person must look at it, or why it is only listed: the machine-readable name
    /// and the words.
    pub fn reason(&self) -> (&'static str, &'static str) {
        let decision = &self.finding.decision;
        if decision.bucket == Bucket::ReportOnly && self.finding.choice.is_some() {
            return (Bucket::Chosen.id(), "decided: list-changes.csv says what is added");
        }
        let words = decision.reason.map_or(decision.bucket.words(), Reason::words);
        (decision.reason_id(), words)
    }

    /// Names the site for as long as the file stays as it is: file, record,
    /// column, and the part of a cell that holds several codes.
    pub fn id(&self) -> String {
        let column = self.input.layout.wanted.column(self.column().slot) + 1;
        let part = match self.finding.part {
            0 => String::new(),
            part => format!("P{}", part + 1),
        };
        format!("F{}R{}C{column}{part}", self.file, self.record)
    }
}
