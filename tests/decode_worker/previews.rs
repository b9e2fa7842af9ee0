//! Previews through real workers: shared, kept, abandoned, and when the disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reeldex::domain::{AssetId, TimeSpan};
use reeldex::media::protocol::{Loudness, Storyboard};
use reeldex::media::{MediaError, WorkerLimits};
use reeldex::previews::{
    Preview, PreviewError, PreviewReader, Previews, pieces, storyboard_comment,
};

use crate::{media, pool, wait_until};

const ASSET: AssetId = AssetId([9; 32]);

fn previews(library: &Path) -> Arc<Previews> {
    Arc::new(Previews::new(
        library,
        64 << 20,
        pool(2, WorkerLimits::default()),
    ))
}

fn clip(start_millis: i64, end_millis: i64) -> Preview {
    Preview::Clip(TimeSpan::new(start_millis, end_millis))
}

fn whole(reader: &mut PreviewReader) -> Result<Vec<u8>, Arc<PreviewError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut all = Vec::new();
        loop {
            let more = reader.read(all.len() as u64, 10_000).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    })
}

/// Files in the cache and in the making.
fn files(library: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(library.join("cache"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let inside = fs::read_dir(entry.path());
        match inside {
            Ok(entries) => found.extend(entries.flatten().map(|entry| entry.path())),
            Err(_) => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn all_who_ask_for_a_clip_share_one_rendering_and_later_ones_get_what_was_kept() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let library = tempfile::tempdir().unwrap();
    let previews = previews(library.path());
    let mut readers: Vec<PreviewReader> = (0..6)
        .map(|_| previews.open(ASSET, clip(5_000, 8_000), &film).unwrap())
        .collect();
    assert!(readers.iter().all(|reader| reader.length().is_none()));
    assert_eq!(files(library.path()).len(), 1, "one file for all");
    let all: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let running: Vec<_> = readers
            .iter_mut()
            .map(|reader| scope.spawn(|| whole(reader).unwrap()))
            .collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(all[0].len() > 50_000);
    assert!(all.iter().all(|bytes| *bytes == all[0]));
    let mut kept = previews.open(ASSET, clip(5_000, 8_000), &film).unwrap();
    assert_eq!(kept.length(), Some(all[0].len() as u64));
    assert_eq!(whole(&mut kept).unwrap(), all[0]);
    assert_eq!(files(library.path()).len(), 1);
    // The next program finds it, even when the film is out of reach.
    let mut later = self::previews(library.path())
        .open(ASSET, clip(5_000, 8_000), Path::new("/nowhere"))
        .unwrap();
    assert_eq!(whole(&mut later).unwrap(), all[0]);
}

#[test]
fn what_nobody_waits_for_is_not_rendered_to_its_end() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let library = tempfile::tempdir().unwrap();
    let previews = previews(library.path());
    let mut reader = previews.open(ASSET, clip(0, 30_000), &film).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(reader.reached(1)).unwrap();
    drop(reader);
    wait_until("an empty cache", || files(library.path()).is_empty());
    // And it can be asked for again.
    let mut again = previews.open(ASSET, clip(0, 1_000), &film).unwrap();
    assert!(whole(&mut again).unwrap().len() > 1000);
}

#[test]
fn a_file_that_gives_nothing_leaves_nothing_and_says_why_to_all() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let library = tempfile::tempdir().unwrap();
    let previews = previews(library.path());
    let mut first = previews.open(ASSET, clip(90_000, 95_000), &film).unwrap();
    let mut second = previews.open(ASSET, clip(90_000, 95_000), &film).unwrap();
    for reader in [&mut first, &mut second] {
        let error = whole(reader).unwrap_err();
        assert!(
            matches!(*error, PreviewError::Media(MediaError::BadSpan { .. })),
            "{error}"
        );
    }
    drop((first, second));
    wait_until("an empty cache", || files(library.path()).is_empty());
    assert!(matches!(
        previews.open(ASSET, clip(0, 1000), Path::new("/nowhere/film.mp4")),
        Err(PreviewError::Source { .. })
    ));
}

#[test]
fn stills_sheets_and_levels_come_from_the_worker_too() {
    let (Some(film), Some(speech), Some(bars)) = (
        media("video/big_buck_bunny_0_30.webm"),
        media("audio/jfk.wav"),
        media("video/smpte-2997.mp4"),
    ) else {
        return;
    };
    let library = tempfile::tempdir().unwrap();
    let previews = previews(library.path());
    let get = |preview, path: &Path, asset| {
        whole(&mut previews.open(AssetId([asset; 32]), preview, path).unwrap())
    };

    let frame = image::load_from_memory(&get(Preview::Frame(4_000), &bars, 1).unwrap()).unwrap();
    assert_eq!((frame.width(), frame.height()), (1920, 1080));
    assert!(get(Preview::Frame(60_000), &bars, 1).is_err());

    let sheet = get(Preview::Storyboard, &film, 2).unwrap();
    let storyboard: Storyboard =
        serde_json::from_slice(storyboard_comment(&sheet).unwrap()).unwrap();
    let picture = image::load_from_memory(&sheet).unwrap();
    assert_eq!(picture.width(), storyboard.columns * storyboard.tile_width);
    assert_eq!(picture.height(), storyboard.rows * storyboard.tile_height);
    assert_eq!((storyboard.tile_width, storyboard.tile_height), (160, 90));
    assert!(storyboard.tiles.len() <= 100 && storyboard.tiles.is_sorted());

    let levels: Loudness =
        serde_json::from_slice(&get(Preview::Loudness, &speech, 3).unwrap()).unwrap();
    assert_eq!(levels.step_millis * levels.levels_db.len() as i64, 11_000);
    let loudest = levels.levels_db.iter().copied().fold(f32::MIN, f32::max);
    assert!((-20.0..0.0).contains(&loudest), "{loudest}");
    let error = get(Preview::Loudness, &bars, 4).map(|bytes| String::from_utf8_lossy(&bytes).len());
    assert!(error.is_err() || error.is_ok_and(|length| length > 100));

    let piece = pieces(30_000)[2];
    let bytes = get(Preview::Piece(piece), &film, 2).unwrap();
    assert_eq!(bytes[0], 0x47);
    assert_eq!(bytes.len() % 188, 0);
}

#[test]
fn a_full_disk_is_told_and_leaves_no_half_file() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only the superuser may mount a small file system");
        return;
    }
    let small = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=200k", "tmpfs"])
        .arg(small.path())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("skipped: this place does not let the superuser mount file systems");
        return;
    }
    let previews = previews(small.path());
    let result = whole(&mut previews.open(ASSET, clip(5_000, 25_000), &film).unwrap());
    std::thread::sleep(Duration::from_millis(100));
    let left = files(small.path());
    drop(previews);
    let unmounted = std::process::Command::new("umount")
        .arg(small.path())
        .status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    let error = result.unwrap_err();
    assert!(matches!(*error, PreviewError::DiskFull), "{error}");
    assert!(left.is_empty(), "{left:?}");
}
