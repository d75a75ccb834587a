//! The seeds of the fuzz targets: those that are made from scenarios are up to date, and every file under `corpus/`
//! that a target starts from passes its harness on stable.

use std::path::{Path, PathBuf};
use std::{env, fs};

use wasclean_model::choices::First;
use wasclean_model::harness::{self, Broken};
use wasclean_model::scenario::bytes::encode;
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::Entry;
use wasclean_model::wire::handshake;
use wasclean_model::world::run;

/// What `world` starts from: one scenario for each row of the table of outcomes, and what rows do not show.
const WORLDS: [&str; 20] = [
    "rows/1-never-established",
    "rows/2-lost-and-failed",
    "rows/2-prime-lost-and-dropped",
    "rows/3-violation",
    "rows/4-both-closed",
    "rows/5-only-we-closed",
    "rows/6-only-the-peer-closed",
    "rows/7-send-buffer-full",
    "rows/8-failed-after-both-closes",
    "rows/9-closed-without-fin",
    "litmus/l-04-close-before-the-open-task",
    "litmus/l-09-crossing-closes",
    "litmus/l-15-close-inside-a-message",
    "litmus/l-17-microtask-between-error-and-close",
    "litmus/l-19-capture-stops-propagation",
    "litmus/l-22-signal-of-a-duplicate-listener",
    "litmus/l-23-once-listener-dispatches",
    "litmus/l-33-interim-responses",
    "litmus/l-34-two-connections-to-one-host",
    "litmus/l-40-scripted-close-events",
];

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

/// Every seed that is made: its target, its name, and its bytes.
fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    let file = |name: &'static str| name.rsplit('/').next().expect("there is a last part");
    for name in WORLDS {
        // What is expected does not change the run, and would be half of the seed.
        let scenario = Scenario { expect: Default::default(), ..scenario(name) };
        seeds.push(("world", file(name), encode(&scenario)));
    }
    for name in CLOSE_FRAMES {
        seeds.push(("close_frame", file(name), frames(name)));
    }
    for name in FRAME_STREAMS {
        seeds.push(("frame_stream", file(name), [&CUTS[..], &frames(name)].concat()));
    }
    for (name, bytes) in TWO_ENDPOINTS {
        seeds.push(("two_endpoints", name, bytes.to_vec()));
    }
    seeds
}

#[test]
fn seeds_are_up_to_date() {
    let is_blessing = env::var_os("WASCLEAN_BLESS").is_some();
    assert!(!(is_blessing && env::var_os("CI").is_some()), "seeds are not rewritten by a machine");
    let mut stale = Vec::new();
    for (target, name, want) in seeds() {
        assert!(!want.is_empty(), "{target}/{name} is a seed of something");
        let path = corpus().join(target).join(name);
        if is_blessing {
            fs::create_dir_all(corpus().join(target)).expect("a writable folder");
            fs::write(&path, &want).expect("a writable file");
        } else if fs::read(&path).ok().as_ref() != Some(&want) {
            stale.push(format!("{target}/{name}"));
        }
    }
    assert!(stale.is_empty(), "not up to date, WASCLEAN_BLESS=1 rewrites them: {stale:?}");
}

/// Feeds each file of a target's folder to `harness`; the number of files.
fn replay(target: &str, harness: impl Fn(&[u8]) -> Result<(), Broken>) -> usize {
    let mut folders = vec![corpus().join(target)];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is part of the repository") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a readable file");
            harness(&bytes).unwrap_or_else(|broken| panic!("{}: {broken}", path.display()));
            count += 1;
        }
    }
    count
}

#[test]
fn every_file_passes_its_target() {
    assert!(replay("close_frame", harness::close_frame) >= CLOSE_FRAMES.len());
    let frame_stream = |input: &[u8]| match input.split_first_chunk::<4>() {
        Some((cuts, bytes)) => harness::frame_stream(bytes, &cuts.map(usize::from)),
        None => Ok(()),
    };
    assert!(replay("frame_stream", frame_stream) >= FRAME_STREAMS.len());
    assert!(replay("two_endpoints", harness::two_endpoints) >= TWO_ENDPOINTS.len());
    assert!(replay("world", harness::world) >= WORLDS.len());
    let scenario_text = |input: &[u8]| harness::scenario_text(str::from_utf8(input).expect("a text"));
    assert!(replay("scenarios", scenario_text) > 100);
}
