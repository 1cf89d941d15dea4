//! What a person reads at the end of a run: what was read, what changed between
//! the releases, what became of the entries, where the results are, what to do
//! next, what was not checked.

use std::io::{self, Write};
use std::path::Path;

use super::list_changes::ListCounts;
use super::style::BOLD;
use super::turns::turns;
use super::{
    NOT_CHECKED, clean, counted, entries_need, later_editions, looked_at, not_read, words,
};
use crate::decide::{Bucket, Kind, Table};
use crate::record::delimited::damage::Damage;
use crate::run::apply::Applied;
use crate::run::book::Manner;
use crate::run::decided::DecisionCounts;
use crate::run::inputs::Inputs;
use crate::run::plan::{Claims, Plan, Wish};

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// What was planned.
    pub plan: Plan,
    /// For lists, what has to be done.
    pub list: Option<ListCounts>,
    /// The copies.
    pub applied: Vec<Applied>,
    /// The hash of the journal's last entry.
    pub head: String,
}

/// Writes what a person reads at the end.
///
/// # Errors
/// As the sink fails.
pub fn write(
    out: &mut dyn Write,
    run: &Path,
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
    done: &Done,
) -> io::Result<()> {
    read(out, inputs, wish, &done.plan)?;
    show_turns(out, table)?;
    entries(out, inputs, table, wish, &done.plan)?;
    claims(out, wish, done)?;
    results(out, run, done)?;
    next(out, run, wish, done)?;
    writeln!(out, "{BOLD}Not checked{BOLD:#}: {NOT_CHECKED}.")?;
    writeln!(
        out,
        "Journal head {} - keep it with the report; it proves the journal later.",
        done.head
    )
}

/// Writes what a person reads when a plan is made and nothing applied yet.
///
/// # Errors
/// As the sink fails.
pub fn write_plan(
    out: &mut dyn Write,
    run: &Path,
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
    done: &Done,
) -> io::Result<()> {
    read(out, inputs, wish, &done.plan)?;
    show_turns(out, table)?;
    entries(out, inputs, table, wish, &done.plan)?;
    claims(out, wish, done)?;
    let shown = clean(&run.to_string_lossy());
    writeln!(out, "{BOLD}Plan{BOLD:#} in {shown}: nothing is applied yet")?;
    papers(out, run, done)?;
    if wish.manner == Manner::Annotate && done.plan.proposed > 0 {
        let list = clean(&run.join("changes.csv").to_string_lossy());
        writeln!(
            out,
            "  {list}  every code that is proposed ({}); the codes stay",
            done.plan.proposed
        )?;
    }
    next(out, run, wish, done)?;
    if wish.requires_approval {
        writeln!(out, "  codeturn approve {shown} --by NAME --reason TEXT")?;
    }
    if done.plan.files.iter().any(|file| file.output.is_some()) {
        writeln!(out, "  codeturn apply {shown}")?;
    } else {
        writeln!(out, "  no file changes: there is nothing to apply")?;
    }
    writeln!(out, "{BOLD}Not checked{BOLD:#}: {NOT_CHECKED}.")?;
    writeln!(out, "Journal head {} - keep it with the report.", done.head)
}

fn read(out: &mut dyn Write, inputs: &Inputs, wish: Wish, plan: &Plan) -> io::Result<()> {
    let records: u64 = plan.files.iter().map(|file| file.swept.records).sum();
    let files = inputs.files.len();
    writeln!(
        out,
        "{BOLD}Read{BOLD:#} {} ({}), {}, {}",
        counted(files, "file"),
        wish.kind.id(),
        counted(records, "record"),
        counted(plan.total.sites(), "coded entry")
    )?;
    let damage: Vec<Damage> = plan.files.iter().map(|file| file.swept.damage).collect();
    not_read(out, inputs, &damage)
}

fn entries(
    out: &mut dyn Write,
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
    plan: &Plan,
) -> io::Result<()> {
    writeln!(out, "{BOLD}Entries{BOLD:#}")?;
    for bucket in Bucket::ALL.iter().filter(|bucket| plan.total.bucket(**bucket) > 0) {
        writeln!(out, "{:>12}  {}", plan.total.bucket(*bucket), words(*bucket, wish.manner))?;
    }
    later_editions::lines(table, &plan.behind)
        .iter()
        .try_for_each(|line| writeln!(out, "{line}"))?;
    if wish.manner == Manner::Annotate {
        writeln!(out, "{:>12}  codes proposed in the new columns", plan.proposed)?;
    }
    let replaced = match wish.manner {
        Manner::Annotate => "proposed",
        Manner::Beside | Manner::InPlace => "replaced",
    };
    // What was decided for a code is blanket as well, but no rule of a mapping.
    let by_rule = plan.blanket.saturating_sub(plan.decided.counts.by_code);
    if by_rule > 0 {
        writeln!(
            out,
            "{by_rule:>12}  of the {replaced} are blanket choices: the old code was split, and no record was read to choose"
        )?;
    }
    if plan.detail_lost > 0 {
        writeln!(
            out,
            "{:>12}  of the {replaced} lose detail: the new code says less, or several old ones share it",
            plan.detail_lost
        )?;
    }
    decisions(out, plan.decided.counts)?;
    if plan.edits() + plan.proposed + plan.total.retired() > 0 {
        return Ok(());
    }
    match plan.total.sites() {
        0 => writeln!(
            out,
            "{BOLD}NOTHING WAS JUDGED:{BOLD:#} no code stands in the columns that were recognised."
        ),
        sites if plan.total.judged() == 0 => writeln!(
            out,
            "{BOLD}NOTHING WAS JUDGED:{BOLD:#} not one of the {sites} entries could be, for the reasons above."
        ),
        _ => writeln!(
            out,
            "{BOLD}Nothing found:{BOLD:#} no code retired on its date, among the {} that could be judged.",
            counted(plan.total.judged(), "entry")
        ),
    }?;
    looked_at(out, inputs, table)
}

