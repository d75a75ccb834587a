//! The tables of outcomes and of `close()`: everything in them that is possible is reached, and nothing else.

use std::fs;
use std::path::Path;

use wasclean_model::choices::{Alternative, Choices, Point, Script};
use wasclean_model::invariant::{Cells, Column, Monitors, Row, Rows, judge};
use wasclean_model::scenario::generate::{Draw, generate};
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::{ReadyState, SocketId, Trace};
use wasclean_model::world::{Runner, STEPS_MAX, run};

/// The judgements of all scenarios in a folder of the corpus.
fn judged(folder: &str) -> (Rows, Cells) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scenarios").join(folder);
    let mut reached = (Rows::default(), Cells::default());
    for file in fs::read_dir(folder).expect("the folder is part of the repository") {
        let source = fs::read_to_string(file.expect("a readable folder").path()).expect("a readable file");
        let scenario = text::parse(&source).expect("a scenario");
        let trace = run(&scenario, &mut Script::new(&scenario.choices));
        let judgement = judge(&trace, &scenario.profile);
        reached = (reached.0.or(judgement.rows), reached.1.or(judgement.cells));
    }
    reached
}

/// The cells that no run reaches: a page learns of the connection and of its end only after the fact.
const IMPOSSIBLE: [(ReadyState, Column); 4] = [
    (ReadyState::Open, Column::NotEstablished),
    (ReadyState::Closing, Column::Established),
    (ReadyState::Closed, Column::Established),
    (ReadyState::Closed, Column::Closing),
];

#[track_caller]
fn check_cells(reached: Cells) {
    for ready_state in [ReadyState::Connecting, ReadyState::Open, ReadyState::Closing, ReadyState::Closed] {
        for column in [Column::NotEstablished, Column::Established, Column::Closing, Column::Closed] {
            let is_possible = !IMPOSSIBLE.contains(&(ready_state, column));
            assert_eq!(reached.contains(ready_state, column), is_possible, "{ready_state:?} {column:?}");
        }
    }
}

/// PCG with 32 bits of output: the same numbers in every run of the tests.
struct Numbers(u64);

impl Draw for Numbers {
    fn below(&mut self, count: u32) -> u32 {
        let old = self.0;
        self.0 = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = ((old >> 18 ^ old) >> 27) as u32;
        mixed.rotate_right((old >> 59) as u32) % count
    }
}

impl Choices for Numbers {
    fn choose(&mut self, _: Point, alternatives: &[Alternative]) -> usize {
        // The plainest alternative half of the time, so that most runs come to their end.
        let count = u32::try_from(alternatives.len()).expect("a handful");
        if self.below(2) == 0 { 0 } else { self.below(count) as usize }
    }

    fn number(&mut self, _: Point, count: u32) -> u32 {
        self.below(count)
    }
}

#[test]
fn every_row_is_reached_by_the_scenarios_of_the_rows() {
    let (rows, _) = judged("rows");
    for row in Row::ALL {
        assert!(rows.contains(row), "row {}", row.number());
    }
}

/// The text of a scenario in which the page removes a frame, with a WebSocket in a document.
fn frame_is_removed(constructor: &str) -> String {
    format!(
        "format = 1\nprofile = \"standard\"\n\n[page]\nmain = [\n  '{constructor}(\"ws://a.test/\")',\n  \
         'ws0.onopen = f1',\n]\nf1 = [\n  'frame.remove()',\n]\n\n[[peer]]\nsteps = [\n  'accept',\n  \
         'close 1000',\n]\n"
    )
}

#[test]
fn a_frame_takes_its_own_websockets_along_and_no_others() {
    for (constructor, is_destroyed) in [("new WebSocket", false), ("new frame.WebSocket", true)] {
        let scenario = text::parse(&frame_is_removed(constructor)).expect("a scenario");
        let trace = run(&scenario, &mut Script::new(&scenario.choices));
        let rows = judge(&trace, &scenario.profile).rows;
        assert_eq!(rows.contains(Row::Destroyed), is_destroyed, "{constructor}");
    }
}

#[test]
fn a_run_reaches_the_rows_of_its_websockets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scenarios");
    for folder in fs::read_dir(folder).expect("the folder is part of the repository") {
        let folder = folder.expect("a readable folder").path();
        for file in fs::read_dir(folder).expect("the folder has folders alone") {
            let path = file.expect("a readable folder").path();
            let source = fs::read_to_string(&path).expect("a readable file");
            let scenario = text::parse(&source).expect("a scenario");
            let trace = run(&scenario, &mut Script::new(&scenario.choices));
            let want = judge(&trace, &scenario.profile).rows;
            let sockets = (0..4).map(|number| Rows::of(SocketId(number), &trace));
            assert_eq!(sockets.fold(Rows::default(), Rows::or), want, "{}", path.display());
        }
    }
}

#[test]
fn the_rows_of_two_websockets_are_told_apart() {
    let path = "../../corpus/scenarios/litmus/l-31-two-sockets-and-one-destroyed-document.toml";
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("it is there");
    let scenario = text::parse(&source).expect("a scenario");
    let trace = run(&scenario, &mut Script::new(&scenario.choices));
    let rows = |number| {
        let rows = Rows::of(SocketId(number), &trace);
        Row::ALL.into_iter().filter(|&row| rows.contains(row)).collect::<Vec<_>>()
    };
    assert_eq!(rows(0), [Row::Clean]);
    assert_eq!(rows(1), [Row::Clean, Row::Destroyed, Row::GoingAway]);
}

#[test]
fn every_possible_cell_is_reached_by_the_scenarios_of_the_cells() {
    check_cells(judged("cells").1);
}

#[test]
fn generated_runs_reach_every_possible_cell_and_no_other() {
    let mut numbers = Numbers(1);
    let mut scenario = Scenario::default();
    let mut runner = Runner::new(STEPS_MAX);
    let mut trace = Trace::new();
    let mut reached = Cells::default();
    for _ in 0..100_000 {
        generate(&mut scenario, &mut numbers);
        runner.run(&scenario, &mut numbers, &mut trace);
        reached = reached.or(Monitors::new(&scenario.profile).judge(&trace).cells);
    }
    check_cells(reached);
}
