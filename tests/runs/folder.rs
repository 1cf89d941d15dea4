//! `plan`, `show`, `approve`, `apply`, `verify` and `undo`: one person plans,
//! another signs, the tool does exactly that, proves it, and takes it back.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use crate::common::{ICD10CM, Ran, files_below, fixture, folder, json, put, run};
use tempfile::TempDir;

const CLAIMS: &str =
    "claim_id,dos,dx1,note\n1,2024-11-02,T84.040A,\"a, b\"\n2,2024-09-02,T84.040A,\n";
const QUIET: &str = "claim_id,dos,dx1\n9,2024-11-02,I10\n";

/// Two files of records, one of which changes, a mapping, and a run folder.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = folder();
        put(folder.path(), "claims.csv", CLAIMS);
        put(folder.path(), "quiet.csv", QUIET);
        put(folder.path(), "map.csv", "old,new\nT84.040A,M97.01XA\n");
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn plan(&self, more: &[&str]) -> Ran {
        self.plan_by(&ICD10CM, more)
    }

    fn plan_by(&self, releases: &[&str], more: &[&str]) -> Ran {
        let [claims, quiet, map, out] =
            ["claims.csv", "quiet.csv", "map.csv", "RUN"].map(|name| self.path(name));
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut args = vec!["plan".to_owned(), text(&claims), text(&quiet)];
        args.extend(["--records", "unbilled", "--map"].map(str::to_owned));
        args.push(text(&map));
        args.extend(releases.iter().map(|one| (*one).to_owned()));
        args.extend(["--out".to_owned(), text(&out)]);
        args.extend(more.iter().map(|one| (*one).to_owned()));
        run(args.iter().map(String::as_str))
    }

    fn run(&self, what: &str) -> Ran {
        run([what, self.path("RUN").to_str().unwrap()])
    }

    fn refused(&self, what: &str, words: &str, path: &str) {
        let ran = self.run(what);
        assert_eq!(ran.status, 3, "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(words), "{what}: no `{words}` in {}", ran.stderr);
        assert!(ran.stderr.contains(path), "{what}: no `{path}` in {}", ran.stderr);
    }

    /// Everything outside of the run folder, by name.
    fn outside(&self) -> BTreeMap<String, Vec<u8>> {
        let names = files_below(self.folder.path()).into_iter();
        let names = names.filter(|name| !name.starts_with("RUN"));
        names.map(|name| (name.clone(), fs::read(self.path(&name)).unwrap())).collect()
    }
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The text with the one code replaced that was retired on its day.
fn rewritten() -> String {
    CLAIMS.replacen("T84.040A", "M97.01XA", 1)
}

#[test]
fn in_place_and_back() {
    let desk = Desk::new();
    let before = desk.outside();
    desk.plan(&["--in-place"]).well();
    assert_eq!(desk.outside(), before);
    desk.run("show").well();
    desk.run("apply").well();
    assert_eq!(desk.text("claims.csv"), rewritten());
    assert_eq!(desk.text("quiet.csv"), QUIET);
    desk.run("verify").well();
    desk.refused("apply", "the plan was applied already", "RUN");
    desk.run("undo").well();
    assert_eq!(desk.outside(), before);
    desk.refused("undo", "the run is undone", "RUN");
    // The redo.
    desk.run("apply").well();
    assert_eq!(desk.text("claims.csv"), rewritten());
    desk.run("verify").well();
}

#[test]
fn copies_beside_and_away_again() {
    let desk = Desk::new();
    let before = desk.outside();
    desk.plan(&[]).well();
    desk.run("apply").well();
    assert_eq!(desk.text("RUN/migrated/claims.csv"), rewritten());
    assert!(!desk.path("RUN/migrated/quiet.csv").exists());
    desk.run("verify").well();
    desk.run("undo").well();
    assert!(!desk.path("RUN/migrated/claims.csv").exists());
    assert_eq!(desk.outside(), before);
}

#[test]
fn a_plan_that_must_be_signed_is_not_applied_before() {
    let desk = Desk::new();
    desk.plan(&["--require-approval"]).well();
    desk.refused("apply", "nobody has signed this plan", "RUN");
    let run_folder = desk.path("RUN");
    let run_folder = run_folder.to_str().unwrap();
    let nameless = run(["approve", run_folder, "--by", " ", "--reason", "read"]);
    assert_eq!(nameless.status, 2);
    run(["approve", run_folder, "--by", "R. Coder", "--reason", "read it"]).well();
    assert!(desk.run("show").well().stdout.contains("approved by R. Coder"));
    desk.run("apply").well();
    let shown = run(["show", run_folder, "--format", "json"]).well();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["stage"], "applied");
    assert_eq!(shown["approval"]["by"], "R. Coder");
    let events: Vec<&str> = shown["journal"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["planned", "approved", "applying", "applied"]);
}

