//! A file, the user's hints and the releases given -> the layout of the file.
//!
//! Names tell what a column holds; a sample of the values confirms it, or says
//! that a person should look. What was recognised, and why, goes into the
//! layout's notes. Nothing is guessed: where the choice of the day that judges
//! is not evident, the error lists the columns to choose from.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::amounts;
use super::columns::{ClassCell, Codes, Day, Role, normalise, role};
use super::days::{ClaimDates, DateColumn, DayColumns, Days, Plan};
use super::found::{Coded, FactColumn, Found};
use super::head::{self, HEAD, Head, Spoken};
use super::layout::{
    Amount, ClassRule, CodeColumn, Fact, FactFrom, Layout, PayerColumn, Stated, SystemRule,
};
use super::sample::Sample;
use super::tokens::Wanted;
use super::values::{self, Fit};
use crate::code::System;
use crate::error::{Error, Result};
use crate::history::History;
use crate::record::class::{Class, Setting};
use crate::record::money::Whose;
use crate::record::{Hints, RecordedDays};

/// Recognises the layout of a file of records.
///
/// `fields` are the fields that conditions of the mapping ask for.
///
/// # Errors
/// The file is unreadable, not delimited text, has no column of codes or no
/// evident day, or a hint names a column that it does not have.
pub fn recognise(
    path: &Path,
    hints: &Hints,
    history: &History,
    fields: &[String],
) -> Result<Layout> {
    let failed = |error| Error::unreadable(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut start = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut start).map_err(failed)?;
    let spoken = Spoken {
        columns: hints.code_columns.clone(),
        delimiter: hints.delimiter,
        quoting: hints.quoting,
    };
    let head = head::recognise(&start, path, &spoken)?;
    let found = Found::of(&head, path, hints, fields)?;
    let sample = Sample::take(&mut file, path, &start, &head, found.sampled())?;
    let wanted = found.wanted();
    Draft { found: &found, head: &head, sample: &sample, history, wanted: &wanted }.layout()
}

/// What a layout is made of.
struct Draft<'a> {
    found: &'a Found<'a>,
    head: &'a Head,
    sample: &'a Sample,
    history: &'a History,
    wanted: &'a Wanted,
}

