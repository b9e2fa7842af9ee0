//! Detectors and the loading of Whisper on real files.

mod parity;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::whisper::Whisper;
use super::*;
use crate::domain::{SPEECH_SAMPLE_RATE_HZ, Samples};

#[expect(clippy::print_stderr, reason = "a test that can't run says why")]
pub(super) fn say_skipped(path: &Path) {
    eprintln!("skipped: {} is absent", path.display());
}

/// The sound of a file at 16 kHz, by the ffmpeg program.
fn sound(path: &str) -> Option<Vec<f32>> {
    let file = test_data(path)?;
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-"])
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "ffmpeg failed on {}",
        file.display()
    );
    let values = output
        .stdout
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    Some(values.collect())
}

/// Feeds `mono` in pieces of `chunk` samples from `start_millis` on.
fn detect(
    detector: &mut dyn VoiceDetector,
    mono: &[f32],
    chunk: usize,
    start_millis: i64,
) -> Vec<VoiceStretch> {
    let mut out = Vec::new();
    for (index, piece) in mono.chunks(chunk).enumerate() {
        let start_millis = start_millis + (index * chunk) as i64 / 16;
        detector
            .push(
                &Samples {
                    start_millis,
                    mono: piece.to_vec(),
                },
                &mut out,
            )
            .unwrap();
    }
    detector.finish(&mut out).unwrap();
    out
}

fn spans(stretches: &[VoiceStretch]) -> Vec<(i64, i64)> {
    stretches
        .iter()
        .map(|stretch| (stretch.span().start_millis, stretch.span().end_millis))
        .collect()
}

fn silero() -> Option<SileroDetector> {
    let path: PathBuf = test_data("models/silero-v6.2.0-ggml.bin")?;
    Some(SileroDetector::open(&path, "test").unwrap())
}

/// The four phrases of the speech, with the padding that stretches have.
fn assert_four_phrases(found: &[(i64, i64)], tolerance_millis: i64) {
    let phrases = [(300, 2300), (3300, 4400), (5400, 7700), (8200, 10_600)];
    assert_eq!(found.len(), phrases.len(), "{found:?}");
    for (&(start, end), (phrase_start, phrase_end)) in found.iter().zip(phrases) {
        assert!(
            (start + 200 - phrase_start).abs() <= tolerance_millis,
            "{found:?}"
        );
        assert!(
            (end - 200 - phrase_end).abs() <= tolerance_millis,
            "{found:?}"
        );
    }
}

#[test]
fn silero_finds_the_four_phrases_whatever_the_size_of_the_pieces() {
    let (Some(mono), Some(mut detector)) = (sound("media/audio/jfk.wav"), silero()) else {
        return;
    };
    let whole = detect(&mut detector, &mono, mono.len(), 0);
    assert_four_phrases(&spans(&whole), 150);
    for chunk in [1000, 16_000] {
        assert_eq!(detect(&mut detector, &mono, chunk, 0), whole);
    }
}

#[test]
fn the_built_in_detector_finds_the_four_phrases_too() {
    let Some(mono) = sound("media/audio/jfk.wav") else {
        return;
    };
    let mut detector = BuiltInDetector::new();
    let whole = detect(&mut detector, &mono, mono.len(), 0);
    assert_four_phrases(&spans(&whole), 300);
    assert_eq!(detect(&mut detector, &mono, 1000, 0), whole);
}

#[test]
fn a_stretch_holds_the_samples_of_its_time() {
    let (Some(mono), Some(mut silero)) = (sound("media/audio/jfk.wav"), silero()) else {
        return;
    };
    let detectors: [&mut dyn VoiceDetector; 2] = [&mut silero, &mut BuiltInDetector::new()];
    for detector in detectors {
        for stretch in detect(detector, &mono, 16_000, 7_000) {
            let start = (stretch.start_millis - 7_000) as usize * 16;
            assert_eq!(stretch.mono, mono[start..start + stretch.mono.len()]);
        }
    }
}

#[test]
fn silence_and_clicks_are_no_speech() {
    let (Some(mut silero), Some(clicks)) = (silero(), sound("media/audio/silence.wav")) else {
        return;
    };
    let detectors: [&mut dyn VoiceDetector; 2] = [&mut silero, &mut BuiltInDetector::new()];
    for detector in detectors {
        assert_eq!(detect(detector, &vec![0.0; 90 * 16_000], 16_000, 0), []);
        assert_eq!(
            detect(detector, &clicks, 16_000, 0),
            [],
            "{}",
            detector.name()
        );
    }
}

#[test]
fn silero_takes_rain_for_no_speech() {
    let (Some(mut detector), Some(rain)) = (silero(), sound("media/audio/rain.mp3")) else {
        return;
    };
    let spoken: i64 = detect(&mut detector, &rain, 16_000, 0)
        .iter()
        .map(|s| s.span().duration_millis())
        .sum();
    assert!(
        spoken * 20 < rain.len() as i64 / 16,
        "{spoken} ms of speech"
    );
}

