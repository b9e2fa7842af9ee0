//! tmp
use std::path::Path;
use crate::domain::MediaInfo;
pub(crate) fn add_to(_info: &mut MediaInfo, _path: &Path) {}
