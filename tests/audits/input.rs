//! What an audit reads: standard input, and records without a day.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::thread;

use crate::common::{ICD10CM, PROFESSIONAL, RELEASES, Ran, audit, fixture, folder, program, put};
use crate::json;
use serde_json::Value;

const ROWS: &str = "claim_id,dos,dx1\nA,2024-10-02,E88.81\nB,,E88.81\n";

/// The program with bytes on its standard input, and a folder for what it keeps.
fn piped(bytes: &[u8], args: &[&str]) -> Ran {
    let folder = folder();
    let mut command = program();
    command.args(args).env("TMPDIR", folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // The program may stop before it has read all.
        scope.spawn(move || stdin.write_all(bytes));
        child.wait_with_output().unwrap()
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn standard_input_is_audited_as_the_file_would_be() {
    let bytes = fs::read(fixture(PROFESSIONAL)).unwrap();
    for form in [
        &["--format", "text"][..],
        &["--format", "csv", "--key", "mrn"],
        &["--format", "json", "--group-by", "payer", "--amount-column", "charge"],
        &["--impact"],
        &["--packet", "claim_id=C0002"],
    ] {
        let own = audit(&[PROFESSIONAL], form).well();
        let piped = piped(&bytes, &[&["audit", "-"], &RELEASES[..], form].concat()).well();
        assert_eq!(piped.stdout, own.stdout.replace(PROFESSIONAL, "-"), "{form:?}");
        assert_eq!(piped.stderr, own.stderr.replace(PROFESSIONAL, "-"), "{form:?}");
    }
}

#[test]
fn standard_input_stands_beside_files_and_is_named_in_errors() {
    let ran =
        piped(ROWS.as_bytes(), &[&["audit", PROFESSIONAL, "-"], &RELEASES[..]].concat()).well();
    assert!(ran.stdout.contains("Audit of 2 files"), "{}", ran.stdout);
    let nothing = piped(b"", &[&["audit", "-"], &ICD10CM[..]].concat());
    assert_eq!((nothing.status, nothing.stdout.as_str()), (3, ""));
    assert!(nothing.stderr.contains("--> -\n"), "{}", nothing.stderr);
    assert!(!nothing.stderr.contains("/proc/"), "{}", nothing.stderr);
    let open = piped(b"dos,dx1\n2024-10-02,\"E88.81\n", &[&["audit", "-"], &ICD10CM[..]].concat());
    assert_eq!(open.status, 3);
    assert!(open.stderr.contains("--> -:"), "{}", open.stderr);
    let twice = piped(ROWS.as_bytes(), &[&["audit", "-", "-"], &ICD10CM[..]].concat());
    assert_eq!(twice.status, 2);
    assert!(twice.stderr.contains("standard input (-) is given twice"), "{}", twice.stderr);
}

/// A plan is applied later, when nothing comes through the pipe any more.
#[test]
fn standard_input_is_for_audits_alone() {
    let folder = folder();
    let out = folder.path().join("RUN");
    for command in ["plan", "migrate"] {
        let args = [command, "-", "--records", "unbilled", "--out", out.to_str().unwrap()];
        let ran = piped(ROWS.as_bytes(), &[&args[..], &ICD10CM].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{command}");
        assert!(ran.stderr.contains("read by audit alone"), "{}", ran.stderr);
        assert!(!out.exists());
    }
}

#[test]
fn records_without_a_day_are_findings_on_request() {
    let folder = folder();
    let table = "claim_id,dos,dx1\nA,,I10\nA,,E88.81\nB,2024-10-02,I10\n";
    let records = put(folder.path(), "records.csv", table);
    let plain = audit(&[&records], &["--exit-code"]).well().stdout;
    assert!(plain.contains("2  NOT CHECKED: no date of service (undated)\n"), "{plain}");
    assert!(!plain.contains("For review"), "{plain}");
    let review = ["--undated", "review"];
    let ran = audit(&[&records], &[&review[..], &["--exit-code"]].concat());
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("no date of service (undated), on 1 claim\n"), "{}", ran.stdout);
    let words = "For review: 2 entries on 1 claim without a date of service (--undated review).";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    let told = json(&[&records], &review);
    assert_eq!(
        (&told["undated"], &told["claims_by_verdict"]["undated"]),
        (&"review".into(), &1.into())
    );
    // They are no codes that were not valid.
    assert_eq!((&told["claims"], &told["files"][0]["not_valid"]), (&0.into(), &0.into()));
    let skip = json(&[&records], &[]);
    assert_eq!(
        (&skip["undated"], &skip["claims_by_verdict"]["undated"]),
        (&"skip".into(), &Value::Null)
    );
    let packet = [&review[..], &["--packet", "claim_id=A", "--exit-code"]].concat();
    assert_eq!(audit(&[&records], &packet).status, 1);
    assert_eq!(audit(&[&records], &["--packet", "claim_id=A", "--exit-code"]).status, 0);
    assert_eq!(audit(&[&records], &[&review[..], &["--impact"]].concat()).status, 2);
}
