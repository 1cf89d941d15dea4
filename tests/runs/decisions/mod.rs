//! The worklist comes back with choices in it: what is taken, refused, counted.

mod claims;
mod codes;
mod entries;
mod read;
mod same;
mod told;

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{ICD10CM, RELEASES, Ran, Row, folder, json, put, rows, run};
use calamine::{Data, DataType as _, Reader as _, open_workbook_auto};
use tempfile::TempDir;

const CLAIMS: &str = "\
claim_id,dos,dx1,dx2
1,2024-11-02,E88.81,I10
2,2024-11-02,E88.81,E11.9
3,2024-11-03,C86.0,
4,2024-09-03,E88.810,
5,2024-11-03,E88.81,E88.810
6,,E88.81,
";

/// Claims with codes that nobody has mapped, and a first plan of them.
struct Desk {
    folder: TempDir,
    claims: String,
    runs: usize,
}

impl Desk {
    fn new() -> Desk {
        let folder = folder();
        let claims = put(folder.path(), "claims.csv", CLAIMS);
        let mut desk = Desk { folder, claims, runs: 0 };
        desk.plan(&[]).well();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The run folder of the latest plan.
    fn run(&self) -> PathBuf {
        self.at(&format!("RUN{}", self.runs))
    }

    fn plan(&mut self, more: &[&str]) -> Ran {
        self.plan_as("unbilled", more)
    }

    fn plan_as(&mut self, kind: &str, more: &[&str]) -> Ran {
        self.runs += 1;
        let out = self.run();
        let mut args =
            vec!["plan", &self.claims, "--records", kind, "--out", out.to_str().unwrap()];
        args.extend(ICD10CM);
        args.extend(more);
        run(&args)
    }

    /// The worklist of the first plan with choices, each for one id.
    fn filled(&self, choices: &[(&str, &str)]) -> String {
        self.filled_sheet("worklist.csv", "id", choices)
    }

    /// The sheet by code, each choice for one code and reason.
    fn filled_codes(&self, choices: &[(&str, &str)]) -> String {
        self.filled_sheet("worklist-codes.csv", "code", choices)
    }

    fn filled_sheet(&self, sheet: &str, by: &str, choices: &[(&str, &str)]) -> String {
        let filled = filled(&self.at("RUN1").join(sheet), by, choices);
        put(self.folder.path(), &format!("filled-{sheet}"), filled)
    }

    /// The worklist of the latest plan with choices, each for one id.
    fn filled_latest(&self, choices: &[(&str, &str)]) -> String {
        let filled = filled(&self.run().join("worklist.csv"), "id", choices);
        put(self.folder.path(), "filled.csv", filled)
    }

    fn summary(&self) -> serde_json::Value {
        json(&self.run().join("summary.json"))
    }

    fn bucket(&self, name: &str) -> u64 {
        self.summary()["buckets"][name].as_u64().unwrap()
    }

    fn changes(&self) -> Vec<Row> {
        rows(&self.run().join("changes.csv"))
    }

    fn apply(&self) -> String {
        let out = self.run();
        run(["apply", out.to_str().unwrap()]).well();
        run(["verify", out.to_str().unwrap()]).well();
        fs::read_to_string(out.join("migrated/claims.csv")).unwrap()
    }
}

/// A sheet with choices, each for the rows of which one column holds this.
fn filled(sheet: &Path, by: &str, choices: &[(&str, &str)]) -> Vec<u8> {
    with_cells(sheet, |column, row| {
        let chosen = choices.iter().find(|(id, _)| *id == row[column(by)]);
        let (_, chosen) = chosen?;
        (*chosen).clone_into(&mut row[column("choice")]);
        "R. Coder".clone_into(&mut row[column("decided_by")]);
        Some(())
    })
}

/// A sheet with other cells; at least one row takes some.
fn with_cells(
    sheet: &Path,
    change: impl Fn(&dyn Fn(&str) -> usize, &mut Vec<String>) -> Option<()>,
) -> Vec<u8> {
    let bytes = fs::read(sheet).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|own| own == name).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    let mut made = 0;
    for row in reader.records().map(Result::unwrap) {
        let mut cells: Vec<String> = row.iter().map(str::to_owned).collect();
        made += usize::from(change(&column, &mut cells).is_some());
        writer.write_record(&cells).unwrap();
    }
    assert!(made > 0, "nothing changes in {}", sheet.display());
    writer.into_inner().unwrap()
}

/// A sheet of a workbook with the rows of a CSV file.
fn write_sheet(book: &mut rust_xlsxwriter::Workbook, name: &str, csv: &str) {
    let sheet = book.add_worksheet().set_name(name).unwrap();
    let bytes = fs::read(csv).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    for (at, row) in reader.records().map(Result::unwrap).enumerate() {
        for (column, cell) in row.iter().enumerate() {
            sheet.write_string(at as u32, column as u16, cell).unwrap();
        }
    }
}

/// Refused, with what is said; nothing is written.
#[track_caller]
fn refused(ran: &Ran, run: &Path, said: &[&str]) {
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    for said in said {
        assert!(ran.stderr.contains(said), "no `{said}` in {}", ran.stderr);
    }
    assert!(!run.exists());
}
