//! A run folder that was copied, moved, archived or shared, and what stands around it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{ICD10CM, Ran, fixture, folder, json, program, put};
use tempfile::TempDir;

const CLAIMS: &str = "claim_id,dos,dx1\n1,2024-11-02,T84.040A\n2,2024-09-02,T84.040A\n";
const QUIET: &str = "claim_id,dos,dx1\n9,2024-11-02,I10\n";
const IN_PLACE: &[&str] = &["--in-place"];
/// A login that is nobody else's, and has no rights.
const OTHER: u32 = 65_534;

/// The text with the one code replaced that was retired on its day.
fn rewritten() -> String {
    CLAIMS.replacen("T84.040A", "M97.01XA", 1)
}

/// A folder `A` with records, a mapping and a run folder; all paths are relative.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn planned(manner: &[&str]) -> Desk {
        let folder = folder();
        let at = folder.path().join("A");
        put(&at, "a.csv", CLAIMS);
        put(&at, "quiet.csv", QUIET);
        put(&at, "map.csv", "old,new\nT84.040A,M97.01XA\n");
        let desk = Desk { folder };
        desk.plan(&["a.csv", "quiet.csv"], manner).well();
        desk
    }

    fn plan(&self, records: &[&str], manner: &[&str]) -> Ran {
        let release = |arg: &&str| {
            if arg.starts_with("--") { PathBuf::from(arg) } else { fixture(arg) }
        };
        let mut command = program();
        command.current_dir(self.path("A")).arg("plan").args(records);
        command.args(["--records", "unbilled", "--map", "map.csv", "--out", "RUN"]);
        command.args(ICD10CM.iter().map(release)).args(manner);
        Ran::from(command)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command as typed in a folder.
    fn run(&self, at: &str, args: &[&str]) -> Ran {
        let mut command = program();
        command.current_dir(self.path(at)).args(args);
        Ran::from(command)
    }

    #[track_caller]
    fn refused(&self, at: &str, args: &[&str], says: &[&str]) -> Ran {
        let ran = self.run(at, args);
        assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
        let error = ran.stderr.find("error: ").map(|at| &ran.stderr[at..]).unwrap_or_default();
        for words in says {
            assert!(error.contains(words), "no `{words}` in {}", ran.stderr);
        }
        ran
    }

    /// As another login would, where this one may become one; else it is said.
    fn as_other(&self, at: &str, args: &[&str]) -> Option<Ran> {
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        if !root {
            eprintln!("\nSKIPPED: this user may not become another one\n");
            return None;
        }
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755)).unwrap();
        let mut command = program();
        command.current_dir(self.path(at)).args(args).env("USER", "bob").uid(OTHER).gid(OTHER);
        Some(Ran::from(command))
    }

    fn events(&self) -> Vec<String> {
        let journal = self.text("A/RUN/journal.ndjson");
        let event = |line: &str| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry["event"].as_str().unwrap().to_owned()
        };
        journal.lines().map(event).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

/// Trying it on a copy of everything must not change the originals.
#[test]
fn a_copy_does_not_change_the_originals() {
    for manner in [IN_PLACE, &[]] {
        let desk = Desk::planned(manner);
        copy(&desk.path("A"), &desk.path("B"));
        let [a, b] = ["A/RUN", "B/RUN"].map(|name| desk.shown(name));
        desk.refused("B", &["apply", "RUN"], &["this is a copy of the run folder", &a, &b]);
        // What can never be applied there is not signed there.
        let sign = ["approve", "RUN", "--by", "R. Coder", "--reason", "read"];
        desk.refused("B", &sign, &["this is a copy of the run folder", &a, &b]);
        assert_eq!((desk.text("A/a.csv"), desk.text("B/a.csv")), (CLAIMS.into(), CLAIMS.into()));
        let shown = desk.run("B", &["show", "RUN"]).well().stdout;
        assert!(shown.contains("this is a copy of the run folder"), "{shown}");
        desk.run("A", &["apply", "RUN"]).well();
        if manner == IN_PLACE {
            fs::remove_dir_all(desk.path("B")).unwrap();
            copy(&desk.path("A"), &desk.path("B"));
            desk.refused("B", &["undo", "RUN"], &["this is a copy", &a, &b]);
            assert_eq!(desk.text("A/a.csv"), rewritten());
        }
    }
}

