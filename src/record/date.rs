//! Days as records write them.
//!
//! The time of day and the zone are cut, never converted. A day that cannot be
//! read for sure - partial, shifted for privacy, in an order that the column
//! does not settle - is no day.

use std::str::FromStr;

use jiff::civil::Date;

/// How a column writes its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormat {
    /// `2016-10-01`, `20161001` or `01-Oct-2016`, each told by its own shape;
    /// slashes are not read.
    Plain,
    /// `10/1/2016`, and the plain ones.
    MonthFirst,
    /// `1/10/2016`, and the plain ones.
    DayFirst,
}

impl FromStr for DateFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<DateFormat, String> {
        match text.to_ascii_lowercase().as_str() {
            "iso" | "yyyy-mm-dd" | "yyyymmdd" | "dd-mon-yyyy" => Ok(DateFormat::Plain),
            "mdy" | "m/d/yyyy" | "mm/dd/yyyy" | "%m/%d/%y" => Ok(DateFormat::MonthFirst),
            "dmy" | "d/m/yyyy" | "dd/mm/yyyy" | "%d/%m/%y" => Ok(DateFormat::DayFirst),
            _ => Err(format!(
                "`{text}` is no date format; one of YYYY-MM-DD, YYYYMMDD, DD-Mon-YYYY, M/D/YYYY, D/M/YYYY"
            )),
        }
    }
}

/// Years before this one are slips (`0024` for `2024`), or say that there is no date
/// (`0001`). Later ones are days, however old.
const FIRST: i16 = 1000;

/// The first year that is taken to be shifted for privacy: dates of
/// de-identified data lie between 2110 and 2201.
const SHIFTED: i16 = 2100;

impl DateFormat {
    /// The day that `cell` (trimmed) says, if it says one for sure.
    #[inline]
    pub fn read(self, cell: &[u8]) -> Option<Date> {
        let date = match cell {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] if is_time(rest) => {
                civil(&[*y1, *y2, *y3, *y4], &[*m1, *m2], &[*d1, *d2])
            }
            [y1, y2, y3, y4, m1, m2, d1, d2] if cell.iter().all(u8::is_ascii_digit) => {
                civil(&[*y1, *y2, *y3, *y4], &[*m1, *m2], &[*d1, *d2])
            }
            [d1, d2, b'-', m @ .., b'-', y1, y2, y3, y4] if m.len() == 3 => {
                let month = month_by_name(m)?;
                Date::new(year(&[*y1, *y2, *y3, *y4])?, month, small(&[*d1, *d2])?).ok()
            }
            [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => unpadded(cell),
            _ => self.read_slashed(cell),
        };
        date.filter(|date| (FIRST..SHIFTED).contains(&date.year()))
    }

    fn read_slashed(self, cell: &[u8]) -> Option<Date> {
        let (first, second, last) = slashed(cell)?;
        let (month, day) = match self {
            DateFormat::Plain => return None,
            DateFormat::MonthFirst => (first, second),
            DateFormat::DayFirst => (second, first),
        };
        Date::new(last, month, day).ok()
    }
}

/// Whether a cell (trimmed) says only a part of a day, or a day shifted for privacy: no reading
/// of it makes a day.
pub fn is_vague(cell: &[u8]) -> bool {
    let is_number = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match cell {
        [year @ .., b'-', m1, m2] if year.len() == 4 => is_number(year) && is_number(&[*m1, *m2]),
        [_, _, _, _] => is_number(cell),
        [y1, y2, y3, y4, b'-', ..] => {
            // Shifted, whatever its day.
            year(&[*y1, *y2, *y3, *y4]).is_some_and(|year| year >= SHIFTED)
        }
        _ => {
            cell.len() == 8
                && is_number(cell)
                && year(&cell[..4]).is_some_and(|year| year >= SHIFTED)
        }
    }
}

/// `2024-9-3`: the order is settled, only the zeros are missing.
fn unpadded(cell: &[u8]) -> Option<Date> {
    let mut parts = cell.splitn(3, |&byte| byte == b'-');
    let (first, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(year(first)?, small(month)?, small(day)?).ok()
}

/// The three numbers of `10/1/2016`, a time behind it cut.
fn slashed(cell: &[u8]) -> Option<(i8, i8, i16)> {
    let mut parts = cell.splitn(3, |&byte| byte == b'/');
    let (first, second, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (last, time) = rest.split_at_checked(4)?;
    if !is_time(time) {
        return None;
    }
    Some((small(first)?, small(second)?, year(last)?))
}

/// Which orders of day and month the slashed values of a column allow.
#[derive(Debug, Clone, Copy, Default)]
pub struct SlashOrder {
    /// Some value has a second number above 12.
    month_first: bool,
    /// Some value has a first number above 12.
    day_first: bool,
    /// Some value is slashed at all.
    seen: bool,
}

impl SlashOrder {
    /// Takes note of a value.
    pub fn see(&mut self, cell: &[u8]) {
        if let Some((first, second, _)) = slashed(cell) {
            self.seen = true;
            self.day_first |= first > 12;
            self.month_first |= second > 12;
        }
    }

    /// The format that all values seen agree on.
    ///
    /// # Errors
    /// In a clause, that they leave it open or contradict each other.
    pub fn settled(self) -> Result<DateFormat, &'static str> {
        match (self.seen, self.month_first, self.day_first) {
            (false, ..) => Ok(DateFormat::Plain),
            (true, true, false) => Ok(DateFormat::MonthFirst),
            (true, false, true) => Ok(DateFormat::DayFirst),
            (true, true, true) => Err("some of its dates have the day first and some the month"),
            (true, false, false) => Err("its dates do not tell whether day or month stands first"),
        }
    }
}

/// Whether what stands behind a day is nothing or a time of day.
fn is_time(rest: &[u8]) -> bool {
    matches!(rest, [] | [b'T' | b't' | b' ', b'0'..=b'9', ..])
}

fn civil(year_digits: &[u8], month: &[u8], day: &[u8]) -> Option<Date> {
    Date::new(year(year_digits)?, small(month)?, small(day)?).ok()
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0i16, |sum, &byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0'))
    })
}

