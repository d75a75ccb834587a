//! Every scenario of the corpus can be explained, under its own profile and under each named one.

use std::fs;
use std::path::{Path, PathBuf};

use wasclean_explore::explain::{Answer, Explanation, Question, explain_replay};
use wasclean_explore::finding::replay;
use wasclean_model::invariant::{Row, Rows};
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

/// All that is said, in lines.
fn words(answers: &[Answer]) -> String {
    let facts = |answer: &Answer| -> Vec<String> {
        answer.facts.iter().chain(&answer.contradiction).map(|fact| fact.text.clone()).collect()
    };
    answers.iter().map(|answer| format!("{}\n{}\n", answer.text, facts(answer).join("\n"))).collect()
}

#[test]
fn every_answer_says_something_and_the_row_is_one_that_was_reached() {
    for (path, scenario) in corpus("scenarios").into_iter().chain(corpus("faults")) {
        let run = replay(&scenario);
        for Explanation { socket, row, answers } in explain_replay(&scenario, &run) {
            let path = path.display();
            let said = words(&answers);
            for filler in ["says why", "see the requirement", "has no words"] {
                assert!(!said.contains(filler), "{path}: {said}");
            }
            let own = Rows::of(socket, &run.trace);
            let numbers = |rows: Rows| -> Vec<&str> {
                Row::ALL.into_iter().filter(|&row| rows.contains(row)).map(Row::number).collect()
            };
            match row {
                Some(row) => {
                    assert!(numbers(own).contains(&row), "{path}: {row} of {:?}", numbers(own));
                    assert!(numbers(run.judgement.rows).contains(&row), "{path}: {row}");
                }
                None => assert_eq!(own, Rows::default(), "{path}"),
            }
        }
    }
}

/// What is said of the WebSocket that a scenario made last: its row, and lines that must be there.
#[track_caller]
fn check_end(file: &str, row: &str, lines: &[&str]) {
    let all = corpus("scenarios");
    let (path, scenario) = all.iter().find(|(path, _)| path.ends_with(file)).expect("it is in the corpus");
    let mut explanations = explain_replay(scenario, &replay(scenario));
    let explanation = explanations.pop().expect("it makes a WebSocket");
    assert_eq!(explanation.row, Some(row), "{}", path.display());
    let said = words(&explanation.answers);
    for line in lines {
        assert!(said.lines().any(|it| it == *line), "{}: {line:?} is not in\n{said}", path.display());
    }
}

#[test]
fn what_a_page_is_not_told_and_why_is_read_in_the_trace() {
    let dropped = "that task was dropped without being run";
    let by_agent = "the user agent started the closing handshake";
    let disappears = "the WebSocket was made to disappear";
    let destroyed = "its document was destroyed, and its tasks are removed without being run";
    let failed = "the connection was failed: its document or worker goes away";
    let navigated = "the page was navigated away from";
    let collected = "the WebSocket object was collected as garbage: only the peer notices";
    let closing = "the worker was closing, and its tasks are discarded from then on";
    let ended = "the worker in which the page ran has ended";
    let cached = "its document went into the back/forward cache, which takes no open connection along";
    let waits = "its document is in the back/forward cache, where its tasks wait";
    for (file, row, lines) in [
        (
            "rows/10-no-events-for-a-destroyed-document.toml",
            "10",
            &[dropped, destroyed, failed, disappears, navigated][..],
        ),
        ("rows/11-going-away.toml", "11", &[dropped, destroyed, by_agent, disappears, navigated]),
        ("rows/12-collected.toml", "12", &[dropped, collected, by_agent]),
        ("rows/13-disconnected-and-restored.toml", "13", &[failed, disappears, cached, navigated]),
        ("litmus/l-24-navigation-where-the-cache-disconnects.toml", "13", &[failed, disappears, cached]),
        ("litmus/l-26-worker-closes-itself-in-onmessage.toml", "10", &[dropped, closing]),
        (
            "litmus/l-27-terminated-inside-a-listener.toml",
            "10",
            &[dropped, closing, by_agent, disappears, ended],
        ),
        ("litmus/l-28-an-open-socket-is-collected.toml", "12", &[dropped, collected, by_agent]),
        (
            "litmus/l-31-two-sockets-and-one-destroyed-document.toml",
            "11",
            &[dropped, by_agent, "the page removed the frame whose document it belongs to"],
        ),
        ("regressions/frame-removed-while-close-converts.toml", "11", &[dropped, by_agent, disappears]),
        ("regressions/frame-disconnected-with-its-page.toml", "13", &[failed, cached, waits]),
        ("edges/worker-ends-abrupt.toml", "10", &[dropped, closing, failed, disappears, ended]),
    ] {
        check_end(file, row, lines);
    }
}

#[test]
fn of_several_knobs_the_one_that_acts_last_is_named() {
    let all = corpus("scenarios/recorded");
    for (name, profile, about, want) in [
        ("fin-no-close", "deno", Question::Code, "abnormal-code=0"),
        ("fin-no-close", "jsdom-26", Question::WasClean, "was-clean=no-error"),
        ("fin-no-close", "happy-dom-20", Question::WasClean, "was-clean=no-error"),
        ("reason-bom", "node-20", Question::Reason, "reason-bom=strip"),
        ("close-then-text-sameseg", "chromium", Question::Code, "failure-after-close=abnormal"),
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
