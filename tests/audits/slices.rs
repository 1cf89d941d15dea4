//! An audit cut several ways: by field, by year, by file, by what a payer would
//! answer, and what was billed. Figures are worked out anew from the rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{PROFESSIONAL, Row, audit, fixture, folder, put, rows};
use crate::json;
use serde_json::Value;

const WRONG: [&str; 5] = ["deleted", "became_header", "always_header", "not_yet_valid", "unknown"];

fn sum(values: &Value, name: &str) -> u64 {
    values.as_array().unwrap().iter().map(|value| value[name].as_u64().unwrap_or(0)).sum()
}

/// The rows of the main example with a code that was not valid, with claim and payer.
fn wrong_rows() -> Vec<Row> {
    let options = ["--format", "csv", "--key", "claim_id,payer"];
    let found = audit(&[PROFESSIONAL], &options).well().rows();
    found.into_iter().filter(|row| WRONG.contains(&row["verdict"].as_str())).collect()
}

fn claims<'r>(rows: impl IntoIterator<Item = &'r Row>) -> BTreeSet<String> {
    rows.into_iter().map(|row| row["claim_id"].clone()).collect()
}

/// What was billed on some claims, from the table itself, in cents.
fn billed(claims: &BTreeSet<String>) -> u64 {
    let table = rows(&fixture(PROFESSIONAL));
    let lines = table.iter().filter(|line| claims.contains(&line["claim_id"]));
    lines.map(|line| line["charge"].replace('.', "").parse::<u64>().unwrap()).sum()
}

fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[test]
fn values_of_a_field_add_up_to_all_entries() {
    let told = json(&[PROFESSIONAL], &["--group-by", "payer", "--group-by", "service_date"]);
    let groups = told["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    for group in groups {
        assert_eq!(sum(&group["values"], "sites"), told["sites"], "{}", group["field"]);
        for (verdict, count) in told["verdicts"].as_object().unwrap() {
            let values = group["values"].as_array().unwrap().iter();
            let sites: u64 =
                values.map(|value| value["verdicts"][verdict].as_u64().unwrap_or(0)).sum();
            assert_eq!(sites, *count, "{verdict} by {}", group["field"]);
        }
    }
}

#[test]
fn claims_and_charges_of_each_payer_are_those_of_the_rows() {
    let wrong = wrong_rows();
    let told = json(&[PROFESSIONAL], &["--group-by", "payer", "--amount-column", "charge"]);
    let payers: BTreeSet<&str> = wrong.iter().map(|row| row["payer"].as_str()).collect();
    assert!(payers.len() > 3, "{payers:?}");
    let values = told["groups"][0]["values"].as_array().unwrap();
    let order: Vec<u64> = values.iter().map(|value| value["claims"].as_u64().unwrap()).collect();
    assert!(order.is_sorted_by(|one, next| one >= next), "{order:?}");
    for payer in payers {
        let own = claims(wrong.iter().filter(|row| row["payer"] == payer));
        let value = values.iter().find(|value| value["value"] == payer).unwrap();
        assert_eq!(value["claims"], own.len(), "{payer}");
        assert_eq!(value["charges"], dollars(billed(&own)), "{payer}");
    }
    let all = claims(&wrong);
    assert_eq!(
        (&told["claims"], &told["charges"]["claims"]),
        (&all.len().into(), &all.len().into())
    );
    assert_eq!(told["charges"]["affected"], dollars(billed(&all)));
}

