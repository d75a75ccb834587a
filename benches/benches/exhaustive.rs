//! The exhaustive enumeration of litmus scenarios: every run within fixed bounds, each judged.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasclean_benches::scenarios;
use wasclean_explore::exhaustive::{Limits, explore};

/// Scenarios with some hundred runs each, by the beginning of their names.
const NAMES: [&str; 3] = ["l-04", "l-09", "l-12"];

const LIMITS: fn() -> Limits = || Limits { runs_max: 500, ..Limits::default() };

/// Computes all outcomes of one scenario within 500 runs; that no run breaks an invariant is checked first. The
/// throughput is in runs.
fn exhaustive(c: &mut Criterion) {
    let mut group = c.benchmark_group("exhaustive");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for (name, scenario) in scenarios("litmus") {
        if !NAMES.iter().any(|known| name.starts_with(known)) {
            continue;
        }
        let exploration = explore(&scenario, LIMITS());
        assert!(exploration.broken.is_none() && !exploration.outcomes.is_empty(), "{name}");
        group.throughput(Throughput::Elements(exploration.runs));
        group.bench_function(format!("{name}, {} runs", exploration.runs), |b| {
            b.iter(|| black_box(explore(&scenario, LIMITS()).outcomes.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, exhaustive);
criterion_main!(benches);
