//! What must hold for any table: the same answer for any size of block and any
//! number of threads; the same answer as the obvious way; and what is spliced
//! in can be taken out again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::common::{Row, WISH, folder, rows, site};
use codeturn::code::Spelling;
use codeturn::decide::{Bucket, Kind, Table, Undated};
use codeturn::record::Hints;
use codeturn::release::Digest;
use codeturn::report::papers::Papers;
use codeturn::run::audit;
use codeturn::run::book::Manner;
use codeturn::run::edits::{EditList, EditWriter, Pair};
use codeturn::run::folder::RunFolder;
use codeturn::run::harvest::Show;
use codeturn::run::inputs::{self, Inputs};
use codeturn::run::plan::{self, Plan, Wish};
use codeturn::run::splice::{Direction, Swap};
use codeturn::run::sweep::Pace;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Compiled once for all cases.
static TABLE: LazyLock<Table> = LazyLock::new(crate::common::icd10cm_table);

/// How a cell is written.
#[derive(Debug, Clone)]
enum Cell {
    /// As it is: no delimiter, no line end, no quote at its start.
    Bare(String),
    /// In quotes, its own quotes doubled.
    Quoted(String),
}

/// A row with what follows it.
#[derive(Debug, Clone)]
struct Line {
    cells: Vec<Cell>,
    crlf: bool,
    /// How many blank lines come before it.
    blank: usize,
}

/// A table as a file.
#[derive(Debug, Clone)]
struct File {
    header: &'static [&'static str],
    delimiter: u8,
    lines: Vec<Line>,
    last_line_end: bool,
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        let delimiter = char::from(self.delimiter).to_string();
        let mut text = self.header.join(&delimiter);
        let mut end = "\n";
        for line in &self.lines {
            text.push_str(end);
            (0..line.blank).for_each(|_| text.push_str(if line.crlf { "\r\n" } else { "\n" }));
            let cells: Vec<String> = line.cells.iter().map(Cell::written).collect();
            text.push_str(&cells.join(&delimiter));
            end = if line.crlf { "\r\n" } else { "\n" };
        }
        if self.last_line_end {
            text.push_str(end);
        }
        text.into_bytes()
    }

    fn hints(&self) -> Hints {
        Hints { delimiter: Some(self.delimiter), ..Hints::default() }
    }
}

impl Cell {
    fn written(&self) -> String {
        match self {
            Cell::Bare(text) => text.clone(),
            Cell::Quoted(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        }
    }
}

/// One of some words, bare or quoted.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = Cell> {
    (select(words), any::<bool>()).prop_map(|(word, quoted)| {
        if quoted { Cell::Quoted(word.to_owned()) } else { Cell::Bare(word.to_owned()) }
    })
}

/// Text as people write it beside the codes: delimiters, quotes and line ends.
fn note() -> impl Strategy<Value = Cell> {
    let quoted = "[a,|;\"\n ]{0,6}(\r\n)?[a\"]{0,2}".prop_map(Cell::Quoted);
    // A quote is data anywhere but at the start of a cell.
    let bare = "([a ][a\" ]{0,4})?".prop_map(Cell::Bare);
    prop_oneof![quoted, bare]
}

/// Rows of these columns; some are cut short, some have cells too many.
fn file(
    header: &'static [&'static str],
    row: impl Strategy<Value = Vec<Cell>> + 'static,
) -> impl Strategy<Value = File> {
    let extra = vec(word(&["", "x"]), 0..3);
    let width = header.len();
    let cells = (row, 0..10usize, extra).prop_map(move |(mut cells, shape, extra)| {
        match shape {
            0 => cells.truncate(width - 1),
            1 => cells.truncate(width - 2),
            2 => cells.extend(extra),
            _ => {}
        }
        cells
    });
    let blank = prop_oneof![8 => Just(0), 1 => Just(1), 1 => Just(2)];
    let line = (cells, any::<bool>(), blank)
        .prop_map(|(cells, crlf, blank)| Line { cells, crlf, blank })
        .boxed();
    // Some have more than the 64 records that are looked at together.
    let lines = prop_oneof![9 => vec(line.clone(), 1..24), 1 => vec(line, 60..150)];
    (lines, select(&b",|\t;"[..]), any::<bool>()).prop_map(
        move |(lines, delimiter, last_line_end)| File { header, delimiter, lines, last_line_end },
    )
}

