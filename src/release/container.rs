//! Opens what the user named: a file, a zip as downloaded, or a folder.
//!
//! Whatever it is, it is a list of members, each with the first bytes by which
//! its layout is recognised; only those that hold a release are read to their
//! end. Reading is bounded: a zip may claim anything about its sizes.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::workbook;
use crate::error::{Error, Result};

/// The largest file, or member of a zip, that is read.
pub(super) const LIMIT: u64 = 256 << 20;
/// How much of a member is read to recognise its layout.
const HEAD: u64 = 64 << 10;
/// More members than any download has.
const MEMBERS: usize = 10_000;
/// No list packs better: a member that claims to is a bomb. Small ones may.
const RATIO: u64 = 200;
const SMALL: u64 = 1 << 20;

/// Something opened, whose members can be read.
pub(super) enum Container {
    /// One file.
    Plain(Vec<u8>),
    /// A zip, held in memory.
    Zip(ZipArchive<Cursor<Vec<u8>>>),
    /// Plain files of a folder, named by their paths in it.
    Folder { root: PathBuf, files: Vec<PathBuf> },
}

/// A file inside a container.
pub(super) struct Member {
    /// Its name inside a zip or a folder.
    pub(super) name: Option<String>,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    /// What to pass to [`Container::read`].
    pub(super) at: usize,
}

impl Container {
    /// Opens a file; a zip is opened as such, by its first bytes. A workbook is
    /// a zip too, but one file to people.
    pub(super) fn open(path: &Path) -> Result<Container> {
        let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
        let bytes = read_bounded(file).map_err(|error| error.at(path))?;
        if bytes.is_empty() {
            return Err(Error::refused("the file is empty")
                .at(path)
                .hint("download it again, or check that the download had ended"));
        }
        Container::of_bytes(bytes).map_err(|error| error.at(path))
    }

    /// The same of the bytes of a file.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Result<Container> {
        if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
            return Ok(Container::Plain(bytes));
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        if archive.len() > MEMBERS {
            let message = format!("the zip holds {} files: that is no release", archive.len());
            return Err(Error::refused(message));
        }
        if workbook::is_document(&archive) {
            return Ok(Container::Plain(archive.into_inner().into_inner()));
        }
        Ok(Container::Zip(archive))
    }

    /// The one member of that name, as if it stood alone.
    pub(super) fn only(mut self, name: &str) -> Result<Container> {
        let members = self.members()?;
        let member = members.into_iter().find(|member| member.name.as_deref() == Some(name));
        match member {
            Some(member) => Ok(Container::Plain(self.read(&member)?)),
            None => Err(Error::refused(format!("no file `{name}` stands in it"))
                .hint("name a file inside as ZIP/FOLDER/FILE, as it is spelled there")),
        }
    }

    /// Its members, in order of name.
    pub(super) fn members(&mut self) -> Result<Vec<Member>> {
        let mut members = match self {
            Container::Plain(bytes) => {
                let head = bytes[..bytes.len().min(HEAD as usize)].to_vec();
                vec![Member { name: None, head, at: 0 }]
            }
            Container::Zip(archive) => zip_members(archive)?,
            Container::Folder { root, files } => folder_members(root, files)?,
        };
        members.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(members)
    }

    /// All bytes of a member. A plain file is given away: it is read once.
    pub(super) fn read(&mut self, member: &Member) -> Result<Vec<u8>> {
        match self {
            Container::Plain(bytes) => Ok(std::mem::take(bytes)),
            Container::Zip(archive) => {
                let file = archive.by_index(member.at).map_err(|error| damaged(&error))?;
                let (size, packed) = (file.size(), file.compressed_size());
                if size > LIMIT {
                    return Err(too_large());
                }
                if size > SMALL && size / packed.max(1) > RATIO {
                    return Err(bomb(size, packed));
                }
                let mut bytes = Vec::with_capacity(size as usize);
                fill(file, LIMIT + 1, &mut bytes)?;
                Ok(bytes)
            }
            Container::Folder { files, .. } => {
                let path = &files[member.at];
                let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
                read_bounded(file)
            }
        }
    }
}

