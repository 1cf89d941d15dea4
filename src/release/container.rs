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
const LIMIT: u64 = 256 << 20;
/// How much of a member is read to recognise its layout.
const HEAD: u64 = 64 << 10;
/// More members than any download has.
const MEMBERS: usize = 10_000;

/// Something opened, whose members can be read.
pub(super) enum Container {
    /// One file.
    Plain(Vec<u8>),
    /// A zip, held in memory.
    Zip(ZipArchive<Cursor<Vec<u8>>>),
    /// The plain files of a folder.
    Folder(Vec<PathBuf>),
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
        if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
            return Ok(Container::Plain(bytes));
        }
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error).at(path))?;
        if archive.len() > MEMBERS {
            let message = format!("the zip holds {} files: that is no release", archive.len());
            return Err(Error::refused(message).at(path));
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
            Container::Folder(paths) => folder_members(paths)?,
        };
        members.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(members)
    }

    /// All bytes of a member. A plain file is given away: it is read once.
    pub(super) fn read(&mut self, member: &Member) -> Result<Vec<u8>> {
        match self {
            Container::Plain(bytes) => Ok(std::mem::take(bytes)),
            Container::Zip(archive) => {
                let size = archive.by_index(member.at).map_err(|error| damaged(&error))?.size();
                if size > LIMIT {
                    return Err(too_large());
                }
                let file = archive.by_index(member.at).map_err(|error| damaged(&error))?;
                let mut bytes = Vec::with_capacity(size as usize);
                fill(file, LIMIT + 1, &mut bytes)?;
                Ok(bytes)
            }
            Container::Folder(paths) => {
                let path = &paths[member.at];
                let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
                read_bounded(file)
            }
        }
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

fn damaged(error: &ZipError) -> Error {
    match error {
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
        // Nothing is ever unpacked to disk; a name that climbs out of the zip
        // is still no part of a publisher's download.
        let Some(name) = file.enclosed_name().filter(|_| file.is_file()) else { continue };
        let name = name.to_string_lossy().replace('\\', "/");
        if is_litter(&name) {
            continue;
        }
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map_err(|error| unreadable(&error).at(&name))?;
        members.push(Member { name: Some(name), head, at });
    }
    Ok(members)
}

/// What a Mac adds to every zip it makes.
fn is_litter(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || file.starts_with("._") || file == ".DS_Store"
}

fn folder_members(paths: &[PathBuf]) -> Result<Vec<Member>> {
    let mut members = Vec::with_capacity(paths.len());
    for (at, path) in paths.iter().enumerate() {
        let file = File::open(path).map_err(|error| Error::unreadable(path, &error))?;
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map_err(|error| Error::unreadable(path, &error))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        members.push(Member { name, head, at });
    }
    Ok(members)
}

/// Whether a file is a zip that holds other files, and no workbook.
pub(crate) fn is_zip(path: &Path) -> bool {
    let mut magic = [0; 4];
    let Ok(mut file) = File::open(path) else { return false };
    if file.read_exact(&mut magic).is_err() || &magic != b"PK\x03\x04" {
        return false;
    }
    ZipArchive::new(file).map_or(true, |archive| !workbook::is_document(&archive))
}

/// The tables and documents in a zip, by name; a PDF or a picture is none.
pub(crate) fn files_in_zip(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut container = Container::open(path)?;
    let mut files = Vec::new();
    for member in container.members()? {
        let name = member.name.clone().unwrap_or_default();
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(ending.as_str(), "xlsx" | "csv" | "txt" | "tsv" | "json") {
            files.push((name, container.read(&member)?));
        }
    }
    Ok(files)
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
