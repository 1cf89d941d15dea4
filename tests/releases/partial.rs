//! Parts of a code set: what they lack was not deleted, and is never said to be.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::run;
use tempfile::TempDir;

/// An order file with a header and so many codes of each letter.
fn release(folder: &Path, name: &str, families: &[(char, usize)]) -> PathBuf {
    let mut text = String::new();
    let mut number = 0;
    let mut line = |code: &str, flag: u8| {
        number += 1;
        let title = format!("Invented {code}");
        write!(text, "{number:05} {code:<7} {flag} {title:<60} {title}\r\n").unwrap();
    };
    for &(letter, count) in families {
        line(&format!("{letter}00"), 0);
        for at in 0..count {
            line(&format!("{letter}00{at:02}"), 1);
        }
    }
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A whole release, a part of the next, and the whole one after it.
struct Library {
    folder: TempDir,
    old: String,
    part: String,
    new: String,
}

fn library() -> Library {
    let folder = TempDir::new().unwrap();
    let at = |name, families: &[(char, usize)], day| {
        format!("{}@{day}", release(folder.path(), name, families).display())
    };
    let old = at("old.txt", &[('A', 60), ('B', 40), ('C', 40)], "2022-10-01");
    // B has lost a code and won none; C is not in it at all.
    let part = at("part.txt", &[('A', 60), ('B', 39)], "2023-10-01");
    let new = at("new.txt", &[('A', 60), ('B', 39), ('C', 38)], "2024-10-01");
    Library { folder, old, part, new }
}

#[test]
fn a_part_that_passes_for_the_whole_is_refused() {
    let Library { old, part, new, folder: _folder } = library();
    for args in [
        vec!["diff", &old, &part],
        vec!["code", "C0001", "--release", &old, "--release", &part],
        vec!["code", "C0001", "--old", &old, "--new", &part],
        vec!["diff", &old, &part, &new, "--across"],
    ] {
        let ran = run(&args);
        assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{args:?}");
        for said in ["C00 to C00.39 (41 codes)", "--partial", "part.txt"] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_diff_with_a_part_says_what_changed_in_it_and_nothing_else() {
    let Library { old, part, folder: _folder, .. } = library();
    let ran = run(["diff", &old, &part, "--partial", "--format", "csv"]).well();
    let rows = ran.rows();
    assert_eq!(rows.len(), 1, "{}", ran.stdout);
    assert_eq!((rows[0]["kind"].as_str(), rows[0]["code"].as_str()), ("deleted", "B0039"));
    assert!(ran.stderr.contains("stays as it was: C00 to C00.39"), "{}", ran.stderr);
}

#[test]
fn over_several_releases_a_block_neither_goes_nor_comes_back() {
    let Library { old, part, new, folder: _folder } = library();
    let args = ["diff", &old, &part, &new, "--across", "--partial", "--format", "csv"];
    let ran = run(args).well();
    let codes: Vec<String> = ran.rows().iter().map(|row| row["code"].clone()).collect();
    assert_eq!(codes, ["B0039"], "{}", ran.stdout);
}

#[test]
fn codes_of_a_missing_block_go_on_as_they_were() {
    let Library { old, part, new, folder: _folder } = library();
    // Twice the same part is once.
    let releases =
        ["--release", &old, "--release", &part, "--release", &part, "--release", &new, "--partial"];
    let told = |code: &str, day: &str| {
        let args: Vec<&str> =
            ["code", code, day, "--format", "json"].into_iter().chain(releases).collect();
        let json: serde_json::Value = serde_json::from_str(&run(args).well().stdout).unwrap();
        let verdict = &json["systems"][0]["verdict"];
        (verdict["verdict"].as_str().unwrap().to_owned(), verdict["until"].clone())
    };
    let none = serde_json::Value::Null;
    assert_eq!(told("C0001", "2024-01-01"), ("valid".to_owned(), none.clone()));
    assert_eq!(told("C0001", "2025-01-01"), ("valid".to_owned(), none));
    // It went between the whole releases: the missing edition alone could tell the day.
    assert_eq!(told("C0039", "2023-01-01").0, "historical");
    assert_eq!(told("C0039", "2024-01-01").0, "date_uncertain");
    assert_eq!(told("C0039", "2025-01-01").0, "deleted");
    let args = ["code", "C0039", "2024-01-01"].into_iter().chain(releases);
    let text = run(args).well().stdout;
    let words = "between 2022-10-01 and 2024-10-01, an edition is missing";
    assert!(text.contains(words), "{text}");
    // What the part does speak of counts from its day on.
    assert_eq!(told("B0039", "2023-12-01").0, "deleted");
}

#[test]
fn an_audit_does_not_count_what_a_part_lacks() {
    let Library { old, part, folder, .. } = library();
    let claims = folder.path().join("claims.csv");
    fs::write(&claims, "claim_id,dx1,service_date\n1,C00.01,2024-01-05\n2,B00.39,2024-01-05\n")
        .unwrap();
    let claims = claims.to_str().unwrap();
    let args = ["audit", claims, "--old", &old, "--new", &part, "--format", "csv"];
    assert_eq!(run(args).status, 3);
    let ran = run([&args[..], &["--partial"]].concat()).well();
    let rows = ran.rows();
    let found: Vec<&str> = rows.iter().map(|row| row["code"].as_str()).collect();
    assert_eq!(found, ["B0039"], "{}", ran.stdout);
}

#[test]
fn a_system_that_new_lacks_is_said_and_not_deleted() {
    let Library { old, new, folder, .. } = library();
    let both = folder.path().join("both 2023");
    fs::create_dir(&both).unwrap();
    fs::copy(old.split('@').next().unwrap(), both.join("cm 2023.txt")).unwrap();
    let title = |code: &str, flag| format!("00001 {code:<7} {flag} {code:<60} {code}\r\n");
    let procedures = title("001", '0') + &title("0016070", '1') + &title("0016071", '1');
    fs::write(both.join("pcs 2023.txt"), procedures).unwrap();
    let both = both.to_str().unwrap();
    let whole = run(["diff", both, &new]);
    assert_eq!(whole.status, 3);
    assert!(
        whole.stderr.contains("ICD-10-PCS") && whole.stderr.contains("--partial"),
        "{}",
        whole.stderr
    );
    let ran = run(["diff", both, &new, "--partial", "--format", "csv"]).well();
    assert_eq!(ran.rows().len(), 3, "{}", ran.stdout);
    let pair = ["code", "0016070", "2025-01-01", "--old", both, "--new", &new];
    assert_eq!(run(pair).status, 3);
    let ran = run([&pair[..], &["--partial"]].concat()).well();
    assert!(ran.stdout.contains("on 2025-01-01: Valid"), "{}", ran.stdout);
}

/// Line and verdict of the findings of an audit.
fn verdicts(ran: &crate::common::Ran) -> Vec<String> {
    ran.rows().iter().map(|row| format!("{} {}", row["code"], row["verdict"])).collect()
}

#[test]
fn a_part_that_is_the_oldest_says_nothing_of_what_it_lacks() {
    let folder = TempDir::new().unwrap();
    let at = |name, families: &[(char, usize)], day| {
        format!("{}@{day}", release(folder.path(), name, families).display())
    };
    let part = at("part.txt", &[('A', 600), ('B', 500)], "2021-10-01");
    let whole = at("whole.txt", &[('A', 601), ('B', 500), ('C', 40)], "2022-10-01");
    let claims = folder.path().join("claims.csv");
    let rows = "claim_id,dx1,service_date\n1,C00.01,2022-01-05\n2,C00.01,2023-01-05\n3,B00.501,2022-01-05\n";
    fs::write(&claims, rows).unwrap();
    let args = ["audit", claims.to_str().unwrap(), "--old", &part, "--new", &whole];
    let refused = run(args);
    assert_eq!(refused.status, 3);
    for said in ["the release behind it", "C00 to C00.39 (41 codes)", "part.txt", "--partial"] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    let ran = run([&args[..], &["--partial", "--format", "csv"]].concat()).well();
    assert_eq!(verdicts(&ran), ["C0001 date_uncertain", "B00501 unknown"]);
    // A few codes are an excerpt: its maker is told.
    let few = at("few.txt", &[('A', 20)], "2021-10-01");
    let more = at("more.txt", &[('A', 20), ('C', 40)], "2022-10-01");
    let ran = run(["audit", claims.to_str().unwrap(), "--old", &few, "--new", &more]).well();
    assert!(ran.stderr.contains("the release behind it has"), "{}", ran.stderr);
}

#[test]
fn a_part_alone_is_told_by_the_count_and_the_letters() {
    let folder = TempDir::new().unwrap();
    let families = ['A', 'B', 'C', 'D', 'E'].map(|letter| (letter, 250));
    let part = release(folder.path(), "part.txt", &families);
    let part = format!("{}@2022-10-01", part.display());
    let claims = folder.path().join("claims.csv");
    let rows =
        "claim_id,dx1,service_date\n1,F00.01,2023-01-05\n2,A00.01,2023-01-05\n3,A01,2023-01-05\n";
    fs::write(&claims, rows).unwrap();
    let args = ["audit", claims.to_str().unwrap(), "--release", &part];
    let refused = run(args);
    assert_eq!(refused.status, 3);
    for said in ["1250 billable codes", "73639", "F G H", "part.txt", "--partial"] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    let ran = run([&args[..], &["--partial", "--format", "csv"]].concat()).well();
    assert_eq!(verdicts(&ran), ["F0001 date_uncertain", "A01 unknown"]);
}
