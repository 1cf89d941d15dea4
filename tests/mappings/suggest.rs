//! `codeturn map suggest`: what comes near, and where silence is right.
//!
//! The cases over real releases need `CODETURN_DATA`; without it they say that
//! they were skipped.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::common::{folder, json, put, rows, run};
use codeturn::code::Code;
use codeturn::release::{Wanted, open};
use codeturn::suggest::batch::batches;
use codeturn::suggest::{Candidate, Suggestion, Suggestions};
use proptest::prelude::*;

const CPT: [&str; 4] =
    ["--old", "fixtures/cpt/2025.txt@2025-01-01", "--new", "fixtures/cpt/2026.txt@2026-01-01"];

fn suggest(releases: &[&str], more: &[&str]) -> crate::common::Ran {
    let mut args = vec!["map", "suggest"];
    args.extend(releases);
    args.extend(more);
    run(&args).well()
}

/// Suggestions between two real releases.
fn real(test: &str, older: &str, newer: &str) -> Option<Suggestions> {
    let Some(folder) = env::var_os("CODETURN_DATA").map(|it| PathBuf::from(it).join("releases"))
    else {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of release files");
        return None;
    };
    let release =
        |name: &str| open(&Wanted::new(folder.join(format!("{name}.zip")))).unwrap().remove(0);
    Some(Suggestions::between(&release(older), &release(newer)))
}

fn of<'s>(suggestions: &'s Suggestions, code: &str) -> &'s Suggestion {
    suggestions.of(Code::normalise(code).unwrap()).unwrap()
}

