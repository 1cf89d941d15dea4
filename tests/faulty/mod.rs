//! A program whose system calls fail or kill it, one at a time: what the tests of
//! crashes share. The calls are counted in a run without faults, by strace.
#![allow(clippy::unwrap_used)]
// Every test file is a program of its own and uses a part of this.
#![allow(dead_code)]

pub mod desk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The calls that change something on a disk, or say that it is safe there.
pub const CALLS: &str = "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate,\
link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,copy_file_range,sendfile,\
open,openat,creat,close,fchmod,fchown,utimensat";

/// Whether strace works here. Where it must, its absence is a failure.
pub fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let why = match traced {
        Ok(done) if done.status.success() => return true,
        Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let needed =
        ["CI", "CODETURN_NEEDS_STRACE"].iter().any(|name| std::env::var_os(name).is_some());
    assert!(!needed, "strace must work here, and it does not: {why}");
    eprintln!("\nSKIPPED: NO CRASH WAS TRIED, for strace does not work here: {why}\n");
    false
}

/// One system call of a run.
#[derive(Debug, Clone)]
pub struct Call {
    /// The thread that made it: 0 is the first one.
    pub thread: usize,
    /// Its name.
    pub name: String,
    /// Which one of that name it is in its thread, from 1 on.
    pub number: usize,
    /// Arguments and result, with the paths of open files.
    pub text: String,
}

