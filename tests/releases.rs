//! Releases in the layouts of their publishers, as `diff` takes or refuses them.
//!
//! All descriptors are invented: those of licensed sets are never written here.

mod common;

use std::path::Path;

use common::{folder, put, run};

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

fn diff(folder: &Path, old: &str, new: &str) -> common::Ran {
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
    }
}
