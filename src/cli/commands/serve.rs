//! `reeldex serve`.

use serde_json::json;

use super::super::{arguments::ServeArguments, output::Output};
use crate::{
    api,
    app::App,
    fault::{AnyError, ExitStatus},
};

pub(in crate::cli) fn run(
    app: App,
    arguments: &ServeArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    api::serve(app, arguments.listen, &mut |address| {
        output.event(&json!({ "event": "listening", "address": address.to_string() }));
        output.line(format!(
            "http://{address}/  (Ctrl-C ends it; /docs describes the API)"
        ));
    })?;
    Ok(ExitStatus::Done)
}
