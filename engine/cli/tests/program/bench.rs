//! `bench`: histories that are compared, shown and exported.

use serde_json::{Value, json};

use crate::support::{Directory, Said, command, wasclean};

/// A recording of the commit whose hash is made of this digit.
fn recording(digit: char, change: impl FnOnce(&mut Value)) -> String {
    let mut recording = json!({
        "format": 1,
        "commit": digit.to_string().repeat(40),
        "dirty": false,
        "date": "2026-01-01T00:00:00+00:00",
        "toolchain": "rustc 1.95.0",
        "target": "x86_64-unknown-linux-gnu",
        "cpu": "one",
        "instructions": { "wire/parse/short": 1000, "wire/parse/long": 50_000 },
        "counters": { "campaign/entries": 77 },
        "digests": { "campaign": "00ff" },
        "wall": {
            "close/floor": { "group": "close", "function": "floor copy", "median_ns": 1.0, "low_ns": 0.9, "high_ns": 1.1 },
            "close/ours": { "group": "close", "function": "wasclean", "median_ns": 5.0, "low_ns": 4.9, "high_ns": 5.1 },
            "close/other": { "group": "close", "function": "<peer>", "median_ns": 15.0, "low_ns": 14.0, "high_ns": 16.0 },
        },
    });
    change(&mut recording);
    format!("{recording}\n")
}

fn same(_: &mut Value) {}

#[track_caller]
fn check(after: String, words: &[&str], code: i32, says: &str) {
    let dir = Directory::new("bench");
    let history = dir.file("history.jsonl", recording('a', same) + &after);
    let arguments = ["bench", "compare", "aaaaaa", "bbbbbb", "--history", &history];
    let said: Said = command(arguments).args(words).output().expect("the program starts").into();
    assert_eq!(said.code, Some(code), "{said:?}");
    assert!(said.stdout.contains(says) || said.stderr.contains(says), "{says} is not in {said:?}");
}

#[test]
fn what_grew_by_more_than_the_threshold_is_found() {
    check(recording('b', same), &[], 0, "4 figures compared, 0 got worse");
    let grown = |count: u64| recording('b', move |it| it["instructions"]["wire/parse/short"] = count.into());
    check(grown(1010), &[], 0, "within the threshold");
    check(grown(1011), &[], 1, "worse");
    check(grown(1011), &["--threshold", "2"], 0, "within the threshold");
    check(grown(1011), &["--filter", "*/long"], 0, "1 figures compared, 0 got worse");
    check(grown(900), &[], 0, "better");
}

#[test]
fn a_counter_or_a_digest_that_changed_is_found() {
    check(recording('b', |it| it["counters"]["campaign/entries"] = 76.into()), &[], 1, "changed");
    check(recording('b', |it| it["digests"]["campaign"] = "00fe".into()), &[], 1, "changed");
    check(recording('b', |it| it["counters"]["campaign/new"] = 1.into()), &[], 0, "on one side only");
}

#[test]
fn programs_get_both_sides_of_what_was_found() {
    let dir = Directory::new("bench-found");
    let grown = recording('b', |it| it["instructions"]["wire/parse/short"] = 2000.into());
    let history = dir.file("history.jsonl", recording('a', same) + &grown);
    let said = wasclean(["bench", "compare", "aaaaaa", "bbbbbb", "--json", "--history", &history]);
    let found =
        json!([{ "kind": "instructions", "name": "wire/parse/short", "before": 1000, "after": 2000 }]);
    assert_eq!(said.summary()["found"], found);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    check(recording('b', |it| it["toolchain"] = "rustc 1.96.0".into()), &[], 2, "the toolchains differ");
    check(recording('b', |it| it["target"] = "aarch64-apple-darwin".into()), &[], 2, "the targets differ");
    check(recording('b', same), &["--filter", "nothing*"], 2, "no figure is called 'nothing*'");
    for threshold in ["nan", "inf", "-1", "-0.5", "1e999", "a"] {
        check(recording('b', same), &["--threshold", threshold], 2, "--threshold <PERCENT>");
    }
    check(recording('c', same), &[], 2, "there is no recording of 'bbbbbb'");
    check("{}\n".to_owned(), &[], 2, "history.jsonl:2: not a recording");
}

#[test]
fn a_revision_names_a_clean_recording_and_with_a_plus_one_with_changes() {
    let dir = Directory::new("bench-dirty");
    let changed = recording('a', |it| {
        it["dirty"] = true.into();
        it["counters"]["campaign/entries"] = 78.into();
    });
    let history = dir.file("history.jsonl", recording('a', same) + &changed);
    let compare =
        |before, after| wasclean(["bench", "compare", before, after, "--json", "--history", &history]);
    for (before, after) in [("aaaaaa", "aaaaaa+"), ("aaaaaa+", "aaaaaa")] {
        let said = compare(before, after);
        assert_eq!(said.code, Some(1), "{said:?}");
        let short = |revision: &str| revision.replace("aaaaaa", "aaaaaaaaaa");
        assert_eq!(said.summary()["before"], short(before));
        assert_eq!(said.summary()["after"], short(after));
    }
    compare("aaaaaa", "aaaaaaaa").refuses("both revisions name one recording, aaaaaaaaaa");
    compare("aaaaaa+", "aaaaaa+").refuses("both revisions name one recording, aaaaaaaaaa+");
    let history = dir.file("changed.jsonl", changed);
    wasclean(["bench", "compare", "aaaaaa", "aaaaaa+", "--history", &history])
        .refuses("there is no recording of 'aaaaaa'");
}

