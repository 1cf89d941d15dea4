//! Mapping files as they come -> rules: each is recognised by its content and
//! read by the reader of its form.
//!
//! A published table is converted for the steps of the history; the tool's own
//! form is read as it stands. Everything that is wrong in any of the files is
//! reported at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::convert::{Strange, Stretch, convert};
use super::fault::{Errors, Fault};
use super::published::{self, Published};
use super::table::Reader;
use super::{
    Crosswalk, Rule, Source, SourceKind, SourceLine, Topic, Warning, conflicts, overrides,
};
use crate::error::{Error, Result};
use crate::history::History;
use crate::release::{Content, Digest};

/// Reads mapping files. The same content given twice is one file.
///
/// # Errors
/// Files that cannot be read, and every row that is wrong, all at once.
pub fn read(paths: &[PathBuf], history: &History) -> Result<Crosswalk> {
    let (crosswalk, faults) = read_all(paths, history);
    let errors = faults.into_iter().map(|fault| fault.error).collect();
    Error::all(errors).map_or(Ok(crosswalk), Err)
}

/// Reads mapping files as far as that is possible: the rows that can be read,
/// and what is wrong with the others, in order of files and lines. A row that
/// is wrong only beside others - a double, one that closes a cycle - is left out.
///
/// A published table is converted for the steps of the history; numbers that a
/// spreadsheet made of codes are read as codes where a release proves it.
pub fn read_all(paths: &[PathBuf], history: &History) -> (Crosswalk, Vec<Fault>) {
    let mut crosswalk = Crosswalk::default();
    let mut errors = Errors::default();
    let meant: Vec<Result<Meant>> = paths.iter().map(|path| meant(path)).collect();
    let digests: Vec<Option<Digest>> =
        meant.iter().map(|meant| meant.as_ref().ok().map(|meant| meant.digest)).collect();
    for (at, meant) in meant.into_iter().enumerate() {
        match meant {
            // Of the same content twice the later one counts: it overrides what stands between.
            Ok(meant) if digests[at + 1..].contains(&Some(meant.digest)) => {}
            Ok(meant) => read_file(meant, history, &mut crosswalk, &mut errors),
            Err(error) => errors.file(crosswalk.sources.len(), error),
        }
    }
    overrides::settle(&mut crosswalk);
    conflicts::find(&crosswalk, &mut errors);
    let faults = errors.finish();
    // A fault of a whole file is none of the rows that were concluded from another's silence.
    let wrong: BTreeSet<SourceLine> =
        faults.iter().map(|fault| fault.at).filter(|at| !at.is_silence()).collect();
    crosswalk.rules.retain(|rule| !wrong.contains(&rule.at));
    (crosswalk, faults)
}

/// The file that is meant by a path: itself, or the table of a zip.
struct Meant {
    path: PathBuf,
    digest: Digest,
    content: What,
}

enum What {
    Published(Published),
    Own(Vec<u8>),
}

fn meant(path: &Path) -> Result<Meant> {
    match Content::of(path)? {
        Content::File(bytes) => {
            let content = published(path, &bytes).map_err(|error| error.at(path))?;
            let digest = Digest::of(&bytes);
            let content = content.map_or(What::Own(bytes), What::Published);
            Ok(Meant { path: path.to_owned(), digest, content })
        }
        Content::Zip(files) => in_zip(path, &files),
    }
}

/// Whether a mapping file holds what had this digest when it was read: the file itself,
/// or the table of a zip that is meant by `ZIP/FILE`.
///
/// # Errors
/// It cannot be read any more.
pub fn is_as_read(path: &Path, digest: Digest) -> Result<bool> {
    if fs::read(path).is_ok_and(|bytes| Digest::of(&bytes) == digest) {
        return Ok(true);
    }
    let is_it = |bytes: &[u8]| Digest::of(bytes) == digest;
    Ok(match Content::of(path).map_err(|error| error.at(path))? {
        Content::File(bytes) => is_it(&bytes),
        Content::Zip(files) => files.first().is_some_and(|(_, bytes)| is_it(bytes)),
    })
}

