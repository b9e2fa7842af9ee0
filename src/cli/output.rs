//! The only place that prints: text for people, JSON for programs, errors with their hints.
#![expect(clippy::print_stderr, reason = "printing is this module's purpose")]

use std::io::{IsTerminal, Write};

use serde::Serialize;
use serde_json::json;

use crate::fault::{Diagnose, message_chain};

/// Where results go.
pub(super) struct Output {
    /// Whether standard output is JSON alone.
    pub(super) json: bool,
    quiet: bool,
}

impl Output {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// One line of a result; ends the process quietly when the reader has gone away.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        if !self.json && !self.quiet {
            write_or_exit(text.as_ref().as_bytes());
            write_or_exit(b"\n");
        }
    }

    /// The whole result as JSON.
    pub(super) fn document(&self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string_pretty(value) {
            write_or_exit(text.as_bytes());
            write_or_exit(b"\n");
        }
    }

    /// Something to know that is not a result.
    pub(super) fn note(&self, text: impl AsRef<str>) {
        if self.json {
            self.event(&json!({ "event": "note", "message": text.as_ref() }));
        } else if !self.quiet {
            eprintln!("{}", text.as_ref());
        }
    }

    /// One event as a line of JSON on standard error; nothing for people.
    pub(super) fn event(&self, event: &impl Serialize) {
        if let (true, Ok(text)) = (self.json, serde_json::to_string(event)) {
            eprintln!("{text}");
        }
    }

    /// An error and what to do about it.
    pub(super) fn error(&self, error: &dyn Diagnose) {
        let message = message_chain(&error);
        if self.json {
            self.event(&json!({
                "event": "error",
                "code": error.code(),
                "message": message,
                "hint": error.hint(),
            }));
            return;
        }
        eprintln!("{} {message}", emphasis("error:", "31"));
        if let Some(hint) = error.hint() {
            eprintln!("{} {hint}", emphasis("hint:", "36"));
        }
    }

    /// Whether a person watches standard error on a terminal.
    pub(super) fn is_watched(&self) -> bool {
        !self.json && !self.quiet && std::io::stderr().is_terminal()
    }
}

fn write_or_exit(bytes: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(bytes).is_err() {
        // `reeldex search … | head` closes the pipe; that is no failure.
        std::process::exit(0);
    }
}

/// `text` in bold and a colour of ANSI X3.64 where a terminal shows standard error.
fn emphasis(text: &str, colour: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[1;{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// `text` in bold where a terminal shows standard output.
pub(super) fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Running time as `M:SS.mmm` or `H:MM:SS.mmm`.
pub(super) fn clock(millis: i64) -> String {
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{fraction:03}")
    } else {
        format!("{minutes}:{seconds:02}.{fraction:03}")
    }
}

/// A size with a binary unit.
pub(super) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// Sends log events to standard error: warnings, with `-v` also what is being done.
pub(super) fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "reeldex=info,warn",
        _ => "reeldex=debug,info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("REELDEX_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // A second subscriber in one process, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_show_hours_only_where_there_are_any() {
        assert_eq!(clock(61_005), "1:01.005");
        assert_eq!(clock(3_600_000), "1:00:00.000");
    }
}
