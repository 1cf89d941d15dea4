//! Is an entry still the one that the worklist showed?

use super::*;

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
    refused(&ran, &desk.run(), &["two.csv:2", "the entry F1R1C3 is decided twice, first in"]);
}

/// Where the number of the claim is blank, or two lines of a claim differ in nothing but
/// their codes, the codes of the row tell it.
#[test]
fn rows_without_a_number_and_lines_of_one_claim_are_told_apart_by_their_codes() {
    for number in ["", "NULL", "000", "N/A", "9"] {
        let mut desk = Desk::new();
        let head = "claim_id,mrn,dos,dx1,dx2\n";
        let (one, two) = (
            format!("{number},M1,2024-11-02,E88.81,E11.9\n"),
            format!("{number},M1,2024-11-02,E88.81,I10\n"),
        );
        put(desk.folder.path(), "claims.csv", format!("{head}{one}"));
        desk.plan(&[]).well();
        let filled = desk.filled_latest(&[("F1R1C4", "E88.811")]);
        desk.plan(&["--decisions", &filled]).well();
        assert_eq!(desk.bucket("chosen"), 1, "{number}");
        put(desk.folder.path(), "claims.csv", format!("{head}{two}{one}"));
        let ran = desk.plan(&["--decisions", &filled]);
        refused(&ran, &desk.run(), &["filled.csv:2", "rows have moved"]);
    }
}

/// Any column may hold the same in many records: only the number of the claim tells one.
#[test]
fn a_payer_does_not_tell_a_record() {
    let mut desk = Desk::new();
    let claims = "claim_id,payer,dos,dx1\n1,X,2024-11-02,E88.81\n2,X,2024-11-02,E88.81\n";
    put(desk.folder.path(), "claims.csv", claims);
    desk.plan(&["--key", "payer"]).well();
    let sheet = desk.filled_latest(&[("F1R1C4", "E88.811")]);
    let unmarked = with_cells(Path::new(&sheet), |column, row| {
        row[column("row_mark")].clear();
        Some(())
    });
    let unmarked = put(desk.folder.path(), "unmarked.csv", unmarked);
    let ran = desk.plan(&["--key", "payer", "--decisions", &unmarked]);
    refused(&ran, &desk.run(), &["unmarked.csv:2", "nothing tells", "row_mark"]);
}

/// A worklist that cannot be read row by row is refused, not read as one without choices.
#[test]
fn choices_do_not_vanish() {
    let mut desk = Desk::new();
    let filled = std::fs::read_to_string(desk.filled(&[("F1R1C3", "E88.811")])).unwrap();
    let bare = put(desk.folder.path(), "cr.csv", filled.replace("\r\n", "\n").replace('\n', "\r"));
    let ran = desk.plan(&["--decisions", &bare]);
    refused(&ran, &desk.run(), &["cr.csv", "lines end with CR alone"]);
    let more = std::iter::once("choice,").chain(std::iter::repeat(","));
    let twice: Vec<String> =
        filled.lines().zip(more).map(|(line, more)| format!("{more}{line}")).collect();
    let twice = twice.join("\n");
    let twice = put(desk.folder.path(), "twice.csv", twice);
    let ran = desk.plan(&["--decisions", &twice]);
    refused(&ran, &desk.run(), &["twice.csv", "two columns are called `choice`"]);
}

/// A worklist of several files comes back with some of them.
#[test]
fn a_file_that_is_not_given_again_is_named() {
    let mut desk = Desk::new();
    let other = put(desk.folder.path(), "other.csv", "claim_id,dos,dx1\n9,2024-11-02,I10\n");
    let filled = desk.filled_latest(&[("F1R1C3", "E88.811")]);
    let claims = std::mem::replace(&mut desk.claims, other);
    let ran = desk.plan(&["--decisions", &filled]);
    let said = format!("no entry F1R1C3 needs a decision: {claims} is not among the records");
    refused(&ran, &desk.run(), &["filled.csv:2", &said, "in the same order"]);
}
