//! Trouble around `apply` and `undo`: a disk that lies, two programs at once, a
//! crash between two files, somebody who writes meanwhile.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::faulty::desk::{
    A, Manner, NAMES, calls_of, done, fails, kill_at, new, old, originals_stand, parts, planned,
    planning, results_stand, words,
};
use crate::faulty::{Call, Ended, Fault, Place, Point, Threads, can_trace};

/// A disk that says it has written and has not: what is read back shows it.
#[test]
fn a_disk_that_lies() {
    if !can_trace() {
        return;
    }
    let written = [new, old].map(|bytes| NAMES.map(|name| bytes(name).len()));
    for (manner, command, lengths) in [
        (Manner::Beside, "apply RUN", written[0]),
        (Manner::InPlace, "apply RUN", written[0]),
        (Manner::InPlace, "undo RUN", written[1]),
    ] {
        let place = planned(manner);
        if command == "undo RUN" {
            done(&place, &words("apply RUN"));
        }
        let writes = calls_of(&place, command, "write").into_iter();
        let writes: Vec<Call> = writes.filter(|call| call.text.contains(".codeturn-")).collect();
        assert_eq!(writes.len(), NAMES.len());
        let before = place.tree();
        for (call, length) in writes.into_iter().zip(lengths) {
            for bytes in [length, 1] {
                place.restore(&before);
                let point = Point { call: call.clone(), fault: Fault::Lie(bytes) };
                let ended = place.run_with(&point, Threads::First, &words(command));
                assert!([Some(3), Some(4)].contains(&ended.status), "{point:?}: {ended:?}");
                assert!(ended.stderr.contains(".csv"), "{point:?}: {ended:?}");
                assert_eq!(parts(&place), Vec::<PathBuf>::new(), "{point:?}");
                if command == "apply RUN" {
                    originals_stand(&place);
                    done(&place, &words(command));
                    results_stand(&place, manner);
                } else {
                    results_stand(&place, manner);
                    done(&place, &words(command));
                    originals_stand(&place);
                }
            }
        }
    }
}

/// Killed when the first file has its name and the second one has not.
fn killed_between_two_files() -> Place {
    let place = planned(Manner::InPlace);
    kill_at(&place, "apply RUN", "renameat2", |call| call.number == 2);
    assert_eq!(place.read("a.csv"), Some(new("a.csv")));
    assert_eq!(place.read("b.csv"), Some(old("b.csv")));
    place
}

#[test]
fn a_crash_between_two_files() {
    if !can_trace() {
        return;
    }
    let place = killed_between_two_files();
    let verified = place.run(&words("verify RUN"));
    fails(&verified, 3, &["the run was interrupted", "`codeturn apply RUN` finishes it"]);
    for says in ["a.csv: new content, proven", "b.csv: as it was before the run", ": unfinished"] {
        assert!(verified.stdout.contains(says), "{verified:?}");
    }
    let shown = done(&place, &words("show RUN"));
    assert!(shown.stdout.contains("interrupted while it was applied"), "{shown:?}");
    let approved = place.run(&words("approve RUN --by R. --reason read"));
    fails(&approved, 3, &["interrupted while it was applied"]);
    let interrupted = place.tree();
    let finished = done(&place, &words("apply RUN"));
    assert!(finished.stderr.contains("an earlier apply was interrupted"), "{finished:?}");
    assert!(finished.stdout.contains("2 codes replaced in 2 files in place"), "{finished:?}");
    results_stand(&place, Manner::InPlace);
    // Or taken back.
    place.restore(&interrupted);
    done(&place, &words("undo RUN"));
    originals_stand(&place);
    assert_eq!(parts(&place), Vec::<PathBuf>::new());
    fails(&place.run(&words("undo RUN")), 3, &["the run is undone"]);
}

/// A failure between two files says how far it came and what to do.
#[test]
fn a_failure_between_two_files() {
    if !can_trace() {
        return;
    }
    let place = planned(Manner::InPlace);
    let call = calls_of(&place, "apply RUN", "renameat2").remove(1);
    let point = Point { call, fault: Fault::Error("EIO") };
    let ended = place.run_with(&point, Threads::First, &words("apply RUN"));
    let says = ["b.csv", "1 of 2 results have their names: `codeturn apply RUN` finishes the run"];
    fails(&ended, 4, &says);
    assert_eq!(parts(&place), Vec::<PathBuf>::new());
    done(&place, &words("apply RUN"));
    results_stand(&place, Manner::InPlace);
}

