//! The publisher's addenda beside a release, held against the computed changes.
//!
//! Two made-up editions of FY2031 and FY2032 with an addenda between them; the
//! codes have a letter in second place, as categories may have from FY2026 on.

use std::io::{Cursor, Write};
use std::path::Path;

use crate::common::{Ran, folder, json, put, rows_of, run};
use serde_json::Value;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// Code, flag, title.
type Row<'r> = (&'r str, u8, &'r str);

const OLD: [Row; 7] = [
    ("QA0", 0, "Bites"),
    ("QA00101", 1, "Bite of one, initial"),
    ("QA00102", 1, "Bite of two, initial"),
    ("QA0011", 1, "Bite of three"),
    ("QB1", 0, "Stings"),
    ("QB10", 1, "Sting [S]of one"),
    ("QB11", 1, "Sting of two"),
];

const NEW: [Row; 8] = [
    ("QB11", 1, "Sting of two or more"),
    ("QB10", 1, "Sting [S] of one"),
    ("QA0", 0, "Bites"),
    ("QA0011", 0, "Bite of three"),
    ("QA00111", 1, "Bite of three, left"),
    ("QA00112", 1, "Bite of three, right"),
    ("QA00101", 1, "Bite of one, initial"),
    ("QB1", 0, "Stings"),
];

/// What a publisher would say, but for the blank in QB10.
const SAID: [(&str, Row); 7] = [
    ("Delete:", ("QA00102", 1, "Bite of two, initial")),
    ("Delete:", ("QA0011", 1, "Bite of three")),
    ("Add:", ("QA0011", 0, "Bite of three")),
    ("Add:", ("QA00111", 1, "Bite of three, left")),
    ("Add:", ("QA00112", 1, "Bite of three, right")),
    ("Revise from:", ("QB11", 1, "Sting of two")),
    ("Revise to:", ("QB11", 1, "Sting of two or more")),
];

const SILENT: [(&str, Row); 2] = [
    ("Revise from:", ("QB10", 1, "Sting [S]of one")),
    ("Revise to:", ("QB10", 1, "Sting [S] of one")),
];

fn order(rows: &[Row]) -> String {
    let line = |(at, (code, flag, title)): (usize, &Row)| {
        format!("{at:05} {code:<7} {flag} {title:<60} {title}\r\n")
    };
    rows.iter().enumerate().map(line).collect()
}

fn addenda(said: &[(&str, Row)], before: usize, after: usize) -> String {
    let line = |(label, (code, flag, title)): &(&str, Row)| {
        format!("{label:<13}{flag} {code:<7} {title:<60} {title}\r\n")
    };
    let lines: String = said.iter().map(line).collect();
    format!(
        "{lines}\r\nCodes\r\n  {before} codes in old.txt\r\n  {after} codes in new.txt\r\n\
         of which\r\n      0 revisions to short title only\r\n"
    )
}

fn told() -> String {
    addenda(&[&SAID[..], &SILENT].concat(), 5, 5)
}

/// A folder with both editions as plain files, and what else is given.
fn desk(more: &[(&str, &str)]) -> TempDir {
    let desk = folder();
    put(desk.path(), "old/the old one 2031.txt", order(&OLD));
    put(desk.path(), "new/Tabelle (2)2032.TXT", order(&NEW));
    for (name, text) in more {
        put(desk.path(), name, text);
    }
    desk
}

fn diff(desk: &Path, more: &[&str]) -> Ran {
    let path = |name: &str| desk.join(name).to_str().expect("text").to_owned();
    let (old, new) = (path("old/the old one 2031.txt"), path("new/Tabelle (2)2032.TXT"));
    run([&["diff", old.as_str(), new.as_str()][..], more].concat())
}

fn witness(desk: &Path, more: &[&str]) -> Value {
    let ran = diff(desk, &[&["--format", "json"][..], more].concat()).well();
    serde_json::from_str::<Value>(&ran.stdout).expect("JSON")["addenda"].clone()
}

