//! What sizes of packets and places of keyframes tell of changes, before anything is decoded.

/// Packets on either side that one is compared with: about half a second at usual rates.
const NEIGHBOURS: usize = 12;

/// Packets decoded after the last sign of a change: enough to tell a cut from a flash and to
/// follow a transition to its end.
const AFTERMATH: usize = 26;

/// Sizes of the predicted packets between two keyframes, in the order they are stored.
pub(crate) struct PacketSizes<'a> {
    /// Bytes of each.
    pub(crate) sizes: &'a [usize],
    /// Bytes of the keyframe before them.
    pub(crate) key_size: usize,
    /// Bytes of the keyframe after them.
    pub(crate) next_key_size: usize,
}

impl PacketSizes<'_> {
    /// How many packets must be decoded to see every change that their sizes speak for; `None`
    /// when they speak for none. `are_apart` says whether the keyframes show different pictures.
    ///
    /// A new picture costs bits where it appears, and what follows it has a cost of its own: cuts
    /// show as a spike or as a lasting step, dissolves as a hump. Steps and humps come with motion
    /// as well, so they count only where the keyframes differ.
    pub(crate) fn worth_decoding(&self, are_apart: bool) -> Option<usize> {
        let spike = self.last_spike();
        let step = if are_apart {
            self.last_step().max(self.hump_end())
        } else {
            None
        };
        spike
            .max(step)
            .map(|last| (last + AFTERMATH).min(self.sizes.len()))
    }

    /// Whether the packets before the next keyframe are small beside it: the picture hardly moved,
    /// so a keyframe that shows another one was set because of a cut.
    pub(crate) fn end_is_calm(&self) -> bool {
        let last = &self.sizes[self.sizes.len().saturating_sub(8)..];
        last.iter().sum::<usize>() * 4 < self.next_key_size * last.len().max(1)
    }

    /// The last packet that is far larger than its neighbours, as one that draws a new picture is.
    fn last_spike(&self) -> Option<usize> {
        (0..self.sizes.len()).rev().find(|&index| {
            let size = self.sizes[index];
            // A fifth of a keyframe: a new picture takes about as much as one, however it is coded.
            if size * 5 < self.key_size {
                return false;
            }
            let before = usual(&self.sizes[index.saturating_sub(NEIGHBOURS)..index]);
            let after =
                usual(&self.sizes[index + 1..(index + NEIGHBOURS + 1).min(self.sizes.len())]);
            size * 2 > before.max(after) * 5 || (before > 0 && size > before * 5)
        })
    }

    /// The last place at which packets become lastingly smaller or larger.
    fn last_step(&self) -> Option<usize> {
        const LEAST: usize = 3;
        let reach = NEIGHBOURS * 2 / 3;
        (LEAST..(self.sizes.len() + 1).saturating_sub(LEAST))
            .rev()
            .find(|&index| {
                let before = median(&self.sizes[index.saturating_sub(reach)..index]);
                let after = median(&self.sizes[index..(index + reach).min(self.sizes.len())]);
                before.max(after) * 2 > before.min(after).max(1) * 5
            })
    }

    /// The end of the last stretch of packets that are on the whole larger than is usual.
    fn hump_end(&self) -> Option<usize> {
        const SMOOTHED: usize = 8;
        if self.sizes.len() < 3 * SMOOTHED {
            return None;
        }
        let sums: Vec<usize> = self
            .sizes
            .windows(SMOOTHED)
            .map(|window| window.iter().sum())
            .collect();
        let usual = median(&sums);
        sums.iter()
            .rposition(|&sum| sum * 5 > usual * 9)
            .map(|index| index + SMOOTHED - 1)
    }
}

/// The upper fifth of sizes: frames that others are predicted from are larger than the rest.
fn usual(sizes: &[usize]) -> usize {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * 4 / 5).copied().unwrap_or(0)
}

