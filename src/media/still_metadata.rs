//! tmp
use crate::domain::MediaInfo;
use std::path::Path;
pub(crate) fn add_to(_info: &mut MediaInfo, _path: &Path) {}
