//! A file's size, time and place on disk, by which a change to it is noticed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What the file system says of a file; taken before and after reading it, a difference means that
/// it changed in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileStamp {
    /// Bytes.
    pub size: u64,
    /// Last change of the content, in nanoseconds since 1970.
    pub mtime_nanos: i64,
    /// Number of the file on its device.
    pub inode: u64,
    /// The device.
    pub device: u64,
}

impl FileStamp {
    /// The stamp of the file that `path` names, symbolic links followed.
    ///
    /// # Errors
    /// When it does not exist or its directory may not be read.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self::from(&std::fs::metadata(path)?))
    }
}

impl From<&Metadata> for FileStamp {
    fn from(metadata: &Metadata) -> Self {
        let nanos =
            i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self {
            size: metadata.size(),
            // Some file systems hold times beyond the year 2262; all of those look alike.
            mtime_nanos: i64::try_from(nanos).unwrap_or(if nanos < 0 {
                i64::MIN
            } else {
                i64::MAX
            }),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_stamp_changes_when_the_file_grows_or_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mov");
        fs::write(&path, b"one").unwrap();
        let first = FileStamp::of(&path).unwrap();
        assert_eq!(FileStamp::of(&path).unwrap(), first);
        assert_eq!(first.size, 3);
        fs::write(&path, b"four").unwrap();
        assert_ne!(FileStamp::of(&path).unwrap(), first);
        let other = folder.path().join("other");
        fs::write(&other, b"one").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(FileStamp::of(&path).unwrap().inode, first.inode);
        assert!(FileStamp::of(&folder.path().join("none")).is_err());
    }
}
