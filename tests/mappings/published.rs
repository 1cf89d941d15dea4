//! Published tables that are damaged, of another system, or several in one zip:
//! each is read for what it is worth, or refused, and its silence is never taken
//! for an answer.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use crate::common::{ICD10CM, Ran, fixture, folder, put, run};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TABLE: &str = "fixtures/maps/published/conversion-table.csv";

fn map(verb: &str, path: &str, releases: &[&str]) -> Ran {
    run(["map", verb, path].iter().chain(releases))
}

fn convert(path: &str) -> Ran {
    map("convert", path, &ICD10CM)
}

/// `old new relation` of each row that names a successor.
fn rows(ran: &Ran) -> Vec<String> {
    let rows = ran.rows().into_iter().filter(|row| !row["new"].is_empty());
    rows.map(|row| format!("{} {} {}", row["old"], row["new"], row["relation"])).collect()
}

fn table() -> String {
    fs::read_to_string(fixture(TABLE)).unwrap()
}

fn zip(folder: &Path, members: &[(&str, &str)]) -> String {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    put(folder, "tables.zip", zip.finish().unwrap().into_inner())
}

#[test]
fn utf_16_is_refused_and_not_read_as_something_else() {
    let folder = folder();
    let text: Vec<u8> = table().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = put(folder.path(), "table.csv", [&b"\xff\xfe"[..], &text].concat());
    for verb in ["convert", "check"] {
        let ran = map(verb, &path, &ICD10CM);
        let said = ran.stdout + &ran.stderr;
        assert_eq!(ran.status, 3, "{said}");
        assert!(said.contains("UTF-16") && said.contains("CSV UTF-8"), "{said}");
    }
}

#[test]
fn groups_of_a_concept_map_are_each_of_their_own_systems() {
    let folder = folder();
    let group = |source: &str, target: &str, from: &str, to: &str| {
        format!(
            r#"{{"source":"{source}","target":"{target}","unmapped":{{"mode":"fixed"}},"element":[
            {{"code":"{from}","target":[{{"code":"{to}","equivalence":"equivalent"}}]}}]}}"#
        )
    };
    let icd10cm = "http://hl7.org/fhir/sid/icd-10-cm";
    let groups = [
        group(icd10cm, icd10cm, "T84.040A", "M97.01XA"),
        group(icd10cm, "http://hl7.org/fhir/sid/icd-9-cm", "C86.0", "202.80"),
        group("http://example.org/house-codes", icd10cm, "E66.8", "E66.89"),
        group("http://www.ama-assn.org/go/cpt", "http://www.ama-assn.org/go/cpt", "05301", "05302"),
    ];
    let text = format!(r#"{{"resourceType":"ConceptMap","group":[{}]}}"#, groups.join(",\n"));
    let ran = convert(&put(folder.path(), "map.json", text)).well();
    assert_eq!(rows(&ran), ["C860 20280 review", "T84040A M9701XA equivalent"]);
    assert!(ran.stdout.contains("leads to another system (ICD-9-CM)"), "{}", ran.stdout);
    for said in [
        "`http://example.org/house-codes`: ",
        "`fixed`: ",
        "1 rows are about CPT, of which no release was given: not used",
    ] {
        assert!(ran.stderr.contains(said), "{said} in {}", ran.stderr);
    }
}

#[test]
fn a_table_of_a_system_without_a_release_says_so() {
    let releases = ["--release", "fixtures/cpt/2026.txt@2026-01-01"];
    let ran = map("convert", TABLE, &releases).well();
    let rows = table().lines().count();
    assert!(rows > 10 && ran.rows().is_empty());
    assert!(ran.stderr.contains("rows are about ICD-10-CM, of which no release was given"));
    assert!(ran.stderr.contains("the releases given are not of the systems of the tables"));

    // A list that names no system, and no code of the releases.
    let folder = folder();
    let list = put(folder.path(), "list.txt", "A99.9;B99.9;A;A\nA99.8;B99.8;A;A\n");
    let ran = convert(&list).well();
    assert!(ran.stderr.contains("no old code of the table stands in a release given"));
}

