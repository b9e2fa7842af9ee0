//! Subtitles that players may show, as samples of 3GPP timed text (3GPP TS 26.245).

use crate::domain::Cue;

/// A sample: when it begins and how long it lasts in milliseconds, and its bytes.
pub(super) type Sample = (i64, i64, Vec<u8>);

/// The cues without a gap between them: where nothing is said, an empty sample is shown. Of cues at
/// once, the later begins where the earlier ends.
pub(super) fn samples(cues: &[Cue], end_millis: i64) -> Vec<Sample> {
    let mut made: Vec<Sample> = Vec::new();
    let mut reached = 0;
    for cue in cues {
        let start = cue.span.start_millis.max(reached);
        let end = cue.span.end_millis.min(end_millis);
        if end <= start {
            continue;
        }
        if start > reached {
            made.push((reached, start - reached, text("")));
        }
        made.push((start, end - start, text(&cue.text)));
        reached = end;
    }
    if !made.is_empty() && reached < end_millis {
        made.push((reached, end_millis - reached, text("")));
    }
    made
}

fn text(text: &str) -> Vec<u8> {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// The description of all samples: white on nothing, centred at the bottom.
pub(super) fn description(font_size: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(0_u32.to_be_bytes()); // display flags
    bytes.extend([1, 0xff]); // horizontally centred, at the bottom
    bytes.extend([0; 4]); // background: none
    bytes.extend([0; 8]); // text box: the player's
    bytes.extend([0, 0, 0, 0]); // style of all characters
    bytes.extend([0, 1, 0, font_size]); // font 1, no face
    bytes.extend([0xff; 4]); // white
    let name = b"Sans-Serif";
    let length = 8 + 2 + 3 + name.len() as u32;
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"ftab");
    bytes.extend([0, 1, 0, 1, name.len() as u8]);
    bytes.extend(name);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TimeSpan;

    #[test]
    fn gaps_are_filled_and_overlaps_cut() {
        let cue = |start, end, text: &str| Cue {
            span: TimeSpan::new(start, end),
            text: text.to_owned(),
        };
        let cues = [cue(100, 300, "a"), cue(200, 400, "é"), cue(900, 2000, "b")];
        let times: Vec<(i64, i64)> = samples(&cues, 1000).iter().map(|s| (s.0, s.1)).collect();
        assert_eq!(
            times,
            [(0, 100), (100, 200), (300, 100), (400, 500), (900, 100)]
        );
        assert_eq!(samples(&cues, 1000)[2].2, [0, 2, 0xc3, 0xa9]);
        assert!(samples(&[], 1000).is_empty());
    }
}
