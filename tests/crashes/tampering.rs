//! One other byte anywhere - in the plan, an edit list, the journal, a signature, an
//! input, a result - is caught, the file is named, and nothing is done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Ran, files_below, fixture, folder, put, run};
use tempfile::TempDir;

const CLAIMS: &str = "claim_id,dos,dx1,note\n1,2024-11-02,T84.040A,\"a, b\"\n2,2024-09-02,T84.040A,\n\
     3,2024-11-02,E88.81,\n";
/// Kept by hand, and known by its key.
const FILLED: &str = "id,code,date,choice,claim_id\nF1R3C3,E8881,2024-11-02,E88.811,3\n";
const DECIDED: &[&str] = &["--key", "claim_id", "--decisions", "filled.csv"];
const QUIET: &str = "claim_id,dos,dx1\n9,2024-11-02,I10\n";

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Planned,
    Approved,
    Applied,
}

/// A run with everything that it was planned from in one folder.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn at(stage: Stage, manner: &[&str]) -> Desk {
        let folder = folder();
        put(folder.path(), "claims.csv", CLAIMS);
        put(folder.path(), "quiet.csv", QUIET);
        put(folder.path(), "filled.csv", FILLED);
        put(folder.path(), "map.csv", "old,new\nT84.040A,M97.01XA\n");
        for year in ["2024", "2025"] {
            let name = format!("icd10cm_order_{year}.txt");
            let bytes = fs::read(fixture("fixtures/icd10cm").join(&name)).unwrap();
            put(folder.path(), &name, bytes);
        }
        let desk = Desk { folder };
        desk.plan(manner).well();
        if stage != Stage::Planned {
            run(["approve", &desk.text("RUN"), "--by", "R. Coder", "--reason", "read it"]).well();
        }
        if stage == Stage::Applied {
            desk.run("apply").well();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn plan(&self, manner: &[&str]) -> Ran {
        let release = |year: &str, day: &str| {
            format!("{}@{day}", self.text(&format!("icd10cm_order_{year}.txt")))
        };
        let mut args = vec!["plan".to_owned(), self.text("claims.csv"), self.text("quiet.csv")];
        args.extend(["--records".to_owned(), "unbilled".to_owned()]);
        args.extend(["--map".to_owned(), self.text("map.csv")]);
        args.extend(["--old".to_owned(), release("2024", "2023-10-01")]);
        args.extend(["--new".to_owned(), release("2025", "2024-10-01")]);
        args.extend(["--out".to_owned(), self.text("RUN")]);
        let typed = |one: &&str| match *one {
            "filled.csv" => self.text(one),
            one => one.to_owned(),
        };
        args.extend(manner.iter().map(typed));
        run(args)
    }

    fn run(&self, command: &str) -> Ran {
        let run_folder = self.text("RUN");
        match command {
            "approve" => run(["approve", &run_folder, "--by", "Q.", "--reason", "too"]),
            _ => run([command, &run_folder]),
        }
    }

    /// Everything that is there, but the empty file that says who is at work.
    fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let names = files_below(self.folder.path()).into_iter();
        let names = names.filter(|name| name != "RUN/lock");
        names.map(|name| (name.clone(), fs::read(self.path(&name)).unwrap())).collect()
    }
}

fn with_other_byte(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut other = bytes.to_vec();
    other[at] ^= 1;
    other
}

/// Places all over a file: both ends, and between.
fn places(bytes: &[u8]) -> Vec<usize> {
    let last = bytes.len() - 1;
    vec![0, last / 5, last / 3, last / 2, last - last / 4, last]
}

/// All of a command line is refused, whatever byte of the file is another one.
#[track_caller]
fn is_caught(desk: &Desk, file: &str, commands: &[&str], places: &[usize]) {
    let whole = fs::read(desk.path(file)).unwrap();
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    for &at in places {
        fs::write(desk.path(file), with_other_byte(&whole, at)).unwrap();
        let before = desk.everything();
        for command in commands {
            let ran = desk.run(command);
            assert_eq!(ran.status, 3, "{command}, {file} byte {at}: {}{}", ran.stdout, ran.stderr);
            let error = ran.stderr.find("error: ").expect("an error");
            assert!(
                ran.stderr[error..].contains(name),
                "{command}, {file} byte {at}: {}",
                ran.stderr
            );
            assert!(desk.everything() == before, "{command}, {file} byte {at}: something changed");
        }
    }
    fs::write(desk.path(file), whole).unwrap();
}

