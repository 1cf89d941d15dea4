//! Bytes -> text: UTF-8, or the Windows-1252 that publishers' files slip in.

use encoding_rs::WINDOWS_1252;

use crate::error::{Error, Place, Result};

/// A file's text, and whether its bytes were taken as Windows-1252.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) note: Option<String>,
}

/// Decodes a whole file; a byte order mark is dropped.
///
/// # Errors
/// UTF-16, and what is no text at all.
pub(super) fn decode(mut bytes: Vec<u8>) -> Result<Decoded> {
    refuse_zero_bytes(&bytes)?;
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Decoded { text, note: None }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
            let note = format!("not UTF-8 (line {line}): read as Windows-1252");
            Ok(Decoded { text: text.into_owned(), note: Some(note) })
        }
    }
}

/// Whether the bytes are UTF-16: its mark, or every other byte a zero.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    let marked = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let head = &bytes[..bytes.len().min(4096)];
    let zeros = memchr::memchr_iter(0, head).count();
    marked || zeros * 4 > head.len() && zeros * 4 < head.len() * 3
}

/// The refusal of UTF-16.
pub(super) fn utf16() -> Error {
    Error::refused("the file is UTF-16")
        .hint("save it as UTF-8 (in Excel: `CSV UTF-8`; in Notepad: Save as, Encoding UTF-8)")
}

fn refuse_zero_bytes(bytes: &[u8]) -> Result<()> {
    if is_utf16(bytes) {
        return Err(utf16());
    }
    match memchr::memchr(0, bytes) {
        None => Ok(()),
        Some(at) => Err(Error::refused("the file holds a zero byte: it is no text")
            .place(Place::Byte(at as u64))
            .hint("it is damaged or of another kind; download it again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_is_read_and_said() {
        let decoded = decode(b"A00\nCrohn\x92s disease".to_vec()).expect("text");
        assert_eq!(decoded.text, "A00\nCrohn\u{2019}s disease");
        assert_eq!(decoded.note.as_deref(), Some("not UTF-8 (line 2): read as Windows-1252"));
    }

    #[test]
    fn utf16_and_zero_bytes_are_refused() {
        assert!(decode(b"\xFF\xFEA\0".to_vec()).is_err());
        assert!(decode(b"A\0B\0,\0B\0".to_vec()).is_err());
        assert!(decode([b"abcdefghijklmnopqrstuvwxyz".as_slice(), b"\0"].concat()).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(decode(b"\xEF\xBB\xBFcode".to_vec()).expect("text").text, "code");
    }
}
