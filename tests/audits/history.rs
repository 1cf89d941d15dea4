//! What an audit says where releases disagree, or one of them is not at hand.

use crate::common::{Ran, Row, folder, put, run};
use serde_json::{Value, json};
use std::path::Path;

/// A list of codes, a release of ICD-10-CM on a day.
fn cm(folder: &Path, on: &str, codes: &[&str]) -> String {
    let line = |(code, number): (&&str, usize)| {
        format!("{number:05} {code:<7} 1 {:<60} Invented {code}\r\n", format!("Invented {code}"))
    };
    let text: String = codes.iter().zip(1..).map(line).collect();
    put(folder, &format!("cm-{on}.txt"), text) + "@" + on
}

/// A list of HCPCS with days of its own.
fn hcpcs(folder: &Path, on: &str, rows: &str) -> String {
    let text = format!("hcpcs,description,add date,term date\n{rows}");
    put(folder, &format!("hcpcs-{on}.csv"), text) + "@" + on
}

fn audit(records: &str, releases: &[&str], options: &[&str]) -> Ran {
    let releases = releases.iter().flat_map(|release| ["--release", release]);
    run(["audit", records].into_iter().chain(releases).chain(options.iter().copied()))
}

fn migrate(records: &str, out: &Path, options: &[&str]) -> Ran {
    let args = ["migrate", records, "--records", "unbilled", "--out", out.to_str().unwrap()];
    run(args.into_iter().chain(options.iter().copied())).well()
}

fn found(records: &str, releases: &[&str]) -> Vec<Row> {
    audit(records, releases, &["--format", "csv", "--historical"]).well().rows()
}

/// Line and verdict of each finding.
fn verdicts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {}", row["line"], row["verdict"])).collect()
}

fn told(records: &str, releases: &[&str]) -> Value {
    let ran = audit(records, releases, &["--format", "json"]).well();
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Of two lists with another last day the older one had won, and a valid code was replaced.
#[test]
fn a_code_whose_end_a_later_list_put_off_is_not_replaced() {
    let folder = folder();
    let both = "J0002,New,20150101,\n";
    let old = hcpcs(folder.path(), "2025-01-01", &format!("J0001,Old,20150101,20250630\n{both}"));
    let new = hcpcs(folder.path(), "2026-01-01", &format!("J0001,Old,20150101,20250930\n{both}"));
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,hcpcs\n1,2025-08-01,J0001\n2,2025-10-01,J0001\n",
    );
    let map = put(folder.path(), "map.csv", "old,new\nJ0001,J0002\n");
    let out = folder.path().join("run");
    migrate(&claims, &out, &["--old", &old, "--new", &new, "--map", &map]);
    let copy = std::fs::read_to_string(out.join("migrated/claims.csv")).unwrap();
    assert_eq!(copy, "claim_id,dos,hcpcs\n1,2025-08-01,J0001\n2,2025-10-01,J0002\n");
    let rows = found(&claims, &[&old, &new]);
    assert_eq!(verdicts(&rows), ["2 historical", "3 deleted"]);
    assert_eq!(rows[1]["until"], "2025-09-30");
}

/// Days before a known later edition are all that the newest release can speak of.
#[test]
fn what_lies_behind_a_later_edition_is_said() {
    let folder = folder();
    let old = cm(folder.path(), "2023-10-01", &["G35", "I10"]);
    let new = cm(folder.path(), "2024-10-01", &["G35", "I10"]);
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,dx1\n1,2025-09-30,G35\n2,2025-10-01,G35\n3,2025-11-15,G35\n4,2026-11-15,I10\n",
    );
    let releases = [old.as_str(), new.as_str()];
    let text = audit(&claims, &releases, &[]).well().stdout;
    let line = "3  of the entries judged are of 2025-10-01 or later, when another edition of \
                ICD-10-CM took effect: NOT CHECKED against it, for the newest given is that of \
                2024-10-01\n";
    assert!(text.contains(line), "{text}");
    let of_edition = json!([{
        "system": "icd10cm", "edition": "2025-10-01", "newest": "2024-10-01", "sites": 3,
    }]);
    assert_eq!(told(&claims, &releases)["later_editions"], of_edition);
    // Counted by the quick way and by the careful one alike.
    let slow = audit(&claims, &releases, &["--format", "json", "--only", "dx1="]).well();
    assert!(slow.stdout.contains("\"later_editions\":[]"), "{}", slow.stdout);
    let slow = audit(&claims, &releases, &["--format", "json", "--group-by", "dx1"]).well();
    let slow: Value = serde_json::from_str(&slow.stdout).unwrap();
    assert_eq!(slow["later_editions"], of_edition);
    let out = folder.path().join("run");
    let map = put(folder.path(), "map.csv", "old,new\n");
    let ran = migrate(&claims, &out, &["--old", &old, "--new", &new, "--map", &map]);
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    // Nothing is said where nothing is to be said.
    let before = put(folder.path(), "before.csv", "claim_id,dos,dx1\n1,2025-09-30,G35\n");
    assert!(!audit(&before, &releases, &[]).well().stdout.contains("another edition"));
}

