//! Holds every row against the releases: can it mean what it says?
//!
//! A row about a code that no release knows, that was never retired, or that
//! would become a code nobody may bill is set aside together with the reason,
//! and its sites go to a person. Nothing is repaired: the row is someone's
//! instruction, and only they know what they meant.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Aside, Crosswalk, Relation, Rule, SourceLine, Topic, Warning, groups};
use crate::code::{Code, System};
use crate::history::{Chronicle, History, Life, State};

/// Checks all rows against the history: finds the systems of their codes and
/// sets aside those that cannot be applied.
///
/// Afterwards every rule that is left has a `system`, and a `new_system` where
/// it has a successor. Returns what a person should look at, in order of files
/// and lines.
pub fn check(crosswalk: &mut Crosswalk, history: &History) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut unreleased: BTreeMap<(usize, System), Unreleased> = BTreeMap::new();
    for mut rule in std::mem::take(&mut crosswalk.rules) {
        let at = rule.at;
        let why = match judge(&mut rule, history) {
            Ok(()) => {
                crosswalk.rules.push(rule);
                continue;
            }
            Err(Problem::NoRelease(system)) => {
                let all = unreleased.entry((at.source, system));
                all.and_modify(|all| all.rows += 1).or_insert(Unreleased { first: at, rows: 1 });
                format!("no {} release was given", system.title())
            }
            Err(Problem::Row { topic, why, hint }) => {
                warnings.push(Warning { at, topic, message: why.clone(), hint });
                why
            }
        };
        crosswalk.aside.push(Aside { rule, why });
    }
    warnings.extend(unreleased.iter().map(|((_, system), all)| all.warning(*system)));
    warnings.extend(groups::contradictions(&crosswalk.rules));
    warnings.sort_by_key(|warning| warning.at);
    warnings
}

/// Rows of one file about a system for which no release was given: one warning for all.
struct Unreleased {
    first: SourceLine,
    rows: usize,
}

impl Unreleased {
    fn warning(&self, system: System) -> Warning {
        let rows =
            if self.rows == 1 { "1 row is".to_owned() } else { format!("{} rows are", self.rows) };
        let title = system.title();
        Warning {
            at: self.first,
            topic: Topic::NoRelease,
            message: format!("{rows} about {title}, and no {title} release was given"),
            hint: Some(format!(
                "give the {title} releases too; until then these rows are set aside"
            )),
        }
    }
}

/// Why a row is set aside.
enum Problem {
    /// Nothing is known of the system.
    NoRelease(System),
    /// The row itself is wrong.
    Row { topic: Topic, why: String, hint: Option<String> },
}

impl Problem {
    fn row(topic: Topic, why: impl Into<String>) -> Problem {
        Problem::Row { topic, why: why.into(), hint: None }
    }

    fn hinted(topic: Topic, why: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem::Row { topic, why: why.into(), hint: Some(hint.into()) }
    }
}

fn judge(rule: &mut Rule, history: &History) -> Result<(), Problem> {
    let (system, chronicle) = old_system(rule, history)?;
    rule.system = Some(system);
    let from = match rule.relation {
        Some(Relation::Recode) => recoded_from(rule, system, chronicle)?,
        _ => retired_from(rule, system, chronicle)?,
    };
    let Some(new) = rule.new else { return without_successor(rule) };
    let (new_system, target) = new_system(new, system, history)?;
    rule.new_system = Some(new_system);
    usable(new, new_system, target, rule.effective.map_or(from, |day| day.max(from)))
}

fn without_successor(rule: &Rule) -> Result<(), Problem> {
    match rule.relation {
        None | Some(Relation::None | Relation::Review) => Ok(()),
        Some(relation) => Err(Problem::hinted(
            Topic::WithoutSuccessor,
            format!("relation `{relation}` and no new code"),
            "fill `new`, or make the relation `none` where there is no successor",
        )),
    }
}

/// The system of the old code: as the row says, else the only one in which it stands.
fn old_system<'h>(rule: &Rule, history: &'h History) -> Result<(System, &'h Chronicle), Problem> {
    let old = rule.old;
    if let Some(system) = rule.system {
        let chronicle = history.of(system).ok_or(Problem::NoRelease(system))?;
        return match chronicle.life(old) {
            Some(_) => Ok((system, chronicle)),
            None => Err(unknown(old, &[(system, chronicle)], "old")),
        };
    }
    one_of(old, history.systems().collect(), history, "old")
}

