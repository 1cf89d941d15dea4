//! Reads the official conversion tables: of ICD-10-CM (NCHS) and of ICD-10-PCS.
//!
//! Both run from new to old: `Current code ... | Effective ... | Previous
//! code(s) ...`, with paragraphs above the heading. A bare year means its 1
//! October: NCHS prints 2023 for fiscal year 2024. In the table of ICD-10-PCS a
//! column of its own holds month and day, and `NoPCS` means nothing.

use jiff::civil::Date;

use super::{Grid, Link, Previous, Published, Unread, previous};
use crate::code::{Code, Spelling, System};
use crate::crosswalk::Relation;

/// Which column is which.
struct Columns {
    new: usize,
    effective: usize,
    old: usize,
    /// Month and day, `10.01`.
    day: Option<usize>,
    /// How many cells the heading has.
    width: usize,
}

impl Columns {
    fn system(&self) -> System {
        if self.day.is_some() { System::Icd10pcs } else { System::Icd10cm }
    }
}

/// Reads the table, if it is one.
pub(super) fn read(grid: &Grid) -> Option<Published> {
    let (columns, rows) = grid.header(columns)?;
    let mut table = Published::new(match columns.system() {
        System::Icd10pcs => "ICD-10-PCS conversion table",
        _ => "ICD-10-CM conversion table",
    });
    for (row, cells) in rows {
        take(&columns, *row, cells, &mut table);
    }
    Some(table)
}

fn columns(names: &[String]) -> Option<Columns> {
    let begins = |what: &str| names.iter().position(|name| name.starts_with(what));
    let day = begins("effectivemonth");
    let effective = names
        .iter()
        .position(|name| name.starts_with("effective") && !name.starts_with("effectivemonth"))?;
    let (new, old) = (begins("currentcode")?, begins("previouscode")?);
    Some(Columns { new, effective, old, day, width: names.len() })
}

const IN_PART: &str = "the cell is understood in part only";
const TOGETHER: &str = "the cell speaks of codes that stood beside each other";

fn take(columns: &Columns, row: u64, cells: &[String], table: &mut Published) {
    let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
    let written = cell(columns.old);
    let read = previous::read(written);
    let mut odd = |cell: &str, why: &'static str| {
        table.unread.push(Unread::new(row, cell, why).about(read.named.iter().copied()));
    };
    if let Some(broken) = [columns.new, columns.effective, columns.old]
        .into_iter()
        .map(cell)
        .find(|cell| cell.contains('\n'))
    {
        return odd(broken, "a line break in the cell: rows may be joined by a quote");
    }
    if let Some(beyond) = cells.iter().skip(columns.width).find(|cell| !cell.trim().is_empty()) {
        return odd(beyond, "a cell more than the heading has: a quote or a comma is astray");
    }
    let nothing = |text: &str| text.eq_ignore_ascii_case("nopcs") || text.is_empty();
    let new = match cell(columns.new) {
        none if columns.day.is_some() && nothing(none) => None,
        text => match code(text) {
            Some(code) => Some(code),
            None => return odd(text, "no current code"),
        },
    };
    let day = effective(cell(columns.effective), columns.day.map(cell));
    let Some(day) = day else { return odd(cell(columns.effective), "no effective day") };
    if columns.day.is_some() && nothing(written) {
        return;
    }
    // What is understood in part is no instruction: a word may turn its meaning round.
    let in_part = !read.odd.is_empty() || read.together;
    let why = if read.together { TOGETHER } else { IN_PART };
    for word in &read.odd {
        odd(word, "no previous code");
    }
    if read.named.is_empty() && !read.is_none && written.is_empty() {
        odd(written, "the cell of previous codes is empty");
    }
    for old in read.named {
        // A revised title keeps its code: nothing to migrate.
        if new.is_none_or(|new| old != Previous::Code(new)) {
            let system = Some(columns.system());
            let effective = Some(day);
            let stated = in_part.then_some(Relation::Review);
            let note = in_part.then(|| why.to_owned());
            table.links.push(Link { system, new, effective, stated, note, ..Link::of(old, row) });
        }
    }
}

fn code(text: &str) -> Option<Code> {
    Spelling::read(text.as_bytes()).filter(|_| text.len() > 2).map(|(code, _)| code)
}

/// Years of tables; one of two digits is none.
const YEARS: std::ops::Range<i16> = 2000..2200;

/// `2017`, `2020-04-01`, `4/1/2020`; with month and day apart, `2019` and `10.01`.
fn effective(text: &str, apart: Option<&str>) -> Option<Date> {
    if let Some((month, rest)) = text.split_once('/') {
        let (day, year) = rest.split_once('/')?;
        let year: i16 = year.parse().ok().filter(|year| YEARS.contains(year))?;
        return Date::new(year, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let iso = text.get(..10).filter(|_| text.contains('-'));
    if let Some(day) = iso.and_then(|text| text.parse().ok()) {
        return Some(day);
    }
    let year: i16 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
    let (month, day) = match apart.filter(|apart| !apart.is_empty()) {
        Some(apart) => {
            let (month, day) = apart.split_once('.')?;
            // A spreadsheet shows 10.10 as 10.1, and 10.01 as itself.
            (month.parse().ok()?, day.parse().ok()?)
        }
        None => (10, 1),
    };
    YEARS.contains(&year).then(|| Date::new(year, month, day).ok())?
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::crosswalk::published::sheets;

    fn table(text: &str) -> Published {
        let grids = sheets(text.as_bytes()).expect("text");
        grids.iter().find_map(read).expect("a conversion table")
    }

    #[test]
    fn the_table_of_icd_10_cm() {
        let table = table(
            "\"A title, in\nseveral lines\",,\nCurrent code assignment,Effective October 1,Previous Code(s) Assignment\n\
             E88.810,2023,E88.81\nM04.8,2016,None\nH02.151,2018,\"H02.101-H02.106; H02.109\"\n\
             U07.0,2020-04-01,J68.0 \nV29.811A,2022,V29.80X.\nnone at all,2022,J00\nJ00,soon,J01\n",
        );
        assert_eq!((table.links[0].system, table.links.len()), (Some(System::Icd10cm), 4));
        let first = &table.links[0];
        assert_eq!((first.row, first.effective), (4, Some(date(2023, 10, 1))));
        assert_eq!(table.links[3].effective, Some(date(2020, 4, 1)));
        let unread: Vec<(u64, &str)> =
            table.unread.iter().map(|unread| (unread.row, unread.cell.as_str())).collect();
        assert_eq!(unread, [(8, "V29.80X."), (9, "none at all"), (10, "soon")]);
    }

    #[test]
    fn the_table_of_icd_10_pcs() {
        let table = table(
            "Current code(s) assignment,Code title,Effective year,Previous code(s) assignment,\
             Predecessor code title,Change type,Comment,Effective month/day [MM.DD]\n\
             30233G4,New,2019,30230G4,Old,New,,10.01\nXY0YX37,New,2021,NoPCS,No description,New,,10.01\n\
             NoPCS,No description,2020,30263Y1,Old,Deleted,,10.01\n",
        );
        assert_eq!((table.links[0].system, table.links.len()), (Some(System::Icd10pcs), 2));
        assert_eq!(table.links[1].new, None);
        assert!(table.unread.is_empty());
    }
}
