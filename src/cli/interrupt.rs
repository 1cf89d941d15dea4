//! Ctrl-C: what is unfinished is cleared away before the program ends.
//!
//! The first signal only sets a flag, and the work stops where it is told how
//! many bytes were done: so the usual way out of an error clears up. A second
//! signal ends the program at once. What has begun to be published is finished.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What a shell reports for a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// From now on a signal asks for an end and does not bring it.
pub fn arm() {
    for signal in [SIGINT, SIGTERM] {
        // Where no handler can be set, the signal ends the program as before.
        let _ = flag::register_conditional_shutdown(signal, STATUS, Arc::clone(&REQUESTED));
        let _ = flag::register(signal, Arc::clone(&REQUESTED));
    }
}

/// Whether the work may go on.
///
/// # Errors
/// The user wants to stop.
pub fn check() -> Result<()> {
    if REQUESTED.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
}
