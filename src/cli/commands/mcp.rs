//! `reeldex mcp`: standard output carries the protocol alone.

use crate::{
    api,
    app::App,
    fault::{AnyError, ExitStatus},
};

pub(in crate::cli) fn run(app: App) -> Result<ExitStatus, AnyError> {
    api::serve_tools(app)?;
    Ok(ExitStatus::Done)
}
