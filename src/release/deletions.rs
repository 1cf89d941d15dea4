//! Lists of deleted CPT codes: from which day a code may no longer be used.
//!
//! A yearly CPT set carries no deletions; the `Deleted` lists that come beside
//! it do: code and day, separated by a bar or a tab, with or without a heading.
//! A list is no release. It gives its codes, in the releases that hold them,
//! their last day of use: what the set itself does not tell, above all of the
//! families that change within the year.
//!
//! A day that is the first of a month is the first without the code; any other
//! (31 December, 30 June) is its last day of use.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::columns::{self, Found};
use super::{Entry, Release, table};
use crate::code::{Code, System};
use crate::error::{Error, Place, Result};

/// The last day of use of each code of a list.
#[derive(Debug)]
pub struct Deletions {
    /// The list, inside a zip or folder too.
    pub path: PathBuf,
    last: BTreeMap<Code, Date>,
}

/// Whether most lines are a CPT code and a day, and no heading says that the day
/// is another.
pub(super) fn looks(head: &str, lines: &[&[u8]]) -> bool {
    if let Found::List(found) = columns::find(head)
        && (found.terminated.is_none() || found.added.is_some())
    {
        return false;
    }
    let is_row = |line: &&[u8]| read(line).is_some_and(|(_, day)| day.is_some());
    let rows = lines.iter().filter(|line| is_row(line)).count();
    let heading = usize::from(lines.first().is_some_and(|line| !is_row(line)));
    rows * 2 > lines.len() - heading
}

/// The CPT code and the day of a line; of several days the last.
fn read(line: &[u8]) -> Option<(Code, Option<Date>)> {
    let text = std::str::from_utf8(line).ok()?;
    let fields = || text.split(['|', '\t']).map(|field| field.trim().trim_matches('"'));
    let cpt = |field: &str| {
        Code::pack(field.as_bytes()).filter(|&code| System::by_shape(code) == Some(System::Cpt))
    };
    let code = fields().take(2).find_map(cpt)?;
    Some((code, fields().filter_map(table::read_day).max()))
}

/// Reads a list.
///
/// # Errors
/// A line without a code or a day behind the first one that has them, and a code
/// with two days, with their lines.
pub(super) fn parse(path: PathBuf, text: &str) -> Result<Deletions> {
    let mut days: BTreeMap<Code, (Date, u64)> = BTreeMap::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let (code, day) = match read(line.as_bytes()) {
            Some((code, Some(day))) => (code, day),
            // The heading.
            None if days.is_empty() => continue,
            _ => return Err(misfit(number).at(path)),
        };
        let (known, before) = *days.entry(code).or_insert((day, number));
        if known != day {
            return Err(Error::refused(format!("{code} is deleted on two days"))
                .place(Place::Lines(before, number))
                .at(path)
                .hint("keep the row that holds"));
        }
    }
    let last_day = |day: Date| if day.day() == 1 { day.yesterday().unwrap_or(day) } else { day };
    let last = days.into_iter().map(|(code, (day, _))| (code, last_day(day))).collect();
    Ok(Deletions { path, last })
}

fn misfit(number: u64) -> Error {
    Error::refused("not a line of a list of deleted codes: code, then the day")
        .line(number)
        .hint("write days as 2024-12-31, 20241231 or 12/31/2024; the file may be cut off")
}

impl Deletions {
    /// Gives the codes their last day in the CPT releases that hold them, and
    /// those that none holds a place in the oldest that came after them.
    ///
    /// A release that still lists a code after that day is believed: the number
    /// came back.
    pub fn apply(&self, releases: &mut [&mut Release]) {
        let mut sets: Vec<&mut Release> = Vec::new();
        for release in releases.iter_mut().filter(|release| release.system == System::Cpt) {
            sets.push(release);
        }
        sets.sort_by_key(|release| release.effective);
        let nowhere: Vec<(Code, Date)> = self
            .last
            .iter()
            .filter(|(code, _)| sets.iter().all(|release| release.get(**code).is_none()))
            .map(|(&code, &last)| (code, last))
            .collect();
        for release in &mut sets {
            self.end_in(release);
        }
        if let Some(oldest) = sets.first_mut() {
            let before = oldest.effective;
            for (code, last) in nowhere.into_iter().filter(|(_, last)| *last < before) {
                oldest.add_ended(code, last);
            }
        }
    }

