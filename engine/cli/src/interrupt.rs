//! Interruptions of long work: the first one ends it in order.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::output::Output;
use crate::words;

/// Set by the first interruption.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// After this time a second interruption is meant as one: some senders signal the process and its group at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// From now on the first interruption sets [`STOP`]; a later one ends the process at once, with what is saved.
pub(crate) fn watch() -> Result<(), Failure> {
    let first = OnceLock::new();
    ctrlc::set_handler(move || interrupt(&first))
        .map_err(|error| Failure::new(format_args!("cannot watch for interruptions: {error}")))
}

fn interrupt(first: &OnceLock<Instant>) {
    if first.get_or_init(Instant::now).elapsed() > PATIENCE {
        process::exit(130);
    }
    STOP.store(true, Ordering::Relaxed);
}

/// Says of how many scenarios nothing is known, if there are any.
pub(crate) fn tell_unplayed(left: u64, out: &mut Output) -> Result<(), Failure> {
    match left {
        0 => Ok(()),
        _ => out.line(format_args!("interrupted; {} not played", words::counted(left, "scenario"))),
    }
}
