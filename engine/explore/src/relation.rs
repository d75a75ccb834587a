//! Relations between runs, judged on a sample of a campaign's scenarios: what must make no difference to a page.

use wasclean_model::choices::First;
use wasclean_model::harness::{self, Broken};
use wasclean_model::invariant::{Breach, INVARIANTS};
use wasclean_model::profile::Profile;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::Trace;
use wasclean_model::world;

/// One run in so many has its scenario looked at for one of the relations. Judging a relation takes several runs, so
/// this keeps what the sample costs small beside the campaign.
const EVERY: u64 = 256;

/// An invariant that speaks of several runs of one scenario; the scenario's own choices do not matter for it.
#[derive(Debug, Clone, Copy)]
pub struct Relation {
    /// The invariant's ID.
    pub id: &'static str,
    check: fn(&Scenario) -> Result<(), Broken>,
}

/// The relations that are judged.
pub static RELATIONS: &[Relation] = &[
    Relation { id: "INV-01", check: harness::segmentation },
    Relation { id: "INV-02", check: harness::refragmentation },
    Relation { id: "INV-03", check: harness::control_frames },
    Relation { id: "INV-81", check: harness::privacy },
    Relation { id: "INV-99", check: harness::repetition },
    #[cfg(test)]
    untrue::RELATION,
];

impl Relation {
    /// The relation that is judged after run `index` of a campaign, whatever the number of threads.
    #[inline]
    #[must_use]
    pub fn of_run(index: u64) -> Option<&'static Self> {
        let which = usize::try_from(index / EVERY % RELATIONS.len() as u64).expect("a short list");
        index.is_multiple_of(EVERY).then(|| &RELATIONS[which])
    }

    /// The relation with this ID.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        RELATIONS.iter().find(|relation| relation.id == id)
    }

    /// The relation of a scenario that is said to break one.
    #[must_use]
    pub fn expected(scenario: &Scenario) -> Option<&'static Self> {
        scenario.expect.breaks.as_deref().and_then(Self::named)
    }

    /// The position of the invariant in the table.
    ///
    /// # Panics
    ///
    /// Never: a test finds all of them there.
    #[must_use]
    pub fn invariant(&self) -> usize {
        INVARIANTS.iter().position(|invariant| invariant.id == self.id).expect("it is in the table")
    }

    /// Whether the relation is claimed under `profile`.
    #[must_use]
    pub fn is_claimed(&self, profile: &Profile) -> bool {
        INVARIANTS[self.invariant()].is_claimed(profile)
    }

    /// What was seen, if the scenario breaks the relation where it is claimed.
    #[must_use]
    pub fn broken(&self, scenario: &Scenario) -> Option<Broken> {
        if self.is_claimed(&scenario.profile) { (self.check)(scenario).err() } else { None }
    }

    /// The plainest run of the scenario, and the breach at its end: no entry of it alone breaks the relation.
    #[must_use]
    pub fn breach(&self, scenario: &Scenario) -> (Trace, Breach) {
        let trace = world::run(scenario, &mut First);
        let entry = trace.entries.len().saturating_sub(1);
        (trace, Breach { invariant: self.invariant(), entry })
    }
}

/// A relation that does not hold, so that tests have something to find, to shrink and to save.
#[cfg(test)]
pub(crate) mod untrue {
    use wasclean_model::harness::Broken;
    use wasclean_model::profile::Profile;
    use wasclean_model::scenario::{Item, PeerStep, Scenario};

    use super::Relation;
    use crate::judge::untrue::PROFILE;

    /// Under this profile, `standard` but for two microseconds, the check does not come to its end.
    pub(crate) const ENDLESS: Profile = Profile { linger_us: 1_999_998, ..Profile::STANDARD };

    pub(crate) const RELATION: Relation = Relation { id: "INV-98", check };

    /// "No peer sends a Ping", claimed under the profile of the other untrue rule.
    fn check(scenario: &Scenario) -> Result<(), Broken> {
        let is_ping = |step: &PeerStep| {
            let PeerStep::Write { item: Item::Frame(frame), .. } = step else { return false };
            frame.opcode == 9
        };
        let has_ping = scenario.peers.iter().any(|peer| peer.steps.iter().any(is_ping));
        if scenario.profile.linger_us == ENDLESS.linger_us {
            loop {
                std::thread::park();
            }
        }
        if has_ping && scenario.profile.linger_us == PROFILE.linger_us {
            return Err(Broken { invariant: RELATION.id, detail: "a Ping".into() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::choices::Script;
    use wasclean_model::invariant::Class;
    use wasclean_model::scenario::text;

    use crate::finding::{Finding, Reduction, replay};
    use crate::shrink::{RUNS_MAX, shrink};

    use super::*;

    #[test]
    fn each_relation_is_in_the_table_and_has_its_turn() {
        for relation in RELATIONS {
            assert_eq!(INVARIANTS[relation.invariant()].class, Class::Relational);
            let mut sample = (0..RELATIONS.len() as u64 * EVERY).filter_map(Relation::of_run);
            assert!(sample.any(|other| other.id == relation.id), "{}", relation.id);
        }
        assert_eq!((0..10_000 * EVERY).filter_map(Relation::of_run).count(), 10_000);
    }

    const LARGE: &str = r#"
format = 1
profile = { base = "standard", linger-us = 1999999 }
choices = ["frame.mask=9"]
[page]
main = ['new WebSocket("ws://a.test/")', 'ws0.onclose = f1']
f1 = ['note(1)']
[[peer]]
steps = ['accept', 'text "a"', 'ping "y"', 'close 1000 "bye"', 'fin']
"#;

    #[test]
    fn what_breaks_a_relation_is_shrunk_and_repeated() {
        let mut scenario = text::parse(LARGE).expect("it is well formed");
        let finding = Finding::from_relation(&scenario, &untrue::RELATION, None).expect("it breaks it");
        assert_eq!(finding.invariant_id(), untrue::RELATION.id);
        let small = shrink(&finding, RUNS_MAX);
        assert!(matches!(small.reduction, Reduction::Minimal(_)), "{:?}", small.reduction);
        assert_eq!(small.scenario.peers[0].steps.len(), 1, "{}", small.to_text());
        assert!(small.scenario.choices.is_empty());
        let again = text::parse(&small.to_text()).expect("our own text");
        let breach = replay(&again).judgement.broken.expect("it still breaks it");
        assert_eq!(breach.invariant, untrue::RELATION.invariant());
        let from_file = Finding::from_scenario(&again).expect("it still breaks it");
        assert_eq!(from_file.signature, small.signature);

        // Nobody says that this one breaks the relation, and its own run breaks nothing.
        scenario.expect.breaks = None;
        assert_eq!(replay(&scenario).judgement.broken, None);
        assert!(Finding::from_run(&scenario, Script::new(&scenario.choices), None).is_none());
    }
}
