//! What a new code may upset elsewhere in its claim: named, never changed.

use std::fmt;

use super::located::Located;
use crate::code::System;
use crate::decide::Table;
use crate::decide::ruling::Ruling;

/// What to look at again after a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recheck {
    /// The words of changes.csv, in a fixed order.
    pub words: Vec<&'static str>,
}

impl Recheck {
    /// Of a replacement.
    ///
    /// A new diagnosis or procedure of a stay may move its DRG, a diagnosis its
    /// present-on-admission flag; a new procedure code its authorisation, its
    /// modifiers and units; a drug or vaccine the NDC beside it; any new code
    /// the description in its row. In a list, another row may hold the new code.
    pub fn of(located: &Located, table: &Table) -> Recheck {
        let mut words = Vec::new();
        let finding = located.finding;
        match finding.system {
            Some(System::Icd10cm) if finding.is_stay => words.extend(["drg", "poa"]),
            Some(System::Icd10pcs) => words.extend(["drg", "auth"]),
            Some(System::Cpt | System::Hcpcs | System::Cdt) => words.extend(["auth", "modifier"]),
            _ => {}
        }
        if let (Some(system @ (System::Cpt | System::Hcpcs)), Some(code)) =
            (finding.system, finding.code)
        {
            if table.title(system, code).bytes().any(|byte| byte.is_ascii_digit()) {
                words.push("units");
            }
            let drug = matches!(code.bytes().as_slice().first(), Some(b'J' | b'Q'));
            if drug || located.input.layout.facts.iter().any(|fact| fact.field == "ndc") {
                words.push("ndc");
            }
        }
        if let Ruling::Replace { system, .. } = finding.decision.ruling
            && finding.system != Some(system)
        {
            words.push("units");
        }
        if let Ruling::Replace { new, system, .. } = finding.decision.ruling
            && located.input.listed.repeats(system, new)
        {
            words.push("duplicate");
        }
        if located.input.layout.has_description {
            words.push("text");
        }
        words.sort_unstable();
        words.dedup();
        Recheck { words }
    }
}

/// What there is to look at behind a word, for a person.
pub fn meaning(word: &str) -> &'static str {
    match word {
        "drg" => "group the stay again: a new diagnosis or procedure may move its DRG",
        "poa" => {
            "the present-on-admission flag beside the diagnosis: does it hold for the new code?"
        }
        "auth" => "the authorisation or order that names the old code",
        "units" => "the units: the new code may count another amount",
        "modifier" => "the modifiers beside the code: are they allowed with the new one?",
        "ndc" => "the NDC beside the drug or vaccine code",
        "add_on" => "add-on codes of the claim: does their primary code still stand there?",
        "duplicate" => "another row of the list that holds the new code, or comes to hold it",
        "text" => "the description in the row still tells the old title",
        _ => "",
    }
}

impl fmt::Display for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}