fn disagreements(witness: &Value) -> Vec<String> {
    let words = |one: &Value| {
        let text = |key: &str| one[key].as_str().expect("text").to_owned();
        format!("{} {} {} {}", text("code"), text("what"), text("said"), one["line"])
    };
    witness["disagreements"].as_array().expect("a list").iter().map(words).collect()
}

#[test]
fn one_that_says_the_same_agrees_in_every_format() {
    let desk = desk(&[("new/changes.txt", &told())]);
    let words = "Agrees with the publisher's addenda (changes.txt): 2 added, 2 deleted, 2 revised.";
    for format in ["text", "csv", "json", "markdown", "html"] {
        let ran = diff(desk.path(), &["--format", format]).well();
        assert!(ran.stderr.contains(words), "{format}: {}", ran.stderr);
        let plain = ran.stdout.replace("&#39;", "'");
        assert_eq!(plain.contains(words), !matches!(format, "csv" | "json"), "{format}: {plain}");
    }
    let witness = witness(desk.path(), &[]);
    assert_eq!((&witness["verdict"], &witness["before"]), (&"agrees".into(), &5.into()));
    assert_eq!(witness["says"], serde_json::json!({"added": 2, "deleted": 2, "revised": 2}));
}

#[test]
fn without_one_nothing_is_said() {
    let desk = desk(&[("old/changes.txt", &told())]);
    let ran = diff(desk.path(), &[]).well();
    assert!(!ran.stderr.contains("addenda") && !ran.stdout.contains("addenda"));
    assert_eq!(witness(desk.path(), &[]), Value::Null);
}

#[test]
fn a_silent_change_is_said_to_be_one() {
    let desk = desk(&[("new/changes.txt", &addenda(&SAID, 5, 5))]);
    assert_eq!(disagreements(&witness(desk.path(), &[])), ["QB10 revised files null"]);
    insta::assert_snapshot!(diff(desk.path(), &["-q", "--kind", "revised"]).well().stdout);
    let markdown = diff(desk.path(), &["-q", "--format", "markdown"]).well().stdout;
    assert!(markdown.contains("| QB1.0 | revised | in the files"), "{markdown}");
    let html = diff(desk.path(), &["-q", "--format", "html"]).well().stdout;
    assert!(html.contains("<th scope=\"row\">QB1.0</th><td>revised</td>"), "{html}");
}

#[test]
fn the_workbook_has_a_sheet_of_what_does_not_agree() {
    let desk = desk(&[("new/changes.txt", &addenda(&SAID, 5, 5))]);
    let out = desk.path().join("out.xlsx");
    diff(desk.path(), &["--format", "xlsx", "--output", out.to_str().expect("text")]).well();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(out).expect("a file")).expect("a zip");
    let mut part = |name: &str| {
        let part = zip.by_name(name).expect("a part");
        std::io::read_to_string(part).expect("text")
    };
    assert!(part("xl/workbook.xml").contains("<sheet name=\"addenda\""));
    let strings = part("xl/sharedStrings.xml");
    assert!(strings.contains("a silent change") && strings.contains("DIFFERS from"), "{strings}");
}

#[test]
fn what_it_says_and_the_files_do_not_is_said_with_its_line() {
    let mut said = [&SAID[..], &SILENT].concat();
    // A title that is not that of the files, and a code that did not come.
    said[6].1.2 = "Sting of many";
    said.push(("Add:", ("QB19", 1, "Other sting")));
    let desk = desk(&[("new/changes.txt", &addenda(&said, 5, 5))]);
    let want = ["QB11 revised other_titles 7", "QB19 added addenda 10"];
    assert_eq!(disagreements(&witness(desk.path(), &[])), want);
}

