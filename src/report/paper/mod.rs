//! A paper: a few headings, facts and tables that a person can print and sign.
//!
//! What it says is put together once (`life`, `claim`); `text`, `markdown` and
//! `html` write it down. Everything from files is escaped where it is written.

pub mod claim;
pub mod html;
pub mod life;
pub mod markdown;
pub mod sources;
pub mod text;

use std::io::{self, Write};

/// A paper.
#[derive(Debug, Default)]
pub struct Paper {
    /// What it is called.
    pub title: String,
    /// What stands on it, in order.
    pub blocks: Vec<Block>,
}

/// A part of a paper.
#[derive(Debug)]
pub enum Block {
    /// Begins a part.
    Heading(String),
    /// A sentence or two.
    Text(String),
    /// One that must not be missed.
    Notice(String),
    /// Names and what they are.
    Facts(Vec<(&'static str, String)>),
    /// Rows under a head.
    Table(Grid),
}

/// A table.
#[derive(Debug)]
pub struct Grid {
    /// What it shows.
    pub caption: String,
    /// The names of its columns.
    pub head: Vec<&'static str>,
    /// Its rows, as wide as the head.
    pub rows: Vec<Vec<String>>,
}

/// How a paper is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For a wiki or a ticket.
    Markdown,
    /// For a browser and a printer.
    Html,
}

impl Paper {
    /// Writes it.
    ///
    /// # Errors
    /// As the sink fails.
    pub fn write(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Text => text::write(self, out),
            Form::Markdown => markdown::write(self, out),
            Form::Html => html::write(self, out),
        }
    }

    fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    fn notice(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Notice(text.into()));
    }

    fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// A table, if it has any rows.
    fn table(&mut self, caption: impl Into<String>, head: &[&'static str], rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            let caption = caption.into();
            self.blocks.push(Block::Table(Grid { caption, head: head.to_vec(), rows }));
        }
    }
}
