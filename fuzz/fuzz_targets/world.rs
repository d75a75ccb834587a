//! A whole scenario: no run of any breaks an invariant.
//!
//! `WASCLEAN_FAULT` names a mistake to plant in the model, to see that it is found.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::mutator::Numbers;
use wasclean_model::harness::{FEATURE_COUNT, Player};
use wasclean_model::profile::Fault;

thread_local! {
    static PLAYER: RefCell<Player> = RefCell::new(Player::new().with_fault(fault()));
}

fn fault() -> Option<Fault> {
    let wanted = std::env::var("WASCLEAN_FAULT").ok()?;
    let known = Fault::VALUES.iter().find(|(fault, id)| *id == wanted || fault.name() == wanted);
    Some(
        known
            .unwrap_or_else(|| {
                panic!("WASCLEAN_FAULT={wanted} is not a fault; `wasclean list faults` shows them")
            })
            .0,
    )
}

fuzz_target!(|bytes: &[u8]| {
    PLAYER.with_borrow_mut(|player| {
        player.play(bytes).unwrap_or_else(|broken| panic!("{broken}"));
        player.features(mark);
    });
});

fn mutate(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    PLAYER.with_borrow_mut(|player| player.mutate(bytes, draw).to_vec())
}

wasclean_fuzz::mutations!(mutate);
wasclean_fuzz::features!(FEATURE_COUNT);