/// A folder is handed on with all that stands in it.
#[test]
fn a_file_among_the_results_that_is_none_is_named() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    assert!(!desk.run("A", &["verify", "RUN"]).well().stderr.contains("among the results"));
    put(&desk.path("A/RUN/migrated/more"), "z.csv", "1");
    let told = desk.run("A", &["verify", "RUN"]).well().stderr;
    assert!(told.contains("z.csv: NOT CHECKED: it stands among the results"), "{told}");
    assert!(!told.contains("a.csv"), "{told}");
}

/// Who undoes what is not applied is told what there is to do.
#[test]
fn nothing_to_take_back_is_said_with_what_to_do() {
    let desk = Desk::planned(&[]);
    desk.refused("A", &["undo", "RUN"], &["nothing applied", "there is nothing to take back"]);
    desk.run("A", &["apply", "RUN"]).well();
    let sign = ["approve", "RUN", "--by", "R. Coder", "--reason", "read"];
    desk.refused("A", &sign, &["is applied", "a plan is signed before it is applied"]);
    desk.run("A", &["undo", "RUN"]).well();
    desk.refused("A", &["undo", "RUN"], &["undone", "as before the run already"]);
}

/// In place, what is shown is the file that changes, wherever one stands.
#[test]
fn files_that_change_are_shown_in_full() {
    let desk = Desk::planned(IN_PLACE);
    let target = desk.shown("A/a.csv");
    let shown = desk.run("A", &["show", "RUN"]).well().stdout;
    assert!(shown.contains(&target), "{shown}");
    let applied = desk.run("", &["apply", "A/RUN"]).well().stdout;
    assert!(applied.contains(&target), "{applied}");
}

/// A folder that was moved as a whole says so; a link in its old place is enough.
#[test]
fn a_moved_folder_says_so() {
    let desk = Desk::planned(IN_PLACE);
    fs::rename(desk.path("A"), desk.path("B")).unwrap();
    let says = ["the run folder was moved", &desk.shown("A/RUN"), "move both back"];
    desk.refused("B", &["apply", "RUN"], &says);
    symlink(desk.path("B"), desk.path("A")).unwrap();
    desk.run("B", &["apply", "RUN"]).well();
    desk.run("A", &["verify", "RUN"]).well();
    assert_eq!(desk.text("B/a.csv"), rewritten());
    // A new name in the same folder changes nothing of what was typed.
    fs::rename(desk.path("B/RUN"), desk.path("B/TURN")).unwrap();
    desk.run("B", &["undo", "TURN"]).well();
    assert_eq!(desk.text("B/a.csv"), CLAIMS);
}

/// Full paths mean the same files everywhere.
#[test]
fn full_paths_lead_to_the_same_files_from_everywhere() {
    let desk = Desk::planned(IN_PLACE);
    fs::remove_dir_all(desk.path("A/RUN")).unwrap();
    desk.plan(&[&desk.shown("A/a.csv")], IN_PLACE).well();
    fs::create_dir(desk.path("kept")).unwrap();
    fs::rename(desk.path("A/RUN"), desk.path("kept/RUN")).unwrap();
    for (command, text) in [("apply", rewritten()), ("undo", CLAIMS.to_owned())] {
        desk.run("kept", &[command, "RUN"]).well();
        assert_eq!(desk.text("A/a.csv"), text);
    }
}

