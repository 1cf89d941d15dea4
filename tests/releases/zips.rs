//! Zips inside zips, and folders in folders: read as they were downloaded, and
//! refused where they are bombs, damaged, encrypted or climb out.

use std::io::{Cursor, Write};
use std::path::Path;

use crate::common::{folder, put, run};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const ORDER: &str = "\
00001 A00     0 Cholera                                                      Cholera\r
00002 A000    1 Cholera, one                                                 Cholera, one\r
00003 A001    1 Cholera, two                                                 Cholera, two\r\n";
const PROCEDURES: &str = "\
00001 001     0 Bypass                                                       Bypass\r
00002 0016070 1 Bypass one                                                   Bypass one\r\n";

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip so many times in another; the innermost holds an order file.
fn nested(times: usize) -> Vec<u8> {
    (0..times).fold(zip(&[("order 2031.txt", ORDER.as_bytes())]), |inner, at| {
        zip(&[(&format!("level {at}.zip"), &inner)])
    })
}

fn inspect(path: &str) -> serde_json::Value {
    serde_json::from_str(&run(["inspect", path, "--format", "json"]).well().stdout).unwrap()
}

#[test]
fn releases_are_found_in_zips_inside_zips() {
    let at = folder();
    let cm = zip(&[("2031 Code Descriptions/order 2031.txt", ORDER.as_bytes())]);
    let pcs = zip(&[("pcs order 2031.txt", PROCEDURES.as_bytes())]);
    let outer = put(
        at.path(),
        "my downloads.zip",
        zip(&[
            ("all of it/cm (final) 2031.zip", &cm),
            ("all of it/pcs 2031.zip", &pcs),
            ("a copy/cm 2031.zip", &cm),
            ("read me.pdf", b"%PDF-1.7"),
        ]),
    );
    let ran = run(["code", "A00.0", "--release", &outer]).well();
    assert!(ran.stderr.contains("ICD-10-PCS order file"), "{}", ran.stderr);
    // The same edition twice is read once.
    assert_eq!(ran.stderr.matches("2 billable codes").count(), 1, "{}", ran.stderr);
    let named =
        format!("{outer}/all of it/cm (final) 2031.zip/2031 Code Descriptions/order 2031.txt");
    for path in [&named, &format!("{outer}/all of it/pcs 2031.zip")] {
        let ran = run(["inspect", path]).well();
        assert!(ran.stdout.contains("order file"), "{path}: {}", ran.stdout);
    }
    let told = inspect(&outer).to_string();
    for member in ["a copy/cm 2031.zip/2031 Code Descriptions/order 2031.txt", "read me.pdf"] {
        assert!(told.contains(member), "{member}: {told}");
    }
}

#[test]
fn a_folder_is_read_with_the_folders_in_it() {
    let at = folder();
    put(at.path(), "library/2031 files/Code Descriptions/order 2031.txt", ORDER);
    let older = zip(&[("inner 2030.zip", &zip(&[("order 2030.txt", ORDER.as_bytes())]))]);
    put(at.path(), "library/2030/cm.zip", older);
    put(at.path(), "library/.hidden/order 2029.txt", ORDER);
    let library = at.path().join("library");
    let ran = run(["code", "A00.0", "--release", library.to_str().unwrap()]).well();
    for day in ["2030-10-01", "2029-10-01"] {
        assert!(ran.stderr.contains(&format!("in force from {day}")), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("2028-10-01"), "{}", ran.stderr);
}

/// What is said of a release that is refused; nothing is written to stdout.
fn refused(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = put(folder, name, bytes);
    let ran = run(["code", "A00.0", "--release", &path]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{name}: {}", ran.stderr);
    ran.stderr
}

#[test]
fn what_is_wrong_with_an_inner_zip_is_said_with_both_names() {
    let at = folder();
    let inner = zip(&[("order 2031.txt", ORDER.as_bytes())]);
    let cut = &inner[..inner.len() - 20];
    let climbing = zip(&[("../../order 2031.txt", ORDER.as_bytes())]);
    let mut locked = inner.clone();
    // The first bit of the flags, in the local header and in the directory.
    locked[6] |= 1;
    let directory = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[directory + 8] |= 1;
    let mut changed = inner.clone();
    changed[60] ^= 0x55;
    for (name, bytes, words) in [
        ("cut", cut, "damaged"),
        ("climbing", &climbing[..], "climbs out"),
        ("locked", &locked[..], "password"),
        ("changed", &changed[..], "download it again"),
    ] {
        let outer = zip(&[("in here/inner.zip", bytes)]);
        let said = refused(at.path(), &format!("{name}.zip"), &outer);
        assert!(said.contains(words), "{name}: {said}");
        let path = format!("{name}.zip/in here/inner.zip");
        assert!(said.contains(&path), "{path}: {said}");
        // The same without an outer one.
        assert!(refused(at.path(), &format!("{name} alone.zip"), bytes).contains(words));
    }
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let at = folder();
    assert_eq!(
        run(["code", "A00.0", "--release", &put(at.path(), "three.zip", nested(3))]).status,
        0
    );
    let said = refused(at.path(), "deep.zip", &nested(4));
    assert!(said.contains("inside each other"), "{said}");
    // Zeros pack a thousandfold: as a zip in a zip, and as a list.
    let zeros = vec![b'0'; 8 << 20];
    let mut fake = b"PK\x03\x04".to_vec();
    fake.extend_from_slice(&zeros);
    let said = refused(at.path(), "inner bomb.zip", &zip(&[("inner.zip", &fake)]));
    assert!(said.contains("bomb") && said.contains("inner bomb.zip/inner.zip"), "{said}");
    let mut list = ORDER.as_bytes().to_vec();
    list.extend_from_slice(&zeros);
    let said = refused(at.path(), "list bomb.zip", &zip(&[("order 2031.txt", &list)]));
    assert!(said.contains("bomb"), "{said}");
    let one = zip(&[("a.txt", b"hello")]);
    let names: Vec<String> = (0..201).map(|number| format!("{number}.zip")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &one[..])).collect();
    assert!(refused(at.path(), "many.zip", &zip(&many)).contains("more than 200 zips"));
    let said = refused(at.path(), "nothing.zip", &zip(&[("inner.zip", &one)]));
    assert!(said.contains("no release stands in it, nor in the zip inside"), "{said}");
}
