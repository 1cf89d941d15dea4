//! The few styles of text for people. Signs stand beside colours, so nothing
//! is lost where there are none; the terminal strips them where it must.

use anstyle::{AnsiColor, Style};

/// Names and figures that matter.
pub const BOLD: Style = Style::new().bold();
/// Explanations beside the matter.
pub const DIM: Style = Style::new().dimmed();
/// Added.
pub const ADDED: Style = AnsiColor::Green.on_default();
/// Removed, and errors.
pub const REMOVED: Style = AnsiColor::Red.on_default();
/// Changed, and warnings.
pub const CHANGED: Style = AnsiColor::Yellow.on_default();
