//! The codes that a list holds already.
//!
//! The rows of a charge master are no claim together, so no guard looks from one to
//! the other. But a successor that stands in the list as an entry of its own is not
//! to be added, and two rows that would hold one code are to be looked at.

use hashbrown::{HashMap, HashSet};

use super::inputs::Input;
use crate::code::{Code, System};
use crate::decide::Table;
use crate::decide::claim::Site;
use crate::decide::judge::{SiteDays, judge};
use crate::error::Result;
use crate::record::delimited::blocks::{BLOCK, Block, Blocks};
use crate::record::delimited::scan::{HandOver, scan};

/// A code of a system.
type Known = (System, Code);

/// The codes of a list.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    codes: HashSet<Known>,
    /// Successors by the retired codes of the list that may lead to them.
    from: HashMap<Known, HashSet<Known>>,
}

impl Listed {
    /// Reads a list, whatever rows of it are to be looked at.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    pub fn read(input: &Input, table: &Table) -> Result<Listed> {
        let mut listed = Listed::default();
        let mut blocks = Blocks::open(&input.path, &input.layout, BLOCK)?;
        let mut block = Block { at: 0, bytes: Vec::new() };
        let (mut sites, mut days) = (Vec::new(), Vec::new());
        while blocks.next(&mut block)? {
            scan(&input.layout, &input.sifts, &block.bytes, HandOver::All, |seen| {
                seen.claim().sites(&mut sites, &mut days);
                sites.iter().for_each(|site| listed.see(table, site, &days[site.days]));
            });
        }
        Ok(listed)
    }

    fn see(&mut self, table: &Table, site: &Site, days: &SiteDays) {
        let Some((system, (code, _))) = site.system.zip(site.code) else { return };
        let judged = judge(table, site.system, site.code, days);
        if !self.codes.insert((system, code)) || !judged.verdict.is_retired() {
            return;
        }
        for new in table.candidates(system, code, judged.day.map(|day| day.date)) {
            self.lead((system, code), new);
        }
    }

    /// Takes note that a code of the list may become another one.
    pub fn lead(&mut self, old: (System, Code), new: (System, Code)) {
        self.from.entry(new).or_default().insert(old);
    }

    /// Adds what another list holds.
    pub fn add(&mut self, other: &Listed) {
        self.codes.extend(&other.codes);
    }

    /// Whether a code stands in the list.
    pub fn holds(&self, system: System, code: Code) -> bool {
        self.codes.contains(&(system, code))
    }

    /// Whether two rows of the list may come to hold a new code.
    pub fn repeats(&self, system: System, new: Code) -> bool {
        let several = |from: &HashSet<Known>| from.len() > 1;
        self.holds(system, new) || self.from.get(&(system, new)).is_some_and(several)
    }
}
