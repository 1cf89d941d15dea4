//! The worklist comes back with choices in it: what is taken, refused, counted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{ICD10CM, Ran, Row, folder, json, put, rows, run};
use calamine::{Data, DataType as _, Reader as _, open_workbook_auto};
use tempfile::TempDir;

const CLAIMS: &str = "\
claim_id,dos,dx1,dx2
1,2024-11-02,E88.81,I10
2,2024-11-02,E88.81,E11.9
3,2024-11-03,C86.0,
4,2024-09-03,E88.810,
5,2024-11-03,E88.81,E88.810
6,,E88.81,
";

/// Claims with codes that nobody has mapped, and a first plan of them.
struct Desk {
    folder: TempDir,
    claims: String,
    runs: usize,
}

impl Desk {
    fn new() -> Desk {
        let folder = folder();
        let claims = put(folder.path(), "claims.csv", CLAIMS);
        let mut desk = Desk { folder, claims, runs: 0 };
        desk.plan(&[]).well();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The run folder of the latest plan.
    fn run(&self) -> PathBuf {
        self.at(&format!("RUN{}", self.runs))
    }

    fn plan(&mut self, more: &[&str]) -> Ran {
        self.plan_as("unbilled", more)
    }

    fn plan_as(&mut self, kind: &str, more: &[&str]) -> Ran {
        self.runs += 1;
        let out = self.run();
        let mut args =
            vec!["plan", &self.claims, "--records", kind, "--out", out.to_str().unwrap()];
        args.extend(ICD10CM);
        args.extend(more);
        run(&args)
    }

    /// The worklist of the first plan with choices, each for one id.
    fn filled(&self, choices: &[(&str, &str)]) -> String {
        self.filled_sheet("worklist.csv", "id", choices)
    }

    /// The sheet by code, each choice for one code and reason.
    fn filled_codes(&self, choices: &[(&str, &str)]) -> String {
        self.filled_sheet("worklist-codes.csv", "code", choices)
    }

    fn filled_sheet(&self, sheet: &str, by: &str, choices: &[(&str, &str)]) -> String {
        let filled = filled(&self.at("RUN1").join(sheet), by, choices);
        put(self.folder.path(), &format!("filled-{sheet}"), filled)
    }

    /// The worklist of the latest plan with choices, each for one id.
    fn filled_latest(&self, choices: &[(&str, &str)]) -> String {
        let filled = filled(&self.run().join("worklist.csv"), "id", choices);
        put(self.folder.path(), "filled.csv", filled)
    }

    fn summary(&self) -> serde_json::Value {
        json(&self.run().join("summary.json"))
    }

    fn bucket(&self, name: &str) -> u64 {
        self.summary()["buckets"][name].as_u64().unwrap()
    }

    fn changes(&self) -> Vec<Row> {
        rows(&self.run().join("changes.csv"))
    }

    fn apply(&self) -> String {
        let out = self.run();
        run(["apply", out.to_str().unwrap()]).well();
        run(["verify", out.to_str().unwrap()]).well();
        fs::read_to_string(out.join("migrated/claims.csv")).unwrap()
    }
}

/// A sheet with choices, each for the rows of which one column holds this.
fn filled(sheet: &Path, by: &str, choices: &[(&str, &str)]) -> Vec<u8> {
    with_cells(sheet, |column, row| {
        let chosen = choices.iter().find(|(id, _)| *id == row[column(by)]);
        let (_, chosen) = chosen?;
        (*chosen).clone_into(&mut row[column("choice")]);
        "R. Coder".clone_into(&mut row[column("decided_by")]);
        Some(())
    })
}

/// A sheet with other cells; at least one row takes some.
fn with_cells(
    sheet: &Path,
    change: impl Fn(&dyn Fn(&str) -> usize, &mut Vec<String>) -> Option<()>,
) -> Vec<u8> {
    let bytes = fs::read(sheet).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|own| own == name).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    let mut made = 0;
    for row in reader.records().map(Result::unwrap) {
        let mut cells: Vec<String> = row.iter().map(str::to_owned).collect();
        made += usize::from(change(&column, &mut cells).is_some());
        writer.write_record(&cells).unwrap();
    }
    assert!(made > 0, "nothing changes in {}", sheet.display());
    writer.into_inner().unwrap()
}

