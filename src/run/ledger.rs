//! What was billed on the affected claims of one file, put together from the places
//! in which their rows stand.

use hashbrown::{HashMap, HashSet};

use super::billing::{Bills, Other};
use super::counts::ClaimKey;
use crate::record::marks::Marks;
use crate::record::money::{Charges, Sum, Whose, merge};

type State = foldhash::fast::FixedState;

/// So many other claims are remembered: 20 MB.
const MOST_OTHERS: usize = 1 << 20;

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
    /// Claims with amounts that may be read in two ways, until the whole column has told.
    either: HashMap<ClaimKey, Either, State>,
    /// What all amounts of the column show, those of other claims too.
    marks: Marks,
    /// Whether a claim has lines of different amounts: then the column is the lines'.
    varies: bool,
    /// How many of the other claims have one and the same amount on several lines.
    repeated: u64,
    /// The amounts of other claims by the hash of their number, and whether each is counted
    /// as repeated; as many as are remembered, for their rows may stand apart.
    others: HashMap<u64, (i64, bool), State>,
}

/// Amounts of a claim that may be read in two ways.
#[derive(Debug, Clone, Copy, Default)]
struct Either {
    lines: Sum,
    totals: Sum,
    /// The line of the first of them.
    first: u64,
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
    /// How many amounts are not in the sum because the column writes decimal commas, too.
    pub ambiguous: u64,
    /// How many amounts are in the sum as thousands because nothing in the column tells.
    pub assumed: u64,
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
    /// Takes note of what amounts show of the column, whosever they are.
    pub fn note(&mut self, bills: &Bills) {
        self.marks.add(bills.marks);
        self.varies |= bills.varies;
        for other in &bills.others {
            if self.varies {
                // Nothing more is to be learnt.
                self.others = HashMap::default();
                return;
            }
            self.note_other(*other);
        }
    }

    fn note_other(&mut self, other: Other) {
        let Other { number, amount, is_repeated } = other;
        let has_room = self.others.len() < MOST_OTHERS;
        // Where nothing was billed, nothing tells.
        let counts = is_repeated && amount != 0;
        match self.others.get_mut(&number) {
            Some((before, _)) if *before != amount => self.varies = true,
            Some((_, is_counted)) => {
                self.repeated += u64::from(!*is_counted && amount != 0);
                *is_counted = true;
            }
            None => {
                self.repeated += u64::from(counts);
                if has_room {
                    self.others.insert(number, (amount, counts));
                }
            }
        }
    }

    /// Enters rows of a claim; the line of their block stands before that of each row.
    pub fn enter(&mut self, claim: ClaimKey, charges: &Charges, whose: Whose, block_line: u64) {
        self.compare(&claim, charges);
        let own = self.lines.entry(claim).or_default();
        if merge(own, charges.lines, whose) || charges.differ {
            self.differing.insert(claim);
        }
        if charges.totals != Sum::default() {
            self.totals.entry(claim).or_default().add(charges.totals);
        }
        if let Some(line) = charges.first_either {
            let new = Either { first: block_line + line, ..Either::default() };
            let either = self.either.entry(claim).or_insert(new);
            if merge(&mut either.lines, charges.either, whose) {
                self.differing.insert(claim);
            }
            either.totals.add(charges.either_totals);
        }
        if let Some(line) = charges.first_unreadable {
            let (_, ragged) = self.unreadable.entry(claim).or_insert((block_line + line, 0));
            *ragged += charges.ragged;
        }
    }

    /// Whether the amounts of a claim differ, of these rows or from those before them. As
    /// long as none do, each amount of a claim is the same part of its sum.
    fn compare(&mut self, claim: &ClaimKey, charges: &Charges) {
        let Some(last) = charges.last.filter(|_| !self.varies) else { return };
        let sure = self.lines.get(claim).and_then(Sum::each);
        let either = self.either.get(claim).and_then(|either| either.lines.each());
        let is_other = [sure, either].into_iter().flatten().any(|before| before != last);
        self.varies = is_other || charges.amounts() > 1 && !charges.is_repeated;
    }

    /// How many claims have several amounts, if those of each claim are one and the same;
    /// where nothing was billed, nothing tells.
    pub fn repeated(&self) -> u64 {
        let is_several = |(claim, sure): &(&ClaimKey, &Sum)| {
            let either = self.either.get(*claim).map_or(Sum::default(), |either| either.lines);
            sure.read.saturating_add(either.read) > 1 && (sure.cents != 0 || either.cents != 0)
        };
        let own = || self.lines.iter().filter(is_several).count() as u64;
        if self.varies { 0 } else { self.repeated + own() }
    }

    /// What was billed on a claim, when the whole file was read.
    pub fn bill(&self, claim: &ClaimKey, whose: Whose) -> Bill {
        let mut lines = self.lines.get(claim).copied().unwrap_or_default();
        let mut totals = self.totals.get(claim).copied().unwrap_or_default();
        let mut differs = self.differing.contains(claim);
        let either = self.either.get(claim).copied().unwrap_or_default();
        let are_taken = self.marks.allow_thousands();
        if are_taken {
            differs |= merge(&mut lines, either.lines, whose);
            totals.add(either.totals);
        } else {
            lines.add_unreadable(either.lines.read);
            totals.add_unreadable(either.totals.read);
        }
        // The total line says once more what the lines say, unless they say nothing.
        let is_total = lines.read == 0 && totals != Sum::default();
        let (sum, open) = if is_total { (totals, either.totals) } else { (lines, either.lines) };
        let unreadable = self.unreadable.get(claim).filter(|_| sum.unreadable > 0);
        let open = u64::from(open.read);
        let ambiguous = if are_taken { 0 } else { open };
        let first_ambiguous = (ambiguous > 0).then_some(either.first);
        let first = unreadable.map(|(line, _)| *line).into_iter().chain(first_ambiguous).min();
        Bill {
            sum,
            differs,
            first_unreadable: first,
            ragged: unreadable.map_or(0, |(_, ragged)| *ragged),
            ambiguous,
            assumed: if are_taken && !self.marks.point { open } else { 0 },
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
