//! What is said, cheered, blown and played, and when.

use super::super::truth::Sound;
use super::*;

/// Voices by the names of their files, which is what eSpeak NG finds them by; a variant of eSpeak NG is added to each.
const ENGLISH_VOICES: &[&str] = &["en", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-029"];
const FRENCH_VOICES: &[&str] = &["fr", "fr-be", "fr-ch"];
const VARIANTS: &[&str] = &["m1", "m3", "m4", "m7", "f1", "f2", "f4", "f5"];

/// Pauses between lines.
const PAUSE_MILLIS: (f32, f32) = (400.0, 2200.0);

/// About how long a word takes, to plan lines before they are spoken.
const WORD_MILLIS: i64 = 370;

fn voice(language: Language, dice: &mut Dice) -> Voice {
    let names = match language {
        Language::English => ENGLISH_VOICES,
        Language::French => FRENCH_VOICES,
    };
    Voice {
        name: format!("{}+{}", dice.pick(names), dice.pick(VARIANTS)),
        words_per_minute: 145 + dice.below(35) as i32,
        pitch: 38 + dice.below(25) as i32,
    }
}

/// Plans the sound of a programme of a genre, a language and a length; `kinds` says what is shown
/// at a time.
pub(super) fn plan(
    (genre, language, duration_millis): (Genre, Language, i64),
    kinds: &dyn Fn(i64) -> Kind,
    highlights: &[Highlight],
    grammar: &Grammar,
    dice: &mut Dice,
) -> Result<Soundtrack, DemoError> {
    let mut sounds = Vec::new();
    let mut add = |sound, start_millis: i64, end_millis: i64| {
        let end_millis = end_millis.min(duration_millis);
        if end_millis > start_millis {
            sounds.push(SoundSpan {
                sound,
                start_millis,
                end_millis,
            });
        }
    };
    // What was left running at the end of a tape: nothing is to be heard there.
    let silent_from = match genre {
        Genre::Rushes => duration_millis - 1500,
        _ => duration_millis,
    };
    match genre {
        Genre::Event | Genre::Highlights | Genre::Town => add(Sound::Crowd, 0, silent_from),
        Genre::Ceremony => {
            add(Sound::Music, 500, duration_millis * 2 / 5);
            add(Sound::Crowd, duration_millis * 2 / 5, duration_millis);
        }
        Genre::Magazine => {
            add(Sound::Music, 0, 2500);
            add(Sound::Music, duration_millis - 2500, duration_millis);
        }
        Genre::Rushes => add(Sound::Silence, silent_from, duration_millis),
    }
    if genre == Genre::Event {
        let first = 300 + dice.below(800) as i64;
        add(Sound::Whistle, first, first + 450);
    }
    for highlight in highlights {
        let late = 400 * i64::from(highlight.grade);
        add(
            Sound::Cheer,
            highlight.start_millis,
            highlight.end_millis + late,
        );
    }
    let (main, other) = (voice(language, dice), voice(language, dice));
    let mut lines = Vec::new();
    let mut at = 700 + dice.below(900) as i64;
    let mut told = 0;
    // Atmosphere is recorded without words.
    let is_spoken = genre != Genre::Town || language != Language::English;
    while is_spoken && at < silent_from - 2500 {
        let kind = kinds(at);
        let due = highlights
            .get(told)
            .filter(|highlight| highlight.start_millis <= at + 1500);
        let text = match due {
            Some(highlight) => {
                told += 1;
                at = at.max(highlight.start_millis + 200);
                grammar.highlight(dice)?
            }
            None if dice.chance(0.75) => grammar.about(kind, dice)?,
            None => grammar.sentence(dice)?,
        };
        let words = text.split_whitespace().count() as i64;
        lines.push(LinePlan {
            earliest_millis: at,
            text,
            voice: if kind == Kind::Interview {
                other.clone()
            } else {
                main.clone()
            },
        });
        at += words * WORD_MILLIS + dice.between(PAUSE_MILLIS.0, PAUSE_MILLIS.1) as i64;
    }
    Ok(Soundtrack {
        duration_millis,
        language,
        lines,
        sounds,
        seed: dice.seed(),
    })
}

/// Highlights of a recording, which has no shots to hang them on.
pub(super) fn highlights_without_pictures(
    genre: Genre,
    duration_millis: i64,
    dice: &mut Dice,
) -> Vec<Highlight> {
    if genre != Genre::Event {
        return Vec::new();
    }
    (1..=2)
        .map(|number| {
            let start_millis = duration_millis * number / 3 + dice.below(500) as i64;
            Highlight {
                start_millis,
                end_millis: (start_millis + 2400).min(duration_millis),
                grade: 1 + dice.below(3) as u8,
            }
        })
        .collect()
}
