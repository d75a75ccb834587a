//! Every invariant holds wherever it is claimed: under each value of each knob, under each two of two knobs, and under
//! each named profile.

use std::ops::Range;
use std::thread;

use wasclean_explore::seeded::Seeded;
use wasclean_model::invariant::{INVARIANTS, Monitors};
use wasclean_model::profile::{FOREVER, KNOBS, Knob, Profile, Values};
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::generate::generate;
use wasclean_model::trace::Trace;
use wasclean_model::world;

const RUNS: u64 = 1000;

/// Runs under each two values of two knobs: there are thousands of these.
const RUNS_OF_TWO: u64 = 100;

/// The first invariant that one of these runs under `profile` breaks.
fn broken(profile: Profile, mut runs: Range<u64>) -> Option<&'static str> {
    let mut draw = Seeded::new(7);
    let (mut scenario, mut trace) = (Scenario::default(), Trace::new());
    let mut monitors = Monitors::new(&profile);
    runs.find_map(|index| {
        draw.begin_run(index);
        scenario.profile = profile;
        generate(&mut scenario, &mut draw);
        monitors.limit(scenario.profile.message_len_max, scenario.profile.send_buffer_len_max);
        world::run_into(&scenario, &mut draw, &mut trace);
        let breach = monitors.judge(&trace).broken?;
        Some(INVARIANTS[breach.invariant].id)
    })
}

/// The values of a knob that are tried: the named ones, or both ends of an amount.
fn values(knob: &Knob) -> impl Iterator<Item = u64> {
    let (count, last) = match knob.values {
        Values::Named(values) => (values.len() as u64, None),
        Values::Amount { max } => (1, (max == FOREVER).then_some(FOREVER)),
    };
    (0..count).chain(last)
}

#[test]
fn each_value_of_each_knob_keeps_what_is_claimed_under_it() {
    for knob in KNOBS {
        for value in values(knob) {
            let mut profile = Profile::STANDARD;
            (knob.write)(&mut profile, value);
            assert_eq!(broken(profile, 0..RUNS), None, "{} is {value}", knob.name);
        }
    }
}

#[test]
fn each_two_values_of_two_knobs_keep_what_is_claimed_under_them() {
    let settings: Vec<(usize, u64)> = (0..KNOBS.len())
        .flat_map(|index| values(&KNOBS[index]).map(move |value| (index, value)))
        .filter(|&(index, value)| (KNOBS[index].read)(&Profile::STANDARD) != value)
        .collect();
    let mut pairs = Vec::new();
    for (at, &one) in settings.iter().enumerate() {
        pairs.extend(settings[at + 1..].iter().filter(|other| other.0 != one.0).map(|&other| (one, other)));
    }
    let check = |number: usize| {
        let (one, other) = pairs[number];
        let mut profile = Profile::STANDARD;
        for (knob, value) in [one, other] {
            (KNOBS[knob].write)(&mut profile, value);
        }
        let first = number as u64 * RUNS_OF_TWO;
        let [one, other] = [one, other].map(|(knob, value)| format!("{} is {value}", KNOBS[knob].name));
        assert_eq!(broken(profile, first..first + RUNS_OF_TWO), None, "{one}, {other}");
    };
    let count = pairs.len();
    thread::scope(|scope| {
        for half in 0..2 {
            let check = &check;
            scope.spawn(move || (half..count).step_by(2).for_each(check));
        }
    });
}

#[test]
fn each_named_profile_keeps_what_is_claimed_under_it() {
    for named in Profile::NAMED {
        assert_eq!(broken(named.profile, 0..RUNS), None, "{}", named.name);
    }
}
