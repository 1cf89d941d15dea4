//! Reads transition lists in the manner of ICD-10-GM: `old;new;A;A`, without a
//! heading. A flag `A` says that the step may be taken automatically, forward
//! and backward; a blank asks for a person.

use super::{Grid, Link, Previous, Published, Unread};
use crate::code::{Code, Spelling};
use crate::crosswalk::Relation;

/// Reads the list, if it is one.
pub(super) fn read(grid: &Grid) -> Option<Published> {
    const LOOK: usize = 50;
    let is_flag = |cell: &String| matches!(cell.trim(), "" | "A");
    let fits = |(_, cells): &(u64, Vec<String>)| {
        let is_code = |cell: &String| code(cell).is_some() || is_nothing(cell);
        matches!(cells.len(), 4 | 5)
            && cells.iter().take(2).all(is_code)
            && cells[2..4].iter().all(is_flag)
    };
    let first = &grid.rows[..grid.rows.len().min(LOOK)];
    let flagged =
        first.iter().any(|(_, cells)| cells.iter().skip(2).any(|cell| cell.trim() == "A"));
    if first.is_empty() || !first.iter().all(fits) || !flagged {
        return None;
    }
    let mut list = Published::new("transition list (old;new;A;A)");
    for (row, cells) in &grid.rows {
        take(*row, cells, &mut list);
    }
    Some(list)
}

fn take(row: u64, cells: &[String], list: &mut Published) {
    let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
    let Some(old) = code(cell(0)) else {
        if !is_nothing(cell(0)) {
            list.unread.push(Unread::new(row, cell(0), "no old code"));
        }
        return;
    };
    let new = code(cell(1));
    if new.is_none() && !is_nothing(cell(1)) {
        let unread = Unread::new(row, cell(1), "no new code");
        list.unread.push(unread.about([Previous::Code(old)]));
        return;
    }
    if new == Some(old) {
        return;
    }
    let automatic = cell(2) == "A";
    let note = (!automatic).then(|| "not flagged as automatic".to_owned());
    let stated = (!automatic && new.is_some()).then_some(Relation::Review);
    list.links.push(Link { new, stated, note, ..Link::of(Previous::Code(old), row) });
}

fn code(text: &str) -> Option<Code> {
    let text = text.trim().trim_end_matches(['-', '*', '+', '!']);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    Spelling::read(text.as_bytes()).filter(|_| has_digit && text.len() > 2).map(|(code, _)| code)
}

fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.eq_ignore_ascii_case("undef") || text.eq_ignore_ascii_case("none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crosswalk::published::sheets;

    #[test]
    fn flags_say_what_may_be_automatic() {
        let text = "A00.0;A00.0;A;A\nE88.8;E88.80;A;\nE88.9;E88.80;;A\nF99;UNDEF;;\n";
        let grids = sheets(text.as_bytes()).expect("text");
        let list = grids.iter().find_map(read).expect("a list");
        let told: Vec<_> =
            list.links.iter().map(|link| (link.row, link.new.is_some(), link.stated)).collect();
        assert_eq!(told, [(2, true, None), (3, true, Some(Relation::Review)), (4, false, None)]);
        let other = sheets(b"old;new;relation;note\nA00;A01;merge;x\n").expect("text");
        assert!(other.iter().all(|grid| read(grid).is_none()));
    }
}
