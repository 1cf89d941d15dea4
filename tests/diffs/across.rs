//! `codeturn diff --across`: several releases, what happened to each code, which came back.

use std::fs::{self, File};
use std::io::BufReader;
use std::process::{Output, Stdio};

use assert_cmd::Command;
use calamine::{Reader, Xlsx, open_workbook};
use tempfile::TempDir;

/// Four yearly lists; 99902 goes and comes back, 99903 comes late, 99904 is renamed.
fn desk() -> TempDir {
    let desk = TempDir::new().expect("a folder");
    let put = |name: &str, text: &str| fs::write(desk.path().join(name), text).expect("an input");
    put("cpt 2031.txt", "99901\tOne\n99902\tTwo\n99904\tFour, on paper\n");
    put("cpt 2032.txt", "99901\tOne\n99904\tFour, on paper\n");
    put("cpt 2033.txt", "99901\tOne\n99902\tTwo again\n99904\tFour, by wire\n");
    put("cpt 2034.txt", "99901\tOne\n99902\tTwo again\n99903\tThree\n99904\tFour, by wire\n");
    put("mine.txt", "99902\n99999\n");
    desk
}

const ALL: [&str; 4] = ["cpt 2034.txt", "cpt 2031.txt", "cpt 2032.txt", "cpt 2033.txt"];

fn run(desk: &TempDir, more: &[&str]) -> Output {
    let mut command = Command::cargo_bin("codeturn").expect("the program");
    command.current_dir(desk.path()).args(["diff", "-q"]).args(more).output().expect("it runs")
}

