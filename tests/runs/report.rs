//! report.html and report.xlsx of a run: counts that add up, no patient's data,
//! and nothing from a file that becomes markup or a formula.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{PROFESSIONAL, Ran, fixture, folder, json, migrate, put, rows, run};
use calamine::{Data, Reader, Xlsx, open_workbook};
use tempfile::TempDir;

/// The rows of a sheet below its heading.
fn sheet(run: &Path, name: &str) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook(run.join("report.xlsx")).unwrap();
    let range = book.worksheet_range(name).unwrap();
    range.rows().skip(1).map(<[Data]>::to_vec).collect()
}

fn number(cell: &Data) -> u64 {
    match cell {
        Data::Float(number) => format!("{number}").parse().unwrap(),
        other => panic!("no number: {other:?}"),
    }
}

fn sum(rows: &[Vec<Data>], column: usize) -> u64 {
    rows.iter().map(|row| number(&row[column])).sum()
}

/// A run over a few invented lists, whose titles and names would do harm.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(old: &str, new: &str, map: &str, records: &str) -> Desk {
        let folder = folder();
        put(folder.path(), "cpt 2031.txt", old);
        put(folder.path(), "cpt 2032.txt", new);
        put(folder.path(), "map.csv", map);
        put(folder.path(), "claims.csv", records);
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn plan(&self, more: &[&str]) -> Ran {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let mut args = vec!["plan".to_owned(), path("claims.csv")];
        args.extend(["--records", "unbilled", "--old"].map(str::to_owned));
        args.push(format!("{}@2031-01-01", path("cpt 2031.txt")));
        args.extend(["--new".to_owned(), format!("{}@2032-01-01", path("cpt 2032.txt"))]);
        args.extend(["--map".to_owned(), path("map.csv"), "--out".to_owned(), path("RUN")]);
        args.extend(more.iter().map(|one| (*one).to_owned()));
        run(args.iter().map(String::as_str))
    }

    fn page(&self) -> String {
        fs::read_to_string(self.path("RUN/report.html")).unwrap()
    }
}

#[test]
fn the_counts_of_the_main_example_add_up() {
    let folder = folder();
    let out = folder.path().join("RUN");
    migrate(&[PROFESSIONAL], &out, &["--records", "unbilled"]).well();
    let summary = json(&out.join("summary.json"));
    let entries = sheet(&out, "entries");
    assert_eq!(sum(&entries, 0), summary["sites"].as_u64().unwrap());
    for row in &entries {
        let bucket = row[2].to_string();
        assert_eq!(Some(number(&row[0])), summary["buckets"][&bucket].as_u64(), "{bucket}");
    }
    let changes = rows(&out.join("changes.csv")).len() as u64;
    let worklist = rows(&out.join("worklist.csv")).len() as u64;
    assert_eq!(sum(&sheet(&out, "replacements"), 5), changes);
    assert_eq!(sum(&sheet(&out, "to do"), 1), worklist);
    assert_eq!(sum(&sheet(&out, "codes"), 3), changes + worklist);
    let payers = sheet(&out, "payers");
    assert_eq!((sum(&payers, 2), sum(&payers, 3)), (changes + worklist, changes));
    assert_eq!(sum(&sheet(&out, "blanket"), 4), summary["blanket"].as_u64().unwrap());
    for row in sheet(&out, "rechecks") {
        let word = row[0].to_string();
        assert_eq!(Some(number(&row[1])), summary["recheck"][&word].as_u64(), "{word}");
        assert!(!row[2].to_string().is_empty(), "{word} means something");
    }
    assert_eq!(sheet(&out, "codes").iter().map(|row| number(&row[3])).max(), Some(6));
    let counts: Vec<u64> = sheet(&out, "codes").iter().map(|row| number(&row[3])).collect();
    assert!(counts.is_sorted_by(|one, next| one >= next), "most first: {counts:?}");
}

#[test]
fn the_report_holds_no_patient_s_data() {
    let folder = folder();
    let out = folder.path().join("RUN");
    migrate(&[PROFESSIONAL], &out, &["--records", "unbilled", "--key", "mrn,note"]).well();
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    let names =
        ["to do", "entries", "replacements", "codes", "files", "payers", "records", "notes"];
    let sheets = names.map(|name| format!("{:?}", sheet(&out, name))).concat();
    for record in rows(&fixture(PROFESSIONAL)) {
        for column in ["claim_id", "mrn", "birth_date"] {
            let value = &record[column];
            assert!(value.is_empty() || !page.contains(value.as_str()), "{column} {value}");
            assert!(value.is_empty() || !sheets.contains(value.as_str()), "{column} {value}");
        }
    }
    assert!(page.contains("COMMTEST"), "a payer is nobody's secret");
}