/// The system of the new code: that of the old one if it stands there, else one
/// that may stand in the same field, else the only other one.
fn new_system(
    new: Code,
    system: System,
    history: &History,
) -> Result<(System, &Chronicle), Problem> {
    let stands = |own: &System| history.of(*own).is_some_and(|own| own.life(new).is_some());
    let near = |own: &System| system.shares_field_with(*own) && stands(own);
    let found = [system].into_iter().chain(history.systems()).find(near);
    if let Some(chronicle) = found.and_then(|found| history.of(found)) {
        return Ok((found.unwrap_or(system), chronicle));
    }
    one_of(new, history.systems().collect(), history, "new")
}

/// The one of these systems in which the code stands. A header of one and a
/// billable code of another is the billable one: ICD-10-PCS tables are called
/// like ICD-10-CM categories.
fn one_of<'h>(
    code: Code,
    systems: Vec<System>,
    history: &'h History,
    side: &str,
) -> Result<(System, &'h Chronicle), Problem> {
    let with_chronicle = |system| Some((system, history.of(system)?));
    let asked: Vec<(System, &Chronicle)> = systems.into_iter().filter_map(with_chronicle).collect();
    let mut found = asked.clone();
    found.retain(|(_, chronicle)| chronicle.life(code).is_some());
    if found.len() > 1 {
        let billable = found.iter().copied().filter(|(_, chronicle)| is_usable(chronicle, code));
        let billable: Vec<_> = billable.collect();
        found = if billable.is_empty() { found } else { billable };
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(nowhere(code, &asked, history, side)),
        _ => {
            let names: Vec<&str> = found.iter().map(|(system, _)| system.title()).collect();
            Err(Problem::hinted(
                Topic::SystemOpen,
                format!("the {side} code {code} stands in {}", names.join(" and in ")),
                "say which one in a column `system`",
            ))
        }
    }
}

/// A code in no release: perhaps of a claim-line system that was not given.
fn nowhere(code: Code, asked: &[(System, &Chronicle)], history: &History, side: &str) -> Problem {
    let of_claim_lines =
        |system: System| matches!(system, System::Hcpcs | System::Cpt | System::Cdt);
    let has_claim_lines = history.systems().any(of_claim_lines);
    match System::by_shape(code) {
        Some(system) if has_claim_lines && history.of(system).is_none() => {
            Problem::NoRelease(system)
        }
        _ => unknown(code, asked, side),
    }
}

fn unknown(code: Code, asked: &[(System, &Chronicle)], side: &str) -> Problem {
    let (shown, place) = match asked {
        [(system, _)] => (code.dotted(*system), format!("no {} release given", system.title())),
        _ => (code.to_string(), "no release given".to_owned()),
    };
    let why = format!("the {side} code {shown} stands in {place}");
    let topic = if side == "old" { Topic::UnknownOld } else { Topic::UnknownNew };
    let similar = asked.iter().find_map(|(system, chronicle)| {
        similar(code, chronicle).map(|other| other.dotted(*system))
    });
    match similar {
        Some(other) => Problem::hinted(topic, why, format!("did you mean {other}?")),
        None => Problem::row(topic, why),
    }
}

/// A code that is one usual slip away: zeros that a spreadsheet dropped, O for
/// 0 or I for 1, a last character lost.
fn similar(code: Code, chronicle: &Chronicle) -> Option<Code> {
    let bytes = code.bytes();
    let text = bytes.as_str();
    let padded = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{text:0>5}"));
    let swapped = (0..text.len()).filter_map(|at| {
        let other = match text.as_bytes()[at] {
            b'O' => "0",
            b'0' => "O",
            b'I' | b'L' => "1",
            b'1' => "I",
            _ => return None,
        };
        Some(format!("{}{other}{}", &text[..at], &text[at + 1..]))
    });
    let shortened = (text.len() > 3).then(|| text[..text.len() - 1].to_owned());
    let variants = padded.into_iter().chain(swapped).chain(shortened);
    variants
        .filter_map(|variant| Code::normalise(&variant))
        .find(|&other| other != code && is_usable(chronicle, other))
}

fn is_usable(chronicle: &Chronicle, code: Code) -> bool {
    chronicle.life(code).is_some_and(was_billable)
}

fn was_billable(life: &Life) -> bool {
    life.steps().iter().any(|step| step.1 == State::Billable)
}

/// The first day on which a billable code was retired, as far as the history tells.
fn retirement(life: &Life) -> Option<Date> {
    let steps = life.steps().windows(2);
    steps.filter(|pair| pair[0].1 == State::Billable).map(|pair| pair[1].0).next()
}

