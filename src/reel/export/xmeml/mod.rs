//! Final Cut Pro 7 XML (xmeml version 5), which Premiere and Resolve read.
//!
//! After Apple's published reference of the format. Frames count from 0 in the sequence and from
//! the first frame of a file; an edge under a transition is written as -1.

mod parts;

use std::collections::HashSet;

use self::parts::{marker, picture, rate, sound, time_remap, timecode, transition};
use super::{
    cuts::{Cut, CutList},
    text::{file_url, one_line},
    timebase::Timebase,
    xml::{Element, document},
};
use crate::{
    domain::AssetId,
    reel::source::{SourceKind, scale},
};

/// The document.
pub(super) fn write(list: &mut CutList<'_>) -> Vec<u8> {
    warn_of_losses(list);
    let mut writer = Writer {
        list,
        timebase: Timebase::nearest(list.rate),
        files: HashSet::new(),
    };
    let sequence = writer.sequence();
    let root = Element::new("xmeml").with("version", 5).child(sequence);
    document(&root)
}

fn warn_of_losses(list: &mut CutList<'_>) {
    let mut warnings = Vec::new();
    let rates = std::iter::once((list.rate, "the reel"));
    let sources = list
        .cuts
        .iter()
        .map(|cut| (cut.source.rate, &cut.source.name[..]));
    for (rate, name) in rates.chain(sources) {
        if Timebase::of(rate).is_none() {
            warnings.push(format!(
                "{name} has {}/{} frames per second, which the format does not count: the nearest rate is given",
                rate.num, rate.den
            ));
        }
    }
    if list.cuts.iter().any(|cut| cut.pick.lower_third.is_some()) {
        warnings.push("lower thirds are markers only".to_owned());
    }
    for warning in warnings {
        list.warn(warning);
    }
}

/// Which kind of track an item lies on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Track {
    Video,
    /// The channel of the file, from 1.
    Audio(u16),
}

struct Writer<'a, 'b> {
    list: &'a CutList<'b>,
    timebase: Timebase,
    /// Files that were described already: later items name them by id only.
    files: HashSet<AssetId>,
}

impl Writer<'_, '_> {
    fn sequence(&mut self) -> Element {
        let timeline = &self.list.reel.timeline;
        let channels = self.list.cuts.iter().map(Cut::channels).max().unwrap_or(0);
        let video = Element::new("video")
            .child(Element::new("format").child(picture(
                Some(self.timebase),
                Some((timeline.width, timeline.height)),
            )))
            .child(self.track(Track::Video));
        let mut audio = Element::new("audio")
            .child(Element::text("numOutputChannels", 2))
            .child(Element::new("format").child(sound(48_000)));
        for channel in 1..=channels {
            audio.push(self.track(Track::Audio(channel)));
        }
        let mut sequence = Element::new("sequence")
            .with("id", "sequence-1")
            .child(Element::text(
                "name",
                one_line(&self.list.reel.title, usize::MAX),
            ))
            .child(Element::text("duration", self.list.length()))
            .child(rate(self.timebase))
            .child(timecode(self.list.start, self.timebase, None))
            .child(Element::new("media").child(video).child(audio));
        for cut in &self.list.cuts {
            if let Some(marker) = marker(cut) {
                sequence.push(marker);
            }
        }
        sequence
    }

    fn track(&mut self, track: Track) -> Element {
        let list = self.list;
        let mut element = Element::new("track");
        for (index, cut) in list.cuts.iter().enumerate() {
            let next = list.cuts.get(index + 1);
            let before = index.checked_sub(1).map(|before| &list.cuts[before]);
            let has_it = is_on(cut, track);
            let had_before = before.is_some_and(|before| is_on(before, track));
            // What has nothing on its other side fades.
            let alignment = match (had_before, has_it) {
                (true, true) => Some("center"),
                (true, false) => Some("end-black"),
                (false, true) => Some("start-black"),
                (false, false) => None,
            };
            if let Some(alignment) = alignment.filter(|_| cut.dissolve > 0) {
                element.push(transition(cut, track, alignment, self.timebase));
            }
            if has_it {
                let is_followed = next.is_some_and(|next| next.dissolve > 0);
                element.push(self.item(cut, index, track, is_followed));
            }
        }
        element = element
            .child(Element::text("enabled", "TRUE"))
            .child(Element::text("locked", "FALSE"));
        if let Track::Audio(channel) = track {
            element.push(Element::text("outputchannelindex", (channel - 1) % 2 + 1));
        }
        element
    }

