//! Names that try to be something else.

use quick_xml::{Reader, events::Event};

use super::*;

fn bad_names() -> Vec<String> {
    vec![
        "\"quoted\" 'and' “smart”".to_owned(),
        "Bögenschützin ßÄÖÜ ÅØŁ 弓道".to_owned(),
        "two\nlines\r\n001  AX V C 00:00:00:00".to_owned(),
        "]]> <!-- --> &amp; <script>alert(1)</script>".to_owned(),
        "-- dashes --".to_owned(),
        "🏹🎯 e\u{301}\u{200d}\u{202e}gnp.exe".to_owned(),
        "=HYPERLINK(\"http://x\",\"y\")".to_owned(),
        "tab\tand\u{0}nul\u{1b}[31m\u{fffe}\u{2028}".to_owned(),
        "|D:9 |C:Red ".to_owned(),
        "ü".repeat(300),
    ]
}

/// The mixed reel with one name everywhere that people or files may put one.
fn named(name: &str) -> Reel {
    let mut reel = reel("mixed");
    reel.title = name.to_owned();
    for source in reel.sources.values_mut() {
        source.name = name.to_owned();
        source.reel_name = Some(name.to_owned());
    }
    for pick in &mut reel.revisions[0].picks {
        pick.name = name.to_owned();
        pick.section = name.to_owned();
        pick.reason.text = name.to_owned();
        pick.reason.query = Some(name.to_owned());
        pick.lower_third = Some(name.to_owned());
    }
    reel
}

fn all_settings() -> [ExportSettings; 3] {
    [
        settings(Dialect::Avid, ReelNames::Eight),
        settings(Dialect::Premiere, ReelNames::ThirtyTwo),
        settings(Dialect::Resolve, ReelNames::ThirtyTwo),
    ]
}

fn each(format: Format, check: impl Fn(&str, &str, &str)) {
    for settings in all_settings() {
        let plain = text(&exported(&named("plain"), format, &settings));
        for name in bad_names() {
            let found = exported(&named(&name), format, &settings);
            for (file, _) in &found.files {
                assert!(
                    !file.contains(['/', '\n', '"', '<', '|', '\u{0}']),
                    "{file:?}"
                );
                assert!(file.len() < 200, "{file:?}");
            }
            check(&name, &plain, &text(&found));
        }
    }
}

/// The names of all elements and attributes in order.
fn structure(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                names.push(element.name().as_ref().to_owned());
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    names.push(attribute.key.as_ref().to_owned());
                }
            }
            Event::Comment(_) | Event::CData(_) | Event::PI(_) => panic!("not written: {xml}"),
            Event::Eof => return names,
            _ => {}
        }
    }
}

#[test]
fn xml_keeps_its_structure() {
    for format in [Format::Fcpxml, Format::Xmeml] {
        each(format, |name, plain, found| {
            assert_eq!(structure(found), structure(plain), "{name:?}");
            assert!(
                !found.contains(|c: char| c.is_control() && c != '\n'),
                "{name:?}"
            );
        });
    }
}

#[test]
fn edit_lists_keep_their_lines() {
    each(Format::Edl, |name, plain, found| {
        let heads = |list: &str| -> Vec<String> {
            let head = |line: &str| match line.split_once(':') {
                // A word before a colon tells the line; of events, everything but the tape.
                Some((word, _)) if line.starts_with(['*', 'T', 'F']) => word.to_owned(),
                _ if line.starts_with(|c: char| c.is_ascii_digit()) => {
                    let fields: Vec<&str> = line.split_whitespace().collect();
                    format!("{} {}", fields[0], fields[2..].join(" "))
                }
                _ => line
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            };
            list.split("\r\n").map(head).collect()
        };
        assert_eq!(heads(found), heads(plain), "{name:?}");
        assert!(
            found.lines().all(|line| line.chars().count() < 260),
            "{name:?}"
        );
        let is_avid = plain.contains("* FROM CLIP: ");
        assert!(!is_avid || found.is_ascii(), "{name:?}");
    });
}

#[test]
fn tables_keep_their_rows_and_start_no_formula() {
    each(Format::Csv, |name, _, found| {
        let rows = csv_rows(found.trim_start_matches('\u{feff}'));
        assert_eq!(rows.len(), 10, "{name:?}");
        for row in &rows {
            assert_eq!(row.len(), 23, "{name:?}: {row:?}");
            assert!(
                row.iter()
                    .all(|field| !field.starts_with(['=', '+', '-', '@'])),
                "{name:?}: {row:?}"
            );
        }
    });
    for format in [Format::Ale, Format::Markers] {
        each(format, |name, plain, found| {
            let tabs = |text: &str| -> Vec<usize> {
                text.split("\r\n")
                    .map(|line| line.matches('\t').count())
                    .collect()
            };
            assert_eq!(tabs(found), tabs(plain), "{name:?}");
            let bars = |text: &str| -> Vec<usize> {
                text.split("\r\n")
                    .map(|line| line.matches('|').count())
                    .collect()
            };
            if plain.contains("|C:") {
                assert_eq!(bars(found), bars(plain), "{name:?}");
            }
        });
    }
}

/// RFC 4180.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => {
                assert_eq!(characters.next(), Some('\n'));
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(c),
        }
    }
    assert!(row.is_empty() && field.is_empty() && !is_quoted);
    rows
}

#[test]
fn pages_keep_their_tags() {
    each(Format::Html, |name, plain, found| {
        let tags = |page: &str| page.matches('<').count();
        assert_eq!(tags(found), tags(plain), "{name:?}");
        assert!(!found.contains("<script"), "{name:?}");
    });
}

#[test]
fn timelines_keep_the_very_names() {
    for name in bad_names() {
        let found = exported(&named(&name), Format::Otio, &ExportSettings::default());
        let timeline: serde_json::Value = serde_json::from_slice(&found.files[0].1).unwrap();
        assert_eq!(timeline["name"], *name);
        assert_eq!(
            timeline["tracks"]["children"][0]["children"][0]["name"],
            *name
        );
    }
}

#[test]
fn subtitles_keep_their_cues() {
    let reel = reel("mixed");
    for name in bad_names() {
        let mut places = whereabouts(&reel);
        for place in places.places.values_mut() {
            for line in &mut place.lines {
                line.text = format!("{name}\n\n99\n00:00:00.000 --> 00:00:01.000\nx");
                line.words.clear();
            }
        }
        let said = |format| {
            let found = export(
                &reel,
                &file_stem(&reel.title),
                format,
                &places,
                &ExportSettings::default(),
            )
            .unwrap();
            text(&found)
        };
        let vtt = said(Format::Vtt);
        assert_eq!(vtt.matches("-->").count(), 3, "{vtt}");
        assert_eq!(vtt.matches("\n\n").count(), 3, "{vtt}");
        assert!(!vtt.contains("<script"), "{vtt}");
        let srt = said(Format::Srt);
        assert_eq!(srt.matches("-->").count(), 3, "{srt}");
        assert_eq!(srt.matches("\r\n\r\n").count(), 3, "{srt}");
    }
}
