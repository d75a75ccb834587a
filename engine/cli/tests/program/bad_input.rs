//! What is wrong is told once, with what to do, and exit status 2.

use std::fs;
use std::path::Path;

use crate::support::{CLEAN, Directory, Said, command, corpus, wasclean};

#[test]
fn options_that_make_no_sense_are_refused() {
    for (arguments, words) in [
        (["fuzz", "--jobs", "0"], "--jobs"),
        (["fuzz", "--jobs", "100000"], "--jobs"),
        (["fuzz", "--runs", "0"], "--runs"),
        (["fuzz", "--runs", "99999999999999999999999"], "--runs"),
        (["fuzz", "--seed", "-1"], "'-1' for '--seed <N>'"),
        (["fuzz", "--runs", "-1"], "'-1' for '--runs <N>'"),
        (["fuzz", "--jobs", "-1"], "'-1' for '--jobs <N>'"),
        (["fuzz", "--first", "-1"], "'-1' for '--first <N>'"),
        (["faults", "--seed", "-1"], "'-1' for '--seed <N>'"),
        (["faults", "--runs", "-1"], "'-1' for '--runs <N>'"),
        (["faults", "--jobs", "-1"], "'-1' for '--jobs <N>'"),
        (["conform", "--states", "-1"], "'-1' for '--states <N>'"),
        (["fuzz", "--time", "soon"], "30s"),
        (["fuzz", "--time", "0s"], "--time"),
        (["fuzz", "--profile", "standrd"], "standard"),
        (["explain", "65536", "--json"], "0 to 65535"),
        (["decode", "xyz", "--json"], "hexadecimal"),
        (["decode", "880", "--json"], "odd"),
        (["decode", "88\u{e9}", "--json"], "character 3, `\u{e9}`,"),
        (["decode", "no/such.bin", "--json"], "no such file"),
    ] {
        wasclean(arguments).refuses(words);
    }
    wasclean(["shrink", "x.toml", "--runs", "-1"]).refuses("'-1' for '--runs <N>'");
    wasclean(["fuzz", "--first", "18446744073709551615", "--runs", "2"]).refuses("64 bits");
    wasclean(["fuzz", "--seed", "1", "--shard", "1/0"]).refuses("at least one part");
}

#[test]
fn a_folder_without_scenarios_is_an_error() {
    let empty = Directory::new("empty");
    wasclean(["run", empty.path()]).refuses("holds no scenario");
    wasclean(["run", "no-such-folder"]).refuses("no-such-folder");
}

#[test]
fn a_malformed_scenario_is_refused_with_its_place() {
    let dir = Directory::new("malformed");
    let wrong = CLEAN.replace("'wait close'", "'wait for it'");
    let file = dir.file("wrong.toml", &wrong);
    for command in ["run", "replay", "shrink", "explain"] {
        let said = wasclean([command, &file]);
        said.refuses("wrong.toml:7:");
        assert!(said.stderr.contains("advice:"), "{said:?}");
    }
}

#[test]
fn an_invariant_that_there_is_not_is_refused_with_its_place() {
    let dir = Directory::new("unknown-invariant");
    let file = dir.file("finding.toml", format!("{CLEAN}breaks = \"INV-999\"\n"));
    for command in ["run", "replay", "shrink", "explain"] {
        let said = wasclean([command, &file]);
        said.refuses("finding.toml:11:11: unknown invariant `INV-999`");
        assert!(said.stderr.contains("did you mean `INV-99`?"), "{said:?}");
    }
}

