//! What a sample of a column's values says: which system they fit, whether
//! they are dotted, how their days are written.

use std::path::Path;

use super::cell::{Family, Field};
use super::columns::Codes;
use super::layout::{CodeColumn, Stated};
use super::sample::Value;
use crate::code::{Code, Spelling, System};
use crate::error::{Error, Result};
use crate::history::History;
use crate::record::Hints;
use crate::record::date::{DateFormat, SlashOrder};

/// What a column's values say about its system.
#[derive(Debug)]
pub struct Fit {
    /// What holds where nothing in the row says.
    pub stated: Stated,
    /// What holds where the version cell of a row is empty.
    pub where_empty: Option<System>,
    /// Diagnoses or procedures, as far as the name and the values tell.
    pub field: Option<Field>,
    /// Whether nothing in this column may be replaced.
    pub doubtful: bool,
    /// Whether codes long enough for a dot have one.
    pub dotted: Option<bool>,
    values: usize,
    fitting: usize,
    better: Option<System>,
    name: Name,
    has_release: bool,
    lies: Option<Lie>,
}

/// What the values say of a column's usual name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// Nothing against it.
    Stands,
    /// They are of another system than it says.
    Misleads,
}

/// What a version or type column says against the values beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// It names the other of the two ICD-10 systems; the field decides.
    OtherIcd10,
    /// It says ICD-9, or another system, over values of the ICD-10 release given.
    NotIcd10,
}

/// Fewer values than this say nothing about a column.
const ENOUGH: usize = 20;
/// Under half of so many values that fit makes a column doubtful.
const ENOUGH_TO_DOUBT: usize = 100;

/// Judges a column by its values.
pub fn fit(
    codes: Codes,
    sample: &[Value],
    history: &History,
    hints: &Hints,
    spoken: Option<System>,
) -> Fit {
    let read: Vec<(Code, Spelling)> = sample
        .iter()
        .filter(|value| value.family.is_none_or(|family| agrees(family, codes)))
        .filter_map(|value| Spelling::read(&value.bytes))
        .collect();
    let named = spoken.map(Stated::One).or_else(|| by_name(codes));
    let foreign =
        spoken.is_none() && named.is_some_and(|named| is_foreign(named, sample, &read, history));
    let named = named.filter(|_| !foreign);
    let stated = named.unwrap_or_else(|| by_values(&read, history));
    let stated = match (stated, hints.assume_system) {
        (Stated::Nothing, Some(system)) => Stated::One(system),
        (stated, _) => stated,
    };
    let fitting = fitting(stated, &read, history);
    let better = better(stated, &read, fitting, history);
    let values = read.len();
    let has_release = releases(stated, history);
    let doubtful = has_release
        && (values >= ENOUGH_TO_DOUBT && fitting * 2 < values || better.is_some())
        && spoken.is_none();
    Fit {
        stated,
        where_empty: hints.assume_system,
        field: field(codes, stated),
        doubtful,
        dotted: dotted(&read),
        values,
        fitting,
        better,
        name: if foreign { Name::Misleads } else { Name::Stands },
        has_release,
        lies: lie(codes, sample, history),
    }
}

impl Fit {
    /// Whether the values are of some other system than the column's name says.
    pub fn is_foreign(&self) -> bool {
        self.name == Name::Misleads
    }

    /// Follows a column of the same kind whose values are of another system, where too
    /// few values stand here to tell and not one of them fits.
    pub fn follow_foreign(&mut self) {
        if self.values < ENOUGH && self.fitting == 0 && self.has_release {
            self.stated = self.where_empty.map_or(Stated::Nothing, Stated::One);
            self.doubtful = false;
        }
    }

    /// Whether there are values, and nothing says of which system they are.
    fn is_undecided(&self) -> bool {
        self.stated == Stated::Nothing && self.values > 0 && self.where_empty.is_none()
    }

    /// What a person should look at.
    pub fn warning(&self, name: &str) -> Option<String> {
        match self.lies {
            Some(Lie::OtherIcd10) => {
                return Some(format!(
                    "column `{name}`: the version column beside it names the other of ICD-10-CM and ICD-10-PCS; \
                     the kind of column decides"
                ));
            }
            Some(Lie::NotIcd10) => {
                return Some(format!(
                    "column `{name}`: the version column beside it does not say ICD-10, but the values fit \
                     ICD-10-CM: NOT CHECKED as it stands (--system {name}=icd10cm says otherwise)"
                ));
            }
            None => {}
        }
        let share = format!("{} of {} sampled values", self.fitting, self.values);
        if self.is_undecided() {
            return Some(format!(
                "column `{name}`: its values fit no one system of the releases given: NOT CHECKED \
                 (--system {name}=ID says which)"
            ));
        }
        if let Some(better) = self.better {
            return Some(format!(
                "column `{name}`: only {share} fit its code system, {} fits better: nothing is replaced there",
                better.title()
            ));
        }
        if self.doubtful {
            return Some(format!(
                "column `{name}`: only {share} fit its code system: nothing is replaced there"
            ));
        }
        let poor = self.has_release && self.values >= ENOUGH && self.fitting * 10 < self.values * 9;
        poor.then(|| {
            format!("column `{name}`: only {share} stand in the releases given for its code system")
        })
    }
}

