//! `codeturn audit` as a whole: its three forms, its lines, and its options.

use std::fs;

use crate::common::{
    PROFESSIONAL, Row, audit, files_below, fixture, folder, put, rows, rows_of, site,
};
use serde_json::Value;

const HEADER: &str =
    "file,line,record,field,system,code,date,date_rule,verdict,since,until,successors";

#[test]
fn a_summary_for_a_person() {
    let ran = audit(&[PROFESSIONAL], &[]).well();
    insta::assert_snapshot!("audit_text", ran.stdout);
    insta::assert_snapshot!("audit_messages", ran.stderr);
}

#[test]
fn a_row_a_finding() {
    let ran = audit(&[PROFESSIONAL], &["--format", "csv", "--historical", "--quiet"]).well();
    insta::assert_snapshot!("audit_csv", ran.stdout);
    assert_eq!(ran.stdout.lines().next(), Some(HEADER));
    assert_eq!(ran.stderr, "");
}

#[test]
fn json_says_the_same_as_csv() {
    let csv = audit(&[PROFESSIONAL], &["--format", "csv", "--historical", "--key", "mrn"]).well();
    let json = audit(&[PROFESSIONAL], &["--format", "json", "--historical", "--key", "mrn"]).well();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["schema"], "codeturn.audit/1");
    let text = |value: &Value| value.as_str().map_or(value.to_string(), ToOwned::to_owned);
    let rows: Vec<Row> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let fields = finding.as_object().unwrap().iter();
            // The reason stands in JSON alone.
            let fields = fields.filter(|(name, _)| *name != "reason");
            fields.map(|(name, value)| (name.clone(), text(value))).collect()
        })
        .collect();
    assert_eq!(rows, csv.rows());
    let verdicts = json["verdicts"].as_object().unwrap();
    assert_eq!(verdicts.len(), 12, "zeros too");
    let sites: u64 = verdicts.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(json["sites"], sites);
    for (verdict, count) in verdicts.iter().filter(|(verdict, _)| *verdict != "valid") {
        let listed = rows.iter().filter(|row| row["verdict"] == *verdict).count();
        assert_eq!(count, listed, "{verdict}");
    }
}

#[test]
fn historical_codes_are_listed_only_where_that_is_asked_for() {
    let with = audit(&[PROFESSIONAL], &["--format", "csv", "--historical"]).well().rows();
    let without = audit(&[PROFESSIONAL], &["--format", "csv"]).well().rows();
    let (historical, others): (Vec<Row>, Vec<Row>) =
        with.into_iter().partition(|row| row["verdict"] == "historical");
    assert_eq!(historical.len(), 4);
    assert_eq!(others, without);
}

#[test]
fn lines_are_those_of_an_editor_and_records_those_of_the_table() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "\"dos\",\"a\nname\",dx1\r\n\
         2024-10-02,x,E88.81\r\n\
         \r\n\
         2024-10-02,\"two\nlines\",E88.81\r\n\
         \n\
         \n\
         2024-10-02,\"three\r\n\r\nlines\",\"E88.81\"\n\
         2024-10-02,,I10\n\
         2024-10-02,x,E88.81",
    );
    let found = audit(&[&records], &["--format", "csv"]).well().rows();
    let places: Vec<(&str, &str)> =
        found.iter().map(|row| (row["line"].as_str(), row["record"].as_str())).collect();
    assert_eq!(places, [("3", "1"), ("5", "2"), ("9", "3"), ("13", "5")]);
}

#[test]
fn key_columns_stand_behind() {
    let options = ["--format", "csv", "--historical", "--key", "mrn,claim_id"];
    let ran = audit(&[PROFESSIONAL], &options).well();
    assert_eq!(ran.stdout.lines().next().unwrap(), format!("{HEADER},mrn,claim_id"));
    let records = rows(&fixture(PROFESSIONAL));
    for row in ran.rows() {
        let record = &records[usize::try_from(site(&row).0 - 1).unwrap()];
        assert_eq!((&row["mrn"], &row["claim_id"]), (&record["mrn"], &record["claim_id"]));
    }
}

#[test]
fn into_a_file() {
    let folder = folder();
    let file = folder.path().join("audit.csv");
    let into = ["--format", "csv", "--output", file.to_str().unwrap()];
    let ran = audit(&[PROFESSIONAL], &into).well();
    assert_eq!(ran.stdout, "");
    let plain = audit(&[PROFESSIONAL], &["--format", "csv"]).well();
    assert_eq!(fs::read_to_string(&file).unwrap(), plain.stdout);
    assert_eq!(files_below(folder.path()), ["audit.csv"]);
}

#[test]
fn an_audit_changes_nothing() {
    let folder = folder();
    let table = "dos,dx1\n2024-10-02,E88.81\n";
    let records = put(folder.path(), "records.csv", table);
    let ran = audit(&[&records], &["--format", "csv"]).well();
    assert_eq!(rows_of(ran.stdout.as_bytes()).len(), 1);
    assert_eq!(files_below(folder.path()), ["records.csv"]);
    assert_eq!(fs::read_to_string(&records).unwrap(), table);
}

