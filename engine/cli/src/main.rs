//! The program: fuzz, run, replay, shrink, triage, decode and explain how a WebSocket closes.
#![forbid(unsafe_code)]

mod bytes;
mod commands;
mod failure;
mod files;
mod interrupt;
mod output;
mod profile;
mod progress;
mod scenario_file;
mod span;
mod style;
mod words;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{
    bench, conform, corpus, decode, explain, faults, fuzz, list, merge, replay, run, shrink, triage,
};
use failure::{Failure, Verdict};
use output::Output;

const EXAMPLES: &str = "\
Examples:
  wasclean fuzz                                a campaign of a million runs
  wasclean fuzz --time 10m --jobs 2            ten minutes on two threads
  wasclean faults                              plant every known mistake; which invariant notices it?
  wasclean run corpus/scenarios                check every scenario of a folder
  wasclean conform                             recorded user agents against what was measured
  wasclean replay findings/INV-20-1a2b3c4d.toml
  wasclean triage fuzz/artifacts/world/*       what a fuzzer found, made small
  wasclean decode 880503e8627965               a Close frame, taken apart
  wasclean explain 1006                        what a page can learn from this code

Exit status:
  0    nothing was found, and what was asked for was done
  1    something was found: an invariant is broken, an expectation is not met, bytes are malformed
  2    the request is wrong or could not be carried out
  130  interrupted; everything is saved";

/// A deterministic model of how a WebSocket closes, from the bytes on TCP to the close event that a page sees
#[derive(Debug, Parser)]
#[command(name = "wasclean", version, about, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
struct Program {
    /// Print JSON: the last line of standard output is one summary object
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fuzz(fuzz::Arguments),
    Faults(faults::Arguments),
    Run(run::Arguments),
    Conform(conform::Arguments),
    Replay(replay::Arguments),
    Shrink(shrink::Arguments),
    Decode(decode::Arguments),
    Explain(explain::Arguments),
    List(list::Arguments),
    Bench(bench::Arguments),
    Merge(merge::Arguments),
    Triage(triage::Arguments),
    Corpus(corpus::Arguments),
}

fn main() -> ExitCode {
    let program = match Program::try_parse() {
        Ok(program) => program,
        Err(told) => return tell(&told).into(),
    };
    let mut out = Output::new(program.json);
    let outcome = match &program.command {
        Command::Fuzz(arguments) => fuzz::fuzz(arguments, &mut out),
        Command::Faults(arguments) => faults::faults(arguments, &mut out),
        Command::Run(arguments) => run::run(arguments, &mut out),
        Command::Conform(arguments) => conform::conform(arguments, &mut out),
        Command::Replay(arguments) => replay::replay(arguments, &mut out),
        Command::Shrink(arguments) => shrink::shrink(arguments, &mut out),
        Command::Decode(arguments) => decode::decode(arguments, &mut out),
        Command::Explain(arguments) => explain::explain(arguments, &mut out),
        Command::List(arguments) => list::list(arguments, &mut out),
        Command::Bench(arguments) => bench::bench(arguments, &mut out),
        Command::Merge(arguments) => merge::merge(arguments, &mut out),
        Command::Triage(arguments) => triage::triage(arguments, &mut out),
        Command::Corpus(arguments) => corpus::corpus(arguments, &mut out),
    };
    let outcome = outcome.and_then(|verdict| out.finish().map(|()| verdict));
    outcome.unwrap_or_else(|failure: Failure| failure.report()).into()
}

/// Prints the help that was asked for, or what is wrong with the command line.
fn tell(told: &clap::Error) -> Verdict {
    let printed = told.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && !told.use_stderr() => {
            Failure::new(format_args!("cannot write to standard output: {error}")).report()
        }
        _ if told.exit_code() == 0 => Verdict::Fine,
        _ => Verdict::Wrong,
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(match verdict {
            Verdict::Fine => 0,
            Verdict::Found => 1,
            Verdict::Wrong => 2,
            Verdict::Interrupted => 130,
        })
    }
}
