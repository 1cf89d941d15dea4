//! What was billed on the claims of one file, put together from the places in
//! which their rows stand.
//!
//! Kept for every claim until the file ends, for a claim with a number may turn
//! out to be affected further down: so no larger than need be.

use hashbrown::{HashMap, HashSet};

use super::counts::ClaimKey;
use crate::record::money::{Charges, Sum, Whose, merge};

type State = foldhash::fast::FixedState;

/// The claims of a file with their amounts.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lines: HashMap<ClaimKey, Sum, State>,
    /// Claims with a total line; it may stand apart from the lines.
    totals: HashMap<ClaimKey, Sum, State>,
    /// Claims whose rows hold different totals.
    differing: HashSet<ClaimKey, State>,
    /// Claims with an amount that could not be read: its line, and how many stand in ragged rows.
    unreadable: HashMap<ClaimKey, (u64, u64), State>,
}

/// What was billed on one claim.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bill {
    /// The sum of its lines; where they have none, that of its total lines.
    pub sum: Sum,
    /// Whether its rows hold different totals: none of them is taken.
    pub differs: bool,
    /// The line of the first amount that could not be read.
    pub first_unreadable: Option<u64>,
    /// How many amounts could not be read because their rows are ragged.
    pub ragged: u64,
    /// Whether lines have amounts that are not in the sum.
    pub is_part: bool,
}

impl Bill {
    /// The amount, if there is one.
    pub fn cents(&self) -> Option<i64> {
        (self.sum.read > 0 && !self.differs).then_some(self.sum.cents)
    }
}

impl Ledger {
    /// Enters rows of a claim; the line of their block stands before that of each row.
    pub fn enter(&mut self, claim: ClaimKey, charges: &Charges, whose: Whose, block_line: u64) {
        let own = self.lines.entry(claim).or_default();
        if merge(own, charges.lines, whose) || charges.differ {
            self.differing.insert(claim);
        }
        if charges.totals != Sum::default() {
            self.totals.entry(claim).or_default().add(charges.totals);
        }
        if let Some(line) = charges.first_unreadable {
            let (_, ragged) = self.unreadable.entry(claim).or_insert((block_line + line, 0));
            *ragged += charges.ragged;
        }
    }

    /// What was billed on a claim.
    pub fn bill(&self, claim: &ClaimKey, whose: Whose) -> Bill {
        let lines = self.lines.get(claim).copied().unwrap_or_default();
        let totals = self.totals.get(claim).copied();
        // The total line says once more what the lines say, unless they say nothing.
        let sum = match totals {
            Some(totals) if lines.read == 0 => totals,
            _ => lines,
        };
        let unreadable = self.unreadable.get(claim).filter(|_| sum.unreadable > 0);
        Bill {
            sum,
            differs: self.differing.contains(claim),
            first_unreadable: unreadable.map(|(line, _)| *line),
            ragged: unreadable.map_or(0, |(_, ragged)| *ragged),
            // A total of the claim may stand on one of its rows alone.
            is_part: whose == Whose::Lines && sum.read > 0 && sum.absent + sum.unreadable > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::money::Charge;

    const CLAIM: ClaimKey = ClaimKey::Number(1);

    fn charges(whose: Whose, amounts: &[i64]) -> Charges {
        let mut charges = Charges::default();
        amounts.iter().for_each(|cents| charges.see(Charge::Cents(*cents), whose, 1));
        charges
    }

    #[test]
    fn a_total_that_stands_apart_is_the_lines_once_more() {
        let mut ledger = Ledger::default();
        let mut total = Charges::default();
        total.see_total(Charge::Cents(1550), 9);
        ledger.enter(CLAIM, &total, Whose::Lines, 0);
        assert_eq!(ledger.bill(&CLAIM, Whose::Lines).cents(), Some(1550));
        ledger.enter(CLAIM, &charges(Whose::Lines, &[1000, 550]), Whose::Lines, 0);
        assert_eq!(ledger.bill(&CLAIM, Whose::Lines).cents(), Some(1550));
        ledger.enter(CLAIM, &charges(Whose::Lines, &[50]), Whose::Lines, 0);
        assert_eq!(ledger.bill(&CLAIM, Whose::Lines).cents(), Some(1600));
    }

    #[test]
    fn totals_that_differ_are_none_wherever_they_stand() {
        let mut ledger = Ledger::default();
        for amounts in [&[500, 500][..], &[500]] {
            ledger.enter(CLAIM, &charges(Whose::Claim, amounts), Whose::Claim, 0);
        }
        assert_eq!(ledger.bill(&CLAIM, Whose::Claim).cents(), Some(500));
        ledger.enter(CLAIM, &charges(Whose::Claim, &[600]), Whose::Claim, 0);
        let bill = ledger.bill(&CLAIM, Whose::Claim);
        assert!(bill.differs);
        assert_eq!(bill.cents(), None);
    }
}
