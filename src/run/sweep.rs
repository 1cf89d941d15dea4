//! A whole file through the workers: blocks in, harvests out, in order.
//!
//! One thread reads, hashes and cuts; as many workers as there are processors
//! scan; the caller takes the harvests in the order of the file, whatever order
//! they were finished in. A fixed number of blocks is in flight, so the memory
//! is constant, and the answer is the same on any number of threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::harvest::Harvest;
use crate::error::{Error, Result};
use crate::record::delimited::blocks::{BLOCK, Block, Blocks};
use crate::record::delimited::damage::Damage;
use crate::record::delimited::layout::Layout;
use crate::record::delimited::scan::Counted;
use crate::release::Digest;

/// What is done with each block of a file, on any thread.
pub trait Worker: Sync {
    /// What a block gives.
    type Harvest: Harvested;

    /// The layout of the file.
    fn layout(&self) -> &Layout;

    /// Does one block, which stands at that offset of the file.
    fn harvest(&self, at: u64, block: &[u8]) -> Self::Harvest;
}

/// What a block gave.
pub trait Harvested: Send {
    /// How much was read of the file for it.
    fn extent(&self) -> Extent;
}

/// How much a block holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extent {
    /// Records, blank lines not counted.
    pub records: u64,
    /// Physical lines.
    pub lines: u64,
    /// What looks damaged; lines from the start of the block (0-based).
    pub damage: Damage,
}

impl Extent {
    /// Of a block that was scanned.
    pub fn of(counted: &Counted) -> Extent {
        let &Counted { records, lines, damage, .. } = counted;
        Extent { records, lines, damage }
    }
}

/// How a file is swept.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many workers.
    pub threads: usize,
    /// How many bytes a block has.
    pub block: usize,
}

impl Pace {
    /// The usual block size on so many threads.
    pub fn on(threads: usize) -> Pace {
        Pace { threads: threads.max(1), block: BLOCK }
    }
}

/// A harvest and where its block stands in the file.
#[derive(Debug)]
pub struct Placed<H = Harvest> {
    /// The offset of the block in the file.
    pub at: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// The 0-based record with which it begins.
    pub record: u64,
    /// The 1-based physical line with which it begins.
    pub line: u64,
    /// What was found.
    pub harvest: H,
}

/// What was read of a file.
#[derive(Debug, Clone, Copy)]
pub struct Swept {
    /// The digest of all its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
    /// How many records, the header not counted.
    pub records: u64,
    /// What looks damaged; lines of the file (1-based).
    pub damage: Damage,
}

enum Done<H> {
    Harvest(u64, Block, Box<H>),
    End(Digest),
    Failed(Error),
}

/// Sweeps a file; `take` is given every harvest, in the order of the file.
///
/// # Errors
/// The file cannot be read to its end, or `take` fails.
pub fn sweep<W: Worker>(
    path: &Path,
    work: &W,
    pace: Pace,
    take: impl FnMut(Placed<W::Harvest>) -> Result<()>,
) -> Result<Swept> {
    let in_flight = pace.threads * 2 + 2;
    let (spare_in, spare) = sync_channel::<Block>(in_flight);
    let (task_in, tasks) = sync_channel::<(u64, Block)>(in_flight);
    let (done_in, done) = sync_channel::<Done<W::Harvest>>(in_flight + 1);
    for _ in 0..in_flight {
        // The channel holds as many: sending cannot fail or wait.
        let _ = spare_in.send(Block { at: 0, bytes: Vec::new() });
    }
    let tasks = Mutex::new(tasks);
    thread::scope(|scope| {
        for _ in 0..pace.threads {
            let done_in = done_in.clone();
            let tasks = &tasks;
            scope.spawn(move || work_off(tasks, work, &done_in));
        }
        let layout = work.layout();
        scope.spawn(move || read(path, layout, pace, &spare, &task_in, &done_in));
        // Given away, so that whoever still waits for them stops when it returns.
        collect(done, spare_in, layout, take)
    })
}

fn read<H>(
    path: &Path,
    layout: &Layout,
    pace: Pace,
    spare: &Receiver<Block>,
    tasks: &SyncSender<(u64, Block)>,
    done: &SyncSender<Done<H>>,
) {
    let last = read_all(path, layout, pace, spare, tasks);
    // The collector is gone only where it failed itself.
    let _ = done.send(last.map_or_else(Done::Failed, Done::End));
}

fn read_all(
    path: &Path,
    layout: &Layout,
    pace: Pace,
    spare: &Receiver<Block>,
    tasks: &SyncSender<(u64, Block)>,
) -> Result<Digest> {
    let mut blocks = Blocks::open(path, layout, pace.block)?;
    let mut number = 0;
    while let Ok(mut block) = spare.recv() {
        if !blocks.next(&mut block)? || tasks.send((number, block)).is_err() {
            break;
        }
        number += 1;
    }
    Ok(blocks.digest())
}

fn work_off<W: Worker>(
    tasks: &Mutex<Receiver<(u64, Block)>>,
    work: &W,
    done: &SyncSender<Done<W::Harvest>>,
) {
    loop {
        let task = tasks.lock().map(|tasks| tasks.recv());
        let Ok(Ok((number, block))) = task else { return };
        let harvest = Box::new(work.harvest(block.at, &block.bytes));
        if done.send(Done::Harvest(number, block, harvest)).is_err() {
            return;
        }
    }
}

/// Taken by value, both ends stop their other ends when this returns.
#[allow(clippy::needless_pass_by_value)]
fn collect<H: Harvested>(
    done: Receiver<Done<H>>,
    spare: SyncSender<Block>,
    layout: &Layout,
    mut take: impl FnMut(Placed<H>) -> Result<()>,
) -> Result<Swept> {
    let mut waiting: BTreeMap<u64, (Block, Box<H>)> = BTreeMap::new();
    let head = &layout.head;
    let (mut next, mut record, mut line, mut size) = (0, 0, head.first_line, head.data as u64);
    let (mut digest, mut damage) = (None, Damage::default());
    for message in done {
        match message {
            Done::Failed(error) => return Err(error),
            Done::End(all) => digest = Some(all),
            Done::Harvest(number, block, harvest) => {
                waiting.insert(number, (block, harvest));
            }
        }
        while let Some((block, harvest)) = waiting.remove(&next) {
            let bytes = block.bytes.len() as u64;
            let extent = harvest.extent();
            damage = damage.or(extent.damage.from_line(line));
            let at = block.at;
            // The reader may be gone already; then nobody needs the buffer.
            let _ = spare.send(block);
            take(Placed { at, bytes, record, line, harvest: *harvest })?;
            next += 1;
            record += extent.records;
            line += extent.lines;
            size += bytes;
        }
    }
    let digest =
        digest.ok_or_else(|| Error::internal("the reader of a file stopped without a word"))?;
    Ok(Swept { digest, size, records: record, damage })
}
