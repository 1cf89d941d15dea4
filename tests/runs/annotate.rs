//! `plan --annotate`: codes stay, and what the plan proposes stands behind each
//! row; every byte of the row itself stays in front of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{ICD10CM, Ran, folder, json, put, rows};
use tempfile::TempDir;

const MAP: &str = "old,new\nE88.81,E88.810\nH81.41,H81.4\n";

/// A file of records, a mapping, and a run folder.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(records: impl AsRef<[u8]>) -> Desk {
        let folder = folder();
        put(folder.path(), "claims.csv", records);
        put(folder.path(), "map.csv", MAP);
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Plans in the folder itself, so that rules are `map.csv:2`.
    fn call(&self, args: &[&str]) -> Ran {
        let mut command = crate::common::program();
        command.current_dir(self.folder.path()).args(args);
        let releases = ICD10CM.map(|one| match one.strip_prefix("fixtures/") {
            Some(_) => crate::common::fixture(one).to_str().unwrap().to_owned(),
            None => one.to_owned(),
        });
        if args[0] == "plan" {
            command.args(releases).args(["--map", "map.csv", "--out", "RUN"]);
        }
        Ran::from(command)
    }

    fn plan(&self, kind: &str, more: &[&str]) -> Ran {
        let args = ["plan", "claims.csv", "--annotate", "--records", kind];
        self.call(&[&args[..], more].concat())
    }

    fn annotated(&self, kind: &str, more: &[&str]) -> Vec<u8> {
        self.plan(kind, more).well();
        self.call(&["apply", "RUN"]).well();
        fs::read(self.path("RUN/migrated/claims.csv")).unwrap()
    }

    fn refused(&self, status: i32, more: &[&str], words: &str) {
        let ran = self.plan("unbilled", more);
        assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(words), "no `{words}` in {}", ran.stderr);
        assert!(!self.path("RUN").exists() && !self.path("RUN.part").exists());
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_byte_stays_and_new_cells_line_up() {
    let desk = Desk::new(
        "\u{feff}claim_id,dos,dx1,dx2,note\r\n\
         1,2024-11-02,E88.81,I10,\"two\r\nlines, \"\"quoted\"\"\"\r\n\
         \r\n\
         2,2024-09-02,E88.81\n\
         3,2024-11-02,\"e8881 \",,x,,\n\
         4,2024-11-02,C86.0,\"I10, H81.41\",5\" pipe",
    );
    let want = "\u{feff}claim_id,dos,dx1,dx2,note,,,\
                dx1_migrated,dx1_status,dx1_rule,dx2_migrated,dx2_status,dx2_rule\r\n\
                1,2024-11-02,E88.81,I10,\"two\r\nlines, \"\"quoted\"\"\",,,\
                E88.810,replaced,map.csv:2,,valid,\r\n\
                \r\n\
                2,2024-09-02,E88.81,,,,,,historical,,,,\n\
                3,2024-11-02,\"e8881 \",,x,,,e88810,replaced,map.csv:2,,,\n\
                4,2024-11-02,C86.0,\"I10, H81.41\",5\" pipe,,,\
                ,no_mapping,,;H81.4,valid;replaced,;map.csv:3";
    assert_eq!(text(desk.annotated("unbilled", &[])), want);
}

#[test]
fn the_delimiter_is_that_of_the_file() {
    for delimiter in ['|', '\t', ';'] {
        let mark = delimiter.to_string();
        let with = |text: &str| text.replace(',', &mark);
        let desk = Desk::new(with("claim_id,dos,dx1\n1,2024-11-02,E88.81\n"));
        let want = with(
            "claim_id,dos,dx1,dx1_migrated,dx1_status,dx1_rule\n\
             1,2024-11-02,E88.81,E88.810,replaced,map.csv:2\n",
        );
        assert_eq!(text(desk.annotated("unbilled", &[])), want, "{delimiter}");
    }
}

#[test]
fn a_cell_is_quoted_only_where_it_must_be() {
    let desk = Desk::new("claim_id,dos,dx1\n1,2024-11-02,E88.81\n");
    put(desk.folder.path(), "map.csv", "old,new\nH81.41,H81.4\n");
    put(desk.folder.path(), "ours, \"new\".csv", "old,new\nE88.81,E88.810\n");
    let plan = ["plan", "claims.csv", "--annotate", "--records", "unbilled"];
    desk.call(&[&plan[..], &["--map", "ours, \"new\".csv"]].concat()).well();
    desk.call(&["apply", "RUN"]).well();
    let copy = fs::read_to_string(desk.path("RUN/migrated/claims.csv")).unwrap();
    assert!(copy.ends_with(",E88.810,replaced,\"ours, \"\"new\"\".csv:2\"\n"), "{copy}");
    assert_eq!(rows(&desk.path("RUN/migrated/claims.csv"))[0]["dx1_rule"], "ours, \"new\".csv:2");
}

