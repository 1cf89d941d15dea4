//! What the table says about one code on one day, for a record with these facts.
//!
//! One rule must hold, and it must lead - alone or joined with those of later
//! years - to a code that may be billed on the day. A step that is not automatic
//! ends the way there, and so does a code that came back after it was retired:
//! nobody can tell which of its meanings a rule speaks of.

use jiff::civil::Date;

use super::routes::Route;
use super::table::{Arm, Lane, Table, target};
use super::verdict::Reason;
use crate::code::{Code, System};
use crate::crosswalk::Rule;
use crate::crosswalk::arms::{self, Pick, pick};
use crate::crosswalk::condition::{Answer, Test};
use crate::history::{Life, Standing, State};

/// What the table says about a retired code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Replace it: by which rules, and whether that is a blanket choice.
    Replace {
        /// The successor.
        new: Code,
        /// Its system.
        system: System,
        /// The rules that lead to it: [`Table::route`].
        route: usize,
        /// Whether the old code was split and the rule chose for all.
        blanket: bool,
    },
    /// A person must look; the rule, where one is concerned.
    Review(Reason, Option<usize>),
    /// No row, or a row that says that there is no successor.
    NoMapping(Option<usize>),
    /// Nothing to do: a valid code that no recode rule concerns.
    Keep,
}

/// Answers what a condition asks of one record.
pub trait Facts {
    /// What a test says of the field of that index, on that day.
    fn answer(&self, field: usize, on: Date, test: &Test) -> Answer;
}

impl Table {
    /// What becomes of a code that was retired on the day.
    pub fn ruling(&self, system: System, code: Code, on: Date, facts: &dyn Facts) -> Ruling {
        let Some(arms) = self.arms(system, code) else { return Ruling::NoMapping(None) };
        // A row that was set aside says that somebody meant something for this
        // code: what is left of its rows is not the whole choice.
        if arms.aside.is_some() {
            return Ruling::Review(Reason::Relation, None);
        }
        if arms.retired.is_empty() {
            return Ruling::NoMapping(None);
        }
        self.rule(&arms.retired, on, facts)
    }

    /// What becomes of a code that is still valid on the day.
    pub fn recode(&self, system: System, code: Code, on: Date, facts: &dyn Facts) -> Ruling {
        let Some(arms) = self.arms(system, code) else { return Ruling::Keep };
        match self.rule(&arms.recode, on, facts) {
            Ruling::Review(Reason::NoConditionMet, _) => Ruling::Keep,
            ruling => ruling,
        }
    }

    /// Which of the rules in force holds, and what it allows.
    fn rule(&self, arms: &[Arm], on: Date, facts: &dyn Facts) -> Ruling {
        match self.choose(arms, on, facts) {
            Ok(arm) => self.follow(arm, on, facts),
            Err(ruling) => ruling,
        }
    }

    /// Which of the rules in force holds. Being in force is a condition as any
    /// other: a row whose day has not come is not met.
    fn choose(&self, arms: &[Arm], on: Date, facts: &dyn Facts) -> Result<Arm, Ruling> {
        let started =
            |arm: &&Arm| self.crosswalk().rules[arm.rule].effective.is_none_or(|from| from <= on);
        let arms: Vec<Arm> = arms.iter().filter(started).copied().collect();
        let answered: Vec<arms::Arm<_>> =
            arms.iter().map(|arm| self.answered(*arm, on, facts)).collect();
        let (reason, rule) = match pick(&answered) {
            Pick::One(at) => return Ok(arms[at]),
            Pick::Several => (Reason::SeveralRules, None),
            Pick::NoConditionMet => (Reason::NoConditionMet, None),
            Pick::FactMissing { arm, .. } => (Reason::FactMissing, Some(arms[arm].rule)),
        };
        Err(Ruling::Review(reason, rule))
    }

    fn answered(&self, arm: Arm, on: Date, facts: &dyn Facts) -> arms::Arm<(Option<Code>, Lane)> {
        let rule = &self.crosswalk().rules[arm.rule];
        let index =
            |field: &str| self.fields().iter().position(|own| own == field).unwrap_or_default();
        let answers =
            rule.when.iter().map(|test| facts.answer(index(&test.field), on, test)).collect();
        arms::Arm { outcome: (rule.new, arm.lane), answers }
    }

