//! The world: peers, TCP, endpoints, the event loop, DOM objects and a page, wired together.
//!
//! Layers meet here and nowhere else. A step of the world is one call of [`World::step`]; it asks what happens next
//! before anything changes, and everything that it leaves behind is in [`State`].

mod callback;
mod calls;
mod dispatching;
mod garbage;
mod lifetime;
mod link;
mod network;
mod occasion;
mod peer_bytes;
mod peer_steps;
mod state;
mod tasks;
mod time;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub use state::{STACK_MAX, State};

use crate::choices::{Alternative, Choices, Mismatch, Point, Script, ask};
use crate::endpoint::Context;
use crate::event_loop::QueuedTask;
use crate::page::{Activation, Page, Scripted};
use crate::profile::Fault;
use crate::scenario::{Global, Scenario, bounds};
use crate::trace::{Bound, Entry, SocketId, Task, Trace, WorkerState};
use enabled::ALTERNATIVES;
use lifetime::{Life, Lifetime};

/// How many steps and calls a run has at most, unless [`World::with_steps_max`] says otherwise.
pub const STEPS_MAX: u32 = 20_000;

/// How often in a row a world goes on without an entry in its trace and without a call of the page before that is taken
/// for a circle: several times what any run comes to.
const STILL_MAX: u32 = 128;

/// Enough for what peers usually write at once, so that it is allocated once a run.
const SCRATCH_LEN: usize = 1024;

/// Plays `scenario` to its end with the plain page of its functions.
///
/// All answers come from `choices`: those that the scenario fixes itself, [`Scenario::choices`], are not looked at.
/// [`replay`] takes them.
///
/// ```
/// use wasclean_model::choices::First;
/// use wasclean_model::page::{Call, Script};
/// use wasclean_model::scenario::{Frame, Item, Peer, PeerStep, Scenario};
/// use wasclean_model::trace::Entry;
/// use wasclean_model::world::run;
///
/// let write = |item| PeerStep::Write { item, corked: false };
/// let url = "ws://a.test/".encode_utf16().collect();
/// let scenario = Scenario {
///     page: Script { functions: vec![vec![Call::Construct { url, protocols: vec![] }]] },
///     peers: vec![Peer {
///         steps: vec![
///             write(Item::Accept { protocol: None }),
///             write(Item::Frame(Frame::close(1000, &b"bye"[..]))),
///             PeerStep::Fin,
///         ],
///     }],
///     ..Scenario::default()
/// };
/// let trace = run(&scenario, &mut First);
/// assert!(trace.entries.iter().any(|entry| matches!(entry, Entry::Closed { clean: true, code: 1000, .. })));
/// assert_eq!(trace.entries.last(), Some(&Entry::Quiescent));
/// ```
///
/// # Panics
///
/// As [`World::step`]: never with a scenario that [is within its bounds](Scenario::is_within_bounds) and a source of
/// choices from [`choices`](crate::choices).
pub fn run(scenario: &Scenario, choices: &mut impl Choices) -> Trace {
    let mut trace = Trace::new();
    run_into(scenario, choices, &mut trace);
    trace
}

/// Plays `scenario` to its end with the choices that it fixes, as a case to check or a finding does; all others take
/// their first alternative.
///
/// ```
/// use wasclean_model::choices::First;
/// use wasclean_model::scenario::Scenario;
/// use wasclean_model::world::{replay, run};
///
/// fn check(scenario: &Scenario) -> Result<(), Box<dyn std::error::Error>> {
///     assert_eq!(replay(scenario)?, run(scenario, &mut First));
///     Ok(())
/// }
///
/// check(&Scenario::default()).unwrap();
/// let choices = vec!["tcp.write=later".parse().unwrap()];
/// let error = check(&Scenario { choices, ..Scenario::default() }).unwrap_err();
/// assert!(error.to_string().contains("the run asked no further question about tcp.write"));
/// ```
///
/// # Errors
///
/// The first choice that did not fit, or that the run never came to. To have the trace nevertheless, [`run`] it with a
/// [`Script`] of the choices.
pub fn replay(scenario: &Scenario) -> Result<Trace, Mismatch> {
    let mut script = Script::new(&scenario.choices);
    let trace = run(scenario, &mut script);
    script.finish().map(|()| trace)
}

/// As [`run`], but the trace is cleared and used again.
///
/// # Panics
///
/// As [`run`].
pub fn run_into(scenario: &Scenario, choices: &mut impl Choices, trace: &mut Trace) {
    Runner::new(STEPS_MAX).run(scenario, choices, trace);
}

