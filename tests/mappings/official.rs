//! The publishers' conversion tables over the real release files.
//!
//! `CODETURN_DATA` names the folder with the publishers' files; without it these
//! tests say that they were skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use codeturn::code::{Code, System};
use codeturn::crosswalk::{Crosswalk, Relation, Rule, files};
use codeturn::decide::units::{self, Units};
use codeturn::history::History;
use codeturn::release::{Release, Wanted, open};
use jiff::civil::Date;

use crate::common::run;

const CM: [&str; 10] =
    ["2016", "2017", "2019", "2020", "2021-jan", "2022", "2022-apr", "2023", "2024", "2025"];
const PCS: [&str; 5] = ["2016", "2017", "2019", "2021", "2022-errata"];

fn data(test: &str) -> Option<PathBuf> {
    let folder = env::var_os("CODETURN_DATA").map(|data| PathBuf::from(data).join("releases"));
    if folder.is_none() {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of release files");
    }
    folder
}

fn history(folder: &Path, system: &str, names: &[&str]) -> History {
    let zip = |name: &&str| folder.join(format!("{system}-{name}.zip"));
    let releases = names.iter().flat_map(|name| open(&Wanted::new(zip(name))).unwrap());
    History::new(releases.collect()).unwrap()
}

/// A table of a zip, unpacked into a folder.
fn unpacked(folder: &Path, zip: &str, member: &str, to: &Path) -> String {
    let file = File::open(folder.join(zip)).unwrap();
    let mut bytes = Vec::new();
    zip::ZipArchive::new(file).unwrap().by_name(member).unwrap().read_to_end(&mut bytes).unwrap();
    let path = to.join(member);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The same, read.
fn converted(folder: &Path, zip: &str, member: &str, history: &History) -> Crosswalk {
    let desk = tempfile::tempdir().unwrap();
    let path = unpacked(folder, zip, member, desk.path());
    files::read(&[path.into()], history).unwrap()
}

fn by_code(crosswalk: &Crosswalk) -> BTreeMap<Code, Vec<&Rule>> {
    let mut by_code: BTreeMap<Code, Vec<&Rule>> = BTreeMap::new();
    for rule in &crosswalk.rules {
        by_code.entry(rule.old).or_default().push(rule);
    }
    by_code
}

/// Retired codes with one successor, several, none.
fn tally(rules: &BTreeMap<Code, Vec<&Rule>>) -> (usize, usize, usize) {
    let named = |rules: &&Vec<&Rule>| rules.iter().filter(|rule| rule.new.is_some()).count();
    let count = |holds: fn(usize) -> bool| rules.values().filter(|own| holds(named(own))).count();
    (count(|named| named == 1), count(|named| named > 1), count(|named| named == 0))
}

fn of_relation(crosswalk: &Crosswalk, relation: Relation, note: &str) -> BTreeSet<Code> {
    let rules = crosswalk.rules.iter().filter(|rule| {
        rule.relation == Some(relation)
            && rule.note.as_deref().unwrap_or_default().starts_with(note)
    });
    rules.map(|rule| rule.old).collect()
}

#[test]
fn the_table_of_icd_10_cm_over_the_whole_history() {
    let Some(folder) = data("the ICD-10-CM conversion table") else { return };
    let history = history(&folder, "icd10cm", &CM);
    for member in ["conversion_2025.csv", "icd-10-cm-conversion-table-FY2025.xlsx"] {
        let crosswalk = converted(&folder, "icd10cm-conversion.zip", member, &history);
        assert_eq!(tally(&by_code(&crosswalk)), (78, 749, 145), "{member}");
        let count = |relation, note| of_relation(&crosswalk, relation, note).len();
        // The words of the two titles: 16 the same, one of them split; 25 less, 13 more, 24 other.
        assert_eq!(count(Relation::Equivalent, ""), 15);
        assert_eq!(count(Relation::Review, "the old code has several"), 1);
        assert_eq!(
            count(Relation::Merge, "detail lost") + count(Relation::Broader, "detail lost"),
            25
        );
        assert_eq!(count(Relation::Review, "the titles differ"), 24);
        let lymphoma = of_relation(&crosswalk, Relation::Review, "the new title adds");
        let written: Vec<String> =
            lymphoma.iter().map(|code| code.dotted(System::Icd10cm)).collect();
        assert_eq!(
            written,
            [
                "C86.0", "C86.1", "C86.2", "C86.3", "C86.4", "C86.5", "C86.6", "C88.0", "C88.2",
                "C88.3", "C88.4", "C88.8", "C88.9"
            ],
        );
        // Slips that table and releases show: a code that never was.
        let odd: Vec<&str> =
            crosswalk.warnings.iter().map(|warning| warning.message.as_str()).collect();
        for slip in ["E113X11", "V2980XA"] {
            assert!(odd.iter().any(|message| message.contains(slip)), "{slip} in {odd:?}");
        }
    }
}

#[test]
fn every_published_table_is_read() {
    let Some(folder) = data("all ICD-10-CM conversion tables") else { return };
    let history = history(&folder, "icd10cm", &CM);
    let file = File::open(folder.join("icd10cm-conversion.zip")).unwrap();
    let zip = zip::ZipArchive::new(file).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let crosswalk = converted(&folder, "icd10cm-conversion.zip", &name, &history);
        assert_eq!(crosswalk.sources[0].layout, "ICD-10-CM conversion table", "{name}");
        // No cell of a published table is beyond understanding.
        let unread =
            crosswalk.warnings.iter().filter(|one| one.message.contains("no previous code"));
        let unread: Vec<&str> = unread.map(|one| one.message.as_str()).collect();
        assert!(unread.len() <= 1, "{name}: {unread:?}");
    }
}

