//! What no mapping may hold: a row twice, a code that becomes itself, a cycle.
//!
//! Every row with a successor counts as a step, whatever its conditions, dates
//! and relation: rows are joined across years and files are edited for years,
//! so a way back that is shut today by a date or a payer is open tomorrow.

use std::collections::HashMap;

use jiff::civil::Date;

use super::fault::Errors;
use super::{Crosswalk, Rule, Topic};
use crate::code::Code;
use crate::error::{Error, Place};

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// What a row says, and when.
type Question = (Code, Option<Code>, Option<Date>, Vec<String>);

/// Reports all of them.
pub(super) fn find(crosswalk: &Crosswalk, errors: &mut Errors) {
    doubles(crosswalk, errors);
    self_maps(crosswalk, errors);
    cycles(crosswalk, errors);
}

/// Rows with the same old, new and conditions. A row that states no system may
/// be of any, so it is a double of each.
fn doubles(crosswalk: &Crosswalk, errors: &mut Errors) {
    let mut seen: Map<Question, Vec<&Rule>> = Map::default();
    for rule in &crosswalk.rules {
        let before =
            seen.entry((rule.old, rule.new, rule.effective, rule.conditions())).or_default();
        let same = |other: &&&Rule| other.may_share_system(rule);
        match before.iter().find(same) {
            Some(first) => {
                errors.row(
                    &crosswalk.sources[rule.at.source].path,
                    rule.at,
                    Topic::Duplicate,
                    double(first, rule),
                );
            }
            // At most one for each system: the list stays short.
            None => before.push(rule),
        }
    }
}

/// Across files the later row would have overridden the other one, so both stand in one.
fn double(first: &Rule, second: &Rule) -> Error {
    Error::refused(format!("{} stands twice with the same conditions", first.arrow()))
        .place(Place::Lines(first.at.line, second.at.line))
        .hint("delete one; several successors of one code need different `new`")
}

fn self_maps(crosswalk: &Crosswalk, errors: &mut Errors) {
    for rule in crosswalk.rules.iter().filter(|rule| rule.new == Some(rule.old)) {
        let itself = format!("{}: a code cannot become itself", rule.arrow());
        let hint = "delete the row; a code that stays valid needs none";
        let path = &crosswalk.sources[rule.at.source].path;
        errors.row(path, rule.at, Topic::SelfMap, Error::refused(itself).hint(hint));
    }
}

/// Where a code stands in the search.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    /// On the path that is being walked.
    Open,
    /// All ways from it were walked.
    Done,
}

/// Follows all rows depth first; each row that leads back into the path closes a cycle.
fn cycles(crosswalk: &Crosswalk, errors: &mut Errors) {
    let mut steps: Map<Code, Vec<&Rule>> = Map::default();
    for rule in crosswalk.rules.iter().filter(|rule| rule.new.is_some_and(|new| new != rule.old)) {
        steps.entry(rule.old).or_default().push(rule);
    }
    let mut marks: Map<Code, Mark> = Map::default();
    for rule in &crosswalk.rules {
        if !marks.contains_key(&rule.old) {
            walk(crosswalk, rule.old, &steps, &mut marks, errors);
        }
    }
}

/// Walks from one code, with a stack of its own: a chain may be as long as the file.
fn walk<'r>(
    crosswalk: &Crosswalk,
    start: Code,
    steps: &Map<Code, Vec<&'r Rule>>,
    marks: &mut Map<Code, Mark>,
    errors: &mut Errors,
) {
    let ways = |code: Code| steps.get(&code).map_or(&[][..], Vec::as_slice);
    let mut path: Vec<&'r Rule> = Vec::new();
    let mut open = vec![(start, ways(start).iter())];
    marks.insert(start, Mark::Open);
    while let Some((code, left)) = open.last_mut() {
        let Some((rule, new)) = left.next().and_then(|rule| Some((*rule, rule.new?))) else {
            marks.insert(*code, Mark::Done);
            open.pop();
            path.pop();
            continue;
        };
        match marks.get(&new) {
            Some(Mark::Done) => {}
            Some(Mark::Open) => {
                let from = path.iter().position(|step| step.old == new).unwrap_or(path.len());
                let round = path[from..].iter().copied().chain([rule]);
                let path = &crosswalk.sources[rule.at.source].path;
                errors.row(
                    path,
                    rule.at,
                    Topic::Cycle,
                    cycle(crosswalk, &round.collect::<Vec<_>>()),
                );
            }
            None => {
                marks.insert(new, Mark::Open);
                open.push((new, ways(new).iter()));
                path.push(rule);
            }
        }
    }
}

