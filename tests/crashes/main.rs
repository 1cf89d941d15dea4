//! What stands after a crash, a full disk, tampering or a signal.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
#[path = "../faulty/mod.rs"]
mod faulty;

#[cfg(target_os = "linux")]
mod disks;
#[cfg(target_os = "linux")]
mod injection;
#[cfg(target_os = "linux")]
mod order;
mod tampering;
#[cfg(target_os = "linux")]
mod trouble;
