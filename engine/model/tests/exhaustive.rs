//! Small worlds, explored completely: every answer to every question about order, loss and time.
//!
//! Masking keys, nonces and where TCP cuts the bytes take their first alternative; that these make no difference is
//! judged elsewhere (INV-01, INV-11).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wasclean_model::choices::{Exhaustive, Point};
use wasclean_model::invariant::{INVARIANTS, Monitors};
use wasclean_model::scenario::{Scenario, text};
use wasclean_model::trace::{Entry, Trace, outcome};
use wasclean_model::world::{Runner, STEPS_MAX};

const CANONICAL: &[Point] = &[Point::FrameMask, Point::HandshakeNonce, Point::TcpSegment, Point::TcpCut];

fn scenario(name: &str) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scenarios");
    let source = fs::read_to_string(root.join(name)).expect("the scenario is part of the repository");
    text::parse(&source).unwrap_or_else(|error| panic!("{name}:{error}"))
}

/// Plays every run; `want` has what the page saw and what was written in each run that differs from the others.
#[track_caller]
fn check(name: &str, runs: u64, want: &[&str]) {
    let scenario = scenario(name);
    let mut every = Exhaustive::with_canonical(CANONICAL);
    let mut monitors = Monitors::new(&scenario.profile);
    let mut runner = Runner::new(STEPS_MAX);
    let mut trace = Trace::new();
    let mut seen = BTreeSet::new();
    let mut count = 0;
    while every.next_run() {
        count += 1;
        runner.run(&scenario, &mut every, &mut trace);
        assert_eq!(trace.entries.last(), Some(&Entry::Quiescent), "{name}: a run without an end");
        let broken = monitors.judge(&trace).broken.map(|breach| INVARIANTS[breach.invariant].id);
        assert_eq!(broken, None, "{name}, run {count}");
        let outcome = outcome(&trace);
        seen.insert([outcome.page.join("; "), outcome.wire.join("; ")].join(" | "));
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!((count, &seen[..]), (runs, want), "{name}");
}

#[test]
fn the_peers_close_may_ride_with_the_101() {
    check(
        "litmus/l-01-close-rides-with-the-101.toml",
        56,
        &[
            r#"error@3 close(1006,"",unclean)@3 final@3 | tcp-fin"#,
            r#"open@1 close(1000,"",clean)@3 final@3 | close[03e8] tcp-fin"#,
        ],
    );
}

#[test]
fn close_may_come_before_the_open_task() {
    check(
        "litmus/l-04-close-before-the-open-task.toml",
        333,
        &[
            r#"open@1 n0 {close@1 }@2 close(1006,"",unclean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"open@1 n0 {close@1 }@2 close(3000,"x",clean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"{close@0 }@2 close(1006,"",unclean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"{close@0 }@2 close(3000,"x",clean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3 | "#,
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3 | tcp-fin"#,
        ],
    );
}

#[test]
fn closes_may_cross() {
    check(
        "litmus/l-09-crossing-closes.toml",
        431,
        &[
            r#"error@3 close(1006,"",unclean)@3 final@3 | tcp-fin"#,
            r#"open@1 {close@1 }@2 close(1006,"",unclean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"open@1 {close@1 }@2 close(4001,"y",clean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"open@1 {close@1 }@2 close(4001,"y",clean)@3 final@3 | close[0fa179] tcp-fin"#,
        ],
    );
}

#[test]
fn a_reset_may_overtake_what_was_written_before_it() {
    check(
        "litmus/l-11-close-then-rst-before-our-answer.toml",
        223,
        &[
            r#"error@3 close(1006,"",unclean)@3 final@3 | "#,
            r#"error@3 close(1006,"",unclean)@3 final@3 | tcp-fin"#,
            r#"open@1 close(1000,"x",clean)@3 final@3 | close[03e878]"#,
            r#"open@1 close(1000,"x",clean)@3 final@3 | close[03e878] tcp-fin"#,
            r#"open@1 error@3 close(1000,"x",unclean)@3 final@3 | "#,
            r#"open@1 error@3 close(1006,"",unclean)@3 final@3 | "#,
        ],
    );
}

#[test]
fn a_ping_may_come_between_the_closes() {
    check(
        "litmus/l-12-ping-between-the-closes.toml",
        802,
        &[
            r#"error@3 close(1006,"",unclean)@3 final@3 | tcp-fin"#,
            r#"open@1 {close@1 }@2 close(1006,"",unclean)@3 final@3 | close[0bb878] op10 tcp-fin"#,
            r#"open@1 {close@1 }@2 close(1006,"",unclean)@3 final@3 | close[0bb878] tcp-fin"#,
            r#"open@1 {close@1 }@2 close(3000,"x",clean)@3 final@3 | close[0bb878] op10 tcp-fin"#,
            r#"open@1 {close@1 }@2 close(3000,"x",clean)@3 final@3 | close[0bb878] tcp-fin"#,
        ],
    );
}

#[test]
fn one_of_two_connections_to_a_host_waits() {
    check(
        "litmus/l-34-two-connections-to-one-host.toml",
        2757,
        &[
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3; error@3 close(1006,"",unclean)@3 final@3 | ; tcp-fin"#,
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3; error@3 close(1006,"",unclean)@3 final@3 | tcp-fin; tcp-fin"#,
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3; open@1 close(1000,"",clean)@3 final@3 | ; close[03e8] tcp-fin"#,
            r#"{close@0 }@2 error@3 close(1006,"",unclean)@3 final@3; open@1 close(1000,"",clean)@3 final@3 | tcp-fin; close[03e8] tcp-fin"#,
        ],
    );
}
