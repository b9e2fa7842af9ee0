//! A referee's whistle: a narrow tone that is far above its surroundings and stays where it is.

use super::{FRAMES, Power, spectrum::bin_of};

/// Pea whistles lie near 3 kHz, others within this range.
const LOWEST: usize = bin_of(2000);
const HIGHEST: usize = bin_of(4500);

/// Bands to each side of the strongest that belong to the tone: the pea makes it trill by about 90 Hz.
const REACH: usize = 4;

/// Bands to each side where its surroundings lie; the harmonics of a voice would be in them.
const AROUND: std::ops::RangeInclusive<usize> = 6..=14;

/// How many times the mean power of its surroundings the tone's has at least: 15 dB.
const PROMINENCE: f32 = 31.6;

/// The least share of all power from 1 kHz on that the tone has.
const SHARE: f32 = 0.4;

/// How far the tone may move from one frame to the next, in bands.
const DRIFT: usize = 6;

/// A tone that is shorter than so many frames is no whistle: 150 ms.
const SHORTEST: usize = 6;

/// How much of a step a whistle is heard, 0 to 1.
pub(super) fn share(frames: &[Power]) -> f32 {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for frame in frames {
        let tone = tone(frame);
        run = match (last, tone) {
            (Some(before), Some(now)) if usize::abs_diff(before, now) <= DRIFT => run + 1,
            (_, Some(_)) => 1,
            (_, None) => 0,
        };
        last = tone;
        longest = longest.max(run);
    }
    if longest >= SHORTEST {
        longest as f32 / FRAMES as f32
    } else {
        0.0
    }
}

/// The band of a tone such as a whistle's.
fn tone(frame: &Power) -> Option<usize> {
    let strongest =
        (LOWEST..=HIGHEST).max_by(|one, other| frame[*one].total_cmp(&frame[*other]))?;
    let own = &frame[strongest - REACH..=strongest + REACH];
    let power: f32 = own.iter().sum();
    let beside = |side: &[f32]| side.iter().sum::<f32>() / side.len() as f32;
    let (near, far) = (*AROUND.start(), *AROUND.end());
    let below = beside(&frame[strongest - far..=strongest - near]);
    let above = beside(&frame[strongest + near..=strongest + far]);
    let high: f32 = frame[bin_of(1000)..].iter().sum();
    let is_tone =
        power / own.len() as f32 >= PROMINENCE * below.max(above) && power >= SHARE * high;
    (is_tone && power > f32::MIN_POSITIVE).then_some(strongest)
}
