//! Lists: edit decision lists and Avid logs.

use super::*;

#[test]
fn edit_lists_are_read_frame_by_frame_at_every_rate_in_every_dialect() {
    let Some(readers) = readers() else { return };
    let mut reels = vec![reel("mixed"), reel("drop"), reel("film")];
    for (num, den, drop_frame) in [
        (24, 1, false),
        (25, 1, false),
        (30_000, 1001, false),
        (30, 1, false),
        (50, 1, false),
        (60_000, 1001, true),
        (60_000, 1001, false),
        (60, 1, false),
    ] {
        let mut other = reel("film");
        other.title = format!("{num}/{den}");
        other.timeline.rate = Rational::new(num, den);
        other.timeline.drop_frame = drop_frame;
        if drop_frame {
            other.timeline.start_timecode = "00:59:57;00".to_owned();
        }
        for source in other.sources.values_mut() {
            source.rate = other.timeline.rate;
            if drop_frame {
                source.start_timecode = Some("09:59:58;12".to_owned());
            }
        }
        reels.push(other);
    }
    for reel in &reels {
        for (dialect, reel_names) in [
            (Dialect::Avid, ReelNames::Eight),
            (Dialect::Premiere, ReelNames::ThirtyTwo),
            (Dialect::Resolve, ReelNames::ThirtyTwo),
        ] {
            let settings = ExportSettings {
                dialect,
                reel_names,
                accepts_changed: false,
            };
            let (_folder, files) = written(reel, Format::Edl, &settings);
            let rate = reel.timeline.rate;
            let found = read_back(readers, "cmx_3600", &files[0], rate);
            let wanted = wanted(reel);
            walk(
                track(&found, "V"),
                &wanted,
                |want| want.has_picture,
                |clip, want| {
                    let what = format!("{} {dialect:?} {}", reel.title, want.id);
                    match dialect {
                        Dialect::Avid => {
                            assert!(
                                want.name.is_ascii() == (clip["name"] == want.name),
                                "{what}: {clip}"
                            );
                        }
                        _ => assert_eq!(clip["name"], want.file, "{what}"),
                    }
                    assert_frames(&clip["record_start"], want.shown.start as f64, rate, &what);
                    let length = (want.shown.end - want.shown.start) as f64;
                    assert_frames(&clip["record_duration"], length, rate, &what);
                    if want.rate == rate {
                        assert_frames(&clip["source_start"], want.source_start as f64, rate, &what);
                    }
                    let effects = clip["effects"].as_array().unwrap();
                    assert_eq!(effects.len(), usize::from(want.slowness > 1), "{what}");
                    if want.slowness > 1 {
                        // Speed is given as timecode counts frames, which NTSC rates fall a thousandth short of.
                        let scalar = effects[0].as_f64().unwrap() * f64::from(want.slowness);
                        assert!((scalar - 1.0).abs() < 0.0011, "{what}: {scalar}");
                    }
                },
            );
            let audio = wanted.iter().filter(|want| want.channels > 0).count();
            let clips = track(&found, "A1")
                .iter()
                .filter(|item| item["kind"] == "clip");
            assert_eq!(clips.count(), audio);
        }
    }
}

#[test]
fn avid_logs_are_read_frame_by_frame() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let (_folder, files) = written(&reel, Format::Ale, &ExportSettings::default());
        let mut logged = 0;
        let wanted = wanted(&reel);
        for file in &files {
            let found = read_back(readers, "ale", file, reel.timeline.rate);
            for clip in found["clips"].as_array().unwrap() {
                let start = &clip["source_start"];
                let want = wanted.iter().find(|want| {
                    let rate = want.rate.to_f64().unwrap();
                    start["frames"].as_f64() == Some(want.source_start as f64)
                        && (start["rate"].as_f64().unwrap() - rate).abs() < 0.001
                });
                let want = want.unwrap_or_else(|| panic!("{name}: {clip} is no pick"));
                let pick = reel.picks().iter().find(|pick| pick.id == want.id).unwrap();
                let length = (pick.out_frame - pick.in_frame) as f64;
                assert_frames(&clip["source_duration"], length, want.rate, name);
                assert_eq!(clip["media"], want.file);
                assert!(!want.name.is_ascii() || clip["name"] == want.name);
                logged += 1;
            }
        }
        assert_eq!(logged, wanted.iter().filter(|want| !want.is_still).count());
    }
}