fn year(digits: &[u8]) -> Option<i16> {
    if digits.len() == 4 { number(digits) } else { None }
}

fn small(digits: &[u8]) -> Option<i8> {
    if matches!(digits.len(), 1 | 2) { number(digits).map(|value| value as i8) } else { None }
}

fn month_by_name(name: &[u8]) -> Option<i8> {
    const NAMES: [&[u8; 3]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let at = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
    Some(at as i8 + 1)
}

/// More years than anybody has lived: what says so is no age.
pub const OLDEST: i16 = 125;

/// What programs write where no day of birth is known.
const NO_BIRTH: Date = Date::constant(1900, 1, 1);

/// The age in whole years on a day, where `birth` may be a day of birth.
pub fn age(birth: Date, on: Date) -> Option<i16> {
    if on < birth || birth == NO_BIRTH {
        return None;
    }
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    let years = on.year() - birth.year() - i16::from(!had_birthday);
    (years <= OLDEST).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_read_in_the_usual_shapes() {
        let want = Some(date(2016, 10, 1));
        for text in [
            "2016-10-01",
            "20161001",
            "01-Oct-2016",
            "01-OCT-2016",
            "2016-10-1",
            "2016-10-01 08:30",
            "2016-10-01T23:59:00-05:00",
        ] {
            assert_eq!(DateFormat::Plain.read(text.as_bytes()), want, "{text}");
        }
        assert_eq!(DateFormat::Plain.read(b"1000-01-01"), Some(date(1000, 1, 1)));
        for text in ["2024-9-3", "2024-09-3", "2024-9-03", "20240903"] {
            assert_eq!(DateFormat::Plain.read(text.as_bytes()), Some(date(2024, 9, 3)), "{text}");
        }
        assert_eq!(DateFormat::MonthFirst.read(b"10/1/2016"), want);
        assert_eq!(DateFormat::MonthFirst.read(b"10/01/2016 08:30"), want);
        assert_eq!(DateFormat::DayFirst.read(b"1/10/2016"), want);
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2016-10",
            "2016-13-01",
            "2016-02-30",
            "10/1/2016",
            "10/1/16",
            "2150-01-01",
            "2024-1",
            "2024-10-15/2024-10-16",
            "soon",
            "20161O01",
            "0024-10-01",
            "0001-01-01",
        ] {
            assert_eq!(DateFormat::Plain.read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_day_and_a_shifted_day_are_vague() {
        for text in ["2016", "2016-10", "2150-01-01", "21500101", "2150-01-01T08:00"] {
            assert!(is_vague(text.as_bytes()), "{text}");
        }
        for text in ["10/1/16", "Sep 28, 2023", "2016-13-01", "2016-1", "0024-10-01", "20161332"] {
            assert!(!is_vague(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_order_of_a_slashed_column_must_be_settled() {
        let order = |cells: &[&str]| {
            let mut order = SlashOrder::default();
            cells.iter().for_each(|cell| order.see(cell.as_bytes()));
            order.settled().ok()
        };
        assert_eq!(order(&["10/1/2016"]), None);
        assert_eq!(order(&["10/1/2016", "1/31/2016"]), Some(DateFormat::MonthFirst));
        assert_eq!(order(&["31/1/2016"]), Some(DateFormat::DayFirst));
        assert_eq!(order(&["31/1/2016", "1/31/2016"]), None);
        assert_eq!(order(&["2016-10-01"]), Some(DateFormat::Plain));
    }

    #[test]
    fn age_turns_on_the_birthday() {
        assert_eq!(age(date(2010, 6, 15), date(2013, 6, 14)), Some(2));
        assert_eq!(age(date(2010, 6, 15), date(2013, 6, 15)), Some(3));
        assert_eq!(age(date(2014, 1, 1), date(2013, 6, 15)), None);
        assert_eq!(age(date(1912, 3, 1), date(2024, 10, 1)), Some(112));
        for nobody in [date(1800, 1, 1), date(1898, 1, 1), date(1900, 1, 1)] {
            assert_eq!(age(nobody, date(2024, 10, 1)), None, "{nobody}");
        }
    }
}