#[test]
fn of_several_tables_in_a_zip_the_one_that_reaches_furthest_is_meant() {
    let folder = folder();
    let earlier = table().replace(",2024,", ",2023,");
    let both = [("2024.csv", earlier.as_str()), ("2025.csv", &table())];
    let ran = convert(&zip(folder.path(), &both)).well();
    assert_eq!(rows(&ran).len(), 14);
    assert!(ran.stderr.contains("tables.zip/2025.csv: ICD-10-CM conversion table"));
    assert!(ran.stdout.contains("2025.csv:11"), "{}", ran.stdout);

    // One inside can be named; a name that is not there is an error.
    let path = zip(folder.path(), &both);
    let ran = convert(&format!("{path}/2024.csv")).well();
    assert!(ran.stderr.contains("tables.zip/2024.csv: ICD-10-CM conversion table"));
    assert_eq!(convert(&format!("{path}/2026.csv")).status, 3);

    // Copies are one table; two that differ are a question.
    let copies = [("a.csv", table()), ("b.csv", table())];
    let copies = copies.each_ref().map(|(name, text)| (*name, text.as_str()));
    assert_eq!(rows(&convert(&zip(folder.path(), &copies)).well()).len(), 14);
    let other = table().replace("M97.01XA", "M97.02XA");
    let ran = convert(&zip(folder.path(), &[("a.csv", &table()), ("b.csv", &other)]));
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("2 tables stand in the zip"), "{}", ran.stderr);
    assert!(ran.stderr.contains("name the one that is meant, as ZIP/FILE"), "{}", ran.stderr);
}

#[test]
fn a_table_cut_in_a_row_is_refused() {
    let folder = folder();
    let whole = table();
    for (cut, why) in [
        (whole.find("H81.42").unwrap(), "a quote opens here and never closes"),
        (whole.find("2024,T84").unwrap() + 2, "the file ends in the middle of this row"),
    ] {
        let ran = convert(&put(folder.path(), "cut.csv", &whole[..cut]));
        assert_eq!(ran.status, 3);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("cut.csv:"), "{}", ran.stderr);
    }
    let ran = convert(&put(folder.path(), "gem.txt", "T84040A 99644   00000\nC860    202"));
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("gem.txt:2"), "{}", ran.stderr);
}

/// A table that ends at a row's end, in the middle of the alphabet: its rows stand,
/// and what lies behind them is not taken for retired without a successor.
#[test]
fn a_table_cut_between_rows_is_said() {
    let folder = folder();
    let mut text = "Current code assignment,Effective,Previous Code(s) Assignment\n".to_owned();
    for at in 100..250 {
        writeln!(text, "A{at},2019,A{}", at - 1).unwrap();
    }
    text.push_str("C86.00,2024,C86.0\n");
    let ran = convert(&put(folder.path(), "cut.csv", text)).well();
    assert!(ran.stderr.contains("in order of code and ends with C86.00: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("it may be cut off"), "{}", ran.stderr);
}

#[test]
fn codes_retired_after_the_last_row_are_out_of_reach() {
    let folder = folder();
    let ran = convert(&put(folder.path(), "old.csv", table().replace(",2024,", ",2022,"))).well();
    assert!(rows(&ran).is_empty());
    assert!(ran.stderr.contains("the last row takes effect on 2022-10-01"), "{}", ran.stderr);
    let all = ran.rows();
    assert_eq!(all.len(), 22);
    let (unread, silent): (Vec<_>, Vec<_>) = all.iter().partition(|row| row["old"] == "K603");
    assert!(silent.iter().all(|row| row["note"] == "retired later than the table reaches"));
    assert_eq!(unread[0]["note"], "row 14 about it was not understood");
}

#[test]
fn a_quote_that_goes_on_behind_its_end_is_refused() {
    let folder = folder();
    let text = "old,new,note\nE88.81,E88.810,\"said\" and done\n";
    let ran = map("check", &put(folder.path(), "own.csv", text), &ICD10CM);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("own.csv:2"), "{}", ran.stdout);
    let text = table().replace("\"H81.41, H81.42; ", "\"H81.41\" H81.42; ");
    let ran = convert(&put(folder.path(), "table.csv", text));
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("table.csv:8"), "{}", ran.stderr);

    // Where the quote makes a cell too many, the row is listed and not used.
    let text = table().replace("\"H81.41, H81.42; ", "\"H81.41\", H81.42; ");
    let ran = convert(&put(folder.path(), "table.csv", text)).well();
    assert!(!ran.stdout.contains("H8141,H814,"), "{}", ran.stdout);
    assert!(ran.stderr.contains("table.csv:8: `H81.42; "), "{}", ran.stderr);
}

