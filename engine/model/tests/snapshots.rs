//! States of a world: equal where the worlds go on alike, and a place to go on from.

use wasclean_model::choices::{Bytes, Choices, First, Logged, Script};
use wasclean_model::page::{Activation, Scripted};
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::{Entry, Trace};
use wasclean_model::world::{Progress, Runner, STEPS_MAX, State, World};

#[track_caller]
fn scenario(page: &str, peer: &str) -> Scenario {
    let source = format!("format = 1\nprofile = \"standard\"\n[page]\n{page}\n[[peer]]\nsteps = [{peer}]\n");
    text::parse(&source).unwrap_or_else(|error| panic!("{error}"))
}

/// The state at the end of a run, whose byte strings go into `trace`.
fn end(scenario: &Scenario, choices: &mut impl Choices, trace: &mut Trace) -> State<Activation> {
    let mut world = World::new(scenario, Scripted(&scenario.page), trace);
    while world.step(choices, trace) == Progress::Running {}
    assert_eq!(trace.entries.last(), Some(&Entry::Quiescent));
    world.state().clone()
}

/// Whether two runs end in the same state.
#[track_caller]
fn check(left: &Scenario, right: &Scenario) {
    let mut trace = Trace::new();
    let left = end(left, &mut First, &mut trace);
    assert_eq!(left, end(right, &mut First, &mut trace));
}

#[test]
fn a_world_forgets_its_age() {
    // The peer still waits when the connection is closed.
    let aged = |ms: u32| {
        scenario(
            &format!("main = ['new WebSocket(\"ws://a.test/\")', 'setTimeout(f1, {ms})']\nf1 = []"),
            "'accept', 'close 1000', 'fin', 'delay 10s'",
        )
    };
    check(&aged(100), &aged(200));
}

#[test]
fn a_world_forgets_messages_that_are_over() {
    let told = |first: &str| {
        scenario("main = ['new WebSocket(\"ws://a.test/\")']", &format!("'accept', {first}, 'ping \"x\"'"))
    };
    check(&told("'text \"abc\"'"), &told("'binary \"xyz\"'"));
}

#[test]
fn an_event_that_is_kept_has_one_place() {
    let main = |calls: &str| format!("main = ['new WebSocket(\"ws://a.test/\")', {calls}]");
    let keeps = "'ws0.addEventListener(\"x1\", f1)', 'ws0.addEventListener(\"x2\", f2)'";
    let functions = "f1 = ['kept = event']\nf2 = ['ws0.dispatchEvent(new Event(\"x1\"))']";
    let nested = main(&format!("{keeps}, 'ws0.dispatchEvent(new Event(\"x2\"))'"));
    let plain = main(&format!("{keeps}, 'ws0.dispatchEvent(new Event(\"x1\"))'"));
    check(&scenario(&format!("{nested}\n{functions}"), ""), &scenario(&format!("{plain}\n{functions}"), ""));
}

/// Plays a run twice: straight on, and with a detour into another future before step `at`.
#[track_caller]
fn check_detour(scenario: &Scenario, at: usize, detour: &[u8]) -> bool {
    let mut trace = Trace::new();
    let mut logged = Logged::new(Bytes::new(&[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9]));
    Runner::new(STEPS_MAX).run(scenario, &mut logged, &mut trace);
    let log = logged.into_log();

    let mut again = Trace::new();
    let mut choices = Script::new(&log);
    let mut world = World::new(scenario, Scripted(&scenario.page), &mut again);
    let mut steps = 0;
    let mut has_bound = false;
    loop {
        if steps == at {
            let (state, entries) = (world.state().clone(), again.entries.len());
            let mut other = Bytes::new(detour);
            while world.step(&mut other, &mut again) == Progress::Running {}
            has_bound = matches!(again.entries.last(), Some(Entry::Bound { .. }));
            again.entries.truncate(entries);
            world.restore(state);
        }
        steps += 1;
        if world.step(&mut choices, &mut again) == Progress::Ended {
            break;
        }
    }
    assert_eq!(choices.finish(), Ok(()), "detour before step {at}");
    // The byte strings of the detour take numbers, so entries are compared in words that say what they hold.
    let told = |trace: &Trace| wasclean_model::trace::timeline(trace);
    assert_eq!(told(&again), told(&trace), "detour before step {at}");
    has_bound
}

#[test]
fn a_world_goes_on_from_a_state_as_if_nothing_had_been_in_between() {
    let scenario = scenario(
        r#"main = ['new WebSocket("ws://a.test/")', 'ws0.onopen = f1', 'ws0.onerror = f2', 'ws0.onclose = f3',
            'ws0.addEventListener("close", f4, {once: true})', 'ws0.addEventListener("close", f5)']
        f1 = ['ws0.send("abc")', 'setTimeout(f6, 10)']
        f2 = ['ws0.dispatchEvent(new Event("error"))']
        f3 = ['kept = event', 'queueMicrotask(f6)']
        f4 = ['ws0.removeEventListener("close", f5)']
        f5 = ['ws0.dispatchEvent(kept)']
        f6 = ['ws0.close(3000, "x")']"#,
        r#"'accept', 'text "hi"', 'ping "p"', 'close 1000 "bye"', 'rst'"#,
    );
    let mut bounds = 0;
    for at in 0..24 {
        for detour in [&[][..], &[1; 40], &[2, 3, 1, 0, 2, 1, 3, 2, 1, 4, 3, 2, 1], &[4; 40]] {
            bounds += usize::from(check_detour(&scenario, at, detour));
        }
    }
    assert!(bounds > 0, "a detour into `f2` does not come back");
}
