//! Every invariant holds wherever it is claimed: under each value of each knob, and under each named profile.

use wasclean_explore::seeded::Seeded;
use wasclean_model::invariant::{INVARIANTS, Monitors};
use wasclean_model::profile::{FOREVER, KNOBS, Profile, Values};
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::generate::generate;
use wasclean_model::trace::Trace;
use wasclean_model::world;

const RUNS: u64 = 1000;

/// The first invariant that some run under `profile` breaks.
fn broken(profile: Profile) -> Option<&'static str> {
    let mut draw = Seeded::new(7);
    let (mut scenario, mut trace) = (Scenario::default(), Trace::new());
    (0..RUNS).find_map(|index| {
        draw.begin_run(index);
        scenario.profile = profile;
        generate(&mut scenario, &mut draw);
        world::run_into(&scenario, &mut draw, &mut trace);
        let breach = Monitors::new(&scenario.profile).judge(&trace).broken?;
        Some(INVARIANTS[breach.invariant].id)
    })
}

#[test]
fn each_value_of_each_knob_keeps_what_is_claimed_under_it() {
    for knob in KNOBS {
        let values = match knob.values {
            Values::Named(values) => (0..values.len() as u64).collect(),
            Values::Amount { max } if max == FOREVER => vec![0, FOREVER],
            Values::Amount { .. } => vec![0],
        };
        for value in values {
            let mut profile = Profile::STANDARD;
            (knob.write)(&mut profile, value);
            assert_eq!(broken(profile), None, "{} is {value}", knob.name);
        }
    }
}

#[test]
fn each_named_profile_keeps_what_is_claimed_under_it() {
    for named in Profile::NAMED {
        assert_eq!(broken(named.profile), None, "{}", named.name);
    }
}
