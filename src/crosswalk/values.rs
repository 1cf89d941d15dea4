//! Numbers and days as people write them in conditions and in records.

use jiff::civil::Date;

use super::condition::Answer;

/// Why a text is taken for a range or a list in another spelling, if it is.
pub(super) fn misspelt(text: &str) -> Option<&'static str> {
    const LIST: &str = "alternatives are written A|B; a value that itself holds a comma, a \
                        semicolon or \"or\" is named by how it begins: UHC*";
    const RANGE: &str = "a range is written 3..18, 65.. or >=65";
    const DAY: &str = "a day is written YYYY-MM-DD";
    let digits = |text: &str| {
        let text = text.trim();
        !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let lower = text.to_lowercase();
    if text.contains([',', ';']) || lower.contains(" or ") {
        return Some(LIST);
    }
    let pair = text.split_once(['-', '\u{2013}', '\u{2014}']);
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let ascends = |(from, to): &(&str, &str)| number(from) < number(to);
    let is_range = pair.filter(ascends).is_some_and(|(from, to)| digits(from) && digits(to))
        || lower.split_once(" to ").is_some_and(|(from, to)| digits(from) && digits(to))
        || text.strip_suffix('+').is_some_and(digits)
        || text.starts_with(['=', '\u{2264}', '\u{2265}']);
    if is_range {
        return Some(RANGE);
    }
    let parts: Vec<&str> = text.split('/').collect();
    (parts.len() == 3 && parts.iter().all(|part| part.parse::<u16>().is_ok())).then_some(DAY)
}

/// Whether a value is the text of a pattern in another spelling.
pub(super) fn same_otherwise_spelled(text: &str, value: &str) -> Answer {
    let begins_with_number =
        value.trim_start_matches(['.', '-', '+']).starts_with(|c: char| c.is_ascii_digit());
    if let Some(wanted) = day(text).filter(|_| text.contains('-')) {
        return match day(value) {
            Some(value) => Answer::of(value == wanted),
            // It may be the same day in another form.
            None if value.bytes().any(|byte| byte.is_ascii_digit()) => Answer::Unknown,
            None => Answer::False,
        };
    }
    // An NDC with its hyphens and without, or with the qualifier `N4` before it.
    if is_grouped(text) {
        let found = bare(value);
        if found.ends_with(&bare(text)) || is_ten_digits(&found) {
            return Answer::Unknown;
        }
    }
    match (number(text), number(value)) {
        (Some(one), Some(two)) if !is_same(one, two) => Answer::False,
        // `07` is a code more often than a number.
        (Some(_), Some(_)) if is_padded(text) || is_padded(value) => Answer::Unknown,
        (Some(_), Some(_)) => Answer::True,
        (Some(_), None) if begins_with_number => Answer::Unknown,
        _ => Answer::False,
    }
}

/// Whether a value begins with the text of a pattern in another spelling.
pub(super) fn begins_otherwise_spelled(text: &str, value: &str) -> Answer {
    let is_other = is_grouped(text) && bare(value).contains(&bare(text));
    if is_other { Answer::Unknown } else { Answer::False }
}

/// Groups of digits: `00005-0100-01`.
fn is_grouped(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Ten digits of an NDC do not tell which group lacks its nought.
fn is_ten_digits(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == 10
}

/// Numbers are as they were written: two decimals are the same or they are not.
pub(super) fn is_same(one: f64, two: f64) -> bool {
    one.partial_cmp(&two).is_some_and(std::cmp::Ordering::is_eq)
}

/// A nought before another digit.
fn is_padded(text: &str) -> bool {
    let text = text.trim_start_matches('-');
    text.starts_with('0') && text[1..].starts_with(|c: char| c.is_ascii_digit())
}

/// A plain decimal number: no exponent, no `inf`, no blanks inside.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// A day as `2016-05-01`, with or without a time behind it, or `20160501`.
pub(super) fn day(text: &str) -> Option<Date> {
    let (date, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    if !rest.is_empty() && !rest.starts_with(['T', ' ']) {
        return None;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let iso = date.len() == 10
        && date.split('-').map(str::len).eq([4, 2, 2])
        && date.split('-').all(digits);
    let compact = date.len() == 8 && digits(date);
    if iso || compact { date.parse().ok() } else { None }
}
