//! Audits of records, and the life of a code.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod charges;
mod code;
mod damage;
mod evidence;
mod history;
mod input;
mod slices;
mod turn;
mod verdicts;

use serde_json::Value;

/// An audit as JSON.
fn json(records: &[&str], options: &[&str]) -> Value {
    let ran = common::audit(records, &[&["--format", "json"], options].concat()).well();
    serde_json::from_str(&ran.stdout).unwrap()
}
