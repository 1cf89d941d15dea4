//! plan.json read back: what `apply`, `verify`, `undo` and `show` go by.
//!
//! The plan names every input with its digest, every edit list with its digest,
//! and what each rule that was used makes of which code. Nothing else is asked
//! when it is applied: no release is parsed, no record scanned again.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::decided::DecisionCounts;
use super::edits::{EditList, Pair};
use super::folder::lost;
use super::plain::read_plain;
use super::stored_path;
use crate::code::{Code, Spelling};
use crate::decide::Bucket;
use crate::error::{Error, Result};
use crate::record::delimited::addition::{self, SUFFIXES};
use crate::record::delimited::cell;
use crate::record::delimited::tokens::Dialect;
use crate::release::Digest;

/// The name of the plan in a run folder.
pub const PLAN: &str = "plan.json";

/// A plan that was read back.
#[derive(Debug, Deserialize)]
pub struct Book {
    /// The form.
    pub schema: String,
    /// What the records are.
    pub records: String,
    /// How the result is written.
    pub write: Manner,
    /// Whether a second person must sign before it is applied.
    #[serde(default)]
    pub requires_approval: bool,
    /// The releases.
    pub releases: Vec<Paper>,
    /// The mapping files.
    pub maps: Vec<Paper>,
    /// The filled worklists.
    #[serde(default)]
    pub decisions: Vec<Paper>,
    /// What came of them.
    #[serde(default)]
    pub decided: Option<BookDecided>,
    /// What the rules that were used come to.
    pub routes: Vec<BookRoute>,
    /// The files of records.
    pub files: Vec<BookFile>,
    /// The counts.
    pub expected: serde_json::Value,
    /// The digest of the plan itself.
    #[serde(skip, default = "nothing")]
    pub digest: Digest,
}

fn nothing() -> Digest {
    Digest([0; 32])
}

/// How the result of a run is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Rewritten copies below `migrated/`.
    Beside,
    /// The files themselves are replaced, each in one step.
    InPlace,
    /// Copies below `migrated/` whose codes stay, with new columns beside them.
    Annotate,
}

/// An input that is not a file of records.
#[derive(Debug, Deserialize)]
pub struct Paper {
    /// The path as typed.
    #[serde(deserialize_with = "stored_path::load")]
    pub path: PathBuf,
    /// The file inside a zip or a folder.
    #[serde(default)]
    pub member: Option<String>,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// What came of reviewers' decisions.
#[derive(Debug, Deserialize, serde::Serialize)]
pub struct BookDecided {
    /// In figures.
    pub counts: DecisionCounts,
    /// Who decided.
    pub by: Vec<String>,
}

/// A rule, or a chain of rules, that was used.
#[derive(Debug, Deserialize)]
pub struct BookRoute {
    /// Its number in the edit lists.
    pub route: usize,
    /// The code that is replaced.
    pub old: String,
    /// The code that replaces it.
    pub new: String,
}

/// A file of records.
#[derive(Debug, Deserialize)]
pub struct BookFile {
    /// The path as typed.
    #[serde(deserialize_with = "stored_path::load")]
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its edit list.
    pub edits: BookEdits,
    /// How its rows are added to, where they are annotated.
    #[serde(default)]
    pub appending: Option<BookAppending>,
    /// The copy, below the run folder; `None` where nothing changes.
    #[serde(deserialize_with = "stored_path::load_some")]
    pub output: Option<PathBuf>,
}

/// How the rows of an annotated file are written.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
pub struct BookAppending {
    /// What stands between cells.
    pub delimiter: char,
    /// Whether quotes are special.
    pub quoting: bool,
    /// What is appended to the header.
    pub header: String,
}

/// An edit list as the plan names it.
#[derive(Debug, Deserialize)]
pub struct BookEdits {
    /// Below the run folder.
    pub list: PathBuf,
    /// How many edits there are.
    pub count: u64,
    /// The digest of the list.
    pub digest: Digest,
}

impl Book {
    /// Reads the plan of a run folder.
    ///
    /// # Errors
    /// There is none, or it is not one that this program wrote.
    pub fn read(root: &Path) -> Result<Book> {
        let path = root.join(PLAN);
        let bytes = read_plain(&path).map_err(|error| lost(&path, &error))?;
        let broken = |why: String| {
            Error::refused(format!("the plan cannot be read: {why}"))
                .at(&path)
                .hint("it was changed, or written by another version: plan the run anew")
        };
        let book: Book =
            serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        if book.schema != "codeturn.plan/1" {
            return Err(broken(format!("it is of the form `{}`", book.schema)));
        }
        Ok(Book { digest: Digest::of(&bytes), ..book })
    }

