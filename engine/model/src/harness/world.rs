//! One run of whatever scenario the bytes stand for, judged.

use alloc::format;
use alloc::vec::Vec;

use super::mutator::{self, Numbers};
use super::relations::determinism_within;
use super::{Broken, same};
use crate::choices::Script;
use crate::invariant::{Breach, INVARIANTS, Monitors};
use crate::profile::{Fault, Profile};
use crate::scenario::Scenario;
use crate::scenario::bytes::{decode, decode_into, encode_into};
use crate::trace::Trace;
use crate::world::Runner;

/// How many steps a run has at most: several times what one that ends by itself is likely to need, and short enough
/// that a page that runs in circles costs a fuzzer little. The campaign's bound is four times as high.
const STEPS_MAX: u32 = 256;

/// An input and the scenario that it stands for, which is read only if it is another input than before: a fuzzer that
/// changes an input's structure plays what it has just changed, and changes that again.
#[derive(Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    scenario: Scenario,
}

impl Input {
    fn read(&mut self, bytes: &[u8]) {
        if self.bytes != bytes {
            decode_into(bytes, &mut self.scenario);
            self.bytes.clear();
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn change(&mut self, draw: &mut Numbers) {
        mutator::change(&mut self.scenario, draw);
        encode_into(&self.scenario, &mut self.bytes);
    }
}

/// What is said to be broken if an input is not what it was made of: the form is our own, so no document has an ID.
const FORM: &str = "the byte form";

/// Plays one input after another and keeps the memory.
#[derive(Debug)]
pub struct Player {
    input: Input,
    runner: Runner,
    trace: Trace,
    monitors: Monitors,
    fault: Option<Fault>,
}

impl Player {
    /// A player of runs of bounded length.
    #[must_use]
    pub fn new() -> Self {
        let monitors = Monitors::new(&Profile::STANDARD);
        let runner = Runner::new(STEPS_MAX);
        Self { input: Input::default(), runner, trace: Trace::new(), monitors, fault: None }
    }

    /// The same with a mistake planted in the model, to see that a fuzzer finds it.
    #[must_use]
    pub fn with_fault(self, fault: Option<Fault>) -> Self {
        Self { fault, ..self }
    }

    /// As [`world`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn play(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.input.read(bytes);
        let scenario = &mut self.input.scenario;
        scenario.profile.fault = self.fault;
        if is_played_twice(bytes) {
            let mut read = decode(bytes);
            read.profile.fault = self.fault;
            same(FORM, "as it was changed, and as it is read", scenario, &read)?;
            determinism_within(STEPS_MAX, scenario, Script::new(&scenario.choices))?;
        }
        self.runner.run(scenario, &mut Script::new(&scenario.choices), &mut self.trace);
        self.monitors.restart_under(&scenario.profile);
        for entry in &self.trace.entries {
            self.monitors.observe(entry, &self.trace.payloads);
        }
        match self.monitors.broken() {
            None => Ok(()),
            Some(breach) => Err(told(breach, &self.trace, scenario)),
        }
    }

    /// As [`mutator::world`], and [`play`](Self::play) of the result need not read it.
    #[must_use]
    pub fn mutate(&mut self, bytes: &[u8], draw: &mut Numbers) -> &[u8] {
        self.input.read(bytes);
        self.input.change(draw);
        &self.input.bytes
    }

    /// The trace of the run that was played last.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Tells `mark` the [features](super::features()) of the run that was played last.
    pub fn features(&self, mark: impl FnMut(usize)) {
        super::features(&self.input.scenario.profile, &self.trace, mark);
    }
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

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
    Player::new().play(bytes)
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

#[cold]
fn told(breach: Breach, trace: &Trace, scenario: &Scenario) -> Broken {
    let invariant = &INVARIANTS[breach.invariant];
    let detail = format!(
        "{} Entry {} of the run is {:?}.\n\n{}",
        invariant.predicate,
        breach.entry,
        trace.entries[breach.entry],
        shown(scenario)
    );
    Broken { invariant: invariant.id, detail }
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
    fn a_fault_that_is_planted_is_found() {
        let mut lcg = Lcg::new(3);
        let mut player = Player::new().with_fault(Some(Fault::CloseTwice));
        let mut scenario = Scenario::default();
        let is_found = (0..2_000).any(|_| {
            generate(&mut scenario, &mut lcg);
            player.play(&encode(&scenario)).is_err()
        });
        assert!(is_found);
    }

    #[test]
    fn what_a_player_has_changed_it_plays_as_if_it_had_read_it() {
        let mut player = Player::new();
        let mut bytes = Vec::new();
        for seed in 0..2_000 {
            let changed = player.mutate(&bytes, &mut Numbers::new(seed)).to_vec();
            assert_eq!(changed, mutator::world(&bytes, &mut Numbers::new(seed)), "{bytes:02x?}");
            assert_eq!(player.input.scenario, decode(&changed));
            player.play(&changed).expect("no invariant is broken");
            let mut fresh = Player::new();
            fresh.play(&changed).expect("no invariant is broken");
            assert_eq!(player.trace.entries, fresh.trace.entries);
            // Now and then another input comes between, as from a corpus.
            bytes = if seed % 5 == 0 { bytes } else { changed };
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
            let bytes: Vec<u8> = (0..round % 256).map(|_| lcg.below(256) as u8).collect();
            assert_eq!(world(&bytes), Ok(()), "{bytes:?}");
        }
    }
}
