//! Choices for single entries: what is taken, refused, told.

use super::*;

#[test]
fn choices_are_applied_as_they_were_made() {
    let mut desk = Desk::new();
    let choices =
        [("F1R1C3", "E88.811"), ("F1R2C3", "keep"), ("F1R3C3", "query"), ("F1R4C3", "e8881")];
    let filled = desk.filled(&choices);
    desk.plan(&["--decisions", &filled]).well();
    assert_eq!((desk.bucket("chosen"), desk.bucket("kept")), (2, 1));
    assert_eq!((desk.bucket("no_mapping"), desk.bucket("undated")), (2, 1));
    let counts = serde_json::json!({
        "entries": 2, "by_code": 0, "kept": 1, "kept_by_code": 0, "queries": 1, "not_carried_out": 0
    });
    assert_eq!(desk.summary()["decisions"], counts);
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
            "C86.0 stands there already",
            "filled-worklist.csv:5",
            "E88.811 may not be billed on 2024-09-03: it came later",
            "filled-worklist.csv:7",
            "the entry has no day",
        ],
    );
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

/// Both sheets can be sorted by what is at stake.
#[test]
fn the_worklist_carries_charges() {
    let folder = folder();
    let table = "claim_id,dos,dx1,charge\n1,2024-11-02,E88.81,80.00\n2,2024-11-02,E88.81,\"1,020.50\"\n\
                 3,2024-11-02,C86.0,n/a\n4,2024-11-02,E88.81,1,234.50\n";
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
    // A row with more cells than the header has no amount, least of all 1.00.
    assert_eq!((&*entries[3]["record"], &*entries[3]["charge"]), ("4", ""));

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

/// What a person decided stands in a list, also what was kept or is still asked.
#[test]
fn every_decision_stands_in_a_list_with_what_came_of_it() {
    let mut desk = Desk::new();
    let choices =
        [("F1R1C3", "E88.811"), ("F1R2C3", "keep"), ("F1R3C3", "query"), ("F1R5C3", "E88.810")];
    let filled = desk.filled(&choices);
    let ran = desk.plan(&["--key", "claim_id", "--decisions", &filled]).well();
    assert!(ran.stdout.contains("decisions.csv  every entry that was decided"), "{}", ran.stdout);
    let names = ["claim_id", "choice", "scope", "carried_out", "outcome", "reason", "decided_by"];
    let told: Vec<Vec<String>> = rows(&desk.run().join("decisions.csv"))
        .iter()
        .map(|row| names.map(|name| row[name].clone()).to_vec())
        .collect();
    let want = [
        ["1", "E88811", "entry", "yes", "chosen", "", "R. Coder"],
        ["2", "keep", "entry", "yes", "kept", "", "R. Coder"],
        ["3", "query", "entry", "", "no_mapping", "", "R. Coder"],
        ["5", "E88810", "entry", "no", "review", "duplicate", "R. Coder"],
    ];
    assert_eq!(told, want);
    // Who decided nothing has no such list.
    assert!(!desk.at("RUN1/decisions.csv").exists());
}

/// A row that holds a code twice, and a claim whose rows repeat its total, were billed once.
#[test]
fn charges_count_once_whatever_stands_twice() {
    let mut desk = Desk::new();
    let charges = |desk: &mut Desk, column: &str, rows_of: &str| {
        let table = format!("claim_id,dos,dx1,dx2,{column}\n{rows_of}");
        put(desk.folder.path(), "claims.csv", table);
        desk.plan(&["--amount-column", column]).well();
        let codes = rows(&desk.run().join("worklist-codes.csv"));
        let row = codes.iter().find(|row| row["code"] == "E8881").unwrap().clone();
        (row["sites"].clone(), row["charges"].clone())
    };
    let twice = "1,2024-11-02,E88.81,E88.81,80.00\n1,2024-11-02,E88.81,I10,80.00\n\
                 2,2024-11-02,E88.81,,5.00\n";
    assert_eq!(charges(&mut desk, "charge", twice), ("4".to_owned(), "165.00".to_owned()));
    let total = charges(&mut desk, "clm_tot_chrg_amt", twice);
    assert_eq!(total, ("4".to_owned(), "85.00".to_owned()));
}

/// The total line of a bill was added to the lines it sums up.
#[test]
fn charges_by_code_leave_the_total_line_of_a_bill_out() {
    let mut desk = Desk::new();
    let table = "claim_id,dos,dx1,rev_cntr,charge\n\
                 1,2024-11-02,E88.81,0300,10.00\n1,2024-11-02,E88.81,0450,5.50\n1,2024-11-02,E88.81,0001,15.50\n\
                 2,2024-11-02,E88.81,0001,7.00\n3,2024-11-02,E88.81,0300,\n3,2024-11-02,E88.81,0001,1.00\n";
    put(desk.folder.path(), "claims.csv", table);
    desk.plan(&["--amount-column", "charge"]).well();
    let codes = rows(&desk.run().join("worklist-codes.csv"));
    // As in an audit a total counts where the lines have no amount.
    assert_eq!(codes[0]["charges"], "23.50");
}

/// `1,234` beside `12,50` was added as 1234.00, and `12.000` became the number 12.
#[test]
fn charges_by_code_leave_out_what_their_column_makes_ambiguous() {
    let mut desk = Desk::new();
    let charges = |desk: &mut Desk, other: &str| {
        let table = format!(
            "claim_id,dos,dx1,charge\n1,2024-11-02,E88.81,\"1,234\"\n2,2024-11-02,E88.81,12.000\n\
             3,2024-11-02,E88.81,80\n4,2024-11-02,I10,\"{other}\"\n"
        );
        put(desk.folder.path(), "claims.csv", table);
        let ran = desk.plan(&["--amount-column", "charge"]).well();
        let mut book = open_workbook_auto(desk.run().join("worklist.xlsx")).unwrap();
        let cells = book.worksheet_range("by entry").unwrap();
        let is_number = cells.rows().flatten().any(|cell| *cell == Data::Float(12.0));
        let codes = rows(&desk.run().join("worklist-codes.csv"));
        (codes[0]["charges"].clone(), ran.stderr, is_number)
    };
    let (sum, said, is_number) = charges(&mut desk, "1.234,50");
    assert_eq!((sum.as_str(), is_number), ("80.00", false));
    assert!(said.contains("charges by code leave out 2 entries"), "{said}");
    assert!(said.contains("holds decimal commas"), "{said}");
    let report = std::fs::read_to_string(desk.run().join("report.html")).unwrap();
    assert!(report.contains("charges by code leave out 2 entries"));
    let (sum, said, is_number) = charges(&mut desk, "1,234.50");
    assert_eq!((sum.as_str(), is_number), ("1326.00", true));
    assert!(!said.contains("leave out"), "{said}");
}

/// Where a column does not show how it spells codes, a choice is written as releases
/// write codes, however it was typed.
#[test]
fn a_choice_typed_in_lower_case_is_written_in_upper_case() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "claims.csv", "claim_id,dos,dx1\n1,2024-11-02,M54\n");
    desk.plan(&[]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "m54.50")]);
    desk.plan(&["--decisions", &filled]).well();
    assert_eq!(desk.apply(), "claim_id,dos,dx1\n1,2024-11-02,M54.50\n");
}