fn codes(codes: &[Code]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn best(suggestion: &Suggestion) -> String {
    suggestion.candidates[0].code.to_string()
}

#[test]
fn rows_are_ranked_and_cut() {
    let ran = suggest(&CPT, &["--format", "csv", "--top", "3"]);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    assert_eq!(reader.headers().unwrap(), &["old", "rank", "new", "score", "why"][..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.iter().all(|row| (1..=3).contains(&row[1].parse::<usize>().unwrap())));
    // The same words under another number: what CPT users live with each January.
    let lens = rows.iter().find(|row| &row[0] == "05301").unwrap();
    assert_eq!((&lens[1], &lens[2]), ("1", "05311"));
    assert!(lens[4].contains("same title"), "{lens:?}");
    let scores: Vec<(&str, f64)> =
        rows.iter().map(|row| (&row[0], row[3].parse().unwrap())).collect();
    assert!(scores.windows(2).all(|two| two[0].0 != two[1].0 || two[0].1 >= two[1].1));
}

#[test]
fn a_code_with_a_row_is_left_out() {
    let without = suggest(&CPT, &["--format", "csv", "--map", "fixtures/maps/cpt.csv"]);
    assert!(!without.stdout.contains("\n05301,"), "{}", without.stdout);
    assert!(without.stdout.contains("\n05303,"), "{}", without.stdout);
}

/// What comes near stands on the worklist, in code order; it replaces nothing.
#[test]
fn a_suggestion_is_offered_and_never_applied() {
    let folder = folder();
    let records = put(folder.path(), "claims.csv", "claim_id,dos,cpt\n1,2026-02-03,05301\n");
    let out = folder.path().join("RUN");
    let mut args = vec!["migrate", &records, "--records", "unbilled"];
    args.extend(CPT);
    args.extend(["--out", out.to_str().unwrap()]);
    run(&args).well();
    assert!(!out.join("migrated").exists());
    assert_eq!(json(&out.join("summary.json"))["buckets"]["no_mapping"], 1);
    let worklist = rows(&out.join("worklist.csv"));
    assert!(worklist[0]["candidates"].starts_with("05311 "), "{worklist:?}");
    assert_eq!(worklist[0]["choice"], "");
    let text = fs::read_to_string(out.join("worklist.csv")).unwrap();
    assert!(!text.contains("score"), "{text}");
}

#[test]
fn codes_that_moved_to_another_chapter_are_found_by_their_words() {
    let Some(all) = real("FY2017", "icd10cm-2016", "icd10cm-2017") else { return };
    let moved = of(&all, "T84.040A");
    assert_eq!(
        (best(moved), codes(&moved.shown)),
        ("M9701XA".to_owned(), vec!["M9701XA".to_owned()])
    );
}

/// Deleted outright, and nothing comes near: silence is right.
#[test]
fn silence_where_nothing_comes_near() {
    let Some(all) = real("FY2019", "icd10cm-2017", "icd10cm-2019") else { return };
    for gone in ["S06.1X7D", "S63.131A"] {
        let gone = of(&all, gone);
        assert!(!gone.is_confident && gone.shown.is_empty(), "{gone:?}");
        assert!(gone.candidates[0].why(gone.old).starts_with("not confident: "));
    }
}

#[test]
fn the_wrong_way_round_is_refused() {
    let swapped = [CPT[0], CPT[3], CPT[2], CPT[1]];
    let mut args = vec!["map", "suggest"];
    args.extend(swapped);
    assert_eq!(run(&args).status, 3);
}

/// In a short list too the same words are found, though the code is not new.
#[test]
fn an_old_code_with_the_same_title_is_found_in_a_short_list() {
    let folder = folder();
    let old = put(
        folder.path(),
        "old.csv",
        "code,description\nA01,Blue lamp rental per week\nZ05,Blue lamp rental per week\n",
    );
    let new = put(
        folder.path(),
        "new.csv",
        "code,description\nZ05,Blue lamp rental per week\nB02,Green lamp\n",
    );
    let (old, new) = (format!("{old}@2024-01-01"), format!("{new}@2025-01-01"));
    let args = ["--old", &old, "--new", &new, "--system", "local", "--format", "csv", "--top", "1"];
    let ran = suggest(&[], &args);
    assert!(ran.stdout.contains("\nA01,1,Z05,"), "{}", ran.stdout);
}

#[test]
fn both_children_of_a_lymphoma_are_offered_the_first_one_first() {
    let Some(all) = real("FY2025", "icd10cm-2024", "icd10cm-2025") else { return };
    let lymphoma = of(&all, "C86.0");
    assert_eq!(best(lymphoma), "C8600");
    assert_eq!(codes(&lymphoma.shown), ["C8600", "C8601"]);
}

#[test]
fn a_split_shows_all_new_codes_below_the_old_one() {
    let Some(all) = real("FY2024", "icd10cm-2023", "icd10cm-2024") else { return };
    let syndrome = of(&all, "E88.81");
    assert_eq!(codes(&syndrome.shown), ["E88810", "E88811", "E88818", "E88819"]);
}

/// The official table also names Y07.050, which is no child of the old code: it is
/// a candidate, behind the children, which alone are shown.
#[test]
fn a_successor_beside_the_children_is_a_candidate() {
    let Some(all) = real("FY2024", "icd10cm-2023", "icd10cm-2024") else { return };
    let partner = of(&all, "Y07.04");
    assert_eq!(best(partner), "Y07040");
    assert_eq!(codes(&partner.shown), ["Y07040", "Y07041"]);
    assert!(partner.candidates.iter().any(|candidate| candidate.code.to_string() == "Y07050"));
}

/// What only anatomy would tell is not found: the table leads from the breast to the
/// skin of the chest, of which no title speaks. What is offered keeps the breast.
#[test]
fn a_successor_that_no_word_shows_is_not_claimed() {
    let Some(all) = real("PCS skin", "icd10pcs-2019", "icd10pcs-2021") else { return };
    let breast = of(&all, "0H5TXZZ");
    let first = |candidates: &[Candidate]| candidates[..10].iter().map(|one| one.code).collect();
    let first: Vec<Code> = first(&breast.candidates);
    assert!(!codes(&first).contains(&"0H55XZZ".to_owned()), "{first:?}");
    // 0H5T- to 0H5V- are the breasts.
    let shown = codes(&breast.shown);
    assert!(!shown.is_empty() && shown.iter().all(|code| &code[3..4] > "S"), "{shown:?}");
}

#[test]
fn procedures_come_in_batches() {
    let Some(all) = real("PCS batches", "icd10pcs-2019", "icd10pcs-2021") else { return };
    let batches = batches(&all, 10);
    let largest = &batches[0];
    let told = (largest.change.place, largest.change.from, largest.change.to);
    assert_eq!((told, largest.codes.len()), ((7, '6', 'Z'), 1_845));
    let again = real("PCS batches", "icd10pcs-2019", "icd10pcs-2021").unwrap();
    assert_eq!(format!("{:?}", again.all()), format!("{:?}", all.all()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Lists of any kind are compared without a panic, and in one way only.
    #[test]
    fn odd_lists_are_no_panic(
        old in proptest::collection::btree_map("[A-Z][0-9]{2}", "[a-z ,]{0,20}", 1..20),
        new in proptest::collection::btree_map("[A-Z][0-9]{2}", "[a-z ,]{0,20}", 1..20),
    ) {
        let folder = folder();
        let write = |name: &str, codes: &std::collections::BTreeMap<String, String>| {
            let rows: Vec<String> =
                codes.iter().map(|(code, title)| format!("{code},\"x{title}\"\n")).collect();
            let rows = rows.concat();
            let path = put(folder.path(), name, format!("code,description\n{rows}"));
            let wanted: Wanted = format!("{path}@20{}-01-01", &name[..2]).parse().unwrap();
            open(&wanted.of(Some(codeturn::code::System::Local))).unwrap().remove(0)
        };
        let (old, new) = (write("24.csv", &old), write("25.csv", &new));
        let once = Suggestions::between(&old, &new);
        let twice = Suggestions::between(&old, &new);
        prop_assert_eq!(format!("{:?}", once.all()), format!("{:?}", twice.all()));
        for one in once.all() {
            prop_assert!(one.shown.windows(2).all(|two| two[0] < two[1]));
            prop_assert!(one.candidates.iter().all(|candidate| new.get(candidate.code).is_some()));
        }
    }
}
