//! Who has to act on an error: every error of every layer says whose fault it is, its code and a hint.

use std::error::Error;

/// Who can put an error right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The command, the configuration or the file given is wrong.
    User,
    /// Something around the program is missing or failed: a model, a disk, a network, a permission.
    Environment,
    /// The program itself is wrong.
    Bug,
}

/// How the process ends; the numbers are part of the command contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything was done.
    Done = 0,
    /// Arguments or configuration are wrong.
    Usage = 2,
    /// A model or another dependency is missing.
    Missing = 3,
    /// The work failed.
    Failed = 4,
    /// The user stopped it.
    Interrupted = 5,
    /// Done, but some files failed.
    Partial = 6,
}

/// What every error of Reeldex can tell beyond its message.
pub trait Diagnose: Error + Send + Sync + 'static {
    /// Who can put it right.
    fn fault(&self) -> Fault;

    /// A stable, machine-readable name in `snake_case`, such as `model_missing`.
    fn code(&self) -> &'static str;

    /// What to do next, as one sentence without a full stop.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The exit status when this error ends the command.
    fn exit_status(&self) -> ExitStatus {
        match self.fault() {
            Fault::User => ExitStatus::Usage,
            Fault::Environment | Fault::Bug => ExitStatus::Failed,
        }
    }
}

/// Any layer's error, boxed where layers meet.
pub type AnyError = Box<dyn Diagnose>;

impl<E: Diagnose> From<E> for AnyError {
    fn from(error: E) -> Self {
        Box::new(error)
    }
}

/// The message of `error` and of its causes, joined by `: `, a repeated cause told once.
pub fn message_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let message = inner.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = inner.source();
    }
    text
}
