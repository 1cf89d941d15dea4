//! Evidence on paper: one code's life and one claim, as text, Markdown and a page.

use std::fs;

use crate::common::{MAPS, PROFESSIONAL, RELEASES, Ran, audit, fixture, folder, put, run};
use serde_json::Value;

fn code(args: &[&str]) -> Ran {
    run(["code"].iter().chain(args).chain(&RELEASES).chain(&MAPS))
}

fn digest(path: &str) -> String {
    format!("blake3:{}", blake3::hash(&fs::read(fixture(path)).unwrap()).to_hex())
}

#[test]
fn a_codes_life_with_its_sources() {
    for format in ["markdown", "html"] {
        let told = code(&["E88.81", "2025-03-01", "--format", format]).well().stdout;
        for part in [
            "45 CFR 162.1000(a)",
            "2024-09-30",
            "Metabolic syndrome and other insulin resistance",
            "fixtures/maps/icd10cm.csv:2",
            "Now incomplete",
            &digest("fixtures/icd10cm/icd10cm_order_2024.txt"),
            &digest("fixtures/icd10cm/icd10cm_order_2025.txt"),
            &digest("fixtures/maps/icd10cm.csv"),
        ] {
            let told = told.replace("\\_", "_");
            assert!(told.contains(part), "{part} in {format}: {told}");
        }
        // Sources of other code sets say nothing of this code.
        assert!(!told.contains("fixtures/hcpcs/2025.csv"), "{told}");
    }
}

#[test]
fn text_and_json_name_the_rows_of_the_mapping() {
    let text = code(&["E88.81"]).well().stdout;
    assert!(text.contains("fixtures/maps/icd10cm.csv:2: E88.81 -> E88.810"), "{text}");
    assert!(text.contains("45 CFR 162.1000(a)"), "{text}");
    let told = code(&["E88.81", "--format", "json"]).well().stdout;
    let told: Value = serde_json::from_str(&told).unwrap();
    // A row for one of four codes below it hides none of them.
    assert_eq!(told["systems"][0]["successors"].as_array().unwrap().len(), 4);
    assert_eq!(told["systems"][0]["rules"][0]["at"], "fixtures/maps/icd10cm.csv:2");
    assert_eq!(told["releases"][0]["digest"], digest("fixtures/icd10cm/icd10cm_order_2024.txt"));
}

#[test]
fn a_code_that_is_nowhere_has_a_paper_that_says_so() {
    let told = code(&["Z99.X9", "--format", "markdown"]).well().stdout;
    assert!(told.contains("Z99.X9 stands in no release given."), "{told}");
    assert!(told.contains(&digest("fixtures/cpt/2026.txt")), "what was looked at: {told}");
}

#[test]
fn a_page_needs_nothing_else_and_lets_nothing_in() {
    let folder = folder();
    let name = "<script>alert(1)</script>";
    let records =
        put(folder.path(), "r.csv", format!("claim_id,dos,dx1\n{name},2024-10-02,E88.81\n"));
    let key = format!("claim_id={name}");
    let page = audit(&[&records], &["--packet", &key, "--format", "html"]).well().stdout;
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;"), "{page}");
    for loaded in ["http:", "https:", " src=", "url(", "@import"] {
        assert!(!page.contains(loaded), "{loaded} in {page}");
    }
    assert_eq!(page.matches("<table>").count(), page.matches("</table>").count());
}

#[test]
fn a_claim_with_every_code_on_it() {
    let told = audit(&[PROFESSIONAL], &["--packet", "claim_id=C0002", "--format", "markdown"]);
    let told = told.well().stdout.replace("\\_", "_");
    for part in [
        "# Evidence for the claim with claim_id = C0002",
        "2 of 3 coded entries were not valid on their date.",
        "CARC 146",
        "CARC 181",
        "| 3 | dx1 | E88.81 | 2026-01-06 (service_date) | Now incomplete: split into longer codes | 2023-10-01 to 2024-09-30 |",
        "| 3 | dx2 | E11.65 | 2026-01-06 (service_date) | Valid on its date of service |",
        "## 05301, CPT",
        "45 CFR 162.1000(a)",
        &digest(PROFESSIONAL),
        &digest("fixtures/cpt/2026.txt"),
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // The note of the record is no part of the evidence, nor is the patient's number.
    assert!(!told.contains("fasting sample"), "{told}");
    assert!(!told.contains("TEST0002"), "{told}");
    assert!(!told.contains("C0003"), "{told}");
}

#[test]
fn codes_that_repeat_on_the_lines_of_a_claim_are_one_entry() {
    let folder = folder();
    let table = "claim_id,dos,dx1\nA,2024-10-02,E88.81\nA,2024-10-02,E88.81\nB,2024-10-02,I10\n";
    let records = put(folder.path(), "records.csv", table);
    let told = audit(&[&records], &["--packet", "CLAIM_ID=a"]).well().stdout;
    assert!(told.contains("1 of 1 coded entries"), "{told}");
    assert!(told.contains("2 to 3 (2 rows)"), "{told}");
}

#[test]
fn a_sent_claim_is_corrected_by_a_new_one() {
    let options = ["--packet", "claim_id=C0002", "--records", "billed", "--exit-code"];
    let ran = audit(&[PROFESSIONAL], &options);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("CLM05-3 = 7"), "{}", ran.stdout);
    let valid = audit(&[PROFESSIONAL], &["--packet", "claim_id=C0001", "--exit-code"]).well();
    assert!(valid.stdout.contains("Nothing found"), "{}", valid.stdout);
}

#[test]
fn a_packet_is_about_one_claim() {
    let none = audit(&[PROFESSIONAL], &["--packet", "claim_id=NONE"]);
    assert_eq!((none.status, none.stdout.as_str()), (3, ""));
    assert!(none.stderr.contains("no record has claim_id = NONE"), "{}", none.stderr);
    let many = audit(&[PROFESSIONAL], &["--packet", "payer=COMMTEST"]);
    assert_eq!(many.status, 3);
    assert!(many.stderr.contains("a packet is about one"), "{}", many.stderr);
    let nowhere = audit(&[PROFESSIONAL], &["--packet", "visit=1"]);
    assert_eq!(nowhere.status, 3);
    assert!(nowhere.stderr.contains("--packet names the column `visit`"), "{}", nowhere.stderr);
    assert_eq!(audit(&[PROFESSIONAL], &["--format", "html"]).status, 2);
    assert_eq!(
        audit(&[PROFESSIONAL], &["--packet", "claim_id=C0002", "--format", "csv"]).status,
        2
    );
}
