//! The files that the paths on a command line name: which there are, and those that are written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wasclean_explore::folder::write_whole;

use crate::failure::Failure;

/// A kind of file that a command reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What an error calls one of them.
    pub(crate) name: &'static str,
    /// How their names end; all names, if there is none.
    pub(crate) extension: Option<&'static str>,
    /// Whether a file in a folder is one of something else, whatever its name ends in.
    pub(crate) is_other: fn(&Path) -> bool,
}

/// The files that `paths` name: files as they are, folders with all files of `kind` below them, in the order of their
/// names. Hidden ones are left out, and so is what is no file: whoever reads a pipe might wait for ever.
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

/// Writes a file where `--out` says, so that nobody ever sees a part of it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let written = match fs::canonicalize(path) {
        // A device or a pipe stays what it is, and so does a link to a file that is not there yet.
        Ok(real) if !real.is_file() => fs::write(path, contents),
        Err(_) if path.is_symlink() => fs::write(path, contents),
        // A link stays one, and a file keeps the permissions that somebody gave it.
        Ok(real) => {
            let before = fs::metadata(&real).map(|there| there.permissions());
            write_whole(&real, contents).and_then(|()| fs::set_permissions(&real, before?))
        }
        Err(_) => write_whole(path, contents),
    };
    written.map_err(|error| elsewhere(Failure::new(format_args!("cannot write {}: {error}", path.display()))))
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
        } else if kind.extension.is_none_or(|wanted| path.extension().is_some_and(|it| it == wanted))
            && !(kind.is_other)(&path)
            // A link that leads nowhere is told when it is read.
            && fs::metadata(&path).map_or(true, |there| there.is_file())
        {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_stays_one_and_a_file_keeps_its_permissions() {
        let dir = std::env::temp_dir().join(format!("wasclean-files-{}", std::process::id()));
        _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a temporary directory");
        let (file, link, nowhere) = (dir.join("file"), dir.join("link"), dir.join("nowhere"));
        fs::write(&file, "old").expect("there is room");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("it is ours");
        symlink(&file, &link).expect("there is room");
        symlink(dir.join("new"), &nowhere).expect("there is room");
        for path in [&link, &nowhere] {
            write(path, b"new").expect("there is room");
            assert!(path.is_symlink());
            assert_eq!(fs::read_to_string(path).expect("it is there"), "new");
        }
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        write(Path::new("/dev/null"), b"new").expect("it takes everything");
        assert!(!Path::new("/dev/null").is_file());
        fs::remove_dir_all(dir).expect("it is there");
    }
}
