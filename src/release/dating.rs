//! From when a release is in force, and how that is known.
//!
//! The user's word comes first, then the number of billable codes (mid-year
//! files carry the name of the year alone), then the year in a name with the
//! usual day of that system - an assumption that is always said.

use std::fmt;

use jiff::civil::Date;

use super::{Dating, edition};
use crate::code::System;
use crate::error::{Error, Result};

/// Where a year may stand.
pub(super) struct Clues<'c> {
    /// The user's word.
    pub(super) given: Option<Date>,
    /// Names and texts to look for a year in, the best first.
    pub(super) texts: &'c [&'c str],
}

/// The day, how it is known, and what speaks against it.
pub(super) struct Dated {
    pub(super) effective: Date,
    pub(super) dating: Dating,
    pub(super) warnings: Vec<String>,
}

/// Finds the day on which a release takes effect.
///
/// # Errors
/// Nothing tells.
pub(super) fn date(system: System, billable: usize, clues: &Clues<'_>) -> Result<Dated> {
    let counted = edition::of_count(system, billable);
    if let Some(effective) = clues.given {
        let warnings = doubts(system, billable, effective, counted);
        return Ok(Dated { effective, dating: Dating::Given, warnings });
    }
    if let Some(effective) = counted {
        return Ok(Dated { effective, dating: Dating::KnownEdition, warnings: Vec::new() });
    }
    let named = Named::best(clues.texts);
    let assumed = named.and_then(|named| Some((named, named.start(system)?)));
    let Some((named, effective)) = assumed else { return Err(undated(system, billable)) };
    let mut warnings = vec![format!(
        "the effective date {effective} is an assumption: the name says {named}, and {} of that \
         name takes effect on that day as a rule; give the day as PATH@YYYY-MM-DD if it is another",
        system.title()
    )];
    warnings.extend(doubts(system, billable, effective, None));
    Ok(Dated { effective, dating: Dating::Assumed { year: named.year }, warnings })
}

/// What a name says: a year, and of mid-year editions the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    year: i16,
    month: Option<(i8, &'static str)>,
}

impl Named {
    /// The first text that names a year; another may add the month of that year.
    fn best(texts: &[&str]) -> Option<Named> {
        let mut all = texts.iter().filter_map(|text| Named::read(text));
        let first = all.next()?;
        let finer = all.find(|other| other.year == first.year && other.month.is_some());
        Some(if first.month.is_some() { first } else { finer.unwrap_or(first) })
    }

    fn read(text: &str) -> Option<Named> {
        let year = year_in(text)?;
        Some(Named { year, month: month_in(text).or_else(|| month_behind(text, year)) })
    }

    /// The first of the month named, else the usual day of the year.
    fn start(self, system: System) -> Option<Date> {
        match self.month {
            Some((month, _)) => Date::new(self.year, month, 1).ok(),
            None => edition::usual_start(system, self.year),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some((_, month)) => write!(f, "{month} {}", self.year),
            None => write!(f, "{}", self.year),
        }
    }
}

/// The months in which editions take effect.
const MONTHS: [(i8, &str); 4] = [(1, "January"), (4, "April"), (7, "July"), (10, "October")];

/// The month in a name, in letters.
fn month_in(text: &str) -> Option<(i8, &'static str)> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() >= 3).find_map(|word| {
        let is = |month: &str| {
            word.eq_ignore_ascii_case(month) || word.eq_ignore_ascii_case(&month[..3])
        };
        MONTHS.into_iter().find(|(_, month)| is(month))
    })
}

/// The month in digits behind the year, as in `2020-04`. A whole day may be that
/// of the download, unless it is the first of the month.
fn month_behind(text: &str, year: i16) -> Option<(i8, &'static str)> {
    let (_, rest) = text.split_once(&year.to_string())?;
    let mut parts = rest.strip_prefix(['-', '_'])?.split(['-', '_']);
    let number = |part: &str| -> String { part.chars().take_while(char::is_ascii_digit).collect() };
    let month = number(parts.next()?);
    let day = parts.next().map(number).unwrap_or_default();
    if month.len() != 2 || !matches!(day.as_str(), "" | "01" | "1") {
        return None;
    }
    MONTHS.into_iter().find(|(one, _)| month.parse() == Ok(*one))
}

/// Whether a known edition has this number of billable codes.
pub(super) fn is_known(system: System, billable: usize) -> bool {
    edition::of_count(system, billable).is_some()
}

/// What speaks against a day: another edition's count, or the count of none.
fn doubts(system: System, billable: usize, effective: Date, counted: Option<Date>) -> Vec<String> {
    let title = system.title();
    match counted {
        Some(day) if day == effective => Vec::new(),
        Some(day) => vec![format!(
            "{billable} billable codes are those of the {title} edition of {day}, not of {effective}"
        )],
        None => count_of_none(system, billable, effective).into_iter().collect(),
    }
}

