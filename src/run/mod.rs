//! Records in, edits out: what is done with whole files.
//!
//! `inputs` finds the files, `sweep` takes one through the workers, `harvest`
//! is the work on one block, `located` a finding as it is printed. On these
//! stand the audit and the plan; the plan's product is an edit list (`edits`),
//! which `splice` turns into a copy and into the proof that only the planned
//! bytes differ, and back; `rewrite` does both at once and waits for the disk. `annotate` and `append` say what is put behind rows where codes must
//! stay, `outcome` and `decided` count for the report. `book` is the plan read back: `apply`, `verify`
//! and `undo` go by it alone, in a run folder that `open` opens. What is written has a
//! name of its own (`parts`) until it is proven, and gets its true one in one step
//! (`names`); what stands on the disk (`standing`) decides how an interrupted run goes on.
//! `lock` says who may come in, and `place` whether the folder is still where it was.

pub mod annotate;
mod append;
pub mod apply;
pub mod audit;
pub mod beside;
mod billing;
pub mod book;
pub mod counts;
pub mod decided;
mod draft;
mod each;
pub mod edits;
pub mod folder;
pub mod harvest;
pub mod impact;
pub mod inputs;
pub mod inspect;
pub mod journal;
mod ledger;
pub mod listed;
pub mod located;
pub mod lock;
mod names;
pub mod open;
pub mod originals;
pub mod outcome;
pub mod outputs;
pub mod packet;
pub mod parts;
pub mod place;
mod plain;
pub mod plan;
pub mod recheck;
mod rewrite;
pub mod slices;
pub mod splice;
pub mod standing;
pub mod stored_path;
pub mod sweep;
pub mod tally;
pub mod turn;
pub mod undo;
pub mod unmoved;
pub mod verify;
