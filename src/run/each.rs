//! Many files at once, where the work on each is its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::error::{Error, Result};

/// Does the work for each item, on as many threads as there are processors; what
/// comes of it is in the order of the items.
///
/// # Errors
/// A thread stopped.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let stopped = |_| Error::internal("a thread that reads files stopped");
    let done = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(take)).collect();
        let done = workers.into_iter().map(|worker| worker.join().map_err(stopped));
        done.collect::<Result<Vec<_>>>()
    })?;
    let mut done: Vec<(usize, R)> = done.into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}
