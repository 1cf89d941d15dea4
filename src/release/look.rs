//! What stands in a file: every member is named, the releases are read.
//!
//! `open` takes what is a release and leaves the rest; this says what the rest
//! is, and what is odd about the lines of a release, with their numbers.

use std::path::{Path, PathBuf};

use super::container::{self, Container};
use super::layout::{self, Layout, Other};
use super::nested::{Bounds, Inner};
use super::open::{self, Candidate};
use super::{Addenda, Release, Wanted, beside, codes, hcpcs, order, workbook};
use crate::error::{Error, Result};

/// How many lines an oddity names.
const NAMED: usize = 10;

/// A file and what stands in it.
#[derive(Debug)]
pub struct Looked {
    /// The file.
    pub path: PathBuf,
    /// Its members; one without a name where the file is no zip.
    pub seen: Vec<Seen>,
}

/// A member of a file.
#[derive(Debug)]
pub struct Seen {
    /// Its name inside a zip.
    pub member: Option<String>,
    /// What it is.
    pub what: What,
    /// What is odd about its lines.
    pub odd: Vec<Oddity>,
}

/// What a member is.
#[derive(Debug)]
pub enum What {
    /// A release that can be read.
    Release(Box<Release>),
    /// It looks like a release and is refused.
    Refused(Error),
    /// A publisher's addenda: what changed in the release that it stands beside.
    Addenda(Addenda),
    /// Something else, in words.
    Other(String),
}

/// Lines with something odd about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// What it is.
    pub what: &'static str,
    /// How many lines.
    pub count: usize,
    /// The first of them, 1-based.
    pub lines: Vec<usize>,
}

/// Looks into a file, or into each file of a folder.
///
/// # Errors
/// A file that cannot be opened, or a zip that is damaged.
pub fn look(wanted: &Wanted) -> Result<Vec<Looked>> {
    if !wanted.path.is_dir() {
        return Ok(vec![look_at(wanted, &wanted.path)?]);
    }
    let files = container::tree_of(&wanted.path)?;
    files.iter().map(|file| look_at(wanted, file)).collect()
}

fn look_at(wanted: &Wanted, path: &Path) -> Result<Looked> {
    let (container, inside) = open::container(path)?;
    let seen = look_in(wanted, path, container, inside.as_ref(), &mut Bounds::new())?;
    Ok(Looked { path: path.to_owned(), seen })
}

/// What stands in a container, and in the zips in it.
fn look_in(
    wanted: &Wanted,
    path: &Path,
    mut container: Container,
    inside: Option<&String>,
    bounds: &mut Bounds,
) -> Result<Vec<Seen>> {
    let inner = bounds.open(path, &mut container)?;
    let is_inner = |name: Option<&String>| inner.iter().any(|one| Some(&one.name) == name);
    let mut members = container.members().map_err(|error| error.at(path))?;
    members.retain(|member| !is_inner(member.name.as_ref()));
    let mut candidates: Vec<Candidate> = members.into_iter().map(Candidate::of).collect();
    for candidate in &mut candidates {
        take_bytes(&mut container, candidate).map_err(|error| error.at(path))?;
    }
    let read = open::is_best(&candidates);
    let seen = candidates.into_iter().zip(read).map(|(candidate, read)| {
        let member = candidate.member.name.clone().or_else(|| inside.cloned());
        let odd = oddities(candidate.layout, candidate.bytes.as_deref().unwrap_or_default());
        let what = what(wanted, path, &mut container, candidate, read);
        Seen { member, what, odd }
    });
    let mut seen: Vec<Seen> = seen.collect();
    seen.extend(bounds.deeper(inner, |bounds, Inner { path, name, container }| {
        let mut within = look_in(wanted, &path, container, None, bounds)?;
        for one in &mut within {
            one.member = one.member.take().map(|member| format!("{name}/{member}"));
        }
        Ok(within)
    })?);
    Ok(seen)
}

/// The bytes of what is a release, and of zips, which may be workbooks.
fn take_bytes(container: &mut Container, candidate: &mut Candidate) -> Result<()> {
    let zip = candidate.layout == Layout::Other(Other::Zip);
    if !zip && !open::is_release(candidate.layout) {
        return Ok(());
    }
    let bytes = container.read(&candidate.member)?;
    if zip {
        candidate.layout = workbook::recognise(&bytes)?;
    }
    candidate.bytes = Some(bytes);
    Ok(())
}

fn what(
    wanted: &Wanted,
    path: &Path,
    container: &mut Container,
    candidate: Candidate,
    read: bool,
) -> What {
    let layout = candidate.layout;
    if layout == Layout::Other(Other::Addenda) {
        return beside::read(container, path, &candidate.member)
            .map_or_else(|| What::Other(describe(layout)), What::Addenda);
    }
    if !read {
        return What::Other(describe(layout));
    }
    match open::read_one(wanted, path, container, candidate) {
        Ok(Some(release)) => What::Release(Box::new(release)),
        Ok(None) => What::Other("a release of another code system".to_owned()),
        Err(error) => What::Refused(error),
    }
}

/// What a member is that is not read.
fn describe(layout: Layout) -> String {
    let words = match layout {
        Layout::Codes => "an ICD-10 codes file: the order file beside it says more",
        Layout::Order | Layout::Hcpcs | Layout::Cpt => "a release",
        Layout::Table | Layout::Sheet => "a list of codes: not read beside the publisher's own",
        Layout::Edition => "HCPCS Level II in a workbook: the text beside it says the same",
        Layout::Unknown => "no layout of a code set: a document, or records",
        Layout::Other(_) => return layout::refusal(layout).message().to_owned(),
    };
    words.to_owned()
}

/// Lines with odd characters, and lines that do not fit the layout.
fn oddities(layout: Layout, bytes: &[u8]) -> Vec<Oddity> {
    let fits: fn(&[u8]) -> bool = match layout {
        Layout::Order => order::looks,
        Layout::Codes => codes::looks,
        Layout::Hcpcs => hcpcs::looks,
        Layout::Table | Layout::Cpt => |_| true,
        _ => return Vec::new(),
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let lines = || bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).zip(1..);
    // Disclaimers stand before the data.
    let begins = lines().find(|(line, _)| fits(line)).map_or(1, |(_, number)| number);
    let data = || lines().filter(|&(line, number)| number >= begins && !line.is_empty());
    let some = |what: &'static str, odd: &dyn Fn(&[u8]) -> bool| {
        let found = || data().filter(|(line, _)| odd(line)).map(|(_, number)| number);
        let count = found().count();
        (count > 0).then(|| Oddity { what, count, lines: found().take(NAMED).collect() })
    };
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    let odd = [
        some("not in the layout", &|line| !fits(line)),
        some("characters that are not ASCII", &|line| !line.is_ascii()),
        some("control characters", &|line| line.iter().any(control)),
    ];
    odd.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_lines_are_counted_and_named() {
        let text = "A000    Cholera\nA001    M\u{e9}ni\u{e8}re\n\nnonsense\nA009    \u{7}Cholera\n";
        let odd = oddities(Layout::Codes, text.as_bytes());
        let told: Vec<_> = odd.iter().map(|odd| (odd.what, odd.count, &odd.lines[..])).collect();
        assert_eq!(
            told,
            [
                ("not in the layout", 1, &[4][..]),
                ("characters that are not ASCII", 1, &[2]),
                ("control characters", 1, &[5]),
            ]
        );
    }
}
