//! The criterion of missing blocks over the publishers' releases: no real pair
//! trips over it, not even over ten years.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use codeturn::code::System;
use codeturn::release::part::{Parts, settle};
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
    for mut releases in all.into_values() {
        // Each with the next one, and with those up to ten years later.
        while releases.len() > 1 {
            for at in 1..releases.len() {
                let newer = releases.remove(at);
                let oldest = releases.remove(0);
                let mut pair = [oldest, newer];
                settle(&mut pair, Parts::Refused).unwrap_or_else(|error| panic!("{error}"));
                let [oldest, newer] = pair;
                releases.insert(0, oldest);
                releases.insert(at, newer);
                pairs += 1;
            }
            releases.remove(0);
        }
    }
    assert_eq!(pairs, 45 + 28 + 21, "ten, eight and seven releases, each with each later one");
}
