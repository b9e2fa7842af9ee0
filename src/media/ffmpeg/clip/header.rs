//! The length of a clip, told in the header of an MP4 whose fragments are still to be made.

/// Writes `millis` into the movie header at the beginning of `bytes`; whether there is one.
///
/// Players take it for the length until they know better: without it a clip that is still being
/// made has none, and no place to jump to.
pub(super) fn tell_length(bytes: &mut [u8], millis: u64) -> bool {
    let mut at = 0;
    while let Some((size, kind)) = box_at(bytes, at) {
        if kind == *b"moov" {
            return tell_in_movie(bytes, at + 8, millis);
        }
        at += size;
    }
    false
}

fn tell_in_movie(bytes: &mut [u8], start: usize, millis: u64) -> bool {
    let Some((_, kind)) = box_at(bytes, start) else {
        return false;
    };
    if kind != *b"mvhd" {
        return false;
    }
    // ISO/IEC 14496-12, 8.2.2: two times, the unit, the length; the second version has wide ones.
    let is_wide = bytes.get(start + 8).is_some_and(|version| *version == 1);
    let unit_at = start + if is_wide { 28 } else { 20 };
    let Some(unit) = number_at(bytes, unit_at) else {
        return false;
    };
    let length = millis * u64::from(unit) / 1000;
    let length_at = unit_at + 4;
    let field = if is_wide {
        length.to_be_bytes().to_vec()
    } else {
        u32::try_from(length)
            .unwrap_or(u32::MAX)
            .to_be_bytes()
            .to_vec()
    };
    match bytes.get_mut(length_at..length_at + field.len()) {
        Some(place) => {
            place.copy_from_slice(&field);
            true
        }
        None => false,
    }
}

/// Size and kind of the box at a place.
fn box_at(bytes: &[u8], at: usize) -> Option<(usize, [u8; 4])> {
    let size = number_at(bytes, at)? as usize;
    let kind = bytes.get(at + 4..at + 8)?.try_into().ok()?;
    (size >= 8).then_some((size, kind))
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_told_in_units_of_the_movie_header_of_either_version() {
        let header = |version: u8, times: usize| {
            let mut bytes = vec![0, 0, 0, 12];
            bytes.extend(b"ftypisom");
            bytes.extend([0, 0, 0, 116]);
            bytes.extend(b"moov");
            bytes.extend([0, 0, 0, 108]);
            bytes.extend(b"mvhd");
            bytes.extend([version, 0, 0, 0]);
            bytes.extend(vec![9; times]);
            bytes.extend(600_u32.to_be_bytes());
            bytes.extend([0; 40]);
            bytes
        };
        let mut narrow = header(0, 8);
        assert!(tell_length(&mut narrow, 2500));
        assert_eq!(narrow[44..48], 1500_u32.to_be_bytes());
        let mut wide = header(1, 16);
        assert!(tell_length(&mut wide, 2500));
        assert_eq!(wide[52..60], 1500_u64.to_be_bytes());
        assert!(!tell_length(&mut narrow[..30], 2500));
        assert!(!tell_length(&mut [0; 64], 2500));
    }
}
