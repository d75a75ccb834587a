//! The commands around fuzzers: corpus and triage.

use std::fs;
use std::path::Path;

use wasclean_model::scenario::{Scenario, text};

use crate::support::{CLEAN, Directory, Said, command, corpus, wasclean};

#[test]
fn a_scenario_becomes_bytes_and_the_same_scenario_again() {
    let dir = Directory::new("corpus");
    let file = dir.file("clean.toml", CLEAN);
    let (seeds, readable) = (format!("{}/seeds", dir.path()), format!("{}/readable", dir.path()));
    assert_eq!(wasclean(["corpus", &file, "--out", &seeds]).code, Some(0));
    let said = wasclean(["corpus", &seeds, "--out", &readable]);
    assert!(said.stdout.starts_with("1 file in "), "{said:?}");
    let back = fs::read_to_string(Path::new(&readable).join("clean.toml")).expect("it was written");
    // What is expected is not part of the bytes.
    let parse = |source: &str| text::parse(source).expect("a scenario");
    assert_eq!(parse(&back), Scenario { expect: Default::default(), ..parse(CLEAN) });
    let printed = wasclean(["corpus", &format!("{seeds}/clean")]);
    assert_eq!(printed.stdout, back);

    // Knobs and choices are: without them another run would be mutated.
    let knobs = "profile = \"firefox-11\"\nchoices = [\"tcp.write=later\"]";
    let special = CLEAN.replace("profile = \"standard\"", knobs);
    let file = dir.file("special.toml", &special);
    assert_eq!(wasclean(["corpus", &file, "--out", &seeds]).code, Some(0));
    let back = wasclean(["corpus", &format!("{seeds}/special")]).stdout;
    assert_eq!(parse(&back), Scenario { expect: Default::default(), ..parse(&special) });
}

