//! The units that H.264 consists of (ITU-R H.264, 7.3.1 and annex B), as far as copying must know them.

/// Kinds of units.
pub(super) const INSTANT_REFRESH: u8 = 5;
const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;

/// How a stream's units are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By start codes, as annex B has it.
    StartCodes,
    /// By their lengths of so many bytes, as MP4 has it.
    Lengths(usize),
}

impl Framing {
    /// What the stream's description says of it.
    pub(super) fn of(extradata: &[u8]) -> Self {
        match extradata {
            [1, _, _, _, lengths, ..] => Self::Lengths(usize::from(lengths & 3) + 1),
            _ => Self::StartCodes,
        }
    }

    /// The units of a packet; what is cut short is left out.
    pub(super) fn units(self, data: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::StartCodes => between_start_codes(data),
            Self::Lengths(size) => {
                let mut units = Vec::new();
                let mut rest = data;
                while let Some((length, behind)) = rest.split_at_checked(size) {
                    let length = length
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                    let Some((unit, next)) = behind.split_at_checked(length) else {
                        break;
                    };
                    units.push(unit);
                    rest = next;
                }
                units
            }
        }
    }
}

/// What kind a unit is.
pub(super) fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |byte| byte & 0x1f)
}

/// Adds a unit behind a start code.
pub(super) fn append_unit(bytes: &mut Vec<u8>, unit: &[u8]) {
    bytes.extend([0, 0, 0, 1]);
    bytes.extend_from_slice(unit);
}

/// The parameter sets in a stream's description, whichever way it is framed. What encoders remark
/// on themselves is left out: it names their threads.
pub(super) fn parameter_sets(extradata: &[u8]) -> Vec<Vec<u8>> {
    let units: Vec<&[u8]> = match Framing::of(extradata) {
        Framing::StartCodes => between_start_codes(extradata),
        // ISO/IEC 14496-15, 5.3.3.1.2: sets of both kinds, each kind with its count.
        Framing::Lengths(_) => {
            let mut units = Vec::new();
            let mut rest = extradata.get(5..).unwrap_or_default();
            for mask in [0x1f, 0xff] {
                let Some((count, behind)) = rest.split_first() else {
                    break;
                };
                rest = behind;
                for _ in 0..count & mask {
                    let Some((unit, next)) = rest
                        .split_at_checked(2)
                        .map(|(size, behind)| {
                            (usize::from(size[0]) << 8 | usize::from(size[1]), behind)
                        })
                        .and_then(|(size, behind)| behind.split_at_checked(size))
                    else {
                        break;
                    };
                    units.push(unit);
                    rest = next;
                }
            }
            units
        }
    };
    let is_wanted = |unit: &&[u8]| [SEQUENCE_PARAMETERS, PICTURE_PARAMETERS].contains(&kind(unit));
    units
        .into_iter()
        .filter(is_wanted)
        .map(<[u8]>::to_vec)
        .collect()
}

/// A number from 1 to 31 that none of these parameter sets has; `None` where all are taken.
pub(super) fn free_number(sets: &[Vec<u8>]) -> Option<u8> {
    let taken: Vec<u32> = sets
        .iter()
        .filter_map(|set| match kind(set) {
            // Behind profile, constraints and level.
            SEQUENCE_PARAMETERS => exp_golomb(set.get(4..)?),
            _ => exp_golomb(set.get(1..)?),
        })
        .collect();
    (1..=31).find(|number| !taken.contains(&u32::from(*number)))
}

/// An unsigned number as H.264 writes them (9.1).
fn exp_golomb(bytes: &[u8]) -> Option<u32> {
    let bit = |at: usize| {
        bytes
            .get(at / 8)
            .map(|byte| u32::from(byte >> (7 - at % 8) & 1))
    };
    let zeros = (0..32).take_while(|at| bit(*at) == Some(0)).count();
    let mut value = 0;
    for at in zeros..=2 * zeros {
        value = value << 1 | bit(at)?;
    }
    Some(value - 1)
}

fn between_start_codes(data: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at + 3 <= data.len() {
        if data[at..at + 3] == [0, 0, 1] {
            if let Some(start) = start {
                units.push(without_zeros(&data[start..at]));
            }
            start = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    if let Some(start) = start {
        units.push(without_zeros(&data[start..]));
    }
    units.retain(|unit| !unit.is_empty());
    units
}

/// A unit never ends in a zero: these belong to the next start code.
fn without_zeros(mut unit: &[u8]) -> &[u8] {
    while let [before @ .., 0] = unit {
        unit = before;
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_framings_give_the_same_units() {
        let sets: [&[u8]; 2] = [&[0x67, 100, 0, 31, 0b1010_0000, 9], &[0x68, 0b0110_0000, 7]];
        let mut codes = Vec::new();
        let mut boxed = vec![1, 100, 0, 31, 0xff, 0xe1];
        for (number, set) in sets.iter().enumerate() {
            append_unit(&mut codes, set);
            if number == 1 {
                boxed.push(1);
            }
            boxed.extend([0, set.len() as u8]);
            boxed.extend(*set);
        }
        append_unit(&mut codes, b"\x06threads=3");
        assert_eq!(parameter_sets(&codes), sets);
        assert_eq!(parameter_sets(&boxed), sets);
        assert_eq!(Framing::of(&boxed), Framing::Lengths(4));
        assert_eq!(Framing::of(&codes), Framing::StartCodes);
        let packet = [0, 0, 0, 2, 0x65, 8, 0, 0, 0, 1, 0x41, 0, 0];
        let units = Framing::Lengths(4).units(&packet);
        assert_eq!(units, [&[0x65, 8][..], &[0x41]]);
        assert_eq!(kind(units[0]), INSTANT_REFRESH);
    }

    #[test]
    fn a_number_is_free_where_no_set_has_it() {
        // Sequence parameters of number 1, picture parameters of number 2.
        let sets = [vec![0x67, 100, 0, 31, 0b0101_0000], vec![0x68, 0b0110_0000]];
        assert_eq!(free_number(&sets), Some(3));
        assert_eq!(exp_golomb(&[0b1000_0000]), Some(0));
        assert_eq!(exp_golomb(&[]), None);
    }
}
