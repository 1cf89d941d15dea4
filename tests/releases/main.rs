//! Releases: how they are spelled, opened, put together and told.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod addenda;
mod inspect;
mod official;
mod official_hcpcs;
mod official_parts;
mod partial;
mod spelled;
mod zips;
