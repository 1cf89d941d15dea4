//! What a paper rests on: the law, the releases and mapping files with their digests.

use super::{Block, Paper};
use crate::code::System;
use crate::decide::Table;
use crate::history::Chronicle;
use crate::release::Release;
use crate::report::{NOT_CHECKED, diff_view};

/// Which day decides, and by what rule.
pub fn law(paper: &mut Paper) {
    paper.heading("By what rule");
    paper.text(
        "A code is judged by the code set valid on the date of service: 45 CFR 162.1000(a) asks for the \
         medical data code sets that are valid at the time the health care is furnished. An inpatient stay \
         is judged by its discharge.",
    );
}

/// The releases of some systems, the mapping files, the program; what was not checked.
pub fn add(paper: &mut Paper, table: &Table, systems: &[System]) {
    paper.heading("Sources");
    let history = table.history();
    let mut own: Vec<System> = history.systems().filter(|one| systems.contains(one)).collect();
    own.dedup();
    let releases =
        own.iter().filter_map(|system| history.of(*system)).flat_map(Chronicle::releases);
    paper.table(
        "Releases of the code sets",
        &["Code set", "In force from", "How that is known", "File", "Digest of the file read"],
        releases.map(release).collect(),
    );
    let maps = table.crosswalk().sources.iter().map(|source| {
        vec![
            source.path.to_string_lossy().into_owned(),
            source.layout.to_owned(),
            source.digest.to_string(),
        ]
    });
    paper.table("Mapping files", &["File", "What it is", "Digest"], maps.collect());
    paper.blocks.push(Block::Facts(vec![
        ("Made with", concat!("codeturn ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("Not checked", NOT_CHECKED.to_owned()),
    ]));
    own.iter().filter_map(|system| diff_view::licence(*system)).for_each(|licence| {
        paper.text(format!("{licence}."));
    });
}

fn release(release: &Release) -> Vec<String> {
    let path = release.path.to_string_lossy();
    let file = match &release.member {
        Some(member) => format!("{path}: {member}"),
        None => path.into_owned(),
    };
    vec![
        release.system.title().to_owned(),
        release.effective.to_string(),
        release.dating.words().to_owned(),
        file,
        release.digest.to_string(),
    ]
}