fn decisions(out: &mut dyn Write, counts: DecisionCounts) -> io::Result<()> {
    let DecisionCounts { entries: _, by_code, kept: _, kept_by_code, queries, not_carried_out } =
        counts;
    let lines = [
        (by_code, "decided for all entries of a code at once; no record was read"),
        (kept_by_code, "kept for all entries of a code at once; no record was read"),
        (queries, "decisions are queries: the entries stay on the worklist"),
        (
            not_carried_out,
            "entries stay on the worklist though they were decided: the code is not billable on \
             their day, does not fit, or would stand twice or not on all rows of a claim",
        ),
    ];
    for (count, words) in lines.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "{count:>12}  {words}")?;
    }
    Ok(())
}

fn claims(out: &mut dyn Write, wish: Wish, done: &Done) -> io::Result<()> {
    let Claims { touched, replaced, review } = done.plan.claims;
    let replaced = match wish.manner {
        Manner::Annotate => String::new(),
        Manner::Beside | Manner::InPlace => format!(", with replacements {replaced}"),
    };
    writeln!(out, "{BOLD}Claims{BOLD:#} touched {touched}{replaced}, needing a coder {review}")?;
    let Some(list) = done.list else { return Ok(()) };
    writeln!(out, "{BOLD}List{BOLD:#} {}", list.in_words())
}

fn show_turns(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    turns(table).iter().try_for_each(|turn| {
        let (system, from, to) = (turn.system.title(), turn.from, turn.to);
        let (added, retired) = (turn.added, turn.retired);
        writeln!(out, "{BOLD}{system}{BOLD:#} {from} -> {to}: {added} new codes, {retired} retired")
    })
}

fn papers(out: &mut dyn Write, run: &Path, done: &Done) -> io::Result<()> {
    let at = |name: &str| clean(&run.join(name).to_string_lossy());
    writeln!(out, "  {}  the report: figures, codes, what was not checked", at("report.html"))?;
    if done.plan.decided.is_any() {
        let list = at("decisions.csv");
        writeln!(out, "  {list}  every entry that was decided, with what came of it")?;
    }
    if done.list.is_some() {
        writeln!(out, "  {}  what to change in the list", at("list-changes.xlsx"))?;
    }
    Ok(())
}

fn results(out: &mut dyn Write, run: &Path, done: &Done) -> io::Result<()> {
    let at = |name: &str| clean(&run.join(name).to_string_lossy());
    writeln!(out, "{BOLD}Results{BOLD:#} in {}", clean(&run.to_string_lossy()))?;
    papers(out, run, done)?;
    if done.applied.is_empty() {
        return writeln!(out, "  no copy was written: nothing is replaced in these records");
    }
    writeln!(
        out,
        "  {}  the rewritten copies ({}); the originals are untouched",
        at("migrated"),
        done.applied.len()
    )?;
    writeln!(out, "  {}  every replacement ({})", at("changes.csv"), done.plan.edits())?;
    writeln!(out, "File integrity verified. Coding accuracy was not checked.")
}

fn next(out: &mut dyn Write, run: &Path, wish: Wish, done: &Done) -> io::Result<()> {
    let plan = &done.plan;
    let mut steps = Vec::new();
    if plan.worklist > 0 {
        let worklist = run.join("worklist.xlsx");
        let open = clean(&worklist.to_string_lossy());
        steps.push(format!("{} a coder: open {open}", entries_need(plan.worklist)));
    } else {
        steps.push("no entry needs a coder".to_owned());
    }
    if wish.kind == Kind::Billed {
        steps.push(
            "a sent claim is never rewritten: a correction is a new claim (CLM05-3 = 7 with REF*F8); \
             paid claims go to compliance first"
                .to_owned(),
        );
        if plan.total.retired() > 0 {
            steps.push(
                "`codeturn audit --format csv` names the claim and line of each retired code; --annotate \
                 writes successors beside them"
                    .to_owned(),
            );
        }
    }
    if !plan.recheck.is_empty() {
        let words = plan.recheck.iter().map(|(word, count)| format!("{word} {count}"));
        let words: Vec<String> = words.collect();
        let what = match wish.manner {
            Manner::Annotate => "where a proposed code is used, look at what it may upset",
            Manner::Beside | Manner::InPlace => "look again at what new codes may upset",
        };
        steps.push(format!("{what}: {}", words.join(", ")));
    }
    if !done.applied.is_empty() {
        steps.push(
            "digests, manifests and row-count files beside the originals do not hold for the copies"
                .to_owned(),
        );
    }
    if wish.manner == Manner::Annotate {
        steps.push(
            "every row keeps its bytes; behind it stand, for each column of codes, COLUMN_migrated, \
             COLUMN_status and COLUMN_rule"
                .to_owned(),
        );
    }
    writeln!(out, "{BOLD}Next{BOLD:#}")?;
    steps.iter().try_for_each(|step| writeln!(out, "  {step}"))
}