    /// Follows a rule, and those behind it, to a code that may be billed on the day.
    fn follow(&self, first: Arm, on: Date, facts: &dyn Facts) -> Ruling {
        let (mut route, mut rule) = (first.rule, first.rule);
        loop {
            let own = &self.crosswalk().rules[rule];
            let Route { lane, blanket, .. } = *self.ways().get(route);
            let (system, new) = match (lane, target(own)) {
                (Lane::Person(reason), _) => return Ruling::Review(reason, Some(rule)),
                (Lane::Automatic, Some(target)) => target,
                _ => return Ruling::NoMapping(Some(rule)),
            };
            let stuck = Ruling::Review(Reason::Relation, Some(rule));
            if self.is_reused(own, on) {
                return stuck;
            }
            match self.history().standing(system, new, on) {
                Standing::Billable(_) => return Ruling::Replace { new, system, route, blanket },
                Standing::Deleted(_) | Standing::BecameHeader(_) => {}
                _ => return stuck,
            }
            // The row names a code that was itself retired by that day.
            let next = match self.next(system, new, on, facts) {
                Some(Ok(arm)) => arm,
                Some(Err(ruling)) => return ruling,
                None => return stuck,
            };
            match (next.lane, self.ways().after(route, next.rule)) {
                (Lane::Person(reason), _) => return Ruling::Review(reason, Some(next.rule)),
                (Lane::Automatic, Some(longer)) => (route, rule) = (longer, next.rule),
                _ => return Ruling::Review(Reason::Relation, Some(next.rule)),
            }
        }
    }

    /// The rule that a chain goes on with; nothing where the code has none.
    fn next(
        &self,
        system: System,
        code: Code,
        on: Date,
        facts: &dyn Facts,
    ) -> Option<Result<Arm, Ruling>> {
        let arms = self.arms(system, code)?;
        let open = arms.aside.is_none() && !arms.retired.is_empty();
        open.then(|| self.choose(&arms.retired, on, facts))
    }

    /// Whether one of the two codes of a rule came back after it was retired, so
    /// that the rule may speak of what the code meant before.
    fn is_reused(&self, rule: &Rule, on: Date) -> bool {
        let Some(old) = rule.system.and_then(|system| self.life(system, rule.old)) else {
            return false;
        };
        let returned = |life: &Life, after: Option<Date>| {
            let starts = life.steps().iter().filter(|step| step.1 == State::Billable).skip(1);
            starts.map(|step| step.0).any(|day| day <= on && after.is_none_or(|after| day > after))
        };
        let from = rule.effective.or_else(|| old.retired_by(on));
        let new = target(rule).and_then(|(system, new)| self.life(system, new));
        returned(old, rule.effective) || new.is_some_and(|new| returned(new, from))
    }

