//! What a run was made of: records, releases and mapping files, each with the
//! digest that proves which bytes were read.

use super::{Cell, Form, Grid, Section, Told, text};
use crate::crosswalk::SourceKind;
use crate::history::Chronicle;
use crate::release::Release;
use crate::report::turns::turns;

/// The files of records, and how they were read.
pub fn records(told: Told) -> Section {
    let columns = [
        ("File", Form::Path),
        ("Bytes", Form::Number),
        ("Read as", Form::Text),
        ("Digest (BLAKE3)", Form::Path),
    ];
    let files: Vec<_> = told.inputs.files.iter().zip(&told.plan.files).collect();
    let grid = Grid::new(&columns).fill(
        &files,
        "files",
        |(_, file)| file.columns.iter().map(crate::run::harvest::Tally::sites).sum(),
        |(input, file)| {
            let warnings = input.layout.warnings.iter().map(|words| format!("Warning: {words}"));
            let read_as: Vec<String> = input.layout.notes.iter().cloned().chain(warnings).collect();
            vec![
                text(&input.name),
                Cell::Number(file.swept.size),
                text(read_as.join("; ")),
                text(file.swept.digest.to_string()),
            ]
        },
    );
    Section { id: "records", heading: "Records", words: Vec::new(), files: Vec::new(), grid }
}

/// The releases, by system and in order of date.
pub fn releases(told: Told) -> Section {
    let columns = [
        ("Code system", Form::Text),
        ("In force from", Form::Day),
        ("Billable codes", Form::Number),
        ("File", Form::Path),
        ("Digest (BLAKE3)", Form::Path),
    ];
    let history = told.table.history();
    let all = history.systems().filter_map(|system| history.of(system));
    let mut grid = Grid::new(&columns);
    grid.rows = all.flat_map(Chronicle::releases).map(release).collect();
    let turn = |turn: &crate::report::turns::Turn| {
        format!(
            "{} from {} to {}: {} new codes, {} retired.",
            turn.system.title(),
            turn.from,
            turn.to,
            turn.added,
            turn.retired
        )
    };
    let words = turns(told.table).iter().map(turn).collect();
    Section { id: "releases", heading: "Releases", words, files: Vec::new(), grid }
}

fn release(release: &Release) -> Vec<Cell> {
    let path = release.path.to_string_lossy();
    let member = release.member.as_deref().map(|member| format!(" ({member})"));
    vec![
        text(release.system.title()),
        text(release.effective.to_string()),
        Cell::Number(release.billable() as u64),
        text(format!("{path}{}", member.unwrap_or_default())),
        text(release.digest.to_string()),
    ]
}

/// The mapping files, in the order given.
pub fn maps(told: Told) -> Section {
    let columns = [
        ("File", Form::Path),
        ("Rules", Form::Number),
        ("Set aside", Form::Number),
        ("Overridden", Form::Number),
        ("Digest (BLAKE3)", Form::Path),
    ];
    let crosswalk = told.table.crosswalk();
    let mut grid = Grid::new(&columns);
    let row = |(at, source): (usize, &crate::crosswalk::Source)| {
        let rules = crosswalk.rules.iter().filter(|rule| rule.at.source == at).count();
        let aside = crosswalk.aside.iter().filter(|one| one.rule.at.source == at).count();
        let overridden = crosswalk.overridden.iter().filter(|one| one.rule.at.source == at).count();
        vec![
            text(source.path.to_string_lossy()),
            Cell::Number(rules as u64),
            Cell::Number(aside as u64),
            Cell::Number(overridden as u64),
            text(source.digest.to_string()),
        ]
    };
    let maps = crosswalk.sources.iter().enumerate();
    let maps = maps.filter(|(_, source)| source.kind != SourceKind::Decisions);
    grid.rows = maps.map(row).collect();
    let words = if grid.rows.is_empty() {
        vec!["None was given: no code can be replaced.".to_owned()]
    } else {
        Vec::new()
    };
    Section { id: "maps", heading: "Mapping files", words, files: Vec::new(), grid }
}

/// The filled worklists; nothing where there are none.
pub fn worklists(told: Told) -> Option<Section> {
    let columns = [("File", Form::Path), ("Digest (BLAKE3)", Form::Path)];
    let sources = told.table.crosswalk().sources.iter();
    let filled = sources.filter(|source| source.kind == SourceKind::Decisions);
    let row = |source: &crate::crosswalk::Source| {
        vec![text(source.shown().to_string_lossy()), text(source.digest.to_string())]
    };
    let mut grid = Grid::new(&columns);
    grid.rows = filled.map(row).collect();
    let is_any = !grid.rows.is_empty();
    let (id, heading, words, files) = ("worklists", "Filled worklists", Vec::new(), Vec::new());
    is_any.then_some(Section { id, heading, words, files, grid })
}