/// Plays one scenario after another and keeps the memory: nothing is allocated for a run that needs no more than
/// the ones before it.
#[derive(Debug)]
pub struct Runner {
    memory: Memory<Activation>,
    steps_max: u32,
}

impl Runner {
    /// A runner whose runs have at most `steps_max` steps and calls each.
    #[must_use]
    pub fn new(steps_max: u32) -> Self {
        Self { memory: Memory::default(), steps_max }
    }

    /// Plays `scenario` to its end; `trace` is cleared first.
    ///
    /// # Panics
    ///
    /// As [`run`](run()).
    pub fn run(&mut self, scenario: &Scenario, choices: &mut impl Choices, trace: &mut Trace) {
        trace.clear();
        let memory = core::mem::take(&mut self.memory);
        let mut world =
            World::reusing(memory, scenario, Scripted(&scenario.page), trace).with_steps_max(self.steps_max);
        while world.step(choices, trace) == Progress::Running {}
        self.memory = world.into_memory();
    }
}

/// What a world allocates; another can use it again.
#[derive(Debug, Clone)]
pub struct Memory<A: Copy + Default> {
    state: Option<Box<State<A>>>,
    /// Where bytes are put together: what peers write, what strings are converted to. Its content means nothing between
    /// steps.
    scratch: Vec<u8>,
}

impl<A: Copy + Default> Default for Memory<A> {
    fn default() -> Self {
        Self { state: None, scratch: Vec::new() }
    }
}

/// What can happen next, as a set of bits in the order in which it is offered: the event loop, then deliveries, steps
/// of peers, writes and resets with a bit for each socket, then the user agent, then time.
///
/// A set in a register, because it is made before every step and mostly has one element.
mod enabled {
    use super::{Alternative, SocketId, bounds};

    const SOCKETS: u32 = bounds::SOCKETS_MAX as u32;

    pub(super) const LOOP: u32 = 1;
    // Of socket 0; the number of another socket shifts them.
    pub(super) const DELIVER: u32 = LOOP << 1;
    pub(super) const PEER: u32 = DELIVER << SOCKETS;
    pub(super) const WRITE: u32 = PEER << SOCKETS;
    pub(super) const RESET: u32 = WRITE << SOCKETS;
    pub(super) const AGENT: u32 = RESET << SOCKETS;
    pub(super) const TIME: u32 = AGENT << 1;

    /// How many bits there are.
    pub(super) const COUNT: usize = 3 + 4 * bounds::SOCKETS_MAX;

    /// What the bit at each place stands for.
    pub(super) static ALTERNATIVES: [Alternative; COUNT] = {
        let mut alternatives = [Alternative::Loop; COUNT];
        let mut socket = 0;
        while socket < bounds::SOCKETS_MAX {
            let id = SocketId(socket as u8);
            alternatives[DELIVER.trailing_zeros() as usize + socket] = Alternative::Deliver(id);
            alternatives[PEER.trailing_zeros() as usize + socket] = Alternative::Peer(id);
            alternatives[WRITE.trailing_zeros() as usize + socket] = Alternative::Write(id);
            alternatives[RESET.trailing_zeros() as usize + socket] = Alternative::Reset(id);
            socket += 1;
        }
        alternatives[AGENT.trailing_zeros() as usize] = Alternative::Agent;
        alternatives[TIME.trailing_zeros() as usize] = Alternative::Time;
        alternatives
    };
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// There may be more to come.
    Running,
    /// The run has ended; the last entry of the trace says how.
    Ended,
}

/// A scenario under way.
#[derive(Debug)]
pub struct World<'s, P: Page> {
    scenario: &'s Scenario,
    page: P,
    state: Box<State<P::Activation>>,
    /// Where bytes are put together: what peers write, what strings are converted to. Its content means nothing between
    /// steps.
    scratch: Vec<u8>,
    /// How many steps and calls are left.
    budget: u32,
    /// The length of the trace when it last grew, or a call was made, and how often the world has gone on since.
    told: usize,
    still: u32,
    /// The bound that this step came up against, and the length of the trace then.
    bound: Option<(Bound, usize)>,
    /// Whether the user agent has fired an event in this step, or gone on with one: the world then pauses before the
    /// next listener.
    has_fired: bool,
    /// Whether a call is ending a connection whose events it fires itself.
    is_ending_inside: bool,
}

impl<'s, P: Page> World<'s, P> {
    /// A world in which the page's first script is about to run.
    #[must_use]
    pub fn new(scenario: &'s Scenario, page: P, trace: &mut Trace) -> Self {
        Self::reusing(Memory::default(), scenario, page, trace)
    }

