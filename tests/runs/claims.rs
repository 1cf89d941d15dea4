//! Rows of one claim repeat its codes: all of them get the same code, or a person looks.

use crate::common::{RELEASES, folder, json, put, rows, run};

/// What a plan makes of records: the changes as row and new code, and what is left to a
/// person as row and reason.
type Made = (Vec<(String, String)>, Vec<(String, String)>);

fn planned(table: &str, map: &str, more: &[&str]) -> Made {
    let folder = folder();
    let records = put(folder.path(), "claims.csv", table);
    let map = put(folder.path(), "map.csv", map);
    let out = folder.path().join("RUN");
    let own = ["plan", &*records, "--records", "unbilled", "--map", &*map];
    let out = ["--out", out.to_str().unwrap()];
    run([&own[..], &out, &RELEASES, more].concat()).well();
    let out = folder.path().join("RUN");
    let told = |paper: &str, what: &str| {
        let rows = rows(&out.join(paper));
        rows.iter().map(|row| (row["record"].clone(), row[what].clone())).collect()
    };
    let made: Made = (told("changes.csv", "new"), told("worklist.csv", "reason"));
    let buckets = json(&out.join("summary.json"))["buckets"].clone();
    assert_eq!(buckets["replaced"], made.0.len());
    made
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

const MAP: &str = "old,new\nE88.81,E88.810\n";
const ONE_DIAGNOSIS: &str = "claim_id,dos,dx1,site\n1,2024-11-02,E88.81,A\n\
                             1,2024-11-02,E88.81,B\n2,2024-11-02,E88.81,A\n";

/// A code that a row outside of `--only` repeats would be another one on the rest of the claim.
#[test]
fn only_does_not_tear_a_claim_apart() {
    let all = planned(ONE_DIAGNOSIS, MAP, &[]);
    assert_eq!(all, (pairs(&[("1", "E88810"), ("2", "E88810"), ("3", "E88810")]), pairs(&[])));
    let some = planned(ONE_DIAGNOSIS, MAP, &["--only", "site=A"]);
    assert_eq!(some, (pairs(&[("3", "E88810")]), pairs(&[("1", "unequal")])));
}

/// A code of a line is its own: a line outside of `--only` is another one.
#[test]
fn only_leaves_the_codes_of_lines_to_their_lines() {
    let table = "claim_id,dos,hcpcs,site\n1,2025-08-01,S9801,A\n1,2025-08-01,S9801,B\n";
    let map = std::fs::read_to_string("fixtures/maps/hcpcs.csv").unwrap();
    let made = planned(table, &map, &["--only", "site=A"]);
    assert_eq!(made, (pairs(&[("1", "S9811")]), pairs(&[])));
}

/// What a row outside of `--only` would become later is a code of its claim, too.
#[test]
fn only_does_not_make_one_code_of_two_in_two_runs() {
    let table = "claim_id,dos,dx1,site\n1,2024-11-02,E88.81,A\n1,2024-11-02,C86.0,B\n";
    let map = "old,new\nE88.81,E88.810\nC86.0,E88.810\n";
    for (site, record) in [("site=A", "1"), ("site=B", "2")] {
        let made = planned(table, map, &["--only", site]);
        assert_eq!(made, (pairs(&[]), pairs(&[(record, "duplicate")])), "{site}");
    }
}

/// A code whose claim is to be split first gets its successor later: it counts, too.
#[test]
fn a_code_that_spans_the_update_may_become_the_same_one() {
    let table = "claim_id,dos,dx1,dx2\n1,2024-11-02,E88.81,C86.0\n1,2024-09-03,C86.0,\n\
                 2,2024-11-02,E88.81,\n2,2024-09-03,C86.0,\n2,2024-11-02,C86.0,\n3,2024-11-02,E88.81,\n";
    let made = planned(table, "old,new\nE88.81,E88.810\nC86.0,E88.810\n", &[]);
    let open = [
        ("1", "duplicate"),
        ("1", "straddle"),
        ("2", "straddle"),
        ("3", "duplicate"),
        ("4", "straddle"),
        ("5", "straddle"),
    ];
    assert_eq!(made, (pairs(&[("6", "E88810")]), pairs(&open)));
    // What it may not become is nothing to wait for.
    let made = planned(table, "old,new\nE88.81,E88.810\nC86.0,C86.00\n", &[]);
    assert_eq!(made.0, pairs(&[("1", "E88810"), ("3", "E88810"), ("6", "E88810")]));
}

/// A row that cannot take the code, or has a day that nobody can read, keeps the old one.
#[test]
fn a_row_that_cannot_follow_holds_its_claim() {
    let ragged = "claim_id,dos,dx1\n1,2024-11-02,E88.81\n1,2024-11-02,E88.81,x\n";
    let made = planned(ragged, MAP, &[]);
    assert_eq!(made, (pairs(&[]), pairs(&[("1", "unequal"), ("2", "ragged")])));
    let unread = "claim_id,dos,dx1\n1,2024-11-02,E88.81\n1,soon,E88.81\n2,2024-11-02,E88.81\n";
    let made = planned(unread, MAP, &[]);
    assert_eq!(made, (pairs(&[("3", "E88810")]), pairs(&[("1", "unequal"), ("2", "no_date")])));
}

/// What the conditions of a rule make of single rows is its author's word.
#[test]
fn conditions_may_tell_rows_of_a_claim_apart() {
    let map = "old,new,when.site\nE88.81,E88.810,A\n";
    let made = planned(ONE_DIAGNOSIS, map, &[]);
    let want = (pairs(&[("1", "E88810"), ("3", "E88810")]), pairs(&[("2", "no_condition_met")]));
    assert_eq!(made, want);
}
