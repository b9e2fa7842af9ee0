//! OpenTimelineIO JSON: the format that loses nothing of a reel.
//!
//! A clip's range begins at a frame of its source and lasts for frames of the reel, so that clips
//! of any rate add up to the reel's own clock exactly. A dissolve begins where its clip begins.

use serde_json::{Value, json};

use super::{
    cuts::{Cut, CutList},
    text::file_url,
};
use crate::{
    domain::Rational,
    reel::{manifest::SlowMotion, whereabouts::PlaceState},
};

/// The timeline as JSON, indented.
pub(super) fn write(list: &CutList<'_>) -> Vec<u8> {
    let mut tracks = Vec::new();
    if list.cuts.iter().any(Cut::has_picture) {
        tracks.push(track(list, "Video", "V1", |cut| cut.has_picture()));
    }
    if list.cuts.iter().any(|cut| cut.channels() > 0) {
        tracks.push(track(list, "Audio", "A1", |cut| cut.channels() > 0));
    }
    let reel = list.reel;
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": reel.title,
        "global_start_time": time(list.start.frame_number, list.rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": null,
            "effects": [],
            "markers": [],
            "enabled": true,
            "metadata": {},
            "children": tracks,
        },
        "metadata": { "reeldex": {
            "format_version": reel.format_version,
            "revision": reel.current,
            "timeline": exact(&reel.timeline),
            "notes": reel.revision().notes,
        } },
    });
    let mut bytes = serde_json::to_vec_pretty(&timeline).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// One track; cuts that have nothing for it leave a gap.
fn track(list: &CutList<'_>, kind: &str, name: &str, has: impl Fn(&Cut<'_>) -> bool) -> Value {
    let mut children = Vec::new();
    let mut had_before = false;
    for cut in &list.cuts {
        let has_it = has(cut);
        if cut.dissolve > 0 && (has_it || had_before) {
            children.push(transition(cut, list.rate));
        }
        children.push(if has_it {
            clip(cut, list.rate)
        } else {
            gap(cut, list.rate)
        });
        had_before = has_it;
    }
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "source_range": null,
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {},
        "children": children,
    })
}

fn clip(cut: &Cut<'_>, rate: Rational) -> Value {
    let (pick, source) = (cut.pick, cut.source);
    let start = time(cut.first.frame_number + pick.in_frame, source.rate);
    let mut own = exact(pick);
    if let Value::Object(fields) = &mut own {
        fields.insert("source".to_owned(), exact(source));
        fields.insert("state".to_owned(), json!(state_name(cut.place.state)));
    }
    json!({
        "OTIO_SCHEMA": "Clip.2",
        "name": pick.name,
        "source_range": range(start.clone(), time(cut.shown.end - cut.shown.start, rate)),
        "effects": pick.slow_motion.map(time_warp).into_iter().collect::<Vec<_>>(),
        "markers": markers(cut, &start),
        "enabled": true,
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": { "DEFAULT_MEDIA": {
            "OTIO_SCHEMA": "ExternalReference.1",
            "name": source.name,
            "target_url": file_url(&cut.place.path, ""),
            "available_range": range(
                time(cut.first.frame_number, source.rate),
                time(cut.source_frames(), source.rate),
            ),
            "available_image_bounds": null,
            "metadata": {},
        } },
        "metadata": { "reeldex": own },
    })
}

fn gap(cut: &Cut<'_>, rate: Rational) -> Value {
    json!({
        "OTIO_SCHEMA": "Gap.1",
        "name": "",
        "source_range": range(time(0, rate), time(cut.shown.end - cut.shown.start, rate)),
        "effects": [],
        "markers": [],
        "enabled": true,
        "metadata": {},
    })
}

fn transition(cut: &Cut<'_>, rate: Rational) -> Value {
    json!({
        "OTIO_SCHEMA": "Transition.1",
        "name": "Dissolve",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": time(0, rate),
        "out_offset": time(cut.dissolve, rate),
        "metadata": {},
    })
}

fn time_warp(slow: SlowMotion) -> Value {
    json!({
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "name": "",
        "effect_name": "LinearTimeWarp",
        "time_scalar": 1.0 / f64::from(slow.factor),
        "metadata": { "reeldex": exact(&slow) },
    })
}

/// Why it is there, and what is lettered: red for a pick that is locked.
fn markers(cut: &Cut<'_>, start: &Value) -> Vec<Value> {
    let pick = cut.pick;
    let marker = |name: String, color: &str, comment: &str| {
        json!({
            "OTIO_SCHEMA": "Marker.2",
            "name": name,
            "color": color,
            "comment": comment,
            "marked_range": range(start.clone(), time(0, cut.source.rate)),
            "metadata": {},
        })
    };
    let mut markers = Vec::new();
    if pick.is_locked || !pick.reason.text.is_empty() {
        let (color, name) = if pick.is_locked {
            ("RED", format!("pick {}, locked", pick.id))
        } else {
            ("GREEN", format!("pick {}", pick.id))
        };
        markers.push(marker(name, color, &pick.reason.text));
    }
    if let Some(text) = &pick.lower_third {
        markers.push(marker("lower third".to_owned(), "YELLOW", text));
    }
    markers
}

fn state_name(state: PlaceState) -> &'static str {
    match state {
        PlaceState::Present => "present",
        PlaceState::Missing => "missing",
        PlaceState::Changed => "changed",
    }
}

fn range(start: Value, duration: Value) -> Value {
    json!({ "OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration })
}

fn time(frames: i64, rate: Rational) -> Value {
    // Whole frames up to 2^53 are exact in the doubles that the format has.
    json!({
        "OTIO_SCHEMA": "RationalTime.1",
        "value": frames as f64,
        "rate": rate.to_f64().unwrap_or(1.0),
    })
}

/// As JSON with the shortest digits that tell each number, which `to_value` would not give for `f32`.
fn exact(value: &impl serde::Serialize) -> Value {
    serde_json::to_string(value)
        .and_then(|text| serde_json::from_str(&text))
        .unwrap_or(Value::Null)
}
