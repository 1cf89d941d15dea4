//! What the rewritten copies are called: the same names and sub-folders; equal
//! names from two folders keep the parents that tell them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// Where each file goes below `migrated/`, in the order given.
///
/// Each path comes with how many of its last parts are its own: a file that was
/// named keeps its name, one found below a folder its place in it.
pub fn names(paths: &[(&Path, usize)]) -> Vec<PathBuf> {
    let parts: Vec<Vec<&std::ffi::OsStr>> =
        paths.iter().map(|(path, _)| plain_parts(path)).collect();
    let mut kept: Vec<usize> = paths
        .iter()
        .zip(&parts)
        .map(|((_, own), parts)| (*own).clamp(1, parts.len().max(1)))
        .collect();
    loop {
        let name = |at: usize| -> PathBuf {
            parts[at][parts[at].len().saturating_sub(kept[at])..].iter().collect()
        };
        let names: Vec<PathBuf> = (0..paths.len()).map(name).collect();
        let mut seen: BTreeMap<&Path, usize> = BTreeMap::new();
        for name in &names {
            *seen.entry(name).or_default() += 1;
        }
        let around: BTreeSet<&Path> = names.iter().flat_map(|name| folders_of(name)).collect();
        // A file has no name that is a folder of another one.
        let is_taken = |name: &Path| {
            let is_below = || folders_of(name).any(|folder| seen.contains_key(folder));
            seen[name] > 1 || around.contains(name) || is_below()
        };
        let longer: Vec<usize> = (0..paths.len())
            .filter(|&at| kept[at] < parts[at].len() && is_taken(&names[at]))
            .collect();
        if longer.is_empty() {
            return numbered(names);
        }
        longer.into_iter().for_each(|at| kept[at] += 1);
    }
}

/// The folders around a file, below that of all results.
fn folders_of(name: &Path) -> impl Iterator<Item = &Path> {
    name.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty())
}

/// Names that no parent tells apart - `a/x.csv` and `/a/x.csv`, or `../a/x.csv` -
/// get a folder with the number of their file: a copy never takes another's place.
fn numbered(names: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
    let mut around: BTreeSet<PathBuf> = BTreeSet::new();
    let unique = |(mut name, number): (PathBuf, usize)| {
        while taken.contains(&name)
            || around.contains(&name)
            || folders_of(&name).any(|folder| taken.contains(folder))
        {
            name = Path::new(&number.to_string()).join(name);
        }
        around.extend(folders_of(&name).map(Path::to_owned));
        taken.insert(name.clone());
        name
    };
    names.into_iter().zip(1..).map(unique).collect()
}

/// The parts of a path that are names; `..` and a root never lead out of the run folder.
fn plain_parts(path: &Path) -> Vec<&std::ffi::OsStr> {
    path.components()
        .filter_map(|part| if let Component::Normal(name) = part { Some(name) } else { None })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(paths: &[(&str, usize)]) -> Vec<String> {
        let paths: Vec<(&Path, usize)> =
            paths.iter().map(|(path, own)| (Path::new(*path), *own)).collect();
        names(&paths).into_iter().map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn equal_names_keep_the_parents_that_tell_them_apart() {
        assert_eq!(named(&[("a/x.csv", 1), ("b/y.csv", 1)]), ["x.csv", "y.csv"]);
        assert_eq!(
            named(&[("a/x.csv", 1), ("b/x.csv", 1), ("y.csv", 1)]),
            ["a/x.csv", "b/x.csv", "y.csv"]
        );
        assert_eq!(named(&[("1/a/x.csv", 1), ("2/a/x.csv", 1)]), ["1/a/x.csv", "2/a/x.csv"]);
        assert_eq!(named(&[("in/sub/x.csv", 2), ("in/x.csv", 1)]), ["sub/x.csv", "x.csv"]);
    }

    #[test]
    fn no_copy_takes_the_place_of_another() {
        assert_eq!(
            named(&[("a/x.csv", 1), ("/a/x.csv", 1), ("../a/x.csv", 1), ("2/a/x.csv", 1)]),
            ["a/x.csv", "2/a/x.csv", "3/a/x.csv", "4/2/a/x.csv"]
        );
    }

    /// Such a run could be planned and never applied.
    #[test]
    fn a_file_is_not_called_as_a_folder_of_another_one() {
        let below = [("a/x.csv", 1), ("b/x.csv/y.csv", 2)];
        assert_eq!(named(&below), ["a/x.csv", "b/x.csv/y.csv"]);
        assert_eq!(named(&[("x.csv/y.csv", 2), ("/x.csv", 1)]), ["x.csv/y.csv", "2/x.csv"]);
        assert_eq!(named(&[("/x.csv", 1), ("x.csv/y.csv", 2)]), ["x.csv", "2/x.csv/y.csv"]);
    }

    #[test]
    fn nothing_leads_out_of_the_run_folder() {
        assert_eq!(named(&[("../../etc/x.csv", 9)]), ["etc/x.csv"]);
        assert_eq!(named(&[("/x.csv", 3)]), ["x.csv"]);
    }
}
