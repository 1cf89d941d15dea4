//! Which column is meant, and what a value can say: where that is open nothing is
//! replaced, and it is told.

use std::fs;

use crate::common::{ICD10CM, Ran, Row, audit, folder, put, rows, run};

/// A run over one file with a mapping of its own: how it ended, the copy, the worklist.
struct Done {
    ran: Ran,
    copy: Option<String>,
    worklist: Vec<Row>,
}

fn migrate(records: &str, map: &str, options: &[&str]) -> Done {
    let folder = folder();
    let records = put(folder.path(), "claims.csv", records);
    let map = put(folder.path(), "map.csv", map);
    let out = folder.path().join("RUN");
    let args = ["migrate", &records, "--records", "unbilled", "--map", &map, "--out"];
    let args = args.into_iter().chain([out.to_str().unwrap()]).chain(ICD10CM);
    let ran = run(args.chain(options.iter().copied()));
    let worklist = out.join("worklist.csv");
    let worklist = if worklist.exists() { rows(&worklist) } else { Vec::new() };
    Done { ran, copy: fs::read_to_string(out.join("migrated/claims.csv")).ok(), worklist }
}

const BY_PAYER: &str = "old,new,payer\nE88.81,E88.810,MED\nE88.81,E88.818,OTH\n";
const BY_AGE: &str = "old,new,when.age\nE88.81,E88.810,<18\nE88.81,E88.818,>=18\n";
const PLAIN: &str = "old,new\nE88.81,E88.810\n";

fn refused(done: &Done, words: &[&str]) {
    assert_eq!(done.ran.status, 3, "{}", done.ran.stderr);
    for words in words {
        assert!(done.ran.stderr.contains(words), "no `{words}` in {}", done.ran.stderr);
    }
    assert_eq!(done.copy, None);
}

#[test]
fn two_columns_of_one_name_are_told_apart_by_nobody() {
    let payers = "claim_id,dos,payer,payer,dx1\n1,2024-11-02,MED,OTH,E88.81\n";
    refused(&migrate(payers, BY_PAYER, &[]), &["`payer` (columns 3 and 4)", "number"]);
    let second = migrate(payers, BY_PAYER, &["--field", "payer=4"]);
    assert!(second.copy.unwrap().contains("OTH,E88.818"));

    for (records, words) in [
        ("claim_id,claim_id,dos,dx1\n1,7,2024-11-02,E88.81\n", "`claim_id` (columns 1 and 2)"),
        (
            "claim_id,dos,dx1,icd_version,icd_version\n1,2024-11-02,E88.81,10,9\n",
            "`icd_version` (columns 4 and 5)",
        ),
        (
            "claim_id,dos,dos,dx1\n1,2024-11-02,2024-09-01,E88.81\n",
            "dos (column 2), dos (column 3)",
        ),
    ] {
        refused(&migrate(records, PLAIN, &[]), &[words]);
    }
    let days = "claim_id,dos,dos,dx1\n1,2024-11-02,2024-09-01,E88.81\n";
    refused(&migrate(days, PLAIN, &["--date-column", "dos"]), &["`dos` (columns 2 and 3)"]);
    assert!(migrate(days, PLAIN, &["--date-column", "2"]).copy.unwrap().contains("E88.810"));
    assert_eq!(migrate(days, PLAIN, &["--date-column", "3"]).copy, None, "valid on that day");

    // What no rule asks for may be there twice.
    let done = migrate(payers, PLAIN, &[]);
    assert!(done.copy.unwrap().contains("OTH,E88.810"));
    assert!(done.ran.stderr.contains("not counted by payer"), "{}", done.ran.stderr);
}

#[test]
fn one_day_of_birth_is_meant() {
    let births = "claim_id,dos,dob,birth_date,dx1\n1,2024-11-02,2015-01-01,1970-01-01,E88.81\n";
    refused(&migrate(births, BY_AGE, &[]), &["`dob` and `birth_date`", "--field age="]);
    for (column, code) in [("dob", "E88.810"), ("birth_date", "E88.818")] {
        let field = format!("age={column}");
        let done = migrate(births, BY_AGE, &["--field", &field]);
        assert!(done.copy.unwrap().ends_with(&format!("{code}\n")), "{column}");
    }
}

#[test]
fn nobody_is_as_old_as_a_placeholder_says() {
    for born in ["0001-01-01", "1800-01-01", "1900-01-01", "1890-05-05"] {
        let records = format!("claim_id,dos,dob,dx1\n1,2024-11-02,{born},E88.81\n");
        let done = migrate(&records, BY_AGE, &[]);
        assert_eq!(
            (done.copy, done.worklist[0]["reason"].as_str()),
            (None, "fact_missing"),
            "{born}"
        );
    }
    for age in ["999", "200", "-1"] {
        let records = format!("claim_id,dos,age,dx1\n1,2024-11-02,{age},E88.81\n");
        let done = migrate(&records, BY_AGE, &[]);
        assert_eq!(
            (done.copy, done.worklist[0]["reason"].as_str()),
            (None, "fact_missing"),
            "{age}"
        );
    }
    let done = migrate("claim_id,dos,dob,dx1\n1,2024-11-02,1912-05-05,E88.81\n", BY_AGE, &[]);
    assert!(done.copy.unwrap().ends_with("E88.818\n"));
}

#[test]
fn letters_keep_their_case_or_a_person_writes_the_code() {
    let map = "old,new\nE88.81,E88.810\nT84.040A,M97.01XA\n";
    for (old, new) in [("E88.81", "E88.810"), ("e88.81", "e88.810"), ("T84.040A", "M97.01XA")] {
        let done = migrate(&format!("claim_id,dos,dx1\n1,2024-11-02,{old}\n"), map, &[]);
        assert!(done.copy.unwrap().ends_with(&format!(",{new}\n")), "{old}");
    }
    let done = migrate("claim_id,dos,dx1\n1,2024-11-02,T84.040a\n", map, &[]);
    assert_eq!((done.copy, done.worklist[0]["reason"].as_str()), (None, "unfit"));
}