/// Refused, with what is said; nothing is written.
#[track_caller]
fn refused(ran: &Ran, run: &Path, said: &[&str]) {
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    for said in said {
        assert!(ran.stderr.contains(said), "no `{said}` in {}", ran.stderr);
    }
    assert!(!run.exists());
}

#[test]
fn choices_are_applied_as_they_were_made() {
    let mut desk = Desk::new();
    let choices =
        [("F1R1C3", "E88.811"), ("F1R2C3", "keep"), ("F1R3C3", "query"), ("F1R4C3", "e8881")];
    let filled = desk.filled(&choices);
    desk.plan(&["--decisions", &filled]).well();
    assert_eq!((desk.bucket("chosen"), desk.bucket("kept")), (2, 1));
    assert_eq!((desk.bucket("no_mapping"), desk.bucket("undated")), (2, 1));
    let decisions = &desk.summary()["decisions"];
    assert_eq!(
        *decisions,
        serde_json::json!({"entries": 2, "by_code": 0, "kept": 1, "queries": 1, "not_carried_out": 0})
    );
    let changes = desk.changes();
    let told: Vec<(&str, &str, &str)> =
        changes.iter().map(|row| (&*row["record"], &*row["old"], &*row["new"])).collect();
    assert_eq!(told, [("1", "E8881", "E88811"), ("4", "E88810", "E8881")]);
    assert!(changes[0]["rule"].ends_with("filled-worklist.csv:2"), "{:?}", changes[0]);
    assert_eq!(changes[0]["blanket"], "");
    let plan = json(&desk.run().join("plan.json"));
    assert_eq!(plan["decisions"].as_array().unwrap().len(), 1);
    assert_eq!(plan["rules"][0]["lane"], "chosen");
    assert_eq!(plan["rules"][0]["approved_by"], "R. Coder");
    // Each in the spelling of its field.
    let want = CLAIMS.replacen("1,2024-11-02,E88.81,", "1,2024-11-02,E88.811,", 1);
    assert_eq!(desk.apply(), want.replace("2024-09-03,E88.810", "2024-09-03,E88.81"));
}

/// What a spreadsheet makes of the file: semicolons, a mark, CRLF, other encodings.
#[test]
fn what_a_spreadsheet_saves_is_taken() {
    let mut desk = Desk::new();
    let filled = fs::read_to_string(desk.filled(&[("F1R1C3", "E88.811")])).unwrap();
    let candidates = filled.replace(", ", " ").replace(',', ";").replace('\n', "\r\n");
    let marked = put(desk.folder.path(), "semicolons.csv", format!("\u{feff}{candidates}"));
    desk.plan(&["--decisions", &marked]).well();
    assert_eq!(desk.bucket("chosen"), 1);
    let wide = filled.replace(", ", " ").replace('"', "").replace(',', "\t");
    let wide: Vec<u8> =
        format!("\u{feff}{wide}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = put(desk.folder.path(), "unicode.txt", wide);
    desk.plan(&["--decisions", &wide]).well();
    assert_eq!(desk.bucket("chosen"), 1);
}

/// A workbook as it was written, with cells filled in; both sheets count.
#[test]
fn a_workbook_is_taken() {
    let mut desk = Desk::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, csv) in [
        ("by code", desk.filled_codes(&[("C860", "C86.00")])),
        ("by entry", desk.filled(&[("F1R1C3", "E88.811")])),
    ] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        let bytes = fs::read(csv).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        for (at, row) in reader.records().map(Result::unwrap).enumerate() {
            for (column, cell) in row.iter().enumerate() {
                sheet.write_string(at as u32, column as u16, cell).unwrap();
            }
        }
    }
    let path = put(desk.folder.path(), "worklist.xlsx", book.save_to_buffer().unwrap());
    let more = ["--decisions", &path, "--allow-blanket", "--reason", "all in remission: no"];
    desk.plan(&more).well();
    let decisions = desk.summary()["decisions"].clone();
    assert_eq!((&decisions["entries"], &decisions["by_code"]), (&1.into(), &1.into()));
    // The workbook that the tool writes is one that it reads.
    let own = desk.at("RUN1/worklist.xlsx");
    let ran = desk.plan(&["--decisions", own.to_str().unwrap()]).well();
    assert!(ran.stderr.contains("the decisions hold no choice"), "{}", ran.stderr);
}

