//! What goes wrong at users' desks: each fault is named with its place and what
//! to do next, ends with the right status, and leaves nothing behind.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{
    ICD10CM, Ran, WISH, audit, files_below, fixture, folder, json, program, put, run,
};
use codeturn::error::ErrorKind;
use codeturn::record::Hints;
use codeturn::report::papers::Papers;
use codeturn::run::folder::RunFolder;
use codeturn::run::inputs;
use codeturn::run::plan;
use codeturn::run::sweep::Pace;
use tempfile::TempDir;

/// One good record.
const GOOD: &str = "claim_id,dos,dx1\n1,2024-10-02,E88.81\n";
const UNBILLED: [&str; 2] = ["--records", "unbilled"];

/// A folder with one file of records in it.
struct Desk {
    folder: TempDir,
    records: String,
}

impl Desk {
    fn with(bytes: impl AsRef<[u8]>) -> Desk {
        let folder = folder();
        let records = put(folder.path(), "records.csv", bytes);
        Desk { folder, records }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn migrate(&self, options: &[&str]) -> Ran {
        crate::common::migrate(&[&self.records], &self.path().join("RUN"), options)
    }

    /// Nothing but the records, as they were.
    #[track_caller]
    fn is_untouched(&self, bytes: impl AsRef<[u8]>) {
        assert_eq!(files_below(self.path()), ["records.csv"]);
        assert_eq!(fs::read(&self.records).unwrap(), bytes.as_ref());
    }
}

/// It ended with this status, said nothing on stdout, and all of `words` in its error.
#[track_caller]
fn fails(ran: &Ran, status: i32, words: &[&str]) {
    assert_eq!(ran.status, status, "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let at = ran.stderr.find("error: ").unwrap_or_else(|| panic!("no error: {}", ran.stderr));
    for word in words {
        assert!(ran.stderr[at..].contains(word), "no `{word}` in\n{}", &ran.stderr[at..]);
    }
}

/// `migrate` refuses these records: what, where (behind the path), and what next.
#[track_caller]
fn records_are_refused(bytes: &[u8], what: &str, place: &str, hint: &str) {
    let desk = Desk::with(bytes);
    let ran = desk.migrate(&UNBILLED);
    let place = format!("\n  --> {}{place}\n", desk.records);
    fails(&ran, 3, &[what, &place, &format!("\n  hint: {hint}")]);
    desk.is_untouched(bytes);
    let again = audit(&[&desk.records], &[]);
    fails(&again, 3, &[what, &place, &format!("\n  hint: {hint}")]);
}

/// `audit` refuses this release.
#[track_caller]
fn release_is_refused(bytes: &[u8], what: &str, place: &str, hint: &str) {
    let desk = Desk::with(GOOD);
    let release = put(desk.path(), "release.txt", bytes);
    let ran = run(["audit", &desk.records, "--release", &release]);
    fails(&ran, 3, &[what, &format!("\n  --> {release}{place}\n"), &format!("\n  hint: {hint}")]);
}

#[test]
fn a_missing_file() {
    let desk = Desk::with(GOOD);
    let missing = desk.path().join("nowhere.csv");
    let missing = missing.to_str().unwrap();
    let place = format!("\n  --> {missing}\n  hint: check the spelling");
    let words = ["error: no such file or folder", &place];
    let out = desk.path().join("RUN");
    fails(&crate::common::migrate(&[missing], &out, &UNBILLED), 3, &words);
    fails(&desk.migrate(&["--records", "unbilled", "--map", missing]), 3, &words);
    fails(&run(["audit", &desk.records, "--release", missing]), 3, &words);
    desk.is_untouched(GOOD);
}

#[test]
fn an_empty_file() {
    records_are_refused(b"", "the file is empty", "", "check that the export finished");
    records_are_refused(b"\xEF\xBB\xBF\r\n", "the file is empty", "", "check that");
    release_is_refused(b"", "the file is empty", "", "download it again");
}

#[test]
fn a_pdf_or_a_picture() {
    let (pdf, png) = (b"%PDF-1.7\n%\xE2\xE3\n1 0 obj\n", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR");
    records_are_refused(pdf, "it is a PDF, not a table of records", "", "export it as");
    records_are_refused(png, "it is a picture, not a table of records", "", "export it as");
    release_is_refused(pdf, "a PDF, not a release", "", "name the zip as downloaded");
    release_is_refused(png, "a PNG picture, not a release", "", "name the zip as downloaded");
}

#[test]
fn an_order_file_cut_in_the_middle_of_a_line() {
    let whole = fs::read(fixture("fixtures/icd10cm/icd10cm_order_2025.txt")).unwrap();
    let cut = &whole[..5000];
    let line = format!(":{}", String::from_utf8_lossy(cut).lines().count());
    assert!(!cut.ends_with(b"\n"));
    let desk = Desk::with(GOOD);
    let release = put(desk.path(), "order.txt", cut);
    let ran = run(["audit", &desk.records, "--release", &format!("{release}@2024-10-01")]);
    let place = format!("\n  --> {release}{line}\n  hint: download it again");
    fails(&ran, 3, &["the file ends in the middle of a line", &place]);
}

#[test]
fn two_code_columns_of_one_name() {
    records_are_refused(
        b"claim_id,dos,dx1,DX1\n1,2024-10-02,E88.81,I10\n",
        "two columns of codes are called `DX1` (columns 3 and 4)",
        "",
        "rename one of them",
    );
}

#[test]
fn a_date_column_full_of_text() {
    records_are_refused(
        b"claim_id,dos,dx1\n1,soon,E88.81\n2,later,I10\n",
        "column `dos` holds no dates that can be read",
        ":2",
        "dates are YYYY-MM-DD",
    );
}

#[test]
fn dates_of_which_nobody_knows_the_month() {
    let table = "claim_id,dos,dx1\n1,10/1/2024,E88.81\n2,10/2/2024,I10\n";
    records_are_refused(
        table.as_bytes(),
        "column `dos`: its dates do not tell whether day or month stands first",
        "",
        "say which: --date-format M/D/YYYY or --date-format D/M/YYYY",
    );
    let desk = Desk::with(table);
    let date = |format: &str| {
        let ran = audit(&[&desk.records], &["--date-format", format, "--format", "csv"]).well();
        ran.rows()[0]["date"].clone()
    };
    assert_eq!(date("M/D/YYYY"), "2024-10-01");
    // The tenth of January lies before the retirement: nothing is listed but the later one.
    let ran = audit(&[&desk.records], &["--date-format", "D/M/YYYY", "--format", "csv"]).well();
    assert!(ran.rows().is_empty(), "{}", ran.stdout);
}

#[test]
fn a_quote_that_is_never_closed() {
    records_are_refused(
        b"claim_id,dos,dx1\n1,2024-10-01,\"two\nlines\"\n2,2024-10-01,\"I10\n3,2024-10-01,I10\n",
        "a quote opens a cell and is never closed",
        ":4",
        "close it; or",
    );
}

#[test]
fn text_that_is_not_read() {
    records_are_refused(b"\xFF\xFEd\0o\0s\0", "it is UTF-16 text", "", "save it as UTF-8");
    records_are_refused(
        b"claim_id,dos,dx1\r1,2024-10-01,E88.81\r",
        "its lines end in CR alone",
        "",
        "old Macintosh line ends",
    );
}

#[test]
fn a_discharge_date_and_no_class_of_claim() {
    let table = b"claim_id,dos,discharge_date,dx1\n1,2024-09-30,2024-10-02,E88.81\n";
    records_are_refused(
        table,
        "there is a discharge date, and nothing says whether these are inpatient claims",
        "",
        "--setting inpatient|outpatient|professional, or --date-column with one of: dos, discharge_date",
    );
    let desk = Desk::with(table);
    let stay = audit(&[&desk.records], &["--setting", "inpatient", "--format", "csv"]).well();
    assert_eq!(stay.rows()[0]["date_rule"], "discharge_date");
}

#[test]
fn no_date_column() {
    records_are_refused(
        b"claim_id,dx1\n1,E88.81\n",
        "no column with a day of service was recognised",
        "",
        "--date-column NAME; its columns: claim_id, dx1. A list without dates is judged --as-of a day",
    );
}

#[test]
fn no_code_column() {
    records_are_refused(
        b"claim_id,dos,remark\n1,2024-10-01,E88.81\n",
        "no column of codes was recognised",
        "",
        "name the column: --code-column NAME",
    );
}

#[test]
fn a_map_with_a_byte_that_is_not_utf8() {
    let desk = Desk::with(GOOD);
    let map = ["--map", "fixtures/maps/broken-bytes.csv"];
    let ran = desk.migrate(&[&UNBILLED[..], &map].concat());
    fails(
        &ran,
        3,
        &[
            "byte 0xF4 is not UTF-8",
            "\n  --> fixtures/maps/broken-bytes.csv:3:",
            "hint: save the file as",
        ],
    );
    desk.is_untouched(GOOD);
}

#[test]
fn all_errors_of_a_map_at_once() {
    let desk = Desk::with(GOOD);
    let out = desk.path().join("RUN");
    let ran =
        run(["migrate", &desk.records, "--records", "unbilled", "--out", out.to_str().unwrap()]
            .into_iter()
            .chain(["--map", "fixtures/maps/broken.csv"])
            .chain(ICD10CM));
    fails(
        &ran,
        3,
        &[
            "stands twice with the same conditions\n  --> fixtures/maps/broken.csv:2 and :3\n  hint: ",
            "a code cannot become itself\n  --> fixtures/maps/broken.csv:4\n  hint: ",
            "H81.41 -> H81.42 -> H81.41 is a cycle\n  --> fixtures/maps/broken.csv:6\n  hint: ",
        ],
    );
    assert_eq!(ran.stderr.matches("error: ").count(), 3);
    desk.is_untouched(GOOD);
}

#[test]
fn a_folder_in_place_of_a_map() {
    let desk = Desk::with(GOOD);
    let ran = desk.migrate(&["--records", "unbilled", "--map", "fixtures/maps"]);
    fails(&ran, 3, &["it is a folder, not a file", "\n  --> fixtures/maps\n"]);
    desk.is_untouched(GOOD);
}

#[cfg(unix)]
#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::with(GOOD);
    fs::set_permissions(&desk.records, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&desk.records).is_ok() {
        eprintln!("skipped: this user may read every file, whatever its mode");
        return;
    }
    fails(
        &desk.migrate(&UNBILLED),
        3,
        &["no permission to read it", &desk.records, "hint: ask the owner"],
    );
}

#[test]
fn columns_that_are_not_there() {
    let desk = Desk::with(GOOD);
    for (option, value) in [
        ("--code-column", "x"),
        ("--date-column", "x"),
        ("--claim-column", "x"),
        ("--key", "claim_id,x"),
        ("--only", "x=1"),
        ("--field", "payer=x"),
        ("--system", "x=icd10cm"),
    ] {
        let what = format!("{option} names the column `x`, which this file does not have");
        let place = format!("\n  --> {}\n  hint: its columns: claim_id, dos, dx1", desk.records);
        let options = ["--records", "unbilled", option, value];
        fails(&desk.migrate(&options), 3, &[&what, &place]);
        desk.is_untouched(GOOD);
    }
}

#[test]
fn records_given_twice() {
    let desk = Desk::with(GOOD);
    let out = desk.path().join("RUN");
    let ran = crate::common::migrate(&[&desk.records, &desk.records], &out, &UNBILLED);
    fails(
        &ran,
        2,
        &["the same file of records is given twice", &desk.records, "hint: it was given as"],
    );
    desk.is_untouched(GOOD);
}

#[test]
fn the_folder_for_the_results_is_there_already() {
    let desk = Desk::with(GOOD);
    let mine = put(desk.path(), "RUN/mine.txt", "keep");
    let ran = desk.migrate(&UNBILLED);
    let place = format!("\n  --> {}/RUN\n  hint: choose another --out", desk.path().display());
    fails(&ran, 3, &["the folder for the results is already there", &place]);
    assert_eq!(files_below(desk.path()), ["RUN/mine.txt", "records.csv"]);
    assert_eq!(fs::read(mine).unwrap(), b"keep");
}

#[test]
fn a_folder_that_is_none_of_ours_where_the_run_is_built() {
    let desk = Desk::with(GOOD);
    put(desk.path(), "RUN.part/mine.txt", "keep");
    fails(&desk.migrate(&UNBILLED), 3, &["it is none of ours", "RUN.part\n", "hint: move it away"]);
    assert_eq!(files_below(desk.path()), ["RUN.part/mine.txt", "records.csv"]);
}

#[test]
fn another_run_at_work_in_the_same_folder() {
    let desk = Desk::with(GOOD);
    let lock = File::create(put(desk.path(), "RUN.part/lock", "")).unwrap();
    lock.lock().unwrap();
    fails(&desk.migrate(&UNBILLED), 3, &["another run is at work in it", "hint: wait for it"]);
    assert_eq!(files_below(desk.path()), ["RUN.part/lock", "records.csv"]);
    // Not by closing it: a program that another test just started may hold it, too.
    lock.unlock().unwrap();
    // Nobody is at work any more: what a killed run left makes way.
    desk.migrate(&UNBILLED).well();
    assert!(!desk.path().join("RUN.part").exists());
    assert!(desk.path().join("RUN/summary.json").exists());
}

#[test]
fn the_folder_around_the_results_is_missing() {
    let desk = Desk::with(GOOD);
    let out = desk.path().join("nowhere/RUN");
    let ran = crate::common::migrate(&[&desk.records], &out, &UNBILLED);
    let what = "the folder that --out lies in does not exist";
    fails(&ran, 3, &[what, "/nowhere\n", "hint: make it first"]);
    desk.is_untouched(GOOD);
    let output = desk.path().join("nowhere/audit.csv");
    let ran = audit(&[&desk.records], &["--output", output.to_str().unwrap()]);
    fails(
        &ran,
        4,
        &["cannot be written", "nowhere/audit.csv\n", "hint: it is to stand in a folder"],
    );
    desk.is_untouched(GOOD);
}

#[test]
fn the_output_file_is_there_already() {
    let desk = Desk::with(GOOD);
    let ran = audit(&[&desk.records], &["--output", &desk.records]);
    fails(&ran, 3, &["the output file exists already", &desk.records, "hint: choose another name"]);
    desk.is_untouched(GOOD);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout() {
    let mut command = program();
    let full = File::options().write(true).open("/dev/full").unwrap();
    command.args(["audit", crate::common::PROFESSIONAL, "--format", "csv"]).args(ICD10CM);
    let done = command.stdout(full).output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("error: cannot write the output: No space left"), "{stderr}");
    assert!(stderr.contains("hint: the disk is full"), "{stderr}");
}

/// Records whose results do not fit: the shell lets no file grow above so many
/// blocks, as a full disk would.
#[cfg(unix)]
fn with_small_files(blocks: u32, arguments: &[&str]) -> Ran {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.current_dir(env!("CARGO_MANIFEST_DIR"));
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_codeturn")]).args(arguments);
    let done = shell.output().unwrap();
    Ran {
        status: done.status.code().unwrap_or(-1),
        stdout: String::from_utf8(done.stdout).unwrap(),
        stderr: String::from_utf8(done.stderr).unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_before_the_end() {
    let bytes = many(20_000);
    let desk = Desk::with(&bytes);
    let out = desk.path().join("RUN");
    let mut arguments = vec!["migrate", &desk.records, "--records", "unbilled", "--out"];
    arguments.push(out.to_str().unwrap());
    arguments.extend(ICD10CM);
    arguments.extend(crate::common::MAPS);
    // Not enough for changes.csv; then enough for it, not for the copy.
    let changes = crate::common::migrate(&[&desk.records], &desk.path().join("WHOLE"), &UNBILLED);
    changes.well();
    let size = |name: &str| fs::metadata(desk.path().join("WHOLE").join(name)).unwrap().len();
    let (list, copy) = (size("changes.csv"), size("migrated/records.csv"));
    fs::remove_dir_all(desk.path().join("WHOLE")).unwrap();
    assert!(copy > list + 2048, "the copy must be the larger one for the second case");
    for bytes_left in [list / 2, list + 1024] {
        let blocks = u32::try_from(bytes_left / 512).unwrap();
        let ran = with_small_files(blocks, &arguments);
        fails(&ran, 4, &["cannot be written", "RUN.part/"]);
        desk.is_untouched(&bytes);
    }
    // With the limit away, the same run succeeds.
    with_small_files(1 << 20, &arguments).well();
}

/// So many records, with a long remark each; every second one holds a retired code.
fn many(records: usize) -> Vec<u8> {
    let mut table = String::from("claim_id,dos,dx1,note\n");
    let remark = "no part of a code ".repeat(12);
    for number in 0..records {
        let code = if number % 2 == 0 { "E88.81" } else { "I10" };
        writeln!(table, "C{number},2024-10-02,{code},{remark}").unwrap();
    }
    table.into_bytes()
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let desk = Desk::with(many(20_000));
    let mut command = program();
    command.args(["audit", &desk.records, "--format", "csv", "--quiet"]).args(ICD10CM);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    // The pipe is closed here, with most of the rows still to come.
    let done = child.wait_with_output().unwrap();
    assert!(first.starts_with("file,line,record"), "{first}");
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
}

/// Killed while it writes: the original is whole, there is no RUN, and the same
/// command succeeds later.
#[cfg(unix)]
#[test]
fn killed_in_the_middle() {
    let folder = folder();
    let records = folder.path().join("records.csv");
    let block = many(20_000);
    let (header, rows) = block.split_at(block.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    let mut file = File::create(&records).unwrap();
    file.write_all(header).unwrap();
    (0..16).for_each(|_| file.write_all(rows).unwrap());
    drop(file);
    let digest = |path: &Path| blake3::hash(&fs::read(path).unwrap());
    let before = digest(&records);

    let out = folder.path().join("RUN");
    let at_work = folder.path().join("RUN.part/edits/0001.edits");
    let mut command = program();
    command.args(["migrate", records.to_str().unwrap()]).args(UNBILLED).arg("--out").arg(&out);
    command.args(ICD10CM).args(crate::common::MAPS).args(["--threads", "1", "--quiet"]);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    while !at_work.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began to write");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it ended by itself: the file is too small");
    assert!(!out.exists());
    assert!(folder.path().join("RUN.part/lock").exists());
    assert_eq!(digest(&records), before);

    let again = crate::common::migrate(&[records.to_str().unwrap()], &out, &UNBILLED);
    again.well();
    assert_eq!(json(&out.join("summary.json"))["buckets"]["replaced"], 160_000);
    assert!(!folder.path().join("RUN.part").exists());
    assert_eq!(digest(&records), before);
}

/// Somebody writes to the original between the plan and the copy: no copy gets its name.
#[test]
fn an_original_that_changes_under_way() {
    let before = "claim_id,dos,dx1\n1,2024-10-02,E88.81\n2,2024-10-02,I10\n";
    let changed = [
        before.replace("E88.81", "E88.82"),
        before.replace("I10", "I11"),
        before.replace("claim_id", "claim_no"),
        format!("{before}3,2024-10-02,I10\n"),
        before.replace("2,2024-10-02,I10\n", ""),
        before.replace("1,2024-10-02,E88.81\n2,2024-10-02,I10\n", ""),
        String::new(),
    ];
    let table = crate::common::icd10cm_table();
    for after in changed {
        let desk = Desk::with(before);
        let inputs = inputs::find(&[(&desk.records).into()], &Hints::default(), &table).unwrap();
        let run = RunFolder::begin(&desk.path().join("RUN")).unwrap();
        let mut papers = Papers::create(&run, &table, WISH.kind, &inputs.keys()).unwrap();
        let plan =
            plan::plan(&inputs, &table, WISH, &run, &mut papers, Pace::on(1), |_| Ok(())).unwrap();
        assert_eq!(plan.edits(), 1);
        fs::write(&desk.records, &after).unwrap();
        let error = crate::common::apply(&run, &plan, &inputs, &table).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{after:?}: {error:?}");
        assert_eq!(error.path(), Some(Path::new(&desk.records)));
        assert!(!run.path("migrated/records.csv").exists(), "{after:?}");
        drop(run);
        desk.is_untouched(after);
    }
}
