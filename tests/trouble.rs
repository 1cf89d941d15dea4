//! Trouble around `apply` and `undo`: full and read-only disks, a disk that lies,
//! two programs at once, a crash between two files, somebody who writes meanwhile.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod faulty;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use faulty::desk::{
    A, Manner, NAMES, calls_of, desk, done, kill_at, new, old, planned, planning, words,
};
use faulty::{Call, Ended, Fault, Place, Point, Threads, can_trace};

/// It ended with this status and said all of these words in its error.
#[track_caller]
fn fails(ended: &Ended, status: i32, says: &[&str]) {
    assert_eq!(ended.status, Some(status), "{ended:?}");
    let at = ended.stderr.find("error: ").unwrap_or_else(|| panic!("no error: {ended:?}"));
    for words in says {
        assert!(ended.stderr[at..].contains(words), "no `{words}` in {ended:?}");
    }
}

fn parts(place: &Place) -> Vec<PathBuf> {
    place.tree().into_keys().filter(|name| name.to_string_lossy().contains(".codeturn-")).collect()
}

#[track_caller]
fn originals_stand(place: &Place) {
    for name in NAMES {
        assert_eq!(place.read(name), Some(old(name)), "{name}");
    }
}

#[track_caller]
fn results_stand(place: &Place, manner: Manner) {
    for name in NAMES {
        assert_eq!(place.read(&manner.result(name)), Some(new(name)), "{name}");
    }
    assert_eq!(parts(place), Vec::<PathBuf>::new());
    let verified = done(place, &words("verify RUN"));
    assert!(verified.stdout.contains("File integrity verified."), "{verified:?}");
}

/// A small disk of its own, as long as this lives.
struct Disk {
    at: PathBuf,
}

impl Disk {
    /// `None`, and said loudly, where this user may not mount one.
    fn mount(at: &Path, size: &str) -> Option<Disk> {
        fs::create_dir_all(at).unwrap();
        let options = format!("size={size},mode=755");
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        match done {
            Ok(done) if done.status.success() => Some(Disk { at: at.to_owned() }),
            other => {
                eprintln!(
                    "\nSKIPPED: NO FULL OR READ-ONLY DISK, for none can be mounted: {other:?}\n"
                );
                None
            }
        }
    }

