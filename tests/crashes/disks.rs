//! Disks that are full, that can only be read, and files that may not grow: nothing
//! is half done, and with the trouble away the same command succeeds.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::faulty::desk::{
    A, Manner, NAMES, desk, done, fails, new, old, originals_stand, planning, results_stand, words,
};

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

/// A disk that fills up anywhere in a run: in its papers, in the temporary files of its
/// workbooks, in its results.
#[test]
fn a_disk_that_is_too_small() {
    let place = desk();
    let outside = tempfile::tempdir().unwrap();
    let mut fits = false;
    for size in (40..400).step_by(8) {
        let at = outside.path().join("disk");
        let Some(disk) = Disk::mount(&at, &format!("{size}k")) else { return };
        let run = disk.at.join("RUN");
        let migrate: Vec<String> = planning_into(&run, "");
        let migrate = ["migrate".to_owned()].into_iter().chain(migrate.into_iter().skip(1));
        let ran = place.run(&migrate.collect::<Vec<_>>());
        fits = ran.status == Some(0);
        if fits {
            break;
        }
        fails(&ran, 4, &["error: "]);
        assert!(!run.exists() && !disk.at.join("RUN.part").exists(), "{size}k: {ran:?}");
        originals_stand(&place);
    }
    assert!(fits);
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
