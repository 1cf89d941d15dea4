//! Releases in the layouts of their publishers, as `diff` takes or refuses them.
//!
//! All descriptors are invented: those of licensed sets are never written here.

use std::path::Path;

use crate::common::{folder, put, run};

/// Thirty codes with a title each, as `line` writes them, behind a heading.
fn set(line: impl Fn(usize) -> String) -> String {
    let lines: String = (0..30).map(line).collect();
    format!("An invented set\nCopyright 2000 Nobody\n\n{lines}")
}

fn long(number: usize) -> String {
    format!("Repair of an invented thing number {number}, with or without its handle")
}

/// LONGULT: code, tab, descriptor.
fn tabbed() -> String {
    set(|number| format!("98{number:03}\t{}\n", long(number)))
}

/// LONGULF: the descriptor goes on in a second line.
fn numbered() -> String {
    set(|number| {
        let title = long(number);
        let (one, two) = title.split_at(title.find(" with or").expect("a seam"));
        format!("98{number:03}01 {one}\r\n98{number:03}02 {}\r\n", two.trim_start())
    })
}

/// MEDU.
fn medium() -> String {
    set(|number| format!("98{number:03} RPR INVENTED THING {number} +-HANDLE\n"))
}

fn diff(folder: &Path, old: &str, new: &str) -> crate::common::Ran {
    let old = put(folder, "old.txt", old) + "@2025-01-01";
    let new = put(folder, "new.txt", new) + "@2026-01-01";
    run(["diff", &old, &new, "--format", "csv"])
}

#[test]
fn long_descriptors_are_the_same_in_both_of_their_forms() {
    let folder = folder();
    let ran = diff(folder.path(), &tabbed(), &numbered()).well();
    assert_eq!(ran.rows().len(), 0, "{}", ran.stdout);
    assert!(ran.stderr.contains("CPT long descriptors (code, sequence, text)"), "{}", ran.stderr);
    let ran = diff(folder.path(), &tabbed(), &numbered().replace("0901 Repair", "0901 Removal"));
    let rows = ran.well().rows();
    assert_eq!((rows.len(), rows[0]["code"].as_str()), (1, "98009"));
}

#[test]
fn long_and_medium_descriptors_are_no_pair() {
    let folder = folder();
    for (old, new) in [(tabbed(), medium()), (medium(), numbered())] {
        let ran = diff(folder.path(), &old, &new);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("two kinds of titles"), "{}", ran.stderr);
    }
    assert_eq!(diff(folder.path(), &medium(), &medium().replace("RPR", "Rpr")).status, 0);
}

#[test]
fn lists_of_deleted_codes_are_no_release() {
    let folder = folder();
    let bare = set(|number| format!("98{number:03}|20241231\n"));
    let headed = format!("CPT Code\tLong\tDate Deleted\n98001\t{}\t2024-12-31\n", long(1));
    for deleted in [bare.as_str(), &headed] {
        let ran = diff(folder.path(), &tabbed(), deleted);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("deleted") && ran.stderr.contains("hint:"), "{}", ran.stderr);
        let alone = put(folder.path(), "Deleted_DTK.txt", deleted);
        let ran = run(["code", "98001", "--release", &alone]);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("no CPT release is given"), "{}", ran.stderr);
    }
}

/// A verdict on a day and the last day of use, as `code` tells them.
fn told(code: &str, day: &str, releases: &[&str]) -> (String, Option<String>) {
    let mut args = vec!["code", code, day, "--format", "json"];
    args.extend(releases.iter().flat_map(|path| ["--release", path]));
    let json: serde_json::Value = serde_json::from_str(&run(args).well().stdout).expect("JSON");
    let verdict = &json["systems"][0]["verdict"];
    let text = |name: &str| verdict[name].as_str().map(str::to_owned);
    (text("verdict").expect("a verdict"), text("until"))
}

