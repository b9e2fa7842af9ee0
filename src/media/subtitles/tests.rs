//! Every format and character set, and files that break the rules.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

use super::*;
use crate::domain::TimeSpan;

fn read_text(text: &str) -> SubtitleFile {
    parse(text.as_bytes()).unwrap()
}

fn told(file: &SubtitleFile) -> Vec<(i64, i64, &str)> {
    file.cues
        .iter()
        .map(|cue| {
            (
                cue.span.start_millis,
                cue.span.end_millis,
                cue.text.as_str(),
            )
        })
        .collect()
}

#[test]
fn subrip_with_counters_markup_and_rubbish_is_read() {
    let file = read_text(
        "rubbish before\n\n1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>,\nworld\n\n\
         rubbish between\n\n2\n00:00:05.000-->00:00:06.000 X1:0 Y1:0\n\n{\\an8}after a blank line\n3\n\
         0:00:03,000 --> 0:00:04,000\nout of order, 42\n\n00:99:xx,000 --> nonsense\n4\n00:00:07,000 --> 00:00:06,000\nends early\n\n\
         5\n00:00:08,000 --> 00:00:09,000\n\n6\n00:00:10,000 --> 00:00:11,000\n1984\n\n",
    );
    assert_eq!(file.format, "srt");
    assert_eq!(file.character_set, "UTF-8");
    assert_eq!(
        told(&file),
        [
            (1000, 2500, "Hello,\nworld"),
            (3000, 4000, "out of order, 42"),
            (5000, 6000, "after a blank line"),
            (7000, 7000, "ends early"),
            (10_000, 11_000, "1984"),
        ]
    );
}

#[test]
fn webvtt_with_notes_styles_voices_and_identifiers_is_read() {
    let file = read_text(
        "\u{feff}WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE a comment\n00:00 is no time\n\n\
         intro\n00:01.000 --> 00:02.000 align:start position:0%\n<v Roger Bingham>We are in <c.place>New York</c>\n\n\
         01:00:00.000 --> 01:00:01.000\nTwo &amp; three\n\n00:02.500 --> 00:03.000\nSame\n\n00:03.000 --> 00:04.000\nSame\n",
    );
    assert_eq!(file.format, "vtt");
    assert_eq!(
        told(&file),
        [
            (1000, 2000, "We are in New York"),
            (2500, 4000, "Same"),
            (3_600_000, 3_601_000, "Two & three")
        ]
    );
}

#[test]
fn sbv_is_read() {
    let file = read_text(
        "0:00:00.599,0:00:04.160\n>> ALICE: Hi[br]there\n\n0:00:04.160,0:00:06.770\nEveryone\n",
    );
    assert_eq!(file.format, "sbv");
    assert_eq!(
        told(&file),
        [(599, 4160, ">> ALICE: Hi\nthere"), (4160, 6770, "Everyone")]
    );
}

#[test]
fn substation_alpha_follows_its_format_line_and_leaves_drawings_out() {
    let file = read_text(
        "[Script Info]\r\nTitle: x\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname\r\n\r\n[Events]\r\n\
         Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n\
         Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\b1}Well{\\b0}, then\\Nnext{a comment}\\hline\r\n\
         Comment: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,hidden\r\n\
         Dialogue: 1,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}\r\n\
         Dialogue: 0,0:00:03.00,nonsense,Default,,0,0,0,,lost\r\nDialogue: 0\r\n",
    );
    assert_eq!(file.format, "ass");
    assert_eq!(told(&file), [(1000, 2500, "Well, then\nnext line")]);
    let version_4 = read_text(
        "[Events]\nFormat: Marked, End, Start, Text\nDialogue: Marked=0,0:00:02.00,0:00:01.00,a, b\n",
    );
    assert_eq!(told(&version_4), [(1000, 2000, "a, b")]);
}

