//! The `reeldex` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    reeldex::cli::run(std::env::args_os())
}
