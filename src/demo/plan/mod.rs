//! What a world will hold, decided before anything is drawn, spoken or encoded.

mod film;
mod format;
mod graphics;
mod recipe;
mod soundtrack;

use super::{
    attributes::{Kind, Scene},
    dice::Dice,
    error::DemoError,
    grammar::{Grammar, Language},
    lettering::Face,
    scenes::Look,
    speech_synthesis::Voice,
    truth::{Highlight, Opening, ScreenTextKind, SoundSpan},
};
pub(super) use film::SPORTS;
use film::films;
pub(crate) use format::{Codec, Format};
use recipe::Genre;

/// Films of a world at least, so that every kind of file is among them.
const FEWEST_FILMS: usize = 8;

/// Films per minute of video.
const FILMS_PER_MINUTE: f64 = 1.2;

/// The shortest film: two shots.
const SHORTEST_MILLIS: i64 = 6000;

/// A world to make.
#[derive(Debug, PartialEq)]
pub(crate) struct WorldPlan {
    pub(crate) films: Vec<FilmPlan>,
    pub(crate) recordings: Vec<RecordingPlan>,
    pub(crate) stills: Vec<StillPlan>,
    /// A path, and the film that it is a torn piece of.
    pub(crate) broken: (String, usize),
}

/// A film to make.
#[derive(Debug, PartialEq)]
pub(crate) struct FilmPlan {
    pub(crate) path: String,
    pub(crate) copies: Vec<String>,
    pub(crate) title: String,
    pub(crate) format: Format,
    /// Length in frames of the format's grid.
    pub(crate) length: i64,
    pub(crate) shots: Vec<ShotPlan>,
    pub(crate) graphics: Vec<GraphicPlan>,
    pub(crate) soundtrack: Soundtrack,
    pub(crate) highlights: Vec<Highlight>,
    /// The ending of the subtitles' name, such as `en.srt`.
    pub(crate) sidecar: Option<String>,
    /// The film whose sound this one has, and how much later this one begins.
    pub(crate) twin_of: Option<(usize, i64)>,
}

/// A shot to draw; frames are those of the format's grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShotPlan {
    pub(crate) first: i64,
    pub(crate) end: i64,
    pub(crate) opening: Opening,
    /// An even number, 0 for a cut.
    pub(crate) opening_frames: i64,
    pub(crate) scene: Scene,
    pub(crate) look: Look,
    pub(crate) captions: Vec<String>,
    pub(crate) full_caption: String,
}

/// Letters to draw over the picture; frames are those of the format's grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphicPlan {
    pub(crate) kind: ScreenTextKind,
    pub(crate) text: String,
    pub(crate) first: i64,
    pub(crate) end: i64,
    pub(crate) face: Face,
    /// Left, top, width and height as shares of the picture.
    pub(crate) area: (f32, f32, f32, f32),
    /// The plate's colour as `0xRRGGBB`.
    pub(crate) plate: u32,
}

/// What is to be heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Soundtrack {
    pub(crate) duration_millis: i64,
    pub(crate) language: Language,
    pub(crate) lines: Vec<LinePlan>,
    pub(crate) sounds: Vec<SoundSpan>,
    pub(crate) seed: u64,
}

/// What somebody says, not before a time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LinePlan {
    pub(crate) earliest_millis: i64,
    pub(crate) text: String,
    pub(crate) voice: Voice,
}

/// Sound without pictures.
#[derive(Debug, PartialEq)]
pub(crate) struct RecordingPlan {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) soundtrack: Soundtrack,
    pub(crate) highlights: Vec<Highlight>,
}

/// A still to draw.
#[derive(Debug, PartialEq)]
pub(crate) struct StillPlan {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) size: (u32, u32),
    pub(crate) seconds: f32,
    pub(crate) shot: ShotPlan,
}

