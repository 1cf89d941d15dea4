//! Zips inside zips: some downloads hold one zip a list.
//!
//! Everything stays in memory and is bounded: how deep zips stand in each
//! other, how many they are, and how large all of them are together. What an
//! inner zip is refused for names the outer and the inner one.

use std::path::{Path, PathBuf};

use super::container::{Container, LIMIT};
use crate::error::{Error, Result};

/// How deep zips may stand in each other, the outermost apart.
const DEPTH: usize = 3;
/// More zips than any download holds.
const ZIPS: usize = 200;

/// What may still be opened.
#[derive(Debug)]
pub(super) struct Bounds {
    depth: usize,
    zips: usize,
    bytes: u64,
}

/// A zip inside another.
pub(super) struct Inner {
    /// The path of the outer one, then the name in it.
    pub(super) path: PathBuf,
    /// Its name in the outer one.
    pub(super) name: String,
    pub(super) container: Container,
}

impl Bounds {
    /// For one that the user named.
    pub(super) fn new() -> Bounds {
        Bounds { depth: DEPTH, zips: ZIPS, bytes: LIMIT }
    }

    /// Opens the zips among the members of `container`, which stands at `path`.
    ///
    /// # Errors
    /// One that is damaged, encrypted, too deep or too large.
    pub(super) fn open(&mut self, path: &Path, container: &mut Container) -> Result<Vec<Inner>> {
        if !matches!(container, Container::Zip(_)) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for member in container.members().map_err(|error| error.at(path))? {
            let name = member.name.clone().unwrap_or_default();
            let inside = path.join(&name);
            if member.is_plain_zip() {
                let bytes = container.read(&member).map_err(|error| error.at(&inside))?;
                self.take(bytes.len() as u64).map_err(|error| error.at(&inside))?;
                let opened = Container::of_bytes(bytes).map_err(|error| error.at(&inside))?;
                if matches!(opened, Container::Zip(_)) {
                    found.push(Inner { path: inside, name, container: opened });
                }
            }
        }
        Ok(found)
    }

    /// Calls `each` with every zip inside, one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        inner: Vec<Inner>,
        mut each: impl FnMut(&mut Bounds, Inner) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return inner.first().map_or_else(|| Ok(Vec::new()), |one| Err(too_deep(&one.path)));
        };
        self.depth = depth;
        let mut all = Vec::new();
        for one in inner {
            all.extend(each(self, one)?);
        }
        self.depth += 1;
        Ok(all)
    }

    fn take(&mut self, bytes: u64) -> Result<()> {
        let left = self.zips.checked_sub(1).zip(self.bytes.checked_sub(bytes));
        (self.zips, self.bytes) = left.ok_or_else(|| {
            let most = LIMIT >> 20;
            Error::refused(format!("more than {ZIPS} zips, or {most} MiB of them, in one file"))
                .hint("unpack it and name the file with the codes")
        })?;
        Ok(())
    }
}

fn too_deep(path: &Path) -> Error {
    Error::refused(format!("more than {DEPTH} zips inside each other: that is no release"))
        .at(path)
        .hint("unpack the outer ones first, if you know what is in it")
}

/// Opens the zip file and those in it that a path goes through: the innermost,
/// its path, and what is left of the path.
///
/// # Errors
/// A zip on the way that is damaged or too deep.
pub(super) fn descend(zip: &Path, inside: &str) -> Result<(Container, PathBuf, String)> {
    let (mut container, mut path) = (Container::open(zip)?, zip.to_owned());
    let mut rest = inside.to_owned();
    let mut bounds = Bounds::new();
    for _ in 0..=DEPTH {
        let goes_on = |one: &Inner| {
            rest.strip_prefix(&one.name).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        let Some(inner) = bounds.open(&path, &mut container)?.into_iter().find(goes_on) else {
            return Ok((container, path, rest));
        };
        rest.drain(..inner.name.len());
        if rest.starts_with('/') {
            rest.remove(0);
        }
        (container, path) = (inner.container, inner.path);
        if rest.is_empty() {
            return Ok((container, path, rest));
        }
    }
    Err(too_deep(&path))
}
