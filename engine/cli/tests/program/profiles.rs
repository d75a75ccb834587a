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
fn one_of_several_profiles_that_differs_is_enough() {
    let file = corpus("scenarios/recorded/fin-no-close.toml");
    let others = [["node-24", "chromium"], ["chromium", "node-24"]];
    for [one, other] in others {
        let run = ["run", "--profile", "standard", "--profile", one, "--profile", other, &file];
        let said = wasclean(run);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stdout.contains("same") && said.stdout.contains("differ"), "{said:?}");
    }
}

/// How long somebody listened is a matter of each recording.
#[test]
fn each_recording_has_its_own_limit() {
    let recording = |limit: &str, page: &str, wire: &str| {
        format!(
            r#"{{"agent": "chromium", "version": "156", "limit_ms": {{"cli-never-reply": {limit}}},
            "page": {{"cli-never-reply": "{page}"}}, "wire": {{"cli-never-reply": "{wire}"}}}}"#
        )
    };
    let whole = r#"open@1 {close@1 }@2 close(1006,\"\",unclean)@3 final@3"#;
    let whole = recording("95000", whole, "close[0bb878] tcp-fin");
    let short = recording("1000", "open@1 {close@1 }@2 NOCLOSE final@2", "close[0bb878]");
    for files in [[&*whole, &*short], [&*short, &*whole]] {
        let said = conform("own-limit", files, &["--json"]);
        assert_eq!((said.code, said.summary()["conforms"].as_u64()), (Some(0), Some(2)), "{said:?}");
    }
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

/// Files in a new folder, compared with the scenarios of the corpus.
#[track_caller]
fn conform<const N: usize>(name: &str, files: [&str; N], options: &[&str]) -> Said {
    let dir = Directory::new(name);
    for (index, contents) in files.iter().enumerate() {
        dir.file(&format!("{index}.json"), contents);
    }
    let mut command = command(["conform", dir.path(), "--scenarios", &corpus("scenarios/recorded")]);
    command.args(options).output().expect("the program starts").into()
}

const DROPPED: &str = r#"{"agent": "firefox", "version": "153",
    "page": {"fin-no-close": "open@1 close(1006,\"\",unclean)@3 final@3"}, "wire": {"fin-no-close": "tcp-fin"}}"#;
const CLOSED: &str = r#"{"agent": "firefox", "version": "153",
    "page": {"srv-close-1000": "open@1 close(1000,\"\",clean)@3 final@3"},
    "wire": {"srv-close-1000": "close[03e8] tcp-fin"}}"#;

