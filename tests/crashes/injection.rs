//! Every system call of `apply`, `undo` and `migrate` that changes something
//! fails once, and is once the last one of a program that was killed.
//!
//! The calls are counted in a run without faults. After each fault the files are
//! wholly old or wholly new, `verify` says how things stand, the same command
//! finishes what was begun, and then everything is as after a run without faults.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::faulty::desk::{
    Manner, NAMES, QUIET, desk, done, kill_at, new, old, parts, planned, planning, words,
};
use crate::faulty::{Call, Ended, Fault, Place, Point, Threads, Tree, can_trace, differences};

/// A command that is broken off at every call it makes.
struct Trial {
    /// How the results are written; `migrate` has none.
    manner: Manner,
    /// The command that is broken off.
    command: Vec<String>,
    /// Brings a folder into the state before it.
    before: fn(Manner) -> Place,
    /// What must hold after a fault, and later.
    check: fn(&Trial, &Place, &Point, &Ended, &Tree),
}

impl Trial {
    /// Tries all points, on all processors; says how many there were.
    fn run(&self, faults: fn(&Call) -> Vec<Point>) -> usize {
        let place = (self.before)(self.manner);
        let (ended, calls) = place.trace(&self.command);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        let clean = place.tree();
        let calls: Vec<Call> =
            calls.into_iter().filter(|call| call.matters_in(place.path())).collect();
        self.changes_nothing_elsewhere(&calls);
        let is_tried = |call: &Call| call.thread == 0 && self.tries(call);
        let calls: Vec<Call> = calls.into_iter().filter(is_tried).collect();
        let points: Vec<Point> = calls.iter().flat_map(faults).collect();
        let [next, tried, stopped] = [const { AtomicUsize::new(0) }; 3];
        let workers = std::thread::available_parallelism().map_or(2, usize::from) * 2;
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let place = (self.before)(self.manner);
                    let before = place.tree();
                    while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                        place.restore(&before);
                        let ended = place.run_with(point, self.threads(), &self.command);
                        (self.check)(self, &place, point, &ended, &clean);
                        tried.fetch_add(1, Ordering::Relaxed);
                        let is_stopped = ended.status == Some(130);
                        stopped.fetch_add(is_stopped.into(), Ordering::Relaxed);
                    }
                });
            }
        });
        let tried = tried.into_inner();
        let tried_calls: BTreeSet<(&str, usize)> =
            points.iter().map(|point| (point.call.name.as_str(), point.call.number)).collect();
        assert_eq!(tried, points.len());
        assert_eq!(tried_calls.len(), calls.len());
        assert!(tried > 0);
        let interrupts = points.iter().any(|point| point.fault == Fault::Interrupt);
        assert_eq!(stopped.into_inner() > 0, interrupts);
        println!(
            "{} {:?}: {} calls, {tried} points tried",
            self.command[0],
            self.manner,
            calls.len()
        );
        tried
    }

    /// `migrate` writes everything that a plan does, too: the files that it closes
    /// are synced before or afterwards.
    fn tries(&self, call: &Call) -> bool {
        self.command[0] != "migrate" || call.name != "close"
    }

    /// `migrate` makes workbooks while it writes the copies.
    fn threads(&self) -> Threads {
        if self.command[0] == "migrate" { Threads::Any } else { Threads::First }
    }

    /// The first thread alone writes, so that each call is one point; other threads
    /// of `apply` and `undo` only read, and close what they read.
    fn changes_nothing_elsewhere(&self, calls: &[Call]) {
        if self.threads() == Threads::First {
            let other = calls.iter().find(|call| call.thread > 0 && call.name != "close");
            assert!(other.is_none(), "{other:?}");
        }
    }
}

/// The name of the last thing that the journal says of the run.
fn stage(place: &Place) -> String {
    let journal = place.read("RUN/journal.ndjson").unwrap();
    let whole = journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let text = String::from_utf8(journal[..whole].to_vec()).unwrap();
    let event = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["event"].as_str().unwrap().to_owned()
    };
    let mut events = text.lines().rev().map(event);
    events.find(|event| event != "verified" && event != "approved").unwrap()
}

/// Everything is as after a run without faults, but for the journal, which holds
/// times, the lock, and a folder that could not be removed.
#[track_caller]
fn is_as_after(clean: &Tree, place: &Place, point: &Point) {
    let mut own = vec!["RUN/journal.ndjson", "RUN/lock"];
    if point.call.name == "rmdir" && point.fault != Fault::Kill {
        own.push("RUN/migrated");
    }
    let differ = differences(clean, &place.tree(), &own);
    assert!(differ.is_empty(), "{point:?}: {differ:?}");
}