/// The calls in a log that strace wrote with `-f -y`.
pub fn calls(log: &str) -> Vec<Call> {
    let mut threads: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines() {
        let (pid, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        // Where threads take turns a call is written in two parts.
        if let Some((_, end)) = rest.strip_prefix("<... ").and_then(|it| it.split_once(" resumed>"))
        {
            let thread = threads.iter().position(|known| *known == pid);
            let mut begun = calls.iter_mut().rev().filter(|call| Some(call.thread) == thread);
            let text = &mut begun.next().expect("it began").text;
            *text = format!("{}{end}", text.trim_end_matches(" <unfinished ...>"));
            continue;
        }
        if rest.starts_with(['+', '-', '<']) {
            continue;
        }
        let (name, text) = rest.split_once('(').unwrap();
        let thread = threads.iter().position(|known| *known == pid).unwrap_or_else(|| {
            threads.push(pid);
            threads.len() - 1
        });
        let count = counts.entry((thread, name.to_owned())).or_default();
        *count += 1;
        calls.push(Call { thread, name: name.to_owned(), number: *count, text: text.to_owned() });
    }
    calls
}

impl Call {
    /// Whether it can change something, or leave it unsafe, in this folder or on stdout.
    pub fn matters_in(&self, folder: &Path) -> bool {
        let inside = folder.to_str().unwrap();
        match self.name.as_str() {
            // Libraries are opened, too; and what is only read cannot be lost.
            "open" | "openat" => self.text.contains("O_CREAT"),
            "close" | "fchmod" | "fchown" => self.text.contains(inside),
            "write" => self.text.contains(inside) || self.text.starts_with("1<"),
            _ => true,
        }
    }
}

/// What is done to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error, and does nothing.
    Error(&'static str),
    /// The program is killed before it does anything.
    Kill,
    /// The user presses Ctrl-C.
    Interrupt,
    /// It says that this many bytes were written, and wrote none.
    Lie(usize),
}

/// A fault at one call.
#[derive(Debug, Clone)]
pub struct Point {
    /// The call.
    pub call: Call,
    /// What happens there.
    pub fault: Fault,
}

impl Point {
    /// All that can fail or end at a call.
    pub fn all(call: &Call) -> Vec<Point> {
        let faults: &[Fault] = match call.name.as_str() {
            "close" | "unlink" | "unlinkat" | "rmdir" => &[Fault::Error("EIO"), Fault::Kill],
            _ => &[Fault::Error("EIO"), Fault::Kill, Fault::Error("ENOSPC")],
        };
        faults.iter().map(|&fault| Point { call: call.clone(), fault }).collect()
    }

    /// The options of strace that bring it about.
    fn inject(&self) -> [String; 4] {
        let Call { name, number, .. } = &self.call;
        let what = match self.fault {
            Fault::Error(error) => format!("error={error}"),
            Fault::Kill => "signal=KILL".to_owned(),
            Fault::Interrupt => "signal=INT".to_owned(),
            Fault::Lie(bytes) => format!("retval={bytes}"),
        };
        [
            "-e".to_owned(),
            format!("trace=execve,{name}"),
            "-e".to_owned(),
            format!("inject={name}:{what}:when={number}"),
        ]
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status, unless it was killed.
    pub status: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Messages and errors.
    pub stderr: String,
    /// Whether a fault also kept a message from being shown: it strikes the call of
    /// that number in every thread.
    pub is_mute: bool,
}

impl Ended {
    fn of(output: &Output) -> Ended {
        Ended {
            is_mute: false,
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// In which threads of a program a fault may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// In the first one: no other one writes.
    First,
    /// In any.
    Any,
}

/// A folder in which the program works, which can be put back as it was.
pub struct Place {
    folder: tempfile::TempDir,
    /// Beside it: what strace writes.
    logs: tempfile::TempDir,
}

/// All files and folders below one, with the bytes of the files.
pub type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Which names differ between two trees, save those left out.
pub fn differences(one: &Tree, other: &Tree, left_out: &[&str]) -> Vec<PathBuf> {
    let names = one.keys().chain(other.keys()).collect::<BTreeSet<_>>().into_iter();
    let names = names.filter(|name| !left_out.iter().any(|out| *name == Path::new(out)));
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

impl Place {
    pub fn new() -> Place {
        // In memory, where there is such a place: thousands of syncs need not wait
        // for a disk, and whether one is made is read from the calls.
        let memory = Path::new("/dev/shm");
        let folder = || tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap();
        Place { folder: folder(), logs: folder() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path().join(name)).ok()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).env("USER", "tester");
        command
    }

    /// Runs the program as it is.
    pub fn run(&self, args: &[String]) -> Ended {
        Ended::of(&self.command(env!("CARGO_BIN_EXE_codeturn")).args(args).output().unwrap())
    }

    /// Runs it without a fault and says which calls it made.
    pub fn trace(&self, args: &[String]) -> (Ended, Vec<Call>) {
        let log = self.logs.path().join("clean");
        let mut command = self.command("strace");
        command.args(["-f", "-y", "-s", "4096", "-e", &format!("trace={CALLS}"), "-o"]).arg(&log);
        let done = command.arg(env!("CARGO_BIN_EXE_codeturn")).args(args).output().unwrap();
        (Ended::of(&done), calls(&fs::read_to_string(&log).unwrap()))
    }

    /// Runs it with a fault, which must really have happened, in the first thread or,
    /// where others write too, in one of them.
    pub fn run_with(&self, point: &Point, threads: Threads, args: &[String]) -> Ended {
        let log = self.logs.path().join("faulty");
        let mut command = self.command("strace");
        command.args(["-f", "-y", "-o"]).arg(&log).args(point.inject());
        let done = command.arg(env!("CARGO_BIN_EXE_codeturn")).args(args).output().unwrap();
        let log = fs::read_to_string(&log).unwrap();
        // The first call is that by which the program begins.
        let first = log.split_once(' ').map_or("", |(pid, _)| pid);
        let happened = |line: &&str| match point.fault {
            Fault::Error(_) | Fault::Lie(_) => line.contains("(INJECTED)"),
            Fault::Interrupt => line.contains("--- SIGINT"),
            Fault::Kill => line.contains("killed by SIGKILL"),
        };
        let hits: Vec<&str> = log.lines().filter(happened).collect();
        let meant = |line: &&&str| {
            threads == Threads::Any || line.split_once(' ').is_some_and(|(pid, _)| pid == first)
        };
        assert!(hits.iter().any(|line| meant(&line)), "{point:?} did not happen:\n{log}");
        let signal = done.status.signal();
        match point.fault {
            Fault::Kill => assert_eq!(signal, Some(9), "{point:?}: {done:?}"),
            // Where it is not expected yet, it ends the program at once.
            Fault::Interrupt => assert!(signal.is_none_or(|one| one == 2), "{point:?}: {done:?}"),
            _ => assert_eq!(signal, None, "{point:?}: {done:?}"),
        }
        // The second Ctrl-C ends it without a word.
        let is_second = point.fault == Fault::Interrupt && hits.len() > 1;
        let is_mute = is_second || hits.iter().any(|line| line.contains(" write(2<"));
        Ended { is_mute, ..Ended::of(&done) }
    }

    /// Everything that is there.
    pub fn tree(&self) -> Tree {
        fn walk(folder: &Path, base: &Path, tree: &mut Tree) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(base).unwrap().to_owned();
                if path.is_dir() {
                    tree.insert(name, None);
                    walk(&path, base, tree);
                } else {
                    tree.insert(name, Some(fs::read(&path).unwrap()));
                }
            }
        }
        let mut tree = Tree::new();
        walk(self.path(), self.path(), &mut tree);
        tree
    }

    /// Puts everything back.
    pub fn restore(&self, tree: &Tree) {
        for entry in fs::read_dir(self.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        // A folder stands before what is in it.
        for (name, bytes) in tree {
            let path = self.path().join(name);
            match bytes {
                None => fs::create_dir(path).unwrap(),
                Some(bytes) => fs::write(path, bytes).unwrap(),
            }
        }
    }
}
