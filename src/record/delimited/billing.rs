//! What was billed on the rows of a claim, and what that shows of the column.

use super::layout::Amount;
use super::rows::Claim;
use crate::record::marks::Marks;
use crate::record::money::{self, Charge, Charges, Whose};

impl Claim<'_> {
    /// What was billed on the rows of the claim that are looked at.
    pub fn charges(&self) -> Charges {
        let mut charges = Charges::default();
        let Some(amount) = &self.layout.amount else { return charges };
        for row in (0..self.rows.len()).filter(|row| self.is_looked_at(*row)) {
            let (charge, line) = (self.charge(row, amount), self.rows[row].line);
            // A total of the claim is the same on each of its lines.
            if amount.whose == Whose::Lines && self.is_total_line(row) {
                charges.see_total(charge, line);
            } else {
                charges.see(charge, amount.whose, line);
            }
        }
        charges
    }

    /// What was billed on a row.
    pub fn charge(&self, row: usize, amount: &Amount) -> Charge {
        if self.is_ragged(row) {
            return Charge::Ragged;
        }
        match self.value(row, amount.slot) {
            None => Charge::Absent,
            Some(_) => money::read(&self.text(row, amount.slot)),
        }
    }

    /// What a code on a row is said to have billed: the line of revenue centre 0001 says once
    /// more what the other lines of its claim say, unless they say nothing.
    pub fn charge_of_code(&self, row: usize, amount: &Amount) -> Charge {
        let is_total = |row: &usize| amount.whose == Whose::Lines && self.is_total_line(*row);
        let has_amount =
            |row: usize| matches!(self.charge(row, amount), Charge::Cents(_) | Charge::Either(_));
        let mut others = (0..self.rows.len()).filter(|row| !is_total(row));
        let is_repeated = is_total(&row) && others.any(has_amount);
        if is_repeated { Charge::Absent } else { self.charge(row, amount) }
    }

    /// What the amounts of the claim show of their column: those of rows that `--only` leaves
    /// out as well, for the column is theirs too.
    pub fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        let Some(amount) = &self.layout.amount else { return marks };
        let rows = (0..self.rows.len()).filter(|row| !self.is_ragged(*row));
        rows.for_each(|row| marks.see(&self.text(row, amount.slot)));
        marks
    }

    /// The line of revenue centre 0001 is the total of the others.
    fn is_total_line(&self, row: usize) -> bool {
        let centre = self.layout.revenue_centre.map(|slot| self.cell(row, slot));
        matches!(centre, Some(b"0001" | b"001" | b"1"))
    }
}
