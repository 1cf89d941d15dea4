//! `codeturn migrate` as a whole: what it shows, what it writes, and what it
//! leaves alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::common::{
    MAPS, PROFESSIONAL, RELEASES, Ran, Row, files_below, fixture, folder, json, migrate, put, rows,
    run, site,
};
use serde_json::Value;

const UNBILLED: [&str; 2] = ["--records", "unbilled"];

/// What was shown and how it ended, without what differs from run to run.
fn shown(ran: &Ran, out: &Path) -> String {
    let out = out.to_str().unwrap();
    let redacted = |text: &str| -> String {
        let line = |line: &str| match line.split_once("Journal head ") {
            Some((before, rest)) => format!("{before}Journal head HASH{}\n", &rest[64..]),
            None => format!("{}\n", line.replace(out, "RUN")),
        };
        text.lines().map(line).collect()
    };
    format!(
        "--- stdout\n{}--- stderr\n{}--- exit status {}",
        redacted(&ran.stdout),
        redacted(&ran.stderr),
        ran.status
    )
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_main_example() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let ran = migrate(&[PROFESSIONAL], &out, &UNBILLED);
    insta::assert_snapshot!("main_example_shown", shown(&ran, &out));
    insta::assert_snapshot!("main_example_changes", text(&out.join("changes.csv")));
    insta::assert_snapshot!("main_example_worklist", text(&out.join("worklist.csv")));
    insta::assert_snapshot!("main_example_summary", text(&out.join("summary.json")));
    let want = [
        "changes.csv",
        "edits/0001.edits",
        "journal.ndjson",
        "migrated/professional.csv",
        "plan.json",
        "report.html",
        "report.xlsx",
        "summary.json",
        "worklist-codes.csv",
        "worklist.csv",
        "worklist.xlsx",
    ];
    assert_eq!(files_below(&out), want);
}

#[test]
fn a_list_that_is_not_rewritten() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let ran = migrate(&["fixtures/chargemaster.csv"], &out, &["--records", "list"]);
    insta::assert_snapshot!("list_shown", shown(&ran, &out));
    let files = files_below(&out);
    for name in ["list-changes.csv", "list-changes.xlsx"] {
        assert!(files.contains(&name.to_owned()), "{files:?}");
    }
    assert!(!files.iter().any(|name| name.starts_with("migrated/")), "{files:?}");
    assert!(rows(&out.join("changes.csv")).is_empty());
}

#[test]
fn rows_of_a_list_are_rewritten_where_that_is_asked_for() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let list = "fixtures/chargemaster.csv";
    let options = ["--records", "list", "--as-of", "2026-01-01", "--replace-rows"];
    migrate(&[list], &out, &options).well();
    let changed: Vec<(u64, String, String)> = rows(&out.join("changes.csv"))
        .iter()
        .map(|row| (site(row).0, row["old"].clone(), row["new"].clone()))
        .collect();
    // Rows with one automatic successor; those with several stay.
    let want = [
        (2, "05301", "05311"),
        (12, "S9801", "S9811"),
        (14, "S9805", "05005"),
        (16, "05308", "05318"),
        (17, "05309", "05318"),
    ];
    assert_eq!(changed, want.map(|(record, old, new)| (record, old.to_owned(), new.to_owned())));
    // What the run rewrites is listed as that and as nothing else.
    let listed = rows(&out.join("list-changes.csv"));
    let (replaced, by_hand): (Vec<_>, Vec<_>) =
        listed.iter().partition(|row| row["action"] == "replace");
    let told = |row: &&Row| (site(row).0, row["code"].clone(), row["new_code"].clone());
    assert_eq!(replaced.iter().map(told).collect::<Vec<_>>(), changed);
    assert_eq!(by_hand.len(), 24);
    let is_rewritten = |row: &&&Row| changed.iter().any(|(record, ..)| *record == site(row).0);
    assert_eq!(by_hand.iter().filter(is_rewritten).count(), 0);
    differs_only_as_listed(list, &out);
}

#[test]
fn the_kind_of_records_must_be_said() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let ran = migrate(&[PROFESSIONAL], &out, &[]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("error: say what the records are: --records KIND"));
    for kind in ["unbilled", "list", "dataset", "billed", "chart"] {
        let line = format!("\n  {kind} ");
        assert!(ran.stderr.contains(&line), "no {kind} in {}", ran.stderr);
    }
    assert!(files_below(folder.path()).is_empty());
}