#[test]
fn the_page_needs_nothing_else_and_says_what_was_not_checked() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let files = [PROFESSIONAL, "fixtures/README.md"];
    migrate(&files, &out, &["--records", "unbilled"]).well();
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!page.contains("<script") && page.contains("default-src 'none'"));
    for address in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let is_inside =
            address.starts_with('#') && page.contains(&format!("id=\"{}\"", &address[1..]));
        assert!(is_inside || out.join(address).is_file(), "{address}");
    }
    for words in [
        "documentation, medical necessity, NCCI and MUE edits",
        "NOT CHECKED: fixtures/README.md",
        "American Medical Association",
        "in force",
        "2024-10-01",
        "blake3:",
    ] {
        assert!(page.to_lowercase().contains(&words.to_lowercase()), "no `{words}`");
    }
    let plan = json(&out.join("plan.json"));
    for input in ["files", "releases", "maps"] {
        for one in plan[input].as_array().unwrap() {
            assert!(page.contains(one["digest"].as_str().unwrap()), "{one}");
        }
    }
}

#[test]
fn titles_and_names_stay_text() {
    let old = "99901\t<script>alert(1)</script> & one\n99902\t=cmd|' /C calc'!A1\n";
    let new = "99911\t<script>alert(2)</script> & one\n99912\t=cmd|' /C calc'!A2\n";
    let map = "old,new\n99901,99911\n99902,99912\n";
    let records =
        "claim_id,dos,cpt,payer\n1,2032-02-01,99901,<img src=x>\n2,2032-02-01,99902,=1+1\n";
    let desk = Desk::new(old, new, map, records);
    desk.plan(&[]).well();
    let page = desk.page();
    for markup in ["<script", "<img", "alert(1)</script>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    for text in ["&lt;img src=x&gt;", "&lt;script&gt;alert(", "=cmd|&#39; /C calc&#39;!", "=1+1"] {
        assert!(page.contains(text), "{text}");
    }
    let run = desk.path("RUN");
    let codes = sheet(&run, "codes");
    assert!(codes.iter().any(|row| row[1] == Data::String("=cmd|' /C calc'!A1".to_owned())));
    let payers: Vec<String> = sheet(&run, "payers").iter().map(|row| row[0].to_string()).collect();
    assert_eq!(payers, ["<img src=x>", "=1+1"]);
    let mut book: Xlsx<_> = open_workbook(run.join("report.xlsx")).unwrap();
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.used_cells().next().is_none(), "{name}");
    }
}

#[test]
fn a_column_of_very_many_values_is_none_of_payers() {
    let (old, new) = ("99901\tOne\n", "99911\tOne\n");
    let map = "old,new\n99901,99911\n";
    let records = |payers: usize| -> String {
        let mut text = String::from("claim_id,dos,cpt,plan\n");
        for at in 0..payers {
            writeln!(text, "{at},2032-02-01,99901,POLICY-{at:04}").unwrap();
        }
        text
    };
    let few = Desk::new(old, new, map, &records(500));
    few.plan(&[]).well();
    assert_eq!(sheet(&few.path("RUN"), "payers").len(), 500);
    let many = Desk::new(old, new, map, &records(501));
    many.plan(&[]).well();
    let page = many.page();
    assert!(!page.contains("POLICY-") && page.contains("they cannot be payers"), "{page}");
}

#[test]
fn more_codes_than_a_page_can_bear_are_counted() {
    // One code in eleven is gone, never 300 in a row.
    let list = |all: bool| {
        let codes = (0..13_200).filter(|at| all || at % 11 > 0);
        let rows: Vec<String> = codes.map(|at| format!("{:05}\tT {at}", 10_000 + at)).collect();
        rows.join("\n")
    };
    let gone = (0..13_200).filter(|at| at % 11 == 0);
    let records: Vec<String> =
        gone.map(|at| format!("{at},2032-02-01,{:05}", 10_000 + at)).collect();
    let records = records.join("\n");
    let desk = Desk::new(
        &list(true),
        &list(false),
        "old,new\n10000,10001\n",
        &format!("claim_id,dos,cpt\n{records}"),
    );
    desk.plan(&[]).well();
    let rows = sheet(&desk.path("RUN"), "codes");
    assert_eq!(rows.len(), 1_000);
    assert!(desk.page().contains("200 more codes with 200 entries are not listed."));
    assert!(desk.page().len() < 400_000, "{}", desk.page().len());
}

