//! The shot list as one page to print: pictures inside it, no script, nothing loaded.

use std::{fmt::Write, fs};

use quick_xml::escape::escape;

use super::{
    cuts::{Cut, CutList},
    shots::{Shot, shots},
    text::one_line,
};

/// Larger files are not the library's small pictures.
const MOST_PICTURE_BYTES: u64 = 1 << 20;

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#111;background:#fff}\
table{border-collapse:collapse;width:100%}\
th,td{border-bottom:1px solid #bbb;padding:.5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
img{width:160px;display:block}\
.time{font-variant-numeric:tabular-nums;white-space:nowrap}\
.none{color:#595959}\
tr{break-inside:avoid}thead{display:table-header-group}\
@page{size:A4 landscape;margin:12mm}@media print{body{margin:0}}";

/// The page.
pub(super) fn write(list: &CutList<'_>) -> Vec<u8> {
    let reel = list.reel;
    let title = text(&reel.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    let timeline = &reel.timeline;
    let _ = writeln!(
        page,
        "<p>{} picks, {} to {}, {}×{} at {}/{} frames per second</p>",
        list.cuts.len(),
        list.record_timecode(0),
        list.record_timecode(list.length()),
        timeline.width,
        timeline.height,
        timeline.rate.num,
        timeline.rate.den,
    );
    for note in &reel.revision().notes {
        let _ = writeln!(page, "<p>{}</p>", text(note));
    }
    page.push_str(
        "<table>\n<thead><tr><th>No.</th><th>Picture</th><th>In the reel</th><th>Shot</th>\
         <th>Source</th><th>Why</th></tr></thead>\n<tbody>\n",
    );
    for (shot, cut) in shots(list).iter().zip(&list.cuts) {
        row(shot, cut, &mut page);
    }
    page.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    page.into_bytes()
}

fn row(shot: &Shot, cut: &Cut<'_>, page: &mut String) {
    let picture = picture(cut).map_or_else(
        || "<span class=\"none\">none</span>".to_owned(),
        |data| format!("<img alt=\"\" src=\"data:{data}\">"),
    );
    let mut facts = vec![format!("<strong>{}</strong>", text(&shot.name))];
    if !shot.section.is_empty() {
        facts.push(text(&shot.section));
    }
    if shot.is_locked {
        facts.push("locked".to_owned());
    }
    if shot.dissolve_frames > 0 {
        facts.push(format!("dissolve over {} frames", shot.dissolve_frames));
    }
    if !shot.slow_motion.is_empty() {
        facts.push(format!("slow motion {}", shot.slow_motion));
    }
    if !shot.lower_third.is_empty() {
        facts.push(format!("lower third “{}”", text(&shot.lower_third)));
    }
    let mut source = vec![
        text(&shot.source),
        format!(
            "<span class=\"time\">{} – {}</span>",
            text(&shot.source_in),
            text(&shot.source_out)
        ),
        format!("{} at {} per second", shot.kind, shot.source_rate),
    ];
    if !shot.state.is_empty() {
        source.push(format!("<strong>{}</strong>", shot.state));
    }
    let _ = writeln!(
        page,
        "<tr><td>{}</td><td>{picture}</td><td class=\"time\">{}<br>{}<br>{} frames</td>\
         <td>{}</td><td>{}</td><td>{}</td></tr>",
        shot.number,
        shot.record_in,
        shot.record_out,
        shot.frames,
        facts.join("<br>"),
        source.join("<br>"),
        text(&shot.reason),
    );
}

/// The pick's thumbnail as a data URI without its scheme; `None` where there is none to be read.
fn picture(cut: &Cut<'_>) -> Option<String> {
    let path = cut.place.thumbnails.get(&cut.pick.id)?;
    if fs::metadata(path).ok()?.len() > MOST_PICTURE_BYTES {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let kind = match bytes.get(..4)? {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G'] => "image/png",
        _ => return None,
    };
    Some(format!("{kind};base64,{}", base64(&bytes)))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= chunk.len() {
                char::from(DIGITS[value])
            } else {
                '='
            });
        }
    }
    text
}

fn text(text: &str) -> String {
    escape(one_line(text, usize::MAX)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_what_the_standard_shows() {
        let shown = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, wanted) in shown {
            assert_eq!(base64(bytes.as_bytes()), wanted);
        }
    }
}
