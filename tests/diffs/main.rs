//! The difference of releases, and its reports.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod across;
mod pair;
mod reports;
