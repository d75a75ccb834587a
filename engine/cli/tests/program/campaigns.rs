//! `fuzz`: the same result for any number of jobs, resumed, and interrupted.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Directory, Said, command, wasclean};

/// A campaign of 3,000 runs, as JSON.
fn campaign(jobs: &str, out: &Directory) -> Said {
    wasclean(["fuzz", "--seed", "1", "--runs", "3000", "--jobs", jobs, "--out", out.path(), "--json"])
}

#[test]
fn the_number_of_jobs_does_not_show_in_the_summary() {
    let (first, second) = (Directory::new("jobs-1"), Directory::new("jobs-3"));
    let (alone, together) = (campaign("1", &first).summary(), campaign("3", &second).summary());
    for field in [
        "runs",
        "violations",
        "findings",
        "digest",
        "witnessed",
        "rows",
        "actions_per_run",
        "seed",
        "profile",
    ] {
        assert_eq!(alone[field], together[field], "{field}");
    }
    assert_eq!(alone["runs"], 3000);
    assert_eq!(alone["digest"].as_str().map(str::len), Some(32));
    assert!(alone["runs_per_second"].as_f64().is_some_and(|rate| rate > 0.0));
    assert_eq!(first.names(), second.names());
}

#[test]
fn the_exit_status_is_that_of_the_verdict() {
    let out = Directory::new("verdict");
    let said = campaign("2", &out);
    let is_broken = said.summary()["violations"].as_u64().expect("a number") > 0;
    assert_eq!(said.code, Some(i32::from(is_broken)), "{said:?}");
}

#[test]
fn a_resumed_campaign_comes_to_the_same() {
    let (whole, parts) = (Directory::new("whole"), Directory::new("parts"));
    let once = campaign("2", &whole).summary();
    let first = wasclean(["fuzz", "--seed", "1", "--runs", "1000", "--out", parts.path(), "--json"]);
    assert_eq!(first.summary()["runs"], 1000);
    let second = wasclean(["fuzz", "--resume", parts.path(), "--runs", "3000", "--json"]).summary();
    for field in ["runs", "violations", "findings", "digest", "witnessed", "rows", "seed"] {
        assert_eq!(second[field], once[field], "{field}");
    }
    let third = wasclean(["fuzz", "--resume", parts.path(), "--json"]).summary();
    assert_eq!(third["digest"], once["digest"], "there is nothing left to do");
}

#[test]
fn programs_are_told_what_is_not_judged_and_each_invariant_that_is_broken() {
    let out = Directory::new("told");
    let fuzz =
        ["fuzz", "--seed", "1", "--profile", "node-20", "--fault", "M07", "--out", out.path(), "--json"];
    let said = Said::from(command(fuzz).args(["--runs", "30"]).output().expect("the program starts"));
    let summary = said.summary();
    let begin = said.stdout.lines().next().expect("it begins");
    let begin: serde_json::Value = serde_json::from_str(begin).expect("an object");
    assert_eq!(summary["waived"], begin["waived"]);
    let waived = summary["waived"].as_array().expect("a list");
    // What is listed as not claimed is not judged, be it of one run or of several.
    let table = wasclean(["list", "invariants", "--json"]).summary();
    for invariant in table["invariants"].as_array().expect("a list") {
        let is_claimed = invariant["claimed_in"].as_array().expect("a list").contains(&"node-20".into());
        let is_of_runs = invariant["class"] != "function";
        assert_eq!(waived.contains(&invariant["id"]), is_of_runs && !is_claimed, "{invariant}");
    }
    assert!(waived.contains(&"INV-81".into()), "{waived:?}");
    let once = command(fuzz).args(["--runs", "1", "--first", "1"]).output().expect("the program starts");
    let once = Said::from(once).summary();
    assert_eq!(once["violations"], 1, "{once}");
    for summary in [summary, once] {
        let broken = summary["broken"].as_object().expect("an object");
        let sum: u64 = broken.values().map(|count| count.as_u64().expect("a number")).sum();
        assert_eq!(Some(sum), summary["violations"].as_u64(), "{summary}");
    }
}

