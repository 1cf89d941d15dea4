//! `codeturn completions` and `codeturn man`: every command is in them, and what
//! is written for a shell is accepted by it.

use std::fs;
use std::process::Command;

use crate::common::{files_below, folder, put, run};

const COMMANDS: [&str; 12] = [
    "diff", "inspect", "code", "audit", "map", "migrate", "plan", "show", "approve", "apply",
    "verify", "undo",
];

#[test]
fn every_shell_is_told_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(["completions", shell]).well().stdout;
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: no {command}");
        }
        for option in ["--annotate", "--in-place"] {
            // Fish names options without their dashes.
            let bare = option.trim_start_matches('-');
            assert!(script.contains(bare), "{shell}: no {option}");
        }
    }
    let unknown = run(["completions", "tcsh"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("bash"), "{}", unknown.stderr);
}

#[test]
fn bash_offers_the_commands() {
    let folder = folder();
    let script = put(folder.path(), "codeturn.bash", run(["completions", "bash"]).well().stdout);
    let ask = format!(
        "source {script}; COMP_WORDS=(codeturn m); COMP_CWORD=1; _codeturn codeturn m codeturn; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let Ok(output) = Command::new("bash").args(["-c", &ask]).output() else {
        eprintln!("skipped: there is no bash here");
        return;
    };
    let offered = String::from_utf8(output.stdout).unwrap();
    let offered: Vec<&str> = offered.lines().collect();
    assert_eq!(offered, ["map", "migrate", "man"], "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = folder();
    let out = folder.path().to_str().unwrap();
    run(["man", "--output", out]).well();
    let files = files_below(folder.path());
    for command in COMMANDS {
        let name = format!("codeturn-{command}.1");
        assert!(files.contains(&name), "{files:?}");
        let page = fs::read_to_string(folder.path().join(&name)).unwrap();
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH NAME"), "{name}: {page}");
        let shown = name.trim_end_matches(".1").replace('-', "\\-");
        assert!(page.contains(&shown), "{name} names itself: {page}");
    }
    assert!(files.contains(&"codeturn-map-check.1".to_owned()), "{files:?}");
    let page = fs::read_to_string(folder.path().join("codeturn-plan.1")).unwrap();
    assert!(page.contains("annotate") && page.contains("Exit status"), "{page}");
    let shown = run(["man"]).well().stdout;
    assert_eq!(shown, fs::read_to_string(folder.path().join("codeturn.1")).unwrap());
    let nowhere = run(["man", "--output", "no/such/folder"]);
    assert_eq!(nowhere.status, 3, "{}", nowhere.stderr);
}
