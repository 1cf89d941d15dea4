//! Which columns of a file matter: by their names, and by what the user named.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;

use super::columns::{
    ClassCell, Codes, Day, Role, identifies, is_of_one, may_hold_codes, normalise, role, twin_of,
};
use super::head::Head;
use super::sample::Sampled;
use super::tokens::Wanted;
use crate::code::System;
use crate::crosswalk::condition::AGE;
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
    /// The columns of each name, as names are compared.
    by_name: HashMap<String, Vec<usize>>,
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
    /// The usual columns of the day of birth.
    births: Vec<usize>,
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
    /// Computed from the day of birth in a column.
    Birth(usize),
    /// Nowhere.
    Nowhere,
}

impl<'a> Found<'a> {
    /// Finds them.
    ///
    /// # Errors
    /// A hint names a column that is not there, or two columns have the name of one that matters.
    pub fn of(
        head: &'a Head,
        path: &'a Path,
        hints: &'a Hints,
        fields: &[String],
    ) -> Result<Found<'a>> {
        let names = &head.names;
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            by_name.entry(normalise(name)).or_default().push(at);
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
            births: positions(&roles, Role::Birth).collect(),
            keys: Vec::new(),
            only: None,
            groups: Vec::new(),
            amount: None,
            packet: None,
            revenue_centre: positions(&roles, Role::RevenueCentre).next(),
            has_description: roles.contains(&Some(Role::Description)),
            is_rif: false,
            warnings: Vec::new(),
        };
        found.is_rif = ["clm_id", "clm_thru_dt"].iter().all(|name| found.position(name).is_some());
        found.find_codes(&roles)?;
        found.find_days(&roles)?;
        found.find_claim(&roles)?;
        found.find_facts(&roles, fields)?;
        found.revenue_centre.map(|column| found.sole(column)).transpose()?;
        found.payer = found.payer_of_reports(&roles)?;
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

    /// The column of a name, the first where several have it; else of a number.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.called(name).first().copied().or_else(|| self.numbered(name))
    }

    /// All columns of a name.
    fn called(&self, name: &str) -> &[usize] {
        self.by_name.get(&normalise(name)).map_or(&[], Vec::as_slice)
    }

    fn numbered(&self, name: &str) -> Option<usize> {
        name.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < self.names.len())
    }

    /// A column that is read by its name: no other one may have it.
    fn sole(&self, column: usize) -> Result<usize> {
        let name = self.names[column].trim();
        match self.called(name) {
            [first, second, ..] => Err(Error::refused(format!(
                "two columns are called `{name}` (columns {} and {}): nothing says which is meant",
                first + 1,
                second + 1
            ))
            .at(self.path)
            .hint("rename one of them; an option that names a column takes its number as well")),
            _ => Ok(column),
        }
    }

    /// The column that the user named.
    pub fn column(&self, name: &str, option: &str) -> Result<usize> {
        if let Some(&first) = self.called(name).first() {
            return self.sole(first);
        }
        self.numbered(name).ok_or_else(|| {
            Error::refused(format!(
                "{option} names the column `{name}`, which this file does not have"
            ))
            .at(self.path)
            .hint(format!("its columns: {}", self.some_names(|_| true)))
        })
    }

    /// The names of the columns for which `keep` holds, not more than fit a message;
    /// those that share one with their numbers.
    pub fn some_names(&self, keep: impl Fn(&str) -> bool) -> String {
        const SHOWN: usize = 30;
        let shown = |(at, name): (usize, &String)| match self.called(name) {
            [_, _, ..] => format!("{} (column {})", name.trim(), at + 1),
            _ => name.clone(),
        };
        let kept = self.names.iter().enumerate().filter(|(_, name)| keep(name));
        let kept: Vec<String> = kept.map(shown).collect();
        let mut text = kept.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
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
            self.warn_of_unknown(roles);
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
            .map(|(column, codes)| {
                let twin = self.twin(column, codes, roles).map(|twin| self.sole(twin));
                Ok(Coded { column, codes, twin: twin.transpose()? })
            })
            .collect::<Result<_>>()?;
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

    /// What may hold codes under a name that is not known must not be passed over in silence.
    fn warn_of_unknown(&mut self, roles: &[Option<Role>]) {
        let unknown = self
            .names
            .iter()
            .zip(roles)
            .filter(|(name, role)| role.is_none() && may_hold_codes(name));
        let names: Vec<&str> = unknown.map(|(name, _)| name.trim()).collect();
        let columns = match names.as_slice() {
            [] => return,
            [one] => format!("column `{one}` looks like a column of codes but has"),
            all => format!("columns `{}` look like columns of codes but have", all.join("`, `")),
        };
        self.warnings.push(format!(
            "{columns} no known name: NOT CHECKED (name all code columns with --code-column)"
        ));
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
                    .map(|column| self.sole(column))
                    .transpose()?
            }
        };
        for (at, role) in roles.iter().enumerate() {
            if let Some(Role::Class(cell)) = role
                && !self.class.iter().any(|(taken, _)| taken == cell)
            {
                self.class.push((*cell, self.sole(at)?));
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
        match self.usual_fact(field, roles)? {
            FactColumn::Cell(column) if self.position(field).is_none() => Ok(column),
            _ => self.column(field, "--group-by"),
        }
    }

    /// A report by claims or patients would be a list of them.
    fn refuse_identifiers(&self) -> Result<()> {
        let is_of_one = |column: &&usize| {
            self.claim == Some(**column)
                || self.births.contains(*column)
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
        let Some((_, column)) = spoken else { return self.usual_fact(field, roles) };
        let column = self.column(column, "--field")?;
        let is_birth = field == AGE && self.births.contains(&column);
        Ok(if is_birth { FactColumn::Birth(column) } else { FactColumn::Cell(column) })
    }

    fn usual_fact(&self, field: &str, roles: &[Option<Role>]) -> Result<FactColumn> {
        let column = match (field, self.births.as_slice()) {
            ("payer", _) => {
                best(roles, |role| if let Role::Payer(rank) = role { Some(rank) } else { None })
            }
            // The age on the day of service, not that of the day of the export.
            (AGE, &[birth]) => return Ok(FactColumn::Birth(birth)),
            (AGE, [first, second, ..]) => {
                return Err(Error::refused(format!(
                    "two columns say the day of birth: `{}` and `{}`",
                    self.names[*first].trim(),
                    self.names[*second].trim()
                ))
                .at(self.path)
                .hint("say which: --field age=COLUMN, or its number where they have one name"));
            }
            (AGE, []) => positions(roles, Role::Age).next(),
            (other, _) => self.position(other),
        };
        Ok(match column {
            Some(column) => FactColumn::Cell(self.sole(column)?),
            None => FactColumn::Nowhere,
        })
    }

    /// The payer by which a report counts: that no column or more than one says it is no
    /// fault there.
    fn payer_of_reports(&mut self, roles: &[Option<Role>]) -> Result<Option<usize>> {
        let is_asked_for = |(name, _): &(String, String)| name.eq_ignore_ascii_case("payer");
        let is_needed = self.hints.fields.iter().any(is_asked_for)
            || self.facts.iter().any(|(field, _)| field == "payer");
        match self.fact_column("payer", roles) {
            Ok(FactColumn::Cell(column)) => Ok(Some(column)),
            Ok(_) => Ok(None),
            Err(error) if is_needed => Err(error),
            Err(error) => {
                self.warnings.push(format!("not counted by payer: {}", error.message()));
                Ok(None)
            }
        }
    }

    /// The columns whose values are looked at.
    pub fn sampled(&self) -> Vec<Sampled> {
        let codes = self.codes.iter().map(|one| Sampled { column: one.column, twin: one.twin });
        let days = self.days.iter().map(|(column, _)| Sampled { column: *column, twin: None });
        let births = self.births.iter().map(|&column| Sampled { column, twin: None });
        codes.chain(days).chain(births).collect()
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

fn positions(roles: &[Option<Role>], want: Role) -> impl Iterator<Item = usize> {
    roles.iter().enumerate().filter(move |(_, role)| **role == Some(want)).map(|(at, _)| at)
}

/// The column of the lowest rank among those for which `rank` says one.
fn best(roles: &[Option<Role>], rank: impl Fn(Role) -> Option<u8>) -> Option<usize> {
    let ranked = roles.iter().enumerate().filter_map(|(at, role)| Some((rank((*role)?)?, at)));
    ranked.min().map(|(_, at)| at)
}
