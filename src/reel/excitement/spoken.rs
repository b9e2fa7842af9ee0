//! What words say of excitement: which they are and how fast they come.

use super::{
    STEP_MILLIS, Signal,
    baseline::{Scale, levels},
    middle_millis,
    phrases::{Phrases, words},
    weights::{Weights, WordList},
};
use crate::domain::{AssertionKind, Channel, Segment, TimeSpan};

/// The pace is taken over so long a stretch around a step.
const PACE_WINDOW_MILLIS: i64 = 3000;

/// Less speech than this in the stretch has no pace.
const LEAST_SPOKEN_MILLIS: i64 = 800;

/// Letters a second; a calm voice says about 14 and varies by some.
const PACE: Scale = Scale {
    quiet: 1.0,
    least: 6.0,
};

/// How long before its words the moment may lie that a commentator tells of.
const WORDS_LEAD_MILLIS: i64 = 1000;

/// How long after them.
const WORDS_TRAIL_MILLIS: i64 = 1500;

/// A word with its time, in the form in which phrases are looked for.
struct Said {
    text: String,
    span: TimeSpan,
}

/// A run of words of one voice in one language.
struct Utterance {
    language: Option<String>,
    words: Vec<Said>,
}

/// Pace and commentary, where somebody speaks.
pub(super) fn signals(
    segments: &[Segment],
    names: &[String],
    weights: &Weights,
    steps: usize,
) -> Vec<(Signal, Vec<f32>)> {
    let heard = utterances(segments, Channel::Speech);
    let written = utterances(segments, Channel::Subtitle);
    if heard.is_empty() && written.is_empty() {
        return Vec::new();
    }
    // Word times that were heard are better than those spread over a subtitle.
    let paced = if heard.is_empty() { &written } else { &heard };
    let lists = lists_for(segments, names, weights);
    let all = heard.iter().chain(&written);
    let told: Vec<TimeSpan> = all
        .flat_map(|utterance| told_in(utterance, &lists))
        .collect();
    vec![
        (Signal::SpeechRate, pace(paced, steps)),
        (Signal::Commentary, around(&told, steps)),
    ]
}

fn utterances(segments: &[Segment], channel: Channel) -> Vec<Utterance> {
    let mut found = Vec::new();
    for segment in segments.iter().filter(|segment| segment.channel == channel) {
        let transcripts = segment
            .assertions
            .iter()
            .filter(|said| said.kind == AssertionKind::Transcript);
        for transcript in transcripts {
            let words = if transcript.words.is_empty() {
                spread(&transcript.value, segment.span)
            } else {
                let words = transcript.words.iter();
                words
                    .flat_map(|word| spread(&word.text, word.span))
                    .collect()
            };
            found.push(Utterance {
                language: transcript.language.clone(),
                words,
            });
        }
    }
    found
}

/// The words of a text, each with its part of the time by its letters.
fn spread(text: &str, span: TimeSpan) -> Vec<Said> {
    let words: Vec<String> = words(text).collect();
    let letters = words
        .iter()
        .map(|word| word.chars().count() as i64)
        .sum::<i64>()
        .max(1);
    let mut before = 0;
    words
        .into_iter()
        .map(|text| {
            let at = |letters_before: i64| {
                span.start_millis + span.duration_millis() * letters_before / letters
            };
            let start_millis = at(before);
            before += text.chars().count() as i64;
            Said {
                text,
                span: TimeSpan::new(start_millis, at(before)),
            }
        })
        .collect()
}

/// The lists that hold for an asset: of sports that its words, tags, titles or file names tell of.
fn lists_for<'w>(
    segments: &[Segment],
    names: &[String],
    weights: &'w Weights,
) -> Vec<&'w WordList> {
    let said: Vec<&str> = segments
        .iter()
        .flat_map(|segment| &segment.assertions)
        .map(|said| said.value.as_str())
        .chain(names.iter().map(String::as_str))
        .collect();
    let is_of = |sport: &Phrases| said.iter().any(|text| sport.is_in(text));
    weights
        .lists
        .iter()
        .filter(|list| list.names.as_ref().is_none_or(is_of))
        .collect()
}

/// Where an utterance has words of the lists.
fn told_in(utterance: &Utterance, lists: &[&WordList]) -> Vec<TimeSpan> {
    let texts: Vec<String> = utterance
        .words
        .iter()
        .map(|said| said.text.clone())
        .collect();
    let mut found = Vec::new();
    for at in 0..texts.len() {
        let language = utterance.language.as_deref();
        let of_lists = lists.iter().flat_map(|list| {
            let english = (language != Some("fr")).then_some(&list.english);
            let french = (language.is_none_or(|code| code == "fr")).then_some(&list.french);
            english.into_iter().chain(french)
        });
        let longest = of_lists
            .map(|phrases| phrases.length_at(&texts, at))
            .max()
            .unwrap_or(0);
        if longest > 0 {
            let last = &utterance.words[at + longest - 1];
            found.push(utterance.words[at].span.union(last.span));
        }
    }
    found
}

/// Letters a second of speech around each step, above the asset's usual.
fn pace(utterances: &[Utterance], steps: usize) -> Vec<f32> {
    let mut letters = vec![0.0_f32; steps];
    let mut spoken_millis = vec![0_i64; steps];
    for said in utterances.iter().flat_map(|utterance| &utterance.words) {
        let millis = said.span.duration_millis().max(1);
        let count = said.text.chars().count() as f32;
        let first = said.span.start_millis.max(0) / STEP_MILLIS;
        let last = (said.span.end_millis - 1).max(0) / STEP_MILLIS;
        for step in first..=last {
            let own = TimeSpan::new(step * STEP_MILLIS, (step + 1) * STEP_MILLIS);
            let part = own.overlap_millis(said.span);
            let step = step as usize;
            if step < steps {
                letters[step] += count * part as f32 / millis as f32;
                spoken_millis[step] += part;
            }
        }
    }
    let reach = (PACE_WINDOW_MILLIS / STEP_MILLIS / 2) as usize;
    let paces: Vec<Option<f32>> = (0..steps)
        .map(|step| {
            let around = step.saturating_sub(reach)..(step + reach + 1).min(steps);
            let spoken: i64 = spoken_millis[around.clone()].iter().sum();
            (spoken >= LEAST_SPOKEN_MILLIS && spoken_millis[step] > 0)
                .then(|| letters[around].iter().sum::<f32>() * 1000.0 / spoken as f32)
        })
        .collect();
    levels(&paces, PACE)
}

/// 1 at `spans`, falling to both sides.
fn around(spans: &[TimeSpan], steps: usize) -> Vec<f32> {
    let mut raised = vec![0.0_f32; steps];
    for span in spans {
        let first = (span.start_millis - WORDS_LEAD_MILLIS).max(0) / STEP_MILLIS;
        let last = (span.end_millis + WORDS_TRAIL_MILLIS).max(0) / STEP_MILLIS;
        for step in first..=last {
            let step = step as usize;
            if step >= steps {
                break;
            }
            let at = middle_millis(step);
            let ahead = (span.start_millis - at).max(0) as f32 / WORDS_LEAD_MILLIS as f32;
            let behind = (at - span.end_millis).max(0) as f32 / WORDS_TRAIL_MILLIS as f32;
            raised[step] = raised[step].max(1.0 - ahead.max(behind).min(1.0));
        }
    }
    raised
}
