//! Avid Log Exchange: the picks as log entries of their tapes, one file per frame rate.

use super::{
    cuts::{Cut, CutList},
    text::{ascii_line, one_line},
    timebase::{Timebase, relabelled},
};
use crate::{domain::Timecode, reel::source::SourceKind};

const COLUMNS: [&str; 12] = [
    "Name",
    "Tracks",
    "Start",
    "End",
    "Duration",
    "Tape",
    "Source File",
    "Source Path",
    "Section",
    "Locked",
    "Pick",
    "Comments",
];

/// The logs; what runs at one rate can't be logged with another.
pub(super) fn write(list: &mut CutList<'_>, stem: &str) -> Vec<(String, Vec<u8>)> {
    let mut timebases: Vec<Timebase> = Vec::new();
    let mut warnings = Vec::new();
    for cut in &list.cuts {
        let timebase = Timebase::nearest(cut.source.rate);
        if cut.source.kind == SourceKind::Image {
            warnings.push(format!(
                "{} is a still: it has no timecode to be logged by",
                cut.source.name
            ));
        } else if !timebases.contains(&timebase) {
            timebases.push(timebase);
        }
        if Timebase::of(cut.source.rate).is_none() {
            warnings.push(format!(
                "{} has {}/{} frames per second: it is logged at {}",
                cut.source.name,
                cut.source.rate.num,
                cut.source.rate.den,
                rate_name(timebase)
            ));
        }
        if cut.slowness > 1 {
            warnings.push("slow motion can't be logged: its frames are".to_owned());
        }
    }
    if timebases.len() > 1 {
        warnings.push("sources of several frame rates are logged in one file each".to_owned());
    }
    for warning in warnings {
        list.warn(warning);
    }
    let named = |timebase: &Timebase| {
        let name = if timebases.len() == 1 {
            format!("{stem}.ale")
        } else {
            format!("{stem} {}.ale", rate_name(*timebase))
        };
        (name, log(list, *timebase).into_bytes())
    };
    timebases.iter().map(named).collect()
}

fn log(list: &CutList<'_>, timebase: Timebase) -> String {
    let is_logged = |cut: &&Cut<'_>| {
        cut.source.kind != SourceKind::Image && Timebase::nearest(cut.source.rate) == timebase
    };
    let height = list
        .cuts
        .iter()
        .filter(is_logged)
        .find_map(|cut| cut.source.height);
    let mut lines = vec![
        "Heading".to_owned(),
        "FIELD_DELIM\tTABS".to_owned(),
        format!("VIDEO_FORMAT\t{}", video_format(height)),
        "AUDIO_FORMAT\t48khz".to_owned(),
        format!("FPS\t{}", rate_name(timebase)),
        String::new(),
        "Column".to_owned(),
        COLUMNS.join("\t"),
        String::new(),
        "Data".to_owned(),
    ];
    lines.extend(
        list.cuts
            .iter()
            .filter(is_logged)
            .map(|cut| row(cut, timebase)),
    );
    lines.push(String::new());
    lines.join("\r\n")
}

fn row(cut: &Cut<'_>, timebase: Timebase) -> String {
    let (pick, source) = (cut.pick, cut.source);
    let at = |frame: i64| {
        let own = Timecode {
            frame_number: cut.first.frame_number + frame,
            ..cut.first
        };
        relabelled(own, timebase)
    };
    let (start, end) = (at(pick.in_frame), at(pick.out_frame));
    let length = Timecode {
        frame_number: end.frame_number - start.frame_number,
        ..start
    };
    let stem = source
        .name
        .rsplit_once('.')
        .map_or(&source.name[..], |(stem, _)| stem);
    let tape = source.reel_name.as_deref().unwrap_or(stem);
    [
        ascii_line(&pick.name, 200),
        tracks(cut),
        start.to_string(),
        end.to_string(),
        length.to_string(),
        ascii_line(tape, 32),
        one_line(&source.name, usize::MAX),
        one_line(&cut.place.path.to_string_lossy(), usize::MAX),
        ascii_line(&pick.section, 200),
        if pick.is_locked { "yes" } else { "" }.to_owned(),
        pick.id.to_string(),
        ascii_line(&pick.reason.text, 1000),
    ]
    .join("\t")
}

/// `V` and a number for every channel: `VA1A2`.
fn tracks(cut: &Cut<'_>) -> String {
    let mut tracks = String::new();
    if cut.has_picture() {
        tracks.push('V');
    }
    for channel in 1..=cut.channels() {
        tracks.push('A');
        tracks.push_str(&channel.to_string());
    }
    tracks
}

fn rate_name(timebase: Timebase) -> String {
    match (timebase.nominal, timebase.is_ntsc) {
        (24, true) => "23.976".to_owned(),
        (30, true) => "29.97".to_owned(),
        (60, true) => "59.94".to_owned(),
        (nominal, _) => nominal.to_string(),
    }
}

fn video_format(height: Option<u32>) -> &'static str {
    match height {
        Some(1080) | None => "1080",
        Some(720) => "720",
        Some(576) => "PAL",
        Some(480 | 486) => "NTSC",
        Some(_) => "CUSTOM",
    }
}