/// It was killed, did not mind, or said what could not be done and where.
fn ended_in_order(place: &Place, point: &Point, ended: &Ended) {
    match (point.fault, ended.status) {
        (Fault::Kill, None) => {}
        (Fault::Error(_), Some(4)) => {
            let is_said = ended.stderr.contains("error: ") || ended.is_mute;
            assert!(is_said, "{point:?}: {ended:?}");
        }
        (Fault::Interrupt, Some(130)) => {
            let says = "interrupted: nothing was changed";
            assert!(ended.stderr.contains(says) || ended.is_mute, "{point:?}: {ended:?}");
        }
        // What was announced is finished; before anything was begun, it just ends.
        (Fault::Interrupt, Some(0) | None) => {}
        // What is only tidied up, or already safe.
        (Fault::Error(_), Some(0)) => {
            let minor = ["close", "rmdir", "unlink", "fchmod"].contains(&point.call.name.as_str());
            assert!(minor, "{point:?}: {ended:?}");
        }
        // What the standard library makes of a folder that cannot be closed.
        (Fault::Error(_), Some(101)) => {
            assert!(ended.stderr.contains("unexpected error during closedir"), "{ended:?}");
        }
        _ => panic!("{point:?}: {ended:?}"),
    }
    for name in NAMES {
        let bytes = place.read(name);
        assert!(
            bytes == Some(old(name)) || bytes == Some(new(name)),
            "{point:?}: {name}: {bytes:?}"
        );
    }
    assert_eq!(place.read("quiet.csv").unwrap(), QUIET.as_bytes());
}

/// Only a killed program leaves a part, and one that could not remove what it
/// had displaced: that one is whole.
fn left_nothing_unfinished(place: &Place, point: &Point) {
    if point.fault == Fault::Kill {
        return;
    }
    for part in parts(place) {
        let bytes = fs::read(place.path().join(&part)).unwrap();
        let whole = NAMES.iter().any(|name| {
            part.to_string_lossy().contains(name) && (bytes == old(name) || bytes == new(name))
        });
        assert!(whole, "{point:?}: {} is left", part.display());
    }
}

/// After Ctrl-C nothing has changed, or everything that was announced is done.
fn stopped_in_order(place: &Place, point: &Point, ended: &Ended, before: &str) {
    if point.fault == Fault::Interrupt && ended.status == Some(130) {
        assert_eq!(stage(place), before, "{point:?}: {ended:?}");
        assert_eq!(parts(place), Vec::<PathBuf>::new(), "{point:?}");
    }
}

/// `verify` says what is there, and calls nothing proven that is not.
fn verify_tells_the_truth(trial: &Trial, place: &Place, point: &Point) {
    let stage = stage(place);
    let verified = place.run(&words("verify RUN"));
    let is_new = |name: &str| place.read(&trial.manner.result(name)) == Some(new(name));
    let said = verified.stdout.contains("File integrity verified");
    for part in parts(place) {
        let name = part.file_name().unwrap().to_str().unwrap();
        let is_named = verified.stdout.contains(name) || verified.stderr.contains(name);
        assert!(is_named, "{point:?}: {name} is not named: {verified:?}");
    }
    match stage.as_str() {
        "applied" => assert_eq!(verified.status, Some(0), "{point:?}: {verified:?}"),
        "undone" => assert_eq!(verified.status, Some(0), "{point:?}: {verified:?}"),
        _ => assert_eq!(verified.status, Some(3), "{point:?}: {verified:?}"),
    }
    assert_eq!(said, stage == "applied", "{point:?}: {verified:?}");
    if said {
        assert!(NAMES.iter().all(|name| is_new(name)), "{point:?}");
    }
    if stage == "undone" {
        assert!(NAMES.iter().all(|name| place.read(name) == Some(old(name))), "{point:?}");
        assert!(verified.stdout.contains("undone: 2 files"), "{point:?}: {verified:?}");
    }
    if ["applying", "undoing"].contains(&stage.as_str()) {
        assert!(verified.stderr.contains("interrupted"), "{point:?}: {verified:?}");
        for name in NAMES {
            let says = format!("{}: new content, proven", trial.manner.result(name));
            assert_eq!(verified.stdout.contains(&says), is_new(name), "{point:?}: {verified:?}");
        }
    }
    if stage == "planned" {
        assert!(verified.stderr.contains("nothing was applied"), "{point:?}: {verified:?}");
    }
}

/// The same command again finishes it, or finds it finished.
fn again(place: &Place, command: &[String], finished: bool, words: &str) {
    let ended = place.run(command);
    if finished {
        assert_eq!(ended.status, Some(3), "{ended:?}");
        assert!(ended.stderr.contains(words), "{ended:?}");
    } else {
        assert_eq!(ended.status, Some(0), "{ended:?}");
    }
}

fn check_apply(trial: &Trial, place: &Place, point: &Point, ended: &Ended, clean: &Tree) {
    ended_in_order(place, point, ended);
    left_nothing_unfinished(place, point);
    stopped_in_order(place, point, ended, "planned");
    verify_tells_the_truth(trial, place, point);
    again(place, &trial.command, stage(place) == "applied", "the plan was applied already");
    let verified = done(place, &words("verify RUN"));
    assert!(verified.stdout.contains("File integrity verified"), "{point:?}");
    is_as_after(clean, place, point);
}

