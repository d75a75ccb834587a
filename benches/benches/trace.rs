//! What is done with a finished trace: it is judged, and projected to what the page and the peer saw.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasclean_benches::Thread;
use wasclean_model::invariant::{Monitors, judge};
use wasclean_model::profile::Profile;
use wasclean_model::trace::{Trace, outcome};

/// How many traces are looked at in turn.
const RUNS: usize = 512;

/// Computes, for each of the first 512 runs of a campaign under the whole `standard` profile, the judgement and the
/// outcome. That none breaks an invariant, that monitors used again say the same as new ones, and that an outcome has
/// as many lines for the page as for the wire is checked first. The throughput is in entries.
fn traces(c: &mut Criterion) {
    let mut thread = Thread::default();
    let mut monitors = Monitors::new(&Profile::STANDARD);
    let traces: Vec<Trace> = (0..)
        .filter_map(|index| {
            thread.generate(index);
            thread.run();
            (thread.scenario.profile == Profile::STANDARD).then(|| thread.trace.clone())
        })
        .take(RUNS)
        .collect();
    for trace in &traces {
        let judgement = judge(trace, &Profile::STANDARD);
        assert_eq!(judgement.broken, None);
        assert_eq!(judgement, monitors.judge(trace));
        let outcome = outcome(trace);
        assert_eq!(outcome.page.len(), outcome.wire.len());
    }
    let entries: usize = traces.iter().map(|trace| trace.entries.len()).sum();
    println!("{:.1} entries a trace", entries as f64 / RUNS as f64);
    let mut group = c.benchmark_group("trace");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(entries as u64));
    group.bench_function("judge", |b| {
        b.iter(|| {
            for trace in &traces {
                black_box(monitors.judge(trace));
            }
        });
    });
    group.bench_function("outcome", |b| {
        b.iter(|| {
            for trace in &traces {
                black_box(outcome(trace));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, traces);
criterion_main!(benches);
