//! The runs of a campaign: each is drawn from the seed and its index, and from nothing else.

use wasclean_model::profile::Profile;
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::generate::generate;

use crate::finding::{Finding, Origin};
use crate::relation::Relation;
use crate::seeded::Seeded;

/// Steps and calls of one run. A page can go on for ever, by a timer that sets itself again; what there is to see in
/// it is seen in the beginning.
pub(crate) const STEPS_MAX: u32 = 1000;

/// Draws the scenario of run `index`; the choices of the run follow from the same generator.
#[inline]
pub(crate) fn draw(seeded: &mut Seeded, scenario: &mut Scenario, profile: &Profile, index: u64) {
    seeded.begin_run(index);
    scenario.profile = *profile;
    generate(scenario, seeded);
}

/// Run `index` of the campaign from `seed` under `profile`, if it breaks an invariant.
pub(crate) fn finding(seed: u64, profile: &Profile, index: u64) -> Option<Finding> {
    let mut seeded = Seeded::new(seed);
    let mut scenario = Scenario::default();
    draw(&mut seeded, &mut scenario, profile, index);
    let origin = Some(Origin { seed, profile: *profile, index });
    Finding::from_run(&scenario, &mut seeded, origin)
        .or_else(|| Finding::from_relation(&scenario, Relation::of_run(index)?, origin))
}
