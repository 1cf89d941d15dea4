//! `codeturn map check` as a whole: every kind of mistake is found on its line,
//! whatever else is wrong in the file.

use std::fs;

use crate::common::{MAPS, PROFESSIONAL, RELEASES, Ran, folder, run};
use serde_json::Value;

/// A row of the mapping, and the findings that it must give: weight and topic.
/// The columns are old, new, system, relation, effective, payer, source.
const MISTAKES: &[(&[u8], &[&str])] = &[
    // Cells that cannot be read.
    (b"99213.0,05311,,,,,", &["error unreadable"]),
    (b"05301,\"05311, 05001\",,,,,", &["error unreadable"]),
    (b"05301,05311,,same,,,", &["error unreadable"]),
    (b"05301,05311,,,2026-13-01,,", &["error unreadable"]),
    (b"05301,05311,icd11,,,,", &["error unreadable"]),
    (b"05301,05311,,,,<x,", &["error unreadable"]),
    (b",05311,,,,,", &["error unreadable"]),
    (b"05301,05311,,", &["error unreadable"]),
    (b"05301,05311,,,,,,one cell too many", &["error unreadable"]),
    (b"05301,05311,,,,,caf\xe9", &["error unreadable"]),
    // Rows that cannot stand, beside others.
    (b"S9801,S9811,hcpcs,,,,", &[]),
    (b"s9801,S9811,hcpcs,,,,", &["error duplicate"]),
    (b"C86.0,c860,icd10cm,,,,", &["error self_map"]),
    (b"05302,05303,,,,,", &["aside target_retired"]),
    (b"05303,05302,,,,,", &["error cycle"]),
    // Rows about the wrong codes.
    (b"I10,E88.810,icd10cm,,,,", &["aside not_retired"]),
    (b"5308,05318,cpt,,,,", &["doubt repaired"]),
    (b"05398,05318,cpt,,,,", &["aside unknown_old"]),
    (b"C86.1,C86.19,icd10cm,,,,", &["aside unknown_new", "doubt other_successor"]),
    (b"E88,E88.810,icd10cm,,,,", &["aside never_billable"]),
    (b"C86.2,C86.2X,icd10cm,,,,", &["aside unknown_new", "doubt other_successor"]),
    (b"C86.3,C86,icd10cm,,,,", &["aside target_header", "doubt other_successor"]),
    (b"E66.8,E88.81,icd10cm,,,,", &["aside target_retired", "doubt other_successor"]),
    (b"05309,,,merge,,,", &["aside without_successor", "doubt missing_row"]),
    (b"0210093,02100A3,icd10pcs,,,,", &["aside no_release"]),
    (b"E11.9,E11.65,icd10cm,recode,2025-01-01,X,memo", &["aside recode"]),
    (b"05002,G0802,cpt,recode,,X,memo", &["aside recode"]),
    (b"05304,G0802,cpt,recode,2027-01-01,X,memo", &["aside recode"]),
    // Rows that may not say what they should.
    (b"S06.0X2A,,icd10cm,none,,,", &["doubt relation_rows"]),
    (b"S06.0X2A,S06.0X1A,icd10cm,review,,,", &[]),
    (b"K60.3,K60.30,icd10cm,equivalent,,,", &["doubt relation_rows", "doubt relation_titles"]),
    (b"K60.3,K60.311,icd10cm,equivalent,,,", &["doubt relation_rows", "doubt relation_titles"]),
    (b"H81.41,H81.4,icd10cm,split,,,", &["doubt relation_rows"]),
    (b"I60.20,I60.2,icd10cm,merge,,,", &["doubt relation_rows"]),
    (b"E88.81,E88.811,icd10cm,,,,", &["doubt blanket"]),
    (b"T84.040A,M97.01XA,icd10cm,broader,,,", &["doubt relation_titles"]),
    // From the later of the two days on both hold.
    (b"05201,05211,,,2026-01-01,,", &[]),
    (b"05201,05213,,,2026-07-01,,", &["doubt overlap"]),
    // Ranges and lists in another spelling would never hold.
    (b"05202,05221,,,,MED;RAIL,", &["error unreadable"]),
    (b"05202,05221,,,,3-18,", &["error unreadable"]),
    (b"05203,05231,,,,COMMTEST,", &[]),
    (b"05203,05232,,,,COMM*,", &["doubt overlap"]),
    (b"05305,05315,,,,,", &["doubt units"]),
    (b"05306,05316,,,,,", &["doubt units"]),
    (b"C86.4,05005,icd10cm,,,,", &["doubt other_system", "doubt other_successor"]),
    (b"05307,05317,,,1/1/2026,,", &["doubt date_form"]),
    // A quote that never closes takes the rest of the file with it, so it stands last.
    (b"05308,\"05318,,,,,", &["error unreadable"]),
];