#[test]
fn bytes_of_another_encoding_stay_and_names_of_rules_are_plain() {
    let records = b"claim_id,dos,dx1,note\n1,2024-11-02,E88.81,caf\xe9 \xff\n";
    let desk = Desk::new(records);
    fs::rename(desk.path("map.csv"), desk.path("m\u{e4}p.csv")).unwrap();
    put(desk.folder.path(), "map.csv", "old,new\n");
    let plan = ["plan", "claims.csv", "--annotate", "--records", "unbilled"];
    desk.call(&[&plan[..], &["--map", "m\u{e4}p.csv"]].concat()).well();
    desk.call(&["apply", "RUN"]).well();
    let copy = fs::read(desk.path("RUN/migrated/claims.csv")).unwrap();
    let want = [
        &b"claim_id,dos,dx1,note,dx1_migrated,dx1_status,dx1_rule\n1,2024-11-02,E88.81,caf\xe9 \xff"[..],
        b",E88.810,replaced,m?p.csv:2\n",
    ];
    assert_eq!(copy, want.concat(), "{}", String::from_utf8_lossy(&copy));
}

#[test]
fn claims_that_were_sent_get_proposals_and_are_reported() {
    let records = "claim_id,dos,dx1,dx2\n1,2024-11-02,E88.81,I10\n2,2024-11-02,E88.81,E88.810\n";
    let desk = Desk::new(records);
    let want = "claim_id,dos,dx1,dx2,dx1_migrated,dx1_status,dx1_rule,dx2_migrated,dx2_status,dx2_rule\n\
                1,2024-11-02,E88.81,I10,E88.810,report_only,map.csv:2,,valid,\n\
                2,2024-11-02,E88.81,E88.810,,report_only,map.csv:2,,valid,\n";
    assert_eq!(text(desk.annotated("billed", &[])), want);
    let summary = json(&desk.path("RUN/summary.json"));
    assert_eq!((&summary["proposed"], &summary["buckets"]["replaced"]), (&1.into(), &0.into()));
    assert_eq!(rows(&desk.path("RUN/changes.csv")).len(), 1);
    let chart = Desk::new(records);
    chart.plan("chart", &["--as-of", "2024-11-02"]).well();
    assert_eq!(json(&chart.path("RUN/summary.json"))["proposed"], 0);
}

#[test]
fn rows_that_are_not_looked_at_have_empty_cells() {
    let records = "claim_id,dos,dx1,site\n1,2024-11-02,E88.81,A\n2,2024-11-02,E88.81,B\n";
    let desk = Desk::new(records);
    let want = "claim_id,dos,dx1,site,dx1_migrated,dx1_status,dx1_rule\n\
                1,2024-11-02,E88.81,A,E88.810,replaced,map.csv:2\n\
                2,2024-11-02,E88.81,B,,,\n";
    assert_eq!(text(desk.annotated("unbilled", &["--only", "site=A"])), want);
}

#[test]
fn it_is_applied_proven_and_taken_back() {
    let records = "claim_id,dos,dx1\n1,2024-11-02,E88.81\n2,2024-11-02,I10";
    let desk = Desk::new(records);
    desk.annotated("unbilled", &["--undated", "review"]);
    let copy = desk.path("RUN/migrated/claims.csv");
    let bytes = fs::read(&copy).unwrap();
    for what in ["show", "verify"] {
        let ran = desk.call(&[what, "RUN"]).well();
        assert!(ran.stdout.contains("new columns"), "{what}: {}", ran.stdout);
    }
    let again = desk.call(&["apply", "RUN"]);
    assert_eq!(again.status, 3, "{}", again.stderr);
    for changed in [text(bytes.clone()).replace("I10,", "I11,"), text(bytes.clone()) + "\n"] {
        fs::write(&copy, changed).unwrap();
        for what in ["verify", "undo"] {
            let ran = desk.call(&[what, "RUN"]);
            assert_eq!(ran.status, 3, "{what}: {}{}", ran.stdout, ran.stderr);
        }
    }
    fs::write(&copy, &bytes).unwrap();
    desk.call(&["undo", "RUN"]).well();
    assert!(!copy.exists());
    assert_eq!(fs::read_to_string(desk.path("claims.csv")).unwrap(), records);
    desk.call(&["apply", "RUN"]).well();
    assert_eq!(fs::read(&copy).unwrap(), bytes);
}

