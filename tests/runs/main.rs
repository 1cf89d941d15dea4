//! Plans, reviews, rewrites and annotated copies.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod annotate;
mod claims;
mod decisions;
#[cfg(unix)]
mod files;
mod fixtures;
mod folder;
mod lists;
mod meant;
mod migrate;
#[cfg(unix)]
mod places;
mod project;
mod report;
mod samples;
