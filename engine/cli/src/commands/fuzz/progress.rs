//! How a campaign goes, on standard error.

use wasclean_explore::campaign::{Begin, Campaign, Status, Until};
use wasclean_explore::relation::RELATIONS;
use wasclean_model::invariant::{Kinds, applicable};

use crate::output::Output;
use crate::{progress, words};

/// A bar over the runs of a campaign, or over its time.
pub(super) struct Progress {
    bar: progress::Progress,
    /// How many invariants are judged.
    judged: usize,
    /// Whether the bar shows the time and not the runs.
    is_timed: bool,
}

impl Progress {
    pub(super) fn new(campaign: &Campaign, out: &Output) -> Self {
        let first = match &campaign.begin {
            Begin::Run(first) => *first,
            Begin::Resumed(state) => state.first,
        };
        let (len, is_timed) = match campaign.until {
            Until::Run(end) => (Some(end.saturating_sub(first)), false),
            Until::Time(time) => (u64::try_from(time.as_millis()).ok(), true),
        };
        let bar = progress::Progress::new(len, "{elapsed:>4} {bar:24} {percent:>3}%  {msg}", out);
        let relations = RELATIONS.iter().filter(|relation| relation.is_claimed(&campaign.profile));
        let judged = applicable(&campaign.profile, Kinds::ALL).iter().count() + relations.count();
        Self { bar, judged, is_timed }
    }

    pub(super) fn show(&mut self, status: &Status<'_>) {
        let message = || {
            let seconds = status.elapsed.as_secs_f64();
            let rate = if seconds > 0.0 { status.runs_here as f64 / seconds } else { 0.0 };
            format!(
                "{}, {}/s, {} of {} invariants witnessed, {}",
                words::counted(status.census.runs, "run"),
                words::count(rate as u64),
                status.census.witnessed_count(),
                self.judged,
                words::counted(status.findings.len() as u64, "finding"),
            )
        };
        let millis = u64::try_from(status.elapsed.as_millis()).unwrap_or(u64::MAX);
        let position = if self.is_timed { millis } else { status.census.runs };
        self.bar.show(position, message, message);
    }

    /// Prints something above the bar.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.clear();
    }
}
