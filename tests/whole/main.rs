//! Damaged input, properties of the whole rewrite, and the command line.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod completions;
mod damage;
mod faults;
mod properties;
mod regression;