impl Draft<'_> {
    fn layout(&self) -> Result<Layout> {
        let found = self.found;
        let mut warnings = found.warnings.clone();
        let (mut days, by_day) = self.date_columns(&mut warnings)?;
        let class = self.class_rule(&by_day)?;
        let (codes, plans) = self.code_columns(&by_day, &mut warnings)?;
        let mut notes = vec![self.head.evidence.clone()];
        notes.extend(class_note(class, self.found.hints.setting));
        notes.extend(values::notes(&codes, self.history));
        notes.extend(self.padding_note());
        notes.push(self.date_note(&days, class, self.is_judged_as_of(&by_day)));
        notes.extend(self.claim_note());
        notes.extend(self.fact_notes());
        notes.extend(self.amount_note());
        let facts = self.facts(&mut days, &mut warnings)?;
        let name = |column: usize| found.names[column].trim().to_owned();
        Ok(Layout {
            head: self.head.clone(),
            wanted: self.wanted.clone(),
            codes,
            plans,
            days,
            as_of: found.hints.as_of.filter(|_| self.is_judged_as_of(&by_day)),
            where_undated: found.hints.as_of.filter(|_| !self.is_judged_as_of(&by_day)),
            class,
            claim: found.claim.map(|column| self.slot(column)),
            payer: found
                .payer
                .map(|column| PayerColumn { name: name(column), slot: self.slot(column) }),
            facts,
            keys: found.keys.iter().map(|&column| (self.slot(column), name(column))).collect(),
            only: found
                .only
                .zip(found.hints.only.as_ref())
                .map(|(column, (_, value))| (self.slot(column), value.clone().into_bytes())),
            groups: found.groups.iter().map(|&column| (self.slot(column), name(column))).collect(),
            amount: found.amount.map(|column| {
                let whose = amounts::whose_amounts(&found.names[column]);
                Amount {
                    name: name(column),
                    slot: self.slot(column),
                    whose: whose.unwrap_or(Whose::Lines),
                    is_named: whose.is_some(),
                }
            }),
            packet: found
                .packet
                .zip(found.hints.packet.as_ref())
                .map(|(column, (_, value))| (self.slot(column), value.clone().into_bytes())),
            revenue_centre: found.revenue_centre.map(|column| self.slot(column)),
            // X12 and the research files hold seven characters.
            width: found.is_rif.then_some(7),
            has_description: found.has_description,
            notes,
            warnings,
        })
    }

    fn slot(&self, column: usize) -> usize {
        // Every column that was found is wanted.
        self.wanted.slot(column).unwrap_or_default()
    }

    fn date_columns(&self, warnings: &mut Vec<String>) -> Result<(Vec<DateColumn>, DayColumns)> {
        let found = self.found;
        let mut days = Vec::new();
        let mut by_day = DayColumns::default();
        for &(column, day) in &found.days {
            if let Some(day) = day
                && !by_day.take(day, days.len())
            {
                return Err(self.not_evident("more than one column could say the day that judges"));
            }
            let of_the_claim = matches!(day, Some(Day::From | Day::Through | Day::Discharge));
            days.push(self.date_column(column, of_the_claim, warnings)?);
        }
        if found.hints.as_of.is_none() && found.hints.date_column.is_none() && by_day.is_empty() {
            return Err(self.not_evident("no column with a day of service was recognised"));
        }
        Ok((days, by_day))
    }

    fn date_column(
        &self,
        column: usize,
        of_the_claim: bool,
        warnings: &mut Vec<String>,
    ) -> Result<DateColumn> {
        let name = self.found.names[column].trim().to_owned();
        let sample = self.sample.of(column);
        let (format, warning) =
            values::date_format(&name, sample, self.found.hints.date_format, self.found.path)?;
        warnings.extend(warning);
        Ok(DateColumn { name, slot: self.slot(column), format, of_the_claim })
    }

    /// Whether one day judges everything: a list, or a file without days.
    fn is_judged_as_of(&self, by_day: &DayColumns) -> bool {
        let hints = self.found.hints;
        let has_days = hints.date_column.is_some() || !by_day.is_empty();
        hints.as_of.is_some() && (hints.recorded_days == RecordedDays::Ignored || !has_days)
    }

    /// Whether the user said which one day judges.
    fn has_one_day(&self, by_day: &DayColumns) -> bool {
        self.found.hints.date_column.is_some() || self.is_judged_as_of(by_day)
    }

    fn not_evident(&self, what: &str) -> Error {
        let is_day = |name: &str| {
            let name = normalise(name);
            let mut words = name.split('_');
            match role(&name) {
                // No code is judged by the day of admission.
                Some(Role::Day(day)) => day != Day::Admission,
                Some(Role::Birth) => false,
                _ => words.any(|word| matches!(word, "date" | "dt" | "dos" | "day" | "datetime")),
            }
        };
        let choice = match self.found.some_names(is_day).as_str() {
            "" => format!("its columns: {}", self.found.some_names(|_| true)),
            days => format!("choose one of: {days}"),
        };
        Error::refused(what.to_owned()).at(self.found.path).hint(format!(
            "--date-column NAME; {choice}. A list without dates is judged --as-of a day"
        ))
    }

    fn code_columns(
        &self,
        by_day: &DayColumns,
        warnings: &mut Vec<String>,
    ) -> Result<(Vec<CodeColumn>, Vec<Plan>)> {
        let mut plans: Vec<Plan> = Vec::new();
        let mut codes = Vec::new();
        for (one, fit) in self.found.codes.iter().zip(self.fits()) {
            let plan = self.plan(one.codes, by_day)?;
            let at = plans.iter().position(|known| *known == plan).unwrap_or(plans.len());
            if at == plans.len() {
                plans.push(plan);
            }
            let column = self.code_column(*one, at, &fit);
            warnings.extend(fit.warning(&column.name));
            codes.push(column);
        }
        agree_on_dots(&mut codes);
        Ok((codes, plans))
    }

    /// What the values of the code columns say of their systems: each by itself, then
    /// columns of few values by the others of their kind.
    fn fits(&self) -> Vec<Fit> {
        let fit = |one: &Coded| {
            let spoken = self.found.spoken_system(one.column);
            let sample = self.sample.of(one.column);
            values::fit(one.codes, sample, self.history, self.found.hints, spoken)
        };
        let codes = &self.found.codes;
        let mut fits: Vec<Fit> = codes.iter().map(fit).collect();
        let foreign: Vec<Codes> = codes
            .iter()
            .zip(&fits)
            .filter_map(|(one, fit)| fit.is_foreign().then_some(one.codes))
            .collect();
        for (one, fit) in codes.iter().zip(&mut fits) {
            if foreign.contains(&one.codes) && self.found.spoken_system(one.column).is_none() {
                fit.follow_foreign();
            }
        }
        fits
    }

    fn code_column(&self, one: Coded, plan: usize, fit: &Fit) -> CodeColumn {
        CodeColumn {
            name: self.found.names[one.column].trim().to_owned(),
            slot: self.slot(one.column),
            codes: one.codes,
            system: SystemRule {
                twin: one.twin.map(|twin| self.slot(twin)),
                field: fit.field,
                is_of_either: one.codes == Codes::Any,
                otherwise: fit.stated,
                where_empty: fit.where_empty,
            },
            plan,
            doubtful: fit.doubtful,
            dotted: fit.dotted,
        }
    }

    fn plan(&self, codes: Codes, by_day: &DayColumns) -> Result<Plan> {
        if self.has_one_day(by_day) {
            return Ok(Plan::one(0));
        }
        let plan = by_day.plan(codes, self.claim_dates());
        let is_empty = |days: &Days| days.basis.is_empty() && days.also.is_empty();
        if is_empty(&plan.other) && is_empty(&plan.inpatient) {
            return Err(self.not_evident("no column says the day that judges"));
        }
        Ok(plan)
    }

    fn claim_dates(&self) -> ClaimDates {
        if self.found.position("desynpuf_id").is_some() {
            // SynPUF repeats HCPCS codes on the claim.
            ClaimDates::FirstOnly
        } else if self.found.position("line_1st_expns_dt").is_some() {
            ClaimDates::Never
        } else {
            ClaimDates::Both
        }
    }

    fn class_rule(&self, days: &DayColumns) -> Result<ClassRule> {
        let (found, setting) = (self.found, self.found.hints.setting);
        if self.has_one_day(days) {
            return Ok(ClassRule::All(setting.map_or(Class::Other, Setting::class)));
        }
        let cell = |want: ClassCell| {
            let column = found.class.iter().find(|(cell, _)| *cell == want);
            column.map(|(_, column)| self.slot(*column))
        };
        let digits = cell(ClassCell::Facility).zip(cell(ClassCell::Service));
        let (claim_type, bill_type) = (cell(ClassCell::ClaimType), cell(ClassCell::BillType));
        // Of the research files only inpatient and SNF claims have a type of admission.
        let is_stay = found.is_rif && found.position("clm_ip_admsn_type_cd").is_some();
        if claim_type.is_some() || bill_type.is_some() || digits.is_some() {
            let otherwise = if is_stay { Class::Inpatient } else { Class::Unknown };
            return Ok(ClassRule::Row { claim_type, bill_type, digits, otherwise, setting });
        }
        if is_stay {
            return Ok(ClassRule::All(Class::Inpatient));
        }
        if let Some(setting) = setting {
            return Ok(ClassRule::All(setting.class()));
        }
        if days.discharge.is_some() && found.codes.iter().any(|one| self.goes_by_class(*one)) {
            return Err(self.class_unknown());
        }
        Ok(ClassRule::All(Class::Other))
    }

    /// Whether the class of the claim decides which day judges these codes: not
    /// for lines, nor for codes that no release given can judge.
    fn goes_by_class(&self, one: Coded) -> bool {
        match one.codes {
            Codes::ClaimLine => false,
            Codes::Icd9Diagnosis => self.history.of(System::Icd9cm).is_some(),
            Codes::Icd9Procedure => self.history.of(System::Icd9pcs).is_some(),
            _ => true,
        }
    }

    fn class_unknown(&self) -> Error {
        let judges =
            |name: &str| matches!(role(name), Some(Role::Day(day)) if day != Day::Admission);
        let days = self.found.some_names(judges);
        Error::refused(
            "there is a discharge date, and nothing says whether these are inpatient claims",
        )
        .at(self.found.path)
        .hint(format!(
            "--setting inpatient|outpatient|professional, or --date-column with one of: {days}"
        ))
    }

    fn facts(&self, days: &mut Vec<DateColumn>, warnings: &mut Vec<String>) -> Result<Vec<Fact>> {
        let mut facts = Vec::new();
        for (field, column) in &self.found.facts {
            let from = match *column {
                FactColumn::Cell(column) => {
                    let slot = self.slot(column);
                    let day = days.iter().position(|day| day.slot == slot);
                    day.map_or(FactFrom::Cell(slot), FactFrom::Day)
                }
                FactColumn::Birth(birth) => {
                    days.push(self.date_column(birth, false, warnings)?);
                    FactFrom::Birth(days.len() - 1)
                }
                FactColumn::Nowhere => FactFrom::Nowhere,
            };
            facts.push(Fact { field: field.clone(), from });
        }
        Ok(facts)
    }

    fn date_note(&self, days: &[DateColumn], class: ClassRule, as_of: bool) -> String {
        let hints = self.found.hints;
        let undated = match hints.as_of {
            Some(day) if as_of => return format!("day that judges: {day} for all (--as-of)"),
            Some(day) => format!("; {day} where there is none or only a part of one (--as-of)"),
            None => String::new(),
        };
        if let Some(name) = &hints.date_column {
            return format!("day that judges: `{name}` alone (--date-column){undated}");
        }
        // `PRCDR_DT1` .. `PRCDR_DT25` would fill the screen.
        let is_numbered = |name: &str| matches!(role(name), Some(Role::Day(Day::Procedure(_))));
        let names = days.iter().map(|day| day.name.as_str()).filter(|name| !is_numbered(name));
        let stays = match class {
            ClassRule::All(Class::Inpatient) => "; all are inpatient: discharge, else through date",
            ClassRule::Row { .. } => "; inpatient rows by discharge, else through date",
            ClassRule::All(_) => "",
        };
        format!("days that judge: {}{stays}{undated}", names.collect::<Vec<_>>().join(", "))
    }

    /// Blanks stay as they are, so a longer code makes a cell longer: whoever reads the file
    /// by its columns of characters must know.
    fn padding_note(&self) -> Option<String> {
        let padded = |one: &Coded| {
            let width = values::padded_to(self.sample.of(one.column))?;
            Some(format!("{} ({width})", self.found.names[one.column].trim()))
        };
        let padded: Vec<String> = self.found.codes.iter().filter_map(padded).collect();
        (!padded.is_empty()).then(|| {
            format!(
                "blanks fill the cells up to one width: {}; they stay, and a longer code makes its cell longer",
                padded.join(", ")
            )
        })
    }

    fn claim_note(&self) -> Option<String> {
        let name = self.found.names[self.found.claim?].trim();
        Some(format!("claims: one value of `{name}`, adjacent rows together"))
    }

    fn amount_note(&self) -> Option<String> {
        let name = self.found.names[self.found.amount?].trim();
        Some(match amounts::whose_amounts(name) {
            Some(Whose::Claim) => {
                format!("billed charges: `{name}`, the whole claim's: taken once a claim")
            }
            Some(Whose::Lines) => {
                format!("billed charges: `{name}`, summed over the lines of a claim")
            }
            None => format!(
                "billed charges: `{name}`, summed over the lines of a claim; its name does not say \
                 whether it is the line's or the whole claim's"
            ),
        })
    }

    fn fact_notes(&self) -> Vec<String> {
        let name = |column: usize| self.found.names[column].trim();
        let note = |(field, column): &(String, FactColumn)| match *column {
            FactColumn::Cell(column) => {
                Some(format!("`{field}` of the mapping: column `{}`", name(column)))
            }
            FactColumn::Birth(column) => Some(format!(
                "`{field}` of the mapping: on the day that judges, from `{}`",
                name(column)
            )),
            FactColumn::Nowhere => None,
        };
        self.found.facts.iter().filter_map(note).collect()
    }
}

