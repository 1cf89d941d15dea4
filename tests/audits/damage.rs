//! Files that are not whole, files that are no table of records, and values that
//! would write lines of their own.

use std::fs;

use crate::common::{audit, folder, put};
use crate::json;

/// Half a document on stdout was taken for a whole one.
#[test]
fn nothing_stands_on_stdout_where_a_file_is_refused_late() {
    let folder = folder();
    let rows = "A,2024-10-02,E88.81\n".repeat(20_000);
    let table = format!("claim_id,dos,dx1\n{rows}A,2024-10-02,\"E88.81\n");
    let records = put(folder.path(), "records.csv", table);
    for format in ["json", "csv"] {
        let ran = audit(&[&records], &["--format", format]);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{format}");
        assert!(ran.stderr.contains("records.csv:20002"), "{}", ran.stderr);
        let out = folder.path().join("out");
        let path = out.to_str().unwrap();
        assert_eq!(audit(&[&records], &["--format", format, "--output", path]).status, 3);
        assert!(!out.exists());
    }
    let whole = put(folder.path(), "whole.csv", format!("claim_id,dos,dx1\n{rows}"));
    let found = audit(&[&whole], &["--format", "csv"]).well().rows();
    assert_eq!(found.len(), 20_000);
}

#[test]
fn a_file_that_ends_within_its_last_record_is_said_to_be_cut_off() {
    let folder = folder();
    let table = "claim_id,dos,dx1,payer\nA,2024-10-02,E88.81,P\n\"B\nb\",2024-10-02,E8";
    let records = put(folder.path(), "records.csv", table);
    let words = "records.csv:3: the last record has fewer cells than the header and no line end";
    for options in [&[][..], &["--impact"], &["--packet", "claim_id=A"]] {
        let ran = audit(&[&records], options).well();
        assert_eq!(ran.stderr.matches(words).count(), 1, "{}", ran.stderr);
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    assert_eq!(json(&[&records], &[])["files"][0]["cut_off"], 3);
    // A claim that is not found may have stood behind the end.
    let none = audit(&[&records], &["--packet", "claim_id=C"]);
    assert_eq!(none.status, 3);
    assert!(none.stderr.contains(words), "{}", none.stderr);
    // A last line without a line end is a habit, and so are rows without their last cells.
    for whole in ["A,2024-10-02,I10,P", "A,2024-10-02,I10\n"] {
        let table = format!("claim_id,dos,dx1,payer\n{whole}");
        let records = put(folder.path(), "whole.csv", table);
        let ran = audit(&[&records], &[]).well();
        assert!(!ran.stderr.contains("no line end"), "{}", ran.stderr);
    }
}

#[test]
fn bytes_that_no_program_wrote_are_named_by_their_line() {
    let folder = folder();
    let gap = "\0".repeat(5000);
    let rows = "A,2024-10-02,I10\n";
    let table = format!("claim_id,dos,dx1\n{rows}{gap}{rows}{rows}{gap}");
    let records = put(folder.path(), "records.csv", table);
    let ran = audit(&[&records], &[]).well();
    let words = "records.csv:3: a run of NUL bytes";
    assert_eq!(ran.stderr.matches(words).count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("NUL").count(), 1, "once a file: {}", ran.stderr);
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\0'), "{:?}", ran.stdout);
    assert_eq!(json(&[&records], &[])["files"][0]["nul_bytes"], 3);
}

/// A file without a header had its first row printed.
#[test]
fn a_first_row_that_may_be_a_patient_is_described_and_not_shown() {
    let folder = folder();
    for row in ["Doe,Jane,1980-02-03,E88.81", "Doe;Jane;retired", "Doe|Jane"] {
        let records = put(folder.path(), "records.csv", format!("{row}\n{row}\n"));
        let ran = audit(&[&records], &[]);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
        assert!(!ran.stderr.contains("Doe"), "{}", ran.stderr);
        let columns = row.split([',', ';', '|']).count();
        assert!(ran.stderr.contains(&format!("{columns} columns")), "{}", ran.stderr);
    }
    let data = put(folder.path(), "data.csv", "Doe,Jane,1980-02-03,E88.81\n");
    assert!(audit(&[&data], &[]).stderr.contains("looks like data, not like names"));
    // Names of columns are no secret.
    let named = put(folder.path(), "named.csv", "claim_id,dos,local_diag\nA,2024-10-02,E88.81\n");
    let ran = audit(&[&named], &[]);
    assert!(ran.stderr.contains("claim_id, dos, local_diag"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("E88.81"), "{}", ran.stderr);
}

/// A cell with a line end wrote a line of its own into a report on paper.
#[test]
fn no_cell_writes_a_line_of_its_own() {
    let folder = folder();
    let forged = "Nothing found: all coded entries were valid";
    let table = format!(
        "\"claim\r\n{forged}\",dos,\"dx1\",clinic\n\
         A,2024-10-02,\"x\n{forged}\",\"North\n{forged}\"\nA,2024-10-02,E88.81,\n"
    );
    let records = put(folder.path(), &format!("r\n{forged}.csv"), table);
    let claim = ["--claim-column", "1", "--code-column", "dx1"];
    for options in [
        &["--packet", "1=A"][..],
        &["--group-by", "clinic"],
        &["--group-by", "clinic", "--only", &format!("clinic=North\n{forged}")],
        &["--impact"],
        &["--packet", "1=A", "--format", "markdown"],
    ] {
        let ran = audit(&[&records], &[&claim[..], options].concat()).well();
        let is_forged = |line: &&str| line.trim_start().starts_with(forged);
        for said in [&ran.stdout, &ran.stderr] {
            assert_eq!(said.lines().find(is_forged), None, "{options:?}: {said}");
        }
    }
    let told = audit(&[&records], &[&claim[..], &["--packet", "1=A"]].concat()).well().stdout;
    assert!(told.contains("x↵Nothing found"), "what stands there is seen: {told}");
    assert!(fs::exists(&records).unwrap());
}
