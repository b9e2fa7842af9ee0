//! FCPXML 1.11, for Final Cut Pro and Resolve.
//!
//! After Apple's published reference of the format. All times are exact ratios of a second. A
//! source's time counts from its start timecode, a slowed clip's own time from the same origin, and
//! a transition lies around the middle of what two picks share.

mod resources;
mod seconds;

use self::{
    resources::{AssetIds, Resources},
    seconds::Seconds,
};
use super::{
    cuts::{Cut, CutList},
    text::one_line,
    timebase::Timebase,
    xml::{Element, document},
};
use crate::reel::{
    manifest::{SlowMotion, Smoothing},
    source::SourceKind,
};

/// The document.
pub(super) fn write(list: &mut CutList<'_>) -> Vec<u8> {
    if Timebase::of(list.rate).is_none() {
        list.warn(format!(
            "Final Cut Pro has no projects of {}/{} frames per second",
            list.rate.num, list.rate.den
        ));
    }
    let (resources, format) = Resources::of(list);
    let spine = Spine {
        list,
        resources: &resources,
    };
    let title = one_line(&list.reel.title, usize::MAX);
    let sequence = Element::new("sequence")
        .with("format", format)
        .with("duration", spine.record(list.length()))
        .with("tcStart", spine.record(list.start.frame_number))
        .with("tcFormat", tc_format(list.start.drop_frame))
        .with("audioLayout", "stereo")
        .with("audioRate", "48k")
        .child(spine.element());
    let project = Element::new("project").with("name", &title).child(sequence);
    let event = Element::new("event").with("name", &title).child(project);
    let root = Element::new("fcpxml")
        .with("version", "1.11")
        .child(resources.into_element())
        .child(Element::new("library").child(event));
    document(&root)
}

struct Spine<'a, 'b> {
    list: &'a CutList<'b>,
    resources: &'a Resources,
}

impl Spine<'_, '_> {
    fn element(&self) -> Element {
        let mut spine = Element::new("spine");
        for (index, cut) in self.list.cuts.iter().enumerate() {
            if cut.dissolve > 0 {
                spine.push(self.transition(cut));
            }
            let end = self
                .list
                .cuts
                .get(index + 1)
                .map_or(cut.record.end, edit_frame);
            if let Some(ids) = self.resources.ids_of(&cut.pick.asset_id) {
                spine.push(self.clip(cut, end, &ids, index));
            }
        }
        spine
    }

    /// A clip from its edit to the next one.
    fn clip(&self, cut: &Cut<'_>, end: i64, ids: &AssetIds, index: usize) -> Element {
        let (pick, source) = (cut.pick, cut.source);
        let edit = edit_frame(cut);
        let origin = Seconds::of_frames(cut.first.frame_number, cut.first.rate);
        let start = origin
            + Seconds::of_frames(pick.in_frame, source.rate) * cut.slowness
            + self.record(edit - cut.record.start);
        let duration = self.record(end - edit);
        let is_still = source.kind == SourceKind::Image;
        // Final Cut Pro takes stills as `video` only.
        let mut clip = Element::new(if is_still { "video" } else { "asset-clip" })
            .with("ref", &ids.asset)
            .with("name", one_line(&pick.name, usize::MAX))
            .with("offset", self.record(self.list.start.frame_number + edit))
            .with("start", start)
            .with("duration", duration);
        if !is_still {
            clip = clip
                .with_some("format", ids.format.as_ref())
                .with("tcFormat", tc_format(cut.first.drop_frame))
                .with_some("audioRole", source.sound.map(|_| "dialogue"));
        }
        if !pick.reason.text.is_empty() {
            let note = one_line(&pick.reason.text, usize::MAX);
            clip.push(Element::text("note", note));
        }
        if source.kind == SourceKind::Video && source.rate != self.list.rate {
            // Running time is kept: no clip is shown slower to fit the project's rate.
            clip.push(
                Element::new("conform-rate")
                    .with("scaleEnabled", 0)
                    .with_some("srcFrameRate", conform_rate(Timebase::of(source.rate))),
            );
        }
        if let Some(slow) = pick.slow_motion {
            let length = Seconds::of_frames(cut.source_frames(), source.rate);
            clip.push(time_map(slow, origin, length, cut.slowness));
        }
        if let (Some(text), Some(effect)) = (&pick.lower_third, &self.resources.lower_third) {
            clip.push(title(text, effect, start, duration, index));
        }
        for marker in self.markers(cut, start, duration) {
            clip.push(marker);
        }
        clip
    }