/// `verify` reads the originals too, says which are not what they were, and that the
/// copies are proven all the same.
#[test]
fn an_original_that_changed_or_is_gone_is_named() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    let well = desk.run("A", &["verify", "RUN"]).well().stdout;
    assert!(well.contains("2  originals are as they were planned"), "{well}");
    for (file, words) in [("a.csv", "its copy is proven"), ("quiet.csv", "did not write to it")] {
        let whole = desk.text(&format!("A/{file}"));
        fs::write(desk.path("A").join(file), whole.replace("2024-1", "2024-0")).unwrap();
        let says = ["changed since it was planned", words, file];
        let ran = desk.refused("A", &["verify", "RUN"], &says);
        assert!(ran.stdout.contains("planned places hold the new code"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("File integrity verified"), "{}", ran.stdout);
        fs::remove_file(desk.path("A").join(file)).unwrap();
        desk.refused("A", &["verify", "RUN"], &["is gone", file]);
        fs::write(desk.path("A").join(file), whole).unwrap();
    }
    // The last copy of records is not removed.
    fs::remove_file(desk.path("A/a.csv")).unwrap();
    desk.refused("A", &["undo", "RUN"], &["the last that holds its records", "a.csv"]);
    assert_eq!(desk.text("A/RUN/migrated/a.csv"), rewritten());
    fs::write(desk.path("A/a.csv"), CLAIMS.replace("I10", "I11") + "3,2024-11-02,I10\n").unwrap();
    let says = ["not as it was planned", "the last that holds what it held", "a.csv"];
    desk.refused("A", &["undo", "RUN"], &says);
    fs::write(desk.path("A/a.csv"), "").unwrap();
    desk.refused("A", &["undo", "RUN"], &says);
    assert_eq!(desk.text("A/RUN/migrated/a.csv"), rewritten());
    // Somebody takes the copy to keep it.
    fs::rename(desk.path("A/RUN/migrated/a.csv"), desk.path("kept.csv")).unwrap();
    let undone = desk.run("A", &["undo", "RUN"]).well();
    assert!(undone.stdout.contains("1 original is NOT as it was planned"), "{}", undone.stdout);
    assert!(undone.stderr.contains("a.csv"), "{}", undone.stderr);
}

/// In place, files in which nothing changes are read as well.
#[test]
fn a_file_in_which_nothing_changes_is_read_again() {
    let desk = Desk::planned(IN_PLACE);
    desk.run("A", &["apply", "RUN"]).well();
    fs::write(desk.path("A/quiet.csv"), QUIET.replace("I10", "I11")).unwrap();
    desk.refused("A", &["verify", "RUN"], &["changed since it was planned", "quiet.csv"]);
    desk.run("A", &["undo", "RUN"]).well();
    desk.refused("A", &["verify", "RUN"], &["changed since it was planned", "quiet.csv"]);
}

#[test]
fn a_run_in_which_nothing_changes_says_so() {
    for manner in [IN_PLACE, &[]] {
        let desk = Desk::planned(manner);
        fs::remove_dir_all(desk.path("A/RUN")).unwrap();
        desk.plan(&["quiet.csv"], manner).well();
        desk.run("A", &["apply", "RUN"]).well();
        let verified = desk.run("A", &["verify", "RUN"]).well().stdout;
        assert!(verified.contains("there are no results"), "{verified}");
        let undone = desk.run("A", &["undo", "RUN"]).well().stdout;
        assert!(undone.contains("there was nothing to take back"), "{undone}");
    }
}

/// A mapping is amended for the next year: the results do not rest on it.
#[test]
fn a_mapping_that_changed_later_is_only_named() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    fs::remove_file(desk.path("A/map.csv")).unwrap();
    let verified = desk.run("A", &["verify", "RUN"]).well();
    assert!(verified.stderr.contains("map.csv: the file is gone"), "{}", verified.stderr);
}

/// What was there when it was planned is not misspelled.
#[test]
fn what_is_gone_was_there() {
    for file in ["a.csv", "quiet.csv", "map.csv"] {
        let desk = Desk::planned(IN_PLACE);
        fs::remove_file(desk.path("A").join(file)).unwrap();
        let ran =
            desk.refused("A", &["apply", "RUN"], &["was there when the run was planned", file]);
        assert!(!ran.stderr.contains("spelling"), "{}", ran.stderr);
    }
    let desk = Desk::planned(IN_PLACE);
    desk.run("A", &["apply", "RUN"]).well();
    fs::remove_file(desk.path("A/a.csv")).unwrap();
    for command in ["verify", "undo"] {
        desk.refused("A", &[command, "RUN"], &["was there when the run was planned", "a.csv"]);
    }
}

