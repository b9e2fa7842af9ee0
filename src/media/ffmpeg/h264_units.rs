//! Which packets of H.264 hold only pictures that no other is predicted from, by the headers of their units.

use ffmpeg_next::ffi;

/// How the units of a stream are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Units {
    /// Each behind its length, in so many bytes.
    Counted(usize),
    /// Each behind a start code.
    Marked,
}

impl Units {
    /// Those of a stream with these parameters; `None` where it is no H.264.
    pub(super) fn of(parameters: &ffi::AVCodecParameters) -> Option<Self> {
        if parameters.codec_id != ffi::AVCodecID::AV_CODEC_ID_H264 {
            return None;
        }
        let size = usize::try_from(parameters.extradata_size).unwrap_or(0);
        if parameters.extradata.is_null() || size == 0 {
            return Some(Self::Marked);
        }
        // SAFETY: the extradata has the size that the parameters say.
        let extradata = unsafe { std::slice::from_raw_parts(parameters.extradata, size) };
        Some(Self::described_by(extradata))
    }

    fn described_by(extradata: &[u8]) -> Self {
        match extradata {
            // ISO/IEC 14496-15, 5.3.3.1: version 1; the fifth byte ends with the lengths' size, less one.
            [1, _, _, _, sizes, ..] => Self::Counted(usize::from(sizes & 3) + 1),
            _ => Self::Marked,
        }
    }

    /// Whether every slice in `packet` belongs to a picture that no other needs; `false` where that
    /// is not certain.
    pub(super) fn are_unneeded(self, packet: &[u8]) -> bool {
        let mut has_slices = false;
        let mut is_needed = |unit: &[u8]| match unit.first() {
            Some(header) if (1..=5).contains(&(header & 0x1f)) => {
                has_slices = true;
                header & 0x60 != 0
            }
            _ => false,
        };
        match self {
            Self::Counted(bytes) => {
                let mut rest = packet;
                while let Some((length, behind)) = rest.split_at_checked(bytes) {
                    let length = length
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                    let Some((unit, behind)) = behind.split_at_checked(length) else {
                        return false;
                    };
                    if is_needed(unit) {
                        return false;
                    }
                    rest = behind;
                }
            }
            Self::Marked => {
                let mut zeros = 0;
                for (at, byte) in packet.iter().enumerate() {
                    if zeros >= 2 && *byte == 1 && is_needed(&packet[at + 1..]) {
                        return false;
                    }
                    zeros = if *byte == 0 { zeros + 1 } else { 0 };
                }
            }
        }
        has_slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delimiter, then slices of these importances.
    fn units(importances: &[u8]) -> Vec<Vec<u8>> {
        let delimiter = vec![0x09, 0xf0];
        let slices = importances
            .iter()
            .map(|importance| vec![importance << 5 | 1, 0x9a, 0, 3, 0x10]);
        std::iter::once(delimiter).chain(slices).collect()
    }

    fn counted(importances: &[u8]) -> Vec<u8> {
        let with_length = |unit: Vec<u8>| [&(unit.len() as u32).to_be_bytes(), &unit[..]].concat();
        units(importances)
            .into_iter()
            .flat_map(with_length)
            .collect()
    }

    fn marked(importances: &[u8]) -> Vec<u8> {
        let with_mark = |unit: Vec<u8>| [&[0, 0, 0, 1], &unit[..]].concat();
        units(importances).into_iter().flat_map(with_mark).collect()
    }

    #[test]
    fn a_packet_is_unneeded_when_all_of_its_slices_are() {
        for (importances, expected) in [
            (&[0, 0][..], true),
            (&[0], true),
            (&[0, 1], false),
            (&[3], false),
            (&[], false),
        ] {
            assert_eq!(
                Units::Counted(4).are_unneeded(&counted(importances)),
                expected,
                "{importances:?}"
            );
            assert_eq!(
                Units::Marked.are_unneeded(&marked(importances)),
                expected,
                "{importances:?}"
            );
        }
    }

    #[test]
    fn what_is_damaged_is_left_to_the_decoder() {
        let packet = counted(&[0, 0]);
        assert!(!Units::Counted(4).are_unneeded(&packet[..packet.len() - 1]));
        assert!(!Units::Counted(4).are_unneeded(&[]));
        assert!(!Units::Marked.are_unneeded(&[0, 0, 1]));
    }

    #[test]
    fn the_header_tells_how_units_are_parted() {
        let mp4 = [1, 100, 0, 40, 0xff, 0xe1, 0];
        assert_eq!(Units::described_by(&mp4), Units::Counted(4));
        assert_eq!(Units::described_by(&[0, 0, 0, 1, 0x67, 100]), Units::Marked);
    }
}