/// Killed between the exchange of names and the removal of what was displaced: the
/// part is the only place where the original still is.
fn killed_with_a_displaced_original() -> (Place, PathBuf) {
    let place = planned(Manner::InPlace);
    kill_at(&place, "apply RUN", "unlink", |call| {
        call.text.ends_with("= 0") && call.text.contains("a.csv")
    });
    let part = parts(&place)
        .into_iter()
        .find(|part| place.read(part.to_str().unwrap()) == Some(old("a.csv")));
    let part = place.path().join(part.expect("the original was displaced"));
    assert_eq!(place.read("a.csv"), Some(new("a.csv")));
    (place, part)
}

#[test]
fn what_somebody_wrote_meanwhile_is_never_removed() {
    if !can_trace() {
        return;
    }
    // Into the file that was just displaced, which they had opened before.
    let (place, part) = killed_with_a_displaced_original();
    let theirs = format!("{A}3,2024-12-01,I10,\n");
    fs::write(&part, &theirs).unwrap();
    for command in ["apply RUN", "undo RUN"] {
        let name = part.file_name().unwrap().to_str().unwrap();
        fails(&place.run(&words(command)), 3, &["this is their version", name, "hint: keep it"]);
        assert_eq!(fs::read(&part).unwrap(), theirs.as_bytes());
        assert_eq!(place.read("a.csv"), Some(new("a.csv")));
    }
    fs::rename(&part, place.path().join("theirs.csv")).unwrap();
    done(&place, &words("apply RUN"));
    results_stand(&place, Manner::InPlace);

    // Into the result: then the displaced original is the last one.
    let (place, part) = killed_with_a_displaced_original();
    fs::write(place.path().join("a.csv"), &theirs).unwrap();
    for (command, says) in [("apply RUN", "changed since"), ("undo RUN", "was changed after")] {
        fails(&place.run(&words(command)), 3, &[says, "a.csv"]);
        assert_eq!(place.read("a.csv").unwrap(), theirs.as_bytes());
        assert_eq!(fs::read(&part).unwrap(), old("a.csv"));
    }
}

fn start(place: &Place, args: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codeturn"));
    command.current_dir(place.path()).args(words(args)).stdout(Stdio::null());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

#[track_caller]
fn wait(child: Child) -> Ended {
    let done = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    Ended { status: done.status.code(), stdout: String::new(), stderr, is_mute: false }
}

/// Whoever comes first does it; the others say that somebody is at work, or that
/// it is done.
#[test]
fn several_applies_of_one_run_at_once() {
    for manner in [Manner::Beside, Manner::InPlace] {
        let place = planned(manner);
        let all: Vec<Child> = (0..6).map(|_| start(&place, "apply RUN")).collect();
        let all: Vec<Ended> = all.into_iter().map(wait).collect();
        assert_eq!(all.iter().filter(|one| one.status == Some(0)).count(), 1, "{all:?}");
        for other in all.iter().filter(|one| one.status != Some(0)) {
            assert_eq!(other.status, Some(3), "{other:?}");
            let known = ["another program is at work in it", "the plan was applied already"];
            assert!(known.iter().any(|says| other.stderr.contains(says)), "{other:?}");
        }
        results_stand(&place, manner);
    }
}

#[test]
fn a_run_in_which_another_program_is_at_work() {
    let place = planned(Manner::Beside);
    let lock = File::create(place.path().join("RUN/lock")).unwrap();
    lock.lock().unwrap();
    let before = place.tree();
    for command in
        ["show RUN", "apply RUN", "verify RUN", "undo RUN", "approve RUN --by R. --reason r"]
    {
        fails(
            &place.run(&words(command)),
            3,
            &["another program is at work in it", "RUN\n", "hint: wait"],
        );
    }
    assert!(place.tree() == before);
    // Not by closing it: a program that another test just started may hold it, too.
    lock.unlock().unwrap();
    done(&place, &words("apply RUN"));
}

/// Two runs that were planned for the same files: one of them rewrites them, and
/// neither takes the other's unfinished file for its own.
#[test]
fn two_runs_of_the_same_files_at_once() {
    let place = planned(Manner::InPlace);
    fs::rename(place.path().join("RUN"), place.path().join("FIRST")).unwrap();
    done(&place, &planning("plan", "--in-place"));
    let before = place.tree();
    for _ in 0..8 {
        place.restore(&before);
        let both = ["apply RUN", "apply FIRST"].map(|command| start(&place, command)).map(wait);
        for name in NAMES {
            assert_eq!(place.read(name), Some(new(name)), "{both:?}");
        }
        let mut statuses = both.each_ref().map(|ended| ended.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [Some(0), Some(3)], "{both:?}");
        assert_eq!(parts(&place), Vec::<PathBuf>::new(), "{both:?}");
    }
}