/// A choice and a rule are told apart also where both are only proposed.
#[test]
fn an_annotated_run_tells_choices_from_rules() {
    let mut desk = Desk::new();
    let map = put(desk.folder.path(), "map.csv", "old,new\nC86.0,C86.00\n");
    let filled = desk.filled(&[("F1R1C3", "E88.811")]);
    let ran = desk.plan(&["--map", &map, "--annotate", "--decisions", &filled]).well();
    for words in ["1  the code stays: its successor", "1  the code stays: a reviewer's choice"] {
        assert!(ran.stdout.contains(words), "no `{words}` in {}", ran.stdout);
    }
}

/// A code that stood there for two reasons stood in two places, and nobody added its claims.
#[test]
fn the_sheet_by_code_keeps_the_reasons_of_a_code_together() {
    let mut desk = Desk::new();
    // E88.81 is on three claims: twice on one, for either reason. C86.0 is on two.
    let table = "claim_id,dos,dx1\n1,2024-11-02,E88.81\n2,2024-11-02,E88.81\n2,2024-11-02,C86.0\n\
                 3,,E88.81\n2,,E88.81\n4,2024-11-02,C86.0\n";
    put(desk.folder.path(), "claims.csv", table);
    desk.plan(&[]).well();
    let told: Vec<[String; 4]> = rows(&desk.run().join("worklist-codes.csv"))
        .iter()
        .map(|row| ["code", "reason", "claims", "claims_of_code"].map(|name| row[name].clone()))
        .collect();
    assert_eq!(
        told,
        [
            ["E8881", "no_date", "2", "3"],
            ["E8881", "no_mapping", "2", "3"],
            ["C860", "no_mapping", "2", "2"],
        ]
    );
}

