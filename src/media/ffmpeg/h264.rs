//! Which H.264 keyframes stand on their own.

/// NAL unit type of a slice after which nothing refers to anything before (ITU-T H.264, table 7-1).
const IDR_SLICE: u8 = 5;

/// Whether a packet holds an instantaneous refresh; other keyframes only promise recovery.
pub(super) fn holds_idr(packet: &[u8]) -> bool {
    let is_annex_b = packet.starts_with(&[0, 0, 1]) || packet.starts_with(&[0, 0, 0, 1]);
    if is_annex_b {
        return packet
            .windows(4)
            .any(|window| window[..3] == [0, 0, 1] && window[3] & 0x1f == IDR_SLICE);
    }
    // MP4 and Matroska put a length before each unit, in all but exotic files of four bytes.
    let mut rest = packet;
    while let Some((length, units)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        match units.first() {
            Some(first) if first & 0x1f == IDR_SLICE => return true,
            _ => rest = units.get(length..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refreshes_are_told_from_recovery_points_in_both_packings() {
        assert!(holds_idr(&[0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x65, 9, 9]));
        assert!(!holds_idr(&[0, 0, 0, 1, 0x06, 5, 1, 0, 0, 1, 0x41, 9, 9]));
        assert!(holds_idr(&[0, 0, 0, 2, 0x06, 5, 0, 0, 0, 3, 0x65, 9, 9]));
        assert!(!holds_idr(&[0, 0, 0, 2, 0x06, 5, 0, 0, 0, 3, 0x41, 9, 9]));
        assert!(!holds_idr(&[255, 255, 255, 255, 0x41]));
    }
}
