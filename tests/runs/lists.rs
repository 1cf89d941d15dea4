//! Charge masters and other lists: what is to be done by hand, and what the run does.

use std::path::PathBuf;

use crate::common::{ICD10CM, RELEASES, Ran, Row, folder, put, rows, run};
use tempfile::TempDir;

const LIST: &str = "dx,title\nE88.81,a\nC86.0,b\nI10,c\nM97.01XA,d\nT84.040A,e\n";

struct Desk {
    folder: TempDir,
    runs: usize,
}

impl Desk {
    fn new() -> Desk {
        let folder = folder();
        put(folder.path(), "list.csv", LIST);
        put(folder.path(), "map.csv", "old,new\nE88.81,E88.810\n");
        Desk { folder, runs: 0 }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join(format!("RUN{}", self.runs))
    }

    fn plan(&mut self, kind: &str, more: &[&str]) -> Ran {
        self.runs += 1;
        let (list, map, out) = (self.path("list.csv"), self.path("map.csv"), self.run());
        let mut args = vec!["plan", &*list, "--records", kind, "--as-of", "2024-10-01"];
        args.extend(["--map", &*map, "--out", out.to_str().unwrap()]);
        args.extend(ICD10CM);
        args.extend(more);
        run(&args)
    }

    /// What is to be done about a code: the action, the new code and the reason.
    fn changes(&self, code: &str) -> Vec<[String; 3]> {
        let told = |row: &Row| ["action", "new_code", "reason"].map(|name| row[name].clone());
        let all = rows(&self.run().join("list-changes.csv"));
        all.iter().filter(|row| row["code"] == code).map(told).collect()
    }
}

fn row(action: &str, new: &str, reason: &str) -> [String; 3] {
    [action, new, reason].map(str::to_owned)
}

/// What the run rewrites is nothing to do by hand, and what a reviewer chose is told.
#[test]
fn rows_that_the_run_rewrites_are_listed_as_such() {
    let mut desk = Desk::new();
    desk.plan("list", &[]).well();
    assert_eq!(
        desk.changes("E8881"),
        [row("end_date", "", "became_header"), row("add", "E88810", "one_successor")]
    );
    let ran = desk.plan("list", &["--replace-rows"]).well();
    assert_eq!(desk.changes("E8881"), [row("replace", "E88810", "replaced")]);
    assert!(ran.stdout.contains(", rewritten by the run 1"), "{}", ran.stdout);

    let worklist = std::fs::read_to_string(desk.run().join("worklist-codes.csv")).unwrap();
    let decide = |code: &str, choice: &str, text: &str| -> String {
        let line = text.lines().find(|line| line.contains(code)).unwrap();
        let filled = line.strip_suffix(",,,").unwrap();
        text.replacen(line, &format!("{filled},{choice},,"), 1)
    };
    let filled = decide("C860", "C86.00", &decide("T84040A", "keep", &worklist));
    let filled = put(desk.folder.path(), "filled.csv", filled);
    let ran = desk.plan("list", &["--replace-rows", "--decisions", &filled]).well();
    assert_eq!(desk.changes("C860"), [row("replace", "C8600", "chosen")]);
    assert!(desk.changes("T84040A").is_empty(), "what is kept stays as it is");
    assert!(ran.stdout.contains(", rewritten by the run 2"), "{}", ran.stdout);
    let page = std::fs::read_to_string(desk.run().join("report.html")).unwrap();
    assert!(page.contains("rewritten by the run 2"));
}

