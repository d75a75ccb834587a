//! Interruptions of all that can take long: what is known is told, and the exit status is 130.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{CLEAN, Directory, Said, command, corpus};

/// Interrupts a command as soon as it has told something, which it does after it has begun to watch for that.
#[track_caller]
fn interrupt(arguments: &[&str], signal: &str) -> Said {
    let mut command = command(["--json"]);
    let mut child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut told = String::new();
    stdout.read_line(&mut told).expect("it prints text");
    send(signal, child.id());
    stdout.read_to_string(&mut told).expect("it prints text");
    let said = child.wait_with_output().expect("it ends");
    Said { stdout: told, ..said.into() }
}

fn send(signal: &str, id: u32) {
    let killed = Command::new("kill").args([signal, &id.to_string()]).status().expect("there is a kill");
    assert!(killed.success());
}

/// Waits until a process catches SIGTERM.
#[cfg(target_os = "linux")]
#[track_caller]
fn wait_until_watched(id: u32) {
    let begun = std::time::Instant::now();
    let is_watched = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("it is there");
        u64::from_str_radix(caught.trim(), 16).expect("a number") & (1 << (15 - 1)) != 0
    };
    while !is_watched() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it watches as soon as it has read the file");
    }
}

#[track_caller]
fn check(arguments: &[&str], signal: &str) -> serde_json::Value {
    let said = interrupt(arguments, signal);
    assert_eq!(said.code, Some(130), "{said:?}");
    assert_eq!(said.stderr, "");
    let summary = said.summary();
    assert_eq!(summary["interrupted"], true, "{summary}");
    summary
}

#[test]
fn a_comparison_tells_what_it_has_judged() {
    let recordings = corpus("recordings");
    for signal in ["-INT", "-TERM"] {
        let summary = check(&[&["conform"][..], &[&*recordings; 400]].concat(), signal);
        let judged = summary["scenarios"].as_u64().expect("a number");
        assert!(judged > 0 && summary["conforms"] == judged, "{summary}");
    }
}

#[test]
fn scenarios_that_were_played_are_told() {
    let scenarios = corpus("scenarios/litmus");
    let folders = [&*scenarios; 60];
    let summary = check(&[&["run"][..], &folders].concat(), "-INT");
    assert!(summary["scenarios"].as_u64() > Some(0), "{summary}");
    assert_eq!(summary["failed"], 0, "{summary}");
    let profiles = ["run", "--profile", "standard", "--profile", "literal"];
    let summary = check(&[&profiles[..], &folders].concat(), "-TERM");
    assert!(summary["scenarios"].as_u64() > Some(0), "{summary}");
}

#[test]
fn faults_that_were_hunted_are_told() {
    let out = Directory::new("interrupted-faults");
    let summary = check(&["faults", "--jobs", "1", "--out", out.path()], "-INT");
    let hunted = summary["faults"].as_u64().expect("a number");
    assert!(hunted > 0 && hunted < 70, "{summary}");
    assert_eq!(summary["killed"], hunted, "{summary}");
    assert_eq!(out.names().len() as u64, hunted);
}

/// A pipe holds the program until it has been interrupted; the file behind it is not converted any more.
#[test]
fn nothing_is_converted_by_halves() {
    let dir = Directory::new("interrupted-corpus");
    let (file, out) = (dir.file("clean.toml", CLEAN), format!("{}/out", dir.path()));
    let pipe = format!("{}/pipe", dir.path());
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("there are pipes").success());
    let child = command(["corpus", &pipe, &file, "--out", &out, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Whoever opens a pipe waits until it is open at its other end.
    let pipe = std::fs::OpenOptions::new().write(true).open(&pipe).expect("it is read");
    send("-INT", child.id());
    thread::sleep(Duration::from_millis(300));
    drop(pipe);
    let said = Said::from(child.wait_with_output().expect("it ends"));
    assert_eq!(said.code, Some(130), "{said:?}");
    let summary = said.summary();
    assert_eq!((&summary["files"], &summary["interrupted"]), (&0.into(), &true.into()), "{summary}");
    assert!(!std::path::Path::new(&out).exists(), "nothing was written");
}

/// Some tries, because a scenario with so much in it may be small before the signal comes.
#[cfg(target_os = "linux")]
#[test]
fn the_smallest_scenario_until_then_is_written() {
    let dir = Directory::new("interrupted-shrink");
    let small = std::fs::read_to_string(corpus("faults/M45.toml")).expect("it is in the corpus");
    let calls = "  'ws0.readyState',\n".repeat(190);
    let file = dir.file("large.toml", small.replace("main = [\n", &format!("f9 = [\n{calls}]\nmain = [\n")));
    let out = format!("{}/small.toml", dir.path());
    let mut tries = (0..20).map(|_| {
        let child = command(["shrink", &file, "--out", &out, "--json", "--best-effort"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        wait_until_watched(child.id());
        send("-TERM", child.id());
        Said::from(child.wait_with_output().expect("it ends"))
    });
    let said = tries.find(|said| said.code != Some(0)).expect("one is interrupted");
    assert_eq!(said.code, Some(130), "{said:?}");
    let summary = said.summary();
    assert_eq!((&summary["interrupted"], &summary["minimal"]), (&true.into(), &false.into()), "{summary}");
    assert_eq!(crate::support::wasclean(["replay", &out]).code, Some(1));
}
