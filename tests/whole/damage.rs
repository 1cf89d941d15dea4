//! Damaged releases: never a panic, never in silence another set of codes.
//!
//! A small file of each layout is cut, its lines are swapped or doubled, its
//! bytes changed. Either it is refused with the line, or it says that it may be
//! cut off, or it still holds what it held.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::{folder, put};
use codeturn::code::Code;
use codeturn::error::Error;
use codeturn::release::{Release, Wanted, open};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_xlsxwriter::Workbook;

/// How many codes a sample has.
const CODES: usize = 25;

/// A layout that is text, and how a line of it is written.
type Layout = (&'static str, fn(usize) -> String);

const LAYOUTS: [Layout; 8] = [
    ("order", |n| format!("{:05} A{n:02}0    1 {:<60} An invented illness {n}\r\n", n + 1, "Ill")),
    ("codes", |n| format!("A{n:02}0    An invented illness {n}\r\n")),
    ("hcpcs", |n| {
        let title = format!("An invented service {n}, of which");
        let (blank, dates) = ("", "2018010120180101        ");
        format!("A{n:04}00100 3{title:<80}{:<28}{blank:149}{dates}{blank:28}\r\n", "Service")
            .replacen("00100 3", "001003", 1)
            + &format!("A{n:04}002004the title goes on\r\n")
    }),
    ("comma", |n| format!("A{n:04},An invented service {n},20180101\n")),
    ("tab", |n| format!("A{n:04}\tAn invented service {n}\t20180101\n")),
    ("tabbed", |n| format!("98{n:03}\tAn invented procedure {n}\r\n")),
    ("numbered", |n| format!("98{n:03}01 An invented procedure\r\n98{n:03}02 number {n}\r\n")),
    ("plain", |n| format!("98{n:03} INVENTED PROCEDURE {n}\r\n")),
];

fn sample(layout: usize) -> String {
    let (name, line) = LAYOUTS[layout];
    let heading = match name {
        "comma" => "hcpcs,description,effective\n",
        "tab" => "hcpcs\tdescription\teffective\n",
        _ => "",
    };
    heading.to_owned() + &(0..CODES).map(line).collect::<String>()
}

/// The codes of a release with their titles.
fn content(release: &Release) -> BTreeMap<Code, String> {
    let entries = release.entries().iter();
    entries.map(|entry| (entry.code, release.title(entry.code).to_owned())).collect()
}

fn read(folder: &Path, bytes: &[u8]) -> Result<Release, Error> {
    let path: PathBuf = put(folder, "release", bytes).into();
    let wanted =
        Wanted { effective: Some("2020-01-01".parse().expect("a day")), ..Wanted::new(path) };
    open(&wanted).map(|mut releases| releases.remove(0))
}

fn runner() -> TestRunner {
    // The same cases each time: a failure is found again.
    TestRunner::new_with_rng(
        Config { cases: 300, failure_persistence: None, ..Config::default() },
        TestRng::deterministic_rng(RngAlgorithm::default()),
    )
}

#[test]
fn the_samples_are_whole() {
    let folder = folder();
    for (layout, (name, _)) in LAYOUTS.iter().enumerate() {
        let release = read(folder.path(), sample(layout).as_bytes()).expect(name);
        assert_eq!(release.billable(), CODES, "{name}");
        assert!(release.warnings.is_empty(), "{name}: {:?}", release.warnings);
    }
}

/// A cut inside a line is refused with that line, or said.
#[test]
fn cut_anywhere_it_is_refused_or_said() {
    let folder = folder();
    for (layout, (name, _)) in LAYOUTS.iter().enumerate() {
        let whole = sample(layout);
        for cut in (1..whole.len()).step_by(7) {
            if whole.as_bytes()[cut - 1] == b'\n'
                || whole.is_char_boundary(cut) && whole[cut..].starts_with("\r\n")
            {
                continue;
            }
            let part = &whole[..cut];
            match read(folder.path(), part.as_bytes()) {
                Ok(release) => {
                    let said = release.warnings.join("\n");
                    assert!(said.contains("cut off"), "{name} {cut}: {said}");
                }
                Err(error) if cut > whole.len() / 3 => {
                    assert!(error.whereabouts().is_some(), "{name} {cut}: {error}");
                }
                Err(_) => {}
            }
        }
    }
}

/// Codes are looked up by themselves: their order means nothing, and a line
/// that stands twice is counted once and said.
#[test]
fn lines_swapped_or_doubled_change_nothing_in_silence() {
    let folder = folder();
    let strategy = (
        0..LAYOUTS.len(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    let ran = runner().run(&strategy, |(layout, one, other, double)| {
        let whole = sample(layout);
        let want = content(&read(folder.path(), whole.as_bytes()).expect("whole"));
        let mut lines: Vec<&str> = whole.split_inclusive('\n').collect();
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        if double {
            lines.insert(other, lines[one]);
        } else {
            lines.swap(one, other);
        }
        match read(folder.path(), lines.concat().as_bytes()) {
            Ok(release) => {
                prop_assert_eq!(content(&release), want);
                let said = release.notes.iter().any(|note| note.contains("exactly like"));
                prop_assert!(said || !double, "{:?}", release.notes);
            }
            Err(error) => {
                prop_assert!(error.whereabouts().is_some() || one == 0 || other == 0, "{}", error);
            }
        }
        Ok(())
    });
    ran.expect("swapped or doubled lines");
}

/// A changed byte may make another letter of a title or a code, which nothing
/// can find; it never loses a row.
#[test]
fn changed_bytes_never_lose_a_row() {
    let folder = folder();
    let strategy = (0..LAYOUTS.len(), any::<prop::sample::Index>(), any::<u8>());
    let ran = runner().run(&strategy, |(layout, at, byte)| {
        let mut bytes = sample(layout).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(release) = read(folder.path(), &bytes) {
            let said = release.notes.len() + release.warnings.len() > 0;
            prop_assert!(
                release.entries().len() == CODES || said,
                "{} of {CODES}",
                release.entries().len()
            );
        }
        Ok(())
    });
    ran.expect("changed bytes");
}

/// A workbook's parts have checksums: damage is found wherever it is.
#[test]
fn a_damaged_workbook_is_refused_or_unchanged() {
    let folder = folder();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["hcpcs", "description"]).expect("a row");
    for row in 1..=CODES {
        let cells = [format!("A{row:04}"), format!("An invented service {row}")];
        sheet.write_row(row as u32, 0, cells).expect("a row");
    }
    let whole = book.save_to_buffer().expect("a workbook");
    let want = content(&read(folder.path(), &whole).expect("whole"));
    assert_eq!(want.len(), CODES);
    let strategy = (any::<prop::sample::Index>(), any::<u8>(), any::<bool>());
    let ran = runner().run(&strategy, |(at, byte, cut)| {
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        if let Ok(release) = read(folder.path(), &bytes) {
            prop_assert_eq!(content(&release), want.clone());
        }
        Ok(())
    });
    ran.expect("a damaged workbook");
}
