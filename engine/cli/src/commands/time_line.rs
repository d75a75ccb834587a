//! A trace as people and programs read it.

use std::path::Path;

use clap::ValueEnum;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::{self, Lane, json as records};

use crate::failure::Failure;
use crate::output::Output;
use crate::style::{FAINT, STRONG};

/// When a trace is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Trace {
    /// Where it is likely to be wanted; never as JSON
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Prints a trace: a time line for people, JSON Lines for programs.
pub(crate) fn print_trace(
    path: &Path,
    scenario: &Scenario,
    trace: &trace::Trace,
    out: &mut Output,
) -> Result<(), Failure> {
    if out.is_for_programs() {
        let header = records::Header {
            agent: Some(format!("wasclean {}", env!("CARGO_PKG_VERSION"))),
            profile: Some(scenario.profile.name().unwrap_or("custom").to_owned()),
            scenario: Some(path.file_stem().unwrap_or_default().to_string_lossy().into_owned()),
            ..records::Header::default()
        };
        for record in records::records(header, trace) {
            out.object(&serde_json::to_value(record).map_err(Failure::new)?)?;
        }
        return Ok(());
    }
    let rows: Vec<trace::TimelineRow> = trace::rows(trace).collect();
    let lanes: Vec<Lane> = rows.iter().map(|row| row.lane).collect();
    let rendered = trace::render(rows);
    let mut lines = rendered.lines();
    if let Some(heading) = lines.next() {
        out.line(format_args!("{STRONG}{heading}{STRONG:#}"))?;
    }
    for (line, lane) in lines.zip(lanes) {
        let style = style(lane);
        out.line(format_args!("{style}{line}{style:#}"))?;
    }
    Ok(())
}

fn style(lane: Lane) -> anstyle::Style {
    use anstyle::AnsiColor;
    match lane {
        Lane::Peer => AnsiColor::Magenta.on_default(),
        Lane::Endpoint => AnsiColor::Cyan.on_default(),
        Lane::EventLoop => FAINT,
        Lane::Page => anstyle::Style::new(),
    }
}
