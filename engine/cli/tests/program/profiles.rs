//! Profiles on the command line, and recordings that are compared with them.

use crate::support::{Directory, Said, command, corpus, wasclean};

#[test]
fn two_profiles_part_where_their_knobs_show() {
    let file = corpus("scenarios/recorded/fin-no-close.toml");
    let said = wasclean(["run", "--profile", "standard", "--profile", "node-24", &file]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("differ") && said.stdout.contains("error@3"), "{said:?}");
    let summary =
        wasclean(["run", "--profile", "standard", "--profile", "node-24", &file, "--json"]).summary();
    assert_eq!((summary["differ"].as_u64(), summary["same"].as_u64()), (Some(1), Some(0)), "{summary}");
}

#[test]
fn two_profiles_are_the_same_where_no_knob_shows() {
    let file = corpus("scenarios/recorded/srv-close-1000.toml");
    let said = wasclean(["run", "--profile", "standard", "--profile", "literal", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("same"), "{said:?}");
}

#[test]
fn a_version_picks_the_nearest_profile_and_says_so() {
    let file = corpus("scenarios/recorded/fin-no-close.toml");
    let said = wasclean(["run", "--profile", "firefox@11", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("nearest profile is firefox-11"), "{said:?}");
    assert!(said.stdout.contains("close(1000,"), "1006 is reported as 1000: {said:?}");
    let said = wasclean(["run", "--profile", "chrome@156", &file]);
    assert!(!said.stdout.contains("nearest"), "{said:?}");
    wasclean(["run", "--profile", "netscape@4", &file]).refuses("unknown profile");
    wasclean(["fuzz", "--profile", "ie@9"]).refuses("unknown profile");
}

#[test]
fn a_campaign_says_under_which_name_of_equal_profiles_it_is_told() {
    let dir = Directory::new("equal-profiles");
    let fuzz = |profile| wasclean(["fuzz", "--profile", profile, "--runs", "10", "--out", dir.path()]);
    let said = fuzz("node-26");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("node-26 has the same knobs as node-24"), "{said:?}");
    assert!(!fuzz("node-24").stdout.contains("same knobs"));
}

#[test]
fn every_agent_conforms_under_its_own_profile() {
    let said = wasclean(["conform", &corpus("recordings"), "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    assert_eq!(summary["scenarios"], summary["conforms"], "{summary}");
    assert_eq!(summary["agents"].as_object().map(serde_json::Map::len), Some(15), "{summary}");
    for (agent, figures) in summary["agents"].as_object().into_iter().flatten() {
        assert_eq!(figures["diverges"].as_u64(), Some(0), "{agent}: {figures}");
    }
}

#[test]
fn what_a_knob_explains_is_named() {
    let said = wasclean(["conform", &corpus("recordings/chromium156.json"), "--profile", "standard"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("rst-after-handshake=unclean"), "{said:?}");
}

const RECORDING: &str = r#"{"agent": "firefox", "version": "153", "page": {"fin-no-close": "PAGE"}}"#;

#[test]
fn what_nothing_explains_diverges_with_its_requirement() {
    let dir = Directory::new("diverges");
    let recording = RECORDING.replace("PAGE", r#"open@1 close(1234,\"\",clean)@3 final@3"#);
    let file = dir.file("mine.json", recording);
    let scenarios = corpus("scenarios/recorded");
    let said = wasclean(["conform", &file, "--scenarios", &scenarios]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("CLOSE-30"), "{said:?}");
}

#[test]
fn a_bound_that_is_reached_is_a_failure() {
    let recording = corpus("recordings/firefox153.json");
    let said = wasclean(["conform", &recording, "--profile", "standard", "--states", "1", "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.summary();
    assert_eq!(summary["unknown"], summary["scenarios"], "{summary}");
}

#[test]
fn what_is_no_recording_is_refused() {
    let dir = Directory::new("no-recording");
    wasclean(["conform", dir.path()]).refuses("holds no recording");
    wasclean(["conform", &dir.file("x.json", "[]")]).refuses("x.json");
    let unknown =
        dir.file("y.json", r#"{"agent": "netscape", "version": "4", "page": {"fin-no-close": ""}}"#);
    wasclean(["conform", &unknown]).refuses("no profile for netscape 4");
    let unscripted =
        dir.file("z.json", r#"{"agent": "firefox", "version": "153", "page": {"no-such-script": ""}}"#);
    let said = wasclean(["conform", &unscripted]);
    said.refuses("no scenario no-such-script.toml");
    for words in ["../scenarios/recorded or corpus/scenarios/recorded", "--scenarios DIR"] {
        assert!(said.stderr.contains(words), "{words} is not in {said:?}");
    }
    let nothing = dir.file("n.json", r#"{"agent": "firefox", "version": "153", "page": {}}"#);
    wasclean(["conform", &nothing]).refuses("nothing to compare");
    let alone = RECORDING.replace("}}", r#"}, "wire": {"fin-no-clothes": "tcp-fin"}}"#);
    wasclean(["conform", &dir.file("w.json", alone)]).refuses("`wire` has a log of `fin-no-clothes`");
    let elsewhere: Said =
        command(["conform"]).current_dir(dir.path()).output().expect("the program starts").into();
    elsewhere.refuses("cannot read corpus/recordings: it is not in /");
    assert!(elsewhere.stderr.contains("advice:"), "{elsewhere:?}");
}