impl Member {
    /// Whether it may be a zip that is no Office document: those begin with
    /// parts of known names.
    pub(super) fn is_plain_zip(&self) -> bool {
        const PARTS: [&[u8]; 5] =
            [b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/"];
        const NAME: usize = 30;
        let name = self.head.get(NAME..).unwrap_or_default();
        self.head.starts_with(b"PK\x03\x04") && !PARTS.iter().any(|part| name.starts_with(part))
    }
}

fn read_bounded(file: File) -> Result<Vec<u8>> {
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_file() && metadata.len() > LIMIT {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(metadata.len().min(LIMIT) as usize + 1);
    fill(file, LIMIT + 1, &mut bytes)?;
    Ok(bytes)
}

/// Reads at most `limit` bytes; reaching [`LIMIT`] is refused.
fn fill(from: impl Read, limit: u64, bytes: &mut Vec<u8>) -> Result<()> {
    from.take(limit).read_to_end(bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LIMIT { Err(too_large()) } else { Ok(()) }
}

fn unreadable(error: &io::Error) -> Error {
    Error::refused(format!("cannot be read to its end: {error}"))
        .hint("the file is cut off or damaged: download it again")
}

fn too_large() -> Error {
    Error::refused(format!("larger than {} MiB: that is no code set", LIMIT >> 20))
        .hint("a yearly release has some 20 MB; name the file that holds it")
}

fn bomb(size: u64, packed: u64) -> Error {
    Error::refused(format!("{packed} bytes that unpack to {size}: a zip bomb, and no code set"))
        .hint("download it again from the publisher")
}

fn damaged(error: &ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Error::refused("the zip is encrypted: it asks for a password")
                .hint("unzip it with its password and name the file inside")
        }
        ZipError::UnsupportedArchive(what) => {
            Error::refused(format!("the zip cannot be read: {what}"))
                .hint("unzip it with another program and name the file inside")
        }
        ZipError::CompressionMethodNotSupported(method) => {
            Error::refused(format!("the zip uses compression method {method}"))
                .hint("unzip it with another program and name the file inside")
        }
        _ => Error::refused(format!("the zip is damaged: {error}"))
            .hint("it is cut off or damaged: download it again"),
    }
}

fn zip_members(archive: &mut ZipArchive<Cursor<Vec<u8>>>) -> Result<Vec<Member>> {
    let mut members = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| damaged(&error))?;
        if !file.is_file() {
            continue;
        }
        // Nothing is ever unpacked to disk; a name that climbs out of the zip
        // is still no part of a publisher's download.
        let Some(name) = file.enclosed_name() else {
            let message = format!(
                "the zip holds a file that climbs out of it: {}",
                file.name().unwrap_or_default()
            );
            return Err(Error::refused(message).hint("download it again from the publisher"));
        };
        let name = name.to_string_lossy().replace('\\', "/");
        if is_litter(&name) {
            continue;
        }
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map_err(|error| {
            Error::refused(format!("`{name}` in it cannot be read to its end: {error}"))
                .hint("the zip is cut off or damaged: download it again")
        })?;
        members.push(Member { name: Some(name), head, at });
    }
    Ok(members)
}

/// What a Mac adds to every zip it makes.
fn is_litter(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || name.starts_with('.')
        || file.starts_with("._")
        || file == ".DS_Store"
}

fn folder_members(root: &Path, paths: &[PathBuf]) -> Result<Vec<Member>> {
    let mut members = Vec::with_capacity(paths.len());
    for (at, path) in paths.iter().enumerate() {
        let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map_err(|error| Error::unreadable(path, &error))?;
        let name = path.strip_prefix(root).ok();
        let name = name.map(|name| name.to_string_lossy().replace('\\', "/"));
        members.push(Member { name, head, at });
    }
    Ok(members)
}

/// Whether a file is a zip that holds other files, and no workbook.
pub(super) fn is_zip(path: &Path) -> bool {
    let mut magic = [0; 4];
    let Ok(mut file) = File::open(path) else { return false };
    if file.read_exact(&mut magic).is_err() || &magic != b"PK\x03\x04" {
        return false;
    }
    ZipArchive::new(file).map_or(true, |archive| !workbook::is_document(&archive))
}

/// The files of a folder and of the folders in it, in order of path; hidden ones
/// are left out. Links to folders are not followed: they may lead in a circle.
pub(super) fn tree_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files_of(folder)?;
    for entry in fs::read_dir(folder).map_err(|error| Error::unreadable(folder, &error))? {
        let entry = entry.map_err(|error| Error::unreadable(folder, &error))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !is_litter(&format!("{}/", entry.file_name().to_string_lossy())) {
            files.extend(tree_of(&entry.path())?);
        }
        if files.len() > MEMBERS {
            return Err(Error::refused(format!("more than {MEMBERS} files stand in it"))
                .at(folder)
                .hint("name the folder that holds the releases"));
        }
    }
    files.sort();
    Ok(files)
}

/// What a path holds, as bytes.
pub(crate) enum Content {
    /// One file; a workbook is one.
    File(Vec<u8>),
    /// The tables and documents in a zip, each with its path; a PDF or a picture is none.
    Zip(Vec<(PathBuf, Vec<u8>)>),
}

impl Content {
    /// Reads a file, or one inside a zip where the path goes on behind the zip's name.
    ///
    /// # Errors
    /// It cannot be read, or is no file that the zip holds.
    pub(crate) fn of(path: &Path) -> Result<Content> {
        if path.is_dir() {
            return Err(Error::unreadable(path, &io::ErrorKind::IsADirectory.into()));
        }
        let (mut container, _) = super::open::container(path)?;
        let mut files = Vec::new();
        for member in container.members().map_err(|error| error.at(path))? {
            let Some(name) = &member.name else {
                return Ok(Content::File(container.read(&member)?));
            };
            let inside = path.join(name);
            let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            if matches!(ending.as_str(), "xlsx" | "csv" | "txt" | "tsv" | "json") {
                let bytes = container.read(&member).map_err(|error| error.at(&inside))?;
                files.push((inside, bytes));
            }
        }
        Ok(Content::Zip(files))
    }
}

/// The files of a folder, in order of name; hidden ones and folders are left out.
pub(super) fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: io::Error| Error::unreadable(folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