/// `--as-of` is for what has no day. A day that is only written in another way is one.
#[test]
fn a_day_that_is_there_is_not_replaced_by_another() {
    let records = "claim_id,dos,dx1\n1,2024-11-02,I10\n2,\"Sep 28, 2023\",E88.81\n\
                   3,28-September-2023,E88.81\n4,2023-09,E88.81\n5,2150-09-01,E88.81\n6,,E88.81\n";
    let done = migrate(records, PLAIN, &["--as-of", "2024-11-02"]);
    let want = records.replace("6,,E88.81", "6,,E88.810");
    assert_eq!(done.copy.as_deref(), Some(want.as_str()));
    let open: Vec<_> =
        done.worklist.iter().map(|row| (row["record"].as_str(), row["reason"].as_str())).collect();
    assert_eq!(open, [("2", "no_date"), ("3", "no_date"), ("4", "no_date"), ("5", "no_date")]);
    assert!(done.ran.stderr.contains("only a part of one"), "{}", done.ran.stderr);
}

#[test]
fn a_through_date_that_cannot_be_read_leaves_codes_open_that_change() {
    let records = "claim_id,from_date,to_date,dx1\n1,2024-09-28,10/3/24,E88.81\n2,2024-09-28,10/3/24,I10\n\
                   3,2024-09-28,2024-09-30,E88.81\n4,2024-09-28,2024-10-03,E88.81\n5,2024-9-8,2024-9-9,E88.81\n6,2024-09-28,10/3/24,E88.8\n";
    let folder = folder();
    let path = put(folder.path(), "claims.csv", records);
    let ran = audit(&[&path], &["--format", "csv", "--historical"]).well();
    let found = ran.rows();
    let told: Vec<_> =
        found.iter().map(|row| (row["record"].as_str(), row["verdict"].as_str())).collect();
    let want = [
        ("1", "date_uncertain"),
        ("3", "historical"),
        ("4", "date_uncertain"),
        ("5", "historical"),
        ("6", "always_header"),
    ];
    assert_eq!(told, want);
}

#[test]
fn columns_of_unknown_names_are_not_passed_over_in_silence() {
    let records =
        "claim_id,dos,dx1,final_dx,billed_cpt,dx_poa,px_date\n1,2024-11-02,I10,E88.81,99213,Y,\n";
    let folder = folder();
    let path = put(folder.path(), "claims.csv", records);
    let ran = audit(&[&path], &[]);
    assert!(
        ran.stderr.contains("columns `final_dx`, `billed_cpt` look like columns of codes"),
        "{}",
        ran.stderr
    );
    let known = "claim_id,dos,principal_dx,admitting_diagnosis\n1,2024-11-02,E88.81,E88.81\n";
    let path = put(folder.path(), "known.csv", known);
    assert_eq!(audit(&[&path], &["--format", "csv"]).rows().len(), 2);
}

/// One column for both kinds (MIMIC): its version says ICD-10, its values which of the two.
#[test]
fn a_column_of_either_kind_judges_no_procedure_as_a_diagnosis() {
    let procedures =
        "subject_id,dos,icd_code,icd_version\n1,2024-11-02,0016070,10\n2,2024-11-02,B2111ZZ,10\n";
    let mixed = "subject_id,dos,icd_code,icd_version\n1,2024-11-02,0016070,10\n2,2024-11-02,E8881,10.0\n\
                 3,2024-11-02,I10,10\n4,2024-11-02,T84040A,10\n";
    let folder = folder();
    for (name, records, wrong, other) in
        [("procedures.csv", procedures, 0, 2), ("mixed.csv", mixed, 2, 1)]
    {
        let path = put(folder.path(), name, records);
        let ran = audit(&[&path], &["--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let verdicts = &told["verdicts"];
        assert_eq!(verdicts["other_system"], other, "{told:#}");
        assert_eq!(verdicts["unknown"].as_u64().unwrap_or(0), 0, "{told:#}");
        let found = ["became_header", "deleted"].map(|it| verdicts[it].as_u64().unwrap_or(0));
        assert_eq!(found.iter().sum::<u64>(), wrong, "{told:#}");
    }
}

/// What is no code is somebody's number, perhaps: reports do not print it.
#[test]
fn a_number_in_a_column_of_codes_stays_out_of_the_reports() {
    let folder = folder();
    let records = "claim_id,dos,dx1\n1,2024-11-02,MRN12345\n2,2024-11-02,E88.81\n";
    let records = put(folder.path(), "claims.csv", records);
    let map = put(folder.path(), "map.csv", PLAIN);
    let out = folder.path().join("RUN");
    let args = ["plan", &records, "--records", "unbilled", "--map", &map, "--out"];
    run(args.into_iter().chain([out.to_str().unwrap()]).chain(ICD10CM)).well();
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("(no code)") && !report.contains("12345"));
    assert_eq!(rows(&out.join("worklist.csv"))[0]["code"], "MRN12345");
}

#[test]
fn blanks_that_fill_cells_up_are_told() {
    let records = "claim_id,dos,dx1\n1,2024-11-02,E88.81  \n2,2024-11-02,I10     \n";
    let done = migrate(records, PLAIN, &[]);
    assert!(done.ran.stderr.contains("one width: dx1 (8)"), "{}", done.ran.stderr);
    assert_eq!(done.copy.unwrap(), records.replace("E88.81", "E88.810"));
}