/// Two yearly sets, between which a code of a quarterly family went.
fn sets(folder: &Path) -> (String, String) {
    let old = tabbed() + "0998U\tAn invented test\n";
    let put = |name, text: &str, day| put(folder, name, text) + day;
    (put("old.txt", &old, "@2025-01-01"), put("new.txt", &tabbed(), "@2026-01-01"))
}

#[test]
fn a_list_of_deleted_codes_tells_their_last_day() {
    let at = folder();
    let (old, new) = sets(at.path());
    let without = [old.as_str(), &new];
    assert_eq!(told("0998U", "2025-08-01", &without).0, "date_uncertain");
    let last = Some("2025-06-30".to_owned());
    for list in [
        "0998U|20250630\n",
        "code|date deleted\n0998U|20250701\n",
        "CPT Code\tLong\tDate Deleted\r\n0998U\tAn invented test\t07/01/2025\r\n",
    ] {
        let deleted = put(at.path(), "Deleted_DTK.txt", list);
        let all = [old.as_str(), &new, &deleted];
        assert_eq!(told("0998U", "2025-08-01", &all), ("deleted".to_owned(), last.clone()));
        assert_eq!(told("0998U", "2025-06-30", &all), ("historical".to_owned(), last.clone()));
        // Without the older set it is known to have ended all the same.
        assert_eq!(told("0998U", "2026-08-01", &[&new, &deleted]).0, "deleted");
        assert_eq!(told("98001", "2026-08-01", &all), ("valid".to_owned(), None));
    }
    let cut = put(at.path(), "Deleted_DTK.txt", "0998U|20250630\n0997U|2025\n0996U|20250630\n");
    let ran = run(["code", "0998U", "--release", &new, "--release", &cut]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("Deleted_DTK.txt:2"), "{}", ran.stderr);
}

#[test]
fn a_list_of_deleted_codes_beside_a_set_is_read_with_it() {
    let at = folder();
    let old = tabbed() + "0998U\tAn invented test\n";
    put(at.path(), "library/Consumer set 2025/LONGULT 2025.txt", old);
    put(at.path(), "library/Consumer set 2025/Deleted_DTK.txt", "0998U|20250630\n");
    let library = at.path().join("library");
    let library = library.to_str().expect("a path");
    let want = ("deleted".to_owned(), Some("2025-06-30".to_owned()));
    assert_eq!(told("0998U", "2025-08-01", &[library]), want);
}

#[test]
fn dates_of_the_list_itself_are_finer_than_those_of_the_release() {
    let at = folder();
    let heading = "CPT Code|Long|Date Added|Termination Date";
    let rows = "0997U|An invented test|20250401|\n0998U|Another|20200101|20250630\n";
    let plain = set(|number| format!("98{number:03}|{}|20100101|\n", long(number)));
    let (_, plain) = plain.split_once("\n\n").expect("rows");
    for delimiter in ["|", "\t", ";"] {
        let text = format!("{heading}\n{rows}{plain}").replace('|', delimiter);
        let list = put(at.path(), "cpt.txt", text) + "@2025-01-01";
        let verdict = |code, day| told(code, day, &[&list]).0;
        assert_eq!(verdict("0997U", "2025-03-31"), "not_yet_valid");
        assert_eq!(verdict("0997U", "2025-04-01"), "valid");
        assert_eq!(verdict("0998U", "2025-06-30"), "historical");
        assert_eq!(verdict("0998U", "2025-07-01"), "deleted");
    }
}

#[test]
fn a_short_list_with_bare_line_ends_is_read() {
    // SHORTU: code, blank, up to 28 characters; few lines, no heading, no last line end.
    let at = folder();
    for text in [
        "98001 RPR INVENTED THING\n98002 RMVL THING\n",
        "98001 RPR INVENTED THING\n98002 RMVL THING",
    ] {
        let list = put(at.path(), "SHORTU.txt", text) + "@2025-01-01";
        let ran = run(["code", "98002", "--release", &list]).well();
        assert!(ran.stderr.contains("2 billable codes"), "{}", ran.stderr);
        assert!(ran.stdout.contains("RMVL THING"), "{}", ran.stdout);
    }
}
