//! Where things lie unless somebody says otherwise, after the XDG base directory specification.

use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

use super::ConfigError;

/// `$XDG_DATA_HOME/reeldex/library`.
pub(super) fn default_library() -> Result<PathBuf, ConfigError> {
    Ok(data_dir()?.join("library"))
}

/// `$XDG_DATA_HOME/reeldex/models`.
pub(super) fn default_models_dir() -> Result<PathBuf, ConfigError> {
    Ok(data_dir()?.join("models"))
}

/// `$XDG_CONFIG_HOME/reeldex/config.toml`; `None` without a home directory.
pub(super) fn default_config() -> Option<PathBuf> {
    let strategy = choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("reeldex/config.toml"))
}

fn data_dir() -> Result<PathBuf, ConfigError> {
    let strategy = choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
    Ok(strategy.data_dir().join("reeldex"))
}
