//! The folder with one scenario for each fault, which is written anew without losing what somebody else wrote.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wasclean_explore::folder::numbered;
use wasclean_model::profile::Fault;
use wasclean_model::scenario::text;

use crate::failure::{Failure, note};
use crate::files;

/// What became of the file that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// There was none.
    Absent,
    /// It was the same.
    Same,
    /// It was one that this command wrote, and was replaced.
    Replaced,
    /// It was another one, and has another name now.
    Kept,
}

impl Before {
    fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Same => "same",
            Self::Replaced => "replaced",
            Self::Kept => "kept",
        }
    }
}

/// The scenarios in the folder that `--out` names.
#[derive(Debug)]
pub(super) struct Saved<'a> {
    dir: &'a Path,
    files: Vec<(Fault, Before)>,
    /// Why the first of those that are not there could not be saved.
    failure: Option<Failure>,
    unsaved: u64,
}

impl<'a> Saved<'a> {
    pub(super) fn new(dir: &'a Path) -> Result<Self, Failure> {
        files::make_folder(dir)?;
        Ok(Self { dir, files: Vec::new(), failure: None, unsaved: 0 })
    }

    /// Saves the scenario of a fault, and tells programs what became of its file. The first failure is told at once;
    /// the hunt goes on, because scenarios are printed too.
    pub(super) fn save(&mut self, fault: Fault, text: &str, object: &mut Value) {
        let path = self.dir.join(format!("{fault}.toml"));
        match save(&path, fault, text) {
            Ok(before) => {
                (object["file"], object["before"]) =
                    (json!(path.display().to_string()), json!(before.name()));
                self.files.push((fault, before));
            }
            Err(failure) => {
                object["file"] = json!(null);
                self.unsaved += 1;
                if self.failure.is_none() {
                    failure.report();
                    self.failure = Some(failure);
                }
            }
        }
    }

    /// The failure that has been told, if there was one.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// What programs get of it in the summary.
    pub(super) fn tell_in(&self, summary: &mut Value) {
        summary["unsaved"] = json!(self.unsaved);
        for before in [Before::Absent, Before::Same, Before::Replaced, Before::Kept] {
            let faults = self.files.iter().filter(|(_, it)| *it == before).map(|(fault, _)| fault.id());
            summary["files"][before.name()] = json!(faults.collect::<Vec<_>>());
        }
        if let Some(failure) = &self.failure {
            failure.tell_in(summary);
        }
    }
}

impl fmt::Display for Saved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |before| self.files.iter().filter(|(_, it)| *it == before).count();
        write!(
            f,
            "in {}: {} new, {} as before",
            self.dir.display(),
            count(Before::Absent),
            count(Before::Same)
        )?;
        for (before, words) in [(Before::Replaced, "replaced"), (Before::Kept, "in place of what is kept")] {
            let faults = self.files.iter().filter(|(_, it)| *it == before).map(|(fault, _)| fault.id());
            let names: Vec<&str> = faults.collect();
            if !names.is_empty() {
                write!(f, ", {} {words} ({})", names.len(), names.join(", "))?;
            }
        }
        if self.unsaved > 0 {
            write!(f, ", {} not saved", self.unsaved)?;
        }
        Ok(())
    }
}

fn save(path: &Path, fault: Fault, text: &str) -> Result<Before, Failure> {
    let contents = format!("# {}\n# The fault {fault} ({}) is planted.\n{text}", fault.about(), fault.name());
    let before = match fs::read(path) {
        Ok(old) => {
            // Some checkouts have other ends of lines.
            let old = String::from_utf8_lossy(&old).replace("\r\n", "\n");
            if old == contents {
                return Ok(Before::Same);
            }
            if is_printed(&old, fault) { Before::Replaced } else { Before::Kept }
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => Before::Absent,
        Err(_) => Before::Kept,
    };
    if before == Before::Kept {
        keep(path)?;
    }
    files::write(path, contents.as_bytes())?;
    Ok(before)
}

/// Whether this command can have written it: a head of five comments, and the scenario as it is printed, in which the
/// fault is planted.
fn is_printed(old: &str, fault: Fault) -> bool {
    let is_head = |line: &&str| line.starts_with('#');
    let head: Vec<&str> = old.split_inclusive('\n').take_while(is_head).collect();
    let body = &old[head.iter().map(|line| line.len()).sum()..];
    head.len() == 5
        && head[1].starts_with(&format!("# The fault {fault} ("))
        && text::parse(old)
            .is_ok_and(|scenario| scenario.profile.fault == Some(fault) && text::print(&scenario) == body)
}

/// Gives what is at `path` a name that is free.
fn keep(path: &Path) -> Result<(), Failure> {
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let kept = numbered(&path.with_extension("previous.toml")).find(is_free);
    let kept = kept.expect("there are more numbers than files");
    fs::rename(path, &kept).map_err(|error| {
        Failure::new(format_args!("cannot keep {} as {}: {error}", path.display(), kept.display()))
            .advise("--out names another place")
    })?;
    note(format_args!(
        "{} is not as this command writes it; it is kept as {}",
        path.display(),
        kept.file_name().unwrap_or_default().display()
    ));
    Ok(())
}