/// A file whose count is known for its day, and differs, may be cut off or be a part.
fn count_of_none(system: System, billable: usize, effective: Date) -> Option<String> {
    let on = edition::known(system).iter().find(|edition| edition.effective == effective)?;
    let want = on.billable.first()?;
    Some(format!(
        "{billable} billable codes, but the published {} edition of {effective} has {want}: the \
         file is cut off, a part, or another edition",
        system.title()
    ))
}

fn undated(system: System, billable: usize) -> Error {
    Error::refused(format!(
        "nothing tells from when this {} release ({billable} billable codes) is in force",
        system.title()
    ))
    .hint("give the day behind the path, as PATH@2024-10-01")
}

/// The year in a name, if there is one alone: four digits from 2000 to 2099
/// with no digit beside them, or `FY` and two digits.
pub(super) fn year_in(text: &str) -> Option<i16> {
    let mut years: Vec<i16> = Vec::new();
    for digits in text.split(|c: char| !c.is_ascii_digit()) {
        // Eight digits are a day, of which nothing sure follows: it may be that of the download.
        let year = if digits.len() == 4 { digits.parse::<i16>().ok() } else { None };
        years.extend(year.filter(|year| (2000..2100).contains(year)));
    }
    years.extend(fiscal_year(text));
    years.dedup();
    match years[..] {
        [year] => Some(year),
        _ => None,
    }
}

fn fiscal_year(text: &str) -> Option<i16> {
    let upper = text.to_ascii_uppercase();
    let (_, rest) = upper.split_once("FY")?;
    let digits: String =
        rest.trim_start_matches([' ', '-', '_']).chars().take_while(char::is_ascii_digit).collect();
    if digits.len() == 2 { digits.parse::<i16>().ok().map(|year| 2000 + year) } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    fn dated(system: System, billable: usize, given: Option<Date>, name: &str) -> Option<Dated> {
        date(system, billable, &Clues { given, texts: &[name] }).ok()
    }

    #[test]
    fn the_users_word_beats_the_count_and_the_count_beats_the_name() {
        let given = dated(System::Icd10cm, 72_621, Some(day(2020, 10, 1)), "2022").expect("dated");
        assert_eq!((given.effective, given.dating), (day(2020, 10, 1), Dating::Given));
        assert!(given.warnings[0].contains("2021-01-01"), "{:?}", given.warnings);
        let counted = dated(System::Icd10cm, 72_621, None, "icd10cm_order_2022").expect("dated");
        assert_eq!((counted.effective, counted.dating), (day(2021, 1, 1), Dating::KnownEdition));
    }

    #[test]
    fn a_year_alone_is_an_assumption_and_said() {
        let assumed =
            dated(System::Icd10cm, 80_000, None, "icd10cm_order_2031.txt").expect("dated");
        assert_eq!(assumed.effective, day(2030, 10, 1));
        assert!(assumed.warnings[0].contains("assumption"));
        let cpt = dated(System::Cpt, 10, None, "LONGULT 2026.txt").expect("dated");
        assert_eq!(cpt.effective, day(2026, 1, 1));
    }

    #[test]
    fn a_month_in_the_name_is_that_of_a_mid_year_edition() {
        let cm = dated(System::Icd10cm, 80_000, None, "icd10cm-order- April 1 2031.txt");
        assert_eq!(cm.expect("dated").effective, day(2031, 4, 1));
        let hcpcs = dated(System::Hcpcs, 9, None, "HCPC2031_OCT_ANWEB.csv").expect("dated");
        assert_eq!(hcpcs.effective, day(2031, 10, 1));
        assert!(hcpcs.warnings[0].contains("October 2031"), "{:?}", hcpcs.warnings);
        for (name, month) in [
            ("2031-04/anweb.xlsx", 4),
            ("x_2031_10.csv", 10),
            ("2031-07-19.csv", 1),
            ("2031-12", 1),
        ] {
            let dated = dated(System::Hcpcs, 9, None, name).expect("dated");
            assert_eq!(dated.effective, day(2031, month, 1), "{name}");
        }
        let finer = Named::best(&["HCPC2031_ANWEB.xlsx", "2031-04/HCPC2031_ANWEB.xlsx"]);
        assert_eq!(finer.and_then(|named| named.month), Some((4, "April")));
    }

    #[test]
    fn a_count_that_is_not_the_published_one_is_said() {
        let cut = dated(System::Icd10cm, 74_043, None, "icd10cm_order_2024.txt").expect("dated");
        assert!(cut.warnings.iter().any(|note| note.contains("74044")), "{:?}", cut.warnings);
    }

    #[test]
    fn nothing_tells() {
        assert!(dated(System::Icd10cm, 5, None, "codes.txt").is_none());
        assert!(dated(System::Icd10cm, 5, None, "2024 to 2025.txt").is_none());
        assert!(dated(System::Local, 5, None, "2024.txt").is_none());
    }

    #[test]
    fn years_in_names() {
        assert_eq!(year_in("icd10cm-order- April 1 2023.txt"), Some(2023));
        assert_eq!(year_in("FY25 codes"), Some(2025));
        assert_eq!(year_in("FY2025 codes"), Some(2025));
        assert_eq!(year_in("20241001.txt"), None);
    }
}
