//! `reeldex show`.

use serde_json::json;

use super::super::{
    arguments::ShowArguments,
    output::{Output, bold, clock, size},
    progress::printable,
};
use crate::{
    app::App,
    domain::{
        Assertion, AssertionKind, Channel, MediaInfo, Segment, SegmentId, StepOutcome, StepRecord,
        StreamDetail,
    },
    fault::{AnyError, ExitStatus},
    store::{Access, AssetRecord},
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &ShowArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let store = app.store(Access::Read)?;
    let catalog = store.catalog();
    let asset = catalog.only_asset(&arguments.asset)?;
    let records = catalog.step_records(asset.key)?;
    let segments = catalog.segments(asset.key)?;
    if output.json {
        output.document(&document(&asset, &records, &segments));
    } else {
        show_file(&asset, output);
        if let Some(media) = &asset.media {
            show_media(media, output);
        }
        show_segments(&segments, output);
        show_steps(&records, output);
    }
    Ok(ExitStatus::Done)
}

fn document(
    asset: &AssetRecord,
    records: &[StepRecord],
    segments: &[(SegmentId, Segment)],
) -> serde_json::Value {
    let locations: Vec<_> = asset
        .locations
        .iter()
        .map(|location| {
            json!({
                "path": location.path.to_string_lossy(),
                "collection": location.collection,
                "missing": location.missing,
            })
        })
        .collect();
    let segments: Vec<_> = segments
        .iter()
        .map(|(id, segment)| json!({ "id": format!("{:032x}", id.0), "segment": segment }))
        .collect();
    json!({
        "id": asset.id,
        "size_bytes": asset.size_bytes,
        "locations": locations,
        "media": asset.media,
        "steps": records,
        "segments": segments,
    })
}

fn show_file(asset: &AssetRecord, output: &Output) {
    output.line(format!(
        "{}  {}",
        bold(&asset.id.short()),
        size(asset.size_bytes)
    ));
    for location in &asset.locations {
        let missing = if location.missing {
            " (not there at the last scan)"
        } else {
            ""
        };
        output.line(format!(
            "  {} [{}]{missing}",
            printable(&location.path),
            location.collection
        ));
    }
}

fn show_media(media: &MediaInfo, output: &Output) {
    output.line(bold("media"));
    let duration = media
        .duration_millis
        .map_or(String::new(), |millis| format!(", {}", clock(millis)));
    output.line(format!(
        "  {} in {}{duration}",
        media.kind.name(),
        media.container
    ));
    if let Some(timecode) = media.start_timecode {
        output.line(format!("  starts at timecode {timecode}"));
    }
    if let Some(created) = &media.created {
        output.line(format!("  recorded {created}"));
    }
    for stream in &media.streams {
        let language = stream
            .language
            .as_deref()
            .map_or(String::new(), |language| format!(" [{language}]"));
        output.line(format!(
            "  stream {}: {}{language} {}",
            stream.index,
            stream.codec,
            describe(&stream.detail)
        ));
    }
    for chapter in &media.chapters {
        output.line(format!(
            "  chapter {} {}",
            clock(chapter.span.start_millis),
            chapter.title
        ));
    }
    for (name, value) in &media.tags {
        output.line(format!("  {name}: {}", value.replace('\n', " ")));
    }
    for warning in &media.warnings {
        output.line(format!("  warning: {warning}"));
    }
}

fn describe(detail: &StreamDetail) -> String {
    match detail {
        StreamDetail::Video(video) => {
            let mut text = format!("{}x{}", video.display_width, video.display_height);
            if let Some(rate) = video.frame_rate.to_f64() {
                text.push_str(&format!(", {rate:.3} frames/s"));
            }
            if video.rotation_degrees != 0 {
                text.push_str(&format!(", turned by {}°", video.rotation_degrees));
            }
            text.push_str(&format!(", {}", video.pixel_format));
            text
        }
        StreamDetail::Audio(audio) => {
            format!("{} Hz, {} channels", audio.sample_rate_hz, audio.channels)
        }
        StreamDetail::Subtitle { is_text } => {
            (if *is_text { "text" } else { "bitmaps" }).to_owned()
        }
        StreamDetail::Cover => "cover picture".to_owned(),
        StreamDetail::Other => "data".to_owned(),
    }
}

