//! `codeturn diff` as a whole: stdout, stderr, exit status, files written.
//!
//! The inputs are written here, a few lines each, in the layouts of the
//! publishers; codes and titles of licensed sets are invented.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use codeturn::release::Wanted;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// A folder for the inputs of one test, in which the program runs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("an input");
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::cargo_bin("codeturn").expect("the program");
        command.current_dir(self.0.path()).arg("diff").args(args).output().expect("it runs")
    }

    /// Exit status, stdout and stderr as one text, to be compared.
    fn show(&self, args: &[&str]) -> String {
        let output = self.run(args);
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            output.status.code().expect("an exit status"),
            String::from_utf8(output.stdout).expect("text"),
            String::from_utf8(output.stderr).expect("text")
        )
    }

    /// The message of a refusal.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(3), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{args:?}");
        stderr
    }
}

fn order(rows: &[(&str, u8, &str, &str)]) -> String {
    let line = |(number, (code, flag, short, long)): (usize, &(&str, u8, &str, &str))| {
        format!("{:05} {code:<7} {flag} {short:<60} {long}\r\n", number + 1)
    };
    rows.iter().enumerate().map(line).collect()
}

fn old_order() -> String {
    order(&[
        ("E888", 0, "Other metabolic disorders", "Other specified metabolic disorders"),
        ("E8881", 1, "Metabolic syndrome", "Metabolic syndrome"),
        ("E8889", 1, "Other metabolic disorders", "Other specified metabolic disorders"),
        ("F641", 1, "Old meaning of it", "Disorder of one kind in adulthood"),
        ("H814", 0, "Vertigo of central origin", "Vertigo of central origin"),
        ("H8141", 1, "Vertigo, right ear", "Vertigo of central origin, right ear"),
        ("J00", 1, "Common cold", "Acute nasopharyngitis  [common cold]"),
        ("K35", 0, "Appendicitis", "Appendicitis"),
        ("Z6830", 1, "BMI 30.0-30.9", "Body mass index [BMI]30.0-30.9, adult"),
    ])
}

fn new_order() -> String {
    order(&[
        ("E888", 0, "Oth metabolic disorders", "Other specified metabolic disorders"),
        ("E8881", 0, "Metabolic syndrome", "Metabolic syndrome"),
        ("E88810", 1, "Metabolic syndrome", "Metabolic syndrome"),
        ("E8889", 1, "Oth metabolic disorders", "Other specified metabolic disorders"),
        ("F641", 1, "New meaning of it", "Something else"),
        ("H814", 1, "Vertigo of central origin", "Vertigo of central origin"),
        ("J00", 1, "Common cold", "Acute nasopharyngitis, also called [common cold]"),
        ("Z68", 0, "Body mass index", "Body mass index [BMI]"),
        ("Z6830", 1, "BMI 30.0-30.9", "Body mass index [BMI] 30.0-30.9, adult"),
    ])
}

