//! Stored records: where codes stand, and which day judges each.
//!
//! One folder or file a record format; none of them knows what a mapping file
//! is. A format turns bytes into *sites* - one place where a code stands, with
//! its system, the days that could judge it and the facts that conditions ask
//! for. What becomes of a site is decided in `decide`.

pub mod class;
pub mod date;
pub mod delimited;
pub mod marks;
pub mod money;

use jiff::civil::Date;

use crate::code::System;
use class::Setting;
use date::DateFormat;

/// Whether days of service that stand in the records count where `--as-of` is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordedDays {
    /// They count; `--as-of` judges only what has none.
    #[default]
    Count,
    /// A list is judged as of one day, whatever dates stand in it.
    Ignored,
}

/// What the user says about the records; each wins over what was recognised.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// `--code-column`: names or numbers; empty takes what is recognised.
    pub code_columns: Vec<String>,
    /// `--system ID` (no column) and `--system COLUMN=ID`.
    pub systems: Vec<(Option<String>, System)>,
    /// `--assume-system`: only where a version cell is empty or nothing says.
    pub assume_system: Option<System>,
    /// `--date-column`: the one day that judges.
    pub date_column: Option<String>,
    /// `--date-format`.
    pub date_format: Option<DateFormat>,
    /// `--as-of`: the day that judges a list, or what has no day of its own.
    pub as_of: Option<Date>,
    /// Whether recorded days count beside `as_of`.
    pub recorded_days: RecordedDays,
    /// `--setting`: the class of claims whose file does not tell it.
    pub setting: Option<Setting>,
    /// `--field NAME=COLUMN`.
    pub fields: Vec<(String, String)>,
    /// `--claim-column`.
    pub claim_column: Option<String>,
    /// `--key`: columns carried into audit, worklist and changes.
    pub keys: Vec<String>,
    /// `--only COLUMN=VALUE`: rows that are looked at.
    pub only: Option<(String, String)>,
    /// `--group-by FIELD`: columns, or roles such as `payer`, by whose values an audit counts.
    pub group_by: Vec<String>,
    /// `--amount-column`: what was billed on each line.
    pub amount_column: Option<String>,
    /// `--packet COLUMN=VALUE`: the one claim that is shown whole.
    pub packet: Option<(String, String)>,
    /// `--delimiter`.
    pub delimiter: Option<u8>,
    /// `--quote`: whether quotes are special.
    pub quoting: Option<bool>,
}

impl Hints {
    /// The column of charges is carried along, so that reports can show and sum it.
    pub fn carry_charges(&mut self, column: &str) {
        self.amount_column = Some(column.to_owned());
        if !self.keys.iter().any(|key| key.eq_ignore_ascii_case(column)) {
            self.keys.push(column.to_owned());
        }
    }

    /// The columns that `--system` and `--field` name, with the option: they must
    /// be there even where nobody asks for them, for a misspelt name would be
    /// passed over without a word.
    pub fn named_besides(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let systems = self.systems.iter().filter_map(|(column, _)| column.as_deref());
        let fields = self.fields.iter().map(|(_, column)| column.as_str());
        systems.map(|name| (name, "--system")).chain(fields.map(|name| (name, "--field")))
    }
}
