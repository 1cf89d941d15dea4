//! One exporter a file: what people and programs get to read.

pub mod audit_csv;
pub mod audit_json;
pub mod by_code;
pub mod changes;
pub mod list_changes;
pub mod plan_json;
pub mod sheet;
pub mod summary;
pub mod workbooks;
pub mod workbook;
pub mod worklist;

use jiff::civil::Date;

/// A day as ISO text; empty where there is none.
fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