/// A choice for a code that was never valid was lost where the run rewrites no rows.
#[test]
fn what_was_chosen_is_added_whatever_ended_the_row() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "list.csv", "dx,title\nE11,a\nC86.0,b\n");
    desk.plan("list", &[]).well();
    let worklist = std::fs::read_to_string(desk.run().join("worklist-codes.csv")).unwrap();
    let choose = |line: &str| match line.strip_suffix(",,,") {
        Some(row) if row.contains("E11,") => format!("{row},E11.9,,\n"),
        Some(row) if row.contains("C860,") => format!("{row},query,,\n"),
        _ => format!("{line}\n"),
    };
    let filled: String = worklist.lines().map(choose).collect();
    let filled = put(desk.folder.path(), "filled.csv", filled);
    desk.plan("list", &["--decisions", &filled]).well();
    assert_eq!(
        desk.changes("E11"),
        [row("end_date", "", "always_header"), row("add", "E119", "chosen")]
    );
    // Nothing in a release led there, and yet two rows get one code.
    let other = std::fs::read_to_string(&filled).unwrap().replace(",query,,", ",E11.9,,");
    let other = put(desk.folder.path(), "other.csv", other);
    desk.plan("list", &["--decisions", &other]).well();
    let changes = rows(&desk.run().join("list-changes.csv"));
    let added: Vec<&Row> = changes.iter().filter(|row| row["action"] == "add").collect();
    assert!(added.len() == 2 && added.iter().all(|row| row["recheck"].contains("duplicate")));
    desk.plan("list", &["--decisions", &filled]).well();
    // Nobody has chosen yet: all successors are still offered.
    let open = desk.changes("C860");
    assert!(open.len() > 2 && open.iter().all(|change| change[2] != "chosen"), "{open:?}");
}

const DECISIONS: &str = "system,code,reason,choice\n";

/// What was chosen for a list is looked at again as what a rule replaces is.
#[test]
fn what_was_chosen_is_to_be_looked_at_again() {
    let folder = folder();
    let list = put(folder.path(), "list.csv", "item,hcpcs\n1,J9310\n");
    let chosen = format!("{DECISIONS}hcpcs,J9310,unit_changed,J9312\n");
    let chosen = put(folder.path(), "chosen.csv", chosen);
    for (name, more) in [("A", &[][..]), ("B", &["--annotate"]), ("C", &["--replace-rows"])] {
        let out = folder.path().join(name);
        let args = ["plan", &list, "--records", "list", "--as-of", "2026-01-01"];
        let own = ["--map", "fixtures/maps/hcpcs.csv", "--decisions", &chosen, "--by", "R. Coder"];
        let out_args = ["--out", out.to_str().unwrap()];
        run([&args[..], &own, &out_args, &RELEASES, more].concat()).well();
        let changes = rows(&out.join("list-changes.csv"));
        let change = changes.iter().find(|row| row["new_code"] == "J9312").unwrap();
        assert_eq!(change["recheck"], "auth modifier ndc units", "{name}: {change:?}");
    }
}

/// Two choices for two rows of a list, and nobody said that they came to one code.
#[test]
fn two_rows_that_get_one_code_by_choice_are_to_be_looked_at() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "list.csv", "dx,title\nC86.0,a\nC86.1,b\nI10,c\n");
    let chosen =
        format!("{DECISIONS}icd10cm,C860,no_mapping,C86.00\nicd10cm,C861,no_mapping,C86.00\n");
    let chosen = put(desk.folder.path(), "chosen.csv", chosen);
    for more in [&[][..], &["--annotate"], &["--replace-rows"]] {
        desk.plan("list", &[&["--decisions", &chosen][..], more].concat()).well();
        let changes = rows(&desk.run().join("list-changes.csv"));
        let got: Vec<&Row> = changes.iter().filter(|row| row["new_code"] == "C8600").collect();
        assert_eq!(got.len(), 2, "{more:?}");
        assert!(got.iter().all(|row| row["recheck"].contains("duplicate")), "{more:?}: {got:?}");
        if !more.is_empty() {
            let changes = rows(&desk.run().join("changes.csv"));
            assert!(changes.iter().all(|row| row["recheck"].contains("duplicate")), "{changes:?}");
        }
    }
    // The sheet of the new plan says that they are decided.
    let codes = rows(&desk.run().join("worklist-codes.csv"));
    assert!(codes.is_empty(), "{codes:?}");
    desk.plan("list", &["--decisions", &chosen]).well();
    let codes = rows(&desk.run().join("worklist-codes.csv"));
    let told: Vec<_> = codes.iter().map(|row| (&*row["reason"], &*row["choice"])).collect();
    assert_eq!(told, [("chosen", "-"), ("chosen", "-")]);
}