/// The plan holds how long each input was, and `show` names a report that is another one.
#[test]
fn the_plan_has_sizes_and_show_names_other_papers() {
    let desk = Desk::new();
    desk.plan(&[]).well();
    let plan = json(&desk.path("RUN/plan.json"));
    for what in ["files", "maps", "releases"] {
        for input in plan[what].as_array().unwrap() {
            let path = input["path"].as_str().unwrap();
            assert_eq!(input["size"], fs::metadata(path).unwrap().len(), "{what}: {path}");
        }
    }
    assert!(!desk.run("show").well().stderr.contains("report.html"));
    put(&desk.path("RUN"), "report.html", "<p>another one");
    let shown = desk.run("show").well();
    let told = "report.html: it is not the one that was written with the plan";
    assert!(shown.stderr.contains(told), "{}", shown.stderr);
}

/// What nobody could apply any more was signed, and `verify` did not say why.
#[test]
fn a_plan_whose_inputs_moved_is_not_signed() {
    let desk = Desk::new();
    desk.plan(&[]).well();
    let sign = || {
        let at = desk.path("RUN");
        run(["approve", at.to_str().unwrap(), "--by", "R. Coder", "--reason", "read"])
    };
    let inputs = [("quiet.csv", QUIET), ("map.csv", "old,new\nT84.040A,M97.01XA\n")];
    for (name, text) in inputs {
        // As long as before: its size says nothing.
        put(desk.folder.path(), name, text.replace('1', "2"));
        let signed = sign();
        assert_eq!(signed.status, 3, "{}", signed.stdout);
        for said in [&signed.stderr, &desk.run("verify").stderr] {
            let told = said.contains(name) && said.contains("changed since it was planned");
            assert!(told, "{name}: {said}");
            assert!(!said.contains("does what was planned"), "{name}: {said}");
        }
        fs::remove_file(desk.path(name)).unwrap();
        assert_eq!(sign().status, 3);
        desk.refused("verify", "was there when the run was planned", name);
        put(desk.folder.path(), name, text);
    }
    sign().well();
    desk.run("apply").well();
}

/// Who planned a run may sign it, where one login is shared; that it was no second
/// person is said and stays in the journal.
#[test]
fn one_person_who_plans_and_signs_is_named() {
    let desk = Desk::new();
    desk.plan(&["--require-approval"]).well();
    let run_folder = desk.path("RUN");
    let sign = |user: &str, by: &str| {
        let mut command = crate::common::program();
        command.env("USER", user).arg("approve").arg(&run_folder);
        Ran::from({
            command.args(["--by", by, "--reason", "read"]);
            command
        })
        .well()
    };
    let shown = || desk.run("show").well().stdout;
    let words = "NO SECOND PERSON";
    for (user, by) in [("tester", "R. Coder"), ("other", "Tester")] {
        assert!(sign(user, by).stderr.contains(words), "{user} {by}");
        assert!(shown().contains(words));
    }
    assert!(desk.text("RUN/journal.ndjson").contains("\"second_person\":false"));
    assert!(!sign("other", "R. Coder").stderr.contains(words));
    assert!(!shown().contains(words));
    assert!(!desk.run("apply").well().stderr.contains(words));
    desk.run("undo").well();
    sign("tester", "R. Coder");
    assert!(desk.run("apply").well().stderr.contains(words));
}

/// A mapping that stands in a zip is an input as any other.
#[test]
fn a_mapping_in_a_zip_is_found_again() {
    let desk = Desk::new();
    let zip =
        |map: &str| put(desk.folder.path(), "maps.zip", zipped(&[("ours.csv", map.as_bytes())]));
    let map = "old,new\nT84.040A,M97.01XA\n";
    let inside = format!("{}/ours.csv", zip(map));
    fs::write(desk.path("map.csv"), "old,new\nH81.41,H81.4\n").unwrap();
    desk.plan(&["--map", &inside]).well();
    zip("old,new\nT84.040A,M97.01XD\n");
    desk.refused("apply", "changed since it was planned", "ours.csv");
    zip(map);
    desk.run("apply").well();
    assert_eq!(desk.text("RUN/migrated/claims.csv"), rewritten());
}

