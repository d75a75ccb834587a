//! Documents, workers and collected objects.

use super::super::tale::*;
use super::tales::plain_clean;
use super::*;
use crate::choices::Bytes;
use crate::invariant::judge;
use crate::page::Call;
use crate::profile::{BackForwardCache, Fault, Profile};
use crate::scenario::generate::{Draw as _, generate};
use crate::scenario::lcg::Lcg;
use crate::scenario::{Agent, Scenario};
use crate::trace::{
    Bound, Completion, DocumentId, DocumentState, EventAttributes, EventType, FunctionId, ListenerOptions,
    MessageData, Method, ReadyState, Side, Target, Task, TcpEnd, WorkerState,
};
use crate::world::run;

const GOING_AWAY: &[u8] = b"\x03\xe9";

fn document(state: DocumentState) -> Entry {
    Entry::Document { document: DocumentId::PAGE, state }
}

fn fire_at_window(event_type: EventType) -> Entry {
    let is_pagehide = event_type == EventType::PageHide;
    let event = EventAttributes { bubbles: is_pagehide, cancelable: is_pagehide, ..trusted(event_type) };
    Entry::FireBegin { target: Target::Global, event }
}

fn fired_at_window(tale: &mut Tale, event_type: EventType) {
    let end = Entry::FireEnd { target: Target::Global, event_type, default_prevented: false };
    tale.add(fire_at_window(event_type)).add(end);
}

/// Our Close with this body is answered, and no task runs any more.
fn closes_in_silence(tale: &mut Tale, body: &[u8], code: u16) {
    tale.frame(0x88, body).rx_fin().ends(TcpEnd::Fin, true, false, code, b"");
    tale.add(Entry::Dropped { task: Task::Closed(S) }).quiescent();
}

/// The page is navigated away from while its connection is open.
pub(super) fn destroyed() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.add(Entry::Enqueue { task: Task::Unload });
    tale.task(Task::Unload, |t| {
        fired_at_window(t, EventType::PageHide);
        t.add(Entry::Disappears { socket: S }).start(Side::Us).tx(0x88, GOING_AWAY);
        t.add(document(DocumentState::Destroyed)).add(Entry::Dropped { task: Task::Closing(S) });
    });
    closes_in_silence(&mut tale, GOING_AWAY, 1001);
    tale
}

/// A message arrives while the document is cached, and is fired when it is restored.
fn restored() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.add(Entry::Enqueue { task: Task::Unload });
    tale.task(Task::Unload, |t| {
        fired_at_window(t, EventType::PageHide);
        t.add(document(DocumentState::Cached));
    });
    tale.frame(0x81, b"a").add(Entry::Enqueue { task: Task::Message(S) });
    tale.add(document(DocumentState::Active)).message_task(MessageData::Text, b"a").quiescent();
    tale
}

/// Timers that are due together and apart, and one that waits while the document is cached.
fn timed() -> Tale {
    let mut tale = Tale::opened(nothing);
    let elapse = |by_us| Entry::Elapse { by_us };
    let task = |tale: &mut Tale, function| _ = tale.task(Task::Timer(FunctionId(function)), nothing);
    tale.timer(|t| _ = t.set_timeout(1, 5).set_timeout(2, 5).set_timeout(3, 2).set_timeout(4, 6));
    task(tale.add(elapse(2_000)).fires(3), 3);
    task(tale.add(elapse(3_000)).fires(1).fires(2), 1);
    task(&mut tale, 2);
    tale.add(Entry::Enqueue { task: Task::Unload });
    tale.task(Task::Unload, |t| {
        fired_at_window(t, EventType::PageHide);
        t.add(document(DocumentState::Cached));
    });
    tale.add(elapse(9_000)).add(document(DocumentState::Active));
    task(tale.add(elapse(1_000)).fires(4), 4);
    tale.quiescent();
    tale
}

