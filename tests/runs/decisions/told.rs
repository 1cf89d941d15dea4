//! What was decided stands in the report and is shown, in counts and codes.

use super::*;

/// A plan with a decision of every kind.
fn decided() -> Desk {
    let mut desk = Desk::new();
    let codes = desk.filled_codes(&[("C860", "C86.00")]);
    let entries = desk.filled(&[
        ("F1R1C3", "E88.811"),
        ("F1R2C3", "keep"),
        ("F1R4C3", "query"),
        ("F1R5C3", "E88.810"),
    ]);
    let all = ["--allow-blanket", "--reason", "agreed on 2024-09-20", "--by", "B. Lead"];
    desk.plan(&[&all[..], &["--decisions", &codes, "--decisions", &entries]].concat()).well();
    desk
}

#[test]
fn the_report_tells_each_decision_and_what_came_of_it() {
    let desk = decided();
    let mut book = open_workbook_auto(desk.run().join("report.xlsx")).unwrap();
    let sheet = book.worksheet_range("decisions").unwrap();
    let told: Vec<String> = sheet
        .rows()
        .skip(1)
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
        .collect();
    let want = [
        "C86.0|C86.00|all entries of the code|R. Coder|replaced|1|1",
        "E88.81|keep|single entries|R. Coder|the code stays|1|1",
        "E88.81|E88.810|single entries|R. Coder|not carried out: the claim would carry the same \
         code twice|1|1",
        "E88.81|E88.811|single entries|R. Coder|replaced|1|1",
        "E88.810|query|single entries|R. Coder|stays on the worklist until somebody is asked|1|1",
    ];
    let mut sorted = told.clone();
    sorted.sort();
    let mut want = want.map(str::to_owned).to_vec();
    want.sort();
    assert_eq!(sorted, want);
    let page = fs::read_to_string(desk.run().join("report.html")).unwrap();
    for words in [
        "What reviewers decided",
        "Codes chosen entry by entry: 1, for all entries of a code: 1; kept: 1, of these for all entries of a code: 0; queries: 1; not \
         carried out: 1.",
        "no record was read to choose",
        "Reason given: agreed on 2024-09-20",
        "href=\"decisions.csv\"",
        "Filled worklists",
    ] {
        assert!(page.contains(words), "no `{words}`");
    }
    // A decision is no rule of a mapping, and no old code was split.
    assert!(!page.contains("Blanket rules") && page.contains("None was given"));
    let plan = json(&desk.run().join("plan.json"));
    for file in plan["decisions"].as_array().unwrap() {
        assert!(page.contains(file["digest"].as_str().unwrap()), "{file}");
    }
}

#[test]
fn a_run_is_shown_with_its_decisions() {
    let desk = decided();
    let run_folder = desk.run();
    let shown = run(["show", run_folder.to_str().unwrap()]).well().stdout;
    for words in [
        "1  codes chosen entry by entry",
        "1  codes chosen for all entries of a code",
        "1  entries kept as they are",
        "1  not carried out",
        "decided by R. Coder",
        "filled-worklist.csv (blake3:",
    ] {
        assert!(shown.contains(words), "no `{words}` in {shown}");
    }
    // Who decided is no second person.
    let sign = ["approve", run_folder.to_str().unwrap(), "--by", "r. coder", "--reason", "mine"];
    assert!(run(sign).well().stderr.contains("NO SECOND PERSON"));
    let shown = run(["show", run_folder.to_str().unwrap(), "--format", "json"]).well().stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["decided"]["counts"]["kept"], 1);
    assert_eq!(shown["approval"]["second_person"], false);
}

/// Both sheets of a workbook have a row 2: an error, a rule and the report name the sheet.
#[test]
fn a_place_in_a_workbook_names_its_sheet() {
    let mut desk = Desk::new();
    let book = |name: &str, entry: &str, code: &str| {
        let mut book = rust_xlsxwriter::Workbook::new();
        for (name, csv) in [
            ("by code", desk.filled_codes(&[("C860", code)])),
            ("by entry", desk.filled(&[("F1R1C3", entry)])),
        ] {
            write_sheet(&mut book, name, &csv);
        }
        put(desk.folder.path(), name, book.save_to_buffer().unwrap())
    };
    let (wrong, right) =
        (book("wrong.xlsx", "E88.999", "no code"), book("right.xlsx", "E88.811", "C86.00"));
    let all = ["--allow-blanket", "--reason", "x", "--decisions"];
    let ran = desk.plan(&[&all[..], &[&wrong]].concat());
    refused(&ran, &desk.run(), &["wrong.xlsx/by code:"]);
    desk.plan(&[&all[..], &[&right]].concat()).well();
    let rules: Vec<String> = desk.changes().iter().map(|row| row["rule"].clone()).collect();
    assert!(rules[0].ends_with("right.xlsx/by entry:2"), "{rules:?}");
    assert!(rules[1].contains("right.xlsx/by code:"), "{rules:?}");
    // One file, whatever its sheets.
    let plan = json(&desk.run().join("plan.json"));
    assert_eq!(plan["decisions"].as_array().unwrap().len(), 1);
    desk.apply();
}

/// Every decision is a rule of its own; the report counts those that say the same together.
#[test]
fn decisions_that_say_the_same_are_one_row_of_the_report() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "E88.811"), ("F1R2C3", "E88.811"), ("F1R3C3", "C86.00")]);
    desk.plan(&["--decisions", &filled]).well();
    let mut book = open_workbook_auto(desk.run().join("report.xlsx")).unwrap();
    let mut told = |name: &str, columns: &[usize]| -> Vec<String> {
        let sheet = book.worksheet_range(name).unwrap();
        let row = |row: &[Data]| {
            columns.iter().map(|&at| row[at].to_string()).collect::<Vec<_>>().join("|")
        };
        sheet.rows().skip(1).map(row).collect()
    };
    assert_eq!(
        told("replacements", &[0, 1, 3, 4, 5]),
        ["E88.81|E88.811|chosen|decisions.csv|2", "C86.0|C86.00|chosen|decisions.csv|1"]
    );
    assert_eq!(
        told("codes", &[0, 2, 3])[..2],
        ["E88.81|replaced by E88.811|2", "C86.0|replaced by C86.00|1"]
    );
    assert_eq!(told("decisions", &[0, 1, 5]), ["E88.81|E88.811|2", "C86.0|C86.00|1"]);
}

/// Choices were filled in beside a plan, the plan applied, and nobody said that they are no
/// part of it.
#[test]
fn choices_beside_a_plan_are_said_to_be_no_part_of_it() {
    let desk = Desk::new();
    let run_folder = desk.run();
    let call = |what: &str| run([what, run_folder.to_str().unwrap()]).well().stderr;
    assert!(!call("show").contains("filled in"));
    let choices = [("F1R1C3", "E88.811"), ("F1R2C3", "keep")];
    let filled = filled(&run_folder.join("worklist.csv"), "id", &choices);
    fs::write(run_folder.join("worklist.csv"), filled).unwrap();
    for what in ["show", "apply", "verify"] {
        let said = call(what);
        assert!(said.contains("worklist.csv: 2 filled in; no choice there"), "{what}: {said}");
        assert!(!said.contains("worklist.xlsx"), "{what}: {said}");
    }
}
