//! The editions that are known to have been published, and when they took effect.
//!
//! Mid-year files carry the name of the year alone, so the number of billable
//! codes is what tells editions apart. The same table says what lies *between*
//! two releases: where an edition is missing, a change in between has no date.
//!
//! Sources: the counts of billable codes in the CMS and CDC/NCHS release files,
//! in their addenda, which count the edition before too, and their published
//! totals, FY2016 to FY2026. April 2024 and April 2025 of ICD-10-CM changed no
//! code and are left out.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::code::{Code, System};

/// The first day on which ICD-10 could be used in the United States (45 CFR 162.1002).
pub const ICD10_START: Date = date(2015, 10, 1);

/// One edition: when it took effect and how many billable codes it had
/// (several figures where an erratum followed).
pub struct Edition {
    /// The first day in force.
    pub effective: Date,
    /// The billable codes of the file, and of its corrected version.
    pub billable: &'static [usize],
    /// How the only codes begin that came with it; empty where it is a whole set.
    only: &'static [&'static str],
}

const fn edition(effective: Date, billable: &'static [usize]) -> Edition {
    Edition { effective, billable, only: &[] }
}

/// An edition that was published as an addition, of codes that begin so.
const fn addition(effective: Date, only: &'static [&'static str]) -> Edition {
    Edition { effective, billable: &[], only }
}

impl Edition {
    fn may_change(&self, code: Code) -> bool {
        let bytes = code.bytes();
        let begins = |start: &&str| bytes.as_slice().starts_with(start.as_bytes());
        self.is_whole() || self.only.iter().any(begins)
    }

    fn is_whole(&self) -> bool {
        self.only.is_empty()
    }
}

static ICD10CM: [Edition; 15] = [
    edition(date(2015, 10, 1), &[69_823]),
    edition(date(2016, 10, 1), &[71_486]),
    edition(date(2017, 10, 1), &[71_704]),
    edition(date(2018, 10, 1), &[71_932]),
    edition(date(2019, 10, 1), &[72_184]),
    // Vaping-related disorder and COVID-19, at mid-year.
    addition(VAPING_AND_COVID, &["U070", "U071"]),
    edition(date(2020, 10, 1), &[72_616]),
    edition(date(2021, 1, 1), &[72_621]),
    edition(date(2021, 10, 1), &[72_748]),
    edition(date(2022, 4, 1), &[72_750]),
    edition(date(2022, 10, 1), &[73_639]),
    edition(date(2023, 4, 1), &[73_674]),
    edition(date(2023, 10, 1), &[74_044]),
    edition(date(2024, 10, 1), &[74_260]),
    edition(date(2025, 10, 1), &[74_719]),
];

static ICD10PCS: [Edition; 16] = [
    edition(date(2015, 10, 1), &[71_974]),
    edition(date(2016, 10, 1), &[75_789]),
    edition(date(2017, 10, 1), &[78_705]),
    edition(date(2018, 10, 1), &[78_881]),
    edition(date(2019, 10, 1), &[77_559]),
    // Twelve treatments of COVID-19, all of them new technology.
    addition(date(2020, 8, 1), &["XW"]),
    // The October editions of 2020 and 2021 took effect too; their counts are not known here.
    edition(date(2020, 10, 1), &[]),
    edition(date(2021, 1, 1), &[78_136]),
    edition(date(2021, 10, 1), &[]),
    edition(date(2022, 4, 1), &[78_227, 78_229]),
    edition(date(2022, 10, 1), &[78_496]),
    edition(date(2023, 4, 1), &[78_530]),
    edition(date(2023, 10, 1), &[78_603]),
    edition(date(2024, 4, 1), &[78_638]),
    edition(date(2024, 10, 1), &[78_948]),
    edition(date(2025, 10, 1), &[79_115]),
];

const VAPING_AND_COVID: Date = date(2020, 4, 1);

