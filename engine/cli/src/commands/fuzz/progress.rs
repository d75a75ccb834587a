//! How a campaign goes, on standard error.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wasclean_explore::campaign::{Begin, Campaign, Status, Until};
use wasclean_explore::relation::RELATIONS;
use wasclean_model::invariant::{Kinds, applicable};

use crate::words;

/// How often a line is written where there is no terminal to draw a bar on.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A bar on a terminal, a line now and then elsewhere.
pub(super) struct Progress {
    bar: ProgressBar,
    is_drawn: bool,
    /// How many invariants are judged.
    judged: usize,
    /// Whether the bar shows the time and not the runs.
    is_timed: bool,
    told: Instant,
}

impl Progress {
    pub(super) fn new(campaign: &Campaign, is_for_programs: bool) -> Self {
        let first = match &campaign.begin {
            Begin::Run(first) => *first,
            Begin::Resumed(state) => state.first,
        };
        let is_drawn = stderr().is_terminal() && !is_for_programs;
        let (len, is_timed) = match campaign.until {
            Until::Run(end) => (Some(end.saturating_sub(first)), false),
            Until::Time(time) => (u64::try_from(time.as_millis()).ok(), true),
        };
        let target =
            if is_drawn { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(len, target);
        let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} {percent:>3}%  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        let relations = RELATIONS.iter().filter(|relation| relation.is_claimed(&campaign.profile));
        let judged = applicable(&campaign.profile, Kinds::ALL).iter().count() + relations.count();
        Self { bar, is_drawn, judged, is_timed, told: Instant::now() }
    }

    pub(super) fn show(&mut self, status: &Status<'_>) {
        let seconds = status.elapsed.as_secs_f64();
        let rate = if seconds > 0.0 { status.runs_here as f64 / seconds } else { 0.0 };
        let message = format!(
            "{}, {}/s, {} of {} invariants witnessed, {}",
            words::counted(status.census.runs, "run"),
            words::count(rate as u64),
            status.census.witnessed_count(),
            self.judged,
            words::counted(status.findings.len() as u64, "finding"),
        );
        if self.is_drawn {
            let millis = u64::try_from(status.elapsed.as_millis()).unwrap_or(u64::MAX);
            let position = if self.is_timed { millis } else { status.census.runs };
            self.bar.set_position(position);
            self.bar.set_message(message);
        } else if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            // There is nobody to tell that nobody reads it.
            _ = writeln!(stderr(), "{message}");
        }
    }

    /// Prints something above the bar.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
