//! Audits of records, and the life of a code.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod code;
mod evidence;
mod slices;
mod turn;
mod verdicts;
