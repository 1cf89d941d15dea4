//! The publishers' own figures, over the real release files.
//!
//! `CODETURN_DATA` names the folder that holds `releases/*.zip`; without it
//! these tests say that they were skipped. The files are the publishers' and
//! are not part of this repository.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx};
use codeturn::code::{Code, System};
use codeturn::diff::addenda::{Disagreement, Said, Verdict, Witness};
use codeturn::diff::{Class, Diff, Kind, compare};
use codeturn::release::{Coverage, Dating, Release, Wanted, beside, open};

/// The folder with the zips, if there is one.
fn data(test: &str) -> Option<PathBuf> {
    let folder = env::var_os("CODETURN_DATA").map(|data| PathBuf::from(data).join("releases"));
    if folder.is_none() {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of release files");
    }
    folder
}

fn read(folder: &Path, name: &str) -> Release {
    let path = folder.join(format!("{name}.zip"));
    let mut releases = open(&Wanted::new(path)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(releases.len(), 1, "{name}");
    releases.remove(0)
}

/// The text of a file inside a zip.
fn member(folder: &Path, name: &str, member: &str) -> String {
    String::from_utf8(member_bytes(folder, name, member)).expect("text")
}

fn member_bytes(folder: &Path, name: &str, member: &str) -> Vec<u8> {
    let file = File::open(folder.join(format!("{name}.zip"))).expect("the zip");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let mut bytes = Vec::new();
    zip.by_name(member).expect("the member").read_to_end(&mut bytes).expect("bytes");
    bytes
}

#[test]
fn every_release_has_its_day_and_its_number_of_codes() {
    let Some(folder) = data("editions") else { return };
    for (name, system, effective, billable) in [
        ("icd10cm-2016", System::Icd10cm, "2015-10-01", 69_823),
        ("icd10cm-2017", System::Icd10cm, "2016-10-01", 71_486),
        ("icd10cm-2019", System::Icd10cm, "2018-10-01", 71_932),
        ("icd10cm-2020", System::Icd10cm, "2019-10-01", 72_184),
        ("icd10cm-2021-jan", System::Icd10cm, "2021-01-01", 72_621),
        ("icd10cm-2022", System::Icd10cm, "2021-10-01", 72_748),
        ("icd10cm-2022-apr", System::Icd10cm, "2022-04-01", 72_750),
        ("icd10cm-2023", System::Icd10cm, "2022-10-01", 73_639),
        ("icd10cm-2024", System::Icd10cm, "2023-10-01", 74_044),
        ("icd10cm-2025", System::Icd10cm, "2024-10-01", 74_260),
        ("icd10pcs-2016", System::Icd10pcs, "2015-10-01", 71_974),
        ("icd10pcs-2017", System::Icd10pcs, "2016-10-01", 75_789),
        ("icd10pcs-2019", System::Icd10pcs, "2018-10-01", 78_881),
        ("icd10pcs-2021", System::Icd10pcs, "2021-01-01", 78_136),
        ("icd10pcs-2022-errata", System::Icd10pcs, "2022-04-01", 78_229),
        ("icd10pcs-2023", System::Icd10pcs, "2023-04-01", 78_530),
        ("icd10pcs-2024", System::Icd10pcs, "2024-04-01", 78_638),
        ("icd10pcs-2025", System::Icd10pcs, "2024-10-01", 78_948),
    ] {
        let release = read(&folder, name);
        assert_eq!((release.system, release.billable()), (system, billable), "{name}");
        assert_eq!(release.effective.to_string(), effective, "{name}");
        assert_eq!(release.dating, Dating::KnownEdition, "{name}");
        assert_eq!(release.coverage, Coverage::Whole, "{name}");
        assert!(release.warnings.is_empty() && release.notes.is_empty(), "{name}");
    }
}

/// Cut off anywhere, a real file is refused or said to be cut off.
#[test]
fn a_cut_release_is_never_taken_for_a_whole_one() {
    let Some(folder) = data("cuts") else { return };
    let desk = tempfile::TempDir::new().expect("a folder");
    let path = desk.path().join("icd10cm_order_2025.txt");
    let whole = member(&folder, "icd10cm-2025", "icd10cm_order_2025.txt");
    for part in 1..40 {
        // A prime step, so that the cuts fall anywhere in a line.
        let near = whole.len() * part / 40 + part * 7;
        let line_end = near + whole[near..].find('\n').expect("a line end") + 1;
        for cut in [near, line_end] {
            std::fs::write(&path, &whole[..cut]).expect("a cut file");
            match open(&Wanted::new(&path)) {
                Ok(releases) => {
                    let said = releases[0].warnings.join("\n");
                    assert!(said.contains("cut off") && said.contains("74260"), "{cut}: {said}");
                }
                Err(error) => assert!(error.whereabouts().is_some(), "{cut}: {error}"),
            }
        }
    }
}

/// One line of the answer key: new, deleted, revised; of which billable ->
/// header and header -> billable.
struct Key(&'static str, &'static str, [usize; 5]);

const CM: [Key; 8] = [
    Key("icd10cm-2016", "icd10cm-2017", [1974, 311, 425, 128, 1]),
    Key("icd10cm-2019", "icd10cm-2020", [273, 21, 30, 14, 1]),
    Key("icd10cm-2020", "icd10cm-2021-jan", [496, 59, 47, 40, 0]),
    // Published: 20 revised. Z68.30 and Z68.41 gained a blank that no addenda mention.
    Key("icd10cm-2021-jan", "icd10cm-2022", [159, 32, 22, 14, 0]),
    Key("icd10cm-2022", "icd10cm-2022-apr", [3, 1, 0, 1, 0]),
    Key("icd10cm-2022-apr", "icd10cm-2023", [1176, 287, 28, 36, 0]),
    // The publisher counts from the April 2023 edition; this is what the two files hold.
    Key("icd10cm-2023", "icd10cm-2024", [437, 32, 14, 32, 0]),
    Key("icd10cm-2024", "icd10cm-2025", [252, 36, 13, 33, 0]),
];

#[test]
fn diagnoses_are_counted_as_the_publisher_does() {
    let Some(folder) = data("ICD-10-CM counts") else { return };
    for Key(old, new, want) in CM {
        let (old, new) = (read(&folder, old), read(&folder, new));
        let diff = compare(&old, &new).expect("a pair");
        let counts = diff.counts;
        let got = [
            counts.new,
            counts.deleted,
            counts.revised,
            counts.became_header,
            counts.became_billable,
        ];
        assert_eq!(got, want, "{}", new.path.display());
    }
    let (old, new) = (read(&folder, "icd10cm-2023"), read(&folder, "icd10cm-2024"));
    assert_eq!(compare(&old, &new).expect("a pair").counts.short_revised, 9);
}

#[test]
fn procedures_are_counted_as_the_publisher_does() {
    let Some(folder) = data("ICD-10-PCS counts") else { return };
    for (old, new, want) in [
        ("icd10pcs-2016", "icd10pcs-2017", (3827, 12)),
        ("icd10pcs-2024", "icd10pcs-2025", (371, 61)),
    ] {
        let (old, new) = (read(&folder, old), read(&folder, new));
        let counts = compare(&old, &new).expect("a pair").counts;
        assert_eq!((counts.new, counts.deleted), want, "{}", new.path.display());
    }
}

/// What an order addenda says: a label, a flag and a code.
type Printed = BTreeSet<(String, bool, Code)>;

fn addenda(folder: &Path, name: &str, code_at: usize) -> Printed {
    let year = name.trim_start_matches(|c: char| c != '-')[1..].get(..4).expect("a year");
    let text = member(
        folder,
        name,
        &match name {
            "icd10cm-2022" | "icd10cm-2023" | "icd10cm-2024" => {
                format!("icd10cm-order-addenda-{year}.txt")
            }
            _ if name.starts_with("icd10cm") => format!("icd10cm_order_addenda_{year}.txt"),
            _ => format!("order_addenda_{year}.txt"),
        },
    );
    let line = |line: &str| {
        let label = line.get(..12)?.split_once(':')?.0.to_owned();
        let code = Code::normalise(line.get(code_at..code_at + 7)?)?;
        let flag = code_at == 13 || line.as_bytes()[13] == b'1';
        Some((label, flag, code))
    };
    text.lines().filter_map(line).collect()
}

fn codes(diff: &Diff<'_>, kinds: &[Kind]) -> BTreeSet<Code> {
    let of = diff.changes.iter().filter(|change| kinds.contains(&change.kind));
    of.map(|change| change.code).collect()
}

fn said(addenda: &Printed, label: &str, billable: bool) -> BTreeSet<Code> {
    let of = addenda.iter().filter(|(word, flag, _)| word == label && *flag == billable);
    of.map(|(.., code)| *code).collect()
}

/// The codes that are in one set and not in the other, signed.
fn difference(got: &BTreeSet<Code>, want: &BTreeSet<Code>) -> Vec<String> {
    let more = got.difference(want).map(|code| format!("+{code}"));
    more.chain(want.difference(got).map(|code| format!("-{code}"))).collect()
}

/// Changes that stand in the files and in no addenda.
const SILENT: [(&str, &[&str]); 2] = [
    // Titles of two headers.
    ("icd10cm-2017", &["+T464X", "+T50A2"]),
    // A blank was added.
    ("icd10cm-2022", &["+Z6830", "+Z6841"]),
];

#[test]
fn the_codes_are_those_of_the_order_addenda() {
    let Some(folder) = data("ICD-10-CM addenda") else { return };
    // The addenda of FY2024 count from an edition that is not among the files.
    for Key(old, name, _) in CM.iter().filter(|key| key.1 != "icd10cm-2024") {
        let addenda = addenda(&folder, name, 15);
        let (old, new) = (read(&folder, old), read(&folder, name));
        let diff = compare(&old, &new).expect("a pair");
        let mut odd = Vec::new();
        for (kinds, label, billable) in [
            (&[Kind::Added, Kind::BecameBillable], "Add", true),
            (&[Kind::Deleted, Kind::BecameHeader], "Delete", true),
            (&[Kind::Revised, Kind::ShortRevised], "Revise to", true),
            (&[Kind::HeaderAdded, Kind::BecameHeader], "Add", false),
            (&[Kind::HeaderDeleted, Kind::BecameBillable], "Delete", false),
            (&[Kind::HeaderRevised, Kind::HeaderRevised], "Revise to", false),
        ] {
            odd.extend(difference(&codes(&diff, kinds), &said(&addenda, label, billable)));
        }
        let silent = SILENT.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, codes)| codes);
        assert_eq!(odd, silent, "{name}");
        assert_eq!(witnessed(&diff), silent, "{name}: the program must say the same");
    }
}

