//! `codeturn map convert`, and published tables given to `--map`, as a whole.

use std::fs;
use std::sync::LazyLock;

use crate::common::{ICD10CM, RELEASES, Ran, fixture, folder, json, put, run};
use codeturn::history::History;
use codeturn::release::{self, Wanted};
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
        ["C860 20280 review", "E668 27800 split", "E668 V8530 split", "T84040A 99644 review"];
    assert_eq!(rows(&ran), want);
    assert_eq!(ran.stdout.matches("leads to another system (ICD-9-CM)").count(), 4);
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
    let records = put(
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
    let own = put(folder.path(), "own.csv", "old,new\nE88.81,E88.810\n");
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

/// A mapping kept as a workbook: codes are text, one is a number, cells at the end are empty.
fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in [
        ["old", "new", "relation", "note"],
        ["T84.040A", "M97.01XA", "equivalent", ""],
        ["H81.41", "H81.4", "merge", "side no longer coded"],
        ["S06.0X2A", "", "none", ""],
    ]
    .iter()
    .enumerate()
    {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row as u32, column as u16, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_mapping_may_be_a_workbook() {
    let folder = folder();
    let map = put(folder.path(), "map.xlsx", workbook());
    let mut args = vec!["map", "check", &map];
    args.extend(ICD10CM);
    let ran = run(&args).well();
    assert!(
        ran.stdout.contains("1 file with 3 rows that can be read: 0 errors, 0 set aside"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("of 22 retired codes 2 automatic"), "{}", ran.stdout);
}

/// The releases of the fixtures: what a damaged table is converted against.
static HISTORY: LazyLock<History> = LazyLock::new(|| {
    let release = |name: &str| {
        let path = fixture("fixtures/icd10cm").join(name);
        release::open(&path.to_str().unwrap().parse::<Wanted>().unwrap()).unwrap()
    };
    let pair = ["icd10cm_order_2024.txt@2023-10-01", "icd10cm_order_2025.txt@2024-10-01"];
    History::new(pair.into_iter().flat_map(release).collect()).unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a table, it is read and converted, or refused, and never a panic.
    #[test]
    fn damage_is_no_panic(
        which in 0..7usize,
        cut in any::<proptest::sample::Index>(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
    ) {
        const NAMES: [&str; 6] = [
            "conversion-table.csv", "concept-map-r4.json", "concept-map-r5.json", "transition.txt",
            "gem.txt", "two-columns.csv",
        ];
        let mut bytes = match NAMES.get(which) {
            Some(name) => fs::read(fixture(&format!("{FOLDER}{name}"))).unwrap(),
            None => workbook(),
        };
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let folder = folder();
        let path = put(folder.path(), "damaged", bytes);
        let history = &*HISTORY;
        let (crosswalk, faults) = codeturn::crosswalk::files::read_all(&[path.into()], history);
        // An error is an answer, and every fault and every row has a place.
        let sources = crosswalk.sources.len();
        prop_assert!(faults.iter().all(|fault| fault.at.source < sources.max(1)));
        prop_assert!(crosswalk.rules.iter().all(|rule| rule.at.source < sources));
    }
}

/// Migrates one patient of seven and one of seventy-five by a mapping: what the copy holds.
fn by_age(map: &str) -> Ran {
    let folder = folder();
    let records = put(
        folder.path(),
        "r.csv",
        "claim_id,service_date,birth_date,payer,cpt,dose\n\
         1,2026-01-05,2018-04-12,MED,05201,0.50\n2,2026-01-05,1950-04-12,RAIL,05201,0.5 mL\n",
    );
    let map = put(folder.path(), "own.csv", map);
    let out = folder.path().join("RUN");
    let out = out.to_str().unwrap();
    let command = ["migrate", &records, "--records", "unbilled", "--map", &map, "--out", out];
    let mut ran = run(command.iter().chain(&RELEASES));
    let copy = folder.path().join("RUN/migrated/r.csv");
    ran.stdout = fs::read_to_string(copy).unwrap_or_default();
    ran
}

#[test]
fn a_condition_that_could_never_hold_is_refused() {
    for (map, said) in [
        ("old,new,when.age\n05201,05211,3-18\n05201,05213,\n", "a range is written 3..18"),
        ("old,new,when.age\n05201,05211,child\n05201,05213,\n", "no age in years"),
        ("old,new,payer\n05201,05211,MED;RAIL\n05201,05213,\n", "alternatives are written A|B"),
        ("old,new,when.dose\n05201,05211,3-18\n05201,05213,\n", "a range is written 3..18"),
        ("old,new,age\n05201,05211,<3\n", "`age` looks like a condition"),
        ("old,new,when payer\n05201,05211,MED\n", "`when payer` looks like a condition"),
        ("old,new,Patient age\n05201,05211,<3\n", "`Patient age` looks like a condition"),
        ("old,new,valid until\n05201,05211,2020-01-01\n", "`valid until` looks like"),
        ("old,new,\n05201,05211,PAYER X ONLY\n", "column 3 has no name"),
    ] {
        let ran = by_age(map);
        assert_eq!(ran.status, 3, "{map}: {}", ran.stderr);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{map}: {}", ran.stderr);
    }
    // A column of that name without a word in it asks for nothing.
    let ran = by_age("old,new,age\n05201,05211,\n").well();
    assert_eq!(ran.stdout.matches("05211").count(), 2, "{}", ran.stdout);
}

#[test]
fn numbers_are_compared_as_numbers_and_what_may_be_the_same_is_for_a_person() {
    let ran = by_age("old,new,when.dose\n05201,05211,0.5\n05201,05213,\n").well();
    // 0.50 is 0.5; whether 0.5 mL is, nobody knows: it is left to a person.
    assert!(ran.stdout.contains(",05211,0.50\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains(",05201,0.5 mL\n"), "{}", ran.stdout);
}

#[test]
fn the_same_file_again_overrides_what_stands_between() {
    let folder = folder();
    let own = |name: &str, new: &str| put(folder.path(), name, format!("old,new\nE88.81,{new}\n"));
    let (one, two) = (own("one.csv", "E88.810"), own("two.csv", "E88.811"));
    let again = own("again.csv", "E88.810");
    let records = put(folder.path(), "r.csv", "claim_id,service_date,dx1\n1,2024-11-02,E88.81\n");
    let out = folder.path().join("RUN");
    let out = out.to_str().unwrap();
    let command = ["migrate", &records, "--records", "unbilled", "--out", out];
    let maps = ["--map", &one, "--map", &two, "--map", &again];
    run(command.iter().chain(&maps).chain(&ICD10CM)).well();
    let changed = fs::read_to_string(format!("{out}/migrated/r.csv")).unwrap();
    assert!(changed.ends_with("E88.810\n"), "{changed}");
}

#[test]
fn two_mappings_in_one_workbook_are_refused() {
    let folder = folder();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (old, new) in [("05301", "05311"), ("05302", "05320")] {
        let sheet = book.add_worksheet();
        for (column, (name, code)) in [("old", old), ("new", new)].into_iter().enumerate() {
            let column = u16::try_from(column).unwrap();
            sheet.write_string(0, column, name).unwrap();
            sheet.write_string(1, column, code).unwrap();
        }
    }
    let map = put(folder.path(), "two.xlsx", book.save_to_buffer().unwrap());
    let ran = run(["map", "check", &map].iter().chain(&RELEASES));
    let said = ran.stdout + &ran.stderr;
    assert_eq!(ran.status, 3, "{said}");
    assert!(said.contains("the sheets Sheet1 and Sheet2 hold a mapping each"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ran = run(["map", "check", "nowhere.csv"].iter().chain(&ICD10CM));
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.contains("nowhere.csv: no such file"), "{}", ran.stdout);
}
