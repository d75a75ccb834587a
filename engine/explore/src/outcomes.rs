//! The set of outcomes of a scenario, as far as a recording can tell them apart.
//!
//! All runs are followed at once, from one state of the world to the next; a state that was reached before, with the
//! same log, is not followed again. So the set is complete within the bounds, however many runs there are.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};

use wasclean_model::choices::{Alternative, Choices, Exhaustive, Point};
use wasclean_model::page::{Activation, Scripted};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{Entry, Recorder, Seen, Trace};
use wasclean_model::world::{Progress, State, World};

/// What can be seen of a scenario.
#[derive(Debug, Clone)]
pub struct Outcomes {
    /// All that can be seen.
    pub seen: BTreeSet<Seen>,
    /// States of the world that were followed.
    pub states: u64,
    /// Whether that was all of them: no bound was reached.
    pub is_complete: bool,
}

/// Follows every run of `scenario`, up to `states_max` states and `limit_us` microseconds of each run.
///
/// The world is a loopback: time passes only when nothing is under way, and TCP cuts the bytes only where the peer's
/// writes end. Masking keys and nonces, which decide nothing, are the first.
#[must_use]
pub fn outcomes(scenario: &Scenario, limit_us: u64, states_max: u64) -> Outcomes {
    outcomes_until(scenario, limit_us, states_max, &AtomicBool::new(false))
}

/// As [`outcomes`], for as long as `stop` is not set; what is left out then makes them incomplete.
pub(crate) fn outcomes_until(
    scenario: &Scenario,
    limit_us: u64,
    states_max: u64,
    stop: &AtomicBool,
) -> Outcomes {
    let mut trace = Trace::new();
    let world = World::new(scenario, Scripted(&scenario.page), &mut trace).with_steps_max(u32::MAX);
    let mut search = Search {
        world,
        trace,
        waiting: Vec::new(),
        known: BTreeSet::new(),
        found: Outcomes { seen: BTreeSet::new(), states: 0, is_complete: true },
    };
    let mut recorder = Recorder::new(limit_us);
    for entry in &search.trace.entries {
        recorder.observe(entry, &search.trace.payloads);
    }
    let state = search.world.state().clone();
    search.wait(state, recorder);
    while let Some((state, recorder)) = search.waiting.pop() {
        if search.found.states == states_max || stop.load(Ordering::Relaxed) {
            search.found.is_complete = false;
            break;
        }
        search.found.states += 1;
        search.follow(&state, &recorder);
    }
    search.found
}

struct Search<'s> {
    world: World<'s, Scripted<'s>>,
    trace: Trace,
    waiting: Vec<(State<Activation>, Recorder)>,
    /// Fingerprints of what waits or was followed.
    known: BTreeSet<[u64; 2]>,
    found: Outcomes,
}

impl Search<'_> {
    fn wait(&mut self, state: State<Activation>, recorder: Recorder) {
        if self.known.insert(fingerprint(&state, &recorder)) {
            self.waiting.push((state, recorder));
        }
    }

    /// Takes every step that is possible in `state`.
    fn follow(&mut self, state: &State<Activation>, recorder: &Recorder) {
        let mut loopback =
            Loopback(Exhaustive::with_canonical(&[Point::FrameMask, Point::HandshakeNonce, Point::TcpCut]));
        while loopback.0.next_run() {
            self.world.restore(state.clone());
            self.trace.entries.clear();
            let progress = self.world.step(&mut loopback, &mut self.trace);
            let mut recorder = recorder.clone();
            for entry in &self.trace.entries {
                recorder.observe(entry, &self.trace.payloads);
            }
            match progress {
                Progress::Running if !recorder.is_over() => self.wait(self.world.state().clone(), recorder),
                Progress::Running | Progress::Ended => {
                    let has_bound =
                        self.trace.entries.iter().any(|entry| matches!(entry, Entry::Bound { .. }));
                    let is_bounded = has_bound && !recorder.is_recursion();
                    self.found.is_complete &= !is_bounded;
                    if !is_bounded {
                        self.found.seen.insert(recorder.finish());
                    }
                }
            }
        }
    }
}

/// 128 bits: two states among millions that share one are not to be expected.
fn fingerprint(state: &State<Activation>, recorder: &Recorder) -> [u64; 2] {
    [0_u8, 1].map(|salt| {
        let mut hasher = DefaultHasher::new();
        (salt, state, recorder).hash(&mut hasher);
        hasher.finish()
    })
}

/// Every answer that a loopback can give.
struct Loopback(Exhaustive);