    /// The files that change.
    pub fn changing(&self) -> impl Iterator<Item = (&BookFile, &Path)> {
        self.files.iter().filter_map(|file| Some((file, file.output.as_deref()?)))
    }

    /// How many bytes are read to apply it.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// How many codes are replaced.
    pub fn replacements(&self) -> u64 {
        let replaced = |file: &BookFile| match self.write {
            Manner::Annotate => 0,
            Manner::Beside | Manner::InPlace => file.edits.count,
        };
        self.files.iter().map(replaced).sum()
    }

    /// Reads the edits of a file; each must be one that the plan names.
    ///
    /// # Errors
    /// The list is not the one that was planned.
    pub fn edits(&self, root: &Path, file: &BookFile) -> Result<EditList> {
        let path = root.join(&file.edits.list);
        let list = EditList::read(&path, file.edits.digest)?;
        let whole = list.count() == file.edits.count;
        let names = |pair: &Pair| match &file.appending {
            Some(appending) => appending.names(pair, &self.routes),
            None => self.names(pair),
        };
        if whole && list.pairs().iter().all(names) {
            return Ok(list);
        }
        Err(Error::refused("the edit list holds a replacement that the plan does not name")
            .at(&path)
            .hint("plan the run anew"))
    }

    /// How many codes a list of this plan replaces: none, where rows are annotated.
    pub fn replacements_of(&self, list: &EditList) -> u64 {
        if self.write == Manner::Annotate { 0 } else { list.count() }
    }

    fn names(&self, pair: &Pair) -> bool {
        let code = |raw: &[u8]| Spelling::read(raw).map(|(code, _)| code);
        let (old, new) = (code(&pair.old), code(&pair.new));
        let is = |code: Option<Code>, text: &str| code.is_some_and(|own| own.to_string() == text);
        // In order of their numbers; one decision of a reviewer is one of them.
        let found = self.routes.binary_search_by_key(&pair.route, |route| route.route);
        found.is_ok_and(|at| is(old, &self.routes[at].old) && is(new, &self.routes[at].new))
    }
}

impl BookAppending {
    /// Whether a pair only adds cells to a row: the names of the header, or for each
    /// column a code that the plan proposes, a bucket, and a place.
    fn names(&self, pair: &Pair, routes: &[BookRoute]) -> bool {
        if !pair.old.is_empty() {
            return false;
        }
        if pair.new == self.header.as_bytes() {
            return true;
        }
        let Ok(delimiter) = u8::try_from(self.delimiter) else { return false };
        let dialect = Dialect { delimiter, quoting: self.quoting };
        let Some(cells) = addition::cells(dialect, &pair.new) else { return false };
        let columns = cells.rchunks_exact(SUFFIXES.len());
        let lacking = columns.remainder();
        lacking.iter().all(|cell| cell.is_empty())
            && columns.into_iter().all(|cells| is_answer(cells, routes))
    }
}

fn is_answer(cells: &[&[u8]], routes: &[BookRoute]) -> bool {
    let [migrated, status, _] = cells else { return false };
    let parts = |cell: &'_ [u8]| {
        let text = String::from_utf8_lossy(cell::core(cell).1).into_owned();
        text.split(addition::BETWEEN).map(str::to_owned).collect::<Vec<String>>()
    };
    let is_code = |part: &String| {
        let code = Spelling::read(part.as_bytes()).map(|(code, _)| code.to_string());
        code.is_some_and(|code| routes.iter().any(|route| route.new == code))
    };
    let is_bucket = |part: &String| Bucket::ALL.iter().any(|bucket| bucket.id() == part);
    parts(migrated).iter().all(|part| part.is_empty() || is_code(part))
        && parts(status).iter().all(|part| part.is_empty() || is_bucket(part))
}
