//! Whether what a WebSocket library did is something that a profile allows.
//!
//! The library writes what its page saw as JSON Lines (`docs/trace-schema.md`); here that is a text, elsewhere a file.

use std::error::Error;

use wasclean_explore::conform::{Comparison, Verdict};
use wasclean_model::profile::Profile;
use wasclean_model::scenario::text;
use wasclean_model::trace::{Recorded, Recorder, json};

/// What was played: a peer that closes, and a page that waits for it.
const SCENARIO: &str = r#"
format = 1
[page]
main = ['new WebSocket("ws://a.test/")']
[[peer]]
steps = ['accept', 'close 1000 "bye"', 'fin']
"#;

/// What a library told of it, `code` being the one that it gave to the page.
fn told(code: u16) -> String {
    let state = |old, new| format!(r#""entry":"ready-state","socket":0,"old":"{old}","new":"{new}""#);
    let fire = |event| {
        let flags = r#""is_trusted":true,"bubbles":false,"cancelable":false,"composed":false"#;
        format!(r#""entry":"fire-begin","target":{{"socket":0}},"event":{{{flags},{event}}}"#)
    };
    let open = r#""event_type":"open","interface":"event","was_clean":false,"code":0,"text":0"#.to_owned();
    let close =
        format!(r#""event_type":"close","interface":"close-event","was_clean":true,"code":{code},"text":1"#);
    [
        r#"{"format":1,"agent":"my-library"}"#.to_owned(),
        format!(r#"{{"t":0,{}}}"#, state("CONNECTING", "OPEN")),
        format!(r#"{{"t":0,{}}}"#, fire(open)),
        r#"{"t":1000,"entry":"elapse","by_us":1000}"#.to_owned(),
        r#"{"payload":1,"hex":"627965","text":"bye"}"#.to_owned(),
        format!(r#"{{"t":1000,{}}}"#, state("OPEN", "CLOSED")),
        format!(r#"{{"t":1000,{}}}"#, fire(close)),
    ]
    .join("\n")
}

/// The recorder of the library gave up after so many microseconds.
const LIMIT_US: u64 = 3_500_000;

/// How many states of the world are followed.
const STATES_MAX: u64 = 100_000;

/// The verdict on `lines` under the profile `standard`.
fn judge(lines: &str) -> Result<Verdict, Box<dyn Error>> {
    let records = lines.lines().map(serde_json::from_str);
    let (_, trace) = json::read(records.collect::<Result<Vec<_>, _>>()?)?;
    let mut recorder = Recorder::new(LIMIT_US);
    for entry in &trace.entries {
        recorder.observe(entry, &trace.payloads);
    }
    let seen = recorder.finish();
    if seen.sockets > 1 {
        return Err("a recording tells of one WebSocket, and there are others".into());
    }
    // Nobody watched what the library wrote: only what its page saw is compared.
    let recorded = Recorded { page: seen.page, wire: None, ended_ms: None };
    let mut comparison = Comparison::new(text::parse(SCENARIO)?, LIMIT_US, STATES_MAX);
    Ok(comparison.judge(&Profile::STANDARD, &recorded)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    for code in [1000, 1001] {
        match judge(&told(code))? {
            Verdict::Conforms => println!("{code}: conforms"),
            Verdict::Allowed(settings) => println!("{code}: allowed with {}", settings[0]),
            Verdict::Diverges(difference) => println!(
                "{code}: diverges, expected {} and found {}",
                difference.expected.as_deref().unwrap_or("nothing"),
                difference.found.as_deref().unwrap_or("nothing")
            ),
            Verdict::Unknown => println!("{code}: unknown, the bound on states was reached"),
        }
    }
    Ok(())
}

#[test]
fn the_code_of_the_peer_conforms_and_another_does_not() {
    assert_eq!(judge(&told(1000)).expect("a trace"), Verdict::Conforms);
    assert!(matches!(judge(&told(1001)).expect("a trace"), Verdict::Diverges(_)));
}
