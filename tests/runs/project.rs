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

/// `quiet` and `color` are read before the subcommand is.
#[test]
fn how_things_are_shown_is_kept_too() {
    let desk = folder();
    put(desk.path(), "claims.csv", "dos,dx1\n2024-11-02,E88.81\n");
    let release = fixture("fixtures/icd10cm/icd10cm_order_2025.txt");
    let release = format!("{}@2024-10-01", release.display());
    let audit = ["audit", "claims.csv", "--release", &release];
    let loud = run_in(desk.path(), &audit);
    assert!(!loud.stderr.is_empty());
    put(desk.path(), "codeturn.toml", "quiet = true\ncolor = \"always\"\n");
    let quiet = run_in(desk.path(), &audit);
    ends(&quiet, 0, &[]);
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
    assert!(quiet.stdout.contains(&0x1b) && !loud.stdout.contains(&0x1b));
}

/// A value that an option does not take is the file's error, not one of the command line.
#[test]
fn a_wrong_value_names_the_file_and_the_key() {
    let desk = folder();
    let plan = |more: &[&str]| {
        run_in(desk.path(), &[&["plan", "claims.csv", "--out", "RUN"], more].concat())
    };
    put(desk.path(), "codeturn.toml", "# ours\nrecords = \"unbiled\"\n");
    ends(&plan(&[]), 2, &["`records` is not as it may be", "codeturn.toml:2", "unbilled, list"]);
    put(desk.path(), "codeturn.toml", "as-of = \"soon\"\n");
    ends(&plan(&["--records", "list"]), 2, &["`as-of` is not as it may be", "codeturn.toml:1"]);
    put(desk.path(), "codeturn.toml", "annotate = true\nreplace-rows = true\n");
    ends(&plan(&["--records", "list"]), 2, &["cannot be used with", "codeturn.toml:"]);
    put(desk.path(), "codeturn.toml", "color = \"blue\"\n");
    ends(&plan(&["--records", "list"]), 2, &["`color` is not as it may be", "codeturn.toml:1"]);
    // What is typed wrongly is said as ever.
    let typed = plan(&["--records", "unbiled", "--color", "never"]);
    ends(&typed, 2, &["unbiled"]);
    assert!(!String::from_utf8_lossy(&typed.stderr).contains("codeturn.toml"));
}

/// Where every plan needs a second signature, one that did not ask for it needs it too.
#[test]
fn a_plan_made_elsewhere_needs_the_signature_as_well() {
    let desk = folder();
    let at = desk.path();
    let release = |year: &str, day: &str| {
        let path = fixture(&format!("fixtures/icd10cm/icd10cm_order_{year}.txt"));
        format!("{}@{day}", path.display())
    };
    let (old, new) = (release("2024", "2023-10-01"), release("2025", "2024-10-01"));
    put(at, "map.csv", "old,new\nE88.81,E88.810\n");
    put(at, "claims.csv", "dos,dx1\n2024-11-02,E88.81\n");
    let plan = ["plan", "claims.csv", "--records", "unbilled", "--map", "map.csv", "--out", "RUN"];
    let plan = [&plan[..], &["--old", &old, "--new", &new]].concat();
    ends(&run_in(at, &plan), 0, &[]);
    put(at, "codeturn.toml", "require-approval = true\n");
    ends(&run_in(at, &["apply", "RUN"]), 3, &["nobody has signed this plan"]);
    assert!(!at.join("RUN/migrated").exists());
    ends(&run_in(at, &["approve", "RUN", "--by", "R. Coder", "--reason", "read"]), 0, &[]);
    ends(&run_in(at, &["apply", "RUN"]), 0, &[]);
}

/// What a practice always wants of its plans kept `audit --impact` and `--packet` from working.
#[test]
fn a_typed_look_rules_out_what_the_file_asks_of_others() {
    let desk = folder();
    let at = desk.path();
    let file = "undated = \"review\"\namount-column = \"charge\"\ngroup-by = [\"payer\"]\n";
    put(at, "codeturn.toml", file);
    put(at, "claims.csv", "claim_id,dos,dx1,payer,charge\nA,2024-09-02,E88.81,P,1.00\n");
    let release = |year: &str| {
        fixture(&format!("fixtures/icd10cm/icd10cm_order_{year}.txt")).display().to_string()
    };
    let (old, new) = (release("2024") + "@2023-10-01", release("2025") + "@2024-10-01");
    let audit = ["audit", "claims.csv", "--old", &old, "--new", &new];
    ends(&run_in(at, &[&audit[..], &["--impact"]].concat()), 0, &[]);
    ends(&run_in(at, &[&audit[..], &["--packet", "claim_id=A"]].concat()), 0, &[]);
    let typed = ["--impact", "--undated", "review"];
    ends(&run_in(at, &[&audit[..], &typed].concat()), 2, &["cannot be used with"]);
}
