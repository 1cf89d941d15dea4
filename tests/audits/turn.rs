//! `codeturn audit --impact`: what the turn of the year means for records.

use crate::common::{ICD10CM, PROFESSIONAL, audit, fixture, folder, put, rows, run};
use crate::json;
use serde_json::Value;

const HEAD: &str =
    "system,code,effect,sites,claims,not_valid,first_date,last_date,until,codes,title";

#[test]
fn codes_that_retire_are_counted_wherever_they_stand() {
    let ran = audit(&[PROFESSIONAL], &["--impact", "--format", "csv"]).well();
    assert_eq!(ran.stdout.lines().next(), Some(HEAD));
    let found = ran.rows();
    // Counted anew in the table: the columns of diagnoses, dotted or not.
    let table = rows(&fixture(PROFESSIONAL));
    let is_code = |cell: &str| cell.replace('.', "").eq_ignore_ascii_case("E8881");
    let columns = ["dx1", "dx2", "dx3", "dx4"];
    let sites =
        table.iter().flat_map(|row| columns.map(|name| is_code(&row[name]))).filter(|is| *is);
    let own = found.iter().find(|row| row["code"] == "E8881").unwrap();
    assert_eq!(own["sites"], sites.count().to_string());
    assert_eq!(own["effect"], "retires");
    assert_eq!(own["codes"], "E88810 E88811 E88818 E88819");
    let audited = audit(&[PROFESSIONAL], &["--format", "csv"]).well().rows();
    let wrong =
        audited.iter().filter(|row| row["code"] == "E8881" && row["verdict"] == "became_header");
    assert_eq!(own["not_valid"], wrong.count().to_string());
    let order: Vec<u64> = found.iter().map(|row| row["claims"].parse().unwrap()).collect();
    assert!(order.is_sorted_by(|one, next| one >= next), "{order:?}");
}

/// F64.1 stays beside its new sibling F64.0.
#[test]
fn codes_that_stay_beside_new_ones_are_named() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "dos,dx1\n2024-01-02,F64.1\n2024-03-02,F64.1\n2024-03-02,I10\n",
    );
    let told = audit(&[&records], &["--impact", "--format", "json"]).well();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["schema"], "codeturn.impact/1");
    assert_eq!(told["sites"], 3);
    let [code] = &told["codes"].as_array().unwrap()[..] else { panic!("one code: {told}") };
    assert_eq!((&code["code"], &code["effect"]), (&"F641".into(), &"more_specific".into()));
    assert_eq!((&code["sites"], &code["claims"]), (&2.into(), &2.into()));
    assert_eq!(code["codes"][0]["code"], "F640");
    assert_eq!(
        (&told["claims"]["retires"], &told["claims"]["more_specific"]),
        (&0.into(), &2.into())
    );
}

/// `until` was that of the record that came last.
#[test]
fn what_a_code_was_valid_until_does_not_hang_on_the_order_of_records() {
    let folder = folder();
    let told = |days: [&str; 3]| {
        let text = format!("dos,dx1\n{},E88.81\n", days.join(",E88.81\n"));
        let records = put(folder.path(), "records.csv", text);
        audit(&[&records], &["--impact", "--format", "csv"]).well().stdout
    };
    let first = told(["2020-03-02", "2024-03-02", "2024-11-02"]);
    assert!(first.contains(",2024-09-30,"), "{first}");
    assert_eq!(told(["2024-11-02", "2024-03-02", "2020-03-02"]), first);
    assert_eq!(told(["2024-03-02", "2024-11-02", "2020-03-02"]), first);
}

/// A code that became a header was shown with the title of the header.
#[test]
fn a_code_that_retires_has_the_title_that_it_was_billed_under() {
    let folder = folder();
    let records = put(folder.path(), "records.csv", "dos,dx1\n2024-03-02,E88.81\n");
    let title = "Metabolic syndrome";
    let csv = audit(&[&records], &["--impact", "--format", "csv"]).well().rows();
    assert_eq!((csv[0]["code"].as_str(), csv[0]["title"].as_str()), ("E8881", title));
    let told = json(&[&records], &["--impact"]);
    assert_eq!(told["codes"][0]["title"], title);
    let text = audit(&[&records], &["--impact"]).well().stdout;
    assert!(text.contains("on 2024-03-02             Metabolic syndrome\n"), "{text}");
    // The codes below the header are those that may take its place.
    assert!(text.contains("instead? E88.810   Metabolic syndrome"), "{text}");
}

