//! What was recognised of one delimited file: everything a scan needs to know.

use jiff::civil::Date;

use super::cell::{Family, Field, Modifiers, family};
use super::columns::Codes;
use super::days::{DateColumn, Plan};
use super::head::Head;
use super::tokens::Wanted;
use crate::code::{Code, System};
use crate::record::class::{self, Class, Setting};
use crate::record::money::Whose;

/// The layout of a file; slots are those of `wanted`.
#[derive(Debug)]
pub struct Layout {
    /// How the text is written.
    pub head: Head,
    /// The columns that are read.
    pub wanted: Wanted,
    /// The columns of codes, in the order of the file.
    pub codes: Vec<CodeColumn>,
    /// The columns of days.
    pub days: Vec<DateColumn>,
    /// Which days judge which codes; code columns name theirs by index.
    pub plans: Vec<Plan>,
    /// The day that judges everything, if there is one.
    pub as_of: Option<Date>,
    /// The day that judges what has no day of its own, if there is one.
    pub where_undated: Option<Date>,
    /// How the class of a row's claim is known.
    pub class: ClassRule,
    /// The slot of the claim's number.
    pub claim: Option<usize>,
    /// The column of the payer, if there is one: reports count by it.
    pub payer: Option<PayerColumn>,
    /// Where the facts stand that conditions ask for, in the order asked.
    pub facts: Vec<Fact>,
    /// The slots of the columns carried along, and their names.
    pub keys: Vec<(usize, String)>,
    /// Rows that are looked at: those with this value in this slot.
    pub only: Option<(usize, Vec<u8>)>,
    /// The slots of the columns by whose values is counted, and their names.
    pub groups: Vec<(usize, String)>,
    /// Where the billed charges stand.
    pub amount: Option<Amount>,
    /// The claim that is shown whole: the one with this value in this slot.
    pub packet: Option<(usize, Vec<u8>)>,
    /// The slot of the revenue centre: tells HIPPS codes from HCPCS, and the total line.
    pub revenue_centre: Option<usize>,
    /// The most characters that a code field holds.
    pub width: Option<usize>,
    /// Whether a description of the code stands in the row.
    pub has_description: bool,
    /// What was recognised and why, a line each, for a person.
    pub notes: Vec<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

impl Layout {
    /// The names of the columns of codes, not more than fit a line.
    pub fn code_names(&self) -> String {
        const SHOWN: usize = 12;
        let names: Vec<&str> = self.codes.iter().map(|column| column.name.as_str()).collect();
        match names.len() {
            all if all > SHOWN => format!("{}, ... ({all} in all)", names[..SHOWN].join(", ")),
            _ => names.join(", "),
        }
    }
}

/// The column of billed charges.
#[derive(Debug)]
pub struct Amount {
    /// Its name as written.
    pub name: String,
    /// Where its cell is kept.
    pub slot: usize,
    /// Whether it is a line's, or the whole claim's.
    pub whose: Whose,
    /// Whether its name says so; else it is taken for a line's.
    pub is_named: bool,
}

/// The column of the payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerColumn {
    /// Its name as written.
    pub name: String,
    /// Where its cell is kept.
    pub slot: usize,
}

/// A column of codes.
#[derive(Debug)]
pub struct CodeColumn {
    /// Its name as written.
    pub name: String,
    /// Where its cell is kept.
    pub slot: usize,
    /// What its codes are.
    pub codes: Codes,
    /// What tells the system.
    pub system: SystemRule,
    /// Which of the layout's plans says the days.
    pub plan: usize,
    /// Whether its values do not fit its system: nothing there is replaced.
    pub doubtful: bool,
    /// Whether its longer codes are dotted, as far as the sample tells: says how
    /// to write a successor of a code too short for a dot.
    pub dotted: Option<bool>,
}

impl CodeColumn {
    /// Whether modifiers may stand behind a code.
    pub fn modifiers(&self) -> Modifiers {
        match self.system.otherwise {
            Stated::ByShape => Modifiers::Behind,
            _ => Modifiers::Never,
        }
    }
}

