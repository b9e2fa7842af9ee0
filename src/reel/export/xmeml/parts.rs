//! The small elements of Final Cut Pro 7 XML.

use super::Track;
use crate::{
    domain::Timecode,
    reel::{
        export::{
            cuts::Cut,
            text::one_line,
            timebase::{Timebase, relabelled},
            xml::Element,
        },
        manifest::{SlowMotion, Smoothing},
    },
};

pub(super) fn transition(
    cut: &Cut<'_>,
    track: Track,
    alignment: &str,
    timebase: Timebase,
) -> Element {
    let (name, kind) = match track {
        Track::Video => ("Cross Dissolve", "video"),
        Track::Audio(_) => ("Cross Fade (+3dB)", "audio"),
    };
    let id = match track {
        Track::Video => "Cross Dissolve",
        Track::Audio(_) => "KGAudioTransCrossFade3dB",
    };
    Element::new("transitionitem")
        .child(rate(timebase))
        .child(Element::text("start", cut.record.start))
        .child(Element::text("end", cut.record.start + cut.dissolve))
        .child(Element::text("alignment", alignment))
        .child(
            Element::new("effect")
                .child(Element::text("name", name))
                .child(Element::text("effectid", id))
                .child(Element::text("effectcategory", "Dissolve"))
                .child(Element::text("effecttype", "transition"))
                .child(Element::text("mediatype", kind)),
        )
}

pub(super) fn time_remap(slow: SlowMotion, track: Track) -> Element {
    let parameter = |id: &'static str, value: String| {
        Element::new("parameter")
            .child(Element::text("parameterid", id))
            .child(Element::text("name", id))
            .child(Element::text("value", value))
    };
    // Four digits: a seventh is otherwise a frame off after a few thousand.
    let percent = format!("{:.4}", 100.0 / f64::from(slow.factor));
    let percent = percent
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned();
    let is_blended = slow.smoothing == Smoothing::Blend;
    let kind = match track {
        Track::Video => "video",
        Track::Audio(_) => "audio",
    };
    Element::new("filter").child(
        Element::new("effect")
            .child(Element::text("name", "Time Remap"))
            .child(Element::text("effectid", "timeremap"))
            .child(Element::text("effectcategory", "motion"))
            .child(Element::text("effecttype", "motion"))
            .child(Element::text("mediatype", kind))
            .child(parameter("variablespeed", "0".to_owned()))
            .child(parameter("speed", percent))
            .child(parameter("reverse", "FALSE".to_owned()))
            .child(parameter(
                "frameblending",
                if is_blended { "TRUE" } else { "FALSE" }.to_owned(),
            )),
    )
}

pub(super) fn marker(cut: &Cut<'_>) -> Option<Element> {
    let pick = cut.pick;
    let text = one_line(&pick.reason.text, usize::MAX);
    let lower_third = pick.lower_third.as_deref().unwrap_or_default();
    if text.is_empty() && !pick.is_locked && lower_third.is_empty() {
        return None;
    }
    let mut name = format!("pick {}", pick.id);
    if pick.is_locked {
        name += ", locked";
    }
    if !lower_third.is_empty() {
        name += ": ";
        name += &one_line(lower_third, usize::MAX);
    }
    Some(
        Element::new("marker")
            .child(Element::text("name", name))
            .child(Element::text("comment", text))
            .child(Element::text("in", cut.record.start))
            .child(Element::text("out", -1)),
    )
}

pub(super) fn rate(timebase: Timebase) -> Element {
    Element::new("rate")
        .child(Element::text("timebase", timebase.nominal))
        .child(Element::text(
            "ntsc",
            if timebase.is_ntsc { "TRUE" } else { "FALSE" },
        ))
}

pub(super) fn timecode(first: Timecode, timebase: Timebase, tape: Option<&str>) -> Element {
    let first = relabelled(first, timebase);
    let mut timecode = Element::new("timecode")
        .child(rate(timebase))
        .child(Element::text("string", first))
        .child(Element::text("frame", first.frame_number))
        .child(Element::text(
            "displayformat",
            if first.drop_frame { "DF" } else { "NDF" },
        ));
    if let Some(tape) = tape {
        let name = Element::text("name", one_line(tape, usize::MAX));
        timecode.push(Element::new("reel").child(name));
    }
    timecode
}

pub(super) fn picture(timebase: Option<Timebase>, size: Option<(u32, u32)>) -> Element {
    let mut picture = Element::new("samplecharacteristics");
    if let Some(timebase) = timebase {
        picture.push(rate(timebase));
    }
    if let Some((width, height)) = size {
        picture.push(Element::text("width", width));
        picture.push(Element::text("height", height));
    }
    picture
        .child(Element::text("anamorphic", "FALSE"))
        .child(Element::text("pixelaspectratio", "square"))
        .child(Element::text("fielddominance", "none"))
}

pub(super) fn sound(sample_rate_hz: u32) -> Element {
    Element::new("samplecharacteristics")
        .child(Element::text("depth", 16))
        .child(Element::text("samplerate", sample_rate_hz))
}