#[test]
fn blocks_find_what_the_model_finds_in_the_whole() {
    let (Some(jfk), Some(mut detector)) = (sound("media/audio/jfk.wav"), silero()) else {
        return;
    };
    let mono: Vec<f32> = jfk.iter().copied().cycle().take(jfk.len() * 9).collect();
    let voiced = |stretches: &[VoiceStretch]| -> Vec<bool> {
        let spans = spans(stretches);
        (0..99_000)
            .step_by(10)
            .map(|at| spans.iter().any(|&(start, end)| start <= at && at < end))
            .collect()
    };
    let whole = voiced(&detector.detect_whole(&mono).unwrap());
    let blocks = voiced(&detect(&mut detector, &mono, 16_000, 0));
    let different = whole
        .iter()
        .zip(&blocks)
        .filter(|(whole, block)| whole != block)
        .count();
    assert!(
        different * 50 < whole.len(),
        "{different} of {} hundredths of a second differ",
        whole.len()
    );
}

#[test]
fn a_jump_in_time_ends_speech_and_later_offsets_follow_it() {
    let (Some(mono), Some(mut detector)) = (sound("media/audio/jfk.wav"), silero()) else {
        return;
    };
    let mut out = Vec::new();
    detector
        .push(
            &Samples {
                start_millis: 0,
                mono: mono[..20_000].to_vec(),
            },
            &mut out,
        )
        .unwrap();
    detector
        .push(
            &Samples {
                start_millis: 60_000,
                mono: mono.clone(),
            },
            &mut out,
        )
        .unwrap();
    detector.finish(&mut out).unwrap();
    let found = spans(&out);
    assert!(found[0].1 <= 1250, "{found:?}");
    let later: Vec<(i64, i64)> = found[1..]
        .iter()
        .map(|(s, e)| (s - 60_000, e - 60_000))
        .collect();
    assert_four_phrases(&later, 150);
}

#[test]
fn long_radio_speech_comes_in_stretches_of_at_most_thirty_seconds() {
    let (Some(mono), Some(mut silero)) = (sound("media/audio/smartphone_fr.mp3"), silero()) else {
        return;
    };
    let detectors: [&mut dyn VoiceDetector; 2] = [&mut silero, &mut BuiltInDetector::new()];
    for detector in detectors {
        let found = spans(&detect(detector, &mono, 16_000, 0));
        assert!(
            found.iter().all(|(start, end)| end - start <= 30_000),
            "{found:?}"
        );
        assert!(
            found.windows(2).all(|pair| pair[0].1 <= pair[1].0),
            "{found:?}"
        );
        let spoken: i64 = found.iter().map(|(start, end)| end - start).sum();
        assert!(
            spoken * 10 > mono.len() as i64 / 16 * 7,
            "{} hears {spoken} ms only",
            detector.name()
        );
    }
}

#[test]
fn broken_sound_is_taken_as_silence() {
    let Some(mut silero) = silero() else { return };
    let broken: Vec<f32> = [f32::NAN, f32::INFINITY, 7.0, -1e30]
        .iter()
        .copied()
        .cycle()
        .take(40_000)
        .collect();
    let detectors: [&mut dyn VoiceDetector; 2] = [&mut silero, &mut BuiltInDetector::new()];
    for detector in detectors {
        let found = detect(detector, &broken, 16_000, 0);
        assert!(
            found
                .iter()
                .all(|stretch| stretch.mono.len() <= broken.len())
        );
    }
}

fn empty_whisper(threads: usize) -> Option<Whisper> {
    let path = test_data("models/ggml-empty-tiny.en.bin")?;
    Some(Whisper::open(&path, "empty", threads).unwrap())
}

#[test]
fn a_model_without_weights_loads_runs_and_hears_nothing() {
    let Some(model) = empty_whisper(1) else {
        return;
    };
    let stretches = [0, 150].map(|length| VoiceStretch {
        start_millis: 5,
        mono: vec![0.1; length],
    });
    for stretch in &stretches {
        assert_eq!(
            model.transcribe(stretch, Some("en"), &|| false).unwrap(),
            []
        );
        assert_eq!(model.detect_language(stretch).unwrap(), None);
    }
    assert_eq!(
        model
            .transcribe(&stretches[1], Some("xx\0"), &|| false)
            .unwrap(),
        []
    );
    assert!(model.version().contains("empty"));
}

#[test]
fn several_threads_transcribe_with_one_model() {
    let Some(model) = empty_whisper(1) else {
        return;
    };
    let stretch = VoiceStretch {
        start_millis: 0,
        mono: vec![0.0; SPEECH_SAMPLE_RATE_HZ as usize],
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(model.transcribe(&stretch, None, &|| false).unwrap(), []));
        }
    });
}

#[test]
fn a_wish_to_stop_ends_a_transcription() {
    let Some(model) = empty_whisper(1) else {
        return;
    };
    let stretch = VoiceStretch {
        start_millis: 0,
        mono: vec![0.0; 16_000],
    };
    assert!(matches!(
        model.transcribe(&stretch, None, &|| true),
        Err(InferenceError::Cancelled)
    ));
}

#[test]
fn damaged_model_files_are_refused_before_ggml_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.bin");
    assert!(matches!(
        Whisper::open(&path, "m", 1),
        Err(InferenceError::FileMissing { .. })
    ));
    let Some(sound) = test_data("models/ggml-empty-tiny.en.bin") else {
        return;
    };
    let bytes = std::fs::read(sound).unwrap();
    for length in [0, 4, 47, 48, 60_000, 70_000, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(
            matches!(
                Whisper::open(&path, "m", 1),
                Err(InferenceError::FileDamaged { .. })
            ),
            "{length}"
        );
        assert!(
            matches!(
                SileroDetector::open(&path, "m"),
                Err(InferenceError::FileDamaged { .. })
            ),
            "{length}"
        );
    }
}
