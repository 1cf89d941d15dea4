//! What a program makes of a worklist is read back.

use std::io::{Cursor, Read as _, Write as _};

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

/// A code that may not stand there is told as it was typed; whose it is, is said.
#[test]
fn a_refused_choice_is_told_as_it_was_typed() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "99213"), ("F1R2C3", "e88899")]);
    let ran = desk.plan(&["--decisions", &filled]);
    let said =
        ["99213 may not be billed on 2024-11-02: it stands in no", "E88899 may not be billed"];
    refused(&ran, &desk.run(), &said);
    let set: Vec<&str> = RELEASES[4..8].to_vec();
    let code = fs::read_to_string("fixtures/cpt/2026.txt").unwrap();
    let code =
        code.lines().find_map(|line| line.get(..5).filter(|code| code.parse::<u32>().is_ok()));
    let code = code.unwrap();
    let filled = desk.filled(&[("F1R1C3", code)]);
    let ran = desk.plan(&[&set[..], &["--decisions", &filled]].concat());
    let said = format!(
        "{code} may not be billed on 2024-11-02: it is a code of CPT, and one of ICD-10-CM"
    );
    refused(&ran, &desk.run(), &[&said]);
}

/// A spreadsheet took the zeros before a number: what may be meant is named, not guessed.
#[test]
fn a_choice_without_its_zeros_is_refused_with_what_may_be_meant() {
    let folder = folder();
    let claims = put(folder.path(), "claims.csv", "claim_id,dos,hcpcs\n1,2026-02-01,S9802\n");
    let out = folder.path().join("RUN");
    let plan = |out: &Path, more: &[&str]| {
        let own = ["plan", &*claims, "--records", "unbilled", "--out", out.to_str().unwrap()];
        run([&own[..], &RELEASES, more].concat())
    };
    plan(&out, &[]).well();
    let filled = filled(&out.join("worklist.csv"), "id", &[("F1R1C3", "5005")]);
    let filled = put(folder.path(), "filled.csv", filled);
    let out = folder.path().join("AGAIN");
    let ran = plan(&out, &["--decisions", &filled]);
    refused(&ran, &out, &["filled.csv:2", "5005 may not be billed", "is 05005 meant?"]);
}

/// What is left of a number may be a code of its own: where the whole one is offered, that is
/// not what was chosen.
#[test]
fn a_number_is_not_taken_for_another_code() {
    let folder = folder();
    let claims = put(folder.path(), "claims.csv", "claim_id,dos,dx1\n1,2014-02-01,900.1\n");
    let list = |codes: &[&str]| -> String {
        let row = |code: &&str| format!("{code},title of {code}\n");
        format!("ICD9CM code,description\n{}", codes.iter().map(row).collect::<String>())
    };
    let old = put(folder.path(), "old.csv", list(&["900.1", "462", "046.2"]));
    let new = put(folder.path(), "new.csv", list(&["462", "046.2"]));
    let map = put(folder.path(), "map.csv", "old,new,relation\n900.1,046.2,review\n");
    let (old, new) = (format!("{old}@2012-10-01"), format!("{new}@2013-10-01"));
    let plan = |out: &Path, more: &[&str]| {
        let own = ["plan", &*claims, "--records", "unbilled", "--system", "icd9cm"];
        let releases = ["--old", &*old, "--new", &*new, "--map", &*map];
        let out = ["--out", out.to_str().unwrap()];
        run([&own[..], &releases, &out, more].concat())
    };
    let first = folder.path().join("RUN");
    plan(&first, &[]).well();
    for (choice, is_taken) in [("462", false), ("0462", true)] {
        let filled = filled(&first.join("worklist.csv"), "id", &[("F1R1C3", choice)]);
        let filled = put(folder.path(), "filled.csv", filled);
        let out = folder.path().join(choice);
        let ran = plan(&out, &["--decisions", &filled]);
        if is_taken {
            ran.well();
        } else {
            refused(&ran, &out, &["462 is not offered, and 0462 is"]);
        }
    }
}

