//! How many instructions the steps of a campaign take, and the litmus scenarios. Each function states what it
//! computes; what is prepared for it is not counted.
//!
//! `wasclean bench record` runs them; alone they run with
//! `cargo bench --manifest-path benches/instructions/Cargo.toml`.

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use wasclean_benches::{Thread, scenarios};
use wasclean_explore::exhaustive::{Limits, explore};
use wasclean_model::choices::Script;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::Trace;
use wasclean_model::world::{Runner, STEPS_MAX};

/// Runs of each step of a campaign.
const RUNS: u64 = 200;

/// A thread that has played runs before, so that its memory has its size.
fn thread() -> Thread {
    let mut thread = Thread::default();
    for index in 1000..1200 {
        thread.generate(index);
        thread.run();
        _ = thread.judge();
    }
    thread
}

// Draws the scenarios of the first runs of a campaign.
#[library_benchmark]
#[bench::first_runs(thread())]
fn generate(mut thread: Thread) -> Thread {
    for index in 0..RUNS {
        thread.generate(index);
        black_box(&thread.scenario);
    }
    thread
}

// Draws and plays the first runs of a campaign.
#[library_benchmark]
#[bench::first_runs(thread())]
fn generate_run(mut thread: Thread) -> Thread {
    for index in 0..RUNS {
        thread.generate(index);
        thread.run();
        black_box(&thread.trace);
    }
    thread
}

// Draws, plays, judges and hashes the first runs of a campaign.
#[library_benchmark]
#[bench::first_runs(thread())]
fn generate_run_judge_digest(mut thread: Thread) -> Thread {
    for index in 0..RUNS {
        thread.generate(index);
        thread.run();
        black_box((thread.judge(), thread.digest(index)));
    }
    thread
}

fn litmus() -> (Vec<(String, Scenario)>, Runner, Trace) {
    (scenarios("litmus"), Runner::new(STEPS_MAX), Trace::new())
}

// Plays each litmus scenario once, by its own choices.
#[library_benchmark]
#[bench::once(litmus())]
fn litmus_run((scenarios, mut runner, mut trace): (Vec<(String, Scenario)>, Runner, Trace)) -> Trace {
    for (_, scenario) in &scenarios {
        runner.run(scenario, &mut Script::new(&scenario.choices), &mut trace);
    }
    trace
}

fn smallest() -> Scenario {
    let (_, scenario) = scenarios("litmus").swap_remove(0);
    scenario
}

// Plays and judges up to a hundred runs of the first litmus scenario, each with other choices.
#[library_benchmark]
#[bench::first_litmus(smallest())]
fn exhaustive(scenario: Scenario) -> u64 {
    explore(&scenario, Limits { runs_max: 100, ..Limits::default() }).runs
}

library_benchmark_group!(name = campaign, benchmarks = [generate, generate_run, generate_run_judge_digest]);
library_benchmark_group!(name = scenario, benchmarks = [litmus_run, exhaustive]);
main!(library_benchmark_groups = [campaign, scenario]);