/// What the program itself finds in the addenda beside NEW, signed as above.
fn witnessed(diff: &Diff<'_>) -> Vec<String> {
    let witness = Witness::of(diff, beside(diff.new).expect("an addenda"));
    assert!(witness.odd.is_empty(), "{:?}", witness.odd);
    assert!(!matches!(witness.verdict, Verdict::OtherPair { .. }), "{:?}", witness.verdict);
    let signed = |one: &Disagreement| match one.said {
        Said::Files => format!("+{}", one.code),
        Said::Addenda => format!("-{}", one.code),
        Said::OtherTitles => format!("~{}", one.code),
    };
    witness.disagreements().iter().map(signed).collect()
}

/// FY2024 was made from the edition of April 2023, which is not among the files:
/// what that one added, deleted and revised (Z59.87) is more.
#[test]
fn an_addenda_of_another_edition_holds_in_the_new_one() {
    let Some(folder) = data("odd pairs") else { return };
    let addenda = addenda(&folder, "icd10cm-2024", 15);
    let (old, new) = (read(&folder, "icd10cm-2023"), read(&folder, "icd10cm-2024"));
    let diff = compare(&old, &new).expect("a pair");
    let more = |kinds: &[Kind], label: &str| {
        difference(&codes(&diff, kinds), &said(&addenda, label, true))
    };
    let added = more(&[Kind::Added, Kind::BecameBillable], "Add");
    let deleted = more(&[Kind::Deleted, Kind::BecameHeader], "Delete");
    assert_eq!((added.len(), deleted.len()), (437 - 395, 32 - 25));
    assert!(added.iter().chain(&deleted).all(|code| code.starts_with('+')), "{added:?}");
    assert_eq!(more(&[Kind::Revised, Kind::ShortRevised], "Revise to"), ["+Z5987"]);

    for (old, new, edition) in [
        ("icd10cm-2023", "icd10cm-2024", Some("2023-04-01")),
        ("icd10cm-2022", "icd10cm-2023", Some("2022-04-01")),
        ("icd10cm-2017", "icd10cm-2019", Some("2017-10-01")),
        ("icd10pcs-2017", "icd10pcs-2019", Some("2017-10-01")),
        ("icd10pcs-2019", "icd10pcs-2021", Some("2019-10-01")),
        // An erratum that counts nothing.
        ("icd10pcs-2021", "icd10pcs-2022-errata", None),
        ("icd10pcs-2022-errata", "icd10pcs-2023", Some("2022-10-01")),
        ("icd10pcs-2023", "icd10pcs-2024", Some("2023-10-01")),
    ] {
        let (old, new) = (read(&folder, old), read(&folder, new));
        let diff = compare(&old, &new).expect("a pair");
        let witness = Witness::of(&diff, beside(&new).expect("an addenda"));
        let name = new.path.display();
        match witness.verdict {
            Verdict::OtherPair { edition: from, broken, unmentioned } => {
                assert_eq!(from.map(|day| day.to_string()).as_deref(), edition, "{name}");
                assert!(broken.is_empty() && unmentioned > 0, "{name}: {broken:?}");
            }
            verdict => panic!("{name}: {verdict:?}"),
        }
    }
}