fn median(values: &[usize]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// How an encoder sets keyframes and spends bits, learnt from the stream itself.
#[derive(Default)]
pub(crate) struct EncoderHabits {
    declared: Option<u64>,
    reorders: bool,
    keeps_quality: bool,
    looks_for_cuts: bool,
    lengths: Vec<u64>,
}

impl EncoderHabits {
    /// `reorders` says whether frames are stored in another order than they are shown.
    pub(crate) fn new(reorders: bool) -> Self {
        Self {
            reorders,
            ..Self::default()
        }
    }

    /// Looks for the settings that x264 and x265 write into the stream as text.
    pub(crate) fn read_settings(&mut self, first_packet: &[u8]) {
        let head = String::from_utf8_lossy(&first_packet[..first_packet.len().min(4096)]);
        let value = |name: &str| {
            head.split_once(name)
                .and_then(|(_, rest)| rest.split([' ', '\0']).next())
        };
        self.declared = match value(" keyint=") {
            // Every keyframe has a reason of its own.
            Some("infinite") => Some(u64::MAX),
            value => value.and_then(|value| value.parse().ok()),
        };
        self.keeps_quality = matches!(value(" rc=").or(value("/ rc=")), Some("crf" | "cqp"))
            && value(" vbv_maxrate=").is_none();
        self.looks_for_cuts = value(" scenecut=")
            .and_then(|value| value.parse::<u32>().ok())
            .is_some_and(|threshold| threshold > 0);
    }

    /// Whether packets without any sign of a change mean that there was none.
    ///
    /// A stream that is held to a rate spends the same on everything, new or not. Where packets are
    /// small beside keyframes there was room for more; elsewhere the encoder must have said that
    /// it keeps the quality and lets the rate follow.
    pub(crate) fn trusts_silence(&self, packets: &PacketSizes<'_>) -> bool {
        let count = packets.sizes.len().max(1);
        self.keeps_quality || packets.sizes.iter().sum::<usize>() * 6 < packets.key_size * count
    }

    /// Whether an early keyframe after `frames` frames, the last one asked about, was set because
    /// of a cut: the encoder says that it looks for them, and no rhythm explains the length.
    pub(crate) fn sets_keyframe_at_cut(&self, frames: u64) -> bool {
        /// Fewer lengths show no rhythm, and a length of which more than one in so many is, is one.
        const LEAST: usize = 4;
        let alike = self
            .lengths
            .iter()
            .filter(|length| length.abs_diff(frames) <= 1);
        self.looks_for_cuts && alike.count() * LEAST <= self.lengths.len()
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

    fn worth(sizes: &[usize], are_apart: bool) -> Option<usize> {
        PacketSizes {
            sizes,
            key_size: 80_000,
            next_key_size: 80_000,
        }
        .worth_decoding(are_apart)
    }

    /// Every fourth packet is one that others are predicted from.
    fn steady(count: usize, scale: usize) -> Vec<usize> {
        (0..count)
            .map(|index| if index % 4 == 0 { 9 * scale } else { 2 * scale })
            .collect()
    }

    #[test]
    fn one_large_packet_among_small_ones_speaks_for_a_cut() {
        let mut sizes = steady(100, 1000);
        assert_eq!(
            worth(&sizes, true),
            None,
            "steady motion speaks for nothing"
        );
        sizes[57] = 60_000;
        assert_eq!(worth(&sizes, false), Some(57 + AFTERMATH));
        sizes[57] = 14_000;
        assert_eq!(worth(&sizes, true), None, "a little motion is no cut");
    }

    #[test]
    fn a_cut_to_a_simpler_picture_shows_as_a_lasting_step() {
        let sizes = [steady(60, 4000), steady(40, 300)].concat();
        assert_eq!(
            worth(&sizes, false),
            None,
            "where the picture stays the same, motion ended"
        );
        let worth = worth(&sizes, true).unwrap();
        assert!((60..=70 + AFTERMATH).contains(&worth), "{worth}");
    }

    #[test]
    fn a_dissolve_shows_as_a_hump() {
        let sizes = [steady(100, 1000), steady(25, 2200), steady(100, 1000)].concat();
        assert!(worth(&sizes, true).is_some_and(|worth| (125..170).contains(&worth)));
    }

    #[test]
    fn small_packets_before_a_large_keyframe_are_a_calm_end() {
        let sizes = steady(40, 1000);
        let calm = |next_key_size| {
            PacketSizes {
                sizes: &sizes,
                key_size: 80_000,
                next_key_size,
            }
            .end_is_calm()
        };
        assert!(calm(80_000));
        assert!(!calm(9_000));
    }

    #[test]
    fn a_keyframe_is_early_against_the_declared_or_the_observed_rhythm() {
        let mut declared = EncoderHabits::default();
        declared.read_settings(b"..options: cabac=1 keyint=250 keyint_min=25 rc=crf crf=23.0\x80");
        assert!(declared.is_early(100));
        assert!(!declared.is_early(250));
        assert!(declared.keeps_quality);
        declared.read_settings(b"..options: keyint=infinite rc=abr bitrate=2000 ");
        assert!(declared.is_early(5000));
        assert!(!declared.keeps_quality);
        let mut cutting = EncoderHabits::default();
        cutting.read_settings(b"..options: keyint=250 scenecut=40 rc=crf crf=23.0\x80");
        for frames in [91, 250, 133, 78] {
            cutting.is_early(frames);
        }
        assert!(cutting.sets_keyframe_at_cut(78));
        for frames in [50, 50] {
            cutting.is_early(frames);
        }
        assert!(!cutting.sets_keyframe_at_cut(50), "a rhythm set by hand");
        assert!(!declared.sets_keyframe_at_cut(100), "it does not say so");
        let mut observed = EncoderHabits::default();
        assert!(!observed.is_early(50), "the first length says nothing");
        assert!(!observed.is_early(50));
        assert!(observed.is_early(31));
        let mut reordering = EncoderHabits::new(true);
        assert!(!reordering.is_early(50));
        assert!(!reordering.is_early(31));
    }
}