/// Claims of several rows with everything that can be wrong with a code or a day.
fn claims() -> impl Strategy<Value = File> {
    // Most are valid in every release, so that many claims are plainly valid.
    const CODES: &[&str] = &[
        "I10",
        "I10",
        "i10",
        "E11.9",
        "E119",
        "Z23",
        "J06.9",
        "R53.83",
        "",
        "",
        "~",
        "E88.81",
        "e8881",
        " E88.81 ",
        "E88.810",
        "H81.41",
        "H81.42",
        "C86.0",
        "S06.0X2A",
        "E11.6",
        "E88.82",
        "Q99.999",
        "T84040A",
        "not a code",
        "I10, E88.81",
    ];
    const DAYS: &[&str] = &[
        "2024-09-30",
        "2024-10-01",
        "2024-10-01",
        "20241002",
        "2023-10-01",
        "2023-09-30",
        "2014-01-01",
        "",
        "",
        "soon",
    ];
    let row = (
        word(&["A", "A", "A", "B", "C", ""]),
        word(&["10", "10", "10", "10", "0", "9", ""]),
        (word(DAYS), word(DAYS), word(DAYS)),
        word(CODES),
        word(CODES),
        note(),
    );
    let header = &[
        "all",
        "claim_id",
        "icd_version",
        "from_date",
        "dos",
        "through_date",
        "dx1",
        "dx2",
        "note",
    ];
    file(
        header,
        row.prop_map(|(claim, version, (from, dos, through), one, two, note)| {
            let all = Cell::Bare("y".to_owned());
            vec![all, claim, version, from, dos, through, one, two, note]
        }),
    )
}

struct Run {
    inputs: Inputs,
    plan: Plan,
    folder: RunFolder,
}

/// Plans a file into a folder of its own; `None` where it is refused before it is read.
fn plan(path: &Path, hints: &Hints, out: &Path, pace: Pace) -> Option<Run> {
    plan_as(WISH, path, hints, out, pace)
}

fn plan_as(wish: Wish, path: &Path, hints: &Hints, out: &Path, pace: Pace) -> Option<Run> {
    let inputs = inputs::find(&[path.to_owned()], hints, &TABLE).ok()?;
    let folder = RunFolder::begin(out).unwrap();
    let mut papers = Papers::create(&folder, &TABLE, wish.kind, &inputs.keys()).unwrap();
    let plan = plan::plan(&inputs, &TABLE, wish, &folder, &mut papers, pace, |_| Ok(())).unwrap();
    papers.finish(&folder, &plan).unwrap();
    Some(Run { inputs, plan, folder })
}

