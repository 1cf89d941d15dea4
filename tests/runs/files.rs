//! Files that are not plain ones: links, read-only files, modes, owners and times,
//! names that are no text or as long as can be.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::common::{Ran, fixture, folder, program, put};
use tempfile::TempDir;

const CLAIMS: &str =
    "claim_id,dos,dx1,note\n1,2024-11-02,T84.040A,\"a, b\"\n2,2024-09-02,T84.040A,\n";
const IN_PLACE: &[&str] = &["--in-place"];

/// The text with the one code replaced that was retired on its day.
fn rewritten() -> String {
    CLAIMS.replacen("T84.040A", "M97.01XA", 1)
}

/// A folder in which the program is at work; all paths are typed as seen from there.
struct Desk {
    folder: TempDir,
    at: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        Desk::called(OsStr::new("desk"))
    }

    fn called(name: &OsStr) -> Desk {
        let folder = folder();
        let at = folder.path().join(name);
        fs::create_dir(&at).unwrap();
        put(folder.path(), "map.csv", "old,new\nT84.040A,M97.01XA\n");
        Desk { folder, at }
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.at.join(name)
    }

    fn put(&self, name: impl AsRef<Path>) -> PathBuf {
        fs::write(self.path(&name), CLAIMS).unwrap();
        self.path(name)
    }

    fn text(&self, name: impl AsRef<Path>) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    fn call(&self, args: &[&OsStr]) -> Ran {
        let done = program().current_dir(&self.at).args(args).output().unwrap();
        Ran {
            status: done.status.code().unwrap_or(-1),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        }
    }

    fn plan(&self, records: &OsStr, manner: &[&str]) -> Ran {
        let release = |name: &str| fixture("fixtures/icd10cm").join(name).into_os_string();
        let old = release("icd10cm_order_2024.txt@2023-10-01");
        let new = release("icd10cm_order_2025.txt@2024-10-01");
        let map = self.folder.path().join("map.csv").into_os_string();
        let mut args: Vec<&OsStr> = vec![OsStr::new("plan"), records];
        args.extend(["--records", "unbilled", "--out", "RUN", "--map"].map(OsStr::new));
        args.extend([map.as_os_str(), OsStr::new("--old"), &old, OsStr::new("--new"), &new]);
        args.extend(manner.iter().map(OsStr::new));
        self.call(&args)
    }

    fn run(&self, command: &str) -> Ran {
        self.call(&[command, "RUN"].map(OsStr::new))
    }

    fn planned(self, records: &str, manner: &[&str]) -> Desk {
        self.plan(OsStr::new(records), manner).well();
        self
    }

    #[track_caller]
    fn refused(&self, command: &str, says: &[&str]) {
        let ran = self.run(command);
        assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
        for words in says {
            assert!(ran.stderr.contains(words), "no `{words}` in {}", ran.stderr);
        }
    }

    /// No unfinished file lies beside the records.
    #[track_caller]
    fn holds(&self, names: &[&str]) {
        let names_of = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut found: Vec<String> =
            fs::read_dir(&self.at).unwrap().map(|entry| names_of(entry.unwrap())).collect();
        found.sort();
        assert_eq!(found, names);
    }
}

/// Set to a day long ago.
fn long_ago(path: &Path) -> SystemTime {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(then))
        .unwrap();
    then
}

