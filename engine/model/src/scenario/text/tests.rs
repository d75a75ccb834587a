//! The form as a whole: what is printed is read back, and what is wrong is reported where it is.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::random::{self, Draw};
use super::{parse, parse_among, print};
use crate::page::{Call, CloseEventInit, Data, NewEvent, Primitive, Value};
use crate::scenario::generate::Draw as _;
use crate::scenario::lcg::Lcg;
use crate::scenario::{Frame, Item, Peer, PeerStep, Scenario, bytes};
use crate::trace::FunctionId;

/// A file in the form that is printed.
pub(super) const EXAMPLE: &str = r#"format = 1
profile = { base = "standard", frames-after-close = "fail", linger-us = 5000000 }
choices = ["tcp.write=later", "world.step=reset-0"]

[page]
main = [
  'new WebSocket("ws://a.test/", ["chat"])',
  'ws0.onopen = f2',
]
f1 = []
f2 = [
  'ws0.close(1000, "bye")',
  "ws0.send(\"it's\")",
]

[[peer]]
steps = [
  'accept protocol="chat" +',
  'close 1000 "a".repeat(123)',
  'wait close 700ms',
  'fin',
]

[[peer]]
steps = []

[expect]
page = ['open@1 close(1000,"bye",clean)@3 final@3']
wire = ['close[03e8627965] tcp-fin']
breaks = "INV-20"
"#;

/// The first line of `source` in which `old` stands is changed, and the error must be `want`.
#[track_caller]
fn check_fault(old: &str, new: &str, want: &str) {
    assert!(EXAMPLE.contains(old), "{old}");
    let error = parse(&EXAMPLE.replacen(old, new, 1)).expect_err(want);
    assert_eq!(error.to_string(), want);
}

/// The scenario in which all Numbers that are not a number are the same.
fn with_one_nan(mut scenario: Scenario) -> Scenario {
    let unify = |bits: &mut u64| {
        if f64::from_bits(*bits).is_nan() {
            *bits = f64::NAN.to_bits();
        }
    };
    let of_value = |value: &mut Value| match value {
        Value::Number(bits) | Value::Object(_, Primitive::Number(bits)) => unify(bits),
        _ => {}
    };
    for call in scenario.page.functions.iter_mut().flatten() {
        if let Call::Close { code, reason, .. }
        | Call::Dispatch {
            event: NewEvent::CloseEvent(_, CloseEventInit { code, reason, .. }), ..
        } = call
        {
            of_value(code);
            of_value(reason);
        }
    }
    scenario
}

#[test]
fn the_example_is_in_the_form_that_is_printed() {
    assert_eq!(print(&parse(EXAMPLE).expect("the example")), EXAMPLE);
}

#[test]
fn an_empty_scenario_is_two_lines() {
    assert_eq!(print(&Scenario::default()), "format = 1\nprofile = \"standard\"\n");
    assert_eq!(parse("format = 1"), Ok(Scenario::default()));
}

#[test]
fn odd_scenarios_are_printed_and_read_back() {
    for seed in 0..2000 {
        let scenario = with_one_nan(random::scenario(&mut Draw(seed)));
        let file = print(&scenario);
        match parse(&file) {
            Ok(read) => assert_eq!(read, scenario, "seed {seed}"),
            Err(error) => panic!("seed {seed}: {error}\n{file}"),
        }
        assert_eq!(print(&scenario), file);
    }
}

#[test]
fn what_bytes_stand_for_is_printed_and_read_back() {
    let mut lcg = Lcg::new(4);
    for _ in 0..5000 {
        let len = lcg.below(200) as usize;
        let scenario = with_one_nan(bytes::decode(&lcg.bytes(len)));
        let file = print(&scenario);
        match parse(&file) {
            // Functions that are named and not there are written as empty ones.
            Ok(read) => assert_eq!(print(&read), file),
            Err(error) => panic!("{error}\n{file}"),
        }
    }
}

#[test]
fn a_step_of_any_length_is_read_back() {
    let long: Vec<_> = (0..1 << 20).map(|index: u32| index as u8).collect();
    let mut scenario = Scenario::default();
    for item in [
        Item::Bytes(Cow::Owned(long.clone())),
        Item::Frame(Frame::new(2, long)),
        Item::Frame(Frame::new(1, "ä\\\"'".repeat(1 << 18).into_bytes()[..1 << 20].to_vec())),
    ] {
        scenario.peers.push(Peer { steps: [PeerStep::Write { item, corked: false }].into() });
    }
    assert_eq!(parse(&print(&scenario)), Ok(scenario));
}

#[test]
fn more_repetition_than_a_file_may_ask_for_is_spelled_out() {
    let mut scenario = Scenario::default();
    let text =
        |len| Call::Send { on: crate::page::Receiver::This, data: Data::Text(Cow::Owned([97].repeat(len))) };
    scenario.page.functions.push([text(1 << 24), text(1 << 24), text(40)].into());
    let file = print(&scenario);
    assert!(file.ends_with(&format!(
        "  'this.send(\"a\".repeat(16777216))',\n  'this.send(\"{}\")',\n]\n",
        "a".repeat(40)
    )));
    assert_eq!(parse(&file), Ok(scenario));
    let error = parse(&file.replace(&"\"a".repeat(2), "").replace(&"a".repeat(40), "a\".repeat(40) + \""));
    assert_eq!(error.expect_err("too much").message, "the string is too long");
}

