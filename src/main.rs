//! Runs the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|name| name == reeldex::media::DECODE_WORKER_COMMAND)
    {
        return reeldex::media::run_decode_worker();
    }
    ExitCode::SUCCESS
}
