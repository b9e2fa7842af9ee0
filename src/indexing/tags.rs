//! Tags that are measured, not recognised: they need no model and hold for every file.

use std::collections::BTreeMap;

use crate::{
    domain::{Assertion, AssertionKind, Provenance, Step},
    media::protocol::{AudioSummary, FrameMeasures, ShotMeasures},
};

/// Below this mean saturation a picture counts as black and white; chroma noise of tape stays under it.
const COLOURLESS_SATURATION: f32 = 0.04;

/// A colour that covers less of a shot is not worth a tag.
const DOMINANT_SHARE: f32 = 0.2;

/// Quieter than this an audio track counts as silent; EBU R128 gates at -70 LUFS.
const SILENT_LUFS: f64 = -60.0;

/// A tag with its maker.
pub(super) fn tag(
    step: Step,
    value: impl Into<String>,
    confidence: Option<f32>,
    provenance: Provenance,
) -> Assertion {
    Assertion {
        step,
        kind: AssertionKind::Tag,
        value: value.into(),
        language: None,
        confidence,
        words: Vec::new(),
        provenance,
    }
}

/// The provenance of what this program measures itself.
pub(super) fn measured(settings: &str) -> Provenance {
    Provenance {
        maker: "reeldex".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: settings.to_owned(),
    }
}

/// What was measured on the keyframes of one shot, or of a whole asset.
#[derive(Debug, Default)]
pub(super) struct PictureTally {
    pictures: u32,
    saturation: f32,
    colours: BTreeMap<String, f32>,
    labels: BTreeMap<String, u32>,
}

impl PictureTally {
    pub(super) fn add(&mut self, measures: &FrameMeasures, label: Option<&str>) {
        self.pictures += 1;
        self.saturation += measures.saturation;
        for (colour, share) in &measures.dominant_colours {
            *self.colours.entry(colour.clone()).or_default() += share;
        }
        if let Some(label) = label {
            *self.labels.entry(label.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.pictures += other.pictures;
        self.saturation += other.saturation;
        for (colour, share) in &other.colours {
            *self.colours.entry(colour.clone()).or_default() += share;
        }
        for (label, count) in &other.labels {
            *self.labels.entry(label.clone()).or_default() += count;
        }
    }

    /// `black`, `bars`, `slate`, `colour` or `black and white`, and the dominant colours.
    pub(super) fn tags(&self) -> Vec<Assertion> {
        if self.pictures == 0 {
            return Vec::new();
        }
        let count = self.pictures as f32;
        let made =
            |value: String, confidence| tag(Step::Shots, value, confidence, measured("keyframes"));
        let mut tags = Vec::new();
        for (label, labelled) in &self.labels {
            tags.push(made(label.clone(), Some(*labelled as f32 / count)));
        }
        let all_labelled = self.labels.values().sum::<u32>() >= self.pictures;
        if !all_labelled {
            let colourless = self.saturation / count < COLOURLESS_SATURATION;
            tags.push(made(
                (if colourless {
                    "black and white"
                } else {
                    "colour"
                })
                .to_owned(),
                None,
            ));
            if !colourless {
                let mut colours: Vec<_> = self
                    .colours
                    .iter()
                    .map(|(name, share)| (name, share / count))
                    .collect();
                colours.retain(|(_, share)| *share >= DOMINANT_SHARE);
                colours.sort_by(|a, b| b.1.total_cmp(&a.1));
                for (name, share) in colours.into_iter().take(3) {
                    tags.push(made(name.clone(), Some(share.min(1.0))));
                }
            }
        }
        tags
    }
}

/// `still` or `moving`, where enough of the shot was decoded to tell.
pub(super) fn motion_tag(measures: &ShotMeasures) -> Option<Assertion> {
    let value = if measures.is_still? {
        "still camera"
    } else {
        "moving camera"
    };
    Some(tag(Step::Shots, value, None, measured("motion")))
}

/// Loudness after EBU R128, `silent`, and `speech` or `no speech`.
pub(super) fn sound_tags(summary: &AudioSummary, speech_millis: i64) -> Vec<Assertion> {
    let made = |value: String| tag(Step::Sound, value, None, measured("ebur128"));
    let mut tags = Vec::new();
    match summary.loudness_lufs.filter(|lufs| lufs.is_finite()) {
        Some(lufs) if lufs > SILENT_LUFS => {
            tags.push(made(format!("loudness={lufs:.1} LUFS")));
            if let Some(range) = summary.loudness_range_lu.filter(|range| range.is_finite()) {
                tags.push(made(format!("loudness range={range:.1} LU")));
            }
            if let Some(peak) = summary.true_peak_dbtp.filter(|peak| peak.is_finite()) {
                tags.push(made(format!("true peak={peak:.1} dBTP")));
            }
        }
        _ => tags.push(made("silent".to_owned())),
    }
    tags.push(made(
        (if speech_millis > 0 {
            "speech"
        } else {
            "no speech"
        })
        .to_owned(),
    ));
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(tags: &[Assertion]) -> Vec<&str> {
        tags.iter().map(|tag| tag.value.as_str()).collect()
    }

    #[test]
    fn colours_are_named_largest_first() {
        let mut tally = PictureTally::default();
        let colours = vec![
            ("green".to_owned(), 0.5),
            ("red".to_owned(), 0.3),
            ("blue".to_owned(), 0.1),
        ];
        tally.add(
            &FrameMeasures {
                saturation: 0.5,
                dominant_colours: colours,
                ..FrameMeasures::default()
            },
            None,
        );
        assert_eq!(values(&tally.tags()), ["colour", "green", "red"]);
    }

    #[test]
    fn an_all_black_asset_has_no_colour_tags() {
        let mut tally = PictureTally::default();
        tally.add(&FrameMeasures::default(), Some("black"));
        assert_eq!(values(&tally.tags()), ["black"]);
    }

    #[test]
    fn silence_has_no_loudness() {
        assert_eq!(
            values(&sound_tags(&AudioSummary::default(), 0)),
            ["silent", "no speech"]
        );
        let loud = AudioSummary {
            loudness_lufs: Some(-23.04),
            ..AudioSummary::default()
        };
        assert_eq!(
            values(&sound_tags(&loud, 5)),
            ["loudness=-23.0 LUFS", "speech"]
        );
    }
}
