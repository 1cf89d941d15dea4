//! The header of a mapping file: which column is which.
//!
//! Names are compared without regard to case and outer blanks, columns stand
//! in any order. A name that means nothing here is passed over and said, since
//! a misspelt condition column would silently widen its rows.

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The code that a row is about.
    Old,
    /// What becomes of it.
    New,
    /// The system of the old code.
    System,
    /// How the two meanings relate.
    Relation,
    /// The first day on which the row holds.
    Effective,
    /// A condition on this field of the record: `payer`, or `when.<field>`.
    When(String),
    /// What the new code needs beside itself.
    Needs,
    /// Who took responsibility for the row.
    ApprovedBy,
    /// When they did.
    ApprovedOn,
    /// Free text.
    Note,
    /// Where the row came from.
    Source,
    /// A name that means nothing here, as written.
    Unknown(String),
    /// A column without a name.
    Nameless,
}

impl Column {
    fn named(written: &str) -> Column {
        let name = written.trim().to_lowercase();
        match name.as_str() {
            "" => Column::Nameless,
            "old" | "old code" | "old_code" | "oldcode" | "from" | "deleted" | "deleted code"
            | "deleted_code" | "retired" => Column::Old,
            "new" | "new code" | "new_code" | "newcode" | "to" | "replacement" | "replaced by"
            | "replacement code" | "replacement_code" | "successor" => Column::New,
            "system" => Column::System,
            "relation" => Column::Relation,
            "effective" => Column::Effective,
            "payer" => Column::When(name),
            "needs" => Column::Needs,
            "approved_by" => Column::ApprovedBy,
            "approved_on" => Column::ApprovedOn,
            "note" => Column::Note,
            "source" => Column::Source,
            _ => match name.strip_prefix("when.").map(str::trim) {
                Some(field) if !field.is_empty() => Column::When(field.to_owned()),
                _ => Column::Unknown(written.trim().to_owned()),
            },
        }
    }
}

/// The columns of a header row; `None` where it does not name `old` and `new`.
pub fn read(cells: &[String]) -> Option<Vec<Column>> {
    let columns: Vec<Column> = cells.iter().map(|cell| Column::named(cell)).collect();
    let complete = columns.contains(&Column::Old) && columns.contains(&Column::New);
    complete.then_some(columns)
}

/// The columns whose names mean nothing here and look like a condition, as written,
/// each with its place: passed over, it would widen its rows in silence.
pub fn like_conditions(columns: &[Column]) -> Vec<(usize, &str)> {
    let like = |name: &str| {
        let name = name.to_lowercase();
        let is_note = name.starts_with("note");
        let mut words = name.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        !is_note && words.any(|word| word.starts_with("when") || WORDS.contains(&word))
    };
    let named = columns.iter().enumerate().filter_map(|(at, column)| match column {
        Column::Unknown(name) if like(name) => Some((at, name.as_str())),
        _ => None,
    });
    named.collect()
}

/// Words of names by which practices choose among successors, or say how long a row holds.
const WORDS: [&str; 58] = [
    "age",
    "ages",
    "agefrom",
    "ageto",
    "minage",
    "maxage",
    "agegroup",
    "birth",
    "birthdate",
    "dob",
    "payer",
    "payers",
    "payor",
    "insurer",
    "insurance",
    "carrier",
    "plan",
    "lob",
    "business",
    "condition",
    "conditions",
    "only",
    "if",
    "sex",
    "gender",
    "route",
    "dose",
    "vaccine",
    "cvx",
    "ndc",
    "modifier",
    "modifiers",
    "units",
    "quantity",
    "pos",
    "placeofservice",
    "setting",
    "side",
    "laterality",
    "state",
    "provider",
    "servicedate",
    "dateofservice",
    "dos",
    "service",
    "valid",
    "until",
    "effective",
    "effectivedate",
    "validuntil",
    "expires",
    "expiry",
    "end",
    "enddate",
    "start",
    "startdate",
    "relationship",
    "equivalence",
];

/// The name of the first column that stands twice.
pub fn doubled<'c>(columns: &[Column], cells: &'c [String]) -> Option<&'c str> {
    let named = |column: &Column| !matches!(column, Column::Unknown(_) | Column::Nameless);
    let at = (0..columns.len())
        .find(|&at| named(&columns[at]) && columns[..at].contains(&columns[at]))?;
    Some(cells[at].trim())
}

/// The names that mean nothing here, as written.
pub fn unknown(columns: &[Column]) -> Vec<&str> {
    let unknown = columns.iter().filter_map(|column| match column {
        Column::Unknown(name) => Some(name.as_str()),
        _ => None,
    });
    unknown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn names_stand_in_any_order_and_case() {
        let columns = read(&header(" NEW ,When.Age,Old,Payer,colour")).expect("a header");
        let when = |field: &str| Column::When(field.to_owned());
        assert_eq!(columns[..4], [Column::New, when("age"), Column::Old, when("payer")]);
        assert_eq!(unknown(&columns), ["colour"]);
        assert!(read(&header("from,to")).is_some());
        assert!(read(&header("this,that")).is_none());
    }

    #[test]
    fn a_column_that_stands_twice_is_found() {
        let cells = header("old,new,payer,when.payer");
        let columns = read(&cells).expect("a header");
        assert_eq!(doubled(&columns, &cells), Some("when.payer"));
    }
}
