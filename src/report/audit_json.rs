//! The audit as JSON: the findings as they come, then the counts.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::audit_csv::{HEADER, Row};
use super::audit_view::{self, View};
use super::sheet::key_names;
use super::{audit_slices_json, later_editions, summary};
use crate::decide::{Kind, Table};
use crate::error::{Error, Result};
use crate::run::audit::Audit;
use crate::run::inputs::Inputs;
use crate::run::located::Located;

/// Writes an audit as one JSON object, finding by finding.
pub struct AuditJson<'t, W: Write> {
    sink: W,
    table: &'t Table,
    keys: Vec<String>,
    first: bool,
}

impl<'t, W: Write> AuditJson<'t, W> {
    /// Begins the object; `keys` are the columns carried along.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn new(mut sink: W, table: &'t Table, keys: &[String]) -> Result<AuditJson<'t, W>> {
        write(&mut sink, "{\"schema\":\"codeturn.audit/1\",\"findings\":[")?;
        Ok(AuditJson { sink, table, keys: key_names(&HEADER, keys), first: true })
    }

    /// Writes a finding.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn row(&mut self, located: &Located) -> Result<()> {
        let separator = if self.first { "\n" } else { ",\n" };
        self.first = false;
        let mut row = json!(Row::of(located, self.table));
        let reason = located.finding.decision.judgement.reason;
        row["reason"] = reason.map_or(Value::Null, |reason| reason.id().into());
        for (key, value) in self.keys.iter().zip(&located.finding.keys) {
            row[key] = String::from_utf8_lossy(value).into();
        }
        write(&mut self.sink, &format!("{separator}{row}"))
    }

    /// Writes the counts and ends the object.
    ///
    /// # Errors
    /// The sink is closed or full.
    pub fn finish(mut self, inputs: &Inputs, audit: &Audit, view: &View) -> Result<()> {
        let files: Vec<Value> = inputs
            .files
            .iter()
            .zip(&audit.files)
            .zip(1..)
            .map(|((input, file), number)| {
                let columns: Map<String, Value> =
                    summary::by_column(input, &file.columns, summary::occurring_verdicts);
                let mut value = audit_slices_json::share(&audit.file_share(number), view);
                value["path"] = input.name.as_str().into();
                value["size"] = file.swept.size.into();
                value["digest"] = json!(file.swept.digest);
                value["records"] = file.swept.records.into();
                value["columns"] = columns.into();
                value["cut_off"] = json!(file.swept.damage.cut);
                value["nul_bytes"] = json!(file.swept.damage.nul);
                value
            })
            .collect();
        let mut rest = format!(
            "\n],\"files\":{},\"not_read\":{},\"sites\":{},\"verdicts\":{},\"claims\":{}",
            Value::from(files),
            summary::not_read(inputs),
            audit.total.sites(),
            summary::verdicts(&audit.total),
            audit.claims,
        );
        let kind = view.kind.map(Kind::id);
        let own = [
            ("records", json!(kind)),
            ("advice", json!(audit_view::advice(view.kind))),
            ("only", audit_view::only_json(view.only)),
            ("undated", json!(view.undated.id())),
            ("later_editions", later_editions::json(self.table, &audit.behind)),
        ];
        let slices = audit_slices_json::members(self.table, inputs, audit, view);
        for (name, value) in own.into_iter().chain(slices) {
            // Writing to a string cannot fail.
            let _ = write!(rest, ",\n\"{name}\":{value}");
        }
        rest.push_str("}\n");
        write(&mut self.sink, &rest)?;
        self.sink.flush().map_err(|error| Error::output(&error))
    }
}

fn write(sink: &mut impl Write, text: &str) -> Result<()> {
    sink.write_all(text.as_bytes()).map_err(|error| Error::output(&error))
}
