//! What voices say, when, and the same each time.

use super::*;

fn voice(name: &str) -> Voice {
    Voice {
        name: name.to_owned(),
        words_per_minute: 165,
        pitch: 50,
    }
}

#[test]
fn every_word_has_its_time_in_order_inside_the_speech() {
    for (name, text) in [
        (
            "en+f2",
            "The arrow of Kim, the last one, hits the edge of the well-known gold!",
        ),
        (
            "fr+m3",
            "Quelle flèche, et quel après-midi pour l'équipe de France.",
        ),
    ] {
        let speech = speak(text, &voice(name)).unwrap();
        let spoken: Vec<_> = speech.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(spoken.join(" "), text);
        let length = (speech.samples.len() as u64 * 1000 / u64::from(speech.sample_rate_hz)) as i64;
        assert!((1500..12_000).contains(&length), "{length} ms");
        let mut last = 0;
        for word in &speech.words {
            assert!(word.start_millis >= last, "{:?}", speech.words);
            assert!(word.end_millis > word.start_millis, "{:?}", speech.words);
            last = word.end_millis;
        }
        assert!(last <= length);
        assert!(speech.samples.iter().any(|sample| sample.abs() > 2000));
    }
}

#[test]
fn words_before_a_pause_end_before_it() {
    let speech = speak("Gold. Silver.", &voice("en-us+m1")).unwrap();
    let pause = speech.words[1].start_millis - speech.words[0].end_millis;
    assert!(pause > 100, "{pause} ms between two sentences");
}

#[test]
fn a_text_sounds_the_same_whatever_was_said_before() {
    // A variant with breath, which is chance, and one without.
    for name in ["fr+f5", "en+m1"] {
        let first = speak("Gold. Silver.", &voice(name)).unwrap();
        speak("Something of another length.", &voice("en-us+m7")).unwrap();
        assert_eq!(speak("Gold. Silver.", &voice(name)).unwrap(), first);
    }
}

#[test]
fn voices_that_do_not_exist_are_told() {
    let error = speak("hello", &voice("xx-nowhere")).unwrap_err();
    assert!(error.to_string().contains("xx-nowhere"), "{error}");
}
