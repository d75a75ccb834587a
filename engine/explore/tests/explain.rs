//! Every scenario of the corpus can be explained, under its own profile and under each named one.

use std::fs;
use std::path::{Path, PathBuf};

use wasclean_explore::explain::{Explanation, explain_replay};
use wasclean_explore::finding::replay;
use wasclean_model::profile::Profile;
use wasclean_model::scenario::{Scenario, text};

/// The scenario files below `folder`.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the corpus") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

fn corpus(folder: &str) -> Vec<(PathBuf, Scenario)> {
    let mut paths = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let source = fs::read_to_string(&path).expect("it is text");
        let scenario = text::parse(&source).expect("it is a scenario");
        (path, scenario)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn what_a_page_sees_follows_from_the_facts_or_from_a_knob() {
    let mut unexplained = Vec::new();
    let mut by_knob = 0;
    for (path, scenario) in corpus("scenarios") {
        let own = scenario.profile;
        for profile in Profile::NAMED.iter().map(|named| named.profile).chain([own]) {
            let scenario = Scenario { profile, ..scenario.clone() };
            let explanations = explain_replay(&scenario, &replay(&scenario));
            for answer in explanations.iter().flat_map(|it| &it.answers) {
                by_knob += u32::from(!answer.knobs.is_empty());
                if !answer.is_consistent() {
                    unexplained.push(format!("{} under {:?}: {answer:?}", path.display(), profile.name()));
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{} are unexplained:\n{}", unexplained.len(), unexplained.join("\n"));
    assert!(by_knob > 100, "{by_knob}");
}

#[test]
fn of_several_knobs_the_one_that_acts_last_is_named() {
    let all = corpus("scenarios/recorded");
    for (name, profile, about, want) in [
        ("fin-no-close", "deno", "code", "abnormal-code=0"),
        ("fin-no-close", "jsdom-26", "was-clean", "was-clean=no-error"),
        ("fin-no-close", "happy-dom-20", "was-clean", "was-clean=no-error"),
        ("reason-bom", "node-20", "reason", "reason-bom=strip"),
        ("close-then-text-sameseg", "chromium", "code", "failure-after-close=abnormal"),
    ] {
        let (_, scenario) = all
            .iter()
            .find(|(path, _)| path.file_stem().is_some_and(|stem| stem == name))
            .expect("it is recorded");
        let profile = Profile::named(profile).expect("it has a name");
        let scenario = Scenario { profile, ..scenario.clone() };
        let explanations = explain_replay(&scenario, &replay(&scenario));
        let answer =
            explanations[0].answers.iter().find(|answer| answer.about == about).expect("it is asked");
        let knobs: Vec<String> = answer.knobs.iter().map(ToString::to_string).collect();
        assert_eq!(knobs, [want], "{name}: {answer:?}");
    }
}

#[test]
fn no_knob_excuses_a_planted_fault() {
    let mut inconsistent = 0;
    for (path, scenario) in corpus("faults") {
        let explanations = explain_replay(&scenario, &replay(&scenario));
        for answer in explanations.iter().flat_map(|it| &it.answers) {
            assert!(answer.knobs.is_empty(), "{}: {answer:?}", path.display());
        }
        inconsistent += u32::from(!explanations.iter().all(Explanation::is_consistent));
    }
    assert!(inconsistent > 5, "{inconsistent}");
}
