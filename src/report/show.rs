//! A run as it stands: what it would do or did, who signed, where it is.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::style::BOLD;
use super::summary::SUMMARY;
use super::{clean, words};
use crate::code::System;
use crate::decide::Bucket;
use crate::run::book::Manner;
use crate::run::open::OpenRun;

/// For people.
///
/// # Errors
/// As the sink fails.
pub fn text(out: &mut dyn Write, run: &OpenRun) -> io::Result<()> {
    let book = &run.book;
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", clean(&run.root.to_string_lossy()), run.stage().words())?;
    if let Some(words) = run.place.words() {
        writeln!(out, "  {}", clean(&words))?;
    }
    let manner = match book.write {
        Manner::Beside => "as copies below migrated/",
        Manner::InPlace => "in place: the files themselves are replaced",
        Manner::Annotate => {
            "as annotated copies below migrated/: codes stay, proposals stand beside"
        }
    };
    writeln!(out, "  records: {}; written {manner}", clean(&book.records))?;
    match (run.approval(), book.requires_approval) {
        (Some(entry), _) => {
            let text = |name: &str| clean(entry[name].as_str().unwrap_or_default());
            writeln!(out, "  approved by {} on {}: {}", text("by"), text("time"), text("reason"))?;
            if is_one_person(run.approval()) {
                writeln!(out, "  {ONE_PERSON}")?;
            }
        }
        (None, true) => writeln!(out, "  NOT APPROVED: it cannot be applied until somebody signs")?,
        (None, false) => writeln!(out, "  not approved; none is required")?,
    }
    buckets(out, book.write, &book.expected["buckets"])?;
    if book.write == Manner::Annotate {
        let proposed = book.expected["proposed"].as_u64().unwrap_or(0);
        writeln!(out, "{proposed:>12}  codes proposed in the new columns")?;
    }
    told_besides(out, run)?;
    decisions(out, run)?;
    writeln!(out, "{BOLD}Files{BOLD:#}")?;
    for file in &book.files {
        let path = match book.write {
            Manner::InPlace => clean(&run.typed(&file.path).to_string_lossy()),
            Manner::Beside | Manner::Annotate => clean(&file.path.to_string_lossy()),
        };
        let (edits, size) = (file.edits.count, file.size);
        match book.write {
            Manner::Annotate => writeln!(out, "  new columns behind {path} ({size} bytes)")?,
            Manner::Beside | Manner::InPlace => {
                writeln!(out, "{edits:>12}  codes to be replaced in {path} ({size} bytes)")?;
            }
        }
    }
    writeln!(out, "{BOLD}Journal{BOLD:#}")?;
    // To the second: the rest of it only tells one run from another.
    let second =
        |time: String| time.split_once('.').map_or(time.clone(), |cut| format!("{}Z", cut.0));
    for entry in &run.entries {
        let text = |name: &str| clean(entry[name].as_str().unwrap_or_default());
        let who = match text("by") {
            name if name.is_empty() => text("user"),
            name => format!("{name} (login {})", text("user")),
        };
        let said = ["reason", "ticket"].map(text);
        let said: Vec<String> = said.into_iter().filter(|said| !said.is_empty()).collect();
        let said = if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) };
        writeln!(out, "  {} {} by {who}{said}", second(text("time")), text("event"))?;
    }
    writeln!(out, "  head {}", run.journal.head())
}

