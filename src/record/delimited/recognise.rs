//! A file, the user's hints and the releases given -> the layout of the file.
//!
//! Names tell what a column holds; a sample of the values confirms it, or says
//! that a person should look. What was recognised, and why, goes into the
//! layout's notes. Nothing is guessed: where the choice of the day that judges
//! is not evident, the error lists the columns to choose from.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::cell::Field;
use super::columns::{ClassCell, Codes, Day, Role, normalise, role, twin_of};
use super::days::{ClaimDates, DateColumn, DayColumns, Plan};
use super::head::{self, HEAD, Head, Spoken};
use super::layout::{ClassRule, CodeColumn, Fact, FactFrom, Layout, SystemRule};
use super::sample::{Sample, Sampled};
use super::tokens::Wanted;
use super::values::{self, Fit};
use crate::error::{Error, Result};
use crate::history::History;
use crate::record::Hints;
use crate::record::class::Class;

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
    let mut file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
    let mut start = Vec::new();
    file.by_ref()
        .take(HEAD as u64)
        .read_to_end(&mut start)
        .map_err(|error| Error::unreadable(path, &error))?;
    let spoken = Spoken {
        columns: hints.code_columns.clone(),
        delimiter: hints.delimiter,
        quoting: hints.quoting,
    };
    let head = head::recognise(&start, path, &spoken)?;
    let found = Found::of(&head, path, hints, fields)?;
    let sample = Sample::take(&mut file, path, &start, &head, found.sampled())?;
    found.layout(&head, &sample, history)
}

/// The columns that matter, by their index.
struct Found<'a> {
    path: &'a Path,
    hints: &'a Hints,
    names: &'a [String],
    codes: Vec<Coded>,
    days: Vec<(usize, Option<Day>)>,
    class: Vec<(ClassCell, usize)>,
    claim: Option<usize>,
    facts: Vec<(String, FactColumn)>,
    birth: Option<usize>,
    keys: Vec<usize>,
    only: Option<usize>,
    revenue_centre: Option<usize>,
    has_description: bool,
    is_rif: bool,
    warnings: Vec<String>,
}

struct Coded {
    column: usize,
    codes: Codes,
    twin: Option<usize>,
}

#[derive(Clone, Copy)]
enum FactColumn {
    Cell(usize),
    Birth,
    Nowhere,
}

