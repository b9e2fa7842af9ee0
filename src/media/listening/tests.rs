//! Sounds made for the purpose: tones, noise, whistles, voices, and one over the other.

use std::f32::consts::TAU;

use super::*;

const RATE: f32 = SPEECH_SAMPLE_RATE_HZ as f32;

/// White noise of a root mean square, the same for a seed.
fn noise(seconds: f32, level: f32, seed: u32) -> Vec<f32> {
    let mut state = seed | 1;
    (0..(seconds * RATE) as usize)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            level * 3.0_f32.sqrt() * (state as i32 as f32 / i32::MAX as f32)
        })
        .collect()
}

fn tone(seconds: f32, hertz: f32, level: f32) -> Vec<f32> {
    (0..(seconds * RATE) as usize)
        .map(|n| level * (TAU * hertz * n as f32 / RATE).sin())
        .collect()
}

/// A buzz with formants, that stops between syllables of a quarter second.
fn voice(seconds: f32, hertz: f32, level: f32) -> Vec<f32> {
    (0..(seconds * RATE) as usize)
        .map(|n| {
            let time = n as f32 / RATE;
            let is_on = (time * 4.0).fract() < 0.6;
            let buzz: f32 = (1..=24)
                .map(|harmonic| {
                    let own = hertz * harmonic as f32;
                    let formants = 1.0 / (1.0 + ((own - 600.0) / 200.0).powi(2))
                        + 0.5 / (1.0 + ((own - 2200.0) / 250.0).powi(2));
                    formants * (TAU * own * time).sin()
                })
                .sum();
            if is_on { level * buzz } else { 0.0 }
        })
        .collect()
}

/// A tone that trills by 90 Hz, 34 times a second, as a pea makes it.
fn whistle(seconds: f32, level: f32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    (0..(seconds * RATE) as usize)
        .map(|n| {
            let trill = (TAU * 34.0 * n as f32 / RATE).sin();
            phase = (phase + (2900.0 + 90.0 * trill) / RATE).fract();
            level * (TAU * phase).sin()
        })
        .collect()
}

fn over(one: &[f32], other: &[f32]) -> Vec<f32> {
    one.iter().zip(other).map(|(a, b)| a + b).collect()
}

/// Pushed in pieces of a length that no step has.
fn measured(mono: &[f32]) -> Vec<Vec<Option<f32>>> {
    let mut listening = Listening::default();
    let mut given = 0;
    for piece in mono.chunks(7777) {
        listening.push(&Samples {
            start_millis: given as i64 * 1000 / i64::from(SPEECH_SAMPLE_RATE_HZ),
            mono: piece.to_vec(),
        });
        given += piece.len();
    }
    let measures = listening.finish();
    let (last, of_steps) = measures.split_last().unwrap();
    assert!(of_steps.iter().all(|measure| measure.step_millis == 500));
    assert_eq!((last.kind, last.step_millis), (MeasureKind::Foreground, 25));
    measures
        .iter()
        .map(|measure| measure.values().collect())
        .collect()
}

