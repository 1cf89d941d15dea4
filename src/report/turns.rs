//! What changed between the two newest releases of each system: billable codes
//! come and gone.

use jiff::civil::Date;

use crate::code::System;
use crate::decide::Table;
use crate::history::Chronicle;
use crate::release::Release;

/// The turn of one system.
#[derive(Debug)]
pub struct Turn {
    /// The system.
    pub system: System,
    /// The day of the older release.
    pub from: Date,
    /// The day of the newer one.
    pub to: Date,
    /// Billable codes that came.
    pub added: usize,
    /// Billable codes that went.
    pub retired: usize,
}

/// The turns of all systems of which two releases were given.
pub fn turns(table: &Table) -> Vec<Turn> {
    let history = table.history();
    let turn = |system| {
        let [.., old, new] = history.of(system).map(Chronicle::releases)? else { return None };
        Some(Turn {
            system,
            from: old.effective,
            to: new.effective,
            added: only_in(new, old),
            retired: only_in(old, new),
        })
    };
    history.systems().filter_map(turn).collect()
}

/// How many codes are billable in one release and not in the other.
fn only_in(one: &Release, other: &Release) -> usize {
    let own = one.entries().iter().filter(|entry| one.is_billable(entry));
    own.filter(|entry| !other.may_bill(entry.code)).count()
}