/// What the summary of the plan says besides: who signs must not have to look for it.
fn told_besides(out: &mut dyn Write, run: &OpenRun) -> io::Result<()> {
    let summary = std::fs::read(run.root.join(SUMMARY)).unwrap_or_default();
    let Ok(summary) = serde_json::from_slice::<Value>(&summary) else { return Ok(()) };
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    // What was decided for a code is blanket as well, and told among the decisions.
    let by_code = count(&summary["decisions"]["by_code"]);
    let told = [
        (
            count(&summary["blanket"]).saturating_sub(by_code),
            "of the replaced are blanket choices: no record was read to choose",
        ),
        (
            count(&summary["detail_lost"]),
            "of the replaced lose detail: the new code says less, or several old ones share it",
        ),
    ];
    for (sites, words) in told.into_iter().filter(|(sites, _)| *sites > 0) {
        writeln!(out, "{sites:>12}  {words}")?;
    }
    for later in summary["later_editions"].as_array().into_iter().flatten() {
        let text = |name: &str| clean(later[name].as_str().unwrap_or_default());
        let id = text("system");
        let system = id.parse().map_or(&*id, |system: System| system.title());
        writeln!(
            out,
            "{:>12}  of the entries judged are of {} or later: {} was judged by the edition of {}, \
             and NOT CHECKED against the one behind it",
            count(&later["sites"]),
            text("edition"),
            system,
            text("newest")
        )?;
    }
    let claims = &summary["claims"];
    writeln!(
        out,
        "{BOLD}Claims{BOLD:#} touched {}, with replacements {}, needing a coder {}",
        count(&claims["touched"]),
        count(&claims["replaced"]),
        count(&claims["review"])
    )?;
    let again = summary["recheck"].as_object().into_iter().flatten();
    let again = again.filter(|(_, sites)| count(sites) > 0);
    let again: Vec<String> = again.map(|(word, sites)| format!("{word} {sites}")).collect();
    if !again.is_empty() {
        writeln!(
            out,
            "{BOLD}Look again{BOLD:#} at what new codes may upset: {}",
            again.join(", ")
        )?;
    }
    let report = run.root.join("report.html");
    writeln!(out, "{BOLD}Report{BOLD:#} {}", clean(&report.to_string_lossy()))
}

/// What is said of a signature that is not a second person's.
pub const ONE_PERSON: &str = "NO SECOND PERSON: as far as login and name tell, who signed it \
     also planned it or made its decisions";

/// Whether an approval says that it is not a second person's.
pub fn is_one_person(approval: Option<&Value>) -> bool {
    approval.is_some_and(|entry| entry["second_person"] == false)
}

/// What reviewers decided, and who they were.
fn decisions(out: &mut dyn Write, run: &OpenRun) -> io::Result<()> {
    let Some(decided) = &run.book.decided else { return Ok(()) };
    let counts = decided.counts;
    writeln!(out, "{BOLD}Decisions{BOLD:#}")?;
    let lines = [
        (counts.entries, "codes chosen entry by entry"),
        (counts.by_code, "codes chosen for all entries of a code; no record was read"),
        (counts.kept, "entries kept as they are"),
        (counts.kept_by_code, "of these for all entries of a code; no record was read"),
        (counts.queries, "decisions are queries"),
        (counts.not_carried_out, "not carried out: decisions.csv says why"),
    ];
    for (count, words) in lines.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "{count:>12}  {words}")?;
    }
    let by = if decided.by.is_empty() { "nobody named".to_owned() } else { decided.by.join(", ") };
    writeln!(out, "  decided by {}", clean(&by))?;
    for file in &run.book.decisions {
        writeln!(out, "  in {} ({})", clean(&file.path.to_string_lossy()), file.digest)?;
    }
    Ok(())
}

fn buckets(out: &mut dyn Write, manner: Manner, counts: &Value) -> io::Result<()> {
    writeln!(out, "{BOLD}Entries{BOLD:#}")?;
    for &bucket in Bucket::ALL {
        let count = counts[bucket.id()].as_u64().unwrap_or(0);
        if count > 0 {
            writeln!(out, "{count:>12}  {}", words(bucket, manner))?;
        }
    }
    Ok(())
}

/// For programs: `codeturn.run/1`.
///
/// # Errors
/// As the sink fails.
pub fn json(out: &mut dyn Write, run: &OpenRun) -> io::Result<()> {
    let stage = format!("{:?}", run.stage()).to_lowercase();
    let value = json!({
        "schema": "codeturn.run/1",
        "stage": stage,
        "records": run.book.records,
        "write": run.book.write,
        "plan": run.book.digest,
        "requires_approval": run.book.requires_approval,
        "approval": run.approval(),
        "expected": run.book.expected,
        "files": run.book.files.iter().map(|file| json!({
            "path": file.path.to_string_lossy(), "at": run.typed(&file.path).to_string_lossy(),
            "size": file.size, "digest": file.digest,
            "replacements": if run.book.write == Manner::Annotate { 0 } else { file.edits.count },
        })).collect::<Value>(),
        "decided": run.book.decided,
        "journal": run.entries,
        "head": run.journal.head(),
    });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}