fn shown(more: &[&str]) -> String {
    let output = run(&desk(), &[&ALL[..], &["--across"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn text_for_people() {
    insta::assert_snapshot!(shown(&["--codes", "mine.txt"]));
}

#[test]
fn csv_for_spreadsheets() {
    insta::assert_snapshot!(shown(&["--format", "csv"]));
}

#[test]
fn json_for_programs() {
    insta::assert_snapshot!(shown(&[
        "--format",
        "json",
        "--no-descriptors",
        "--kind",
        "reinstated"
    ]));
}

#[test]
fn the_order_in_which_releases_are_named_is_no_matter() {
    let desk = desk();
    let mut sorted = ALL;
    sorted.sort_unstable();
    let sorted = run(&desk, &[&sorted[..], &["--across", "--format", "csv"]].concat());
    assert_eq!(String::from_utf8_lossy(&sorted.stdout), shown(&["--format", "csv"]));
}

#[test]
fn a_folder_of_releases_is_enough() {
    let desk = desk();
    fs::create_dir(desk.path().join("library")).expect("a folder");
    for name in ALL {
        let to = desk.path().join("library").join(name);
        fs::rename(desk.path().join(name), to).expect("moved");
    }
    let output = run(&desk, &["library", "--across", "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), shown(&["--format", "csv"]), "{output:?}");
}

#[test]
fn what_does_not_go_together_is_wrong_usage() {
    let desk = desk();
    for args in [
        &["cpt 2031.txt"][..],
        &["cpt 2031.txt", "cpt 2032.txt", "cpt 2033.txt"],
        &["cpt 2031.txt", "--across"],
        &["cpt 2031.txt", "cpt 2032.txt", "--kind", "reinstated"],
        &["cpt 2031.txt", "cpt 2032.txt", "--across", "--format", "xlsx"],
    ] {
        let output = run(&desk, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn pages_tables_and_workbooks() {
    let desk = desk();
    let all = ["cpt 2031.txt", "cpt 2032.txt", "cpt 2033.txt", "--across"];
    let told = |more: &[&str]| {
        let output = run(&desk, &[&all[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let events = told(&["--format", "csv"]).lines().count() - 1;
    let page = told(&["--format", "html"]);
    assert_eq!(page.matches("<tr class=").count(), events);
    assert!(page.contains("Reinstated: it is back") && page.contains("Content-Security-Policy"));
    assert!(page.contains("American Medical Association"), "{page}");
    let table = told(&["--format", "markdown"]);
    let rows = table.lines().skip_while(|line| !line.starts_with("| Code |")).skip(2);
    assert_eq!(rows.take_while(|line| line.starts_with('|')).count(), events);
    let bare = told(&["--format", "html", "--no-descriptors"]);
    assert!(!bare.contains("<ins>") && bare.len() < page.len());
}

/// The cells of a sheet as text, row by row.
fn sheet(book: &mut Xlsx<BufReader<File>>, name: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(name).expect("a sheet");
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn the_workbook_holds_what_the_csv_holds() {
    let desk = desk();
    let all = [&ALL[..], &["--across", "--codes", "mine.txt"]].concat();
    let written = run(&desk, &[&all[..], &["--format", "xlsx", "--output", "all.xlsx"]].concat());
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    let mut book: Xlsx<_> = open_workbook(desk.path().join("all.xlsx")).expect("a workbook");
    let csv = run(&desk, &[&all[..], &["--format", "csv"]].concat());
    let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
    let events: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| vec![row[0].to_owned(), row[2].to_owned()])
        .collect();
    assert!(!events.is_empty());
    let codes = sheet(&mut book, "codes");
    assert_eq!(codes[0], ["code", "day", "what", "remark", "followed by", "title"]);
    let told: Vec<Vec<String>> = codes[1..].iter().map(|row| row[..2].to_vec()).collect();
    assert_eq!(told, events);
    let figures = sheet(&mut book, "figures");
    assert_eq!(figures[0], ["from", "to", "new", "reinstated", "deleted", "revised"]);
    assert_eq!(figures[2], ["2032-01-01", "2033-01-01", "1", "1", "0", "1"]);
    let notes = sheet(&mut book, "notes").concat();
    for words in ["Listed are 1 of 3 codes that changed", "American Medical Association", "99999"] {
        assert!(notes.iter().any(|note| note.contains(words)), "{words}: {notes:?}");
    }
}

/// Where an edition is missing, every form says so, and between which days.
#[test]
fn what_is_to_be_said_of_a_step_is_said_in_every_form() {
    let desk = desk();
    let words = "2031-01-01 to 2033-01-01: an edition of 2032-01-01 lies between";
    let all = ["cpt 2031.txt", "cpt 2033.txt", "cpt 2034.txt", "--across"];
    let told = |format: &str| {
        let output = run(&desk, &[&all[..], &["--format", format]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    for format in ["html", "markdown"] {
        let told = told(format);
        assert!(told.replace('\\', "").contains(words), "{format}");
    }
    run(&desk, &[&all[..], &["--format", "xlsx", "--output", "noted.xlsx"]].concat());
    let mut book: Xlsx<_> = open_workbook(desk.path().join("noted.xlsx")).expect("a workbook");
    let notes = sheet(&mut book, "notes").concat();
    assert!(notes.iter().any(|note| note.starts_with(words)), "{notes:?}");
}

/// The csv crate hides the kind of an I/O error behind its own.
#[test]
fn a_reader_that_has_seen_enough_of_a_csv_is_no_error() {
    let desk = desk();
    let list = |from: usize, to: usize| -> String {
        let title = "an invented title that is long enough to fill the pipe";
        let rows: Vec<String> = (from..to).map(|at| format!("{at:05}\t{title} {at}\n")).collect();
        rows.concat()
    };
    fs::write(desk.path().join("few 2031.txt"), list(0, 50)).expect("an input");
    fs::write(desk.path().join("many 2032.txt"), list(0, 9000)).expect("an input");
    for more in [&[][..], &["--across"]] {
        let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin("codeturn"));
        program.current_dir(desk.path()).args(["diff", "few 2031.txt", "many 2032.txt"]);
        program.args(["-q", "--format", "csv"]).args(more);
        let mut child =
            program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
    }
}
