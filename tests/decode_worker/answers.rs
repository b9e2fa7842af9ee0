//! What a worker says of files, one after another.

use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use reeldex::domain::AssetKind;
use reeldex::media::protocol::{ShotDepth, ShotEvent, ShotRequest};
use reeldex::media::{MediaError, WorkerLimits};

use crate::{impatient, is_running, keyframes_only, media, pool};

#[test]
fn one_worker_serves_files_of_every_kind_one_after_another() {
    let (Some(film), Some(still), Some(speech), Some(subtitles)) = (
        media("video/rabbit320.mp4"),
        media("image/larch.jpg"),
        media("audio/jfk.wav"),
        media("audio/jfk.srt"),
    ) else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id().unwrap();

    assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
    assert_eq!(session.probe(&still).unwrap().kind, AssetKind::Image);
    let mut keyframes = 0;
    let summary = session
        .shots(&film, &keyframes_only(), &mut |event| {
            if let ShotEvent::Keyframe { picture, .. } = event {
                assert_eq!(
                    picture.rgb.len(),
                    (picture.width * picture.height * 3) as usize
                );
                assert!(picture.rgb.iter().any(|value| *value != picture.rgb[0]));
                keyframes += 1;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(keyframes > 0);
    assert_eq!(summary.keyframes, keyframes);
    let (mut count, mut loudest) = (0, 0.0_f32);
    let summary = session
        .audio(&speech, 0, &mut |samples| {
            count += samples.mono.len() as u64;
            loudest = samples
                .mono
                .iter()
                .fold(loudest, |loudest, value| loudest.max(value.abs()));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((summary.samples, count), (176_000, 176_000));
    assert!(loudest > 0.1 && loudest <= 1.0, "{loudest}");
    let subtitles = session.subtitle_file(&subtitles).unwrap();
    assert_eq!(subtitles.format, "srt");
    assert!(
        subtitles
            .cues
            .iter()
            .any(|cue| cue.text.contains("fellow Americans"))
    );

    assert_eq!(session.worker_id(), Some(worker));
    drop(session);
    assert_eq!(
        pool.session().unwrap().worker_id(),
        Some(worker),
        "an idle worker is kept"
    );
    drop(pool);
    assert!(!is_running(worker), "a pool leaves no worker behind");
}

#[test]
fn paths_of_any_bytes_reach_the_worker() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();
    for name in [
        b"caf\xe9\xff.mp4".as_slice(),
        b"two\nlines.mp4",
        b"file:%d,*?[a].mp4",
        b"-",
    ] {
        let path = folder.path().join(OsStr::from_bytes(name));
        symlink(film.canonicalize().unwrap(), &path).unwrap();
        assert_eq!(
            session.probe(&path).unwrap().kind,
            AssetKind::Video,
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_file_that_is_no_media_is_an_error_and_the_worker_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.mp4");
    fs::write(&path, "just words").unwrap();
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id();
    assert!(session.probe(&path).is_err());
    assert!(matches!(
        session.probe(&folder.path().join("none")),
        Err(MediaError::Unreadable { .. })
    ));
    assert_eq!(session.worker_id(), worker);
}

#[test]
fn a_consumer_may_stop_early_and_go_on_with_another_file() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let mut events = 0;
    let summary = session
        .shots(
            &film,
            &ShotRequest {
                depth: ShotDepth::Full,
                ..keyframes_only()
            },
            &mut |_| {
                events += 1;
                ControlFlow::Break(())
            },
        )
        .unwrap();
    assert_eq!(events, 1);
    assert!(summary.keyframes <= 1);
    assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
}

#[test]
fn sessions_wait_for_a_free_worker_and_never_exceed_the_pool() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let pool = pool(2, WorkerLimits::default());
    let workers = std::sync::Mutex::new(std::collections::BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut session = pool.session().unwrap();
                session.probe(&film).unwrap();
                workers.lock().unwrap().insert(session.worker_id().unwrap());
            });
        }
    });
    assert!(workers.lock().unwrap().len() <= 2);
    // The threads that started the workers are gone; the workers are not.
    for worker in workers.lock().unwrap().iter() {
        assert!(is_running(*worker));
    }
}

#[test]
fn subtitles_and_words_of_stills_come_through_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();

    let path = folder.path().join("film.fr.srt");
    fs::write(&path, b"1\n00:00:01,000 --> 00:00:02,000\n<i>D\xe9j\xe0 \xe9t\xe9 \xe0 No\xebl, c\x92est pass\xe9</i>\n").unwrap();
    let file = session.subtitle_file(&path).unwrap();
    assert_eq!(
        (file.format.as_str(), file.character_set.as_str()),
        ("srt", "windows-1252")
    );
    assert_eq!(file.cues[0].text, "Déjà été à Noël, c’est passé");
    let many: String = (0..5000)
        .map(|n| {
            format!(
                "0:00:{:02}.000,0:00:{:02}.500\nline {n}\n\n",
                n % 60,
                n % 60
            )
        })
        .collect();
    fs::write(&path, many).unwrap();
    assert_eq!(session.subtitle_file(&path).unwrap().cues.len(), 5000);

    let path = folder.path().join("still.jpg");
    let mut jpeg = Vec::new();
    image::RgbImage::from_pixel(64, 48, image::Rgb([200, 30, 30]))
        .write_to(
            &mut std::io::Cursor::new(&mut jpeg),
            image::ImageFormat::Jpeg,
        )
        .unwrap();
    let title = b"\x1c\x02\x05\0\x09The match";
    let block = [
        b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x0e",
        title.as_slice(),
    ]
    .concat();
    let segment = [
        &[0xff, 0xed],
        (block.len() as u16 + 2).to_be_bytes().as_slice(),
        &block,
    ]
    .concat();
    jpeg.splice(2..2, segment);
    fs::write(&path, jpeg).unwrap();
    let info = session.probe(&path).unwrap();
    assert_eq!(info.kind, AssetKind::Image);
    assert_eq!(
        info.tags.get("iptc:Title").map(String::as_str),
        Some("The match")
    );
}
