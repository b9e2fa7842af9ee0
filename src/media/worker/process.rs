//! One decode worker as the program sees it: started, spoken to, listened to, and how it ended.

use std::collections::VecDeque;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{DECODE_WORKER_COMMAND, WorkerLimits};
use crate::media::MediaError;
use crate::media::wire::{self, PROTOCOL_VERSION, Reply, Request, WireError};

/// How many messages may wait for a slow consumer; then the pipe fills and the worker waits too.
const MESSAGES_AHEAD: usize = 4;

/// How much of what the worker wrote to stderr is kept, in bytes.
const LAST_WORDS: usize = 2048;

/// How long a worker that closed its pipe may take to end.
const END_WAIT: Duration = Duration::from_secs(2);

/// Variables that a worker inherits; the rest, keys and tokens among it, it never sees.
const ENVIRONMENT: [&str; 9] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "RUST_BACKTRACE",
];

type Message = (Reply, Vec<u8>);

/// A running decode worker. Dropping it kills the process.
pub(super) struct WorkerProcess {
    child: Child,
    stdin: ChildStdin,
    replies: Receiver<Result<Message, WireError>>,
    last_words: Arc<Mutex<VecDeque<u8>>>,
    stderr_reader: Option<JoinHandle<()>>,
    limits: WorkerLimits,
    /// Requests it has taken so far.
    pub(super) served: u32,
    /// Versions of the libraries that it decodes with.
    libraries: String,
}

/// Why no message came.
pub(super) enum Silence {
    /// The worker ended or closed its pipe.
    Ended,
    /// The deadline passed.
    Deadline,
    /// What came is no message.
    Rubbish(WireError),
}