impl<'a> Found<'a> {
    fn of(
        head: &'a Head,
        path: &'a Path,
        hints: &'a Hints,
        fields: &[String],
    ) -> Result<Found<'a>> {
        let names = &head.names;
        let roles: Vec<Option<Role>> = names.iter().map(|name| role(name)).collect();
        let mut found = Found {
            path,
            hints,
            names,
            codes: Vec::new(),
            days: Vec::new(),
            class: Vec::new(),
            claim: None,
            facts: Vec::new(),
            birth: roles.iter().position(|role| *role == Some(Role::Birth)),
            keys: Vec::new(),
            only: None,
            revenue_centre: None,
            has_description: roles.contains(&Some(Role::Description)),
            is_rif: false,
            warnings: Vec::new(),
        };
        found.is_rif = ["clm_id", "clm_thru_dt"].iter().all(|name| found.position(name).is_some());
        found.find_codes(&roles)?;
        found.find_days(&roles)?;
        found.find_claim(&roles)?;
        found.find_facts(&roles, fields)?;
        found.keys =
            hints.keys.iter().map(|name| found.column(name, "--key")).collect::<Result<_>>()?;
        found.only = match &hints.only {
            Some((name, _)) => Some(found.column(name, "--only")?),
            None => None,
        };
        if found.is_rif {
            found.revenue_centre = roles.iter().position(|role| *role == Some(Role::RevenueCentre));
        }
        Ok(found)
    }

    /// The column of a name: as written, else as compared, else by its number.
    fn position(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|own| own.trim().eq_ignore_ascii_case(name.trim()));
        let alike = || {
            let name = normalise(name);
            self.names.iter().position(|own| normalise(own) == name)
        };
        let number =
            || name.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < self.names.len());
        exact.or_else(alike).or_else(number)
    }

    /// The column that the user named.
    fn column(&self, name: &str, option: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| {
            Error::refused(format!(
                "{option} names the column `{name}`, which this file does not have"
            ))
            .at(self.path)
            .hint(format!("its columns: {}", self.some_names(|_| true)))
        })
    }

    /// The names of the columns for which `keep` holds, not more than fit a message.
    fn some_names(&self, keep: impl Fn(&str) -> bool) -> String {
        const SHOWN: usize = 30;
        let kept: Vec<&str> =
            self.names.iter().map(String::as_str).filter(|name| keep(name)).collect();
        let mut text = kept.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if kept.len() > SHOWN {
            text.push_str(&format!(", ... ({} in all)", kept.len()));
        }
        text
    }

    fn find_codes(&mut self, roles: &[Option<Role>]) -> Result<()> {
        let mut columns: Vec<(usize, Codes)> = Vec::new();
        for (at, role) in roles.iter().enumerate() {
            if let Some(Role::Code(codes)) = role {
                columns.push((at, *codes));
            }
        }
        if self.hints.code_columns.is_empty() {
            self.warn_of_misspelt(roles);
        } else {
            let named: Vec<usize> = self
                .hints
                .code_columns
                .iter()
                .map(|name| self.column(name, "--code-column"))
                .collect::<Result<_>>()?;
            let known: BTreeMap<usize, Codes> = columns.into_iter().collect();
            columns =
                named.into_iter().map(|at| (at, *known.get(&at).unwrap_or(&Codes::Any))).collect();
            columns.sort_by_key(|(at, _)| *at);
            columns.dedup_by_key(|(at, _)| *at);
        }
        self.refuse_same_names(&columns)?;
        self.codes = columns
            .into_iter()
            .map(|(column, codes)| Coded { column, codes, twin: self.twin(column, codes, roles) })
            .collect();
        Ok(())
    }

    fn refuse_same_names(&self, columns: &[(usize, Codes)]) -> Result<()> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for &(at, _) in columns {
            let name = &self.names[at];
            if let Some(first) = seen.insert(normalise(name), at) {
                return Err(Error::refused(format!(
                    "two columns of codes are called `{}` (columns {} and {})",
                    name.trim(),
                    first + 1,
                    at + 1
                ))
                .at(self.path)
                .hint("rename one of them: a finding must name its column"));
            }
        }
        Ok(())
    }

    /// The CMS samples hold `CD_DGNS_CD22`: looks like a code column, but is it one?
    fn warn_of_misspelt(&mut self, roles: &[Option<Role>]) {
        for (name, role) in self.names.iter().zip(roles) {
            let plain = normalise(name);
            let looks = plain.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("dgns_cd")
                || plain.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("prcdr_cd");
            if looks && role.is_none() {
                self.warnings.push(format!(
                    "column `{}` looks like a column of codes but has no known name: NOT CHECKED \
                     (name all code columns with --code-column to include it)",
                    name.trim()
                ));
            }
        }
    }

    fn twin(&self, column: usize, codes: Codes, roles: &[Option<Role>]) -> Option<usize> {
        if self.spoken_system(column).is_some() {
            return None;
        }
        if let Some(own) = twin_of(&self.names[column]).and_then(|name| self.position(&name)) {
            return Some(own);
        }
        if matches!(codes, Codes::Icd9Diagnosis | Codes::Icd9Procedure | Codes::ClaimLine) {
            return None;
        }
        roles.iter().position(|role| match role {
            Some(Role::System(None)) => true,
            Some(Role::System(Some(field))) => codes.field() == Some(*field),
            _ => false,
        })
    }

    fn spoken_system(&self, column: usize) -> Option<crate::code::System> {
        let name = self.names[column].trim();
        let of = |spoken: &Option<String>| {
            spoken.as_deref().is_some_and(|own| own.trim().eq_ignore_ascii_case(name))
        };
        let own = self.hints.systems.iter().find(|(spoken, _)| of(spoken));
        let all = self.hints.systems.iter().find(|(spoken, _)| spoken.is_none());
        own.or(all).map(|(_, system)| *system)
    }

    fn find_days(&mut self, roles: &[Option<Role>]) -> Result<()> {
        if self.hints.as_of.is_some() {
            return Ok(());
        }
        if let Some(name) = &self.hints.date_column {
            self.days = vec![(self.column(name, "--date-column")?, None)];
            return Ok(());
        }
        for (at, role) in roles.iter().enumerate() {
            if let Some(Role::Day(day)) = role
                && *day != Day::Admission
            {
                self.days.push((at, Some(*day)));
            }
        }
        Ok(())
    }

    fn find_claim(&mut self, roles: &[Option<Role>]) -> Result<()> {
        self.claim = match &self.hints.claim_column {
            Some(name) => Some(self.column(name, "--claim-column")?),
            None => {
                best(roles, |role| if let Role::Claim(rank) = role { Some(rank) } else { None })
            }
        };
        for (at, role) in roles.iter().enumerate() {
            if let Some(Role::Class(cell)) = role
                && !self.class.iter().any(|(taken, _)| taken == cell)
            {
                self.class.push((*cell, at));
            }
        }
        Ok(())
    }

    fn find_facts(&mut self, roles: &[Option<Role>], fields: &[String]) -> Result<()> {
        for field in fields {
            let spoken =
                self.hints.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
            let column = match spoken {
                Some((_, column)) => FactColumn::Cell(self.column(column, "--field")?),
                None => self.usual_fact(field, roles),
            };
            if matches!(column, FactColumn::Nowhere) {
                self.warnings.push(format!(
                    "the mapping asks for `{field}`, and no column of that name was found: its sites go to a \
                     person (--field {field}=COLUMN names one)"
                ));
            }
            self.facts.push((field.clone(), column));
        }
        Ok(())
    }

    fn usual_fact(&self, field: &str, roles: &[Option<Role>]) -> FactColumn {
        let cell = |at: Option<usize>| at.map_or(FactColumn::Nowhere, FactColumn::Cell);
        match field {
            "payer" => {
                cell(best(
                    roles,
                    |role| if let Role::Payer(rank) = role { Some(rank) } else { None },
                ))
            }
            // The age on the day of service, not that of the day of the export.
            "age" if self.birth.is_some() => FactColumn::Birth,
            "age" => cell(roles.iter().position(|role| *role == Some(Role::Age))),
            other => cell(self.position(other)),
        }
    }

    fn sampled(&self) -> Vec<Sampled> {
        let codes = self.codes.iter().map(|one| Sampled { column: one.column, twin: one.twin });
        let days = self.days.iter().map(|(column, _)| Sampled { column: *column, twin: None });
        let birth = self.birth.map(|column| Sampled { column, twin: None });
        codes.chain(days).chain(birth).collect()
    }

    fn wanted(&self) -> Wanted {
        let mut columns: Vec<usize> =
            self.sampled().iter().flat_map(|one| [Some(one.column), one.twin]).flatten().collect();
        columns.extend(self.class.iter().map(|(_, column)| *column));
        columns.extend(self.facts.iter().filter_map(|(_, fact)| match fact {
            FactColumn::Cell(column) => Some(*column),
            _ => None,
        }));
        columns.extend(
            self.keys.iter().chain(&self.claim).chain(&self.only).chain(&self.revenue_centre),
        );
        columns.sort_unstable();
        columns.dedup();
        Wanted::new(columns)
    }

    fn layout(mut self, head: &Head, sample: &Sample, history: &History) -> Result<Layout> {
        let wanted = self.wanted();
        let slot = |column: usize| wanted.slot(column).unwrap_or_default();
        let mut notes = vec![head.evidence.clone()];
        let (mut days, day_columns) = self.date_columns(sample, &slot)?;
        let class = self.class_rule(&day_columns, &slot, &mut notes)?;
        let mut plans = Vec::new();
        let mut codes = Vec::new();
        for one in &self.codes {
            let plan = self.plan(one.codes, &day_columns)?;
            let at = plans.iter().position(|known| *known == plan).unwrap_or(plans.len());
            if at == plans.len() {
                plans.push(plan);
            }
            let fit = values::fit(
                one.codes,
                sample.of(one.column),
                history,
                self.hints,
                self.spoken_system(one.column),
            );
            let name = self.names[one.column].trim().to_owned();
            self.warnings.extend(fit.warning(&name));
            codes.push(code_column(one, name, at, &fit, &slot));
        }
        notes.extend(values::notes(&codes, history));
        let facts = self.layout_facts(sample, &mut days, &slot)?;
        notes.extend(self.date_note(&days, &class));
        notes.extend(self.claim.map(|column| {
            format!("claims: one value of `{}`, adjacent rows together", self.names[column].trim())
        }));
        notes.extend(fact_notes(&facts, &self));
        Ok(Layout {
            head: head.clone(),
            codes,
            plans,
            days,
            as_of: self.hints.as_of,
            class,
            claim: self.claim.map(&slot),
            facts,
            keys: self
                .keys
                .iter()
                .map(|&column| (slot(column), self.names[column].trim().to_owned()))
                .collect(),
            only: self
                .only
                .zip(self.hints.only.as_ref())
                .map(|(column, (_, value))| (slot(column), value.clone().into_bytes())),
            revenue_centre: self.revenue_centre.map(&slot),
            // X12 and the research files hold seven characters.
            width: self.is_rif.then_some(7),
            has_description: self.has_description,
            notes,
            warnings: self.warnings,
            wanted,
        })
    }

    fn date_columns(
        &self,
        sample: &Sample,
        slot: &impl Fn(usize) -> usize,
    ) -> Result<(Vec<DateColumn>, DayColumns)> {
        let mut days = Vec::new();
        let mut by_day = DayColumns::default();
        for &(column, day) in &self.days {
            let name = self.names[column].trim();
            if let Some(day) = day
                && !by_day.take(day, days.len())
            {
                return Err(self.not_evident("more than one column could say the day that judges"));
            }
            let format =
                values::date_format(name, sample.of(column), self.hints.date_format, self.path)?;
            let of_the_claim = matches!(day, Some(Day::From | Day::Through | Day::Discharge));
            days.push(DateColumn {
                name: name.to_owned(),
                slot: slot(column),
                format,
                of_the_claim,
            });
        }
        if self.hints.as_of.is_none() && self.hints.date_column.is_none() && by_day.is_empty() {
            return Err(self.not_evident("no column with a day of service was recognised"));
        }
        Ok((days, by_day))
    }

    fn not_evident(&self, what: &str) -> Error {
        let is_day = |name: &str| {
            let name = normalise(name);
            matches!(role(&name), Some(Role::Day(_)))
                || name
                    .split('_')
                    .any(|word| matches!(word, "date" | "dt" | "dos" | "day" | "datetime"))
        };
        let days = self.some_names(is_day);
        let choice = if days.is_empty() {
            format!("its columns: {}", self.some_names(|_| true))
        } else {
            format!("choose one of: {days}")
        };
        Error::refused(what.to_owned()).at(self.path).hint(format!(
            "--date-column NAME; {choice}. A list without dates is judged --as-of a day"
        ))
    }

    fn plan(&self, codes: Codes, by_day: &DayColumns) -> Result<Plan> {
        if self.hints.as_of.is_some() || self.hints.date_column.is_some() {
            return Ok(Plan::one(0));
        }
        let plan = by_day.plan(codes, self.claim_dates());
        let empty = |days: &super::days::Days| days.basis.is_empty() && days.also.is_empty();
        if empty(&plan.other) && empty(&plan.inpatient) {
            return Err(self.not_evident("no column says the day that judges"));
        }
        Ok(plan)
    }

    fn claim_dates(&self) -> ClaimDates {
        if self.position("desynpuf_id").is_some() {
            // SynPUF repeats HCPCS codes on the claim.
            ClaimDates::FirstOnly
        } else if self.position("line_1st_expns_dt").is_some() {
            ClaimDates::Never
        } else {
            ClaimDates::Both
        }
    }

    fn class_rule(
        &self,
        days: &DayColumns,
        slot: &impl Fn(usize) -> usize,
        notes: &mut Vec<String>,
    ) -> Result<ClassRule> {
        if let Some(setting) = self.hints.setting {
            return Ok(ClassRule::All(setting.class()));
        }
        if self.hints.as_of.is_some() || self.hints.date_column.is_some() {
            return Ok(ClassRule::All(Class::Other));
        }
        let cell = |want: ClassCell| {
            self.class.iter().find(|(cell, _)| *cell == want).map(|(_, column)| slot(*column))
        };
        let digits = cell(ClassCell::Facility).zip(cell(ClassCell::Service));
        let (claim_type, bill_type) = (cell(ClassCell::ClaimType), cell(ClassCell::BillType));
        let is_stay = self.is_rif && (self.position("clm_ip_admsn_type_cd").is_some());
        if claim_type.is_some() || bill_type.is_some() || digits.is_some() {
            notes.push(
                "class of each claim (inpatient or not): by its claim type, else its type of bill"
                    .to_owned(),
            );
            let otherwise = if is_stay { Class::Inpatient } else { Class::Unknown };
            return Ok(ClassRule::Row { claim_type, bill_type, digits, otherwise });
        }
        if is_stay {
            notes.push("class of claims: inpatient, by the columns of the file".to_owned());
            return Ok(ClassRule::All(Class::Inpatient));
        }
        let goes_by_stay = self.codes.iter().any(|one| one.codes != Codes::ClaimLine);
        if days.discharge.is_some() && goes_by_stay {
            let error = self.not_evident(
                "there is a discharge date, and nothing says whether these are inpatient claims",
            );
            return Err(error.hint(format!(
                "--setting inpatient|outpatient|professional, or --date-column with one of: {}",
                self.some_names(|name| matches!(role(name), Some(Role::Day(_))))
            )));
        }
        Ok(ClassRule::All(Class::Other))
    }

    fn layout_facts(
        &self,
        sample: &Sample,
        days: &mut Vec<DateColumn>,
        slot: &impl Fn(usize) -> usize,
    ) -> Result<Vec<Fact>> {
        let mut facts = Vec::new();
        for (field, column) in &self.facts {
            let from = match *column {
                FactColumn::Cell(column) => FactFrom::Cell(slot(column)),
                FactColumn::Nowhere => FactFrom::Nowhere,
                FactColumn::Birth => {
                    let column = self.birth.unwrap_or_default();
                    let name = self.names[column].trim().to_owned();
                    let format = values::date_format(
                        &name,
                        sample.of(column),
                        self.hints.date_format,
                        self.path,
                    )?;
                    days.push(DateColumn { name, slot: slot(column), format, of_the_claim: false });
                    FactFrom::Birth(days.len() - 1)
                }
            };
            facts.push(Fact { field: field.clone(), from });
        }
        Ok(facts)
    }

    fn date_note(&self, days: &[DateColumn], class: &ClassRule) -> Option<String> {
        if let Some(day) = self.hints.as_of {
            return Some(format!("day that judges: {day} for all (--as-of)"));
        }
        if let Some(name) = &self.hints.date_column {
            return Some(format!("day that judges: `{name}` alone (--date-column)"));
        }
        let names: Vec<&str> = days
            .iter()
            .take(self.days.len())
            .map(|day| day.name.as_str())
            .filter(|name| !is_numbered(name))
            .collect();
        let stays = match class {
            ClassRule::All(Class::Inpatient) => "; all are inpatient: discharge, else through date",
            ClassRule::Row { .. } => "; inpatient rows by discharge, else through date",
            ClassRule::All(_) => "",
        };
        Some(format!("days that judge: {}{stays}", names.join(", ")))
    }
}

