//! A path as plan.json holds it: as text, and with its bytes where it is none.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The form of a path in plan.json: a string, or for a name that is not UTF-8
/// `{"shown", "bytes"}` with its bytes in hexadecimal.
pub fn store(path: &Path) -> Value {
    let shown = path.to_string_lossy();
    match path.to_str() {
        Some(text) => Value::from(text),
        None => json!({ "shown": shown, "bytes": hex(path) }),
    }
}

#[cfg(unix)]
fn hex(path: &Path) -> String {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(not(unix))]
fn hex(_: &Path) -> String {
    String::new()
}

/// Reads back what [`store`] wrote; `None` where it is something else.
pub fn stored(value: &Value) -> Option<PathBuf> {
    Stored::deserialize(value).ok().map(Stored::path)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Bytes { shown: String, bytes: String },
}

impl Stored {
    fn path(self) -> PathBuf {
        match self {
            Stored::Text(text) => text.into(),
            Stored::Bytes { shown, bytes } => from_hex(&bytes).unwrap_or_else(|| shown.into()),
        }
    }
}

#[cfg(unix)]
fn from_hex(text: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    Some(std::ffi::OsString::from_vec(digits.map(byte).collect::<Option<_>>()?).into())
}

#[cfg(not(unix))]
fn from_hex(_: &str) -> Option<PathBuf> {
    None
}

/// Reads a path back.
pub(super) fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Stored::deserialize(deserializer).map(Stored::path)
}

/// Reads a path back that may be missing.
pub(super) fn load_some<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    Option::<Stored>::deserialize(deserializer).map(|stored| stored.map(Stored::path))
}
