//! Timelines: OpenTimelineIO, Final Cut 7 XML and FCPXML.

use super::*;

#[test]
fn opentimelineio_reads_every_frame_of_a_timeline() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let rate = reel.timeline.rate;
        let (_folder, files) = written(&reel, Format::Otio, &ExportSettings::default());
        let found = read_back(readers, "otio_json", &files[0], rate);
        assert_eq!(found["name"], reel.title);
        let wanted = wanted(&reel);
        for (kind, has) in [
            (
                "V1",
                (|want: &Wanted| want.has_picture) as fn(&Wanted) -> bool,
            ),
            ("A1", |want: &Wanted| want.channels > 0),
        ] {
            walk(track(&found, kind), &wanted, has, |clip, want| {
                let frame = |field: &str, frames: i64, rate: Rational| {
                    assert_frames(
                        &clip[field],
                        frames as f64,
                        rate,
                        &format!("{name} {} {field}", want.id),
                    );
                };
                // Names are kept to the letter, blanks too.
                let own = clip["name"].as_str().unwrap();
                assert_eq!(
                    own.split_whitespace().collect::<Vec<_>>().join(" "),
                    want.name
                );
                frame("source_start", want.source_start, want.rate);
                frame("source_duration", want.shown.end - want.shown.start, rate);
                frame("record_start", want.shown.start, rate);
                frame("available_start", want.available.0, want.rate);
                if !want.is_still {
                    frame("available_duration", want.available.1, want.rate);
                }
                let url = clip["media"].as_str().unwrap();
                assert!(url.starts_with("file:///Volumes/Archiv%201/"), "{url}");
                let effects = clip["effects"].as_array().unwrap();
                assert_eq!(effects.len(), usize::from(want.slowness > 1));
                if want.slowness > 1 {
                    let scalar = effects[0].as_f64().unwrap();
                    assert!((scalar * f64::from(want.slowness) - 1.0).abs() < 1e-9);
                }
            });
        }
        let start = &found["start"];
        let first = reel
            .timeline
            .start_timecode
            .parse_start(rate, reel.timeline.drop_frame);
        assert_frames(start, first as f64, rate, "start");
    }
}

#[test]
fn final_cut_7_xml_is_read_frame_by_frame() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let rate = reel.timeline.rate;
        let (_folder, files) = written(&reel, Format::Xmeml, &ExportSettings::default());
        let found = read_back(readers, "fcp_xml", &files[0], rate);
        assert_eq!(found["name"], reel.title);
        let wanted = wanted(&reel);
        let first = reel
            .timeline
            .start_timecode
            .parse_start(rate, reel.timeline.drop_frame);
        assert_frames(&found["start"], first as f64, rate, "start");
        let most = wanted.iter().map(|want| want.channels).max().unwrap();
        let tracks = found["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 1 + usize::from(most));
        for (number, track) in tracks.iter().enumerate() {
            let items = track["items"].as_array().unwrap();
            let has = |want: &Wanted| match number {
                0 => want.has_picture,
                channel => usize::from(want.channels) >= channel,
            };
            walk(items, &wanted, has, |clip, want| {
                let what = format!("{name} track {number} pick {}", want.id);
                assert_eq!(clip["name"], want.name);
                // Two change over in the middle of what they share; one alone fades in whole.
                let at = wanted.iter().position(|other| other.id == want.id).unwrap();
                let lead = if at > 0 && has(&wanted[at - 1]) {
                    want.dissolve / 2
                } else {
                    0
                };
                assert_frames(
                    &clip["record_start"],
                    (want.record.start + lead) as f64,
                    rate,
                    &what,
                );
                if want.slowness == 1 {
                    let lead = lead as f64 * want.rate.to_f64().unwrap() / rate.to_f64().unwrap();
                    assert_frames(
                        &clip["source_start"],
                        want.source_start as f64 + lead,
                        want.rate,
                        &what,
                    );
                }
                if !want.is_still {
                    assert_frames(
                        &clip["available_start"],
                        want.available.0 as f64,
                        want.rate,
                        &what,
                    );
                    assert_frames(
                        &clip["available_duration"],
                        want.available.1 as f64,
                        want.rate,
                        &what,
                    );
                }
                let url = clip["media"].as_str().unwrap();
                assert!(
                    url.starts_with("file://localhost/Volumes/Archiv%201/"),
                    "{url}"
                );
            });
        }
    }
}

#[test]
fn fcpxml_is_read_frame_by_frame_as_far_as_the_reader_goes() {
    let Some(readers) = readers() else { return };
    let mut reel = reel("mixed");
    // The reader counts whole frames per second, all alike, and knows neither `video`, which stills
    // are, nor `media-rep`, which names files since 1.9; exact ratios are tested with the writer.
    let is_read = |id: &u32| [1, 6, 8, 9].contains(id);
    reel.revisions[0].picks.retain(|pick| is_read(&pick.id));
    let rate = reel.timeline.rate;
    let (_folder, files) = written(&reel, Format::Fcpxml, &ExportSettings::default());
    let found = read_back(readers, "fcpx_xml", &files[0], rate);
    let first = reel.timeline.start_timecode.parse_start(rate, false);
    let clips: Vec<&Value> = track(&found, "0")
        .iter()
        .filter(|item| item["kind"] == "clip")
        .collect();
    let wanted = wanted(&reel);
    assert_eq!(clips.len(), wanted.len());
    for (clip, want) in clips.into_iter().zip(&wanted) {
        let what = format!("pick {}: {clip}", want.id);
        let lead = want.dissolve / 2;
        assert_eq!(clip["name"], want.name);
        // It adds up doubles and cuts the fraction off: a frame less at times.
        let is_at = |field: &str, frames: i64| {
            let found = clip[field]["frames"].as_f64().unwrap();
            assert!(
                (frames as f64 - 1.0..=frames as f64).contains(&found),
                "{field} {frames} {what}"
            );
        };
        is_at("record_start", first + want.record.start + lead);
        is_at("source_start", want.source_start + lead);
    }
}

#[test]
fn fcpxml_is_what_its_description_says() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: no xmllint");
        return;
    }
    for name in ["mixed", "drop", "film"] {
        for title in ["plain", "\"]]> -- <ä> & 🏹"] {
            let mut reel = reel(name);
            reel.title = title.to_owned();
            for pick in &mut reel.revisions[0].picks {
                pick.lower_third = Some(title.to_owned());
                pick.reason.text = format!("{title}\n{title}");
            }
            let (_folder, files) = written(&reel, Format::Fcpxml, &ExportSettings::default());
            let run = Command::new("xmllint")
                .args(["--noout", "--nonet", "--dtdvalid"])
                .arg(root().join("fixtures/reel/fcpxml.dtd"))
                .arg(&files[0])
                .output()
                .unwrap();
            assert!(
                run.status.success(),
                "{name}: {}",
                String::from_utf8_lossy(&run.stderr)
            );
        }
    }
}
