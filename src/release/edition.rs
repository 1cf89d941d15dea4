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
}

const fn edition(effective: Date, billable: &'static [usize]) -> Edition {
    Edition { effective, billable }
}

static ICD10CM: [Edition; 14] = [
    edition(date(2015, 10, 1), &[69_823]),
    edition(date(2016, 10, 1), &[71_486]),
    edition(date(2017, 10, 1), &[71_704]),
    edition(date(2018, 10, 1), &[71_932]),
    edition(date(2019, 10, 1), &[72_184]),
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

static ICD10PCS: [Edition; 15] = [
    edition(date(2015, 10, 1), &[71_974]),
    edition(date(2016, 10, 1), &[75_789]),
    edition(date(2017, 10, 1), &[78_705]),
    edition(date(2018, 10, 1), &[78_881]),
    edition(date(2019, 10, 1), &[77_559]),
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

/// When the edition with this number of billable codes took effect, if it is known.
pub fn of_count(system: System, billable: usize) -> Option<Date> {
    let found = known(system).iter().find(|edition| edition.billable.contains(&billable));
    found.map(|edition| edition.effective)
}

/// The known editions of a system, oldest first; empty where none are listed.
pub fn known(system: System) -> &'static [Edition] {
    match system {
        System::Icd10cm => &ICD10CM,
        System::Icd10pcs => &ICD10PCS,
        _ => &[],
    }
}

/// The first edition that took effect after `older` and before `newer`.
///
/// Years past the table are taken to have one on 1 October (ICD-10); HCPCS is
/// quarterly and CPT has one each 1 January.
pub fn first_between(system: System, older: Date, newer: Date) -> Option<Date> {
    first_of(usual_days(system), system, older, newer)
}

/// The same for one code: some families of CPT come in quarterly lots.
pub fn first_for(system: System, code: Code, older: Date, newer: Date) -> Option<Date> {
    let days = if is_quarterly(system, code) { &QUARTERS } else { usual_days(system) };
    first_of(days, system, older, newer)
}

fn first_of(days: &[(i8, i8)], system: System, older: Date, newer: Date) -> Option<Date> {
    let inside = |day: Date| older < day && day < newer;
    let listed = known(system).iter().map(|edition| edition.effective).find(|&day| inside(day));
    let usual = days.iter().flat_map(|&(month, day)| {
        (older.year()..=newer.year()).filter_map(move |year| Date::new(year, month, day).ok())
    });
    usual.filter(|&day| inside(day)).chain(listed).min()
}

/// Whether codes of this kind come in quarterly lots: HCPCS, and the CPT families
/// of PLA (U), MAAA (M), administrative MAAA (A) and Category III (T) codes.
pub fn is_quarterly(system: System, code: Code) -> bool {
    let last = code.bytes().as_slice().last().copied();
    system == System::Hcpcs
        || system == System::Cpt && matches!(last, Some(b'A' | b'M' | b'T' | b'U'))
}

/// The first day of the quarter after the one that a day lies in.
pub fn next_quarter(day: Date) -> Date {
    let month = (day.month() - 1) / 3 * 3 + 4;
    let next =
        if month > 12 { Date::new(day.year() + 1, 1, 1) } else { Date::new(day.year(), month, 1) };
    next.unwrap_or(Date::MAX)
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
}
