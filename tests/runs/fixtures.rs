//! Every row of the fixtures says what must become of its codes; a real run must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::common::{Row, audit, fixture, folder, migrate, rows, site};

/// What became of the sites of a file, by record and column.
type Sites = BTreeMap<(u64, String), String>;

/// The reasons that stand for the bucket `review`; all others name their bucket.
const REVIEW: [&str; 12] = [
    "several_rules",
    "no_condition_met",
    "fact_missing",
    "relation",
    "needs",
    "unit_changed",
    "unit_unknown",
    "unfit",
    "other_system_target",
    "duplicate",
    "system_doubtful",
    "ragged",
];

/// A fixture as the `csv` crate reads it.
fn table(path: &str, delimiter: u8) -> Vec<Row> {
    let bytes = fs::read(fixture(path)).unwrap();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&bytes[..]);
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    let header: Vec<String> = reader.byte_headers().unwrap().iter().map(text).collect();
    let row =
        |record: csv::ByteRecord| header.iter().cloned().zip(record.iter().map(text)).collect();
    reader.byte_records().map(|record| row(record.unwrap())).collect()
}

/// What the column `expect` says of every code in the file.
fn expected(table: &[Row]) -> Sites {
    let mut sites = Sites::new();
    for (row, record) in table.iter().zip(1..) {
        let words = row.get("expect").map(String::as_str).unwrap_or_default();
        for word in words.split(';').filter(|word| !word.is_empty()) {
            let (column, bucket) = word.split_once('=').unwrap();
            let before = sites.insert((record, column.to_owned()), bucket.to_owned());
            assert_eq!(before, None, "{column} stands twice in record {record}");
        }
    }
    assert!(!sites.is_empty(), "the fixture has no column `expect`");
    sites
}

/// What an audit and a migration made of the codes that are not plainly valid.
fn found(path: &str) -> Sites {
    let folder = folder();
    let run = folder.path().join("RUN");
    migrate(&[path], &run, &["--records", "unbilled"]).well();
    let audit = audit(&[path], &["--historical", "--format", "csv"]).well();
    let mut sites = Sites::new();
    for row in audit.rows() {
        let before = sites.insert(site(&row), row["verdict"].clone());
        assert_eq!(before, None, "two findings at one site: {row:?}");
    }
    for row in rows(&run.join("worklist.csv")) {
        let (site, reason) = (site(&row), row["reason"].as_str());
        let verdict = sites[&site].clone();
        let bucket = match reason {
            "no_mapping" => "no_mapping".to_owned(),
            review if REVIEW.contains(&review) => format!("review:{review}"),
            same if same == verdict => verdict,
            reason => format!("{verdict}:{reason}"),
        };
        sites.insert(site, bucket);
    }
    for row in rows(&run.join("changes.csv")) {
        let bucket = if row["relation"] == "recode" { "recoded" } else { "replaced" };
        sites.insert(site(&row), bucket.to_owned());
    }
    sites
}

/// Both ways: what is expected is found, and nothing else is.
#[track_caller]
fn agrees(path: &str, delimiter: u8) {
    let expected = expected(&table(path, delimiter));
    let found = found(path);
    let all: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let valid = "valid".to_owned();
    let wrong: Vec<String> = all
        .into_iter()
        .filter_map(|site| {
            let want = expected.get(site);
            let got = found.get(site).unwrap_or(&valid);
            (want != Some(got)).then(|| format!("{site:?}: expected {want:?}, found {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{path}\n{}", wrong.join("\n"));
}

#[test]
fn professional_claims() {
    agrees("fixtures/claims/professional.csv", b',');
}

#[test]
fn claims_with_from_and_through_dates() {
    agrees("fixtures/claims/from-through.txt", b'|');
}

#[test]
fn claims_saved_by_a_windows_program() {
    agrees("fixtures/claims/windows.csv", b',');
}

#[test]
fn institutional_claims() {
    agrees("fixtures/claims/institutional.csv", b',');
}

/// `expect` of a charge master: `valid`, `retitled`, or `retired:` and all successors to offer.
#[test]
fn a_charge_master_lists_what_has_to_change() {
    let path = "fixtures/chargemaster.csv";
    let folder = folder();
    let run = folder.path().join("RUN");
    migrate(&[path], &run, &["--records", "list", "--as-of", "2026-01-01"]).well();
    let mut retired: BTreeMap<(u64, String), BTreeSet<String>> = BTreeMap::new();
    let mut found = Sites::new();
    for row in rows(&run.join("list-changes.csv")) {
        match row["action"].as_str() {
            "end_date" => assert_eq!(retired.insert(site(&row), BTreeSet::new()), None),
            "add" => {
                let is_new = retired.get_mut(&site(&row)).unwrap().insert(row["new_code"].clone());
                assert!(is_new, "offered twice: {row:?}");
            }
            "retitle" => assert_eq!(found.insert(site(&row), "retitled".to_owned()), None),
            other => panic!("an action that nobody knows: {other}"),
        }
    }
    for (site, successors) in retired {
        let successors: Vec<String> = successors.into_iter().collect();
        assert_eq!(found.insert(site, format!("retired:{}", successors.join(" "))), None);
    }
    let mut expected = expected(&table(path, b','));
    expected.retain(|_, word| word != "valid");
    assert_eq!(found, expected);
}

/// The list was made by hand. It says the reason of an uncertain date behind its
/// column and names no successors; both are looked up elsewhere.
#[test]
fn research_files() {
    let files = ["inpatient", "outpatient", "carrier"]
        .map(|kind| format!("fixtures/claims/rif-{kind}.csv"));
    let folder = folder();
    let run = folder.path().join("RUN");
    let pair = crate::common::ICD10CM;
    let audit = crate::common::run(
        ["audit", "--historical", "--format", "csv"]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .chain(pair),
    )
    .well();
    let migrate = crate::common::run(
        ["migrate", "--records", "billed", "--out", run.to_str().unwrap()]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .chain(pair),
    );
    migrate.well();
    let key = |row: &Row| (row["file"].clone(), row["record"].clone(), row["field"].clone());
    let reasons: BTreeMap<_, _> = rows(&run.join("worklist.csv"))
        .iter()
        .map(|row| (key(row), row["reason"].clone()))
        .collect();
    let mut found = audit.rows();
    for row in &mut found {
        let successors = row.insert("successors".to_owned(), String::new()).unwrap();
        let is_split = row["code"] == "E8881" && row["verdict"] == "became_header";
        assert_eq!(successors, if is_split { "E88810 E88811 E88818 E88819" } else { "" });
        if row["verdict"] == "date_uncertain" {
            let rule = format!("{} ({})", row["date_rule"], reasons[&key(row)]);
            row.insert("date_rule".to_owned(), rule);
        }
    }
    let expected = table("fixtures/claims/rif.audit.csv", b',');
    assert_eq!(found, expected);
}
