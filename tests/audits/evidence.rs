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
    let words = "no record has claim_id = NONE, among 79 records of 1 file";
    assert!(none.stderr.contains(words), "{}", none.stderr);
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

/// One of two claims could not be asked for, and of one the paper had the typed name.
#[test]
fn a_claim_that_is_spelled_nearly_alike_is_named_and_no_part() {
    let folder = folder();
    let table =
        "claim_id,dos,dx1\nC1,2024-10-02,E88.81\n\"c1 \",2024-10-02,I10\nb7,2024-10-02,I10\n";
    let records = put(folder.path(), "records.csv", table);
    let told = |value: &str| audit(&[&records], &["--packet", &format!("claim_id={value}")]);
    let upper = told("C1").well().stdout;
    assert!(upper.contains("1 of 1 coded entries were not valid"), "{upper}");
    let alike = format!("are no part of this: c1 ({records}:3).");
    assert!(upper.contains(&alike), "{upper}");
    let lower = told(" c1 ").well().stdout;
    assert!(lower.contains("Nothing found: all 1 coded"), "{lower}");
    assert!(lower.contains(&format!("are no part of this: C1 ({records}:2).")), "{lower}");
    // Where no claim is spelled as typed, one that is alike is taken, and said.
    let other = told("B7").well().stdout;
    assert!(
        other.contains("No record has claim_id = B7 as it was typed; this claim has b7."),
        "{other}"
    );
    assert!(other.contains("Evidence for the claim with claim_id = b7"), "{other}");
    let more = format!("{table}B7,2024-10-02,I10\nxY,2024-10-02,I10\nXy,2024-10-02,I10\n");
    let records = put(folder.path(), "records.csv", more);
    let none = audit(&[&records], &["--packet", "claim_id=xy"]);
    assert_eq!((none.status, none.stdout.as_str()), (3, ""));
    assert!(none.stderr.contains("2 have it in another case"), "{}", none.stderr);
    assert!(none.stderr.contains("Xy, xY"), "{}", none.stderr);
}

/// A part of a claim was told as if it were all of it.
#[test]
fn a_packet_leaves_no_row_out() {
    let ran = audit(&[PROFESSIONAL], &["--packet", "claim_id=C0002", "--only", "dx1=I10"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--packet tells every code of a claim"), "{}", ran.stderr);
}

/// A claim of which nothing could be judged was said to have nothing to find.
#[test]
fn a_packet_says_what_was_judged_and_what_not() {
    let folder = folder();
    let told = |rows: &str| {
        let table = format!("claim_id,dos,dx1,dx2,dx_type\n{rows}");
        let records = put(folder.path(), "records.csv", table);
        audit(&[&records], &["--packet", "claim_id=A"])
    };
    let valid = told("A,2024-10-02,I10,E11.9,10\n").well().stdout;
    assert!(
        valid.contains("Nothing found: all 2 coded entries were valid on their date."),
        "{valid}"
    );
    assert!(!valid.contains("judged:"), "{valid}");
    assert!(valid.contains("Looked at         dx1, dx2\n"), "{valid}");
    let none = told("A,2011-10-02,250.00,E888.1,9\nA,,I10,,10\n").well().stdout;
    assert!(
        none.contains("NOTHING WAS JUDGED: not one of the 3 coded entries could be."),
        "{none}"
    );
    assert!(!none.contains("Nothing found"), "{none}");
    let part = told("A,2024-10-02,I10,E11.9,10\nA,2024-10-02,250.00,,9\n").well().stdout;
    assert!(part.contains("among the 2 of 3 coded entries that could be judged"), "{part}");
    assert!(
        part.contains("Not judged: 1 (no release of its code system, or none stated)."),
        "{part}"
    );
    let wrong = told("A,2024-10-02,E88.81,,10\nA,2024-10-02,250.00,,9\n").well().stdout;
    assert!(wrong.contains("1 of 2 coded entries were not valid"), "{wrong}");
    assert!(wrong.contains("Not judged: 1 (no release"), "{wrong}");
    let empty = told("A,2024-10-02,,,10\n");
    assert_eq!((empty.status, empty.stdout.as_str()), (3, ""));
    assert!(empty.stderr.contains("nothing of it was judged"), "{}", empty.stderr);
    assert!(empty.stderr.contains("looked at: dx1, dx2"), "{}", empty.stderr);
}

/// Today's title stood under the title of that day; E888.1 was dotted as ICD-10 is.
#[test]
fn a_title_is_that_of_its_day_or_says_whose_it_is() {
    let folder = folder();
    for (row, code, title) in [
        (
            "2016-03-02,E88.81,10",
            " E88.81 ",
            "Metabolic syndrome (as in the release of 2023-10-01)",
        ),
        ("2024-03-02,E88.81,10", " E88.81 ", "  Metabolic syndrome"),
        ("2024-10-02,E8881,10", " E88.81 ", "  Metabolic syndrome and other insulin resistance"),
        (
            "2024-03-02,E88.810,10",
            " E88.810 ",
            "Metabolic syndrome (as in the release of 2024-10-01)",
        ),
        (
            ",E88.81,10",
            " E88.81 ",
            "Metabolic syndrome and other insulin resistance (as in the release of 2024-10-01)",
        ),
        ("2011-03-02,E8881,9", " E888.1 ", "stated"),
        ("2011-03-02,E888.1,9", " E888.1 ", "stated"),
    ] {
        let records =
            put(folder.path(), "records.csv", format!("claim_id,dos,dx1,dx_type\nA,{row}\n"));
        let told = audit(&[&records], &["--packet", "claim_id=A"]).well().stdout;
        let line = told.lines().find(|line| line.starts_with("  2 ")).unwrap();
        assert!(line.contains(code), "{row}: {line}");
        assert!(line.ends_with(title), "{row}: {line}");
    }
}
