//! Text from files inside marked-up documents: it stays text, whatever it holds.

use std::fmt::{self, Write};

use super::clean;

/// Text inside an HTML element or a quoted attribute.
pub struct Html<'t>(pub &'t str);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mark in clean(self.0).chars() {
            match mark {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(mark)?,
            }
        }
        Ok(())
    }
}

/// Text inside a line or a table cell of Markdown.
pub struct Markdown<'t>(pub &'t str);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mark in clean(self.0).chars() {
            match mark {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                // `~~` strikes out, `$` begins a formula on some sites.
                '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '$' | '#' => {
                    write!(f, "\\{mark}")?;
                }
                _ => f.write_char(mark)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_stays_text() {
        let title = "a|b <img src=x onerror='y'> & \"c\" *d* [e](f)\u{1b}\u{202e}";
        assert_eq!(
            Html(title).to_string(),
            "a|b &lt;img src=x onerror=&#39;y&#39;&gt; &amp; &quot;c&quot; *d* [e](f)\u{fffd}\u{fffd}"
        );
        assert_eq!(
            Markdown(title).to_string(),
            "a\\|b &lt;img src=x onerror='y'&gt; &amp; \"c\" \\*d\\* \\[e\\](f)\u{fffd}\u{fffd}"
        );
        assert_eq!(Markdown("a\nb").to_string(), "a↵b");
    }
}
