//! One file and its edits -> another file, written, read back and on the disk.
//!
//! While one thread writes, a second reads back what is there already, and a third
//! has it taken to the disk.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc;

use super::edits::EditList;
use super::splice::{Direction, Proof, prove, splice};
use crate::error::{Error, Result};

/// How many bytes are written before the disk is asked to take them in.
const SYNC_EACH: u64 = 128 << 20;

/// Writes to `copy` what the edits make of `source`, and reads it back; `progress` is told the
/// bytes read, and may stop the work. The inner error is the offset in the source at which it
/// does not hold what the edits name.
///
/// # Errors
/// Reading or writing failed, what was written is not what is read back, or the user wants
/// to stop.
pub fn rewrite(
    source: &Path,
    edits: (&EditList, Direction),
    copy: &mut File,
    copy_path: &Path,
    progress: &mut impl FnMut(u64) -> Result<()>,
) -> Result<Result<Proof, u64>> {
    let failed = |error| Error::unwritable(copy_path, &error);
    let same_file = copy.try_clone().map_err(failed)?;
    let (chunk, chunks) = mpsc::channel();
    let (stretch, stretches) = mpsc::channel();
    std::thread::scope(|scope| {
        let proving = scope.spawn(|| prove(copy_path, edits, chunks));
        let syncing =
            scope.spawn(move || stretches.iter().try_for_each(|()| same_file.sync_data()));
        let mut waiting = 0;
        let written = splice(source, edits, copy, copy_path, |read, wrote| {
            progress(read)?;
            // A thread that stopped says why at its end.
            let _ = chunk.send(wrote);
            waiting += wrote;
            if waiting >= SYNC_EACH {
                waiting = 0;
                let _ = stretch.send(());
            }
            Ok(())
        });
        drop((chunk, stretch));
        let stopped = |_| Error::internal("a thread that writes or proves a copy stopped");
        let proof = proving.join().map_err(stopped)?;
        syncing.join().map_err(stopped)?.map_err(failed)?;
        if let Err(at) = written? {
            return Ok(Err(at));
        }
        copy.sync_data().map_err(failed)?;
        proof.map(Ok)
    })
}
