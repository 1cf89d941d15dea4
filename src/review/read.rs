//! A filled worklist -> decisions, whatever program saved it: commas, semicolons
//! or tabs, a byte order mark or UTF-16, Windows-1252, or a workbook.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, WINDOWS_1252};

use super::{About, Choice, Decisions, Entry, Row};
use crate::code::{Case, Code, Spelling};
use crate::crosswalk::published::{Grid, sheets};
use crate::crosswalk::{Source, SourceKind, SourceLine};
use crate::error::{Error, Result};
use crate::release::Digest;
use crate::release::columns::plain;
use crate::report::by_code;
use crate::report::worklist::{HEADER, ROW_MARK};

/// Reads the files; rows without a choice are left out.
///
/// # Errors
/// All files that are no worklist, and all rows whose choice cannot be understood.
pub fn read(paths: &[PathBuf]) -> Result<Decisions> {
    let mut decisions = Decisions::default();
    let mut errors = Vec::new();
    for path in paths {
        let read = file(path, &mut decisions, &mut errors);
        errors.extend(read.err().map(|error| error.at(path)));
    }
    Error::all(errors).map_or(Ok(decisions), Err)
}

fn file(path: &Path, decisions: &mut Decisions, errors: &mut Vec<Error>) -> Result<()> {
    let bytes = fs::read(path).map_err(|error| Error::unreadable(path, &error))?;
    refuse_bare_cr(&bytes)?;
    let digest = Digest::of(&bytes);
    let mut found = false;
    for mut grid in tables(&bytes)? {
        if let Some(columns) = grid.header(columns).map(|(columns, _)| columns) {
            grid.whole()?;
            if columns.is_doubled {
                return Err(Error::refused("two columns are called `choice`")
                    .hint("delete the one that does not count"));
            }
            let source = Source {
                path: path.to_owned(),
                digest,
                kind: SourceKind::Decisions,
                layout: "filled worklist",
                parts: grid.sheet.take().into_iter().collect(),
            };
            take(&columns, &grid, source, decisions, errors);
            found = true;
        } else if grid.header(|names| has_lost_its_choices(names).then_some(())).is_some() {
            let sheet = grid.sheet.take().map(|name| format!("the sheet `{}`: ", short(&name)));
            let what = "there is no column `choice` beside its entries";
            return Err(Error::refused(format!("{}{what}", sheet.unwrap_or_default()))
                .hint("give the column its name back, or take the sheet out"));
        }
    }
    if found {
        return Ok(());
    }
    Err(Error::refused("no worklist: there are no columns `id` and `choice`, or `system`, `code`, `reason` and `choice`")
        .hint("fill worklist.xlsx or worklist.csv of a run folder and keep its heading"))
}

fn tables(bytes: &[u8]) -> Result<Vec<Grid>> {
    if bytes.starts_with(b"PK\x03\x04") {
        return sheets(bytes);
    }
    sheets(text(bytes).as_bytes())
}