/// A code that came and went between two releases stands in neither.
#[test]
fn a_code_in_no_release_may_be_one_of_a_missing_edition() {
    let folder = folder();
    let old = cm(folder.path(), "2015-10-01", &["I10"]);
    let new = cm(folder.path(), "2024-10-01", &["I10"]);
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,dx1\n1,2016-09-30,Q51.20\n2,2019-05-01,Q51.20\n3,2025-09-30,Q51.20\n\
         4,2025-10-01,Q51.20\n5,2019-05-01,12.34\n",
    );
    let releases = [old.as_str(), new.as_str()];
    let rows = found(&claims, &releases);
    assert_eq!(
        verdicts(&rows),
        ["2 unknown", "3 date_uncertain", "4 unknown", "5 date_uncertain", "6 unknown"]
    );
    let json = told(&claims, &releases);
    let risk = json["risks"].as_array().unwrap().iter().map(|risk| risk["sites"].as_u64().unwrap());
    assert_eq!(risk.sum::<u64>(), 3, "{json}");
    let open = json["findings"].as_array().unwrap();
    assert_eq!(open[1]["reason"], "edition_missing", "{json}");
    // No code came in April 2023 and was gone in October.
    let old = cm(folder.path(), "2022-10-01", &["I10"]);
    let new = cm(folder.path(), "2023-10-01", &["I10"]);
    let claims = put(folder.path(), "near.csv", "claim_id,dos,dx1\n1,2023-09-30,Q51.20\n");
    assert_eq!(verdicts(&found(&claims, &[&old, &new])), ["2 unknown"]);
}

/// A list of HCPCS keeps what ended: a code between two of them that stands in neither
/// is none.
#[test]
fn a_list_that_keeps_ended_codes_knows_those_between() {
    let folder = folder();
    let old = hcpcs(folder.path(), "2018-01-01", "J0001,A,20150101,\nJ0002,B,20150101,20171231\n");
    let new = hcpcs(folder.path(), "2020-01-01", "J0001,A,20150101,\nJ0002,B,20150101,20171231\n");
    let far = hcpcs(folder.path(), "2026-01-01", "J0001,A,20150101,\nJ0003,C,20150101,20231231\n");
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,hcpcs\n1,2019-05-01,J0009\n2,2021-05-01,J0009\n",
    );
    let rows = found(&claims, &[&old, &new, &far]);
    assert_eq!(verdicts(&rows), ["2 unknown", "3 date_uncertain"]);
}

/// With releases two years apart the last day of a code is not known.
#[test]
fn a_day_that_no_release_tells_is_not_stated() {
    let folder = folder();
    let old = cm(folder.path(), "2016-10-01", &["E858", "I10"]);
    let new = cm(folder.path(), "2018-10-01", &["N1830", "I10"]);
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,dx1\n1,2019-01-05,E85.8\n2,2017-01-05,N18.30\n",
    );
    let rows = found(&claims, &[&old, &new]);
    assert_eq!(verdicts(&rows), ["2 deleted", "3 not_yet_valid"]);
    let days: Vec<&str> =
        rows.iter().flat_map(|row| [row["since"].as_str(), row["until"].as_str()]).collect();
    assert_eq!(days, ["2016-10-01", "", "", ""]);
    let text = audit(&claims, &[&old, &new], &[]).well().stdout;
    assert!(text.contains("valid until 2017-09-30 or later"), "{text}");
    assert!(text.contains("valid from 2018-10-01 or earlier"), "{text}");
    let args = ["code", "E85.8", "2019-01-05", "--release", &old, "--release", &new];
    let text = run(args).well().stdout;
    assert!(text.contains("(billable 2016-10-01 to 2017-09-30 or later)"), "{text}");
}

/// A release given an earlier day does not bring ICD-10 into use.
#[test]
fn icd_10_is_not_valid_before_it_came_into_use() {
    let folder = folder();
    let early = cm(folder.path(), "2014-10-01", &["I10"]);
    let next = cm(folder.path(), "2016-10-01", &["I10"]);
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,dx1\n1,2015-03-01,I10\n2,2015-09-30,I10\n3,2015-10-01,I10\n",
    );
    let json = told(&claims, &[&early, &next]);
    let of = |verdict: &str| json["verdicts"][verdict].as_u64().unwrap();
    assert_eq!((of("before_system"), of("valid")), (2, 1), "{json}");
}

/// A claim that begins before the earliest release does not span an update for all that
/// is known.
#[test]
fn a_claim_from_before_the_history_is_not_to_be_split() {
    let folder = folder();
    let only = cm(folder.path(), "2022-10-01", &["I10", "E858"]);
    let next = cm(folder.path(), "2023-10-01", &["I10"]);
    let claims = put(
        folder.path(),
        "claims.csv",
        "claim_id,from_date,thru_date,dx1\n1,2022-09-28,2022-10-03,I10\n\
         2,2023-09-28,2023-10-03,E85.8\n3,2023-03-28,2023-04-03,E85.8\n",
    );
    let json = told(&claims, &[&only, &next]);
    let reasons: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["reason"].as_str().unwrap())
        .collect();
    // Nor does one of which an edition is missing: April 2023.
    assert_eq!(reasons, ["history_missing", "edition_missing", "edition_missing"], "{json}");
    let pair = [cm(folder.path(), "2023-04-01", &["I10", "E858"]), next];
    let json = told(&claims, &[&pair[0], &pair[1]]);
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings[1]["reason"], "straddle", "{json}");
}
