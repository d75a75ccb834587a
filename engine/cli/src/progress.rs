//! How long work goes, on standard error.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// How often a line is written where there is no terminal to draw a bar on.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// After this time work is long enough for a bar over files: most folders are done before.
const DRAWN_AFTER: Duration = Duration::from_secs(1);

/// A bar on a terminal, a line now and then elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether there is a terminal to draw it on.
    has_terminal: bool,
    is_drawn: bool,
    begun: Instant,
    told: Instant,
}

impl Progress {
    /// A bar of this length; `template` is in the words of indicatif.
    pub(crate) fn new(len: Option<u64>, template: &str, out: &Output) -> Self {
        let mut progress = Self::hidden(len, template, out);
        progress.draw();
        progress
    }

    /// A bar over so many files, whose clock goes on while one of them takes long.
    pub(crate) fn of_files(count: usize, out: &Output) -> Self {
        Self::hidden(u64::try_from(count).ok(), "{elapsed:>4} {bar:24} {pos} of {len} files  {msg}", out)
    }

    /// A clock beside `name`, for what cannot say how far it is.
    pub(crate) fn clock(name: String, out: &Output) -> Self {
        let progress = Self::new(None, "{elapsed:>4}  {msg}", out);
        progress.bar.set_message(name);
        progress.tick();
        progress
    }

    fn hidden(len: Option<u64>, template: &str, out: &Output) -> Self {
        let bar = ProgressBar::with_draw_target(len, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        let has_terminal = stderr().is_terminal() && !out.is_for_programs();
        Self { bar, has_terminal, is_drawn: false, begun: Instant::now(), told: Instant::now() }
    }

    fn draw(&mut self) {
        if self.has_terminal {
            self.is_drawn = true;
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
    }

    /// From now on the clock goes on by itself.
    fn tick(&self) {
        if self.is_drawn {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// Shows how far it is: `bar` beside the bar, or `line` where there is none and it is time for one.
    pub(crate) fn show(
        &mut self,
        position: u64,
        bar: impl FnOnce() -> String,
        line: impl FnOnce() -> String,
    ) {
        if self.is_drawn {
            self.bar.set_position(position);
            self.bar.set_message(bar());
        } else if !self.has_terminal && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            // There is nobody to tell that nobody reads it.
            _ = writeln!(stderr(), "{}", line());
        }
    }

    /// As [`show`](Self::show), for one of [`of_files`](Self::of_files) that is at the file `name`.
    pub(crate) fn at_file(&mut self, position: usize, name: impl Fn() -> String) {
        if !self.is_drawn && self.begun.elapsed() >= DRAWN_AFTER {
            self.draw();
            self.tick();
        }
        let count = self.bar.length().unwrap_or_default();
        self.show(position as u64, &name, || format!("{position} of {count} files, at {}", name()));
    }

    /// Prints something above the bar.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// What ends early leaves no bar behind.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