/// The rows of a table that is annotated: what is proposed is counted, and found.
#[test]
fn what_is_proposed_is_counted_by_file_and_payer() {
    let (old, new) = ("99901\tOne\n99902\tTwo\n", "99911\tOne\n99902\tTwo\n");
    let map = "old,new\n99901,99911\n";
    let records = "claim_id,dos,cpt,payer\n1,2032-02-01,99901,ACME\n2,2032-02-01,99902,ACME\n";
    let desk = Desk::new(old, new, map, records);
    desk.plan(&["--annotate"]).well();
    let counts = |name: &str, column: usize| number(&sheet(&desk.path("RUN"), name)[0][column]);
    assert_eq!((counts("files", 3), counts("payers", 3)), (1, 1));
    fs::remove_dir_all(desk.path("RUN")).unwrap();
    // Sent claims, whose codes are reported and stay.
    let path = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    let (old, new) = (path("cpt 2031.txt"), path("cpt 2032.txt"));
    let (old, new) = (format!("{old}@2031-01-01"), format!("{new}@2032-01-01"));
    run([
        "plan",
        &path("claims.csv"),
        "--records",
        "billed",
        "--annotate",
        "--old",
        &old,
        "--new",
        &new,
        "--map",
        &path("map.csv"),
        "--out",
        &path("RUN"),
    ])
    .well();
    assert_eq!((counts("files", 3), counts("payers", 3)), (1, 1));
    assert!(desk.page().contains(">Proposed<"));
}

/// A code that is still valid is recoded for a payer: that is no run without findings.
#[test]
fn nothing_found_does_not_stand_beside_replacements() {
    let titles = "99901\tOne\n99902\tTwo\n";
    let map = "old,new,relation,payer,effective,approved_by,approved_on,source\n\
               99901,99902,recode,ACME,2032-01-01,R. Coder,2031-12-01,bulletin 7\n";
    let records = "claim_id,dos,cpt,payer\n1,2032-02-01,99901,ACME\n";
    let desk = Desk::new(titles, titles, map, records);
    let ran = desk.plan(&[]).well();
    assert_eq!(json(&desk.path("RUN/summary.json"))["buckets"]["recoded"], 1);
    assert!(!ran.stdout.contains("Nothing found"), "{}", ran.stdout);
}

/// Where no entry could be judged, nothing was found because nothing was seen.
#[test]
fn what_could_not_be_judged_is_not_called_clean() {
    let map = "old,new\n99901,99902\n";
    let titles = ("99901\tA thing\n99902\tAnother thing\n", "99902\tAnother thing\n");
    let records = "claim_id,dos,cpt,payer\n1,,99901,ACME\n";
    let desk = Desk::new(titles.0, titles.1, map, records);
    let ran = desk.plan(&[]).well();
    assert!(ran.stdout.contains("NOTHING WAS JUDGED: not one of the 1 entries"), "{}", ran.stdout);
    let dated = "claim_id,dos,cpt,payer\n1,2032-02-01,99902,ACME\n2,,99901,ACME\n";
    let desk = Desk::new(titles.0, titles.1, map, dated);
    let ran = desk.plan(&[]).well();
    assert!(ran.stdout.contains("among the 1 entry that could be judged"), "{}", ran.stdout);
}

/// Of a row with more cells than the header the neighbour of the payer was listed.
#[test]
fn a_row_with_too_many_cells_names_no_payer() {
    let folder = folder();
    let table = "claim_id,dos,dx1,note,payer,patient\n1,2024-10-02,E88.81,well,now,DOE,X\n\
                 2,2024-10-02,E88.81,,PAYER A,ROE\n3,2024-10-02,E88.81\n";
    let records = put(folder.path(), "claims.csv", table);
    let out = folder.path().join("RUN");
    migrate(&[&records], &out, &["--records", "unbilled"]).well();
    let names: Vec<String> = sheet(&out, "payers").iter().map(|row| row[0].to_string()).collect();
    assert_eq!(names, ["(none stated)", "PAYER A"]);
}