/// Rows that end with CR alone would all be one.
fn refuse_bare_cr(bytes: &[u8]) -> Result<()> {
    let ends = memchr::memchr(b'\n', bytes).is_none() && memchr::memchr(b'\r', bytes).is_some();
    if ends && !bytes.starts_with(b"PK\x03\x04") {
        return Err(Error::refused("lines end with CR alone")
            .hint("save it as \"CSV UTF-8 (comma delimited)\", or as a workbook (xlsx)"));
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    match (Encoding::for_bom(bytes), std::str::from_utf8(bytes)) {
        (Some((encoding, _)), _) => encoding.decode(bytes).0,
        (None, Ok(text)) => Cow::Borrowed(text),
        (None, Err(_)) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Which column is which.
struct Columns {
    about: Of,
    code: usize,
    choice: usize,
    /// There are two of them.
    is_doubled: bool,
    by: Option<usize>,
    note: Option<usize>,
    /// How many entries of a code there were.
    sites: Option<usize>,
}

enum Of {
    Entry {
        id: usize,
        file: Option<usize>,
        date: Option<usize>,
        keys: Vec<(usize, String)>,
        mark: Option<usize>,
    },
    Code {
        system: usize,
        reason: usize,
    },
}

fn columns(names: &[String]) -> Option<Columns> {
    let find = |what: &str| names.iter().position(|name| name == what);
    let about = match find("id") {
        Some(id) => {
            let (own, mark) = (HEADER.map(plain), plain(ROW_MARK));
            let all = names.iter().cloned().enumerate();
            let keys = all.filter(|(_, name)| !own.contains(name) && *name != mark).collect();
            Of::Entry { id, file: find("file"), date: find("date"), keys, mark: find(&mark) }
        }
        None => Of::Code { system: find("system")?, reason: find("reason")? },
    };
    Some(Columns {
        about,
        code: find("code")?,
        choice: find("choice")?,
        is_doubled: names.iter().filter(|name| *name == "choice").count() > 1,
        by: find("decidedby"),
        note: find("note"),
        sites: find("sites"),
    })
}

/// Whether a table is a worklist but for the column of choices.
fn has_lost_its_choices(names: &[String]) -> bool {
    let has = |what: &str| names.iter().any(|name| name == what);
    has("code") && has("reason") && (has("id") || has("system")) && !has("choice")
}

fn take(
    columns: &Columns,
    grid: &Grid,
    from: Source,
    decisions: &mut Decisions,
    errors: &mut Vec<Error>,
) {
    let path = from.shown().into_owned();
    let source = decisions.sources.len();
    decisions.sources.push(from);
    let rows = grid.header(self::columns).map_or(&[][..], |(_, rows)| rows);
    for (line, cells) in rows {
        match row(columns, cells, SourceLine::new(source, *line)) {
            Ok(row) => decisions.rows.extend(row),
            Err(error) => errors.push(error.at(&path).line(*line)),
        }
    }
}

fn row(columns: &Columns, cells: &[String], at: SourceLine) -> Result<Option<Row>> {
    let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
    let some = |at: Option<usize>| at.map_or("", cell).to_owned();
    let free = |at: Option<usize>| Some(some(at)).filter(|text| !text.is_empty());
    let typed = cell(columns.choice);
    if matches!(columns.about, Of::Code { .. }) && typed == by_code::NO_CHOICE {
        return Ok(None);
    }
    let Some(choice) = choice(typed)? else { return Ok(None) };
    let about = match &columns.about {
        Of::Entry { id, file, date, keys, mark } => About::Entry(Entry {
            id: cell(*id).to_owned(),
            file: some(*file),
            code: cell(columns.code).to_owned(),
            date: some(*date),
            keys: keys.iter().map(|(at, name)| (name.clone(), cell(*at).to_owned())).collect(),
            mark: some(*mark),
        }),
        &Of::Code { system, reason } => About::Code {
            system: cell(system).parse().map_err(Error::refused)?,
            code: Code::normalise(cell(columns.code)).ok_or_else(|| {
                Error::refused(format!(
                    "`{}` is no code: decide its entries one by one",
                    short(cell(columns.code))
                ))
            })?,
            reason: cell(reason).to_owned(),
        },
    };
    let shown = columns.sites.filter(|_| matches!(about, About::Code { .. }));
    let shown = shown.and_then(|at| cell(at).parse().ok());
    Ok(Some(Row { at, about, choice, by: free(columns.by), note: free(columns.note), shown }))
}

/// What stands under `choice`; nothing where nobody has decided.
fn choice(text: &str) -> Result<Option<Choice>> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "" => None,
        "keep" => Some(Choice::Keep),
        "query" => Some(Choice::Query),
        formula if formula.starts_with('=') => {
            return Err(Error::refused("the choice is a formula, and not what it gives")
                .hint("type the code, or save the workbook from a spreadsheet program"));
        }
        _ => {
            let read = Spelling::read(text.as_bytes()).filter(|(code, _)| code.length() > 2);
            let (code, spelling) = read.ok_or_else(|| {
                Error::refused(format!("the choice `{}` is no code", short(text)))
                    .hint("write one code, `keep`, `query`, or nothing")
            })?;
            // Releases write codes in upper case, however they are typed.
            Some(Choice::Code(code, Spelling { case: Case::Upper, ..spelling }))
        }
    })
}

/// A cell may hold anything: an error shows its beginning.
fn short(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<Row>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("worklist.csv");
        fs::write(&path, bytes).expect("written");
        read(&[path]).map(|decisions| decisions.rows)
    }

    const FILLED: &str = "id,file,line,code,date,choice,decided_by,note\r\n\
        F1R1C2,a.csv,2,E8881,2024-11-02,E88.810,M\u{fc}ller,\"x, y\"\r\n\
        F1R2C2,a.csv,3,E8881,2024-11-02,,,\r\nF1R3C2,a.csv,4,E8881,2024-11-02,KEEP,,\r\n";

    #[test]
    fn what_any_program_saves_is_read() {
        let (semicolons, tabs) = (
            FILLED.replace("x, y", "x y").replace(',', ";"),
            FILLED.replace("x, y", "x y").replace(',', "\t"),
        );
        let utf16: Vec<u8> =
            format!("\u{feff}{tabs}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin: Vec<u8> = FILLED.chars().map(|c| c as u8).collect();
        for bytes in [
            FILLED.into(),
            format!("\u{feff}{FILLED}").into_bytes(),
            semicolons.into_bytes(),
            utf16,
            latin,
        ] {
            let rows = rows(&bytes).expect("decisions");
            assert_eq!(rows.len(), 2, "{rows:?}");
            assert_eq!((rows[0].by.as_deref(), rows[0].at.line), (Some("M\u{fc}ller"), 2));
            assert!(
                matches!(rows[0].choice, Choice::Code(code, _) if code.to_string() == "E88810")
            );
            assert_eq!((&rows[1].choice, rows[1].at.line), (&Choice::Keep, 4));
        }
    }

    #[test]
    fn what_is_no_decision_is_refused_by_line() {
        let text = FILLED.replace("KEEP", "whatever she said").replace("E88.810", "99213.0.0");
        let error = rows(text.as_bytes()).expect_err("refused");
        let also = error.others()[0].to_string();
        assert!(error.to_string().contains("`99213.0.0` is no code"), "{error}");
        assert!(also.contains("`whatever she said` is no code") && also.contains(":4"), "{also}");
        assert!(rows(b"a,b\n1,2\n").is_err());
        assert!(rows(b"").is_err());
        assert!(rows(b"system,code,reason,choice\nicd10cm,(no code),unknown,keep\n").is_err());
        assert!(rows(b"system,code,reason,choice\nmine,E8881,unknown,keep\n").is_err());
    }
}
