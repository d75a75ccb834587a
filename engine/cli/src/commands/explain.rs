//! `explain`: what a status code means, or why a page saw what it saw.

use std::ffi::OsString;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};
use wasclean_explore::conform::Setting;
use wasclean_explore::explain::{Answer, Explanation, Fact, explain_replay};
use wasclean_explore::finding::replay;
use wasclean_model::profile::{Profile, Values};
use wasclean_model::status_code::{Class, OnWire, Registration, Reported, class, registration};
use wasclean_model::trace::{Entry, Trace};

use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::scenario_file;
use crate::style::{BAD, FAINT, STRONG};

const EXAMPLES: &str = "\
Examples:
  wasclean explain 1006
  wasclean explain corpus/scenarios/litmus/l-09-crossing-closes.toml

Where a knob of the scenario's profile decides what the page saw, the knob is named. The exit status is 1 if what it \
saw follows neither from the facts nor from a knob.";

/// Explain a status code, or why the page of a scenario saw this code, this reason and this wasClean
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A status code from 0 to 65535, or a scenario file (- is standard input)
    #[arg(value_name = "CODE or FILE")]
    subject: OsString,
    /// Go on past choices of the scenario that no longer fit
    #[arg(long)]
    best_effort: bool,
}

pub(crate) fn explain(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(subject) = arguments.subject.to_str().filter(is_number) {
        let code: u16 = subject.parse().map_err(|_| {
            Failure::new(format_args!("{subject} is not a status code"))
                .advise("a status code has 16 bits: 0 to 65535")
        })?;
        explain_code(code, out)
    } else {
        explain_scenario(Path::new(&arguments.subject), arguments.best_effort, out)
    }
}

fn explain_code(code: u16, out: &mut Output) -> Result<Verdict, Failure> {
    let row = registration(code);
    out.line(format_args!("{STRONG}{code} {}{STRONG:#}: {}", row.name, row.about))?;
    out.line(format_args!("  class          {}", class_name(class(code))))?;
    out.line(format_args!("  who sends it   {}", who_sends(row)))?;
    let close = if row.set_by_close {
        "yes".to_owned()
    } else {
        format!("no: close({code}) throws InvalidAccessError")
    };
    out.line(format_args!("  close({code})    {close} (API-02)"))?;
    out.line("  what a page learns")?;
    for line in lessons(code, row) {
        out.line(format_args!("    - {line}"))?;
    }
    out.line(format_args!("  {FAINT}source: {}{FAINT:#}", row.source))?;
    let mut object = code_object(row);
    object["code"] = json!(code);
    object["who_sends"] = json!(who_sends(row));
    object["lessons"] = json!(lessons(code, row));
    out.object(&object)?;
    Ok(Verdict::Fine)
}

/// A row of the registry for programs.
pub(crate) fn code_object(row: &Registration) -> Value {
    json!({
        "first": row.first,
        "last": row.last,
        "name": row.name,
        "class": class_name(class(row.first)),
        "on_wire": on_wire(row),
        "set_by_close": row.set_by_close,
        "reported": match row.reported {
            Reported::IfReceived => "if-received",
            Reported::ForEmptyClose => "for-empty-close",
            Reported::ForNoClose => "for-no-close",
        },
        "about": row.about,
        "source": row.source,
    })
}

/// Who may put it into a Close frame, in a word or two.
pub(crate) fn on_wire(row: &Registration) -> &'static str {
    match row.on_wire {
        OnWire::Yes => "yes",
        OnWire::FromClient => "from client",
        OnWire::No => "no",
        OnWire::Never => "never",
        OnWire::Undefined => "undefined",
    }
}

fn who_sends(row: &Registration) -> &'static str {
    match row.on_wire {
        OnWire::Yes => "either endpoint",
        OnWire::FromClient => "a client",
        OnWire::No => "nobody: no meaning that permits it is defined (CLOSE-04)",
        OnWire::Never => {
            "nobody, ever: it stands for something that did not come from a Close frame (CLOSE-03)"
        }
        OnWire::Undefined => "the texts stop at 4999",
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Unused => "unused",
        Class::Registered => "registered",
        Class::Reserved => "reserved",
        Class::NeverOnTheWire => "never on the wire",
        Class::Unassigned => "unassigned",
        Class::Library => "libraries, first come first served",
        Class::Private => "private use",
        Class::OutOfRange => "out of range",
    }
}

