//! Scenario files: which there are, and what is in them.

use std::io;
use std::path::{Path, PathBuf};

use wasclean_model::invariant::INVARIANTS;
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::text::{self, TextError};

use crate::bytes::{read_all, read_file};
use crate::failure::Failure;
use crate::files::{self, Kind};
use crate::style::{ADVICE, FAINT};

/// A scenario and where it was read.
#[derive(Debug)]
pub(crate) struct ScenarioFile {
    pub(crate) path: PathBuf,
    pub(crate) scenario: Scenario,
}

const KIND: Kind = Kind { name: "scenario", extension: Some("toml"), is_other: |_| false };

/// The scenario files that `paths` name, as [`files::find`] finds them.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    files::find(paths, KIND)
}

/// Reads the scenario at `path`; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<ScenarioFile, Failure> {
    let bytes = if path == Path::new("-") {
        read_all(io::stdin().lock(), "standard input")?
    } else {
        read_file(path)?
    };
    let source = match str::from_utf8(&bytes) {
        Ok(source) => source,
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
            return Err(Failure::new(format_args!("{}:{line}: not UTF-8", path.display()))
                .advise("a scenario is a text file; bytes are written as hexadecimal digits in it"));
        }
    };
    // A misspelt ID would be told as one that is not broken any more.
    let invariants: Vec<&str> = INVARIANTS.iter().map(|invariant| invariant.id).collect();
    match text::parse_among(source, &invariants) {
        Ok(scenario) => Ok(ScenarioFile { path: path.to_owned(), scenario }),
        Err(error) => Err(malformed(path, source, &error)),
    }
}

/// The error with its place and the line it is in.
fn malformed(path: &Path, source: &str, error: &TextError) -> Failure {
    let TextError { line, column, span, message, advice } = error;
    let mut told = format!("{}:{line}:{column}: {message}", path.display());
    if let Some(text) = source.lines().nth(line.saturating_sub(1)).filter(|text| text.chars().count() <= 160)
    {
        let margin = line.to_string();
        let before = column.saturating_sub(1).min(text.chars().count());
        let wanted =
            source.get(span.clone()).map_or(1, |spanned| spanned.chars().take_while(|c| *c != '\n').count());
        let marked = wanted.clamp(1, (text.chars().count() - before).max(1));
        // Tabs are kept, so that the mark stands below what it marks.
        let indent: String = text.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let gap = " ".repeat(margin.len());
        told.push_str(&format!(
            "\n {FAINT}{gap} |{FAINT:#}\n {FAINT}{margin} |{FAINT:#} {text}\n {FAINT}{gap} |{FAINT:#} {indent}{ADVICE}{}{ADVICE:#}",
            "^".repeat(marked)
        ));
    }
    let failure = Failure::new(told);
    if advice.is_empty() { failure } else { failure.advise(advice) }
}
