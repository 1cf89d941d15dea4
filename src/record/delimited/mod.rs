//! Delimited text: CSV and its relatives, from spreadsheets to research files.
//!
//! `head` tells how a file is written, `columns` what a column is by its name,
//! `found` which columns matter, `values` what a sample of them says; `recognise`
//! puts it all together with the user's hints and a sample of the
//! values into a `Layout`. `tokens` is how cells are parted, `records` finds the records
//! and their cells, `blocks` cuts a file into blocks of whole claims, `cell` a cell into codes; `scan` counts what is
//! plainly valid and hands over the rest, `rows` holds the records of one claim
//! while they are judged, `row_mark` tells one row from another; `damage` says where a
//! file is not whole, `addition` is what is appended to a row where codes stay, `amounts`
//! and `billing` what was billed.

pub mod addition;
mod amounts;
mod billing;
pub mod blocks;
pub mod cell;
pub mod columns;
pub mod damage;
pub mod days;
mod found;
pub mod glance;
pub mod head;
pub mod layout;
pub mod recognise;
pub mod records;
pub mod row_mark;
pub mod rows;
pub mod sample;
pub mod scan;
pub mod tokens;
pub mod values;

pub use layout::Layout;
