//! What choices do to the rest of their claim.

use super::*;

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

/// Two lines repeat the diagnosis of their claim: it gets one code, or a person looks.
#[test]
fn rows_of_a_claim_do_not_get_different_codes_by_choice() {
    let mut desk = Desk::new();
    let claims = "claim_id,dos,dx1,dx2\n1,2024-11-02,E88.81,I10\n1,2024-11-02,I10,E88.81\n\
                  2,2024-11-02,E88.81,\n";
    put(desk.folder.path(), "claims.csv", claims);
    desk.plan(&[]).well();
    let first = desk.run();
    let mut planned = |choices: &[(&str, &str)]| {
        let filled = filled(&first.join("worklist.csv"), "id", choices);
        let filled = put(desk.folder.path(), "filled.csv", filled);
        let ran = desk.plan(&["--decisions", &filled]);
        (ran, desk.run())
    };
    let said = "other rows of the claim of F1R1C3 hold the same code, and would not get this one";
    for other in [None, Some("keep"), Some("query"), Some("E88.810")] {
        let mut choices = vec![("F1R1C3", "E88.811")];
        choices.extend(other.map(|other| ("F1R2C4", other)));
        let (ran, run) = planned(&choices);
        refused(&ran, &run, &["filled.csv:2", said]);
        assert_eq!(ran.stderr.contains("filled.csv:3"), other == Some("E88.810"), "{other:?}");
    }
    let (ran, run) = planned(&[("F1R1C3", "E88.811"), ("F1R2C4", "E88.811")]);
    ran.well();
    assert_eq!(rows(&run.join("changes.csv")).len(), 2);
    // Nothing is rewritten: nothing differs.
    planned(&[("F1R1C3", "keep"), ("F1R2C4", "query")]).0.well();
}

/// Two codes of a claim that would become one: keeping one of them decides nothing of
/// the other.
#[test]
fn what_is_chosen_for_one_of_two_duplicates_does_not_replace_the_other() {
    let mut desk = Desk::new();
    let claims = "claim_id,dos,dx1,dx2\n1,2024-11-02,C86.0,E88.81\n";
    put(desk.folder.path(), "claims.csv", claims);
    let map = put(desk.folder.path(), "map.csv", "old,new\nC86.0,E88.810\nE88.81,E88.810\n");
    desk.plan(&["--map", &map]).well();
    assert_eq!(desk.bucket("review"), 2);
    let first = desk.run();
    for (choice, bucket) in [("keep", "kept"), ("C86.00", "chosen")] {
        let filled = filled(&first.join("worklist.csv"), "id", &[("F1R1C3", choice)]);
        let filled = put(desk.folder.path(), "filled.csv", filled);
        desk.plan(&["--map", &map, "--decisions", &filled]).well();
        assert_eq!((desk.bucket(bucket), desk.bucket("replaced")), (1, 0));
        let open = rows(&desk.run().join("worklist.csv"));
        assert_eq!((open.len(), &*open[0]["id"], &*open[0]["reason"]), (1, "F1R1C4", "duplicate"));
    }
}

/// One of two rows with one diagnosis was kept, and nothing said of the other.
#[test]
fn keeping_a_code_on_one_row_says_nothing_of_the_other() {
    let mut desk = Desk::new();
    let claims = "claim_id,dos,dx1,dx2\n1,2024-11-02,E88.81,I10\n1,2024-11-02,I10,E88.81\n";
    put(desk.folder.path(), "claims.csv", claims);
    desk.plan(&[]).well();
    let first = desk.run();
    let mut planned = |choices: &[(&str, &str)]| {
        let filled = filled(&first.join("worklist.csv"), "id", choices);
        let filled = put(desk.folder.path(), "filled.csv", filled);
        (desk.plan(&["--decisions", &filled]), desk.run())
    };
    let (ran, run) = planned(&[("F1R1C3", "keep")]);
    let said = "other rows of the claim of F1R1C3 hold the same code, and nothing is decided";
    refused(&ran, &run, &["filled.csv:2", said]);
    planned(&[("F1R1C3", "keep"), ("F1R2C4", "keep")]).0.well();
    planned(&[("F1R1C3", "keep"), ("F1R2C4", "query")]).0.well();
}

/// A code of a line is its own: two lines with one procedure may well differ.
#[test]
fn lines_of_a_claim_are_decided_one_by_one() {
    let folder = folder();
    let table = "claim_id,dos,hcpcs\n1,2026-02-01,S9802\n1,2026-02-01,S9802\n";
    let claims = put(folder.path(), "claims.csv", table);
    let plan = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let own = ["plan", &*claims, "--records", "unbilled", "--out", out.to_str().unwrap()];
        run([&own[..], &RELEASES, more].concat()).well();
        out
    };
    let first = plan("FIRST", &[]);
    let sheet = filled(&first.join("worklist.csv"), "id", &[("F1R1C3", "S9811")]);
    let sheet = put(folder.path(), "filled.csv", sheet);
    let second = plan("SECOND", &["--decisions", &sheet]);
    assert_eq!(rows(&second.join("changes.csv")).len(), 1);
    assert_eq!(rows(&second.join("worklist.csv"))[0]["id"], "F1R2C3");
}

/// A row outside of `--only` would keep the code that a choice replaces beside it.
#[test]
fn a_choice_does_not_tear_a_claim_of_which_only_a_part_is_looked_at() {
    let mut desk = Desk::new();
    let claims = "claim_id,dos,dx1,site\n1,2024-11-02,E88.81,A\n1,2024-11-02,E88.81,B\n";
    put(desk.folder.path(), "claims.csv", claims);
    desk.plan(&["--only", "site=A"]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "E88.811")]);
    let ran = desk.plan(&["--only", "site=A", "--decisions", &filled]);
    refused(
        &ran,
        &desk.run(),
        &["filled.csv:2", "hold the same code", "rows that --only leaves out"],
    );
    desk.plan(&["--only", "site=A"]).well();
    let filled = desk.filled_latest(&[("F1R1C3", "keep")]);
    desk.plan(&["--only", "site=A", "--decisions", &filled]).well();
}