#[test]
fn in_place_belongs_to_plan() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let ran = migrate(&[PROFESSIONAL], &out, &["--records", "unbilled", "--in-place"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("error: `migrate` writes copies only"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`codeturn plan`"), "{}", ran.stderr);
    assert!(files_below(folder.path()).is_empty());
}

const VERDICTS: [&str; 12] = [
    "always_header",
    "became_header",
    "before_history",
    "before_system",
    "date_uncertain",
    "deleted",
    "historical",
    "not_yet_valid",
    "other_system",
    "undated",
    "unknown",
    "valid",
];

const BUCKETS: [&str; 17] = [
    "always_header",
    "before_history",
    "before_system",
    "chosen",
    "date_uncertain",
    "historical",
    "kept",
    "no_mapping",
    "not_yet_valid",
    "other_system",
    "recoded",
    "replaced",
    "report_only",
    "review",
    "undated",
    "unknown",
    "valid",
];

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

fn names(counts: &Value) -> Vec<&str> {
    counts.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The coded entries of the main example, counted by hand: five columns, one code a cell.
fn sites_of_the_main_example() -> u64 {
    let columns = ["dx1", "dx2", "dx3", "dx4", "cpt"];
    let filled = |row: &Row| columns.iter().filter(|name| !row[**name].is_empty()).count() as u64;
    rows(&fixture(PROFESSIONAL)).iter().map(filled).sum()
}

/// A run of the main example as records of a kind.
fn as_kind(kind: &str, check: impl FnOnce(&Path, &Value)) {
    let folder = folder();
    let out = folder.path().join("RUN");
    migrate(&[PROFESSIONAL], &out, &["--records", kind]).well();
    let summary = json(&out.join("summary.json"));
    assert_eq!(summary["schema"], "codeturn.summary/1");
    assert_eq!(names(&summary["verdicts"]), VERDICTS);
    assert_eq!(names(&summary["buckets"]), BUCKETS);
    let sites = sites_of_the_main_example();
    assert_eq!(summary["sites"], sites, "{kind}");
    assert_eq!(sum(&summary["verdicts"]), sites, "{kind}");
    assert_eq!(sum(&summary["buckets"]), sites, "{kind}");
    let rewritten = ["replaced", "recoded"].map(|name| summary["buckets"][name].as_u64().unwrap());
    let replaced = rewritten.into_iter().sum::<u64>();
    assert_eq!(rows(&out.join("changes.csv")).len() as u64, replaced, "{kind}");
    check(&out, &summary);
}

#[test]
fn every_site_lands_in_one_bucket_whatever_the_records_are() {
    as_kind("unbilled", |_, summary| assert_eq!(summary["buckets"]["replaced"], 31));
    as_kind("dataset", |_, summary| assert_eq!(summary["buckets"]["replaced"], 31));
    as_kind("list", |_, summary| assert_eq!(summary["buckets"]["replaced"], 0));
}

#[test]
fn sent_claims_are_only_reported() {
    as_kind("billed", |out, summary| {
        let verdicts = &summary["verdicts"];
        let retired =
            verdicts["deleted"].as_u64().unwrap() + verdicts["became_header"].as_u64().unwrap();
        assert_eq!(summary["buckets"]["report_only"], retired);
        for bucket in ["replaced", "recoded", "review", "no_mapping"] {
            assert_eq!(summary["buckets"][bucket], 0, "{bucket}");
        }
        assert!(!out.join("migrated").exists());
    });
}

#[test]
fn every_retired_code_of_a_chart_goes_to_a_person() {
    as_kind("chart", |out, summary| {
        let verdicts = &summary["verdicts"];
        let retired =
            verdicts["deleted"].as_u64().unwrap() + verdicts["became_header"].as_u64().unwrap();
        assert_eq!(summary["buckets"]["review"], retired);
        for bucket in ["replaced", "recoded", "report_only", "no_mapping"] {
            assert_eq!(summary["buckets"][bucket], 0, "{bucket}");
        }
        assert!(!out.join("migrated").exists());
    });
}

/// What stands in two files where they differ: runs of the characters of codes.
///
/// Everything else must be equal, byte by byte.
fn differences(old: &[u8], new: &[u8]) -> Vec<(String, String)> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    let (mut at, mut to) = (0, 0);
    let mut found = Vec::new();
    while at < old.len() || to < new.len() {
        if old.get(at) == new.get(to) {
            (at, to) = (at + 1, to + 1);
            continue;
        }
        let back = old[..at].iter().rev().take_while(|byte| is_code(byte)).count();
        let word = |bytes: &[u8], from: usize| -> String {
            bytes[from..]
                .iter()
                .take_while(|byte| is_code(byte))
                .map(|byte| char::from(*byte))
                .collect()
        };
        let (was, is) = (word(old, at - back), word(new, to - back));
        assert!(!was.is_empty() && !is.is_empty(), "they differ at byte {at}, and not in a code");
        (at, to) = (at - back + was.len(), to - back + is.len());
        found.push((was, is));
    }
    found
}

/// The copy of a file differs from it only at the changes listed, in their order.
#[track_caller]
fn differs_only_as_listed(original: &str, out: &Path) {
    let copy = out.join("migrated").join(Path::new(original).file_name().unwrap());
    let found = differences(&fs::read(fixture(original)).unwrap(), &fs::read(copy).unwrap());
    let plain = |code: &str| code.replace('.', "").to_uppercase();
    let found: Vec<_> = found.iter().map(|(was, is)| (plain(was), plain(is))).collect();
    let listed: Vec<_> = rows(&out.join("changes.csv"))
        .iter()
        .filter(|row| row["file"] == original)
        .map(|row| (row["old"].clone(), row["new"].clone()))
        .collect();
    assert!(!listed.is_empty());
    assert_eq!(found, listed);
}

#[test]
fn copies_differ_only_at_the_changes_listed() {
    let files = ["professional.csv", "from-through.txt", "windows.csv", "institutional.csv"]
        .map(|name| format!("fixtures/claims/{name}"));
    let folder = folder();
    let out = folder.path().join("RUN");
    let before: Vec<Vec<u8>> = files.iter().map(|file| fs::read(fixture(file)).unwrap()).collect();
    migrate(&files.each_ref().map(String::as_str), &out, &UNBILLED).well();
    for (file, before) in files.iter().zip(before) {
        differs_only_as_listed(file, &out);
        assert_eq!(fs::read(fixture(file)).unwrap(), before, "{file} itself was touched");
    }
}

#[test]
fn nothing_but_codes_is_changed() {
    let old: &[u8] = b"\xEF\xBB\xBFclaim_id,dos,dx1,note\r\n\
        1,2024-10-02, E88.81 ,caf\xE9\r\n\
        2,2024-10-02,\"E88.81\",\"two\r\nlines, \"\"E88.81\"\"\"\r\n\
        \r\n\
        3,2024-10-02,e8881,\x92\0\t\n\
        4,2024-10-02,E88.81,no line end";
    let new: &[u8] = b"\xEF\xBB\xBFclaim_id,dos,dx1,note\r\n\
        1,2024-10-02, E88.810 ,caf\xE9\r\n\
        2,2024-10-02,\"E88.810\",\"two\r\nlines, \"\"E88.81\"\"\"\r\n\
        \r\n\
        3,2024-10-02,e88810,\x92\0\t\n\
        4,2024-10-02,E88.810,no line end";
    let folder = folder();
    let records = put(folder.path(), "in/records.csv", old);
    let out = folder.path().join("RUN");
    migrate(&[&records], &out, &UNBILLED).well();
    assert_eq!(fs::read(out.join("migrated/records.csv")).unwrap(), new);
    assert_eq!(fs::read(&records).unwrap(), old);
}

#[cfg(unix)]
#[test]
fn originals_are_not_touched_and_copies_are_as_private_and_as_old() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = folder();
    let records = put(folder.path(), "in/records.csv", "dos,dx1\n2024-10-02,E88.81\n");
    fs::set_permissions(&records, fs::Permissions::from_mode(0o640)).unwrap();
    let changed = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    fs::File::options().append(true).open(&records).unwrap().set_modified(changed).unwrap();
    let before = fs::metadata(&records).unwrap();
    let out = folder.path().join("RUN");
    migrate(&[&records], &out, &UNBILLED).well();
    let (after, copy) =
        (fs::metadata(&records).unwrap(), fs::metadata(out.join("migrated/records.csv")).unwrap());
    assert_eq!(
        (after.ino(), after.mode(), after.mtime()),
        (before.ino(), before.mode(), before.mtime())
    );
    assert_eq!((copy.mode(), copy.mtime()), (before.mode(), before.mtime()));
    assert_eq!(files_below(&folder.path().join("in")), ["records.csv"], "nothing beside it");
    assert_eq!(fs::metadata(&out).unwrap().mode() & 0o777, 0o700, "it holds health information");
}

#[test]
fn files_without_a_change_have_no_copy() {
    let folder = folder();
    let changes = put(folder.path(), "in/changes.csv", "dos,dx1\n2024-10-02,E88.81\n");
    let stays = put(folder.path(), "in/stays.csv", "dos,dx1\n2024-10-02,I10\n");
    let other = put(folder.path(), "in/notes.csv", "name,remark\nx,E88.81\n");
    let out = folder.path().join("RUN");
    let ran = migrate(&[&changes, &stays, &other], &out, &UNBILLED).well();
    assert_eq!(files_below(&out.join("migrated")), ["changes.csv"]);
    assert!(
        ran.stdout.contains(&format!("NOT CHECKED: {other}: no column of codes")),
        "{}",
        ran.stdout
    );
    let summary = json(&out.join("summary.json"));
    assert_eq!(summary["files"][0]["output"], "migrated/changes.csv");
    assert_eq!(summary["files"][1]["output"], Value::Null);
    assert_eq!(summary["not_read"], serde_json::json!([other]));
}

#[test]
fn equal_names_keep_the_folders_that_tell_them_apart() {
    let folder = folder();
    let north = put(folder.path(), "north/claims.csv", "dos,dx1\n2024-10-02,E88.81\n");
    let south = put(folder.path(), "south/claims.csv", "dos,dx1\n2024-10-02,T84.040A\n");
    let out = folder.path().join("RUN");
    migrate(&[&north, &south], &out, &UNBILLED).well();
    assert_eq!(files_below(&out.join("migrated")), ["north/claims.csv", "south/claims.csv"]);
    let north = text(&out.join("migrated/north/claims.csv"));
    let south = text(&out.join("migrated/south/claims.csv"));
    assert_eq!(
        (north.as_str(), south.as_str()),
        ("dos,dx1\n2024-10-02,E88.810\n", "dos,dx1\n2024-10-02,M97.01XA\n")
    );
}

#[test]
fn files_of_a_folder_keep_their_place_in_it() {
    let folder = folder();
    put(folder.path(), "in/a.csv", "dos,dx1\n2024-10-02,E88.81\n");
    put(folder.path(), "in/deep/b.csv", "dos,dx1\n2024-10-02,E88.81\n");
    let out = folder.path().join("RUN");
    migrate(&[folder.path().join("in").to_str().unwrap()], &out, &UNBILLED).well();
    assert_eq!(files_below(&out.join("migrated")), ["a.csv", "deep/b.csv"]);
}

/// The changes of a run, as record and new code.
fn changed(table: &str, options: &[&str]) -> Vec<(u64, String)> {
    let folder = folder();
    let records = put(folder.path(), "records.csv", table);
    let out = folder.path().join("RUN");
    migrate(&[&records], &out, options).well();
    rows(&out.join("changes.csv")).iter().map(|row| (site(row).0, row["new"].clone())).collect()
}

#[test]
fn only_some_rows() {
    let table = "dos,dx1,status\n2024-10-02,E88.81,OPEN\n2024-10-02,E88.81,sent\n2024-10-02,T84.040A,open\n";
    let options = ["--records", "unbilled", "--only", "status=Open"];
    let want = [(1, "E88810".to_owned()), (3, "M9701XA".to_owned())];
    assert_eq!(changed(table, &options), want);
}

#[test]
fn a_day_for_rows_without_one() {
    let table = "dos,dx1\n2024-09-30,E88.81\n2024-10-01,E88.81\n,E88.81\n";
    let records = |kind: &str, day: &str| {
        let options = ["--records", kind, "--as-of", day, "--replace-rows"];
        changed(table, &options).iter().map(|(record, _)| *record).collect::<Vec<_>>()
    };
    // A recorded day wins.
    assert_eq!(records("unbilled", "2024-09-30"), [2]);
    assert_eq!(records("unbilled", "2024-10-01"), [2, 3]);
    // A list goes into use as a whole, whatever stands in its date columns.
    assert!(records("list", "2024-09-30").is_empty());
    assert_eq!(records("list", "2024-10-01"), [1, 2, 3]);
    let without = "dx1\nE88.81\n";
    let on = |day: &str| changed(without, &["--records", "unbilled", "--as-of", day]).len();
    assert_eq!((on("2024-09-30"), on("2024-10-01")), (0, 1));
}

#[test]
fn codes_without_a_day() {
    let folder = folder();
    let records = put(folder.path(), "records.csv", "dos,dx1\n,E88.81\n2024-10-02,I10\n");
    let bucket = |undated: &str| {
        let out = folder.path().join(undated);
        migrate(&[&records], &out, &["--records", "unbilled", "--undated", undated]).well();
        let reason = rows(&out.join("worklist.csv"))[0]["reason"].clone();
        let buckets = &json(&out.join("summary.json"))["buckets"];
        (buckets["undated"].clone(), buckets["review"].clone(), reason)
    };
    assert_eq!(bucket("skip"), (1.into(), 0.into(), "no_date".to_owned()));
    assert_eq!(bucket("review"), (0.into(), 1.into(), "no_date".to_owned()));
}

#[test]
fn key_columns_are_carried_along() {
    let folder = folder();
    let out = folder.path().join("RUN");
    migrate(&[PROFESSIONAL], &out, &["--records", "unbilled", "--key", "mrn,note"]).well();
    let records = rows(&fixture(PROFESSIONAL));
    // The worklist has a column `note` of its own, for the reviewer.
    let last = [("changes.csv", "note", ""), ("worklist.csv", "key.note", ",row_mark")];
    for (name, note, behind) in last {
        let header = text(&out.join(name)).lines().next().unwrap().to_owned();
        assert!(header.ends_with(&format!(",mrn,{note}{behind}")), "{header}");
        for row in rows(&out.join(name)) {
            let record = &records[usize::try_from(site(&row).0 - 1).unwrap()];
            assert_eq!((&row["mrn"], &row[note]), (&record["mrn"], &record["note"]));
        }
    }
}

#[test]
fn exit_status_tells_what_remains_only_where_it_is_asked_for() {
    let status = |code: &str, options: &[&str]| {
        let folder = folder();
        let records = put(folder.path(), "r.csv", format!("dos,dx1\n2024-10-02,{code}\n"));
        migrate(&[&records], &folder.path().join("RUN"), &[&UNBILLED[..], options].concat()).status
    };
    assert_eq!(status("C86.0", &[]), 0);
    assert_eq!(status("C86.0", &["--exit-code"]), 1);
    assert_eq!(status("E88.81", &["--exit-code"]), 0, "replaced: nothing is left to do");
}

#[test]
fn quiet_says_the_result_and_nothing_else() {
    let folder = folder();
    let loud = migrate(&[PROFESSIONAL], &folder.path().join("A"), &UNBILLED).well();
    let quiet =
        migrate(&[PROFESSIONAL], &folder.path().join("B"), &[&UNBILLED[..], &["--quiet"]].concat())
            .well();
    assert_eq!(quiet.stderr, "");
    assert!(!loud.stderr.is_empty());
    assert_eq!(quiet.stdout.lines().count(), loud.stdout.lines().count());
}

/// Everything in a run folder but the journal.
fn products(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = files_below(out).into_iter().filter(|name| name != "journal.ndjson");
    names.map(|name| (name.clone(), fs::read(out.join(&name)).unwrap())).collect()
}

/// The journal without what tells one run from another.
fn journal(out: &Path) -> Vec<Value> {
    let entry = |line: &str| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        for name in ["time", "prev", "check"] {
            assert!(entry.as_object_mut().unwrap().remove(name).is_some(), "{name} in {line}");
        }
        entry
    };
    text(&out.join("journal.ndjson")).lines().map(entry).collect()
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let folder = folder();
    // More than one block of 2 MiB, so that threads have something to share.
    let mut table = String::from("claim_id,dos,dx1,dx2,cpt,note\n");
    let codes = ["E88.81", "I10", "H81.41", "C86.0", "E88.82", "Q99.999", "E11.6"];
    for number in 0..40_000 {
        let claim = number / 3;
        let code = |step: usize| codes[(number / step) % codes.len()];
        let day = ["2024-09-30", "2024-10-01", "2026-01-02"][(claim / 7) % 3];
        let remark = "remark, with \"\"quotes\"\" and\ntwo lines";
        let (one, two) = (code(1), code(5));
        writeln!(table, "C{claim},{day},{one},{two},05301,\"{remark} {number}\"").unwrap();
    }
    assert!(table.len() > 3 << 20, "{}", table.len());
    let big = put(folder.path(), "big.csv", table);
    let files = [&big, PROFESSIONAL, "fixtures/claims/windows.csv"];
    let run = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        migrate(&files, &out, &["--records", "unbilled", "--threads", threads]).well();
        (products(&out), journal(&out))
    };
    let (one, first) = run("A", "1");
    assert!(one.len() > 10, "{:?}", one.keys());
    for (name, threads) in [("B", "1"), ("C", "4"), ("D", "3")] {
        let (other, journal) = run(name, threads);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (file, bytes) in &one {
            assert!(other[file] == *bytes, "{file} differs on {threads} threads");
        }
        assert_eq!(journal, first);
    }
}

