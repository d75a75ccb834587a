use super::*;
use crate::scenario::bytes::decode;
use crate::scenario::generate::generate;
use crate::scenario::lcg::Lcg;

#[test]
fn a_mutated_scenario_is_within_bounds() {
    let mut lcg = Lcg::new(1);
    for round in 0..200 {
        let mut scenario = decode(&lcg.bytes(16 * round));
        for _ in 0..200 {
            mutate(&mut scenario, &mut lcg);
            assert!(scenario.is_within_bounds(), "{scenario:?}");
        }
    }
}

#[test]
fn full_lists_stay_within_bounds() {
    let mut lcg = Lcg::new(2);
    let mut scenario = Scenario::default();
    scenario.peers.resize(bounds::SOCKETS_MAX, Peer::default());
    for peer in &mut scenario.peers {
        peer.steps.resize(bounds::PEER_STEPS_MAX, super::super::PeerStep::Fin);
    }
    scenario.page.functions.resize(bounds::FUNCTIONS_MAX, alloc::vec![Call::Throw; bounds::CALLS_MAX]);
    for _ in 0..2000 {
        mutate(&mut scenario, &mut lcg);
        assert!(scenario.is_within_bounds());
    }
}

#[test]
fn most_mutations_change_something_and_keep_most() {
    let mut lcg = Lcg::new(3);
    let mut scenario = Scenario::default();
    let (mut changed, mut kept) = (0, 0);
    for _ in 0..2000 {
        generate(&mut scenario, &mut lcg);
        let mut mutated = scenario.clone();
        mutate(&mut mutated, &mut lcg);
        changed += usize::from(mutated != scenario);
        let same = |a: &Vec<Call>, b: &Vec<Call>| usize::from(a == b);
        let functions = scenario.page.functions.iter().zip(&mutated.page.functions);
        kept += usize::from(
            functions.map(|(a, b)| same(a, b)).sum::<usize>() * 2 >= scenario.page.functions.len(),
        );
    }
    assert!(changed >= 1800 && kept >= 1800, "{changed} changed, {kept} kept most of the page");
}

#[test]
fn nothing_is_expected_of_a_mutated_scenario() {
    let mut scenario = Scenario::default();
    scenario.expect.breaks = Some("INV-20".into());
    mutate(&mut scenario, &mut Lcg::new(4));
    assert_eq!(scenario.expect, Expect::default());
}