#[test]
fn a_report_is_one_page_with_pictures() {
    let dir = Directory::new("bench-report");
    let history = dir.file("history.jsonl", recording('a', same) + &recording('b', same));
    let page = format!("{}/report.html", dir.path());
    let said = wasclean(["bench", "report", "--json", "--history", &history, "--out", &page]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.summary()["groups"], 1);
    let page = std::fs::read_to_string(page).expect("it was written");
    for words in ["wire&#x2f;parse&#x2f;short", "<svg", "3.00 times as long", "&lt;peer&gt;", "</html>"] {
        assert!(page.contains(words), "{words} is not in the page");
    }
    assert!(
        !page.contains("<script") && !page.contains("href") && !page.contains("<peer>"),
        "it stands alone"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_may_have_a_name_that_is_not_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let dir = Directory::new("bench-not-text");
    let history = dir.file("history.jsonl", recording('a', same));
    let page = std::path::Path::new(dir.path()).join(OsStr::from_bytes(b"\xff.html"));
    let mut report = command(["bench", "report", "--json", "--history", &history, "--out"]);
    let said = Said::from(report.arg(&page).output().expect("the program starts"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(page.is_file() && said.summary()["report"].is_string(), "{said:?}");
}

#[test]
fn a_recording_is_exported_in_the_forms_of_others() {
    let dir = Directory::new("bench-export");
    let history = dir.file("history.jsonl", recording('a', same));
    let export = |form: &str| {
        let said = wasclean(["bench", "export", "--format", form, "--history", &history]);
        serde_json::from_str::<Value>(&said.stdout).expect("JSON")
    };
    let bmf = export("bmf");
    assert_eq!(bmf["wire/parse/long"]["instructions"]["value"], 50_000);
    assert_eq!(bmf["close/ours"]["latency"], json!({ "value": 5.0, "lower_value": 4.9, "upper_value": 5.1 }));
    let list = export("github-action-benchmark");
    let first = json!({ "name": "wire/parse/long", "unit": "instructions", "value": 50_000 });
    assert_eq!(list[0], first);
    let said = wasclean(["bench", "export", "--format", "bmf", "--history", &history, "--json"]);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{said:?}");
    assert_eq!(serde_json::from_str::<Value>(lines[0]).expect("JSON"), bmf);
    let summary = json!({ "commit": "a".repeat(40), "dirty": false, "format": "bmf", "exported": 6 });
    assert_eq!(said.summary(), summary);
}

#[test]
fn a_recording_of_which_nothing_can_be_exported_is_refused() {
    let dir = Directory::new("bench-nothing");
    let counters = |it: &mut Value| {
        it["instructions"] = json!({});
        it["wall"] = json!({});
    };
    let history = dir.file("history.jsonl", recording('a', counters));
    let export = |form: &str| wasclean(["bench", "export", "--format", form, "--history", &history]);
    assert_eq!(export("bmf").code, Some(0));
    let said = export("github-action-benchmark");
    said.refuses("nothing to export");
    assert!(said.stderr.contains("--suite instructions"), "{said:?}");
}

#[test]
fn counters_of_a_checkout_are_recorded_and_are_always_the_same() {
    let dir = Directory::new("bench-record");
    let history = format!("{}/history.jsonl", dir.path());
    for time in 0..2 {
        if time == 1 {
            // An editor or a copy may have taken away the end of the last line.
            let text = std::fs::read_to_string(&history).expect("it was written");
            std::fs::write(&history, text.trim_end()).expect("there is room");
        }
        let said = wasclean(["bench", "record", "--suite", "counters", "--history", &history]);
        if said.stderr.contains("git") {
            // A copy of the sources without their repository.
            return;
        }
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let history = std::fs::read_to_string(history).expect("it was written");
    let found = |line: &str| {
        let recording: Value = serde_json::from_str(line).expect("a recording");
        (recording["counters"].clone(), recording["digests"].clone())
    };
    let found: Vec<(Value, Value)> = history.lines().map(found).collect();
    assert_eq!(found.len(), 2);
    assert!(found[0].0.as_object().is_some_and(|counters| !counters.is_empty()), "{found:?}");
    assert_eq!(found[0], found[1]);
}

#[test]
fn nothing_is_added_to_what_is_no_history() {
    let dir = Directory::new("bench-no-history");
    for (contents, says) in [
        (recording('a', same) + "{\"format\"", "history.jsonl:2: not a recording"),
        (recording('a', |it| it["format"] = 7.into()), "history.jsonl:1: format 7"),
    ] {
        let history = dir.file("history.jsonl", &contents);
        let said = wasclean(["bench", "record", "--suite", "wall", "--history", &history]);
        said.refuses(says);
        assert!(said.stderr.contains("advice:"), "{said:?}");
        assert_eq!(std::fs::read_to_string(history).expect("it is there"), contents);
    }
}