/// A later file that says nothing of a code overrides nothing.
#[test]
fn the_silence_of_a_later_table_keeps_the_successor_of_an_earlier_one() {
    let folder = folder();
    let heading = "Current code assignment,Effective,Previous Code(s) Assignment";
    let text = format!("{heading}\nE88.810,2024,E88.81\nE88.811,2024,E88.81\n");
    let silent = put(folder.path(), "silent.csv", text);
    let mut args = vec!["map", "convert", TABLE, &silent];
    args.extend(ICD10CM);
    let ran = run(&args).well();
    assert!(rows(&ran).contains(&"C860 C8600 review".to_owned()), "{}", ran.stdout);
    assert_eq!(ran.rows().iter().filter(|row| row["old"] == "C860").count(), 1);
}

/// A cell that holds a line break is listed, and not read as two codes.
#[test]
fn a_line_break_in_a_code_is_not_two_codes() {
    let folder = folder();
    let text = table().replace("E88.810,2024,E88.81\n", "\"E88.\n810\",2024,E88.81\n");
    let ran = convert(&put(folder.path(), "table.csv", text)).well();
    assert!(!rows(&ran).iter().any(|row| row.starts_with("E8881 E88810 ")), "{}", ran.stdout);
    assert!(ran.stderr.contains("table.csv:4: "), "{}", ran.stderr);
}

/// A line of a HCPCS release in the layout of CMS: code, cross-reference, first and last day.
fn hcpcs(code: &str, reference: &str, added: &str, ended: &str) -> String {
    let mut line = vec![b' '; 320];
    let mut put = |at: usize, text: &str| {
        line[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    put(0, code);
    put(5, "00100");
    put(10, "3");
    put(11, "Loan of a test lamp");
    put(91, "Test lamp");
    put(204, reference);
    put(268, added);
    put(284, ended);
    String::from_utf8(line).unwrap() + "\n"
}

/// Codes that a list with its own dates still holds, but ended before the oldest
/// release given: where the release names a successor, there is a row.
#[test]
fn earlier_terminations_of_a_list_with_dates_have_their_rows() {
    let folder = folder();
    let text = [
        hcpcs("S9800", "", "20180101", ""),
        hcpcs("S9801", "S9811", "20180101", "20231231"),
        hcpcs("S9811", "", "20180101", ""),
    ];
    let path = put(folder.path(), "HCPC2025_JAN_ANWEB.txt", text.concat());
    let release = format!("{path}@2025-01-01");
    let ran = map("convert", &path, &["--release", &release]).well();
    let all = ran.rows();
    assert_eq!(all.len(), 1, "{} {}", ran.stdout, ran.stderr);
    assert_eq!((&*all[0]["old"], &*all[0]["new"]), ("S9801", "S9811"));
    assert_eq!(all[0]["effective"], "2024-01-01");
    // The line of the release on which the cross-reference stands.
    assert_eq!(all[0]["source"], "HCPC2025_JAN_ANWEB.txt:2");
}

#[test]
fn codes_are_dotted_in_json_too() {
    let mut args = vec!["map", "convert", TABLE, "--format", "json", "--dotted"];
    args.extend(ICD10CM);
    let ran = run(&args).well();
    assert!(ran.stdout.contains("\"T84.040A\"") && ran.stdout.contains("\"M97.01XA\""));
    assert!(!ran.stdout.contains("\"T84040A\""), "{}", ran.stdout);
}

/// A cell of which a word is not understood, and a target that holds under a
/// condition, are nothing that may be applied without a person.
#[test]
fn what_is_understood_in_part_is_never_automatic() {
    let folder = folder();
    let text = table().replace("T84.040A", "not T84.040A");
    let ran = convert(&put(folder.path(), "table.csv", text)).well();
    assert!(rows(&ran).contains(&"T84040A M9701XA review".to_owned()), "{}", ran.stdout);
    assert!(ran.stderr.contains("`not`: no previous code"), "{}", ran.stderr);
    let map = r#"{"resourceType":"ConceptMap","group":[{"source":"http://hl7.org/fhir/sid/icd-10-cm",
        "element":[{"code":"T84.040A","target":[{"code":"M97.01XA","equivalence":"equivalent",
        "dependsOn":[{"property":"age","value":"<3"}]}]}]}]}"#;
    let ran = convert(&put(folder.path(), "map.json", map)).well();
    assert_eq!(rows(&ran), ["T84040A M9701XA review"]);
    assert!(ran.stdout.contains("holds under conditions (dependsOn)"), "{}", ran.stdout);
}

