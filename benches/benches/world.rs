//! The litmus scenarios, read from the corpus and each run once.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasclean_benches::scenarios;
use wasclean_model::choices::Script;
use wasclean_model::scenario::text;
use wasclean_model::trace::Trace;
use wasclean_model::world::run_into;

/// Computes the trace of one scenario; that the page and the peer see what the file expects is checked first. The
/// line `all` runs each of them once, and `parse-all` reads each of them from its text once.
fn litmus(c: &mut Criterion) {
    let scenarios = scenarios("litmus");
    let mut group = c.benchmark_group("world");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400));
    let mut trace = Trace::new();
    for (name, scenario) in &scenarios {
        group.bench_function(name, |b| {
            b.iter(|| {
                run_into(scenario, &mut Script::new(&scenario.choices), &mut trace);
                black_box(&trace);
            });
        });
    }
    group.throughput(Throughput::Elements(scenarios.len() as u64));
    group.measurement_time(Duration::from_secs(2)).sample_size(20);
    group.bench_function("all", |b| {
        b.iter(|| {
            for (_, scenario) in &scenarios {
                run_into(scenario, &mut Script::new(&scenario.choices), &mut trace);
                black_box(&trace);
            }
        });
    });
    let sources: Vec<String> = scenarios.iter().map(|(_, scenario)| text::print(scenario)).collect();
    for (source, (_, scenario)) in sources.iter().zip(&scenarios) {
        assert_eq!(text::parse(source).as_ref(), Ok(scenario));
    }
    group.bench_function("parse-all", |b| {
        b.iter(|| {
            for source in &sources {
                black_box(text::parse(source).expect("it was printed"));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, litmus);
criterion_main!(benches);
