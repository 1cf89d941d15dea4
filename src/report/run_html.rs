//! report.html: what a run would do, on one page that needs nothing else.
//!
//! No script: everything is readable, can be printed, and is searched with the
//! browser's own search. Style and rules are those of the page of a diff.

use std::io::{self, Write};

use super::escape::Html;
use super::page::{self, Script, Skip, piece};
use super::run_view::{Cell, Column, Form, Grid, Section, View};

/// Writes the page.
///
/// # Errors
/// As the writer fails.
pub fn write(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let title = Html(&view.title).to_string();
    page::document(&title, Script::None, Skip { id: "to-do", to: "what is left to do" }, out)?;
    writeln!(out, "<header>\n<h1>{title}</h1>")?;
    view.lead.iter().try_for_each(|words| writeln!(out, "<p>{}</p>", Html(words)))?;
    writeln!(out, "</header>\n<main>")?;
    figures(view, out)?;
    contents(view, out)?;
    view.sections.iter().try_for_each(|one| section(one, out))?;
    not_checked(view, out)?;
    writeln!(out, "</main>\n<footer>")?;
    view.licences.iter().try_for_each(|licence| writeln!(out, "<p>{licence}.</p>"))?;
    writeln!(out, "</footer>\n</body>\n</html>")
}

fn figures(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"figures\">\n<h2 id=\"figures\">Figures</h2>")?;
    writeln!(out, "<dl class=\"figures\">")?;
    for figure in &view.figures {
        writeln!(
            out,
            "<div><dt>{}</dt><dd><strong>{}</strong> <span>{}</span></dd></div>",
            figure.name,
            figure.count,
            Html(&figure.detail)
        )?;
    }
    writeln!(out, "</dl>\n</section>")
}

fn contents(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<nav aria-label=\"Contents\">\n<ul>")?;
    for section in &view.sections {
        writeln!(out, "<li><a href=\"#{}\">{}</a></li>", section.id, section.heading)?;
    }
    writeln!(out, "<li><a href=\"#not-checked\">What was not checked</a></li>\n</ul>\n</nav>")
}

fn section(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let Section { id, heading, words, files, grid } = section;
    writeln!(
        out,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\" tabindex=\"-1\">{heading}</h2>"
    )?;
    words.iter().try_for_each(|words| writeln!(out, "<p>{}</p>", Html(words)))?;
    if !files.is_empty() {
        let links: Vec<String> =
            files.iter().map(|file| format!("<a href=\"{file}\">{file}</a>")).collect();
        writeln!(out, "<p>In this folder: {}</p>", links.join(", "))?;
    }
    if !grid.rows.is_empty() {
        table(id, grid, out)?;
    }
    if let Some(words) = &grid.left_out {
        writeln!(out, "<p class=\"note\">{}</p>", Html(words))?;
    }
    writeln!(out, "</section>")
}

fn table(id: &str, grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
         <table class=\"grid\">\n<thead><tr>"
    )?;
    for Column { name, form } in &grid.columns {
        write!(out, "<th scope=\"col\"{}>{name}</th>", class(*form))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    // What a row is about: its first cell that is no count.
    let about = grid.columns.iter().position(|column| column.form != Form::Number);
    for row in &grid.rows {
        write!(out, "<tr>")?;
        for (at, (cell, column)) in row.iter().zip(&grid.columns).enumerate() {
            let (open, close) =
                if Some(at) == about { ("th scope=\"row\"", "th") } else { ("td", "td") };
            write!(out, "<{open}{}>", class(column.form))?;
            write_cell(cell, out)?;
            write!(out, "</{close}>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn class(form: Form) -> &'static str {
    match form {
        Form::Text => "",
        Form::Code => " class=\"code\"",
        Form::Number => " class=\"number\"",
        Form::Day => " class=\"day\"",
        Form::Path => " class=\"path\"",
        Form::Id => " class=\"id\"",
    }
}

fn write_cell(cell: &Cell, out: &mut dyn Write) -> io::Result<()> {
    match cell {
        Cell::Text(text) => write!(out, "{}", Html(text)),
        Cell::Number(count) => write!(out, "{count}"),
        Cell::Marked(title) => title.iter().try_for_each(|segment| piece(segment, out)),
    }
}

fn not_checked(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"not-checked\">\n\
         <h2 id=\"not-checked\" tabindex=\"-1\">What was not checked</h2>\n<ul>"
    )?;
    view.not_checked.iter().try_for_each(|words| writeln!(out, "<li>{}</li>", Html(words)))?;
    writeln!(out, "</ul>\n</section>")
}
