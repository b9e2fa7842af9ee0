//! Sound that lasts longer and keeps its pitch.

use ffmpeg_next::ffi;

use crate::media::MediaError;
use crate::media::protocol::REEL_SAMPLE_RATE_HZ;

use super::super::decoder::{Frame, check};
use super::super::graph::Graph;
use super::super::out_of_memory;
use super::sound::CHANNELS;

/// Samples that go through the filter at once.
const CHUNK_SAMPLES: usize = 4096;

/// How much sound the filter gets before the first sample that counts and after the last: twice what
/// it overlaps, which is a twelfth of a second at most.
const BESIDE_SAMPLES: i64 = 8000;

/// Stereo samples with what could not be heard, or nothing where there is no sound.
type Heard = (Option<Vec<f32>>, Option<String>);

/// `count` samples from sample `from` on of a sound that lasts `slowness` times as long; `heard`
/// gives so many samples of the sound itself, from one of them on.
///
/// # Errors
/// What `heard` fails on, and what FFmpeg says.
pub(super) fn slowed(
    slowness: i64,
    from: i64,
    count: i64,
    heard: impl FnOnce(i64, i64) -> Result<Heard, MediaError>,
) -> Result<Heard, MediaError> {
    let first = from.div_euclid(slowness) - BESIDE_SAMPLES;
    let needed = count / slowness + 1 + 2 * BESIDE_SAMPLES;
    let (samples, warning) = heard(first, needed)?;
    let Some(samples) = samples else {
        return Ok((None, warning));
    };
    let mut longer = stretched(&samples, slowness)?;
    let early = (from - first * slowness).unsigned_abs() as usize * CHANNELS;
    longer.drain(..early.min(longer.len()));
    longer.resize(count.unsigned_abs() as usize * CHANNELS, 0.0);
    Ok((Some(longer), warning))
}

/// The sound as FFmpeg's `atempo` makes it longer.
fn stretched(samples: &[f32], slowness: i64) -> Result<Vec<f32>, MediaError> {
    let tempo = 1.0 / slowness.max(1) as f64;
    let description = format!("atempo={tempo},aformat=sample_fmts=flt:channel_layouts=stereo");
    let mut graph = Graph::of_stereo(REEL_SAMPLE_RATE_HZ as i32, &description)?;
    let mut longer = Vec::with_capacity(samples.len() * slowness.unsigned_abs() as usize);
    let mut pull = |graph: &mut Graph| -> Result<(), MediaError> {
        while let Some(frame) = graph.pull()? {
            longer.extend_from_slice(interleaved(&frame));
        }
        Ok(())
    };
    let mut at = 0;
    for chunk in samples.chunks(CHUNK_SAMPLES * CHANNELS) {
        graph.push(Some((&stereo(chunk)?, at)))?;
        at += (chunk.len() / CHANNELS) as i64;
        pull(&mut graph)?;
    }
    graph.push(None)?;
    pull(&mut graph)?;
    Ok(longer)
}

fn stereo(interleaved: &[f32]) -> Result<Frame, MediaError> {
    let mut frame = Frame::empty().ok_or_else(out_of_memory)?;
    // SAFETY: the frame is empty and ours; once allocated it has room for its samples of both
    // channels in one plane.
    unsafe {
        let raw = &mut *frame.as_mut_ptr();
        raw.nb_samples = (interleaved.len() / CHANNELS) as i32;
        raw.sample_rate = REEL_SAMPLE_RATE_HZ as i32;
        raw.format = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLT as i32;
        ffi::av_channel_layout_default(&mut raw.ch_layout, CHANNELS as i32);
        check("its sound", ffi::av_frame_get_buffer(raw, 0))?;
        let plane = raw.data[0].cast::<f32>();
        plane.copy_from_nonoverlapping(interleaved.as_ptr(), interleaved.len());
    }
    Ok(frame)
}

fn interleaved(frame: &Frame) -> &[f32] {
    let raw = frame.raw();
    let count = usize::try_from(raw.nb_samples).unwrap_or(0) * CHANNELS;
    if raw.data[0].is_null() {
        return &[];
    }
    // SAFETY: the chain ends in interleaved floats of two channels, of which the frame holds
    // `nb_samples` for each; the plane is aligned for them and lives as long as the frame.
    unsafe { std::slice::from_raw_parts(raw.data[0].cast::<f32>(), count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of 440 Hz between two samples.
    fn tone(on: std::ops::Range<i64>, from: i64, count: i64) -> Vec<f32> {
        (from..from + count)
            .flat_map(|at| {
                let angle = at as f64 * 440.0 * std::f64::consts::TAU / 48_000.0;
                let value = if on.contains(&at) {
                    0.5 * angle.sin()
                } else {
                    0.0
                };
                [value as f32; CHANNELS]
            })
            .collect()
    }

    #[test]
    fn slowed_sound_keeps_its_pitch_and_its_place() {
        let heard = |from, count| Ok((Some(tone(48_000..96_000, from, count)), None));
        let (samples, _) = slowed(2, 24_001, 192_000, heard).unwrap();
        let samples = samples.unwrap();
        assert_eq!(samples.len(), 192_000 * CHANNELS);
        let left: Vec<f32> = samples.iter().step_by(CHANNELS).copied().collect();
        // It is heard from second 2 to 4 of the slowed sound, so from 1.5 to 3.5 here.
        let level = |from: f64, to: f64| {
            let part = &left[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
            (part.iter().map(|value| value * value).sum::<f32>() / part.len() as f32).sqrt()
        };
        assert!(level(0.0, 1.44) < 0.01, "{}", level(0.0, 1.44));
        assert!(level(1.56, 3.44) > 0.3, "{}", level(1.56, 3.44));
        assert!(level(3.56, 4.0) < 0.01, "{}", level(3.56, 4.0));
        let rising = left[96_000..144_000]
            .windows(2)
            .filter(|two| two[0] < 0.0 && two[1] >= 0.0)
            .count();
        assert!((436..=444).contains(&rising), "{rising} Hz");
    }

    #[test]
    fn where_there_is_no_sound_there_is_none() {
        let heard = |_, _| Ok((None, Some("damaged".to_owned())));
        let found = slowed(2, 0, 100, heard).unwrap();
        assert_eq!(found, (None, Some("damaged".to_owned())));
    }
}