/// A code too short for a dot lost the case of its letters.
#[test]
fn a_choice_for_a_short_code_keeps_its_case() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "claims.csv", "claim_id,dos,dx1\n1,2024-11-02,e88\n2,2024-11-02,E88\n");
    desk.plan(&[]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "E88.810"), ("F1R2C3", "e88.811")]);
    desk.plan(&["--decisions", &filled]).well();
    run(["apply", desk.run().to_str().unwrap()]).well();
    let text = fs::read_to_string(desk.run().join("migrated/claims.csv")).unwrap();
    assert_eq!(text, "claim_id,dos,dx1\n1,2024-11-02,e88.810\n2,2024-11-02,E88.811\n");
}

/// Whoever has to give a release was told to split a claim.
#[test]
fn an_entry_that_lacks_an_edition_asks_for_it() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "claims.csv", "claim_id,dos,dx1\n1,2026-12-01,Q99.999\n");
    desk.plan(&[]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "I10")]);
    let ran = desk.plan(&["--decisions", &filled]);
    let words = ["the edition in force on that day was not given", "give the release of that day"];
    refused(&ran, &desk.run(), &words);
}

/// A chart offered choices for codes, and refused them.
#[test]
fn a_chart_is_decided_entry_by_entry() {
    let mut desk = Desk::new();
    desk.plan_as("chart", &[]).well();
    let sheet = desk.run().join("worklist-codes.csv");
    let codes = rows(&sheet);
    assert!(!codes.is_empty() && codes.iter().all(|row| row["choice"] == "-"), "{codes:?}");
    let ran = desk.plan_as("chart", &["--decisions", sheet.to_str().unwrap()]).well();
    assert!(ran.stderr.contains("the decisions hold no choice"), "{}", ran.stderr);
}

/// Candidates had the newest title, also where the entry is of an earlier year.
#[test]
fn candidates_have_the_titles_of_their_day() {
    let mut desk = Desk::new();
    let table = "claim_id,dos,dx1\n1,2023-11-02,Q87.4\n2,2024-11-02,Q87.4\n";
    put(desk.folder.path(), "claims.csv", table);
    desk.plan(&[]).well();
    let open = rows(&desk.run().join("worklist.csv"));
    let told: Vec<&str> = open.iter().map(|row| row["candidates"].as_str()).collect();
    assert_eq!(open.len(), 2);
    assert!(told[0].contains("Q8740 Marfan's syndrome, unspecified"), "{told:?}");
    assert!(told[1].contains("Q8740 Marfan syndrome, unspecified"), "{told:?}");
}
