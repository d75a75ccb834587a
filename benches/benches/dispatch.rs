//! The dispatch of one event to 1, 8 and 64 listeners: by the algorithm alone, and in a whole run.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wasclean_model::choices::First;
use wasclean_model::dom::{Dispatch, Event, LISTENERS_MAX, Listeners};
use wasclean_model::page::{Call, NewEvent, Receiver, Script};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{
    Entry, EventAttributes, EventType, FunctionId, ListenerOptions, SocketId, Target, Trace,
};
use wasclean_model::world::run_into;

const COUNTS: [u8; 3] = [1, 8, 64];
const _: () = assert!(COUNTS[2] as usize == LISTENERS_MAX);

/// Every other listener is a capturing one, so both passes have something to do.
fn options(number: u8) -> ListenerOptions {
    ListenerOptions { capture: number % 2 == 1, ..ListenerOptions::default() }
}

/// Computes the order in which the listeners of one target are called. The order is checked: first the odd numbers,
/// which capture, then the even ones.
fn algorithm(c: &mut Criterion) {
    let mut group = c.benchmark_group("dispatch/algorithm");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    let target = Target::Socket(SocketId(0));
    for count in COUNTS {
        let mut listeners = Listeners::default();
        for number in 0..count {
            listeners.add(target, EventType::Close, FunctionId(number), options(number)).expect("room");
        }
        let called = |listeners: &mut Listeners, call: &mut dyn FnMut(u8)| {
            let attributes = EventAttributes { event_type: EventType::Close, ..EventAttributes::default() };
            let mut event = Event::new(attributes);
            let mut dispatch = Dispatch::begin(target, &mut event, listeners);
            while dispatch.seek(&event, listeners) {
                call(dispatch.invoke(&mut event, listeners).function.0);
            }
            dispatch.end(&mut event);
        };
        let mut order = Vec::new();
        called(&mut listeners, &mut |number| order.push(number));
        let want: Vec<u8> =
            (0..count).filter(|n| n % 2 == 1).chain((0..count).filter(|n| n % 2 == 0)).collect();
        assert_eq!(order, want);
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                let mut sum = 0;
                called(&mut listeners, &mut |number| sum += u32::from(number));
                black_box(sum)
            });
        });
    }
    group.finish();
}

/// Computes the trace of a page that adds the listeners to the global object and dispatches one event at it; that
/// each is called once is checked. Two types share the 64 listeners, because a page has 32 functions at most: so the
/// last line dispatches two events.
fn in_a_run(c: &mut Criterion) {
    let mut group = c.benchmark_group("dispatch/run");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for count in COUNTS {
        let mut main = Vec::new();
        let mut types = 0;
        for number in 0..count {
            // Function 0 is the page's first script itself: 1 to 31, each once with and once without capture.
            let (event_type, within) = (EventType::Custom(number / 62), number % 62);
            types = number / 62 + 1;
            main.push(Call::AddListener {
                on: Receiver::Global,
                event_type,
                function: FunctionId(1 + within / 2),
                options: options(within),
            });
        }
        main.extend((0..types).map(|number| Call::Dispatch {
            on: Receiver::Global,
            event: NewEvent::Event {
                event_type: EventType::Custom(number),
                bubbles: false,
                cancelable: false,
            },
        }));
        let mut functions = vec![vec![]; 32];
        functions[0] = main;
        let scenario = Scenario { page: Script { functions }, ..Scenario::default() };
        let mut trace = Trace::new();
        run_into(&scenario, &mut First, &mut trace);
        let called = trace.entries.iter().filter(|entry| matches!(entry, Entry::Listener { .. })).count();
        assert_eq!(called, usize::from(count));
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                run_into(&scenario, &mut First, &mut trace);
                black_box(&trace);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, algorithm, in_a_run);
criterion_main!(benches);