#[test]
fn the_files_of_one_agent_are_added_up() {
    let said = conform("added-up", [DROPPED, CLOSED], &["--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let agent = &said.summary()["agents"]["firefox 153"];
    assert_eq!((agent["scenarios"].as_u64(), agent["conforms"].as_u64()), (Some(2), Some(2)), "{said:?}");
}

#[test]
fn what_is_refused_does_not_keep_the_others_from_being_judged() {
    let unscripted = CLOSED.replace("srv-close-1000", "no-such-script");
    let mixed = DROPPED.replace(r#""page": {"#, r#""page": {"no-such-script": "final@3", "#);
    let said = conform("refused-json", ["[", &unscripted, &mixed, CLOSED], &["--json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let summary = said.summary();
    assert_eq!((summary["scenarios"].as_u64(), summary["conforms"].as_u64()), (Some(2), Some(2)), "{said:?}");
    assert_eq!(summary["refused"].as_u64(), Some(3), "{said:?}");
    let error = summary["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("3 were refused; the first: ") && error.contains("0.json"), "{said:?}");
    let objects = said.stdout.lines().filter(|line| line.contains(r#""error""#)).count();
    assert_eq!(objects, 4, "{said:?}");
    assert_eq!(said.stderr.matches("error:").count(), 3, "{said:?}");

    let said = conform("refused", [CLOSED, "["], &[]);
    said.refuses("1.json");
    assert!(
        said.stdout.contains("1 recording: 1 conform, 0 allowed, 0 diverge, 0 unknown, 1 refused"),
        "{said:?}"
    );
    let said = conform("refused-one-json", ["["], &["--json"]);
    said.refuses("0.json");
    let summary = said.summary();
    assert!(summary["error"].as_str().is_some_and(|error| error.contains("0.json")), "{said:?}");
    assert!(summary["advice"].as_str().is_some_and(|advice| advice.contains("README")), "{said:?}");
}

/// A log has no place for what a second WebSocket did, so nothing is said of a scenario that makes one.
#[test]
fn a_second_websocket_is_refused_and_not_passed_over() {
    let dir = Directory::new("second");
    let one = r#"main = ['new WebSocket("ws://a.test/")']"#;
    let two = r#"main = ['new WebSocket("ws://a.test/")', 'new WebSocket("ws://b.test/")']"#;
    dir.file("one.toml", crate::support::CLEAN);
    dir.file("two.toml", crate::support::CLEAN.replace(one, two));
    let log = r#""open@1 close(1000,\"bye\",clean)@3 final@3""#;
    let file = dir.file(
        "mine.json",
        format!(r#"{{"agent": "firefox", "version": "153", "page": {{"one": {log}, "two": {log}}}}}"#),
    );
    let said = wasclean(["conform", &file, "--scenarios", dir.path(), "--json"]);
    said.refuses("mine.json: `two`: its scenario makes 2 WebSockets, and a recording tells of one");
    assert!(said.stderr.contains("advice:"), "{said:?}");
    let summary = said.summary();
    assert_eq!((&summary["conforms"], &summary["refused"]), (&1.into(), &1.into()), "{summary}");
}

#[test]
fn strictly_what_is_allowed_does_not_conform() {
    let allowed = DROPPED.replace("1006", "1000");
    let said = conform("allowed", [&allowed], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("abnormal-code=1000"), "{said:?}");
    let said = conform("strictly-allowed", [&allowed], &["--strict"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(conform("strict", [DROPPED], &["--strict"]).code, Some(0));
}

#[test]
fn a_recording_of_another_version_is_told_its_nearest_profile() {
    let other = DROPPED.replace("firefox", "FireFox").replace("153", "154");
    let said = conform("nearest", [&other], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("FireFox 154: the nearest profile is firefox, measured at"), "{said:?}");
    let said = conform("nearest-json", [&other], &["--json"]);
    let agent = &said.summary()["agents"]["FireFox 154"];
    assert!(agent["note"].as_str().is_some_and(|note| note.contains("the nearest profile is")), "{said:?}");
    let newest = DROPPED.replace(r#", "version": "153""#, "");
    let said = conform("newest", [&newest], &[]);
    assert!(said.stdout.starts_with("firefox under firefox\n  firefox: the nearest"), "{said:?}");
    assert!(!conform("same", [DROPPED], &[]).stdout.contains("nearest"));
}

#[test]
fn without_the_peers_log_only_the_page_is_compared_and_that_is_said() {
    let page = DROPPED.replace(r#", "wire": {"fin-no-close": "tcp-fin"}"#, "");
    let said = conform("page-alone", [&page], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("only what the page saw is compared"), "{said:?}");
    let said = conform("page-and-wire", [DROPPED], &[]);
    assert!(!said.stdout.contains("only what the page saw"), "{said:?}");
}

#[test]
fn a_limit_of_what_was_never_played_is_told() {
    let limits = DROPPED.replace(r#""page""#, r#""limit_ms": {"cli-never-reply": 1, "slip": 1}, "page""#);
    let said = conform("limits", [&limits], &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stderr.contains("`limit_ms` has `slip`"), "{said:?}");
    assert!(!said.stderr.contains("cli-never-reply"), "{said:?}");
}

#[test]
fn what_is_no_token_is_not_blamed_on_the_agent() {
    let slip = DROPPED.replace("open@1", "opne@1");
    let said = conform("slip", [&slip], &[]);
    said.refuses("0.json: `fin-no-close`: entry 0 of the page, `opne@1`, is not a token; expected");
    // Whatever else was played is judged.
    let beside = DROPPED.replace(r#""page": {"#, r#""page": {"srv-close-1000": "opne@1", "#);
    let said = conform("slip-beside", [&beside], &["--json"]);
    said.refuses("0.json: `srv-close-1000`: entry 0");
    let summary = said.summary();
    assert_eq!((&summary["conforms"], &summary["refused"]), (&1.into(), &1.into()), "{said:?}");
}