    fn may(&self, access: &str) {
        let options = format!("remount,{access}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.at).status().unwrap();
        assert!(status.success());
    }

    /// Writes until nothing fits any more; gone with the file that is returned.
    fn fill(&self) -> PathBuf {
        let ballast = self.at.join("ballast");
        let mut file = File::create(&ballast).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// The command of a run folder elsewhere than below the records.
fn at(command: &str, run: &Path) -> Vec<String> {
    vec![command.to_owned(), run.to_str().unwrap().to_owned()]
}

fn planning_into(run: &Path, more: &str) -> Vec<String> {
    let plan = planning("plan", more).into_iter();
    plan.map(|arg| if arg == "RUN" { run.to_str().unwrap().to_owned() } else { arg }).collect()
}

#[test]
fn a_full_disk() {
    let place = desk();
    let outside = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&outside.path().join("disk"), "256k") else { return };
    let run = disk.at.join("RUN");
    let ballast = disk.fill();
    let none = place.run(&planning_into(&run, ""));
    fails(&none, 4, &["No space left", "hint: the disk is full"]);
    assert!(!run.exists() && !disk.at.join("RUN.part").exists(), "{none:?}");
    fs::remove_file(&ballast).unwrap();
    done(&place, &planning_into(&run, ""));
    let ballast = disk.fill();
    fails(&place.run(&at("apply", &run)), 4, &["No space left", "hint: the disk is full"]);
    assert!(!run.join("migrated").exists());
    fails(&place.run(&at("verify", &run)), 3, &["nothing was applied"]);
    originals_stand(&place);
    fs::remove_file(&ballast).unwrap();
    done(&place, &at("apply", &run));
    done(&place, &at("verify", &run));
    for name in NAMES {
        assert_eq!(fs::read(run.join("migrated").join(name)).unwrap(), new(name));
    }
    done(&place, &at("undo", &run));
    assert!(!run.join("migrated").exists());
}

#[test]
fn a_full_disk_under_the_records() {
    let place = desk();
    let outside = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&outside.path().join("disk"), "256k") else { return };
    let records: Vec<PathBuf> = NAMES.iter().map(|name| disk.at.join(name)).collect();
    for (name, path) in NAMES.iter().zip(&records) {
        fs::rename(place.path().join(name), place.path().join("moved")).unwrap();
        fs::write(path, old(name)).unwrap();
        std::os::unix::fs::symlink(path, place.path().join(name)).unwrap();
        fs::remove_file(place.path().join("moved")).unwrap();
    }
    done(&place, &planning("plan", "--in-place"));
    let ballast = disk.fill();
    let full = place.run(&words("apply RUN"));
    fails(&full, 4, &["No space left", "hint: the disk is full", "a.csv"]);
    originals_stand(&place);
    assert_eq!(fs::read_dir(&disk.at).unwrap().count(), 3, "a part is left");
    fs::remove_file(&ballast).unwrap();
    done(&place, &words("apply RUN"));
    results_stand(&place, Manner::InPlace);
    let ballast = disk.fill();
    fails(&place.run(&words("undo RUN")), 4, &["No space left"]);
    results_stand(&place, Manner::InPlace);
    fs::remove_file(&ballast).unwrap();
    done(&place, &words("undo RUN"));
    originals_stand(&place);
    assert!(place.path().join("a.csv").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn a_disk_that_can_only_be_read() {
    let place = desk();
    let outside = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&outside.path().join("disk"), "256k") else { return };
    let run = disk.at.join("RUN");
    done(&place, &planning_into(&run, ""));
    disk.may("ro");
    let hint = "hint: that disk can only be read";
    fails(&place.run(&at("apply", &run)), 4, &["Read-only file system", "RUN/lock", hint]);
    let other = place.run(&planning_into(&disk.at.join("OTHER"), ""));
    fails(&other, 4, &["Read-only file system", "OTHER.part", hint]);
    originals_stand(&place);
    disk.may("rw");
    done(&place, &at("apply", &run));
    done(&place, &at("verify", &run));
}

#[test]
fn a_folder_that_may_not_be_written() {
    let place = desk();
    let locked = place.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if File::create(locked.join("probe")).is_ok() {
        eprintln!("\nSKIPPED: this user may write into every folder, whatever its mode\n");
        return;
    }
    let ended = place.run(&planning_into(&locked.join("RUN"), ""));
    fails(&ended, 4, &["Permission denied", "RUN.part", "hint: no permission there"]);
    originals_stand(&place);
}

/// A file may not grow above so many blocks of 512 bytes: the last write of a file
/// is a short one, and the next one fails.
#[test]
fn writes_that_are_cut_short() {
    let place = desk();
    let long = format!("{A}{}", "3,2024-09-02,T84.040A,a remark\n".repeat(400));
    fs::write(place.path().join("a.csv"), &long).unwrap();
    done(&place, &planning("plan", ""));
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" apply RUN";
    let mut shell = Command::new("sh");
    shell.current_dir(place.path()).args(["-c", limited, env!("CARGO_BIN_EXE_codeturn")]);
    let output = shell.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("cannot be written: File too large"), "{stderr}");
    assert!(!place.path().join("RUN/migrated").exists());
    assert_eq!(place.read("a.csv").unwrap(), long.as_bytes());
    done(&place, &words("apply RUN"));
    let copy = place.read("RUN/migrated/a.csv").unwrap();
    assert_eq!(copy, long.replacen("T84.040A", "M97.01XA", 1).into_bytes());
}

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
    assert!(finished.stdout.contains("2 codes replaced in 2 files replaced"), "{finished:?}");
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
    drop(lock);
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