/// Whether enough values are there and not one of them fits: codes of some other
/// system stand under a usual name (Synthea keeps SNOMED in `DIAGNOSIS1`).
fn is_foreign(
    named: Stated,
    sample: &[Value],
    read: &[(Code, Spelling)],
    history: &History,
) -> bool {
    let unflagged = sample.iter().filter(|value| value.family.is_none()).count();
    unflagged >= ENOUGH && releases(named, history) && fitting(named, read, history) == 0
}

/// Whether the version column contradicts the values, as far as enough of them tell.
fn lie(codes: Codes, sample: &[Value], history: &History) -> Option<Lie> {
    let field = codes.field()?;
    if codes == Codes::ClaimLine {
        return None;
    }
    let other = match field {
        Field::Diagnosis => Family::Icd10pcs,
        Field::Procedure => Family::Icd10cm,
    };
    if sample.iter().any(|value| value.family == Some(other)) {
        return Some(Lie::OtherIcd10);
    }
    let flagged =
        sample.iter().filter(|value| matches!(value.family, Some(Family::Icd9 | Family::Foreign)));
    let flagged: Vec<(Code, Spelling)> =
        flagged.filter_map(|value| Spelling::read(&value.bytes)).collect();
    let own =
        Stated::One(if field == Field::Diagnosis { System::Icd10cm } else { System::Icd10pcs });
    let fit = fitting(own, &flagged, history);
    (flagged.len() >= ENOUGH && fit * 10 >= flagged.len() * 9).then_some(Lie::NotIcd10)
}

fn agrees(family: Family, codes: Codes) -> bool {
    match family {
        Family::Icd10 | Family::Icd10cm | Family::Icd10pcs => codes != Codes::ClaimLine,
        Family::ClaimLine => codes == Codes::ClaimLine || codes == Codes::Any,
        Family::Icd9 | Family::Foreign => false,
    }
}

fn by_name(codes: Codes) -> Option<Stated> {
    match codes {
        Codes::Diagnosis | Codes::LineDiagnosis => Some(Stated::One(System::Icd10cm)),
        Codes::Icd9Diagnosis => Some(Stated::One(System::Icd9cm)),
        Codes::Icd9Procedure => Some(Stated::One(System::Icd9pcs)),
        Codes::IcdProcedure(_) => Some(Stated::One(System::Icd10pcs)),
        Codes::ClaimLine => Some(Stated::ByShape),
        Codes::Procedure(_) | Codes::Any => None,
    }
}

/// The one system of the releases given that most of the values fit.
fn by_values(read: &[(Code, Spelling)], history: &History) -> Stated {
    let mut choices: Vec<Stated> = Vec::new();
    for system in history.systems() {
        let stated = match system {
            System::Cpt | System::Hcpcs | System::Cdt => Stated::ByShape,
            other => Stated::One(other),
        };
        if !choices.contains(&stated) {
            choices.push(stated);
        }
    }
    let fits =
        |stated: &Stated| !read.is_empty() && fitting(*stated, read, history) * 2 > read.len();
    let mut fit = choices.into_iter().filter(fits);
    match (fit.next(), fit.next()) {
        (Some(one), None) => one,
        _ => Stated::Nothing,
    }
}

fn fitting(stated: Stated, read: &[(Code, Spelling)], history: &History) -> usize {
    read.iter().filter(|(code, spelling)| fits(stated, *code, *spelling, history)).count()
}

fn fits(stated: Stated, code: Code, spelling: Spelling, history: &History) -> bool {
    let stands = |system: System| {
        let known = history.of(system).is_some_and(|chronicle| chronicle.life(code).is_some());
        known && spelling.fits(code, system)
    };
    match stated {
        Stated::One(system) => stands(system),
        // A claim line holds CPT and HCPCS: where no release of one is given, the shape is all there is.
        Stated::ByShape => System::by_shape(code)
            .is_some_and(|system| history.of(system).is_none() || stands(system)),
        Stated::Nothing => false,
    }
}

/// Another system given that more of the values fit.
fn better(
    stated: Stated,
    read: &[(Code, Spelling)],
    own: usize,
    history: &History,
) -> Option<System> {
    let Stated::One(stated) = stated else { return None };
    history.of(stated)?;
    let others = history.systems().filter(|system| *system != stated);
    others.into_iter().find(|system| fitting(Stated::One(*system), read, history) > own)
}

