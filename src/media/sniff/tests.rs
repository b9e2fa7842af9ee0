//! What is and what is not taken for media.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

use std::fs::{self, File};
use std::io::Read;

use super::*;

fn head_of(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    File::open(path)
        .unwrap()
        .take(SNIFF_BYTES as u64)
        .read_to_end(&mut head)
        .unwrap();
    head
}

#[test]
fn every_real_media_file_is_recognised_by_content_and_by_name() {
    let root = Path::new("../shared/media");
    let mut count = 0;
    for folder in ["video", "audio", "image"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            eprintln!("skipped: {} is absent", root.display());
            return;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let is_subtitle = path.extension() == Some("srt".as_ref());
            assert_eq!(
                looks_like_media(&head_of(&path)),
                !is_subtitle,
                "{}",
                path.display()
            );
            assert_eq!(
                has_media_extension(&path),
                !is_subtitle,
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 10);
}

#[test]
fn programs_sources_and_archives_are_no_media() {
    assert!(!looks_like_media(&head_of(
        &std::env::current_exe().unwrap()
    )));
    for source in [
        "Cargo.toml",
        "Cargo.lock",
        "src/lib.rs",
        "src/media/sniff.rs",
    ] {
        assert!(!looks_like_media(&head_of(Path::new(source))), "{source}");
    }
    let utf_16: Vec<u8> = "\u{feff}Bonjour à tous"
        .repeat(200)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, head) in [
        ("empty", b"".as_slice()),
        ("one byte", b"\xff"),
        ("zip, docx, jar", b"PK\x03\x04\x14\0\0\0\x08\0"),
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("old office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("xml", b"<?xml version='1.0'?><svg/>"),
        ("words like magic", b"BMW and the free RIFFs of FORMs"),
        ("the free", b"The free world"),
        ("python", b"P1 = 4\nP2 = 5\n"),
        ("sqlite", b"SQLite format 3\0\x10\0"),
        ("java class", b"\xca\xfe\xba\xbe\0\0\0\x34"),
        ("utf-16 text", &utf_16),
        ("all G", &[0x47; 4096]),
        ("zeros", &[0; 4096]),
        ("all ones", &[0xff; 4096]),
    ] {
        assert!(!looks_like_media(head), "{name}");
    }
}

#[test]
fn random_bytes_are_hardly_ever_taken_for_media() {
    let mut state = 7_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let taken = (0..500)
        .filter(|_| looks_like_media(&(0..4096).map(|_| random()).collect::<Vec<u8>>()))
        .count();
    assert_eq!(taken, 0);
}

#[test]
fn containers_without_a_sample_at_hand_are_recognised_by_their_first_bytes() {
    let transport = |packet: usize, lead: usize, offset: usize| {
        let mut bytes = vec![0xaa; 4096];
        (offset + lead..4096)
            .step_by(packet)
            .for_each(|at| bytes[at] = 0x47);
        bytes
    };
    let frames = |header: [u8; 4], length: usize, lead: usize| {
        let mut bytes = vec![0; 4096];
        (lead..4092)
            .step_by(length)
            .for_each(|at| bytes[at..at + 4].copy_from_slice(&header));
        bytes
    };
    let mut adts = vec![0; 4096];
    (0..4000).step_by(371).for_each(|at| {
        adts[at..at + 7].copy_from_slice(&[0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc])
    });
    let mut run_in = vec![0x20; 1000];
    run_in.extend(b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\x00");
    let mut bitmap = b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bitmap.resize(60, 0);
    for (name, head) in [
        ("transport stream", transport(188, 0, 0)),
        ("transport stream cut in a packet", transport(188, 0, 100)),
        ("Blu-ray and AVCHD", transport(192, 4, 0)),
        ("broadcast with error correction", transport(204, 0, 0)),
        (
            "mp3 at 128 kbit/s, 44.1 kHz",
            frames([0xff, 0xfb, 0x90, 0x64], 417, 0),
        ),
        (
            "mp3 after zeros",
            frames([0xff, 0xfb, 0x90, 0x64], 417, 300),
        ),
        (
            "mp2 at 192 kbit/s, 48 kHz",
            frames([0xff, 0xfd, 0xa4, 0], 576, 0),
        ),
        ("aac", adts),
        ("mxf with run-in", run_in),
        ("bmp", bitmap),
        (
            "old QuickTime",
            b"\0\0\0\x08wide\x01\x02\x03\x04mdat".to_vec(),
        ),
        (
            "QuickTime that starts with its data",
            b"\x8f\x02\x03\x04mdat....".to_vec(),
        ),
        ("heic", b"\0\0\0\x24ftypheic\0\0\0\0".to_vec()),
        (
            "gxf",
            b"\0\0\0\0\x01\xbc\0\0\0\x40\0\0\0\0\xe1\xe2".to_vec(),
        ),
        ("ppm", b"P6\n640 480\n255\n".to_vec()),
        ("aiff", b"FORM\0\0\x10\0AIFFCOMM".to_vec()),
        ("avi", b"RIFF\0\0\x10\0AVI LIST".to_vec()),
    ] {
        assert!(looks_like_media(&head), "{name}");
    }
}

#[test]
fn names_promise_media_in_any_case_and_the_list_is_sorted() {
    assert!(has_media_extension(Path::new("A/B.MXF")));
    assert!(!has_media_extension(Path::new("main.ts")));
    assert!(!has_media_extension(Path::new("mp4")));
    assert!(EXTENSIONS.is_sorted());
}