fn show_segments(segments: &[(SegmentId, Segment)], output: &Output) {
    const PARTS: [(Channel, &str); 6] = [
        (Channel::Asset, "as a whole"),
        (Channel::Shot, "shots"),
        (Channel::Subtitle, "subtitles"),
        (Channel::Speech, "speech"),
        (Channel::ScreenText, "on screen"),
        (Channel::Sound, "sound"),
    ];
    for (channel, title) in PARTS {
        let mut titled = false;
        for (_, segment) in segments
            .iter()
            .filter(|(_, segment)| segment.channel == channel)
        {
            if !std::mem::replace(&mut titled, true) {
                output.line(bold(title));
            }
            show_segment(segment, output);
        }
    }
}

fn show_segment(segment: &Segment, output: &Output) {
    let mut line = format!(
        "  {} – {}",
        clock(segment.span.start_millis),
        clock(segment.span.end_millis)
    );
    if let Some(opening) = segment.opening {
        line.push_str(&format!("  {}", format!("{opening:?}").to_lowercase()));
    }
    let (tags, texts): (Vec<&Assertion>, Vec<&Assertion>) = segment
        .assertions
        .iter()
        .partition(|assertion| assertion.kind == AssertionKind::Tag);
    for text in texts {
        line.push_str(&format!(
            "  “{}” {}",
            text.value.replace('\n', " / "),
            source(text)
        ));
    }
    if !tags.is_empty() {
        let tags: Vec<String> = tags
            .iter()
            .map(|tag| match tag.confidence {
                _ if tag.provenance.is_by_person() => format!("{} {}", tag.value, source(tag)),
                Some(confidence) => format!("{} {confidence:.2}", tag.value),
                None => tag.value.clone(),
            })
            .collect();
        line.push_str(&format!("  {}", tags.join(", ")));
    }
    output.line(line);
    for keyframe in &segment.keyframes {
        let label = keyframe.label.as_deref().unwrap_or("");
        let thumbnail = keyframe.thumbnail.as_deref().unwrap_or("no thumbnail");
        output.line(format!(
            "      keyframe {} {thumbnail} {label}",
            clock(keyframe.at_millis)
        ));
    }
}

/// Who said it: a person, or maker, version, confidence and language.
fn source(assertion: &Assertion) -> String {
    let provenance = &assertion.provenance;
    if provenance.is_by_person() {
        return match provenance.version.as_str() {
            "" => "(said by a person)".to_owned(),
            author => format!("(said by {author})"),
        };
    }
    let mut text = format!("({} {}", provenance.maker, provenance.version);
    if let Some(confidence) = assertion.confidence {
        text.push_str(&format!(", confidence {confidence:.2}"));
    }
    if let Some(language) = &assertion.language {
        text.push_str(&format!(", {language}"));
    }
    text.push(')');
    text
}

fn show_steps(records: &[StepRecord], output: &Output) {
    output.line(bold("steps"));
    for record in records {
        let took = record.took_millis;
        match &record.outcome {
            StepOutcome::Done => output.line(format!(
                "  {:<12} done in {took} ms by {}",
                record.step, record.version
            )),
            StepOutcome::Skipped { reason } => {
                output.line(format!("  {:<12} skipped ({reason})", record.step))
            }
            StepOutcome::Failed { reason, hint } => {
                output.line(format!("  {:<12} failed: {reason}", record.step));
                if let Some(hint) = hint {
                    output.line(format!("  {:<12} hint: {hint}", ""));
                }
            }
        }
    }
}
