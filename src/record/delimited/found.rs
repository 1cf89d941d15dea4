//! Which columns of a file matter: by their names, and by what the user named.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;

use super::columns::{
    ClassCell, Codes, Day, Role, identifies, is_of_one, normalise, role, twin_of,
};
use super::head::Head;
use super::sample::Sampled;
use super::tokens::Wanted;
use crate::code::System;
use crate::error::{Error, Result};
use crate::record::{Hints, RecordedDays};

/// The columns that matter, by their index.
pub(super) struct Found<'a> {
    /// The file.
    pub path: &'a Path,
    /// What the user said.
    pub hints: &'a Hints,
    /// The names of all columns.
    pub names: &'a [String],
    /// The first column of each name, as names are compared.
    by_name: HashMap<String, usize>,
    /// The columns of codes, in the order of the file.
    pub codes: Vec<Coded>,
    /// The columns of days; `None` for the one that the user named.
    pub days: Vec<(usize, Option<Day>)>,
    /// The columns that tell the class of a claim.
    pub class: Vec<(ClassCell, usize)>,
    /// The claim's number.
    pub claim: Option<usize>,
    /// The payer: what `--field payer=` names, else the first of the usual names.
    pub payer: Option<usize>,
    /// Where the facts stand that conditions ask for.
    pub facts: Vec<(String, FactColumn)>,
    /// The day of birth.
    pub birth: Option<usize>,
    /// The columns carried along.
    pub keys: Vec<usize>,
    /// The column of `--only`.
    pub only: Option<usize>,
    /// The columns of `--group-by`.
    pub groups: Vec<usize>,
    /// The column of `--amount-column`.
    pub amount: Option<usize>,
    /// The column of `--packet`.
    pub packet: Option<usize>,
    /// The revenue centre of each line of a bill.
    pub revenue_centre: Option<usize>,
    /// Whether descriptions stand beside the codes.
    pub has_description: bool,
    /// Whether it is a CMS research file.
    pub is_rif: bool,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// A column of codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coded {
    /// Where it is.
    pub column: usize,
    /// What its codes are.
    pub codes: Codes,
    /// The version or type column beside it.
    pub twin: Option<usize>,
}

/// Where a fact stands that a condition asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum FactColumn {
    /// In a column, as it is.
    Cell(usize),
    /// Computed from the day of birth.
    Birth,
    /// Nowhere.
    Nowhere,
}

