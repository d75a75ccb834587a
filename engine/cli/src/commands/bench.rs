//! `bench`: figures that are the same on every run of one machine, kept from commit to commit.

mod compare;
mod counters;
mod export;
mod history;
mod instructions;
mod plot;
mod record;
mod report;
mod wall;

use clap::{Args, Subcommand};

use crate::failure::{Failure, Verdict};
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  wasclean bench record                      measure this checkout; one line more in the history
  wasclean bench compare HEAD~1 HEAD         what changed; exit status 1 if something got worse
  wasclean bench compare --filter 'close_frame*'
  wasclean bench report --out report.html    one page with the history, and peers beside us
  wasclean bench export --format bmf         for another dashboard

Instruction counts need valgrind and gungraun-runner; counters need nothing. \
Both are the same in each run of one commit with one toolchain, so 1 % is a change. \
Times vary by a quarter on a shared machine: they are shown, and nothing is decided by them.";

/// Track instruction counts and counters from commit to commit
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Record(record::Arguments),
    Compare(compare::Arguments),
    Report(report::Arguments),
    Export(export::Arguments),
}

pub(crate) fn bench(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    match &arguments.command {
        Command::Record(arguments) => record::record(arguments, out),
        Command::Compare(arguments) => compare::compare(arguments, out),
        Command::Report(arguments) => report::report(arguments, out),
        Command::Export(arguments) => export::export(arguments, out),
    }
}