#[test]
fn timers_fire_when_they_are_due() {
    let queued =
        |function| move |entry: &Entry| *entry == Entry::Enqueue { task: Task::Timer(FunctionId(function)) };
    let elapse = |by_us| move |entry: &Entry| *entry == Entry::Elapse { by_us };
    let fires = |function| Entry::Enqueue { task: Task::Timer(FunctionId(function)) };
    for function in [1, 2, 3, 4] {
        check("INV-112", timed(), |t| _ = t.remove(queued(function)));
        check("INV-112", timed(), |t| t.after(queued(function), fires(function)));
        check("INV-112", timed(), |t| t.replace(queued(function), fires(5)));
    }
    check("INV-112", timed(), |t| {
        t.replace(queued(1), fires(0));
        t.replace(queued(2), fires(1));
        t.replace(queued(0), fires(2));
    });
    for (right, wrong) in [(2_000, 1_999), (3_000, 3_001), (1_000, 999), (1_000, 1_001)] {
        check("INV-112", timed(), |t| t.replace(elapse(right), Entry::Elapse { by_us: wrong }));
    }
    check("INV-112", timed(), |t| t.before(elapse(9_000), fires(4)));
    check("INV-112", timed(), |t| {
        t.change(|entry| match entry {
            Entry::SetTimeout { delay_ms: delay_ms @ 6, .. } => {
                *delay_ms = 7;
                true
            }
            _ => false,
        });
    });
}

#[test]
fn tasks_do_not_wait_unless_their_document_is_cached() {
    let elapse = |by_us| move |entry: &Entry| *entry == Entry::Elapse { by_us };
    let posted = Task::PostedMessage(FunctionId(7));
    for task in [Task::Message(S), posted, Task::Timer(FunctionId(7)), Task::Unload] {
        let queued = Entry::Enqueue { task };
        check("INV-114", timed(), |t| t.before(elapse(3_000), queued));
        check("INV-114", timed(), |t| t.before(kind(Kind::Quiescent), queued));
        check("INV-114", plain_clean(), |t| t.before(kind(Kind::Quiescent), queued));
    }
    // Queued while the document is cached, and run as soon as it is active again.
    let mut tale = timed();
    tale.before(elapse(9_000), Entry::Enqueue { task: posted });
    tale.before(elapse(1_000), Entry::TaskBegin { task: posted });
    tale.before(elapse(1_000), Entry::ScriptEnd { completion: Completion::Normal });
    tale.before(elapse(1_000), Entry::TaskEnd { task: posted });
    tale.before(elapse(1_000), Entry::Checkpoint);
    assert!(!tale.judge().all_broken.contains(index("INV-114")));
    check("INV-114", tale, |t| {
        let begin = t.place(|entry| *entry == Entry::TaskBegin { task: posted });
        t.trace.entries.drain(begin..begin + 4);
    });
}

/// The worker closes itself in a timer's callback.
fn worker() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.trace.entries.insert(0, Entry::Worker { state: WorkerState::Running });
    tale.timer(|t| {
        t.add(Entry::Worker { state: WorkerState::Closing });
    });
    tale.add(Entry::Worker { state: WorkerState::Ended }).add(Entry::Disappears { socket: S });
    tale.start(Side::Us).add(Entry::Dropped { task: Task::Closing(S) }).tx(0x88, GOING_AWAY);
    closes_in_silence(&mut tale, GOING_AWAY, 1001);
    tale
}

/// Nothing refers to the WebSocket, and nobody listens.
pub(super) fn collected() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.add(Entry::Collected { socket: S }).start(Side::Us);
    tale.add(Entry::Dropped { task: Task::Closing(S) }).tx(0x88, b"");
    closes_in_silence(&mut tale, b"", 1005);
    tale
}

/// The conversion of the code that `close()` is given removes the WebSocket's frame.
fn removed_in_a_conversion() -> Tale {
    let belongs = Entry::Belongs { socket: S, document: DocumentId::FRAME };
    let removed = Entry::Document { document: DocumentId::FRAME, state: DocumentState::Destroyed };
    let mut tale = Tale::opened(|t| _ = t.add(belongs));
    tale.timer(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.add(Entry::Disappears { socket: S }).start(Side::Us).tx(0x88, GOING_AWAY).add(removed);
            t.add(Entry::Dropped { task: Task::Closing(S) });
            t.add(Entry::Converted { completion: Completion::Normal });
            t.arguments(Some(3000.0), Some(b"mine")).set(ReadyState::Closing);
        });
    });
    closes_in_silence(&mut tale, GOING_AWAY, 1001);
    tale
}

fn run_what_was_dropped(tale: &mut Tale) {
    let closed = Task::Closed(S);
    tale.replace(|entry| *entry == Entry::Dropped { task: closed }, Entry::TaskBegin { task: closed });
}

#[test]
fn a_task_of_a_cached_document_waits() {
    check("INV-44", restored(), |t| {
        t.remove(|entry| *entry == document(DocumentState::Active));
    });
}