#[test]
fn ttml_times_nest_and_count_frames_and_ticks() {
    let file = read_text(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <tt:tt xmlns:tt=\"http://www.w3.org/ns/ttml\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" \
          xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" ttp:frameRate=\"25\" ttp:tickRate=\"10000000\">\n\
         <tt:head><tt:metadata><ttm:title>not a cue</ttm:title></tt:metadata></tt:head>\n\
         <tt:body><tt:div begin=\"10s\">\n\
         <tt:p begin=\"1s\" end=\"00:00:02.500\">Caf&#233;\n   &amp; more<tt:br/>second <tt:span tts:color=\"red\">line</tt:span></tt:p>\n\
         <tt:p begin=\"00:00:03:05\" dur=\"500ms\">frames</tt:p>\n\
         <tt:p begin=\"50000000t\" end=\"60000000t\"><tt:span tts:ruby=\"container\"><tt:span tts:ruby=\"base\">字</tt:span>\
         <tt:span tts:ruby=\"text\">ji</tt:span></tt:span></tt:p>\n\
         <tt:p><tt:span begin=\"7s\" end=\"8s\">one</tt:span> <tt:span begin=\"8s\" end=\"9s\">two</tt:span></tt:p>\n\
         </tt:div><tt:p>no time</tt:p></tt:body></tt:tt>",
    );
    assert_eq!(file.format, "ttml");
    assert_eq!(
        told(&file),
        [
            (11_000, 12_500, "Café & more\nsecond line"),
            (13_200, 13_700, "frames"),
            (15_000, 16_000, "字"),
            (17_000, 18_000, "one"),
            (18_000, 19_000, "two"),
        ]
    );
}

#[test]
fn ttml_that_breaks_off_keeps_what_was_read_and_other_xml_is_no_subtitles() {
    let file = read_text(
        "<tt xmlns='http://www.w3.org/ns/ttml'><body><p begin='1s' end='2s'>first</p><p begin='3s' end='4s'>half",
    );
    assert_eq!(told(&file), [(1000, 2000, "first"), (3000, 4000, "half")]);
    assert!(parse(b"<html><title>tt</title></html>").is_err());
    let bomb = "<!DOCTYPE tt [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><tt><body><p begin='1s' end='2s'>x &b; y</p></body></tt>";
    assert_eq!(told(&read_text(bomb)), [(1000, 2000, "x y")]);
}

