//! What the turn of the year means, for programs: `codeturn.impact/1`.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::audit_view::only_json;
use super::summary;
use crate::code::{Code, System};
use crate::decide::Table;
use crate::run::inputs::Inputs;
use crate::run::turn::{Concerned, Effect, Foreseen};

/// Writes the document, with a line end behind it.
///
/// # Errors
/// As the sink fails.
pub fn write(
    sink: &mut dyn Write,
    table: &Table,
    inputs: &Inputs,
    foreseen: &Foreseen,
    only: Option<&(String, String)>,
) -> io::Result<()> {
    let turns: Vec<Value> = foreseen
        .turns
        .iter()
        .map(|turn| {
            json!({
                "system": turn.system, "from": turn.days.0.to_string(), "to": turn.days.1.to_string(),
                "retire": turn.retired.len(), "more_specific": turn.beside.len(),
            })
        })
        .collect();
    let claims = |effect: Effect| foreseen.claims[effect as usize];
    let files: Vec<&str> = inputs.files.iter().map(|input| input.name.as_str()).collect();
    let document = json!({
        "schema": "codeturn.impact/1", "turns": turns, "files": files,
        "not_read": summary::not_read(inputs), "records": foreseen.records,
        "sites": foreseen.total.sites(),
        "claims": { "retires": claims(Effect::Retires), "more_specific": claims(Effect::MoreSpecific) },
        "codes": foreseen.codes.iter().map(|one| code(table, foreseen, one)).collect::<Vec<_>>(),
        "claims_exact": foreseen.is_exact, "only": only_json(only),
        "damage": super::damaged(inputs, &foreseen.damage),
    });
    serde_json::to_writer_pretty(&mut *sink, &document)?;
    writeln!(sink)
}

fn code(table: &Table, foreseen: &Foreseen, one: &Concerned) -> Value {
    let codes: Vec<Value> = one
        .codes
        .iter()
        .map(|(system, code): &(System, Code)| {
            json!({ "system": system, "code": code, "title": table.title(*system, *code) })
        })
        .collect();
    json!({
        "system": one.system, "code": one.code,
        "title": one.title(table, &foreseen.turns),
        "effect": one.effect.id(), "sites": one.count.sites, "claims": one.count.claims,
        "not_valid": one.wrong,
        "first_date": one.count.first.map(|day| day.to_string()),
        "last_date": one.count.last.map(|day| day.to_string()),
        "until": one.count.interval.until.map(|day| day.to_string()),
        "codes": codes,
    })
}
