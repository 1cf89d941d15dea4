//! Reads a FHIR ConceptMap, R4 or R5.
//!
//! R4 says `equivalence` of each target, R5 `relationship`; both run from the
//! source to the target. What a map states narrows what may be automatic and
//! never widens it: the titles of the releases have the last word.

use serde_json::Value;

use super::{Link, Previous, Published, Unread};
use crate::code::{Code, Spelling, System};
use crate::crosswalk::Relation;
use crate::error::{Error, Result};

/// Whether the file is JSON and speaks of a ConceptMap.
pub(super) fn looks(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii_start().starts_with(b"{")
        && memchr::memmem::find(text, b"\"ConceptMap\"").is_some()
}

/// Reads the map; the row of a link is the number of its element.
///
/// # Errors
/// It is not whole.
pub(super) fn read(bytes: &[u8]) -> Result<Published> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let map: Value = serde_json::from_slice(text).map_err(|error| {
        Error::refused(format!("the ConceptMap cannot be read: {error}"))
            .line(error.line() as u64)
            .hint("it is cut off or damaged: download it again")
    })?;
    if map["resourceType"] != "ConceptMap" {
        return Err(Error::refused("the file holds no ConceptMap of its own")
            .hint("take the resource out of its Bundle"));
    }
    let mut table = Published::new("FHIR ConceptMap");
    let mut row = 0;
    for group in list(&map["group"], 1, "the groups are no list", &mut table) {
        let first = row + 1;
        let elements = list(&group["element"], first, "the elements are no list", &mut table);
        match Sides::of(group) {
            Ok(sides) => {
                elements
                    .iter()
                    .zip(first..)
                    .for_each(|(one, row)| sides.take(row, one, &mut table));
            }
            Err(unknown) => table.unread.push(unknown.unread(first, elements)),
        }
        row += elements.len() as u64;
        let unmapped = group["unmapped"]["mode"].as_str().or(group["unmapped"].as_str());
        if let Some(mode) = unmapped {
            table.unread.push(Unread::new(row, mode, "a rule for unmapped codes: never applied"));
        }
    }
    Ok(table)
}

/// The items of a list; what stands in its place and is none is said.
fn list<'v>(value: &'v Value, row: u64, why: &'static str, table: &mut Published) -> &'v [Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        other => {
            table.unread.push(Unread::new(row, &other.to_string(), why));
            &[]
        }
    }
}

/// The address of a code system that is none of those handled.
struct Unknown<'v> {
    url: &'v str,
    /// The old codes are of a system that is known.
    is_target: bool,
}

impl Unknown<'_> {
    /// All elements of the group, in one.
    fn unread(&self, first: u64, elements: &[Value]) -> Unread {
        let last = first + (elements.len() as u64).saturating_sub(1);
        let why = format!(
            "no code system that is known: the {} elements of the group ({first} to {last}) are not \
             read",
            elements.len()
        );
        let old = elements.iter().filter(|_| self.is_target);
        let old = old.filter_map(|one| code(one["code"].as_str()?).map(Previous::Code));
        Unread::new(first, self.url, why).about(old)
    }
}

/// The systems of a group, where it names them.
struct Sides {
    source: Option<System>,
    target: Option<System>,
}

impl Sides {
    fn of(group: &Value) -> Result<Sides, Unknown<'_>> {
        let side = |name: &str, is_target| match group[name].as_str() {
            None => Ok(None),
            Some(url) => system(url).map(Some).ok_or(Unknown { url, is_target }),
        };
        Ok(Sides { source: side("source", false)?, target: side("target", true)? })
    }

    fn take(&self, row: u64, element: &Value, table: &mut Published) {
        let before = table.links.len();
        take(row, element, table);
        for link in &mut table.links[before..] {
            (link.system, link.new_system) = (self.source, self.target);
        }
    }
}