/// An edited paper is a finding behind the results, with a hint that can be followed.
#[test]
fn an_edited_paper_does_not_hide_the_proof() {
    let desk = Desk::planned(IN_PLACE);
    desk.run("A", &["apply", "RUN"]).well();
    fs::write(desk.path("A/RUN/changes.csv"), "sorted").unwrap();
    fs::remove_file(desk.path("A/RUN/report.html")).unwrap();
    let says = ["somebody changed it", "changes.csv", "is gone", "report.html"];
    let ran = desk.refused("A", &["verify", "RUN"], &says);
    assert!(ran.stdout.contains("planned places hold the new code"), "{}", ran.stdout);
    assert!(ran.stderr.contains("what was applied does not rest on it"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("plan the run anew"), "{}", ran.stderr);
    // A result that was changed comes first.
    fs::write(desk.path("A/a.csv"), "other").unwrap();
    let ran = desk.refused("A", &["verify", "RUN"], &["changes.csv"]);
    let [result, paper] = ["a.csv", "changes.csv"].map(|name| ran.stderr.find(name).unwrap());
    assert!(result < paper, "{}", ran.stderr);
}

/// Copies that were removed by hand are not said to be removed by the undo.
#[test]
fn an_undo_says_what_it_did() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    fs::remove_file(desk.path("A/RUN/migrated/a.csv")).unwrap();
    let undone = desk.run("A", &["undo", "RUN"]).well().stdout;
    let words = "0 copies removed; 1 not there any more; the originals are as they were planned";
    assert!(undone.contains(words), "{undone}");
    let journal = desk.text("A/RUN/journal.ndjson");
    let last: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
    assert_eq!(last["files"].as_array().unwrap().len(), 0, "{last}");
    assert_eq!(last["already"][0]["original"], "a.csv", "{last}");
}

/// Hints of an undo can be followed when the file is replaced already.
#[test]
fn an_undo_does_not_advise_another_plan() {
    let desk = Desk::planned(IN_PLACE);
    desk.run("A", &["apply", "RUN"]).well();
    fs::hard_link(desk.path("A/a.csv"), desk.path("A/second.csv")).unwrap();
    let linked = desk.refused("A", &["undo", "RUN"], &["several names", "then undo again"]);
    assert!(!linked.stderr.contains("--in-place"), "{}", linked.stderr);
    fs::remove_file(desk.path("A/second.csv")).unwrap();
    fs::set_permissions(desk.path("A/a.csv"), Permissions::from_mode(0o444)).unwrap();
    let read_only = desk.refused("A", &["undo", "RUN"], &["read-only", "then undo again"]);
    assert!(!read_only.stderr.contains("--in-place"), "{}", read_only.stderr);
}