/// `old new relation note` of each row.
fn told(ran: &Ran) -> Vec<String> {
    let rows = ran.rows().into_iter();
    rows.map(|row| format!("{} {} {} {}", row["old"], row["new"], row["relation"], row["note"]))
        .collect()
}

#[test]
fn a_row_that_is_not_understood_leaves_its_codes_to_a_person() {
    let folder = folder();
    let heading = "Current code assignment,Effective,Previous Code(s) Assignment\n";
    let path = put(folder.path(), "t.csv", format!("{heading}M97.01XA,2024,T84.040A\n"));
    let automatic = "T84040A M9701XA equivalent ";
    let before = told(&convert(&path).well());
    assert!(before.iter().any(|row| row == automatic));
    for (second, note) in [
        ("E88.810,soon,T84.040A", "row 3 about it was not understood"),
        ("???,2024,T84.040A", "row 3 about it was not understood"),
    ] {
        let path =
            put(folder.path(), "t.csv", format!("{heading}M97.01XA,2024,T84.040A\n{second}\n"));
        let after = told(&convert(&path).well());
        let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
        assert_eq!(changed, [&format!("T84040A M9701XA review {note}")]);
    }
}

#[test]
fn a_concept_map_is_read_for_what_it_says_and_no_more() {
    let folder = folder();
    let element = |target: &str| format!(r#"{{"code":"T84.040A","target":{target}}}"#);
    let map = |source: &str, target: &str, elements: &str| {
        let text = format!(
            r#"{{"resourceType":"ConceptMap","group":[{{"source":"{source}","target":"{target}",
                "element":[{elements}]}}]}}"#
        );
        convert(&put(folder.path(), "map.json", text))
    };
    let cm = "http://hl7.org/fhir/sid/icd-10-cm";
    let good = r#"{"code":"M97.01XA","relationship":"equivalent"}"#;
    let row =
        |told: &[String]| told.iter().find(|row| row.starts_with("T84040A ")).cloned().unwrap();

    // An object where a list belongs is not "no successor".
    let ran = map(cm, cm, &element(good)).well();
    assert!(ran.stderr.contains("the targets are no list"), "{}", ran.stderr);
    // Nothing was understood, and nothing is written.
    assert!(ran.rows().is_empty() && ran.stderr.contains("no row of the table was understood"));

    // One target of two is not understood: the other one is not the only one.
    let odd = format!(r#"[{good},{{"code":"E88.810","relationship":"sideways"}}]"#);
    let ran = map(cm, cm, &element(&odd)).well();
    assert_eq!(row(&told(&ran)), "T84040A M9701XA review row 1 about it was not understood");

    // A group of an unknown system: how much is not read, and no untrue word about its codes.
    let other = format!(
        r#"{}]}},{{"source":"{cm}","target":"http://example.org/x","element":[{},{}"#,
        element(&format!("[{good}]")),
        r#"{"code":"E88.81","target":[{"code":"X1","relationship":"equivalent"}]}"#,
        r#"{"code":"K60.3","target":[{"code":"X2","relationship":"equivalent"}]}"#
    );
    let ran = map(cm, cm, &other).well();
    assert!(
        ran.stderr.contains("the 2 elements of the group (2 to 3) are not read"),
        "{}",
        ran.stderr
    );
    let told = told(&ran);
    assert!(told.contains(&"K603  none row 2 about it was not understood".to_owned()), "{told:?}");
    assert_eq!(row(&told), "T84040A M9701XA equivalent ");
}