impl WorldPlan {
    /// The plan for a seed and about so many minutes of video.
    ///
    /// # Errors
    /// When a grammar is not valid.
    pub(crate) fn new(seed: u64, minutes: f64) -> Result<Self, DemoError> {
        let grammars = [
            Grammar::of(Language::English)?,
            Grammar::of(Language::French)?,
        ];
        let grammar = |language: Language| &grammars[language as usize];
        let count = ((minutes * FILMS_PER_MINUTE).round() as usize).max(FEWEST_FILMS);
        let duration_millis = ((minutes * 60_000.0 / count as f64) as i64).max(SHORTEST_MILLIS);
        let films = films(seed, count, duration_millis, &grammar)?;
        let mut recordings = Vec::new();
        for (number, (name, language, genre)) in [
            ("radio/final_live.mp3", Language::English, Genre::Event),
            (
                "radio/journal_du_soir.flac",
                Language::French,
                Genre::Magazine,
            ),
            (
                "sound/stadium_atmosphere.wav",
                Language::English,
                Genre::Town,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let dice = &mut Dice::new(seed, 10_000 + number as u64);
            let kind = *dice.pick(film::SPORTS);
            let length = (duration_millis / 2).max(SHORTEST_MILLIS);
            let highlights = soundtrack::highlights_without_pictures(genre, length, dice);
            let kinds = |_millis: i64| kind;
            let soundtrack = soundtrack::plan(
                (genre, language, length),
                &kinds,
                &highlights,
                grammar(language),
                dice,
            )?;
            recordings.push(RecordingPlan {
                path: name.to_owned(),
                title: format!("{} recording {}", kind.name().replace('_', " "), number + 1),
                soundtrack,
                highlights,
            });
        }
        Ok(Self {
            films,
            recordings,
            stills: stills(seed),
            broken: ("incoming/transfer_interrupted.mp4".to_owned(), 0),
        })
    }
}

fn stills(seed: u64) -> Vec<StillPlan> {
    const SIZES: [(u32, u32); 3] = [(960, 540), (800, 600), (640, 640)];
    (0..6)
        .map(|number| {
            let dice = &mut Dice::new(seed, 20_000 + number);
            let mut kind = *dice.pick(Kind::ALL);
            // Test pictures are no photographs.
            while matches!(kind, Kind::ColourBars | Kind::Countdown) {
                kind = *dice.pick(Kind::ALL);
            }
            let scene = Scene::random_of(kind, dice);
            let extension = if number % 3 == 2 { "png" } else { "jpg" };
            StillPlan {
                path: format!("photos/{}_{}.{extension}", kind.name(), number + 1),
                title: format!("Photograph {}", number + 1),
                size: SIZES[number as usize % SIZES.len()],
                seconds: dice.between(0.0, 6.0),
                shot: film::shot_of(scene, 0, 1, dice),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_plan_and_another_seed_another() {
        let plan = WorldPlan::new(5, 3.0).unwrap();
        assert_eq!(plan, WorldPlan::new(5, 3.0).unwrap());
        assert_ne!(plan, WorldPlan::new(6, 3.0).unwrap());
    }

    #[test]
    fn plans_keep_their_promises() {
        for (seed, minutes) in [(1, 1.0), (2, 4.0), (3, 10.0), (4, 25.0)] {
            let plan = WorldPlan::new(seed, minutes).unwrap();
            let mut paths = std::collections::BTreeSet::new();
            let mut total = 0;
            for film in &plan.films {
                assert!(paths.insert(film.path.clone()), "{} twice", film.path);
                total += film.format.millis(film.length);
                assert_eq!(film.shots[0].first, 0);
                assert_eq!(film.shots.last().unwrap().end, film.length);
                for pair in film.shots.windows(2) {
                    let (before, after) = (&pair[0], &pair[1]);
                    assert_eq!(before.end, after.first);
                    let half = after.opening_frames / 2;
                    assert!(after.first - half > before.first + before.opening_frames / 2);
                }
                for graphic in &film.graphics {
                    assert!(0 <= graphic.first && graphic.first < graphic.end);
                    assert!(graphic.end <= film.length, "{}", film.path);
                }
                for span in &film.soundtrack.sounds {
                    assert!(span.start_millis < span.end_millis, "{span:?}");
                    assert!(span.end_millis <= film.soundtrack.duration_millis);
                }
            }
            let wanted = (minutes * 60_000.0).max(48_000.0);
            let share = total as f64 / wanted;
            assert!((0.8..1.2).contains(&share), "{minutes} minutes: {share}");
        }
    }
}
