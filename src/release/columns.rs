//! Finds the heading of a delimited list and what its columns are.
//!
//! Names are compared without case, blanks and punctuation, in any order. The
//! heading may stand after lines of text, as publishers put disclaimers first.

/// What the columns of a list are: their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) delimiter: u8,
    /// The byte at which the heading begins, and its 1-based line.
    pub(super) start: usize,
    pub(super) line: usize,
    /// How many columns the heading has, empty ones at the end apart.
    pub(super) width: usize,
    pub(super) code: usize,
    pub(super) long: usize,
    pub(super) short: Option<usize>,
    pub(super) billable: Option<usize>,
    pub(super) added: Option<usize>,
    pub(super) terminated: Option<usize>,
    /// The record id of HCPCS rows: whether a row goes on with the title of the one before.
    pub(super) record: Option<usize>,
    /// Codes that the publisher names beside the code of a row.
    pub(super) references: Vec<usize>,
}

/// What a heading says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A list of codes.
    List(Columns),
    /// A table from old to new codes.
    Mapping,
    /// A publisher's list of changes.
    Addenda,
    /// No heading.
    Nothing,
}

/// Within how many lines the heading is looked for.
pub(super) const LOOK: usize = 40;

const CODE: &[&str] = &[
    "code",
    "codes",
    "codevalue",
    "cptcode",
    "cpt",
    "hcpcscode",
    "hcpcs",
    "hcpc",
    "hcpccode",
    "cpthcpcs",
    "cpthcpcscode",
    "hcpcscptcode",
    "icd10",
    "icd10code",
    "icd10cm",
    "icd10cmcode",
    "icd10pcs",
    "icd10pcscode",
    "icdcode",
    "icd9",
    "icd9code",
    "icd9cmcode",
    "diagnosiscode",
    "dxcode",
    "procedurecode",
    "proccode",
    "servicecode",
    "chargecode",
    "cdtcode",
    "cdt",
    "adacode",
    "billingcode",
];
const LONG: &[&str] = &[
    "longdescription",
    "longdesc",
    "longdescriptor",
    "longtitle",
    "longname",
    "long",
    "fulldescription",
    "description",
    "desc",
    "descriptor",
    "title",
    "name",
    "codedescription",
    "codetitle",
    "definition",
    "meaning",
    "mediumdescriptor",
    "mediumdescription",
    "medium",
];
const SHORT: &[&str] = &[
    "shortdescription",
    "shortdesc",
    "shortdescriptor",
    "shorttitle",
    "shortname",
    "short",
    "abbreviation",
    "abbreviateddescription",
    "abbreviatedtitle",
];
const BILLABLE: &[&str] =
    &["billable", "isbillable", "validforbilling", "validforcoding", "valid", "leaf", "status"];
const ADDED: &[&str] = &[
    "effective",
    "effectivedate",
    "effdate",
    "effectivefrom",
    "added",
    "adddate",
    "addeddate",
    "dateadded",
    "adddt",
    "startdate",
    "begindate",
    "validfrom",
    "effectivestart",
];
const TERMINATED: &[&str] = &[
    "terminated",
    "termination",
    "terminationdate",
    "termdate",
    "termdt",
    "enddate",
    "endeddate",
    "expired",
    "expirationdate",
    "expirydate",
    "validto",
    "validuntil",
    "effectiveto",
    "discontinued",
    "discontinueddate",
    "deleteddate",
    "deletedate",
    "datedeleted",
];

/// Looks for a heading in the first lines of a text.
pub(super) fn find(text: &str) -> Found {
    let mut start = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..=LOOK) {
        for delimiter in [b',', b'\t', b';', b'|'] {
            match heading(line, delimiter) {
                Found::List(columns) => {
                    return Found::List(Columns { start, line: number, ..columns });
                }
                Found::Nothing => {}
                other => return other,
            }
        }
        start += line.len();
    }
    Found::Nothing
}

