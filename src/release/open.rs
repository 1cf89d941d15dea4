//! What the user named -> the releases in it.
//!
//! A download holds the same release in several layouts, beside addenda and
//! documents. The richest layout wins: the order file, which knows headers,
//! then the codes file, then any list. A workbook beside the text of the same
//! release is a copy of it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::container::{self, Container, Content, Member};
use super::dating::{self, Clues};
use super::deletions::{self, Deletions};
use super::layout::{self, Layout, Other};
use super::nested::{self, Bounds, Inner};
use super::rows::{End, Parsed};
use super::{Digest, Release, Wanted, codes, cpt, hcpcs, order, table, text, workbook};
use crate::code::System;
use crate::error::{Error, Result};

/// Reads the releases that a path holds: one as a rule, several where a zip or
/// a folder holds several systems or years; in order of system and date.
///
/// Lists of deleted codes beside them have been applied.
///
/// # Errors
/// No release is in it, or one cannot be read whole, with file, line and hint.
pub fn open(wanted: &Wanted) -> Result<Vec<Release>> {
    let Opened { mut releases, deletions } = open_all(wanted)?;
    if releases.is_empty() {
        return Err(layout::refusal(Layout::Other(Other::Deletions)).at(&wanted.path));
    }
    for list in &deletions {
        list.apply(&mut releases.iter_mut().collect::<Vec<_>>());
    }
    Ok(releases)
}

/// What a path holds.
#[derive(Debug)]
pub struct Opened {
    /// The releases, in order of system and date.
    pub releases: Vec<Release>,
    /// The lists of deleted codes, which may speak of releases elsewhere.
    pub deletions: Vec<Deletions>,
}

/// The same, the lists of deleted codes apart; they may stand alone.
///
/// # Errors
/// As [`open`].
pub fn open_all(wanted: &Wanted) -> Result<Opened> {
    let mut deletions = Vec::new();
    let mut releases = if wanted.path.is_dir() {
        open_folder(wanted, &mut deletions)?
    } else {
        open_file(wanted, &wanted.path, &mut deletions)?
    };
    if releases.len() > 1 && wanted.effective.is_some() {
        let message = format!("one date is given, but {} releases stand in it", releases.len());
        return Err(Error::refused(message)
            .at(&wanted.path)
            .hint("name one of the files inside, as ZIP/FILE; --system selects one system"));
    }
    releases.sort_by_key(|release| (release.system, release.effective));
    Ok(Opened { releases, deletions })
}

/// Whether the file of a release, which may be one inside a zip, holds the bytes that were
/// read. What they say is not looked at again.
///
/// # Errors
/// They are not there any more, or cannot be read.
pub fn is_as_read(path: &Path, digest: Digest) -> Result<bool> {
    match Content::of(path)? {
        Content::File(bytes) => Ok(Digest::of(&bytes) == digest),
        Content::Zip(_) => Ok(false),
    }
}

/// A folder is an unpacked download, or a library of zips, or both.
fn open_folder(wanted: &Wanted, deletions: &mut Vec<Deletions>) -> Result<Vec<Release>> {
    let files = container::tree_of(&wanted.path)?;
    let (zips, plain): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|path| container::is_zip(path));
    let folder = Container::Folder { root: wanted.path.clone(), files: plain };
    let mut releases = read_all(wanted, &wanted.path, folder, Strictness::Lenient, deletions)?;
    for zip in &zips {
        let container = Container::open(zip)?;
        let mut bounds = Bounds::new();
        releases.extend(read_nested(
            wanted,
            zip,
            container,
            Strictness::Lenient,
            &mut bounds,
            deletions,
        )?);
    }
    if releases.is_empty() && deletions.is_empty() {
        return Err(Error::refused("no release stands in the folder")
            .at(&wanted.path)
            .hint("put the zips as downloaded into it, or the order files"));
    }
    Ok(releases)
}

fn open_file(wanted: &Wanted, path: &Path, deletions: &mut Vec<Deletions>) -> Result<Vec<Release>> {
    let (container, _) = container(path)?;
    read_nested(wanted, path, container, Strictness::Strict, &mut Bounds::new(), deletions)
}

