//! `codeturn diff`.

use clap::Args;

use super::{Outcome, Term};
use crate::error::Result;

/// What was typed after `codeturn diff`.
#[derive(Debug, Args)]
pub struct Diff {}

impl Diff {
    /// Does it.
    ///
    /// # Errors
    /// As the inputs are refused.
    pub fn run(&self, _term: &mut Term) -> Result<Outcome> {
        Ok(Outcome::Done)
    }
}
