//! Timed text that lies inside a media file as a stream of its own.

use std::path::Path;

use ffmpeg_next::{Packet, ffi};

use crate::domain::{Cue, TimeSpan};
use crate::media::MediaError;

use super::decoder::{Decoder, DecoderOptions, Frames};
use super::dictionary::text;
use super::source::{Read, Source, rescale};

/// A cue without an end is shown this long, or until the next one.
const OPEN_CUE_MILLIS: i64 = 5000;

/// Reads the text stream `stream_index` of `path`: its cues in order of time, markup stripped.
///
/// # Errors
/// As [`super::probe`]; `NoStream` when the stream holds no text; `Unsupported` without a decoder.
pub fn subtitle_stream(path: &Path, stream_index: u32) -> Result<Vec<Cue>, MediaError> {
    let mut source = Source::open(path)?;
    let origin_micros = source.origin_micros();
    let stream = source
        .stream(stream_index)
        .filter(|stream| super::probe::is_text(stream.parameters().codec_id))
        .ok_or_else(|| MediaError::NoStream {
            kind: "subtitle".to_owned(),
        })?;
    let base = stream.time_base();
    let options = DecoderOptions {
        frames: Frames::All,
        threads: 1,
        max_pixels: u64::MAX,
    };
    let mut decoder = Decoder::open(&stream, options)?;
    source.only_stream(stream_index);
    let mut cues: Vec<Cue> = Vec::new();
    loop {
        match source.read() {
            Read::Packet(packet) if packet.stream() == stream_index as usize => {
                let Some(ticks) = packet.pts().or(packet.dts()) else {
                    continue;
                };
                let start = (rescale(ticks, base.num, base.den, 1, 1_000_000) - origin_micros)
                    .div_euclid(1000);
                let length = base.ticks_to_millis(packet.duration()).unwrap_or(0);
                if let Some((text, shown)) = decode(&mut decoder, &packet) {
                    let length = if length > 0 { length } else { shown };
                    let end = if length > 0 { start + length } else { i64::MAX };
                    cues.push(Cue {
                        span: TimeSpan::new(start.max(0), end.max(0)),
                        text,
                    });
                }
            }
            Read::Packet(_) | Read::Broken => {}
            Read::End(_) => break,
        }
    }
    cues.sort_by_key(|cue| cue.span);
    let starts: Vec<i64> = cues
        .iter()
        .skip(1)
        .map(|cue| cue.span.start_millis)
        .chain([i64::MAX])
        .collect();
    for (cue, next) in cues.iter_mut().zip(starts) {
        if cue.span.end_millis == i64::MAX {
            cue.span.end_millis = next.min(cue.span.start_millis + OPEN_CUE_MILLIS);
        }
    }
    Ok(cues)
}

/// The text of a packet and how many milliseconds it is shown, 0 where the decoder does not say.
fn decode(decoder: &mut Decoder, packet: &Packet) -> Option<(String, i64)> {
    use ffmpeg_next::packet::Ref;
    // SAFETY: FFmpeg fills the zeroed structure, whose rectangles are valid until it is freed
    // below; the packet is only read, whatever the signature says.
    unsafe {
        let mut subtitle: ffi::AVSubtitle = std::mem::zeroed();
        let mut has_subtitle = 0;
        let packet = packet.as_ptr().cast_mut();
        let code = ffi::avcodec_decode_subtitle2(
            decoder.context(),
            &mut subtitle,
            &mut has_subtitle,
            packet,
        );
        if code < 0 || has_subtitle == 0 {
            return None;
        }
        let mut lines = Vec::new();
        for index in 0..subtitle.num_rects as usize {
            let rect = &**subtitle.rects.add(index);
            let plain = if rect.ass.is_null() {
                text(rect.text)
            } else {
                ass_text(&text(rect.ass))
            };
            if !plain.is_empty() {
                lines.push(plain);
            }
        }
        let shown = i64::from(subtitle.end_display_time);
        ffi::avsubtitle_free(&mut subtitle);
        let shown = if shown < i64::from(u32::MAX) {
            shown
        } else {
            0
        };
        (!lines.is_empty()).then(|| (lines.join("\n"), shown))
    }
}

/// The words of an ASS event as FFmpeg's decoders write it: the ninth field, without overrides.
fn ass_text(event: &str) -> String {
    let styled = event.splitn(9, ',').nth(8).unwrap_or_default();
    let mut plain = String::with_capacity(styled.len());
    let mut rest = styled;
    while let Some(at) = rest.find(['{', '\\']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{\\") {
            match rest.find('}') {
                Some(end) => rest = &rest[end + 1..],
                None => rest = "",
            }
        } else if let Some(after) = rest
            .strip_prefix("\\N")
            .or_else(|| rest.strip_prefix("\\n"))
        {
            plain.push('\n');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\h") {
            plain.push(' ');
            rest = after;
        } else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    let lines: Vec<&str> = plain
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_go_and_line_breaks_stay() {
        assert_eq!(
            ass_text(r"0,0,Default,,0,0,0,,{\i1}Bonjour, vous{\i0}\Ntous {brace}"),
            "Bonjour, vous\ntous {brace}"
        );
        assert_eq!(ass_text(r"0,0,Default,,0,0,0,,a\hb {\pos(1,2)"), "a b");
    }
}