/// A predecessor was added under the title that it has as a header today.
#[test]
fn what_is_added_has_the_title_of_its_day() {
    let folder = folder();
    let list = put(folder.path(), "list.csv", "dx,title\nE88.810,a\n");
    let chosen = format!("{DECISIONS}icd10cm,E88810,not_yet_valid,E88.81\n");
    let chosen = put(folder.path(), "chosen.csv", chosen);
    let out = folder.path().join("RUN");
    let args = ["plan", &list, "--records", "list", "--as-of", "2024-09-01"];
    let own = ["--decisions", &chosen, "--out", out.to_str().unwrap()];
    run([&args[..], &own, &ICD10CM].concat()).well();
    let changes = rows(&out.join("list-changes.csv"));
    assert_eq!(changes[1]["new_title"], "Metabolic syndrome");
}

#[test]
fn replace_rows_says_where_it_does_nothing() {
    let mut desk = Desk::new();
    let ran = desk.plan("dataset", &["--replace-rows"]).well();
    assert!(ran.stderr.contains("--replace-rows is for --records list"), "{}", ran.stderr);
    let ran = desk.plan("list", &["--replace-rows"]).well();
    assert!(!ran.stderr.contains("--replace-rows"), "{}", ran.stderr);
}

/// A successor that the list holds as an entry of its own was to be added without a word.
#[test]
fn a_successor_that_stands_in_the_list_is_said_to() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "list.csv", "dx,title\nE88.81,a\nE88.810,z\nC86.0,b\nC86.00,y\n");
    let ran = desk.plan("list", &[]).well();
    assert_eq!(
        desk.changes("E8881"),
        [row("end_date", "", "became_header"), row("add", "E88810", "one_successor")]
    );
    assert!(ran.stdout.contains("(in the list already 2), to retitle"), "{}", ran.stdout);
    assert!(ran.stdout.contains("list-changes.xlsx  what to change in the list"));
    let all = rows(&desk.run().join("list-changes.csv"));
    let rechecked = |row: &&Row| row["recheck"] == "duplicate";
    let held: Vec<&str> = all.iter().filter(rechecked).map(|row| &*row["new_code"]).collect();
    assert_eq!(held, ["E88810", "C8600"]);
    // Who chooses sees it, by entry and by code.
    for sheet in ["worklist.csv", "worklist-codes.csv"] {
        let open = rows(&desk.run().join(sheet));
        let open = open.iter().find(|row| row["code"] == "C860").unwrap();
        let first = open["candidates"].split(" | ").next().unwrap();
        assert!(
            first.starts_with("C8600 ") && first.ends_with("(in the list already)"),
            "{open:?}"
        );
        assert_eq!(open["candidates"].matches("in the list").count(), 1);
    }
    // A run that rewrites the row says that another one has its code.
    desk.plan("list", &["--replace-rows"]).well();
    let changes = rows(&desk.run().join("changes.csv"));
    assert_eq!((changes.len(), &*changes[0]["recheck"]), (1, "duplicate"));
}

/// Two rows of a list get one code: no guard looks from one to the other.
#[test]
fn two_rows_of_a_list_that_get_one_code_are_to_be_looked_at() {
    let mut desk = Desk::new();
    put(desk.folder.path(), "map.csv", "old,new\nE88.81,E88.810\nC86.0,E88.810\n");
    desk.plan("list", &["--replace-rows"]).well();
    let changes = rows(&desk.run().join("changes.csv"));
    let told: Vec<_> = changes.iter().map(|row| (&*row["old"], &*row["recheck"])).collect();
    assert_eq!(told, [("E8881", "duplicate"), ("C860", "duplicate")]);
    // A file that is no list has claims, and guards for them.
    desk.plan("dataset", &[]).well();
    let changes = rows(&desk.run().join("changes.csv"));
    assert!(changes.iter().all(|row| row["recheck"].is_empty()), "{changes:?}");
}

