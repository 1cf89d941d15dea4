//! Every delimited file among the real samples, planned: what is counted is what
//! stands there, every site lands in one bucket, and a file that is not read has
//! a reason.
//!
//! `CODETURN_DATA` names the folder with the samples; without it these tests say
//! that they were skipped.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::common::{WISH, folder, rows};
use codeturn::crosswalk::Crosswalk;
use codeturn::decide::{Kind, Table};
use codeturn::error::ErrorKind;
use codeturn::history::History;
use codeturn::record::Hints;
use codeturn::release::{Wanted, open};
use codeturn::report::papers::Papers;
use codeturn::run::folder::RunFolder;
use codeturn::run::inputs::{self, Input, Inputs};
use codeturn::run::plan::{self, Plan, Wish};
use codeturn::run::sweep::Pace;
use jiff::civil::date;

/// Those that hold delimited tables.
const SAMPLES: [&str; 7] = [
    "chargemaster-cms-hpt",
    "csv-bfd-rif",
    "csv-bfd-rif-synthea-large",
    "csv-de-synpuf",
    "csv-synthea-dbt",
    "csv-tuva",
    "omop-eunomia-synthea27nj",
];

const RELEASES: [&str; 5] =
    ["icd10cm-2016", "icd10cm-2021-jan", "icd10cm-2025", "icd10pcs-2016", "icd10pcs-2025"];

fn data(test: &str) -> Option<PathBuf> {
    let folder = env::var_os("CODETURN_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of real files");
    }
    folder
}

fn table(data: &Path) -> Table {
    let zip = |name: &&str| data.join(format!("releases/{name}.zip"));
    let mut releases: Vec<_> =
        RELEASES.iter().flat_map(|name| open(&Wanted::new(zip(name))).unwrap()).collect();
    releases.extend(open(&Wanted::new(data.join("releases/hcpcs.zip"))).unwrap());
    Table::new(History::new(releases).unwrap(), Crosswalk::default())
}

/// The tables of a zip, each unpacked under its own name.
fn unpack(zip: &Path, to: &Path) -> Vec<PathBuf> {
    let mut zip = zip::ZipArchive::new(File::open(zip).unwrap()).unwrap();
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).unwrap();
        let name = member.name().unwrap().into_owned();
        let ending = name.rsplit('.').next().unwrap().to_ascii_lowercase();
        if !member.is_file() || !["csv", "txt", "tsv", "psv"].contains(&ending.as_str()) {
            continue;
        }
        let path = to.join(format!("{at:03}-{}", name.rsplit('/').next().unwrap()));
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        fs::write(&path, bytes).unwrap();
        files.push(path);
    }
    files
}

/// The file with its layout; where a table has no day of its own, one is given.
fn find(path: &Path, table: &Table) -> Result<Inputs, (ErrorKind, String)> {
    let paths = [path.to_owned()];
    let known = |hints: &Hints| inputs::find(&paths, hints, table);
    let found = known(&Hints::default()).or_else(|error| {
        if error.message().starts_with("no column with a day") {
            known(&Hints { as_of: Some(date(2025, 1, 15)), ..Hints::default() })
        } else {
            Err(error)
        }
    });
    found.map_err(|error| (error.kind(), error.message().to_owned()))
}

fn plan(inputs: &Inputs, table: &Table, out: &Path) -> (Plan, u64) {
    let wish = Wish { kind: Kind::Dataset, ..WISH };
    let run = RunFolder::begin(out).unwrap();
    let mut papers = Papers::create(&run, table, wish.kind, &inputs.keys()).unwrap();
    let pace = Pace::on(2);
    let plan = plan::plan(inputs, table, wish, &run, &mut papers, pace, |_| Ok(())).unwrap();
    papers.finish(&run, &plan).unwrap();
    let worklist = rows(&run.path("worklist.csv")).len() as u64;
    (plan, worklist)
}

/// Records, and by code column the cells in which something stands, as another
/// reader sees them.
fn seen(input: &Input) -> (u64, Vec<u64>) {
    let layout = &input.layout;
    let bytes = fs::read(&input.path).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(layout.head.dialect.delimiter)
        .quoting(layout.head.dialect.quoting)
        .from_reader(&bytes[layout.head.data..]);
    let mut cells = vec![0; layout.codes.len()];
    let mut records = 0;
    for record in reader.byte_records().map(Result::unwrap) {
        records += 1;
        // On these revenue centres the column of HCPCS codes holds HIPPS codes.
        let centre = layout.revenue_centre.and_then(|slot| record.get(layout.wanted.column(slot)));
        let is_hipps = centre.is_some_and(|it| {
            matches!(it.strip_prefix(b"00").unwrap_or(it), b"22" | b"23" | b"24")
        });
        for (cells, column) in cells.iter_mut().zip(&layout.codes) {
            let cell = record.get(layout.wanted.column(column.slot)).unwrap_or_default();
            let is_code = !(is_hipps && column.name == "HCPCS_CD");
            *cells += u64::from(is_code && !cell.trim_ascii().is_empty());
        }
    }
    (records, cells)
}

#[test]
fn every_site_of_every_sample_lands_in_one_bucket() {
    let Some(data) = data("all delimited samples") else { return };
    let table = table(&data);
    let desk = folder();
    let (mut read, mut sites) = (0, 0);
    let mut passed: BTreeMap<String, usize> = BTreeMap::new();
    for sample in SAMPLES {
        let to = desk.path().join(sample);
        fs::create_dir(&to).unwrap();
        for path in unpack(&data.join(format!("records/{sample}.zip")), &to) {
            let name = path.strip_prefix(desk.path()).unwrap().display().to_string();
            let inputs = match find(&path, &table) {
                Ok(inputs) => inputs,
                Err((kind, why)) => {
                    assert!(kind == ErrorKind::NoCodes || kind == ErrorKind::Refused, "{name}");
                    *passed.entry(why).or_default() += 1;
                    continue;
                }
            };
            let (plan, worklist) = plan(&inputs, &table, &to.join("RUN"));
            let input = &inputs.files[0];
            let file = &plan.files[0];
            let total = plan.total.sites();
            assert_eq!(plan.total.buckets.iter().sum::<u64>(), total, "{name}");
            assert_eq!(plan.total.verdicts.iter().sum::<u64>(), total, "{name}");
            assert_eq!(worklist, plan.worklist, "{name}");
            let (records, cells) = seen(input);
            assert_eq!(file.swept.records, records, "{name}");
            for ((column, tally), cells) in input.layout.codes.iter().zip(&file.columns).zip(cells)
            {
                assert_eq!(tally.sites(), cells, "{name} {}", column.name);
            }
            read += 1;
            sites += total;
        }
    }
    println!("{read} files with {sites} sites; not read: {passed:#?}");
    assert_eq!((read, sites > 150_000), (92, true));
    assert!(passed.keys().all(|why| why.starts_with("no column of codes")), "{passed:?}");
}
