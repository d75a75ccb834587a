//! Mutations change something, reach what they are there for, and break nothing.

use alloc::vec::Vec;

use super::*;
use crate::harness::{TARGETS, target};
use crate::scenario::lcg::Lcg;
use crate::status_code::class;

/// A chain of mutations of `target`, each made of the one before; what each of them is passes its harness.
fn chain(name: &str, len: u32) -> Vec<Vec<u8>> {
    let target = target(name).expect("there is such a target");
    let mut bytes = Vec::new();
    let mut chain = Vec::new();
    for seed in 0..len {
        bytes = (target.mutate)(&bytes, &mut Numbers::new(seed));
        // A fuzzer has a bound too, and begins anew now and then.
        if bytes.len() > target.len_max {
            bytes.clear();
        }
        assert_eq!((target.run)(&bytes), Ok(()), "{name}, seed {seed}: {bytes:02x?}");
        chain.push(bytes.clone());
    }
    chain
}

#[test]
fn a_chain_of_mutations_passes_its_target_and_seldom_stands_still() {
    for target in TARGETS {
        let chain = chain(target.name, 2_000);
        let same = chain.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(same < 400, "{}: {same} of 2000 changed nothing", target.name);
    }
}

#[test]
fn the_same_seed_makes_the_same_change() {
    for target in TARGETS {
        let bytes = Lcg::new(3).bytes(60);
        let changed = |seed| (target.mutate)(&bytes, &mut Numbers::new(seed));
        assert_eq!(changed(7), changed(7), "{}", target.name);
        assert!((0..20).any(|seed| changed(seed) != changed(7)), "{}", target.name);
    }
}

#[test]
fn every_class_of_status_codes_is_reached() {
    let reached = chain("close_frame", 20_000);
    let classes: alloc::collections::BTreeSet<_> = reached
        .iter()
        .filter_map(|bytes| match bytes[..] {
            [0x88, 2..=125, high, low, ..] => Some(class(u16::from_be_bytes([high, low])) as u8),
            _ => None,
        })
        .collect();
    let all: alloc::collections::BTreeSet<_> = (0..=u16::MAX).map(|code| class(code) as u8).collect();
    assert_eq!(classes, all);
}

#[test]
fn a_frame_that_is_read_is_written_as_it_was() {
    for bytes in chain("frame_stream", 3_000) {
        let unchanged = frames::rewritten(&bytes);
        let again = frames::rewritten(&unchanged);
        assert_eq!(unchanged, again);
    }
}