#[test]
fn every_character_set_is_recognised() {
    const FRENCH: &str = "1\r\n00:00:01,000 --> 00:00:02,000\r\nÇa va être l’été à Noël, n’est-ce pas ? Où êtes-vous allé, mon cœur ?\r\n\r\n\
        2\r\n00:00:03,000 --> 00:00:04,000\r\nJe préfère rester où je suis, près du château.\r\n";
    const JAPANESE: &str = "1\n00:00:01,000 --> 00:00:02,000\nこんにちは、世界。今日はとても良い天気ですね。\n\n2\n00:00:03,000 --> 00:00:04,000\n私は学生です。\n";
    const RUSSIAN: &str =
        "1\n00:00:01,000 --> 00:00:02,000\nДобрый вечер, дамы и господа. Как ваши дела сегодня?\n";
    let utf_16 = |text: &str, unit: fn(u16) -> [u8; 2]| {
        text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let legacy = |text: &str, label: &str| {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let (bytes, _, has_losses) = encoding.encode(text);
        assert!(!has_losses);
        bytes.into_owned()
    };
    let marked = |text: &str| format!("\u{feff}{text}");
    for (bytes, character_set, text) in [
        (FRENCH.as_bytes().to_vec(), "UTF-8", FRENCH),
        (marked(FRENCH).into_bytes(), "UTF-8", FRENCH),
        (
            utf_16(&marked(FRENCH), u16::to_le_bytes),
            "UTF-16LE",
            FRENCH,
        ),
        (
            utf_16(&marked(JAPANESE), u16::to_be_bytes),
            "UTF-16BE",
            JAPANESE,
        ),
        (utf_16(FRENCH, u16::to_le_bytes), "UTF-16LE", FRENCH),
        (utf_16(RUSSIAN, u16::to_be_bytes), "UTF-16BE", RUSSIAN),
        (legacy(FRENCH, "windows-1252"), "windows-1252", FRENCH),
        (legacy(JAPANESE, "shift_jis"), "Shift_JIS", JAPANESE),
        (legacy(JAPANESE, "euc-jp"), "EUC-JP", JAPANESE),
        (legacy(RUSSIAN, "windows-1251"), "windows-1251", RUSSIAN),
    ] {
        let file = parse(&bytes).unwrap();
        assert_eq!(file.character_set, character_set);
        assert_eq!(file.cues, read_text(text).cues, "{character_set}");
    }
    let declared = b"<?xml version='1.0' encoding='ISO-8859-2'?><tt><body><p begin='1s' end='2s'>\xe8esk\xfd</p></body></tt>";
    assert_eq!(told(&parse(declared).unwrap()), [(1000, 2000, "český")]);
}

#[test]
fn zero_bytes_lone_carriage_returns_and_damaged_utf_8_are_survived() {
    let file = parse(
        b"1\r00:00:01,000 --> 00:00:02,000\rO\0ne\r\r2\r00:00:03,000 --> 00:00:04,000\rTwo\r",
    )
    .unwrap();
    assert_eq!(told(&file), [(1000, 2000, "One"), (3000, 4000, "Two")]);
    let mut bytes = "1\n00:00:01,000 --> 00:00:02,000\nÉté déjà passé à Noël"
        .repeat(40)
        .into_bytes();
    bytes.push(0xff);
    let file = parse(&bytes).unwrap();
    assert_eq!(file.character_set, "UTF-8");
    assert!(
        file.cues
            .iter()
            .any(|cue| cue.text.ends_with("Noël\u{fffd}"))
    );
}

#[test]
fn files_without_subtitles_or_over_the_limit_are_errors() {
    for bytes in [
        b"".as_slice(),
        b"dear diary,\nnothing happened",
        b"\x7fELF\x02\x01\x01\0\0\0",
        &[0; 5000],
        &[0xff; 5000],
    ] {
        assert!(matches!(parse(bytes), Err(MediaError::Corrupt { .. })));
    }
    assert_eq!(read_text("WEBVTT\n").cues, []);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.srt");
    File::create(&path)
        .unwrap()
        .set_len(FILE_LIMIT + 1)
        .unwrap();
    assert!(matches!(read(&path), Err(MediaError::Corrupt { .. })));
    assert!(matches!(
        read(&folder.path().join("none.srt")),
        Err(MediaError::Unreadable { .. })
    ));
}

#[test]
fn real_subtitle_files_are_read_in_full() {
    for (name, count, last) in [
        ("jfk.srt", None, "for your country"),
        ("smartphone_fr.srt", None, ""),
    ] {
        let path = Path::new("../shared/media/audio").join(name);
        if !path.exists() {
            eprintln!("skipped: {} is absent", path.display());
            return;
        }
        let file = read(&path).unwrap();
        let arrows = std::fs::read_to_string(&path)
            .unwrap()
            .matches("-->")
            .count();
        assert_eq!(file.cues.len(), count.unwrap_or(arrows), "{name}");
        assert!(file.cues.last().unwrap().text.contains(last));
        assert!(
            file.cues
                .iter()
                .all(|cue| cue.span.duration_millis() > 0 && !cue.text.contains("-->"))
        );
    }
}

#[test]
fn brackets_that_are_never_closed_and_deep_nesting_take_no_quadratic_time() {
    let start = std::time::Instant::now();
    let timing = "1\n00:00:01,000 --> 00:00:02,000\n";
    for bracket in ["<", "{\\", "&", "<i "] {
        assert_eq!(
            read_text(&format!("{timing}{}", bracket.repeat(200_000)))
                .cues
                .len(),
            1
        );
    }
    let event = "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,";
    assert_eq!(
        read_text(&format!("{event}{}", "{".repeat(500_000)))
            .cues
            .len(),
        1
    );
    let nested = format!(
        "<tt><p begin='1s' end='2s'>x{}</p></tt>",
        "<a>y".repeat(200_000)
    );
    assert_eq!(read_text(&nested).cues.len(), 1);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_cues_are_in_order(
        prefix in "(WEBVTT\n\n|\\[Events\\]\nDialogue: 0,0:00:01.00,0:00:02.00,a,b,0,0,0,,|<tt><p begin='1s'>|1\n00:00:01,000 --> 00:00:02,000\n|)",
        body in "[ -~\n<>{}&;\\\\é字\u{0}]{0,200}",
        tail in proptest::collection::vec(proptest::num::u8::ANY, 0..50),
    ) {
        let bytes = [prefix.as_bytes(), body.as_bytes(), &tail].concat();
        if let Ok(file) = parse(&bytes) {
            proptest::prop_assert!(file.cues.is_sorted_by_key(|cue| cue.span));
            proptest::prop_assert!(file.cues.iter().all(|cue| cue.span == TimeSpan::new(cue.span.start_millis, cue.span.end_millis)));
        }
    }
}
