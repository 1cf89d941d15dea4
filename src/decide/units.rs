//! stub
/// x
#[derive(Debug)]
pub enum Units {
    /// a
    Same,
    /// b
    Changed,
    /// c
    Unknown,
}
/// x
pub fn compare(_: &str, _: &str) -> Units {
    Units::Same
}