fn check(map: &str, more: &[&str]) -> Ran {
    let mut args = vec!["map", "check", map];
    args.extend(RELEASES);
    args.extend(more);
    run(&args)
}

/// `weight topic` by line.
fn found(document: &Value) -> Vec<(u64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |finding: &Value| {
        let line = finding["line"].as_u64().unwrap_or(0);
        (line, format!("{} {}", text(&finding["weight"]), text(&finding["topic"])))
    };
    let mut found: Vec<_> = document["findings"].as_array().unwrap().iter().map(one).collect();
    found.sort();
    found
}

#[test]
fn every_mistake_is_found_on_its_line() {
    let folder = folder();
    let map = folder.path().join("map.csv");
    let header = "old,new,system,relation,effective,payer,source,colour";
    let mut text = b"old,new,system,relation,effective,payer,source\n".to_vec();
    let mut want = Vec::new();
    for (line, (row, findings)) in (2..).zip(MISTAKES) {
        text.extend_from_slice(row);
        text.push(b'\n');
        want.extend(findings.iter().map(|finding| (line, (*finding).to_owned())));
    }
    fs::write(&map, &text).unwrap();
    let ran = check(map.to_str().unwrap(), &["--format", "json"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    want.sort();
    let got: Vec<_> = found(&document).into_iter().filter(|(line, _)| *line > 0).collect();
    assert_eq!(got, want);
    assert!(want.len() >= 30, "{} mistakes", want.len());

    // A column that means nothing is said once, with the line of the header.
    fs::write(&map, format!("{header}\n05301,05311,,,,,,red\n")).unwrap();
    let ran = check(map.to_str().unwrap(), &["--format", "json"]).well();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(found(&document).contains(&(1, "doubt unknown_column".to_owned())));
}

#[test]
fn findings_come_by_weight() {
    let folder = folder();
    let map = folder.path().join("map.csv");
    fs::write(&map, "old,new\nE88.81,E88.810\nI10,I10.1\nC86.0,C86.0\nC86.1,C86.10\n").unwrap();
    let ran = check(map.to_str().unwrap(), &[]);
    let words: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split("  ").next()).collect();
    let at = |word: &str| words.iter().position(|own| own.trim() == word).unwrap();
    assert!(at("error") < at("set aside") && at("set aside") < at("doubtful"), "{}", ran.stdout);
    assert!(ran.stderr.contains("the mapping holds an error"), "{}", ran.stderr);
}

#[test]
fn coverage_adds_up() {
    let ran = check("fixtures/maps/cpt.csv", &["--format", "json"]).well();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    for system in document["coverage"].as_array().unwrap() {
        let of = |name: &str| system[name].as_u64().unwrap();
        let parts = ["automatic", "conditional", "to_choose", "no_successor", "no_row"].map(of);
        assert_eq!(parts.iter().sum::<u64>(), of("retired"), "{system}");
        assert_eq!(system["codes"].as_array().unwrap().len() as u64, of("retired"));
    }
    let cpt = &document["coverage"].as_array().unwrap().iter().find(|it| it["system"] == "cpt");
    let cpt = cpt.unwrap();
    assert_eq!((cpt["retired"].as_u64(), cpt["conditional"].as_u64()), (Some(14), Some(5)));
}

#[test]
fn impact_counts_what_migrate_would_do() {
    let folder = folder();
    let maps: Vec<&str> = MAPS.iter().copied().filter(|arg| *arg != "--map").collect();
    let mut args = vec!["map", "check"];
    args.extend(maps);
    args.extend(RELEASES);
    args.extend(["--impact", PROFESSIONAL, "--format", "json"]);
    let document: Value = serde_json::from_str(&run(&args).well().stdout).unwrap();
    let out = folder.path().join("RUN");
    crate::common::migrate(&[PROFESSIONAL], &out, &["--records", "unbilled"]).well();
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    let codes = document["impact"]["codes"].as_array().unwrap();
    for bucket in ["replaced", "recoded", "review", "no_mapping"] {
        let sites = codes.iter().filter(|one| one["bucket"] == bucket);
        let sites: u64 = sites.map(|one| one["sites"].as_u64().unwrap()).sum();
        assert_eq!(Some(sites), summary["buckets"][bucket].as_u64(), "{bucket}");
    }
    let volumes: Vec<u64> = codes.iter().map(|one| one["sites"].as_u64().unwrap()).collect();
    assert!(volumes.windows(2).all(|pair| pair[0] >= pair[1]));
}

#[test]
fn what_remains_is_an_exit_status_on_request() {
    let folder = folder();
    let map = folder.path().join("map.csv");
    fs::write(&map, "old,new\nC86.1,C86.19\n").unwrap();
    let map = map.to_str().unwrap();
    assert_eq!(check(map, &[]).status, 0);
    assert_eq!(check(map, &["--exit-code"]).status, 1);
}