    /// As [`new`](Self::new), in the memory of another world.
    #[must_use]
    pub fn reusing(
        memory: Memory<P::Activation>,
        scenario: &'s Scenario,
        page: P,
        trace: &mut Trace,
    ) -> Self {
        let Memory { state, mut scratch } = memory;
        let mut state = state.unwrap_or_default();
        state.clear();
        state.lifetime = Lifetime::new(&scenario.agent);
        scratch.clear();
        scratch.reserve(SCRATCH_LEN);
        state.tasks.enqueue(QueuedTask::new(Task::Script)).expect("it is the first task");
        if scenario.agent.global == Global::Worker {
            trace.emit(Entry::Worker { state: WorkerState::Running });
        }
        trace.emit(Entry::Enqueue { task: Task::Script });
        Self {
            scenario,
            page,
            state,
            scratch,
            budget: STEPS_MAX,
            told: 0,
            still: 0,
            bound: None,
            has_fired: false,
            is_ending_inside: false,
        }
    }

    /// Gives back the memory for another world.
    #[must_use]
    pub fn into_memory(self) -> Memory<P::Activation> {
        Memory { state: Some(self.state), scratch: self.scratch }
    }

    /// Bounds the number of steps and calls of the run.
    #[must_use]
    pub fn with_steps_max(mut self, steps_max: u32) -> Self {
        self.budget = steps_max;
        self
    }

    /// All that decides how the run goes on, besides the scenario.
    #[must_use]
    pub fn state(&self) -> &State<P::Activation> {
        &self.state
    }

    /// Goes on from `state`, which must come from a world of the same scenario with the same trace's payloads. The
    /// steps and calls that were made in the meantime still count.
    pub fn restore(&mut self, state: State<P::Activation>) {
        *self.state = state;
        // What happened in the meantime is not this state's.
        self.bound = None;
        self.still = 0;
    }

