//! Which knobs of a profile decide what does not follow from the facts.
//!
//! Nothing is known here about any knob: those in which the profile differs from `standard` are turned back, and the
//! scenario is played again.

use wasclean_model::profile::{Knob, Profile, differing};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{SocketId, Trace};

use super::{Answer, Explanation, Question, explain};
use crate::conform::Setting;
use crate::finding::{Replay, replay};

/// Explains what the page saw in a run of `scenario`, and names the knobs of its profile that decide what does not
/// follow from the facts. A run that breaks an invariant which is claimed under the profile has no such excuse.
#[must_use]
pub fn explain_replay(scenario: &Scenario, run: &Replay) -> Vec<Explanation> {
    let mut explanations = explain(&run.trace);
    if run.judgement.broken.is_some() {
        return explanations;
    }
    for Explanation { socket, answers, .. } in &mut explanations {
        for answer in answers.iter_mut().filter(|answer| answer.contradiction.is_some()) {
            answer.knobs = deciding(scenario, &run.trace, *socket, answer.about);
        }
    }
    explanations
}

/// The knobs that would have to be as under `standard` for the answer to follow from the facts: one, if one is enough,
/// and of several such the one that acts last, which is nearest to what the page saw.
fn deciding(scenario: &Scenario, run: &Trace, socket: SocketId, about: Question) -> Vec<Setting> {
    let own = scenario.profile;
    // How long the run stays the same when knobs are turned back; `None` if the answer does not follow then either.
    let turn_back = |knobs: &[&'static Knob]| {
        let mut profile = own;
        for knob in knobs {
            (knob.write)(&mut profile, (knob.read)(&Profile::STANDARD));
        }
        let other = replay(&Scenario { profile, ..scenario.clone() }).trace;
        let same = run.entries.iter().zip(&other.entries).take_while(|(one, other)| one == other).count();
        follows(&other, socket, about).then_some(same)
    };
    let differing: Vec<&Knob> = differing(&own, &Profile::STANDARD).map(|(_, knob)| knob).collect();
    let single = differing.iter().filter_map(|&knob| Some((turn_back(&[knob])?, knob)));
    let mut knobs = match single.max_by_key(|&(same, _)| same) {
        Some((_, knob)) => vec![knob],
        None if turn_back(&differing).is_some() => differing.clone(),
        None => Vec::new(),
    };
    if knobs.len() > 1 {
        for knob in differing {
            let fewer: Vec<&Knob> = knobs.iter().copied().filter(|kept| kept.name != knob.name).collect();
            if turn_back(&fewer).is_some() {
                knobs = fewer;
            }
        }
    }
    knobs.into_iter().map(|knob| Setting { knob, value: (knob.read)(&own) }).collect()
}

/// Whether the answer follows from the facts of this trace, in which the page is told of the end.
fn follows(trace: &Trace, socket: SocketId, about: Question) -> bool {
    let explanations = explain(trace);
    let mut answers = explanations.iter().filter(|it| it.socket == socket).flat_map(|it| &it.answers);
    let is_open = |answer: &Answer| match answer.about {
        Question::NoCloseEvent => true,
        other => other == about && answer.contradiction.is_some(),
    };
    !answers.any(is_open)
}
