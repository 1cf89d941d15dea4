//! The criterion of missing blocks over the publishers' releases: no real pair
//! trips over it, and a release without one chapter does.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use codeturn::code::{Code, System};
use codeturn::release::part::{codes, missing};
use codeturn::release::{Release, Wanted, open};

/// All releases in the zips, by system, oldest first.
fn releases(test: &str) -> Option<BTreeMap<System, Vec<Release>>> {
    let Some(data) = env::var_os("CODETURN_DATA") else {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of release files");
        return None;
    };
    let mut by_system: BTreeMap<System, Vec<Release>> = BTreeMap::new();
    for file in PathBuf::from(data).join("releases").read_dir().unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The derived file of the third party is no release of the publisher.
        let wanted = name.starts_with("icd10") && name != "icd10cm-conversion.zip";
        if wanted {
            for release in open(&Wanted::new(&path)).unwrap() {
                by_system.entry(release.system).or_default().push(release);
            }
        }
        if name == "hcpcs.zip" {
            for year in [
                "2017/HCPC17_CONTR_ANWEB.txt",
                "2018/HCPC2018_CONTR_ANWEB_disc.txt",
                "2019/HCPC2019_CONTR_ANWEB.txt",
                "2020-01/HCPC2020_ANWEB_w_disclaimer.txt",
                "2020-04/anweb.xlsx",
                "2020-07/anweb.xlsx",
                "2020-10/anweb.xlsx",
            ] {
                let day = match &year[..7] {
                    "2020-04" => "@2020-04-01",
                    "2020-07" => "@2020-07-01",
                    "2020-10" => "@2020-10-01",
                    _ => "",
                };
                let wanted =
                    format!("{}{day}", path.join(year).display()).parse::<Wanted>().unwrap();
                by_system.entry(System::Hcpcs).or_default().extend(open(&wanted).unwrap());
            }
        }
    }
    for releases in by_system.values_mut() {
        releases.sort_by_key(|release| release.effective);
    }
    Some(by_system)
}

#[test]
fn no_pair_of_whole_releases_lacks_a_block() {
    let Some(all) = releases("blocks of real pairs") else { return };
    let mut pairs = 0;
    for (&system, releases) in &all {
        let codes: Vec<Vec<Code>> = releases.iter().map(codes).collect();
        for (at, older) in codes.iter().enumerate() {
            for (newer, release) in codes.iter().zip(releases).skip(at + 1) {
                let found = missing(system, older, newer);
                assert!(found.is_empty(), "{} {}: {found:?}", system.title(), release.effective);
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 45 + 28 + 21, "ten, eight and seven releases, each with each later one");
}

#[test]
fn a_release_without_one_chapter_lacks_a_block() {
    const CHAPTERS: [(&str, &str); 22] = [
        ("A00", "B99"),
        ("C00", "D49"),
        ("D50", "D89"),
        ("E00", "E89"),
        ("F01", "F99"),
        ("G00", "G99"),
        ("H00", "H59"),
        ("H60", "H95"),
        ("I00", "I99"),
        ("J00", "J99"),
        ("K00", "K95"),
        ("L00", "L99"),
        ("M00", "M99"),
        ("N00", "N99"),
        ("O00", "O9A"),
        ("P00", "P96"),
        ("Q00", "Q99"),
        ("R00", "R99"),
        ("S00", "T88"),
        ("V00", "Y99"),
        ("Z00", "Z99"),
        ("U00", "U85"),
    ];
    let Some(all) = releases("a chapter less") else { return };
    let [.., older, newer] = &all[&System::Icd10cm][..] else { panic!("two releases") };
    let (older, newer) = (codes(older), codes(newer));
    let mut unseen = Vec::new();
    for (first, last) in CHAPTERS {
        let inside = |code: &Code| {
            let text = code.to_string();
            text[..3] >= *first && text[..3] <= *last
        };
        let part: Vec<Code> = newer.iter().copied().filter(|code| !inside(code)).collect();
        let found = missing(System::Icd10cm, &older, &part);
        if found.len() != 1 {
            unseen.push(first);
            continue;
        }
        let lost = older.iter().filter(|code| inside(code) && !found[0].holds(**code));
        assert_eq!(lost.count(), 0, "{first}: {found:?}");
        let kept = part.iter().filter(|code| found[0].holds(**code));
        assert_eq!(kept.count(), 0, "{first}");
    }
    // The chapter of special purposes holds a handful of codes: too few to tell.
    assert_eq!(unseen, ["U00"]);
}