#[test]
fn the_journal_is_chained_and_its_head_is_printed() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let options = ["--records", "unbilled", "--reason", "yearly update"];
    let ran = migrate(&[PROFESSIONAL], &out, &options).well();
    let journal = text(&out.join("journal.ndjson"));
    let mut before = "0".repeat(64);
    let mut events = Vec::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["prev"], before);
        assert_eq!((&entry["user"], &entry["reason"]), (&"tester".into(), &"yearly update".into()));
        events.push(entry["event"].as_str().unwrap().to_owned());
        before = blake3::hash(line.as_bytes()).to_hex().to_string();
    }
    assert_eq!(events, ["planned", "applying", "applied", "verified"]);
    assert!(ran.stdout.contains(&format!("Journal head {before} ")), "{}", ran.stdout);

    let entry =
        |at: usize| -> Value { serde_json::from_str(journal.lines().nth(at).unwrap()).unwrap() };
    let digest =
        |path: &Path| format!("blake3:{}", blake3::hash(&fs::read(path).unwrap()).to_hex());
    assert_eq!(entry(0)["plan"], digest(&out.join("plan.json")));
    let applied = &entry(2)["files"][0];
    assert_eq!(applied["original_digest"], digest(&fixture(PROFESSIONAL)));
    assert_eq!(applied["copy_digest"], digest(&out.join("migrated/professional.csv")));
    assert_eq!(entry(3)["files"][0]["digest"], applied["copy_digest"]);
}

