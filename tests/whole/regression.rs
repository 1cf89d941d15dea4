//! One test a bug, named after what went wrong.

use std::fs;

use crate::common::{folder, migrate, put, rows};

/// A block that ended behind a quoted cell with a line end in it was cut at that
/// line end: one record became two, and all numbers behind it were off.
#[test]
fn a_block_was_cut_inside_a_quoted_cell() {
    // More than one block of 2 MiB; most of each record stands behind its line end.
    let mut table = "dos,dx1,note,more\n".to_owned();
    let long = "x".repeat(500);
    for _ in 0..6000 {
        table.push_str("2024-10-02,E88.81,\"two\nlines\",\"");
        table.push_str(&long);
        table.push_str("\"\n");
    }
    let folder = folder();
    let records = put(folder.path(), "notes.csv", &table);
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled"]).well();
    let changes = rows(&run.join("changes.csv"));
    assert_eq!(changes.len(), 6000);
    assert_eq!(changes[5999]["record"], "6000");
    assert_eq!(changes[5999]["line"], "12000");
    let copy = fs::read_to_string(run.join("migrated/notes.csv")).unwrap();
    assert_eq!(copy, table.replace("E88.81", "E88.810"));
}

/// `x.csv` and `./x.csv` were read as two files, and each claim counted twice.
#[test]
fn one_file_under_two_names_was_two_files() {
    let folder = folder();
    put(folder.path(), "x.csv", "dos,dx1\n2024-10-02,E88.81\n");
    let both = ["x.csv", "./x.csv"].map(|name| format!("{}/{name}", folder.path().display()));
    let ran =
        migrate(&[&both[0], &both[1]], &folder.path().join("RUN"), &["--records", "unbilled"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("the same file of records is given twice"), "{}", ran.stderr);
    assert!(!folder.path().join("RUN").exists());
}

/// A relative path and an absolute one with the same parts gave one copy its
/// name twice: the first was lost.
#[test]
fn two_files_had_one_copy() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let inner = folder.path().strip_prefix("/").unwrap().join("x.csv");
    put(folder.path(), "x.csv", "dos,dx1\n2024-10-02,E88.81\n");
    put(folder.path(), inner.to_str().unwrap(), "dos,dx1\n2024-10-02,T84.040A\n");
    let mut command = crate::common::program();
    let project = crate::common::fixture("");
    let full =
        |argument: &str| argument.replace("fixtures/", &format!("{}fixtures/", project.display()));
    let done = command
        .current_dir(&folder)
        .args(["migrate", "--records", "unbilled", "--out", "RUN"])
        .args([at("x.csv"), inner])
        .args(crate::common::ICD10CM.map(full))
        .args(crate::common::MAPS.map(full))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let copies = crate::common::files_below(&at("RUN/migrated"));
    let text: Vec<String> = copies
        .iter()
        .map(|name| fs::read_to_string(at("RUN/migrated").join(name)).unwrap())
        .collect();
    assert_eq!(text.len(), 2, "{copies:?}");
    assert!(text.iter().any(|text| text.contains("E88.810")), "{text:?}");
    assert!(text.iter().any(|text| text.contains("M97.01XA")), "{text:?}");
}

/// `--system dx9=icd9cm` on a file without that column was passed over.
#[test]
fn a_misspelt_column_of_system_or_field_was_no_error() {
    let folder = folder();
    let records = put(folder.path(), "x.csv", "dos,dx1\n2024-10-02,E88.81\n");
    for (option, value) in [("--system", "dx9=icd9cm"), ("--field", "payer=PAYR")] {
        let ran = crate::common::audit(&[&records], &[option, value]);
        assert_eq!(ran.status, 3, "{option}");
        assert!(ran.stderr.contains(&format!("{option} names the column")), "{}", ran.stderr);
        assert!(ran.stderr.contains("its columns: dos, dx1"), "{}", ran.stderr);
    }
}

/// `--system "DX 1"=icd9cm` was not taken for the column `dx_1`, though all
/// other options find it so.
#[test]
fn a_column_of_system_was_found_by_its_exact_name_alone() {
    let folder = folder();
    let records = put(folder.path(), "x.csv", "dos,dx_1\n2024-10-02,E88.81\n");
    let ran =
        crate::common::audit(&[&records], &["--system", "DX 1=icd9cm", "--format", "csv"]).well();
    assert_eq!(ran.rows()[0]["system"], "icd9cm");
}

/// A name in Latin-1 ended the program in the middle, with the unfinished folder
/// left behind; and two names that differ in such a byte had one copy.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_broke_the_run() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let names = [b"caf\xE9.csv", b"caf\xE8.csv"].map(|name| OsStr::from_bytes(name).to_owned());
    for (name, code) in names.iter().zip(["E88.81", "T84.040A"]) {
        fs::write(folder.path().join(name), format!("dos,dx1\n2024-10-02,{code}\n")).unwrap();
    }
    let mut command = crate::common::program();
    command.args(["migrate", "--records", "unbilled", "--out"]).arg(folder.path().join("RUN"));
    command.args(names.each_ref().map(|name| folder.path().join(name)));
    let done = command.args(crate::common::ICD10CM).args(crate::common::MAPS).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let copy = |name| fs::read_to_string(folder.path().join("RUN/migrated").join(name)).unwrap();
    assert!(copy(&names[0]).contains("E88.810"));
    assert!(copy(&names[1]).contains("M97.01XA"));
}