fn heading(line: &str, delimiter: u8) -> Found {
    // Most lines that are looked at are none; to build a reader costs more than to read one.
    if !line.as_bytes().contains(&delimiter) {
        return Found::Nothing;
    }
    let columns = of_names(&names(line, delimiter));
    match columns {
        Found::List(columns) => Found::List(Columns { delimiter, ..columns }),
        other => other,
    }
}

/// What the names of columns say; they are plain, as [`all_plain`] makes them.
pub(super) fn of_names(names: &[String]) -> Found {
    if names.len() < 2 {
        return Found::Nothing;
    }
    if is_mapping(names) {
        return Found::Mapping;
    }
    // The transaction reports of CMS: each code with what was done to it.
    if names[0] == "hcpcmod" && names.iter().any(|name| name == "actioncd") {
        return Found::Addenda;
    }
    let position = |wanted: &[&str]| {
        // In the order of the wanted names: a long descriptor beats a medium one.
        wanted.iter().find_map(|want| names.iter().position(|name| name == want))
    };
    let (Some(code), long, short) = (position(CODE), position(LONG), position(SHORT)) else {
        return Found::Nothing;
    };
    // A list with a short title alone has one kind of title: that is the one.
    let Some(long) = long.or(short) else { return Found::Nothing };
    let exactly = |wanted: &str| names.iter().position(|name| name == wanted);
    Found::List(Columns {
        delimiter: 0,
        start: 0,
        line: 0,
        width: names.len(),
        code,
        long,
        short: short.filter(|&short| short != long),
        billable: position(BILLABLE),
        added: position(ADDED),
        terminated: position(TERMINATED),
        record: exactly("recid").filter(|_| exactly("seqnum").is_some()),
        references: (0..names.len()).filter(|&at| is_reference(&names[at])).collect(),
    })
}

/// `XREF1` to `XREF5`, as CMS names them, and how others write that.
fn is_reference(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(name, "xref" | "xrefcode" | "crossreference" | "crossreferencecode")
}

fn names(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(line.trim_start_matches('\u{FEFF}').as_bytes());
    let mut record = csv::StringRecord::new();
    if !reader.read_record(&mut record).unwrap_or(false) {
        return Vec::new();
    }
    all_plain(record.iter())
}

/// The name of a column as it is compared: letters and digits in lower case.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The names of columns as they are compared, without empty ones at the end.
pub(super) fn all_plain<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(plain).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}

/// Old and new beside each other: a mapping, although it has a code and titles.
fn is_mapping(names: &[String]) -> bool {
    let any = |words: &[&str]| {
        names
            .iter()
            .any(|name| name.contains("code") && words.iter().any(|word| name.contains(word)))
    };
    let pair = |old: &str, new: &str| {
        names.iter().any(|name| name == old) && names.iter().any(|name| name == new)
    };
    any(&["current", "new", "target"]) && any(&["previous", "predecessor", "old", "source"])
        || pair("old", "new")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Columns {
        match find(text) {
            Found::List(columns) => columns,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_heading_is_found_in_any_order_and_after_text() {
        let found =
            columns("A disclaimer, with a comma\n\nTERM DATE;Short Desc.;Long Description;HCPC\n");
        assert_eq!((found.delimiter, found.line), (b';', 3));
        assert_eq!((found.code, found.long, found.short), (3, 2, Some(1)));
        assert_eq!((found.terminated, found.billable), (Some(0), None));
    }

    #[test]
    fn the_long_descriptor_beats_the_medium_one() {
        let found = columns("Concept Id\tCPT Code\tMedium\tShort\tLong\n");
        assert_eq!((found.code, found.long, found.short), (1, 4, Some(3)));
        assert_eq!(columns("code,short description\n").long, 1);
        assert_eq!(columns("code,short description\n").short, None);
    }

    #[test]
    fn mappings_and_prose_are_no_lists() {
        assert_eq!(find("old,new,relation\n"), Found::Mapping);
        assert_eq!(
            find("Current code assignment,Code title,Previous code(s) assignment\n"),
            Found::Mapping
        );
        assert_eq!(find("the code, and its description, follow\n"), Found::Nothing);
    }
}