#[test]
fn one_other_byte_is_caught_by_name() {
    use Stage::{Applied, Approved, Planned};
    let in_place = &["--in-place"][..];
    let read = &["show", "approve", "apply", "verify"][..];
    let sign = &["approve", "apply", "verify"][..];
    let table: [(Stage, &[&str], &str, &[&str]); 22] = [
        (Planned, in_place, "RUN/plan.json", read),
        (Planned, in_place, "RUN/journal.ndjson", read),
        (Planned, in_place, "RUN/edits/0001.edits", &["approve", "apply", "verify"]),
        (Planned, in_place, "RUN/edits/0002.edits", &["approve", "apply", "verify"]),
        (Planned, in_place, "RUN/report.html", sign),
        (Planned, in_place, "RUN/summary.json", sign),
        (Planned, in_place, "RUN/report.xlsx", sign),
        (Planned, in_place, "RUN/changes.csv", sign),
        (Approved, DECIDED, "RUN/decisions.csv", &["apply"]),
        (Applied, in_place, "RUN/report.html", &["verify"]),
        (Approved, DECIDED, "filled.csv", &["apply"]),
        (Planned, &[], "claims.csv", &["apply"]),
        (Planned, in_place, "claims.csv", &["apply"]),
        (Planned, in_place, "quiet.csv", &["apply"]),
        (Planned, in_place, "map.csv", &["apply"]),
        (Planned, in_place, "icd10cm_order_2025.txt", &["apply"]),
        (Applied, in_place, "RUN/plan.json", &["show", "verify", "undo"]),
        (Applied, &[], "RUN/edits/0001.edits", &["verify", "undo"]),
        (Applied, in_place, "RUN/edits/0002.edits", &["verify", "undo"]),
        (Applied, &[], "RUN/migrated/claims.csv", &["verify", "undo"]),
        (Applied, in_place, "claims.csv", &["verify", "undo"]),
        (Approved, &[], "RUN/journal.ndjson", read),
    ];
    for (stage, manner, file, commands) in table {
        let desk = Desk::at(stage, manner);
        let places = places(&fs::read(desk.path(file)).unwrap());
        is_caught(&desk, file, commands, &places);
        // With the byte put back, it is as it was.
        desk.run(if stage == Applied { "verify" } else { "apply" }).well();
    }
}

/// A report that somebody changed, or that is gone, stops what is yet to be done; what
/// was done can be taken back all the same.
#[test]
fn another_report_does_not_stop_an_undo() {
    let desk = Desk::at(Stage::Applied, &["--in-place"]);
    fs::remove_file(desk.path("RUN/report.html")).unwrap();
    let ran = desk.run("verify");
    assert_eq!(ran.status, 3, "{}", ran.stdout);
    assert!(ran.stderr.contains("report.html"), "{}", ran.stderr);
    desk.run("undo").well();
    assert_eq!(fs::read_to_string(desk.path("claims.csv")).unwrap(), CLAIMS);
    assert_eq!(desk.run("apply").status, 3);
}

/// The signature is the last entry: no other one follows that would show a change.
#[test]
fn the_name_of_who_signed_cannot_be_changed() {
    let desk = Desk::at(Stage::Approved, &["--require-approval"]);
    let journal = desk.everything()["RUN/journal.ndjson"].clone();
    let text = String::from_utf8(journal).unwrap();
    let signed = text.lines().position(|line| line.contains("\"approved\"")).unwrap();
    assert_eq!(signed + 1, text.lines().count());
    for (written, other) in [("R. Coder", "Q. Coder"), ("read it", "did not"), ("tester", "nobody")]
    {
        let at = text.rfind(written).unwrap();
        let changed = format!("{}{other}{}", &text[..at], &text[at + written.len()..]);
        fs::write(desk.path("RUN/journal.ndjson"), changed).unwrap();
        let ran = desk.run("apply");
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("journal.ndjson:2\n"), "{}", ran.stderr);
    }
    // Nor can it be left out.
    let first = text.lines().next().unwrap();
    fs::write(desk.path("RUN/journal.ndjson"), format!("{first}\n")).unwrap();
    let ran = desk.run("apply");
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("nobody has signed this plan"), "{}", ran.stderr);
}

/// A journal that was cut or written anew is whole in itself: only a head that was
/// kept elsewhere tells.
#[test]
fn a_head_kept_elsewhere_tells_a_journal_that_was_cut() {
    let desk = Desk::at(Stage::Applied, &[]);
    let head = |ran: &Ran| {
        let line = ran.stdout.lines().find(|line| line.starts_with("Journal head ")).unwrap();
        line.split(' ').nth(2).unwrap().to_owned()
    };
    let journal = desk.path("RUN/journal.ndjson");
    let applied = fs::read(&journal).unwrap();
    let kept = head(&desk.run("verify").well());
    let verify = |head: &str| run(["verify", &desk.text("RUN"), "--head", head]);
    // It may have gone on since.
    verify(&kept).well();
    verify(&kept).well();
    fs::write(&journal, applied).unwrap();
    let ran = verify(&kept);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
    assert!(ran.stderr.contains("the journal never had that head"), "{}", ran.stderr);
    assert!(ran.stderr.contains("journal.ndjson"), "{}", ran.stderr);
}
