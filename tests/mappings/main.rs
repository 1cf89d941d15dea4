//! Mappings: read, converted, checked and suggested.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod check;
mod convert;
mod official;
mod published;
mod suggest;