fn cycle(crosswalk: &Crosswalk, round: &[&Rule]) -> Error {
    let mut codes: Vec<String> = round.iter().map(|rule| rule.old_written()).collect();
    codes.extend(codes.first().cloned());
    let places: Vec<String> = round.iter().map(|rule| crosswalk.place(rule.at)).collect();
    Error::refused(format!("{} is a cycle", codes.join(" -> ")))
        .hint(format!("delete one of the rows {}", places.join(", ")))
}

#[cfg(test)]
mod tests {
    use crate::crosswalk::table::tests::mapping;
    use crate::error::Error;

    fn errors(text: &str) -> Vec<String> {
        let Err(error) = mapping(text) else { return Vec::new() };
        let say = |error: &Error| {
            let place = error.whereabouts().map(|place| place.to_string()).unwrap_or_default();
            format!("{place} {}", error.message())
        };
        [&error].into_iter().chain(error.others()).map(say).collect()
    }

    #[test]
    fn a_row_twice_is_an_error_whatever_its_spelling() {
        let same = "old,new,payer\nE88.81,E88.810,A|B\ne8881,E88810,b|a\n";
        assert_eq!(
            errors(same),
            ["2 and :3 E8881 -> E88810 stands twice with the same conditions"]
        );
        let apart = "old,new,payer,effective\nA,B,X,\nA,B,Y,\nA,B,X,2024-01-01\n";
        assert!(errors(apart).is_empty());
    }

    #[test]
    fn a_row_without_a_system_doubles_a_row_of_any() {
        let text = "old,new,system\nA,B,cpt\nA,B,hcpcs\nA,B,\n";
        assert_eq!(errors(text), ["2 and :4 A -> B stands twice with the same conditions"]);
    }

    #[test]
    fn the_path_of_a_cycle_is_spelled() {
        let text = "old,new,payer\nX,A,\nA,B,\nB,C,P\nC,A,Q\nC,D,\n";
        assert_eq!(errors(text), ["5 A -> B -> C -> A is a cycle"]);
        assert_eq!(errors("old,new\nA,B\nB,A\n"), ["3 A -> B -> A is a cycle"]);
    }

    #[test]
    fn codes_are_shown_with_the_dot_of_their_system() {
        let text = "old,new,system\nH8141,H8142,icd10cm\nH8142,H8141,icd10cm\n";
        assert_eq!(errors(text), ["3 H81.41 -> H81.42 -> H81.41 is a cycle"]);
    }

    #[test]
    fn a_self_map_is_one_error() {
        assert_eq!(errors("old,new\nA,a\n"), ["2 A -> A: a code cannot become itself"]);
    }

    #[test]
    fn codes_that_meet_again_are_no_cycle() {
        assert!(errors("old,new\nA,B\nA,C\nB,D\nC,D\nD,E\n").is_empty());
    }

    #[test]
    fn a_chain_as_long_as_the_file_is_walked() {
        use std::fmt::Write;
        let mut text = String::from("old,new\n");
        for step in 0..100_000 {
            let _ = writeln!(text, "{step:06},{:06}", step + 1);
        }
        assert!(errors(&text).is_empty());
        text.push_str("100000,000000\n");
        assert_eq!(errors(&text).len(), 1);
    }
}