#[test]
fn exit_status_tells_of_findings_only_where_it_is_asked_for() {
    let status = |row: &str, options: &[&str]| {
        let folder = folder();
        let records = put(folder.path(), "records.csv", format!("dos,dx1\n{row}\n"));
        audit(&[&records], options).status
    };
    assert_eq!(status("2024-10-02,E88.81", &[]), 0);
    assert_eq!(status("2024-10-02,E88.81", &["--exit-code"]), 1);
    // Valid on its day, though it is retired since.
    assert_eq!(status("2024-09-30,E88.81", &["--exit-code"]), 0);
    assert_eq!(status("2024-10-02,I10", &["--exit-code"]), 0);
}

#[test]
fn nothing_found_is_said_with_what_was_looked_at() {
    let folder = folder();
    let records = put(folder.path(), "records.csv", "dos,dx1,dx2\n2024-10-02,I10,E11.9\n");
    let ran = audit(&[&records], &[]).well();
    assert!(
        ran.stdout.contains("Audit of 1 file with 1 record: 2 coded entries"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Nothing found:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("among the 2 entries that could be judged"), "{}", ran.stdout);
}

/// Nothing found and nothing judged are two things.
#[test]
fn what_could_not_be_judged_is_not_called_sound() {
    let folder = folder();
    let records = put(folder.path(), "records.csv", "dos,dx1\n2019-10-02,I10\n");
    let text = audit(&[&records], &[]).well().stdout;
    assert!(text.contains("NOTHING WAS JUDGED: not one of the 1 entries could be"), "{text}");
    assert!(!text.contains("Nothing found"), "{text}");
}

#[test]
fn control_characters_of_a_file_never_reach_the_terminal() {
    let folder = folder();
    let records = put(
        folder.path(),
        "re\u{1b}[31mcords.csv",
        "dos,dx1,n\x1b[2Jote\n2024-10-02,E88.81,x\n2024-10-02,\x1b[31mboo,x\n",
    );
    let ran = audit(&[&records], &["--code-column", "dx1"]).well();
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    let refused = audit(&[&records], &["--code-column", "\u{1b}[31mx"]);
    assert_eq!(refused.status, 3);
    assert!(!refused.stderr.contains('\u{1b}'), "{:?}", refused.stderr);
}

/// The days of a claim may stand on a row without any code; they judge its other rows all the same.
#[test]
fn days_on_a_row_without_codes_judge_the_claim() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "claim_id,from_date,dos,dx1\n\
         A,2014-01-01,,\n\
         A,,2024-10-02,I10\n\
         B,,2024-10-02,I10\n",
    );
    let found = audit(&[&records], &["--format", "csv"]).well().rows();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(site(&found[0]), (2, "dx1".to_owned()));
    assert_eq!(found[0]["verdict"], "date_uncertain");
}

/// Claims that straddle the change are named, with what is to be done.
#[test]
fn what_leaves_a_date_open_is_said_with_its_lines() {
    let folder = folder();
    let records = put(
        folder.path(),
        "rif.csv",
        "CLM_ID|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT|NCH_BENE_DSCHRG_DT|PRNCPAL_DGNS_CD\n\
         1|60|25-Sep-2024|28-Sep-2024|02-Oct-2024|E8881\n2|40|25-Sep-2024|02-Oct-2024||E8881\n",
    );
    let text = audit(&[&records], &[]).well().stdout;
    let straddle = format!("1  spans the update: split the claim: {records}:3\n");
    assert!(text.contains(&straddle), "{text}");
    let conflict = format!("1  discharge lies after the claim's through date: {records}:2\n");
    assert!(text.contains(&conflict), "{text}");
}

/// `--setting` is for claims whose file does not tell their class: it hid what was wrong
/// with those of which it does.
#[test]
fn a_setting_holds_where_the_file_does_not_tell() {
    let folder = folder();
    let head = "claim_id,bill_type_code,discharge_date,from_date,through_date,dx1";
    let claims = "S1,111,2024-10-02,2024-09-28,2024-10-02,E88.81\n\
                  S2,329,,2024-09-28,2024-10-02,E88.81\n\
                  S3,,2024-10-02,2024-09-28,2024-10-02,E88.81\n\
                  S4,x,2024-10-02,2024-09-28,2024-10-02,E88.81\n";
    let records = put(folder.path(), "records.csv", format!("{head}\n{claims}"));
    let told = |setting: &[&str]| {
        let ran = audit(&[&records], &[setting, &["--format", "csv"]].concat()).well();
        let verdicts: Vec<String> = ran.rows().iter().map(|row| row["verdict"].clone()).collect();
        verdicts.join(" ")
    };
    let (wrong, open) = ("became_header", "date_uncertain");
    assert_eq!(told(&[]), [wrong, wrong, open, open].join(" "));
    assert_eq!(told(&["--setting", "inpatient"]), [wrong; 4].join(" "));
    assert_eq!(told(&["--setting", "outpatient"]), [wrong, wrong, open, open].join(" "));
    // Nothing tells it: then all of them are what is said.
    let bare = put(
        folder.path(),
        "bare.csv",
        "claim_id,discharge_date,from_date,through_date,dx1\n\
                    S1,2024-10-02,2024-09-28,2024-10-02,E88.81\n",
    );
    assert_eq!(audit(&[&bare], &[]).status, 3);
    let ran = audit(&[&bare], &["--setting", "inpatient", "--format", "csv"]).well();
    assert_eq!(ran.rows()[0]["verdict"], wrong);
}
