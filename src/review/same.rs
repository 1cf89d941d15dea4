//! Is an entry still the one that the worklist showed?
//!
//! Its id counts records, and they are counted anew whenever rows are put in, left
//! out or sorted. So what stands beside the choice is held against the records: the
//! code, the day, and the mark of the row. Where that column was removed the number
//! of the claim must be carried along; where nothing tells, nothing is done.

use jiff::civil::Date;

use super::Entry;
use crate::error::{Error, Result};
use crate::record::delimited::cell;
use crate::release::columns::plain;
use crate::report::worklist;
use crate::run::located::Located;

/// Refuses a choice for an entry that is another one now.
///
/// # Errors
/// How the entry differs, or that nothing tells.
pub(super) fn refuse_other(entry: &Entry, located: &Located) -> Result<()> {
    if let Some(changed) = changed(entry, located) {
        return Err(Error::refused(format!("the entry {} has changed: {changed}", entry.id))
            .hint("decide on the worklist of a new plan"));
    }
    if entry.mark.is_empty() && !has_claim(entry, located) {
        let mark = worklist::ROW_MARK;
        return Err(Error::refused(format!(
            "nothing tells whether the entry {} is of the same record",
            entry.id
        ))
        .hint(format!(
            "keep the column `{mark}` of the worklist, or carry the claim number along: --key"
        )));
    }
    Ok(())
}

/// How an entry differs from what the worklist said of it, in a clause.
fn changed(entry: &Entry, located: &Located) -> Option<String> {
    let name = &located.input.name;
    if !entry.file.is_empty() && entry.file != *name {
        return Some(format!("it was of {}, and is of {name}", entry.file));
    }
    let bare = |text: &str| text.replace('.', "").to_ascii_uppercase();
    let code = located.code();
    // Nor does it show anything that a spreadsheet took the noughts of a number.
    let number = |text: &str| text.trim_start_matches('0').to_owned();
    let is_number = entry.code.bytes().all(|byte| byte.is_ascii_digit());
    let is_same = bare(&entry.code) == bare(&code)
        || is_number && !entry.code.is_empty() && number(&entry.code) == number(&code);
    if !is_same {
        return Some(format!("`{}` stood there, and now `{code}`", entry.code));
    }
    // A spreadsheet may have written the day its own way: then it shows nothing.
    if let Ok(day) = entry.date.parse::<Date>()
        && located.date() != Some(day)
    {
        return Some(format!("it was judged by {day}, and now by another day"));
    }
    // Nor does it show anything what a spreadsheet made of a number carried along,
    // where the mark says that the row is the same.
    let mark = located.finding.mark.map(|mark| mark.to_string());
    if mark.is_none_or(|mark| mark.eq_ignore_ascii_case(&entry.mark)) {
        return None;
    }
    let other = keys(entry, located).find(|(_, was, is)| was != is);
    match other {
        Some((name, ..)) => Some(format!("its `{name}` is another")),
        None if entry.mark.is_empty() => None,
        None => Some("its row was edited, or rows have moved".to_owned()),
    }
}

/// Whether the number of the claim is carried along: any other column may be the same
/// in many records.
fn has_claim(entry: &Entry, located: &Located) -> bool {
    let layout = &located.input.layout;
    let claim = layout.claim.map(|slot| layout.wanted.column(slot));
    let mut carried = layout
        .keys
        .iter()
        .filter(|(slot, _)| claim.is_some_and(|claim| layout.wanted.column(*slot) == claim));
    let name = carried.next().map(|(_, name)| name.clone());
    let has_number = |(own, was, _): (String, String, String)| {
        Some(&own) == name.as_ref() && !cell::is_no_number(was.as_bytes())
    };
    keys(entry, located).any(has_number)
}

/// The columns carried along that tell records apart: the name, what it was and what
/// it is. Charges do not: spreadsheets write them in their own way.
fn keys<'e>(
    entry: &'e Entry,
    located: &'e Located,
) -> impl Iterator<Item = (String, String, String)> + 'e {
    let layout = &located.input.layout;
    let amount = layout.amount.as_ref().map(|amount| amount.slot);
    let names: Vec<String> = layout.keys.iter().map(|(_, name)| name.clone()).collect();
    let all = worklist::carried(&names).into_iter().zip(&layout.keys).zip(&located.finding.keys);
    all.filter(move |((_, (slot, _)), _)| Some(*slot) != amount).filter_map(
        |((shown, (_, name)), value)| {
            let (_, was) = entry.keys.iter().find(|(own, _)| *own == plain(&shown))?;
            let is = String::from_utf8_lossy(value).trim().to_owned();
            Some((name.clone(), was.clone(), is))
        },
    )
}