/// Somebody's notes beside a lock are none of ours.
#[test]
fn notes_in_a_folder_of_that_name_stay() {
    let desk = Desk::planned(&[]);
    fs::rename(desk.path("A/RUN"), desk.path("OLD")).unwrap();
    put(&desk.path("A/RUN.part"), "lock", "");
    put(&desk.path("A/RUN.part"), "notes.txt", "keep");
    let ran = desk.plan(&["a.csv"], &[]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    assert_eq!(desk.text("A/RUN.part/notes.txt"), "keep");
    fs::remove_file(desk.path("A/RUN.part/notes.txt")).unwrap();
    // What a killed run leaves makes way.
    copy(&desk.path("OLD/edits"), &desk.path("A/RUN.part/edits"));
    put(&desk.path("A/RUN.part"), "worklist-2.xlsx", "half");
    desk.plan(&["a.csv"], &[]).well();
}

/// Another login is told that it may not enter, and can sign when the owner lets it.
#[test]
fn another_login_signs_when_the_owner_lets_it() {
    let desk = Desk::planned(&["--require-approval"]);
    let sign = ["approve", "RUN", "--by", "R. Coder", "--reason", "read"];
    let Some(shut) = desk.as_other("A", &sign) else { return };
    assert_eq!(shut.status, 3, "{}", shut.stderr);
    assert!(shut.stderr.contains("no permission to enter it"), "{}", shut.stderr);
    assert!(shut.stderr.contains("chmod -R g+rwX RUN"), "{}", shut.stderr);
    // As the hint says.
    let open = |mode: &str| {
        let group = OTHER.to_string();
        for args in [["chgrp", "-R", &group], ["chmod", "-R", mode]] {
            let mut command = Command::new(args[0]);
            command.args(&args[1..]).arg(desk.path("A/RUN"));
            assert!(command.status().unwrap().success());
        }
    };
    open("g+rX,g-w");
    desk.as_other("A", &["show", "RUN"]).unwrap().well();
    let read_only = desk.as_other("A", &sign).unwrap();
    assert_eq!(read_only.status, 4, "{}", read_only.stderr);
    assert!(read_only.stderr.contains("chmod -R g+rwX"), "{}", read_only.stderr);
    open("g+rwX");
    // The owner's own command leaves a lock that the other one can hold.
    desk.run("A", &["show", "RUN"]).well();
    let signed = desk.as_other("A", &sign).unwrap().well();
    assert!(!signed.stderr.contains("NO SECOND PERSON"), "{}", signed.stderr);
    // Should the planner sign as well, the second person's signature stands.
    desk.run("A", &["approve", "RUN", "--by", "Tester", "--reason", "too"]).well();
    let shown = desk.run("A", &["show", "RUN"]).well().stdout;
    assert!(shown.contains("approved by R. Coder"), "{shown}");
    assert!(!shown.contains("NO SECOND PERSON"), "{shown}");
    let applied = desk.run("A", &["apply", "RUN"]).well();
    assert!(!applied.stderr.contains("NO SECOND PERSON"), "{}", applied.stderr);
}

/// Proof is kept for years where nothing can be written: it is read all the same. The
/// owner without rights to write is another login here, for root may write everywhere.
#[test]
fn an_archive_that_can_only_be_read_is_verified() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    if desk.as_other("A", &["show", "RUN"]).is_none() {
        return;
    }
    let shut = Command::new("sh")
        .current_dir(desk.path("A"))
        .args(["-c", "chown -R 65534:65534 RUN; chmod -R a-w RUN; rm -f RUN/lock"])
        .status();
    assert!(shut.unwrap().success());
    let before = desk.events();
    let verified = desk.as_other("A", &["verify", "RUN"]).unwrap().well().stdout;
    assert!(verified.contains("File integrity verified."), "{verified}");
    assert!(verified.contains("can only be read: no entry was written"), "{verified}");
    desk.as_other("A", &["show", "RUN"]).unwrap().well();
    assert_eq!(desk.events(), before);
    assert!(!desk.path("A/RUN/lock").exists());
    // Carried away from the originals, it says that they are not there.
    fs::create_dir(desk.path("archive")).unwrap();
    fs::rename(desk.path("A/RUN"), desk.path("archive/RUN")).unwrap();
    fs::remove_file(desk.path("A/a.csv")).unwrap();
    let verified = desk.as_other("archive", &["verify", "RUN"]).unwrap().well();
    assert!(verified.stderr.contains("the run folder was moved"), "{}", verified.stderr);
    assert!(verified.stdout.contains("1  NOT CHECKED: original not there"), "{}", verified.stdout);
}

/// Each entry of the journal has its own time.
#[test]
fn entries_have_the_time_at_which_they_were_written() {
    let desk = Desk::planned(&[]);
    desk.run("A", &["apply", "RUN"]).well();
    let shown = desk.run("A", &["show", "RUN", "--format", "json"]).well().stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["files"][0]["at"], desk.shown("A/a.csv"));
    assert_eq!(json(&desk.path("A/RUN/plan.json"))["files"][0]["path"], "a.csv");
    let time = |at: usize| shown["journal"][at]["time"].as_str().unwrap().to_owned();
    assert_eq!(desk.events(), ["planned", "applying", "applied"]);
    assert!(time(1) < time(2), "two entries of one command, one after the other");
}

/// What was begun with the right papers is finished, whatever became of them since.
#[test]
fn an_interrupted_apply_is_finished_without_its_papers() {
    let desk = Desk::planned(IN_PLACE);
    desk.run("A", &["apply", "RUN"]).well();
    let journal = desk.text("A/RUN/journal.ndjson");
    let begun: String = journal.split_inclusive('\n').take(2).collect();
    fs::write(desk.path("A/RUN/journal.ndjson"), begun).unwrap();
    fs::remove_file(desk.path("A/RUN/report.html")).unwrap();
    let finished = desk.run("A", &["apply", "RUN"]).well().stderr;
    assert!(finished.contains("report.html: it was written with the plan"), "{finished}");
    assert_eq!(desk.events(), ["planned", "applying", "applying", "applied"]);
}
