//! Standard output: lines for people or objects for programs.

use std::fmt;
use std::io::{self, Write as _};

use serde_json::Value;

use crate::failure::{Failure, Verdict};

/// Whom the output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    People,
    Programs,
}

/// Standard output. When nobody reads it any more, the command goes on in silence, because its work and its exit
/// status are still wanted.
pub(crate) struct Output {
    audience: Audience,
    is_gone: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { audience: if json { Audience::Programs } else { Audience::People }, is_gone: false }
    }

    pub(crate) fn is_for_programs(&self) -> bool {
        self.audience == Audience::Programs
    }

    /// Writes a line for people; programs do not get it.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        match self.audience {
            Audience::People => self.write(line),
            Audience::Programs => Ok(()),
        }
    }

    /// Writes an object for programs; people do not get it.
    pub(crate) fn object(&mut self, object: &Value) -> Result<(), Failure> {
        match self.audience {
            Audience::People => Ok(()),
            Audience::Programs => self.write(object),
        }
    }

    /// Tells why the request could not be carried out: people on standard error, programs there and by an object.
    pub(crate) fn refuse(&mut self, failure: &Failure) -> Verdict {
        // If standard output takes no more, standard error still does.
        _ = self.object(&failure.object());
        failure.report()
    }

    /// Writes the summary of a command that comes to `verdict`, unless what it should have written has no room.
    pub(crate) fn summary(
        &mut self,
        mut summary: Value,
        unwritten: Option<Failure>,
        verdict: Verdict,
    ) -> Result<Verdict, Failure> {
        if let Some(failure) = &unwritten {
            failure.tell_in(&mut summary);
        }
        self.object(&summary)?;
        Ok(unwritten.map_or(verdict, |failure| failure.report()))
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = io::stdout().write_all(bytes);
        self.settle(result)
    }

    fn write(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        if self.is_gone {
            return Ok(());
        }
        let result = writeln!(anstream::stdout().lock(), "{line}");
        self.settle(result)
    }

    /// Makes sure that everything is out.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        if self.is_gone {
            return Ok(());
        }
        let result = io::stdout().flush();
        self.settle(result)
    }

    fn settle(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(())
            }
            Err(error) => {
                self.is_gone = true;
                Err(Failure::new(format_args!("cannot write to standard output: {error}")))
            }
        }
    }
}