/// The states and the lock of a campaign, and the time line of a triage, are no inputs; a folder with nothing else
/// holds none.
#[test]
fn the_folder_of_a_campaign_is_a_corpus() {
    let dir = Directory::new("corpus-campaign");
    let path = |name: &str| format!("{}/{name}", dir.path());
    let (out, seeds) = (path("out"), path("seeds"));
    let fuzz = |fault: &[&str]| {
        let arguments = ["fuzz", "--seed", "1", "--runs", "40", "--out", &out];
        command(arguments).args(fault).output().expect("the program starts");
    };
    fuzz(&[]);
    wasclean(["corpus", &out, "--out", &seeds]).refuses("holds no file with a scenario");
    fuzz(&["--fault", "M07"]);
    fs::write(format!("{out}/campaign.previous-2.json"), "{}").expect("there is room");
    fs::write(format!("{out}/campaign.json.txt"), "an input of this name").expect("there is room");
    fs::remove_file(format!("{out}/campaign.json")).expect("it is there");
    let is_finding = |name: &String| name.ends_with(".toml");
    let names = |dir: &str| -> Vec<String> {
        let entries = fs::read_dir(dir).expect("it is there");
        entries.map(|entry| entry.expect("it is there").file_name().to_string_lossy().into_owned()).collect()
    };
    let mut want: Vec<String> = names(&out)
        .iter()
        .filter(|name| is_finding(name))
        .map(|name| name.trim_end_matches(".toml").to_owned())
        .chain(["campaign.json.txt.toml".to_owned()])
        .collect();
    assert!(want.len() > 1, "M07 is found in twenty runs");
    assert_eq!(wasclean(["corpus", &out, "--out", &seeds]).code, Some(0));
    let mut got = names(&seeds);
    want.sort();
    got.sort();
    assert_eq!(got, want);
    // Who names such a file means it.
    assert_eq!(wasclean(["corpus", &format!("{out}/campaign.last.json")]).code, Some(0));
    // The input and the scenario of a triage are there, and its time line is none.
    let (input, found) = (format!("{seeds}/{}", want[1]), path("found"));
    fs::create_dir(&found).expect("there is room");
    for name in ["a", "a.txt", "b.txt"] {
        fs::copy(&input, format!("{found}/{name}")).expect("there is room");
    }
    let said = wasclean(["corpus", &found, "--out", &path("inputs"), "--json"]);
    assert_eq!(said.summary()["files"], 2, "{said:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_in_a_folder_is_passed_over() {
    let dir = Directory::new("corpus-links");
    dir.file("clean.toml", CLEAN);
    let path = |name: &str| format!("{}/{name}", dir.path());
    std::os::unix::fs::symlink(dir.path(), path("circle.toml")).expect("there is room");
    assert!(std::process::Command::new("mkfifo").arg(path("pipe.toml")).status().expect("a pipe").success());
    assert_eq!(wasclean(["run", dir.path(), "--json"]).summary()["scenarios"], 1);
    std::os::unix::fs::symlink(path("nothing"), path("nowhere.toml")).expect("there is room");
    wasclean(["run", dir.path()]).refuses("nowhere.toml");
}

#[test]
fn what_cannot_be_converted_is_refused() {
    let dir = Directory::new("corpus-refused");
    let file = dir.file("clean.toml", CLEAN);
    wasclean(["corpus", &file, &file]).refuses("2 files and no folder to write to");
    wasclean(["corpus", &dir.file("wrong.toml", "format = 7\n")]).refuses("wrong.toml:1:");
    wasclean(["corpus", &format!("{}/nothing", dir.path())]).refuses("nothing");
}

#[test]
fn two_files_are_not_converted_to_one() {
    let dir = Directory::new("corpus-names");
    let (one, other) = (format!("{}/one", dir.path()), format!("{}/other", dir.path()));
    for folder in [&one, &other] {
        fs::create_dir(folder).expect("there is room");
        fs::write(format!("{folder}/clean.toml"), CLEAN).expect("there is room");
    }
    let out = format!("{}/out", dir.path());
    let said = wasclean(["corpus", &one, &other, "--out", &out]);
    said.refuses("would both become clean");
    assert!(
        said.stderr.contains("one/clean.toml and ") && said.stderr.contains("other/clean.toml"),
        "{said:?}"
    );
    assert!(!Path::new(&out).exists(), "nothing is written when something is refused");
}

#[test]
fn no_file_is_written_over_by_another_one() {
    let dir = Directory::new("corpus-over");
    let clean = dir.file("clean.toml", CLEAN);
    let bytes = dir.file("clean", "\u{1}\u{2}");
    // One folder by two names.
    let convert = |file: &str, out: &str| {
        let said = command(["corpus", file, "--out", out]).current_dir(dir.path()).output();
        Said::from(said.expect("the program starts"))
    };
    for (file, out) in [(".", "."), (".", dir.path()), (dir.path(), ".")] {
        let said = convert(file, out);
        assert_eq!(said.code, Some(2), "{said:?}");
    }
    let said = convert(".", dir.path());
    said.refuses("clean.toml, which is to be converted too, would be written over by what ./clean becomes");
    convert("clean.toml", ".").refuses("./clean would be written over by what clean.toml becomes");
    assert_eq!(fs::read(&bytes).expect("it is there"), [1, 2]);
    assert_eq!(fs::read(&clean).expect("it is there"), CLEAN.as_bytes());
    // What is there already may be written again.
    for _ in 0..2 {
        assert_eq!(convert("clean.toml", "seeds").code, Some(0));
    }
}

#[test]
fn an_input_that_breaks_nothing_is_no_finding() {
    let dir = Directory::new("triage");
    let file = dir.file("crash-1", "\u{1}\u{2}");
    wasclean(["triage", &file]).refuses("no folder says of which target it is");
    for target in ["close_frame", "dispatch", "frame_stream", "scenario_text", "two_endpoints", "world"] {
        let out = format!("{}/out", dir.path());
        let said = wasclean(["triage", "--target", target, &file, "--out", &out, "--json"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(said.summary()["fine"], 1);
        assert_eq!(said.summary()["findings"], 0);
    }
}

/// Of those that break the same, each is told, the smallest one is saved, and other targets have findings of their own.
#[test]
fn what_breaks_the_same_is_one_finding_of_all_its_files() {
    let dir = Directory::new("triage-group");
    let (seeds, out) = (format!("{}/world", dir.path()), format!("{}/out", dir.path()));
    wasclean(["corpus", &corpus("faults/M15.toml"), "--out", &seeds]);
    let small = format!("{seeds}/M15");
    let bytes = fs::read(&small).expect("it was written");
    let large: Vec<String> = (1..3).map(|number| format!("{seeds}/large-{number}")).collect();
    for file in &large {
        fs::write(file, [&bytes[..], &[0; 8]].concat()).expect("there is room");
    }
    let found = |files: [&str; 3]| {
        let said =
            wasclean(["triage", "--fault", "M15", files[0], files[1], files[2], "--out", &out, "--json"]);
        assert_eq!((said.code, said.summary()["findings"].as_u64()), (Some(1), Some(1)), "{said:?}");
        let line = said.stdout.lines().next().expect("a finding").to_owned();
        let found: serde_json::Value = serde_json::from_str(&line).expect("an object");
        let mut told: Vec<String> = serde_json::from_value(found["files"].clone()).expect("a list");
        told.sort();
        let mut all = files.map(str::to_owned).to_vec();
        all.sort();
        assert_eq!(told, all);
        found
    };
    let first = found([&large[0], &small, &large[1]]);
    assert_eq!(found([&small, &large[0], &large[1]])["len"], first["len"]);
    let story = fs::read_to_string(first["time_line"].as_str().expect("a path")).expect("it was saved");
    for words in [first["broken"].as_str().expect("an invariant"), "event loop"] {
        assert!(story.contains(words), "{words} is not in {story}");
    }
}

#[test]
fn the_smallest_input_stays_where_it_was_saved() {
    let dir = Directory::new("triage-smallest");
    let (seeds, out) = (format!("{}/world", dir.path()), format!("{}/out", dir.path()));
    wasclean(["corpus", &corpus("faults/M15.toml"), "--out", &seeds]);
    let large = format!("{seeds}/M15");
    let triage = || wasclean(["triage", "--fault", "M15", &large, "--out", &out, "--json"]);
    let found = |said: Said| {
        let line = said.stdout.lines().next().expect("a finding").to_owned();
        serde_json::from_str::<serde_json::Value>(&line).expect("an object")
    };
    let first = found(triage());
    let path = |key: &str| first[key].as_str().expect("a path").to_owned();
    let (input, scenario) = (path("input"), path("scenario"));
    let read = |path: &str| fs::read(path).expect("it is there");
    let small = read(&input);

    // The same again: what somebody wrote into the scenario stays.
    let edited = format!("# Seen in the wild.\n{}", String::from_utf8(read(&scenario)).expect("it is text"));
    fs::write(&scenario, &edited).expect("there is room");
    assert_eq!(found(triage())["input"], first["input"]);
    assert_eq!((read(&input), read(&scenario)), (small.clone(), edited.into_bytes()));

    // A larger one that breaks the same makes way.
    fs::write(&input, [&small[..], &[0; 32]].concat()).expect("there is room");
    assert_eq!(found(triage())["input"], first["input"]);
    assert_eq!(read(&input), small);

    // One that breaks something else, or nothing, is what somebody else saved.
    fs::write(&input, "other").expect("there is room");
    let beside = found(triage());
    assert_eq!(beside["input"], format!("{input}-2"));
    assert_eq!(beside["scenario"], format!("{input}-2.toml"));
    assert_eq!((read(&input), read(&format!("{input}-2"))), (b"other".to_vec(), small));
}

/// The first file breaks nothing, which is told at once; then there is more to do than there is patience for.
#[cfg(unix)]
#[test]
fn an_interrupted_triage_saves_what_it_has_found() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;
    use std::time::Duration;
    for signal in ["-INT", "-TERM"] {
        let dir = Directory::new("triage-interrupted");
        let (seeds, out) = (format!("{}/world", dir.path()), format!("{}/out", dir.path()));
        wasclean(["corpus", &corpus("faults/M15.toml"), "--out", &seeds]);
        let (fine, broken) = (format!("{seeds}/fine"), format!("{seeds}/M15"));
        fs::write(&fine, "").expect("there is room");
        let mut triage = command(["triage", "--fault", "M15", "--out", &out, &fine]);
        let mut child = triage
            .args(std::iter::repeat_n(&broken, 5_000))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut told = String::new();
        stdout.read_line(&mut told).expect("it prints text");
        assert!(told.contains("breaks nothing"), "{told}");
        std::thread::sleep(Duration::from_millis(300));
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().expect("a kill").success());
        stdout.read_to_string(&mut told).expect("it prints text");
        let said = Said::from(child.wait_with_output().expect("it ends"));
        assert_eq!(said.code, Some(130), "{told} {said:?}");
        assert!(told.contains("interrupted; ") && told.contains("finding INV-"), "{told}");
        let saved = fs::read_dir(&out).expect("it was made").count();
        assert_eq!(saved, 4, "the lock, the input, its scenario and its time line");
    }
}

/// A triage that waits for a pipe has its folder; when it has ended, the next one may have it. A campaign may write
/// there all the time.
#[cfg(unix)]
#[test]
fn two_triages_do_not_write_to_one_folder() {
    use std::process::Stdio;
    let dir = Directory::new("triage-twice");
    let path = |name: &str| format!("{}/{name}", dir.path());
    let (file, pipe, out) = (dir.file("crash", "\u{1}"), path("pipe"), path("out"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("there are pipes").success());
    let triage = |file: &str| wasclean(["triage", "--target", "world", file, "--out", &out]);
    let child = command(["triage", "--target", "world", &pipe, "--out", &out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Whoever opens a pipe waits until it is open at its other end.
    let input = fs::OpenOptions::new().write(true).open(&pipe).expect("it is read");
    let said = triage(&file);
    assert_eq!(wasclean(["fuzz", "--seed", "1", "--runs", "10", "--out", &out]).code, Some(0));
    drop(input);
    assert_eq!(Said::from(child.wait_with_output().expect("it ends")).code, Some(0));
    said.refuses("another triage writes to the folder");
    assert!(said.stderr.contains("--out"), "{said:?}");
    assert_eq!(triage(&file).code, Some(0));
}

/// The time line has no room, so the finding is printed, and the summary tells that and the file that is not there.
#[cfg(target_os = "linux")]
#[test]
fn a_finding_of_a_triage_that_has_no_room_is_printed() {
    let dir = Directory::new("triage-full");
    let (seeds, out) = (format!("{}/world", dir.path()), format!("{}/out", dir.path()));
    wasclean(["corpus", &corpus("faults/M15.toml"), "--out", &seeds]);
    let input = format!("{seeds}/M15");
    let triage = |other: &str| wasclean(["triage", "--fault", "M15", &input, other, "--out", &out, "--json"]);
    let found = triage(&input).stdout.lines().next().expect("a finding").to_owned();
    let found: serde_json::Value = serde_json::from_str(&found).expect("an object");
    let time_line = found["time_line"].as_str().expect("a path");
    fs::remove_file(time_line).expect("it is there");
    std::os::unix::fs::symlink("/dev/full", time_line).expect("there is room");
    let said = triage(&format!("{seeds}/none"));
    assert_eq!(said.code, Some(2), "{said:?}");
    let summary = said.summary();
    assert_eq!((&summary["findings"], &summary["refused"]), (&1.into(), &2.into()), "{said:?}");
    assert!(summary["error"].as_str().is_some_and(|error| error.starts_with("2 were refused")), "{said:?}");
    assert!(said.stdout.lines().any(|line| line.contains("\"bytes\":\"")), "{said:?}");
    assert_eq!(said.stderr.matches("error:").count(), 2, "{said:?}");
}

#[test]
fn a_planted_fault_is_not_lost_without_a_word() {
    let dir = Directory::new("planted");
    let (seeds, out) = (format!("{}/world", dir.path()), format!("{}/out", dir.path()));
    let said = wasclean(["corpus", &corpus("faults/M15.toml"), "--out", &seeds]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stderr.contains("note:") && said.stderr.contains("triage --fault M15"), "{said:?}");
    let said = wasclean(["corpus", &corpus("scenarios/litmus"), "--out", &seeds]);
    assert_eq!(said.stderr, "", "there is no fault in any");
    let input = format!("{seeds}/M15");
    let said = wasclean(["triage", &input, "--out", &out]);
    assert!(said.code == Some(0) && said.stdout.contains("breaks nothing"), "{said:?}");
    let said = wasclean(["triage", "--fault", "m15", &input, "--out", &out, "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let found = said.stdout.lines().next().expect("a finding");
    let found: serde_json::Value = serde_json::from_str(found).expect("an object");
    assert_eq!(found["fault"], "M15");
    let replayed = wasclean(["replay", found["scenario"].as_str().expect("a path"), "--json"]);
    assert_eq!(replayed.summary()["broken"]["invariant"], found["broken"], "{replayed:?}");
    // A file that cannot be read takes nothing away from the others.
    let beside = format!("{}/beside", dir.path());
    let said = wasclean(["triage", "--fault", "M15", &input, &format!("{seeds}/none"), "--out", &beside]);
    said.refuses("world/none");
    assert!(said.stdout.contains("1 finding of 2 files"), "{said:?}");
    assert_eq!(fs::read_dir(&beside).expect("it was made").count(), 4);
    wasclean(["triage", "--fault", "M15", "--target", "dispatch", &input]).refuses("runs of `world`");
    wasclean(["triage", "--fault", "M99", &input]).refuses("M99");
}