/// A table of its own, else a release with cross-references.
fn in_zip(path: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<Meant> {
    let mut tables = Vec::new();
    for (inside, bytes) in files {
        let table = table(bytes).map_err(|error| error.at(inside))?;
        tables.extend(table.map(|table| (inside.clone(), table)));
    }
    let found = published::newest(tables).map_err(|error| error.at(path))?;
    let Some((inside, table)) = found else { return release_in_zip(path, files) };
    let bytes = files.iter().find(|(path, _)| *path == inside).map_or(&[][..], |file| &file.1);
    Ok(Meant { path: inside, digest: Digest::of(bytes), content: What::Published(table) })
}

fn release_in_zip(path: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<Meant> {
    let Some(table) = published::of_file(path) else {
        return Err(Error::refused("no published table stands in the zip")
            .at(path)
            .hint("name a mapping of your own inside as ZIP/FILE"));
    };
    // A zip inside a zip is no file of its own: then its first list stands for it.
    let digest = fs::read(path).map_or_else(|_| Digest::of(&files[0].1), |zip| Digest::of(&zip));
    Ok(Meant { path: path.to_owned(), digest, content: What::Published(table) })
}

/// A published table, or a release with cross-references.
fn published(path: &Path, bytes: &[u8]) -> Result<Option<Published>> {
    Ok(table(bytes)?.or_else(|| published::of_file(path)))
}

fn table(bytes: &[u8]) -> Result<Option<Published>> {
    foreign(bytes).map_or_else(|| published::read(bytes), Err)
}

fn read_file(meant: Meant, history: &History, crosswalk: &mut Crosswalk, errors: &mut Errors) {
    let Meant { path, digest, content } = meant;
    let source = crosswalk.sources.len();
    let (kind, layout, parts) = match &content {
        What::Published(table) => (SourceKind::Published, table.layout, table.parts.clone()),
        What::Own(_) => (SourceKind::Own, "mapping", Vec::new()),
    };
    crosswalk.sources.push(Source { path: path.clone(), digest, kind, layout, parts });
    let bytes = match content {
        What::Published(table) => return take_published(&table, source, history, crosswalk),
        What::Own(bytes) => bytes,
    };
    let mut reader = Reader { path: &path, source, damaged: false, history, crosswalk, errors };
    if bytes.starts_with(b"PK\x03\x04") {
        return reader.workbook(&bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    reader.report_damage(bytes);
    reader.text(&String::from_utf8_lossy(bytes));
}

/// A published table becomes rows for the steps of the history, each with its place.
fn take_published(table: &Published, source: usize, history: &History, crosswalk: &mut Crosswalk) {
    let converted = convert(table, history, Stretch::default(), source);
    let mut warn = |part: usize, line: u64, topic: Topic, message: String| {
        let at = SourceLine { source, part, line };
        crosswalk.warnings.push(Warning { at, topic, message, hint: None });
    };
    for unread in &table.unread {
        warn(0, unread.row, Topic::Unread, format!("`{}`: {}", unread.cell, unread.why));
    }
    for Strange { part, row, code, is_new } in &converted.strange {
        let side = if *is_new { "new" } else { "old" };
        warn(
            *part,
            *row,
            Topic::Strange,
            format!("the {side} code {code} stands in no release given"),
        );
    }
    for limit in &converted.limits {
        warn(0, 0, limit.topic(), limit.to_string());
    }
    let from = &crosswalk.sources[source];
    let placed = |rule: Rule| Rule { source: Some(from.short_place(rule.at)), ..rule };
    crosswalk.rules.extend(converted.rules.into_iter().map(placed));
}

/// Text that is not read, whatever stands in it.
fn foreign(bytes: &[u8]) -> Option<Error> {
    const SAVE: &str = "save it as \"CSV UTF-8 (comma delimited)\", or as a workbook (xlsx)";
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some(Error::refused("UTF-16 text").hint(SAVE));
    }
    if memchr::memchr(b'\n', bytes).is_none() && memchr::memchr(b'\r', bytes).is_some() {
        return Some(Error::refused("lines end with CR alone").hint(SAVE));
    }
    None
}