    /// Where the rules stand that a ruling rests on: `file:line`, those of a chain joined by ` > `.
    pub fn place(&self, ruling: Ruling) -> String {
        match ruling {
            Ruling::Replace { route, .. } => self.crosswalk().places(self.route(route)),
            Ruling::Review(_, Some(rule)) | Ruling::NoMapping(Some(rule)) => {
                self.crosswalk().places(&[rule])
            }
            Ruling::Review(_, None) | Ruling::NoMapping(None) | Ruling::Keep => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::crosswalk::check::check;
    use crate::crosswalk::table::tests::mapping;
    use crate::history::History;
    use crate::release::sample::release;

    /// A record that has no field at all.
    struct NoFacts;

    impl Facts for NoFacts {
        fn answer(&self, _: usize, _: Date, _: &Test) -> Answer {
            Answer::Unknown
        }
    }

    /// K35.2 became K35.20 in 2018, and that K35.200 in 2019. R10 went and came back.
    fn table(map: &str) -> Table {
        let cm = |year, codes: &[&str]| release(System::Icd10cm, date(year, 10, 1), codes);
        let history = History::new(vec![
            cm(2016, &["K352", "I10", "R10", "R11"]),
            cm(2017, &["K352", "I10", "R11"]),
            cm(2018, &["K3520", "I10", "R10"]),
            cm(2019, &["K35200", "I10", "R12"]),
        ])
        .expect("a history");
        let mut crosswalk = mapping(map).expect("a mapping");
        check(&mut crosswalk, &history);
        Table::new(history, crosswalk)
    }

    fn becomes(table: &Table, old: &str, year: i16) -> String {
        let old = Code::normalise(old).expect("a code");
        let ruling = table.ruling(System::Icd10cm, old, date(year, 12, 1), &NoFacts);
        match ruling {
            Ruling::Replace { new, .. } => format!("{new} by {:?}", lines(table, ruling)),
            Ruling::Review(reason, _) => format!("{} at {:?}", reason.id(), lines(table, ruling)),
            other => format!("{other:?}"),
        }
    }

    /// The lines of the rules behind a ruling.
    fn lines(table: &Table, ruling: Ruling) -> Vec<String> {
        let place = table.place(ruling);
        let line = |place: &str| place.rsplit(':').next().unwrap_or_default().to_owned();
        place.split(" > ").map(line).collect()
    }

    #[test]
    fn rules_are_joined_across_years() {
        let table = table("old,new,effective\nK352,K3520,2018-10-01\nK3520,K35200,2019-10-01\n");
        assert_eq!(becomes(&table, "K352", 2018), r#"K3520 by ["2"]"#);
        assert_eq!(becomes(&table, "K352", 2019), r#"K35200 by ["2", "3"]"#);
        assert_eq!(becomes(&table, "K3520", 2019), r#"K35200 by ["3"]"#);
    }

    #[test]
    fn a_step_that_asks_for_a_person_ends_the_chain_there() {
        let review = table("old,new,relation\nK352,K3520,\nK3520,K35200,review\n");
        assert_eq!(becomes(&review, "K352", 2018), r#"K3520 by ["2"]"#);
        assert_eq!(becomes(&review, "K352", 2019), r#"relation at ["3"]"#);
        let first = table("old,new,relation\nK352,K3520,review\nK3520,K35200,\n");
        assert_eq!(becomes(&first, "K352", 2019), r#"relation at ["2"]"#);
        let two = table("old,new\nK352,K3520\nK3520,K35200\nK3520,R12\n");
        assert_eq!(becomes(&two, "K352", 2019), r#"several_rules at [""]"#);
        let facts = table("old,new,payer\nK352,K3520,\nK3520,K35200,X\n");
        assert_eq!(becomes(&facts, "K352", 2019), r#"fact_missing at ["3"]"#);
    }

    #[test]
    fn a_chain_that_leads_nowhere_goes_to_a_person() {
        let table = table("old,new\nK352,K3520\n");
        assert_eq!(becomes(&table, "K352", 2019), r#"relation at ["2"]"#);
    }

    #[test]
    fn a_code_that_came_back_blocks() {
        let old = table("old,new\nR10,R12\n");
        assert_eq!(becomes(&old, "R10", 2019), r#"relation at ["2"]"#);
        let dated = table("old,new,effective\nR10,R12,2019-10-01\n");
        assert_eq!(becomes(&dated, "R10", 2019), r#"R12 by ["2"]"#);
        // R11 became R10 when R10 came back; in 2019 that meaning ended as well.
        let way = table("old,new,effective\nR11,R10,2017-10-01\n");
        assert_eq!(becomes(&way, "R11", 2018), r#"relation at ["2"]"#);
    }

    #[test]
    fn candidates_are_what_may_be_billed_on_the_day() {
        let table = table("old,new,relation\nK352,K3520,review\nK3520,K35200,review\n");
        let on = |year| {
            let old = Code::normalise("K352").expect("a code");
            let codes = table.candidates(System::Icd10cm, old, Some(date(year, 12, 1)));
            codes.into_iter().map(|(_, code)| code.to_string()).collect::<Vec<_>>()
        };
        assert_eq!((on(2018), on(2019)), (vec!["K3520".to_owned()], vec!["K35200".to_owned()]));
    }
}
