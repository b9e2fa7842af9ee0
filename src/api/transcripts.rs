//! What is said in an asset, as JSON, WebVTT and SubRip.

use std::fmt::Write;

use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    assets::find,
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    segments::WordAnswer,
    state::{Library, Shared},
};
use crate::domain::{AssertionKind, Channel};

/// What is said, in the order of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Transcript {
    /// ISO 639-1 code of most of it.
    pub(super) language: Option<String>,
    /// Subtitles that came with the file, where there are any; else what a model heard.
    pub(super) cues: Vec<TranscriptCue>,
}

/// A line of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TranscriptCue {
    /// The segment: a UUID.
    pub(super) segment_id: String,
    pub(super) start_millis: i64,
    pub(super) end_millis: i64,
    pub(super) text: String,
    /// Its words with their times, where a model heard it.
    pub(super) words: Vec<WordAnswer>,
    /// What made it.
    pub(super) maker: String,
    /// Whether a person said it.
    pub(super) by_person: bool,
}

/// Of transcripts.
pub(super) fn routes() -> Routes {
    Routes::default()
        .add(
            Endpoint::get(
                "/assets/{id}/transcript.json",
                "What is said, with the times of words",
                json::<Transcript>(),
            ),
            async |State(state), Path(id)| told(state, id, Json).await,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/transcript.vtt",
                "What is said, as WebVTT",
                Content::Other("text/vtt"),
            ),
            async |State(state), Path(id)| {
                told(state, id, |it| text("text/vtt; charset=utf-8", vtt(&it))).await
            },
        )
        .add(
            Endpoint::get(
                "/assets/{id}/transcript.srt",
                "What is said, as SubRip",
                Content::Other("application/x-subrip"),
            ),
            async |State(state), Path(id)| {
                told(state, id, |it| {
                    text("application/x-subrip; charset=utf-8", srt(&it))
                })
                .await
            },
        )
}

/// The transcript of an asset.
///
/// # Errors
/// When there is no such asset, or the library can't be read.
pub(super) fn of_asset(library: &Library, id: &str) -> Result<Transcript, Problem> {
    let asset = find(library, id)?;
    let segments = library.store.catalog().segments(asset.key)?;
    let has_subtitles = segments
        .iter()
        .any(|(_, segment)| segment.channel == Channel::Subtitle);
    // Both say the same; a person's subtitles say it better.
    let channel = if has_subtitles {
        Channel::Subtitle
    } else {
        Channel::Speech
    };
    let mut language = None;
    let cues = segments
        .into_iter()
        .filter(|(_, segment)| segment.channel == channel)
        .filter_map(|(id, segment)| {
            let said = segment
                .assertions
                .into_iter()
                .find(|assertion| assertion.kind == AssertionKind::Transcript)?;
            language = language.take().or(said.language);
            Some(TranscriptCue {
                segment_id: uuid::Uuid::from_u128(id.0).to_string(),
                start_millis: segment.span.start_millis,
                end_millis: segment.span.end_millis,
                text: said.value,
                words: said.words.into_iter().map(WordAnswer::from).collect(),
                by_person: said.provenance.is_by_person(),
                maker: said.provenance.maker,
            })
        })
        .collect();
    Ok(Transcript { language, cues })
}

/// Answers with a transcript in a form of it.
async fn told<A: IntoResponse>(
    state: Shared,
    id: String,
    form: fn(Transcript) -> A,
) -> Result<A, Problem> {
    let transcript = state
        .aside(move |_, library| of_asset(library, &id))
        .await?;
    Ok(form(transcript))
}

fn text(media_type: &'static str, text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type)], text)
}

/// WebVTT (W3C) of a transcript; an empty line or an arrow would end a cue, and `<` begin a tag.
fn vtt(transcript: &Transcript) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for cue in &transcript.cues {
        let said = cue.text.replace('&', "&amp;").replace('<', "&lt;");
        let (start, end) = (clock(cue.start_millis, '.'), clock(cue.end_millis, '.'));
        let said = lines(&said.replace("-->", "--&gt;"));
        let _ = write!(text, "\n{start} --> {end}\n{said}\n");
    }
    text
}

fn srt(transcript: &Transcript) -> String {
    let mut text = String::new();
    for (number, cue) in transcript.cues.iter().enumerate() {
        let (start, end) = (clock(cue.start_millis, ','), clock(cue.end_millis, ','));
        let said = lines(&cue.text.replace("-->", "->"));
        let _ = write!(text, "{}\n{start} --> {end}\n{said}\n\n", number + 1);
    }
    text
}

fn lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn clock(millis: i64, mark: char) -> String {
    let millis = millis.max(0);
    let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
    let (seconds, millis) = (millis / 1000 % 60, millis % 1000);
    format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Transcript {
        Transcript {
            language: None,
            cues: vec![TranscriptCue {
                segment_id: String::new(),
                start_millis: 3_661_001,
                end_millis: 3_662_500,
                text: text.to_owned(),
                words: Vec::new(),
                maker: "file".to_owned(),
                by_person: false,
            }],
        }
    }

    #[test]
    fn what_is_said_can_not_break_out_of_its_cue() {
        let transcript = said("<script>a & b\n\n--> c");
        assert_eq!(
            vtt(&transcript),
            "WEBVTT\n\n01:01:01.001 --> 01:01:02.500\n&lt;script>a &amp; b\n--&gt; c\n"
        );
        assert_eq!(
            srt(&transcript),
            "1\n01:01:01,001 --> 01:01:02,500\n<script>a & b\n-> c\n\n"
        );
    }
}