/// Reads a container and the zips in it; the same release in two of them is one.
fn read_nested(
    wanted: &Wanted,
    path: &Path,
    mut container: Container,
    strictness: Strictness,
    bounds: &mut Bounds,
    deletions: &mut Vec<Deletions>,
) -> Result<Vec<Release>> {
    let inner = bounds.open(path, &mut container)?;
    let alone = if inner.is_empty() { strictness } else { Strictness::Lenient };
    let zips = inner.len();
    let mut releases = read_all(wanted, path, container, alone, deletions)?;
    releases.extend(bounds.deeper(inner, |bounds, Inner { path, container, .. }| {
        read_nested(wanted, &path, container, Strictness::Lenient, bounds, deletions)
    })?);
    let mut seen = HashSet::new();
    releases.retain(|release| seen.insert((release.system, release.effective, release.digest)));
    if releases.is_empty() && deletions.is_empty() && strictness == Strictness::Strict {
        let inside = if zips == 1 { "zip".to_owned() } else { format!("{zips} zips") };
        return Err(Error::refused(format!("no release stands in it, nor in the {inside} inside"))
            .at(path)
            .hint("`codeturn inspect` says what stands in it"));
    }
    Ok(releases)
}

/// Opens a file, or one inside a zip where the path goes on behind the zip's
/// name; its name inside is returned too.
pub(super) fn container(path: &Path) -> Result<(Container, Option<String>)> {
    let zip = path.ancestors().skip(1).find(|parent| parent.is_file());
    let Some((zip, inside)) = zip.and_then(|zip| Some((zip, path.strip_prefix(zip).ok()?))) else {
        return Ok((Container::open(path)?, None));
    };
    let inside = inside.to_string_lossy().replace('\\', "/");
    let (container, path, rest) = nested::descend(zip, &inside)?;
    if rest.is_empty() {
        return Ok((container, Some(inside)));
    }
    Ok((container.only(&rest).map_err(|error| error.at(path))?, Some(inside)))
}

/// Whether finding nothing is an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Strict,
    Lenient,
}

/// A member and what it is.
pub(super) struct Candidate {
    pub(super) member: Member,
    pub(super) layout: Layout,
    /// Its bytes, where recognising it took all of them.
    pub(super) bytes: Option<Vec<u8>>,
}

impl Candidate {
    pub(super) fn of(member: Member) -> Candidate {
        Candidate { layout: layout::recognise(&member.head), member, bytes: None }
    }