/// What a page that sees the code knows, and what it cannot know.
fn lessons(code: u16, row: &Registration) -> Vec<String> {
    let mut lessons = Vec::new();
    match row.reported {
        Reported::ForEmptyClose => {
            lessons.push("a Close frame without a status code was received (CLOSE-30)".to_owned());
            lessons.push("reason is empty (CLOSE-31)".to_owned());
            lessons.push("wasClean says whether it was also answered before TCP ended (CLOSE-33)".to_owned());
        }
        Reported::ForNoClose => {
            lessons.push("no Close frame was received before the connection ended (CLOSE-30)".to_owned());
            lessons.push("wasClean is false and reason is empty (CLOSE-31, CLOSE-33)".to_owned());
            lessons.push(
                "not why: DNS, refused, TLS, a bad response, a lost connection and a broken rule look the same (PRIV-01)"
                    .to_owned(),
            );
            lessons.push(
                "an error event before it: the connection was failed, or the send buffer was full (FAIL-13)"
                    .to_owned(),
            );
        }
        Reported::IfReceived if row.on_wire == OnWire::Never => {
            lessons.push(
                "under `standard` a page never sees it: receiving it fails the connection (K-CODE)"
                    .to_owned(),
            );
            lessons.push("where every code is accepted, it was on the wire (PRIV-03)".to_owned());
        }
        Reported::IfReceived => {
            lessons.push(format!("the first Close frame that was received carries {code} (CLOSE-30)"));
            lessons.push("nothing about the code that we sent, if we sent one (CLOSE-39)".to_owned());
            lessons.push(
                "wasClean says whether both sent a Close before TCP ended, and nothing about the code (CLOSE-33)".to_owned(),
            );
        }
    }
    lessons
}

fn explain_scenario(path: &Path, best_effort: bool, out: &mut Output) -> Result<Verdict, Failure> {
    let file = scenario_file::read(path)?;
    let replay = replay(&file.scenario);
    super::replay::settle_mismatch("explain", path, replay.mismatch, best_effort)?;
    let explanations = explain_replay(&file.scenario, &replay);
    if explanations.is_empty() {
        out.line("the page made no WebSocket, so there is nothing to explain")?;
    }
    for explanation in &explanations {
        print(explanation, &replay.trace, out)?;
    }
    let is_consistent = explanations.iter().all(Explanation::is_consistent);
    out.object(&json!({
        "file": path.display().to_string(),
        "consistent": is_consistent,
        "sockets": explanations.iter().map(|explanation| object(explanation, &replay.trace)).collect::<Vec<_>>(),
    }))?;
    Ok(Verdict::of(!is_consistent))
}

/// Milliseconds of virtual time at each entry.
fn time_at(trace: &Trace, position: usize) -> u64 {
    let elapsed = trace.entries.iter().take(position + 1).map(|entry| match entry {
        Entry::Elapse { by_us } => *by_us,
        _ => 0,
    });
    elapsed.fold(0, u64::saturating_add)
}

fn print(explanation: &Explanation, trace: &Trace, out: &mut Output) -> Result<(), Failure> {
    let row = explanation.row.map_or_else(String::new, |row| format!(", row {row} of the table of outcomes"));
    out.line(format_args!("{STRONG}ws{}{STRONG:#}{row}", explanation.socket.0))?;
    for Answer { text, facts, contradiction, knobs, .. } in &explanation.answers {
        out.line(format_args!("  {STRONG}{text}{STRONG:#}"))?;
        for (index, fact) in facts.iter().enumerate() {
            let because = if index == 0 { "because" } else { "and    " };
            out.line(format_args!("    {FAINT}{because}{FAINT:#} {}", told(fact, trace)))?;
        }
        if let Some(fact) = contradiction {
            let style = if knobs.is_empty() { BAD } else { FAINT };
            out.line(format_args!("    {style}but    {style:#} {}", told(fact, trace)))?;
        }
        for (index, setting) in knobs.iter().enumerate() {
            let since = if index == 0 { "since  " } else { "and    " };
            out.line(format_args!("    {FAINT}{since}{FAINT:#} {}", decided(setting)))?;
        }
    }
    Ok(())
}

fn told(fact: &Fact, trace: &Trace) -> String {
    let place = match fact.entry {
        Some(entry) => {
            let us = time_at(trace, entry);
            format!("entry {entry} at {}.{:03} ms; ", us / 1000, us % 1000)
        }
        None => String::new(),
    };
    format!("{}  {FAINT}[{place}{}]{FAINT:#}", fact.text, fact.sources)
}

/// What a knob has to do with it.
fn decided(setting: &Setting) -> String {
    let Setting { knob, value } = setting;
    let standard = (knob.read)(&Profile::STANDARD);
    let standard = knob.value_name(standard).map_or_else(|| standard.to_string(), str::to_owned);
    let meaning = match knob.values {
        Values::Named(values) => usize::try_from(*value).ok().and_then(|index| values.get(index)),
        Values::Amount { .. } => None,
    };
    let meaning = meaning.map_or_else(String::new, |value| format!(" {}", value.about));
    format!(
        "the profile has {setting} where `standard` has {standard}: {}{meaning}  {FAINT}[{}]{FAINT:#}",
        knob.about, knob.id
    )
}

fn object(explanation: &Explanation, trace: &Trace) -> Value {
    let fact = |fact: &Fact| {
        json!({
            "entry": fact.entry,
            "at_us": fact.entry.map(|entry| time_at(trace, entry)),
            "text": fact.text,
            "sources": fact.sources.split(", ").collect::<Vec<_>>(),
        })
    };
    let answers: Vec<Value> = explanation
        .answers
        .iter()
        .map(|answer| {
            json!({
                "about": answer.about.name(),
                "text": answer.text,
                "facts": answer.facts.iter().map(fact).collect::<Vec<_>>(),
                "contradiction": answer.contradiction.as_ref().map(fact),
                "knobs": answer.knobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "socket": explanation.socket.0, "row": explanation.row, "answers": answers })
}