    fn item(&mut self, cut: &Cut<'_>, index: usize, track: Track, is_followed: bool) -> Element {
        let pick = cut.pick;
        let own = Timebase::nearest(cut.source.rate);
        // What is slowed counts in frames of the slower clip.
        let frame = |frame: i64| in_timebase(cut, frame) * cut.slowness;
        let start = if cut.dissolve > 0 {
            -1
        } else {
            cut.record.start
        };
        let end = if is_followed { -1 } else { cut.record.end };
        let mut item = Element::new("clipitem")
            .with("id", item_id(index, track))
            .child(Element::text(
                "masterclipid",
                format!("masterclip-{}", pick.asset_id.short()),
            ))
            .child(Element::text("name", one_line(&pick.name, usize::MAX)))
            .child(Element::text("enabled", "TRUE"))
            .child(Element::text("duration", frame(cut.source_frames())))
            .child(rate(own))
            .child(Element::text("start", start))
            .child(Element::text("end", end))
            .child(Element::text("in", frame(pick.in_frame)))
            .child(Element::text("out", frame(pick.out_frame)));
        if cut.source.kind == SourceKind::Image {
            item.push(Element::text("stillframe", "TRUE"));
        }
        item.push(self.file(cut, own));
        if let Track::Audio(channel) = track {
            item.push(
                Element::new("sourcetrack")
                    .child(Element::text("mediatype", "audio"))
                    .child(Element::text("trackindex", channel)),
            );
        }
        if let Some(slow) = pick.slow_motion {
            item.push(time_remap(slow, track));
        }
        for link in links(cut, index) {
            item.push(link);
        }
        item.push(
            Element::new("comments")
                .child(Element::text(
                    "mastercomment1",
                    one_line(&pick.reason.text, usize::MAX),
                ))
                .child(Element::text(
                    "mastercomment2",
                    one_line(&pick.section, usize::MAX),
                )),
        );
        item
    }

    fn file(&mut self, cut: &Cut<'_>, own: Timebase) -> Element {
        let source = cut.source;
        let mut file =
            Element::new("file").with("id", format!("file-{}", cut.pick.asset_id.short()));
        if !self.files.insert(cut.pick.asset_id) {
            return file;
        }
        file.push(Element::text("name", one_line(&source.name, usize::MAX)));
        file.push(Element::text(
            "pathurl",
            file_url(&cut.place.path, "localhost"),
        ));
        file.push(rate(own));
        file.push(Element::text(
            "duration",
            in_timebase(cut, cut.source_frames()),
        ));
        if source.kind != SourceKind::Image {
            file.push(timecode(cut.first, own, source.reel_name.as_deref()));
        }
        let mut media = Element::new("media");
        if cut.has_picture() {
            let size = source.width.zip(source.height);
            media.push(Element::new("video").child(picture(Some(own), size)));
        }
        if let Some(found) = source.sound {
            media.push(
                Element::new("audio")
                    .child(sound(found.sample_rate_hz))
                    .child(Element::text("channelcount", found.channels)),
            );
        }
        file.child(media)
    }
}

fn is_on(cut: &Cut<'_>, track: Track) -> bool {
    match track {
        Track::Video => cut.has_picture(),
        Track::Audio(channel) => cut.channels() >= channel,
    }
}

/// A frame of a source as the timebase nearest to its rate counts it.
fn in_timebase(cut: &Cut<'_>, frame: i64) -> i64 {
    let (own, given) = (cut.source.rate, Timebase::nearest(cut.source.rate).rate());
    if Timebase::of(own).is_some() {
        return frame;
    }
    let num = i128::from(own.den) * i128::from(given.num);
    scale(frame, num, own.num.saturating_mul(given.den))
}

fn item_id(index: usize, track: Track) -> String {
    match track {
        Track::Video => format!("clipitem-{}", index + 1),
        Track::Audio(channel) => format!("clipitem-{}-{channel}", index + 1),
    }
}

/// Picture and channels of a pick hold together.
fn links(cut: &Cut<'_>, index: usize) -> Vec<Element> {
    let mut tracks = Vec::new();
    if cut.has_picture() {
        tracks.push(Track::Video);
    }
    tracks.extend((1..=cut.channels()).map(Track::Audio));
    if tracks.len() < 2 {
        return Vec::new();
    }
    let link = |track: Track| {
        let (kind, number) = match track {
            Track::Video => ("video", 1),
            Track::Audio(channel) => ("audio", channel),
        };
        Element::new("link")
            .child(Element::text("linkclipref", item_id(index, track)))
            .child(Element::text("mediatype", kind))
            .child(Element::text("trackindex", number))
    };
    tracks.into_iter().map(link).collect()
}
