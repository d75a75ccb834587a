//! One run of whatever scenario the bytes stand for, judged.

use alloc::format;

use super::{Broken, determinism};
use crate::choices::Script;
use crate::invariant::{INVARIANTS, judge};
use crate::page::Scripted;
use crate::scenario::Scenario;
use crate::scenario::bytes::decode;
use crate::trace::Trace;
use crate::world::{Progress, World};

/// How long a run can be: longer than any that ends by itself is likely to be, and short enough that a page that
/// runs in circles costs a fuzzer little.
const STEPS_MAX: u32 = 1_000;

/// Runs the scenario that `bytes` stand for, with the choices that it fixes itself, and judges the run.
///
/// The choices are a part of the scenario and not bytes behind it, so that what a fuzzer finds is a whole scenario:
/// it can be printed, repeated and shrunk as any other.
///
/// # Errors
///
/// The invariant that is broken first, under the scenario's own profile; INV-99, if a run that is played twice is not
/// the same.
pub fn world(bytes: &[u8]) -> Result<(), Broken> {
    let scenario = decode(bytes);
    if is_played_twice(bytes) {
        determinism(&scenario, Script::new(&scenario.choices))?;
    }
    judged(&scenario)
}

/// About one input in 64, so that a run that does not repeat is found, and the others are not slowed down.
fn is_played_twice(bytes: &[u8]) -> bool {
    let step = (bytes.len() / 8).max(1);
    let sum = bytes
        .iter()
        .step_by(step)
        .fold(bytes.len(), |sum, &byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    sum.is_multiple_of(64)
}

/// Runs `scenario` with the choices that it fixes, and judges the run.
fn judged(scenario: &Scenario) -> Result<(), Broken> {
    let mut trace = Trace::new();
    let mut choices = Script::new(&scenario.choices);
    let mut world = World::new(scenario, Scripted(&scenario.page), &mut trace).with_steps_max(STEPS_MAX);
    while world.step(&mut choices, &mut trace) == Progress::Goes {}
    let Some(breach) = judge(&trace, &scenario.profile).broken else {
        return Ok(());
    };
    let invariant = &INVARIANTS[breach.invariant];
    let detail = format!(
        "{} Entry {} of the run is {:?}.\n\n{}",
        invariant.predicate,
        breach.entry,
        trace.entries[breach.entry],
        shown(scenario)
    );
    Err(Broken { invariant: invariant.id, detail })
}

/// The scenario as a file, where the text form is compiled in.
#[cfg(feature = "text")]
fn shown(scenario: &Scenario) -> alloc::string::String {
    crate::scenario::text::print(scenario)
}

#[cfg(not(feature = "text"))]
fn shown(scenario: &Scenario) -> alloc::string::String {
    format!("{scenario:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::bytes::encode;
    use crate::scenario::generate::generate;
    use crate::scenario::lcg::Lcg;
    use crate::scenario::mutate::mutate;

    #[test]
    fn no_generated_scenario_breaks_an_invariant() {
        let mut lcg = Lcg::new(3);
        let mut scenario = Scenario::default();
        for _ in 0..2_000 {
            generate(&mut scenario, &mut lcg);
            mutate(&mut scenario, &mut lcg);
            assert_eq!(world(&encode(&scenario)), Ok(()));
        }
    }

    #[test]
    fn one_input_in_64_is_played_twice() {
        let mut lcg = Lcg::new(5);
        let count = (0..6_400).filter(|round| is_played_twice(&lcg.bytes(20 + round % 90))).count();
        assert!((60..150).contains(&count), "{count}");
    }

    #[test]
    fn no_noise_breaks_an_invariant() {
        use crate::scenario::generate::Draw as _;
        let mut lcg = Lcg::new(4);
        for round in 0..5_000_u32 {
            let bytes: alloc::vec::Vec<u8> = (0..round % 256).map(|_| lcg.below(256) as u8).collect();
            assert_eq!(world(&bytes), Ok(()), "{bytes:?}");
        }
    }
}