#[test]
fn a_microtask_of_a_cached_document_never_runs() {
    let function = FunctionId(1);
    let mut tale = restored();
    tale.before(|entry| *entry == document(DocumentState::Cached), Entry::MicrotaskQueued { function });
    check("INV-44", tale, |t| {
        t.after(|entry| *entry == document(DocumentState::Cached), Entry::MicrotaskBegin { function });
    });
}

#[test]
fn a_task_of_a_destroyed_document_never_runs() {
    check("INV-45", destroyed(), run_what_was_dropped);
}

#[test]
fn a_task_of_a_closing_worker_never_runs() {
    check("INV-46", worker(), run_what_was_dropped);
}

#[test]
fn a_worker_ends_once_and_only_when_it_is_closing() {
    let ended = Entry::Worker { state: WorkerState::Ended };
    check("INV-46", worker(), |t| {
        t.after(|entry| *entry == ended, ended);
    });
    for needed in [WorkerState::Closing, WorkerState::Running] {
        check("INV-46", worker(), |t| {
            t.remove(|entry| *entry == Entry::Worker { state: needed });
        });
    }
}

#[test]
fn a_document_is_unloaded_in_order() {
    let is_document = |state| move |entry: &Entry| *entry == document(state);
    let unloaded = || {
        let end =
            |event_type| Entry::FireEnd { target: Target::Global, event_type, default_prevented: false };
        let mut tale = destroyed();
        tale.after(|entry| *entry == end(EventType::PageHide), end(EventType::Unload));
        tale.before(|entry| *entry == end(EventType::Unload), fire_at_window(EventType::Unload));
        tale
    };
    let wrongs: [fn(&mut EventAttributes); 3] = [
        |event| event.bubbles = !event.bubbles,
        |event| event.cancelable = !event.cancelable,
        |event| event.composed = true,
    ];
    for wrong in wrongs {
        for of in [EventType::PageHide, EventType::Unload] {
            check("INV-104", unloaded(), |t| {
                t.change(|entry| match entry {
                    Entry::FireBegin { event, .. } if event.event_type == of => {
                        wrong(event);
                        true
                    }
                    _ => false,
                });
            });
        }
    }
    check("INV-104", destroyed(), |t| {
        t.remove(|entry| *entry == fire_at_window(EventType::PageHide));
    });
    // Nothing kept the document from being cached, or something did.
    check("INV-104", destroyed(), |t| {
        t.remove(kind(Kind::Disappears));
    });
    check("INV-104", destroyed(), |t| {
        t.replace(is_document(DocumentState::Destroyed), document(DocumentState::Cached));
    });
    check("INV-104", restored(), |t| {
        t.before(is_document(DocumentState::Cached), fire_at_window(EventType::Unload));
    });
    // What is unloaded is not as before, what is destroyed stays so, and what is active cannot be restored.
    check("INV-104", restored(), |t| {
        t.remove(is_document(DocumentState::Cached));
    });
    for twice in [DocumentState::Destroyed, DocumentState::Active, DocumentState::Cached] {
        check("INV-104", destroyed(), |t| t.after(is_document(DocumentState::Destroyed), document(twice)));
    }
    for event_type in [EventType::PageHide, EventType::Unload] {
        check("INV-104", destroyed(), |t| {
            t.before(kind(Kind::Disappears), fire_at_window(event_type));
            t.before(kind(Kind::Disappears), fire_at_window(event_type));
        });
        check("INV-104", destroyed(), |t| _ = t.add(fire_at_window(event_type)));
    }
    let removed = Entry::Document { document: DocumentId::FRAME, state: DocumentState::Destroyed };
    check("INV-104", removed_in_a_conversion(), |t| t.after(|entry| *entry == removed, removed));
}

#[test]
fn what_disappears_with_a_frame_does_not_keep_the_page_from_being_cached() {
    let removed = Entry::Document { document: DocumentId::FRAME, state: DocumentState::Destroyed };
    let belongs = Entry::Belongs { socket: S, document: DocumentId::FRAME };
    let cached = |more: &dyn Fn(&mut Tale)| {
        let mut tale = Tale::opened(|t| _ = t.add(belongs));
        tale.add(Entry::Enqueue { task: Task::Unload });
        tale.task(Task::Unload, |t| {
            fired_at_window(t, EventType::PageHide);
            t.add(Entry::Disappears { socket: S }).start(Side::Us).tx(0x88, GOING_AWAY).add(removed);
            t.add(Entry::Dropped { task: Task::Closing(S) });
            more(t);
            t.add(document(DocumentState::Cached));
        });
        tale
    };
    check("INV-104", cached(&|_| ()), |t| *t = cached(&|t| _ = t.add(Entry::Disappears { socket: S })));
}

