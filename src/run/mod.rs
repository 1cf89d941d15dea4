//! Records in, edits out: what is done with whole files.
//!
//! `inputs` finds the files, `sweep` takes one through the workers, `harvest`
//! is the work on one block, `located` a finding as it is printed. On these
//! stand the audit and the plan; the plan's product is an edit list (`edits`),
//! which `splice` turns into a copy and into the proof that only the planned
//! bytes differ. `book` is the plan read back: `apply`, `verify` and `undo` go by it
//! alone, in a run folder that `open` opens.

pub mod apply;
pub mod audit;
pub mod beside;
pub mod book;
pub mod counts;
pub mod edits;
pub mod folder;
pub mod harvest;
pub mod impact;
pub mod inputs;
pub mod inspect;
pub mod journal;
pub mod located;
mod names;
pub mod open;
pub mod outputs;
pub mod packet;
pub mod plan;
pub mod recheck;
pub mod slices;
pub mod splice;
pub mod stored_path;
pub mod sweep;
pub mod turn;
pub mod undo;
pub mod verify;
