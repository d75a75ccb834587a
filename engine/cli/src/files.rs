//! The files that the paths on a command line name: which there are, and those that are written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A kind of file that a command reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What an error calls one of them.
    pub(crate) name: &'static str,
    /// How their names end; all names, if there is none.
    pub(crate) extension: Option<&'static str>,
}

/// The files that `paths` name: files as they are, folders with all files of `kind` below them, in the order of their
/// names. Hidden ones are left out.
///
/// # Errors
/// A folder cannot be read, or holds no file of `kind`.
pub(crate) fn find(paths: &[PathBuf], kind: Kind) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        below(path, kind, &mut found)?;
        if found.len() == before {
            return Err(holds_none(path, kind));
        }
    }
    Ok(found)
}

fn holds_none(folder: &Path, kind: Kind) -> Failure {
    let failure = Failure::new(format_args!("{} holds no {}", folder.display(), kind.name));
    match kind.extension {
        Some(extension) => failure.advise(format_args!(
            "a {} is a file whose name ends in .{extension}; is the folder the one that is meant?",
            kind.name
        )),
        None => failure,
    }
}

/// Makes sure that the name of a folder can be told in JSON, and so in the saved state of a campaign.
pub(crate) fn check_is_text(dir: &Path) -> Result<(), Failure> {
    match dir.to_str() {
        Some(_) => Ok(()),
        None => Err(Failure::new(format_args!("the name of the folder {} is not UTF-8", dir.display()))
            .advise("what is saved there is named in JSON; rename the folder, or name another one")),
    }
}

/// Makes the folder that `--out` names, and those around it.
pub(crate) fn make_folder(dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir).map_err(|error| {
        elsewhere(Failure::new(format_args!("cannot make the folder {}: {error}", dir.display())))
    })
}

/// Writes a file where `--out` says.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    fs::write(path, contents)
        .map_err(|error| elsewhere(Failure::new(format_args!("cannot write {}: {error}", path.display()))))
}

fn elsewhere(failure: Failure) -> Failure {
    failure.advise("--out names another place")
}

/// Links to folders are not followed, so that there is no way round in a circle.
fn below(folder: &Path, kind: Kind, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable =
        |error: io::Error| Failure::new(format_args!("cannot read the folder {}: {error}", folder.display()));
    let mut entries =
        fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&path, kind, found)?;
        } else if kind.extension.is_none_or(|wanted| path.extension().is_some_and(|it| it == wanted)) {
            found.push(path);
        }
    }
    Ok(())
}