/// A formula whose result is not in the workbook was read as no choice.
#[test]
fn a_formula_that_nobody_worked_out_is_no_choice() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "=A1")]);
    let ran = desk.plan(&["--decisions", &filled]);
    refused(&ran, &desk.run(), &["filled-worklist.csv:2", "the choice is a formula"]);
    let mut book = rust_xlsxwriter::Workbook::new();
    write_sheet(&mut book, "by entry", &filled);
    let header = fs::read_to_string(&filled).unwrap();
    let column = header.lines().next().unwrap().split(',').position(|name| name == "choice");
    let sheet = book.worksheet_from_index(0).unwrap();
    sheet.write_formula(1, column.unwrap() as u16, "UPPER(\"e88.811\")").unwrap();
    let whole = book.save_to_buffer().unwrap();
    let path = put(desk.folder.path(), "worklist.xlsx", without_results(&whole));
    let ran = desk.plan(&["--decisions", &path]);
    refused(&ran, &desk.run(), &["by entry:2", "the choice is a formula"]);
}

/// A workbook as a program leaves it that does no sums.
fn without_results(book: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).unwrap();
        let (name, mut bytes) = (part.name().unwrap().into_owned(), Vec::new());
        part.read_to_end(&mut bytes).unwrap();
        if name.ends_with("sheet1.xml") {
            let text = String::from_utf8(bytes).unwrap();
            let changed = text.replace("</f><v>0</v>", "</f><v></v>");
            assert_ne!(changed, text);
            bytes = changed.into_bytes();
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Of several files the one in which nothing is filled is named, before anything is read.
#[test]
fn a_file_without_a_choice_is_named() {
    let mut desk = Desk::new();
    let filled = desk.filled(&[("F1R1C3", "E88.811")]);
    let own = desk.at("RUN1/worklist.csv");
    let ran = desk.plan(&["--decisions", &filled, "--decisions", own.to_str().unwrap()]).well();
    let said = ran.stderr.find("RUN1/worklist.csv: the decisions hold no choice");
    let read = ran.stderr.find("claims.csv\n");
    assert!(said.is_some() && said < read, "{}", ran.stderr);
    assert!(!ran.stderr.contains("filled-worklist.csv: the decisions"), "{}", ran.stderr);
    // A code whose zeros are gone is on no worklist.
    let codes = fs::read_to_string(desk.filled_codes(&[("C860", "C86.00")])).unwrap();
    let codes = put(desk.folder.path(), "codes.csv", codes.replace("icd10cm,C860", "cpt,100"));
    let ran = desk.plan(&["--decisions", &codes, "--allow-blanket", "--reason", "x"]);
    refused(&ran, &desk.run(), &["no entry of 100 stands", "taken the zeros before it"]);
}

/// A sheet whose column of choices was renamed is not taken for one without choices.
#[test]
fn a_sheet_that_lost_its_choices_is_refused() {
    let mut desk = Desk::new();
    let entries = desk.filled(&[("F1R1C3", "E88.811")]);
    let lost = fs::read_to_string(&entries).unwrap().replace(",choice,", ",my choice,");
    let lost = put(desk.folder.path(), "lost.csv", lost);
    let mut book = rust_xlsxwriter::Workbook::new();
    write_sheet(&mut book, "by code", &desk.filled_codes(&[("C860", "C86.00")]));
    write_sheet(&mut book, "by entry", &lost);
    let path = put(desk.folder.path(), "lost.xlsx", book.save_to_buffer().unwrap());
    for (path, sheet) in [(&lost, "no column `choice`"), (&path, "the sheet `by entry`")] {
        let more = ["--decisions", path, "--allow-blanket", "--reason", "x"];
        let ran = desk.plan(&more);
        refused(&ran, &desk.run(), &["there is no column `choice`", sheet]);
    }
}