#[test]
fn what_a_payer_would_answer_follows_from_the_system() {
    let wrong = wrong_rows();
    let told = json(&[PROFESSIONAL], &[]);
    let risks: BTreeMap<&str, &Value> = told["risks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|risk| (risk["carc"].as_str().unwrap(), risk))
        .collect();
    assert_eq!(risks.len(), 2);
    for (carc, systems) in [("146", &["icd10cm"][..]), ("181", &["cpt", "hcpcs"][..])] {
        let own: Vec<&Row> =
            wrong.iter().filter(|row| systems.contains(&row["system"].as_str())).collect();
        let risk = risks[carc];
        assert_eq!(risk["sites"], own.len(), "{carc}");
        assert_eq!(risk["claims"], claims(own.iter().copied()).len(), "{carc}");
        for why in risk["why"].as_array().unwrap() {
            let part = own.iter().copied().filter(|row| row["verdict"] == why["verdict"]);
            assert_eq!(why["sites"], part.clone().count());
            assert_eq!(why["claims"], claims(part).len());
        }
        assert_eq!(sum(&risk["why"], "sites"), own.len() as u64);
    }
}

#[test]
fn years_codes_and_verdicts_are_counted_with_their_claims() {
    let wrong = wrong_rows();
    let told = json(&[PROFESSIONAL], &[]);
    let years = told["by_year"].as_array().unwrap();
    assert_eq!(sum(&told["by_year"], "sites"), wrong.len() as u64);
    for year in years {
        let own = wrong.iter().filter(|row| row["date"].starts_with(&year["year"].to_string()));
        assert_eq!(year["claims"], claims(own).len(), "{year}");
    }
    for verdict in WRONG {
        let own = claims(wrong.iter().filter(|row| row["verdict"] == verdict));
        assert_eq!(told["claims_by_verdict"][verdict], own.len(), "{verdict}");
    }
    for code in told["by_code"].as_array().unwrap() {
        if WRONG.contains(&code["verdict"].as_str().unwrap()) {
            let own = wrong
                .iter()
                .filter(|row| code["code"] == row["code"] && code["verdict"] == row["verdict"]);
            assert_eq!(code["claims"], claims(own).len(), "{code}");
        }
    }
    let text = audit(&[PROFESSIONAL], &[]).well().stdout;
    assert!(text.contains("by year of service\n           3  on 2 claims"), "{text}");
    assert!(!text.contains("by file"), "one file needs no list: {text}");
}

#[test]
fn files_are_listed_with_their_claims() {
    let folder = folder();
    let bad =
        put(folder.path(), "bad.csv", "claim_id,dos,dx1\nA,2024-10-02,E88.81\nA,2024-10-02,I10\n");
    let good = put(folder.path(), "good.csv", "claim_id,dos,dx1\nA,2024-10-02,I10\n");
    let told = json(&[&good, &bad], &[]);
    let files = told["files"].as_array().unwrap();
    assert_eq!((&files[0]["not_valid"], &files[0]["claims"]), (&0.into(), &0.into()));
    assert_eq!((&files[1]["not_valid"], &files[1]["claims"]), (&1.into(), &1.into()));
    assert_eq!(files[1]["sites"], 2);
    let text = audit(&[&good, &bad], &[]).well().stdout;
    assert!(text.contains("by file\n           1  on 1 claim"), "{text}");
    assert!(text.contains("1 of 2 files without"), "{text}");
}

#[test]
fn a_role_finds_its_column_and_a_field_that_is_nowhere_is_refused() {
    let folder = folder();
    let table = "dos,dx1,payer_id,clinic\n2024-10-02,E88.81,P1,North\n2024-10-02,I10,P2,\n";
    let records = put(folder.path(), "records.csv", table);
    let told = json(&[&records], &["--group-by", "payer"]);
    assert_eq!(told["groups"][0]["columns"], serde_json::json!(["payer_id"]));
    let spoken = json(&[&records], &["--group-by", "payer", "--field", "payer=clinic"]);
    assert_eq!(spoken["groups"][0]["columns"], serde_json::json!(["clinic"]));
    assert_eq!(spoken["groups"][0]["values"][1]["value"], "");
    let text = audit(&[&records], &["--group-by", "clinic"]).well().stdout;
    assert!(text.contains("(empty)"), "{text}");
    let refused = audit(&[&records], &["--group-by", "region"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (3, ""));
    assert!(refused.stderr.contains("--group-by names the column `region`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("records.csv"), "{}", refused.stderr);
    assert!(refused.stderr.contains("payer_id, clinic"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("North"), "{}", refused.stderr);
}

#[test]
fn lists_of_values_are_cut_in_text_alone() {
    let folder = folder();
    let rows: Vec<String> =
        (0..30).map(|at| format!("2024-10-02,E88.81,Clinic {at:02}\n")).collect();
    let rows = rows.concat();
    let table = format!("dos,dx1,clinic\n{rows}");
    let records = put(folder.path(), "records.csv", table);
    let text = audit(&[&records], &["--group-by", "clinic"]).well().stdout;
    assert_eq!(text.matches("  Clinic ").count(), 20, "{text}");
    assert!(text.contains("... and 10 more values"), "{text}");
    let told = json(&[&records], &["--group-by", "clinic"]);
    assert_eq!(told["groups"][0]["values"].as_array().unwrap().len(), 30);
}

#[test]
fn what_to_do_depends_on_what_the_records_are() {
    let billed = audit(&[PROFESSIONAL], &["--records", "billed"]).well().stdout;
    assert!(billed.contains("already paid go to compliance first"), "{billed}");
    assert!(billed.contains("CLM05-3 = 7"), "{billed}");
    assert!(billed.contains("REF*F8"), "{billed}");
    let unbilled = audit(&[PROFESSIONAL], &["--records", "unbilled"]).well().stdout;
    assert!(unbilled.contains("not sent yet"), "{unbilled}");
    assert!(!unbilled.contains("CLM05-3"), "{unbilled}");
    let told = json(&[PROFESSIONAL], &["--records", "billed"]);
    assert_eq!(told["records"], "billed");
    assert_eq!(told["advice"].as_array().unwrap().len(), 2);
    assert_eq!(json(&[PROFESSIONAL], &[])["records"], Value::Null);
}

/// A list has no dates of service: an audit of one is judged as of a day, as a plan is.
#[test]
fn a_list_is_judged_as_of_a_day() {
    let options = ["--records", "list", "--format", "csv", "--as-of", "2026-01-01"];
    let found = audit(&["fixtures/chargemaster.csv"], &options).well().rows();
    assert!(!found.is_empty());
    assert!(found.iter().all(|row| row["date_rule"] == "as_of" && row["date"] == "2026-01-01"));
    // It speaks of its rows and that day, not of claims and dates of service.
    let text =
        audit(&["fixtures/chargemaster.csv"], &["--records", "list", "--as-of", "2026-01-01"]);
    let text = text.well().stdout;
    for words in ["Deleted before 2026-01-01 (deleted), on ", " rows, for every claim that takes"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains(" claims"), "{text}");
    let dated = audit(&[PROFESSIONAL], &options).well().rows();
    assert!(dated.iter().all(|row| row["date"] == "2026-01-01"), "{dated:?}");
}

/// Synthea keeps SNOMED in columns of diagnoses: the later ones are all but empty.
#[test]
fn a_column_of_few_values_follows_the_others_of_its_kind() {
    let folder = folder();
    let head = "SERVICEDATE,DIAGNOSIS1,DIAGNOSIS2\n";
    let rows: Vec<String> = (0..30).map(|at| format!("2024-10-02,735950{at:02},\n")).collect();
    let rows = rows.concat();
    let records = put(folder.path(), "r.csv", format!("{head}{rows}2024-10-02,,73595000\n"));
    let told = json(&[&records], &[]);
    assert_eq!((&told["sites"], &told["verdicts"]["other_system"]), (&31.into(), &31.into()));
    // A column of which a value fits is judged, whatever its neighbour holds.
    let records = put(folder.path(), "s.csv", format!("{head}{rows}2024-10-02,,E88.81\n"));
    assert_eq!(json(&[&records], &[])["verdicts"]["became_header"], 1);
}

#[test]
fn headings_without_a_break_are_known() {
    let folder = folder();
    let table = "Id,DIAGNOSIS1,CURRENTILLNESSDATE,SERVICEDATE\n\
                 1,E88.81,2020-01-01T00:00:00Z,2024-10-02T08:30:00Z\n";
    let records = put(folder.path(), "claims.csv", table);
    let found = audit(&[&records], &["--format", "csv"]).well().rows();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0]["date"].as_str(), found[0]["date_rule"].as_str()),
        ("2024-10-02", "SERVICEDATE")
    );
    let pair = "claimid,DX1,FROMDATE,TODATE\n1,E88.81,2024-09-29,2024-10-02\n";
    let records = put(folder.path(), "pair.csv", pair);
    let found = audit(&[&records], &["--format", "csv"]).well().rows();
    assert_eq!(found[0]["verdict"], "date_uncertain", "{found:?}");
}

/// The claims of a code were those of adjacent rows, and the heading was right.
#[test]
fn claims_of_a_code_are_counted_wherever_their_rows_stand() {
    let folder = folder();
    let table = "claim_id,dos,dx1\nA,2024-10-02,E88.81\nB,2024-10-02,E88.81\nA,2024-10-02,E88.81\n";
    let records = put(folder.path(), "records.csv", table);
    let told = json(&[&records], &[]);
    assert_eq!((&told["claims"], &told["by_code"][0]["claims"]), (&2.into(), &2.into()));
    assert_eq!(told["by_code_exact"], true);
    let impact = json(&[&records], &["--impact"]);
    assert_eq!(impact["claims"]["retires"], 2);
    assert_eq!(
        (&impact["codes"][0]["claims"], &impact["codes"][0]["sites"]),
        (&2.into(), &3.into())
    );
    // Claims of two files are two claims.
    let other = put(folder.path(), "other.csv", table);
    assert_eq!(json(&[&records, &other], &["--impact"])["codes"][0]["claims"], 4);
}

#[test]
fn a_part_of_the_rows_is_said_to_be_one() {
    let options = ["--only", "payer=COMMTEST"];
    let words = "only rows with payer = COMMTEST (--only): nothing else is counted";
    let text = audit(&[PROFESSIONAL], &options).well().stdout;
    assert!(text.contains(words), "{text}");
    let csv = audit(&[PROFESSIONAL], &[&options[..], &["--format", "csv"]].concat()).well();
    assert!(csv.stderr.contains(words), "{}", csv.stderr);
    let turn = audit(&[PROFESSIONAL], &[&options[..], &["--impact"]].concat()).well().stdout;
    assert!(turn.contains(words), "{turn}");
    let only = serde_json::json!({ "column": "payer", "value": "COMMTEST" });
    assert_eq!(json(&[PROFESSIONAL], &options)["only"], only);
    assert_eq!(json(&[PROFESSIONAL], &[&options[..], &["--impact"]].concat())["only"], only);
    assert_eq!(json(&[PROFESSIONAL], &[])["only"], Value::Null);
    let none = audit(&[PROFESSIONAL], &["--only", "payer=NOBODY"]).well().stdout;
    assert!(none.contains("NOTHING WAS JUDGED: no code stands in what was looked at."), "{none}");
}

#[test]
fn sums_that_a_format_has_no_place_for_are_refused() {
    for option in [["--group-by", "payer"], ["--amount-column", "charge"]] {
        let ran = audit(&[PROFESSIONAL], &[&option[..], &["--format", "csv"]].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("--format text and json have the sums"), "{}", ran.stderr);
    }
}

#[test]
fn claims_and_patients_are_no_field_to_count_by() {
    let folder = folder();
    let table = "claim_id,member_id,DOB,dos,dx1,payer\nC1,M1,1980-02-03,2024-10-02,E88.81,P\n";
    let records = put(folder.path(), "records.csv", table);
    for field in ["claim_id", "Member ID", "dob", "2"] {
        let ran = audit(&[&records], &["--group-by", field]);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{field}");
        assert!(ran.stderr.contains("tells claims or patients apart"), "{}", ran.stderr);
        assert!(ran.stderr.contains("belongs into --key"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("M1"), "{}", ran.stderr);
    }
    // Neither a role nor `--claim-column` leads around it.
    let role = ["--group-by", "payer", "--field", "payer=member_id"];
    assert_eq!(audit(&[&records], &role).status, 3);
    let claim = ["--group-by", "payer", "--claim-column", "payer"];
    assert_eq!(audit(&[&records], &claim).status, 3);
}

#[test]
fn a_field_with_another_value_on_nearly_every_claim_is_not_listed() {
    let folder = folder();
    let rows = |claims: usize, values: usize| {
        let row = |at: usize| format!("2024-10-02,E88.81,V{}\n", at % values);
        format!("dos,dx1,local\n{}", (0..claims).map(row).collect::<String>())
    };
    let unique = put(folder.path(), "unique.csv", rows(80, 60));
    for format in ["text", "json"] {
        let ran = audit(&[&unique], &["--group-by", "local", "--format", format]);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
        assert!(ran.stderr.contains("another value on nearly every claim"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("V7"), "{}", ran.stderr);
    }
    let field = put(folder.path(), "field.csv", rows(180, 60));
    let told = json(&[&field], &["--group-by", "local"]);
    assert_eq!(told["groups"][0]["values"].as_array().unwrap().len(), 60);
    // Rows that are not looked at, or hold no code, make no field of it.
    let others = "2023-10-02,,W\n2023-10-02,I10,W\n".repeat(100);
    let part = put(folder.path(), "part.csv", rows(80, 60) + &others);
    let ran = audit(&[&part], &["--group-by", "local", "--only", "dos=2024-10-02"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
}

/// JSON counted historical codes without their days and gave them the newest title; text had both.
#[test]
fn a_code_has_one_title_in_text_and_json() {
    let folder = folder();
    let table = "claim_id,dos,dx1\nA,2024-03-02,E88.81\nA,2024-03-02,E88.81\n";
    let records = put(folder.path(), "records.csv", table);
    let told = json(&[&records], &[]);
    assert_eq!(told["findings"], serde_json::json!([]), "none is listed without --historical");
    let code = &told["by_code"][0];
    assert_eq!(
        (&code["verdict"], &code["title"]),
        (&"historical".into(), &"Metabolic syndrome".into())
    );
    assert_eq!((&code["sites"], &code["claims"]), (&2.into(), &1.into()));
    assert_eq!(code["last_date"], "2024-03-02");
    let text = audit(&[&records], &[]).well().stdout;
    assert!(text.contains("valid until 2024-09-30  Metabolic syndrome\n"), "{text}");
    let listed = json(&[&records], &["--historical"]);
    assert_eq!(listed["findings"].as_array().unwrap().len(), 2);
    assert_eq!(listed["by_code"], told["by_code"]);
}
