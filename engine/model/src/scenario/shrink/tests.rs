use alloc::collections::BTreeSet;

use super::*;
use crate::page::Value;
use crate::scenario::bytes::{decode, encode};
use crate::scenario::generate::generate;
use crate::scenario::lcg::Lcg;
use crate::scenario::{Item, Peer};
use crate::trace::HandlerValue;

/// Takes the first reduction that still `shows` something, for as long as there is one.
fn shrink(mut scenario: Scenario, shows: impl Fn(&Scenario) -> bool) -> Scenario {
    while let Some(smaller) = reductions(&scenario).find(&shows) {
        scenario = smaller;
    }
    scenario
}

fn closes_with(scenario: &Scenario, code: u16) -> bool {
    let steps = scenario.peers.iter().flat_map(|peer| &peer.steps);
    steps.into_iter().any(|step| {
        let PeerStep::Write { item: Item::Frame(frame), .. } = step else { return false };
        matches!(frame.payload, super::super::Payload::Close(found, _) if found == code)
    })
}

#[test]
fn every_reduction_is_smaller_and_within_bounds() {
    let mut lcg = Lcg::new(1);
    for round in 0..300 {
        let mut scenario = decode(&lcg.bytes(2 * round));
        if round % 2 == 0 {
            generate(&mut scenario, &mut lcg);
        }
        for smaller in reductions(&scenario) {
            assert!(size(&smaller) < size(&scenario), "{scenario:?}\n{smaller:?}");
            assert!(smaller.is_within_bounds());
            assert_eq!(smaller.expect, scenario.expect);
        }
    }
}

#[test]
fn no_reduction_comes_twice() {
    let mut lcg = Lcg::new(2);
    let mut scenario = Scenario::default();
    for _ in 0..50 {
        generate(&mut scenario, &mut lcg);
        let all: Vec<_> = plan(&scenario);
        let distinct: BTreeSet<_> = all.iter().map(|reduction| alloc::format!("{reduction:?}")).collect();
        assert_eq!(distinct.len(), all.len(), "{all:#?}");
    }
}

#[test]
fn everything_shrinks_to_nothing() {
    let mut lcg = Lcg::new(3);
    for _ in 0..200 {
        let scenario = decode(&lcg.bytes(200));
        let expect = scenario.expect.clone();
        assert_eq!(shrink(scenario, |_| true), Scenario { expect, ..Scenario::default() });
    }
}

#[test]
fn what_matters_is_kept_and_the_rest_goes() {
    let mut lcg = Lcg::new(4);
    let mut scenario = Scenario::default();
    let mut seen = 0;
    while seen < 30 {
        generate(&mut scenario, &mut lcg);
        if !closes_with(&scenario, 1001) {
            continue;
        }
        seen += 1;
        let smallest = shrink(scenario.clone(), |scenario| closes_with(scenario, 1001));
        assert_eq!(size(&smallest), 1 + 4, "{smallest:?}");
        assert_eq!(encode(&smallest).len(), 4);
    }
}

#[test]
fn a_wanted_length_is_found() {
    let mut scenario = Scenario::default();
    let reason = Value::String(alloc::vec![0x20ac; 400].into());
    let close = Call::Close { on: crate::page::Receiver::Socket(0), code: Value::Null, reason };
    scenario.page.functions.push(vec![Call::Throw, close, Call::Throw]);
    let len = |scenario: &Scenario| match &scenario.page.functions[0][..] {
        [.., Call::Close { reason: Value::String(text), .. }] => text.len(),
        _ => 0,
    };
    let smallest = shrink(scenario, |scenario| !scenario.page.functions.is_empty() && len(scenario) >= 124);
    assert_eq!((len(&smallest), smallest.page.functions[0].len()), (124, 1));
    assert_eq!(size(&smallest), 1 + 1 + 3 + 124);
}

#[test]
fn the_numbers_of_functions_close_up() {
    let on = crate::page::Receiver::Socket(0);
    let event_type = crate::trace::EventType::Close;
    let value = HandlerValue::Function(FunctionId(5));
    let mut scenario = Scenario::default();
    scenario.page.functions = vec![vec![], vec![Call::Note(1)], vec![], vec![], vec![], vec![Call::Throw]];
    scenario.page.functions[0].push(Call::SetHandler { on, event_type, value });
    let shows = |scenario: &Scenario| match scenario.page.functions.first().map(|calls| &calls[..]) {
        Some([Call::SetHandler { value: HandlerValue::Function(function), .. }]) => {
            scenario.page.functions.get(usize::from(function.0)).is_some_and(|calls| calls == &[Call::Throw])
        }
        _ => false,
    };
    assert!(shows(&scenario));
    let smallest = shrink(scenario, shows);
    assert_eq!(smallest.page.functions.len(), 2, "{smallest:?}");
}

#[test]
fn chunks_go_from_halves_to_single_places() {
    let all: Vec<_> = chunks(5).map(|Chunk { start, len }| (start, len)).collect();
    assert_eq!(all, [(0, 3), (2, 2), (0, 2), (4, 1), (3, 1), (2, 1), (1, 1), (0, 1)]);
    assert_eq!(chunks(0).count(), 0);
}

#[test]
fn a_peer_without_steps_is_something() {
    let scenario = Scenario { peers: vec![Peer::default()], ..Scenario::default() };
    assert_eq!(size(&scenario), 1);
    assert_eq!(reductions(&scenario).collect::<Vec<_>>(), [Scenario::default()]);
}

#[test]
fn a_function_that_is_named_and_not_there_takes_the_lowest_number() {
    let mut scenario = Scenario::default();
    scenario.page.functions = vec![vec![Call::QueueMicrotask(FunctionId(4))], vec![Call::Note(0)]];
    let small = shrink(scenario, |it| {
        let [first, second, ..] = &it.page.functions[..] else { return false };
        matches!(first[..], [Call::QueueMicrotask(_)]) && matches!(second[..], [Call::Note(0)])
    });
    assert_eq!(
        small.page.functions,
        [vec![Call::QueueMicrotask(FunctionId(2))], vec![Call::Note(0)], vec![]]
    );
}
