//! What may be typed after `reeldex serve` and `reeldex token`.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

use crate::api::Scope;

/// `reeldex serve`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArguments {
    /// Address and port; one that other machines can reach takes a token
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8484",
        env = "REELDEX_LISTEN"
    )]
    pub(in crate::cli) listen: SocketAddr,

    /// Most that rendered previews may take of the library's disk, in mebibytes [default: 2048]
    #[arg(long, value_name = "MIB", env = "REELDEX_CACHE_MEBIBYTES")]
    pub(in crate::cli) cache_mebibytes: Option<u64>,
}

/// `reeldex token`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TokenArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: TokenCommand,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// Make a token; it is printed this once
    Create {
        /// Whose it is, or for what
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
        /// What it allows
        #[arg(long, value_name = "SCOPE")]
        scope: ScopeName,
    },
    /// List tokens
    List,
    /// End a token's validity
    Revoke {
        /// As `token list` prints it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Values of `--scope`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ScopeName {
    /// Search and watch
    Read,
    /// Correct what is said of assets as well
    Curate,
    /// Index as well, and see where files lie
    Admin,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Read => Self::Read,
            ScopeName::Curate => Self::Curate,
            ScopeName::Admin => Self::Admin,
        }
    }
}
