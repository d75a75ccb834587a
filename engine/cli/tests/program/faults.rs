//! `faults`: the table, a part of it, and what is saved.

use std::fs;
use std::path::Path;

use crate::support::{Directory, wasclean};

#[test]
fn a_fault_is_hunted_and_its_scenario_repeats_it() {
    let out = Directory::new("faults");
    let said = wasclean(["faults", "M37", "close-twice", "m63", "--out", out.path(), "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    for (field, want) in [("faults", 3), ("killed", 3), ("explained", 0), ("escaped", 0)] {
        assert_eq!(summary[field], want, "{field}");
    }
    assert!(summary["median_executions"].as_u64() <= summary["max_executions"].as_u64());
    assert_eq!(out.names(), ["M01.toml", "M37.toml", "M63.toml"]);
    let file = Path::new(out.path()).join("M37.toml");
    let replayed = wasclean(["replay", file.to_str().expect("an ASCII path"), "--json"]);
    assert_eq!(replayed.code, Some(1), "{replayed:?}");
    let text = fs::read_to_string(&file).expect("it was saved");
    assert!(text.contains("fault = \"M37\"") && text.contains("# The fault M37"), "{text}");
    let breaks = format!("breaks = {}", replayed.summary()["broken"]["invariant"]);
    assert!(text.contains(&breaks), "{breaks} is not in\n{text}");
}

/// The folder is written anew, and what somebody else wrote is not lost.
#[test]
fn a_folder_of_faults_is_written_anew() {
    let out = Directory::new("faults-anew");
    let faults = || {
        let said = wasclean(["faults", "M01", "M37", "M63", "M66", "--out", out.path(), "--json"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        said
    };
    let path = |name: &str| Path::new(out.path()).join(name);
    let read = |name: &str| fs::read_to_string(path(name)).expect("it is there");
    let names = ["M01.toml", "M37.toml", "M63.toml", "M66.toml"];
    let first = faults();
    assert_eq!(first.summary()["files"]["absent"], serde_json::json!(["M01", "M37", "M63", "M66"]));
    let whole = names.map(read);
    // As an older build wrote it, as some checkouts have it, with a word of somebody's own, and something else.
    out.file("M01.toml", whole[0].replace("# Reduced in ", "# Reduced in 1"));
    out.file("M37.toml", whole[1].replace('\n', "\r\n"));
    let own = whole[2].replace("format = 1", "# Seen in the wild.\nformat = 1");
    out.file("M63.toml", &own);
    out.file("M66.toml", "not even a scenario");
    let said = faults();
    let files = &said.summary()["files"];
    assert_eq!(
        *files,
        serde_json::json!({ "absent": [], "same": ["M37"], "replaced": ["M01"], "kept": ["M63", "M66"] })
    );
    assert_eq!(said.stderr.matches("note:").count(), 2, "{said:?}");
    assert!(said.stderr.contains("it is kept as M63.previous.toml"), "{said:?}");
    assert_eq!((read("M63.previous.toml"), &*read("M66.previous.toml")), (own, "not even a scenario"));
    assert_eq!((read("M01.toml"), read("M63.toml")), (whole[0].clone(), whole[2].clone()));
    // Whoever has opened a file goes on reading what it was.
    let said = faults();
    assert_eq!((&*said.stderr, &said.summary()["files"]["kept"]), ("", &serde_json::json!([])));
    let said = wasclean(["faults", "M66", "--out", out.path()]);
    assert!(said.stdout.contains(&format!("in {}: 0 new, 1 as before", out.path())), "{said:?}");
}

/// Nothing of somebody else is lost: not a scenario that was changed below our head, not one that was kept before, and
/// not what a link names.
#[cfg(unix)]
#[test]
fn what_somebody_changed_is_kept_each_time() {
    let out = Directory::new("faults-kept");
    let path = |name: &str| format!("{}/{name}", out.path());
    let faults = || {
        let said = wasclean(["faults", "M01", "--out", out.path(), "--json"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        said.summary()["files"].clone()
    };
    faults();
    let whole = fs::read_to_string(path("M01.toml")).expect("it was saved");
    let changed = whole.replace("fault = \"M01\"", "fault = \"M02\"");
    assert_ne!(changed, whole);
    let of_another = whole.replace("# The fault M01", "# The fault M02");
    for (text, kept) in [(changed, "M01.previous.toml"), (of_another, "M01.previous-2.toml")] {
        fs::write(path("M01.toml"), &text).expect("there is room");
        assert_eq!(faults()["kept"], serde_json::json!(["M01"]));
        assert_eq!(fs::read_to_string(path(kept)).expect("it is kept"), text);
    }
    assert_eq!(fs::read_to_string(path("M01.toml")).expect("it was saved"), whole);
    fs::remove_file(path("M01.toml")).expect("it is there");
    std::os::unix::fs::symlink(path("nowhere"), path("M01.toml")).expect("there is room");
    assert_eq!(faults()["kept"], serde_json::json!(["M01"]));
    assert_eq!(fs::read_link(path("M01.previous-3.toml")).expect("a link").to_str(), Some(&*path("nowhere")));
}

#[test]
fn the_runs_to_the_kill_are_told_of_each_hunt_and_of_all() {
    let said = wasclean(["faults", "M01", "M07", "M15", "M63", "M66", "--json"]);
    let numbers = |value: &serde_json::Value| -> Vec<u64> {
        let list = value["executions_of_seeds"].as_array().expect("a list");
        list.iter().map(|it| it.as_u64().expect("it is killed")).collect()
    };
    let median = |mut numbers: Vec<u64>| {
        numbers.sort_unstable();
        numbers[numbers.len() / 2]
    };
    let (mut all, mut most) = (Vec::new(), 0);
    for line in said.stdout.lines().filter(|line| line.contains("\"event\":\"fault\"")) {
        let fault: serde_json::Value = serde_json::from_str(line).expect("an object");
        assert_eq!(numbers(&fault).len(), 5);
        let middle = median(numbers(&fault));
        assert_eq!(fault["executions"].as_u64(), Some(middle), "{fault}");
        all.push(middle);
        most = most.max(middle);
    }
    assert_eq!(all.len(), 5);
    let summary = said.summary();
    assert_eq!(summary["max_executions"].as_u64(), Some(most), "{summary}");
    assert_eq!(summary["median_executions"].as_u64(), Some(median(all)), "{summary}");
}

/// A process that may write no file longer than nothing stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn what_has_no_room_is_printed() {
    let out = Directory::new("faults-full");
    let said = crate::support::limited("0", ["faults", "M37", "M63", "--out", out.path(), "--json"]);
    said.refuses("cannot write");
    let summary = said.summary();
    assert_eq!((&summary["killed"], &summary["unsaved"]), (&2.into(), &2.into()), "{summary}");
    assert!(summary["error"].as_str().is_some_and(|error| error.contains("M37.toml")), "{summary}");
    assert_eq!(said.stdout.matches("format = 1").count(), 2, "{said:?}");
    assert!(out.names().is_empty(), "{:?}", out.names());
}

#[test]
fn a_fault_that_escapes_is_found_out() {
    // One run is not enough for any of the five seeds.
    let said = wasclean(["faults", "M66", "--runs", "1", "--json"]);
    assert_eq!((said.code, &said.summary()["escaped"]), (Some(1), &1.into()), "{said:?}");
}

/// What a profile does itself is no hole in the invariants, however few runs there are.
#[test]
fn a_fault_that_a_profile_has_itself_makes_no_difference() {
    let said = wasclean(["faults", "M30", "M22", "--profile", "node-20", "--runs", "500", "--json"]);
    let summary = said.summary();
    assert_eq!((said.code, &summary["explained"], &summary["killed"]), (Some(0), &1.into(), &1.into()));
    let fault = said.stdout.lines().find(|line| line.contains("\"M30\"")).expect("it is told");
    assert!(fault.contains("\"makes_a_difference\":false"), "{fault}");
    let said = wasclean(["faults", "M30", "--profile", "node-20", "--runs", "1"]);
    assert!(said.stdout.contains("makes no difference") && said.stdout.contains("1 without a difference"));
}

#[test]
fn a_campaign_with_a_fault_finds_it() {
    let out = Directory::new("fault-campaign");
    let campaign = ["fuzz", "--seed", "1", "--runs", "20", "--fault", "m07", "--out", out.path(), "--json"];
    let said = wasclean(campaign);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.summary()["broken"]["INV-63"].as_u64() > Some(0), "{said:?}");
    wasclean(["faults", "M71"]).refuses("list faults");
    wasclean(["fuzz", "--fault", "M71"]).refuses("M71");
}
