//! Whether what a user agent was seen to do is what a profile allows.
//!
//! A recording is one run of an agent that leaves things open, so it conforms if it is among the outcomes of its
//! scenario under the profile. If it is not, some other value of a knob may explain it; those are tried without regard
//! to the scenario.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{error, fmt};

use wasclean_model::profile::{KNOBS, Knob, Profile, Values, differing};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Difference, Log, Recorded};

use crate::outcomes::{Outcomes, outcomes_until};

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

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unjudged {
    /// A run of the scenario has so many WebSockets, and a recording tells of one: whatever the others did would pass.
    Several(usize),
    /// Whoever asked did not want to wait any longer.
    Stopped,
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several(count) => {
                write!(f, "its scenario makes {count} WebSockets, and a recording tells of one")
            }
            Self::Stopped => f.write_str("stopped before it was judged"),
        }
    }
}

impl error::Error for Unjudged {}

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

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    /// A comparison with recordings of `scenario` that were given up after `limit_us` microseconds. At most
    /// `states_max` states of the world are followed for each profile.
    #[must_use]
    pub fn new(scenario: Scenario, limit_us: u64, states_max: u64) -> Self {
        Self { scenario, limit_us, states_max, outcomes: BTreeMap::new() }
    }

    /// The outcomes under `profile`.
    pub fn outcomes(&mut self, profile: &Profile) -> &Outcomes {
        self.outcomes_until(profile, &AtomicBool::new(false)).expect("nobody stops it")
    }

    fn outcomes_until(&mut self, profile: &Profile, stop: &AtomicBool) -> Result<&Outcomes, Unjudged> {
        let Self { scenario, limit_us, states_max, outcomes: known } = self;
        match known.entry(*profile) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                // The scenario's own limits on lengths are part of what it shows.
                let own = scenario.profile;
                scenario.profile = Profile {
                    message_len_max: profile.message_len_max.min(own.message_len_max),
                    send_buffer_len_max: profile.send_buffer_len_max.min(own.send_buffer_len_max),
                    ..*profile
                };
                let found = outcomes_until(scenario, *limit_us, *states_max, stop);
                scenario.profile = own;
                if stop.load(Ordering::Relaxed) { Err(Unjudged::Stopped) } else { Ok(entry.insert(found)) }
            }
        }
    }

    /// Whether a run with one WebSocket comes out as `recorded`.
    fn admits(
        &mut self,
        profile: &Profile,
        recorded: &Recorded,
        stop: &AtomicBool,
    ) -> Result<bool, Unjudged> {
        let outcomes = self.outcomes_until(profile, stop)?;
        Ok(outcomes.seen.iter().any(|seen| seen.sockets <= 1 && seen.admits(recorded)))
    }

    /// Judges one recording under `profile`.
    ///
    /// # Errors
    ///
    /// [`Unjudged::Several`]
    pub fn judge(&mut self, profile: &Profile, recorded: &Recorded) -> Result<Verdict, Unjudged> {
        self.judge_until(profile, recorded, &AtomicBool::new(false))
    }

    /// As [`judge`](Self::judge), for as long as `stop` is not set.
    ///
    /// # Errors
    ///
    /// [`Unjudged`]
    pub fn judge_until(
        &mut self,
        profile: &Profile,
        recorded: &Recorded,
        stop: &AtomicBool,
    ) -> Result<Verdict, Unjudged> {
        let outcomes = self.outcomes_until(profile, stop)?;
        let is_complete = outcomes.is_complete;
        let sockets = outcomes.seen.iter().map(|seen| seen.sockets).max();
        if let Some(count) = sockets.filter(|&count| count > 1) {
            return Err(Unjudged::Several(count));
        }
        if self.admits(profile, recorded, stop)? {
            return Ok(Verdict::Conforms);
        }
        if !is_complete {
            return Ok(Verdict::Unknown);
        }
        Ok(match self.explanation(profile, recorded, stop)? {
            Some(settings) => Verdict::Allowed(settings),
            None => Verdict::Diverges(self.nearest_difference(profile, recorded)),
        })
    }

    /// The fewest knobs that were found to explain a recording: one of any value, or else some of those in which a
    /// named profile differs.
    fn explanation(
        &mut self,
        profile: &Profile,
        recorded: &Recorded,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<Setting>>, Unjudged> {
        for knob in KNOBS {
            for value in values(knob) {
                let mut other = *profile;
                (knob.write)(&mut other, value);
                if other != *profile && self.admits(&other, recorded, stop)? {
                    return Ok(Some(vec![Setting { knob, value }]));
                }
            }
        }
        let mut best: Option<Vec<Setting>> = None;
        for named in Profile::NAMED {
            if self.admits(&named.profile, recorded, stop)? {
                let found = self.needed(profile, &named.profile, recorded, stop)?;
                if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                    best = Some(found);
                }
            }
        }
        Ok(best)
    }

    /// The knobs of `other` without which `recorded` would not be explained.
    fn needed(
        &mut self,
        profile: &Profile,
        other: &Profile,
        recorded: &Recorded,
        stop: &AtomicBool,
    ) -> Result<Vec<Setting>, Unjudged> {
        let mut reached = *other;
        for knob in KNOBS {
            let mut nearer = reached;
            (knob.write)(&mut nearer, (knob.read)(profile));
            if nearer != reached && self.admits(&nearer, recorded, stop)? {
                reached = nearer;
            }
        }
        let settings = differing(&reached, profile);
        Ok(settings.map(|(_, knob)| Setting { knob, value: (knob.read)(&reached) }).collect())
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
        Comparison::new(scenario, u64::MAX, 100_000)
            .judge(profile, &recorded(page, wire))
            .expect("there is one WebSocket")
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
    fn what_diverges_is_compared_with_the_outcome_that_is_nearest() {
        // The RST may come before or after the Close was answered, or before `open`.
        let source = FIN.replace("'delay 25ms', 'fin'", "'close 1000', 'rst'");
        let scenario = text::parse(&source).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 100_000);
        for (page, at) in [
            (r#"open@1 close(1000,"",clean)@3 final@2"#, 2),
            (r#"open@1 error@3 close(1000,"",unclean)@3 final@2"#, 3),
            (r#"error@3 close(1006,"",unclean)@3 final@2"#, 2),
            ("message@1 final@3", 0),
        ] {
            let verdict = comparison.judge(&Profile::STANDARD, &recorded(page, ""));
            let Ok(Verdict::Diverges(difference)) = verdict else { panic!("{page}: {verdict:?}") };
            assert_eq!((difference.log, difference.at), (Log::Page, at), "{page}: {difference:?}");
        }
    }

    /// The limit on the length of a message is the scenario's own, whatever the profile.
    #[test]
    fn a_limit_of_the_scenario_is_part_of_what_it_shows() {
        let source = FIN.replace("[page]", "profile = { base = \"standard\", message-len-max = 3 }\n[page]");
        let source = source.replace("'delay 25ms', 'fin'", r#"'text "abcd"', 'wait close', 'fin'"#);
        let mut comparison =
            Comparison::new(text::parse(&source).expect("it is well formed"), u64::MAX, 100_000);
        let judged = comparison.judge(&Profile::STANDARD, &recorded(FAILED, "close[03f1] tcp-fin"));
        assert_eq!(judged, Ok(Verdict::Conforms));
    }

    #[test]
    fn a_difference_names_the_requirement_that_is_broken() {
        let close = |rest: &str| format!("close({rest})@3");
        let clean = close(r#"1000,"a",clean"#);
        for (log, expected, found, want) in [
            (Log::Wire, "close[03e8]", "close[03e9]", "CLOSE-13"),
            (Log::Wire, "close[03e8]", "tcp-fin", "CLOSE-12"),
            (Log::Wire, "tcp-fin", "close[03e8]", "CLOSE-12"),
            (Log::Wire, "tcp-fin", "tcp-rst", "CLOSE-16"),
            (Log::Page, &clean, &close(r#"1001,"a",clean"#), "CLOSE-30"),
            (Log::Page, &clean, &close(r#"1000,"a",unclean"#), "CLOSE-33"),
            (Log::Page, &clean, &close(r#"1000,"b",clean"#), "CLOSE-31"),
            (Log::Page, &clean, "error@3", "API-43"),
            (Log::Page, "error@3", &clean, "API-43"),
            (Log::Page, "error@3", "error@1", "API-44"),
            (Log::Page, &clean, r#"close(1000,"a",clean)@2"#, "API-44"),
            (Log::Page, "final@3", &clean, "API-46"),
            (Log::Page, "message@1", "final@1", "API-41"),
            (Log::Page, "final@1", "open@1", "API-40"),
        ] {
            let [expected, found] = [expected, found].map(|token| Some(token.to_owned()));
            let difference = Difference { log, at: 0, expected, found };
            assert_eq!(requirement(&difference), want, "{difference:?}");
        }
    }

    #[test]
    fn a_bound_that_is_met_makes_it_unknown() {
        let scenario = text::parse(FIN).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 2);
        assert_eq!(comparison.judge(&Profile::STANDARD, &recorded(FAILED, "tcp-fin")), Ok(Verdict::Unknown));
    }

    /// The log of the first WebSocket is that of `FIN`, and says nothing of the second one, which the page closes.
    #[test]
    fn a_second_websocket_is_not_passed_over() {
        let main =
            r#"main = ['new WebSocket("ws://a.test/")', 'new WebSocket("ws://b.test/")', 'ws1.close()']"#;
        let source = FIN.replace(r#"main = ['new WebSocket("ws://a.test/")']"#, main);
        let scenario = text::parse(&source).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 100_000);
        let judged = comparison.judge(&Profile::STANDARD, &recorded(DROPPED, "tcp-fin"));
        assert_eq!(judged, Err(Unjudged::Several(2)));
    }

    /// Under the one profile the page makes a second WebSocket when the first one fails, under the other it does not.
    #[test]
    fn a_run_with_a_second_websocket_explains_nothing() {
        let again = r#"main = ['new WebSocket("ws://a.test/")', 'ws0.onerror = f1']
f1 = ['new WebSocket("ws://b.test/")']"#;
        let source = FIN.replace(r#"main = ['new WebSocket("ws://a.test/")']"#, again);
        let scenario = text::parse(&source).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 100_000);
        let judged = comparison.judge(&Profile::STANDARD, &recorded(FAILED, "tcp-fin"));
        assert!(matches!(judged, Ok(Verdict::Diverges(_))), "{judged:?}");
        let strict = Profile { fin_without_close: Loss::Fail, ..Profile::STANDARD };
        assert_eq!(comparison.judge(&strict, &recorded(FAILED, "tcp-fin")), Err(Unjudged::Several(2)));
    }

    #[test]
    fn who_stops_it_gets_no_verdict_and_may_ask_again() {
        let scenario = text::parse(FIN).expect("it is well formed");
        let mut comparison = Comparison::new(scenario, u64::MAX, 100_000);
        let dropped = recorded(DROPPED, "tcp-fin");
        let mut judge = |stop| comparison.judge_until(&Profile::STANDARD, &dropped, &AtomicBool::new(stop));
        assert_eq!(judge(true), Err(Unjudged::Stopped));
        assert_eq!(judge(false), Ok(Verdict::Conforms));
    }

    #[test]
    fn a_knob_that_shows_nothing_here_explains_nothing() {
        let trail = Profile { frames_after_close: FramesAfterClose::Fail, ..Profile::STANDARD };
        assert_eq!(verdict(&trail, DROPPED, "tcp-fin"), Verdict::Conforms);
    }
}
