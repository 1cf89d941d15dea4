//! What must be on the disk before something else may be seen: read from the
//! system calls themselves, in the order in which they were made.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::faulty::desk::{Manner, NAMES, desk, done, planned, planning, words};
use crate::faulty::{Call, Place, can_trace};

/// What a call did, as far as the order is concerned.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// Bytes went into this file.
    Write(PathBuf),
    /// This file or folder is safe on the disk.
    Sync(PathBuf),
    /// The first became the second, or both were exchanged.
    Rename(PathBuf, PathBuf),
    /// A name went.
    Remove(PathBuf),
}

/// The text between two marks.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close)
}

fn event(call: &Call, folder: &Path) -> Option<Event> {
    let descriptor = || between(&call.text, "<", ">").map(|(path, _)| PathBuf::from(path));
    let named = |text: &str| {
        let (name, rest) = between(text, "\"", "\"").unwrap();
        (folder.join(name), rest.to_owned())
    };
    match call.name.as_str() {
        "write" | "pwrite64" | "writev" => descriptor().map(Event::Write),
        "fsync" | "fdatasync" => descriptor().map(Event::Sync),
        "rename" | "renameat" | "renameat2" => {
            let (from, rest) = named(&call.text);
            Some(Event::Rename(from, named(&rest).0))
        }
        "unlink" | "unlinkat" if call.text.ends_with("= 0") => {
            Some(Event::Remove(named(&call.text).0))
        }
        _ => None,
    }
}

/// The events of a command that ends well.
fn events(place: &Place, command: &[String]) -> Vec<Event> {
    let (ended, calls) = place.trace(command);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    calls.iter().filter_map(|call| event(call, place.path())).collect()
}

fn last(events: &[Event], event: &Event) -> Option<usize> {
    events.iter().rposition(|one| one == event)
}

/// All that was written to a file is on the disk, up to here.
#[track_caller]
fn is_safe(events: &[Event], file: &Path) {
    let written = last(events, &Event::Write(file.to_owned()));
    let synced = last(events, &Event::Sync(file.to_owned()));
    assert!(written.is_some(), "nothing was written to {}", file.display());
    assert!(synced > written, "{} is not safe: {events:#?}", file.display());
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap().to_owned()
}

fn renames(events: &[Event]) -> Vec<(usize, PathBuf, PathBuf)> {
    let one = |(at, event): (usize, &Event)| match event {
        Event::Rename(from, to) => Some((at, from.clone(), to.clone())),
        _ => None,
    };
    events.iter().enumerate().filter_map(one).collect()
}

/// Every result is safe, and announced in the journal, before it gets its name;
/// and its name is safe before the journal says that it has it, and before what
/// it displaced is removed.
fn results_get_their_names_in_order(place: &Place, command: &str, manner: Manner) {
    let events = events(place, &words(command));
    let journal = place.path().join("RUN/journal.ndjson");
    let renames = renames(&events);
    let targets: Vec<PathBuf> = renames.iter().map(|(_, _, to)| to.clone()).collect();
    let wanted: Vec<PathBuf> =
        NAMES.iter().map(|name| place.path().join(manner.result(name))).collect();
    assert_eq!(targets, wanted);
    for (at, part, target) in &renames {
        is_safe(&events[..*at], part);
        is_safe(&events[..*at], &journal);
        let named = *at + 1;
        let folder = events[named..].iter().position(|event| *event == Event::Sync(parent(target)));
        let folder = named + folder.expect("the folder is synced");
        let said = events[named..].iter().position(|event| *event == Event::Write(journal.clone()));
        assert!(folder < named + said.expect("the journal goes on"), "{events:#?}");
        let removed =
            events[named..].iter().position(|event| *event == Event::Remove(part.clone()));
        assert_eq!(removed.is_some(), manner == Manner::InPlace);
        assert!(removed.is_none_or(|removed| folder < named + removed), "{events:#?}");
    }
    is_safe(&events, &journal);
    // All are proven and safe before the first one gets its name.
    let first = renames[0].0;
    renames.iter().for_each(|(_, part, _)| is_safe(&events[..first], part));
}

#[test]
fn a_result_gets_its_name_last() {
    if !can_trace() {
        return;
    }
    for manner in [Manner::Beside, Manner::InPlace] {
        results_get_their_names_in_order(&planned(manner), "apply RUN", manner);
    }
}

#[test]
fn a_restored_original_gets_its_name_last() {
    if !can_trace() {
        return;
    }
    let place = planned(Manner::InPlace);
    done(&place, &words("apply RUN"));
    results_get_their_names_in_order(&place, "undo RUN", Manner::InPlace);
}

/// The journal says that copies go before the first one does.
#[test]
fn copies_go_when_the_journal_says_so() {
    if !can_trace() {
        return;
    }
    let place = planned(Manner::Beside);
    done(&place, &words("apply RUN"));
    let events = events(&place, &words("undo RUN"));
    let journal = place.path().join("RUN/journal.ndjson");
    for name in NAMES {
        let copy = place.path().join(Manner::Beside.result(name));
        let gone = last(&events, &Event::Remove(copy.clone())).expect("it is removed");
        is_safe(&events[..gone], &journal);
        let safe = last(&events, &Event::Sync(parent(&copy))).expect("its folder is synced");
        let said = last(&events, &Event::Write(journal.clone())).expect("it is said");
        assert!(gone < safe && safe < said, "{events:#?}");
    }
}

/// A scratch file that never has a name: the system shows its number.
fn is_nameless(path: &Path) -> bool {
    path.file_name().unwrap().as_encoded_bytes().starts_with(b"#")
}

/// A run folder has its name only when every file and every folder in it is safe.
#[test]
fn a_run_folder_gets_its_name_last() {
    if !can_trace() {
        return;
    }
    for command in ["plan", "migrate"] {
        let place = desk();
        let events = events(&place, &planning(command, "--quiet"));
        let (part, run) = (place.path().join("RUN.part"), place.path().join("RUN"));
        let named = last(&events, &Event::Rename(part.clone(), run.clone())).expect("it is named");
        let before = &events[..named];
        let moved: Vec<(PathBuf, PathBuf)> =
            renames(before).into_iter().map(|(_, from, to)| (from, to)).collect();
        let mut written = BTreeSet::new();
        for event in before {
            if let Event::Write(path) = event
                && path.starts_with(&part)
                && !is_nameless(path)
            {
                written.insert(path.clone());
            }
        }
        assert!(written.len() > 6, "{written:?}");
        for file in written {
            let now = moved.iter().find(|(from, _)| *from == file).map_or(&file, |(_, to)| to);
            let wrote = last(before, &Event::Write(file.clone()));
            let safe = last(before, &Event::Sync(now.clone()))
                .max(last(before, &Event::Sync(file.clone())));
            assert!(safe > wrote, "{}: {events:#?}", now.display());
            let mut folder = parent(now);
            while folder.starts_with(&part) {
                assert!(last(before, &Event::Sync(folder.clone())) > wrote, "{}", folder.display());
                folder = parent(&folder);
            }
        }
        let after = &events[named..];
        assert!(last(after, &Event::Sync(place.path().to_owned())).is_some(), "{after:#?}");
    }
}
