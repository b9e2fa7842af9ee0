//! What every format says of reels that hold all that is hard: drop-frame, film rates, variable
//! rates, stills, sound alone, dissolves, slow motion, and names of every kind.

mod names;
mod properties;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::*;
use crate::{
    domain::{TimeSpan, Word},
    reel::{Line, Place, PlaceState, ReelFile, file_stem, place},
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reel")
}

fn reel(name: &str) -> Reel {
    let path = fixtures().join(format!("{name}.reel.json"));
    ReelFile { path }.read().unwrap()
}

/// Every source in a folder with a blank in its name, but `gone.mov`, which is missing; words and a
/// picture for the first.
fn whereabouts(reel: &Reel) -> Whereabouts {
    let mut places = BTreeMap::new();
    for (id, source) in &reel.sources {
        let is_gone = source.name == "gone.mov";
        let is_first = id.to_string().starts_with('1');
        let thumbnails = [(1, fixtures().join("picture.jpg"))];
        let place = Place {
            path: Path::new("/Volumes/Archiv 1").join(&source.name),
            state: if is_gone {
                PlaceState::Missing
            } else {
                PlaceState::Present
            },
            lines: if is_first { lines() } else { Vec::new() },
            thumbnails: thumbnails.into_iter().filter(|_| is_first).collect(),
        };
        places.insert(*id, place);
    }
    Whereabouts { places }
}

/// Of the first source: across the first pick's beginning, within it, and across the last's end.
fn lines() -> Vec<Line> {
    let word = |text: &str, start, end| Word {
        text: text.to_owned(),
        span: TimeSpan::new(start, end),
        probability: 0.9,
    };
    let line = |start, end, text: &str, words| Line {
        span: TimeSpan::new(start, end),
        text: text.to_owned(),
        words,
    };
    vec![
        line(
            39_000,
            41_000,
            "und das ist Gold!",
            vec![
                word("und", 39_000, 39_400),
                word("das", 39_500, 39_900),
                word("ist", 40_000, 40_400),
                word("Gold!", 40_500, 41_000),
            ],
        ),
        line(41_200, 42_000, "<i>Schön</i> & gut\n--> weiter", Vec::new()),
        line(81_000, 83_000, "Hier kommen die Sieger", Vec::new()),
    ]
}

fn settings(dialect: Dialect, reel_names: ReelNames) -> ExportSettings {
    ExportSettings {
        dialect,
        reel_names,
        accepts_changed: false,
    }
}

fn exported(reel: &Reel, format: Format, settings: &ExportSettings) -> Exported {
    export(
        reel,
        &file_stem(&reel.title),
        format,
        &whereabouts(reel),
        settings,
    )
    .unwrap()
}

fn text(exported: &Exported) -> String {
    String::from_utf8(exported.files[0].1.clone()).unwrap()
}

#[test]
fn every_format_is_written_as_its_golden_file() {
    let resolve = settings(Dialect::Resolve, ReelNames::ThirtyTwo);
    let avid = settings(Dialect::Avid, ReelNames::Eight);
    let premiere = settings(Dialect::Premiere, ReelNames::ThirtyTwo);
    let mut wanted = vec![
        ("mixed", Format::Edl, resolve, "resolve.edl"),
        ("mixed", Format::Edl, avid, "avid.edl"),
        ("mixed", Format::Edl, premiere, "premiere.edl"),
        ("mixed", Format::Markers, resolve, "resolve.markers.edl"),
        ("mixed", Format::Markers, avid, "avid.markers.txt"),
        ("mixed", Format::Otio, resolve, "otio"),
        ("mixed", Format::Fcpxml, resolve, "fcpxml"),
        ("mixed", Format::Xmeml, resolve, "xml"),
        ("mixed", Format::Ale, resolve, "ale"),
        ("mixed", Format::Vtt, resolve, "vtt"),
        ("mixed", Format::Srt, resolve, "srt"),
        ("mixed", Format::Csv, resolve, "csv"),
        ("mixed", Format::Html, resolve, "html"),
    ];
    for name in ["drop", "film"] {
        wanted.push((name, Format::Edl, avid, "avid.edl"));
        wanted.push((name, Format::Otio, resolve, "otio"));
        wanted.push((name, Format::Fcpxml, resolve, "fcpxml"));
        wanted.push((name, Format::Xmeml, resolve, "xml"));
        wanted.push((name, Format::Ale, resolve, "ale"));
    }
    let writes = std::env::var_os("REELDEX_WRITE_GOLDENS").is_some();
    let mut stale = Vec::new();
    for (name, format, settings, ending) in wanted {
        let found = exported(&reel(name), format, &settings);
        for (number, (_, bytes)) in found.files.iter().enumerate() {
            let part = if number == 0 {
                String::new()
            } else {
                format!(".{}", number + 1)
            };
            let path = fixtures().join(format!("golden/{name}{part}.{ending}"));
            if writes {
                std::fs::create_dir_all(fixtures().join("golden")).unwrap();
                std::fs::write(&path, bytes).unwrap();
            }
            if std::fs::read(&path).unwrap_or_default() != *bytes {
                stale.push(path);
            }
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} differ: look at each, then run once with REELDEX_WRITE_GOLDENS=1"
    );
}

