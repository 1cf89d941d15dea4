//! HCPCS Level II against the publisher's transaction reports: which codes were
//! added and which discontinued, code for code.
//!
//! A report says, beside each edition, what was done to every code since the one
//! before it. What it and the two lists say differently is named below, each
//! with its reason; anything more is an error of ours.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx};
use codeturn::code::{Code, System};
use codeturn::diff::{Kind, compare};
use codeturn::history::{History, Standing};
use codeturn::release::{Release, Wanted, open};

type Codes = BTreeSet<String>;

fn data(test: &str) -> Option<PathBuf> {
    let folder = env::var_os("CODETURN_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("{test}: skipped, CODETURN_DATA does not name the folder of release files");
    }
    folder.map(|folder| folder.join("releases/hcpcs.zip"))
}

fn release(zip: &Path, member: &str, day: &str) -> Release {
    let wanted = format!("{}@{day}", zip.join(member).display());
    let mut found = open(&wanted.parse::<Wanted>().expect("a path")).expect(member);
    found.remove(0)
}

/// The codes to which a report says that this was done; modifiers left out.
fn reported(zip: &Path, member: &str, action: &str) -> Codes {
    let mut codes = reported_all(zip, member, action);
    codes.retain(|code| code.len() == 5);
    codes
}

/// The same with modifiers, which have two characters.
fn reported_all(zip: &Path, member: &str, action: &str) -> Codes {
    let mut archive = zip::ZipArchive::new(File::open(zip).expect("the zip")).expect("a zip");
    let mut bytes = Vec::new();
    archive.by_name(member).expect(member).read_to_end(&mut bytes).expect("bytes");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("a sheet");
    let text = |cell: Option<&Data>| cell.map(|cell| cell.to_string().trim().to_owned());
    let rows = sheet.rows().map(|row| (text(row.first()), text(row.get(1))));
    let done = rows.filter(|(_, done)| done.as_deref() == Some(action));
    done.filter_map(|(code, _)| code).collect()
}

/// What a report and the lists say: (report alone, lists alone) for codes added
/// and for codes discontinued, with how many the lists have.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    counts: (usize, usize),
    added: (String, String),
    gone: (String, String),
}

fn outcome(zip: &Path, old: &Release, new: &Release, report: &str) -> Outcome {
    let diff = compare(old, new).expect("a pair");
    let computed = |kind: Kind| -> Codes {
        let changes = diff.changes.iter().filter(|change| change.kind == kind);
        changes.map(|change| change.code.to_string()).collect()
    };
    let alone =
        |one: &Codes, other: &Codes| one.difference(other).cloned().collect::<Vec<_>>().join(" ");
    let both = |action: &str, kind: Kind| {
        let (said, found) = (reported(zip, report, action), computed(kind));
        (alone(&said, &found), alone(&found, &said))
    };
    Outcome {
        counts: (diff.counts.new, diff.counts.deleted),
        added: both("ADD", Kind::Added),
        gone: both("Discontinued", Kind::Deleted),
    }
}