impl<'a> Found<'a> {
    /// Finds them.
    ///
    /// # Errors
    /// A hint names a column that is not there, or two columns of codes have one name.
    pub fn of(
        head: &'a Head,
        path: &'a Path,
        hints: &'a Hints,
        fields: &[String],
    ) -> Result<Found<'a>> {
        let names = &head.names;
        let mut by_name = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            by_name.entry(normalise(name)).or_insert(at);
        }
        let roles: Vec<Option<Role>> = names.iter().map(|name| role(name)).collect();
        let mut found = Found {
            path,
            hints,
            names,
            by_name,
            codes: Vec::new(),
            days: Vec::new(),
            class: Vec::new(),
            claim: None,
            payer: None,
            facts: Vec::new(),
            birth: roles.iter().position(|role| *role == Some(Role::Birth)),
            keys: Vec::new(),
            only: None,
            groups: Vec::new(),
            amount: None,
            packet: None,
            revenue_centre: roles.iter().position(|role| *role == Some(Role::RevenueCentre)),
            has_description: roles.contains(&Some(Role::Description)),
            is_rif: false,
            warnings: Vec::new(),
        };
        found.is_rif = ["clm_id", "clm_thru_dt"].iter().all(|name| found.position(name).is_some());
        found.find_codes(&roles)?;
        found.find_days(&roles)?;
        found.find_claim(&roles)?;
        found.find_facts(&roles, fields)?;
        found.payer = match found.fact_column("payer", &roles)? {
            FactColumn::Cell(column) => Some(column),
            _ => None,
        };
        found.keys =
            hints.keys.iter().map(|name| found.column(name, "--key")).collect::<Result<_>>()?;
        for (name, option) in hints.named_besides() {
            found.column(name, option)?;
        }
        let spoken = |name: Option<&String>, option: &str| {
            name.map(|name| found.column(name, option)).transpose()
        };
        let only = spoken(hints.only.as_ref().map(|(name, _)| name), "--only")?;
        let packet = spoken(hints.packet.as_ref().map(|(name, _)| name), "--packet")?;
        let amount = spoken(hints.amount_column.as_ref(), "--amount-column")?;
        let groups =
            hints.group_by.iter().map(|name| found.group(name, &roles)).collect::<Result<_>>()?;
        (found.only, found.packet, found.amount, found.groups) = (only, packet, amount, groups);
        found.refuse_identifiers()?;
        Ok(found)
    }

    /// The column of a name, else of a number.
    pub fn position(&self, name: &str) -> Option<usize> {
        let number =
            || name.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < self.names.len());
        self.by_name.get(&normalise(name)).copied().or_else(number)
    }

    /// The column that the user named.
    pub fn column(&self, name: &str, option: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| {
            Error::refused(format!(
                "{option} names the column `{name}`, which this file does not have"
            ))
            .at(self.path)
            .hint(format!("its columns: {}", self.some_names(|_| true)))
        })
    }

    /// The names of the columns for which `keep` holds, not more than fit a message.
    pub fn some_names(&self, keep: impl Fn(&str) -> bool) -> String {
        const SHOWN: usize = 30;
        let kept: Vec<&str> =
            self.names.iter().map(String::as_str).filter(|name| keep(name)).collect();
        let mut text = kept.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if kept.len() > SHOWN {
            // Writing to a string cannot fail.
            let _ = write!(text, ", ... ({} in all)", kept.len());
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

    /// The system that the user named for a column.
    pub fn spoken_system(&self, column: usize) -> Option<System> {
        let of = |spoken: &Option<String>| {
            spoken.as_deref().is_some_and(|name| self.position(name) == Some(column))
        };
        let own = self.hints.systems.iter().find(|(spoken, _)| of(spoken));
        let all = self.hints.systems.iter().find(|(spoken, _)| spoken.is_none());
        own.or(all).map(|(_, system)| *system)
    }

    fn find_days(&mut self, roles: &[Option<Role>]) -> Result<()> {
        if self.hints.as_of.is_some() && self.hints.recorded_days == RecordedDays::Ignored {
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
        let mut missing = Vec::new();
        for field in fields {
            let column = self.fact_column(field, roles)?;
            if matches!(column, FactColumn::Nowhere) {
                missing.push(field.as_str());
            }
            self.facts.push((field.clone(), column));
        }
        if let Some(first) = missing.first() {
            self.warnings.push(format!(
                "the mapping asks for {}, and no such column was found: entries that depend on it go to a person \
                 (--field {first}=COLUMN names one)",
                missing.join(", ")
            ));
        }
        Ok(())
    }

    /// The column of a field by which is counted: the one that `--field` names for it,
    /// else the one of that name, else the usual one of that role.
    fn group(&self, field: &str, roles: &[Option<Role>]) -> Result<usize> {
        let spoken = self.hints.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        if let Some((_, column)) = spoken {
            return self.column(column, "--field");
        }
        let usual = || match self.usual_fact(field, roles) {
            FactColumn::Cell(column) => Some(column),
            _ => None,
        };
        match self.position(field).or_else(usual) {
            Some(column) => Ok(column),
            None => self.column(field, "--group-by"),
        }
    }

    /// A report by claims or patients would be a list of them.
    fn refuse_identifiers(&self) -> Result<()> {
        let is_of_one = |column: &&usize| {
            self.claim == Some(**column)
                || self.birth == Some(**column)
                || is_of_one(&self.names[**column])
        };
        match self.groups.iter().find(is_of_one) {
            Some(&column) => {
                Err(identifies(&self.names[column], "tells claims or patients apart").at(self.path))
            }
            None => Ok(()),
        }
    }

    fn fact_column(&self, field: &str, roles: &[Option<Role>]) -> Result<FactColumn> {
        let spoken = self.hints.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        match spoken {
            Some((_, column)) => Ok(FactColumn::Cell(self.column(column, "--field")?)),
            None => Ok(self.usual_fact(field, roles)),
        }
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

    /// The columns whose values are looked at.
    pub fn sampled(&self) -> Vec<Sampled> {
        let codes = self.codes.iter().map(|one| Sampled { column: one.column, twin: one.twin });
        let days = self.days.iter().map(|(column, _)| Sampled { column: *column, twin: None });
        let birth = self.birth.map(|column| Sampled { column, twin: None });
        codes.chain(days).chain(birth).collect()
    }

    /// All columns that a scan has to keep.
    pub fn wanted(&self) -> Wanted {
        let mut columns: Vec<usize> =
            self.sampled().iter().flat_map(|one| [Some(one.column), one.twin]).flatten().collect();
        columns.extend(self.class.iter().map(|(_, column)| *column));
        columns.extend(self.facts.iter().filter_map(|(_, fact)| match fact {
            FactColumn::Cell(column) => Some(*column),
            _ => None,
        }));
        columns.extend(
            self.keys
                .iter()
                .chain(&self.claim)
                .chain(&self.payer)
                .chain(&self.only)
                .chain(&self.revenue_centre),
        );
        columns.extend(self.groups.iter().chain(&self.amount).chain(&self.packet));
        columns.sort_unstable();
        columns.dedup();
        Wanted::new(columns)
    }
}

/// The column of the lowest rank among those for which `rank` says one.
fn best(roles: &[Option<Role>], rank: impl Fn(Role) -> Option<u8>) -> Option<usize> {
    let ranked = roles.iter().enumerate().filter_map(|(at, role)| Some((rank((*role)?)?, at)));
    ranked.min().map(|(_, at)| at)
}
