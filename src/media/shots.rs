//! Where one shot ends and the next begins, told from sketches of frames and sizes of packets; nothing here decodes.

use crate::domain::Transition;

pub(crate) use super::cut_finder::{CUT_NOVELTY, CutFinder};
pub(crate) use super::sketch::{SKETCH_HEIGHT, SKETCH_WIDTH, Sketch};

/// Between frames far apart: less is new in a picture of the same shot.
const APART_NOVELTY: f32 = 0.075;

/// Between frames far apart: palettes of one shot are nearer.
const APART_PALETTE: f32 = 0.07;

/// Packets on either side that one is compared with: about a second at usual rates.
const SIZE_NEIGHBOURS: usize = 12;

/// The place where a shot begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Boundary {
    /// Running time of its first frame.
    pub(crate) at_millis: i64,
    /// How it begins.
    pub(crate) opening: Transition,
    /// From when on the old picture begins to go.
    pub(crate) unclear_from_millis: i64,
    /// From when on the new picture stands alone.
    pub(crate) clear_from_millis: i64,
}

impl Boundary {
    /// A cut at that time.
    pub(crate) fn cut(at_millis: i64) -> Self {
        Self {
            at_millis,
            opening: Transition::Cut,
            unclear_from_millis: at_millis,
            clear_from_millis: at_millis,
        }
    }
}

/// Whether two frames seconds apart can't be of one shot: neither motion nor light explains it.
pub(crate) fn are_apart(before: &Sketch, after: &Sketch) -> bool {
    if before.is_black() != after.is_black() {
        return true;
    }
    let novelty = before.novelty(after);
    let palette = before.palette_distance(after);
    if novelty < APART_NOVELTY / 2.0 && palette < APART_PALETTE {
        return false;
    }
    palette > APART_PALETTE
        || novelty > 2.0 * APART_NOVELTY
        || (novelty > APART_NOVELTY && before.likeness(after) < 0.5)
}

/// Whether a packet is far larger than its neighbours, as one that has to draw a new picture is.
///
/// `sizes` are the bytes of the predicted packets after a keyframe of `key_size` bytes.
pub(crate) fn has_size_spike(sizes: &[usize], key_size: usize) -> bool {
    let mut window: Vec<usize> = Vec::with_capacity(2 * SIZE_NEIGHBOURS);
    sizes.iter().enumerate().any(|(index, &size)| {
        // A fifth of a keyframe: a new picture takes about as much as one, however it is coded.
        if size * 5 < key_size {
            return false;
        }
        window.clear();
        let from = index.saturating_sub(SIZE_NEIGHBOURS);
        let to = (index + SIZE_NEIGHBOURS + 1).min(sizes.len());
        window.extend_from_slice(&sizes[from..index]);
        window.extend_from_slice(&sizes[index + 1..to]);
        window.sort_unstable();
        // Frames that others are predicted from are larger; they lie in the upper fifth.
        let usual = window.get(window.len() * 4 / 5).copied().unwrap_or(0);
        size * 2 > usual * 5
    })
}

/// Whether the last packets before a keyframe are far larger than is usual before it: the picture
/// was already changing, as in a dissolve, when the encoder chose to begin anew.
pub(crate) fn ends_busy(sizes: &[usize]) -> bool {
    const LAST: usize = 6;
    let Some(before) = sizes
        .len()
        .checked_sub(LAST)
        .filter(|&before| before >= LAST)
    else {
        return false;
    };
    let mut usual = sizes[..before].to_vec();
    let middle = usual.len() / 2;
    let (_, median, _) = usual.select_nth_unstable(middle);
    sizes[before..].iter().sum::<usize>() > 3 * LAST * *median
}

/// How long an encoder lets stretches between keyframes become, learnt from the stream itself.
#[derive(Default)]
pub(crate) struct KeyframeRhythm {
    declared: Option<u64>,
    reorders: bool,
    lengths: Vec<u64>,
}

impl KeyframeRhythm {
    /// `reorders` says whether frames are stored in another order than they are shown.
    pub(crate) fn new(reorders: bool) -> Self {
        Self {
            reorders,
            ..Self::default()
        }
    }

    /// Looks for the setting that x264 and x265 write into the stream as text.
    pub(crate) fn read_settings(&mut self, first_packet: &[u8]) {
        let head = &first_packet[..first_packet.len().min(4096)];
        let Some(at) = head.windows(8).position(|window| window == b" keyint=") else {
            return;
        };
        let value = &head[at + 8..];
        let digits = value
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.declared = match std::str::from_utf8(&value[..digits]).map(str::parse::<u64>) {
            Ok(Ok(frames)) => Some(frames),
            // `keyint=infinite`: every keyframe has a reason of its own.
            _ if value.starts_with(b"inf") => Some(u64::MAX),
            _ => None,
        };
    }

    /// Whether a keyframe after `frames` frames comes before its time; remembers the length.
    pub(crate) fn is_early(&mut self, frames: u64) -> bool {
        /// Lengths remembered; rhythms that recur do so soon.
        const REMEMBERED: usize = 24;
        let is_early = match self.declared {
            Some(longest) => frames.saturating_mul(20) < longest.saturating_mul(19),
            // Encoders that reorder frames may set a keyframe a little after the cut.
            None if self.reorders => false,
            None => {
                let longest = self.lengths.iter().max();
                longest.is_some_and(|&longest| frames < longest)
                    && !self
                        .lengths
                        .iter()
                        .any(|&length| length.abs_diff(frames) <= 1)
            }
        };
        if self.lengths.len() == REMEMBERED {
            self.lengths.remove(0);
        }
        self.lengths.push(frames);
        is_early
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_packet_among_small_ones_speaks_for_a_cut() {
        let mut sizes: Vec<usize> = (0..100)
            .map(|index| if index % 4 == 0 { 9000 } else { 1500 })
            .collect();
        assert!(!has_size_spike(&sizes, 80_000));
        sizes[57] = 60_000;
        assert!(has_size_spike(&sizes, 80_000));
        sizes[57] = 14_000;
        assert!(!has_size_spike(&sizes, 80_000), "a little motion is no cut");
    }

    #[test]
    fn a_keyframe_is_early_against_the_declared_or_the_observed_rhythm() {
        let mut declared = KeyframeRhythm::default();
        declared.read_settings(b"..options: cabac=1 keyint=250 keyint_min=25 scenecut=40");
        assert!(declared.is_early(100));
        assert!(!declared.is_early(250));
        let mut observed = KeyframeRhythm::default();
        assert!(!observed.is_early(50), "the first length says nothing");
        assert!(!observed.is_early(50));
        assert!(observed.is_early(31));
        let mut reordering = KeyframeRhythm::new(true);
        assert!(!reordering.is_early(50));
        assert!(!reordering.is_early(31));
    }
}
