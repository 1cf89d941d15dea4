//! Charge masters and other lists: what is to be done by hand, and what the run does.

use std::path::PathBuf;

use crate::common::{ICD10CM, Ran, Row, folder, put, rows, run};
use tempfile::TempDir;

const LIST: &str = "dx,title\nE88.81,a\nC86.0,b\nI10,c\nM97.01XA,d\nT84.040A,e\n";

struct Desk {
    folder: TempDir,
    runs: usize,
}

impl Desk {
    fn new() -> Desk {
        let folder = folder();
        put(folder.path(), "list.csv", LIST);
        put(folder.path(), "map.csv", "old,new\nE88.81,E88.810\n");
        Desk { folder, runs: 0 }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join(format!("RUN{}", self.runs))
    }

    fn plan(&mut self, kind: &str, more: &[&str]) -> Ran {
        self.runs += 1;
        let (list, map, out) = (self.path("list.csv"), self.path("map.csv"), self.run());
        let mut args = vec!["plan", &*list, "--records", kind, "--as-of", "2024-10-01"];
        args.extend(["--map", &*map, "--out", out.to_str().unwrap()]);
        args.extend(ICD10CM);
        args.extend(more);
        run(&args)
    }

    /// What is to be done about a code: the action, the new code and the reason.
    fn changes(&self, code: &str) -> Vec<[String; 3]> {
        let told = |row: &Row| ["action", "new_code", "reason"].map(|name| row[name].clone());
        let all = rows(&self.run().join("list-changes.csv"));
        all.iter().filter(|row| row["code"] == code).map(told).collect()
    }
}

fn row(action: &str, new: &str, reason: &str) -> [String; 3] {
    [action, new, reason].map(str::to_owned)
}

/// What the run rewrites is nothing to do by hand, and what a reviewer chose is told.
#[test]
fn rows_that_the_run_rewrites_are_listed_as_such() {
    let mut desk = Desk::new();
    desk.plan("list", &[]).well();
    assert_eq!(
        desk.changes("E8881"),
        [row("end_date", "", "became_header"), row("add", "E88810", "one_successor")]
    );
    let ran = desk.plan("list", &["--replace-rows"]).well();
    assert_eq!(desk.changes("E8881"), [row("replace", "E88810", "replaced")]);
    assert!(ran.stdout.contains(", rewritten by the run 1"), "{}", ran.stdout);

    let worklist = std::fs::read_to_string(desk.run().join("worklist-codes.csv")).unwrap();
    let decide = |code: &str, choice: &str, text: &str| -> String {
        let line = text.lines().find(|line| line.contains(code)).unwrap();
        let filled = line.strip_suffix(",,,").unwrap();
        text.replacen(line, &format!("{filled},{choice},,"), 1)
    };
    let filled = decide("C860", "C86.00", &decide("T84040A", "keep", &worklist));
    let filled = put(desk.folder.path(), "filled.csv", filled);
    let ran = desk.plan("list", &["--replace-rows", "--decisions", &filled]).well();
    assert_eq!(desk.changes("C860"), [row("replace", "C8600", "chosen")]);
    assert!(desk.changes("T84040A").is_empty(), "what is kept stays as it is");
    assert!(ran.stdout.contains(", rewritten by the run 2"), "{}", ran.stdout);
    let page = std::fs::read_to_string(desk.run().join("report.html")).unwrap();
    assert!(page.contains("rewritten by the run 2"));
}

#[test]
fn replace_rows_says_where_it_does_nothing() {
    let mut desk = Desk::new();
    let ran = desk.plan("dataset", &["--replace-rows"]).well();
    assert!(ran.stderr.contains("--replace-rows is for --records list"), "{}", ran.stderr);
    let ran = desk.plan("list", &["--replace-rows"]).well();
    assert!(!ran.stderr.contains("--replace-rows"), "{}", ran.stderr);
}
