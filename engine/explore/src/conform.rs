//! Whether what a user agent was seen to do is what a profile allows.
//!
//! A recording is one run of an agent that leaves things open, so it conforms if it is among the outcomes of its
//! scenario under the profile. If it is not, some other value of a knob may explain it; those are tried without regard
//! to the scenario.

use std::collections::BTreeMap;

use wasclean_model::profile::{KNOBS, Knob, Profile, Values, differing};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Difference, Log, Recorded};

use crate::outcomes::{Outcomes, outcomes};

/// What comes of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is among the outcomes.
    Conforms,
    /// It is not, but it would be with these knobs set otherwise.
    Allowed(Vec<Setting>),
    /// No knob explains it; this is where it parts from the outcome that is nearest.
    Diverges(Difference),
    /// It was not found among the outcomes that were enumerated, and those are not all.
    Unknown,
}

/// A knob with a value.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The knob.
    pub knob: &'static Knob,
    /// Its value, as [`Knob::read`] gives it.
    pub value: u64,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        (self.knob.name, self.value) == (other.knob.name, other.value)
    }
}

impl Eq for Setting {}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.knob.value_name(self.value) {
            Some(name) => write!(f, "{}={name}", self.knob.name),
            None => write!(f, "{}={}", self.knob.name, self.value),
        }
    }
}

/// Judges the recordings of one scenario, and remembers the outcomes under each profile.
#[derive(Debug)]
pub struct Comparison {
    scenario: Scenario,
    limit_us: u64,
    states_max: u64,
    outcomes: BTreeMap<Profile, Outcomes>,
}

impl Comparison {
    /// A comparison with recordings of `scenario` that were given up after `limit_us` microseconds. At most `states_max`
    /// states of the world are followed for each profile.
    #[must_use]
    pub fn new(scenario: Scenario, limit_us: u64, states_max: u64) -> Self {
        Self { scenario, limit_us, states_max, outcomes: BTreeMap::new() }
    }

    /// The outcomes under `profile`.
    pub fn outcomes(&mut self, profile: &Profile) -> &Outcomes {
        let Self { scenario, limit_us, states_max, outcomes: known } = self;
        known.entry(*profile).or_insert_with(|| {
            // The scenario's own limits on lengths are part of what it shows.
            let own = scenario.profile;
            scenario.profile = Profile {
                message_len_max: profile.message_len_max.min(own.message_len_max),
                send_buffer_len_max: profile.send_buffer_len_max.min(own.send_buffer_len_max),
                ..*profile
            };
            let found = outcomes(scenario, *limit_us, *states_max);
            scenario.profile = own;
            found
        })
    }

    fn admits(&mut self, profile: &Profile, recorded: &Recorded) -> bool {
        self.outcomes(profile).seen.iter().any(|seen| seen.admits(recorded))
    }

    /// Judges one recording under `profile`.
    pub fn judge(&mut self, profile: &Profile, recorded: &Recorded) -> Verdict {
        if self.admits(profile, recorded) {
            return Verdict::Conforms;
        }
        if !self.outcomes(profile).is_complete {
            return Verdict::Unknown;
        }
        match self.explanation(profile, recorded) {
            Some(settings) => Verdict::Allowed(settings),
            None => Verdict::Diverges(self.nearest_difference(profile, recorded)),
        }
    }

    /// The fewest knobs that were found to explain a recording: one of any value, or else some of those in which a
    /// named profile differs.
    fn explanation(&mut self, profile: &Profile, recorded: &Recorded) -> Option<Vec<Setting>> {
        for knob in KNOBS {
            for value in values(knob) {
                let mut other = *profile;
                (knob.write)(&mut other, value);
                if other != *profile && self.admits(&other, recorded) {
                    return Some(vec![Setting { knob, value }]);
                }
            }
        }
        let mut best: Option<Vec<Setting>> = None;
        for named in Profile::NAMED {
            if self.admits(&named.profile, recorded) {
                let found = self.needed(profile, &named.profile, recorded);
                if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                    best = Some(found);
                }
            }
        }
        best
    }

    /// The knobs of `other` without which `recorded` would not be explained.
    fn needed(&mut self, profile: &Profile, other: &Profile, recorded: &Recorded) -> Vec<Setting> {
        let mut reached = *other;
        for knob in KNOBS {
            let mut nearer = reached;
            (knob.write)(&mut nearer, (knob.read)(profile));
            if nearer != reached && self.admits(&nearer, recorded) {
                reached = nearer;
            }
        }
        differing(&reached, profile).map(|(_, knob)| Setting { knob, value: (knob.read)(&reached) }).collect()
    }

    /// Where `recorded` parts from the outcome with which it agrees longest.
    fn nearest_difference(&mut self, profile: &Profile, recorded: &Recorded) -> Difference {
        let all = self.outcomes(profile).seen.iter().filter_map(|seen| seen.difference(recorded));
        all.max_by_key(|difference| (difference.log == Log::Wire, difference.at)).unwrap_or(Difference {
            log: Log::Page,
            at: 0,
            expected: None,
            found: recorded.page.first().cloned(),
        })
    }
}

/// The values of a knob that are worth a try: all that have names, and the amounts of the named profiles.
fn values(knob: &Knob) -> Vec<u64> {
    match knob.values {
        Values::Named(values) => (0..values.len() as u64).collect(),
        Values::Amount { .. } => {
            let mut values: Vec<u64> =
                Profile::NAMED.iter().map(|named| (knob.read)(&named.profile)).collect();
            values.sort_unstable();
            values.dedup();
            values
        }
    }
}

