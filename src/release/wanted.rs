//! What the user named: a path, and what only the user can know about it.

use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Date;

use crate::code::System;

/// A release argument: `PATH[@YYYY-MM-DD]`, and the system where it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The file, zip or folder.
    pub path: PathBuf,
    /// The first day in force, where the user gives it.
    pub effective: Option<Date>,
    /// The code system, where the user names it: it selects among several
    /// releases of one zip, and decides for a list whose codes do not tell.
    pub system: Option<System>,
}

impl Wanted {
    /// A path without a date and a system.
    pub fn new(path: impl Into<PathBuf>) -> Wanted {
        Wanted { path: path.into(), effective: None, system: None }
    }

    /// The same, of one system.
    #[must_use]
    pub fn of(mut self, system: Option<System>) -> Wanted {
        self.system = system;
        self
    }
}

impl FromStr for Wanted {
    type Err = String;

    /// Splits at the last `@`, if what follows it is written like a day: a
    /// path may hold an `@` itself.
    fn from_str(text: &str) -> Result<Wanted, String> {
        if text.is_empty() {
            return Err("the path is empty".to_owned());
        }
        let Some((path, day)) = text.rsplit_once('@') else { return Ok(Wanted::new(text)) };
        if path.is_empty() || !looks_like_a_day(day) {
            return Ok(Wanted::new(text));
        }
        let effective = typed_day(day)
            .ok_or_else(|| format!("`{day}` is no day; write it as PATH@2024-10-01"))?;
        Ok(Wanted { path: path.into(), effective: Some(effective), system: None })
    }
}

/// A day that was typed as 2024-10-01; nobody means one before 1900.
pub fn typed_day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| day.year() >= 1900)
}

fn looks_like_a_day(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let dashes = text.bytes().filter(|&byte| byte == b'-').count();
    let is_iso =
        digits + dashes == text.len() && (dashes == 2 && digits >= 3 || dashes == 0 && digits == 8);
    is_iso || ['/', '.'].into_iter().any(|sign| is_spoken_day(text, sign))
}

/// Written as people write days: no part of a path, and no day that could be read for sure.
fn is_spoken_day(text: &str, sign: char) -> bool {
    let parts: Vec<&str> = text.split(sign).collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |part: &&str| part.len() == 4;
    parts.len() == 3 && parts.iter().all(is_number) && parts.iter().any(is_year)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn parse(text: &str) -> Result<Wanted, String> {
        text.parse()
    }

    #[test]
    fn a_day_follows_the_last_at_sign() {
        let wanted = parse("a b/cm.zip@2024-10-01").expect("a path and a day");
        assert_eq!(wanted.path, PathBuf::from("a b/cm.zip"));
        assert_eq!(wanted.effective, Some(date(2024, 10, 1)));
    }

    #[test]
    fn an_at_sign_in_the_path_is_part_of_it() {
        for text in ["me@work/cm.zip", "cm@v2.zip", "@2024-10-01", "x@"] {
            assert_eq!(parse(text), Ok(Wanted::new(text)), "{text}");
        }
        let both = parse("me@work/cm.zip@2024-10-01").expect("a path and a day");
        assert_eq!(both.path, PathBuf::from("me@work/cm.zip"));
    }

    #[test]
    fn a_day_that_is_none_is_said() {
        assert!(parse("cm.zip@2024-13-01").is_err());
        assert!(parse("cm.zip@2024-1-1").is_err());
        assert!(parse("cm.zip@0024-10-01").is_err());
        assert!(parse("cm.zip@01/10/2024").is_err() && parse("cm.zip@1.10.2024").is_err());
        assert_eq!(parse("cm@1.2.3"), Ok(Wanted::new("cm@1.2.3")));
        assert!(parse("").is_err());
    }
}
