//! `bench compare`: two recordings side by side.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use clap::Args;
use glob::Pattern;
use serde_json::{Value, json};

use super::history::{Place, Recording, find};
use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, STRONG};

/// Compare two recordings; exit status 1 if an instruction count grew or a counter changed
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The older revision: a hash or its beginning, or what git knows; with + a recording with changes
    #[arg(default_value = "HEAD~1")]
    before: String,
    /// The newer revision
    #[arg(default_value = "HEAD")]
    after: String,
    #[command(flatten)]
    place: Place,
    /// Only what matches this pattern, as in 'close_frame*' or '*/entries'
    #[arg(long, value_name = "GLOB", value_parser = Pattern::new)]
    filter: Option<Pattern>,
    /// By how many percent an instruction count may grow
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = threshold, allow_negative_numbers = true)]
    threshold: f64,
    /// Print what did not change too
    #[arg(long)]
    all: bool,
}

/// Reads a number of percent; with one that is none nothing would ever be worse, or everything.
fn threshold(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent: &f64| percent.is_finite() && *percent >= 0.0);
    percent.ok_or_else(|| "expected a number of percent from 0 on, as in 1 or 0.5".to_owned())
}

/// What became of one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    /// Less.
    Better,
    /// More, within the threshold.
    Moved,
    /// More than the threshold allows.
    Worse,
    /// A counter that is not what it was.
    Different,
    /// On one side only.
    Unmatched,
}

impl Change {
    fn is_found(self) -> bool {
        matches!(self, Self::Worse | Self::Different)
    }
}

pub(super) fn compare(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let recordings = arguments.place.read()?;
    let before = find(&recordings, &arguments.before)?;
    let after = find(&recordings, &arguments.after)?;
    check_two(before, after, &recordings)?;
    check_comparable(before, after)?;
    out.line(format_args!("{STRONG}{before}{STRONG:#} to {STRONG}{after}{STRONG:#}, {}", after.toolchain))?;
    if before.cpu != after.cpu {
        out.line(format_args!(
            "the processors differ: {} and {}; code that asks for theirs counts differently",
            before.cpu, after.cpu
        ))?;
    }
    let mut table = Table { arguments, out, compared: 0, found: Vec::new() };
    table.rows("instructions", &before.instructions, &after.instructions, |old, new| {
        grown(*old, *new, arguments.threshold)
    })?;
    table.rows("counter", &before.counters, &after.counters, counted)?;
    table.rows("digest", &before.digests, &after.digests, counted)?;
    let Table { compared, found, .. } = table;
    if compared == 0 {
        let advice = match &arguments.filter {
            Some(filter) => {
                format!("no figure is called '{filter}'; 'wasclean bench compare --all' prints all names")
            }
            None => {
                "the two recordings have no suite in common; record both with the same --suite".to_owned()
            }
        };
        return Err(Failure::new("nothing was compared").advise(advice));
    }
    out.line(format_args!("{compared} figures compared, {} got worse or changed", found.len()))?;
    out.object(&json!({
        "before": before.to_string(),
        "after": after.to_string(),
        "compared": compared,
        "threshold_percent": arguments.threshold,
        "found": found,
    }))?;
    Ok(Verdict::of(!found.is_empty()))
}

/// One recording is always the same as itself, which says nothing of a change.
fn check_two(before: &Recording, after: &Recording, recordings: &[Recording]) -> Result<(), Failure> {
    if !std::ptr::eq(before, after) {
        return Ok(());
    }
    let newest: Vec<String> = recordings.iter().rev().take(5).map(ToString::to_string).collect();
    Err(Failure::new(format_args!("both revisions name one recording, {before}: it is the same as itself"))
        .advise(format_args!("name two; the newest are {}", newest.join(", "))))
}