#[test]
fn one_in_the_same_zip_is_found_and_one_that_is_named_is_taken() {
    let desk = desk(&[("elsewhere/said.txt", &told())]);
    let named = desk.path().join("elsewhere/said.txt");
    let witness = witness(desk.path(), &["--addenda", named.to_str().expect("text")]);
    assert_eq!(witness["verdict"], "agrees");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("a/order 2032.txt", order(&NEW)), ("a/x addenda.txt", told())] {
        zip.start_file(name, SimpleFileOptions::default()).expect("a member");
        zip.write_all(text.as_bytes()).expect("a member");
    }
    let new = put(desk.path(), "new.zip", zip.finish().expect("a zip").into_inner());
    let old = desk.path().join("old/the old one 2031.txt");
    let ran = run(["diff", old.to_str().expect("text"), &new]).well();
    assert!(ran.stderr.contains("Agrees with the publisher's addenda (x addenda.txt)"));
}

/// Made against an edition between the two, it says nothing of the older one.
#[test]
fn one_of_another_pair_is_said_to_be_so_and_must_hold_in_new() {
    let desk = desk(&[("new/changes.txt", &addenda(&SAID[..1], 6, 5))]);
    let told = witness(desk.path(), &[]);
    assert_eq!((&told["verdict"], &told["unmentioned"]), (&"other_pair".into(), &5.into()));
    assert_eq!(disagreements(&told), Vec::<String>::new());
    let said = diff(desk.path(), &[]).well().stderr;
    assert!(said.contains("an edition of 6 billable codes, and OLD has 5"), "{said}");
    let broken = addenda(&[("Add:", ("QB19", 1, "Other sting"))], 4, 5);
    put(desk.path(), "new/changes.txt", broken);
    assert_eq!(disagreements(&witness(desk.path(), &[])), ["QB19 added addenda 1"]);
}

/// What cannot be read in it never stops the diff.
#[test]
fn damaged_lines_are_named_and_the_rest_is_compared() {
    let text = told().replace("Revise to:   1 QB10", "Revise to:   X QB10");
    let desk = desk(&[("new/changes.txt", &text)]);
    let told = witness(desk.path(), &[]);
    let lines: Vec<u64> = told["odd"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|odd| odd["line"].as_u64())
        .collect();
    assert_eq!(lines, [8, 9]);
    assert_eq!(disagreements(&told), ["QB10 revised files null"]);
    let said = diff(desk.path(), &[]).well().stderr;
    assert!(said.contains("line 9: not in the columns of an addenda"), "{said}");
    // Cut anywhere and filled with anything, the diff is the same.
    let changes = |text: &str| {
        put(desk.path(), "new/changes.txt", text);
        rows_of(diff(desk.path(), &["--format", "csv"]).well().stdout.as_bytes())
    };
    let whole = changes(&text);
    for at in (0..text.len()).step_by(97) {
        assert_eq!(changes(&text[..at]), whole);
        assert_eq!(changes(&(text[..at].to_owned() + "\u{1b}[2J\u{0}\n\u{e9}")), whole);
    }
}

#[test]
fn a_named_file_that_is_none_is_refused() {
    let desk = desk(&[]);
    for name in ["new/Tabelle (2)2032.TXT", "not there"] {
        let path = desk.path().join(name);
        let ran = diff(desk.path(), &["--addenda", path.to_str().expect("text")]);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
    }
}

#[test]
fn inspect_counts_what_it_says() {
    let desk = folder();
    let path = put(desk.path(), "x.txt", told());
    let text = run(["inspect", path.as_str()]).well().stdout;
    assert!(text.contains("2 added, 2 deleted, 2 revised"), "{text}");
    assert!(!text.contains("no records"), "{text}");
    let out = desk.path().join("out.json");
    let out = out.to_str().expect("text");
    run(["inspect", path.as_str(), "--format", "json", "--output", out]).well();
    let member = &json(Path::new(out))["files"][0]["members"][0];
    assert_eq!((&member["kind"], &member["addenda"]["after"]), (&"other".into(), &5.into()));
}
