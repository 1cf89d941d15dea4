//! Two files of records that change and one that does not, and how they are planned.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Call, Ended, Fault, Place, Point, Threads};

pub const A: &str =
    "claim_id,dos,dx1,note\n1,2024-11-02,T84.040A,\"a, b\"\n2,2024-09-02,T84.040A,\n";
pub const B: &str = "claim_id;dos;dx1\r\n3;2024-12-24;T84.040A\r\n4;2024-12-24;I10";
pub const QUIET: &str = "claim_id,dos,dx1\n9,2024-11-02,I10\n";
pub const MAP: &str = "old,new\nT84.040A,M97.01XA\n";
/// The records that change.
pub const NAMES: [&str; 2] = ["a.csv", "b.csv"];

pub fn old(name: &str) -> Vec<u8> {
    if name == "a.csv" { A.into() } else { B.into() }
}

/// The one code that was retired on its day is replaced.
pub fn new(name: &str) -> Vec<u8> {
    String::from_utf8(old(name)).unwrap().replacen("T84.040A", "M97.01XA", 1).into_bytes()
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As copies in the run folder.
    Beside,
    /// In place of the originals.
    InPlace,
}

impl Manner {
    /// Where the result of a file stands.
    pub fn result(self, name: &str) -> String {
        if self == Manner::InPlace { name.to_owned() } else { format!("RUN/migrated/{name}") }
    }
}

pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// `plan` or `migrate` of the three files, in the folder where they lie.
pub fn planning(command: &str, more: &str) -> Vec<String> {
    let release = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/icd10cm")
            .join(name)
            .display()
            .to_string()
    };
    let mut args = words(&format!(
        "{command} a.csv b.csv quiet.csv --records unbilled --map map.csv --out RUN {more}"
    ));
    args.extend(["--old".to_owned(), release("icd10cm_order_2024.txt@2023-10-01")]);
    args.extend(["--new".to_owned(), release("icd10cm_order_2025.txt@2024-10-01")]);
    args
}

pub fn desk() -> Place {
    let place = Place::new();
    for (name, text) in [("a.csv", A), ("b.csv", B), ("quiet.csv", QUIET), ("map.csv", MAP)] {
        fs::write(place.path().join(name), text).unwrap();
    }
    place
}

pub fn planned(manner: Manner) -> Place {
    let place = desk();
    let in_place = if manner == Manner::InPlace { "--in-place" } else { "" };
    done(&place, &planning("plan", in_place));
    place
}

#[track_caller]
pub fn done(place: &Place, args: &[String]) -> Ended {
    let ended = place.run(args);
    assert_eq!(ended.status, Some(0), "{args:?}: {ended:?}");
    ended
}

/// The calls of a command on a copy of a folder, by name.
pub fn calls_of(place: &Place, command: &str, name: &str) -> Vec<Call> {
    let before = place.tree();
    let (ended, calls) = place.trace(&words(command));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    place.restore(&before);
    calls.into_iter().filter(|call| call.thread == 0 && call.name == name).collect()
}

/// Ends the command at its call of that name, in the first thread.
pub fn kill_at(place: &Place, command: &str, name: &str, choose: impl Fn(&Call) -> bool) {
    let calls = calls_of(place, command, name);
    let call = calls.into_iter().find(|call| choose(call)).expect("there is such a call");
    let point = Point { call, fault: Fault::Kill };
    assert_eq!(place.run_with(&point, Threads::First, &words(command)).status, None);
}

/// It ended with this status and said all of these words in its error.
#[track_caller]
pub fn fails(ended: &Ended, status: i32, says: &[&str]) {
    assert_eq!(ended.status, Some(status), "{ended:?}");
    let at = ended.stderr.find("error: ").unwrap_or_else(|| panic!("no error: {ended:?}"));
    for words in says {
        assert!(ended.stderr[at..].contains(words), "no `{words}` in {ended:?}");
    }
}

/// Files with a name of their own, which are to get another one.
pub fn parts(place: &Place) -> Vec<PathBuf> {
    place.tree().into_keys().filter(|name| name.to_string_lossy().contains(".codeturn-")).collect()
}

#[track_caller]
pub fn originals_stand(place: &Place) {
    for name in NAMES {
        assert_eq!(place.read(name), Some(old(name)), "{name}");
    }
}

#[track_caller]
pub fn results_stand(place: &Place, manner: Manner) {
    for name in NAMES {
        assert_eq!(place.read(&manner.result(name)), Some(new(name)), "{name}");
    }
    assert_eq!(parts(place), Vec::<PathBuf>::new());
    let verified = done(place, &words("verify RUN"));
    assert!(verified.stdout.contains("File integrity verified."), "{verified:?}");
}