#[test]
fn a_decision_for_a_code_needs_a_name_a_reason_and_a_word() {
    let mut desk = Desk::new();
    let codes = desk.filled_codes(&[("C860", "C86.00")]);
    let ran = desk.plan(&["--decisions", &codes, "--reason", "x"]);
    refused(
        &ran,
        &desk.run(),
        &["filled-worklist-codes.csv:", "reads no record", "--allow-blanket"],
    );
    let ran = desk.plan(&["--decisions", &codes, "--allow-blanket"]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);

    let all = ["--decisions", &codes, "--allow-blanket", "--reason", "agreed on 2024-09-20"];
    desk.plan(&all).well();
    assert_eq!(desk.summary()["decisions"]["by_code"], 1);
    assert_eq!(desk.summary()["blanket"], 1);
    assert_eq!(desk.changes()[0]["blanket"], "yes");
    // It can be kept for next year, as a mapping.
    let map = desk.run().join("decided-map.csv");
    let kept = rows(&map);
    assert_eq!((&*kept[0]["old"], &*kept[0]["new"]), ("C860", "C8600"));
    assert_eq!(kept[0]["approved_by"], "R. Coder");
    desk.plan(&["--map", map.to_str().unwrap()]).well();
    assert_eq!(desk.bucket("replaced"), 1);
}

/// A decision for a code that no entry can take is a slip; and a blank name is none.
#[test]
fn a_decision_for_a_code_that_fits_no_entry_is_refused() {
    let mut desk = Desk::new();
    let codes = desk.filled_codes(&[("C860", "C86.99")]);
    let ran = desk.plan(&["--decisions", &codes, "--allow-blanket", "--reason", "x"]);
    refused(&ran, &desk.run(), &["filled-worklist-codes.csv:", "C86.99 may not be billed on"]);
    let codes = fs::read_to_string(desk.filled_codes(&[("C860", "C86.00")])).unwrap();
    let nameless = put(desk.folder.path(), "nameless.csv", codes.replace("R. Coder", ""));
    for (by, reason) in [(" ", "x"), ("R. Coder", " ")] {
        let more = ["--decisions", &nameless, "--allow-blanket", "--by", by, "--reason", reason];
        let ran = desk.plan(&more);
        refused(&ran, &desk.run(), &["reads no record"]);
    }
    // What was decided backwards is nothing for next year.
    let early = desk.filled_codes(&[("E88810", "E88.81"), ("C860", "C86.00")]);
    desk.plan(&["--decisions", &early, "--allow-blanket", "--reason", "x"]).well();
    let kept = rows(&desk.run().join("decided-map.csv"));
    assert_eq!((kept.len(), &*kept[0]["old"]), (1, "C860"));
}

/// Where the days of a stay disagree, no code is right on all of them.
#[test]
fn an_entry_whose_days_disagree_takes_no_code() {
    let mut desk = Desk::new();
    put(
        desk.folder.path(),
        "claims.csv",
        "claim_id,from_date,through_date,dx1\n1,2024-09-29,2024-10-03,E88.81\n",
    );
    desk.plan(&[]).well();
    let worklist = fs::read_to_string(desk.run().join("worklist.csv")).unwrap();
    assert!(
        worklist.contains("date_uncertain")
            || worklist.contains("straddle")
            || worklist.contains("class_conflict"),
        "{worklist}"
    );
    let filled = desk.filled_latest(&[("F1R1C4", "E88.810")]);
    let ran = desk.plan(&["--decisions", &filled]);
    refused(&ran, &desk.run(), &["filled.csv:2", "the days of the entry leave open"]);
}

