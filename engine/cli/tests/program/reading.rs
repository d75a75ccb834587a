//! The commands that only read: run, replay, explain, decode and list.

use serde_json::json;
use wasclean_model::choices::Point;
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::{Fault, KNOBS, Profile, SPANS, SUPPORT};
use wasclean_model::status_code::REGISTRY;

use crate::support::{CLEAN, Directory, command, corpus, wasclean};

#[test]
fn a_scenario_that_comes_out_as_expected_passes() {
    let dir = Directory::new("passes");
    let file = dir.file("clean.toml", CLEAN);
    let said = wasclean(["run", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for word in ["peer", "endpoint", "event loop", "page", "close(1000, \"bye\", clean)", "pass"] {
        assert!(said.stdout.contains(word), "{word} is not in {said:?}");
    }
    assert!(!said.stdout.contains('\u{1b}'), "no colours without a terminal: {said:?}");
    let summary = wasclean(["run", "--json", dir.path()]).summary();
    assert_eq!(summary, json!({ "scenarios": 1, "passed": 1, "failed": 0, "interrupted": false }));
}

#[test]
fn a_scenario_that_comes_out_otherwise_fails() {
    let dir = Directory::new("fails");
    dir.file("clean.toml", CLEAN);
    dir.file("wrong.toml", CLEAN.replace("\"bye\",clean", "\"bye\",unclean"));
    dir.file("broken.toml", format!("{CLEAN}breaks = \"INV-20\"\n"));
    let said = wasclean(["run", dir.path()]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("expected open@1 close(1000,\"bye\",unclean)@3"), "{said:?}");
    assert!(said.stdout.contains("was expected to break INV-20 and does not"), "{said:?}");
    let summary = wasclean(["run", "--json", dir.path()]).summary();
    assert_eq!(summary, json!({ "scenarios": 3, "passed": 1, "failed": 2, "interrupted": false }));
}

#[test]
fn a_trace_as_json_lines_can_be_read_back() {
    use wasclean_model::trace::json::{Record, read};
    let dir = Directory::new("trace");
    let said = wasclean(["run", "--json", "--trace", "always", &dir.file("clean.toml", CLEAN)]);
    let records = said.stdout.lines().map_while(|line| {
        let is_trace = !line.contains("\"event\":\"scenario\"");
        is_trace.then(|| serde_json::from_str::<Record>(line).expect("a record"))
    });
    let (header, trace) = read(records).expect("a trace");
    assert_eq!(header.scenario.as_deref(), Some("clean"));
    assert!(trace.entries.len() > 10);
}

#[test]
fn a_scenario_is_explained() {
    let dir = Directory::new("explained");
    let file = dir.file("clean.toml", CLEAN);
    let said = wasclean(["explain", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for word in ["code is 1000 (Normal Closure)", "wasClean is true", "CLOSE-30", "CLOSE-33", "row 4"] {
        assert!(said.stdout.contains(word), "{word} is not in {said:?}");
    }
    let summary = wasclean(["explain", "--json", &file]).summary();
    assert_eq!(summary["consistent"], true);
    assert_eq!(summary["sockets"][0]["row"], "4");
}

#[test]
fn a_close_event_without_a_code_is_a_close_event() {
    let file = corpus("scenarios/legacy/firefox-7-simple-event.toml");
    let said = wasclean(["explain", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.stdout.contains("there was no close event"), "{said:?}");
    for words in ["the close event has no code", "the profile has close-interface=event where"] {
        assert!(said.stdout.contains(words), "{words} is not in {said:?}");
    }
}

#[test]
fn what_a_knob_decides_is_explained_by_it() {
    let file = corpus("scenarios/legacy/firefox-11-close-normal.toml");
    let said = wasclean(["explain", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for words in ["from these facts follows 1006, and not 1000", "the profile has abnormal-code=1000 where"] {
        assert!(said.stdout.contains(words), "{words} is not in {said:?}");
    }
    let summary = wasclean(["explain", "--json", &file]).summary();
    assert_eq!(summary["consistent"], true);
    assert_eq!(summary["sockets"][0]["answers"][0]["knobs"], json!(["abnormal-code=1000"]));
}

#[test]
fn a_planted_fault_is_no_knob() {
    let said = wasclean(["explain", &corpus("faults/M15.toml")]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("but ") && !said.stdout.contains("the profile has"), "{said:?}");
}

/// Two WebSockets, and the fault shows at one of them.
#[test]
fn what_does_not_follow_for_one_websocket_is_found_beside_another() {
    let dir = Directory::new("explained-two");
    let source = std::fs::read_to_string(corpus("faults/M15.toml")).expect("it is there");
    let one = "  'new WebSocket(\"ws://a.test/\")',\n";
    let file = dir.file("two.toml", source.replacen(one, &one.repeat(2), 1));
    let said = wasclean(["explain", "--best-effort", "--json", &file]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.summary();
    assert_eq!(summary["consistent"], false, "{summary}");
    let sockets = summary["sockets"].as_array().expect("a list");
    let is_open = |socket: &serde_json::Value| {
        socket["answers"].as_array().expect("a list").iter().any(|answer| !answer["contradiction"].is_null())
    };
    assert_eq!(sockets.iter().filter(|socket| is_open(socket)).count(), 1, "{summary}");
    assert_eq!(sockets.len(), 2, "{summary}");
}

#[test]
fn a_code_is_explained() {
    let said = wasclean(["explain", "1006"]);
    assert_eq!(said.code, Some(0));
    assert!(said.stdout.contains("Abnormal Closure") && said.stdout.contains("PRIV-01"), "{said:?}");
    for code in ["0", "999", "1004", "1005", "1015", "2999", "3000", "4999", "5000", "65535"] {
        let summary = wasclean(["explain", "--json", code]).summary();
        assert_eq!(summary["code"].to_string(), code);
    }
}

#[test]
fn bytes_are_decoded() {
    let said = wasclean(["decode", "8805", "03e8", "627965"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("code 1000 (Normal Closure, Registered), reason \"bye\""), "{said:?}");
    let summary = wasclean(["decode", "--json", "--role", "server", "8180 00000000"]).summary();
    assert_eq!((&summary["frames"], &summary["offences"]), (&json!(1), &json!([])));
}

#[test]
fn everything_wrong_is_told_with_offset_and_requirement() {
    let said = wasclean(["decode", "8801 00 c100 8180"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for words in [
        "offset 2 (byte 00)",
        "CLOSE-01",
        "failed with Close 1002",
        "offset 3 (byte c1)",
        "WIRE-05",
        "WIRE-07",
    ] {
        assert!(said.stdout.contains(words), "{words} is not in {said:?}");
    }
    let said = wasclean(["decode", "--json", "8801 00 c100 8180"]);
    let summary = said.summary();
    assert_eq!(summary["offences"][0]["requirement"], "CLOSE-01");
    assert_eq!(summary["offences"][0]["decides"], true);
    let places = |list: &[serde_json::Value]| list.iter().map(|it| it["at"].as_u64()).collect::<Vec<_>>();
    let offences = summary["offences"].as_array().expect("a list");
    assert_eq!(places(offences), [2, 3, 6].map(Some));
    let objects =
        said.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let frames: Vec<_> = objects.filter(|it| it["event"] == "frame").collect();
    assert_eq!(places(&frames), [0, 3].map(Some));
}

#[test]
fn what_is_left_at_the_end_is_told_with_its_offset() {
    for (bytes, says) in [
        ("8800 88", "000002  the end: 1 byte of a header that is longer"),
        ("8800 827e0100 0102", "000008  the end: the payload lacks 254 bytes"),
        ("8800 827f8000000000000000", "000002  10 bytes whose frame has no known end"),
    ] {
        let said = wasclean(["decode", bytes]);
        assert!(said.stdout.contains(says), "{says} is not in {said:?}");
    }
}

#[test]
fn bytes_come_from_files_and_from_standard_input() {
    use std::io::Write as _;
    use std::process::Stdio;
    let dir = Directory::new("bytes");
    assert_eq!(wasclean(["decode", &dir.file("raw", b"\x88\x00")]).code, Some(0));
    assert_eq!(wasclean(["decode", "--hex", &dir.file("digits", "88 00\n")]).code, Some(0));
    let mut child = command(["decode", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("it is piped").write_all(b"\x88\x02\x03\xe8").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stdout).contains("code 1000"), "{output:?}");
}

#[test]
fn the_tables_are_printed() {
    for (table, word) in [
        ("invariants", "INV-20"),
        ("profiles", "standard"),
        ("knobs", "rst-after-handshake"),
        ("codes", "Abnormal Closure"),
        ("choices", "world.step"),
    ] {
        let said = wasclean(["list", table]);
        assert!(said.code == Some(0) && said.stdout.contains(word), "{said:?}");
        let summary = wasclean(["list", table, "--json"]).summary();
        assert!(summary["count"].as_u64().is_some_and(|count| count > 1), "{table}: {summary}");
        assert_eq!(
            summary[table].as_array().map(Vec::len),
            summary["count"].as_u64().map(|count| count as usize)
        );
    }
}

/// Whoever looks something up finds it, in either form.
#[test]
fn the_tables_have_all_rows() {
    let check = |table: &str, key: &str, want: Vec<String>| {
        let said = wasclean(["list", table]);
        let summary = wasclean(["list", table, "--json"]).summary();
        let list = summary[key].as_array().expect("a list");
        for row in &want {
            assert!(said.stdout.contains(row), "{row} is not in {said:?}");
        }
        assert_eq!(list.len(), want.len(), "{table}: {key}");
    };
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    check(
        "invariants",
        "invariants",
        INVARIANTS.iter().map(|it| format!("{:<8} {}", it.id, it.name)).collect(),
    );
    check("faults", "faults", Fault::VALUES.iter().map(|(it, id)| format!("{id} {}", it.name())).collect());
    check("codes", "codes", REGISTRY.iter().map(|it| it.about.to_owned()).collect());
    check(
        "choices",
        "choices",
        Point::ALL.iter().map(|it| format!("{:<16} {}", it.name(), it.about())).collect(),
    );
    check("knobs", "knobs", KNOBS.iter().map(|it| format!("{}  {}", it.name, it.about)).collect());
    check(
        "profiles",
        "profiles",
        Profile::NAMED.iter().map(|it| format!("{}  {}", it.name, it.about)).collect(),
    );
    check("profiles", "versions", names(&SPANS.iter().map(|it| it.about).collect::<Vec<_>>()));
    check("profiles", "support", names(&SUPPORT.iter().map(|it| it.feature).collect::<Vec<_>>()));
}

#[test]
fn help_has_examples_and_a_bare_call_is_helped() {
    for command in ["fuzz", "run", "conform", "replay", "shrink", "decode", "explain", "list"] {
        let said = wasclean([command, "--help"]);
        assert!(said.code == Some(0) && said.stdout.contains("Examples:"), "{command}: {said:?}");
    }
    let said = wasclean([]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("Usage:"), "{said:?}");
}

#[test]
fn the_corpus_has_what_help_names() {
    let root = corpus("..");
    let mut count = 0;
    for command in [
        "fuzz", "faults", "run", "conform", "replay", "shrink", "decode", "explain", "list", "bench",
        "merge", "triage", "corpus",
    ] {
        let said = wasclean([command, "--help"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let words = said.stdout.split(|c: char| c.is_whitespace() || "`()[]'\",:;".contains(c));
        for path in words.filter(|word| word.starts_with("corpus/")) {
            let path = path.trim_end_matches('.');
            assert!(std::path::Path::new(&root).join(path).exists(), "{command} --help names {path}");
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
}

/// Linux takes any bytes but two as the name of a file.
#[cfg(target_os = "linux")]
#[test]
fn a_file_may_have_a_name_that_is_not_text() {
    use crate::support::Said;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let dir = Directory::new("no-text-name");
    let path = std::path::Path::new(dir.path()).join(OsStr::from_bytes(b"\xff.toml"));
    let read = |name: &str| Said::from(command([name]).arg(&path).output().expect("the program starts"));
    std::fs::write(&path, CLEAN).expect("there is room");
    for name in ["explain", "run"] {
        assert_eq!(read(name).code, Some(0), "{:?}", read(name));
    }
    std::fs::write(&path, b"\x88\x02\x03\xe8").expect("there is room");
    assert_eq!(read("decode").code, Some(0), "{:?}", read("decode"));
    std::fs::remove_file(&path).expect("it is there");
    read("decode").refuses("there is no such file");
    let argument = OsStr::from_bytes(b"\xff");
    let said = Said::from(command(["decode", "88"]).arg(argument).output().expect("the program starts"));
    said.refuses("hexadecimal");
}

#[test]
fn an_empty_list_expects_no_web_socket() {
    let dir = Directory::new("no-socket");
    let (before, _) = CLEAN.split_once("[expect]").expect("it expects something");
    let run = |name: &str, text: String| wasclean(["run", &dir.file(name, text), "--trace", "never"]);
    for key in ["page", "wire"] {
        let said = run("some.toml", format!("{before}[expect]\n{key} = []\n"));
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stdout.contains("expected (no such WebSocket)"), "{said:?}");
        let said = run("none.toml", format!("format = 1\n[expect]\n{key} = []\n"));
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    assert_eq!(run("nothing.toml", before.to_owned()).code, Some(0));
}