/// The first day of a code that came at mid-year, in a system whose lists give no days:
/// no file is of that day, so no release could tell it. The official conversion table
/// of ICD-10-CM of January 2021 has the day of both.
pub fn own_day(system: System, code: Code) -> Option<Date> {
    let is_named = || matches!(code.bytes().as_slice(), b"U070" | b"U071");
    (system == System::Icd10cm && is_named()).then_some(VAPING_AND_COVID)
}

/// When the edition with this number of billable codes took effect, if it is known.
pub fn of_count(system: System, billable: usize) -> Option<Date> {
    let found = known(system).iter().find(|edition| edition.billable.contains(&billable));
    found.map(|edition| edition.effective)
}

/// How many billable codes the edition in force on a day had, or the one nearest to it of
/// which that is known.
pub fn count_about(system: System, day: Date) -> Option<usize> {
    let mut counted = known(system).iter().filter(|edition| !edition.billable.is_empty());
    let first = counted.clone().next();
    let about = counted.rfind(|edition| edition.effective <= day).or(first)?;
    about.billable.first().copied()
}

/// The known editions of a system, oldest first; empty where none are listed.
pub fn known(system: System) -> &'static [Edition] {
    match system {
        System::Icd10cm => &ICD10CM,
        System::Icd10pcs => &ICD10PCS,
        _ => &[],
    }
}

/// The first edition of a whole set that took effect after `older` and before `newer`.
///
/// Years past the table are taken to have one on 1 October (ICD-10); HCPCS is
/// quarterly and CPT has one each 1 January.
pub fn first_between(system: System, older: Date, newer: Date) -> Option<Date> {
    let listed = known(system).iter().filter(|edition| edition.is_whole());
    first_of(usual_days(system), listed, (older, newer))
}

/// The same for one code: some families of CPT come in quarterly lots, and some editions
/// brought a few codes only.
pub fn first_for(system: System, code: Code, older: Date, newer: Date) -> Option<Date> {
    let days = if is_quarterly(system, code) { &QUARTERS } else { usual_days(system) };
    let listed = known(system).iter().filter(|edition| edition.may_change(code));
    first_of(days, listed, (older, newer))
}

/// The first edition of a whole set after a day.
pub fn first_after(system: System, day: Date) -> Option<Date> {
    if is_closed(system) { None } else { first_between(system, day, soon(day)) }
}

/// The first edition after a day that may have brought or ended a code.
pub fn first_for_after(system: System, code: Code, day: Date) -> Option<Date> {
    if is_closed(system) { None } else { first_for(system, code, day, soon(day)) }
}

/// Whether there will be no more editions: ICD-9 ended when ICD-10 began.
fn is_closed(system: System) -> bool {
    matches!(system, System::Icd9cm | System::Icd9pcs)
}

/// Every system that has editions has one within two years.
fn soon(day: Date) -> Date {
    Date::new(day.year().saturating_add(2), 1, 2).unwrap_or(Date::MAX)
}

fn first_of<'e>(
    days: &[(i8, i8)],
    listed: impl Iterator<Item = &'e Edition>,
    (older, newer): (Date, Date),
) -> Option<Date> {
    let inside = |day: &Date| older < *day && *day < newer;
    let listed = listed.map(|edition| edition.effective).find(inside);
    let usual = days.iter().flat_map(|&(month, day)| {
        (older.year()..=newer.year()).filter_map(move |year| Date::new(year, month, day).ok())
    });
    usual.filter(inside).chain(listed).min()
}

/// Whether codes of this kind come in quarterly or half-yearly lots: HCPCS, and of CPT the
/// families of PLA (U), MAAA (M), administrative MAAA (A) and Category III (T) codes,
/// immune globulins and vaccines.
pub fn is_quarterly(system: System, code: Code) -> bool {
    match system {
        System::Hcpcs => true,
        System::Cpt => is_quarterly_cpt(code.bytes().as_slice()),
        _ => false,
    }
}

/// By the ranges of their numbers: immune globulins, vaccines, vaccines against COVID-19.
fn is_quarterly_cpt(code: &[u8]) -> bool {
    match code {
        [b'0'..=b'9', .., b'0'..=b'9'] if code.len() == 5 => {
            (&b"90281"[..]..=b"90399").contains(&code)
                || (&b"90476"[..]..=b"90759").contains(&code)
                || code.starts_with(b"913")
        }
        _ => matches!(code.last(), Some(b'A' | b'M' | b'T' | b'U')),
    }
}

