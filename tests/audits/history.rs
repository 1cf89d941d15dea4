//! What an audit says where releases disagree, or one of them is not at hand.

use crate::common::{Ran, folder, put, run};
use serde_json::Value;
use std::path::Path;

/// A list of codes, a release of ICD-10-CM on a day.
fn cm(folder: &Path, on: &str, codes: &[&str]) -> String {
    let line = |(code, number): (&&str, usize)| {
        format!("{number:05} {code:<7} 1 {:<60} Invented {code}\r\n", format!("Invented {code}"))
    };
    let text: String = codes.iter().zip(1..).map(line).collect();
    put(folder, &format!("cm-{on}.txt"), text) + "@" + on
}

fn audit(records: &str, releases: &[&str], options: &[&str]) -> Ran {
    let releases = releases.iter().flat_map(|release| ["--release", release]);
    run(["audit", records].into_iter().chain(releases).chain(options.iter().copied()))
}

fn told(records: &str, releases: &[&str]) -> Value {
    let ran = audit(records, releases, &["--format", "json"]).well();
    serde_json::from_str(&ran.stdout).unwrap()
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
