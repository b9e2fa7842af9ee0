//! The command line: definitions, then settings, then one command; all printing happens here.

mod arguments;
mod commands;
mod output;
mod progress;

use std::{ffi::OsString, process::ExitCode, sync::Arc};

use clap::Parser;

use crate::{
    app::App,
    config::Settings,
    fault::{AnyError, ExitStatus},
    indexing::Cancel,
    media,
};
use arguments::{Arguments, Command};
use output::Output;

/// Runs the command that `arguments` ask for and says how it went.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    // A decode worker needs nothing of what follows and must be ready in milliseconds.
    if arguments
        .get(1)
        .is_some_and(|argument| argument == media::DECODE_WORKER_COMMAND)
    {
        return media::run_decode_worker();
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not errors; clap knows which is which.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    output::start_logging(arguments.global.verbose);
    let output = Output::new(arguments.global.json, arguments.global.quiet);
    match execute(arguments, &output) {
        Ok(status) => ExitCode::from(status as u8),
        Err(error) => {
            output.error(&*error);
            ExitCode::from(error.exit_status() as u8)
        }
    }
}

fn execute(arguments: Arguments, output: &Output) -> Result<ExitStatus, AnyError> {
    // A world needs no settings, no library and no models.
    if let Command::Demo(demo) = &arguments.command {
        return commands::demo::run(&demo.command, arguments.global.threads, output);
    }
    let cancel = Arc::new(Cancel::default());
    let settings = Settings::resolve(arguments.overrides())?;
    let app = App::new(settings, Arc::clone(&cancel));
    match arguments.command {
        Command::Index(index) => commands::index::run(&app, &index, output),
        Command::Retry(_) => commands::index::retry(&app, output),
        Command::Search(search) => commands::search::run(&app, &search, output),
        Command::Reel(reel) => commands::reel::run(&app, &reel.command, output),
        Command::Correct(correct) => commands::correct::run(&app, &correct, output),
        Command::Show(show) => commands::show::run(&app, &show, output),
        Command::Status(status) => commands::status::run(&app, &status, output),
        Command::Models(models) => commands::models::run(&app, &models, output),
        Command::Doctor => commands::doctor::run(&app, output),
        Command::Reindex => commands::reindex::run(&app, output),
        Command::Mcp => commands::mcp::run(app),
        Command::Serve(serve) => commands::serve::run(app, &serve, output),
        Command::Token(token) => commands::token::run(&app, &token.command, output),
        Command::Eval(eval) => commands::eval::run(&app, &eval, output),
        Command::Demo(_) => Ok(ExitStatus::Done),
    }
}