/// Two lists of a practice: every word of the old title stands in the new one.
#[test]
fn a_title_that_says_more_stands_beside_the_one_that_says_less() {
    let folder = folder();
    let old = "hcpcs,description\nA0001,\"Test kettle, other\"\nA0003,Test lamp\n";
    let new = "hcpcs,description\nA0001,\"Test kettle, other\"\nA0002,Test kettle with a lid\nA0003,Test lamp\n";
    let old = put(folder.path(), "old.csv", old) + "@2024-01-01";
    let new = put(folder.path(), "new.csv", new) + "@2025-01-01";
    let table = "dos,hcpcs\n2024-03-02,A0001\n2024-03-02,A0003\n";
    let records = put(folder.path(), "records.csv", table);
    let ran = run(["audit", &records, "--old", &old, "--new", &new, "--impact", "--format", "csv"])
        .well();
    let found = ran.rows();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0]["code"].as_str(), found[0]["codes"].as_str()), ("A0001", "A0002"));
}

/// The publishers' pair of October 2024: 36 codes retire, and `Obesity, unspecified`
/// stays beside the three classes of obesity.
#[test]
fn the_turn_of_a_real_year() {
    let Some(data) = std::env::var_os("CODETURN_DATA") else {
        eprintln!(
            "turn of a real year: skipped, CODETURN_DATA does not name the folder of release files"
        );
        return;
    };
    let release = |year: &str| {
        let data = std::path::Path::new(&data).join("releases");
        data.join(format!("icd10cm-{year}.zip")).to_str().unwrap().to_owned()
    };
    let folder = folder();
    let table = "dos,dx1\n2024-03-02,E66.9\n2024-03-02,E66.8\n2024-03-02,I10\n2024-03-02,R50.9\n";
    let records = put(folder.path(), "records.csv", table);
    let (old, new) = (release("2024"), release("2025"));
    let args = ["audit", &records, "--old", &old, "--new", &new, "--impact", "--format", "json"];
    let told: Value = serde_json::from_str(&run(args).well().stdout).unwrap();
    assert_eq!(told["turns"][0]["retire"], 36);
    let codes = told["codes"].as_array().unwrap();
    let named = |code: &str| -> Vec<&str> {
        let own = codes.iter().find(|one| one["code"] == code).unwrap();
        own["codes"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
    };
    assert_eq!(named("E669"), ["E66811", "E66812", "E66813", "E6689"]);
    assert_eq!(codes.iter().find(|one| one["code"] == "E668").unwrap()["effect"], "retires");
    assert_eq!(codes.len(), 2, "neither I10 nor R50.9 is concerned: {told}");
}

/// A list of HCPCS ends codes on days of its own, which may lie ahead of it.
#[test]
fn a_code_that_ends_after_the_newest_list_retires() {
    let folder = folder();
    let head = "hcpcs,description,add date,term date\n";
    let old = format!("{head}A0001,A service,20190101,\nA0002,Another,20190101,\n");
    let new = format!("{head}A0001,A service,20190101,\nA0002,Another,20190101,20250630\n");
    let old = put(folder.path(), "old.csv", old) + "@2024-01-01";
    let new = put(folder.path(), "new.csv", new) + "@2025-01-01";
    let records = put(folder.path(), "r.csv", "dos,hcpcs\n2025-03-02,A0001\n2025-03-02,A0002\n");
    let ran = run(["audit", &records, "--old", &old, "--new", &new, "--impact", "--format", "csv"])
        .well();
    let found = ran.rows();
    assert_eq!(found.len(), 1, "{found:?}");
    let own = |name: &str| found[0][name].as_str();
    assert_eq!((own("code"), own("effect"), own("not_valid")), ("A0002", "retires", "0"));
    assert_eq!(own("until"), "2025-06-30");
}

#[test]
fn a_person_reads_both_lists() {
    let text = audit(&[PROFESSIONAL], &["--impact"]).well().stdout;
    assert!(text.contains("ICD-10-CM, 2023-10-01 -> 2024-10-01: 22 codes retire"), "{text}");
    assert!(text.contains("Codes in use that retire: 28 in 71 entries"), "{text}");
    assert!(text.contains("new:     F64.0"), "{text}");
    assert!(text.contains("... and 3 more codes"), "{text}");
    assert!(text.contains("no successors"), "{text}");
}

#[test]
fn nothing_concerned_is_said_with_what_was_looked_at() {
    let folder = folder();
    let records = put(folder.path(), "records.csv", "dos,dx1,dx2\n2024-10-02,I10,E11.9\n");
    let ran = audit(&[&records], &["--impact", "--exit-code"]).well();
    assert!(
        ran.stdout.contains("Codes in use that retire: none among the 2 entries looked at."),
        "{}",
        ran.stdout
    );
    let used = put(folder.path(), "used.csv", "dos,dx1\n2024-01-02,E88.81\n");
    assert_eq!(audit(&[&used], &["--impact", "--exit-code"]).status, 1);
}

#[test]
fn one_release_has_no_turn() {
    let ran = run(["audit", PROFESSIONAL, "--release", ICD10CM[1], "--impact"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("two newest releases"), "{}", ran.stderr);
    let both = audit(&[PROFESSIONAL], &["--impact", "--group-by", "payer"]);
    assert_eq!(both.status, 2);
}
