//! The seeds of the fuzz targets that are made from scenarios are up to date, and so are the dictionaries that are made
//! from records.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use wasclean_model::choices::{First, Script};
use wasclean_model::harness::Program;
use wasclean_model::profile::{KNOBS, Profile, Values};
use wasclean_model::scenario::bytes::encode;
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::{Entry, outcome};
use wasclean_model::wire::handshake;
use wasclean_model::world::run;

/// The folders of which each scenario is a seed of `world`.
const WORLDS: [&str; 10] =
    ["bugs", "cells", "edges", "legacy", "litmus", "recorded", "reference", "regressions", "rows", "suites"];

/// What `close_frame` starts from: what the peer writes behind its response.
const CLOSE_FRAMES: [&str; 14] = [
    "recorded/srv-close-1000",
    "recorded/srv-close-empty",
    "recorded/srv-close-1byte",
    "recorded/srv-close-reason",
    "recorded/srv-code-1005",
    "recorded/srv-code-65535",
    "recorded/close-fragmented",
    "recorded/close-len126",
    "recorded/close-masked",
    "recorded/close-nonminimal-len",
    "recorded/close-rsv1",
    "recorded/reason-123",
    "recorded/reason-badutf8-c328",
    "recorded/reason-truncated-e282",
];

/// What `frame_stream` starts from, in the same way.
const FRAME_STREAMS: [&str; 12] = [
    "recorded/close-then-close-sameseg",
    "recorded/close-then-ping-sameseg",
    "recorded/close-then-text-sameseg",
    "recorded/cont-without-start",
    "recorded/fragstart-then-close",
    "recorded/masked-text",
    "recorded/ping-126",
    "recorded/text-badutf8",
    "recorded/text-then-close-sameseg",
    "litmus/l-15-close-inside-a-message",
    "litmus/l-16-utf8-across-fragments",
    "litmus/l-37-length-with-its-highest-bit",
];

/// Where a `frame_stream` seed cuts its bytes: inside the first header, inside its payload, and behind it.
const CUTS: [u8; 4] = [1, 3, 6, 17];