impl WorkerProcess {
    /// Starts `program decode-worker` and shakes hands with it.
    pub(super) fn start(program: &Path, limits: WorkerLimits) -> Result<Self, MediaError> {
        let failed = |error: std::io::Error| MediaError::WorkerStart {
            reason: error.to_string(),
        };
        let mut command = Command::new(program);
        command
            .arg(DECODE_WORKER_COMMAND)
            .env_clear()
            .envs(
                ENVIRONMENT
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            // Each of glibc's arenas reserves 64 MiB of address space, and decoders start many threads.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C on the terminal is for the program to act on; workers end when it says so.
            .process_group(0);
        let (child_sender, child_receiver) = bounded(1);
        let (reply_sender, replies) = bounded(MESSAGES_AHEAD);
        // The system ties a child's life to the thread that started it, so the thread that reads
        // its pipe to the end is the one to start it.
        thread::Builder::new()
            .name("decode-worker".to_owned())
            .spawn(move || keep(command, &child_sender, &reply_sender))
            .map_err(failed)?;
        let mut child = child_receiver
            .recv()
            .map_err(|error| MediaError::WorkerStart {
                reason: error.to_string(),
            })?
            .map_err(failed)?;
        let (Some(stdin), Some(mut stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(MediaError::WorkerStart {
                reason: "its pipes are missing".to_owned(),
            });
        };
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&last_words);
        let stderr_reader = thread::spawn(move || keep_last_words(&mut stderr, &kept));
        let mut worker = Self {
            child,
            stdin,
            replies,
            last_words,
            stderr_reader: Some(stderr_reader),
            limits,
            served: 0,
            libraries: String::new(),
        };
        worker.shake_hands()?;
        Ok(worker)
    }

    fn shake_hands(&mut self) -> Result<(), MediaError> {
        let program = env!("CARGO_PKG_VERSION");
        let hello = Request::Hello {
            protocol: PROTOCOL_VERSION,
            program: program.to_owned(),
            limits: self.limits,
        };
        // A worker that is gone already says more by how it ended than by the broken pipe.
        let _ = self.send(&hello);
        let reason = match self.receive() {
            Ok((
                Reply::Ready {
                    protocol,
                    program: theirs,
                    libraries,
                },
                _,
            )) => {
                if (protocol, theirs.as_str()) == (PROTOCOL_VERSION, program) {
                    tracing::debug!(worker = self.id(), %libraries, "decode worker started");
                    self.libraries = libraries;
                    return Ok(());
                }
                let reason = format!(
                    "it is version {theirs} ({protocol}), the program is {program} ({PROTOCOL_VERSION})"
                );
                return Err(MediaError::Protocol { reason });
            }
            Ok((Reply::Failed(error), _)) => return Err(error),
            Ok((reply, _)) => {
                return Err(MediaError::Protocol {
                    reason: format!("{reply:?} for a greeting"),
                });
            }
            Err(Silence::Rubbish(error)) => {
                return Err(MediaError::Protocol {
                    reason: crate::fault::message_chain(&error),
                });
            }
            Err(Silence::Deadline) => {
                format!(
                    "it did not answer for {} s",
                    self.limits.no_progress.as_secs()
                )
            }
            Err(Silence::Ended) => self.how_it_ended(),
        };
        Err(MediaError::WorkerStart { reason })
    }

    /// Versions of the libraries that it decodes with.
    pub(super) fn libraries(&self) -> &str {
        &self.libraries
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a request; what it wrote to stderr before counts no more.
    pub(super) fn send(&mut self, request: &Request) -> Result<(), WireError> {
        self.last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        wire::send(&mut self.stdin, request, &[])
    }

    /// The next message, waited for until the no-progress deadline.
    ///
    /// Only this wait counts: messages that came while the program was busy are there already.
    pub(super) fn receive(&mut self) -> Result<Message, Silence> {
        match self.replies.recv_timeout(self.limits.no_progress) {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(WireError::Closed | WireError::Pipe(_)))
            | Err(RecvTimeoutError::Disconnected) => Err(Silence::Ended),
            Ok(Err(rubbish)) => Err(Silence::Rubbish(rubbish)),
            Err(RecvTimeoutError::Timeout) => Err(Silence::Deadline),
        }
    }

    /// The error for the file in hand when no message came.
    pub(super) fn silence_as_error(&mut self, silence: Silence) -> MediaError {
        match silence {
            Silence::Deadline => MediaError::Stalled {
                seconds: self.limits.no_progress.as_secs(),
            },
            Silence::Rubbish(error) => MediaError::Protocol {
                reason: crate::fault::message_chain(&error),
            },
            Silence::Ended => {
                let how = self.how_it_ended();
                if tells_of_memory(&how) {
                    MediaError::OutOfMemory {
                        limit_mebibytes: self.limits.memory_mebibytes(),
                    }
                } else {
                    MediaError::WorkerDied { how }
                }
            }
        }
    }

    /// The signal or exit status, and the last line it wrote to stderr.
    pub(super) fn how_it_ended(&mut self) -> String {
        let how = match self.wait_for_end() {
            Some(status) => describe(status),
            None => "it closed its pipe and was killed".to_owned(),
        };
        if let Some(reader) = self
            .stderr_reader
            .take_if(|_| !matches!(self.child.try_wait(), Ok(None)))
        {
            // A grandchild could hold the pipe open, so this does not wait for its end.
            let deadline = Instant::now() + END_WAIT;
            while !reader.is_finished() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let mut words = self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let words = String::from_utf8_lossy(words.make_contiguous())
            .trim()
            .to_owned();
        if words.is_empty() {
            how
        } else {
            format!("{how}; its last words: {words}")
        }
    }

    fn wait_for_end(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + END_WAIT;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        None
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it is left after this.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the process, then passes on what it says until it closes its pipe or nobody listens.
fn keep(
    mut command: Command,
    started: &Sender<std::io::Result<Child>>,
    replies: &Sender<Result<Message, WireError>>,
) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            // The receiver waits for exactly this message.
            let _ = started.send(Err(error));
            return;
        }
    };
    let stdout = child.stdout.take();
    if started.send(Ok(child)).is_err() {
        return;
    }
    let Some(mut stdout) = stdout else { return };
    loop {
        let message = wire::receive::<Reply>(&mut stdout);
        let is_last = message.is_err();
        if replies.send(message).is_err() || is_last {
            return;
        }
    }
}

fn keep_last_words(stderr: &mut impl Read, kept: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&buffer[..count]);
        let surplus = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..surplus);
    }
}

/// Whether the end of a worker speaks of memory that it could not get.
///
/// Rust, C++ and the C library each say so in their own words before they abort.
fn tells_of_memory(how: &str) -> bool {
    [
        "memory allocation of",
        "bad_alloc",
        "Cannot allocate memory",
    ]
    .iter()
    .any(|words| how.contains(words))
}

fn describe(status: ExitStatus) -> String {
    let Some(signal) = status.signal() else {
        return match status.code() {
            Some(code) => format!("exit status {code}"),
            None => status.to_string(),
        };
    };
    let name = match signal {
        4 => " (SIGILL, an instruction that this processor lacks)",
        6 => " (SIGABRT, it gave up)",
        8 => " (SIGFPE, a division by zero)",
        9 => " (SIGKILL, as the system does when memory runs out)",
        11 => " (SIGSEGV, it touched memory that is not its own)",
        15 => " (SIGTERM)",
        _ => "",
    };
    format!("signal {signal}{name}")
}