#[test]
fn a_table_without_rows_is_refused() {
    let folder = folder();
    let heading = "Current code assignment,Effective,Previous Code(s) Assignment\n";
    let empty = r#"{"resourceType":"ConceptMap","group":[]}"#;
    for (name, text) in [("t.csv", heading), ("map.json", empty)] {
        let path = put(folder.path(), name, text);
        let ran = convert(&path);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("no row of it names an old code"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn what_a_later_table_leaves_out_is_told_and_not_automatic() {
    let folder = folder();
    let heading = "Current code assignment,Effective,Previous Code(s) Assignment\n";
    let both =
        format!("{heading}M97.01XA,2024,T84.040A\nE88.811,2024,T84.040A\nE88.810,2024,E88.81\n");
    let earlier = put(folder.path(), "earlier.csv", both);
    let one = format!("{heading}M97.01XA,2024,T84.040A\nE88.810,2024,E88.81\n");
    let later = put(folder.path(), "later.csv", one);
    let ran = run(["map", "convert", &earlier, &later].iter().chain(&ICD10CM)).well();
    assert!(ran.stderr.contains("2 rows of earlier files stand in later ones"), "{}", ran.stderr);
    let place = format!("{earlier}:3");
    let said = format!("{place}: T84.040A -> E88.811 is overridden by {later}:2");
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    let rows = told(&ran);
    let row = rows.iter().find(|row| row.starts_with("T84040A ")).unwrap();
    assert!(row.starts_with("T84040A M9701XA review "), "{row}");
    assert!(row.ends_with(&format!("an earlier table names E88.811 ({place})")), "{row}");
}

/// The row of a code in what `map convert` makes of a map with these elements.
fn of_elements(folder: &Path, elements: &str) -> Vec<String> {
    let map = format!(r#"{{"resourceType":"ConceptMap","group":[{{"element":[{elements}]}}]}}"#);
    let told = told(&convert(&put(folder, "map.json", map)).well());
    told.into_iter().filter(|row| row.starts_with("T84040A ")).collect()
}

#[test]
fn of_two_words_about_one_successor_the_more_careful_one_holds() {
    let folder = folder();
    let target = |more: &str| format!(r#"{{"code":"M97.01XA","equivalence":"equivalent"{more}}}"#);
    let element = |targets: &str| format!(r#"{{"code":"T84.040A","target":[{targets}]}}"#);
    let of = |elements: &str| of_elements(folder.path(), elements);
    let good = target("");
    assert_eq!(of(&element(&good)), ["T84040A M9701XA equivalent "]);

    let denied = "T84040A M9701XA review row 1 says that there is no successor";
    let unmatched = r#"{"equivalence":"unmatched"}"#;
    assert_eq!(of(&element(&format!("{unmatched},{good}"))), [denied]);
    assert_eq!(of(&element(&format!("{good},{unmatched}"))), [denied]);
    let inexact = element(r#"{"code":"M97.01XA","equivalence":"inexact"}"#);
    let behind = format!("{},{inexact}", element(&good));
    assert_eq!(of(&behind), ["T84040A M9701XA review row 2 says `review`"]);
    let before = format!("{inexact},{}", element(&good));
    assert_eq!(of(&before), ["T84040A M9701XA review "]);
    // A condition is one however it is written.
    let odd = target(r#","dependsOn":{"attribute":"x"}"#);
    assert_eq!(of(&element(&odd)), ["T84040A M9701XA review holds under conditions (dependsOn)"]);

    let list = |text: &str| {
        let told = told(&convert(&put(folder.path(), "list.txt", text)).well());
        told.into_iter().filter(|row| row.starts_with("T84040A ")).collect::<Vec<_>>()
    };
    let (flagged, bare) = ("T84.040A;M97.01XA;A;A\n", "T84.040A;M97.01XA;;\n");
    assert_eq!(list(flagged), ["T84040A M9701XA equivalent "]);
    let careful = "T84040A M9701XA review row 2: not flagged as automatic";
    assert_eq!(list(&[flagged, bare].concat()), [careful]);
    let careful = "T84040A M9701XA review not flagged as automatic";
    assert_eq!(list(&[bare, flagged].concat()), [careful]);
    // A careful word about a step on the way holds for the whole way, wherever it stands.
    let way = "T84.040A;M97.99XA;;\nM97.99XA;M97.01XA;A;A\n";
    let careful = "T84040A M9701XA review row 1: not flagged as automatic";
    assert_eq!(list(way), [careful]);
    let twice = "T84.040A;M97.99XA;A;A\nT84.040A;M97.99XA;;\nM97.99XA;M97.01XA;A;A\n";
    assert_eq!(list(twice), ["T84040A M9701XA review row 2: not flagged as automatic"]);
    let free = "T84.040A;M97.99XA;A;A\nM97.99XA;M97.01XA;A;A\n";
    assert_eq!(list(free), ["T84040A M9701XA equivalent "]);
    let denied = "T84040A M9701XA review row 1 says that there is no successor";
    assert_eq!(list(&["T84.040A;UNDEF;;\n", flagged].concat()), [denied]);
}

#[test]
fn codes_that_came_and_went_between_two_releases_have_their_rows() {
    let folder = folder();
    let old = [hcpcs("A0001", "", "20150101", ""), hcpcs("A0009", "", "20150101", "")];
    let new = [
        hcpcs("A0001", "", "20150101", ""),
        hcpcs("A0002", "A0003", "20190401", "20190930"),
        hcpcs("A0003", "", "20191001", ""),
        hcpcs("A0004", "", "20190401", "20190630"),
        hcpcs("A0009", "A0010", "20150101", "20181231"),
        hcpcs("A0010", "", "20190101", ""),
    ];
    let old = put(folder.path(), "HCPC2019_JAN_ANWEB.txt", old.concat()) + "@2019-01-01";
    let new = put(folder.path(), "HCPC2020_JAN_ANWEB.txt", new.concat());
    let dated = format!("{new}@2020-01-01");
    let ran = run(["map", "convert", &new, "--release", &old, "--release", &dated]).well();
    let rows = ran.rows().into_iter();
    let rows: Vec<String> = rows
        .map(|row| {
            format!("{} {} {} {}", row["old"], row["new"], row["relation"], row["effective"])
        })
        .collect();
    // A0009 was ended afterwards, for a day before the older release.
    assert_eq!(
        rows,
        ["A0002 A0003 equivalent 2019-10-01", "A0009 A0010 equivalent 2019-01-01"],
        "{}",
        ran.stdout
    );
}

#[test]
fn a_plain_list_is_not_taken_for_an_equivalence_mapping() {
    let folder = folder();
    for text in ["T84.040A , M97.01XA\n", "T84040A\tM9701XA\n"] {
        let map = put(folder.path(), "list.txt", text);
        let ran = map_check(&map);
        assert!(ran.contains("1 file with 1 row that can be read: 0 errors"), "{ran}");
    }
    let records = put(folder.path(), "r.csv", "claim_id,service_date,dx1\n1,2024-11-02,T84040A\n");
    let map = put(folder.path(), "list.txt", "T84040A , M9701XA\n");
    let out = folder.path().join("RUN");
    let out = out.to_str().unwrap();
    let command = ["migrate", &records, "--records", "unbilled", "--map", &map, "--out", out];
    run(command.iter().chain(&ICD10CM)).well();
    let changed = fs::read_to_string(format!("{out}/migrated/r.csv")).unwrap();
    assert!(changed.ends_with("1,2024-11-02,M9701XA\n"), "{changed}");
}

fn map_check(path: &str) -> String {
    map("check", path, &ICD10CM).well().stdout
}
