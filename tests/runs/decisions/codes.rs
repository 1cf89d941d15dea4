//! Decisions for all entries of a code.

use super::*;

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

/// To keep a code unread is a decision as blanket as to replace it.
#[test]
fn what_is_kept_for_all_entries_is_counted_apart() {
    let mut desk = Desk::new();
    let keep = desk.filled_codes(&[("E8881", "keep")]);
    let ran = desk.plan(&["--decisions", &keep]);
    refused(&ran, &desk.run(), &["reads no record", "--allow-blanket"]);
    let ran = desk
        .plan(&["--decisions", &keep, "--allow-blanket", "--by", "R. Coder", "--reason", "x"])
        .well();
    let counts = &desk.summary()["decisions"];
    assert_eq!((&counts["kept"], &counts["kept_by_code"]), (&4.into(), &4.into()), "{counts}");
    assert!(ran.stdout.contains("4  kept for all entries"), "{}", ran.stdout);
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
    // As it is, the rows end and the chosen code is added beside each.
    plan("B", &["--decisions", &filled]).well();
    let changes = rows(&folder.path().join("B/list-changes.csv"));
    let told: Vec<[&str; 5]> = changes
        .iter()
        .map(|row| ["action", "line", "code", "new_code", "reason"].map(|name| row[name].as_str()))
        .collect();
    let (ends, added) = ("became_header", "chosen");
    assert_eq!(
        told,
        [
            ["end_date", "2", "E8881", "", ends],
            ["add", "2", "E8881", "E88810", added],
            ["end_date", "3", "E8881", "", ends],
            ["add", "3", "E8881", "E88810", added],
        ]
    );
    assert!(changes[1]["rule"].ends_with("filled.csv:2"), "{:?}", changes[1]);
    let decided = rows(&folder.path().join("B/decisions.csv"));
    assert!(decided.iter().all(|row| row["carried_out"] == "yes"), "{decided:?}");
    let kept = rows(&folder.path().join("B/decided-map.csv"));
    assert_eq!((kept.len(), &*kept[0]["new"]), (1, "E88810"));
    let ran = run(["apply", &out("B")]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(!folder.path().join("B/migrated").exists());
    // The same run may write what was chosen beside each row.
    plan("D", &["--decisions", &filled, "--annotate"]).well();
    run(["apply", &out("D")]).well();
    let copy = fs::read_to_string(folder.path().join("D/migrated/superbill.csv")).unwrap();
    assert!(copy.lines().nth(1).unwrap().starts_with("E88.81,a,E88.810,report_only,"), "{copy}");
    plan("C", &["--decisions", &filled, "--replace-rows"]).well();
    run(["apply", &out("C")]).well();
    let copy = fs::read_to_string(folder.path().join("C/migrated/superbill.csv")).unwrap();
    assert_eq!(copy, "dx,title\nE88.810,a\nE88.810,b\nI10,c\n");
}

/// A decision for a code that holds for one row of a claim alone is not carried out there.
#[test]
fn a_decision_for_a_code_does_not_tear_a_claim_apart() {
    let mut desk = Desk::new();
    // The second row is longer than the header: its codes stay with a person for that reason.
    let claims =
        "claim_id,dos,dx1\n1,2024-11-02,E88.81\n1,2024-11-02,E88.81,x\n2,2024-11-02,E88.81\n";
    put(desk.folder.path(), "claims.csv", claims);
    let map = put(desk.folder.path(), "map.csv", "old,new,relation\nE88.81,E88.810,review\n");
    desk.plan(&["--map", &map]).well();
    let sheet = desk.run().join("worklist.csv");
    let reasons: Vec<String> = rows(&sheet).iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, ["relation", "relation", "relation"]);
    let keep = filled(&sheet, "id", &[("F1R2C3", "keep")]);
    let keep = put(desk.folder.path(), "keep.csv", keep);
    let codes = filled(&desk.run().join("worklist-codes.csv"), "code", &[("E8881", "E88.810")]);
    let codes = put(desk.folder.path(), "codes.csv", codes);
    let all = ["--allow-blanket", "--reason", "x", "--decisions", &codes, "--decisions", &keep];
    let ran = desk.plan(&[&["--map", &map], &all[..]].concat()).well();
    assert!(ran.stdout.contains("stay on the worklist though they were decided"), "{}", ran.stdout);
    let told: Vec<[String; 4]> = rows(&desk.run().join("decisions.csv"))
        .iter()
        .map(|row| ["id", "carried_out", "outcome", "reason"].map(|name| row[name].clone()))
        .collect();
    let want = [
        ["F1R1C3", "no", "review", "unequal"],
        ["F1R2C3", "yes", "kept", ""],
        ["F1R3C3", "yes", "chosen", ""],
    ];
    assert_eq!(told, want);
}

/// What is blanket by a decision is not blanket by a split: each is said in its own words.
#[test]
fn a_decision_for_a_code_is_blanket_in_its_own_words() {
    let mut desk = Desk::new();
    let codes = desk.filled_codes(&[("C860", "C86.00")]);
    let entries = desk.filled(&[("F1R1C3", "E88.811")]);
    let all = ["--allow-blanket", "--reason", "x", "--decisions", &codes, "--decisions", &entries];
    let ran = desk.plan(&all).well();
    assert!(!ran.stdout.contains("was split"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1  decided for all entries"), "{}", ran.stdout);
    let plan = json(&desk.run().join("plan.json"));
    let rules = plan["rules"].as_array().unwrap().iter();
    let told: Vec<(&str, &str, bool)> = rules
        .map(|rule| {
            let text = |name: &str| rule[name].as_str().unwrap();
            (text("lane"), text("new"), rule["blanket"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(told, [("chosen", "E88811", false), ("chosen", "C8600", true)]);
}

/// A choice for the entries that lack a fact is no rule for those that have it, nor does it
/// hold unnoticed for entries that came later.
#[test]
fn a_decision_for_some_entries_is_no_mapping_and_is_told_when_it_grows() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "claims.csv", "claim_id,dos,dx1,payer\n1,2024-11-02,E88.81,\n");
    let map = put(desk.folder.path(), "map.csv", "old,new,payer\nE88.81,E88.810,A\n");
    desk.plan(&["--map", &map]).well();
    let sheet = desk.run().join("worklist-codes.csv");
    assert_eq!(rows(&sheet)[0]["reason"], "fact_missing");
    let codes = filled(&sheet, "code", &[("E8881", "E88.811")]);
    let codes = put(desk.folder.path(), "codes.csv", codes);
    let more = ["--map", &map, "--decisions", &codes, "--allow-blanket", "--reason", "x"];
    let ran = desk.plan(&more).well();
    assert!(ran.stderr.contains("decided-map.csv does not hold it"), "{}", ran.stderr);
    assert!(!desk.run().join("decided-map.csv").exists());
    assert!(!ran.stderr.contains("came later"), "{}", ran.stderr);
    let more_claims = "claim_id,dos,dx1,payer\n1,2024-11-02,E88.81,\n2,2024-11-02,E88.81,\n";
    put(desk.folder.path(), "claims.csv", more_claims);
    let ran = desk.plan(&more).well();
    let words =
        "codes.csv:2: the choice for E88.81 was made of 1 and holds for 2 entries: 1 came later";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
}
