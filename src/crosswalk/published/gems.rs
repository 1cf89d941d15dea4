//! Reads the General Equivalence Mappings: `0010  A000    00000`.
//!
//! Source, target and five flags: approximate, no map, combination, scenario,
//! choice list. With the combination flag several targets hold only together,
//! so such a row is never one for one. `NoDx` and `NoPCS` are no target.

use super::{Link, Previous, Published, Unread};
use crate::code::{Code, Spelling, System};
use crate::crosswalk::Relation;
use crate::error::{Error, Result};

/// Whether the first lines are in the layout.
pub(super) fn looks(bytes: &[u8]) -> bool {
    const LOOK: usize = 20;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4 << 10)]);
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let whole = head.lines().count().saturating_sub(1).clamp(1, LOOK);
    let first: Vec<&str> = lines.by_ref().take(whole).collect();
    !first.is_empty() && first.iter().all(|line| parts(line).is_some())
}

fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.split_whitespace();
    let (old, new, flags) = (words.next()?, words.next()?, words.next()?);
    let flag = |(at, byte): (usize, u8)| byte.is_ascii_digit() && (at >= 3 || byte <= b'1');
    let are_flags = flags.len() == 5 && flags.bytes().enumerate().all(flag);
    let is_code =
        |text: &str| text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = are_flags && is_code(old) && is_code(new) && words.next().is_none();
    fits.then_some((old, new, flags))
}

/// Reads the whole file.
///
/// # Errors
/// It ends in the middle of its last row.
pub(super) fn read(bytes: &[u8]) -> Result<Published> {
    let text = String::from_utf8_lossy(bytes);
    let mut table = Published::new("General Equivalence Mapping");
    for (line, row) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        match link(line, row) {
            Some(link) => table.links.push(link),
            None => table.unread.push(Unread::new(row, line, "not source, target and five flags")),
        }
    }
    let last = text.lines().count() as u64;
    if !text.ends_with('\n') && table.unread.last().is_some_and(|unread| unread.row == last) {
        return Err(Error::refused("the file ends in the middle of this row")
            .line(last)
            .hint("it is cut off: download it again"));
    }
    let system = system(&table.links);
    for link in &mut table.links {
        (link.system, link.new_system) = (system, system.and_then(other_side));
    }
    Ok(table)
}

/// Each mapping leads from ICD-9 to ICD-10, or back.
fn other_side(system: System) -> Option<System> {
    match system {
        System::Icd9cm => Some(System::Icd10cm),
        System::Icd9pcs => Some(System::Icd10pcs),
        System::Icd10cm => Some(System::Icd9cm),
        System::Icd10pcs => Some(System::Icd9pcs),
        _ => None,
    }
}

fn link(line: &str, row: u64) -> Option<Link> {
    let (old, new, flags) = parts(line)?;
    let code = |text: &str| Spelling::read(text.as_bytes()).map(|(code, _)| code);
    let flag = |at: usize| flags.as_bytes()[at] - b'0';
    let old = Previous::Code(code(old)?);
    let new: Option<Code> = if flag(1) == 1 { None } else { Some(code(new)?) };
    let (stated, note) = if flag(2) == 1 {
        let (scenario, choice) = (flag(3), flag(4));
        let note = format!("several codes together: scenario {scenario}, choice list {choice}");
        (Some(Relation::Review), Some(note))
    } else if flag(0) == 1 && new.is_some() {
        (Some(Relation::Review), Some("approximate".to_owned()))
    } else {
        (new.map(|_| Relation::Equivalent), None)
    };
    Some(Link { new, stated, note, ..Link::of(old, row) })
}

/// The system of the sources: seven characters are ICD-10-PCS, a letter and a
/// digit first ICD-10-CM, all else ICD-9.
fn system(links: &[Link]) -> Option<System> {
    let of = |link: &Link| match link.old {
        Previous::Code(code) => code.bytes(),
        Previous::Range(..) | Previous::Below(_) => Code::normalise("0").expect("a code").bytes(),
    };
    let lengths = links.iter().map(|link| of(link).as_slice().len());
    let (mut least, mut most) = (usize::MAX, 0);
    lengths.for_each(|length| (least, most) = (least.min(length), most.max(length)));
    let lettered = links.iter().filter(|link| of(link).as_slice()[0].is_ascii_alphabetic()).count();
    match (least, most) {
        (usize::MAX, _) => None,
        (7, 7) => Some(System::Icd10pcs),
        _ if lettered * 2 > links.len() => Some(System::Icd10cm),
        (3.., ..=4) if lettered == 0 && least == 3 && most == 4 => Some(System::Icd9pcs),
        _ => Some(System::Icd9cm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_is_never_one_for_one() {
        let text = b"0010  A000    00000\n0030  A020    10000\n36511 NoDx    11000\n\
                     25010 E1310   10111\n25010 E860    10112\n";
        assert!(looks(text));
        let table = read(text).expect("a mapping");
        let systems = (table.links[0].system, table.links[0].new_system);
        assert_eq!(systems, (Some(System::Icd9cm), Some(System::Icd10cm)));
        assert!(read(&text[..text.len() - 3]).is_err(), "the last row is cut");
        let told: Vec<_> =
            table.links.iter().map(|link| (link.new.is_some(), link.stated)).collect();
        assert_eq!(
            told,
            [
                (true, Some(Relation::Equivalent)),
                (true, Some(Relation::Review)),
                (false, None),
                (true, Some(Relation::Review)),
                (true, Some(Relation::Review)),
            ]
        );
        assert!(table.links[4].note.as_deref().is_some_and(|note| note.contains("choice list 2")));
        assert!(!looks(b"old,new\nA,B\n") && !looks(b""));
    }
}
