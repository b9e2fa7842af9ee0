//! `reeldex token`.

use serde_json::json;

use super::super::{arguments::TokenCommand, output::Output};
use crate::{
    api::Tokens,
    app::App,
    fault::{AnyError, ExitStatus},
};

pub(in crate::cli) fn run(
    app: &App,
    command: &TokenCommand,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let mut tokens = Tokens::open(&app.settings.library)?;
    match command {
        TokenCommand::Create { name, scope } => {
            let (token, secret) = tokens.create(name, (*scope).into())?;
            if output.json {
                output.document(&json!({ "id": token.id, "name": token.name, "scope": token.scope, "token": secret }));
            } else {
                output.line(secret);
                output.note(format!(
                    "keep it: the library knows its hash alone; `reeldex token revoke {}` ends it",
                    token.id
                ));
            }
        }
        TokenCommand::List => {
            if output.json {
                let list: Vec<_> = tokens
                    .list()
                    .iter()
                    .map(|token| json!({ "id": token.id, "name": token.name, "scope": token.scope, "created": token.created }))
                    .collect();
                output.document(&json!({ "tokens": list }));
            } else {
                for token in tokens.list() {
                    let scope = format!("{:?}", token.scope).to_lowercase();
                    output.line(format!(
                        "{}  {scope:<7} {}  {}",
                        token.id, token.created, token.name
                    ));
                }
            }
        }
        TokenCommand::Revoke { id } => {
            tokens.revoke(id)?;
            if output.json {
                output.document(&json!({ "revoked": id }));
            }
        }
    }
    Ok(ExitStatus::Done)
}