#[test]
fn the_table_of_icd_10_pcs() {
    let Some(folder) = data("the ICD-10-PCS conversion table") else { return };
    let history = history(&folder, "icd10pcs", &PCS);
    let member = "icd10pcs_conversion_table_2022.csv";
    let crosswalk = converted(&folder, "icd10pcs-2022-errata.zip", member, &history);
    let count = |relation, note| of_relation(&crosswalk, relation, note).len();
    assert_eq!(
        count(Relation::Merge, "detail lost") + count(Relation::Broader, "detail lost"),
        2_444
    );
    assert_eq!(count(Relation::Review, "the new title adds"), 2);
    // 328 and the eight transfusion codes 30230Y-, 30240Y-: a part of their meaning
    // went to another code two years before they were retired.
    let other = of_relation(&crosswalk, Relation::Review, "the titles differ");
    let earlier = other.iter().filter(|code| {
        let text = code.to_string();
        text.starts_with("30230Y") || text.starts_with("30240Y")
    });
    assert_eq!((other.len(), earlier.count()), (336, 8));
    assert_eq!(tally(&by_code(&crosswalk)), (2_782, 28, 227));
}

/// The codes that the table marks as deleted are those that the releases lose.
#[test]
fn deletions_of_icd_10_pcs_pair_by_pair() {
    let Some(folder) = data("deleted codes of ICD-10-PCS") else { return };
    let history = history(&folder, "icd10pcs", &PCS);
    let desk = tempfile::tempdir().unwrap();
    let member = "icd10pcs_conversion_table_2022.csv";
    let path = unpacked(&folder, "icd10pcs-2022-errata.zip", member, desk.path());
    let bytes = std::fs::read(path).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let mut deleted: BTreeSet<(Date, Code)> = BTreeSet::new();
    for row in reader.byte_records().map(Result::unwrap) {
        let cell = |at: usize| std::str::from_utf8(&row[at]).unwrap().trim().to_owned();
        if cell(5) == "Deleted" {
            let day = format!("{}-{}", cell(2), cell(7).replace('.', "-"));
            deleted.insert((day.parse().unwrap(), Code::normalise(&cell(3)).unwrap()));
        }
    }
    let mut sizes = Vec::new();
    for pair in history.of(System::Icd10pcs).unwrap().releases().windows(2) {
        let (older, newer) = (&pair[0], &pair[1]);
        let billable = |release: &Release, code: Code| {
            release.get(code).is_some_and(|entry| release.is_billable(entry))
        };
        let gone = older.entries().iter().map(|entry| entry.code);
        let computed: BTreeSet<Code> =
            gone.filter(|code| billable(older, *code) && !billable(newer, *code)).collect();
        let of_pair =
            deleted.iter().filter(|(day, _)| older.effective < *day && *day <= newer.effective);
        let stated: BTreeSet<Code> = of_pair.map(|(_, code)| *code).collect();
        assert_eq!(stated, computed, "{} to {}", older.effective, newer.effective);
        sizes.push(computed.len());
    }
    assert_eq!(sizes, [12, 862, 2_056, 107]);
}

