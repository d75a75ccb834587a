//! The table, the rows, and the monitors as a whole.

use alloc::vec::Vec;

use super::super::tale::*;
use super::lifetime::{collected, destroyed};
use super::tales::*;
use super::*;
use crate::invariant::table::MONITOR_COUNT;
use crate::invariant::{Class, Row, Rows};
use crate::profile::Profile;
use crate::trace::{Entry, SocketId};

#[test]
fn every_invariant_that_is_judged_here_has_a_test() {
    let source = [
        include_str!("connection.rs"),
        include_str!("conversion.rs"),
        include_str!("script.rs"),
        include_str!("dispatch.rs"),
        include_str!("lifetime.rs"),
    ]
    .concat();
    for invariant in INVARIANTS {
        let is_tested = source.contains(&alloc::format!("check(\"{}\"", invariant.id));
        let is_judged = matches!(invariant.class, Class::Trace | Class::Liveness);
        assert_eq!(is_tested, is_judged, "{}", invariant.id);
    }
    assert!(
        INVARIANTS[MONITOR_COUNT..]
            .iter()
            .all(|row| matches!(row.class, Class::Relational | Class::Function))
    );
}

#[test]
fn no_two_invariants_have_the_same_id_and_each_has_a_source() {
    for (index, invariant) in INVARIANTS.iter().enumerate() {
        assert!(INVARIANTS[..index].iter().all(|other| other.id != invariant.id), "{}", invariant.id);
        assert!(!invariant.sources.is_empty() && invariant.predicate.ends_with('.'), "{}", invariant.id);
    }
}

#[test]
fn the_rows_of_the_outcome_table_are_told_apart() {
    let rows = |tale: Tale| tale.judge().rows;
    let only = |row: Row| 1_u16 << row as u8;
    for (tale, row) in [
        (refused(), Row::NotEstablished),
        (close_while_connecting(), Row::NotEstablished),
        (plain_violation(), Row::Violation),
        (plain_clean(), Row::Clean),
        (plain_own(), Row::Clean),
        (silence(), Row::OurCloseAlone),
        (unanswered(), Row::TheirCloseAlone),
        (full(), Row::Full),
        (lingering(), Row::Linger),
        (end_of_stream(), Row::LostWithoutFailure),
    ] {
        assert_eq!(rows(tale).bits(), only(row), "{row:?}");
    }
    let clean = only(Row::Clean);
    assert_eq!(rows(destroyed()).bits(), clean | only(Row::Destroyed) | only(Row::GoingAway));
    assert_eq!(rows(collected()).bits(), clean | only(Row::Collected));
    assert_eq!(Rows::default().bits(), 0);
}

#[test]
fn a_recording_is_judged_by_what_it_can_contain() {
    use crate::invariant::{Kinds, applicable};
    let script_only = Kinds::new(&[Kind::FireBegin, Kind::FireEnd, Kind::ReadyState]);
    let set = applicable(&Profile::STANDARD, script_only);
    assert!(
        set.contains(index("INV-60")) && !set.contains(index("INV-75")) && !set.contains(index("INV-61"))
    );
    assert!(!applicable(&Profile::STANDARD, Kinds::ALL).contains(index("INV-55")));
}

#[test]
fn monitors_that_are_restarted_judge_as_new_ones() {
    let (first, second) = (with_message(), plain_violation());
    let mut monitors = crate::invariant::Monitors::new(&Profile::STANDARD);
    monitors.judge(&first.trace);
    assert_eq!(monitors.judge(&second.trace), second.judge());
    monitors.restart();
    assert_eq!(monitors, crate::invariant::Monitors::new(&Profile::STANDARD));
}

#[test]
fn monitors_that_are_restarted_under_another_profile_judge_as_new_ones() {
    let tales = [with_message(), plain_violation(), unanswered(), full(), close_while_connecting()];
    let mut monitors = crate::invariant::Monitors::new(&Profile::STANDARD);
    let mut broken = 0;
    for profile in Profile::NAMED.iter().map(|named| named.profile) {
        for Tale { trace, .. } in &tales {
            monitors.restart_under(&profile);
            trace.entries.iter().for_each(|entry| _ = monitors.observe(entry, &trace.payloads));
            let mut new = crate::invariant::Monitors::new(&profile);
            let judgement = new.judge(trace);
            assert_eq!((monitors.broken(), monitors.all_broken()), (judgement.broken, judgement.all_broken));
            assert_eq!((monitors.witnessed(), monitors.enabled()), (judgement.witnessed, new.enabled()));
            broken += usize::from(judgement.broken.is_some());
        }
    }
    assert!((1..tales.len() * Profile::NAMED.len()).contains(&broken), "{broken}");
}

#[test]
fn any_sequence_of_entries_is_judged_without_panic() {
    let mut all = Vec::new();
    for tale in
        [with_message(), with_sends(), unanswered(), full(), close_while_connecting(), with_microtask()]
    {
        all.push(tale.trace);
    }
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..2000 {
        let trace = &all[random(all.len())];
        let mut monitors = crate::invariant::Monitors::new(&Profile::STANDARD);
        for _ in 0..random(400) {
            let mut entry = trace.entries[random(trace.entries.len())];
            if let Entry::AddListener { target, .. } | Entry::CallBegin { target, .. } = &mut entry {
                *target = crate::trace::Target::Socket(SocketId(random(300) as u8));
            }
            monitors.observe(&entry, &trace.payloads);
        }
    }
}

/// Prints what judging costs (`cargo test --release what_judging_costs -- --nocapture`); only its result is checked.
#[test]
fn what_judging_costs() {
    let tale = with_message();
    let mut monitors = crate::invariant::Monitors::new(&Profile::STANDARD);
    let rounds = if cfg!(debug_assertions) { 100 } else { 100_000 };
    let begin = std::time::Instant::now();
    let mut witnessed = 0;
    for _ in 0..rounds {
        witnessed |=
            std::hint::black_box(&mut monitors).judge(std::hint::black_box(&tale.trace)).witnessed.count();
    }
    let entries = tale.trace.entries.len() as u128 * rounds;
    std::eprintln!(
        "{} entries, {} ns an entry, {} ns a run, facts {} bytes, {witnessed}",
        tale.trace.entries.len(),
        begin.elapsed().as_nanos() as f64 / entries as f64,
        begin.elapsed().as_nanos() / rounds,
        size_of::<crate::invariant::facts::Facts>(),
    );
    assert_eq!(witnessed, tale.judge().witnessed.count());
}
