//! What people get to read: one exporter a file.

pub mod workbook;