impl Choices for Loopback {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let is_unlikely = |alternative: &Alternative| match point {
            Point::WorldStep => *alternative == Alternative::Time,
            Point::TcpSegment => *alternative == Alternative::Cut,
            _ => false,
        };
        // What is unlikely comes last.
        let likely = alternatives.iter().position(is_unlikely).unwrap_or(alternatives.len());
        if likely < 2 { 0 } else { self.0.choose(point, &alternatives[..likely]) }
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        self.0.number(point, count)
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::choices::Logged;
    use wasclean_model::scenario::text;
    use wasclean_model::trace::outcome;
    use wasclean_model::world;

    use super::*;

    const FOREVER: u64 = u64::MAX;

    /// The peer's Close and RST meet an agent that answers.
    const SMALL: &str = r#"
format = 1
profile = "standard"
[page]
main = ['new WebSocket("ws://a.test/")']
[[peer]]
steps = ['accept', 'close 1000 "ok"', 'rst']
"#;

    fn small() -> Scenario {
        text::parse(SMALL).expect("it is well formed")
    }

    fn pages(outcomes: &Outcomes) -> BTreeSet<String> {
        outcomes.seen.iter().map(|seen| seen.page.join(" ")).collect()
    }

    #[test]
    fn every_way_in_which_rst_can_meet_a_close_is_found() {
        let found = outcomes(&small(), FOREVER, 100_000);
        assert!(found.is_complete);
        let want = [
            r#"error@3 close(1006,"",unclean)@3 final@3"#,
            r#"open@1 close(1000,"ok",clean)@3 final@3"#,
            r#"open@1 error@3 close(1000,"ok",unclean)@3 final@3"#,
            r#"open@1 error@3 close(1006,"",unclean)@3 final@3"#,
        ];
        assert_eq!(pages(&found), want.map(str::to_owned).into());
        // The peer notes our answer if it came before its RST.
        let wires: BTreeSet<String> = found.seen.iter().map(|seen| seen.wire.join(" ")).collect();
        assert_eq!(wires, ["", "close[03e86f6b]"].map(str::to_owned).into());
    }

    #[test]
    fn a_bound_that_is_met_is_told() {
        let found = outcomes(&small(), FOREVER, 3);
        assert_eq!((found.states, found.is_complete), (3, false));
    }

    /// A run that the model has to break off is no outcome, and what would have come of it is not known.
    #[test]
    fn a_bound_of_the_model_is_told() {
        let handler = r#"main = ['new WebSocket("ws://a.test/")', 'ws0.onopen = f1']"#;
        let twice = "\nf1 = ['queueMicrotask(f1)', 'queueMicrotask(f1)']";
        let source =
            SMALL.replace(r#"main = ['new WebSocket("ws://a.test/")']"#, &(handler.to_owned() + twice));
        let found = outcomes(&text::parse(&source).expect("it is well formed"), FOREVER, 100_000);
        assert!(!found.is_complete && found.states < 100_000, "{}", found.states);
        assert_eq!(pages(&found), [r#"error@3 close(1006,"",unclean)@3 final@3"#.to_owned()].into());
    }

    /// What the page sees in each run in which nothing unlikely happens, played one after the other.
    fn pages_of_runs(scenario: &Scenario) -> BTreeSet<String> {
        let mut every = Exhaustive::with_canonical(crate::exhaustive::Limits::default().canonical);
        let mut found = BTreeSet::new();
        while every.next_run() {
            let mut recorded = Logged::new(&mut every);
            let trace = world::run(scenario, &mut recorded);
            let log = recorded.into_log();
            if log.iter().all(|decision| decision.taken != Alternative::Time) {
                found.insert(outcome(&trace).page.remove(0));
            }
        }
        found
    }

    #[test]
    fn no_outcome_of_a_run_is_missing() {
        for (page, steps) in [
            ("f1 = []", r#"'accept', 'close 1000 "ok"', 'rst'"#),
            ("f1 = []", r#"'accept', 'text "a"', 'fin'"#),
            ("f1 = ['ws0.close(3000)']", r#"'accept', 'close 1000', 'fin'"#),
            ("f1 = ['ws0.close(3000)']", r#"'accept', 'text "a"', 'rst'"#),
            ("f1 = ['ws0.send(\"a\")', 'ws0.close()']", r#"'accept', 'ping "a"', 'rst'"#),
            ("f1 = ['setTimeout(f2, 0)']\nf2 = ['ws0.close()']", r#"'accept', 'close 1000', 'rst'"#),
        ] {
            let main = r#"main = ['new WebSocket("ws://a.test/")', 'ws0.onopen = f1', 'ws0.onmessage = f1']"#;
            let source = format!("format = 1\n[page]\n{main}\n{page}\n[[peer]]\nsteps = [{steps}]\n");
            let scenario = text::parse(&source).expect("it is well formed");
            let found = outcomes(&scenario, FOREVER, 100_000);
            assert!(found.is_complete, "{source}");
            assert_eq!(pages(&found), pages_of_runs(&scenario), "{source}");
        }
    }
}