    /// The folder inside the zip.
    fn folder(&self) -> &str {
        let name = self.member.name.as_deref().unwrap_or_default();
        name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn read_all(
    wanted: &Wanted,
    path: &Path,
    mut container: Container,
    strictness: Strictness,
    deletions: &mut Vec<Deletions>,
) -> Result<Vec<Release>> {
    let members = container.members().map_err(|error| error.at(path))?;
    let mut recognised: Vec<Candidate> = members.into_iter().map(Candidate::of).collect();
    look_into_workbooks(path, &mut container, &mut recognised)?;
    deletions.extend(lists_of_deleted(wanted, path, &mut container, &recognised)?);
    let layouts: Vec<Layout> = recognised.iter().map(|candidate| candidate.layout).collect();
    let mut releases = Vec::new();
    for candidate in best(recognised) {
        releases.extend(read_one(wanted, path, &mut container, candidate)?);
    }
    if releases.is_empty() && deletions.is_empty() && strictness == Strictness::Strict {
        return Err(nothing(wanted, &layouts).at(path));
    }
    Ok(releases)
}

/// The lists of deleted CPT codes among the members.
fn lists_of_deleted(
    wanted: &Wanted,
    path: &Path,
    container: &mut Container,
    candidates: &[Candidate],
) -> Result<Vec<Deletions>> {
    if wanted.system.is_some_and(|system| system != System::Cpt) {
        return Ok(Vec::new());
    }
    let is_list = |one: &&Candidate| one.layout == Layout::Other(Other::Deletions);
    let read = |one: &Candidate| {
        let inside = inside_of(path, &one.member);
        let bytes = container.read(&one.member).map_err(|error| error.at(&inside))?;
        let text = text::decode(bytes).map_err(|error| error.at(&inside))?.text;
        deletions::parse(inside, &text)
    };
    candidates.iter().filter(is_list).map(read).collect()
}

/// Recognises workbooks, which takes all their bytes, where no file of a richer
/// layout makes them reports or copies.
fn look_into_workbooks(
    path: &Path,
    container: &mut Container,
    candidates: &mut [Candidate],
) -> Result<()> {
    let of = |layouts: &[Layout]| -> Vec<String> {
        let these = candidates.iter().filter(|candidate| layouts.contains(&candidate.layout));
        these.map(|candidate| candidate.folder().to_owned()).collect()
    };
    if !of(&[Layout::Order, Layout::Codes]).is_empty() {
        return Ok(());
    }
    let copied = of(&[Layout::Hcpcs]);
    for candidate in candidates {
        let other = candidate.layout != Layout::Other(Other::Zip);
        if other || copied.iter().any(|folder| folder == candidate.folder()) {
            continue;
        }
        let inside = inside_of(path, &candidate.member);
        let bytes = container.read(&candidate.member).map_err(|error| error.at(&inside))?;
        candidate.layout = workbook::recognise(&bytes).map_err(|error| error.at(inside))?;
        candidate.bytes = is_release(candidate.layout).then_some(bytes);
    }
    Ok(())
}

fn best(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let keep = is_best(&candidates);
    candidates.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(one, _)| one).collect()
}

/// Which candidates are of the best layouts: lists only where no ICD-10 file
/// stands, a codes file only where no order file of the same year does, a
/// workbook only where no text of the same edition does.
pub(super) fn is_best(candidates: &[Candidate]) -> Vec<bool> {
    let of = |layout| candidates.iter().filter(move |candidate| candidate.layout == layout);
    let ordered: Vec<Option<i16>> =
        of(Layout::Order).map(|one| dating::year_in(base_name(&one.member))).collect();
    let richer = [Layout::Order, Layout::Codes, Layout::Hcpcs, Layout::Edition];
    let richer = candidates.iter().any(|candidate| richer.contains(&candidate.layout));
    let keep = |candidate: &Candidate| match candidate.layout {
        Layout::Order | Layout::Hcpcs => true,
        Layout::Edition => of(Layout::Hcpcs).all(|text| text.folder() != candidate.folder()),
        Layout::Codes => {
            let year = dating::year_in(base_name(&candidate.member));
            ordered.is_empty() || year.is_some() && !ordered.contains(&year)
        }
        // Lists beside a publisher's own layout are reports and corrections.
        Layout::Table | Layout::Sheet | Layout::Cpt => !richer,
        Layout::Other(_) | Layout::Unknown => false,
    };
    candidates.iter().map(keep).collect()
}

fn base_name(member: &Member) -> &str {
    let name = member.name.as_deref().unwrap_or_default();
    name.rsplit('/').next().unwrap_or(name)
}

/// Why no release was found: the wrong system, or what the best-known member is.
fn nothing(wanted: &Wanted, layouts: &[Layout]) -> Error {
    if let Some(system) = wanted.system.filter(|_| layouts.iter().any(|&one| is_release(one))) {
        return Error::refused(format!("it holds no {} release", system.title()))
            .hint("leave --system out, or name another file");
    }
    // What is recognised tells more than a document or a zip beside it.
    let rank = |layout: &&Layout| match layout {
        Layout::Other(Other::Zip | Other::Binary(_) | Other::Utf16) => 1,
        Layout::Other(_) => 2,
        _ => 0,
    };
    match layouts.iter().max_by_key(rank) {
        Some(&layout) => layout::refusal(layout),
        None => Error::refused("the zip holds no file").hint("download it again"),
    }
}

pub(super) fn is_release(layout: Layout) -> bool {
    !matches!(layout, Layout::Other(_) | Layout::Unknown)
}

fn inside_of(path: &Path, member: &Member) -> PathBuf {
    match &member.name {
        Some(name) => path.join(name),
        None => path.to_owned(),
    }
}

/// Reads one member; nothing, if it is of another system than the one wanted.
pub(super) fn read_one(
    wanted: &Wanted,
    path: &Path,
    container: &mut Container,
    candidate: Candidate,
) -> Result<Option<Release>> {
    let Candidate { member, layout, bytes } = candidate;
    let read = || -> Result<Option<Release>> {
        let bytes = bytes.map_or_else(|| container.read(&member), Ok)?;
        let digest = Digest::of(&bytes);
        let parsed = parse(layout, bytes, wanted.system)?;
        if wanted.system.is_some_and(|system| system != parsed.system) {
            return Ok(None);
        }
        release(wanted, path, &member, digest, parsed).map(Some)
    };
    read().map_err(|error| error.at(inside_of(path, &member)))
}

fn parse(layout: Layout, bytes: Vec<u8>, system: Option<System>) -> Result<Parsed> {
    if matches!(layout, Layout::Edition | Layout::Sheet) {
        return workbook::parse(&bytes, system);
    }
    let text::Decoded { text, note } = text::decode(bytes)?;
    let mut parsed = match layout {
        Layout::Order => order::parse(text),
        Layout::Codes => codes::parse(&text),
        Layout::Hcpcs => hcpcs::parse(&text),
        Layout::Cpt => cpt::parse(&text),
        Layout::Table => table::parse(&text, system),
        _ => Err(layout::refusal(layout)),
    }?;
    parsed.notes.extend(note);
    Ok(parsed)
}

/// Gives what was read its date, and checks that it is whole.
fn release(
    wanted: &Wanted,
    path: &Path,
    member: &Member,
    digest: Digest,
    parsed: Parsed,
) -> Result<Release> {
    let Parsed { rows, layout, system, coverage, mut notes, heading, end } = parsed;
    notes.extend(rows.repeated_note());
    let billable = rows.entries.iter().filter(|entry| entry.billable).count();
    let names = names(path, member);
    let texts = [base_name(member), &names[0], &names[1], &heading, &names[2]];
    let known = dating::is_known(system, billable);
    // That a file is cut off comes first: it is also why its count tells nothing.
    let ended = check_end(end, known)?;
    let dated = dating::date(system, billable, &Clues { given: wanted.effective, texts: &texts })?;
    let mut warnings = dated.warnings;
    warnings.extend(ended);
    let release = Release {
        system,
        effective: dated.effective,
        dating: dated.dating,
        coverage,
        layout,
        path: wanted.path.clone(),
        member: inside(&wanted.path, path, member),
        digest,
        warnings,
        notes,
        entries: rows.entries,
        text: rows.text,
        index: rows.index,
        references: rows.references,
        gaps: Vec::new(),
        silent_letters: Vec::new(),
    };
    if release.billable() == 0 {
        return Err(none_billable(&release));
    }
    Ok(release)
}

/// Such a list comes beside a release, and says which codes were deleted.
fn none_billable(release: &Release) -> Error {
    Error::refused(format!("no code in it is billable on {}, from when it would be in force", release.effective))
        .hint("a list of deleted codes is no release: a code that is missing from the newer of two yearly lists was deleted; give another day as PATH@YYYY-MM-DD if that is wrong")
}

/// Where a year may stand: the name inside the zip, that of the file, that of its folder.
fn names(path: &Path, member: &Member) -> [String; 3] {
    let text = |name: Option<&std::ffi::OsStr>| {
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let folder = path.parent().and_then(Path::file_name);
    [member.name.clone().unwrap_or_default(), text(path.file_name()), text(folder)]
}

/// The name of a member, behind that of its zip where that stands in a folder.
fn inside(named: &Path, container: &Path, member: &Member) -> Option<String> {
    let zip = container.strip_prefix(named).ok().filter(|zip| !zip.as_os_str().is_empty());
    match (zip, &member.name) {
        (Some(zip), Some(name)) => Some(format!("{}/{name}", zip.to_string_lossy())),
        (_, name) => name.clone(),
    }
}

/// A file cut off in its last title reads like a whole one; only the number of
/// codes of a known edition, or a line end, says that it is.
fn check_end(end: End, known: bool) -> Result<Option<String>> {
    match end {
        End::Whole => Ok(None),
        _ if known => Ok(None),
        End::Unended => {
            Ok(Some("the last line has no line end: check that the file is not cut off".to_owned()))
        }
        End::Doubtful { line } => {
            Err(Error::refused("the file ends in the middle of a line: it looks cut off")
                .line(line)
                .hint("download it again; if it is whole, put a line end behind its last line"))
        }
    }
}