/// One zip or one folder may hold all releases; each of them is found again in it.
#[test]
fn releases_that_share_a_path_are_found_again() {
    let years = ["icd10cm_order_2024.txt", "icd10cm_order_2025.txt"];
    let text = |year: &str| fs::read(fixture("fixtures/icd10cm").join(year)).unwrap();
    let [older, newer] = years.map(|year| (year, text(year)));
    let changed = |(year, text): &(&'static str, Vec<u8>)| {
        (*year, String::from_utf8_lossy(text).replace("Vertigo", "vertigo").into_bytes())
    };
    let both = |newer: &(&str, Vec<u8>)| zipped(&[(older.0, &older.1), (newer.0, &newer.1)]);
    let alone = |newer: &(&str, Vec<u8>)| zipped(&[(newer.0, &newer.1)]);
    assert_ne!(changed(&newer).1, newer.1);

    let desk = Desk::new();
    let library = desk.path("library");
    fs::create_dir(&library).unwrap();
    put(desk.folder.path(), "both.zip", both(&newer));
    put(&library, "older.zip", zipped(&[(older.0, &older.1)]));
    put(&library, "newer.zip", alone(&newer));
    for (shared, file, is, other) in [
        ("both.zip", "both.zip", both(&newer), both(&changed(&newer))),
        ("library", "library/newer.zip", alone(&newer), alone(&changed(&newer))),
    ] {
        let releases = desk.path(shared);
        desk.plan_by(&["--release", releases.to_str().unwrap()], &["--in-place"]).well();
        fs::write(desk.path(file), other).unwrap();
        desk.refused("apply", "changed since it was planned", years[1]);
        fs::write(desk.path(file), is).unwrap();
        desk.run("apply").well();
        assert_eq!(desk.text("claims.csv"), rewritten(), "{shared}");
        desk.run("verify").well();
        desk.run("undo").well();
        fs::remove_dir_all(desk.path("RUN")).unwrap();
    }
}

/// Whatever moved since the plan is named, and nothing is published.
#[test]
fn an_input_that_moved_is_refused() {
    for (name, other, words) in [
        ("claims.csv", rewritten(), "changed since"),
        ("claims.csv", format!("{CLAIMS}3,2024-11-02,I10,\n"), "changed since it was planned"),
        ("quiet.csv", QUIET.replace("I10", "I11"), "changed since it was planned"),
        ("map.csv", "old,new\nT84.040A,M97.01XD\n".to_owned(), "changed since it was planned"),
    ] {
        for manner in [&["--in-place"][..], &[]] {
            let desk = Desk::new();
            desk.plan(manner).well();
            fs::write(desk.path(name), &other).unwrap();
            let before = desk.outside();
            desk.refused("apply", words, name);
            assert_eq!(desk.outside(), before, "{name}");
            assert!(!desk.path("RUN/migrated/claims.csv").exists());
        }
    }
}

/// What a killed run leaves: parts, a journal without its last entry, a torn line.
#[test]
fn an_interrupted_run_is_finished() {
    for manner in [&["--in-place"][..], &[]] {
        let desk = Desk::new();
        desk.plan(manner).well();
        desk.run("apply").well();
        let journal = desk.text("RUN/journal.ndjson");
        let lines: Vec<&str> = journal.lines().collect();
        // Published, and killed before the journal said so; the last line is torn.
        fs::write(
            desk.path("RUN/journal.ndjson"),
            format!("{}\n{}\n{{\"seq\":3,", lines[0], lines[1]),
        )
        .unwrap();
        assert!(desk.run("show").well().stdout.contains("interrupted"));
        desk.run("apply").well();
        desk.run("verify").well();
        desk.run("undo").well();
        assert_eq!(desk.text("claims.csv"), CLAIMS);
        // Killed while a part was written.
        let folder = if manner.is_empty() { "RUN/migrated" } else { "." };
        let id = &blake3::hash(lines[0].as_bytes()).to_hex()[..8];
        let part = desk.path(folder).join(format!(".claims.csv.codeturn-{id}.part"));
        fs::create_dir_all(desk.path(folder)).unwrap();
        fs::write(&part, "half").unwrap();
        desk.run("apply").well();
        desk.run("verify").well();
        assert!(!part.exists());
        desk.run("undo").well();
        // That one is no longer wanted: undo clears it away.
        fs::create_dir_all(desk.path(folder)).unwrap();
        fs::write(&part, "half").unwrap();
        let cleared = desk.run("undo").well().stdout;
        assert!(cleared.contains("nothing had been applied"), "{cleared}");
        assert!(!part.exists());
        desk.refused("undo", "the run is undone", "RUN");
    }
}

#[test]
fn the_same_inputs_give_the_same_plan() {
    let desk = Desk::new();
    desk.plan(&["--threads", "1"]).well();
    let first = desk.text("RUN/plan.json");
    fs::rename(desk.path("RUN"), desk.path("OLD")).unwrap();
    desk.plan(&["--threads", "3"]).well();
    assert_eq!(desk.text("RUN/plan.json"), first);
    assert_eq!(json(&desk.path("RUN/summary.json"))["buckets"]["replaced"], 1);
}

#[test]
fn what_is_no_run_folder_is_refused() {
    let desk = Desk::new();
    for command in ["show", "apply", "verify", "undo"] {
        let ran = run([command, desk.folder.path().to_str().unwrap()]);
        assert_eq!(ran.status, 3);
        assert!(ran.stderr.contains("no run folder"), "{}", ran.stderr);
    }
}