/// Everything that a plan and an audit say, as text.
fn told(path: &Path, hints: &Hints, out: &Path, pace: Pace) -> Option<String> {
    let Run { inputs, plan, folder } = plan(path, hints, out, pace)?;
    let mut told = format!("{:?} {:?} {}\n", plan.total, plan.claims, plan.worklist);
    for file in &plan.files {
        writeln!(told, "{:?} {:?} {:?}", file.swept, file.columns, file.route_days).unwrap();
        writeln!(told, "{:?}", fs::read(folder.path(&file.edit_list)).unwrap()).unwrap();
    }
    for name in ["changes.csv", "worklist.csv", "worklist-codes.csv"] {
        told.push_str(&String::from_utf8_lossy(&fs::read(folder.path(name)).unwrap()));
    }
    let show = Show::Audit { historical: true };
    let take = |located: &codeturn::run::located::Located| {
        let verdict = located.finding.decision.judgement.verdict.id();
        writeln!(told, "{} {} {} {verdict}", located.line, located.record, located.at).unwrap();
        Ok(())
    };
    let audit = audit::audit(&inputs, &TABLE, show, Undated::Skip, pace, take, |_| Ok(())).unwrap();
    writeln!(told, "{:?} {}", audit.total, audit.claims).unwrap();
    Some(told)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_block_on_any_number_of_threads_gives_the_same_answer(
        file in claims(),
        paces in vec((1..=4usize, prop_oneof![1..40usize, 40..400usize]), 3),
    ) {
        let folder = folder();
        let path = folder.path().join("claims.csv");
        fs::write(&path, file.bytes()).unwrap();
        let out = folder.path().join("RUN");
        let whole = told(&path, &file.hints(), &out, Pace { threads: 1, block: 1 << 20 });
        for (threads, block) in paces {
            let pace = Pace { threads, block };
            prop_assert_eq!(&told(&path, &file.hints(), &out, pace), &whole, "{:?}", pace);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is plainly valid is counted by a short cut. Where only some rows are
    /// looked at, there is none: every claim is judged as a whole.
    #[test]
    fn the_short_cut_for_valid_codes_changes_no_answer(file in claims()) {
        let folder = folder();
        let path = folder.path().join("claims.csv");
        fs::write(&path, file.bytes()).unwrap();
        let out = folder.path().join("RUN");
        let pace = Pace { threads: 1, block: 1 << 20 };
        let all = Hints { only: Some(("all".to_owned(), "y".to_owned())), ..file.hints() };
        let whole = told(&path, &all, &out, pace);
        prop_assert_eq!(told(&path, &file.hints(), &out, pace), whole);
    }
}

/// What the naive oracle knows: one row a code, as written and as it is to be written.
const REPLACED: &[(&str, &str)] = &[
    ("E88.81", "E88.810"),
    ("E8881", "E88810"),
    ("e88.81", "e88.810"),
    ("T84.040A", "M97.01XA"),
    ("T84040A", "M9701XA"),
    ("H81.49", "H81.4"),
];

/// Records without a claim number, one day each: nothing but the day and the code decides.
fn records() -> impl Strategy<Value = File> {
    const CODES: &[&str] = &[
        "E88.81", "E8881", "e88.81", "T84.040A", "T84040A", "H81.49", " E88.81", "E88.81  ",
        "\tE8881 ", "I10", "e11.9", "E11.9 ", "Q99.999", "C86.0", "E88.8", "none", "", " ", "NULL",
    ];
    const DAYS: &[&str] =
        &["2024-09-30", "2024-10-01", "20241001", "2025-02-28", " 2026-01-01", "2023-10-01", ""];
    let row = (note(), word(DAYS), word(CODES), note(), word(CODES));
    file(
        &["remark", "dos", "dx1", "note", "dx2"],
        row.prop_map(|(remark, day, one, note, two)| vec![remark, day, one, note, two]),
    )
}

fn parsed(bytes: &[u8], delimiter: u8) -> Vec<csv::ByteRecord> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    reader.byte_records().map(Result::unwrap).collect()
}

/// The obvious way: parse, look the code up, compare the day.
fn expected(records: &[csv::ByteRecord]) -> BTreeMap<(u64, String), String> {
    let mut expected = BTreeMap::new();
    for (record, number) in records.iter().zip(1..) {
        let text =
            |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or_default()).into_owned();
        let day = text(1).trim().replace('-', "");
        let is_ragged = (5..record.len()).any(|at| !text(at).is_empty());
        if day.as_str() < "20241001" || is_ragged {
            continue;
        }
        for (column, name) in [(2, "dx1"), (4, "dx2")] {
            let cell = text(column);
            if let Some((old, new)) = REPLACED.iter().find(|(old, _)| *old == cell.trim()) {
                expected.insert((number, name.to_owned()), cell.replace(old, new));
            }
        }
    }
    expected
}

/// The edits of a list as plain values.
fn edits(path: &Path, digest: Digest) -> Vec<(usize, Vec<u8>, Vec<u8>)> {
    let list = EditList::read(path, digest).unwrap();
    let edit = |edit: Option<codeturn::run::edits::Edit>| {
        let edit = edit.unwrap();
        let pair = &list.pairs()[edit.pair];
        (usize::try_from(edit.at).unwrap(), pair.old.clone(), pair.new.clone())
    };
    list.iter().map(edit).collect()
}

