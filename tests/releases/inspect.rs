//! `codeturn inspect`: what is this file?

use std::io::{Cursor, Write};

use crate::common::{folder, put, run};
use serde_json::Value;
use zip::write::SimpleFileOptions;

const ORDER: &str = "fixtures/icd10cm/icd10cm_order_2025.txt@2024-10-01";

fn json(paths: &[&str]) -> Value {
    let ran = run(["inspect", "--format", "json"].iter().chain(paths)).well();
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn a_release_is_told_with_its_day_and_its_counts() {
    let text = run(["inspect", ORDER]).well().stdout;
    for said in ["ICD-10-CM order file", "from 2024-10-01 (given)", "billable  ", "blake3:"] {
        assert!(text.contains(said), "{text}");
    }
    let member = &json(&[ORDER])["files"][0]["members"][0];
    assert_eq!((&member["kind"], &member["name"]), (&Value::from("release"), &Value::Null));
    assert_eq!(member["release"]["system"], "icd10cm");
    assert_eq!(member["release"]["dating"], "given");
    assert!(member["release"]["headers"].as_u64() > Some(0));
}

#[test]
fn every_member_of_a_download_is_named() {
    let folder = folder();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let order = std::fs::read(ORDER.split('@').next().expect("a path")).expect("the fixture");
    for (name, bytes) in [
        ("order.txt", &order[..]),
        ("addenda.txt", b"Add:         1 A925    Zika\r\n"),
        ("codes.txt", b"A000    Cholera\r\n"),
        ("readme.pdf", b"%PDF-1.7"),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).expect("a member");
        zip.write_all(bytes).expect("a member");
    }
    let bytes = zip.finish().expect("a zip").into_inner();
    let path = put(folder.path(), "cm 2025.zip", bytes) + "@2024-10-01";
    let told = json(&[&path]);
    let members = told["files"][0]["members"].as_array().expect("members");
    let kinds: Vec<String> =
        members.iter().map(|one| format!("{} {}", one["name"], one["kind"])).collect();
    assert_eq!(
        kinds,
        [
            r#""addenda.txt" "other""#,
            r#""codes.txt" "other""#,
            r#""order.txt" "release""#,
            r#""readme.pdf" "other""#
        ]
    );
}

#[test]
fn odd_and_unreadable_lines_are_told_with_their_numbers() {
    let folder = folder();
    let bytes =
        b"A000    Cholera\nA001    M\xE9ni\xE8re\nA009    Other\nnonsense\nA010    x\nA011    y\n";
    let path = put(folder.path(), "codes 2025.txt", bytes);
    let text = run(["inspect", &path]).well().stdout;
    assert!(text.contains("cannot be read (line 4)"), "{text}");
    assert!(text.contains("odd: 1 line, not in the layout: 4"), "{text}");
    assert!(text.contains("odd: 1 line, characters that are not ASCII: 2"), "{text}");
    assert_eq!(json(&[&path])["files"][0]["members"][0]["line"], "4");
}

#[test]
fn identical_rows_are_told() {
    let folder = folder();
    let path = put(folder.path(), "2025.csv", "hcpcs,description\nA0001,x\nA0002,y\nA0001,x\n");
    let text = run(["inspect", &path]).well().stdout;
    assert!(text.contains("1 row is exactly like an earlier one"), "{text}");
    assert!(text.contains("first: A0001, line 4"), "{text}");
}

#[test]
fn records_are_told_by_their_columns() {
    let told = json(&[crate::common::PROFESSIONAL]);
    let file = &told["files"][0];
    assert_eq!(file["records"]["recognised"], true);
    assert_eq!(file["members"][0]["what"], "no release");
    let text = run(["inspect", crate::common::PROFESSIONAL]).well().stdout;
    assert!(text.contains("codes: dx1") && text.contains("service_date"), "{text}");
}

#[test]
fn a_file_that_is_not_there_is_refused_and_the_others_are_told() {
    let ran = run(["inspect", ORDER, "no such file"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.contains("ICD-10-CM order file"));
    assert!(ran.stderr.contains("no such file or folder"), "{}", ran.stderr);
}