/// Tables of a zip as downloaded, of another time, cut, or of another system.
#[test]
fn what_a_table_does_not_say_is_said() {
    let Some(folder) = data("the limits of the ICD-10-CM conversion table") else { return };
    let cm = history(&folder, "icd10cm", &CM);
    let said = |path: PathBuf, history: &History| {
        let crosswalk = files::read(&[path], history).unwrap();
        let messages: Vec<String> =
            crosswalk.warnings.iter().map(|warning| warning.message.clone()).collect();
        (crosswalk, messages)
    };
    let whole = folder.join("icd10cm-conversion.zip");
    let (crosswalk, messages) = said(whole.clone(), &cm);
    assert_eq!(crosswalk.sources[0].path, whole.join("conversion_2025.csv"));
    assert_eq!(tally(&by_code(&crosswalk)), (78, 749, 145));
    // Slips of the table: codes that no release ever held.
    for slip in ["old code Q2512 ", "old code R3119 ", "new code E113X11 "] {
        assert!(messages.iter().any(|message| message.contains(slip)), "{slip} in {messages:?}");
    }
    let (_, messages) = said(whole.join("conversion_2017.csv"), &cm);
    let early = "the last row takes effect on 2016-10-01";
    assert!(messages.iter().any(|message| message.starts_with(early)), "{messages:?}");

    let desk = tempfile::tempdir().unwrap();
    let text = unpacked(&folder, "icd10cm-conversion.zip", "conversion_2025.csv", desk.path());
    let text = String::from_utf8_lossy(&std::fs::read(text).unwrap()).into_owned();
    let half: String = text.split_inclusive('\n').take(2_000).collect();
    let path = desk.path().join("half.csv");
    std::fs::write(&path, half).unwrap();
    let (_, messages) = said(path, &cm);
    let cut = "in order of code and ends with M97.9XXS: 695 codes behind it";
    assert!(messages.iter().any(|message| message.contains(cut)), "{messages:?}");

    let pcs = history(&folder, "icd10pcs", &PCS[..2]);
    let (crosswalk, messages) = said(whole, &pcs);
    assert!(crosswalk.rules.is_empty());
    assert!(messages.iter().any(|message| message.contains("of which no release was given")));
}

/// 30230G1 became 30230G4, and that 30233G4: the second step is taken when it has come.
#[test]
fn two_steps_of_icd_10_pcs_are_joined() {
    let Some(folder) = data("chains of ICD-10-PCS") else { return };
    let history = history(&folder, "icd10pcs", &PCS);
    let member = "icd10pcs_conversion_table_2022.csv";
    let crosswalk = converted(&folder, "icd10pcs-2022-errata.zip", member, &history);
    let rules = by_code(&crosswalk);
    let hops = rules.values().flatten().filter(|rule| {
        rule.new.is_some_and(|new| {
            rules.get(&new).is_some_and(|next| next.iter().any(|next| next.new.is_some()))
        })
    });
    let hops: BTreeSet<Code> = hops.map(|rule| rule.old).collect();
    println!("{} retired codes whose successor was retired in its turn", hops.len());
    assert!(hops.contains(&Code::normalise("30230G1").unwrap()));
    assert_eq!(hops.len(), 70);
}

/// Cross-references whose two titles count in other units, or of which only one
/// names an amount: the same claim would be wrong with the other code.
#[test]
fn cross_references_of_hcpcs_that_count_in_other_units() {
    let Some(folder) = data("units of HCPCS cross-references") else { return };
    let path = folder.join("hcpcs.zip/2020-10/anweb.xlsx");
    let release = open(&path.to_str().unwrap().parse::<Wanted>().unwrap()).unwrap().remove(0);
    let mut apart = Vec::new();
    for entry in release.entries() {
        for new in release.named_successors(entry.code) {
            let (old_title, new_title) = (release.title(entry.code), release.title(*new));
            let units = units::compare(old_title, new_title);
            if !new_title.is_empty() && units != Units::Same {
                apart.push(format!("{} {new}", entry.code));
            }
        }
    }
    let named: Vec<&str> = apart.iter().map(String::as_str).collect();
    assert_eq!(
        named,
        [
            "A4466 A4467",
            "C9043 J0642",
            "C9053 J0791",
            "C9057 J1201",
            "C9121 J0883",
            "C9134 J7181",
            "C9275 A9589",
            "C9443 J0875",
            "C9461 A9515",
            "C9465 J7318",
            "C9497 J2062",
            "J9010 J0202",
        ]
    );
}

