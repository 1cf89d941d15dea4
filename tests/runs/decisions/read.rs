//! What a program makes of a worklist is read back.

use super::*;

/// What a spreadsheet makes of the file: semicolons, a mark, CRLF, other encodings.
#[test]
fn what_a_spreadsheet_saves_is_taken() {
    let mut desk = Desk::new();
    let filled = fs::read_to_string(desk.filled(&[("F1R1C3", "E88.811")])).unwrap();
    let candidates = filled.replace(", ", " ").replace(',', ";").replace('\n', "\r\n");
    let marked = put(desk.folder.path(), "semicolons.csv", format!("\u{feff}{candidates}"));
    desk.plan(&["--decisions", &marked]).well();
    assert_eq!(desk.bucket("chosen"), 1);
    let wide = filled.replace(", ", " ").replace('"', "").replace(',', "\t");
    let wide: Vec<u8> =
        format!("\u{feff}{wide}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = put(desk.folder.path(), "unicode.txt", wide);
    desk.plan(&["--decisions", &wide]).well();
    assert_eq!(desk.bucket("chosen"), 1);
}

/// A workbook as it was written, with cells filled in; both sheets count.
#[test]
fn a_workbook_is_taken() {
    let mut desk = Desk::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, csv) in [
        ("by code", desk.filled_codes(&[("C860", "C86.00")])),
        ("by entry", desk.filled(&[("F1R1C3", "E88.811")])),
    ] {
        write_sheet(&mut book, name, &csv);
    }
    let path = put(desk.folder.path(), "worklist.xlsx", book.save_to_buffer().unwrap());
    let more = ["--decisions", &path, "--allow-blanket", "--reason", "all in remission: no"];
    desk.plan(&more).well();
    let decisions = desk.summary()["decisions"].clone();
    assert_eq!((&decisions["entries"], &decisions["by_code"]), (&1.into(), &1.into()));
    // The workbook that the tool writes is one that it reads.
    let own = desk.at("RUN1/worklist.xlsx");
    let ran = desk.plan(&["--decisions", own.to_str().unwrap()]).well();
    assert!(ran.stderr.contains("the decisions hold no choice"), "{}", ran.stderr);
}

#[test]
fn what_is_no_worklist_is_refused() {
    let mut desk = Desk::new();
    let other = put(desk.folder.path(), "other.csv", "old,new\nE88.81,E88.810\n");
    let ran = desk.plan(&["--decisions", &other]);
    refused(&ran, &desk.run(), &["no worklist", "other.csv"]);
    let missing = desk.at("missing.csv");
    let ran = desk.plan(&["--decisions", missing.to_str().unwrap()]);
    refused(&ran, &desk.run(), &["no such file"]);
}