#[test]
fn what_a_format_cannot_say_is_a_warning() {
    let mixed = reel("mixed");
    let warnings = |format| exported(&mixed, format, &ExportSettings::default()).warnings;
    let has = |found: &[String], part: &str| {
        assert!(
            found.iter().any(|warning| warning.contains(part)),
            "no `{part}` in {found:#?}"
        );
    };
    let edl = warnings(Format::Edl);
    has(&edl, "gone.mov is missing");
    has(&edl, "IMG_0042 \"Jubel\".mov has a variable frame rate");
    has(&edl, "interview's end.mov has 24000/1001 frames per second");
    has(&edl, "lower thirds are comments only");
    has(&warnings(Format::Ale), "Zieltafel ö.png is a still");
    has(&warnings(Format::Xmeml), "lower thirds are markers only");
    assert_eq!(warnings(Format::Otio).len(), 2);
    let film = exported(&reel("film"), Format::Vtt, &ExportSettings::default());
    has(
        &exported(&reel("drop"), Format::Edl, &ExportSettings::default()).warnings,
        "NONDROP.mov",
    );
    assert_eq!(film.warnings, [] as [&str; 0]);
}

#[test]
fn a_changed_source_is_refused_unless_it_is_accepted() {
    let film = reel("film");
    let mut places = whereabouts(&film);
    for place in places.places.values_mut() {
        place.state = PlaceState::Changed;
    }
    for format in Format::ALL {
        let refused = export(
            &film,
            &file_stem(&film.title),
            format,
            &places,
            &ExportSettings::default(),
        );
        let error = refused.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the source `/Volumes/Archiv 1/FILM A.mov` of pick 1 has changed since it was indexed"
        );
        let accepted = ExportSettings {
            accepts_changed: true,
            ..ExportSettings::default()
        };
        let found = export(&film, &file_stem(&film.title), format, &places, &accepted).unwrap();
        assert!(found.warnings[0].contains("has changed"), "{format:?}");
    }
}

#[test]
fn more_events_than_a_list_numbers_are_several_lists_on_one_clock() {
    let mut film = reel("film");
    let pattern = film.revisions[0].picks[0].clone();
    let picks = &mut film.revisions[0].picks;
    picks.clear();
    for id in 1..=2500 {
        let mut pick = pattern.clone();
        pick.id = id;
        pick.in_frame = i64::from(id);
        pick.out_frame = pick.in_frame + 10;
        picks.push(pick);
    }
    let found = exported(&film, Format::Edl, &ExportSettings::default());
    let names: Vec<&str> = found.files.iter().map(|(name, _)| &name[..]).collect();
    assert_eq!(names, ["Film 1.edl", "Film 2.edl", "Film 3.edl"]);
    let last = String::from_utf8(found.files[2].1.clone()).unwrap();
    assert!(last.contains("TITLE: Film 3/3\r\n") && last.contains("\r\n502  FILM_A"));
    // 25,000 frames of 24 to a second of timecode.
    assert!(last.contains("01:17:21:06 01:17:21:16\r\n"), "{last}");
    assert!(found.warnings.iter().any(|warning| warning.contains("999")));
}

#[test]
fn a_list_refuses_a_rate_it_can_not_count_and_a_reel_without_picks() {
    let mut film = reel("film");
    film.timeline.rate = crate::domain::Rational::new(48, 1);
    let error = export(
        &film,
        &file_stem(&film.title),
        Format::Edl,
        &Whereabouts::default(),
        &ExportSettings::default(),
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("48/1 frames per second")
    );
    film.revisions[0].picks.clear();
    for format in Format::ALL {
        let error = export(
            &film,
            &file_stem(&film.title),
            format,
            &Whereabouts::default(),
            &ExportSettings::default(),
        );
        assert!(error.unwrap_err().to_string().ends_with("it has no picks"));
    }
}

#[test]
fn tapes_share_a_name_only_where_their_timecodes_do_not_meet() {
    let mut film = reel("film");
    let ids: Vec<_> = film.sources.keys().copied().collect();
    for id in &ids {
        film.sources.get_mut(id).unwrap().reel_name = Some("Band 7".to_owned());
    }
    let names = |film: &Reel| {
        let list = text(&exported(
            film,
            Format::Edl,
            &settings(Dialect::Avid, ReelNames::Eight),
        ));
        let events = list
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let mut names: Vec<String> = events.map(|line| line[5..13].trim().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(names(&film), ["BAND7"]);
    film.sources.get_mut(&ids[1]).unwrap().start_timecode = Some("01:00:11:00".to_owned());
    assert_eq!(names(&film), ["BAND7", "BAND72"]);
    film.sources.get_mut(&ids[1]).unwrap().reel_name = Some("BL".to_owned());
    assert_eq!(names(&film), ["BAND7", "BL2"]);
}

#[test]
fn several_uneven_sources_are_one_note_and_subtitles_need_none() {
    let mut mixed = reel("mixed");
    for source in mixed.sources.values_mut() {
        source.is_variable_rate = source.kind == crate::reel::SourceKind::Video;
    }
    let uneven = |format| {
        let found = exported(&mixed, format, &ExportSettings::default());
        let notes = found.warnings.into_iter();
        notes
            .filter(|note| note.contains("variable frame rate"))
            .collect::<Vec<_>>()
    };
    let notes = uneven(Format::Otio);
    assert_eq!(notes.len(), 1, "{notes:?}");
    for source in mixed.sources.values().filter(|one| one.is_variable_rate) {
        assert!(notes[0].contains(&source.name), "{notes:?}");
    }
    assert_eq!(uneven(Format::Vtt), Vec::<String>::new());
}