/// A decision for a code covers a list at once, and only there without further words.
#[test]
fn a_decision_for_a_code_covers_a_list() {
    let folder = folder();
    let list = put(folder.path(), "superbill.csv", "dx,title\nE88.81,a\nE88.81,b\nI10,c\n");
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let plan = |name: &str, more: &[&str]| {
        let out = out(name);
        let mut args =
            vec!["plan", &*list, "--records", "list", "--as-of", "2024-10-01", "--out", &*out];
        args.extend(ICD10CM);
        args.extend(more);
        run(&args)
    };
    plan("A", &[]).well();
    let codes = fs::read_to_string(folder.path().join("A/worklist-codes.csv")).unwrap();
    let filled = codes.replace(",,,\n", ",E88.810,,\n");
    assert_ne!(codes, filled);
    let filled = put(folder.path(), "filled.csv", filled);
    let ran = plan("B", &["--decisions", &filled]);
    refused(&ran, &folder.path().join("B"), &["--replace-rows", "filled.csv:2"]);
    plan("C", &["--decisions", &filled, "--replace-rows"]).well();
    run(["apply", &out("C")]).well();
    let copy = fs::read_to_string(folder.path().join("C/migrated/superbill.csv")).unwrap();
    assert_eq!(copy, "dx,title\nE88.810,a\nE88.810,b\nI10,c\n");
}

#[test]
fn a_choice_that_does_not_hold_is_refused_by_line() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[
        ("F1R1C3", "E88.899"),
        ("F1R2C3", "E88"),
        ("F1R3C3", "C86.0"),
        ("F1R4C3", "E88.811"),
        ("F1R6C3", "E88.811"),
    ]);
    let ran = desk.plan(&["--decisions", &filled]);
    refused(
        &ran,
        &desk.run(),
        &[
            "filled-worklist.csv:2",
            "E88.899 may not be billed on 2024-11-02: it stands in no release given",
            "filled-worklist.csv:3",
            "E88 may not be billed on 2024-11-02: it is incomplete",
            "filled-worklist.csv:4",
            "this code stands there already",
            "filled-worklist.csv:5",
            "E88.811 may not be billed on 2024-09-03: it came later",
            "filled-worklist.csv:7",
            "the entry has no day",
        ],
    );
}

#[test]
fn an_entry_that_has_changed_is_refused_by_line() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "E88.811"), ("F1R3C3", "C86.00"), ("F1R6C3", "keep")]);
    for (from, to, said) in [
        ("1,2024-11-02,E88.81,", "1,2024-11-02,E66.8,", "`E8881` stood there, and now `E668`"),
        ("1,2024-11-02,", "1,2024-11-05,", "it was judged by 2024-11-02, and now by another day"),
        ("1,2024-11-02,E88.81,", "1,2024-11-02,I10,", "no entry F1R1C3 needs a decision"),
    ] {
        put(desk.folder.path(), "claims.csv", CLAIMS.replacen(from, to, 1));
        let ran = desk.plan(&["--decisions", &filled]);
        refused(&ran, &desk.run(), &["filled-worklist.csv:2", said]);
    }
    // The last row is gone.
    put(desk.folder.path(), "claims.csv", CLAIMS.replace("6,,E88.81,\n", ""));
    let ran = desk.plan(&["--decisions", &filled]);
    refused(&ran, &desk.run(), &["filled-worklist.csv:7", "no entry F1R6C3 needs a decision"]);
    // A rule replaces it by now.
    put(desk.folder.path(), "claims.csv", CLAIMS);
    let map = put(desk.folder.path(), "map.csv", "old,new\nC86.0,C86.00\n");
    let ran = desk.plan(&["--decisions", &filled, "--map", &map]);
    refused(
        &ran,
        &desk.run(),
        &["filled-worklist.csv:4", "needs no decision any more: it is replaced"],
    );
}

