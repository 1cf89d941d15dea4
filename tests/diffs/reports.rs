//! The reports of `codeturn diff` that are documents: Markdown, HTML, workbook.
//!
//! Codes are invented; the titles are as nasty as a title can be.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

struct Desk(TempDir);

impl Desk {
    /// Two lists with a pipe, tags and quotes in their titles.
    fn new() -> Desk {
        let desk = Desk(TempDir::new().expect("a folder"));
        desk.put(
            "set <b>2031.csv",
            "code,short description,description,billable\nE88,,Headers | all,N\n\
             E88.81,Split,To be <split>,Y\nJ00,Cold,Common cold & \"flu\",Y\n\
             K35.2,Gone,Gone 'soon',Y\nZ68.1,Short,Same title,Y\n",
        );
        desk.put(
            "set <b>2032.csv",
            "code,short description,description,billable\nE88,,Headers | all,N\n\
             E88.81,Split,To be <split>,N\nE88.810,Part,\"<img src=x onerror=alert(1)> a|b\",Y\n\
             J00,Cold,Common cold & </td><script>alert(2)</script>,Y\nZ68.1,Shorter,Same title,Y\n",
        );
        desk.put("mine.csv", "J00\n<i>X</i>\n");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("an input");
    }

    fn run(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::cargo_bin("codeturn").expect("the program");
        let releases = ["set <b>2031.csv@2030-10-01", "set <b>2032.csv@2031-10-01"];
        let system = ["--system", "icd10cm"];
        command.current_dir(self.0.path()).args(["diff", "-q"]).args(releases).args(system);
        let output = command.args(more).output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn shown(&self, more: &[&str]) -> String {
        let (status, stdout, stderr) = self.run(more);
        assert_eq!(status, Some(0), "{stderr}");
        stdout
    }
}

#[test]
fn markdown_for_a_wiki() {
    insta::assert_snapshot!(Desk::new().shown(&["--format", "markdown"]));
}

#[test]
fn a_row_of_markdown_has_as_many_cells_as_its_heading() {
    let text = Desk::new().shown(&["--format", "markdown"]);
    let cells = |row: &str| row.replace("\\|", "").matches('|').count();
    let rows: Vec<&str> = text.lines().collect();
    let tables = rows.split(|row| !row.starts_with('|')).filter(|table| !table.is_empty());
    for table in tables {
        assert!(table.iter().all(|row| cells(row) == cells(table[0])), "{table:?}");
    }
    assert!(!text.contains("<img") && !text.contains("<script"), "{text}");
}

#[test]
fn a_page_for_a_browser() {
    insta::assert_snapshot!(body(&Desk::new().shown(&["--format", "html", "--codes", "mine.csv"])));
}

/// Of a page what does not stand in it always: no style, no script.
fn body(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").expect("a style");
    let (_, rest) = rest.split_once("</style>").expect("its end");
    let (body, _) = rest.split_once("<script>").expect("a script");
    format!("{head}{body}")
}

#[test]
fn nothing_in_a_title_becomes_a_tag_of_the_page() {
    let page = Desk::new().shown(&["--format", "html"]);
    assert_eq!(page.matches("<script").count(), 1);
    for tag in ["<img", "<b>", "<i>", "alert(2)</script>"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; a|b"), "{page}");
}

#[test]
fn a_page_needs_nothing_but_itself() {
    let page = Desk::new().shown(&["--format", "html"]);
    for word in ["http:", "https:", "src=\"", "@import", "url(", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"), "it forbids itself to load anything");
}

#[test]
fn every_tag_of_a_page_is_closed_in_its_turn() {
    let page = body(&Desk::new().shown(&["--format", "html", "--codes", "mine.csv"]));
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let name = tag.split_whitespace().next().expect("a name");
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if matches!(name, "!DOCTYPE" | "meta" | "input") || tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, ["html", "body"], "the script and the ends of these two were cut off");
}

#[test]
fn titles_of_licensed_sets_can_be_left_out_everywhere() {
    let desk = Desk::new();
    for format in ["text", "csv", "json", "markdown", "html"] {
        let shown = desk.shown(&["--format", format, "--no-descriptors"]);
        for title in ["ommon", "Headers | all", "Same title", "Split", "split&gt;", "soon"] {
            assert!(!shown.contains(title), "{format}: {title}");
        }
        assert!(shown.contains("E88.810") || shown.contains("E88810"), "{format}");
    }
}

#[test]
fn the_same_releases_give_the_same_bytes() {
    let desk = Desk::new();
    for format in ["markdown", "html"] {
        assert_eq!(desk.shown(&["--format", format]), desk.shown(&["--format", format]));
    }
}

/// One part of the workbook that a run leaves.
fn part(desk: &Desk, name: &str, part: &str) -> String {
    let book = File::open(desk.path(name)).expect("a workbook");
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(book).expect("a zip");
    zip.by_name(part).expect("a part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn a_workbook_has_a_sheet_of_figures_and_one_a_kind() {
    let desk = Desk::new();
    desk.shown(&["--format", "xlsx", "--output", "out.xlsx", "--codes", "mine.csv"]);
    let book = part(&desk, "out.xlsx", "xl/workbook.xml");
    let names: Vec<&str> =
        book.split("<sheet name=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    assert_eq!(names, ["figures", "revised", "in neither release"]);
    let sheet = part(&desk, "out.xlsx", "xl/worksheets/sheet2.xml");
    assert!(
        sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter ref=\"A1:G2\"/>"),
        "{sheet}"
    );
    assert!(!sheet.contains("<f>"), "no title becomes a formula");
    assert!(
        !part(&desk, "out.xlsx", "xl/sharedStrings.xml").contains("E88"),
        "it was not asked for"
    );
}

#[test]
fn a_workbook_is_not_written_to_a_terminal_nor_over_another() {
    let desk = Desk::new();
    let (status, stdout, stderr) = desk.run(&["--format", "xlsx"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("--output changes.xlsx"), "{stderr}");
    for name in ["one.xlsx", "two.xlsx"] {
        desk.shown(&["--format", "xlsx", "--output", name]);
    }
    let [one, two] =
        ["one.xlsx", "two.xlsx"].map(|name| fs::read(desk.path(name)).expect("a book"));
    assert!(one == two, "the same releases, the same bytes");
    assert_eq!(desk.run(&["--format", "xlsx", "--output", "one.xlsx"]).0, Some(3));
}

#[test]
fn a_workbook_leaves_titles_out_where_it_must() {
    let desk = Desk::new();
    desk.shown(&["--format", "xlsx", "--output", "out.xlsx", "--no-descriptors"]);
    let strings = part(&desk, "out.xlsx", "xl/sharedStrings.xml");
    assert!(strings.contains("<t>E88.810</t>"), "{strings}");
    for title in ["ommon", "Same title", "Split", "soon"] {
        assert!(!strings.contains(title), "{title}");
    }
}

#[test]
fn reports_of_a_licensed_set_say_whose_the_descriptors_are() {
    let desk = Desk::new();
    desk.put("cpt 2031.txt", "99901\tInvented one\n99902\tInvented two\n");
    desk.put("cpt 2032.txt", "99901\tInvented one\n99903\tInvented three\n");
    for format in ["text", "csv", "json", "markdown", "html"] {
        let mut command = Command::cargo_bin("codeturn").expect("the program");
        let args = ["diff", "cpt 2031.txt", "cpt 2032.txt", "--format", format];
        let output = command.current_dir(desk.0.path()).args(args).output().expect("it runs");
        // Data for programs has no room for it: there it stands beside, on stderr.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("text");
        let words = "CPT is a registered trademark of the American Medical Association";
        assert!(said.contains(words), "{format}: {said}");
    }
}
