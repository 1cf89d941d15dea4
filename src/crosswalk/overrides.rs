//! Several mappings together: a later file overrides an earlier one for the
//! same old code under the same conditions, and a practice's own file overrides
//! a published table wherever it stands. What is overridden is listed. That a
//! published table has no row for a code overrides no row of another table.
//!
//! All rows of the earlier file for that code and those conditions go: a file
//! that names one successor answers another file's choice of three. The day
//! from which a row holds is no condition here, for a published row always has
//! one and a practice's own row often has none.

use std::collections::HashMap;

use super::{Crosswalk, Override, Relation, Rule, Source, SourceKind, SourceLine, Topic, Warning};
use crate::code::Code;

/// What a row answers: a code, under these conditions, retired or still valid.
type Question = (Code, Vec<String>, bool);

/// Takes away the rows that other files override, and lists them.
pub(super) fn settle(crosswalk: &mut Crosswalk) {
    let rules = std::mem::take(&mut crosswalk.rules);
    let mut answers: HashMap<Question, Vec<usize>, foldhash::fast::FixedState> = HashMap::default();
    for (index, rule) in rules.iter().enumerate() {
        answers.entry(question(rule)).or_default().push(index);
    }
    let sources = &crosswalk.sources;
    let by = |rule: &Rule| {
        let others = answers[&question(rule)].iter().map(|&at| &rules[at]);
        let stronger = others.filter(|other| {
            other.may_share_system(rule) && strength(sources, other) > strength(sources, rule)
        });
        let best = stronger.max_by_key(|other| strength(sources, other))?;
        let mut beside = answers[&question(rule)].iter().map(|&at| &rules[at]);
        let is_again = |one: &Rule| one.at.source == best.at.source && one.new == rule.new;
        Some((best.at, beside.any(is_again)))
    };
    let by: Vec<_> = rules.iter().map(by).collect();
    for (rule, by) in rules.into_iter().zip(by) {
        let Some((by, is_repeated)) = by else {
            crosswalk.rules.push(rule);
            continue;
        };
        let message = format!("{} is overridden by {}", rule.arrow(), crosswalk.place(by));
        crosswalk.warnings.push(Warning {
            at: rule.at,
            topic: Topic::Overridden,
            message,
            hint: None,
        });
        crosswalk.overridden.push(Override { rule, by, is_repeated });
    }
    keep_choices_open(crosswalk);
}

/// What one published table names and a later one does not is still evidence: where
/// the later one leaves no choice, a person looks.
fn keep_choices_open(crosswalk: &mut Crosswalk) {
    let mut dropped: HashMap<Question, Vec<&Override>, foldhash::fast::FixedState> =
        HashMap::default();
    let kind = |at: SourceLine| crosswalk.sources[at.source].kind;
    let is_evidence = |one: &&Override| {
        !one.is_repeated && one.rule.new.is_some() && kind(one.rule.at) == SourceKind::Published
    };
    for one in crosswalk.overridden.iter().filter(is_evidence) {
        dropped.entry(question(&one.rule)).or_default().push(one);
    }
    let doubt = |rule: &Rule| {
        let relation = rule.relation.filter(|relation| relation.is_automatic());
        relation.filter(|_| kind(rule.at) == SourceKind::Published)?;
        let mut others = dropped.get(&question(rule))?.iter();
        let other = others.find(|other| other.rule.may_share_system(rule))?;
        let (new, place) = (other.rule.new_written()?, crosswalk.place(other.rule.at));
        Some(format!("an earlier table names {new} ({place})"))
    };
    let doubts: Vec<_> = crosswalk.rules.iter().map(doubt).collect();
    for (rule, doubt) in crosswalk.rules.iter_mut().zip(doubts) {
        if let Some(doubt) = doubt {
            let note = rule.note.take().map_or(doubt.clone(), |note| format!("{note}; {doubt}"));
            (rule.relation, rule.note) = (Some(Relation::Review), Some(note));
        }
    }
}

fn question(rule: &Rule) -> Question {
    (rule.old, rule.conditions(), rule.relation == Some(Relation::Recode))
}

/// Later files are stronger; the practice's own are stronger than any published
/// one; a row is stronger than the silence of another table.
fn strength(sources: &[Source], rule: &Rule) -> (SourceKind, bool, usize) {
    let is_said = !rule.at.is_silence();
    (sources[rule.at.source].kind, is_said, rule.at.source)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::crosswalk::Crosswalk;
    use crate::crosswalk::files::read;
    use crate::history::History;

    fn maps(texts: &[&str]) -> Crosswalk {
        let folder = tempfile::tempdir().expect("a folder");
        let paths: Vec<_> =
            (0..texts.len()).map(|at| folder.path().join(format!("{at}.csv"))).collect();
        for (path, text) in paths.iter().zip(texts) {
            fs::write(path, text).expect("a file");
        }
        read(&paths, &History::default()).expect("a mapping")
    }

    fn left(crosswalk: &Crosswalk) -> Vec<String> {
        let pair = |rule: &crate::crosswalk::Rule| {
            format!("{}>{}", rule.old, rule.new.map(|new| new.to_string()).unwrap_or_default())
        };
        crosswalk.rules.iter().map(pair).collect()
    }

    #[test]
    fn a_later_file_answers_for_its_codes() {
        let crosswalk = maps(&[
            "old,new,relation,effective\nA,B,split,2024-10-01\nA,C,split,2024-10-01\nD,E,,\n",
            "old,new\nA,X\n",
        ]);
        assert_eq!(left(&crosswalk), ["D>E", "A>X"]);
        let listed: Vec<_> = crosswalk.overridden.iter().map(|one| (one.rule.at, one.by)).collect();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|(at, by)| at.source == 0 && (by.source, by.line) == (1, 2)));
        let said = &crosswalk.warnings[0].message;
        assert!(
            said.starts_with("A -> B is overridden by ") && said.ends_with("1.csv:2"),
            "{said}"
        );
    }

    #[test]
    fn other_conditions_are_another_question() {
        let crosswalk = maps(&[
            "old,new,payer,relation,effective,source\nA,B,X|Y,,,\nA,C,Z,,,\nG,H,X,recode,2024-01-01,memo\n",
            "old,new,payer,system\nA,D,y|x,\nG,I,X,\n",
        ]);
        assert_eq!(left(&crosswalk), ["A>C", "G>H", "A>D", "G>I"]);
    }

    #[test]
    fn rows_of_two_systems_do_not_meet() {
        let crosswalk = maps(&["old,new,system\nA,B,cpt\n", "old,new,system\nA,C,hcpcs\n"]);
        assert_eq!(left(&crosswalk), ["A>B", "A>C"]);
        let crosswalk = maps(&["old,new,system\nA,B,cpt\n", "old,new\nA,C\n"]);
        assert_eq!(left(&crosswalk), ["A>C"]);
    }
}