fn releases(stated: Stated, history: &History) -> bool {
    match stated {
        Stated::One(system) => history.of(system).is_some(),
        Stated::ByShape => {
            [System::Cpt, System::Hcpcs].iter().all(|system| history.of(*system).is_some())
        }
        Stated::Nothing => false,
    }
}

fn field(codes: Codes, stated: Stated) -> Option<Field> {
    codes.field().or(match stated {
        Stated::One(System::Icd10pcs | System::Icd9pcs) | Stated::ByShape => Some(Field::Procedure),
        Stated::One(_) => Some(Field::Diagnosis),
        Stated::Nothing => None,
    })
}

/// Whether codes long enough for a dot have one; `None` where both occur or none is long enough.
fn dotted(read: &[(Code, Spelling)]) -> Option<bool> {
    const BEFORE_THE_DOT: usize = 3;
    let long = || read.iter().filter(|(code, _)| code.length() > BEFORE_THE_DOT);
    let with = long().filter(|(_, spelling)| spelling.dot.is_some()).count();
    match (with, long().count() - with) {
        (0, 0) => None,
        (_, 0) => Some(true),
        (0, _) => Some(false),
        _ => None,
    }
}

/// What the code columns are, in a line a kind.
pub fn notes(codes: &[CodeColumn], history: &History) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for column in codes {
        let what = describe(column, history);
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, names)) => names.push(&column.name),
            None => groups.push((what, vec![&column.name])),
        }
    }
    let line = |(what, names): (String, Vec<&str>)| format!("codes: {} - {what}", shorten(&names));
    groups.into_iter().map(line).collect()
}

fn describe(column: &CodeColumn, history: &History) -> String {
    let missing =
        |system: System| if history.of(system).is_some() { "" } else { " (no release given)" };
    let system = match column.system.otherwise {
        Stated::One(system) => format!("{}{}", system.title(), missing(system)),
        Stated::ByShape => {
            format!("CPT{} or HCPCS{}, by shape", missing(System::Cpt), missing(System::Hcpcs))
        }
        Stated::Nothing => "no code system stated".to_owned(),
    };
    let twin =
        if column.system.twin.is_some() { ", version column beside it honoured" } else { "" };
    format!("{system}{twin}")
}

/// The width to which blanks fill up all cells of a column.
pub fn padded_to(sample: &[Value]) -> Option<usize> {
    let width = sample.first()?.width;
    let is_padded = sample.iter().any(|value| value.bytes.len() < width);
    (is_padded && sample.len() > 1 && sample.iter().all(|value| value.width == width))
        .then_some(width)
}

/// `ICD_DGNS_CD1 .. ICD_DGNS_CD25` instead of twenty-five names.
fn shorten(names: &[&str]) -> String {
    match names {
        [first, .., last] if names.len() > 6 => {
            format!("{first} .. {last} ({} columns)", names.len())
        }
        _ => names.join(", "),
    }
}

/// How a column writes its days, and what a person should look at.
///
/// # Errors
/// Slashed values that leave day and month open, or a column mostly of text.
pub fn date_format(
    name: &str,
    sample: &[Value],
    spoken: Option<DateFormat>,
    path: &Path,
) -> Result<(DateFormat, Option<String>)> {
    let format = match spoken {
        Some(format) => format,
        None => settle(name, sample, path)?,
    };
    let bad: Vec<&Value> =
        sample.iter().filter(|value| format.read(&value.bytes).is_none()).collect();
    let Some(first) = bad.first() else { return Ok((format, None)) };
    let share = format!("{} of {} sampled values", bad.len(), sample.len());
    if bad.iter().filter(|value| !is_like_a_day(&value.bytes)).count() * 2 > sample.len() {
        let error = Error::refused(format!("column `{name}` holds no dates that can be read ({share})"))
            .at(path)
            .hint("dates are YYYY-MM-DD, YYYYMMDD, DD-Mon-YYYY or M/D/YYYY; --date-column names another column");
        return Err(match first.line {
            Some(line) => error.line(line),
            None => error,
        });
    }
    let place = first.line.map(|line| format!(", the first in line {line}")).unwrap_or_default();
    Ok((
        format,
        Some(format!(
            "column `{name}`: {share} are no date that can be read{place}: codes dated by them are undated"
        )),
    ))
}

/// Whether a value has the shape of a day at all; whether it is one is another question.
fn is_like_a_day(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= 4 && value.len() <= 35 && digits * 3 >= value.len()
}

fn settle(name: &str, sample: &[Value], path: &Path) -> Result<DateFormat> {
    let mut order = SlashOrder::default();
    sample.iter().for_each(|value| order.see(&value.bytes));
    order.settled().map_err(|what| {
        Error::refused(format!("column `{name}`: {what}"))
            .at(path)
            .hint("say which: --date-format M/D/YYYY or --date-format D/M/YYYY")
    })
}