fn take(row: u64, element: &Value, table: &mut Published) {
    let written = element["code"].as_str().unwrap_or_default();
    let Some(old) = code(written) else {
        table.unread.push(Unread::new(row, written, "no source code"));
        return;
    };
    let old = Previous::Code(old);
    let mut odd = |cell: &str, why: &'static str| {
        table.unread.push(Unread::new(row, cell, why).about([old]));
    };
    let targets = match &element["target"] {
        Value::Array(targets) => targets.as_slice(),
        Value::Null => &[],
        other => return odd(&other.to_string(), "the targets are no list"),
    };
    let nothing = Link::of(old, row);
    if targets.is_empty() || element["noMap"] == true {
        table.links.push(nothing);
        return;
    }
    for target in targets {
        let word = target["equivalence"].as_str().or(target["relationship"].as_str());
        let Some(stated) = relation(word.unwrap_or_default()) else {
            odd(word.unwrap_or_default(), "no known relationship");
            continue;
        };
        if stated == Relation::None {
            table.links.push(nothing.clone());
            continue;
        }
        let written = target["code"].as_str().unwrap_or_default();
        let Some(new) = code(written) else {
            odd(written, "no target code");
            continue;
        };
        let is_said = |name: &str| match &target[name] {
            Value::Null => false,
            Value::Array(items) => !items.is_empty(),
            _ => true,
        };
        let (together, conditional) = (is_said("product"), is_said("dependsOn"));
        let note = match (together, conditional) {
            (true, _) => Some("needs further codes beside it (product)".to_owned()),
            (false, true) => Some("holds under conditions (dependsOn)".to_owned()),
            (false, false) => None,
        };
        let stated = Some(if note.is_some() { Relation::Review } else { stated });
        table.links.push(Link { new: Some(new), stated, note, ..nothing.clone() });
    }
}

fn code(text: &str) -> Option<Code> {
    Spelling::read(text.as_bytes()).map(|(code, _)| code)
}

/// R4's words and R5's. `narrower` in R4: the target is narrower than the source.
fn relation(word: &str) -> Option<Relation> {
    Some(match word {
        "equal" | "equivalent" => Relation::Equivalent,
        "wider" | "subsumes" | "source-is-narrower-than-target" => Relation::Broader,
        "narrower" | "specializes" | "source-is-broader-than-target" => Relation::Narrower,
        "inexact" | "relatedto" | "related-to" => Relation::Review,
        "unmatched" | "disjoint" | "not-related-to" => Relation::None,
        _ => return None,
    })
}

fn system(url: &str) -> Option<System> {
    let url = url.to_ascii_lowercase();
    let known = [
        ("icd-10-cm", System::Icd10cm),
        ("icd10cm", System::Icd10cm),
        ("icd-10-pcs", System::Icd10pcs),
        ("icd10pcs", System::Icd10pcs),
        ("icd-9-cm", System::Icd9cm),
        ("hcpcs", System::Hcpcs),
        ("cpt", System::Cpt),
    ];
    known.into_iter().find(|(name, _)| url.contains(name)).map(|(_, system)| system)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(json: &str) -> Vec<(bool, Option<Relation>)> {
        assert!(looks(json.as_bytes()));
        let table = read(json.as_bytes()).expect("a map");
        table.links.iter().map(|link| (link.new.is_some(), link.stated)).collect()
    }

    #[test]
    fn r4_and_r5() {
        let r4 = r#"{"resourceType":"ConceptMap","group":[{"source":"http://hl7.org/fhir/sid/icd-10-cm",
            "element":[{"code":"E88.81","target":[{"code":"E88.810","equivalence":"narrower"}]},
                       {"code":"F53","target":[{"equivalence":"unmatched"}]}]}]}"#;
        assert_eq!(links(r4), [(true, Some(Relation::Narrower)), (false, None)]);
        let r5 = r#"{"resourceType":"ConceptMap","group":[{"element":[
            {"code":"A00","noMap":true},
            {"code":"A01","target":[{"code":"A02","relationship":"source-is-narrower-than-target"}]}]}]}"#;
        assert_eq!(links(r5), [(false, None), (true, Some(Relation::Broader))]);
    }

    #[test]
    fn what_is_not_understood_is_kept_and_what_is_cut_is_refused() {
        let odd = r#"{"resourceType":"ConceptMap","group":[{"element":[
            {"code":"E88.81","target":[{"code":"E88.810","equivalence":"sideways"}]}]}]}"#;
        let table = read(odd.as_bytes()).expect("a map");
        assert_eq!((table.links.len(), table.unread.len()), (0, 1));
        assert!(read(&odd.as_bytes()[..90]).is_err());
    }
}