/// A row put in above gives each entry the place of another: where a column that
/// tells records apart is carried along, the choice does not go to another patient.
#[test]
fn a_choice_does_not_go_to_another_record() {
    let mut desk = Desk::new();
    desk.plan(&["--key", "claim_id"]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "E88.811")]);
    desk.plan(&["--key", "claim_id", "--decisions", &filled]).well();
    assert_eq!(desk.bucket("chosen"), 1);
    let shifted = CLAIMS.replacen("1,2024-11-02", "7,2024-11-02,E88.81,I10\n1,2024-11-02", 1);
    put(desk.folder.path(), "claims.csv", shifted);
    let ran = desk.plan(&["--key", "claim_id", "--decisions", &filled]);
    refused(&ran, &desk.run(), &["filled.csv:2", "its `claim_id` is another"]);
}

/// Nothing is carried along, and rows of one code and one day stand in another order.
#[test]
fn rows_that_moved_are_noticed_without_a_key() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "E88.811"), ("F1R3C3", "C86.00")]);
    let (one, two) = ("1,2024-11-02,E88.81,I10\n", "2,2024-11-02,E88.81,E11.9\n");
    let inserted = "7,2024-11-02,E88.81,I10\n";
    for moved in [
        CLAIMS.replacen(one, &format!("{inserted}{one}"), 1),
        CLAIMS.replacen(&format!("{one}{two}"), &format!("{two}{one}"), 1),
        CLAIMS.replacen(one, "", 1),
    ] {
        put(desk.folder.path(), "claims.csv", moved);
        let ran = desk.plan(&["--decisions", &filled]);
        let said = "its row was edited, or rows have moved";
        refused(&ran, &desk.run(), &["filled-worklist.csv:2", said]);
    }
    // Rows behind and other codes of a claim are nothing to a choice.
    let later = CLAIMS.replacen("E88.81,I10", "E88.81,I11.9", 1) + "8,2024-11-02,E88.81,\n";
    put(desk.folder.path(), "claims.csv", later);
    desk.plan(&["--decisions", &filled]).well();
    assert_eq!(desk.bucket("chosen"), 2);
}

/// Without a number of claims nothing but the codes may tell two rows apart.
#[test]
fn rows_without_a_claim_number_are_told_apart_by_their_codes_too() {
    let mut desk = Desk::new();
    let (one, two) = ("2024-11-02,E88.81,I10\n", "2024-11-02,E88.81,E11.9\n");
    put(desk.folder.path(), "claims.csv", format!("dos,dx1,dx2\n{one}{two}"));
    desk.plan(&[]).well();
    let filled = desk.filled_latest(&[("F1R1C2", "E88.811")]);
    desk.plan(&["--decisions", &filled]).well();
    put(desk.folder.path(), "claims.csv", format!("dos,dx1,dx2\n{two}{one}"));
    let ran = desk.plan(&["--decisions", &filled]);
    refused(&ran, &desk.run(), &["filled.csv:2", "rows have moved"]);
}

/// What was replaced in place does not take away the choices for the rest of the row.
#[test]
fn choices_hold_after_a_run_in_place() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "claims.csv", "claim_id,dos,dx1,dx2\n1,2024-11-02,C86.0,E88.81\n");
    let map = put(desk.folder.path(), "map.csv", "old,new\nC86.0,C86.00\n");
    desk.plan(&["--map", &map, "--in-place"]).well();
    let filled = desk.filled_latest(&[("F1R1C4", "E88.811")]);
    run(["apply", desk.run().to_str().unwrap()]).well();
    desk.plan(&["--map", &map, "--in-place", "--decisions", &filled]).well();
    assert_eq!(desk.bucket("chosen"), 1);
}