fn expect(counts: (usize, usize), added: (&str, &str), gone: (&str, &str)) -> Outcome {
    let own = |pair: (&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    Outcome { counts, added: own(added), gone: own(gone) }
}

#[test]
fn the_quarters_of_2020_agree_with_their_reports() {
    let Some(zip) = data("quarters of HCPCS") else { return };
    let january = release(&zip, "2020-01/HCPC2020_ANWEB_w_disclaimer.txt", "2020-01-01");
    let april = release(&zip, "2020-04/anweb.xlsx", "2020-04-01");
    let july = release(&zip, "2020-07/anweb.xlsx", "2020-07-01");
    let october = release(&zip, "2020-10/anweb.xlsx", "2020-10-01");
    let of =
        |old, new, quarter: &str| outcome(&zip, old, new, &format!("{quarter}/trans_alpha.xlsx"));
    assert_eq!(of(&january, &april, "2020-04"), expect((18, 1), ("", ""), ("", "")));
    assert_eq!(of(&april, &july, "2020-07"), expect((61, 9), ("", ""), ("", "")));
    // The publisher's 38 counts two new modifiers, which are no codes of their own.
    assert_eq!(of(&july, &october, "2020-10"), expect((36, 4), ("", ""), ("", "")));
    assert_eq!(reported_lengths(&zip, "2020-10/trans_alpha.xlsx"), (36, 2));
}

/// How many of the added are codes, and how many modifiers.
fn reported_lengths(zip: &Path, member: &str) -> (usize, usize) {
    let all = reported_all(zip, member, "ADD");
    let codes = all.iter().filter(|code| code.len() == 5).count();
    (codes, all.len() - codes)
}

/// A yearly report lists what was done on 1 January, the lists what happened in
/// the year. So codes that came and went within it stand in the report alone,
/// and codes added in a quarter in the lists alone: the lists' own dates say so.
fn check_reasons(old: &Release, new: &Release, said: &Outcome) {
    let code = |text: &str| Code::normalise(text).expect("a code");
    for text in said.gone.0.split_whitespace() {
        let entry = new.get(code(text)).expect(text);
        assert!(old.get(entry.code).is_none(), "{text}");
        assert!(entry.added.is_some_and(|day| day > old.effective), "{text}");
        assert!(entry.terminated.is_some_and(|last| last < new.effective), "{text}");
    }
    for text in said.added.1.split_whitespace() {
        let entry = new.get(code(text)).expect(text);
        assert!(entry.added.is_some_and(|day| day < new.effective), "{text}");
    }
    // Reported as added although the list before had them: their day was moved.
    for text in said.added.0.split_whitespace() {
        let entries = [old, new].map(|release| release.get(code(text)).expect(text));
        assert!(entries[0].added < entries[1].added, "{text}");
    }
    // Gone from the lists alone: ended before the older one without its knowing,
    // or a row that vanished while it was in force.
    for text in said.gone.1.split_whitespace() {
        let ended = new.get(code(text)).and_then(|entry| entry.terminated);
        let vanished = ["G9976", "G9977"].contains(&text);
        assert!(vanished || ended.is_some_and(|last| last < new.effective), "{text}");
    }
}

#[test]
fn the_years_agree_with_their_reports() {
    let Some(zip) = data("years of HCPCS") else { return };
    let releases = [
        release(&zip, "2017/HCPC17_CONTR_ANWEB.txt", "2017-01-01"),
        release(&zip, "2018/HCPC2018_CONTR_ANWEB_disc.txt", "2018-01-01"),
        release(&zip, "2019/HCPC2019_CONTR_ANWEB.txt", "2019-01-01"),
        release(&zip, "2020-01/HCPC2020_ANWEB_w_disclaimer.txt", "2020-01-01"),
    ];
    let reports = [
        "2018/HCPC18_Trans_Report_Alpha.xlsx",
        "2019/HCPC2019_Trans_Alpha.xlsx",
        "2020-01/HCPC2020_TRANS_ALPHA_w_disclaimer.xlsx",
    ];
    let want = [
        expect(
            (143, 27),
            ("", "C1842 G0659"),
            (
                "C9484 C9485 C9486 C9487 C9489 C9490 C9491 C9494 Q9984 Q9985 Q9986 Q9987 Q9988 Q9989",
                "G0477 G0478 G0479",
            ),
        ),
        expect(
            (221, 32),
            ("G9890 G9891", "G9868 G9869 G9870 Q2041"),
            (
                "C9030 C9031 C9032 C9033 C9463 C9464 C9465 C9466 C9467 C9468 C9469 C9750 K0903 \
                 Q9993 Q9994 Q9995",
                "G9976 G9977",
            ),
        ),
        expect(
            (259, 88),
            (
                "",
                "C1890 G2001 G2002 G2003 G2004 G2005 G2006 G2007 G2008 G2009 G2013 G2014 G2015 \
                 J1095 J2186 J2787 Q5111",
            ),
            ("C9040 C9042 C9043 C9044 C9045 C9048 C9049 C9050 C9051 C9052 C9141", "C9034"),
        ),
    ];
    for ((pair, report), want) in releases.windows(2).zip(reports).zip(want) {
        let said = outcome(&zip, &pair[0], &pair[1], report);
        assert_eq!(said, want, "{report}");
        check_reasons(&pair[0], &pair[1], &said);
    }
}

/// Codes that were added in retrospect: no list was in force that held them on their day.
#[test]
fn codes_added_in_retrospect_are_valid_from_their_own_day() {
    let Some(zip) = data("codes_added_in_retrospect") else { return };
    let lists = [
        ("2019/HCPC2019_CONTR_ANWEB.txt", "2019-01-01"),
        ("2020-01/HCPC2020_ANWEB_w_disclaimer.txt", "2020-01-01"),
    ];
    let mut releases: Vec<Release> =
        lists.map(|(member, day)| release(&zip, member, day)).into_iter().collect();
    for quarter in ["04", "07", "10"] {
        releases.push(release(
            &zip,
            &format!("2020-{quarter}/anweb.xlsx"),
            &format!("2020-{quarter}-01"),
        ));
    }
    let history = History::new(releases).expect("a history");
    for (code, day) in [("C9803", "2020-03-01"), ("G2025", "2020-01-27"), ("J1095", "2019-01-01")] {
        let on: jiff::civil::Date = day.parse().expect("a day");
        let standing =
            |on| history.standing(System::Hcpcs, Code::normalise(code).expect("a code"), on);
        assert!(matches!(standing(on), Standing::Billable(_)), "{code} {:?}", standing(on));
        let before = standing(on.yesterday().expect("a day"));
        assert!(!matches!(before, Standing::Billable(_)), "{code} {before:?}");
    }
}