    fn markers(&self, cut: &Cut<'_>, start: Seconds, duration: Seconds) -> Vec<Element> {
        let pick = cut.pick;
        let mut markers = Vec::new();
        if pick.is_locked || !pick.reason.text.is_empty() {
            let lock = if pick.is_locked { ", locked" } else { "" };
            markers.push(
                Element::new("marker")
                    .with("start", start)
                    .with("duration", self.record(1))
                    .with("value", format!("pick {}{lock}", pick.id))
                    .with("note", one_line(&pick.reason.text, usize::MAX)),
            );
        }
        let mut words = vec!["reel".to_owned()];
        if !pick.section.is_empty() {
            // Commas part keywords.
            words.push(one_line(&pick.section.replace(',', " "), usize::MAX));
        }
        if pick.is_locked {
            words.push("locked".to_owned());
        }
        markers.push(
            Element::new("keyword")
                .with("start", start)
                .with("duration", duration)
                .with("value", words.join(", ")),
        );
        markers
    }

    fn transition(&self, cut: &Cut<'_>) -> Element {
        let mut transition = Element::new("transition")
            .with("name", "Cross Dissolve")
            .with(
                "offset",
                self.record(self.list.start.frame_number + cut.record.start),
            )
            .with("duration", self.record(cut.dissolve));
        if let Some(effect) = &self.resources.dissolve {
            let filter = Element::new("filter-video").with("ref", effect);
            transition.push(filter.with("name", "Cross Dissolve"));
        }
        if let Some(effect) = &self.resources.crossfade {
            let filter = Element::new("filter-audio").with("ref", effect);
            transition.push(filter.with("name", "Audio Crossfade"));
        }
        transition
    }

    fn record(&self, frames: i64) -> Seconds {
        Seconds::of_frames(frames, self.list.rate)
    }
}

/// The frame of the reel at which a pick takes over: the middle of its dissolve.
fn edit_frame(cut: &Cut<'_>) -> i64 {
    cut.record.start + cut.dissolve / 2
}

/// The whole source, slower: from its own time, which is longer, to the media's.
fn time_map(slow: SlowMotion, origin: Seconds, length: Seconds, slowness: i64) -> Element {
    let point = |time: Seconds, value: Seconds| {
        Element::new("timept")
            .with("time", time)
            .with("value", value)
            .with("interp", "linear")
    };
    // The clip's own time has its origin where `start` counts it from: at `slowness` times frame 0.
    Element::new("timeMap")
        .with(
            "frameSampling",
            match slow.smoothing {
                Smoothing::Blend => "frame-blending",
                Smoothing::Interpolate => "optical-flow",
            },
        )
        .child(point(origin, origin))
        .child(point(origin + length * slowness, origin + length))
}

/// A line over the lower third for as long as the clip.
fn title(text: &str, effect: &str, start: Seconds, duration: Seconds, index: usize) -> Element {
    let style = format!("ts{}", index + 1);
    let line = one_line(text, usize::MAX);
    Element::new("title")
        .with("ref", effect)
        .with("lane", 1)
        .with("offset", start)
        .with("name", &line)
        .with("duration", duration)
        .child(Element::new("text").child(Element::text("text-style", &line).with("ref", &style)))
        .child(
            Element::new("text-style-def").with("id", style).child(
                Element::new("text-style")
                    .with("font", "Helvetica")
                    .with("fontSize", 52)
                    .with("fontColor", "1 1 1 1"),
            ),
        )
}

fn tc_format(drop_frame: bool) -> &'static str {
    if drop_frame { "DF" } else { "NDF" }
}

/// The source's rate by the name that `conform-rate` knows.
fn conform_rate(timebase: Option<Timebase>) -> Option<String> {
    let timebase = timebase?;
    Some(match (timebase.nominal, timebase.is_ntsc) {
        (24, true) => "23.98".to_owned(),
        (30, true) => "29.97".to_owned(),
        (60, true) => "59.94".to_owned(),
        (nominal, _) => nominal.to_string(),
    })
}
