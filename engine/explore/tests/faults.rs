//! Every planted fault makes a difference, and an invariant that holds under `standard` notices it.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use wasclean_explore::faults::{End, Event, Examined, Plan};
use wasclean_explore::finding::replay;
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::{Fault, Profile};
use wasclean_model::scenario::{Scenario, text};

fn planted() -> impl Iterator<Item = Fault> {
    Fault::VALUES.iter().map(|&(fault, _)| fault)
}

/// The shrunk scenario of a fault.
fn scenario(fault: Fault) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../corpus/faults/{fault}.toml"));
    let advice = "`wasclean faults --out corpus/faults` writes it";
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{fault}: {error}; {advice}"));
    text::parse(&source).unwrap_or_else(|error| panic!("{fault}: {error}"))
}

#[test]
fn each_fault_breaks_what_its_scenario_says_and_nothing_is_broken_without_it() {
    let advice = "`wasclean faults --out corpus/faults` writes the scenarios anew";
    for fault in planted() {
        let mut scenario = scenario(fault);
        assert!(scenario.profile.has(fault), "{fault}");
        let faulty = replay(&scenario);
        assert_eq!(faulty.mismatch, None, "{fault}: {advice}");
        let broken = faulty.judgement.broken.map(|breach| &INVARIANTS[breach.invariant]);
        assert_eq!(
            broken.map(|invariant| invariant.id),
            scenario.expect.breaks.as_deref(),
            "{fault}: {advice}"
        );
        assert!(broken.is_some_and(|killer| (killer.claimed_when.holds)(&Profile::STANDARD)), "{fault}");
        scenario.profile.fault = None;
        let plain = replay(&scenario);
        assert_eq!(plain.judgement.broken, None, "{fault}");
        assert_ne!(plain.trace.entries, faulty.trace.entries, "{fault}");
    }
}

fn plan(faults: Vec<Fault>, jobs: usize) -> Plan {
    Plan {
        seed: 1,
        profile: Profile::STANDARD,
        faults,
        runs_max: 1000,
        shrink_runs_max: 300,
        jobs: NonZeroUsize::new(jobs).expect("there is one"),
    }
}

fn hunt(faults: &[Fault], jobs: usize) -> Vec<Examined> {
    let plan = plan(faults.to_vec(), jobs);
    let mut told = Vec::new();
    let examined = plan.run(&AtomicBool::new(false), &mut |event| match event {
        Event::Examined(one) => told.push(one.fault),
        Event::Progress { .. } => {}
    });
    assert_eq!(told, faults, "they are told in order");
    examined
}

#[test]
fn faults_of_every_layer_are_found_from_an_empty_corpus() {
    let faults = [
        Fault::CloseTwice,
        Fault::NoCheckpointBetweenListeners,
        Fault::LastCloseCounts,
        Fault::UndefinedIsZero,
        Fault::UncleanAfterReset,
        Fault::AnswerTwice,
        Fault::DataAfterClose,
        Fault::MaskedByServer,
        Fault::TimerRestarted,
        Fault::LiveListeners,
        Fault::DestroyedContextFires,
        Fault::TaskOfAnother,
    ];
    let alone = hunt(&faults, 1);
    let together = hunt(&faults, 3);
    for (alone, together) in alone.iter().zip(&together) {
        let fault = alone.fault;
        assert_eq!(alone.ends, together.ends, "{fault}");
        let texts = [alone, together].map(|one| one.finding.as_ref().map(|finding| finding.to_text()));
        assert_eq!(texts[0], texts[1], "{fault}");
        assert!(alone.finding.is_some(), "{fault}: {:?}", alone.ends);
        assert!(alone.ends.iter().all(|end| matches!(end, End::Killed(_))), "{fault}: {:?}", alone.ends);
    }
}

/// The knobs of a user agent change what is right, and excuse nothing else.
#[test]
fn faults_are_found_under_the_profiles_of_user_agents() {
    for (profile, faults) in [
        ("chromium", &["M12", "M17", "M22", "M24", "M25", "M29", "M31"][..]),
        ("firefox", &["M22", "M31", "M47"]),
        ("webkit", &["M15", "M21", "M22", "M31", "M33", "M47", "M48"]),
        ("node-20", &["M06", "M11", "M56"]),
        ("deno", &["M13", "M18", "M33", "M34", "M35", "M47", "M49", "M55"]),
        ("jsdom-26", &["M31", "M33", "M34", "M35"]),
        ("jsdom-31", &["M06", "M07", "M08", "M42"]),
        ("happy-dom-20", &["M12", "M34", "M42", "M56"]),
        ("2011-draft", &["M01", "M06", "M08", "M11", "M29", "M57"]),
    ] {
        let named = Profile::NAMED.iter().find(|named| named.name == profile).expect("it is in the table");
        let planted = planted().filter(|fault| faults.contains(&fault.id())).collect();
        let plan = Plan { profile: named.profile, runs_max: 2000, shrink_runs_max: 0, ..plan(planted, 2) };
        let examined = plan.run(&AtomicBool::new(false), &mut |_| ());
        assert_eq!(examined.len(), faults.len(), "{profile}");
        for Examined { fault, ends, .. } in examined {
            assert!(
                ends.iter().all(|end| matches!(end, End::Killed(_))),
                "{fault} under {profile}: {ends:?}"
            );
        }
    }
}

#[test]
fn a_hunt_that_is_stopped_is_left_out() {
    let plan = plan(planted().collect(), 1);
    assert!(plan.run(&AtomicBool::new(true), &mut |_| ()).is_empty());
}
