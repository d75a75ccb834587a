//! Which recordings are recordings of a run, and which parts of them are no tokens.

use alloc::string::ToString as _;

use super::*;

fn read(page: &str, wire: &str) -> Recorded {
    Recorded::read(page, Some(wire)).expect("all of it are tokens")
}

/// A run with these logs, which are whole.
fn run(page: &str, wire: &str) -> Seen {
    let recorded = read(page, wire);
    let wire = recorded.wire.expect("it was given");
    Seen { page: recorded.page, wire, is_requested: true, may_be_reset: false, sockets: 1 }
}

const PAGE: &str = r#"open@1 close(1000,"bye",clean)@3 final@3"#;
const WIRE: &str = "close[03e8627965] tcp-fin";

#[track_caller]
fn check(page: &str, wire: &str, want: bool) {
    assert_eq!(run(PAGE, WIRE).admits(&read(page, wire)), want, "{page} | {wire}");
}

#[test]
fn a_recording_is_read_with_its_times_taken_off() {
    check(&format!("{PAGE} ms=60100"), "close[03e8627965]+40 tcp-fin+50", true);
    assert_eq!(read(&format!("{PAGE} ms=60100"), "").ended_ms, Some(60_100));
    assert_eq!(read(&format!("{PAGE} ms=99999999999999999999"), "").ended_ms, Some(u64::MAX));
    check(PAGE, "close[03e8627965]", false);
    check(r#"open@1 close(1000,"b y",clean)@3 final@3"#, WIRE, false);
    check(r#"close(1000,"bye",clean)@3 open@1 final@3"#, WIRE, false);
}

#[test]
fn white_space_and_the_case_of_digits_say_nothing() {
    check("\topen@1\n close(1000,\"bye\",clean)@3\r\n final@3 ", "close[03E8627965]\ttcp-fin\n", true);
}

#[test]
fn a_log_of_the_peer_that_nobody_took_is_not_compared() {
    let recorded = Recorded::read(PAGE, None).expect("all of it are tokens");
    assert!(run(PAGE, WIRE).admits(&recorded));
    check(PAGE, "", false);
}

#[test]
fn a_reason_may_have_spaces_and_lack_its_end() {
    let log =
        r#"{close(3000)@1 close(1000,"a ,clean bcdefghijklmnopqrstu,unclean)@3 [flags bubbles cancelable] u"#;
    let close = r#"close(1000,"a ,clean bcdefghijklmnopqrstu,unclean)@3"#;
    assert_eq!(read(log, "").page, ["{close@1", close, "[flags bubbles cancelable]", "n0"]);
    let log = r#"close(1000,",clean)@3 \" ,unclean)@3",clean)@3 final@3"#;
    assert_eq!(read(log, "").page, [r#"close(1000,",clean)@3 \" ,unclean)@3",clean)@3"#, "final@3"]);
}

#[track_caller]
fn check_reason(whole: &str, recorded: &str, want: bool) {
    let log = |reason: &str| format!("close(1000,{reason},clean)@3 final@3");
    let run = run(&log(whole), "");
    assert_eq!(run.admits(&read(&log(recorded), "")), want, "{whole} {recorded}");
}

#[test]
fn a_reason_is_compared_as_far_as_it_was_recorded() {
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEF";
    check_reason(&format!("\"{letters}\""), &format!("\"{letters}\""), true);
    check_reason(&format!("\"{letters}\""), &format!("\"{}", &letters[..29]), true);
    check_reason(&format!("\"{letters}x\""), &format!("\"{letters}\""), false);
    check_reason(&format!("\"{letters}\""), &format!("\"x{}", &letters[1..29]), false);
    check_reason(&format!("\"{}\"", &letters[..29]), &format!("\"{}", &letters[..29]), true);
    check_reason(&format!("\"{}\"", &letters[..28]), &format!("\"{}", &letters[..29]), false);
    check_reason(&format!("\"{}\"", &letters[..29]), &format!("\"{}\"", &letters[..28]), false);
    // What is cut off is a part of an escape.
    check_reason(r#""abcdefghijklmnopqrstuvwxyz\u0001""#, r#""abcdefghijklmnopqrstuvwxyz\u0"#, true);
    check_reason(r#""abcdefghijklmnopqrstuvwxyzA\"B""#, r#""abcdefghijklmnopqrstuvwxyzA\""#, true);
}

#[test]
fn a_reason_is_cut_by_code_units_and_may_end_within_a_pair() {
    let faces = "\u{1f600}".repeat(20);
    check_reason(&format!("\"{faces}\""), &format!("\"{}\\ud83d", "\u{1f600}".repeat(14)), true);
    check_reason(&format!("\"{faces}\""), &format!("\"{}\\ud83c", "\u{1f600}".repeat(14)), false);
    check_reason(&format!("\"x{faces}\""), &format!("\"x{}", "\u{1f600}".repeat(14)), true);
    check_reason(&format!("\"{faces}\""), &format!("\"{faces}\""), true);
}

#[test]
fn a_body_is_compared_as_far_as_it_was_recorded() {
    let whole = run("final@3", &format!("close[03e8{}]", "61".repeat(30)));
    for (count, want) in [(17, false), (18, true), (19, false), (30, true), (31, false)] {
        let recorded = read("final@3", &format!("close[03e8{}]", "61".repeat(count)));
        assert_eq!(whole.admits(&recorded), want, "{count}");
    }
}

#[test]
fn a_log_is_cut_only_where_it_says_so() {
    let turns = |count: usize| "message@1 ".repeat(count);
    let whole = run(&format!("open@1 {}final@1", turns(60)), "");
    for (log, want) in [
        (format!("open@1 {}final@1", turns(60)), true),
        (format!("open@1 {}…", turns(39)), true),
        (format!("open@1 {}final@1", turns(59)), false),
        (format!("open@1 {}final@1", turns(39)), false),
        (format!("open@1 {}open@1 final@1", turns(60)), false),
        (format!("open@1 {}final@1 …", turns(60)), false),
        (format!("open@1 {}open@1 …", turns(38)), false),
    ] {
        assert_eq!(whole.admits(&read(&log, "")), want, "{log}");
    }
    // The run is a recursion without end, of which its own log has only the beginning.
    let recursion = run(&format!("open@1 {}…", turns(39)), "");
    for (log, want) in [
        (format!("open@1 {}final@1", turns(60)), true),
        (format!("open@1 {}…", turns(39)), true),
        (format!("open@1 {}", turns(39)), false),
        (format!("open@1 {}open@1 …", turns(38)), false),
    ] {
        assert_eq!(recursion.admits(&read(&log, "")), want, "{log}");
    }
}

#[test]
fn only_a_send_without_effect_may_be_missing() {
    let run = run("open@1 {send@1 }@1 {send@2 }@2 [buf=5] final@2", "");
    for (log, want) in [
        ("open@1 {send@1 }@1 {send@2 }@2 [buf>0] final@2", true),
        ("open@1 {late@2 }@2 [buf>0] final@2", false),
        ("open@1 {send-late@2 }@2 [buf>0] final@2", true),
        ("open@1 {send@2 }@1 [buf>0] final@2", false),
        ("open@1 {send@2 }@2 [buf=0] final@2", false),
        ("open@1 {send@2 }@2 [buf=undefined] final@2", false),
    ] {
        assert_eq!(run.admits(&read(log, "")), want, "{log}");
    }
}

#[test]
fn a_connection_that_was_never_requested_may_have_been_seen_or_not() {
    let mut run = run("final@2", "");
    run.is_requested = false;
    assert!(run.admits(&read("final@2", "")));
    assert!(run.admits(&read("final@2", "tcp-fin")));
    assert!(!run.admits(&read("final@2", "close[] tcp-fin")));
}

#[test]
fn an_error_ends_tcp_only_where_one_can_be() {
    let check = |wire: &str, may_be_reset, recorded, want| {
        let mut run = run("final@3", wire);
        run.may_be_reset = may_be_reset;
        assert_eq!(run.admits(&read("final@3", recorded)), want, "{wire} {may_be_reset} {recorded}");
    };
    for (may_be_reset, recorded, want) in [
        (false, "close[03e8] tcp-fin", true),
        (false, "close[03e8] tcp-ECONNRESET", false),
        (false, "close[03e8] tcp-fin tcp-ECONNRESET", false),
        (true, "close[03e8] tcp-fin", true),
        (true, "close[03e8] tcp-ECONNRESET", true),
        (true, "close[03e8] tcp-EPIPE", true),
        (true, "close[03e8] tcp-fin tcp-ECONNRESET+40", true),
        (true, "close[03e8]", false),
        (true, "tcp-ECONNRESET", false),
    ] {
        check("close[03e8] tcp-fin", may_be_reset, recorded, want);
    }
    check("close[03e8]", true, "close[03e8] tcp-ECONNRESET", true);
    check("close[03e8]", false, "close[03e8] tcp-ECONNRESET", false);
    check("", true, "tcp-fin", false);
}

#[test]
fn what_is_no_token_is_told_with_its_place() {
    let error = Recorded::read("open@1 opne@1", None).expect_err("it is a slip");
    assert_eq!((error.log, error.at, &*error.found), (Log::Page, 1, "opne@1"));
    assert!(error.to_string().starts_with("entry 1 of the page, `opne@1`, is not a token; expected"));
    for page in [
        "junk",
        "open",
        "open@4",
        "open@",
        "open@1sync",
        "final",
        "final@3SYNC",
        "}@",
        "{@1",
        "!",
        "!a-b",
        "n",
        "nx",
        "[buf]",
        "[buf=x]",
        "[buf>1]",
        "[flags]",
        "[flags composed]",
        "[x]",
        "[buf=1",
        "ms=",
        "ms=1.5",
        "NOCLOS",
        "…",
        "open@1 … final@3",
        "close(1000)@3",
        r#"close(1000,"",clean)"#,
        r#"close(1000,"",dirty)@3"#,
        r#"close(x,"",clean)@3"#,
        r#"close(1000,"bye,clean)@3"#,
        r#"close(1000,bye,clean)@3"#,
        "close(",
        "script:x0@1",
    ] {
        assert!(Recorded::read(page, None).is_err(), "{page}");
    }
    for wire in [
        "fin",
        "tcp-rst",
        "tcp-E",
        "tcp-Error",
        "tcp-ECONNRESET tcp-fin",
        "close",
        "close[0",
        "close[03e]",
        "close[xx]",
        "op",
        "op8",
        "op16",
        "op+1",
        "tcp-fin+",
        "tcp-fin+x",
    ] {
        assert!(Recorded::read("", Some(wire)).is_err(), "{wire}");
    }
    for page in [
        "open@1SYNC",
        "message@1",
        "close@3",
        "error@0",
        "x",
        "close(0,\"\",unclean)@3SYNC",
        "!Thrown",
        "n17",
    ] {
        assert_eq!(Recorded::read(page, None).is_ok(), page != "x", "{page}");
    }
}