#[test]
fn a_truncated_finding_is_refused_at_every_length() {
    let dir = Directory::new("truncated");
    let said = wasclean(["fuzz", "--seed", "4", "--fault", "M37", "--runs", "3", "--out", dir.path()]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let name = dir.names().into_iter().find(|name| name.ends_with(".toml")).expect("a finding");
    let found = fs::read_to_string(Path::new(dir.path()).join(name)).expect("it was saved");
    let committed = fs::read_to_string(corpus("faults/M37.toml")).expect("it is there");
    for whole in [&*found, &committed, &format!("{CLEAN}breaks = \"INV-20\"\n")] {
        let said = wasclean(["replay", &dir.file("whole.toml", whole)]);
        assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
        let lines = whole.match_indices('\n').map(|(at, _)| at + 1).filter(|&len| len < whole.len());
        for len in lines.chain((0..whole.len() - 1).step_by(7)) {
            let said = wasclean(["replay", &dir.file("part.toml", &whole[..len])]);
            // What still breaks an invariant is not lost, whatever else is missing.
            if said.code == Some(1) {
                assert!(said.stdout.contains("still breaks"), "{len}: {said:?}");
            } else {
                said.refuses("part.toml");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_no_scenario() {
    let dir = Directory::new("no-text");
    let file = dir.file("binary.toml", b"format = 1\n\xff\xfe");
    wasclean(["run", &file]).refuses("binary.toml:2: not UTF-8");
    wasclean(["run", &dir.file("empty.toml", "")]).refuses("empty.toml");
}

#[test]
fn a_choice_that_does_not_fit_is_named() {
    let dir = Directory::new("mismatch");
    let text = CLEAN.replace("[page]", "choices = [\"world.step=peer-3\"]\n[page]");
    let text = format!("{text}breaks = \"INV-20\"\n");
    let file = dir.file("old.toml", text);
    let said = wasclean(["replay", &file]);
    said.refuses("world.step=peer-3");
    assert!(said.stderr.contains("--best-effort"), "{said:?}");
    assert_eq!(wasclean(["replay", "--best-effort", &file]).code, Some(0));
}

#[test]
fn a_choice_that_does_not_fit_is_told_with_the_command_that_goes_on() {
    let dir = Directory::new("mismatch-advice");
    let file = dir.file("old.toml", CLEAN.replace("[page]", "choices = [\"world.step=peer-3\"]\n[page]"));
    for name in ["replay", "shrink", "explain"] {
        let said = wasclean([name, &file]);
        said.refuses("world.step=peer-3");
        assert!(said.stderr.contains(&format!("`wasclean {name} --best-effort {file}`")), "{said:?}");
        let input = fs::File::open(&file).expect("it is there");
        let said = Said::from(command([name, "-"]).stdin(input).output().expect("the program starts"));
        said.refuses("world.step=peer-3");
        assert!(said.stderr.contains(&format!("`wasclean {name} --best-effort -`")), "{said:?}");
    }
}

#[test]
fn a_damaged_state_is_not_resumed() {
    let dir = Directory::new("damaged");
    wasclean(["fuzz", "--resume", dir.path()]).refuses("no campaign to resume");
    dir.file("campaign.json", "{\"format\": 1,\n");
    wasclean(["fuzz", "--resume", dir.path()]).refuses("campaign.json:2:");
}

#[test]
fn a_state_that_is_not_ours_says_whose_it_is() {
    let dir = Directory::new("not-ours");
    wasclean(["fuzz", "--seed", "1", "--runs", "3", "--out", dir.path()]);
    let path = Path::new(dir.path()).join("campaign.json");
    let state = fs::read_to_string(&path).expect("it was saved");
    let check = |from: &str, to: &str, words: &str| {
        assert!(state.contains(from), "{from} is not in {state}");
        dir.file("campaign.json", state.replacen(from, to, 1));
        for arguments in [["fuzz", "--resume", dir.path()].as_slice(), &["merge", dir.path()]] {
            let said = Said::from(command([]).args(arguments).output().expect("the program starts"));
            said.refuses(words);
            assert!(said.stderr.contains("advice:"), "{said:?}");
        }
    };
    check("\"format\": 1,", "\"format\": 2, \"more\": 7,", "is a state of format 2; wasclean");
    let version = format!("\"version\": \"{}\",", env!("CARGO_PKG_VERSION"));
    check(&version, "\"version\": \"0.0.7\", \"more\": 7,", "was written by wasclean 0.0.7;");
    check("\"witnessed\": [", "\"witnessed\": [7,", "so another build of wasclean wrote it");
    check("\"seed\"", "\"sed\"", "unknown field `sed`");
}

/// What cannot be written to is not gone on with, and `--out` is nothing that could be named beside `--resume`.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_not_resumed() {
    let dir = Directory::new("read-only");
    wasclean(["fuzz", "--seed", "1", "--runs", "3", "--out", dir.path()]);
    let said = crate::support::limited("0", ["fuzz", "--resume", dir.path(), "--runs", "6"]);
    said.refuses("make the folder writable, or copy it");
    assert!(!said.stderr.contains("--out"), "{said:?}");
}

#[test]
fn an_output_folder_that_cannot_be_is_refused_before_the_first_run() {
    let dir = Directory::new("no-folder");
    let file = dir.file("file", "");
    let inside = format!("{file}/findings");
    for out in [&file, &inside] {
        let said = wasclean(["fuzz", "--runs", "10", "--out", out]);
        said.refuses("--out DIR");
        assert_eq!(said.stdout, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_folder_whose_name_is_not_text_is_refused_before_the_first_run() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let dir = Directory::new("not-text");
    let out = Path::new(dir.path()).join(OsStr::from_bytes(b"\xff"));
    let fuzz = |option: &str| {
        let mut command = command(["fuzz", "--runs", "300"]);
        Said::from(command.arg(option).arg(&out).output().expect("it starts"))
    };
    let said = fuzz("--out");
    said.refuses("is not UTF-8");
    assert!(said.stdout.is_empty() && said.stderr.contains("advice:"), "{said:?}");
    assert_eq!(dir.names(), <[String; 0]>::default());
    let before = format!("{}/text", dir.path());
    wasclean(["fuzz", "--seed", "1", "--runs", "3", "--out", &before]);
    fs::rename(before, &out).expect("linux takes any name");
    fuzz("--resume").refuses("is not UTF-8");
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_told() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let output = command(["list", "codes"]).stdout(full).output().expect("it starts");
    Said::from(output).refuses("cannot write to standard output");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let output = command(["--help"]).stdout(full).output().expect("it starts");
    Said::from(output).refuses("cannot write to standard output");
}

#[test]
fn what_breaks_nothing_cannot_be_shrunk() {
    let dir = Directory::new("unbroken");
    wasclean(["shrink", &dir.file("clean.toml", CLEAN)]).refuses("breaks no invariant");
}

#[test]
fn a_place_that_takes_no_file_is_told_with_what_to_do() {
    let dir = Directory::new("no-place");
    let file = dir.file("clean.toml", CLEAN);
    let inside = format!("{file}/out");
    let broken = corpus("faults/M37.toml");
    for arguments in [
        ["corpus", &file, "--out", &inside],
        ["shrink", &broken, "--out", &inside],
        ["faults", "M37", "--out", &inside],
    ] {
        let said = wasclean(arguments);
        said.refuses("--out names another place");
        assert!(said.stderr.contains("advice:"), "{said:?}");
    }
}

/// A process that may write no file longer than nothing stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn what_has_no_room_is_told_and_not_lost() {
    let dir = Directory::new("no-room");
    let (file, out) = (dir.file("clean.toml", CLEAN), format!("{}/out", dir.path()));
    let broken = corpus("faults/M37.toml");
    let said = crate::support::limited("0", ["shrink", &broken, "--out", &out]);
    said.refuses("cannot write");
    assert!(said.stdout.contains("format = 1") && said.stdout.contains("breaks = "), "{said:?}");
    let said = crate::support::limited("0", ["corpus", &file, "--out", &out, "--json"]);
    said.refuses("cannot write");
    let summary = said.summary();
    assert_eq!((&summary["files"], &summary["interrupted"]), (&0.into(), &false.into()), "{summary}");
    assert!(summary["error"].as_str().is_some_and(|error| error.contains("cannot write")), "{summary}");
}

#[test]
fn what_cannot_be_read_is_told_with_advice() {
    let dir = Directory::new("unreadable");
    let path = |name: &str| format!("{}/{name}", dir.path());
    let long = path("long.toml");
    fs::File::create(&long).and_then(|file| file.set_len((64 << 20) + 1)).expect("there is room");
    let recording = path("none.json");
    for arguments in [
        ["run", "none.toml"],
        ["run", &path("none.toml")],
        ["replay", &long],
        ["corpus", "none"],
        ["conform", &recording],
    ] {
        let said = wasclean(arguments);
        said.refuses(arguments[1]);
        assert!(said.stderr.contains("advice:"), "{said:?}");
    }
    let said = wasclean(["conform", &recording]);
    assert!(!said.stderr.contains("it is not in"), "a whole path is seen from nowhere: {said:?}");
}