/// `PRCDR_DT1` .. `PRCDR_DT25` would fill the screen.
fn is_numbered(name: &str) -> bool {
    matches!(role(name), Some(Role::Day(Day::Procedure(_))))
}

fn fact_notes(facts: &[Fact], found: &Found) -> Vec<String> {
    let column =
        |field: &str| found.facts.iter().find(|(own, _)| own == field).map(|(_, column)| *column);
    let text = |fact: &Fact| match column(&fact.field)? {
        FactColumn::Cell(at) => {
            Some(format!("`{}` of the mapping: column `{}`", fact.field, found.names[at].trim()))
        }
        FactColumn::Birth => found.birth.map(|at| {
            format!(
                "`age` of the mapping: on the day that judges, from `{}`",
                found.names[at].trim()
            )
        }),
        FactColumn::Nowhere => None,
    };
    facts.iter().filter_map(text).collect()
}

fn code_column(
    one: &Coded,
    name: String,
    plan: usize,
    fit: &Fit,
    slot: &impl Fn(usize) -> usize,
) -> CodeColumn {
    CodeColumn {
        name,
        slot: slot(one.column),
        codes: one.codes,
        system: SystemRule {
            twin: one.twin.map(slot),
            field: one.codes.field().unwrap_or(fit.field),
            otherwise: fit.stated,
            where_empty: fit.where_empty,
        },
        plan,
        doubtful: fit.doubtful,
        dotted: fit.dotted,
    }
}

/// The column of the lowest rank among those for which `rank` says one.
fn best(roles: &[Option<Role>], rank: impl Fn(Role) -> Option<u8>) -> Option<usize> {
    let ranked = roles.iter().enumerate().filter_map(|(at, role)| Some((rank((*role)?)?, at)));
    ranked.min().map(|(_, at)| at)
}

impl SystemRule {
    /// Whether the field is known to hold procedures.
    pub fn is_procedure(&self) -> bool {
        self.field == Field::Procedure
    }
}