/// The requirement that a difference breaks.
#[must_use]
pub fn requirement(difference: &Difference) -> &'static str {
    let is = |start: &str| {
        let starts = |token: &Option<String>| token.as_ref().is_some_and(|token| token.starts_with(start));
        (starts(&difference.expected), starts(&difference.found))
    };
    match difference.log {
        Log::Wire => match (is("close["), is("tcp")) {
            ((true, true), _) => "CLOSE-13",
            ((true, _) | (_, true), _) => "CLOSE-12",
            (_, (true, _) | (_, true)) => "CLOSE-16",
            _ => "API-14",
        },
        Log::Page => {
            if is("close(") == (true, true) {
                return close_requirement(difference);
            }
            match (is("error"), is("close("), is("message"), is("open")) {
                ((true, true), ..) => "API-44",
                ((true, _) | (_, true), ..) => "API-43",
                (_, (true, _) | (_, true), ..) => "API-46",
                (_, _, (true, _) | (_, true), _) => "API-41",
                (_, _, _, (true, _) | (_, true)) => "API-40",
                _ if is("n") != (false, false) => "LOOP-10",
                _ if is("!") != (false, false) => "API-02",
                _ if is("[buf") != (false, false) => "API-32",
                _ if is("[flags") != (false, false) => "API-47",
                _ => "API-06",
            }
        }
    }
}

/// Which attribute of two `close` events differs first.
fn close_requirement(difference: &Difference) -> &'static str {
    let (Some(expected), Some(found)) = (&difference.expected, &difference.found) else { return "API-46" };
    let code = |token: &str| token.split_once(',').map(|(head, _)| head.to_owned());
    let state = |token: &str| token.rsplit_once('@').map(|(_, state)| state.to_owned());
    let is_clean = |token: &str| token.contains(",clean)@");
    if code(expected) != code(found) {
        "CLOSE-30"
    } else if is_clean(expected) != is_clean(found) {
        "CLOSE-33"
    } else if state(expected) != state(found) {
        "API-44"
    } else {
        "CLOSE-31"
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::profile::{FramesAfterClose, Loss};
    use wasclean_model::scenario::text;

    use super::*;

    const FIN: &str = r#"
format = 1
[page]
main = ['new WebSocket("ws://a.test/")']
[[peer]]
steps = ['accept', 'delay 25ms', 'fin']
"#;

    fn recorded(page: &str, wire: &str) -> Recorded {
        Recorded::read(page, Some(wire)).expect("all of it are tokens")
    }

    fn verdict(profile: &Profile, page: &str, wire: &str) -> Verdict {
        let scenario = text::parse(FIN).expect("it is well formed");
        Comparison::new(scenario, u64::MAX, 100_000).judge(profile, &recorded(page, wire))
    }

    const DROPPED: &str = r#"open@1 close(1006,"",unclean)@3 final@3"#;
    const FAILED: &str = r#"open@1 error@3 close(1006,"",unclean)@3 final@3"#;

    #[test]
    fn an_outcome_conforms() {
        assert_eq!(verdict(&Profile::STANDARD, DROPPED, "tcp-fin"), Verdict::Conforms);
        let strict = Profile { fin_without_close: Loss::Fail, ..Profile::STANDARD };
        assert_eq!(verdict(&strict, FAILED, "tcp-fin"), Verdict::Conforms);
    }

    #[test]
    fn what_a_knob_explains_is_allowed() {
        let Verdict::Allowed(settings) = verdict(&Profile::STANDARD, FAILED, "tcp-fin") else {
            panic!("a knob explains it");
        };
        assert_eq!(settings.iter().map(ToString::to_string).collect::<Vec<_>>(), ["fin-without-close=fail"]);
    }

    #[test]
    fn what_several_knobs_explain_names_them_and_no_other() {
        let page = r#"open@1 error@3 close(0,"",unclean)@3 final@3"#;
        let Verdict::Allowed(settings) = verdict(&Profile::STANDARD, page, "tcp-fin") else {
            panic!("knobs explain it");
        };
        let settings: Vec<_> = settings.iter().map(ToString::to_string).collect();
        assert_eq!(settings, ["fin-without-close=fail", "abnormal-code=0"]);
    }

    #[test]
    fn what_nothing_explains_diverges_where_it_parts() {
        let page = r#"open@1 close(1234,"",clean)@3 final@3"#;
        let Verdict::Diverges(difference) = verdict(&Profile::STANDARD, page, "tcp-fin") else {
            panic!("nothing explains it");
        };
        assert_eq!((difference.log, difference.at), (Log::Page, 1));
        assert_eq!(requirement(&difference), "CLOSE-30");
    }

    #[test]
    fn a_bound_that_is_met_makes_it_unknown() {
        let scenario = text::parse(FIN).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 2);
        assert_eq!(comparison.judge(&Profile::STANDARD, &recorded(FAILED, "tcp-fin")), Verdict::Unknown);
    }

    #[test]
    fn a_knob_that_shows_nothing_here_explains_nothing() {
        let trail = Profile { frames_after_close: FramesAfterClose::Fail, ..Profile::STANDARD };
        assert_eq!(verdict(&trail, DROPPED, "tcp-fin"), Verdict::Conforms);
    }
}