#[test]
fn an_open_connection_goes_with_its_document() {
    check("INV-101", destroyed(), |t| {
        t.remove(kind(Kind::ClosingStarted));
    });
}

#[test]
fn the_close_of_what_disappears_says_1001() {
    check("INV-101", destroyed(), |t| {
        let empty = t.tx_entry(0x88, b"");
        t.replace(kind(Kind::TxFrame), empty);
    });
}

#[test]
fn what_somebody_listens_to_is_not_collected() {
    check("INV-102", collected(), |t| {
        let listener = Entry::AddListener {
            target: Target::Socket(S),
            event_type: EventType::Close,
            function: FunctionId(1),
            options: ListenerOptions::default(),
        };
        t.before(kind(Kind::Collected), listener);
    });
}

#[test]
fn what_is_gone_does_not_go_again() {
    check("INV-101", destroyed(), |t| t.after(kind(Kind::Disappears), Entry::Disappears { socket: S }));
    check("INV-102", collected(), |t| t.after(kind(Kind::Collected), Entry::Collected { socket: S }));
}

#[test]
fn the_close_of_what_is_collected_says_nothing() {
    check("INV-102", collected(), |t| {
        let coded = t.tx_entry(0x88, GOING_AWAY);
        t.replace(kind(Kind::TxFrame), coded);
    });
}

#[test]
fn what_is_collected_had_nothing_to_send() {
    check("INV-102", collected(), |t| {
        let data = t.tx_entry(0x82, b"x");
        t.after(kind(Kind::Collected), data);
    });
}

#[test]
fn a_run_does_not_end_in_a_circle() {
    let ends_at = |bound| move |t: &mut Tale| t.replace(kind(Kind::Quiescent), Entry::Bound { bound });
    check("INV-115", plain_clean(), ends_at(Bound::Livelock));
    let mut tale = plain_clean();
    ends_at(Bound::Steps)(&mut tale);
    assert!(!tale.judge().all_broken.contains(index("INV-115")));
}

#[test]
fn what_disappears_inside_close_is_not_what_close_does() {
    check("INV-54", removed_in_a_conversion(), |t| {
        t.after(kind(Kind::CloseArguments), Entry::ClosingStarted { socket: S, by: Side::Us });
    });
}

/// Fills `into` with a scenario whose user agent or whose frame has a part in it.
fn generate_lifetimes(into: &mut Scenario, profile: &Profile, lcg: &mut Lcg) {
    let is_of_frame = |call: &Call| matches!(call, Call::ConstructInFrame { .. });
    loop {
        into.profile = *profile;
        generate(into, lcg);
        if into.agent != Agent::default() || into.page.functions[0].iter().any(is_of_frame) {
            return;
        }
    }
}

/// The first of `count` scenarios with lifetimes, under all profiles in turn, that breaks an invariant, and what it
/// breaks; and the rows reached.
fn search(count: u32, fault: Option<Fault>) -> (Option<(u32, &'static str)>, u16) {
    let mut lcg = Lcg::new(44);
    let mut scenario = Scenario::default();
    let mut rows = 0;
    for number in 0..count {
        let mut profile = Profile::NAMED[number as usize % Profile::NAMED.len()].profile;
        if lcg.below(5) == 0 {
            profile.back_forward_cache = BackForwardCache::Disconnect;
        }
        profile.fault = fault;
        generate_lifetimes(&mut scenario, &profile, &mut lcg);
        let bytes = lcg.bytes(400);
        let judgement = judge(&run(&scenario, &mut Bytes::new(&bytes)), &scenario.profile);
        rows |= judgement.rows.bits();
        if let Some(breach) = judgement.broken {
            return (Some((number, INVARIANTS[breach.invariant].id)), rows);
        }
    }
    (None, rows)
}

#[test]
fn nothing_is_broken_whatever_the_user_agent_does() {
    let (broken, rows) = search(40_000, None);
    assert_eq!(broken, None);
    assert_eq!(rows >> 10, 0b1111, "rows 10 to 13 are reached");
}

#[test]
fn each_fault_of_lifetimes_is_noticed() {
    for fault in [Fault::DestroyedContextFires, Fault::FrozenLosesEvents, Fault::WrongLifetime] {
        let (broken, _) = search(20_000, Some(fault));
        assert!(broken.is_some(), "{fault}");
    }
}
