//! `codeturn code`: one code's life.

use crate::common::{RELEASES, Ran, folder, put, run};
use serde_json::Value;

fn code(args: &[&str]) -> Ran {
    run(["code"].iter().chain(args).chain(&RELEASES))
}

/// A pair of lists of HCPCS: their own days are finer than those of the releases.
fn services(args: &[&str]) -> Ran {
    let folder = folder();
    let head = "hcpcs,description,add date,term date\n";
    let old = format!("{head}A0001,A service,20190101,\nA0002,Another,20190101,\n");
    let new =
        format!("{head}A0001,A service; renamed,20190101,\nA0002,Another,20190101,20200630\n");
    let old = put(folder.path(), "old.csv", old) + "@2020-01-01";
    let new = put(folder.path(), "new.csv", new) + "@2021-01-01";
    run(["code"].iter().chain(args).chain(&["--old", &old, "--new", &new]))
}

#[test]
fn a_service_ends_on_its_own_last_day() {
    let text = services(&["a0002", "2020-06-30"]).well().stdout;
    assert!(text.contains("A0002  HCPCS Level II\n"), "{text}");
    assert!(text.contains("on 2020-06-30: Valid on its date of service (retired later)"), "{text}");
    // The list says when it was added: before the list took effect.
    assert!(text.contains("+ 2019-01-01 - 2020-06-30  billable\n"), "{text}");
    assert!(text.contains("- 2020-07-01 -             not in the code set"), "{text}");
    let text = services(&["A0002", "2020-07-01"]).well().stdout;
    assert!(text.contains("on 2020-07-01: Deleted"), "{text}");
}

#[test]
fn changes_of_title_are_marked() {
    let text = services(&["A0001"]).well().stdout;
    assert!(text.contains("  title from 2020-01-01: A service\n"), "{text}");
    assert!(text.contains("~ title from 2021-01-01 (reworded): A service; renamed"), "{text}");
}

#[test]
fn a_code_that_became_a_header_names_the_codes_below_it() {
    // Whichever codes the fixtures split: the diff of the pair names them.
    let diff =
        run(["diff", crate::common::ICD10CM[1], crate::common::ICD10CM[3], "--format", "json"])
            .well();
    let diff: Value = serde_json::from_str(&diff.stdout).expect("JSON");
    let split = diff["changes"].as_array().expect("changes").iter();
    let split = split.filter(|change| change["kind"] == "became_header");
    let codes: Vec<&str> = split.map(|change| change["code"].as_str().expect("a code")).collect();
    assert!(!codes.is_empty());
    for one in codes {
        let told = code(&[one, "2024-12-01", "--format", "json"]).well();
        let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
        let life = &told["systems"][0];
        assert_eq!(life["verdict"]["verdict"], "became_header", "{told}");
        assert_eq!(life["states"][0]["until"], "2024-09-30", "{told}");
        let below = life["successors"].as_array().expect("codes");
        assert!(!below.is_empty(), "{told}");
        for code in below {
            assert!(code["code"].as_str().expect("a code").starts_with(one), "{told}");
        }
    }
}

#[test]
fn what_is_not_known_is_said() {
    let ran = code(&["Z99.X9"]).well();
    let looked_for =
        "Z99.X9 stands in no release given.\n  looked for in ICD-10-CM in force from 20";
    assert!(ran.stdout.starts_with(looked_for), "{}", ran.stdout);
    let told = code(&["Z99.X9", "--format", "json"]).well();
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(told["systems"], serde_json::json!([]), "{told}");
    assert!(told["releases"].as_array().is_some_and(|all| all.len() > 1), "{told}");
    let ran = code(&["not a code"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("`not a code` is no code"), "{}", ran.stderr);
    assert_eq!(run(["code", "A0001"]).status, 2);
}

#[test]
fn a_paper_says_what_names_each_code() {
    let folder = folder();
    let own = "old,new\nC86.0,E88.81\nE88.81,E88.811\nH81.41,E11\n";
    let map = put(folder.path(), "own.csv", own);
    let named = |code_asked: &str| {
        let options = [code_asked, "--map", &map, "--format", "markdown"];
        let paper = code(&options).well().stdout;
        let table = paper.split("may take its place").nth(1).unwrap().to_owned();
        let table = table.split("Rows of the mapping files").next().unwrap().to_owned();
        let cells = |line: &str| -> Option<(String, String)> {
            let cells: Vec<&str> = line.split(" | ").collect();
            let code = cells.first()?.strip_prefix("| ")?.to_owned();
            Some((code, cells.last()?.strip_suffix(" |")?.replace("&gt;", ">")))
        };
        table.lines().filter_map(cells).skip(1).collect::<Vec<_>>()
    };
    let pair = |code: &str, by: &str| (code.to_owned(), by.to_owned());
    let below = "the release: it stands below";
    // A row that is set aside, and the row behind it.
    let found = named("C86.0");
    assert!(
        found.contains(&pair("E88.811", &format!("{map}:2 (set aside) > {map}:3"))),
        "{found:?}"
    );
    assert!(found.contains(&pair("C86.00", below)), "{found:?}");
    assert!(named("H81.41").contains(&pair("E11.9", &format!("{map}:4 (set aside) > {below}"))));
    let found = named("E88.81");
    assert!(found.contains(&pair("E88.811", &format!("{map}:3"))), "{found:?}");
    assert!(found.contains(&pair("E88.810", below)), "{found:?}");
}
