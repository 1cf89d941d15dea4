//! codeturn: the yearly turn of medical code sets, from release to proof.
//!
//! Everything before the records compiles into one small decision table;
//! everything after it is one join of the records with that table:
//!
//! ```text
//! release files -> Release -> History --+
//!                     |                 |
//!                     +-> diff, report  +-> decision table -> plan -> records in, edits out -> new files
//! mapping files -> Crosswalk -----------+                      |                               journal, proof
//!                                                              +-> worklist
//! ```
//!
//! No record format knows what a mapping file is; no mapping reader knows what
//! a record is. The library has no terminal, clock, environment or randomness
//! in it: the caller passes them in.

pub mod check;
pub mod cli;
pub mod code;
pub mod crosswalk;
pub mod decide;
pub mod diff;
pub mod error;
pub mod history;
pub mod record;
pub mod release;
pub mod report;
pub mod review;
pub mod run;
pub mod story;
pub mod suggest;