#[test]
fn a_function_that_is_named_and_not_there_is_printed_as_an_empty_one() {
    let mut scenario = Scenario::default();
    scenario.page.functions.push([Call::QueueMicrotask(FunctionId(2))].into());
    let file = print(&scenario);
    scenario.page.functions.resize_with(3, Vec::new);
    assert_eq!(parse(&file), Ok(scenario));
}

#[test]
fn a_gap_between_functions_is_filled() {
    let scenario = parse("format = 1\npage.f2 = ['throw']").expect("a page");
    assert_eq!(scenario.page.functions, [Vec::new(), Vec::new(), [Call::Throw].into()]);
}

#[test]
fn an_error_says_where_it_is_and_what_would_be_right() {
    check_fault(
        "format = 1\n",
        "",
        "1:1: the key `format` is missing; write format = 1 at the top of the file",
    );
    check_fault(
        "format = 1",
        "format = \"1\"",
        "1:10: expected a number, found a string; write `format = 1`",
    );
    check_fault(
        "format = 1",
        "format = 2",
        "1:10: format 2 is not known here; write format = 1 at the top of the file",
    );
    check_fault("choices", "choises", "3:1: unknown key `choises`; did you mean `choices`?");
    check_fault("[expect]", "[expected]", "27:2: unknown key `expected`; did you mean `expect`?");
    check_fault(
        "[[peer]]",
        "[peer]",
        "24:3: duplicate key; write every key once, and [[peer]] with two brackets for every peer",
    );
    check_fault("steps = []", "step = []", "25:1: unknown key `step`; did you mean `steps`?");
    check_fault(
        "f1 = []",
        "f01 = []",
        "10:1: unknown function `f01`; the functions of a page are `main`, `f1`, `f2` and so on",
    );
    check_fault(
        "'fin'",
        "1",
        "21:3: expected a string, found an integer; write it in quotes, '...' or \"...\"",
    );
    check_fault(
        "\"tcp.write=later\"",
        "'tcp.rite=later'",
        "3:13: `tcp.rite=later` is no choice; did you mean `tcp.write`?",
    );
    check_fault(
        "\"tcp.write=later\"",
        "'tcp.write=never'",
        "3:23: `tcp.write=never` is no choice; unknown alternative of tcp.write; expected `now` or `later`",
    );
}

#[test]
fn an_error_in_a_string_points_into_it() {
    check_fault(
        "'ws0.onopen = f2'",
        "'ws0.onopne = f2'",
        "8:8: unknown name `onopne`; did you mean `onopen`?",
    );
    check_fault(
        "ws0.send(\\\"it's\\\")",
        "ws0.send(\\\"\\u00e4's\\\", 1)",
        "13:25: expected `)`, found `,`; separate the arguments by `,`, leave superfluous ones out and close the parenthesis",
    );
    check_fault(
        "wait close",
        "wait  clsoe",
        "20:10: expected what is waited for, found `clsoe`; did you mean `close`?",
    );
    check_fault(
        "'fin'",
        "'fin ä'",
        "21:8: expected the end of the line, found `ä`; a step is all of its string",
    );
}

#[test]
fn what_is_no_toml_is_reported_where_it_is() {
    for (old, new, place) in [
        ("it's", "it's\\q", (13, 20)),
        ("'fin',", "'fin' 'fin'", (21, 9)),
        ("format = 1", "format 1", (1, 8)),
        ("\"INV-20\"", "INV-20", (30, 10)),
    ] {
        let error = parse(&EXAMPLE.replacen(old, new, 1)).expect_err(new);
        assert_eq!((error.line, error.column), place, "{error}");
        assert!(error.advice.starts_with("write TOML"), "{error}");
    }
}

#[test]
fn the_bounds_are_checked_where_something_is_read() {
    let page = |lines: &str| parse(&format!("format = 1\n{lines}")).expect_err("beyond a bound").to_string();
    assert_eq!(
        page("page.f32 = []"),
        "2:6: there are too many functions for `f32`; a page has at most 32, `main` and `f1` to `f31`"
    );
    let calls = "'throw',".repeat(201);
    assert_eq!(
        page(&format!("page.main = [{calls}]")),
        "2:1614: there are too many calls; a function makes at most 200 calls"
    );
    let steps = "'fin',".repeat(201);
    assert_eq!(
        page(&format!("[[peer]]\nsteps = [{steps}]")),
        "3:1210: there are too many steps; a peer has at most 200"
    );
    assert_eq!(page(&"[[peer]]\n".repeat(5)), "6:1: there are too many peers; a scenario has at most 4");
    assert_eq!(
        page("expect.page = ['', '', '', '', '']"),
        "2:32: there are too many strings; write one string for each of at most 4 WebSockets"
    );
}

#[test]
fn an_unknown_invariant_is_told_where_they_are_known() {
    let text = "format = 1\nexpect.breaks = 'INV-02'\n";
    let scenario = parse(text);
    assert!(scenario.is_ok());
    let among = |known: &[&str]| parse_among(text, known).map_err(|error| error.to_string());
    assert_eq!(among(&["INV-01", "INV-02"]).ok(), scenario.ok());
    let near = "2:18: unknown invariant `INV-02`; did you mean `INV-12`?";
    assert_eq!(among(&["INV-12"]), Err(near.into()));
    let far = "2:18: unknown invariant `INV-02`; docs/invariants.md lists what there is";
    assert_eq!(among(&["RULE-7"]), Err(far.into()));
}