    /// Does one thing: asks what, where several things can happen, and does it.
    ///
    /// The event loop goes on to the end of a callback that the user agent calls, or of the task, or for one call of a
    /// script that can be cut off; the network delivers one read or one end of the stream; a peer or the user agent
    /// performs one step; time passes to the next timer.
    ///
    /// # Panics
    ///
    /// If `choices` answers with what was not offered, against the contract of [`Choices`]. It may also panic if the
    /// scenario or a call of the page is not within the [bounds].
    // A run is a loop of short steps: each would save and restore all registers around a call.
    #[inline(always)]
    pub fn step<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) -> Progress {
        let Some(taken) = self.choose_step(choices) else {
            trace.emit(Entry::Quiescent);
            return Progress::Ended;
        };
        let before = trace.entries.len();
        self.spend(trace);
        self.go_on(trace);
        if self.bound.is_none() {
            self.perform_step(taken, choices, trace);
        }
        if trace.payloads.is_exhausted() {
            // Where in this step it was that entries began to lack theirs is not known.
            self.bound = Some((Bound::Payloads, before));
        }
        match self.bound {
            None => Progress::Running,
            Some((bound, told)) => {
                trace.entries.truncate(told);
                trace.emit(Entry::Bound { bound });
                Progress::Ended
            }
        }
    }

    #[inline(always)]
    fn perform_step<C: Choices>(&mut self, taken: Alternative, choices: &mut C, trace: &mut Trace) {
        match taken {
            Alternative::Loop => self.run_event_loop(choices, trace),
            Alternative::Deliver(socket) => self.deliver(socket, choices, trace),
            Alternative::Peer(socket) => self.perform_peer_step(socket, trace),
            Alternative::Write(socket) => self.write(socket, choices, trace),
            Alternative::Reset(socket) => self.reset(socket, choices, trace),
            Alternative::Agent => self.perform_agent_step(choices, trace),
            Alternative::Time => self.pass_time(choices, trace),
            Alternative::Source(_)
            | Alternative::All
            | Alternative::Step
            | Alternative::Cut
            | Alternative::Now
            | Alternative::Later
            | Alternative::Send
            | Alternative::Omit
            | Alternative::Keep
            | Alternative::Discard
            | Alternative::Restore
            | Alternative::Evict
            | Alternative::GoingAway
            | Alternative::Empty
            | Alternative::Abrupt
            | Alternative::Reason
            | Alternative::Fired
            | Alternative::Closed
            | Alternative::Number(_) => unreachable!("not an alternative of a step of the world"),
        }
    }

    /// Chooses what happens next, if anything can: the event loop, then what is under way, then peers, then writes,
    /// then the user agent, then time, the plainest first. Time passes only while the event loop has nothing to run;
    /// the network may take as long as it likes, but a transport that can take what waits takes it before the
    /// connection's own timer fires. Inside a script nothing happens but that it is cut off.
    #[inline]
    fn choose_step<C: Choices>(&self, choices: &mut C) -> Option<Alternative> {
        if self.is_script_paused() {
            let alternatives = [Alternative::Loop, Alternative::Agent];
            return Some(ask(choices, Point::WorldStep, &alternatives));
        }
        let loop_is_busy = !self.state.stack.is_empty()
            || !self.state.tasks.is_empty() && self.state.lifetime.life != Life::Cached;
        let mut enabled = if loop_is_busy { enabled::LOOP } else { 0 };
        for (index, at) in self.state.sockets.iter().enumerate() {
            enabled |= self.enabled(index, at) << index;
        }
        if usize::from(self.state.lifetime.next) < self.scenario.agent.steps.len()
            && self.can_perform_agent_step()
        {
            enabled |= enabled::AGENT;
        }
        if !loop_is_busy && self.can_time_pass() {
            enabled |= enabled::TIME;
        }
        if enabled == 0 {
            return None;
        }
        if enabled.is_power_of_two() {
            return Some(ALTERNATIVES[enabled.trailing_zeros() as usize]);
        }
        let mut alternatives = [Alternative::Loop; enabled::COUNT];
        let mut count = 0;
        while enabled != 0 {
            alternatives[count] = ALTERNATIVES[enabled.trailing_zeros() as usize];
            count += 1;
            // Takes off the lowest bit.
            enabled &= enabled - 1;
        }
        Some(ask(choices, Point::WorldStep, &alternatives[..count]))
    }

    /// Counts a step or a call; a run without an end comes up against the bound here.
    fn spend(&mut self, trace: &Trace) {
        match self.budget.checked_sub(1) {
            Some(left) => self.budget = left,
            None => self.hit(Bound::Steps, trace),
        }
    }

    /// Notes that the world goes on; if it only goes in circles it comes up against the bound here.
    #[inline]
    fn go_on(&mut self, trace: &Trace) {
        if trace.entries.len() != self.told {
            self.told = trace.entries.len();
            self.still = 0;
        }
        self.still += 1;
        if self.still > STILL_MAX {
            self.hit(Bound::Livelock, trace);
        }
    }

    /// Whether this fault is planted.
    #[inline]
    fn has(&self, fault: Fault) -> bool {
        self.scenario.profile.has(fault)
    }

    /// Comes up against a bound. What is told after that is taken back when the step ends: it happens in a world in
    /// which something is missing.
    fn hit(&mut self, bound: Bound, trace: &Trace) {
        self.bound.get_or_insert((bound, trace.entries.len()));
    }

    /// Queues a task; its entry in the trace comes first.
    fn enqueue(&mut self, queued: QueuedTask, trace: &mut Trace) {
        trace.emit(Entry::Enqueue { task: queued.task });
        if self.state.lifetime.drops && self.drop_instead(queued.task, trace) {
            return;
        }
        if self.state.tasks.enqueue(queued).is_err() {
            self.hit(Bound::Tasks, trace);
        }
    }

    fn context<'a, C>(&self, socket: SocketId, choices: &'a mut C, trace: &'a mut Trace) -> Context<'a, C>
    where
        's: 'a,
    {
        Context { socket, profile: &self.scenario.profile, trace, choices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::First;

    #[test]
    fn the_state_is_flat_and_small() {
        assert!(size_of::<State<Activation>>() <= 2064, "{}", size_of::<State<Activation>>());
        assert!(!core::mem::needs_drop::<State<Activation>>());
    }

    #[test]
    fn a_world_that_goes_in_circles_ends_at_a_bound() {
        let scenario = Scenario::default();
        let mut trace = Trace::new();
        let mut world = World::new(&scenario, Scripted(&scenario.page), &mut trace);
        for _ in 0..2 * STILL_MAX {
            world.go_on(&trace);
            trace.emit(Entry::Elapse { by_us: 1 });
        }
        assert_eq!(world.bound, None, "each time there was something to tell");
        for _ in 0..STILL_MAX {
            world.go_on(&trace);
        }
        assert_eq!(world.bound, None);
        world.go_on(&trace);
        assert_eq!(world.step(&mut First, &mut trace), Progress::Ended);
        assert_eq!(trace.entries.last(), Some(&Entry::Bound { bound: Bound::Livelock }));
    }
}
