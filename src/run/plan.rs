//! The plan: what would become of every site, and the edits of every file.
//!
//! Reads each file of records once. What is rewritten goes into the file's edit
//! list and, with all that a person must see, to the `Papers`; everything is
//! counted. All of it is written while the files are scanned, so the memory does
//! not grow with them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::annotate;
use super::book::{BookAppending, Manner};
use super::counts::{ClaimSet, CodeCounts, Mark};
use super::decided::Decided;
pub use super::draft::BilledBeside;
use super::draft::Draft;
use super::edits::Finished;
use super::folder::RunFolder;
use super::harvest::{Show, Tally, Work};
use super::inputs::{Input, Inputs};
use super::listed::Listed;
use super::located::Located;
use super::outcome::Outcomes;
use super::outputs;
use super::recheck::Recheck;
use super::sweep::{Pace, Placed, Swept, sweep};
use crate::code::{Code, System};
use crate::crosswalk::Relation;
use crate::decide::claim::Policy;
use crate::decide::ruling::Ruling;
use crate::decide::{Bucket, Kind, ListRows, Table, Undated};
use crate::error::{Error, Result};
use crate::record::delimited::addition::Appending;
use crate::release::Digest;

/// What the user wants of a run.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// What the records are.
    pub kind: Kind,
    /// Whether rows of a list may be rewritten.
    pub list_rows: ListRows,
    /// What happens to sites without a day.
    pub undated: Undated,
    /// The day that judges everything, if there is one.
    pub as_of: Option<Date>,
    /// How the result is written.
    pub manner: Manner,
    /// Whether a second person must sign.
    pub requires_approval: bool,
}

/// What is planned.
#[derive(Debug, Default)]
pub struct Plan {
    /// By file, in the order given.
    pub files: Vec<FilePlan>,
    /// All sites.
    pub total: Tally,
    /// Claims.
    pub claims: Claims,
    /// How many replacements are blanket choices.
    pub blanket: u64,
    /// How many replacements lose detail: their new code says less, or several old
    /// codes share it.
    pub detail_lost: u64,
    /// How often each thing to look at again was named.
    pub recheck: BTreeMap<&'static str, u64>,
    /// Codes that are proposed beside the one that stays; those that are replaced do
    /// not count.
    pub proposed: u64,
    /// Rows of worklist.csv.
    pub worklist: u64,
    /// How many were judged although a later edition was in force on their day, by system.
    pub behind: [u64; System::ALL.len()],
    /// What came of a reviewer's decisions.
    pub decided: Decided,
    /// Codes that need a decision, or were only reported.
    pub codes: CodeCounts<CodeReason>,
    /// The same, whatever the reasons.
    pub whole_codes: CodeCounts<(Option<System>, Option<Code>)>,
    /// What became of the sites by code, file, payer and reason.
    pub outcomes: Outcomes,
    /// The codes that stand in lists.
    pub listed: Listed,
}

/// Claims by what becomes of them; one may count in several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claims {
    /// With at least one site that is rewritten, needs a person, or is reported as retired.
    pub touched: u64,
    /// With at least one site that is rewritten.
    pub replaced: u64,
    /// With at least one site that needs a person.
    pub review: u64,
}

/// What is planned for one file.
#[derive(Debug)]
pub struct FilePlan {
    /// What was read.
    pub swept: Swept,
    /// The sites of each code column.
    pub columns: Vec<Tally>,
    /// How many sites are rewritten.
    pub replacements: u64,
    /// How many edits the list has.
    pub edits: u64,
    /// The edit list, below the run folder.
    pub edit_list: String,
    /// The digest of the edit list.
    pub edit_digest: Digest,
    /// The copy, below the run folder; `None` where nothing changes.
    pub output: Option<PathBuf>,
    /// For each rule that was used: the first and the last day on which it was.
    pub route_days: BTreeMap<usize, (Date, Date)>,
    /// What is appended to the rows, where they are annotated.
    pub appending: Option<BookAppending>,
    /// What was billed on what a person looks at, where a column of charges is named.
    pub billed: BilledBeside,
}