fn values(mono: &[f32], kind: MeasureKind) -> Vec<f32> {
    let at = [
        MeasureKind::Loudness,
        MeasureKind::CrowdNoise,
        MeasureKind::Whistle,
        MeasureKind::Pitch,
        MeasureKind::Foreground,
    ]
    .iter()
    .position(|known| *known == kind)
    .unwrap();
    measured(mono)[at]
        .iter()
        .map(|value| value.unwrap_or(f32::NAN))
        .collect()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

#[test]
fn loudness_is_the_mean_power() {
    let sine = values(&tone(2.0, 440.0, 1.0), MeasureKind::Loudness);
    assert_eq!(sine, [-3.0; 4]);
    let soft = values(&noise(2.0, 0.01, 1), MeasureKind::Loudness);
    assert!(
        soft.iter().all(|level| (level + 40.0).abs() <= 0.5),
        "{soft:?}"
    );
    assert_eq!(values(&[0.0; 16_000], MeasureKind::Loudness), [-100.0; 2]);
}

#[test]
fn a_burst_of_noise_is_a_crowd_and_a_tone_or_a_voice_is_none() {
    let calm = mean(&values(&noise(2.0, 0.005, 1), MeasureKind::CrowdNoise));
    let burst = mean(&values(&noise(2.0, 0.05, 2), MeasureKind::CrowdNoise));
    assert!((burst - calm - 20.0).abs() < 1.0, "{calm} {burst}");
    // A voice and a tone over a murmur, both far louder than the burst.
    let murmur = noise(2.0, 0.005, 3);
    for (name, loud) in [
        ("voice", voice(2.0, 130.0, 0.3)),
        ("tone", tone(2.0, 1000.0, 0.3)),
    ] {
        let sum = over(&murmur, &loud);
        let loudness = mean(&values(&sum, MeasureKind::Loudness));
        assert!(loudness > -20.0, "{name}: {loudness}");
        let level = mean(&values(&sum, MeasureKind::CrowdNoise));
        assert!(
            level < calm + 6.0,
            "{name} raises a crowd from {calm} to {level}"
        );
    }
    let both = over(&noise(2.0, 0.05, 4), &voice(2.0, 130.0, 0.3));
    let under_voice = mean(&values(&both, MeasureKind::CrowdNoise));
    assert!(
        (under_voice - burst).abs() < 4.0,
        "{burst} {under_voice} under a voice"
    );
}

#[test]
fn a_whistle_is_heard_over_noise_and_nothing_else_is_one() {
    let crowd = noise(2.0, 0.03, 5);
    let mut blown = crowd.clone();
    let at = 8_000..16_000;
    for (sum, value) in blown[at].iter_mut().zip(whistle(0.5, 0.13)) {
        *sum += value;
    }
    let heard = values(&blown, MeasureKind::Whistle);
    assert!(heard[1] > 0.9, "{heard:?}");
    assert_eq!((heard[0], heard[2], heard[3]), (0.0, 0.0, 0.0));
    for (name, other) in [
        ("noise", crowd.clone()),
        ("a voice", over(&crowd, &voice(2.0, 210.0, 0.4))),
        ("a low voice", voice(2.0, 95.0, 0.4)),
        (
            "a chord",
            over(&tone(2.0, 440.0, 0.2), &tone(2.0, 660.0, 0.2)),
        ),
        ("a high tone", tone(2.0, 6000.0, 0.3)),
    ] {
        let heard = values(&other, MeasureKind::Whistle);
        assert_eq!(heard, [0.0; 4], "{name}");
    }
}

#[test]
fn pitch_is_that_of_the_voice_and_noise_has_none() {
    for hertz in [95.0, 130.0, 210.0, 340.0] {
        let wanted = 12.0 * (hertz / 40.0_f32).log2();
        let sum = over(&voice(2.0, hertz, 0.3), &noise(2.0, 0.003, 6));
        let found = values(&sum, MeasureKind::Pitch);
        assert!(
            found.iter().all(|pitch| (pitch - wanted).abs() < 0.5),
            "{hertz} Hz: {wanted} {found:?}"
        );
    }
    let found = values(&noise(2.0, 0.1, 7), MeasureKind::Pitch);
    assert!(found.iter().all(|pitch| pitch.is_nan()), "{found:?}");
}

#[test]
fn pauses_of_a_voice_are_told_among_loud_spectators() {
    let mut spoken = voice(2.0, 130.0, 0.2);
    spoken.extend([0.0; 16_000]);
    spoken.extend(voice(2.0, 130.0, 0.2));
    let sum = over(&spoken, &noise(5.0, 0.2, 10));
    let found = values(&sum, MeasureKind::Foreground);
    // Syllables take the first 150 ms of each quarter second.
    for syllable in (0..2000).chain(3000..5000).step_by(250) {
        let own = &found[syllable / 25..(syllable + 150) / 25];
        let most = own.iter().copied().fold(0.0, f32::max);
        assert!(most > 0.7, "at {syllable} ms: {own:?}");
    }
    let pause = &found[2000 / 25 + 2..3000 / 25 - 2];
    assert!(pause.iter().all(|value| *value < 0.2), "{pause:?}");
}

#[test]
fn spectators_who_grow_louder_stand_out_of_nothing() {
    let mut crowd = noise(2.0, 0.02, 11);
    crowd.extend(noise(2.0, 0.08, 12));
    let found = values(&crowd, MeasureKind::Foreground);
    let loud = found.iter().filter(|value| **value >= 0.35).count();
    assert!(loud < 8, "{found:?}");
    assert_eq!(values(&[0.0; 16_000], MeasureKind::Foreground), [0.0; 40]);
}

#[test]
fn what_is_missing_has_no_values_and_what_follows_keeps_its_place() {
    let mut listening = Listening::default();
    let piece = |start_millis, mono| Samples { start_millis, mono };
    listening.push(&piece(0, noise(1.0, 0.1, 8)));
    listening.push(&piece(5000, noise(1.3, 0.1, 9)));
    let measures = listening.finish();
    let loudness: Vec<bool> = measures[0].values().map(|value| value.is_some()).collect();
    let mut wanted = vec![true; 2];
    wanted.extend([false; 8]);
    wanted.extend([true; 3]);
    assert_eq!(loudness, wanted);
    for measure in &measures {
        let steps = wanted.len() * 500 / measure.step_millis as usize;
        assert_eq!(measure.bytes.len(), steps, "{:?}", measure.kind);
    }
    let foreground: Vec<Option<f32>> = measures[4].values().collect();
    assert!(foreground[40..200].iter().all(Option::is_none));
    assert!(foreground[200..].iter().all(Option::is_some));
}