#[test]
fn the_procedures_are_those_of_the_order_addenda() {
    let Some(folder) = data("ICD-10-PCS addenda") else { return };
    for (old, name) in [("icd10pcs-2016", "icd10pcs-2017"), ("icd10pcs-2024", "icd10pcs-2025")] {
        let addenda = addenda(&folder, name, 13);
        let (old, new) = (read(&folder, old), read(&folder, name));
        let diff = compare(&old, &new).expect("a pair");
        for (kinds, label) in [
            (&[Kind::Added, Kind::HeaderAdded], "Add"),
            (&[Kind::Deleted, Kind::HeaderDeleted], "Delete"),
            (&[Kind::Revised, Kind::ShortRevised], "Revise to"),
        ] {
            let odd = difference(&codes(&diff, kinds), &said(&addenda, label, true));
            assert_eq!(odd, Vec::<String>::new(), "{name} {label}");
        }
        assert_eq!(witnessed(&diff), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn changes_of_meaning_are_flagged_and_editorial_ones_are_not() {
    let Some(folder) = data("classes") else { return };
    let classed = |old: &str, new: &str, class: Class| -> Vec<String> {
        let (old, new) = (read(&folder, old), read(&folder, new));
        let diff = compare(&old, &new).expect("a pair");
        let of = diff
            .changes
            .iter()
            .filter(|change| change.kind == Kind::Revised && change.class == Some(class));
        of.map(|change| change.code.to_string()).collect()
    };
    assert_eq!(classed("icd10cm-2016", "icd10cm-2017", Class::Meaning), ["F641", "L705", "N10"]);
    assert_eq!(classed("icd10cm-2017", "icd10cm-2019", Class::Meaning), ["H04209", "Q822"]);
    assert_eq!(classed("icd10cm-2023", "icd10cm-2024", Class::Meaning), ["Z5987"]);
    assert_eq!(classed("icd10cm-2021-jan", "icd10cm-2022", Class::Whitespace), ["Z6830", "Z6841"]);
}

/// A terminated code stays in the HCPCS file: its deletion is the termination.
#[test]
fn services_are_added_and_terminated_by_their_own_dates() {
    let Some(folder) = data("HCPCS") else { return };
    let zip = folder.join("hcpcs.zip");
    let mut all = open(&Wanted::new(&zip)).expect("seven releases");
    let days: Vec<String> = all.iter().map(|release| release.effective.to_string()).collect();
    let years = ["2017-01-01", "2018-01-01", "2019-01-01", "2020-01-01"];
    assert_eq!(days[..4], years);
    assert_eq!(days[4..], ["2020-04-01", "2020-07-01", "2020-10-01"]);
    all.truncate(4);
    let want = [[143, 27, 57, 5], [221, 32, 110, 5], [259, 88, 70, 18]];
    for (pair, want) in all.windows(2).zip(want) {
        let diff = compare(&pair[0], &pair[1]).expect("a pair");
        let (old, new) = (pair[0].effective, pair[1].effective);
        let of = |kind: Kind| diff.changes.iter().filter(move |change| change.kind == kind);
        let mut silent = 0;
        for change in of(Kind::Added) {
            let added = pair[1].get(change.code).and_then(|entry| entry.added);
            silent += usize::from(added.is_none_or(|day| day <= old || day > new));
        }
        for change in of(Kind::Deleted) {
            let last = pair[1].get(change.code).and_then(|entry| entry.terminated);
            silent += usize::from(last.is_none_or(|day| day < old || day >= new));
        }
        // The last: rows that came or went on a day outside the two releases.
        let counts = diff.counts;
        assert_eq!([counts.new, counts.deleted, counts.revised, silent], want, "{old} {new}");
    }
}

/// What a transaction report says of the services: what was done, and to which code.
fn transactions(folder: &Path, name: &str) -> BTreeSet<(String, Code)> {
    let bytes = member_bytes(folder, "hcpcs", name);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("a sheet");
    let said = |row: &[Data]| {
        let code = Code::normalise(&row[0].to_string()).filter(|code| code.length() == 5)?;
        Some((row[1].to_string(), code))
    };
    sheet.rows().filter_map(said).collect()
}

/// New and deleted codes as published; 2 of the 38 in October are modifiers.
#[test]
fn quarterly_workbooks_say_what_their_transaction_reports_say() {
    let Some(folder) = data("quarterly HCPCS") else { return };
    let all = open(&Wanted::new(folder.join("hcpcs.zip"))).expect("seven releases");
    for (pair, (name, want)) in all[3..].windows(2).zip([
        ("2020-04/trans_alpha.xlsx", (18, 1)),
        ("2020-07/trans_alpha.xlsx", (61, 9)),
        ("2020-10/trans_alpha.xlsx", (38 - 2, 4)),
    ]) {
        let diff = compare(&pair[0], &pair[1]).expect("a pair");
        assert_eq!((diff.counts.new, diff.counts.deleted), want, "{name}");
        let said = transactions(&folder, name);
        let of = |words: &str| -> BTreeSet<Code> {
            let of = said.iter().filter(|(word, _)| word.contains(words));
            of.map(|&(_, code)| code).collect()
        };
        assert_eq!(codes(&diff, &[Kind::Added]), of("ADD"), "{name}");
        assert_eq!(codes(&diff, &[Kind::Deleted]), of("Discontinued"), "{name}");
        let (revised, long) = (codes(&diff, &[Kind::Revised]), of("Long"));
        assert_eq!(long.difference(&revised).count(), 0, "{name}");
        // The text of January cuts double blanks where a title goes on, has a few
        // odd dashes, and one title that no report mentions as changed.
        let silent = diff
            .changes
            .iter()
            .filter(|change| change.kind == Kind::Revised && !long.contains(&change.code));
        let (blanks, words): (Vec<_>, Vec<_>) =
            silent.partition(|change| change.class == Some(Class::Whitespace));
        let words: Vec<String> = words.iter().map(|change| change.code.to_string()).collect();
        let want: (usize, &[&str]) = match &name[..7] {
            "2020-04" => (17, &["L2006"]),
            "2020-07" => (1, &[]),
            _ => (0, &[]),
        };
        assert_eq!(blanks.len(), want.0, "{name}");
        assert_eq!(words, want.1, "{name}");
    }
}

/// The workbook beside the text of a yearly edition holds the same codes, days and titles.
#[test]
fn a_workbook_says_what_the_text_beside_it_says() {
    let Some(folder) = data("HCPCS workbooks") else { return };
    let zip = folder.join("hcpcs.zip");
    let squeezed = |title: &str| title.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in
        ["2017/HCPC17_CONTR_ANWEB", "2018/HCPC2018_CONTR_ANWEB_disc", "2019/HCPC2019_CONTR_ANWEB"]
    {
        let one = |kind: &str| {
            let path = zip.join(format!("{name}.{kind}"));
            open(&Wanted::new(path)).expect(name).remove(0)
        };
        let (text, book) = (one("txt"), one("xlsx"));
        assert_eq!(text.effective, book.effective, "{name}");
        assert_eq!(text.entries().len(), book.entries().len(), "{name}");
        for entry in text.entries() {
            let same = book.get(entry.code).expect("the code");
            assert_eq!((entry.added, entry.terminated), (same.added, same.terminated), "{name}");
            assert_eq!(text.short(entry), book.short(same), "{name}");
            assert_eq!(squeezed(text.long(entry)), squeezed(book.long(same)), "{name}");
        }
    }
}

/// The codes file beside an order file has the same billable codes and titles.
#[test]
fn a_codes_file_says_what_the_order_file_says() {
    let Some(folder) = data("codes files") else { return };
    let desk = tempfile::TempDir::new().expect("a folder");
    for (name, file) in [
        ("icd10cm-2025", "icd10cm_codes_2025.txt"),
        ("icd10cm-2016", "icd10cm_codes_2016.txt"),
        ("icd10pcs-2016", "icd10pcs_codes_2016.txt"),
    ] {
        let path = desk.path().join(file);
        std::fs::write(&path, member(&folder, name, file)).expect("a file");
        let codes = open(&Wanted::new(path)).expect("a codes file").remove(0);
        let order = read(&folder, name);
        assert_eq!(codes.coverage, Coverage::BillableOnly, "{name}");
        assert_eq!((codes.system, codes.effective), (order.system, order.effective), "{name}");
        assert_eq!(codes.billable(), order.billable(), "{name}");
        for entry in codes.entries() {
            let same = order.get(entry.code).expect("the code");
            assert!(
                same.billable && order.long(same) == codes.long(entry),
                "{name} {}",
                entry.code
            );
        }
    }
}

#[test]
fn downloads_that_hold_no_release_are_refused() {
    let Some(folder) = data("refusals") else { return };
    for (name, want) in [("gems", "mapping"), ("icd10cm-conversion", "mapping")] {
        let error = open(&Wanted::new(folder.join(format!("{name}.zip")))).expect_err(name);
        assert!(error.message().contains(want), "{name}: {error}");
        assert!(error.advice().is_some(), "{name}");
    }
}
