//! What is said in a reel, as WebVTT and SubRip on the reel's clock.

use std::fmt::Write;

use crate::domain::Cue;

/// WebVTT (W3C): an empty line or an arrow would end a cue, `<` begin a tag, `&` a character.
pub(super) fn webvtt(cues: &[Cue]) -> Vec<u8> {
    let mut text = "WEBVTT\n".to_owned();
    for (number, cue) in cues.iter().enumerate() {
        let (start, end) = times(cue, '.');
        let said = lines(&cue.text)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = write!(text, "\n{}\n{start} --> {end}\n{said}\n", number + 1);
    }
    text.into_bytes()
}

/// SubRip, which has no way to escape: an arrow is broken in two.
pub(super) fn subrip(cues: &[Cue]) -> Vec<u8> {
    let mut text = String::new();
    for (number, cue) in cues.iter().enumerate() {
        let (start, end) = times(cue, ',');
        let said = lines(&cue.text).replace("-->", "- ->");
        let _ = write!(text, "{}\r\n{start} --> {end}\r\n", number + 1);
        for line in said.lines() {
            let _ = write!(text, "{line}\r\n");
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

fn lines(text: &str) -> String {
    let visible = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    let text: String = text.replace("\r\n", "\n").chars().map(visible).collect();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn times(cue: &Cue, mark: char) -> (String, String) {
    let clock = |millis: i64| {
        let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
        let (seconds, millis) = (millis / 1000 % 60, millis % 1000);
        format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{millis:03}")
    };
    (clock(cue.span.start_millis), clock(cue.span.end_millis))
}
