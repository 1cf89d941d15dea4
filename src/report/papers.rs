//! The CSV files of a run that are written while the records are scanned.

use super::by_code;
use super::changes::Changes;
use super::decisions::Decisions;
use super::list_changes::{ListChanges, ListCounts};
use super::worklist::Worklist;
use crate::decide::{Kind, Table};
use crate::error::Result;
use crate::run::folder::RunFolder;
use crate::run::located::Located;
use crate::run::plan::{self, Plan};
use crate::run::recheck::Recheck;

/// worklist.csv, changes.csv and, where there are any, decisions.csv; for lists also
/// list-changes.csv.
pub struct Papers<'t> {
    table: &'t Table,
    kind: Kind,
    worklist: Worklist<'t>,
    changes: Changes<'t>,
    list: Option<ListChanges<'t>>,
    decisions: Option<Decisions<'t>>,
}

impl<'t> Papers<'t> {
    /// Creates the files; `keys` are the columns carried along.
    ///
    /// # Errors
    /// One cannot be written.
    pub fn create(
        folder: &RunFolder,
        table: &'t Table,
        kind: Kind,
        keys: &[String],
    ) -> Result<Papers<'t>> {
        let list = match kind {
            Kind::List => Some(ListChanges::create(&folder.path("list-changes.csv"), table, keys)?),
            _ => None,
        };
        let decisions = table
            .has_choices()
            .then(|| Decisions::create(&folder.path("decisions.csv"), table, keys));
        Ok(Papers {
            table,
            kind,
            worklist: Worklist::create(&folder.path("worklist.csv"), table, keys)?,
            changes: Changes::create(&folder.path("changes.csv"), table, keys)?,
            list,
            decisions: decisions.transpose()?,
        })
    }

    /// Flushes everything and adds the sheet by code; for lists, says what has to be done.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self, folder: &RunFolder, plan: &Plan) -> Result<Option<ListCounts>> {
        self.worklist.finish()?;
        self.changes.finish()?;
        self.decisions.map(Decisions::finish).transpose()?;
        by_code::write(&folder.path("worklist-codes.csv"), self.table, self.kind, plan)?;
        self.list.map(ListChanges::finish).transpose()
    }
}

impl plan::Papers for Papers<'_> {
    fn list(&mut self, located: &Located) -> Result<()> {
        self.list.as_mut().map_or(Ok(()), |list| list.row(located))
    }

    fn change(&mut self, located: &Located, recheck: &Recheck) -> Result<()> {
        self.changes.row(located, recheck)
    }

    fn worklist(&mut self, located: &Located) -> Result<()> {
        self.worklist.row(located)
    }

    fn decision(&mut self, located: &Located) -> Result<()> {
        self.decisions.as_mut().map_or(Ok(()), |decisions| decisions.row(located))
    }
}