/// A worklist from which the column was removed: a key tells the record, or nothing does.
#[test]
fn a_choice_without_a_mark_needs_a_key() {
    let mut desk = Desk::new();
    desk.plan(&["--key", "claim_id"]).well();
    let sheet = desk.filled_latest(&[("F1R1C3", "E88.811")]);
    let unmarked = with_cells(Path::new(&sheet), |column, row| {
        row[column("row_mark")].clear();
        Some(())
    });
    let unmarked = put(desk.folder.path(), "unmarked.csv", unmarked);
    desk.plan(&["--key", "claim_id", "--decisions", &unmarked]).well();
    assert_eq!(desk.bucket("chosen"), 1);
    let ran = desk.plan(&["--decisions", &unmarked]);
    refused(&ran, &desk.run(), &["unmarked.csv:2", "nothing tells", "row_mark", "--key"]);
    let shifted = CLAIMS.replacen("1,2024-11-02", "7,2024-11-02,E88.81,I10\n1,2024-11-02", 1);
    put(desk.folder.path(), "claims.csv", shifted);
    let ran = desk.plan(&["--key", "claim_id", "--decisions", &unmarked]);
    refused(&ran, &desk.run(), &["unmarked.csv:2", "its `claim_id` is another"]);
}

/// A spreadsheet writes numbers in its own way: the mark says that the row is the same.
/// A column whose name the worklist has itself is held against the records all the same.
#[test]
fn what_a_spreadsheet_makes_of_a_column_carried_along_is_no_other_record() {
    let mut desk = Desk::new();
    let claims = "claim_id,note,dos,dx1,charge\n1,007,2024-11-02,E88.81,80.00\n";
    put(desk.folder.path(), "claims.csv", claims);
    let carried = ["--key", "note", "--amount-column", "charge"];
    desk.plan(&carried).well();
    let sheet = desk.filled_latest(&[("F1R1C4", "E88.811")]);
    let as_numbers = |cleared: &'static str| {
        with_cells(Path::new(&sheet), move |column, row| {
            "7".clone_into(&mut row[column("key.note")]);
            "80".clone_into(&mut row[column("charge")]);
            if !cleared.is_empty() {
                row[column(cleared)].clear();
            }
            Some(())
        })
    };
    let numbers = put(desk.folder.path(), "numbers.csv", as_numbers(""));
    let with = |file: &str| [&carried[..], &["--decisions", file]].concat().join(" ");
    desk.plan(&with(&numbers).split(' ').collect::<Vec<_>>()).well();
    assert_eq!(desk.bucket("chosen"), 1);
    let unmarked = put(desk.folder.path(), "unmarked.csv", as_numbers("row_mark"));
    let ran = desk.plan(&with(&unmarked).split(' ').collect::<Vec<_>>());
    refused(&ran, &desk.run(), &["unmarked.csv:2", "its `note` is another"]);
}

#[test]
fn the_same_entry_is_not_decided_twice() {
    let mut desk = Desk::new();
    let (one, two) = (desk.filled(&[("F1R1C3", "E88.811")]), desk.at("two.csv"));
    fs::copy(&one, &two).unwrap();
    let ran = desk.plan(&["--decisions", &one, "--decisions", two.to_str().unwrap()]);
    refused(&ran, &desk.run(), &["two.csv:2", "it is decided twice, first in"]);
}

/// What may be decided depends on what the records are.
#[test]
fn billed_records_and_charts_have_their_own_rules() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R4C3", "E88.81")]);
    let ran = desk.plan_as("billed", &["--decisions", &filled]);
    refused(&ran, &desk.run(), &["billed records are never rewritten", "CLM05-3 = 7"]);
    let keep = desk.filled(&[("F1R4C3", "keep")]);
    desk.plan_as("billed", &["--decisions", &keep]).well();
    assert_eq!(desk.bucket("kept"), 1);
    let codes = desk.filled_codes(&[("C860", "C86.00")]);
    let all = ["--decisions", &codes, "--allow-blanket", "--reason", "x"];
    let ran = desk.plan_as("chart", &all);
    refused(&ran, &desk.run(), &["in a chart only single entries are decided"]);
}