#[test]
fn what_cannot_be_annotated_is_refused() {
    let good = "claim_id,dos,dx1\n1,2024-11-02,E88.81\n";
    Desk::new(good).refused(2, &["--in-place"], "cannot be used with");
    Desk::new(good).refused(2, &["--replace-rows"], "cannot be used with");
    let bare = Desk::new("1,2024-11-02,E88.81\n");
    bare.refused(3, &["--code-column", "3", "--date-column", "2"], "without a header");
    let twice = Desk::new("claim_id,dos,dx1,DX1_STATUS\n1,2024-11-02,E88.81,\n");
    twice.refused(3, &[], "a column `dx1_status` already");
    let wide = format!("claim_id,dos,dx1\n1,2024-11-02,I10\n2,2024-11-02,I10{}\n", ",".repeat(101));
    Desk::new(wide).refused(3, &[], "claims.csv:3");
    let desk = Desk::new(good);
    let mut command = crate::common::program();
    command.current_dir(desk.folder.path());
    command.args(["migrate", "claims.csv", "--annotate", "--records", "unbilled", "--out", "RUN"]);
    let ran = Ran::from(command);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("codeturn plan"), "{}", ran.stderr);
}

#[test]
fn an_edit_list_that_would_change_a_row_is_refused() {
    let desk = Desk::new("claim_id,dos,dx1\n1,2024-11-02,E88.81\n");
    desk.plan("unbilled", &[]).well();
    let list = desk.path("RUN/edits/0001.edits");
    let mut bytes = fs::read(&list).unwrap();
    let at = bytes.windows(7).position(|part| part == b"E88.810").unwrap();
    bytes[at + 6] = b'1';
    fs::write(&list, bytes).unwrap();
    let ran = desk.call(&["apply", "RUN"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(!desk.path("RUN/migrated").join("claims.csv").exists());
}

/// The report and what is printed never say that a code was replaced.
#[test]
fn words_on_screen_and_in_the_report_say_that_codes_stay() {
    let desk = Desk::new("claim_id,dos,dx1\n1,2024-11-02,E88.81\n");
    let ran = desk.plan("unbilled", &[]).well();
    assert!(
        ran.stdout.contains("the code stays: its successor is proposed beside it"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("  replaced"), "{}", ran.stdout);
    let page = fs::read_to_string(desk.path("RUN/report.html")).unwrap();
    assert!(page.contains("stays; E88.810 is proposed beside it"), "{page}");
    let done = desk.call(&["apply", "RUN"]).well();
    assert!(done.stdout.contains("no code replaced"), "{}", done.stdout);
    let plan = json(&desk.path("RUN/plan.json"));
    assert_eq!(
        (&plan["write"], &plan["expected"]["replacements"]),
        (&"annotate".into(), &0.into())
    );
}

#[test]
fn real_research_files_keep_every_row() {
    let Some(data) = std::env::var_os("CODETURN_DATA") else {
        eprintln!("skipped: CODETURN_DATA names no folder with the publishers' files");
        return;
    };
    let archive = Path::new(&data).join("records/csv-bfd-rif.zip");
    let mut zip = zip::ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let name = names.iter().find(|name| name.ends_with("samhsa/sample-a-inpatient.txt")).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
    let desk = Desk::new(&bytes);
    let copy = desk.annotated("billed", &[]);
    let lines =
        |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (before, after) = (lines(&bytes), lines(&copy));
    assert_eq!(before.len(), after.len());
    let width = |line: &[u8]| line.split(|byte| *byte == b'|').count();
    let widths: Vec<usize> =
        after.iter().filter(|line| !line.is_empty()).map(|line| width(line)).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    for (old, new) in before.iter().zip(&after) {
        assert!(new.starts_with(old.trim_ascii_end()) || old.is_empty());
    }
    desk.call(&["verify", "RUN"]).well();
}

/// The list of changes was told as one of replacements, though every code stays.
#[test]
fn what_is_proposed_is_not_told_as_replaced() {
    let desk = Desk::new("claim_id,dos,dx1,description\n1,2024-11-02,E88.81,a\n");
    let ran = desk.plan("unbilled", &[]).well();
    for words in [
        "RUN/changes.csv  every code that is proposed (1); the codes stay",
        "where a proposed code is used, look at what it may upset: text 1",
    ] {
        assert!(ran.stdout.contains(words), "no `{words}` in {}", ran.stdout);
    }
    let page = fs::read_to_string(desk.path("RUN/report.html")).unwrap();
    for words in
        ["The old codes stay: changes.csv lists what is proposed", "The codes stay; what a"]
    {
        assert!(page.contains(words), "no `{words}`");
    }
    assert!(!page.contains("Nothing but the codes changes"));
    let shown = desk.call(&["show", "RUN"]).well().stdout;
    assert!(shown.contains("1  codes proposed in the new columns"), "{shown}");
}