/// Whether a code that came with one edition may be gone by another: where editions are
/// yearly no code was in use for less than a year.
pub fn may_go_by(system: System, code: Code, came: Date, gone: Date) -> bool {
    is_quarterly(system, code) || came.checked_add(1.year()).is_ok_and(|year| year <= gone)
}

const QUARTERS: [(i8, i8); 4] = [(1, 1), (4, 1), (7, 1), (10, 1)];

/// The days of a year on which a system has a new edition as a rule (month, day).
fn usual_days(system: System) -> &'static [(i8, i8)] {
    match system {
        System::Icd10cm | System::Icd10pcs | System::Icd9cm | System::Icd9pcs => &[(10, 1)],
        System::Hcpcs => &QUARTERS,
        System::Cpt | System::Cdt => &[(1, 1)],
        System::Local => &[],
    }
}

/// The day on which the edition that carries `year` takes effect as a rule:
/// ICD on 1 October of the year before, all others on 1 January.
pub fn usual_start(system: System, year: i16) -> Option<Date> {
    match system {
        System::Icd10cm | System::Icd10pcs | System::Icd9cm | System::Icd9pcs => {
            Date::new(year - 1, 10, 1).ok()
        }
        System::Hcpcs | System::Cpt | System::Cdt => Date::new(year, 1, 1).ok(),
        System::Local => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_in_between_is_found() {
        let code = |text| Code::normalise(text).expect("a code");
        let cm = |a, b| first_between(System::Icd10cm, a, b);
        assert_eq!(cm(date(2023, 10, 1), date(2024, 10, 1)), None);
        assert_eq!(cm(date(2022, 10, 1), date(2023, 10, 1)), Some(date(2023, 4, 1)));
        assert_eq!(cm(date(2016, 10, 1), date(2018, 10, 1)), Some(date(2017, 10, 1)));
        assert_eq!(cm(date(2030, 10, 1), date(2032, 10, 1)), Some(date(2031, 10, 1)));
        assert_eq!(
            first_between(System::Hcpcs, date(2020, 1, 1), date(2020, 7, 1)),
            Some(date(2020, 4, 1))
        );
        let cpt = |text| first_for(System::Cpt, code(text), date(2025, 1, 1), date(2026, 1, 1));
        assert_eq!(cpt("05001"), None);
        assert_eq!(cpt("0001U"), Some(date(2025, 4, 1)));
    }

    #[test]
    fn vaccines_of_five_digits_come_in_lots() {
        let is = |text: &str| is_quarterly(System::Cpt, Code::normalise(text).expect("a code"));
        assert!(
            ["90281", "90399", "90476", "90480", "90759", "91300", "91399", "0001A"].map(is)
                == [true; 8]
        );
        assert!(
            ["90280", "90400", "90460", "90760", "91299", "91400", "99213"].map(is) == [false; 7]
        );
    }

    #[test]
    fn an_addition_of_a_few_codes_is_an_edition_of_those_alone() {
        let of = |system, text, from| {
            first_for_after(system, Code::normalise(text).expect("a code"), from)
        };
        let cm = |text| of(System::Icd10cm, text, date(2019, 10, 1));
        assert_eq!((cm("U071"), cm("J1282")), (Some(date(2020, 4, 1)), Some(date(2020, 10, 1))));
        let pcs = |text| of(System::Icd10pcs, text, date(2019, 10, 1));
        assert_eq!(
            (pcs("XW033E5"), pcs("30230G0")),
            (Some(date(2020, 8, 1)), Some(date(2020, 10, 1)))
        );
        assert_eq!(first_after(System::Icd10cm, date(2019, 10, 1)), Some(date(2020, 10, 1)));
        assert_eq!(first_after(System::Icd9cm, date(2013, 10, 1)), None);
        assert_eq!(first_after(System::Local, date(2013, 10, 1)), None);
    }
}
