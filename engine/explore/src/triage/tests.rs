//! Mistakes are planted in each target, and what finds them is made as small as it can be.

use wasclean_model::harness::Broken;

use super::*;
use crate::finding::replay;
use crate::judge::untrue;

/// A target that is wrong about some inputs.
const fn planted(input: Input, run: fn(&[u8]) -> Result<(), Broken>) -> Target {
    Target { name: "planted", about: "", input, run, mutate: |bytes, _| bytes.to_vec(), len_max: 512 }
}

fn broken(is_broken: bool) -> Result<(), Broken> {
    if is_broken { Err(Broken { invariant: "INV-07", detail: "they differ".into() }) } else { Ok(()) }
}

/// Whether `needle` is somewhere in `input`.
fn has(input: &[u8], needle: &[u8]) -> bool {
    input.windows(needle.len()).any(|window| window == needle)
}

static CLOSE_FRAME: Target = planted(Input::CloseFrame, |input| broken(has(input, b"\x03\xeb")));
static FRAME_STREAM: Target =
    planted(Input::CutStream, |input| broken(input.len() > 4 && has(&input[4..], b"\x89\x00")));
static DISPATCH: Target = planted(Input::Program, |input| {
    let program = Program::decode(input);
    broken(program.functions[0].len() > 1 && program.to_string().contains("passive: true"))
});
static TWO_ENDPOINTS: Target = planted(Input::TwoEndpoints, |input| {
    assert!(!has(input, b"\x07"), "seven");
    Ok(())
});
static SCENARIO_TEXT: Target = planted(Input::ScenarioText, |input| broken(has(input, b"ping")));
static WORLD: Target = planted(Input::Scenario, |input| {
    let scenario = bytes::decode(input);
    let finding = Finding::from_run(&scenario, Script::new(&scenario.choices), None);
    match finding {
        Some(finding) => Err(Broken { invariant: finding.invariant_id(), detail: String::new() }),
        None => Ok(()),
    }
});

/// Nobody stops it.
static GOES_ON: AtomicBool = AtomicBool::new(false);

#[track_caller]
fn check(target: &'static Target, input: &[u8], name: &str, want: &[u8]) -> Triage {
    let triage = Triage::new(target, None, input, &GOES_ON).expect("something is wrong with it");
    assert!(triage.symptom.kind.to_string().starts_with(name), "{triage:?}");
    assert_eq!(triage.input, want, "{triage:?}");
    assert!(triage.is_minimal);
    triage
}

#[test]
fn what_is_found_in_bytes_is_made_small() {
    let triage = check(&CLOSE_FRAME, b"\x88\x05\x03\xebbye", "INV-07", b"\x03\xeb");
    assert_eq!(triage.scenario.expect("a peer writes it").peers[0].steps.len(), 3);
    let triage =
        check(&FRAME_STREAM, b"\x01\x02\x03\x04\x81\x01a\x89\x00\x88\x00", "INV-07", b"\0\0\0\0\x89\0");
    assert_eq!(triage.scenario.expect("a peer writes it").peers[0].steps.len(), 3);
    check(&SCENARIO_TEXT, b"format = 1\n[[peer]]\nsteps = ['ping']\n", "INV-07", b"ping");
}

#[test]
fn what_is_found_in_records_keeps_whole_records() {
    let input = [14, 3, 0, 0, 0, 0, 1, 7, 1, 0, 0, 2, 0, 0, 2, 1];
    let triage = check(&DISPATCH, &input, "INV-07", &[0, 0, 0, 4, 0, 0, 0, 0]);
    assert!(triage.scenario.is_some_and(|scenario| scenario.page.functions[0].len() == 5));
}

#[test]
fn a_panic_is_told_by_its_place() {
    let triage = check(&TWO_ENDPOINTS, &[1, 2, 7, 3], "panic at engine/explore/src/triage/tests.rs:", &[7]);
    assert_eq!(triage.symptom.detail, "seven");
    assert!(triage.scenario.is_none());
}

#[test]
fn what_is_found_in_a_scenario_is_shrunk_as_one() {
    let source = r#"
format = 1
profile = { base = "standard", linger-us = 1999999 }
choices = ["frame.mask=7"]
[page]
main = ['new WebSocket("ws://a.test/")', 'ws0.onclose = f1']
f1 = ['note(1)']
[[peer]]
steps = ['accept', 'text "a"', 'ping "x"', 'text "b"', 'close 1000 "bye"', 'fin']
"#;
    let scenario = text::parse(source).expect("a scenario");
    let triage = Triage::new(&WORLD, None, &bytes::encode(&scenario), &GOES_ON).expect("it breaks the rule");
    assert_eq!(triage.symptom.kind, SymptomKind::Broken(untrue::ID));
    let small = triage.scenario.expect("it is a scenario");
    assert_eq!(small.peers[0].steps.len(), 3, "{}", text::print(&small));
    assert!(replay(&small).judgement.broken.is_some());
    assert!(bytes::decode(&triage.input).page == small.page);
}

#[test]
fn what_is_stopped_is_still_a_finding() {
    let input = b"\x88\x05\x03\xebbye";
    let triage = Triage::new(&CLOSE_FRAME, None, input, &AtomicBool::new(true)).expect("it breaks something");
    assert_eq!((&*triage.input, triage.is_minimal, triage.runs), (&input[..], false, 0));
}

#[test]
fn an_input_with_nothing_wrong_is_no_finding() {
    for target in TARGETS {
        assert!(Triage::new(target, None, b"", &GOES_ON).is_none(), "{}", target.name);
    }
}

/// A published crate comes without the corpus; only there does its manifest have an original.
fn is_published() -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml.orig").exists()
}

#[test]
fn a_planted_fault_is_found_again() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/faults/M15.toml");
    if is_published() {
        return;
    }
    let source = std::fs::read_to_string(path).expect("it is part of the repository");
    let scenario = text::parse(&source).expect("a scenario");
    let input = bytes::encode(&scenario);
    let world = target("world").expect("there is one");
    assert!(Triage::new(world, None, &input, &GOES_ON).is_none(), "the bytes name no fault");
    let triage = Triage::new(world, scenario.profile.fault, &input, &GOES_ON).expect("the fault is planted");
    assert_eq!(Some(triage.symptom.kind.to_string()), scenario.expect.breaks);
    let small = triage.scenario.expect("it is a scenario");
    assert_eq!(small.profile.fault, scenario.profile.fault);
    assert!(replay(&small).judgement.broken.is_some());
}

#[test]
fn a_path_names_its_target() {
    for (path, want) in [
        ("fuzz/artifacts/world/crash-da39a3", Some("world")),
        ("afl/out/dispatch/default/crashes/id:000000,sig:06", Some("dispatch")),
        ("world/corpus/close_frame/x", Some("close_frame")),
        ("frame_stream-INV-05-0011", Some("frame_stream")),
        ("crash-da39a3", None),
    ] {
        assert_eq!(target_of_path(Path::new(path)).map(|target| target.name), want, "{path}");
    }
}