/// A choice that would put one code twice into a claim is not carried out, and said.
#[test]
fn two_codes_of_a_claim_do_not_become_one_by_choice() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R5C3", "E88.810")]);
    let ran = desk.plan(&["--decisions", &filled]).well();
    assert_eq!((desk.bucket("chosen"), desk.bucket("review")), (0, 1));
    assert_eq!(desk.summary()["decisions"]["not_carried_out"], 1);
    assert!(ran.stdout.contains("stay on the worklist though they were decided"), "{}", ran.stdout);
    let worklist = rows(&desk.run().join("worklist.csv"));
    assert!(worklist.iter().any(|row| row["id"] == "F1R5C3" && row["reason"] == "duplicate"));
}

/// A code used before its time: what stood for it then is offered, nothing is replaced.
#[test]
fn a_code_before_its_time_has_its_predecessors_as_candidates() {
    let desk = Desk::new();
    let worklist = rows(&desk.run().join("worklist.csv"));
    let early = worklist.iter().find(|row| row["id"] == "F1R4C3").unwrap();
    assert_eq!(early["reason"], "not_yet_valid");
    assert!(early["candidates"].starts_with("E8881 "), "{early:?}");
    assert!(desk.changes().is_empty());
}

/// The same decisions give the same bytes on any number of threads.
#[test]
fn decisions_give_the_same_plan_on_any_number_of_threads() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "E88.811"), ("F1R2C3", "keep")]);
    let plans: Vec<Vec<u8>> = ["1", "3"]
        .iter()
        .map(|threads| {
            desk.plan(&["--decisions", &filled, "--threads", threads]).well();
            let read = |name: &str| fs::read(desk.run().join(name)).unwrap();
            [read("plan.json"), read("changes.csv"), read("edits/0001.edits")].concat()
        })
        .collect();
    assert_eq!(plans[0], plans[1]);
}

#[test]
fn what_is_no_worklist_is_refused() {
    let mut desk = Desk::new();
    let other = put(desk.folder.path(), "other.csv", "old,new\nE88.81,E88.810\n");
    let ran = desk.plan(&["--decisions", &other]);
    refused(&ran, &desk.run(), &["no worklist", "other.csv"]);
    let missing = desk.at("missing.csv");
    let ran = desk.plan(&["--decisions", missing.to_str().unwrap()]);
    refused(&ran, &desk.run(), &["no such file"]);
}

/// Both sheets can be sorted by what is at stake.
#[test]
fn the_worklist_carries_charges() {
    let folder = folder();
    let table = "claim_id,dos,dx1,charge\n1,2024-11-02,E88.81,80.00\n2,2024-11-02,E88.81,\"1,020.50\"\n\
                 3,2024-11-02,C86.0,n/a\n";
    let claims = put(folder.path(), "claims.csv", table);
    let out = folder.path().join("RUN");
    let mut args = vec!["plan", &claims, "--records", "unbilled", "--amount-column", "charge"];
    args.extend(["--out", out.to_str().unwrap()]);
    args.extend(ICD10CM);
    run(&args).well();
    let codes = rows(&out.join("worklist-codes.csv"));
    let told: Vec<(&str, &str)> =
        codes.iter().map(|row| (&*row["code"], &*row["charges"])).collect();
    assert_eq!(told, [("E8881", "1100.50"), ("C860", "")]);
    let entries = rows(&out.join("worklist.csv"));
    assert_eq!(entries[1]["charge"], "1,020.50");

    let mut book = open_workbook_auto(out.join("worklist.xlsx")).unwrap();
    let by_code = book.worksheet_range("by code").unwrap();
    let column = |range: &calamine::Range<Data>, name: &str| {
        range
            .rows()
            .next()
            .unwrap()
            .iter()
            .position(|cell| cell.get_string() == Some(name))
            .unwrap() as u32
    };
    let cell = by_code.get_value((1, column(&by_code, "charges"))).unwrap().clone();
    assert_eq!(cell, Data::Float(1100.5));
    let by_entry = book.worksheet_range("by entry").unwrap();
    let cell = by_entry.get_value((1, column(&by_entry, "charge"))).unwrap().clone();
    assert_eq!(cell, Data::Float(80.0));
}
