//! What all pages for a browser have in common: one file that needs nothing else.
//!
//! Style, and script where there is one, are inside, and the page forbids itself
//! to load more. Signs stand beside all colours; what changed in a title is
//! marked by `<ins>` and `<del>`. Everything from files is escaped.

use std::io::{self, Write};

use super::escape::Html;
use crate::diff::wording::Segment;

const STYLE: &str = include_str!("page.css");

/// Whether a page has a script inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Its own, and none from elsewhere.
    Inside,
    /// None may run.
    None,
}

/// Where the link leads that skips what stands on top of a page.
#[derive(Debug, Clone, Copy)]
pub struct Skip {
    /// The id of the element.
    pub id: &'static str,
    /// What stands there.
    pub to: &'static str,
}

/// The beginning of a page; `title` must be safe already.
pub fn document(title: &str, script: Script, skip: Skip, out: &mut dyn Write) -> io::Result<()> {
    let scripts = match script {
        Script::Inside => "; script-src 'unsafe-inline'",
        Script::None => "",
    };
    let Skip { id, to } = skip;
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'{scripts}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#{id}\">Skip to {to}</a>\n"
    )
}

/// A stretch of a title: what is gone and what is new have their signs.
pub fn piece(segment: &Segment, out: &mut dyn Write) -> io::Result<()> {
    let (tag, sign, text) = match segment {
        Segment::Same(text) => return write!(out, "{}", Html(text)),
        Segment::Removed(text) => ("del", '\u{2212}', text),
        Segment::Added(text) => ("ins", '+', text),
    };
    let text = Html(text);
    write!(out, "<{tag}><span class=\"sign\">{sign}</span><span>{text}</span></{tag}>")
}
