//! Rules joined across the years: A -> B of 2018 and B -> C of 2024 make
//! A -> B -> C for a record of 2025, while one of 2020 gets B.
//!
//! A route is one or more automatic rules, each beginning with the code that
//! the one before ends with. Every rule is a route of its own, under its own
//! number; the longer ones follow. Which of them a record takes, and how far,
//! depends on its day and its facts, and is asked in `table`.

use hashbrown::HashMap;

use super::table::Lane;

/// No chain of yearly turns is longer; past it a person decides.
const MOST_STEPS: usize = 12;
/// Rules that branch at every step multiply; past so many a person decides.
const MOST_ROUTES: usize = 100_000;

/// All routes of a table.
#[derive(Debug, Default)]
pub(super) struct Routes {
    routes: Vec<Route>,
    longer: HashMap<(usize, usize), usize, foldhash::fast::FixedState>,
}

/// Rules that are applied one after another.
#[derive(Debug)]
pub(super) struct Route {
    /// The rules, as indexes into the crosswalk.
    pub(super) rules: Vec<usize>,
    /// What it allows as a whole: its ends may count in different units though its steps do not.
    pub(super) lane: Lane,
    /// Whether any of its rules is a blanket choice.
    pub(super) blanket: bool,
}

impl Routes {
    /// All routes that begin with these, which are one rule each, by number.
    /// `on` names the rules that may follow a route, each with what the longer
    /// route comes to.
    pub(super) fn new(
        single: Vec<Route>,
        on: impl Fn(&Route) -> Vec<(usize, Lane, bool)>,
    ) -> Routes {
        let mut all = Routes { routes: single, longer: HashMap::default() };
        let mut at = 0;
        while at < all.routes.len() && all.routes.len() < MOST_ROUTES {
            let route = &all.routes[at];
            if route.lane == Lane::Automatic && route.rules.len() < MOST_STEPS {
                for (rule, lane, blanket) in on(route) {
                    all.extend(at, rule, lane, blanket);
                }
            }
            at += 1;
        }
        all
    }

    fn extend(&mut self, at: usize, rule: usize, lane: Lane, blanket: bool) {
        let route = &self.routes[at];
        let rules = route.rules.iter().copied().chain([rule]).collect();
        let blanket = blanket || route.blanket;
        self.longer.insert((at, rule), self.routes.len());
        self.routes.push(Route { rules, lane, blanket });
    }

    /// Adds a rule that no other follows; says the number of its route.
    pub(super) fn push(&mut self, route: Route) -> usize {
        self.routes.push(route);
        self.routes.len() - 1
    }

    /// A route by its number.
    pub(super) fn get(&self, route: usize) -> &Route {
        &self.routes[route]
    }

    /// All routes, by number.
    pub(super) fn all(&self) -> &[Route] {
        &self.routes
    }

    /// The route that goes on with a rule.
    pub(super) fn after(&self, route: usize, rule: usize) -> Option<usize> {
        self.longer.get(&(route, rule)).copied()
    }
}