/// Plans the run into its folder; `progress` is told the bytes read.
///
/// # Errors
/// A file cannot be read to its end, or the folder cannot be written.
pub fn plan(
    inputs: &Inputs,
    table: &Table,
    wish: Wish,
    folder: &RunFolder,
    papers: &mut impl Papers,
    pace: Pace,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Plan> {
    let appending = match wish.manner {
        Manner::Annotate => annotate::prepare(inputs)?.into_iter().map(Some).collect(),
        Manner::Beside | Manner::InPlace => vec![None; inputs.files.len()],
    };
    let mut desk =
        Desk { table, kind: wish.kind, papers, plan: Plan::default(), claims: ClaimSet::default() };
    let edits = folder.make("edits".as_ref())?;
    let outputs = outputs::names(
        &inputs
            .files
            .iter()
            .map(|input| (input.path.as_path(), input.own_parts))
            .collect::<Vec<_>>(),
    );
    let files = inputs.files.iter().zip(outputs).zip(appending).zip(1..);
    for (((input, output), appending), number) in files {
        let edit_list = format!("edits/{number:04}.edits");
        let mut file = Draft::open(input, &edits.join(format!("{number:04}.edits")), appending)?;
        let swept = sweep(&input.path, &work(input, table, wish, appending), pace, |placed| {
            progress(placed.bytes)?;
            desk.take(number, input, &placed, &mut file)
        })?;
        file.check(&swept, table)?;
        desk.plan.codes.settle(file.billed.marks);
        desk.plan.listed.add(&input.listed);
        let Finished { count, digest } = file.edits.finish()?;
        desk.plan.files.push(FilePlan {
            swept,
            columns: file.columns,
            replacements: file.replacements,
            edits: count,
            edit_list,
            edit_digest: digest,
            output: (count > 0).then(|| PathBuf::from("migrated").join(output)),
            route_days: file.route_days,
            appending: file.appending,
            billed: file.billed,
        });
    }
    desk.close()
}

/// What is done with a file when it is planned.
pub fn work<'a>(
    input: &'a Input,
    table: &'a Table,
    wish: Wish,
    appending: Option<Appending>,
) -> Work<'a> {
    let policy = Policy {
        lane: wish.kind.lane(wish.list_rows),
        undated: wish.undated,
        width: input.layout.width,
    };
    Work { input, table, policy, show: Show::Plan, appending }
}

/// Where the sites go that someone has to see, one by one, in the order of the files.
pub trait Papers {
    /// A site of a list: retired, or with another title.
    ///
    /// # Errors
    /// It cannot be written.
    fn list(&mut self, located: &Located) -> Result<()>;

    /// A site that is rewritten.
    ///
    /// # Errors
    /// It cannot be written.
    fn change(&mut self, located: &Located, recheck: &Recheck) -> Result<()>;

    /// A site that a person must decide.
    ///
    /// # Errors
    /// It cannot be written.
    fn worklist(&mut self, located: &Located) -> Result<()>;

    /// A site about which a person decided, whatever came of it.
    ///
    /// # Errors
    /// It cannot be written.
    fn decision(&mut self, located: &Located) -> Result<()>;
}

/// A code with the reason for which a person must look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeReason {
    /// The system.
    pub system: Option<System>,
    /// The code; `None` for all that is no code.
    pub code: Option<Code>,
    /// The machine-readable name of the reason.
    pub reason: &'static str,
    /// The words.
    pub words: &'static str,
}

/// What all record files of the run share.
struct Desk<'p, P> {
    table: &'p Table,
    kind: Kind,
    papers: &'p mut P,
    plan: Plan,
    claims: ClaimSet,
}

