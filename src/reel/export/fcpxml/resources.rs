//! What an FCPXML document refers to: formats, assets and effects.

use std::collections::BTreeMap;

use super::seconds::Seconds;
use crate::{
    domain::{AssetId, Rational},
    reel::{
        export::{
            cuts::{Cut, CutList},
            text::{file_url, one_line},
            timebase::Timebase,
            xml::Element,
        },
        source::SourceKind,
    },
};

/// Numbers of effects in Final Cut Pro.
const CROSS_DISSOLVE: &str = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265";
const AUDIO_CROSSFADE: &str = "FFAudioTransition";
const LOWER_THIRD: &str = ".../Titles.localized/Lower Thirds.localized/Basic Lower Third.localized/Basic Lower Third.moti";

/// The elements of `resources`, and the ids that clips refer to them by.
#[derive(Default)]
pub(super) struct Resources {
    elements: Vec<Element>,
    formats: Vec<(FormatKey, String)>,
    assets: BTreeMap<AssetId, AssetIds>,
    pub(super) dissolve: Option<String>,
    pub(super) crossfade: Option<String>,
    pub(super) lower_third: Option<String>,
}

/// The ids of an asset and of its format.
#[derive(Clone)]
pub(super) struct AssetIds {
    pub(super) asset: String,
    pub(super) format: Option<String>,
}

/// What makes a format: rate, absent for stills, width, height.
type FormatKey = (Option<(i32, i32)>, u32, u32);

impl Resources {
    /// Everything that a reel refers to; the reel's own format comes first.
    pub(super) fn of(list: &CutList<'_>) -> (Self, String) {
        let mut resources = Self::default();
        let timeline = &list.reel.timeline;
        let own = resources.format(Some(list.rate), timeline.width, timeline.height);
        for cut in &list.cuts {
            if !resources.assets.contains_key(&cut.pick.asset_id) {
                let ids = resources.asset(cut);
                resources.assets.insert(cut.pick.asset_id, ids);
            }
        }
        if list.cuts.iter().any(|cut| cut.dissolve > 0) {
            resources.dissolve = Some(resources.effect("Cross Dissolve", CROSS_DISSOLVE));
            resources.crossfade = Some(resources.effect("Audio Crossfade", AUDIO_CROSSFADE));
        }
        if list.cuts.iter().any(|cut| cut.pick.lower_third.is_some()) {
            resources.lower_third = Some(resources.effect("Basic Lower Third", LOWER_THIRD));
        }
        (resources, own)
    }

    pub(super) fn ids_of(&self, asset: &AssetId) -> Option<AssetIds> {
        self.assets.get(asset).cloned()
    }

    pub(super) fn into_element(self) -> Element {
        Element::new("resources").children(self.elements)
    }

    fn next_id(&self) -> String {
        format!("r{}", self.elements.len() + 1)
    }

    fn format(&mut self, rate: Option<Rational>, width: u32, height: u32) -> String {
        let key = (rate.map(|rate| (rate.num, rate.den)), width, height);
        if let Some((_, id)) = self.formats.iter().find(|(known, _)| *known == key) {
            return id.clone();
        }
        let id = self.next_id();
        let name = match rate {
            Some(rate) => format_name(rate, width, height),
            None => Some("FFVideoFormatRateUndefined".to_owned()),
        };
        self.elements.push(
            Element::new("format")
                .with("id", &id)
                .with_some("name", name)
                .with_some(
                    "frameDuration",
                    rate.map(|rate| Seconds::of_frames(1, rate)),
                )
                .with("width", width)
                .with("height", height),
        );
        self.formats.push((key, id.clone()));
        id
    }

    fn asset(&mut self, cut: &Cut<'_>) -> AssetIds {
        let source = cut.source;
        let format = match (source.kind, source.width, source.height) {
            (SourceKind::Video, Some(width), Some(height)) => {
                Some(self.format(Some(source.rate), width, height))
            }
            (SourceKind::Image, Some(width), Some(height)) => {
                Some(self.format(None, width, height))
            }
            _ => None,
        };
        let id = self.next_id();
        // A still has no length of its own.
        let length = match source.kind {
            SourceKind::Image => Seconds::ZERO,
            SourceKind::Video | SourceKind::Audio => {
                Seconds::of_frames(cut.source_frames(), source.rate)
            }
        };
        let has_picture = cut.has_picture();
        let mut asset = Element::new("asset")
            .with("id", &id)
            .with("name", one_line(&source.name, usize::MAX))
            .with(
                "start",
                Seconds::of_frames(cut.first.frame_number, cut.first.rate),
            )
            .with("duration", length)
            .with_some("hasVideo", has_picture.then_some(1))
            .with_some("format", format.clone())
            .with_some("videoSources", has_picture.then_some(1));
        if let Some(sound) = source.sound {
            asset = asset
                .with("hasAudio", 1)
                .with("audioSources", 1)
                .with("audioChannels", sound.channels)
                .with("audioRate", sound.sample_rate_hz);
        }
        asset.push(
            Element::new("media-rep")
                .with("kind", "original-media")
                .with("src", file_url(&cut.place.path, "")),
        );
        if let Some(reel_name) = &source.reel_name {
            let tape = Element::new("md")
                .with("key", "com.apple.proapps.studio.reel")
                .with("value", one_line(reel_name, usize::MAX));
            asset.push(Element::new("metadata").child(tape));
        }
        self.elements.push(asset);
        AssetIds { asset: id, format }
    }

    fn effect(&mut self, name: &str, uid: &str) -> String {
        let id = self.next_id();
        self.elements.push(
            Element::new("effect")
                .with("id", &id)
                .with("name", name)
                .with("uid", uid),
        );
        id
    }
}

/// Final Cut Pro's own name of a usual format; others are told by their figures alone.
fn format_name(rate: Rational, width: u32, height: u32) -> Option<String> {
    let size = match (width, height) {
        (1280, 720) => "720".to_owned(),
        (1920, 1080) => "1080".to_owned(),
        (3840, 2160) => "3840x2160".to_owned(),
        _ => return None,
    };
    let timebase = Timebase::of(rate)?;
    let rate = match (timebase.nominal, timebase.is_ntsc) {
        (24, true) => "2398",
        (30, true) => "2997",
        (60, true) => "5994",
        (24, false) => "24",
        (25, false) => "25",
        (30, false) => "30",
        (50, false) => "50",
        _ => "60",
    };
    Some(format!("FFVideoFormat{size}p{rate}"))
}
