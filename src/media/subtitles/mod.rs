//! tmp
use std::path::Path;
use super::{MediaError, protocol::SubtitleFile};
pub(crate) fn read(_path: &Path) -> Result<SubtitleFile, MediaError> { Err(MediaError::NotMedia) }