/// Instruction counts are those of a compiler, too.
fn check_comparable(before: &Recording, after: &Recording) -> Result<(), Failure> {
    let differs =
        [("toolchains", &before.toolchain, &after.toolchain), ("targets", &before.target, &after.target)]
            .into_iter()
            .find(|(_, before, after)| before != after);
    match differs {
        None => Ok(()),
        Some((what, before, after)) => Err(Failure::new(format_args!(
            "the {what} differ: {before} and {after}"
        ))
        .advise(
            "counts of two compilers cannot be compared; record the older commit again with the newer one",
        )),
    }
}

fn grown(old: u64, new: u64, threshold: f64) -> Change {
    match new.cmp(&old) {
        Ordering::Equal => Change::Same,
        Ordering::Less => Change::Better,
        Ordering::Greater if percent(old, new) > threshold => Change::Worse,
        Ordering::Greater => Change::Moved,
    }
}

fn counted<T: PartialEq>(old: &T, new: &T) -> Change {
    if old == new { Change::Same } else { Change::Different }
}

fn percent(old: u64, new: u64) -> f64 {
    if old == 0 { f64::INFINITY } else { (new as f64 - old as f64) * 100.0 / old as f64 }
}

/// The table while it is printed.
struct Table<'a> {
    arguments: &'a Arguments,
    out: &'a mut Output,
    compared: usize,
    found: Vec<Value>,
}

impl Table<'_> {
    /// Compares what two recordings say of one kind of figure.
    fn rows<T: Display + serde::Serialize>(
        &mut self,
        kind: &str,
        before: &BTreeMap<String, T>,
        after: &BTreeMap<String, T>,
        judge: impl Fn(&T, &T) -> Change,
    ) -> Result<(), Failure> {
        if before.is_empty() != after.is_empty() {
            let (present, absent) = if before.is_empty() { ("after", "before") } else { ("before", "after") };
            self.out.line(format_args!(
                "{FAINT}{kind}: measured {present} and not {absent}, so not compared{FAINT:#}"
            ))?;
            return Ok(());
        }
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            if self.arguments.filter.as_ref().is_some_and(|filter| !filter.matches(name)) {
                continue;
            }
            self.compared += 1;
            let (old, new) = (before.get(name), after.get(name));
            let change = match (old, new) {
                (Some(old), Some(new)) => judge(old, new),
                _ => Change::Unmatched,
            };
            if change.is_found() {
                self.found.push(json!({ "kind": kind, "name": name, "before": old, "after": new }));
            }
            if change != Change::Same || self.arguments.all {
                self.row(kind, name, old, new, change)?;
            }
        }
        Ok(())
    }

    fn row<T: Display>(
        &mut self,
        kind: &str,
        name: &str,
        old: Option<&T>,
        new: Option<&T>,
        change: Change,
    ) -> Result<(), Failure> {
        let text = |side: Option<&T>| side.map_or_else(|| "-".to_owned(), ToString::to_string);
        let (old, new) = (text(old), text(new));
        let moved = match (old.parse(), new.parse()) {
            (Ok(old), Ok(new)) if old != new => format!("{:+.2} %", percent(old, new)),
            _ => String::new(),
        };
        let (style, word) = match change {
            Change::Same => (FAINT, "same"),
            Change::Better => (GOOD, "better"),
            Change::Moved => (FAINT, "within the threshold"),
            Change::Worse => (BAD, "worse"),
            Change::Different => (BAD, "changed"),
            Change::Unmatched => (FAINT, "on one side only"),
        };
        self.out.line(format_args!(
            "{kind:<12} {name:<48} {old:>14} {new:>14} {moved:>10} {style}{word}{style:#}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_more_is_allowed_and_no_more() {
        assert_eq!(grown(1000, 1000, 1.0), Change::Same);
        assert_eq!(grown(1000, 1010, 1.0), Change::Moved);
        assert_eq!(grown(1000, 1011, 1.0), Change::Worse);
        assert_eq!(grown(1000, 999, 1.0), Change::Better);
        assert_eq!(grown(0, 1, 1.0), Change::Worse);
    }
}