/// Puts the new bytes where the old ones stand, from the end to the start.
fn replaced(bytes: &[u8], edits: &[(usize, Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, old, new) in edits.iter().rev() {
        let taken: Vec<u8> = bytes.splice(*at..at + old.len(), new.iter().copied()).collect();
        assert_eq!(taken, *old, "at {at}");
    }
    bytes
}

/// The same backward, from the start to the end: everything before an edit is as it was.
fn restored(bytes: &[u8], edits: &[(usize, Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, old, new) in edits {
        let taken: Vec<u8> = bytes.splice(*at..at + new.len(), old.iter().copied()).collect();
        assert_eq!(taken, *new, "at {at}");
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn splicing_does_what_parsing_and_looking_up_would(file in records(), block in 1..200usize) {
        let folder = folder();
        let path = folder.path().join("records.csv");
        let bytes = file.bytes();
        fs::write(&path, &bytes).unwrap();
        let out = folder.path().join("RUN");
        let Some(run) = plan(&path, &file.hints(), &out, Pace { threads: 2, block }) else {
            // Refused, for its days cannot be read.
            return Err(TestCaseError::reject("no day"));
        };
        let applied = crate::common::apply(&run.folder, &run.plan, &run.inputs, &TABLE).unwrap();
        let copy: PathBuf = match &applied[..] {
            [one] => run.folder.path(&one.copy),
            _ => path.clone(),
        };
        let records = parsed(&bytes, file.delimiter);
        let expected = expected(&records);
        prop_assert_eq!(run.plan.files[0].swept.records, records.len() as u64);

        let changes = rows(&run.folder.path("changes.csv"));
        let changed: Vec<_> = changes.iter().map(site).collect();
        prop_assert_eq!(changed, expected.keys().cloned().collect::<Vec<_>>());

        let copied = fs::read(copy).unwrap();
        let after = parsed(&copied, file.delimiter);
        prop_assert_eq!(after.len(), records.len());
        for ((before, after), number) in records.iter().zip(&after).zip(1u64..) {
            prop_assert_eq!(before.len(), after.len());
            for (column, (before, after)) in before.iter().zip(after).enumerate() {
                let name = file.header.get(column).copied().unwrap_or_default();
                let new = expected.get(&(number, name.to_owned()));
                prop_assert_eq!(after, new.map_or(before, String::as_bytes));
            }
        }

        let edits = edits(
            &run.folder.path(&run.plan.files[0].edit_list),
            run.plan.files[0].edit_digest,
        );
        prop_assert_eq!(edits.len(), expected.len());
        prop_assert_eq!(&replaced(&bytes, &edits), &copied);
        prop_assert_eq!(&restored(&copied, &edits), &bytes);
    }
}

/// Bytes with replacements that do not overlap: stretches, each kept or swapped; an
/// empty one that is swapped is an insertion.
fn swaps() -> impl Strategy<Value = Vec<(Vec<u8>, Option<Vec<u8>>)>> {
    let bytes = |least| vec(select(&b"ab,\n"[..]), least..9);
    vec((bytes(0), proptest::option::of(bytes(1))), 0..30)
}

fn swapped(list: &EditList, direction: Direction, text: &[u8], cuts: &[Index]) -> Vec<u8> {
    let mut swap = Swap::new(list, direction);
    let mut out = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().cycle() {
        let size = 1 + cut.index(12);
        let Some(left) = text.get(at..).filter(|left| !left.is_empty()) else { break };
        swap.feed(&left[..size.min(left.len())], &mut out).unwrap();
        at += size;
    }
    assert!(swap.end(&mut out), "an edit was never met");
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn swapping_forward_and_backward_is_nothing(stretches in swaps(), cuts in vec(any::<Index>(), 1..20)) {
        let folder = folder();
        let path = folder.path().join("1.edits");
        let mut writer = EditWriter::create(&path).unwrap();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (kept, swapped) in &stretches {
            if let Some(other) = swapped {
                let pair = Pair { old: kept.clone(), new: other.clone(), route: 0 };
                writer.push(old.len() as u64, &pair.old, &pair.new, pair.route).unwrap();
            }
            old.extend_from_slice(kept);
            new.extend_from_slice(swapped.as_ref().unwrap_or(kept));
        }
        let digest = writer.finish().unwrap().digest;
        let list = EditList::read(&path, digest).unwrap();
        prop_assert_eq!(&swapped(&list, Direction::Forward, &old, &cuts), &new);
        prop_assert_eq!(&swapped(&list, Direction::Backward, &new, &cuts), &old);
    }
}

/// The rows of a table as another reader sees them.
fn table(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|row| cells(row.unwrap())).collect()
}

/// What a file becomes when its rows are annotated, and the plan.
fn annotated(kind: Kind, file: &File, pace: Pace) -> Option<(Vec<u8>, Plan, Vec<Row>)> {
    let folder = folder();
    let path = folder.path().join("claims.csv");
    let bytes = file.bytes();
    fs::write(&path, &bytes).unwrap();
    let wish = Wish { kind, manner: Manner::Annotate, ..WISH };
    let run = plan_as(wish, &path, &file.hints(), &folder.path().join("RUN"), pace)?;
    let planned = &run.plan.files[0];
    let list = EditList::read(&run.folder.path(&planned.edit_list), planned.edit_digest).unwrap();
    assert!(list.pairs().iter().all(|pair| pair.old.is_empty()), "nothing is replaced");
    let whole = |direction, text: &[u8]| {
        let mut swap = Swap::new(&list, direction);
        let mut out = Vec::new();
        swap.feed(text, &mut out).unwrap();
        assert!(swap.end(&mut out));
        out
    };
    let copy = whole(Direction::Forward, &bytes);
    assert_eq!(whole(Direction::Backward, &copy), bytes);
    let changes = rows(&run.folder.path("changes.csv"));
    Some((copy, run.plan, changes))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_annotated_row_begins_with_its_own_cells_and_ends_with_what_became_of_them(
        file in claims(),
        threads in 1..4usize,
        block in prop_oneof![1..40usize, 40..400usize],
    ) {
        let pace = Pace { threads: 1, block: 1 << 20 };
        let Some((copy, plan, changes)) = annotated(Kind::Unbilled, &file, pace) else { return Ok(()) };
        let other = annotated(Kind::Unbilled, &file, Pace { threads, block }).unwrap();
        prop_assert_eq!(&copy, &other.0);
        let (old, new) = (table(&file.bytes(), file.delimiter), table(&copy, file.delimiter));
        prop_assert_eq!(old.len(), new.len());
        let widest = old.iter().map(Vec::len).max().unwrap();
        let names = ["dx1", "dx2"].map(|name| ["_migrated", "_status", "_rule"].map(|end| format!("{name}{end}")));
        prop_assert_eq!(&new[0][widest..], &names.concat()[..]);
        let mut buckets = vec![0; Bucket::COUNT];
        for (before, after) in old.iter().zip(&new) {
            prop_assert_eq!(after.len(), widest + 6);
            prop_assert_eq!(&after[..before.len()], &before[..]);
            prop_assert!(after[before.len()..widest].iter().all(String::is_empty));
        }
        for (cells, record) in new[1..].iter().map(|row| &row[widest..]).zip(1u64..) {
            for (cells, name) in cells.chunks(3).zip(["dx1", "dx2"]) {
                for status in cells[1].split(';').filter(|status| !status.is_empty()) {
                    let bucket = Bucket::ALL.iter().position(|bucket| bucket.id() == status);
                    buckets[bucket.unwrap()] += 1;
                }
                let proposed: Vec<&str> = cells[0].split(';').filter(|code| !code.is_empty()).collect();
                let planned: Vec<&Row> = changes.iter().filter(|row| site(row) == (record, name.to_owned())).collect();
                prop_assert_eq!(proposed.len(), planned.len());
                for (code, row) in proposed.iter().zip(planned) {
                    let code = Spelling::read(code.as_bytes()).unwrap().0.to_string();
                    prop_assert_eq!(&code, &row["new"]);
                    prop_assert!(cells[2].contains(&row["rule"]));
                }
            }
        }
        prop_assert_eq!(buckets, plan.total.buckets.to_vec());
        // Claims that were sent get the same proposals, and every one is reported.
        let (billed, billed_plan, _) = annotated(Kind::Billed, &file, pace).unwrap();
        prop_assert_eq!(plan.proposed, billed_plan.proposed);
        for (one, other) in new.iter().zip(table(&billed, file.delimiter)) {
            prop_assert_eq!(&one[widest], &other[widest]);
            prop_assert_eq!(&one[widest + 3], &other[widest + 3]);
        }
        prop_assert_eq!(billed_plan.total.bucket(Bucket::Replaced), 0);
    }
}