#[test]
fn fewer_runs_than_were_played_are_no_goal() {
    let out = Directory::new("fewer");
    let state = || std::fs::read_to_string(format!("{}/campaign.json", out.path())).expect("it was saved");
    wasclean(["fuzz", "--seed", "5", "--first", "100", "--runs", "600", "--out", out.path()]);
    let before = state();
    let said = wasclean(["fuzz", "--resume", out.path(), "--runs", "599"]);
    said.refuses("has played 600 runs, more than --runs 599");
    assert!(said.stderr.contains("fuzz --seed 5 --profile standard --first 100 --runs 599"), "{said:?}");
    assert_eq!(state(), before);
    assert_eq!(wasclean(["fuzz", "--resume", out.path(), "--runs", "600"]).code, Some(0));
    // More time is no other number of runs.
    assert_eq!(wasclean(["fuzz", "--resume", out.path(), "--time", "50ms"]).code, Some(0));
    assert!(state().contains("\"goal\": 700"), "{}", state());
    let said = wasclean(["fuzz", "--resume", out.path()]);
    let played =
        said.stdout.lines().find_map(|line| line.strip_prefix("goes on after ")).expect("it is told");
    let runs = format!("--runs {} --first 100", played.trim_end_matches(" runs").replace(',', ""));
    assert!(said.stdout.contains(&runs), "{said:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_no_state() {
    let dir = Directory::new("pipe");
    let path = format!("{}/campaign.json", dir.path());
    assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("linux has it").success());
    wasclean(["fuzz", "--resume", dir.path()]).refuses("it is not a file");
    wasclean(["merge", dir.path()]).refuses("it is not a file");
    let said = wasclean(["fuzz", "--seed", "1", "--runs", "10", "--out", dir.path()]);
    assert!(said.stderr.contains("it is kept as campaign.previous.json"), "{said:?}");
}

#[test]
fn another_seed_and_another_profile_are_other_campaigns() {
    let out = Directory::new("others");
    let digest = |seed: &str, profile: &str| {
        let arguments =
            ["fuzz", "--seed", seed, "--profile", profile, "--runs", "500", "--out", out.path(), "--json"];
        wasclean(arguments).summary()["digest"].clone()
    };
    assert_ne!(digest("1", "standard"), digest("2", "standard"));
    assert_ne!(digest("1", "standard"), digest("1", "literal"));
}

#[test]
fn a_time_is_kept() {
    let out = Directory::new("time");
    let begun = Instant::now();
    let said = wasclean(["fuzz", "--seed", "1", "--time", "300ms", "--out", out.path(), "--json"]);
    assert!(said.summary()["runs"].as_u64().expect("a number") > 0);
    assert_eq!(said.summary()["interrupted"], false);
    let elapsed = begun.elapsed();
    assert!(elapsed >= Duration::from_millis(300) && elapsed < Duration::from_secs(30), "{elapsed:?}");
}