/// Two order files, dated by their names.
fn pair() -> Desk {
    let desk = Desk::new();
    desk.put("order_2031.txt", old_order());
    desk.put("order_2032.txt", new_order());
    desk
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a member");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

#[test]
fn text_for_people() {
    insta::assert_snapshot!(pair().show(&["order_2031.txt", "order_2032.txt"]));
}

#[test]
fn csv_for_spreadsheets() {
    insta::assert_snapshot!(pair().show(&[
        "-q",
        "order_2031.txt@2023-10-01",
        "order_2032.txt@2024-10-01",
        "--format",
        "csv"
    ]));
}

#[test]
fn json_for_programs() {
    insta::assert_snapshot!(pair().show(&[
        "-q",
        "order_2031.txt@2023-10-01",
        "order_2032.txt@2024-10-01",
        "--format",
        "json",
        "--kind",
        "added,became_header",
        "--no-descriptors",
    ]));
}

#[test]
fn differences_are_an_exit_status_only_if_asked_for() {
    let desk = pair();
    let status = |args: &[&str]| desk.run(args).status.code();
    assert_eq!(status(&["order_2031.txt", "order_2032.txt"]), Some(0));
    assert_eq!(status(&["order_2031.txt", "order_2032.txt", "--exit-code"]), Some(1));
    assert_eq!(status(&["order_2031.txt"]), Some(2));
    assert_eq!(status(&["order_2031.txt@2024-13-01", "order_2032.txt"]), Some(2));
    assert_eq!(status(&["order_2031.txt", "order_2032.txt", "--kind", "gone"]), Some(2));
}

#[test]
fn an_output_file_is_complete_and_never_overwritten() {
    let desk = pair();
    let args = ["order_2031.txt", "order_2032.txt", "--color", "always", "--output", "changes.txt"];
    let output = desk.run(&args);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let written = fs::read_to_string(desk.path("changes.txt")).expect("the report");
    assert!(written.contains("[BMI]{+ +}30.0-30.9"), "{written}");
    assert!(!written.contains('\u{1b}'), "no colours in files");
    assert!(desk.refused(&args).contains("exists already"));
    let left = fs::read_dir(desk.0.path()).expect("the folder").count();
    assert_eq!(left, 3, "no temporary file is left");
}

#[test]
fn figures_count_all_whatever_is_listed() {
    let desk = pair();
    let all = desk.show(&["-q", "order_2031.txt", "order_2032.txt"]);
    let some = desk.show(&["-q", "order_2031.txt", "order_2032.txt", "--kind", "header_added"]);
    let figures = |text: &str| text.split("\n\n").next().map(str::to_owned);
    assert_eq!(figures(&all), figures(&some));
    assert!(some.contains("Z68") && !some.contains("E88"), "{some}");
}

#[test]
fn a_zip_is_read_as_downloaded() {
    let desk = pair();
    let codes = "A000    Cholera\r\nB990    Other\r\n";
    let addenda = "Add:         1 A925    Zika virus disease\r\n";
    desk.put(
        "cm 2032.zip",
        zipped(&[
            ("a folder with order in it/icd10cm-codes-2032.txt", codes.as_bytes()),
            ("a folder with order in it/icd10cm order 2032.txt", new_order().as_bytes()),
            ("icd10cm_order_addenda_2032.txt", addenda.as_bytes()),
            ("read me.pdf", b"%PDF-1.7"),
            ("__MACOSX/._icd10cm order 2032.txt", old_order().as_bytes()),
        ]),
    );
    let from_zip = desk.show(&["-q", "order_2031.txt", "cm 2032.zip"]);
    assert_eq!(from_zip, desk.show(&["-q", "order_2031.txt", "order_2032.txt"]));
    fs::remove_file(desk.path("order_2032.txt")).expect("removed");
    desk.put("library/cm 2032.zip", fs::read(desk.path("cm 2032.zip")).expect("the zip"));
    assert_eq!(from_zip, desk.show(&["-q", "order_2031.txt", "library"]));
}

#[test]
fn several_releases_in_one_zip_need_a_choice() {
    let desk = pair();
    let (old, new) = (old_order(), new_order());
    let pcs = order(&[("001", 0, "Bypass", "Bypass"), ("0016070", 1, "Bypass", "Bypass")]);
    desk.put(
        "both.zip",
        zipped(&[("order_2031.txt", old.as_bytes()), ("order_2032.txt", new.as_bytes())]),
    );
    desk.put(
        "systems.zip",
        zipped(&[("pcs_order_2032.txt", pcs.as_bytes()), ("cm_order_2032.txt", new.as_bytes())]),
    );
    let message = desk.refused(&["both.zip", "order_2032.txt"]);
    assert!(message.contains("2 releases") && message.contains("name the file"), "{message}");
    assert!(desk.refused(&["both.zip@2030-10-01", "order_2032.txt"]).contains("one date"));
    let named = desk.show(&["-q", "both.zip/order_2031.txt", "both.zip/order_2032.txt"]);
    assert_eq!(named, desk.show(&["-q", "order_2031.txt", "order_2032.txt"]));
    assert!(desk.refused(&["both.zip/order.txt", "order_2032.txt"]).contains("no file"));
    let chosen = desk.run(&["order_2031.txt", "systems.zip", "--system", "icd10cm"]);
    assert_eq!(chosen.status.code(), Some(0));
    let none = desk.refused(&["order_2031.txt", "systems.zip", "--system", "hcpcs"]);
    assert!(none.contains("no HCPCS Level II release"), "{none}");
}

#[test]
fn releases_that_are_no_pair_are_refused() {
    let desk = pair();
    desk.put("again_2032.txt", old_order());
    desk.put("pcs_2032.txt", order(&[("0016070", 1, "Bypass", "Bypass")]));
    for (args, want) in [
        (["order_2031.txt", "again_2032.txt"], "same release"),
        (["order_2032.txt", "order_2031.txt"], "newer than NEW"),
        (["order_2031.txt@2030-01-01", "order_2032.txt@2030-01-01"], "same day"),
        (["order_2031.txt", "pcs_2032.txt"], "different systems"),
    ] {
        let message = desk.refused(&args);
        assert!(message.contains(want) && message.contains("hint:"), "{message}");
    }
}

#[test]
fn two_kinds_of_titles_are_refused() {
    let desk = Desk::new();
    let list = |what: &str| -> String {
        let rows = (0..40).map(|at| format!("{}\tInvented {what} {at}\n", 99_900 + at));
        rows.collect()
    };
    desk.put("long 2031.txt", list("thing of a long kind, told at length, number"));
    desk.put("medium 2032.txt", list("med"));
    let message = desk.refused(&["long 2031.txt", "medium 2032.txt"]);
    assert!(message.contains("two kinds of titles"), "{message}");
}

#[test]
fn a_tenth_of_a_code_set_is_not_deleted_in_silence() {
    let desk = Desk::new();
    let list = |count: usize| -> String {
        let rows = (0..count).map(|at| format!("{}\tInvented {at}\n", 99_900 + at));
        rows.collect()
    };
    desk.put("whole 2031.txt", list(40));
    desk.put("cut 2032.txt", list(30));
    let shown = desk.show(&["whole 2031.txt", "cut 2032.txt"]);
    assert!(shown.contains("warning: 10 of 40 billable codes would be deleted"), "{shown}");
}

#[test]
fn a_codes_file_says_that_headers_are_unknown() {
    let desk = pair();
    let codes = "E88810  Metabolic syndrome\r\nF641    Something else\r\n";
    desk.put("codes_2032.txt", codes);
    let shown = desk.show(&["order_2031.txt", "codes_2032.txt"]);
    assert!(shown.contains("headers are unknown"), "{shown}");
    assert!(shown.contains("became a header looks like a deleted one"), "{shown}");
    assert!(shown.contains("headers           0 added, 0 gone, 0 revised"), "{shown}");
}

#[test]
fn a_termination_date_is_a_deletion() {
    let desk = Desk::new();
    desk.put(
        "hcpcs_2031.csv",
        "HCPC,Long Description,Term Date\nA0001,One,\nA0002,Two,\nA0003,Three,20301231\n",
    );
    desk.put(
        "hcpcs_2032.csv",
        "HCPC,Long Description,Term Date\nA0001,One,20320101\nA0002,Two,20311231\nA0003,Three,20301231\n",
    );
    let shown = desk.show(&["-q", "hcpcs_2031.csv", "hcpcs_2032.csv", "--format", "csv"]);
    assert_eq!(
        shown,
        "exit 0\n--- stdout\nkind,class,code,old_short,old_long,new_short,new_long,successors\n\
         deleted,,A0002,,Two,,Two,\n--- stderr\n"
    );
}

#[test]
fn what_is_no_release_is_refused_with_a_hint() {
    let desk = pair();
    let gz = b"\x1f\x8b\x08\x00rest".as_slice();
    let utf16: Vec<u8> = "code,description\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let zip = zipped(&[("order_2032.txt", new_order().as_bytes())]);
    let workbook = zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    for (name, bytes, want) in [
        ("empty.txt", b"".as_slice(), "is empty"),
        ("a.pdf", b"%PDF-1.7", "a PDF"),
        ("a.png", b"\x89PNG\r\n", "a PNG"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "a JPEG"),
        ("a.txt.gz", gz, "gzip"),
        ("a.csv", &utf16, "UTF-16"),
        ("a.xlsx", &workbook, "workbook"),
        ("cut.zip", &zip[..zip.len() / 2], "damaged"),
        ("prose.txt", b"nothing of the kind\n", "no layout"),
        ("map.csv", b"old,new\nA,B\n", "a mapping"),
        ("addenda.txt", b"Add:         1 A925    Zika\r\n", "addenda"),
        ("nothing.zip", &zipped(&[]), "no file"),
        ("undated.csv", b"code,description\nA00.0,x\nA01.00,y\n", "PATH@2024-10-01"),
        ("unclear_2032.csv", b"code,description\n99213,x\nG0008,y\n", "--system"),
    ] {
        desk.put(name, bytes);
        let message = desk.refused(&["order_2031.txt", name]);
        assert!(message.contains(want) && message.contains("hint:"), "{name}: {message}");
        assert!(message.contains(name), "{name}: {message}");
    }
    assert!(desk.refused(&["order_2031.txt", "absent.txt"]).contains("no such file"));
}

#[test]
fn a_damaged_line_is_refused_with_its_place() {
    let desk = pair();
    desk.put("damaged_2032.txt", new_order().replacen("E8881   0", "E8881   7", 1));
    let message = desk.refused(&["order_2031.txt", "damaged_2032.txt"]);
    assert!(message.contains("damaged_2032.txt:2"), "{message}");
    let inside = zipped(&[("a b/order_2032.txt", &new_order().as_bytes()[..700])]);
    desk.put("cut_2032.zip", inside);
    let message = desk.refused(&["order_2031.txt", "cut_2032.zip"]);
    assert!(message.contains("cut_2032.zip/a b/order_2032.txt:"), "{message}");
}

#[test]
fn both_paths_are_judged_at_once() {
    let desk = Desk::new();
    desk.put("empty.txt", "");
    let message = desk.refused(&["empty.txt", "absent.txt"]);
    assert!(message.contains("is empty") && message.contains("no such file"), "{message}");
}

/// Cut anywhere, an order file is refused or said to be doubtful: its count is
/// never taken for that of a whole release in silence.
#[test]
fn an_order_file_cut_anywhere_is_never_taken_in_silence() {
    let whole = old_order();
    let lines: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    let desk = Desk::new();
    for cut in 1..whole.len() {
        desk.put("cut.txt", &whole[..cut]);
        let wanted = format!("{}@2023-10-01", desk.path("cut.txt").display());
        let wanted = wanted.parse().expect("a path and a day");
        if let Ok(releases) = codeturn::release::open(&wanted) {
            let notes = releases[0].warnings.join("\n");
            let counted = releases[0].entries().len();
            let begun = lines.iter().filter(|&&line| line < cut).count() + 1;
            let full = lines.iter().filter(|&&line| line <= cut).count();
            assert!(counted == full || counted == begun, "cut at {cut}");
            assert!(notes.contains("cut off"), "cut at {cut}: {notes}");
        }
    }
}

/// A flipped bit is refused, or changes a code or title; it never panics and
/// never loses a line.
#[test]
fn a_flipped_bit_never_loses_a_line() {
    let whole = old_order();
    let count = whole.lines().count();
    let whole = whole.into_bytes();
    let desk = Desk::new();
    for at in 0..whole.len() {
        for bit in [0, 5] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            desk.put("flipped.txt", &bytes);
            let wanted = format!("{}@2023-10-01", desk.path("flipped.txt").display());
            let wanted = wanted.parse().expect("a path and a day");
            if let Ok(releases) = codeturn::release::open(&wanted) {
                assert_eq!(releases[0].entries().len(), count, "bit {bit} of byte {at}");
            }
        }
    }
}