/// What is only listed was offered a choice that nothing could come of.
#[test]
fn what_is_only_listed_offers_no_choice() {
    let mut desk = Desk::new();
    desk.plan("list", &[]).well();
    let sheet = desk.run().join("worklist-codes.csv");
    let closed: Vec<(String, String)> =
        rows(&sheet).iter().map(|row| (row["code"].clone(), row["choice"].clone())).collect();
    let choice = |code: &str| &closed.iter().find(|(own, _)| own == code).unwrap().1;
    assert_eq!((choice("E8881").as_str(), choice("C860").as_str()), ("-", ""));
    // As it is, nothing is decided; a choice there is refused with the reason.
    let ran = desk.plan("list", &["--decisions", sheet.to_str().unwrap()]).well();
    assert!(ran.stderr.contains("the decisions hold no choice"), "{}", ran.stderr);
    let filled = std::fs::read_to_string(&sheet).unwrap();
    for choice in ["E88.810", "keep", "query"] {
        let filled = filled.replace(",-,,", &format!(",{choice},,"));
        let filled = put(desk.folder.path(), "filled.csv", filled);
        let ran = desk.plan("list", &["--decisions", &filled]);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("it has one successor, and list-changes.csv"),
            "{}",
            ran.stderr
        );
    }
    desk.plan("billed", &[]).well();
    let filled = std::fs::read_to_string(desk.run().join("worklist-codes.csv")).unwrap();
    let filled = put(desk.folder.path(), "filled.csv", filled.replace(",-,,", ",keep,,"));
    let ran = desk.plan("billed", &["--decisions", &filled]);
    assert!(ran.stderr.contains("it is only reported"), "{}", ran.stderr);
}

/// A list is for its day: the title of a release that takes effect later is none of it yet.
#[test]
fn a_row_is_retitled_when_the_title_takes_effect() {
    let folder = folder();
    let list = put(folder.path(), "list.csv", "cpt,title\n05001,a\n");
    for (day, titles) in [("2025-06-01", vec![]), ("2026-01-01", vec!["through its window"])] {
        let out = folder.path().join(day);
        let args =
            ["plan", &list, "--records", "list", "--as-of", day, "--map", "fixtures/maps/cpt.csv"];
        let out_args = ["--out", out.to_str().unwrap()];
        run(args.into_iter().chain(out_args).chain(RELEASES)).well();
        let changes = rows(&out.join("list-changes.csv"));
        assert_eq!(changes.len(), titles.len(), "{day}");
        for (row, title) in changes.iter().zip(titles) {
            assert_eq!(row["action"], "retitle");
            assert!(row["new_title"].contains(title) && !row["title"].contains(title), "{row:?}");
        }
    }
}

/// One replacement is to be looked at for the same reasons wherever it is told.
#[test]
fn a_replaced_row_says_the_same_in_both_lists() {
    let folder = folder();
    let list = put(folder.path(), "list.csv", "cpt,description\n05301,a\n");
    let out = folder.path().join("RUN");
    let args = ["plan", &list, "--records", "list", "--as-of", "2026-01-01", "--replace-rows"];
    let out_args = ["--map", "fixtures/maps/cpt.csv", "--out", out.to_str().unwrap()];
    run(args.into_iter().chain(out_args).chain(RELEASES)).well();
    let of = |name: &str| rows(&out.join(name))[0]["recheck"].clone();
    assert_eq!(of("list-changes.csv"), of("changes.csv"));
    assert_eq!(of("changes.csv"), "auth modifier ndc text");
}
