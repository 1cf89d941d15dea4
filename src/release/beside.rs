//! Finds the addenda that stands beside a release: in the same zip, or in the
//! folder of a file that was named alone.
//!
//! A folder may hold those of many years. One belongs to the release if it
//! counts as many codes as the release has, or bears the same year in its name.

use std::fs;
use std::path::{Path, PathBuf};

use super::addenda::{self, Addenda, Scope};
use super::container::{self, Container, Member};
use super::layout::{self, Layout, Other};
use super::{Release, dating, nested, open, text};
use crate::error::{Error, Result};

/// No addenda is larger: that of 2017 has 1 MB.
const LIMIT: u64 = 8 << 20;

/// The addenda beside a release, if there is one: the most telling of several.
///
/// It is a second witness. What cannot be opened beside the release is no error.
pub fn beside(release: &Release) -> Option<Addenda> {
    let file = match &release.member {
        Some(member) => release.path.join(member),
        None => release.path.clone(),
    };
    let year = |name: &str| dating::year_in(name.rsplit('/').next().unwrap_or(name));
    let named = year(&file.to_string_lossy());
    let billable = release.billable();
    let mut found = addendas(&file).unwrap_or_default();
    found.retain(|one| one.system.is_none_or(|system| system == release.system));
    let alone = found.len() == 1;
    let counted = |one: &Addenda| one.after == Some(billable);
    found.retain(|one| alone || counted(one) || year(&one.name) == named);
    // `false` comes first: what counts the same codes, then what speaks of headers too.
    found.into_iter().min_by_key(|one| (!counted(one), one.scope == Scope::Codes))
}

/// Reads an addenda that was named.
///
/// # Errors
/// It cannot be opened, or says nothing about any code.
pub fn open_addenda(path: &Path) -> Result<Addenda> {
    let (mut container, _) = open::container(path)?;
    let mut members = container.members().map_err(|error| error.at(path))?;
    members.retain(is_addenda);
    let read = |member| read(&mut container, path, member);
    let mut all: Vec<Addenda> = members.iter().filter_map(read).collect();
    all.sort_by_key(|one| one.scope == Scope::Codes);
    all.into_iter().next().ok_or_else(|| {
        Error::refused("no addenda: no line says that a code was added, deleted or revised")
            .at(path)
            .hint("name the order addenda of ICD-10-CM or ICD-10-PCS, or the zip that holds it")
    })
}

/// All addenda in the zip or the folder of a file, in order of name.
fn addendas(file: &Path) -> Result<Vec<Addenda>> {
    let (mut container, root) = match file.ancestors().find(|path| path.is_file()) {
        Some(plain) if plain == file => {
            let folder = file.parent().unwrap_or(Path::new(""));
            (
                Container::Folder { root: folder.to_owned(), files: texts_in(folder)? },
                folder.to_owned(),
            )
        }
        Some(zip) => {
            let inside =
                file.strip_prefix(zip).unwrap_or(file).to_string_lossy().replace('\\', "/");
            let (container, root, _) = nested::descend(zip, &inside)?;
            (container, root)
        }
        None => return Ok(Vec::new()),
    };
    let members = container.members()?;
    let members = members.iter().filter(|member| is_addenda(member));
    Ok(members.filter_map(|member| read(&mut container, &root, member)).collect())
}

/// The small text files of a folder.
fn texts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut files = container::files_of(folder)?;
    let is_text =
        |path: &PathBuf| path.extension().is_none_or(|end| end.eq_ignore_ascii_case("txt"));
    let is_small = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.len() <= LIMIT);
    files.retain(|path| is_text(path) && is_small(path));
    Ok(files)
}

fn is_addenda(member: &Member) -> bool {
    layout::recognise(&member.head) == Layout::Other(Other::Addenda)
}

/// Reads a member that looks like an addenda; nothing, if it says nothing.
pub(super) fn read(container: &mut Container, root: &Path, member: &Member) -> Option<Addenda> {
    let path = member.name.as_ref().map_or_else(|| root.to_owned(), |name| root.join(name));
    let text = text::decode(container.read(member).ok()?).ok()?.text;
    addenda::parse(&path.to_string_lossy(), &text)
}
