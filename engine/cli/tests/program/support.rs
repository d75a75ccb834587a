//! Runs the program and keeps what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The last line, which is the summary under `--json`.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in the last line of {self:?}"))
    }

    /// Checks for one clear error and exit status 2.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &str) {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert!(self.stderr.contains(words), "{words:?} is not in {self:?}");
        assert_eq!(self.stderr.matches("error:").count(), 1, "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("it prints text"),
            stderr: String::from_utf8(output.stderr).expect("it prints text"),
        }
    }
}

/// The program with these arguments, without a terminal.
pub(crate) fn command<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasclean"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// A file or folder of the corpus.
pub(crate) fn corpus(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(path);
    path.to_str().expect("the path is text").to_owned()
}

/// Runs the program with these arguments.
pub(crate) fn wasclean<const N: usize>(arguments: [&str; N]) -> Said {
    command(arguments).output().expect("the program starts").into()
}

/// Runs the program with these arguments so that none of its files gets longer than so many blocks of 512 bytes.
#[cfg(target_os = "linux")]
pub(crate) fn limited<const N: usize>(blocks: &str, arguments: [&str; N]) -> Said {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", blocks, env!("CARGO_BIN_EXE_wasclean")]);
    shell.args(arguments).stdin(Stdio::null()).output().expect("there is a shell").into()
}

/// A directory that is empty at first and gone at last.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        // Tests run at the same time, and some of them use one name for many directories.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{name}-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("the path of the target directory is text")
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, contents).expect("there is room");
        path.to_str().expect("the path of the target directory is text").to_owned()
    }

    /// The names of the files in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("it is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("it is readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A scenario in which both sides close.
pub(crate) const CLEAN: &str = r#"
format = 1
profile = "standard"
[page]
main = ['new WebSocket("ws://a.test/")']
[[peer]]
steps = ['accept', 'close 1000 "bye"', 'wait close', 'fin']
[expect]
page = ['open@1 close(1000,"bye",clean)@3 final@3']
wire = ['close[03e8627965] tcp-fin']
"#;
