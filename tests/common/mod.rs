//! What the tests of the whole program share: how it is called, which releases
//! and maps the fixtures go with, and how its tables are read.
#![allow(clippy::unwrap_used)]
// Each program of tests uses a part of this.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use codeturn::crosswalk;
use codeturn::decide::{Kind, ListRows, Table, Undated};
use codeturn::error::Error;
use codeturn::history::History;
use codeturn::release::{self, Wanted};
use codeturn::report::plan_json;
use codeturn::run::apply::{self, Age, Applied};
use codeturn::run::book::{Book, Manner, PLAN};
use codeturn::run::folder::RunFolder;
use codeturn::run::inputs::Inputs;
use codeturn::run::journal::{Actor, Journal};
use codeturn::run::plan::{Plan, Wish};
use tempfile::TempDir;

/// The ICD-10-CM pair.
pub const ICD10CM: [&str; 4] = [
    "--old",
    "fixtures/icd10cm/icd10cm_order_2024.txt@2023-10-01",
    "--new",
    "fixtures/icd10cm/icd10cm_order_2025.txt@2024-10-01",
];

/// The pairs of all three systems.
pub const RELEASES: [&str; 12] = [
    "--old",
    "fixtures/icd10cm/icd10cm_order_2024.txt@2023-10-01",
    "--new",
    "fixtures/icd10cm/icd10cm_order_2025.txt@2024-10-01",
    "--old",
    "fixtures/cpt/2025.txt@2025-01-01",
    "--new",
    "fixtures/cpt/2026.txt@2026-01-01",
    "--old",
    "fixtures/hcpcs/2025.csv@2025-01-01",
    "--new",
    "fixtures/hcpcs/2026.csv@2026-01-01",
];

/// The mapping files.
pub const MAPS: [&str; 6] = [
    "--map",
    "fixtures/maps/icd10cm.csv",
    "--map",
    "fixtures/maps/cpt.csv",
    "--map",
    "fixtures/maps/hcpcs.csv",
];

/// The main example.
pub const PROFESSIONAL: &str = "fixtures/claims/professional.csv";

/// What a user of claims usually wants.
pub const WISH: Wish = Wish {
    kind: Kind::Unbilled,
    list_rows: ListRows::Keep,
    undated: Undated::Skip,
    as_of: None,
    manner: Manner::Beside,
    requires_approval: false,
};

/// Writes a plan into its folder and applies what is read back of it.
pub fn apply(
    folder: &RunFolder,
    plan: &Plan,
    inputs: &Inputs,
    table: &Table,
) -> Result<Vec<Applied>, Error> {
    plan_json::write(&folder.path(PLAN), plan, inputs, table, WISH)?;
    let root = folder.path("");
    let book = Book::read(&root)?;
    let mut journal = Journal::create(&folder.path("journal.ndjson"))?;
    let actor = Actor {
        user: "tester".to_owned(),
        clock: || "2024-10-01T00:00:00Z".to_owned(),
        reason: None,
        ticket: None,
    };
    let site = apply::Site { root: &root, base: Path::new(""), book: &book };
    apply::apply(site, Age::Earlier, &mut journal, &actor, |_| Ok(()))
}

/// How the program ended and what it said.
#[derive(Debug)]
pub struct Ran {
    /// The exit status; -1 where a signal ended it.
    pub status: i32,
    /// Data.
    pub stdout: String,
    /// Messages and errors.
    pub stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Of a command as it stands.
    pub fn from(mut command: Command) -> Ran {
        Ran::of(&command.output().unwrap())
    }

    /// Itself, if it ended well.
    #[track_caller]
    pub fn well(self) -> Ran {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self
    }

    /// The rows of its stdout.
    pub fn rows(&self) -> Vec<Row> {
        rows_of(self.stdout.as_bytes())
    }
}

/// The program, in the folder of the project, with nothing of the environment that it heeds.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codeturn"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("USER", "tester");
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program.
pub fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    Ran::of(&program().args(args).output().unwrap())
}

/// `migrate` of some records into `out`, with all releases and maps and further options.
pub fn migrate(records: &[&str], out: &Path, options: &[&str]) -> Ran {
    let mut command = program();
    command.arg("migrate").args(records).arg("--out").arg(out);
    Ran::of(&command.args(RELEASES).args(MAPS).args(options).output().unwrap())
}

/// `audit` of some records with all releases and further options.
pub fn audit(records: &[&str], options: &[&str]) -> Ran {
    let mut command = program();
    Ran::of(&command.arg("audit").args(records).args(RELEASES).args(options).output().unwrap())
}

/// A folder for one test, removed at its end.
pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Writes a file below a folder and says its path.
pub fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A path below the project.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A row of a table by the names of its columns.
pub type Row = BTreeMap<String, String>;

/// The rows of a table that the program wrote.
pub fn rows(path: &Path) -> Vec<Row> {
    rows_of(&fs::read(path).unwrap())
}

/// The same, of its bytes.
pub fn rows_of(bytes: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(ToOwned::to_owned).zip(record.iter().map(ToOwned::to_owned)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The record and the column that a row of a table is about.
pub fn site(row: &Row) -> (u64, String) {
    (row["record"].parse().unwrap(), row["field"].clone())
}

/// A JSON file.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// All files below a folder, by their path in it, in order.
pub fn files_below(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                found.push(path.strip_prefix(base).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// The decision table of the ICD-10-CM pair and its mapping, for tests of the library.
pub fn icd10cm_table() -> Table {
    let release = |name: &str| {
        let path = fixture("fixtures/icd10cm").join(name);
        release::open(&path.to_str().unwrap().parse::<Wanted>().unwrap()).unwrap()
    };
    let pair = ["icd10cm_order_2024.txt@2023-10-01", "icd10cm_order_2025.txt@2024-10-01"];
    let history = History::new(pair.into_iter().flat_map(release).collect()).unwrap();
    let mut crosswalk =
        crosswalk::files::read(&[fixture("fixtures/maps/icd10cm.csv")], &history).unwrap();
    crosswalk::check::check(&mut crosswalk, &history);
    Table::new(history, crosswalk)
}