/// The day from which a row about a retired code can hold.
fn retired_from(rule: &Rule, system: System, chronicle: &Chronicle) -> Result<Date, Problem> {
    let old = rule.old.dotted(system);
    let life = chronicle.life(rule.old);
    if !life.is_some_and(was_billable) {
        let why = format!("the old code {old} was never billable in the releases given");
        return Err(Problem::hinted(
            Topic::NeverBillable,
            why,
            "rows are about billable codes, not about categories",
        ));
    }
    life.and_then(retirement).ok_or_else(|| {
        let newest = chronicle.newest().effective;
        Problem::hinted(
            Topic::NotRetired,
            format!("the old code {old} is not retired in the release of {newest}"),
            "a code that is still valid is only touched by a row with the relation `recode`",
        )
    })
}

/// The day from which a recode row holds.
fn recoded_from(rule: &Rule, system: System, chronicle: &Chronicle) -> Result<Date, Problem> {
    if system.is_icd10() {
        let why = format!("`recode` is refused for {}", system.title());
        return Err(Problem::hinted(
            Topic::Recode,
            why,
            "these codes are the same for every payer",
        ));
    }
    let missing: Vec<&str> = [
        ("payer", rule.asks_for("payer")),
        ("effective", rule.effective.is_some()),
        ("source", rule.source.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, filled)| (!filled).then_some(name))
    .collect();
    let Some(from) = rule.effective.filter(|_| missing.is_empty()) else {
        let why = format!("a `recode` row without {}", missing.join(", "));
        return Err(Problem::hinted(
            Topic::Recode,
            why,
            "it says who asks for the other code, from when, and where that is written",
        ));
    };
    match chronicle.life(rule.old) {
        Some(life) if is_billable_after(life, from) => Ok(from),
        _ => Err(Problem::hinted(
            Topic::Recode,
            format!("the old code {} is not valid on or after {from}", rule.old.dotted(system)),
            "`recode` is for codes that are still valid; leave the relation empty for retired ones",
        )),
    }
}

/// Whether the new code may be billed on the day from which the row can hold, or later.
fn usable(new: Code, system: System, chronicle: &Chronicle, from: Date) -> Result<(), Problem> {
    let shown = new.dotted(system);
    let life = chronicle.life(new);
    if life.is_some_and(|life| is_billable_after(life, from)) {
        return Ok(());
    }
    let below = chronicle.descendants(new, from.max(chronicle.newest().effective));
    if life.is_some_and(|life| !was_billable(life)) {
        let why = format!("the new code {shown} is a category, not billable");
        return Err(Problem::Row { topic: Topic::TargetHeader, why, hint: longer(&below, system) });
    }
    let why = format!("the new code {shown} is itself retired before {from}");
    let next = "name the code that is valid then";
    let hint = longer(&below, system).or(Some(next.to_owned()));
    Err(Problem::Row { topic: Topic::TargetRetired, why, hint })
}

fn longer(below: &[Code], system: System) -> Option<String> {
    let first: Vec<String> = below.iter().take(5).map(|code| code.dotted(system)).collect();
    let more = if below.len() > first.len() { ", ..." } else { "" };
    (!first.is_empty()).then(|| format!("billable below it: {}{more}", first.join(", ")))
}