/// What `two_endpoints` starts from: bytes that answer every question alike, and some that do not.
const TWO_ENDPOINTS: [(&str, &[u8]); 5] = [
    ("plain", &[0; 16]),
    ("everything-late", &[1; 32]),
    ("messages", &[2, 7, 2, 3, 3, 0, 1, 2, 5, 3, 0, 1]),
    ("close-from-one-side", &[4, 7, 2, 0, 1, 4, 7, 1]),
    ("all-residues", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
];

/// What `dispatch` starts from: programs with one fact about events each, as records of an operation, a function and
/// two operands.
const DISPATCHES: [(&str, &[[u8; 4]]); 20] = [
    ("capturing-first", &[[0, 0, 1, 0], [0, 0, 2, 1], [1, 0, 0, 0]]),
    ("once-is-removed-before-its-call", &[[0, 0, 1, 2], [1, 0, 0, 0], [1, 1, 0, 0]]),
    ("added-in-the-first-pass", &[[0, 0, 1, 1], [0, 1, 2, 0], [0, 1, 3, 1], [1, 0, 0, 0]]),
    ("added-in-its-own-pass", &[[0, 0, 1, 0], [0, 1, 2, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
    ("removed-before-its-turn", &[[0, 0, 1, 0], [0, 0, 2, 0], [3, 1, 2, 0], [1, 0, 0, 0]]),
    ("stopped-in-the-first-pass", &[[0, 0, 1, 1], [0, 0, 2, 1], [0, 0, 3, 0], [9, 1, 0, 0], [1, 0, 0, 0]]),
    ("stopped-at-once", &[[0, 0, 1, 0], [0, 0, 2, 0], [10, 1, 0, 0], [1, 0, 0, 0]]),
    ("passive-prevents-nothing", &[[0, 0, 1, 4], [0, 0, 2, 0], [11, 1, 0, 0], [1, 0, 0, 2]]),
    ("handler-keeps-its-place", &[[4, 0, 1, 0], [0, 0, 2, 0], [4, 0, 3, 0], [1, 0, 0, 0]]),
    (
        "handler-cleared-and-set-again",
        &[[0, 0, 1, 0], [4, 0, 2, 0], [4, 1, 0, 1], [4, 1, 2, 0], [1, 0, 0, 0]],
    ),
    (
        "handler-that-cannot-be-called",
        &[[4, 0, 0, 2], [0, 0, 1, 0], [1, 0, 0, 0], [4, 0, 2, 0], [1, 0, 0, 0]],
    ),
    ("handler-returns-false", &[[4, 0, 1, 0], [15, 1, 0, 0], [1, 0, 0, 2], [1, 0, 0, 0]]),
    ("listener-returns-false", &[[0, 0, 1, 0], [15, 1, 0, 0], [1, 0, 0, 2]]),
    ("error-event-at-the-global-object", &[[4, 0, 0x31, 0], [15, 1, 0, 0], [2, 0, 0x30, 10]]),
    (
        "aborted-in-the-dispatch",
        &[[0, 0, 1, 0], [0, 0, 2, 8], [5, 1, 0, 0], [1, 0, 0, 0], [0, 0, 3, 8], [1, 0, 0, 0]],
    ),
    ("signal-of-a-duplicate", &[[0, 0, 1, 0], [0, 0, 1, 8], [5, 0, 0, 0], [1, 0, 0, 0]]),
    ("dispatched-while-it-is", &[[0, 0, 1, 0], [6, 1, 8, 0], [1, 0, 0, 0]]),
    ("kept-and-dispatched-again", &[[0, 0, 1, 2], [8, 1, 0, 0], [11, 1, 0, 0], [1, 0, 0, 2], [7, 0, 8, 0]]),
    (
        "init-during-and-after",
        &[
            [0, 0, 1, 0],
            [8, 1, 0, 0],
            [13, 1, 0x60, 3],
            [1, 0, 0, 0],
            [13, 0, 0x61, 3],
            [0, 0, 0x62, 0],
            [7, 0, 0, 0],
            [13, 2, 0x61, 3],
        ],
    ),
    ("throwing-stops-nobody", &[[0, 0, 1, 0], [0, 0, 2, 0], [14, 1, 0, 0], [12, 2, 0, 0], [1, 0, 0, 2]]),
];

/// What `scenario_text` starts from beside the scenarios: files with something special, or something wrong.
const TEXTS: [(&str, &str); 14] = [
    ("smallest", "format = 1\n"),
    ("no-format", "profile = \"standard\"\n"),
    ("another-format", "format = 2\n"),
    ("unknown-key", "format = 1\ncolour = 3\n"),
    ("unknown-step", "format = 1\n[[peer]]\nsteps = ['accept', 'colse 1000']\n"),
    ("unknown-call", "format = 1\n[page]\nmain = ['ws0.closed()']\n"),
    ("half-a-call", "format = 1\n[page]\nmain = ['ws0.close(1000, \"']\n"),
    ("unknown-profile", "format = 1\nprofile = \"netscape\"\n"),
    ("knob-out-of-range", "format = 1\nprofile = { base = \"standard\", linger-us = -1 }\n"),
    ("choice-for-no-connection", "format = 1\nchoices = [\"world.step=deliver-4\"]\n"),
    ("missing-quote", "format = 1\nprofile = \"standard\n"),
    (
        "numbers",
        "format = 1\n[page]\nmain = ['ws0.close(-0)', 'ws0.close(NaN)', 'ws0.close(0x3e8)', 'ws0.close(1e9)', 'ws0.close(1000n)', 'ws0.close(999.5)']\n",
    ),
    (
        "strings",
        "format = 1\n[page]\nmain = ['ws0.send(\"\\uD800\\0\\x7f\u{e9}\u{1f600}\")', 'ws0.close(1000, \"a\".repeat(124))']\n",
    ),
    (
        "frames",
        "format = 1\n[[peer]]\nsteps = ['frame fin=0 rsv=4 opcode=1 mask=01020304 \"hi\"', 'bytes 8802 03e8 +', 'close 1000 bytes(\"c328\")', 'wait close 700ms']\n",
    ),
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

fn scenario(name: &str) -> Scenario {
    let path = corpus().join("scenarios").join(name).with_extension("toml");
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text::parse(&source).unwrap_or_else(|error| panic!("{}:{error}", path.display()))
}

/// What arrives behind the response when the scenario's plainest run is played.
fn frames(name: &str) -> Vec<u8> {
    let trace = run(&scenario(name), &mut First);
    let mut bytes = Vec::new();
    for entry in &trace.entries {
        if let Entry::Rx { bytes: read, .. } = *entry {
            bytes.extend_from_slice(trace.payloads.get(read));
        }
    }
    let response = handshake::parse_response(&bytes, 0, b"");
    let response = response.expect("a legal response").expect("a whole response");
    bytes.split_off(response.head_len)
}

/// The names of the scenarios of a folder, without their endings.
fn names(folder: &str) -> Vec<String> {
    let entries =
        fs::read_dir(corpus().join("scenarios").join(folder)).expect("it is part of the repository");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut names: Vec<String> =
        paths.map(|path| path.file_stem().expect("a name").to_str().expect("ASCII").to_owned()).collect();
    names.sort();
    names
}

/// A target, the name of a seed, and its bytes.
type Seed = (&'static str, String, Vec<u8>);

/// Scenarios under each value that a knob can have beside that of `standard`: those in which it makes a difference
/// that no scenario before has shown, in what the page sees or in what is written.
fn seeds_of_knobs(scenarios: &[(String, Scenario)], seeds: &mut Vec<Seed>) {
    let told = |scenario: &Scenario| {
        let outcome = outcome(&run(scenario, &mut Script::new(&scenario.choices)));
        let lines = outcome.page.iter().chain(&outcome.wire);
        lines.flat_map(|line| line.split(' ')).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let usual: Vec<BTreeSet<String>> = scenarios.iter().map(|(_, scenario)| told(scenario)).collect();
    for knob in KNOBS {
        let Values::Named(values) = knob.values else { continue };
        let standard = (knob.read)(&Profile::STANDARD);
        for (number, value) in (0..).zip(values).filter(|(number, _)| *number != standard) {
            let mut shown = BTreeSet::new();
            let mut is_shown = false;
            for ((name, scenario), usual) in scenarios.iter().zip(&usual) {
                let mut scenario = scenario.clone();
                if (knob.read)(&scenario.profile) != standard {
                    continue;
                }
                (knob.write)(&mut scenario.profile, number);
                let told = told(&scenario);
                let known = shown.len();
                shown.extend(told.difference(usual).cloned());
                // That something is no longer there is enough once.
                if shown.len() > known || !is_shown && told != *usual {
                    is_shown = true;
                    let name = format!("{}-{}-{name}", knob.name, value.name);
                    seeds.push(("world", name, encode(&scenario)));
                }
            }
        }
    }
}

/// Every seed that is made.
fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut scenarios = Vec::new();
    let file = |name: &'static str| name.rsplit('/').next().expect("there is a last part").to_owned();
    for folder in WORLDS {
        for name in names(folder) {
            // What is expected does not change the run, and would be half of the seed.
            let scenario = Scenario { expect: Default::default(), ..scenario(&format!("{folder}/{name}")) };
            seeds.push(("world", name.clone(), encode(&scenario)));
            scenarios.push((name, scenario));
        }
    }
    seeds_of_knobs(&scenarios, &mut seeds);
    for name in CLOSE_FRAMES {
        seeds.push(("close_frame", file(name), frames(name)));
    }
    for name in FRAME_STREAMS {
        seeds.push(("frame_stream", file(name), [&CUTS[..], &frames(name)].concat()));
    }
    for (name, bytes) in TWO_ENDPOINTS {
        seeds.push(("two_endpoints", name.to_owned(), bytes.to_vec()));
    }
    for (name, records) in DISPATCHES {
        let bytes = records.concat();
        assert_eq!(Program::decode(&bytes), Program::decode(&Program::decode(&bytes).encode()), "{name}");
        seeds.push(("dispatch", name.to_owned(), bytes));
    }
    for (name, text) in TEXTS {
        seeds.push(("scenario_text", name.to_owned(), text.as_bytes().to_vec()));
    }
    seeds
}

/// Steps and calls that are words of the dictionary of `world`, with the names of the entries.
const STEPS: [(&str, &str); 30] = [
    ("accept", "accept"),
    ("accept_held", "accept +"),
    ("close_empty", "close"),
    ("close_1000", "close 1000"),
    ("close_1000_bye", "close 1000 \"bye\""),
    ("close_1005", "close 1005"),
    ("close_1006", "close 1006"),
    ("close_1015", "close 1015"),
    ("close_3000", "close 3000"),
    ("close_4999", "close 4999"),
    ("close_bad_reason", "close 1000 bytes(\"c328\")"),
    ("close_held", "close 1000 +"),
    ("echo", "echo"),
    ("text", "text \"a\""),
    ("text_held", "text \"a\" +"),
    ("ping", "ping \"x\""),
    ("text_start", "frame fin=0 opcode=1 \"a\""),
    ("continuation", "continuation \"b\""),
    ("rsv1", "frame rsv=4 opcode=1 \"a\""),
    ("masked", "frame opcode=1 mask=01020304 \"a\""),
    ("reserved_opcode", "frame opcode=3"),
    ("one_byte_close", "bytes 880103"),
    ("not_found", "http \"HTTP/1.1 404 Not Found\\r\\n\\r\\n\""),
    ("wait_request", "wait request"),
    ("wait_data", "wait data"),
    ("wait_close", "wait close"),
    ("wait_fin", "wait fin"),
    ("fin", "fin"),
    ("rst", "rst"),
    ("stop_reading", "stop-reading"),
];

const CALLS: [(&str, &str); 24] = [
    ("construct", "new WebSocket(\"ws://a.test/\")"),
    ("onopen", "ws0.onopen = f1"),
    ("onmessage", "ws0.onmessage = f1"),
    ("onerror", "ws0.onerror = f1"),
    ("onclose", "ws0.onclose = f1"),
    ("onclose_null", "ws0.onclose = null"),
    ("close_0", "ws0.close()"),
    ("close_1000", "ws0.close(1000, \"bye\")"),
    ("close_1001", "ws0.close(1001)"),
    ("close_3000", "ws0.close(3000, \"x\")"),
    ("close_reason_only", "ws0.close(undefined, \"why\")"),
    ("close_long", "ws0.close(1000, \"a\".repeat(124))"),
    ("close_this", "this.close()"),
    ("send", "ws0.send(\"a\")"),
    ("listen_close", "ws0.addEventListener(\"close\", f1)"),
    ("listen_once", "ws0.addEventListener(\"close\", f1, {once: true})"),
    ("unlisten_close", "ws0.removeEventListener(\"close\", f1)"),
    ("microtask", "queueMicrotask(f1)"),
    ("timeout", "setTimeout(f1, 10)"),
    ("post_message", "postMessage(f1)"),
    ("dispatch_kept", "ws0.dispatchEvent(kept)"),
    ("keep", "kept = event"),
    ("throw", "throw"),
    ("return_false", "return false"),
];

const CHOICES: [(&str, &str); 8] = [
    ("write_later", "tcp.write=later"),
    ("segment_cut", "tcp.segment=cut"),
    ("segment_step", "tcp.segment=step"),
    ("deliver", "world.step=deliver-0"),
    ("peer", "world.step=peer-0"),
    ("reset", "world.step=reset-0"),
    ("time", "world.step=time"),
    ("omit_close", "fail.close=omit"),
];

/// The dictionary of `world`: the records of one step, call or choice each.
fn dictionary() -> String {
    let mut out =
        "# Records of the byte form of a scenario, made from its text form by engine/model/tests/seeds.rs.\n"
            .to_owned();
    let mut entries = |kind: &str, words: &[(&str, &str)], file: &dyn Fn(&str) -> String| {
        out.push('\n');
        for (name, word) in words {
            let source = file(word);
            let mut scenario = text::parse(&source).unwrap_or_else(|error| panic!("{word}: {error}"));
            // What a call names must be there in a file, and is not part of the word.
            scenario.page.functions.truncate(1);
            let bytes: String = encode(&scenario).iter().map(|byte| format!("\\x{byte:02x}")).collect();
            out.push_str(&format!("# {word}\n{kind}_{name}=\"{bytes}\"\n"));
        }
    };
    entries("step", &STEPS, &|step| format!("format = 1\n[[peer]]\nsteps = ['{step}']\n"));
    entries("call", &CALLS, &|call| format!("format = 1\n[page]\nmain = ['{call}']\nf1 = []\n"));
    entries("choice", &CHOICES, &|choice| format!("format = 1\nchoices = ['{choice}']\n"));
    out
}

/// The dictionary of `dispatch`: one record of each kind.
fn dictionary_of_programs() -> String {
    let mut out =
        "# Records of programs of EventTarget calls, made by engine/model/tests/seeds.rs.\n\n".to_owned();
    for op in 0..16_u8 {
        for (index, operands) in [[1, 0], [1, 1], [0x22, 2]].iter().enumerate() {
            let record = [op, u8::from(op > 7), operands[0], operands[1]];
            let call = Program::decode(&record).functions[usize::from(record[1])][0];
            let bytes: String = record.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            out.push_str(&format!("# {call}\nop_{op}_{index}=\"{bytes}\"\n"));
        }
    }
    out
}

#[test]
fn seeds_are_up_to_date() {
    let is_blessing = env::var_os("WASCLEAN_BLESS").is_some();
    assert!(!(is_blessing && env::var_os("CI").is_some()), "seeds are not rewritten by a machine");
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for (target, name, bytes) in seeds() {
        files.push((corpus().join(target).join(name), bytes));
    }
    let dictionaries = corpus().join("../fuzz/dictionaries");
    files.push((dictionaries.join("world.dict"), dictionary().into_bytes()));
    files.push((dictionaries.join("dispatch.dict"), dictionary_of_programs().into_bytes()));
    let mut stale = Vec::new();
    for (path, want) in files {
        assert!(!want.is_empty(), "{} is made of something", path.display());
        if is_blessing {
            fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a writable folder");
            fs::write(&path, &want).expect("a writable file");
        } else if fs::read(&path).ok().as_ref() != Some(&want) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "not up to date, WASCLEAN_BLESS=1 rewrites them: {stale:?}");
}

/// Seeds that a scenario made which is not there any more, or which nobody made, are read by fuzzers all the same.
#[test]
fn no_seed_of_world_is_left_over() {
    let made: Vec<String> =
        seeds().into_iter().filter(|(target, ..)| *target == "world").map(|(_, name, _)| name).collect();
    for entry in fs::read_dir(corpus().join("world")).expect("it is part of the repository") {
        let name = entry.expect("a readable folder").file_name().into_string().expect("ASCII");
        let is_found = name.starts_with("found-");
        assert!(is_found || made.contains(&name), "corpus/world/{name} is made of no scenario");
    }
}
