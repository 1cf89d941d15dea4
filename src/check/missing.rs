//! What the releases know and the mapping does not say: successors that a
//! release names itself, and codes that come so near that a row is missing, or
//! names another one by a slip.

use std::collections::BTreeSet;

use super::coverage::Coverage;
use super::{Finding, Weight};
use crate::code::{Code, System};
use crate::crosswalk::{Relation, Rule, Topic};
use crate::decide::Table;
use crate::history::Chronicle;
use crate::suggest::{Suggestion, Suggestions};

/// The findings about the retired codes of one system.
pub(super) fn look(table: &Table, coverage: &Coverage) -> Vec<Finding> {
    let Some(chronicle) = table.history().of(coverage.system) else { return Vec::new() };
    let desk = Desk { table, chronicle, system: coverage.system };
    let retired: BTreeSet<Code> = coverage.codes.iter().map(|(code, _)| *code).collect();
    let mut findings: Vec<Finding> =
        retired.iter().filter_map(|code| desk.unnamed_reference(*code)).collect();
    for pair in chronicle.releases().windows(2) {
        let suggestions = Suggestions::between(&pair[0], &pair[1]);
        let confident = suggestions.all().iter().filter(|one| one.is_confident);
        findings.extend(confident.filter_map(|one| desk.held_against(one)));
    }
    findings
}

struct Desk<'t> {
    table: &'t Table,
    chronicle: &'t Chronicle,
    system: System,
}

impl Desk<'_> {
    /// The rows about a code when it is retired, those that were set aside among them.
    fn rows(&self, code: Code) -> Vec<&Rule> {
        let crosswalk = self.table.crosswalk();
        let aside = crosswalk.aside.iter().map(|aside| &aside.rule);
        let all = crosswalk.rules.iter().chain(aside);
        let all = all.filter(|rule| rule.relation != Some(Relation::Recode));
        all.filter(|rule| rule.is_about(self.system, code)).collect()
    }

    fn finding(&self, topic: Topic, code: Code, rows: &[&Rule], message: String) -> Finding {
        let at = rows.first().map(|rule| rule.at);
        // Rows that stand for the silence of a table have no line.
        let line = at.map(|at| at.line).filter(|line| *line > 0);
        Finding {
            weight: Weight::Doubt,
            topic,
            at,
            file: None,
            place: line.map(|line| line.to_string()).unwrap_or_default(),
            old: Some((self.system, code)),
            message,
            hint: None,
        }
    }

    /// A successor that a release names and no row has.
    fn unnamed_reference(&self, code: Code) -> Option<Finding> {
        let releases = self.chronicle.releases().iter().rev();
        let named =
            releases.map(|release| release.named_successors(code)).find(|it| !it.is_empty())?;
        let rows = self.rows(code);
        let has = |new: &Code| rows.iter().any(|rule| rule.new == Some(*new));
        let missing: Vec<String> =
            named.iter().filter(|new| !has(new)).map(Code::to_string).collect();
        (!missing.is_empty()).then(|| {
            let message = format!(
                "{}: the release itself names {}, and no row does",
                code.dotted(self.system),
                missing.join(", ")
            );
            self.finding(Topic::MissingSuccessor, code, &rows, message)
        })
    }

    /// A confident suggestion without a row, or with rows that name other codes.
    fn held_against(&self, one: &Suggestion) -> Option<Finding> {
        let best = one.candidates.first()?;
        let rows = self.rows(one.old);
        let named: Vec<Code> = rows.iter().filter_map(|rule| rule.new).collect();
        let old = one.old.dotted(self.system);
        let near = best.code.dotted(self.system);
        let why = best.why(one.old);
        let (topic, message) = if named.is_empty() {
            let what = if rows.is_empty() { "no row" } else { "no successor in the mapping" };
            (Topic::MissingRow, format!("{old}: {what}, and {near} comes near ({why})"))
        } else {
            let known = |code: &Code| named.contains(code);
            if one.shown.iter().any(known) || known(&best.code) {
                return None;
            }
            let listed: Vec<String> = named.iter().map(|code| code.dotted(self.system)).collect();
            let listed = listed.join(", ");
            (
                Topic::OtherSuccessor,
                format!("{old}: the mapping names {listed}, and {near} comes nearer ({why})"),
            )
        };
        Some(self.finding(topic, one.old, &rows, message))
    }
}