/// Whether the code is billable on `day` or becomes so later.
fn is_billable_after(life: &Life, day: Date) -> bool {
    let steps = life.steps();
    (0..steps.len()).any(|at| {
        steps[at].1 == State::Billable && steps.get(at + 1).is_none_or(|next| next.0 > day)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::crosswalk::table::tests::mapping;
    use crate::release::sample::release;

    fn history() -> History {
        let cm = |day, codes: &[&str]| release(System::Icd10cm, day, codes);
        let hcpcs = |day, codes: &[&str]| release(System::Hcpcs, day, codes);
        History::new(vec![
            cm(date(2023, 10, 1), &["E8881", "I10", "#E88", "K352", "A009", "B20"]),
            cm(date(2024, 10, 1), &["#E8881", "E88810", "E88811", "I10", "#E88", "B20"]),
            release(System::Icd10pcs, date(2024, 10, 1), &["#B20", "B2000ZZ"]),
            hcpcs(date(2024, 1, 1), &["G0008", "J9310", "I10AB"]),
            hcpcs(date(2024, 4, 1), &["G0008", "J9312"]),
        ])
        .expect("a history")
    }

    /// Checks one row; says the systems it got, or why it was set aside and the hint.
    fn checked(header: &str, row: &str) -> Result<(System, Option<System>), (String, String)> {
        let mut crosswalk = mapping(&format!("{header}\n{row}\n")).expect("a mapping");
        let warnings = check(&mut crosswalk, &history());
        if let [rule] = &crosswalk.rules[..] {
            return Ok((rule.system.expect("found"), rule.new_system));
        }
        let hint = warnings[0].hint.clone().unwrap_or_default();
        Err((crosswalk.aside[0].why.clone(), hint))
    }

    fn aside(header: &str, row: &str, why: &str, hint: &str) {
        let (got_why, got_hint) = checked(header, row).expect_err(row);
        assert!(got_why.contains(why), "{row}: {got_why}");
        assert!(got_hint.contains(hint), "{row}: {got_hint}");
    }

    #[test]
    fn the_system_is_the_one_in_which_the_code_stands() {
        let cm = System::Icd10cm;
        assert_eq!(checked("old,new", "E88.81,E88.810"), Ok((cm, Some(cm))));
        assert_eq!(checked("old,new", "J9310,J9312"), Ok((System::Hcpcs, Some(System::Hcpcs))));
        // B20 is a table of ICD-10-PCS too, but billable in ICD-10-CM only.
        assert_eq!(checked("old,new", "K35.2,B20"), Ok((cm, Some(cm))));
        assert_eq!(checked("old,new", "K35.2,"), Ok((cm, None)));
    }

    #[test]
    fn a_target_of_another_system_is_kept_and_named() {
        assert_eq!(checked("old,new", "A009,G0008"), Ok((System::Icd10cm, Some(System::Hcpcs))));
    }

    #[test]
    fn rows_that_cannot_be_meant_are_set_aside_with_the_reason() {
        aside("old,new", "Q99999,I10", "old code Q99999 stands in no release", "");
        aside(
            "old,new,system",
            "E88.8I,I10,icd10cm",
            "no ICD-10-CM release",
            "did you mean E88.81?",
        );
        aside("old,new", "I10,E88.810", "not retired in the release of 2024-10-01", "recode");
        aside("old,new", "E88,E88.810", "never billable", "categories");
        aside("old,new", "A009,E88", "category, not billable", "E88.810, E88.811");
        aside("old,new", "A009,K352", "retired before 2024-10-01", "valid then");
        aside("old,new", "A009,E88.81", "retired before 2024-10-01", "E88.810");
        aside("old,new", "A009,Z9999", "new code Z9999 stands in no release", "");
        aside("old,new,relation", "A009,,equivalent", "no new code", "none");
    }

    #[test]
    fn rows_of_a_system_without_a_release_are_one_warning() {
        let mut crosswalk =
            mapping("old,new\n99201,99202\n99203,99204\nJ9310,99202\n").expect("rows");
        let warnings = check(&mut crosswalk, &history());
        assert_eq!(crosswalk.aside.len(), 3);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert_eq!(warning.message, "3 rows are about CPT, and no CPT release was given");
        assert_eq!(warning.at.line, 2);
    }

    #[test]
    fn a_code_of_two_systems_needs_a_word() {
        let both = History::new(vec![
            release(System::Icd9cm, date(2014, 10, 1), &["E8881"]),
            release(System::Icd10cm, date(2023, 10, 1), &["E8881"]),
            release(System::Icd10cm, date(2024, 10, 1), &["E88810"]),
        ])
        .expect("a history");
        let mut crosswalk = mapping("old,new\nE8881,E88810\n").expect("rows");
        let warnings = check(&mut crosswalk, &both);
        assert!(warnings[0].message.contains("ICD-10-CM and in ICD-9-CM"), "{warnings:?}");
        let mut crosswalk = mapping("old,new,system\nE8881,E88810,ICD-10-CM\n").expect("rows");
        assert!(check(&mut crosswalk, &both).is_empty());
    }

    #[test]
    fn recode_rows_must_be_complete() {
        let header = "old,new,relation,payer,effective,source";
        let hcpcs = System::Hcpcs;
        assert_eq!(
            checked(header, "G0008,J9312,recode,MEDICARE,2024-04-01,bulletin"),
            Ok((hcpcs, Some(hcpcs)))
        );
        aside(header, "G0008,J9312,recode,,2024-04-01,", "without payer, source", "who asks");
        aside(header, "I10,E88.810,recode,A,2024-10-01,b", "refused for ICD-10-CM", "every payer");
        aside(header, "J9310,J9312,recode,A,2024-05-01,b", "not valid on or after", "still valid");
    }

    #[test]
    fn a_chain_keeps_its_first_step_though_its_target_was_retired_later() {
        let years = [(2022, "A001"), (2023, "A002"), (2024, "A003")];
        let releases =
            years.map(|(year, code)| release(System::Icd10cm, date(year, 10, 1), &[code]));
        let history = History::new(releases.into()).expect("a history");
        let mut crosswalk = mapping("old,new\nA001,A002\nA002,A003\n").expect("rows");
        assert!(check(&mut crosswalk, &history).is_empty());
        assert_eq!(crosswalk.rules.len(), 2);
    }
}
