//! `codeturn map convert`, and published tables given to `--map`, as a whole.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{ICD10CM, RELEASES, Ran, fixture, folder, json, run};
use proptest::prelude::*;

const FOLDER: &str = "fixtures/maps/published/";

fn convert(name: &str, more: &[&str]) -> Ran {
    let file = format!("{FOLDER}{name}");
    let mut args = vec!["map", "convert", &file];
    args.extend(ICD10CM);
    args.extend(more);
    run(&args)
}

/// `old new relation`, without the rows that say that there is no successor.
fn rows(ran: &Ran) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let heading = ["old", "new", "system", "relation", "effective", "note", "source"];
    assert_eq!(reader.headers().unwrap(), &heading[..]);
    let rows = reader.records().map(Result::unwrap).filter(|row| !row[1].is_empty());
    rows.map(|row| format!("{} {} {}", &row[0], &row[1], &row[3])).collect()
}

#[test]
fn the_conversion_table_is_inverted_and_cut_to_retired_codes() {
    let ran = convert("conversion-table.csv", &[]).well();
    assert_eq!(
        rows(&ran),
        [
            "C860 C8600 review",
            "E668 E6689 review",
            "E8881 E88810 split",
            "E8881 E88811 split",
            "E8881 E88818 split",
            "E8881 E88819 split",
            "H8141 H814 merge",
            "H8142 H814 merge",
            "H8143 H814 merge",
            "H8149 H814 merge",
            "I6020 I602 merge",
            "I6021 I602 merge",
            "I6022 I602 merge",
            "T84040A M9701XA equivalent",
        ]
    );
    // Each retired code has a row, also where the table names no successor.
    assert_eq!(ran.stdout.lines().filter(|line| line.contains(",none,")).count(), 11);
    assert!(
        ran.stdout
            .contains("T84040A,M9701XA,icd10cm,equivalent,2024-10-01,,conversion-table.csv:11")
    );
    for said in [
        "conversion-table.csv:12: `E66.8X.`: no previous code",
        "conversion-table.csv:14: `soon`: no effective day",
        "conversion-table.csv:16: the new code E88817 stands in no release given",
        "of 22 retired codes 8 automatic, 3 to choose, 11 nothing",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
}

#[test]
fn maps_of_other_publishers() {
    let maps = ["C860 C8600 narrower", "T84040A M9701XA equivalent"];
    assert_eq!(rows(&convert("concept-map-r4.json", &[]).well()), maps);
    assert_eq!(rows(&convert("concept-map-r5.json", &[]).well()), maps);
    let list = ["C860 C8600 review", "T84040A M9701XA equivalent"];
    assert_eq!(rows(&convert("transition.txt", &[]).well()), list);
    let ran = convert("concept-map-r4.json", &[]).well();
    assert!(ran.stderr.contains("json:4: `sideways`: no known relationship"), "{}", ran.stderr);
}

#[test]
fn codes_together_are_never_one_for_one() {
    let ran = convert("gem.txt", &[]).well();
    let want =
        ["C860 C8600 review", "E668 E6689 split", "E668 Z6830 split", "T84040A M9701XA equivalent"];
    assert_eq!(rows(&ran), want);
    assert!(ran.stdout.contains("several codes together: scenario 1, choice list 2"));
}

#[test]
fn codes_are_dotted_on_request_and_an_output_is_not_overwritten() {
    let folder = folder();
    let out = folder.path().join("map.csv");
    let out = out.to_str().unwrap();
    convert("transition.txt", &["--dotted", "--output", out]).well();
    assert!(fs::read_to_string(out).unwrap().contains("\nT84.040A,M97.01XA,icd10cm,"));
    assert_eq!(convert("transition.txt", &["--output", out]).status, 3);
    // What comes out is a mapping, and a mapping is nothing to convert.
    let mut args = vec!["map", "check", out];
    args.extend(ICD10CM);
    run(&args).well();
    args[1] = "convert";
    assert_eq!(run(&args).status, 3);
}

/// A published table as `--map`: only what the titles allow is automatic.
#[test]
fn a_published_table_is_converted_on_the_fly() {
    let folder = folder();
    let records = common::put(
        folder.path(),
        "claims.csv",
        "claim_id,dos,dx1\n1,2024-11-02,T84.040A\n2,2024-11-02,C86.0\n3,2024-11-02,E88.81\n4,2024-11-02,H81.41\n5,2024-09-02,H81.41\n",
    );
    let out = folder.path().join("RUN");
    let table = format!("{FOLDER}conversion-table.csv");
    let mut args = vec!["migrate", &records, "--records", "unbilled", "--map", &table];
    args.extend(ICD10CM);
    args.extend(["--out", out.to_str().unwrap()]);
    run(&args).well();
    let copy = fs::read_to_string(out.join("migrated/claims.csv")).unwrap();
    assert!(copy.contains("1,2024-11-02,M97.01XA\n2,2024-11-02,C86.0\n3,2024-11-02,E88.81\n4,2024-11-02,H81.4\n5,2024-09-02,H81.41\n"), "{copy}");
    let buckets = &json(&out.join("summary.json"))["buckets"];
    assert_eq!((buckets["replaced"].as_u64(), buckets["review"].as_u64()), (Some(2), Some(2)));
    let changes = fs::read_to_string(out.join("changes.csv")).unwrap();
    assert!(changes.contains("conversion-table.csv:11"), "{changes}");

    // A practice's own row beats the published ones, wherever it stands.
    let own = common::put(folder.path(), "own.csv", "old,new\nE88.81,E88.810\n");
    let out = folder.path().join("RUN2");
    let mut args =
        vec!["migrate", &records, "--records", "unbilled", "--map", &own, "--map", &table];
    args.extend(ICD10CM);
    args.extend(["--out", out.to_str().unwrap()]);
    let ran = run(&args).well();
    assert!(ran.stderr.contains("E88.81 -> E88.810 is overridden by"), "{}", ran.stderr);
    let copy = fs::read_to_string(out.join("migrated/claims.csv")).unwrap();
    assert!(copy.contains("3,2024-11-02,E88.810\n"), "{copy}");
}

#[test]
fn a_list_of_two_columns_needs_no_heading() {
    let mut args = vec!["map", "check", "fixtures/maps/published/two-columns.csv"];
    args.extend(RELEASES);
    let ran = run(&args).well();
    assert!(ran.stdout.contains("two-columns.csv:3: `5301` is read as 05301"), "{}", ran.stdout);
    assert!(ran.stdout.contains("of 14 retired codes 1 automatic"), "{}", ran.stdout);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a table, it is read, or refused, and never a panic.
    #[test]
    fn damage_is_no_panic(
        which in 0..6usize,
        cut in any::<proptest::sample::Index>(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
    ) {
        const NAMES: [&str; 6] = [
            "conversion-table.csv", "concept-map-r4.json", "concept-map-r5.json", "transition.txt",
            "gem.txt", "two-columns.csv",
        ];
        let mut bytes = fs::read(fixture(&format!("{FOLDER}{}", NAMES[which]))).unwrap();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let path = std::path::Path::new("damaged");
        // Reading is all that is asked: an error is an answer.
        let _ = codeturn::crosswalk::published::read(path, &bytes);
    }
}
