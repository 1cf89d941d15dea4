//! One cell of a workbook, and how a sheet shows it.

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType, XlsxFormulaMetadata};
use jiff::civil::Date;

/// What a cell holds.
#[derive(Clone, Default)]
pub(super) enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Day(Date),
    /// An error of the spreadsheet program.
    Wrong(String),
    /// A formula, and what it gives is not in the file: the program that wrote it does
    /// no sums.
    NotWorkedOut(String),
}

impl Cell {
    /// What stands in a cell, and its formula, if it has one.
    pub(super) fn of(value: DataRef<'_>, formula: Option<XlsxFormulaMetadata>) -> Cell {
        match value {
            DataRef::Empty => {
                formula.map_or(Cell::Empty, |formula| Cell::NotWorkedOut(text_of(formula)))
            }
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Cell::Text(text)
            }
            DataRef::SharedString(text) => Cell::Text(text.to_owned()),
            DataRef::Int(number) => Cell::Text(number.to_string()),
            DataRef::Float(number) => Cell::Number(number),
            DataRef::Bool(yes) => Cell::Text(if yes { "yes" } else { "no" }.to_owned()),
            DataRef::DateTime(day) => date(&day).map_or(Cell::Number(day.as_f64()), Cell::Day),
            DataRef::Error(error) => Cell::Wrong(error.to_string()),
        }
    }

    /// The text of the cell; `is_1904` for a column of days, where a bare
    /// number of five digits counts days from that workbook's first one.
    pub(super) fn text(&self, is_1904: Option<bool>) -> String {
        match (self, is_1904) {
            (Cell::Empty, _) => String::new(),
            (Cell::Text(text) | Cell::Wrong(text) | Cell::NotWorkedOut(text), _) => text.clone(),
            (Cell::Day(day), _) => day.to_string(),
            (Cell::Number(number), Some(is_1904)) if (10_000.0..100_000.0).contains(number) => {
                let day = ExcelDateTime::new(*number, ExcelDateTimeType::DateTime, is_1904);
                date(&day).map_or_else(|| shown(*number), |day| day.to_string())
            }
            (Cell::Number(number), _) => shown(*number),
        }
    }
}

/// A formula as a sheet shows it. Copies of a formula do not say what they ask.
fn text_of(formula: XlsxFormulaMetadata) -> String {
    match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => {
            format!("={formula}")
        }
        _ => "=...".to_owned(),
    }
}

/// A number as a sheet shows it that has no format; whole numbers have no point.
pub(super) fn shown(number: f64) -> String {
    format!("{number}")
}

fn date(day: &ExcelDateTime) -> Option<Date> {
    if !day.is_datetime() {
        return None;
    }
    let (year, month, day, ..) = day.to_ymd_hms_milli();
    let (year, month, day) =
        (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok()
}