/// Where a column has no code long enough for a dot, the others of its system tell.
fn agree_on_dots(codes: &mut [CodeColumn]) {
    let told: Vec<(Stated, bool)> =
        codes.iter().filter_map(|column| Some((column.system.otherwise, column.dotted?))).collect();
    for column in codes.iter_mut().filter(|column| column.dotted.is_none()) {
        let mut others = told
            .iter()
            .filter(|(stated, _)| *stated == column.system.otherwise)
            .map(|(_, dotted)| *dotted);
        let first = others.next();
        column.dotted = first.filter(|first| others.all(|other| other == *first));
    }
}

fn class_note(class: ClassRule, setting: Option<Setting>) -> Option<String> {
    let note = match class {
        ClassRule::Row { .. } => {
            "class of each claim (inpatient or not): by its claim type, else its type of bill"
        }
        ClassRule::All(Class::Inpatient) => "class of claims: inpatient",
        ClassRule::All(_) => return None,
    };
    let else_ = match (setting, class) {
        (None, _) | (Some(Setting::Inpatient), ClassRule::All(_)) => String::new(),
        (Some(setting), ClassRule::Row { .. }) => format!(", else {} (--setting)", setting.id()),
        (Some(_), ClassRule::All(_)) => {
            "; the file tells it, and --setting is for claims of which nothing does".to_owned()
        }
    };
    Some(format!("{note}{else_}"))
}
