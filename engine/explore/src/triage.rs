//! What a fuzzer left behind: what it breaks, how little of it is enough, and the scenario that shows it.
//!
//! A crash file of any engine is the input of a target, and nothing else is needed of it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use wasclean_model::choices::Script;
use wasclean_model::harness::{Input, Player, Program, TARGETS, Target, cuts_and_stream, target};
use wasclean_model::profile::Fault;
use wasclean_model::scenario::{Item, Peer, PeerStep, Scenario, bytes, text};

use crate::finding::{Finding, Reduction};
use crate::shrink::shrink_until;

/// Runs that a reduction of bytes takes at most.
pub const RUNS_MAX: u64 = 50_000;

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    /// What tells findings apart.
    pub kind: SymptomKind,
    /// What was seen.
    pub detail: String,
}

/// What tells findings apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymptomKind {
    /// What must hold does not: the ID of an invariant, or the name that a target gives it.
    Broken(&'static str),
    /// The model panicked: its source file and line, where they are known.
    Panicked(Option<String>),
}

/// Its name in reports and, without what no file may be called, in those of files.
impl fmt::Display for SymptomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(name) => f.write_str(name),
            Self::Panicked(None) => f.write_str("panic"),
            Self::Panicked(Some(place)) => write!(f, "panic at {place}"),
        }
    }
}

/// An input that breaks something, made small.
#[derive(Debug, Clone)]
pub struct Triage {
    /// Its target.
    pub target: &'static Target,
    /// The mistake that is planted in the runs of `world`, if one is.
    pub fault: Option<Fault>,
    /// What is wrong, as the smallest input shows it.
    pub symptom: Symptom,
    /// The smallest input.
    pub input: Vec<u8>,
    /// Runs that making it small took.
    pub runs: u64,
    /// Whether nothing more can be taken out of it.
    pub is_minimal: bool,
    /// The scenario that shows it, if its target has one; `breaks` is filled in if the scenario alone repeats it.
    pub scenario: Option<Scenario>,
}

/// The target that a crash file's path names: the last folder, or part of the file's name, that is called like one.
#[must_use]
pub fn target_of_path(path: &Path) -> Option<&'static Target> {
    let folders = path.parent().into_iter().flat_map(Path::iter);
    let folder = folders.rev().find_map(|part| target(part.to_str()?));
    folder.or_else(|| {
        let name = path.file_name()?.to_str()?;
        TARGETS.iter().find(|target| name.starts_with(target.name))
    })
}

thread_local! {
    /// Whether a panic of this thread is caught and told by [`guarded`].
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    /// What the last panic said, and where it was.
    static PANIC: RefCell<Option<Symptom>> = const { RefCell::new(None) };
}

/// From now on, a panic of a thread that is watched is kept and not printed.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !IS_WATCHED.get() {
                before(info);
                return;
            }
            let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
            let payload = info.payload();
            let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
            let said = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
            PANIC.set(Some(Symptom { kind: SymptomKind::Panicked(place), detail: said }));
        }));
    });
}

/// Does `act`; a panic is caught and not printed.
///
/// # Errors
///
/// The panic, as a symptom.
pub fn guarded<T>(act: impl FnOnce() -> T) -> Result<T, Symptom> {
    watch_panics();
    IS_WATCHED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(act));
    IS_WATCHED.set(false);
    outcome.map_err(|_| {
        let unknown = || Symptom { kind: SymptomKind::Panicked(None), detail: String::new() };
        PANIC.take().unwrap_or_else(unknown)
    })
}

/// What is wrong with `input`, if something is. A `fault` is planted in the runs of `world`, whose bytes name none.
#[must_use]
pub fn symptom(target: &Target, fault: Option<Fault>, input: &[u8]) -> Option<Symptom> {
    let run = || match fault {
        Some(_) if target.input == Input::Scenario => Player::new().with_fault(fault).play(input),
        Some(_) | None => (target.run)(input),
    };
    match guarded(run) {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => {
            Some(Symptom { kind: SymptomKind::Broken(broken.invariant), detail: broken.detail })
        }
        Err(panic) => Some(panic),
    }
}

impl Triage {
    /// Makes `input` small for as long as it shows the same and `stop` is not set; `None` if nothing is wrong with it.
    #[must_use]
    pub fn new(
        target: &'static Target,
        fault: Option<Fault>,
        input: &[u8],
        stop: &AtomicBool,
    ) -> Option<Self> {
        let symptom = symptom(target, fault, input)?;
        Some(
            Self::of_scenario(target, fault, input, &symptom, stop)
                .unwrap_or_else(|| Self::of_bytes(target, fault, input, &symptom, stop)),
        )
    }