/// Whatever the bytes are, the answer is a release or a refusal.
#[test]
fn no_bytes_make_it_panic() {
    let zip = zipped(&[("order_2032.txt", new_order().as_bytes())]);
    let hcpcs =
        format!("A0001001003{:<80}{:<177}{:<24}\r\nA0001001004x\r\n", "One", "", "20200101");
    let list = "a line\nHCPC;Long Description;Term Date;status\nA0001;\"One;1\";20200101;A\n";
    let order = old_order();
    let samples: [&[u8]; 6] = [
        order.as_bytes(),
        b"A000    Cholera\r\nA0101   Typhoid \xe9\r\n",
        hcpcs.as_bytes(),
        list.as_bytes(),
        b"Invented\n99998\tInvented one\n0999T\tInvented \xe9 two\n",
        &zip,
    ];
    let desk = Desk::new();
    let mut runner =
        TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let damage = (0..samples.len(), vec((any::<Index>(), any::<u8>(), 0..3_u8), 0..6));
    let open = |(sample, edits): (usize, Vec<(Index, u8, u8)>)| {
        let mut bytes = samples[sample].to_vec();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match how {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        desk.put("damaged_2032", &bytes);
        let _ = codeturn::release::open(&Wanted::new(desk.path("damaged_2032")));
        Ok(())
    };
    runner.run(&damage, open).expect("no panic");
}

#[test]
fn a_zip_bomb_is_refused() {
    let zeros = vec![b'0'; 1 << 20];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("order_2032.txt", SimpleFileOptions::default()).expect("a member");
    zip.write_all(order(&[("A000", 1, "Cholera", "Cholera")]).as_bytes()).expect("bytes");
    for _ in 0..300 {
        zip.write_all(&zeros).expect("bytes");
    }
    let desk = pair();
    desk.put("bomb.zip", zip.finish().expect("a zip").into_inner());
    let message = desk.refused(&["order_2031.txt", "bomb.zip"]);
    assert!(message.contains("256 MiB"), "{message}");
}

#[test]
fn nothing_in_a_title_controls_the_terminal() {
    let desk = Desk::new();
    desk.put("list_2031.csv", "cpt code,description\n99998,x\n");
    desk.put("list_2032.csv", "cpt code,description\n99998,x\n99999,\u{1b}[2Jy\n");
    let shown = desk.show(&["-q", "list_2031.csv", "list_2032.csv"]);
    assert!(!shown.contains('\u{1b}') && shown.contains("\u{fffd}[2Jy"), "{shown}");
}

#[test]
fn a_path_with_an_at_sign_is_a_path() {
    let desk = Desk::new();
    desk.put("me@work/order_2031.txt", old_order());
    desk.put("me@work/order_2032.txt", new_order());
    let output = desk.run(&["me@work/order_2031.txt", "me@work/order_2032.txt"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(Path::new("me@work").is_relative());
}

#[test]
fn only_the_codes_asked_for_are_listed_and_that_is_said() {
    let desk = pair();
    let codes = |more: &[&str]| -> Vec<String> {
        let args = ["-q", "order_2031.txt", "order_2032.txt", "--format", "csv"];
        let output = desk.run(&[&args, more].concat());
        assert_eq!(output.status.code(), Some(0), "{more:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().skip(1).filter_map(|row| row.split(',').nth(2)).map(str::to_owned).collect()
    };
    let metabolic = ["E888", "E8881", "E88810", "E8889"];
    assert_eq!(codes(&["--chapter", "4"]), metabolic);
    assert_eq!(codes(&["--prefix", "e88.8"]), metabolic);
    assert_eq!(codes(&["--codes-in", "E88-F64"]), [&metabolic[..], &["F641"]].concat());
    assert_eq!(codes(&["--prefix", "E88,J", "--kind", "revised"]), ["J00"]);
    assert_eq!(codes(&["--codes-in", "K35-Z68"]), ["K35", "Z68", "Z6830"]);
    let shown = desk.show(&["-q", "order_2031.txt", "order_2032.txt", "--chapter", "4"]);
    let words = "\n\nListed are 4 of 11 changes: chapter 4 (E00-E89). The figures count all.\n\n";
    assert!(shown.contains(words), "{shown}");
    let none = desk.refused(&["order_2031.txt", "order_2032.txt", "--prefix", "Q"]);
    assert!(none.contains("Q* holds no code"), "{none}");
}

#[test]
fn a_superbill_shows_what_happened_to_its_codes() {
    let desk = pair();
    desk.put("mine.csv", "Name,Code\nMetabolic,E88.81\nCold,J00\nGone,E88.99\nFall,E888.1\n");
    desk.put("mine.xlsx", b"PK\x03\x04");
    desk.put("empty.csv", "nothing!\n");
    let with = |more: &'static [&'static str]| {
        [&["order_2031.txt", "order_2032.txt", "--codes"], more].concat()
    };
    insta::assert_snapshot!(desk.show(&with(&["mine.csv", "-q"])));
    let csv = desk.show(&with(&["mine.csv", "--format", "csv"]));
    assert!(csv.contains("warning: In neither release (2): E88.99, E888.1\n"), "{csv}");
    assert!(csv.contains("Listed are 2 of 11 changes: the 4 codes of mine.csv."), "{csv}");
    assert!(desk.refused(&with(&["mine.xlsx"])).contains("as CSV"));
    assert!(desk.refused(&with(&["empty.csv"])).contains("no code of ICD-10-CM"));
}

#[test]
fn a_section_of_cpt_is_a_stretch_of_the_file() {
    let desk = Desk::new();
    // 99951 was resequenced into the first section.
    desk.put("cpt 2031.txt", "99901\tOne\n99902\tTwo\n99950\tFifty\n");
    desk.put("cpt 2032.txt", "99901\tOne\n99951\tNew\n99902\tTwo\n99952\tOther\n");
    let args = ["cpt 2031.txt", "cpt 2032.txt", "--codes-in", "99901-99902"];
    let shown = desk.show(&[&args[..], &["-q"]].concat());
    assert!(shown.contains("+ 99951") && !shown.contains("99952"), "{shown}");
    assert!(shown.contains("CPT is a registered trademark of the American Medical"), "{shown}");
    let csv = desk.show(&[&args[..], &["--format", "csv"]].concat());
    assert!(csv.contains("descriptors are licensed."), "{csv}");
    let chapter = desk.run(&["cpt 2031.txt", "cpt 2032.txt", "--chapter", "4"]);
    assert_eq!(chapter.status.code(), Some(2));
}