/// `codeturn migrate . --out RUN` read its own folder while it was built; a
/// second run read the results of the first as records.
#[test]
fn a_run_inside_the_folder_of_records_was_read() {
    let folder = folder();
    put(folder.path(), "in/claims.csv", "dos,dx1\n2024-10-02,E88.81\n");
    let records = folder.path().join("in");
    let options = ["--records", "unbilled"];
    let inside = migrate(&[records.to_str().unwrap()], &records.join("RUN"), &options);
    assert_eq!(inside.status, 2);
    assert!(inside.stderr.contains("--out lies inside a folder of records"), "{}", inside.stderr);
    assert_eq!(crate::common::files_below(&records), ["claims.csv"]);

    migrate(&[records.to_str().unwrap()], &folder.path().join("RUN"), &options).well();
    fs::rename(folder.path().join("RUN"), records.join("RUN")).unwrap();
    let again = folder.path().join("AGAIN");
    migrate(&[records.to_str().unwrap()], &again, &options).well();
    assert_eq!(crate::common::files_below(&again.join("migrated")), ["claims.csv"]);
    assert_eq!(crate::common::json(&again.join("summary.json"))["sites"], 1);
}

/// A pipe was read to recognise it, and what had been read was missing afterwards.
#[cfg(unix)]
#[test]
fn the_beginning_of_a_pipe_was_lost() {
    let mut command = crate::common::program();
    command.args(["audit", "/dev/stdin"]).args(crate::common::ICD10CM);
    command.stdin(std::process::Stdio::piped());
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let done = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("it is neither a file nor a folder"), "{stderr}");
    assert!(stderr.contains("hint: records are read more than once"), "{stderr}");
}

/// A blank behind a closing quote hid a retired code: it was judged unknown.
#[test]
fn a_blank_behind_a_closing_quote_hid_a_code() {
    let folder = folder();
    let records = put(folder.path(), "x.csv", "dos,dx1,note\n2024-10-02,\"E88.81\" ,x\n");
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled"]).well();
    let copy = fs::read_to_string(run.join("migrated/x.csv")).unwrap();
    assert_eq!(copy, "dos,dx1,note\n2024-10-02,\"E88.810\" ,x\n");
}

/// A column of the records called `line` took the place of the line in the report.
#[test]
fn a_key_column_took_the_place_of_a_column_of_the_report() {
    let folder = folder();
    let records = put(folder.path(), "x.csv", "dos,dx1,line\n2024-10-02,E88.81,77\n");
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled", "--key", "line"]).well();
    let changes = rows(&run.join("changes.csv"));
    assert_eq!((changes[0]["line"].as_str(), changes[0]["key.line"].as_str()), ("2", "77"));
}

/// Rows that `--only` leaves out did not count as evidence: a claim got the same
/// code twice.
#[test]
fn rows_left_out_did_not_bear_witness() {
    let folder = folder();
    let table = "claim_id,dos,dx1,status\n1,2024-10-02,E88.81,open\n1,2024-10-02,E88.810,closed\n";
    let records = put(folder.path(), "x.csv", table);
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled", "--only", "status=open"]).well();
    let worklist = rows(&run.join("worklist.csv"));
    assert_eq!((worklist.len(), worklist[0]["reason"].as_str()), (1, "duplicate"));
    assert!(!run.join("migrated").exists());
}

/// `--as-of` overrode the recorded date, and a code that was valid on it was replaced.
#[test]
fn as_of_overrode_a_recorded_date() {
    let folder = folder();
    let table = "claim_id,dos,dx1\n1,2024-09-30,E88.81\n2,,E88.81\n";
    let records = put(folder.path(), "x.csv", table);
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled", "--as-of", "2024-10-05"]).well();
    let copy = fs::read_to_string(run.join("migrated/x.csv")).unwrap();
    assert_eq!(copy, "claim_id,dos,dx1\n1,2024-09-30,E88.81\n2,,E88.810\n");
}

/// A claim whose later row had no date was rewritten in its first row alone.
#[test]
fn a_claim_was_left_half_rewritten() {
    let folder = folder();
    let table = "claim_id,dos,dx1\n3,2024-10-01,E88.81\n3,,E88.81\n";
    let records = put(folder.path(), "x.csv", table);
    let run = folder.path().join("RUN");
    migrate(&[&records], &run, &["--records", "unbilled"]).well();
    let copy = fs::read_to_string(run.join("migrated/x.csv")).unwrap();
    assert_eq!(copy, table.replace("E88.81", "E88.810"));
}