#[test]
fn a_copy_is_as_private_and_as_old_as_its_original() {
    for mode in [0o600, 0o640, 0o664, 0o444] {
        let desk = Desk::new();
        let original = desk.put("claims.csv");
        let then = long_ago(&original);
        fs::set_permissions(&original, Permissions::from_mode(mode)).unwrap();
        let desk = desk.planned("claims.csv", &[]);
        desk.run("apply").well();
        assert_eq!(desk.mode("RUN/migrated/claims.csv"), mode);
        let copy = fs::metadata(desk.path("RUN/migrated/claims.csv")).unwrap();
        assert_eq!(copy.modified().unwrap(), then);
        assert_eq!(fs::metadata(&original).unwrap().modified().unwrap(), then);
        assert_eq!(desk.mode("RUN"), 0o700);
        desk.run("undo").well();
        assert!(!desk.path("RUN/migrated").exists());
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_gets_a_new_time() {
    let desk = Desk::new();
    let original = desk.put("claims.csv");
    let then = long_ago(&original);
    fs::set_permissions(&original, Permissions::from_mode(0o640)).unwrap();
    let desk = desk.planned("claims.csv", IN_PLACE);
    for (command, text) in [("apply", rewritten()), ("undo", CLAIMS.to_owned())] {
        desk.run(command).well();
        assert_eq!(desk.text("claims.csv"), text);
        assert_eq!(desk.mode("claims.csv"), 0o640);
        // Backups must see it.
        assert!(fs::metadata(&original).unwrap().modified().unwrap() > then, "{command}");
        desk.holds(&["RUN", "claims.csv"]);
    }
}

/// Only root may give files away.
#[test]
fn a_file_that_is_replaced_keeps_its_owner() {
    let desk = Desk::new();
    let original = desk.put("claims.csv");
    if std::os::unix::fs::chown(&original, Some(12_345), Some(23_456)).is_err() {
        eprintln!("\nSKIPPED: this user may not give a file away\n");
        return;
    }
    let desk = desk.planned("claims.csv", IN_PLACE);
    for command in ["apply", "undo"] {
        desk.run(command).well();
        let now = fs::metadata(&original).unwrap();
        assert_eq!((now.uid(), now.gid()), (12_345, 23_456), "{command}");
    }
}

#[test]
fn a_symbolic_link_stays_one() {
    let desk = Desk::new();
    fs::create_dir(desk.path("far")).unwrap();
    let real = desk.put("far/real.csv");
    symlink(&real, desk.path("middle.csv")).unwrap();
    symlink("middle.csv", desk.path("claims.csv")).unwrap();
    let desk = desk.planned("claims.csv", IN_PLACE);
    for (command, text) in [("apply", rewritten()), ("undo", CLAIMS.to_owned())] {
        desk.run(command).well();
        for link in ["claims.csv", "middle.csv"] {
            assert!(desk.path(link).symlink_metadata().unwrap().is_symlink(), "{command}");
        }
        assert!(!real.symlink_metadata().unwrap().is_symlink());
        assert_eq!(desk.text("far/real.csv"), text);
        assert_eq!(fs::read_dir(desk.path("far")).unwrap().count(), 1, "nothing beside it");
    }
    // A copy is a file, whatever its original is.
    let desk = Desk::new();
    desk.put("real.csv");
    symlink("real.csv", desk.path("claims.csv")).unwrap();
    let desk = desk.planned("claims.csv", &[]);
    desk.run("apply").well();
    let copy = desk.path("RUN/migrated/claims.csv");
    assert!(copy.symlink_metadata().unwrap().is_file());
    assert_eq!(fs::read_to_string(copy).unwrap(), rewritten());
    assert_eq!(desk.text("real.csv"), CLAIMS);
}

/// A copy is never written through a link that somebody laid where it is to stand.
#[test]
fn a_link_where_the_copy_is_to_stand() {
    let desk = Desk::new();
    desk.put("claims.csv");
    let desk = desk.planned("claims.csv", &[]);
    fs::create_dir(desk.path("RUN/migrated")).unwrap();
    symlink(desk.path("elsewhere.csv"), desk.path("RUN/migrated/claims.csv")).unwrap();
    let refused =
        ["a symbolic link stands where the run has its results", "RUN/migrated/claims.csv"];
    desk.refused("apply", &refused);
    desk.holds(&["RUN", "claims.csv"]);
    // Nor a folder that leads the results out of the one that nobody else can open.
    let desk = Desk::new();
    desk.put("claims.csv");
    let desk = desk.planned("claims.csv", &[]);
    fs::create_dir(desk.path("open")).unwrap();
    symlink(desk.path("open"), desk.path("RUN/migrated")).unwrap();
    desk.refused("apply", &["a symbolic link stands", "RUN/migrated", "stay in the run folder"]);
    assert_eq!(fs::read_dir(desk.path("open")).unwrap().count(), 0);
}

/// Links in a folder of records that are not followed were passed over without a word.
#[test]
fn links_that_are_not_followed_are_named() {
    let desk = Desk::new();
    for folder in ["in", "real"] {
        fs::create_dir(desk.path(folder)).unwrap();
        desk.put(format!("{folder}/claims.csv"));
    }
    symlink("../real", desk.path("in/sub")).unwrap();
    symlink("nowhere.csv", desk.path("in/lost.csv")).unwrap();
    symlink("../real/claims.csv", desk.path("in/linked.csv")).unwrap();
    let desk = desk.planned("in", &[]);
    let summary: serde_json::Value = serde_json::from_str(&desk.text("RUN/summary.json")).unwrap();
    assert_eq!(summary["not_read"], serde_json::json!(["in/lost.csv", "in/sub"]));
    assert_eq!(summary["files"].as_array().unwrap().len(), 2);
    let audit = ["audit", "in"].map(OsStr::new).to_vec();
    let releases = ["icd10cm_order_2024.txt", "icd10cm_order_2025.txt"];
    let releases = releases.map(|name| fixture(&format!("fixtures/icd10cm/{name}")));
    let with: Vec<&OsStr> =
        releases.iter().flat_map(|path| [OsStr::new("--release"), path.as_os_str()]).collect();
    let ran = desk.call(&[audit, with].concat()).well();
    for name in ["in/lost.csv", "in/sub"] {
        assert!(
            ran.stdout.contains(&format!("NOT CHECKED: {name}: a symbolic link")),
            "{}",
            ran.stdout
        );
    }
}

/// A file of the run folder that is a pipe kept the program waiting for ever.
#[test]
fn a_pipe_in_the_run_folder_is_refused() {
    let desk = Desk::new();
    desk.put("claims.csv");
    let desk = desk.planned("claims.csv", &[]);
    for name in ["plan.json", "journal.ndjson", "report.html", "edits/0001.edits"] {
        let (path, aside) = (desk.path("RUN").join(name), desk.path("aside"));
        fs::rename(&path, &aside).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        desk.refused("apply", &["it is no plain file", name]);
        fs::rename(&aside, &path).unwrap();
    }
    desk.run("apply").well();
}

/// A file in the place of the folder of results: there is no copy, and what helps is told.
#[test]
fn a_file_in_the_place_of_the_folder_of_results() {
    let desk = Desk::new();
    desk.put("claims.csv");
    let desk = desk.planned("claims.csv", &[]);
    desk.run("apply").well();
    fs::rename(desk.path("RUN/migrated"), desk.path("aside")).unwrap();
    fs::write(desk.path("RUN/migrated"), "x").unwrap();
    desk.refused("verify", &["the result is not there", "write it anew"]);
    fs::remove_file(desk.path("RUN/migrated")).unwrap();
    fs::rename(desk.path("aside"), desk.path("RUN/migrated")).unwrap();
    desk.run("verify").well();
}

/// A copy that was exchanged for a link to the same content was proven all the same.
#[test]
fn a_copy_exchanged_for_a_link() {
    let desk = Desk::new();
    desk.put("claims.csv");
    let desk = desk.planned("claims.csv", &[]);
    desk.run("apply").well();
    fs::rename(desk.path("RUN/migrated/claims.csv"), desk.path("away.csv")).unwrap();
    symlink(desk.path("away.csv"), desk.path("RUN/migrated/claims.csv")).unwrap();
    for command in ["verify", "undo"] {
        desk.refused(command, &["a symbolic link stands", "RUN/migrated/claims.csv"]);
    }
    assert_eq!(desk.text("away.csv"), rewritten());
}

#[test]
fn a_file_with_two_names() {
    let desk = Desk::new();
    desk.put("claims.csv");
    fs::hard_link(desk.path("claims.csv"), desk.path("second.csv")).unwrap();
    let desk = desk.planned("claims.csv", IN_PLACE);
    desk.refused("apply", &["several names (hard links)", "claims.csv", "without --in-place"]);
    desk.holds(&["RUN", "claims.csv", "second.csv"]);
    assert_eq!(desk.text("second.csv"), CLAIMS);
    // Given a second name after it was replaced: that one would not be undone.
    fs::remove_file(desk.path("second.csv")).unwrap();
    desk.run("apply").well();
    fs::hard_link(desk.path("claims.csv"), desk.path("second.csv")).unwrap();
    desk.refused("undo", &["several names (hard links)", "claims.csv"]);
    assert_eq!(desk.text("second.csv"), rewritten());
    // A copy does not mind.
    let desk = Desk::new();
    desk.put("claims.csv");
    fs::hard_link(desk.path("claims.csv"), desk.path("second.csv")).unwrap();
    let desk = desk.planned("claims.csv", &[]);
    desk.run("apply").well();
    assert_eq!(desk.text("RUN/migrated/claims.csv"), rewritten());
    assert_eq!(fs::metadata(desk.path("RUN/migrated/claims.csv")).unwrap().nlink(), 1);
}

#[test]
fn a_read_only_file() {
    let desk = Desk::new();
    let original = desk.put("claims.csv");
    let desk = desk.planned("claims.csv", IN_PLACE);
    fs::set_permissions(&original, Permissions::from_mode(0o444)).unwrap();
    desk.refused("apply", &["the file is read-only", "claims.csv", "without --in-place"]);
    assert_eq!(desk.text("claims.csv"), CLAIMS);
    fs::set_permissions(&original, Permissions::from_mode(0o644)).unwrap();
    desk.run("apply").well();
    fs::set_permissions(&original, Permissions::from_mode(0o444)).unwrap();
    desk.refused("undo", &["the file is read-only", "claims.csv"]);
    assert_eq!(desk.text("claims.csv"), rewritten());
}

/// Names are bytes: these are no UTF-8, and neither is that of the folder.
#[test]
fn a_name_that_is_no_text() {
    let odd = |name: &[u8]| OsString::from_vec(name.to_vec());
    let name = odd(b"cl\xE4ims \xFF.csv");
    for manner in [IN_PLACE, &[]] {
        let desk = Desk::called(&odd(b"B\xFCro"));
        let original = desk.put(&name);
        desk.plan(&name, manner).well();
        desk.run("show").well();
        desk.run("apply").well();
        desk.run("verify").well();
        let result = if manner.is_empty() {
            desk.path("RUN/migrated").join(&name)
        } else {
            original.clone()
        };
        assert_eq!(fs::read_to_string(&result).unwrap(), rewritten());
        desk.run("undo").well();
        desk.run("verify").well();
        assert_eq!(fs::read_to_string(&original).unwrap(), CLAIMS);
        assert_eq!(fs::read_dir(&desk.at).unwrap().count(), 2, "{}", name.display());
    }
}

/// Two names that look the same when they are shown are two files.
#[test]
fn names_that_look_the_same() {
    let twins = [&b"a\xFE.csv"[..], b"a\xFF.csv"].map(|name| OsString::from_vec(name.to_vec()));
    assert_eq!(twins[0].to_string_lossy(), twins[1].to_string_lossy());
    let desk = Desk::new();
    fs::create_dir(desk.path("in")).unwrap();
    twins.iter().for_each(|name| drop(desk.put(Path::new("in").join(name))));
    desk.plan(OsStr::new("in"), &[]).well();
    desk.run("apply").well();
    desk.run("verify").well();
    for name in &twins {
        assert_eq!(desk.text(Path::new("RUN/migrated").join(name)), rewritten());
    }
}

/// The name of the unfinished file must fit, too.
#[test]
fn a_name_as_long_as_can_be() {
    let name = format!("{}.csv", "n".repeat(251));
    for manner in [IN_PLACE, &[]] {
        let desk = Desk::new();
        desk.put(&name);
        let desk = desk.planned(&name, manner);
        desk.run("apply").well();
        desk.run("verify").well();
        desk.run("undo").well();
        assert_eq!(desk.text(&name), CLAIMS);
        desk.holds(&["RUN", &name]);
    }
}