impl<P: Papers> Desk<'_, P> {
    fn take(
        &mut self,
        number: usize,
        input: &Input,
        placed: &Placed,
        file: &mut Draft,
    ) -> Result<()> {
        for (sum, more) in file.columns.iter_mut().zip(&placed.harvest.tallies) {
            sum.add(more);
            self.plan.total.add(more);
        }
        for (sum, more) in self.plan.behind.iter_mut().zip(placed.harvest.behind) {
            *sum += more;
        }
        if placed.harvest.additions.too_wide {
            return Err(Error::refused("the file changed while it was read")
                .at(&input.path)
                .hint("plan the run when nobody writes to it"));
        }
        file.append(placed.at, &placed.harvest.additions)?;
        file.billed.marks.add(placed.harvest.marks);
        let mut passing = std::mem::take(&mut file.passing);
        Located::all(number, input, placed, &mut passing)
            .try_for_each(|located| self.site(&located, file))?;
        file.passing = passing;
        Ok(())
    }

    fn site(&mut self, located: &Located, file: &mut Draft) -> Result<()> {
        let decision = &located.finding.decision;
        let bucket = decision.bucket;
        if self.kind == Kind::List {
            self.papers.list(located)?;
        }
        if located.finding.choice.is_some() {
            self.plan.decided.see(located, self.table);
            self.papers.decision(located)?;
        }
        if matches!(bucket, Bucket::Valid | Bucket::Kept) {
            // Shown for its title, or what was decided, alone.
            return Ok(());
        }
        let mark = match bucket {
            _ if bucket.is_rewritten() => Mark::Replaced,
            _ if bucket.is_for_a_person() => Mark::Review,
            _ => Mark::Touched,
        };
        self.claims.see(located, mark);
        // A code that is proposed beside one that stays counts as its replacement would.
        let shown = if located.is_proposed() { Mark::Replaced } else { mark };
        self.plan.outcomes.see(located, shown);
        if located.is_proposed() {
            self.plan.proposed += u64::from(file.appending.is_some());
            let recheck = Recheck::of(located, self.table);
            recheck.words.iter().for_each(|word| *self.plan.recheck.entry(word).or_default() += 1);
            let blanket = matches!(decision.ruling, Ruling::Replace { blanket: true, .. });
            self.plan.blanket += u64::from(blanket);
            self.plan.detail_lost += u64::from(self.loses_detail(decision.ruling));
            file.replace(located)?;
            self.papers.change(located, &recheck)?;
        }
        if bucket.is_rewritten() {
            return Ok(());
        }
        let (reason, words) = located.reason();
        let finding = located.finding;
        file.billed.see(finding.charge);
        let (system, code) = (finding.system, finding.code);
        self.plan.codes.see(CodeReason { system, code, reason, words }, located);
        self.plan.whole_codes.see((system, code), located);
        if bucket.is_for_a_person() {
            self.plan.worklist += 1;
            self.papers.worklist(located)?;
        }
        Ok(())
    }

    fn loses_detail(&self, ruling: Ruling) -> bool {
        let Ruling::Replace { route, .. } = ruling else { return false };
        let less = [Some(Relation::Broader), Some(Relation::Merge)];
        let rules = self.table.route(route).iter().map(|&at| &self.table.crosswalk().rules[at]);
        rules.map(|rule| rule.relation).any(|relation| less.contains(&relation))
    }

    fn close(mut self) -> Result<Plan> {
        self.plan.claims = Claims {
            touched: self.claims.count(Mark::Touched),
            replaced: self.claims.count(Mark::Replaced),
            review: self.claims.count(Mark::Review),
        };
        self.plan.check()?;
        self.plan.decided.refuse_unequal(self.table)?;
        Ok(self.plan)
    }
}

impl Plan {
    /// The buckets and the verdicts add up to the sites, the edits to what is rewritten.
    fn check(&self) -> Result<()> {
        let sites = self.total.sites();
        let in_buckets: u64 = self.total.buckets.iter().sum();
        let rewritten: u64 = Bucket::ALL
            .iter()
            .filter(|bucket| bucket.is_rewritten())
            .map(|bucket| self.total.bucket(*bucket))
            .sum();
        let edits = self.edits();
        let is_annotated = self.files.iter().any(|file| file.appending.is_some());
        let wrong =
            if is_annotated { edits > 0 || self.proposed < rewritten } else { rewritten != edits };
        if sites != in_buckets || wrong {
            return Err(Error::internal(format!(
                "the counts do not add up: {sites} sites, {in_buckets} in buckets, {rewritten} to rewrite, {edits} edits"
            )));
        }
        Ok(())
    }

    /// How many sites are rewritten.
    pub fn edits(&self) -> u64 {
        self.files.iter().map(|file| file.replacements).sum()
    }
}
