//! What a broken copy or a worn disk leaves in a file.

/// Where a file looks as if it were not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage {
    /// The line of a last record that has fewer cells than the header, and no line end.
    pub cut: Option<u64>,
    /// The line of the first run of NUL bytes: what a disk leaves where nothing was written.
    pub nul: Option<u64>,
}

impl Damage {
    /// What is wrong and on which line.
    pub fn words(self) -> impl Iterator<Item = (u64, &'static str)> {
        const CUT: &str = "the last record has fewer cells than the header and no line end: \
                           the file may be cut off";
        const NUL: &str =
            "a run of NUL bytes: the file may be damaged, and what stood there is not looked at";
        let cut = self.cut.map(|line| (line, CUT));
        cut.into_iter().chain(self.nul.map(|line| (line, NUL)))
    }

    /// The same with lines of the file, where the block begins with line `first`.
    #[must_use]
    pub fn from_line(self, first: u64) -> Damage {
        let place = |line: Option<u64>| line.map(|line| first + line);
        Damage { cut: place(self.cut), nul: place(self.nul) }
    }

    /// The same where nothing else was seen before.
    #[must_use]
    pub fn or(self, later: Damage) -> Damage {
        Damage { cut: self.cut.or(later.cut), nul: self.nul.or(later.nul) }
    }
}

/// The line (0-based) of the first run of NUL bytes in a block.
pub(super) fn nul_bytes(block: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(block, b"\0\0")?;
    Some(memchr::memchr_iter(b'\n', &block[..at]).count() as u64)
}
