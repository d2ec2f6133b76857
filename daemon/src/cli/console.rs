//! Where a command reads and writes: the process's own streams, or a test's.

use std::io::{self, BufRead, ErrorKind, Write};

use serde_json::Value;

/// Standard input, output and error.
pub(super) struct Console<'a> {
    pub(super) input: &'a mut dyn BufRead,
    pub(super) output: &'a mut dyn Write,
    pub(super) error: &'a mut dyn Write,
    /// Somebody sits there who can be asked.
    pub(super) interactive: bool,
    /// Progress may be drawn on standard error.
    pub(super) progress: bool,
}

impl Console<'_> {
    /// Writes to standard output. A reader that has gone away (`| head`) is no failure.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        match self
            .output
            .write_all(text.as_bytes())
            .and_then(|()| self.output.flush())
        {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes one JSON document and a line end.
    pub(super) fn print_json(&mut self, value: &Value) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        self.print(&format!("{text}\n"))
    }

    /// Writes to standard error; where that is gone there is nobody left to tell.
    pub(super) fn print_error(&mut self, text: &str) {
        let told = self
            .error
            .write_all(text.as_bytes())
            .and_then(|()| self.error.flush());
        told.unwrap_or_default();
    }

    /// Asks a question; the answer without blanks around it, empty at the end of input.
    pub(super) fn ask(&mut self, question: &str) -> io::Result<String> {
        self.print_error(question);
        let mut answer = String::new();
        io::Read::take(&mut *self.input, 1024).read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }
}