fn check_undo(trial: &Trial, place: &Place, point: &Point, ended: &Ended, clean: &Tree) {
    ended_in_order(place, point, ended);
    left_nothing_unfinished(place, point);
    stopped_in_order(place, point, ended, "applied");
    verify_tells_the_truth(trial, place, point);
    again(place, &trial.command, stage(place) == "undone", "the run is undone");
    done(place, &words("verify RUN"));
    is_as_after(clean, place, point);
}

/// There is a whole run folder or none; what is left beside makes way.
fn check_migrate(trial: &Trial, place: &Place, point: &Point, ended: &Ended, clean: &Tree) {
    ended_in_order(place, point, ended);
    for name in NAMES {
        assert_eq!(place.read(name), Some(old(name)), "{point:?}");
    }
    let finished = place.path().join("RUN").exists();
    if finished {
        done(place, &words("verify RUN"));
    }
    // Only what killed it, or kept it from tidying up, leaves something.
    let untidy = ["rmdir", "unlinkat", "unlink"].contains(&point.call.name.as_str());
    let killed = point.fault == Fault::Kill || ended.status == Some(130) && ended.is_mute;
    if !untidy && !killed {
        assert!(!place.path().join("RUN.part").exists(), "{point:?}: {ended:?}");
    }
    again(place, &trial.command, finished, "already there");
    is_as_after(clean, place, point);
    done(place, &words("verify RUN"));
}

fn trial(command: &str, manner: Manner, faults: fn(&Call) -> Vec<Point>) {
    let trial = match command {
        "apply" => {
            Trial { manner, command: words("apply RUN"), before: planned, check: check_apply }
        }
        "undo" => Trial {
            manner,
            command: words("undo RUN"),
            before: |manner| {
                let place = planned(manner);
                done(&place, &words("apply RUN"));
                place
            },
            check: check_undo,
        },
        _ => Trial {
            manner,
            command: planning("migrate", "--threads 1 --quiet"),
            before: |_| desk(),
            check: check_migrate,
        },
    };
    if can_trace() {
        trial.run(faults);
    }
}

/// An apply that was killed when the first file had its name and the second had not.
fn half_applied(manner: Manner) -> Place {
    let place = planned(manner);
    kill_at(&place, "apply RUN", "renameat2", |call| call.number == 2);
    place
}

/// An undo that was killed when the first file was taken back and the second was not.
fn half_undone(manner: Manner) -> Place {
    let place = planned(manner);
    done(&place, &words("apply RUN"));
    match manner {
        Manner::InPlace => kill_at(&place, "undo RUN", "renameat2", |call| call.number == 2),
        Manner::Beside => {
            kill_at(&place, "undo RUN", "unlink", |call| {
                call.text.contains("b.csv") && call.text.ends_with("= 0")
            });
        }
    }
    place
}

/// What goes on where a killed program stopped is broken off in turn.
fn second_trial(command: &str, before: fn(Manner) -> Place) {
    if !can_trace() {
        return;
    }
    for manner in [Manner::Beside, Manner::InPlace] {
        let check = if command == "apply RUN" { check_apply } else { check_undo };
        Trial { manner, command: words(command), before, check }.run(broken_or_killed);
    }
}

/// The shorter list: a full disk fails as a broken one does.
fn broken_or_killed(call: &Call) -> Vec<Point> {
    let faults = [Fault::Error("EIO"), Fault::Kill].into_iter();
    faults.map(|fault| Point { call: call.clone(), fault }).collect()
}

/// Ctrl-C at a call.
fn interrupt(call: &Call) -> Vec<Point> {
    vec![Point { call: call.clone(), fault: Fault::Interrupt }]
}

#[test]
fn apply_beside() {
    trial("apply", Manner::Beside, Point::all);
}

#[test]
fn apply_in_place() {
    trial("apply", Manner::InPlace, Point::all);
}

#[test]
fn undo_beside() {
    trial("undo", Manner::Beside, Point::all);
}

#[test]
fn undo_in_place() {
    trial("undo", Manner::InPlace, Point::all);
}

#[test]
fn migrate() {
    trial("migrate", Manner::Beside, broken_or_killed);
}

#[test]
fn ctrl_c_at_any_moment() {
    for manner in [Manner::Beside, Manner::InPlace] {
        trial("apply", manner, interrupt);
        trial("undo", manner, interrupt);
    }
    trial("migrate", Manner::Beside, interrupt);
}

#[test]
fn finishing_what_was_killed() {
    second_trial("apply RUN", half_applied);
}

#[test]
fn taking_back_what_was_killed() {
    second_trial("undo RUN", half_applied);
}

#[test]
fn finishing_an_undo_that_was_killed() {
    second_trial("undo RUN", half_undone);
}