/// A spreadsheet turns the code 05301 of a CSV file into the number 5301.
#[test]
fn codes_in_workbooks_are_text() {
    let folder = folder();
    let out = folder.path().join("RUN");
    migrate(&["fixtures/chargemaster.csv"], &out, &["--records", "list"]).well();
    for name in ["list-changes.xlsx", "worklist.xlsx"] {
        let mut book = zip::ZipArchive::new(fs::File::open(out.join(name)).unwrap()).unwrap();
        let mut all = String::new();
        for at in 0..book.len() {
            let mut part = book.by_index(at).unwrap();
            if part.is_file() {
                part.read_to_string(&mut all).unwrap();
            }
        }
        assert!(all.contains(">05101<"), "{name}: the code is not there as text");
        assert!(!all.contains("<v>5101</v>"), "{name}: the code is a number");
    }
}

#[test]
fn a_release_pair_the_wrong_way_round() {
    let folder = folder();
    let out = folder.path().join("RUN");
    let out = out.to_str().unwrap();
    let new = "fixtures/icd10cm/icd10cm_order_2024.txt@2023-10-01";
    let old = "fixtures/icd10cm/icd10cm_order_2025.txt@2024-10-01";
    let ran = run(["migrate", PROFESSIONAL, "--records", "unbilled", "--out", out]
        .into_iter()
        .chain(["--old", old, "--new", new])
        .chain(MAPS));
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("they are the wrong way round"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: swap them"), "{}", ran.stderr);
    assert!(files_below(folder.path()).is_empty());
}

#[test]
fn without_a_release_nothing_is_judged() {
    let ran = run(["audit", PROFESSIONAL]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no release of a code system is given"), "{}", ran.stderr);
    // The same with one, to be sure that it is the release that was missing.
    run(["audit", PROFESSIONAL].into_iter().chain(RELEASES)).well();
}