/// What tells the system of a code.
#[derive(Debug, Clone, Copy)]
pub struct SystemRule {
    /// The slot of the version or type cell, which wins where it is filled.
    pub twin: Option<usize>,
    /// Diagnoses or procedures: tells CM from PCS. `None` where the column holds either
    /// and its values do not tell.
    pub field: Option<Field>,
    /// Whether diagnoses and procedures may stand in one column.
    pub is_of_either: bool,
    /// What holds where the file has no version cell.
    pub otherwise: Stated,
    /// What holds where the version cell is empty: `--assume-system`, else nothing.
    pub where_empty: Option<System>,
}

/// What is known of the system of a whole column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// One system.
    One(System),
    /// CPT, HCPCS or CDT by the shape of the code.
    ByShape,
    /// Nothing.
    Nothing,
}

impl SystemRule {
    /// The system of a code: by its own prefix, else by the version cell; where
    /// there is no such cell, by what is known of the column.
    pub fn of(&self, code: Option<Code>, prefix: Option<Family>, version: &[u8]) -> Option<System> {
        if let Some(prefix) = prefix {
            return prefix.of_prefix(code, self.field);
        }
        if let Some(family) = family(version) {
            // In a column of either kind what can be no diagnosis is a procedure.
            let is_procedure = self.is_of_either
                && family == Family::Icd10
                && code.is_some_and(|code| !System::is_shaped_as_diagnosis(code));
            let field = if is_procedure { Some(Field::Procedure) } else { self.field };
            return family.system(code, field);
        }
        if self.twin.is_some() {
            return self.where_empty;
        }
        match self.otherwise {
            Stated::One(system) => Some(system),
            Stated::ByShape => code.and_then(System::by_shape),
            Stated::Nothing => None,
        }
    }
}

/// How the class of a row's claim is known.
#[derive(Debug, Clone, Copy)]
pub enum ClassRule {
    /// The same for all rows.
    All(Class),
    /// From cells of the row, the first that is filled; where none is, `otherwise`.
    Row {
        /// The slot of the NCH claim type.
        claim_type: Option<usize>,
        /// The slot of the type of bill.
        bill_type: Option<usize>,
        /// The slots of its first and second digit.
        digits: Option<(usize, usize)>,
        /// The class where no cell says anything.
        otherwise: Class,
        /// What the user says of claims of which nothing else tells it.
        setting: Option<Setting>,
    },
}

impl ClassRule {
    /// The class of a claim whose cells, by slot, say `value`; an empty one says nothing.
    #[inline]
    pub fn class<'v>(&self, value: impl Fn(usize) -> &'v [u8]) -> Class {
        let (claim_type, bill_type, digits, otherwise, setting) = match *self {
            ClassRule::All(class) => return class,
            ClassRule::Row { claim_type, bill_type, digits, otherwise, setting } => {
                (claim_type, bill_type, digits, otherwise, setting)
            }
        };
        let by_type = claim_type.and_then(|slot| class::by_claim_type(value(slot)));
        let by_bill = || bill_type.and_then(|slot| class::by_bill_type(value(slot)));
        let by_digits = || {
            let (facility, service) = digits?;
            let both = [value(facility), value(service)];
            if both.iter().any(|digit| digit.is_empty()) {
                None
            } else {
                class::by_bill_type(&both.concat())
            }
        };
        let told = by_type.or_else(by_bill).or_else(by_digits).unwrap_or(otherwise);
        setting.filter(|_| told == Class::Unknown).map_or(told, Setting::class)
    }
}

/// Where the fact stands that a condition asks for.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The field of the condition: `payer`, `age`, `cvx`, ...
    pub field: String,
    /// Where it stands.
    pub from: FactFrom,
}

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactFrom {
    /// In this slot, as it is.
    Cell(usize),
    /// The day in this date column, however it is written.
    Day(usize),
    /// The age on the day that judges, from the birth date in this date column.
    Birth(usize),
    /// Nowhere.
    Nowhere,
}