/// A zip of several releases is one source: each row says in which of them it stands.
#[test]
fn cross_references_say_in_which_release_they_stand() {
    let Some(folder) = data("places of HCPCS cross-references") else { return };
    let zip = folder.join("hcpcs.zip").to_str().unwrap().to_owned();
    let pair = ["2017/HCPC17_CONTR_ANWEB.txt", "2020-10/anweb.xlsx"];
    let pair = pair.map(|member| format!("{zip}/{member}"));
    let ran = run(["map", "convert", &zip, "--old", &pair[0], "--new", &pair[1]]).well();
    let rows = ran.rows().into_iter();
    let named: Vec<_> = rows.filter(|row| !row["new"].is_empty()).collect();
    assert!(named.len() > 10, "{}", ran.stdout);
    for row in named {
        let place = row["source"].strip_prefix("hcpcs.zip/").unwrap();
        let (member, line) = place.rsplit_once(':').unwrap();
        assert!(member.contains("ANWEB") || member.ends_with("anweb.xlsx"), "{place}");
        assert!(line.parse::<u64>().unwrap() > 1, "{place}");
    }
}

/// All retired codes in all years, with the official table and two rows of one's
/// own: what is automatic, chosen and left adds up, year by year, and only the
/// rows that the titles allow are automatic.
#[test]
fn all_retired_codes_in_all_years() {
    let Some(folder) = data("all retired codes in all years") else { return };
    let history = history(&folder, "icd10cm", &CM);
    let crosswalk = converted(&folder, "icd10cm-conversion.zip", "conversion_2025.csv", &history);
    let desk = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = desk.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut claims = "claim_id,dos,dx1\n".to_owned();
    for year in 2015..=2024 {
        for code in by_code(&crosswalk).keys() {
            let number = claims.len();
            writeln!(claims, "{number},{year}-11-15,{}", code.dotted(System::Icd10cm)).unwrap();
        }
    }
    let records = put("claims.csv", &claims);
    let own = put("own.csv", "old,new\nE88.81,E88.810\nK04.0,K04.01\n");
    let table = unpacked(&folder, "icd10cm-conversion.zip", "conversion_2025.csv", desk.path());
    let out = desk.path().join("RUN");
    let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin("codeturn"));
    program.args([
        "migrate",
        "-q",
        &records,
        "--records",
        "dataset",
        "--map",
        &table,
        "--map",
        &own,
    ]);
    for name in CM {
        program.arg("--release").arg(folder.join(format!("icd10cm-{name}.zip")));
    }
    assert!(program.arg("--out").arg(&out).output().unwrap().status.success());
    let rows = |name: &str| {
        let mut reader = csv::Reader::from_path(out.join(name)).unwrap();
        let header = reader.headers().unwrap().clone();
        let at = |name: &str| header.iter().position(|own| own == name).unwrap();
        let (date, rule) = (at("date"), header.iter().position(|own| own == "rule"));
        let row = |row: csv::StringRecord| {
            let own = rule.is_some_and(|rule| row[rule].contains("own.csv"));
            (row[date][..4].parse::<i16>().unwrap(), own)
        };
        reader.records().map(|one| row(one.unwrap())).collect::<Vec<_>>()
    };
    let changes = rows("changes.csv");
    let worklist = rows("worklist.csv");
    let count =
        |all: &[(i16, bool)], year, own| all.iter().filter(|one| **one == (year, own)).count();
    let automatic = (2015..=2024).map(|year| count(&changes, year, false));
    assert_eq!(automatic.collect::<Vec<_>>(), [0, 36, 36, 36, 40, 40, 40, 40, 40, 40]);
    let chosen = (2015..=2024).map(|year| count(&changes, year, true));
    assert_eq!(chosen.collect::<Vec<_>>(), [0, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
    // In 2024 every code is retired: what is neither automatic nor chosen waits for a person.
    assert_eq!(count(&worklist, 2024, false), 972 - 40 - 2);
    let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let buckets = summary["buckets"].as_object().unwrap().values();
    assert_eq!(buckets.map(|count| count.as_u64().unwrap()).sum::<u64>(), 9_720);
}