/// Interrupts the program as a terminal does.
#[cfg(unix)]
#[test]
fn an_interrupted_campaign_is_saved_and_goes_on() {
    let out = Directory::new("interrupted");
    let child = command(["fuzz", "--seed", "1", "--time", "10m", "--out", out.path(), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Its first line comes after it has begun to watch for interruptions.
    thread::sleep(Duration::from_millis(500));
    let id = child.id().to_string();
    // Twice, as `timeout` and some terminals do.
    for _ in 0..2 {
        let killed =
            std::process::Command::new("kill").args(["-INT", &id]).status().expect("there is a kill");
        assert!(killed.success());
    }
    let said = Said::from(child.wait_with_output().expect("it ends"));
    assert_eq!(said.code, Some(130), "{said:?}");
    assert_eq!(said.summary()["interrupted"], true);
    let runs = said.summary()["runs"].as_u64().expect("a number");
    // Whoever begins another one in its folder does not lose it.
    let beside = Directory::new("interrupted-beside");
    let state = std::fs::read_to_string(format!("{}/campaign.json", out.path())).expect("it was saved");
    beside.file("campaign.json", state);
    let other = wasclean(["fuzz", "--seed", "2", "--runs", "10", "--out", beside.path()]);
    assert!(other.stderr.contains("it is kept as campaign.previous.json"), "{other:?}");
    let more = (runs + 500).to_string();
    let resumed = wasclean(["fuzz", "--resume", out.path(), "--runs", &more, "--json"]);
    assert_eq!(resumed.summary()["runs"], runs + 500);
}

/// Kills the program, which cannot see it coming, as soon as it has told of a finding.
#[cfg(unix)]
#[test]
fn a_campaign_that_is_killed_at_once_goes_on() {
    use std::io::{BufRead as _, BufReader};
    let out = Directory::new("killed");
    let campaign = ["fuzz", "--seed", "1", "--fault", "M07", "--time", "10m", "--out", out.path(), "--json"];
    let mut child =
        command(campaign).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let told = lines.map_while(Result::ok).find(|line| line.contains("\"event\":\"finding\""));
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    assert!(told.is_some(), "M07 is found in twenty runs");
    let resumed = wasclean(["fuzz", "--resume", out.path(), "--runs", "500", "--json"]);
    assert_eq!(resumed.code, Some(1), "{resumed:?}");
    assert!(resumed.summary()["runs"].as_u64() >= Some(500), "{resumed:?}");
    assert!(resumed.summary()["findings"].as_u64() > Some(0), "{resumed:?}");
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_campaign() {
    let out = Directory::new("gone");
    let mut child = command(["fuzz", "--seed", "1", "--runs", "2000", "--out", out.path()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let said = Said::from(child.wait_with_output().expect("it ends"));
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    assert!(!said.stderr.contains("panicked"), "{said:?}");
    assert!(out.names().contains(&"campaign.json".to_owned()));
}

/// Makes the state in a folder what it is when the campaign is killed before its time is over.
fn kill_before_its_end(out: &str) {
    let path = format!("{out}/campaign.json");
    let state = std::fs::read_to_string(&path).expect("it was saved");
    let killed = state.replace("\"is_time_over\": true", "\"is_time_over\": false");
    assert_ne!(state, killed);
    std::fs::write(path, killed).expect("there is room");
}

/// As cron does it: the same command again and again. What has come to its end is no campaign to resume.
#[test]
fn a_campaign_of_every_night_leaves_two_states() {
    let out = Directory::new("nightly");
    let seed = |name: &str| {
        let state = std::fs::read_to_string(format!("{}/{name}", out.path())).expect("it was saved");
        serde_json::from_str::<serde_json::Value>(&state).expect("a state")["seed"].clone()
    };
    let night = |seed| wasclean(["fuzz", "--seed", seed, "--time", "20ms", "--out", out.path()]);
    for number in ["1", "2", "3", "4"] {
        let said = night(number);
        assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{said:?}");
    }
    assert_eq!(out.names(), [".campaign.lock", "campaign.json", "campaign.last.json"]);
    assert_eq!((seed("campaign.json"), seed("campaign.last.json")), (4.into(), 3.into()));
    // Until the next one begins, more time can be had for it.
    let more = wasclean(["fuzz", "--resume", out.path(), "--time", "20ms", "--json"]).summary();
    assert_eq!((&more["seed"], &more["interrupted"]), (&4.into(), &false.into()));
    // One that was cut off is kept for whoever wants to go on with it.
    kill_before_its_end(out.path());
    assert!(night("5").stderr.contains("it is kept as campaign.previous.json"));
    assert_eq!((seed("campaign.previous.json"), seed("campaign.last.json")), (4.into(), 3.into()));
}

#[test]
fn an_unfinished_campaign_is_not_overwritten() {
    let out = Directory::new("previous");
    let state = |name: &str| std::fs::read_to_string(format!("{}/{name}", out.path())).ok();
    let time = |seed| {
        let said = wasclean(["fuzz", "--seed", seed, "--time", "50ms", "--out", out.path(), "--json"]);
        kill_before_its_end(out.path());
        said
    };
    let runs = || wasclean(["fuzz", "--seed", "8", "--runs", "10", "--out", out.path(), "--json"]);
    assert_eq!(time("7").stderr, "");
    let first = state("campaign.json");
    let said = time("9");
    assert!(said.stderr.contains("it is kept as campaign.previous.json"), "{said:?}");
    let second = state("campaign.json");
    assert!(runs().stderr.contains("it is kept as campaign.previous-2.json"));
    assert_eq!((state("campaign.previous.json"), state("campaign.previous-2.json")), (first, second));
    assert_eq!(runs().stderr, "", "a finished one is replaced");
    // What cannot be read may be what somebody still needs.
    let whole = state("campaign.json").expect("it was saved");
    let damaged = &whole[..whole.len() / 2];
    out.file("campaign.json", damaged);
    assert!(runs().stderr.contains("it is kept as campaign.previous-3.json"));
    assert_eq!(state("campaign.previous-3.json").as_deref(), Some(damaged));
}

/// A process that may write no file longer than nothing stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_a_state_stays_where_it_is() {
    let out = Directory::new("full");
    wasclean(["fuzz", "--seed", "7", "--time", "50ms", "--out", out.path()]);
    let before = out.names();
    let said = crate::support::limited("0", ["fuzz", "--seed", "8", "--runs", "10", "--out", out.path()]);
    said.refuses("cannot write to the folder");
    assert_eq!(out.names(), before);
}

/// While a campaign writes to a folder nobody else does; when it is killed, the next one may.
#[cfg(unix)]
#[test]
fn two_campaigns_do_not_write_to_one_folder() {
    let dir = Directory::new("shared");
    let out = format!("{}/out", dir.path());
    let part = format!("{}/part", dir.path());
    let other = ["fuzz", "--seed", "2", "--runs", "10", "--out", &out];
    assert_eq!(wasclean(["fuzz", "--seed", "3", "--runs", "10", "--out", &part]).code, Some(0));
    let mut child = command(["fuzz", "--seed", "1", "--time", "10m", "--out", &out])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    while !std::path::Path::new(&out).join("campaign.json").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it saves its state before its first run");
        thread::sleep(Duration::from_millis(10));
    }
    let refused = [wasclean(other), wasclean(["merge", &part, "--out", &out])];
    let resumed = wasclean(["fuzz", "--resume", &out, "--runs", "10"]);
    let merged = wasclean(["merge", &out, "--json"]);
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    for said in refused {
        said.refuses("another campaign writes to the folder");
        assert!(said.stderr.contains("--out"), "{said:?}");
    }
    resumed.refuses("another campaign writes to the folder");
    assert_eq!(merged.summary()["seed"], 1, "a part may be read at any time");
    assert_eq!(wasclean(["fuzz", "--resume", &out, "--time", "10ms"]).code, Some(0));
    assert_eq!(wasclean(other).code, Some(0));
}

/// A directory in the place of the file that is written first stands for a disk on which only small files have room.
#[cfg(target_os = "linux")]
#[test]
fn a_finding_that_is_saved_and_not_shrunk_is_told_and_not_lost() {
    // With more than one run another candidate comes to the same finding.
    ["1", "20"].iter().for_each(|runs| save_unshrunk(runs));
}

#[cfg(target_os = "linux")]
#[track_caller]
fn save_unshrunk(runs: &str) {
    let dir = Directory::new(&format!("unshrunk-{runs}"));
    let out = format!("{}/whole", dir.path());
    let fuzz = ["fuzz", "--seed", "1", "--fault", "M07", "--runs", runs, "--json", "--out"];
    let whole = command(fuzz).arg(&out).output().expect("the program starts");
    let whole = Said::from(whole).summary();
    let out = format!("{}/full", dir.path());
    std::fs::create_dir(&out).expect("there is room");
    let mut names: Vec<String> = Vec::new();
    for file in whole["finding_files"].as_array().expect("a list") {
        let file = std::path::Path::new(file.as_str().expect("a path"));
        names.push(format!("{out}/.{}", file.file_name().expect("it is a file").display()));
    }
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "for n in $0; do mkdir $n.$$.tmp; done; exec \"$@\"", &names.join(" ")]);
    shell.arg(env!("CARGO_BIN_EXE_wasclean")).args(fuzz).arg(&out).stdin(Stdio::null());
    let said = Said::from(shell.output().expect("there is a shell"));
    said.refuses("could not be saved");
    assert!(said.stderr.contains("wasclean fuzz --resume"), "{said:?}");
    let summary = said.summary();
    assert_eq!(summary["findings"], 0, "{said:?}");
    let files = summary["finding_files"].as_array().expect("a list");
    assert_eq!(Some(files.len() as u64), summary["unshrunk"].as_u64());
    let file = files[0].as_str().expect("a path");
    assert!(file.starts_with(&out) && file.ends_with("-unshrunk.toml"), "{file}");
    assert!(said.stdout.contains(&format!("wasclean replay {file}")), "{said:?}");
    assert_eq!(wasclean(["replay", file]).code, Some(1));
    let resumed = wasclean(["fuzz", "--resume", &out, "--json"]).summary();
    assert_eq!(
        (&resumed["findings"], &resumed["unshrunk"]),
        (&whole["findings"], &serde_json::json!(0)),
        "{resumed}"
    );
}

#[test]
fn parts_are_merged_to_what_one_campaign_comes_to() {
    let dir = Directory::new("shards");
    let path = |name: &str| format!("{}/{name}", dir.path());
    let whole =
        wasclean(["fuzz", "--seed", "3", "--runs", "3000", "--out", &path("whole"), "--json"]).summary();
    for part in ["1/3", "2/3", "3/3"] {
        let out = path(&part[..1]);
        let said =
            wasclean(["fuzz", "--seed", "3", "--runs", "3000", "--shard", part, "--out", &out, "--json"]);
        assert_eq!(said.summary()["runs"], 1000);
    }
    let parts = [path("3"), path("1"), path("2")];
    let merged = wasclean(["merge", &parts[0], &parts[1], &parts[2], "--out", &path("merged"), "--json"]);
    assert_eq!(merged.code, Some(0), "{merged:?}");
    let merged = merged.summary();
    for key in ["runs", "violations", "findings", "digest", "seed", "profile"] {
        assert_eq!(merged[key], whole[key], "{key}");
    }
    let resumed = wasclean(["fuzz", "--resume", &path("merged"), "--runs", "3500", "--json"]).summary();
    assert_eq!(resumed["runs"], 3500);

    let gap = wasclean(["merge", &parts[0], &parts[1]]);
    assert!(gap.stdout.contains("missing: 1,000 runs"), "{gap:?}");
    assert!(gap.stdout.contains("--first 1000 --runs 1000"), "{gap:?}");
    let witnessed = |said: &Said| {
        let line = said.stdout.lines().find(|line| line.contains("invariants witnessed"));
        line.expect("it is told").to_owned()
    };
    let alone = wasclean(["fuzz", "--seed", "3", "--runs", "1000", "--out", &path("alone")]);
    assert_eq!(witnessed(&wasclean(["merge", &path("alone")])), witnessed(&alone));
    wasclean(["merge", dir.path()]).refuses("no campaign to add up");
    wasclean(["merge", &parts[0], &parts[0]]).refuses("are in more than one part");
    let said = wasclean(["merge", &parts[1], &path("alone"), &parts[0]]);
    said.refuses(&format!("{} and {}: runs 0 to 999", parts[1], path("alone")));
    assert!(said.stderr.contains("leave one of these out"), "{said:?}");
    let other = |words: [&str; 2]| {
        let out = path("other");
        let arguments = ["fuzz", "--first=5000", "--runs=10", words[0], words[1], "--out", &out];
        assert_eq!(wasclean(arguments).code, Some(0));
        let said = wasclean(["merge", &out, &parts[1]]);
        assert!(said.stderr.contains("advice:"), "{said:?}");
        (said, out)
    };
    let (said, out) = other(["--seed=4", "--profile=standard"]);
    said.refuses(&format!("{} has seed 3 and {out} has seed 4", parts[1]));
    let (said, out) = other(["--seed=3", "--profile=literal"]);
    said.refuses(&format!("{} and {out} have different profiles", parts[1]));
    wasclean(["fuzz", "--shard", "1/2"]).refuses("--seed");
    wasclean(["fuzz", "--seed", "1", "--shard", "3/2"]).refuses("numbered from 1 to 2");
    wasclean(["fuzz", "--seed", "1", "--runs", "1", "--shard", "1/2", "--out", &path("x")])
        .refuses("has no run");
}

#[test]
fn merge_keeps_the_states_that_are_there() {
    let dir = Directory::new("merge-room");
    let path = |name: &str| format!("{}/{name}", dir.path());
    let fuzz = |seed: &str, words: [&str; 2], out: &str| {
        let said = command(["fuzz", "--seed", seed, "--out", out, "--json"]).args(words).output();
        Said::from(said.expect("the program starts")).summary()
    };
    let state = |out: &str, name: &str| std::fs::read_to_string(format!("{out}/{name}")).ok();
    let (one, other, gap, out) = (path("one"), path("other"), path("gap"), path("out"));
    fuzz("3", ["--runs", "100"], &one);
    fuzz("3", ["--runs=100", "--first=100"], &other);
    fuzz("3", ["--runs=100", "--first=300"], &gap);

    // A part stays what it was, whatever its folder is called.
    let part = state(&one, "campaign.json");
    wasclean(["merge", &one, &other, "--out", &format!("{other}/../one")])
        .refuses("whose state would be lost");
    assert_eq!(state(&one, "campaign.json"), part);

    // An unfinished campaign is kept under another name, and a finished one is replaced.
    fuzz("7", ["--time", "50ms"], &out);
    kill_before_its_end(&out);
    let unfinished = state(&out, "campaign.json");
    for _ in 0..2 {
        assert_eq!(wasclean(["merge", &one, &other, "--out", &out]).code, Some(0));
        assert_eq!(state(&out, "campaign.previous.json"), unfinished);
        assert_ne!(state(&out, "campaign.json"), unfinished);
    }

    // No state stands for runs that are missing, not even one that was whole.
    let whole = state(&out, "campaign.json");
    let said = wasclean(["merge", &one, &gap, "--out", &out]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stderr.contains("kept as campaign.previous-2.json"), "{said:?}");
    assert_eq!((state(&out, "campaign.json"), state(&out, "campaign.previous-2.json")), (None, whole));
    assert_eq!(state(&out, "campaign.previous.json"), unfinished);
    assert_eq!(wasclean(["merge", &one, &gap, "--out", &out]).stderr, "");
}

#[test]
fn a_merged_campaign_is_told_with_its_fault() {
    let dir = Directory::new("merge-fault");
    let part = |first: &str| {
        let out = format!("{}/{first}", dir.path());
        let arguments =
            ["fuzz", "--seed", "3", "--fault", "M07", "--first", first, "--runs", "50", "--out", &out];
        assert_eq!(wasclean(arguments).code, Some(1));
        out
    };
    let (one, other) = (part("0"), part("100"));
    let said = wasclean(["merge", &one, &other]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("under standard with M07 in 2 parts"), "{said:?}");
    let repeat = "wasclean fuzz --seed 3 --profile standard --fault M07 --first 50 --runs 50 --out DIR";
    assert!(said.stdout.contains(repeat), "{said:?}");
    let summary = wasclean(["merge", &one, &other, "--json"]).summary();
    assert_eq!((summary["profile"].as_str(), summary["fault"].as_str()), (Some("standard"), Some("M07")));
}