    /// A whole scenario is made small as one.
    fn of_scenario(
        target: &'static Target,
        fault: Option<Fault>,
        input: &[u8],
        symptom: &Symptom,
        stop: &AtomicBool,
    ) -> Option<Self> {
        if target.input != Input::Scenario || matches!(symptom.kind, SymptomKind::Panicked(_)) {
            return None;
        }
        let scenario = decode(input, fault);
        let finding = Finding::from_run(&scenario, Script::new(&scenario.choices), None)?;
        let small = shrink_until(&finding, RUNS_MAX, stop);
        let (runs, is_minimal) = match small.reduction {
            Reduction::Untried => return None,
            Reduction::Bounded(runs) => (runs, false),
            Reduction::Minimal(runs) => (runs, true),
        };
        let plain = Scenario { expect: Default::default(), ..small.scenario.clone() };
        let input = bytes::encode(&plain);
        let kind = SymptomKind::Broken(small.invariant_id());
        let detail = self::symptom(target, fault, &input).map_or_else(String::new, |symptom| symptom.detail);
        let symptom = Symptom { kind, detail };
        Some(Self { target, fault, symptom, input, runs, is_minimal, scenario: Some(small.scenario) })
    }

    fn of_bytes(
        target: &'static Target,
        fault: Option<Fault>,
        input: &[u8],
        found: &Symptom,
        stop: &AtomicBool,
    ) -> Self {
        let mut search = Search { target, fault, kind: &found.kind, runs: 0, stop };
        let mut best = input.to_vec();
        let is_minimal = loop {
            let Some(smaller) = search.smaller(&best) else { break !search.is_spent() };
            best = smaller;
        };
        Self {
            target,
            fault,
            symptom: symptom(target, fault, &best).unwrap_or_else(|| found.clone()),
            runs: search.runs,
            is_minimal,
            scenario: scenario(target, fault, &best),
            input: best,
        }
    }
}

struct Search<'a> {
    target: &'a Target,
    fault: Option<Fault>,
    kind: &'a SymptomKind,
    runs: u64,
    stop: &'a AtomicBool,
}

impl Search<'_> {
    fn is_spent(&self) -> bool {
        self.runs >= RUNS_MAX || self.stop.load(Ordering::Relaxed)
    }

    fn still(&mut self, input: &[u8]) -> bool {
        self.runs += 1;
        symptom(self.target, self.fault, input).is_some_and(|symptom| symptom.kind == *self.kind)
    }

    /// The first smaller input that shows the same: without a stretch of it, or with a plainer byte.
    fn smaller(&mut self, input: &[u8]) -> Option<Vec<u8>> {
        let unit = self.target.input.record_len();
        let mut len = (input.len() / 2).next_multiple_of(unit);
        while len >= unit && !input.is_empty() {
            for start in (0..input.len()).step_by(len) {
                let end = input.len().min(start + len);
                let rest = [&input[..start], &input[end..]].concat();
                if self.is_spent() || self.still(&rest) {
                    return (!self.is_spent()).then_some(rest);
                }
            }
            len = if len == unit { 0 } else { (len / 2).next_multiple_of(unit) };
        }
        for (index, &byte) in input.iter().enumerate() {
            for plain in [0, byte / 2, byte - byte.min(1)] {
                if plain >= byte {
                    continue;
                }
                let mut plainer = input.to_vec();
                plainer[index] = plain;
                if self.is_spent() || self.still(&plainer) {
                    return (!self.is_spent()).then_some(plainer);
                }
            }
        }
        None
    }
}

/// The scenario that the bytes stand for, with the fault that they cannot name.
fn decode(input: &[u8], fault: Option<Fault>) -> Scenario {
    let mut scenario = bytes::decode(input);
    scenario.profile.fault = fault;
    scenario
}

/// The scenario in which an input of `target` is what a peer writes or a page does; `None` where there is none.
fn scenario(target: &Target, fault: Option<Fault>, input: &[u8]) -> Option<Scenario> {
    match target.input {
        Input::Scenario => Some(decode(input, fault)),
        Input::CloseFrame => Some(peer(&[input])),
        Input::CutStream => {
            let (cuts, stream) = cuts_and_stream(input);
            let mut start = 0;
            let mut pieces = Vec::new();
            for cut in cuts {
                let end = cut.min(stream.len()).max(start);
                pieces.push(&stream[start..end]);
                start = end;
            }
            pieces.push(&stream[start..]);
            pieces.retain(|piece| !piece.is_empty());
            Some(peer(&pieces))
        }
        Input::Program => Program::decode(input).to_scenario(),
        Input::ScenarioText => text::parse(&String::from_utf8_lossy(input)).ok(),
        Input::TwoEndpoints => None,
    }
}

/// A page that does nothing, and a peer that writes the pieces one by one.
fn peer(pieces: &[&[u8]]) -> Scenario {
    let source = "format = 1\n[page]\nmain = ['new WebSocket(\"ws://a.test/\")']\n";
    let mut scenario = text::parse(source).expect("it is a scenario");
    let write = |item| PeerStep::Write { item, corked: false };
    let mut steps = vec![write(Item::Accept { protocol: None })];
    for piece in pieces {
        steps.push(PeerStep::Delay { ms: 1 });
        steps.push(write(Item::Bytes(piece.to_vec().into())));
    }
    scenario.peers.push(Peer { steps });
    scenario
}

#[cfg(test)]
mod tests;
