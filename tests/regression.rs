//! One test a bug, named after what went wrong.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{folder, migrate, put, rows};

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
