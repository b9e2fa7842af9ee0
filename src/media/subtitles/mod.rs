//! tmp
use super::{MediaError, protocol::SubtitleFile};
use std::path::Path;
pub(crate) fn read(_path: &Path) -> Result<SubtitleFile, MediaError> {
    Err(MediaError::NotMedia)
}
