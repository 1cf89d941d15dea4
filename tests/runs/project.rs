//! `codeturn.toml` as a whole: what a practice always wants.

use std::path::Path;
use std::process::Output;

use crate::common::{fixture, folder, put};

fn run_in(folder: &Path, args: &[&str]) -> Output {
    crate::common::program().current_dir(folder).args(args).output().unwrap()
}

#[track_caller]
fn ends(output: &Output, status: i32, said: &[&str]) {
    let all = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{all}");
    said.iter().for_each(|said| assert!(all.contains(said), "no `{said}` in {all}"));
}

#[test]
fn a_practice_writes_down_once_what_it_always_wants() {
    let desk = folder();
    let at = desk.path();
    let release = |year: &str, day: &str| {
        format!(
            "{}@{day}",
            fixture(&format!("fixtures/icd10cm/icd10cm_order_{year}.txt")).display()
        )
    };
    put(
        at,
        "codeturn.toml",
        format!(
            "# our releases\nrelease = [\"{}\", \"{}\"]\nmap = [\"map.csv\"]\nrecords = \"unbilled\"\n\
             require-approval = true\n",
            release("2024", "2023-10-01"),
            release("2025", "2024-10-01")
        ),
    );
    put(at, "map.csv", "old,new\nE88.81,E88.810\n");
    put(at, "claims.csv", "dos,dx1\n2024-11-02,E88.81\n");
    let plan = run_in(at, &["plan", "claims.csv", "--out", "RUN"]);
    ends(&plan, 0, &["codeturn.toml gives --map, --records, --release, --require-approval"]);
    // The file asked for a second signature, and has it.
    ends(&run_in(at, &["apply", "RUN"]), 3, &["approve"]);
    ends(&run_in(at, &["approve", "RUN", "--by", "R. Coder", "--reason", "read"]), 0, &[]);
    ends(&run_in(at, &["apply", "RUN"]), 0, &[]);
    // So nothing is done in one go.
    let migrate = run_in(at, &["migrate", "claims.csv", "--out", "RUN2"]);
    ends(&migrate, 2, &["a second person must sign"]);
    assert!(!at.join("RUN2").exists());
    // What is typed wins.
    let billed = run_in(at, &["plan", "claims.csv", "--records", "billed", "--out", "RUN3"]);
    ends(&billed, 0, &["codeturn.toml gives --map, --release, --require-approval"]);
    ends(&run_in(at, &["code", "E88.81", "--quiet"]), 0, &[]);
}

#[test]
fn a_wrong_project_file_is_refused_before_anything_is_done() {
    let desk = folder();
    put(desk.path(), "codeturn.toml", "mapp = \"map.csv\"\nrelease = \"a.zip\"\n");
    let plan = run_in(desk.path(), &["plan", "claims.csv", "--out", "RUN"]);
    ends(&plan, 2, &["`mapp` is no option of any subcommand", "codeturn.toml:1"]);
    put(desk.path(), "codeturn.toml", "map = \"map.csv\nrelease = 1\n");
    let plan = run_in(desk.path(), &["plan", "claims.csv", "--out", "RUN"]);
    ends(&plan, 2, &["it is no TOML", "codeturn.toml:1"]);
    assert!(!desk.path().join("RUN").exists());
}
