//! One step of a campaign, from the drawing of a scenario to the digest of its trace, in runs per second.
//!
//! Each step is timed with those before it, so the difference of two lines is what a step costs. The runs are those
//! of `wasclean fuzz --seed 1 --jobs 1`, one after another; which runs these are is printed before they are timed.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasclean_benches::{SEED, Thread, mix};

/// How many runs are checked before they are timed, and timed over and over.
const RUNS: u64 = 4096;

/// Computes scenarios; then also their traces; then also judgements; then also digests. A step of a measurement is
/// one run, and the runs come in turn.
fn campaign(c: &mut Criterion) {
    let census = mix(RUNS);
    println!(
        "mix of the first {RUNS} runs of seed {SEED}: {:.1} actions, {:.2} sockets, {:.1} choices, {:.1} entries a run; {:.1} % established, {:.2} % bounded; digest {}",
        census.per_run(census.actions),
        census.per_run(census.sockets),
        census.per_run(census.choices),
        census.per_run(census.entries),
        100.0 * census.per_run(census.established),
        100.0 * census.per_run(census.bounded),
        census.digest,
    );
    let mut group = c.benchmark_group("campaign");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Elements(1));
    let mut thread = Thread::default();
    let mut index = 0;
    let mut next = move || {
        index = (index + 1) % RUNS;
        index
    };
    group.bench_function("generate", |b| {
        b.iter(|| {
            thread.generate(next());
            black_box(&thread.scenario);
        });
    });
    group.bench_function("generate+run", |b| {
        b.iter(|| {
            thread.generate(next());
            thread.run();
            black_box(&thread.trace);
        });
    });
    group.bench_function("generate+run+judge", |b| {
        b.iter(|| {
            thread.generate(next());
            thread.run();
            black_box(thread.judge())
        });
    });
    group.bench_function("generate+run+judge+digest", |b| {
        b.iter(|| {
            let index = next();
            thread.generate(index);
            thread.run();
            black_box((thread.judge(), thread.digest(index)))
        });
    });
    group.finish();
}

criterion_group!(benches, campaign);
criterion_main!(benches);