    fn end_in(&self, release: &mut Release) {
        let mut ended = 0;
        for entry in &mut release.entries {
            let last = self.last.get(&entry.code).filter(|last| **last >= release.effective);
            if let Some(last) = last.filter(|_| entry.terminated.is_none()) {
                entry.terminated = Some(*last);
                ended += 1;
            }
        }
        if ended > 0 {
            let list = self.path.display();
            release.notes.push(format!("{ended} codes have their last day of use from {list}"));
        }
    }
}

impl Release {
    /// Adds a code that had ended before the release, as lists of HCPCS keep them.
    fn add_ended(&mut self, code: Code, last: Date) {
        self.index.insert(code, self.entries.len() as u32);
        self.entries.push(Entry {
            code,
            billable: true,
            added: None,
            terminated: Some(last),
            short: 0..0,
            long: 0..0,
        });
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::release::sample;

    fn list(text: &str) -> Deletions {
        parse(PathBuf::from("Deleted.txt"), text).expect("a list")
    }

    #[test]
    fn lists_of_deleted_codes_are_told_apart() {
        for (text, want) in [
            ("99998|20241231", true),
            ("99998\tInvented\t12/31/2024", true),
            ("CPT Code\tLong\tDate Deleted\n99998\tInvented\t12/31/2024", true),
            ("CPT Code\tLong\tEffective Date\n99998\tInvented\t12/31/2024", false),
            ("99998\tInvented", false),
            ("99998\t2024 invented", false),
        ] {
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            assert_eq!(looks(text, &lines), want, "{text}");
        }
    }

    #[test]
    fn a_first_of_a_month_is_the_first_day_without_the_code() {
        let list = list("code|deleted\n0998U|20250701\n99998|12/31/2024\n0997U|2025-06-30\n");
        let days: Vec<Date> = list.last.values().copied().collect();
        assert_eq!(days, [date(2025, 6, 30), date(2025, 6, 30), date(2024, 12, 31)]);
    }

    #[test]
    fn lines_that_do_not_fit_are_refused() {
        for (text, place) in [
            ("99998|20241231\n99997|\n", Place::Line(2)),
            ("99998|20241231\nnonsense\n", Place::Line(2)),
            ("99998|20241231\n99998|20240630\n", Place::Lines(1, 2)),
        ] {
            let error = parse(PathBuf::new(), text).expect_err(text);
            assert_eq!(error.whereabouts(), Some(place), "{text}");
        }
    }

    #[test]
    fn a_code_ends_in_the_release_that_holds_it() {
        let mut old = sample::release(System::Cpt, date(2025, 1, 1), &["99998", "0998U", "99997"]);
        let mut new = sample::release(System::Cpt, date(2026, 1, 1), &["99998", "99997"]);
        list("0998U|20250630\n99997|20251231\n99996|20231231\n").apply(&mut [&mut new, &mut old]);
        let last = |release: &Release, code: &str| {
            let code = Code::normalise(code).expect("a code");
            release.get(code).map(|entry| entry.terminated)
        };
        assert_eq!(last(&old, "0998U"), Some(Some(date(2025, 6, 30))));
        assert_eq!(last(&old, "99998"), Some(None));
        // Still in the newer set: believed there.
        assert_eq!(last(&new, "99997"), Some(None));
        // In neither: it stands, ended, in the older one.
        assert_eq!(last(&old, "99996"), Some(Some(date(2023, 12, 31))));
        assert_eq!(last(&new, "99996"), None);
    }
}
